#!/usr/bin/env python3
"""Opens the vectors without any of the project's Rust code: an independent reader of docs/formats/sealing.md.

Needs `cryptography` (44 or newer, for Argon2id). Run: python3 check.py
"""

import hmac
import json
import re
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RAW = (Encoding.Raw, PublicFormat.Raw)


def frames(*parts):
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def hkdf(secret, salt, info, length):
    return HKDF(SHA256(), length, salt, info).derive(secret)


def key_from(secret, domain, label, parts):
    return hkdf(secret, b"", frames(domain, label.encode(), *parts), 32)


def context_of(purpose, *parts):
    return frames(b"bailee/v1/context", purpose.encode(), *parts)


def schedule(key, salt, domain, prefix, context, nonce_len):
    output = hkdf(key, salt, frames(domain, prefix) + context, 64 + nonce_len)
    return output[:32], AESGCM(output[32:64]), output[64:]


def open_box(key, context, sealed, domain):
    prefix, salt, commitment, body = sealed[:2], sealed[2:26], sealed[26:58], sealed[58:]
    assert prefix == b"\x01\x01"
    expected, cipher, nonce = schedule(key, salt, domain, prefix, context, 12)
    assert hmac.compare_digest(expected, commitment)
    return cipher.decrypt(nonce, body, None)


def open_stream(key, context, sealed):
    prefix, salt, commitment, body = sealed[:8], sealed[8:40], sealed[40:72], sealed[72:]
    assert prefix[:6] == b"BAIL\x01\x01" and 12 <= prefix[6] <= 20 and prefix[7] == 0
    expected, cipher, nonce = schedule(key, salt, b"bailee/v1/stream", prefix, context, 7)
    assert hmac.compare_digest(expected, commitment)
    size = (1 << prefix[6]) + 16
    chunks = [body[at:at + size] for at in range(0, len(body), size)]
    plaintext = b""
    for index, chunk in enumerate(chunks):
        last = index + 1 == len(chunks)
        assert len(chunk) > 16 or index == 0
        plaintext += cipher.decrypt(nonce + index.to_bytes(4, "big") + bytes([last]), chunk, None)
    assert chunks
    return plaintext


def open_letter(secret, context, sealed):
    prefix, one_time, box = sealed[:2], sealed[2:34], sealed[34:]
    assert prefix == b"\x01\x01"
    private = X25519PrivateKey.from_private_bytes(secret)
    shared = private.exchange(X25519PublicKey.from_public_bytes(one_time))
    recipient = private.public_key().public_bytes(*RAW)
    key = key_from(shared, b"bailee/v1/letterbox", "", [prefix, one_time, recipient])
    return open_box(key, context, box, b"bailee/v1/box")


def root_id(key):
    return key_from(key, b"bailee/v1/derive", "root id", [])[:16]


def open_root_file(text, secret):
    fields = dict(re.findall(r'^([a-z-]+) = "?([^"\n]*)"?$', text, re.M))
    assert fields["format"] == "bailee-root-key-1"
    protection = fields["protection"]
    if protection == "none":
        return bytes.fromhex(fields["key"])
    if protection == "passphrase":
        kek = Argon2id(salt=bytes.fromhex(fields["salt"]), length=32, iterations=int(fields["passes"]),
                       lanes=int(fields["lanes"]), memory_cost=int(fields["memory-kib"])).derive(secret)
    else:
        kek = key_from(secret, b"bailee/v1/root-file", "credential", [])
    context = context_of("root key file", protection.encode(), bytes.fromhex(fields["id"]))
    return open_box(kek, context, bytes.fromhex(fields["sealed"]), b"bailee/v1/wrap")


def check(case):
    def raw(name):
        return bytes.fromhex(case[name])

    kind = case["kind"]
    parts = [bytes.fromhex(part) for part in case.get("parts", [])]
    context = b""
    if "context" in case:
        given = case["context"]
        context = context_of(given["purpose"], *map(bytes.fromhex, given["parts"]))
        assert context.hex() == given["bytes"]
    if kind == "derive":
        assert key_from(raw("key"), b"bailee/v1/derive", case["label"], parts) == raw("derived")
    elif kind == "both":
        secret = raw("first") + raw("second")
        assert key_from(secret, b"bailee/v1/both", case["label"], parts) == raw("derived")
    elif kind in ("box", "wrap"):
        domain = b"bailee/v1/" + kind.encode()
        assert open_box(raw("key"), context, raw("sealed"), domain) == raw("plaintext")
    elif kind == "stream":
        assert open_stream(raw("key"), context, raw("sealed")) == raw("plaintext")
    elif kind == "blind":
        index = key_from(raw("key"), b"bailee/v1/blind-index-key", "", parts)
        message = frames(b"bailee/v1/blind-index", case["field"].encode(), raw("value"))
        assert hmac.new(index, message, sha256).digest() == raw("hash")
    elif kind == "letter":
        assert open_letter(raw("secret"), context, raw("sealed")) == raw("plaintext")
    elif kind == "root-wrap":
        sealed = raw("sealed")
        assert sealed[:2] == b"\x01\x01" and sealed[2:18] == root_id(raw("root")) == raw("id")
        assert open_box(raw("root"), context, sealed[18:], b"bailee/v1/wrap") == raw("plaintext")
    elif kind == "root-file":
        key = open_root_file(case["text"], raw("secret"))
        assert key == raw("root") and root_id(key) == raw("id")
    else:
        raise AssertionError(f"unknown kind {kind}")


def main():
    for path in sorted(Path(__file__).parent.glob("*.json")):
        cases = json.loads(path.read_text())["cases"]
        assert cases
        for case in cases:
            check(case)
        print(f"{path.name}: {len(cases)} cases open")


if __name__ == "__main__":
    main()
