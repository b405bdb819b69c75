"""s3cmd, in many a backup script. It knows no versions and signs URLs with version 2 only, which is refused."""

from pathlib import Path

import meeting as m
from meeting import run, same, step

Path("s3cfg").write_text(
    "[default]\n"
    f"access_key = {m.ACCESS_KEY}\nsecret_key = {m.SECRET_KEY}\nbucket_location = {m.REGION}\n"
    f"host_base = {m.HOST}\nhost_bucket = {m.HOST}\nca_certs_file = {m.CA}\n"
    "use_https = True\nsignurl_use_https = True\nsignature_v2 = False\nmax_retries = 1\n"
    "enable_multipart = True\nmultipart_chunk_size_mb = 5\nprogress_meter = False\n"
)
SMALL_URL, LARGE_URL = f"s3://{m.BUCKET}/{m.SMALL_KEY}", f"s3://{m.BUCKET}/{m.LARGE_KEY}"


def s3cmd(*words, **options):
    return run("s3cmd", "--config", "s3cfg", *words, **options)


def get(url):
    s3cmd("get", "--force", url, "got")
    return Path("got").read_bytes()


def listed(url, *words):
    """What stands after the bucket in the lines of `s3cmd ls`."""
    lines = s3cmd("ls", url, *words).decode().splitlines()
    return [line.split("s3://", 1)[1].split("/", 1)[1] for line in lines]


Path("small").write_bytes(m.SMALL)
Path("newer").write_bytes(m.NEWER)
Path("large").write_bytes(m.large())
m.write_tree("tree")

with step("make bucket"):
    s3cmd("mb", f"s3://{m.BUCKET}")
    assert f"s3://{m.BUCKET}" in s3cmd("ls").decode()

with step("put small", key=m.SMALL_KEY):
    header = f"--add-header=x-amz-meta-origin:{m.METADATA['origin']}"
    s3cmd("put", "small", SMALL_URL, header, "--mime-type=text/plain")
    same(get(SMALL_URL), m.SMALL)

with step("put multipart", key=m.LARGE_KEY):
    s3cmd("put", "large", LARGE_URL)
    same(get(LARGE_URL), m.large())

with step("list"):
    prefix = f"tree-{m.WORD}/"
    s3cmd("sync", "tree/", f"s3://{m.BUCKET}/{prefix}")
    same(sorted(listed(f"s3://{m.BUCKET}/{prefix}")), [f"{prefix}{name}" for name in ["4", "x/", "y/", "z"]])
    same(listed(f"s3://{m.BUCKET}/{prefix}", "--recursive"), sorted(m.TREE))

with step("pages", keys=m.CROWD_SIZE):
    same(listed(f"s3://{m.CROWD}/many/"), [m.crowd_key(number) for number in range(m.CROWD_SIZE)])

with step("sync"):
    same(s3cmd("sync", "tree/", f"s3://{m.BUCKET}/{prefix}"), b"", "uploads with nothing to do")
    s3cmd("sync", f"s3://{m.BUCKET}/{prefix}", "tree-back/")
    same(m.read_tree("tree-back"), m.TREE)
    same(s3cmd("sync", f"s3://{m.BUCKET}/{prefix}", "tree-back/"), b"", "downloads with nothing to do")

with step("copy"):
    s3cmd("cp", SMALL_URL, f"s3://{m.BUCKET}/{m.COPY_KEY}")
    same(get(f"s3://{m.BUCKET}/{m.COPY_KEY}"), m.SMALL)
    s3cmd("cp", LARGE_URL, f"s3://{m.BUCKET}/{m.LARGE_COPY_KEY}")
    same(get(f"s3://{m.BUCKET}/{m.LARGE_COPY_KEY}"), m.large())
    s3cmd("mv", f"s3://{m.BUCKET}/{m.COPY_KEY}", f"s3://{m.BUCKET}/moved")
    same(get(f"s3://{m.BUCKET}/moved"), m.SMALL)

with step("range"):
    # It goes on with a download that broke off.
    Path("half").write_bytes(m.large()[: m.PART - 10])
    s3cmd("get", "--continue", LARGE_URL, "half")
    same(Path("half").read_bytes(), m.large())

with step("metadata", metadata=m.METADATA):
    said = s3cmd("info", SMALL_URL).decode()
    assert f"x-amz-meta-origin: {m.METADATA['origin']}" in said and "text/plain" in said, said

with step("refuse signatures of version 2"):
    url = s3cmd("signurl", SMALL_URL, "+600").decode().strip()
    said = m.fetch_refused(url, 400)
    assert "s3v4" in said, said

with step("overwrite"):
    s3cmd("put", "newer", SMALL_URL)
    same(get(SMALL_URL), m.NEWER)
    same(m.old_version(m.BUCKET, m.SMALL_KEY), m.SMALL)

with step("delete"):
    s3cmd("del", SMALL_URL)
    s3cmd("get", "--force", SMALL_URL, "got", fails_with="does not exist")
    same(listed(SMALL_URL), [])

with step("bulk delete"):
    s3cmd("del", "--recursive", f"s3://{m.BUCKET}/{prefix}")
    same(listed(f"s3://{m.BUCKET}/{prefix}", "--recursive"), [])

with step("remove bucket") as told:
    s3cmd("rb", f"s3://{m.BUCKET}", fails_with="BucketNotEmpty")
    told["versions"] = m.purge_versions(m.BUCKET)
    s3cmd("rb", f"s3://{m.BUCKET}")
    s3cmd("ls", f"s3://{m.BUCKET}", fails_with="NoSuchBucket")

with step("keep", bucket=m.KEPT, content=m.SMALL.decode()):
    s3cmd("mb", f"s3://{m.KEPT}")
    s3cmd("put", "small", f"s3://{m.KEPT}/{m.SMALL_KEY}", header)
    Path("large").write_bytes(m.large(2))
    s3cmd("put", "large", f"s3://{m.KEPT}/{m.LARGE_KEY}")

m.end()
