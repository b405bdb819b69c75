"""s3fs, the file system of pandas, Dask and DVC. It keeps listings; they are dropped where others have written."""

import os
from pathlib import Path

import s3fs

import meeting as m
from meeting import same, step

fs = s3fs.S3FileSystem(
    key=m.ACCESS_KEY,
    secret=m.SECRET_KEY,
    endpoint_url=m.ENDPOINT,
    client_kwargs={"verify": m.CA, "region_name": m.REGION},
    config_kwargs={"signature_version": "s3v4", "s3": {"addressing_style": "path"}, "retries": {"total_max_attempts": 1}},
    version_aware=True,
    use_listings_cache=False,
)
SMALL_PLACE, LARGE_PLACE = f"{m.BUCKET}/{m.SMALL_KEY}", f"{m.BUCKET}/{m.LARGE_KEY}"
PREFIX = f"{m.BUCKET}/tree-{m.WORD}"

with step("make bucket"):
    fs.mkdir(m.BUCKET)
    assert fs.exists(m.BUCKET) and m.BUCKET in fs.ls("")
    m.refused("", FileExistsError, lambda: fs.mkdir(m.BUCKET))

with step("put small", key=m.SMALL_KEY):
    fs.pipe_file(SMALL_PLACE, m.SMALL, Metadata=m.METADATA, ContentType="text/plain")
    same(fs.cat_file(SMALL_PLACE), m.SMALL)

with step("put multipart", key=m.LARGE_KEY):
    with fs.open(LARGE_PLACE, "wb", block_size=m.PART) as file:
        file.write(m.large())
    same(fs.cat_file(LARGE_PLACE), m.large())
    Path("large").write_bytes(m.large())
    fs.put_file("large", f"{m.BUCKET}/from file", chunksize=m.PART)
    fs.get_file(f"{m.BUCKET}/from file", "large-back")
    same(Path("large-back").read_bytes(), m.large())

with step("list"):
    fs.pipe({f"{m.BUCKET}/{key}": content for key, content in m.TREE.items()})
    same(sorted(fs.find(PREFIX)), sorted(f"{m.BUCKET}/{key}" for key in m.TREE))
    same(sorted(fs.ls(PREFIX, detail=False)), [f"{PREFIX}/{name}" for name in ["4", "x", "y", "z"]])
    same(sorted(fs.glob(f"{PREFIX}/*/[12]")), [f"{PREFIX}/x/1", f"{PREFIX}/x/2"])
    same(fs.isdir(f"{PREFIX}/x"), True)
    same(fs.du(PREFIX), sum(map(len, m.TREE.values())))
    files = {f"{m.BUCKET}/{key}": content for key, content in m.TREE.items()}
    same(fs.cat(list(files)), files)

with step("pages", keys=m.CROWD_SIZE):
    same(sorted(fs.ls(f"{m.CROWD}/many", detail=False)), [f"{m.CROWD}/{m.crowd_key(number)}" for number in range(m.CROWD_SIZE)])

with step("copy"):
    fs.copy(SMALL_PLACE, f"{m.BUCKET}/{m.COPY_KEY}")
    same(fs.cat_file(f"{m.BUCKET}/{m.COPY_KEY}"), m.SMALL)
    fs.copy(LARGE_PLACE, f"{m.BUCKET}/{m.LARGE_COPY_KEY}")
    same(fs.cat_file(f"{m.BUCKET}/{m.LARGE_COPY_KEY}"), m.large())
    fs.mv(f"{m.BUCKET}/{m.COPY_KEY}", f"{m.BUCKET}/moved")
    same(fs.cat_file(f"{m.BUCKET}/moved"), m.SMALL)

with step("range"):
    same(fs.cat_file(LARGE_PLACE, start=m.PART - 10, end=m.PART + 10), m.large()[m.PART - 10 : m.PART + 10])
    same(fs.tail(SMALL_PLACE, 5), m.SMALL[-5:])
    with fs.open(LARGE_PLACE, "rb", block_size=64 << 10) as file:
        file.seek(-20, os.SEEK_END)
        same(file.read(), m.large()[-20:])

with step("metadata", metadata=m.METADATA):
    same((fs.metadata(SMALL_PLACE), fs.info(SMALL_PLACE)["ContentType"]), (m.METADATA, "text/plain"))

with step("presigned get"):
    same(m.fetch(fs.sign(SMALL_PLACE, expiration=600)), m.SMALL)

with step("presigned put"):
    url = fs.url(f"{m.BUCKET}/presigned", expires=600, client_method="put_object")
    m.fetch(url, data=m.NEWER, method="PUT")
    same(fs.cat_file(f"{m.BUCKET}/presigned"), m.NEWER)

with step("overwrite"):
    fs.pipe_file(SMALL_PLACE, m.NEWER)
    same(fs.cat_file(SMALL_PLACE), m.NEWER)

with step("versions"):
    listed = fs.object_version_info(SMALL_PLACE)
    same([each["IsLatest"] for each in listed], [True, False])
    contents = [fs.cat_file(SMALL_PLACE, version_id=each["VersionId"]) for each in listed]
    same(contents, [m.NEWER, m.SMALL])

with step("delete"):
    fs.rm_file(SMALL_PLACE)
    m.refused("", FileNotFoundError, lambda: fs.cat_file(SMALL_PLACE))
    same(fs.exists(SMALL_PLACE), False)

with step("bulk delete"):
    fs.rm(PREFIX, recursive=True)
    same(fs.find(PREFIX), [])

with step("remove bucket") as told:
    m.refused("", OSError, lambda: fs.rmdir(m.BUCKET))
    told["versions"] = m.purge_versions(m.BUCKET)
    fs.rmdir(m.BUCKET)
    same(fs.exists(m.BUCKET), False)

with step("keep", bucket=m.KEPT, content=m.SMALL.decode()):
    fs.mkdir(m.KEPT)
    fs.pipe_file(f"{m.KEPT}/{m.SMALL_KEY}", m.SMALL, Metadata=m.METADATA)
    with fs.open(f"{m.KEPT}/{m.LARGE_KEY}", "wb", block_size=m.PART) as file:
        file.write(m.large(2))

m.end()
