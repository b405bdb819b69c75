//! Notes read back, verify, and have one spelling.

use proptest::prelude::*;

use super::*;

fn key(name: &str, kind: KeyKind, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, kind, &[seed; 32]).unwrap()
}

fn signed() -> (Note, SigningKey, SigningKey) {
    let (log, witness) = (
        key("log.example", KeyKind::Log, 1),
        key("w.example", KeyKind::Cosignature, 2),
    );
    let mut note = Note::unsigned("hello\n\nworld\n").unwrap();
    note.sign(&log).unwrap();
    note.add(note.cosignature(&witness, 1_700_000_000).unwrap())
        .unwrap();
    (note, log, witness)
}

#[test]
fn a_note_reads_back_and_verifies() {
    let (note, log, witness) = signed();
    let read = Note::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(read, note);
    assert_eq!(read.text(), "hello\n\nworld\n");
    let keys = [log.verifier().clone(), witness.verifier().clone()];
    let times: Vec<_> = read
        .verify(&keys)
        .unwrap()
        .signatures
        .iter()
        .map(|line| line.time)
        .collect();
    assert_eq!(times, [None, Some(1_700_000_000)]);
}

#[test]
fn unknown_keys_are_reported_and_known_ones_must_hold() {
    let (note, log, witness) = signed();
    let verified = note.verify(std::slice::from_ref(witness.verifier())).unwrap();
    assert_eq!(verified.unknown, ["log.example"]);
    let stranger = key("log.example", KeyKind::Log, 9);
    assert_eq!(
        note.verify(&[stranger.verifier().clone()]),
        Err(NoteError::NoKnownSignature)
    );
    let forged = note.to_string().replace("world", "w0rld");
    let forged = Note::parse(forged.as_bytes()).unwrap();
    assert_eq!(
        forged.verify(&[log.verifier().clone()]),
        Err(NoteError::BadSignature("log.example".into()))
    );
}

#[test]
fn keys_sign_only_what_their_kind_may() {
    let (mut note, log, witness) = signed();
    assert_eq!(note.sign(&witness), Err(NoteError::WrongKind));
    assert_eq!(note.cosignature(&log, 1), Err(NoteError::WrongKind));
}

#[test]
fn other_spellings_are_refused() {
    let good = signed().0.to_string();
    for bad in [
        good.replace('\u{2014}', "-"),
        good.replace('\u{2014}', "\u{2013}"),
        good.replace("hello", "hel\tlo"),
        good.trim_end().to_owned(),
        format!("{good}\n"),
        good.replace("\u{2014} log", "\u{2014}  log"),
        "hello\n\n".to_owned(),
        "hello\n".to_owned(),
        format!("hello\n\n{}", "\u{2014} a AAAAAAA=\n".repeat(65)),
    ] {
        assert!(
            matches!(Note::parse(bad.as_bytes()), Err(NoteError::Form(_))),
            "{bad:?}"
        );
    }
    assert!(Note::parse(format!("hello\n\n{}", "\u{2014} a AAAAAAA=\n".repeat(64)).as_bytes()).is_ok());
    assert!(Note::parse(&vec![b'\n'; MAX_NOTE_BYTES + 1]).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_written_back(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(note) = Note::parse(&bytes) {
            prop_assert_eq!(note.to_string().into_bytes(), bytes);
        }
    }

    #[test]
    fn a_mutated_note_is_refused_or_written_back(place in 0usize..400, byte in any::<u8>()) {
        let mut bytes = signed().0.to_string().into_bytes();
        let place = place % bytes.len();
        bytes[place] = byte;
        if let Ok(note) = Note::parse(&bytes) {
            prop_assert_eq!(note.to_string().into_bytes(), bytes);
        }
    }
}
