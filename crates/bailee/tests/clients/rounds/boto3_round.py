"""boto3, the SDK of most Python programs: both its client and its transfers."""

import io
import json
from concurrent.futures import ThreadPoolExecutor

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

import meeting as m
from meeting import same, step

s3 = boto3.client(
    "s3",
    endpoint_url=m.ENDPOINT,
    verify=m.CA,
    region_name=m.REGION,
    aws_access_key_id=m.ACCESS_KEY,
    aws_secret_access_key=m.SECRET_KEY,
    config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
)
parts = TransferConfig(multipart_threshold=m.PART, multipart_chunksize=m.PART)


def get(key, **more):
    return s3.get_object(Bucket=m.BUCKET, Key=key, **more)["Body"].read()


def names(listed):
    return [each["Key"] for each in listed.get("Contents", [])]


with step("make bucket"):
    s3.create_bucket(Bucket=m.BUCKET)
    s3.head_bucket(Bucket=m.BUCKET)
    assert m.BUCKET in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    # S3's first region says nothing when one's own bucket is made again, but to change it so is refused.
    s3.create_bucket(Bucket=m.BUCKET)
    m.refused(
        "BucketAlreadyOwnedByYou",
        ClientError,
        lambda: s3.create_bucket(Bucket=m.BUCKET, ObjectLockEnabledForBucket=True),
    )
    s3.put_bucket_versioning(Bucket=m.BUCKET, VersioningConfiguration={"Status": "Enabled"})

with step("put small", key=m.SMALL_KEY) as told:
    put = s3.put_object(Bucket=m.BUCKET, Key=m.SMALL_KEY, Body=m.SMALL, Metadata=m.METADATA, ContentType="text/plain")
    told["etag"] = put["ETag"]
    same(get(m.SMALL_KEY), m.SMALL)

with step("put multipart", key=m.LARGE_KEY) as told:
    s3.upload_fileobj(io.BytesIO(m.large()), m.BUCKET, m.LARGE_KEY, Config=parts)
    head = s3.head_object(Bucket=m.BUCKET, Key=m.LARGE_KEY)
    told["etag"] = head["ETag"]
    # What is no MD5 must not look like one: clients compare it.
    assert "-" in head["ETag"], head["ETag"]
    back = io.BytesIO()
    s3.download_fileobj(m.BUCKET, m.LARGE_KEY, back, Config=parts)
    same(back.getvalue(), m.large())
    first = s3.head_object(Bucket=m.BUCKET, Key=m.LARGE_KEY, PartNumber=1)
    same((first["ContentLength"], first["PartsCount"]), (m.PART, 3))

with step("abort multipart"):
    upload = s3.create_multipart_upload(Bucket=m.BUCKET, Key="left")["UploadId"]
    s3.upload_part(Bucket=m.BUCKET, Key="left", UploadId=upload, PartNumber=1, Body=m.SMALL)
    same([each["UploadId"] for each in s3.list_multipart_uploads(Bucket=m.BUCKET)["Uploads"]], [upload])
    same([each["Size"] for each in s3.list_parts(Bucket=m.BUCKET, Key="left", UploadId=upload)["Parts"]], [len(m.SMALL)])
    s3.abort_multipart_upload(Bucket=m.BUCKET, Key="left", UploadId=upload)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=m.BUCKET)

with step("list"):
    for key, content in m.TREE.items():
        s3.put_object(Bucket=m.BUCKET, Key=key, Body=content)
    prefix = f"tree-{m.WORD}/"
    same(names(s3.list_objects_v2(Bucket=m.BUCKET, Prefix=prefix)), sorted(m.TREE))
    for listing in (s3.list_objects_v2, s3.list_objects):
        folded = listing(Bucket=m.BUCKET, Prefix=prefix, Delimiter="/")
        same(names(folded), [f"{prefix}4", f"{prefix}z"])
        same([each["Prefix"] for each in folded["CommonPrefixes"]], [f"{prefix}x/", f"{prefix}y/"])

with step("pages") as told:
    everything = [m.crowd_key(number) for number in range(m.CROWD_SIZE)]
    for operation in ("list_objects_v2", "list_objects"):
        pages = list(s3.get_paginator(operation).paginate(Bucket=m.CROWD))
        assert len(pages) > 1
        same([name for page in pages for name in names(page)], everything)
    few = list(s3.get_paginator("list_objects_v2").paginate(Bucket=m.BUCKET, Prefix="tree-", MaxKeys=2))
    same([len(names(page)) for page in few], [2, 2, 1])
    told["keys"] = len(everything)

with step("copy"):
    source = {"Bucket": m.BUCKET, "Key": m.SMALL_KEY}
    s3.copy_object(Bucket=m.BUCKET, Key=m.COPY_KEY, CopySource=source)
    same(get(m.COPY_KEY), m.SMALL)
    same(s3.head_object(Bucket=m.BUCKET, Key=m.COPY_KEY)["Metadata"], m.METADATA)
    s3.copy({"Bucket": m.BUCKET, "Key": m.LARGE_KEY}, m.BUCKET, m.LARGE_COPY_KEY, Config=parts)
    same(get(m.LARGE_COPY_KEY), m.large())

with step("range"):
    same(get(m.LARGE_KEY, Range=f"bytes={m.PART - 10}-{m.PART + 9}"), m.large()[m.PART - 10 : m.PART + 10])
    same(get(m.SMALL_KEY, Range="bytes=-5"), m.SMALL[-5:])
    same(get(m.SMALL_KEY, Range="bytes=3-"), m.SMALL[3:])
    m.refused("InvalidRange", ClientError, lambda: get(m.SMALL_KEY, Range="bytes=5000-"))

with step("metadata", metadata=m.METADATA):
    head = s3.head_object(Bucket=m.BUCKET, Key=m.SMALL_KEY)
    same((head["Metadata"], head["ContentType"]), (m.METADATA, "text/plain"))
    headers = {
        "CacheControl": "max-age=60",
        "ContentDisposition": f"attachment; filename={m.WORD}-metadata.txt",
        "ContentEncoding": "identity",
        "ContentLanguage": "de",
    }
    s3.put_object(Bucket=m.BUCKET, Key="headers", Body=m.SMALL, **headers)
    head = s3.head_object(Bucket=m.BUCKET, Key="headers")
    same({name: head.get(name) for name in headers}, headers, "headers")

with step("conditions"):
    place = {"Bucket": m.BUCKET, "Key": m.SMALL_KEY}
    m.refused("PreconditionFailed", ClientError, lambda: s3.put_object(**place, Body=b"", IfNoneMatch="*"))
    etag = s3.head_object(Bucket=m.BUCKET, Key=m.SMALL_KEY)["ETag"]
    m.refused("304", ClientError, lambda: get(m.SMALL_KEY, IfNoneMatch=etag))
    same(get(m.SMALL_KEY, IfMatch=etag), m.SMALL)

with step("presigned get"):
    place = {"Bucket": m.BUCKET, "Key": m.SMALL_KEY}
    same(m.fetch(s3.generate_presigned_url("get_object", Params=place)), m.SMALL)
    url = s3.generate_presigned_url("get_object", Params=place)
    assert "SignatureDoesNotMatch" in m.fetch_refused(url.replace("X-Amz-Expires=3600", "X-Amz-Expires=3601"), 403)

with step("presigned put"):
    url = s3.generate_presigned_url("put_object", Params={"Bucket": m.BUCKET, "Key": "presigned"})
    m.fetch(url, data=m.NEWER, method="PUT")
    same(get("presigned"), m.NEWER)

with step("overwrite") as told:
    put = s3.put_object(Bucket=m.BUCKET, Key=m.SMALL_KEY, Body=m.NEWER)
    told["version"] = put["VersionId"]
    same(get(m.SMALL_KEY), m.NEWER)

with step("versions"):
    listed = s3.list_object_versions(Bucket=m.BUCKET, Prefix=m.SMALL_KEY)["Versions"]
    same([each["IsLatest"] for each in listed], [True, False])
    same([get(m.SMALL_KEY, VersionId=each["VersionId"]) for each in listed], [m.NEWER, m.SMALL])

with step("delete"):
    assert s3.delete_object(Bucket=m.BUCKET, Key=m.SMALL_KEY)["DeleteMarker"]
    m.refused("NoSuchKey", ClientError, lambda: get(m.SMALL_KEY))
    assert m.SMALL_KEY not in names(s3.list_objects_v2(Bucket=m.BUCKET))

with step("read a version under its marker"):
    same(get(m.SMALL_KEY, VersionId=listed[1]["VersionId"]), m.SMALL)

with step("take a delete back"):
    marker = s3.list_object_versions(Bucket=m.BUCKET, Prefix=m.SMALL_KEY)["DeleteMarkers"][0]
    s3.delete_object(Bucket=m.BUCKET, Key=m.SMALL_KEY, VersionId=marker["VersionId"])
    same(get(m.SMALL_KEY), m.NEWER)

with step("temporary credentials") as told:
    of_sts = {"endpoint_url": m.ENDPOINT, "verify": m.CA, "region_name": m.REGION}
    sts = boto3.client("sts", aws_access_key_id=m.ACCESS_KEY, aws_secret_access_key=m.SECRET_KEY, **of_sts)
    tenant = sts.get_caller_identity()["Account"]

    def s3_with(issued):
        words = {
            "aws_access_key_id": issued["AccessKeyId"],
            "aws_secret_access_key": issued["SecretAccessKey"],
            "aws_session_token": issued["SessionToken"],
        }
        config = Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
        return boto3.client("s3", config=config, **of_sts, **words)

    def in_tree(action, resource, **more):
        return {"Effect": "Allow", "Action": action, "Resource": f"arn:aws:s3:::{m.BUCKET}{resource}", **more}

    token = s3_with(sts.get_session_token(DurationSeconds=900)["Credentials"])
    same(token.get_object(Bucket=m.BUCKET, Key=m.SMALL_KEY)["Body"].read(), m.NEWER)
    tree = f"tree-{m.WORD}/"
    policy = json.dumps({
        "Version": "2012-10-17",
        "Statement": [
            in_tree("s3:GetObject", f"/{tree}*"),
            in_tree("s3:ListBucket", "", Condition={"StringLike": {"s3:prefix": f"{tree}*"}}),
        ],
    })
    role = {"RoleArn": f"arn:aws:iam::{tenant}:role/dataset/{m.BUCKET}", "RoleSessionName": f"{m.WORD}-session"}
    assumed = sts.assume_role(**role, Policy=policy)
    told["lives"] = str(assumed["Credentials"]["Expiration"])
    narrow = s3_with(assumed["Credentials"])
    same(names(narrow.list_objects_v2(Bucket=m.BUCKET, Prefix=tree)), sorted(m.TREE))
    key = sorted(m.TREE)[0]
    same(narrow.get_object(Bucket=m.BUCKET, Key=key)["Body"].read(), m.TREE[key])
    m.refused("AccessDenied", ClientError, lambda: narrow.get_object(Bucket=m.BUCKET, Key=m.SMALL_KEY))
    m.refused("AccessDenied", ClientError, lambda: narrow.put_object(Bucket=m.BUCKET, Key=key, Body=b""))
    m.refused("AccessDenied", ClientError, lambda: narrow.list_objects_v2(Bucket=m.BUCKET))
    m.refused("MalformedPolicyDocument", ClientError, lambda: sts.assume_role(**role, Policy='{"Statement":[]}'))

with step("bulk delete"):
    objects = [{"Key": key} for key in [*m.TREE, "never there"]]
    answer = s3.delete_objects(Bucket=m.BUCKET, Delete={"Objects": objects})
    same((len(answer["Deleted"]), answer.get("Errors", [])), (len(objects), []))
    same(names(s3.list_objects_v2(Bucket=m.BUCKET, Prefix="tree-")), [])

with step("delete versions beside their markers"):
    # Programs that clean up delete both at the same time; which comes first must not matter.
    both = []
    for number in range(20):
        place = {"Bucket": m.BUCKET, "Key": f"beside {number}"}
        both.append((place, s3.put_object(**place)["VersionId"], s3.delete_object(**place)["VersionId"]))
    with ThreadPoolExecutor(2) as workers:
        for place, version, marker in both:
            deletes = [workers.submit(s3.delete_object, **place, VersionId=each) for each in (version, marker)]
            same([each.result()["ResponseMetadata"]["HTTPStatusCode"] for each in deletes], [204, 204])

with step("remove bucket") as told:
    m.refused("BucketNotEmpty", ClientError, lambda: s3.delete_bucket(Bucket=m.BUCKET))
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=m.BUCKET, PaginationConfig={"PageSize": 3})
    found = [each for page in pages for each in page.get("Versions", []) + page.get("DeleteMarkers", [])]
    for each in found:
        s3.delete_object(Bucket=m.BUCKET, Key=each["Key"], VersionId=each["VersionId"])
    told["versions"] = len(found)
    s3.delete_bucket(Bucket=m.BUCKET)
    m.refused("404", ClientError, lambda: s3.head_bucket(Bucket=m.BUCKET))

with step("keep", bucket=m.KEPT, content=m.SMALL.decode()):
    s3.create_bucket(Bucket=m.KEPT)
    s3.put_object(Bucket=m.KEPT, Key=m.SMALL_KEY, Body=m.SMALL, Metadata=m.METADATA)
    s3.upload_fileobj(io.BytesIO(m.large(2)), m.KEPT, m.LARGE_KEY, Config=parts)

m.end()
