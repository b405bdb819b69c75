//! The checked-in vectors are exactly what this version makes, and this version opens them.
//!
//! `vectors/check.py` opens the same files without any of this code. To make them anew after a change of
//! format (a new version byte, never a silent change): `WRITE_VECTORS=1 cargo test -p sealing --test vectors`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test; the exemption for tests reaches only test functions"
)]

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Mutex;

use kernel::Random;
use sealing::*;
use serde_json::{Value, json};

/// "Randomness" that is handed out byte by byte as the vector says.
struct Replay(Mutex<VecDeque<u8>>);

impl Replay {
    fn of(bytes: &[u8]) -> Self {
        Self(Mutex::new(bytes.iter().copied().collect()))
    }
}

impl Random for Replay {
    fn fill(&self, bytes: &mut [u8]) {
        let mut left = self.0.lock().unwrap();
        bytes.fill_with(|| left.pop_front().expect("the vector gives enough randomness"));
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(
                self.0.lock().unwrap().is_empty(),
                "the vector gives more randomness than was used"
            );
        }
    }
}

fn key(start: u8) -> Key {
    Key::from_bytes(std::array::from_fn(|at| start.wrapping_add(at as u8)))
}

fn bytes(start: u8, length: usize) -> Vec<u8> {
    (0..length).map(|at| start.wrapping_add(at as u8)).collect()
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

/// The context of all vectors that have one, as the purpose and the parts of the JSON.
fn context() -> Context {
    Context::new("vector").with("tenant").with("").with([0, 255])
}

fn context_json() -> Value {
    json!({ "purpose": "vector", "parts": ["74656e616e74", "", "00ff"], "bytes": hex::encode(context().as_bytes()) })
}

fn assert_checked_in(name: &str, cases: Vec<Value>) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("vectors")
        .join(name);
    let made = json!({ "cases": cases });
    if std::env::var_os("WRITE_VECTORS").is_some() {
        let text = serde_json::to_string_pretty(&made).unwrap();
        std::fs::write(&path, format!("{text}\n")).unwrap();
    }
    // Compared as JSON: the order of members in the text depends on features that other crates switch on.
    let checked_in: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert!(checked_in == made, "{name} is not what this version makes");
}

#[test]
fn derived_keys() {
    let mut cases = Vec::new();
    for (label, parts) in [
        ("dataset", vec![]),
        ("dataset", vec![&b"ab"[..], b"c"]),
        ("dataset", vec![b"a", b"bc"]),
    ] {
        let hex_parts: Vec<_> = parts.iter().map(hex::encode).collect();
        cases.push(json!({
            "kind": "derive", "key": hex::encode(key(0).expose()), "label": label, "parts": hex_parts,
            "derived": hex::encode(key(0).derive(label, &parts).expose()),
        }));
        cases.push(json!({
            "kind": "both", "first": hex::encode(key(0).expose()), "second": hex::encode(key(32).expose()),
            "label": label, "parts": hex_parts,
            "derived": hex::encode(Key::both(&key(0), &key(32), label, &parts).expose()),
        }));
    }
    assert_checked_in("derive.json", cases);
}

#[test]
fn boxes_and_wraps() {
    let mut cases = Vec::new();
    let salt = bytes(0xa0, 24);
    for length in [0, 1, 16, 100] {
        let plaintext = pattern(length);
        let sealed = seal(&key(0), &context(), &plaintext, &Replay::of(&salt));
        assert_eq!(*open(&key(0), &context(), &sealed).unwrap(), plaintext);
        cases.push(json!({
            "kind": "box", "key": hex::encode(key(0).expose()), "context": context_json(),
            "random": hex::encode(&salt), "plaintext": hex::encode(&plaintext), "sealed": hex::encode(&sealed),
        }));
    }
    let wrapped = wrap(&key(0), &context(), &key(64), &Replay::of(&salt));
    assert_eq!(
        unwrap(&key(0), &context(), &wrapped).unwrap().expose(),
        key(64).expose()
    );
    cases.push(json!({
        "kind": "wrap", "key": hex::encode(key(0).expose()), "context": context_json(),
        "random": hex::encode(&salt), "plaintext": hex::encode(key(64).expose()), "sealed": hex::encode(&wrapped),
    }));
    assert_checked_in("box.json", cases);
}

#[test]
fn streams() {
    let mut cases = Vec::new();
    let salt = bytes(0x50, 32);
    for (log2, length) in [(16, 0), (16, 5), (12, 4_096), (12, 4_097), (12, 8_200)] {
        let (plaintext, size) = (pattern(length), ChunkSize::from_log2(log2).unwrap());
        let (mut sealing, header) = Sealing::new(&key(0), &context(), size, &Replay::of(&salt));
        let mut sealed = header.to_vec();
        let mut write = |chunk: &[u8]| -> Result<(), Refused> {
            sealed.extend_from_slice(chunk);
            Ok(())
        };
        sealing.push(&plaintext, &mut write).unwrap();
        sealing.finish(&mut write).unwrap();
        cases.push(json!({
            "kind": "stream", "key": hex::encode(key(0).expose()), "context": context_json(), "chunk-log2": log2,
            "random": hex::encode(&salt), "plaintext": hex::encode(&plaintext), "sealed": hex::encode(&sealed),
        }));
    }
    assert_checked_in("stream.json", cases);
}

#[test]
fn blind_indexes() {
    let parts: [&[u8]; 1] = [b"tenant"];
    let index = BlindIndexKey::derive(&key(0), &parts);
    let cases = ["ada@example.org", "", "grüße"].map(|value| {
        json!({
            "kind": "blind", "key": hex::encode(key(0).expose()), "parts": [hex::encode(parts[0])],
            "field": "email", "value": hex::encode(value), "hash": hex::encode(blind(&index, "email", value.as_bytes())),
        })
    });
    assert_checked_in("blind.json", cases.to_vec());
}

#[test]
fn letters() {
    let secret = LetterboxSecret::from_key(key(0));
    let random = [bytes(0x80, 32), bytes(0xa0, 24)].concat();
    let mut cases = Vec::new();
    for length in [0, 40] {
        let plaintext = pattern(length);
        let letter = secret
            .public()
            .seal(&context(), &plaintext, &Replay::of(&random))
            .unwrap();
        assert_eq!(*secret.open(&context(), &letter).unwrap(), plaintext);
        cases.push(json!({
            "kind": "letter", "secret": hex::encode(secret.as_key().expose()), "public": hex::encode(secret.public().0),
            "context": context_json(), "random": hex::encode(&random),
            "plaintext": hex::encode(&plaintext), "sealed": hex::encode(&letter),
        }));
    }
    assert_checked_in("letterbox.json", cases);
}

#[test]
fn roots() {
    let root = LocalRoot::new(key(0));
    let (salt, cost) = (bytes(0xa0, 24), PassphraseCost::LEAST);
    let wrapped = root.wrap(&context(), &key(64), &Replay::of(&salt)).unwrap();
    assert_eq!(
        root.unwrap(&context(), &wrapped).unwrap().expose(),
        key(64).expose()
    );
    let mut cases = vec![json!({
        "kind": "root-wrap", "root": hex::encode(key(0).expose()), "id": root.id().to_string(),
        "context": context_json(), "random": hex::encode(&salt),
        "plaintext": hex::encode(key(64).expose()), "sealed": hex::encode(&wrapped),
    })];
    let (passphrase, credential) = (b"correct horse battery staple", bytes(0x30, 40));
    let both = [bytes(0x10, 16), salt.clone()].concat();
    for (random, secret, file) in [
        (
            &both,
            &passphrase[..],
            RootFile::with_passphrase(&key(0), passphrase, cost, &Replay::of(&both)).unwrap(),
        ),
        (
            &salt,
            &credential,
            RootFile::with_credential(&key(0), &credential, &Replay::of(&salt)).unwrap(),
        ),
        (&Vec::new(), &[], RootFile::bare(&key(0))),
    ] {
        cases.push(json!({
            "kind": "root-file", "root": hex::encode(key(0).expose()), "id": root.id().to_string(),
            "random": hex::encode(random), "secret": hex::encode(secret), "text": *file.to_text(),
        }));
    }
    assert_checked_in("root.json", cases);
}
