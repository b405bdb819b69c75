"""Writes answers of authenticators that are not ours: `python3 make.py > passkeys.json` with `pip install soft-webauthn`.

The first is soft-webauthn's own (ECDSA over P-256); the others are keys of the other kinds, encoded by python-fido2 and
signed by python-cryptography.
"""

import base64
import hashlib
import json
import os
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from fido2 import cbor
from fido2.cose import RS256, EdDSA
from soft_webauthn import SoftWebauthnDevice

PARTY, ORIGIN = "bailee.example", "https://bailee.example"
MADE, USED = os.urandom(32), os.urandom(32)


def text(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def answers(kind, made, used):
    make, use = made["response"], used["response"]
    return {
        "kind": kind,
        "registration": {"response": {"clientDataJSON": text(make["clientDataJSON"]), "attestationObject": text(make["attestationObject"])}},
        "assertion": {
            "rawId": text(used["rawId"]),
            "response": {
                "clientDataJSON": text(use["clientDataJSON"]),
                "authenticatorData": text(use["authenticatorData"]),
                "signature": text(use["signature"]),
            },
        },
    }


def soft():
    device = SoftWebauthnDevice()
    made = device.create({"publicKey": {"challenge": MADE, "rp": {"id": PARTY, "name": "Bailee"}, "user": {"id": b"u"},
                          "pubKeyCredParams": [{"alg": -7, "type": "public-key"}], "attestation": "none"}}, ORIGIN)
    used = device.get({"publicKey": {"challenge": USED, "rpId": PARTY}}, ORIGIN)
    return answers("es256", made, used)


def other(kind, cose, key, sign):
    identifier, party = os.urandom(32), hashlib.sha256(PARTY.encode()).digest()
    data = lambda what, challenge: json.dumps({"type": what, "challenge": text(challenge), "origin": ORIGIN, "crossOrigin": False}).encode()
    credential = bytes(16) + struct.pack(">H", 32) + identifier + cbor.encode(cose.from_cryptography_key(key.public_key()))
    made = party + b"\x45" + struct.pack(">I", 0) + credential
    used, seen = party + b"\x05" + struct.pack(">I", 0), data("webauthn.get", USED)
    return answers(
        kind,
        {"response": {"clientDataJSON": data("webauthn.create", MADE), "attestationObject": cbor.encode({"fmt": "none", "attStmt": {}, "authData": made})}},
        {"rawId": identifier, "response": {"clientDataJSON": seen, "authenticatorData": used, "signature": sign(key, used + hashlib.sha256(seen).digest())}},
    )


ed = ed25519.Ed25519PrivateKey.generate()
r = rsa.generate_private_key(65537, 2048)
print(json.dumps({
    "made": text(MADE),
    "used": text(USED),
    "answers": [
        soft(),
        other("eddsa", EdDSA, ed, lambda key, message: key.sign(message)),
        other("rs256", RS256, r, lambda key, message: key.sign(message, padding.PKCS1v15(), hashes.SHA256())),
    ],
}, indent=1))
