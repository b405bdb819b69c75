use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const PROGRAM: [u8; 32] = [3; 32];

fn ed25519() -> (Ed25519KeyPair, PublicKey) {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
    let key = PublicKey::Ed25519(pair.public_key().as_ref().try_into().unwrap());
    (pair, key)
}

fn about(kind: &str, predicate: Value) -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "digest": { "sha512": "00" } }, { "name": "bailee", "digest": { "sha256": hex::encode(PROGRAM) } }],
        "predicateType": kind, "predicate": predicate,
    })
}

fn whole() -> [Value; 2] {
    let details =
        json!({ "builder": { "id": "https://ci.example" }, "metadata": { "bailee_approvedBy": ["a", "b"] } });
    [
        about("https://slsa.dev/provenance/v1", json!({ "runDetails": details })),
        about(
            "https://in-toto.io/attestation/test-result/v0.1",
            json!({ "result": "PASSED" }),
        ),
    ]
}

fn provenance(lines: &[String], key: PublicKey) -> Provenance {
    Provenance {
        program: PROGRAM,
        statements: lines.join("\n"),
        keys: vec![key],
    }
}

fn sound() -> Provenance {
    let (pair, key) = ed25519();
    let lines = whole().map(|said| enclose(&said, |bytes| pair.sign(bytes).as_ref().to_vec()));
    provenance(&lines, key)
}

#[test]
fn who_built_it_its_tests_and_two_people_are_enough() {
    assert_eq!(sound().lacks(), Vec::<&str>::new());
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref()).unwrap();
    let key = PublicKey::P256(pair.public_key().as_ref().try_into().unwrap());
    let sign = |bytes: &[u8]| pair.sign(&random, bytes).unwrap().as_ref().to_vec();
    let lines = whole().map(|said| enclose(&said, sign));
    assert_eq!(provenance(&lines, key).lacks(), Vec::<&str>::new());
}

#[test]
fn what_nobody_signed_or_is_about_another_program_counts_for_nothing() {
    let other = Provenance {
        program: [4; 32],
        ..sound()
    };
    let unknown = Provenance {
        keys: vec![PublicKey::Ed25519([1; 32])],
        ..sound()
    };
    for nothing in [other, unknown] {
        assert_eq!(
            nothing.lacks(),
            ["any statement about this program that a known key signed"]
        );
    }
}

#[test]
fn each_part_is_missed() {
    let (pair, key) = ed25519();
    let sign = |said: &Value| enclose(said, |bytes| pair.sign(bytes).as_ref().to_vec());
    let [mut built, mut tested] = whole();
    built["predicate"]["runDetails"]["metadata"]["bailee_approvedBy"] = json!(["a", " A", ""]);
    built["predicate"]["runDetails"]["builder"]["id"] = json!(7);
    let passed = sign(&tested);
    tested["predicate"]["result"] = json!("FAILED");
    let lines = [sign(&built), sign(&tested), passed];
    let lacks = provenance(&lines, key).lacks();
    assert_eq!(
        lacks,
        [
            "who built it",
            "that its tests passed",
            "two different people who approved it"
        ]
    );
}

#[test]
fn keys_are_read_as_openssl_writes_them_and_others_are_refused() {
    // openssl genpkey -algorithm ed25519 | openssl pkey -pubout, of the key of RFC 8032, 7.1, test 1
    let ed25519 = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
    let keys = keys_of(ed25519).unwrap();
    assert!(matches!(&keys[..], [PublicKey::Ed25519(key)] if key[..2] == [0xd7, 0x5a]));
    let two = format!("# ours\n{ed25519}{ed25519}");
    assert_eq!(keys_of(&two).unwrap().len(), 2);
    for bad in [
        "",
        "no key",
        "-----BEGIN PUBLIC KEY-----",
        &ed25519.replace("MCow", "MCox"),
        &ed25519.repeat(17),
    ] {
        assert_eq!(keys_of(bad), Err(BadKey));
    }
}

/// The two of the alphabet for addresses may say the same as what they stand in place of.
fn other_byte() -> impl Strategy<Value = u8> {
    (0x20_u8..0x7f).prop_filter("the other alphabet", |byte| !b"-_".contains(byte))
}

proptest! {
    #[test]
    fn arbitrary_text_is_no_statement_and_no_key(text in any::<String>()) {
        let lacks = provenance(std::slice::from_ref(&text), ed25519().1).lacks();
        prop_assert_eq!(lacks.len(), 1);
        prop_assert_eq!(keys_of(&text), Err(BadKey));
    }

    #[test]
    fn a_changed_statement_never_shows_more(at in any::<prop::sample::Index>(), byte in other_byte()) {
        let mut changed = sound();
        let at = at.index(changed.statements.len());
        changed.statements.replace_range(at..=at, std::str::from_utf8(&[byte]).unwrap());
        prop_assert!(changed == sound() || !changed.lacks().is_empty());
        let payload = STANDARD.encode(format!("{{\"_type\":{byte}}}"));
        let _ = Statement::parse(payload.as_bytes());
        let _ = keys_of(&format!("-----BEGIN PUBLIC KEY-----{payload}-----END PUBLIC KEY-----"));
    }

    #[test]
    fn arbitrary_signed_bytes_are_no_statement(bytes in any::<Vec<u8>>()) {
        prop_assert!(Statement::parse(&bytes).is_none());
    }
}
