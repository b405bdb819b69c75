"""Every file that pydicom is tested with goes through the doors of a dataset that cleans what it takes in, over REST and over S3;
then pydicom reads what comes back, and what it may not find is not there."""

import collections
import importlib.util
import io
import json
import os
import pathlib
import ssl
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import boto3
import pydicom.data
from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

import meeting as m
from meeting import same, step

# The search for what survived, which knows the standard's table and pydicom, and nothing of the server.
CHECK = pathlib.Path(__file__).parents[4] / "foundation/redaction/tests/check_with_pydicom.py"
spec = importlib.util.spec_from_file_location("check_with_pydicom", CHECK)
check_with_pydicom = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check_with_pydicom)

API, KEY = os.environ["CLIENTS_API"], os.environ["CLIENTS_API_KEY"]
TRUST = ssl.create_default_context(cafile=m.CA)
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
DATASET = m.BUCKET
# Two are cleaned at once; a few more keep them busy.
AT_ONCE = 4


def ask(method, path, body=None, kind="application/octet-stream"):
    """The status and the body of an answer, whatever it is."""
    request = urllib.request.Request(API + path, body, {"Authorization": f"Bearer {KEY}"}, method=method)
    if body is not None:
        request.add_header("Content-Type", kind)
    try:
        with urllib.request.urlopen(request, context=TRUST) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def told(method, path, body=None):
    status, answer = ask(method, path, None if body is None else json.dumps(body).encode(), "application/json")
    assert status < 300, (method, path, status, answer)
    return json.loads(answer) if answer else None


def originals():
    """Name and bytes of every file, of whatever kind: those that come with pydicom, and those of pydicom-data."""
    import data_store

    found = {}
    for folder in (pathlib.Path(pydicom.data.__file__).parent / "test_files", pathlib.Path(data_store.__file__).parent / "data"):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                found[f"{folder.name}/{path.relative_to(folder)}"] = path
    return found


def is_dicom(head):
    return head[128:132] == b"DICM"


def everywhere(act, names):
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(names, pool.map(act, names)))


def put_over_rest(name):
    status, answer = ask("POST", f"/v1/datasets/{DATASET}/items?name={urllib.parse.quote('rest/' + name)}", FILES[name].read_bytes())
    assert status == 201, (name, status, answer)
    return json.loads(answer)["item"]


def put_over_s3(name):
    """Nothing, or what the client was told instead. Large files come in parts."""
    try:
        s3.upload_fileobj(io.BytesIO(FILES[name].read_bytes()), m.BUCKET, f"s3/{name}", Config=parts)
    except (ClientError, S3UploadFailedError) as error:
        return str(error)


def cleaned(door, name, read):
    path = pathlib.Path("cleaned") / door / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(read)
    return path


def get_over_rest(name):
    status, answer = ask("GET", f"/v1/items/{rest[name]['id']}/content")
    assert status == 200, (name, status, answer)
    return cleaned("rest", name, answer)


def get_over_s3(name):
    back = io.BytesIO()
    s3.download_fileobj(m.BUCKET, f"s3/{name}", back, Config=parts)
    return cleaned("s3", name, back.getvalue())


def survivors(paths):
    """What is left of identifiers, and how many DICOM files were looked at."""
    check = check_with_pydicom.Check()
    for name, path in paths.items():
        with open(FILES[name], "rb") as file:
            was = is_dicom(file.read(132))
        now = is_dicom(path.read_bytes()[:132])
        assert now or not was, f"{name} is no DICOM file any more"
        if now:
            check.file(FILES[name], path)
    return check


FILES = originals()
rest, over_s3, read_rest, read_s3 = {}, {}, {}, {}

with step("make dataset", files=len(FILES)):
    told("POST", "/v1/datasets", {"name": DATASET, "ingest": {"redaction": "clean"}})
    assert len(FILES) > 200, "pydicom's files are not all there"

with step("put over REST") as facts:
    rest = everywhere(put_over_rest, FILES)
    held = {name: item for name, item in rest.items() if "quarantine" in item["version"]}
    facts.update(clean=len(rest) - len(held), held=len(held))

with step("put over S3") as facts:
    over_s3 = everywhere(put_over_s3, FILES)
    refused = {name: error for name, error in over_s3.items() if error}
    assert all("InvalidObjectState" in error and "kept in quarantine" in error for error in refused.values()), refused
    same(set(refused), set(held))
    facts.update(in_parts=sum(path.stat().st_size > m.PART for path in FILES.values()))

with step("read over REST"):
    read_rest = everywhere(get_over_rest, [name for name in FILES if name not in held])

with step("read over S3"):
    read_s3 = everywhere(get_over_s3, [name for name in FILES if name not in held])

with step("nobody is identified") as facts:
    checks = [survivors(read_rest), survivors(read_s3)]
    for check in checks:
        same(check.survivors, [])
        assert check.files > 100 and check.uids > 100, (check.files, check.uids)
    # Both doors of a dataset give the same new identifiers.
    same(checks[0].new_uids, checks[1].new_uids)
    facts.update(files=checks[0].files, elements=checks[0].elements, deepest=checks[0].deepest, identifiers=checks[0].uids)

with step("the search finds what is not cleaned"):
    found = check_with_pydicom.Check()
    name = "test_files/CT_small.dcm"
    found.file(FILES[name], FILES[name])
    assert len(found.survivors) > 10, found.survivors

with step("views") as facts:
    shown = everywhere(lambda name: ask("GET", f"/v1/items/{rest[name]['id']}/view")[0], read_rest)
    facts.update(collections.Counter(str(status) for status in shown.values()))
    assert all(status in (200, 422) for status in shown.values()), shown
    assert sum(status == 200 for status in shown.values()) > 50

with step("quarantine") as facts:
    listed, cursor = {}, ""
    while cursor is not None:
        page = told("GET", f"/v1/datasets/{DATASET}/quarantine?limit=7{cursor}")
        listed.update((item["name"], item["version"]["quarantine"]["reason"]) for item in page["items"])
        cursor = f"&cursor={page['next']}" if "next" in page else None
    same(set(listed), {f"{door}/{name}" for door in ("rest", "s3") for name in held})
    assert all(len(reason) > 10 for reason in listed.values()), listed
    for name, item in held.items():
        same(ask("GET", f"/v1/items/{item['id']}/content")[0], 409)
        same(ask("GET", f"/v1/items/{item['id']}/view")[0], 409)
        for call in (s3.get_object, s3.head_object):
            m.refused("", ClientError, lambda: call(Bucket=m.BUCKET, Key=f"s3/{name}"))
    names = [key["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=m.BUCKET) for key in page["Contents"]]
    same(sorted(names), sorted(f"{door}/{name}" for door in ("rest", "s3") for name in FILES if name not in held))
    facts.update(reasons=collections.Counter(listed.values()).most_common(8))

with step("release and delete"):
    first, second = list(held.items())[:2]
    path = f"/v1/items/{first[1]['id']}/quarantine/{first[1]['version']['id']}"
    told("POST", f"{path}/release", {"reason": "a phantom of pydicom's"})
    same(ask("GET", f"/v1/items/{first[1]['id']}/content")[1], FILES[first[0]].read_bytes())
    told("DELETE", f"/v1/items/{second[1]['id']}/quarantine/{second[1]['version']['id']}")
    same(ask("GET", f"/v1/items/{second[1]['id']}")[0], 404)

m.end()
