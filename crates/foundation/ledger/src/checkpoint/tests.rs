//! Whom a checkpoint convinces, and that it has one spelling.

use proptest::prelude::*;

use super::*;
use crate::KeyKind;

fn key(name: &str, kind: KeyKind, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, kind, &[seed; 32]).unwrap()
}

fn head() -> Checkpoint {
    Checkpoint {
        origin: "log.example".into(),
        size: 3,
        root: Hash::from_bytes([5; 32]),
        extensions: vec![],
    }
}

fn policy(quorum: usize) -> Policy {
    let witnesses = [2, 3].map(|seed| {
        key(&format!("w{seed}"), KeyKind::Cosignature, seed)
            .verifier()
            .clone()
    });
    Policy::new(
        key("log.example", KeyKind::Log, 1).verifier().clone(),
        witnesses.to_vec(),
        quorum,
    )
    .unwrap()
}

#[test]
fn a_quorum_counts_each_trusted_witness_once() {
    let mut signed = head().sign(&key("log.example", KeyKind::Log, 1)).unwrap();
    assert!(signed.verify(&policy(0)).is_ok());
    for _ in 0..2 {
        signed
            .add(
                signed
                    .cosignature(&key("w2", KeyKind::Cosignature, 2), 10)
                    .unwrap(),
            )
            .unwrap();
    }
    signed
        .add(
            signed
                .cosignature(&key("stranger", KeyKind::Cosignature, 9), 10)
                .unwrap(),
        )
        .unwrap();
    assert_eq!(
        signed.verify(&policy(2)),
        Err(CheckpointError::TooFewWitnesses { found: 1, wanted: 2 })
    );
    signed
        .add(
            signed
                .cosignature(&key("w3", KeyKind::Cosignature, 3), 11)
                .unwrap(),
        )
        .unwrap();
    let verified = SignedCheckpoint::parse(signed.to_string().as_bytes())
        .unwrap()
        .verify(&policy(2))
        .unwrap();
    assert_eq!(verified.checkpoint(), &head());
    assert_eq!(verified.unknown(), ["stranger"]);
}

#[test]
fn witnesses_alone_or_another_log_are_not_enough() {
    let signed = head().sign(&key("log.example", KeyKind::Log, 1)).unwrap();
    let mut note = Note::unsigned(signed.note().text()).unwrap();
    note.add(note.cosignature(&key("w2", KeyKind::Cosignature, 2), 10).unwrap())
        .unwrap();
    let alone = SignedCheckpoint::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(
        alone.verify(&policy(1)),
        Err(CheckpointError::LogDidNotSign("log.example".into()))
    );
    let other = Checkpoint {
        origin: "other.example".into(),
        ..head()
    };
    let other = other.sign(&key("other.example", KeyKind::Log, 1)).unwrap();
    assert!(matches!(
        other.verify(&policy(0)),
        Err(CheckpointError::OtherLog { .. })
    ));
    assert!(head().sign(&key("other.example", KeyKind::Log, 1)).is_err());
}

#[test]
fn what_would_not_read_back_is_not_signed() {
    let smuggled = Checkpoint {
        extensions: vec!["a\nb".into()],
        ..head()
    };
    assert!(matches!(
        smuggled.sign(&key("log.example", KeyKind::Log, 1)),
        Err(CheckpointError::Form(_))
    ));
}

#[test]
fn other_spellings_are_refused() {
    let good = head().to_string();
    assert_eq!(Checkpoint::parse(&good), Ok(head()));
    assert!(Checkpoint::parse(&format!("{good}extension\n")).is_ok());
    for bad in [
        good.replace("\n3\n", "\n03\n"),
        good.replace("\n3\n", "\n+3\n"),
        good.replace("log.example", ""),
        good.trim_end().to_owned(),
        format!("{good}\n"),
        format!("{good}extension"),
        good.replace("=\n", "\n"),
    ] {
        assert!(Checkpoint::parse(&bad).is_err(), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_refused_or_written_back(text in "[a-z]{0,3}\n[0-9]{0,3}\n[A-Za-z0-9+/]{43}=\n([a-z]{0,2}\n?){0,3}|\\PC*") {
        if let Ok(checkpoint) = Checkpoint::parse(&text) {
            prop_assert_eq!(checkpoint.to_string(), text);
        }
    }
}
