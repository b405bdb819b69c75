"""rclone: copies, checks and synchronisations of whole folders."""

import json
import os
from pathlib import Path

import meeting as m
from meeting import run, same, step

os.environ |= {
    "RCLONE_CONFIG": str(Path.cwd() / "rclone.conf"),
    "RCLONE_CONFIG_B_TYPE": "s3",
    "RCLONE_CONFIG_B_PROVIDER": "Other",
    "RCLONE_CONFIG_B_ENDPOINT": m.ENDPOINT,
    "RCLONE_CONFIG_B_REGION": m.REGION,
    "RCLONE_CONFIG_B_ACCESS_KEY_ID": m.ACCESS_KEY,
    "RCLONE_CONFIG_B_SECRET_ACCESS_KEY": m.SECRET_KEY,
    "RCLONE_CA_CERT": m.CA,
    "RCLONE_S3_UPLOAD_CUTOFF": "5Mi",
    "RCLONE_S3_COPY_CUTOFF": "5Mi",
    "RCLONE_S3_CHUNK_SIZE": "5Mi",
    "RCLONE_RETRIES": "1",
    "RCLONE_LOW_LEVEL_RETRIES": "1",
}
Path("rclone.conf").touch()
SMALL_PLACE, LARGE_PLACE = f"b:{m.BUCKET}/{m.SMALL_KEY}", f"b:{m.BUCKET}/{m.LARGE_KEY}"
PREFIX = f"tree-{m.WORD}"


def rclone(*words, **options):
    return run("rclone", *words, **options)


def listed(*words):
    return sorted(rclone("lsf", *words).decode().splitlines())


def transfers(*words):
    """How many files a command moved or deleted."""
    said = run("sh", "-c", 'exec "$@" 2>&1', "sh", "rclone", *words, "--use-json-log", "--stats-one-line", "--stats", "1h", "-v")
    stats = [json.loads(line).get("stats") for line in said.decode().splitlines() if line.startswith("{")]
    last = [each for each in stats if each][-1]
    return last["transfers"] + last["deletes"]


Path("small").write_bytes(m.SMALL)
Path("newer").write_bytes(m.NEWER)
Path("large").write_bytes(m.large())
m.write_tree("tree")

with step("make bucket"):
    rclone("mkdir", f"b:{m.BUCKET}")
    assert f"{m.BUCKET}/" in listed("b:")

with step("put small", key=m.SMALL_KEY):
    words = ["--metadata", "--metadata-set", f"origin={m.METADATA['origin']}"]
    rclone("copyto", "small", SMALL_PLACE, *words, "--header-upload", "Content-Type: text/plain")
    same(rclone("cat", SMALL_PLACE), m.SMALL)

with step("put multipart", key=m.LARGE_KEY):
    rclone("copyto", "large", LARGE_PLACE)
    rclone("copyto", LARGE_PLACE, "large-back")
    same(Path("large-back").read_bytes(), m.large())
    # From a pipe, whose length nobody knows.
    rclone("rcat", f"b:{m.BUCKET}/stream", input=m.large())
    same(rclone("cat", f"b:{m.BUCKET}/stream"), m.large())

with step("expect"):
    # It asks before it sends what is large, and waits this long for an answer: without one every part costs that time.
    rclone("copyto", "large", f"b:{m.BUCKET}/asked", "--expect-continue-timeout", "60s", timeout=30)
    same(rclone("cat", f"b:{m.BUCKET}/asked"), m.large())

with step("list"):
    rclone("copy", "tree", f"b:{m.BUCKET}/{PREFIX}")
    for version in ("1", "2"):
        words = ["--s3-list-version", version, "--s3-list-chunk", "2"]
        same(listed(f"b:{m.BUCKET}/{PREFIX}", *words), ["4", "x/", "y/", "z"])
        names = listed(f"b:{m.BUCKET}/{PREFIX}", "--recursive", "--files-only", "--fast-list", *words)
        same([f"{PREFIX}/{name}" for name in names], sorted(m.TREE))

with step("pages", keys=m.CROWD_SIZE):
    everything = [m.crowd_key(number) for number in range(m.CROWD_SIZE)]
    same([f"many/{name}" for name in listed(f"b:{m.CROWD}/many")], everything)

with step("sync") as told:
    same(transfers("sync", "tree", f"b:{m.BUCKET}/{PREFIX}"), 0, "uploads with nothing to do")
    rclone("check", "tree", f"b:{m.BUCKET}/{PREFIX}", "--download")
    same(transfers("sync", f"b:{m.BUCKET}/{PREFIX}", "tree-back"), len(m.TREE))
    same(m.read_tree("tree-back"), m.TREE)
    same(transfers("sync", f"b:{m.BUCKET}/{PREFIX}", "tree-back"), 0, "downloads with nothing to do")
    Path("tree-back/z").unlink()
    told["deleted"] = transfers("sync", "tree-back", f"b:{m.BUCKET}/{PREFIX}-second")
    same(listed(f"b:{m.BUCKET}/{PREFIX}-second"), ["4", "x/", "y/"])
    Path("tree-back/4").unlink()
    same(transfers("sync", "tree-back", f"b:{m.BUCKET}/{PREFIX}-second"), 1, "deletes of what is gone")
    same(listed(f"b:{m.BUCKET}/{PREFIX}-second"), ["x/", "y/"])

with step("check finds a difference"):
    Path("tree-back/x/1").write_bytes(b"x" * len((m.TREE[f"{PREFIX}/x/1"])))
    rclone("check", "tree-back", f"b:{m.BUCKET}/{PREFIX}", "--download", "--one-way", fails_with="1 differences found")

with step("copy"):
    rclone("copyto", SMALL_PLACE, f"b:{m.BUCKET}/{m.COPY_KEY}")
    same(rclone("cat", f"b:{m.BUCKET}/{m.COPY_KEY}"), m.SMALL)
    rclone("copyto", LARGE_PLACE, f"b:{m.BUCKET}/{m.LARGE_COPY_KEY}")
    same(rclone("cat", f"b:{m.BUCKET}/{m.LARGE_COPY_KEY}"), m.large())
    rclone("moveto", f"b:{m.BUCKET}/{m.COPY_KEY}", f"b:{m.BUCKET}/moved")
    same(rclone("cat", f"b:{m.BUCKET}/moved"), m.SMALL)

with step("range"):
    got = rclone("cat", LARGE_PLACE, "--offset", str(m.PART - 10), "--count", "20")
    same(got, m.large()[m.PART - 10 : m.PART + 10])
    same(rclone("cat", SMALL_PLACE, "--tail", "5"), m.SMALL[-5:])

with step("metadata", metadata=m.METADATA):
    told = json.loads(rclone("lsjson", "--stat", "--metadata", SMALL_PLACE))
    same((told["Metadata"]["origin"], told["MimeType"]), (m.METADATA["origin"], "text/plain"))
    # It keeps the time of the file as metadata and sets it again without sending the bytes.
    rclone("touch", "--timestamp", "2001-02-03T04:05:06", SMALL_PLACE)
    assert json.loads(rclone("lsjson", "--stat", SMALL_PLACE))["ModTime"].startswith("2001-02-03T04:05:06")

with step("presigned get"):
    same(m.fetch(rclone("link", SMALL_PLACE, "--expire", "10m").decode().strip()), m.SMALL)

with step("overwrite"):
    rclone("copyto", "newer", SMALL_PLACE)
    same(rclone("cat", SMALL_PLACE), m.NEWER)

with step("versions"):
    folder = f"b:{m.BUCKET}/{m.WORD}-key"
    names = [name for name in listed(folder, "--s3-versions", "--files-only") if name.startswith("with blank")]
    contents = [rclone("cat", f"{folder}/{name}", "--s3-versions") for name in names]
    assert m.SMALL in contents and m.NEWER in contents, names

with step("delete"):
    rclone("deletefile", SMALL_PLACE)
    # Without a key of this name it looks for keys below it, and finds none.
    same(rclone("cat", SMALL_PLACE), b"")
    assert m.SMALL_KEY.split("/")[1] not in listed(folder)

with step("bulk delete"):
    rclone("delete", f"b:{m.BUCKET}/{PREFIX}")
    same(listed(f"b:{m.BUCKET}/{PREFIX}", "--recursive"), [])

with step("remove bucket") as told:
    rclone("delete", f"b:{m.BUCKET}")
    rclone("rmdir", f"b:{m.BUCKET}", fails_with="BucketNotEmpty")
    rclone("backend", "cleanup-hidden", f"b:{m.BUCKET}")
    told["left"] = m.purge_versions(m.BUCKET)
    rclone("rmdir", f"b:{m.BUCKET}")
    assert f"{m.BUCKET}/" not in listed("b:")

with step("keep", bucket=m.KEPT, content=m.SMALL.decode()):
    rclone("mkdir", f"b:{m.KEPT}")
    rclone("copyto", "small", f"b:{m.KEPT}/{m.SMALL_KEY}", *words)
    Path("large").write_bytes(m.large(2))
    rclone("copyto", "large", f"b:{m.KEPT}/{m.LARGE_KEY}")

m.end()
