"""obstore: the object_store crate that Rust programs and Delta Lake use, from Python. It neither makes nor removes buckets."""

import os
from datetime import timedelta

import obstore
from obstore.store import S3Store

import meeting as m
from meeting import same, step

# It takes a CA from nowhere else.
os.environ["SSL_CERT_FILE"] = m.CA


def store(bucket):
    return S3Store(
        bucket,
        endpoint=m.ENDPOINT,
        region=m.REGION,
        access_key_id=m.ACCESS_KEY,
        secret_access_key=m.SECRET_KEY,
        virtual_hosted_style_request=False,
        conditional_put="etag",
        retry_config={"max_retries": 0},
    )


s3 = store(m.BUCKET)


def get(key, **options):
    return bytes(obstore.get(s3, key, **options).bytes())


def names(where, **options):
    return [each["path"] for page in obstore.list(where, **options) for each in page]


with step("make bucket"):
    m.client().create_bucket(Bucket=m.BUCKET)
    same(names(s3), [])

with step("put small", key=m.SMALL_KEY):
    obstore.put(s3, m.SMALL_KEY, m.SMALL, attributes={"Content-Type": "text/plain", **m.METADATA})
    same(get(m.SMALL_KEY), m.SMALL)

with step("put multipart", key=m.LARGE_KEY):
    obstore.put(s3, m.LARGE_KEY, m.large(), use_multipart=True, chunk_size=m.PART)
    same(get(m.LARGE_KEY), m.large())

with step("list"):
    for key, content in m.TREE.items():
        obstore.put(s3, key, content)
    prefix = f"tree-{m.WORD}"
    same(sorted(names(s3, prefix=prefix)), sorted(m.TREE))
    folded = obstore.list_with_delimiter(s3, prefix=f"{prefix}/")
    same([each["path"] for each in folded["objects"]], [f"{prefix}/4", f"{prefix}/z"])
    same(list(folded["common_prefixes"]), [f"{prefix}/x", f"{prefix}/y"])
    same(names(s3, prefix=prefix, offset=f"{prefix}/x/1"), sorted(m.TREE)[2:])

with step("pages", keys=m.CROWD_SIZE):
    same(names(store(m.CROWD)), [m.crowd_key(number) for number in range(m.CROWD_SIZE)])

with step("copy"):
    obstore.copy(s3, m.SMALL_KEY, m.COPY_KEY)
    same(get(m.COPY_KEY), m.SMALL)
    obstore.rename(s3, m.COPY_KEY, "moved")
    same(get("moved"), m.SMALL)

with step("range"):
    got = obstore.get_range(s3, m.LARGE_KEY, start=m.PART - 10, end=m.PART + 10)
    same(bytes(got), m.large()[m.PART - 10 : m.PART + 10])
    several = obstore.get_ranges(s3, m.LARGE_KEY, starts=[0, m.PART], ends=[10, m.PART + 5])
    same([bytes(each) for each in several], [m.large()[:10], m.large()[m.PART : m.PART + 5]])

with step("metadata", metadata=m.METADATA):
    attributes = obstore.get(s3, m.SMALL_KEY).attributes
    same({key: attributes.get(key) for key in ["Content-Type", *m.METADATA]}, {"Content-Type": "text/plain", **m.METADATA})

with step("conditions"):
    m.refused("", obstore.exceptions.AlreadyExistsError, lambda: obstore.put(s3, m.SMALL_KEY, m.NEWER, mode="create"))
    known = obstore.head(s3, m.SMALL_KEY)
    same(get(m.SMALL_KEY, options={"if_match": known["e_tag"]}), m.SMALL)
    obstore.put(s3, "counter", b"1")
    first = obstore.head(s3, "counter")
    # A bucket says versions only once versioning is enabled, which this client cannot ask for.
    same(first["version"], None)
    stated = {"e_tag": first["e_tag"]}
    obstore.put(s3, "counter", b"2", mode=stated)
    m.refused("", obstore.exceptions.PreconditionError, lambda: obstore.put(s3, "counter", b"3", mode=stated))
    same(get("counter"), b"2")

with step("presigned get"):
    same(m.fetch(obstore.sign(s3, "GET", m.SMALL_KEY, timedelta(minutes=10))), m.SMALL)

with step("presigned put"):
    url = obstore.sign(s3, "PUT", "presigned", timedelta(minutes=10))
    m.fetch(url, data=m.NEWER, method="PUT")
    same(get("presigned"), m.NEWER)

with step("overwrite"):
    obstore.put(s3, m.SMALL_KEY, m.NEWER)
    same(get(m.SMALL_KEY), m.NEWER)

with step("versions"):
    ids = m.versions(m.BUCKET, m.SMALL_KEY)
    same([get(m.SMALL_KEY, options={"version": each}) for each in ids], [m.NEWER, m.SMALL])

with step("delete"):
    obstore.delete(s3, m.SMALL_KEY)
    m.refused("", FileNotFoundError, lambda: get(m.SMALL_KEY))

with step("bulk delete"):
    obstore.delete(s3, list(m.TREE))
    same(names(s3, prefix=prefix), [])

with step("remove bucket") as told:
    told["versions"] = m.purge_versions(m.BUCKET)
    m.client().delete_bucket(Bucket=m.BUCKET)
    m.refused("NoSuchBucket", obstore.exceptions.BaseError, lambda: names(s3))

with step("keep", bucket=m.KEPT, content=m.SMALL.decode()):
    m.client().create_bucket(Bucket=m.KEPT)
    obstore.put(store(m.KEPT), m.SMALL_KEY, m.SMALL, attributes=m.METADATA)
    obstore.put(store(m.KEPT), m.LARGE_KEY, m.large(2), use_multipart=True, chunk_size=m.PART)

m.end()
