//! What a root key file withstands.

use proptest::prelude::*;

use super::file::*;
use super::*;
use crate::testing::{Counting, key};

const CREDENTIAL: &[u8] = &[7; 32];

fn by_passphrase() -> RootFile {
    RootFile::with_passphrase(
        &key(1),
        b"correct horse",
        PassphraseCost::LEAST,
        &Counting::default(),
    )
    .unwrap()
}

fn by_credential() -> RootFile {
    RootFile::with_credential(&key(1), CREDENTIAL, &Counting::default()).unwrap()
}

fn reread(file: &RootFile) -> RootFile {
    RootFile::parse(file.to_text().as_bytes()).unwrap()
}

#[test]
fn each_protection_opens_with_what_it_needs_and_nothing_else() {
    let unlocks = [
        Unlock::Passphrase(b"correct horse"),
        Unlock::Credential(CREDENTIAL),
        Unlock::Nothing,
    ];
    for (right, file) in [by_passphrase(), by_credential(), RootFile::bare(&key(1))]
        .iter()
        .enumerate()
    {
        let file = reread(file);
        for (at, unlock) in unlocks.into_iter().enumerate() {
            match file.open(unlock) {
                Ok(root) => assert_eq!((at, root.id()), (right, RootId::of(&key(1)))),
                Err(refused) => assert_eq!(refused, BadRootFile::NeedsOther(file.protection())),
            }
        }
        assert!(file.open(unlocks[right]).is_ok());
    }
}

#[test]
fn wrong_secrets_are_said_plainly() {
    let id = RootId::of(&key(1));
    let refused = by_passphrase()
        .open(Unlock::Passphrase(b"wrong horse"))
        .unwrap_err();
    assert_eq!(refused, BadRootFile::WrongPassphrase(id));
    let refused = by_credential().open(Unlock::Credential(&[8; 32])).unwrap_err();
    assert_eq!(refused, BadRootFile::WrongCredential(id));
    let refused = by_credential().open(Unlock::Credential(&[7; 31])).unwrap_err();
    assert_eq!(refused, BadRootFile::ShortCredential(31));
    let none = RootFile::with_passphrase(&key(1), b"", PassphraseCost::LEAST, &Counting::default());
    assert_eq!(none.unwrap_err(), BadRootFile::EmptyPassphrase);
}

#[test]
fn absurd_costs_are_refused_before_any_work() {
    let text = by_passphrase().to_text().clone();
    for (right, wrong) in [
        ("memory-kib = 8192", "memory-kib = 4294967295"),
        ("memory-kib = 8192", "memory-kib = 64"),
        ("passes = 1", "passes = 4000000000"),
        ("passes = 1", "passes = 0"),
        ("lanes = 1", "lanes = 255"),
    ] {
        let changed = text.replace(right, wrong);
        assert_ne!(changed, *text);
        assert_eq!(
            RootFile::parse(changed.as_bytes()).unwrap_err(),
            BadRootFile::Cost,
            "{wrong}"
        );
    }
}

#[test]
fn a_bare_key_under_another_id_is_refused() {
    let text = RootFile::bare(&key(1))
        .to_text()
        .replace(&"01".repeat(32), &"02".repeat(32));
    let refused = RootFile::parse(text.as_bytes())
        .unwrap()
        .open(Unlock::Nothing)
        .unwrap_err();
    assert_eq!(refused, BadRootFile::OtherKey(RootId::of(&key(1))));
}

#[test]
fn a_sealed_key_under_another_id_is_refused() {
    let other = RootId::of(&key(2));
    let text = by_credential()
        .to_text()
        .replace(&RootId::of(&key(1)).to_string(), &other.to_string());
    let refused = RootFile::parse(text.as_bytes())
        .unwrap()
        .open(Unlock::Credential(CREDENTIAL))
        .unwrap_err();
    assert_eq!(refused, BadRootFile::WrongCredential(other));
}

#[test]
fn lines_that_do_not_belong_are_refused() {
    let text = by_credential().to_text();
    let refused = |extra: &str| RootFile::parse(format!("{}{extra}", *text).as_bytes()).unwrap_err();
    assert_eq!(
        refused("colour = \"red\"\n"),
        BadRootFile::UnknownField("colour".to_owned())
    );
    let lines = text.lines().count();
    for bad in [
        "format = \"bailee-root-key-1\"",
        "nonsense",
        "a = 007",
        "a = +1",
        "A = 1",
        "a = \"\"\"",
        "= 1",
    ] {
        assert_eq!(refused(bad), BadRootFile::Line(lines + 1), "{bad}");
    }
    assert_eq!(RootFile::parse(&[b'#'; 9_000]).unwrap_err(), BadRootFile::TooLong);
    assert_eq!(RootFile::parse(&[0xff]).unwrap_err(), BadRootFile::NotText);
    assert_eq!(RootFile::parse(b"").unwrap_err(), BadRootFile::Missing("format"));
}

#[test]
fn a_file_does_not_print_its_key() {
    assert!(!format!("{:?}", RootFile::bare(&key(1))).contains("0101"));
}

proptest! {
    #[test]
    fn arbitrary_bytes_do_no_harm(bytes: Vec<u8>, lines in "([a-z-]{1,6} = (\"[a-f0-9]{0,8}\"|[0-9]{1,12})\n){0,6}") {
        let _ = RootFile::parse(&bytes);
        let _ = RootFile::parse(lines.as_bytes());
    }

    #[test]
    fn a_mutated_file_never_gives_another_key(at in 0usize..600, byte: u8) {
        let mut bytes = by_credential().to_text().as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(root) = RootFile::parse(&bytes).and_then(|file| file.open(Unlock::Credential(CREDENTIAL))) {
            prop_assert_eq!(root.id(), RootId::of(&key(1)));
        }
    }
}
