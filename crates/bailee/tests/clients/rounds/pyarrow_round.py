"""pyarrow: a file system for bytes, and data sets of Parquet files in folders by column."""

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pafs

import meeting as m
from meeting import same, step

s3 = pafs.S3FileSystem(
    access_key=m.ACCESS_KEY,
    secret_key=m.SECRET_KEY,
    region=m.REGION,
    scheme="https",
    endpoint_override=m.HOST,
    tls_ca_file_path=m.CA,
    # Its own are a few seconds, which a busy machine may need.
    request_timeout=60,
    connect_timeout=10,
    allow_bucket_creation=True,
    allow_bucket_deletion=True,
    retry_strategy=pafs.AwsStandardS3RetryStrategy(max_attempts=1),
)
SMALL_PLACE, LARGE_PLACE = f"{m.BUCKET}/{m.SMALL_KEY}", f"{m.BUCKET}/{m.LARGE_KEY}"
HEADERS = {"Content-Type": "text/plain", "Content-Language": m.METADATA["origin"]}


def get(place):
    with s3.open_input_stream(place) as file:
        return file.read()


def put(place, content, headers=None):
    with s3.open_output_stream(place, metadata=headers) as file:
        # In pieces, as programs do: parts are made of them.
        for start in range(0, len(content), 1 << 20):
            file.write(content[start : start + (1 << 20)])


def names(place, recursive=True):
    """Paths of files, and of folders with a slash."""
    found = s3.get_file_info(pafs.FileSelector(place, recursive=recursive, allow_not_found=True))
    return sorted(each.path + ("/" if each.type == pafs.FileType.Directory else "") for each in found)


with step("make bucket"):
    s3.create_dir(m.BUCKET)
    same(s3.get_file_info(m.BUCKET).type, pafs.FileType.Directory)
    # It asks whether there is one and is content.
    s3.create_dir(m.BUCKET)

with step("put small", key=m.SMALL_KEY):
    put(SMALL_PLACE, m.SMALL, HEADERS)
    same(get(SMALL_PLACE), m.SMALL)
    put(f"{m.BUCKET}/empty", b"")
    same(get(f"{m.BUCKET}/empty"), b"")

with step("put multipart", key=m.LARGE_KEY):
    put(LARGE_PLACE, m.large())
    same(get(LARGE_PLACE), m.large())

with step("list"):
    prefix = f"{m.BUCKET}/tree-{m.WORD}"
    for key, content in m.TREE.items():
        put(f"{m.BUCKET}/{key}", content)
    files = [f"{m.BUCKET}/{key}" for key in m.TREE]
    same([name for name in names(prefix) if not name.endswith("/")], sorted(files))
    same(names(prefix, recursive=False), [f"{prefix}/{name}" for name in ["4", "x/", "y/", "z"]])

with step("pages", keys=m.CROWD_SIZE):
    same(names(f"{m.CROWD}/many"), [f"{m.CROWD}/{m.crowd_key(number)}" for number in range(m.CROWD_SIZE)])

with step("copy"):
    s3.copy_file(SMALL_PLACE, f"{m.BUCKET}/{m.COPY_KEY}")
    same(get(f"{m.BUCKET}/{m.COPY_KEY}"), m.SMALL)
    s3.copy_file(LARGE_PLACE, f"{m.BUCKET}/{m.LARGE_COPY_KEY}")
    same(get(f"{m.BUCKET}/{m.LARGE_COPY_KEY}"), m.large())
    s3.move(f"{m.BUCKET}/{m.COPY_KEY}", f"{m.BUCKET}/moved")
    same(get(f"{m.BUCKET}/moved"), m.SMALL)

with step("range"):
    with s3.open_input_file(LARGE_PLACE) as file:
        same(file.read_at(20, m.PART - 10), m.large()[m.PART - 10 : m.PART + 10])
        same(file.size(), len(m.large()))

with step("metadata", metadata=m.METADATA):
    # It sends no names of one's own, only headers that HTTP knows.
    with s3.open_input_stream(SMALL_PLACE) as file:
        same(file.metadata()["Content-Type"], b"text/plain")
        same(file.metadata()["Content-Language"], m.METADATA["origin"].encode())

with step("folders"):
    s3.create_dir(f"{m.BUCKET}/folder/in it", recursive=True)
    same(names(f"{m.BUCKET}/folder"), [f"{m.BUCKET}/folder/in it/"])
    s3.delete_dir(f"{m.BUCKET}/folder")
    same(names(f"{m.BUCKET}/folder"), [])

with step("dataset") as told:
    rows = 2_000
    table = pa.table({
        "clinic": [f"{m.WORD} clinic {number % 3}" for number in range(rows)],
        "year": [2024 + number % 2 for number in range(rows)],
        "value": list(range(rows)),
        "note": [f"{m.WORD} content {number}" for number in range(rows)],
    })
    place = f"{m.BUCKET}/dataset"
    ds.write_dataset(table, place, filesystem=s3, format="parquet", partitioning=["clinic", "year"], partitioning_flavor="hive")
    back = ds.dataset(place, filesystem=s3, format="parquet", partitioning="hive")
    told["files"] = len(back.files)
    same(len(back.files), 6)
    everything = back.to_table(columns=table.column_names).sort_by("value")
    same(everything.to_pylist(), table.to_pylist())
    some = back.to_table(filter=(ds.field("year") == 2025) & (ds.field("value") < 100), columns=["value"])
    same(sorted(some["value"].to_pylist()), [value for value in range(100) if value % 2])

with step("overwrite"):
    put(SMALL_PLACE, m.NEWER)
    same(get(SMALL_PLACE), m.NEWER)
    same(m.old_version(m.BUCKET, m.SMALL_KEY), m.SMALL)

with step("delete"):
    s3.delete_file(SMALL_PLACE)
    m.refused("", FileNotFoundError, lambda: get(SMALL_PLACE))
    same(s3.get_file_info(SMALL_PLACE).type, pafs.FileType.NotFound)

with step("bulk delete"):
    s3.delete_dir_contents(prefix)
    same(names(prefix), [])
    s3.delete_dir(place)
    same(names(place), [])

with step("remove bucket") as told:
    told["versions"] = m.purge_versions(m.BUCKET)
    s3.delete_dir(m.BUCKET)
    same(s3.get_file_info(m.BUCKET).type, pafs.FileType.NotFound)

with step("keep", bucket=m.KEPT, content=m.SMALL.decode()):
    s3.create_dir(m.KEPT)
    put(f"{m.KEPT}/{m.SMALL_KEY}", m.SMALL, HEADERS)
    put(f"{m.KEPT}/{m.LARGE_KEY}", m.large(2))

m.end()
