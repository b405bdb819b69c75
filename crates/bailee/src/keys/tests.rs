use kernel::SystemRandom;

use super::*;

fn settings(folder: &Path) -> RootKeySettings {
    RootKeySettings {
        file: folder.join("keys").join("root.key"),
        passphrase_file: None,
        passphrase: None,
        credential_file: None,
    }
}

fn with_passphrase(folder: &Path, passphrase: &str) -> RootKeySettings {
    let path = folder.join("passphrase");
    std::fs::write(&path, passphrase).unwrap();
    RootKeySettings {
        passphrase_file: Some(path),
        ..settings(folder)
    }
}

#[test]
fn a_root_key_is_made_once_for_its_owner_and_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    assert!(settings.open().unwrap().is_none());
    let made = settings.create(&SystemRandom).unwrap();
    assert_eq!(files::mode(&settings.file).unwrap(), 0o600);
    assert_eq!(made.protection, Protection::None);
    assert_eq!(settings.open().unwrap().unwrap().ids(), made.ids());
    assert!(
        matches!(settings.create(&SystemRandom), Err(RootFailure::File(_))),
        "a root key was overwritten"
    );
    assert_eq!(settings.open().unwrap().unwrap().ids(), made.ids());
}

#[test]
fn a_passphrase_is_needed_and_must_be_right() {
    let folder = tempfile::tempdir().unwrap();
    let made = with_passphrase(folder.path(), "correct horse\n")
        .create(&SystemRandom)
        .unwrap();
    assert_eq!(made.protection, Protection::Passphrase);
    // The line end of the file does not count.
    assert_eq!(
        with_passphrase(folder.path(), "correct horse")
            .open()
            .unwrap()
            .unwrap()
            .ids(),
        made.ids()
    );
    let refused = settings(folder.path()).open().unwrap_err().to_string();
    assert!(refused.contains("--root-passphrase-file"), "{refused}");
    let refused = with_passphrase(folder.path(), "battery staple")
        .open()
        .unwrap_err()
        .to_string();
    assert!(refused.contains("wrong passphrase"), "{refused}");
}

#[test]
fn a_credential_of_the_service_manager_opens_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bailee-root");
    std::fs::write(&path, [7; 32]).unwrap();
    let with = RootKeySettings {
        credential_file: Some(path),
        ..settings(folder.path())
    };
    let made = with.create(&SystemRandom).unwrap();
    assert_eq!(made.protection, Protection::Credential);
    assert_eq!(with.open().unwrap().unwrap().ids(), made.ids());
    assert!(matches!(
        settings(folder.path()).open(),
        Err(RootFailure::NeedsCredential(_))
    ));
}

#[test]
fn a_damaged_file_is_refused_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    settings.create(&SystemRandom).unwrap();
    std::fs::write(&settings.file, "format = \"something\"\n").unwrap();
    let refused = settings.open().unwrap_err().to_string();
    assert!(refused.contains("root.key"), "{refused}");
}

#[test]
fn a_rotation_keeps_the_old_key_until_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let settings = with_passphrase(folder.path(), "correct horse");
    let old = settings.create(&SystemRandom).unwrap().current.id();
    let new = settings.begin_rotation(&SystemRandom).unwrap();
    assert_ne!(old, new);
    assert_eq!(settings.open().unwrap().unwrap().ids(), [new, old]);
    assert_eq!(settings.end_rotation().unwrap(), 1);
    assert_eq!(settings.open().unwrap().unwrap().ids(), [new]);
}

#[test]
fn another_protection_keeps_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let bare = settings(folder.path());
    let id = bare.create(&SystemRandom).unwrap().current.id();
    let new = with_passphrase(folder.path(), "correct horse");
    assert_eq!(
        bare.protect_anew(&new.secrets().unwrap(), &SystemRandom).unwrap(),
        id
    );
    assert!(matches!(bare.open(), Err(RootFailure::NeedsPassphrase(_))));
    assert_eq!(new.open().unwrap().unwrap().current.id(), id);
    let empty = Secrets {
        passphrase: Some(Vec::new().into()),
        credential: None,
    };
    assert!(matches!(
        new.protect_anew(&empty, &SystemRandom),
        Err(RootFailure::Bad { .. })
    ));
    assert_eq!(new.open().unwrap().unwrap().current.id(), id);
}
