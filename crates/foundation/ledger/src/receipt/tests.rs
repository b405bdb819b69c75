//! A receipt is believed as issued and not in any other form.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::Chain;
use crate::KeyKind;
use crate::SigningKey;
use crate::memory::MemoryLog;
use crate::tree::inclusion_proof;

const EXAMPLE: &str = include_str!("../../vectors/example.receipt");
const FORMAT: &str = include_str!("../../../../../docs/formats/ledger.md");

fn log_key() -> SigningKey {
    SigningKey::from_seed("log.example/audit", KeyKind::Log, &[1; 32]).unwrap()
}

fn witness_key(number: u8) -> SigningKey {
    SigningKey::from_seed(
        &format!("witness.example/{number}"),
        KeyKind::Cosignature,
        &[10 + number; 32],
    )
    .unwrap()
}

fn policy(witnesses: &[u8], quorum: usize) -> Policy {
    let witnesses = witnesses
        .iter()
        .map(|number| witness_key(*number).verifier().clone())
        .collect();
    Policy::new(log_key().verifier().clone(), witnesses, quorum).unwrap()
}

/// The receipt of the chain's entry `sequence`, which lies among 300 entries of others.
fn receipt(sequence: u64, witnesses: &[u8]) -> Receipt {
    let (mut chain, mut log) = (Chain::start(), MemoryLog::default());
    let others: Vec<_> = (0..150u8).map(|byte| Hash::from_bytes([byte; 32])).collect();
    log.append_links(&others);
    let event = |number: u64| {
        let event =
            json!({"action": "item.read", "actor": "Zoë", "item": format!("scan-{number}"), "reason": "\n"});
        canonical::canonicalize(&event).unwrap()
    };
    let salt = |number: u64| [number as u8; 32];
    let entries: Vec<_> = (0..5)
        .map(|number| chain.append(&commit(&salt(number), event(number).as_bytes())))
        .collect();
    let index = log.size() + sequence;
    log.append_links(&entries.iter().map(|entry| entry.link).collect::<Vec<_>>());
    log.append_links(&others);
    let mut checkpoint = log.checkpoint("log.example/audit").sign(&log_key()).unwrap();
    for number in witnesses {
        checkpoint
            .add(
                checkpoint
                    .cosignature(&witness_key(*number), 1_700_000_000)
                    .unwrap(),
            )
            .unwrap();
    }
    let proof = Proof {
        extra: None,
        index,
        hashes: inclusion_proof(&log, index, log.size()).unwrap(),
        checkpoint,
    };
    let entry = entries[sequence as usize];
    Receipt::new(
        &event(sequence),
        salt(sequence),
        entry.sequence,
        entry.previous,
        proof,
    )
    .unwrap()
}

fn verify(bytes: &[u8], policy: &Policy) -> Result<VerifiedReceipt, ReceiptError> {
    Receipt::parse(bytes)?.verify(policy)
}

#[test]
fn the_example_verifies_and_is_what_we_issue() {
    let issued = receipt(3, &[1]).to_string();
    assert_eq!(issued, EXAMPLE, "issued:\n{issued}");
    let verified = verify(EXAMPLE.as_bytes(), &policy(&[1], 1)).unwrap();
    assert_eq!((verified.index, verified.sequence), (153, 3));
    assert_eq!(verified.event["item"], "scan-3");
    assert_eq!(verified.checkpoint.checkpoint().size, 305);
    assert_eq!(verified.checkpoint.cosignatures()[0].time, Some(1_700_000_000));
}

#[test]
fn the_format_page_shows_the_example_and_its_keys() {
    assert!(FORMAT.contains(EXAMPLE));
    for key in policy(&[1], 1).keys() {
        assert!(FORMAT.contains(&key.to_string()), "{key}");
    }
}

#[test]
fn the_first_of_a_chain_verifies() {
    let verified = verify(receipt(0, &[]).to_string().as_bytes(), &policy(&[], 0)).unwrap();
    assert_eq!((verified.sequence, verified.previous), (0, Hash::ZERO));
}

/// What a byte is changed into: neighbours, another case, every bit, and bytes that matter to the format.
fn others(byte: u8) -> Vec<u8> {
    let mut others: Vec<u8> = (0..8).map(|bit| byte ^ (1 << bit)).collect();
    others.extend([
        byte.wrapping_add(1),
        byte.wrapping_sub(1),
        0,
        b'\n',
        b'\r',
        b' ',
        b'=',
        b'A',
        b'0',
        b'+',
        0xff,
    ]);
    others.retain(|other| *other != byte);
    others
}

#[test]
fn any_changed_byte_is_refused() {
    for (witnesses, policy) in [
        (&[][..], policy(&[], 0)),
        (&[1, 2], policy(&[1, 2], 0)),
        (&[1, 2], policy(&[1, 2], 2)),
    ] {
        for sequence in [0, 3] {
            let good = receipt(sequence, witnesses).to_string().into_bytes();
            assert!(verify(&good, &policy).is_ok());
            for place in 0..good.len() {
                for other in others(good[place]) {
                    let mut changed = good.clone();
                    changed[place] = other;
                    assert!(verify(&changed, &policy).is_err(), "byte {place} as {other:#04x}");
                }
            }
        }
    }
}

#[test]
fn any_byte_left_out_or_put_in_is_refused() {
    let (good, quorum) = (receipt(3, &[1, 2]).to_string().into_bytes(), policy(&[1, 2], 2));
    let policy = policy(&[1, 2], 0);
    for place in 0..=good.len() {
        if place < good.len() {
            let mut shorter = good.clone();
            shorter.remove(place);
            assert!(verify(&shorter, &policy).is_err(), "without byte {place}");
        }
        for byte in [
            b'\n',
            b'\r',
            b' ',
            b'0',
            b'=',
            b'A',
            b'\t',
            0,
            *good.get(place).unwrap_or(&b'x'),
        ] {
            let mut longer = good.clone();
            longer.insert(place, byte);
            assert!(verify(&longer, &policy).is_err(), "{byte:#04x} at {place}");
        }
        // Without a quorum a whole cosignature line may go; anything less may not.
        assert!(
            place == good.len() || verify(&good[..place], &quorum).is_err(),
            "cut at {place}"
        );
        let whole_line = good[..place].ends_with(b"\n");
        assert!(
            whole_line || verify(&good[..place], &policy).is_err(),
            "cut at {place}"
        );
    }
}

#[test]
fn any_line_doubled_or_swapped_is_refused() {
    let good = receipt(3, &[1, 2]).to_string();
    let lines: Vec<_> = good.split_inclusive('\n').collect();
    for place in 0..lines.len() {
        let mut doubled = lines.clone();
        doubled.insert(place, lines[place]);
        assert!(
            verify(doubled.concat().as_bytes(), &policy(&[1, 2], 0)).is_err(),
            "line {place} twice"
        );
        let mut swapped = lines.clone();
        swapped.swap(place, place.saturating_sub(1));
        let last_two = place + 1 == lines.len();
        // The order of two witnesses says nothing.
        let verdict = verify(swapped.concat().as_bytes(), &policy(&[1, 2], 0));
        assert!(
            place == 0 || last_two || verdict.is_err(),
            "line {place} before the one before"
        );
    }
}

#[test]
fn a_signature_that_cannot_be_checked_is_refused_unless_allowed() {
    let receipt = receipt(3, &[1, 2]);
    let refused = receipt.verify(&policy(&[1], 1));
    assert!(matches!(refused, Err(ReceiptError::UnknownSigner(name)) if name == "witness.example/2"));
    let allowed = receipt.verify_ignoring_unknown(&policy(&[1], 1)).unwrap();
    assert_eq!(allowed.checkpoint.unknown(), ["witness.example/2"]);
    assert!(receipt.verify_ignoring_unknown(&policy(&[3], 1)).is_err());
}

#[test]
fn keys_come_from_outside() {
    let stranger = SigningKey::from_seed("log.example/audit", KeyKind::Log, &[99; 32]).unwrap();
    let policy = Policy::log_only(stranger.verifier().clone()).unwrap();
    assert!(receipt(3, &[]).verify(&policy).is_err());
}

#[test]
fn unauthenticated_or_ambiguous_parts_are_not_issued() {
    let mut proof = receipt(0, &[]).proof;
    let new = |event: &str, sequence, previous, proof: &Proof| {
        Receipt::new(event, [0; 32], sequence, previous, proof.clone())
    };
    assert!(new("{}", 0, Hash::ZERO, &proof).is_ok());
    assert!(new("{ }", 0, Hash::ZERO, &proof).is_err());
    assert!(new("{}", 1, Hash::ZERO, &proof).is_err());
    assert!(new("{}", 0, Hash::from_bytes([1; 32]), &proof).is_err());
    proof.extra = Some(vec![1]);
    assert!(new("{}", 0, Hash::ZERO, &proof).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_written_back(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(receipt) = Receipt::parse(&bytes) {
            prop_assert_eq!(receipt.to_string().into_bytes(), bytes);
        }
    }

    #[test]
    fn a_mutated_receipt_is_never_believed(
        cuts in proptest::collection::vec((0usize..2_000, 0usize..40, proptest::collection::vec(any::<u8>(), 0..40)), 1..4),
    ) {
        let mut bytes = EXAMPLE.as_bytes().to_vec();
        for (place, length, new) in cuts {
            let start = place % (bytes.len() + 1);
            let end = (start + length).min(bytes.len());
            bytes.splice(start..end, new);
        }
        if let Ok(receipt) = Receipt::parse(&bytes) {
            prop_assert_eq!(&receipt.to_string().into_bytes(), &bytes);
        }
        prop_assert!(bytes == EXAMPLE.as_bytes() || verify(&bytes, &policy(&[1], 1)).is_err());
    }
}
