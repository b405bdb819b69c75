//! Tokens against the rules, and text of strangers against the readers.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Timestamp;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::claims::{About, Expected};
use super::keys::{KeySet, Refusal};

const NOW: i64 = 1_800_000_000;

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn unsigned(header: &Json, claims: &Json) -> String {
    format!(
        "{}.{}",
        text(header.to_string().as_bytes()),
        text(claims.to_string().as_bytes())
    )
}

/// Two keys of different kinds, as a provider has them.
struct Signer {
    edwards: Ed25519KeyPair,
    curve: EcdsaKeyPair,
}

impl Signer {
    fn new() -> Self {
        Self {
            edwards: Ed25519KeyPair::generate().unwrap(),
            curve: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
        }
    }

    fn published(&self) -> Json {
        let (_, point) = self.curve.public_key().as_ref().split_first().unwrap();
        let (x, y) = point.split_at(32);
        json!({ "keys": [
            { "kty": "oct", "k": "AAAA" },
            { "kty": "OKP", "crv": "Ed25519", "kid": "one", "x": text(self.edwards.public_key().as_ref()) },
            { "kty": "EC", "crv": "P-256", "kid": "two", "use": "sig", "alg": "ES256", "x": text(x), "y": text(y) },
            { "kty": "RSA", "kid": "three", "n": "AQAB", "e": "AQAB" },
        ] })
    }

    fn keys(&self) -> KeySet {
        KeySet::read(self.published().to_string().as_bytes()).unwrap()
    }

    fn by_edwards(&self, claims: &Json) -> String {
        let message = unsigned(&json!({ "alg": "EdDSA", "kid": "one" }), claims);
        let signature = self.edwards.sign(message.as_bytes());
        format!("{message}.{}", text(signature.as_ref()))
    }

    fn by_curve(&self, header: &Json, claims: &Json) -> String {
        let message = unsigned(header, claims);
        let signature = self.curve.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", text(signature.as_ref()))
    }
}

fn good() -> Json {
    json!({ "iss": "https://id.example", "sub": "u1", "aud": "ours", "exp": NOW + 300, "iat": NOW, "nonce": "n" })
}

fn expected() -> Expected<'static> {
    Expected {
        issuer: "https://id.example",
        client_id: "ours",
        nonce: "n",
        now: Timestamp::from_micros(NOW * 1_000_000),
        proven_since: Timestamp::from_micros((NOW - 3_600) * 1_000_000),
        access_token: Some("access"),
    }
}

/// What comes of claims that differ from good ones in this field.
fn with(field: &str, value: Json) -> Result<String, Refusal> {
    let signer = Signer::new();
    let mut claims = good();
    claims[field] = value;
    let signed = signer.keys().open(&signer.by_edwards(&claims))?;
    expected().check(&signed).map(|shown| shown.subject)
}

#[test]
fn a_token_is_taken_by_either_kind_of_key() {
    let signer = Signer::new();
    for token in [
        signer.by_edwards(&good()),
        signer.by_curve(&json!({ "alg": "ES256", "kid": "two" }), &good()),
        signer.by_curve(&json!({ "alg": "ES256" }), &good()),
    ] {
        let signed = signer.keys().open(&token).unwrap();
        assert_eq!(expected().check(&signed).unwrap().subject, "u1");
    }
}

#[test]
fn a_token_that_nobody_signed_or_somebody_else_did_is_refused() {
    let (signer, other) = (Signer::new(), Signer::new());
    let refused = |token: &str| signer.keys().open(token).unwrap_err();
    assert_eq!(
        refused(&format!("{}.", unsigned(&json!({ "alg": "none" }), &good()))),
        "algorithm"
    );
    assert_eq!(
        refused(&format!("{}.AAAA", unsigned(&json!({ "alg": "HS256" }), &good()))),
        "algorithm"
    );
    assert_eq!(refused(&other.by_edwards(&good())), "signature");
    assert_eq!(
        refused(&signer.by_curve(&json!({ "alg": "ES256", "kid": "one" }), &good())),
        "unknown-signing-key"
    );
    assert_eq!(
        refused(&signer.by_curve(&json!({ "alg": "ES256", "kid": "nine" }), &good())),
        "unknown-signing-key"
    );
    let critical = json!({ "alg": "ES256", "kid": "two", "crit": ["exp"] });
    assert_eq!(
        refused(&signer.by_curve(&critical, &good())),
        "critical-extension"
    );
    let token = signer.by_edwards(&good());
    let (head, signature) = token.rsplit_once('.').unwrap();
    let (header, _) = head.split_once('.').unwrap();
    let forged = text(json!({ "sub": "owner" }).to_string().as_bytes());
    assert_eq!(refused(&format!("{header}.{forged}.{signature}")), "signature");
}

#[test]
fn what_was_not_made_for_us_now_is_refused() {
    for (field, value, reason) in [
        ("iss", json!("https://id.example/"), "issuer"),
        ("aud", json!("theirs"), "audience"),
        ("aud", json!([]), "audience"),
        ("aud", json!(["ours", "theirs"]), "audience"),
        ("azp", json!("theirs"), "audience"),
        ("exp", json!(NOW - 61), "token-expired"),
        ("iat", json!(NOW + 61), "token-from-the-future"),
        ("nbf", json!(NOW + 61), "token-from-the-future"),
        ("auth_time", json!(NOW - 3_661), "not-proven-recently"),
        ("auth_time", json!(NOW + 61), "not-proven-recently"),
        ("nonce", json!("m"), "nonce"),
        ("nonce", json!(null), "nonce"),
        ("at_hash", json!("AAAA"), "access-token"),
        ("sub", json!(""), "subject"),
        ("sub", json!("u".repeat(256)), "subject"),
        ("exp", json!("soon"), "malformed-claims"),
    ] {
        assert_eq!(with(field, value.clone()), Err(reason), "{field}: {value}");
    }
    for (field, value) in [
        ("aud", json!(["ours"])),
        ("azp", json!("ours")),
        ("exp", json!(NOW - 59)),
        ("iat", json!(NOW as f64 + 0.5)),
        ("auth_time", json!(NOW - 3_600)),
    ] {
        assert_eq!(
            with(field, value.clone()).as_deref(),
            Ok("u1"),
            "{field}: {value}"
        );
    }
}

/// The example of OpenID Connect Core 1.0, appendix A.3, whose hash is over the access token there.
#[test]
fn the_hash_of_an_access_token_is_that_of_the_standard() {
    let signer = Signer::new();
    let mut claims = good();
    claims["at_hash"] = json!("77QmUPtjPfzWtF2AnpK9RQ");
    let token = signer.by_curve(&json!({ "alg": "ES256", "kid": "two" }), &claims);
    let signed = signer.keys().open(&token).unwrap();
    let theirs = Expected {
        access_token: Some("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
        ..expected()
    };
    assert!(theirs.check(&signed).is_ok());
    assert_eq!(expected().check(&signed), Err("access-token"));
}

#[test]
fn an_address_is_verified_where_the_provider_says_so_in_one_of_its_ways() {
    let verified = |claims: Json| About::read(claims.to_string().as_bytes()).unwrap().is_verified();
    for yes in [
        json!({ "email_verified": true }),
        json!({ "email_verified": "true" }),
        json!({ "xms_edov": 1 }),
    ] {
        assert!(verified(yes.clone()), "{yes}");
    }
    for no in [
        json!({}),
        json!({ "email_verified": false }),
        json!({ "email_verified": "no" }),
        json!({ "xms_edov": 0 }),
    ] {
        assert!(!verified(no.clone()), "{no}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(token in "[A-Za-z0-9_.-]{0,200}", keys in ".{0,200}") {
        let signer = Signer::new();
        prop_assert!(signer.keys().open(&token).is_err());
        if let Ok(set) = KeySet::read(keys.as_bytes()) {
            prop_assert!(set.open(&token).is_err());
        }
        let _ = About::read(keys.as_bytes());
    }

    #[test]
    fn a_token_with_one_letter_changed_is_refused(place in 0usize..1_000, letter in "[A-Za-z0-9_-]") {
        let signer = Signer::new();
        let token = signer.by_edwards(&good());
        let place = place % token.len();
        let mut changed = token.clone();
        changed.replace_range(place..=place, &letter);
        prop_assert!(changed == token || signer.keys().open(&changed).is_err());
    }
}
