"""minio-py, the client of many Python services written for MinIO."""

import io

import urllib3
from minio import Minio
from minio.commonconfig import REPLACE, ComposeSource, CopySource
from minio.deleteobjects import DeleteObject
from minio.error import S3Error
from minio.versioningconfig import ENABLED, VersioningConfig

import meeting as m
from meeting import same, step

s3 = Minio(
    m.HOST,
    access_key=m.ACCESS_KEY,
    secret_key=m.SECRET_KEY,
    region=m.REGION,
    http_client=urllib3.PoolManager(ca_certs=m.CA, cert_reqs="CERT_REQUIRED", retries=False, maxsize=10),
)


def get(key, **more):
    answer = s3.get_object(m.BUCKET, key, **more)
    try:
        return answer.read()
    finally:
        answer.close()
        answer.release_conn()


def put(key, content, bucket=m.BUCKET, **more):
    return s3.put_object(bucket, key, io.BytesIO(content), len(content), part_size=m.PART, **more)


def names(bucket=m.BUCKET, **more):
    return [each.object_name for each in s3.list_objects(bucket, **more)]


with step("make bucket"):
    s3.make_bucket(m.BUCKET)
    assert s3.bucket_exists(m.BUCKET) and not s3.bucket_exists(f"{m.BUCKET}-other")
    assert m.BUCKET in [bucket.name for bucket in s3.list_buckets()]
    # S3's first region says nothing when one's own bucket is made again, but to change it so is refused.
    s3.make_bucket(m.BUCKET)
    m.refused("BucketAlreadyOwnedByYou", S3Error, lambda: s3.make_bucket(m.BUCKET, object_lock=True))
    s3.set_bucket_versioning(m.BUCKET, VersioningConfig(ENABLED))

with step("put small", key=m.SMALL_KEY):
    put(m.SMALL_KEY, m.SMALL, metadata=m.METADATA, content_type="text/plain")
    same(get(m.SMALL_KEY), m.SMALL)

with step("put multipart", key=m.LARGE_KEY):
    put(m.LARGE_KEY, m.large())
    same(get(m.LARGE_KEY), m.large())
    # Of unknown length: parts until the end.
    s3.put_object(m.BUCKET, "stream", io.BytesIO(m.large()), -1, part_size=m.PART)
    same(get("stream"), m.large())

with step("list"):
    for key, content in m.TREE.items():
        put(key, content)
    prefix = f"tree-{m.WORD}/"
    for old in (False, True):
        same(names(prefix=prefix, recursive=True, use_api_v1=old), sorted(m.TREE))
        folded = [f"{prefix}4", f"{prefix}x/", f"{prefix}y/", f"{prefix}z"]
        same(sorted(names(prefix=prefix, use_api_v1=old)), folded)
    same(names(prefix=prefix, recursive=True, start_after=f"{prefix}x/1"), sorted(m.TREE)[2:])

with step("pages", keys=m.CROWD_SIZE):
    everything = [m.crowd_key(number) for number in range(m.CROWD_SIZE)]
    for old in (False, True):
        same(names(bucket=m.CROWD, recursive=True, use_api_v1=old), everything)

with step("copy"):
    s3.copy_object(m.BUCKET, m.COPY_KEY, CopySource(m.BUCKET, m.SMALL_KEY))
    same(get(m.COPY_KEY), m.SMALL)
    replaced = {"origin": f"{m.WORD}-metadata replaced"}
    source = CopySource(m.BUCKET, m.SMALL_KEY)
    s3.copy_object(m.BUCKET, m.COPY_KEY, source, metadata=replaced, metadata_directive=REPLACE)
    same(s3.stat_object(m.BUCKET, m.COPY_KEY).metadata["x-amz-meta-origin"], replaced["origin"])
    # Two objects into one, by copies of parts.
    sources = [ComposeSource(m.BUCKET, m.LARGE_KEY), ComposeSource(m.BUCKET, m.SMALL_KEY)]
    s3.compose_object(m.BUCKET, m.LARGE_COPY_KEY, sources)
    same(get(m.LARGE_COPY_KEY), m.large() + m.SMALL)

with step("range"):
    same(get(m.LARGE_KEY, offset=m.PART - 10, length=20), m.large()[m.PART - 10 : m.PART + 10])
    same(get(m.SMALL_KEY, offset=3), m.SMALL[3:])

with step("metadata", metadata=m.METADATA):
    stat = s3.stat_object(m.BUCKET, m.SMALL_KEY)
    same((stat.metadata["x-amz-meta-origin"], stat.content_type), (m.METADATA["origin"], "text/plain"))

with step("presigned get"):
    same(m.fetch(s3.presigned_get_object(m.BUCKET, m.SMALL_KEY)), m.SMALL)

with step("presigned put"):
    m.fetch(s3.presigned_put_object(m.BUCKET, "presigned"), data=m.NEWER, method="PUT")
    same(get("presigned"), m.NEWER)

with step("overwrite"):
    put(m.SMALL_KEY, m.NEWER)
    same(get(m.SMALL_KEY), m.NEWER)

with step("versions"):
    same(s3.get_bucket_versioning(m.BUCKET).status, "Enabled")
    listed = list(s3.list_objects(m.BUCKET, prefix=m.SMALL_KEY, include_version=True))
    same([each.is_latest for each in listed], ["true", "false"])
    same([get(m.SMALL_KEY, version_id=each.version_id) for each in listed], [m.NEWER, m.SMALL])

with step("delete"):
    s3.remove_object(m.BUCKET, m.SMALL_KEY)
    m.refused("NoSuchKey", S3Error, lambda: get(m.SMALL_KEY))
    assert m.SMALL_KEY not in names(recursive=True)

with step("bulk delete"):
    same(list(s3.remove_objects(m.BUCKET, [DeleteObject(key) for key in m.TREE])), [])
    same(names(prefix="tree-", recursive=True), [])

with step("remove bucket") as told:
    m.refused("BucketNotEmpty", S3Error, lambda: s3.remove_bucket(m.BUCKET))
    found = list(s3.list_objects(m.BUCKET, recursive=True, include_version=True))
    objects = [DeleteObject(each.object_name, each.version_id) for each in found]
    same(list(s3.remove_objects(m.BUCKET, objects)), [])
    told["versions"] = len(found)
    s3.remove_bucket(m.BUCKET)
    assert not s3.bucket_exists(m.BUCKET)

with step("keep", bucket=m.KEPT, content=m.SMALL.decode()):
    s3.make_bucket(m.KEPT)
    put(m.SMALL_KEY, m.SMALL, bucket=m.KEPT, metadata=m.METADATA)
    put(m.LARGE_KEY, m.large(2), bucket=m.KEPT)

m.end()
