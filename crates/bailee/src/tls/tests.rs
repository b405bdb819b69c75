use kernel::{Clock as _, SystemClock};

use super::*;

fn own(folder: &Path) -> Own {
    Own {
        folder: folder.join("tls"),
    }
}

fn some_names() -> BTreeSet<String> {
    names(
        "10.0.0.7:8443".parse().unwrap(),
        Some("https://custody.example.org:8443"),
        Some("keeper"),
    )
}

#[test]
fn the_certificate_names_every_address_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let pem = own(folder.path())
        .ensure(&some_names(), SystemClock.now())
        .unwrap();
    let names = Validity::of_pem(&pem.chain).unwrap().names;
    let wanted = [
        "10.0.0.7",
        "127.0.0.1",
        "::1",
        "custody.example.org",
        "keeper",
        "localhost",
    ];
    assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), wanted);
    assert!(!super::names("0.0.0.0:1".parse().unwrap(), None, None).contains("0.0.0.0"));
}

#[test]
fn keys_are_their_owners_alone_and_the_ca_is_for_everybody() {
    let folder = tempfile::tempdir().unwrap();
    let own = own(folder.path());
    own.ensure(&some_names(), SystemClock.now()).unwrap();
    for (name, mode) in [
        ("ca.key", 0o600),
        ("server.key", 0o600),
        ("ca.pem", 0o644),
        ("server.pem", 0o644),
    ] {
        assert_eq!(files::mode(&own.at(name)).unwrap(), mode, "{name}");
    }
    assert!(
        web::Tls::from_pem(
            &own.present().unwrap().unwrap().chain,
            &own.present().unwrap().unwrap().key
        )
        .is_ok()
    );
}

#[test]
fn a_good_certificate_stays_and_one_near_its_end_is_renewed_by_the_same_ca() {
    let folder = tempfile::tempdir().unwrap();
    let own = own(folder.path());
    let now = SystemClock.now();
    let first = own.ensure(&some_names(), now).unwrap().chain;
    let ca = std::fs::read(own.at("ca.pem")).unwrap();
    assert_eq!(
        own.ensure(&some_names(), now.plus(DAY * 59)).unwrap().chain,
        first
    );
    let renewed = own.ensure(&some_names(), now.plus(DAY * 61)).unwrap().chain;
    assert_ne!(renewed, first);
    assert!(Validity::of_pem(&renewed).unwrap().days_left(now) > 140);
    assert_eq!(std::fs::read(own.at("ca.pem")).unwrap(), ca);
}

#[test]
fn a_new_name_makes_a_new_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let own = own(folder.path());
    let now = SystemClock.now();
    own.ensure(&some_names(), now).unwrap();
    let mut more = some_names();
    more.insert("other.example.org".to_owned());
    let pem = own.ensure(&more, now).unwrap();
    assert!(
        Validity::of_pem(&pem.chain)
            .unwrap()
            .names
            .contains("other.example.org")
    );
}

#[test]
fn a_damaged_ca_is_named_with_the_mend() {
    let folder = tempfile::tempdir().unwrap();
    let own = own(folder.path());
    own.ensure(&some_names(), SystemClock.now()).unwrap();
    std::fs::write(own.at("ca.key"), "nothing").unwrap();
    let refused = own
        .ensure(&some_names(), SystemClock.now())
        .err()
        .unwrap()
        .to_string();
    assert!(
        refused.contains("ca.pem") && refused.contains("move the folder"),
        "{refused}"
    );
}

#[test]
fn hosts_are_read_from_urls() {
    assert_eq!(
        host_of("https://custody.example.org:8443"),
        Some("custody.example.org")
    );
    assert_eq!(host_of("https://[::1]:8443"), Some("::1"));
    assert_eq!(host_of("https://"), None);
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let _ = Validity::of_pem(&bytes);
    }
}
