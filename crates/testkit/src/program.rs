//! A program that knows of itself what checks compare with what is on file.

use assurance::Program;
use assurance::provenance::{Provenance, PublicKey, enclose};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

const PROGRAM: [u8; 32] = [0xb1; 32];

/// One with two services, with the configuration whose SHA-256 is `ab` 32 times, and built as it has to be.
pub fn program() -> Program {
    Program {
        services: vec!["database", "checks"],
        configuration: [0xab; 32],
        provenance: Some(provenance()),
    }
}

fn provenance() -> Provenance {
    let builder = Ed25519KeyPair::from_seed_unchecked(&[5; 32]).unwrap();
    let details = json!({
        "builder": { "id": "https://builds.example" },
        "metadata": { "bailee_approvedBy": ["anna@example.org", "otto@example.org"] },
    });
    let said = [
        about(
            "https://slsa.dev/provenance/v1",
            &json!({ "runDetails": details }),
        ),
        about(
            "https://in-toto.io/attestation/test-result/v0.1",
            &json!({ "result": "PASSED" }),
        ),
    ];
    let lines = said.map(|said| enclose(&said, |bytes| builder.sign(bytes).as_ref().to_vec()));
    Provenance {
        program: PROGRAM,
        statements: lines.join("\n"),
        keys: vec![PublicKey::Ed25519(
            builder.public_key().as_ref().try_into().unwrap(),
        )],
    }
}

fn about(kind: &str, predicate: &Value) -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "bailee", "digest": { "sha256": hex::encode(PROGRAM) } }],
        "predicateType": kind, "predicate": predicate,
    })
}
