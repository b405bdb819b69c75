//! Answers of authenticators that are not ours (`vectors/make.py`), and what becomes of them when a byte is changed.

use proptest::prelude::*;
use serde_json::Value as Json;

use super::ceremony::{Expected, NewPasskey, decode};
use super::cose::PublicKey;
use super::{Assertion, Registration, RelyingParty};

struct Sample {
    kind: String,
    registration: Registration,
    assertion: Assertion,
}

fn party() -> RelyingParty {
    RelyingParty {
        id: "bailee.example".into(),
        origins: vec!["https://bailee.example".into()],
    }
}

/// Challenges of making and of using, and the samples.
fn samples() -> ([u8; 32], [u8; 32], Vec<Sample>) {
    let vectors: Json = serde_json::from_str(include_str!("../../vectors/passkeys.json")).unwrap();
    let challenge = |name: &str| {
        decode(vectors[name].as_str().unwrap())
            .unwrap()
            .try_into()
            .unwrap()
    };
    let sample = |answer: &Json| Sample {
        kind: answer["kind"].as_str().unwrap().to_owned(),
        registration: serde_json::from_value(answer["registration"].clone()).unwrap(),
        assertion: serde_json::from_value(answer["assertion"].clone()).unwrap(),
    };
    let samples = vectors["answers"]
        .as_array()
        .unwrap()
        .iter()
        .map(sample)
        .collect();
    (challenge("made"), challenge("used"), samples)
}

fn registered(
    sample: &Sample,
    party: &RelyingParty,
    challenge: [u8; 32],
    verified: bool,
) -> Result<NewPasskey, &'static str> {
    let expected = Expected {
        party,
        challenge,
        verified,
    };
    expected.registration(&sample.registration)
}

fn asserted(
    sample: &Sample,
    party: &RelyingParty,
    challenge: [u8; 32],
    verified: bool,
    key: &[u8],
) -> Result<u32, &'static str> {
    let expected = Expected {
        party,
        challenge,
        verified,
    };
    expected.assertion(&sample.assertion, key)
}

#[test]
fn strangers_authenticators_are_understood() {
    let (made, used, samples) = samples();
    assert_eq!(samples.len(), 3);
    for sample in &samples {
        let passkey = registered(sample, &party(), made, false).unwrap();
        assert_eq!(
            passkey.id,
            decode(&sample.assertion.raw_id).unwrap(),
            "{}",
            sample.kind
        );
        let count = asserted(sample, &party(), used, false, &passkey.key).unwrap();
        assert_eq!(count, u32::from(sample.kind == "es256"));
        // soft-webauthn verifies nobody, and says so.
        let verified = asserted(sample, &party(), used, true, &passkey.key);
        assert_eq!(verified.is_ok(), sample.kind != "es256");
    }
}

#[test]
fn each_step_refuses_what_it_is_there_for() {
    let (made, used, samples) = samples();
    let (sample, other) = (&samples[0], &samples[1]);
    let key = registered(sample, &party(), made, false).unwrap().key;
    let foreign = registered(other, &party(), made, false).unwrap().key;
    let elsewhere = RelyingParty {
        id: "bailee.test".into(),
        ..party()
    };
    let other_page = RelyingParty {
        origins: vec![
            "https://bailee.example.evil".into(),
            "http://bailee.example".into(),
        ],
        ..party()
    };
    assert_eq!(asserted(sample, &party(), made, false, &key), Err("challenge"));
    assert_eq!(
        asserted(sample, &elsewhere, used, false, &key),
        Err("relying-party")
    );
    assert_eq!(asserted(sample, &other_page, used, false, &key), Err("origin"));
    assert_eq!(asserted(sample, &party(), used, true, &key), Err("not-verified"));
    assert_eq!(
        asserted(sample, &party(), used, false, &foreign),
        Err("signature")
    );
    assert_eq!(
        asserted(sample, &party(), used, false, b"no key"),
        Err("algorithm")
    );
    assert_eq!(
        registered(sample, &party(), used, false).unwrap_err(),
        "challenge"
    );
    let mut swapped = sample.assertion.clone();
    swapped.response.client_data = sample.registration.response.client_data.clone();
    let expected = Expected {
        party: &party(),
        challenge: made,
        verified: false,
    };
    assert_eq!(expected.assertion(&swapped, &key), Err("type"));
}

proptest! {
    #[test]
    fn a_changed_answer_is_refused(kind in 0..3usize, part in 0..3usize, at in any::<prop::sample::Index>(), with in "[A-Za-z0-9_-]") {
        let (made, used, samples) = samples();
        let sample = &samples[kind];
        let key = registered(sample, &party(), made, false).unwrap().key;
        let mut answer = sample.assertion.clone();
        let text = [&mut answer.response.client_data, &mut answer.response.authenticator_data, &mut answer.response.signature]
            .into_iter().nth(part).unwrap();
        let before = decode(text).unwrap();
        let at = at.index(text.len());
        text.replace_range(at..=at, &with);
        let changed = decode(text) != Ok(before);
        let expected = Expected { party: &party(), challenge: used, verified: false };
        prop_assert_eq!(expected.assertion(&answer, &key).is_err(), changed);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 0..400usize) {
        let _ = PublicKey::read(&bytes);
        let (made, _, samples) = samples();
        let mut answer = samples[2].registration.clone();
        let object = &mut answer.response.attestation_object;
        object.truncate(cut.min(object.len()));
        let expected = Expected { party: &party(), challenge: made, verified: false };
        prop_assert!(expected.registration(&answer).is_err());
        use base64::Engine as _;
        answer.response.attestation_object = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&bytes);
        prop_assert!(expected.registration(&answer).is_err());
    }
}
