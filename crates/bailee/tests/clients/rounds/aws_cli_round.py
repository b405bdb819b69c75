"""The AWS command line: `aws s3` as people type it, `aws s3api` as their scripts do."""

import json
import os
from pathlib import Path

import meeting as m
from meeting import run, same, step

HERE = Path.cwd()
os.environ |= {
    "AWS_CONFIG_FILE": str(HERE / "aws.config"),
    "AWS_ACCESS_KEY_ID": m.ACCESS_KEY,
    "AWS_SECRET_ACCESS_KEY": m.SECRET_KEY,
    "AWS_CA_BUNDLE": m.CA,
    "AWS_ENDPOINT_URL": m.ENDPOINT,
    "AWS_MAX_ATTEMPTS": "1",
}
Path("aws.config").write_text(
    f"[default]\nregion = {m.REGION}\ns3 =\n"
    "  addressing_style = path\n  signature_version = s3v4\n"
    "  multipart_threshold = 5MB\n  multipart_chunksize = 5MB\n"
)
SMALL_URL, LARGE_URL = f"s3://{m.BUCKET}/{m.SMALL_KEY}", f"s3://{m.BUCKET}/{m.LARGE_KEY}"
LAST_KEY = m.crowd_key(m.CROWD_SIZE - 1)


def s3(*words, **options):
    return run("aws", "s3", *words, **options)


def api(operation, *words, bucket=m.BUCKET, **options):
    said = run("aws", "s3api", operation, "--bucket", bucket, *words, **options)
    return json.loads(said) if said and "fails_with" not in options else said


def get(key, *words):
    """One object by GetObject."""
    api("get-object", "--key", key, *words, "got")
    return Path("got").read_bytes()


def listed(url, *words):
    """The last words of the lines of `aws s3 ls`."""
    return [line.split(maxsplit=3)[-1].removeprefix("PRE ") for line in s3("ls", url, *words).decode().splitlines()]


Path("small").write_bytes(m.SMALL)
Path("newer").write_bytes(m.NEWER)
Path("large").write_bytes(m.large())
m.write_tree("tree")

with step("make bucket"):
    s3("mb", f"s3://{m.BUCKET}")
    assert m.BUCKET in s3("ls").decode()

with step("put small", key=m.SMALL_KEY):
    s3("cp", "small", SMALL_URL, "--metadata", f"origin={m.METADATA['origin']}", "--content-type", "text/plain")
    same(s3("cp", SMALL_URL, "-"), m.SMALL)

with step("put multipart", key=m.LARGE_KEY):
    s3("cp", "large", LARGE_URL)
    s3("cp", LARGE_URL, "large-back")
    same(Path("large-back").read_bytes(), m.large())

with step("list"):
    prefix = f"tree-{m.WORD}/"
    s3("sync", "tree", f"s3://{m.BUCKET}/{prefix}")
    same(listed(f"s3://{m.BUCKET}/{prefix}"), ["x/", "y/", "4", "z"])
    same(listed(f"s3://{m.BUCKET}/{prefix}", "--recursive", "--page-size", "2"), sorted(m.TREE))
    old = api("list-objects", "--prefix", prefix, "--delimiter", "/")
    same([each["Prefix"] for each in old["CommonPrefixes"]], [f"{prefix}x/", f"{prefix}y/"])

with step("pages", keys=m.CROWD_SIZE):
    names = listed(f"s3://{m.CROWD}/many/", "--page-size", "300")
    same(names, [m.crowd_key(number).split("/")[1] for number in range(m.CROWD_SIZE)])

with step("sync"):
    same(s3("sync", "tree", f"s3://{m.BUCKET}/{prefix}"), b"", "uploads with nothing to do")
    s3("sync", f"s3://{m.BUCKET}/{prefix}", "tree-back")
    same(m.read_tree("tree-back"), m.TREE)
    same(s3("sync", f"s3://{m.BUCKET}/{prefix}", "tree-back"), b"", "downloads with nothing to do")

with step("copy"):
    s3("cp", SMALL_URL, f"s3://{m.BUCKET}/{m.COPY_KEY}")
    same(s3("cp", f"s3://{m.BUCKET}/{m.COPY_KEY}", "-"), m.SMALL)
    s3("cp", LARGE_URL, f"s3://{m.BUCKET}/{m.LARGE_COPY_KEY}")
    same(get(m.LARGE_COPY_KEY), m.large())
    s3("mv", f"s3://{m.BUCKET}/{m.COPY_KEY}", f"s3://{m.BUCKET}/moved")
    same(get("moved"), m.SMALL)

with step("range"):
    same(get(m.LARGE_KEY, "--range", f"bytes={m.PART - 10}-{m.PART + 9}"), m.large()[m.PART - 10 : m.PART + 10])

with step("metadata", metadata=m.METADATA):
    head = api("head-object", "--key", m.SMALL_KEY)
    same((head["Metadata"], head["ContentType"]), (m.METADATA, "text/plain"))

with step("presigned get"):
    same(m.fetch(s3("presign", SMALL_URL).decode().strip()), m.SMALL)

with step("overwrite"):
    s3("cp", "newer", SMALL_URL)
    same(s3("cp", SMALL_URL, "-"), m.NEWER)

with step("versions"):
    versions = api("list-object-versions", "--prefix", m.SMALL_KEY)["Versions"]
    same([each["IsLatest"] for each in versions], [True, False])
    same([get(m.SMALL_KEY, "--version-id", each["VersionId"]) for each in versions], [m.NEWER, m.SMALL])

with step("delete"):
    s3("rm", SMALL_URL)
    s3("cp", SMALL_URL, "-", fails_with="404")
    api("get-object", "--key", m.SMALL_KEY, "got", fails_with="NoSuchKey")

with step("bulk delete"):
    objects = [{"Key": key} for key in sorted(m.TREE)[:2]]
    answer = api("delete-objects", "--delete", json.dumps({"Objects": objects}))
    same(len(answer["Deleted"]), 2)
    s3("rm", f"s3://{m.BUCKET}/{prefix}", "--recursive")
    s3("ls", f"s3://{m.BUCKET}/{prefix}", fails_with="")

with step("remove bucket") as told:
    s3("rb", f"s3://{m.BUCKET}", fails_with="BucketNotEmpty")
    found = api("list-object-versions", "--page-size", "3")
    found = found.get("Versions", []) + found.get("DeleteMarkers", [])
    objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
    answer = api("delete-objects", "--delete", json.dumps({"Objects": objects}))
    same(answer.get("Errors", []), [])
    told["versions"] = len(found)
    s3("rb", f"s3://{m.BUCKET}")
    api("head-bucket", fails_with="404")

with step("keep", bucket=m.KEPT, content=m.SMALL.decode()):
    s3("mb", f"s3://{m.KEPT}")
    s3("cp", "small", f"s3://{m.KEPT}/{m.SMALL_KEY}", "--metadata", f"origin={m.METADATA['origin']}")
    Path("large").write_bytes(m.large(2))
    s3("cp", "large", f"s3://{m.KEPT}/{m.LARGE_KEY}")

m.end()
