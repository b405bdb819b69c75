"""What every round shares: where the server is, what is put there, and how a step is told.

A round is a list of steps. Each prints one line of JSON; one that fails says why and the next goes on, so that a single
run tells everything. The exit code counts.
"""

import json
import os
import random
import ssl
import subprocess
import sys
import traceback
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import botocore.session
from botocore.config import Config

ENDPOINT = os.environ["CLIENTS_ENDPOINT"]
CA = os.environ["CLIENTS_CA"]
ACCESS_KEY = os.environ["CLIENTS_ACCESS_KEY"]
SECRET_KEY = os.environ["CLIENTS_SECRET_KEY"]
# Stands in every name, content and metadata value that this round sends, so that it can be looked for afterwards.
WORD = os.environ["CLIENTS_WORD"]
# A bucket with more keys than one page of a listing holds.
CROWD = os.environ["CLIENTS_CROWD"]
CROWD_SIZE = int(os.environ["CLIENTS_CROWD_SIZE"])

HOST = ENDPOINT.removeprefix("https://")
REGION = "us-east-1"
# The smallest that S3 takes for a part, so that little makes several.
PART = 5 << 20

BUCKET = WORD
KEPT = f"{WORD}-kept"
SMALL_KEY = f"{WORD}-key/with blank, plus+ and ü.txt"
LARGE_KEY = f"{WORD}-key/large.bin"
COPY_KEY = f"{WORD}-key/copies/copy of ü+.txt"
LARGE_COPY_KEY = f"{WORD}-key/copies/large.bin"
METADATA = {"origin": f"{WORD}-metadata"}
SMALL = f"{WORD} content, small\n".encode()
NEWER = f"{WORD} content, newer and longer than before\n".encode()
TREE = {f"tree-{WORD}/{name}": f"{WORD} content {name}".encode() for name in ["4", "x/1", "x/2", "y/3", "z"]}


def large(parts=3):
    """Bytes that do not compress, with the word of the round in the first and in the last part."""
    noise = random.Random(WORD).randbytes((parts - 1) * PART + 4096)
    said = f"{WORD} content, large".encode()
    return said + noise + said


def crowd_key(number):
    return f"many/{number:04}.txt"


_told = []
_failed = []


@contextmanager
def step(name, **facts):
    """One step; what is put into the yielded mapping is told with it."""
    _told.append(name)
    try:
        yield facts
    except Exception as error:  # The round goes on and fails at its end.
        _failed.append(name)
        trace = traceback.extract_tb(error.__traceback__)
        here = next((frame for frame in reversed(trace) if "rounds" in frame.filename), trace[-1])
        facts["failed"] = f"line {here.lineno}: {type(error).__name__}: {error}"
    print(json.dumps({"step": name, **facts}, ensure_ascii=False, default=str), flush=True)


def end():
    """The last line, and the exit code."""
    print(json.dumps({"steps": len(_told), "failed": _failed}), flush=True)
    sys.exit(1 if _failed or not _told else 0)


def same(got, expected, what="they"):
    """Two things that must be equal; of long bytes only the lengths are told."""
    if got == expected:
        return
    if isinstance(got, bytes) and isinstance(expected, bytes) and max(len(got), len(expected)) > 200:
        got, expected = f"{len(got)} bytes {got[:40]!r}…", f"{len(expected)} bytes {expected[:40]!r}…"
    raise AssertionError(f"{what} differ: got {got!r}, expected {expected!r}")


def refused(code, error_type, act):
    """That an act is refused with this code."""
    try:
        act()
    except error_type as error:
        if code not in str(error):
            raise AssertionError(f"refused otherwise than with {code}: {error}") from error
        return
    raise AssertionError(f"was not refused with {code}")


def run(*command, fails_with=None, timeout=120, **options):
    """Runs a program and gives what it printed; or, where it must fail, what it complained of."""
    ended = subprocess.run([str(part) for part in command], capture_output=True, timeout=timeout, **options)
    said = ended.stderr.decode(errors="replace")
    name = " ".join(str(part) for part in command[:6])
    if fails_with is not None:
        if ended.returncode == 0:
            raise AssertionError(f"{name}: ended well and must fail with {fails_with}")
        if fails_with not in said + ended.stdout.decode(errors="replace"):
            raise AssertionError(f"{name}: failed otherwise than with {fails_with}: {said[-600:]}")
        return said
    if ended.returncode != 0:
        raise AssertionError(f"{name}: exit {ended.returncode}: {(said or ended.stdout.decode())[-600:]}")
    return ended.stdout


def write_tree(folder):
    """The tree as files below a folder, without the first part of the keys."""
    for key, content in TREE.items():
        path = Path(folder, *key.split("/")[1:])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def read_tree(folder):
    """All files below a folder as keys and contents of the tree."""
    files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    return {f"tree-{WORD}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in files}


def fetch(url, **request):
    """A plain HTTP request that knows nothing but the URL and the CA."""
    context = ssl.create_default_context(cafile=CA)
    asked = urllib.request.Request(url, **request)
    with urllib.request.urlopen(asked, context=context) as answer:
        return answer.read()


def fetch_refused(url, status):
    """That a URL is refused with this status; gives what is said with it."""
    try:
        fetch(url)
    except urllib.error.HTTPError as error:
        same(error.code, status, "statuses")
        return error.read().decode()
    raise AssertionError(f"was not refused with {status}")


def client():
    """A plain client, for what the one under test cannot do itself: versions, mostly."""
    return botocore.session.get_session().create_client(
        "s3",
        endpoint_url=ENDPOINT,
        verify=CA,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )


def versions(bucket, key):
    """The ids of a key's versions, the newest first."""
    listed = client().list_object_versions(Bucket=bucket, Prefix=key)
    return [version["VersionId"] for version in listed.get("Versions", []) if version["Key"] == key]


def old_version(bucket, key):
    """The bytes of the oldest version of a key."""
    oldest = versions(bucket, key)[-1]
    return client().get_object(Bucket=bucket, Key=key, VersionId=oldest)["Body"].read()


def purge_versions(bucket):
    """Deletes every version and every marker in a bucket; gives how many there were."""
    s3, gone = client(), 0
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = page.get("Versions", []) + page.get("DeleteMarkers", [])
        objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        if objects:
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
            same(answer.get("Errors", []), [], "errors of deleting versions")
            gone += len(objects)
    return gone
