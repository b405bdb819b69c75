use proptest::prelude::*;

use super::*;

fn kinds(text: &str) -> Vec<(Kind, &str)> {
    let found = Detector::new().find(text);
    found
        .into_iter()
        .map(|it| (it.kind, text.get(it.range).unwrap()))
        .collect()
}

#[track_caller]
fn finds(text: &str, kind: Kind, value: &str) {
    assert_eq!(kinds(text), [(kind, value)], "{text}");
}

#[track_caller]
fn finds_nothing(text: &str) {
    assert_eq!(kinds(text), [], "{text}");
}

#[test]
fn addresses_of_machines_and_mail() {
    finds(
        "write to jane.doe+x@example.co.uk.",
        Kind::Email,
        "jane.doe+x@example.co.uk",
    );
    finds("<mailto:a@b.ee>", Kind::Email, "a@b.ee");
    finds("?mail=a.b%40example.com&x=1", Kind::Email, "a.b%40example.com");
    finds("https://jo:s3cret@host.example/x", Kind::Credentials, "jo:s3cret");
    finds("from 192.0.2.17, twice", Kind::IpAddress, "192.0.2.17");
    finds(
        "at 2001:db8::8a2e:370:7334 today",
        Kind::IpAddress,
        "2001:db8::8a2e:370:7334",
    );
    finds("[2001:db8::]", Kind::IpAddress, "2001:db8::");
    for nothing in [
        "user@host",
        "12:30:45",
        "00:1b:44:11:3a:b7",
        "version 1.2.3.4",
        "1.2.3.4.5",
        "std::fs::read",
        "a@b.c1",
        "@home",
    ] {
        finds_nothing(nothing);
    }
}

#[test]
fn money() {
    finds(
        "card 4111 1111 1111 1111 expires",
        Kind::Card,
        "4111 1111 1111 1111",
    );
    finds("3782-822463-10005", Kind::Card, "3782-822463-10005");
    finds(
        "IBAN DE89 3704 0044 0532 0130 00, thanks",
        Kind::Iban,
        "DE89 3704 0044 0532 0130 00",
    );
    finds("ee382200221020145685", Kind::Iban, "ee382200221020145685");
    for nothing in [
        "4111 1111 1111 1112",
        "DE89 3704 0044 0532 0130 01",
        "4111111111111111000000000000",
        "0000 0000 0000 0000",
    ] {
        finds_nothing(nothing);
    }
}

#[test]
fn national_numbers() {
    for number in [
        "223-41-7871",
        "756.9217.0769.85",
        "111.444.777-35",
        "2 55 08 14 168 025 38",
        "255081416802538",
        "37605030299",
        "44051401359",
        "811228-9874",
        "RSSMRA85T10A562S",
        "AB 12 34 56 C",
        "12345678Z",
        "X1234567L",
        "131052-308T",
        "01129910042",
    ] {
        finds(&format!("it was {number}."), Kind::NationalId, number);
    }
    for (text, number) in [
        ("NHS number 943 476 5919", "943 476 5919"),
        ("BSN: 111222333", "111222333"),
        ("Steuer-ID 86095742719", "86095742719"),
        ("SSN 223417871", "223417871"),
    ] {
        finds(text, Kind::NationalId, number);
    }
    for nothing in [
        "000-12-3456",
        "666-12-3456",
        "order 223417871",
        "37605030298",
        "RSSMRA85T10A562T",
        "12345678A",
        "131052-308U",
    ] {
        finds_nothing(nothing);
    }
}

#[test]
fn telephone_numbers() {
    for number in [
        "+372 5555 1234",
        "+46 (0)487 870 65",
        "(212) 555-0142",
        "1-212-555-0142 ext. 17",
        "212.555.0142x9",
        "0171 234 5678",
        "(07700)356851",
        "07700900123",
    ] {
        finds(&format!("it was {number}."), Kind::Phone, number);
    }
    finds("call me on 3987542834", Kind::Phone, "3987542834");
    for nothing in [
        "order 3987542834",
        "2024-01-05",
        "05.01.2024",
        "0.1234567890",
        "12 34",
        "page 100-200",
        "1999.12.31",
    ] {
        finds_nothing(nothing);
    }
}

#[test]
fn days_of_birth() {
    finds("born on 3 December 1980 in", Kind::BirthDate, "3 December 1980");
    finds(
        "Date of birth: December 3rd, 1980",
        Kind::BirthDate,
        "December 3rd, 1980",
    );
    finds("DOB 12/03/1980", Kind::BirthDate, "12/03/1980");
    finds("geboren am 3.12.1980", Kind::BirthDate, "3.12.1980");
    finds_nothing("due on 3 December 1980");
    finds_nothing("due on 12/03/1980");
}

#[test]
fn names() {
    finds(
        "we met Johanna van der Berg there",
        Kind::Person,
        "Johanna van der Berg",
    );
    finds("Mrs. Xyzzy came", Kind::Person, "Xyzzy");
    finds("my name is john smith and", Kind::Person, "john smith");
    finds("My name is Qwertz Uiop.", Kind::Person, "Qwertz Uiop");
    finds("by J. R. Miller in", Kind::Person, "J. R. Miller");
    finds("said JOHN SMITH loudly", Kind::Person, "JOHN SMITH");
    finds("Jürgen Müller's car", Kind::Person, "Jürgen Müller");
    finds("Anna-Maria O'Neal left", Kind::Person, "Anna-Maria O'Neal");
    finds("Anna  Smith left", Kind::Person, "Anna  Smith");
    finds("From: Xyzzy Plugh", Kind::Person, "Xyzzy Plugh");
    finds("a film directed by Xyzzy Plugh and", Kind::Person, "Xyzzy Plugh");
    finds("\"No\", said Miller.", Kind::Person, "Miller");
    finds("Then Miller replied", Kind::Person, "Miller");
    finds("by Kowalczewski in", Kind::Person, "Kowalczewski");
    for nothing in [
        "The Will of the People",
        "in May and June",
        "Paris is a city",
        "Johnson & Sons",
        "he will grant it",
        "Hope is good.",
        "as Xyzzy said",
        "made by Xyzzy",
        "I'm Estonian and",
        "To: Xyzzy",
        "Miller is a trade",
    ] {
        finds_nothing(nothing);
    }
}

#[test]
fn postal_addresses() {
    for address in [
        "123 Main Street, Springfield, IL 62704",
        "8906 Old Mill Rd. Apt. 883\nFreeport\n, NY\n 56349",
        "4711 Silver Springs Suite 12, New Ann, MI 49650",
        "Hauptstraße 12, 10115 Berlin",
        "12 rue de la Paix, 75002 Paris",
        "Calle Mayor 5, 28013 Madrid",
        "Tartu maantee 12",
    ] {
        let text = format!("sent to {address}");
        let found = kinds(&text);
        let address_end = text.len();
        assert!(found.iter().all(|it| it.0 == Kind::PostalAddress), "{found:?}");
        assert!(
            found
                .last()
                .is_some_and(|it| text.ends_with(it.1) && it.1.len() + 14 >= address_end - 8),
            "{found:?}"
        );
    }
    finds_nothing("the 5 Great Lakes are large");
    finds_nothing("in 3 ways and 12 days on the street 5");
}

fn pseudonyms(byte: u8) -> Mask {
    Mask::Pseudonym(Box::new(crate::dicom::ProjectKey::new(&[byte; 32])))
}

#[test]
fn masks_are_stable_and_say_nothing() {
    let text = "Mail jane@example.com, Jane@Example.com or call +372 5555 1234, +3725555 1234.";
    let masked = |mask: &Mask| Detector::new().mask(text, mask).unwrap().0;
    assert_eq!(
        masked(&Mask::Label),
        "Mail [EMAIL], [EMAIL] or call [PHONE], [PHONE]."
    );
    assert_eq!(masked(&Mask::SameLength).chars().count(), text.chars().count());
    let named = masked(&pseudonyms(7));
    let names: Vec<&str> = named.split(['[', ']']).skip(1).step_by(2).collect();
    assert_eq!((names[0], names[2]), (names[1], names[3]));
    assert_ne!(named, masked(&pseudonyms(8)));
}

#[test]
fn a_finder_of_ones_own_is_asked_and_held_to_the_text() {
    struct Model;
    impl Finder for Model {
        fn find(&self, text: &str) -> Vec<Found> {
            let found = |range| Found {
                kind: Kind::Other,
                range,
                confidence: 80,
                why: "a model",
            };
            let at = text.find('ß').unwrap_or(0);
            vec![found(at + 1..at + 2), found(5..900)]
        }
    }
    let found = Detector::new().with(Model).find("Spaß gern");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].range, 3..5);
}

#[test]
fn a_file_tells_line_and_byte_and_never_the_value() {
    let Outcome::Clean(clean, findings) = redact(
        b"one\ntwo a@b.ee\n",
        &Detector::new(),
        &Mask::Label,
        &Limits::default(),
    ) else {
        panic!("clean");
    };
    assert_eq!(clean, b"one\ntwo [EMAIL]\n");
    assert_eq!(findings[0].place, "line 2, byte 5");
    assert!(matches!(
        redact(b"\xFF\xFE", &Detector::new(), &Mask::Label, &Limits::default()),
        Outcome::Quarantine(crate::Reason::Text(Refused::NotUtf8 { at: 0 }), _)
    ));
}

const PIECES: &[&str] = &[
    "John",
    "Smith",
    "Mr. ",
    "my name is ",
    "@",
    "example.com",
    "a",
    ":",
    "::",
    "://",
    "%40",
    "4111 1111 1111 1111",
    "DE89",
    "12",
    "(0)",
    "+",
    "-",
    " ",
    ".",
    "\n",
    "ß",
    "“",
    "\u{a0}",
    "Straße",
    "rue de ",
    "Hauptstr. 5",
    "born ",
    "3 May 1980",
    "AB123456C",
    "x",
    "[PERSON]",
    "日本",
    "ext",
    "J.",
    "2A",
    "223-41-7871",
    "'",
    "call ",
    "0",
    "2001:db8",
    "[",
    "]",
];

proptest! {
    #[test]
    fn any_text_comes_out_clean(text in prop_oneof![
        any::<String>(),
        prop::collection::vec(prop::sample::select(PIECES), 0..24).prop_map(|pieces| pieces.concat()),
    ]) {
        let found = Detector::new().find(&text);
        for pair in found.windows(2) {
            prop_assert!(pair[0].range.end <= pair[1].range.start);
        }
        for it in &found {
            prop_assert!(text.get(it.range.clone()).is_some_and(|value| !value.is_empty()));
        }
        for mask in [Mask::Label, Mask::SameLength] {
            let (clean, _) = Detector::new().mask(&text, &mask).unwrap();
            prop_assert_eq!(mask::outside_of_masks(&clean, Detector::new().find(&clean)), []);
            prop_assert_eq!(&Detector::new().mask(&clean, &mask).unwrap().0, &clean, "twice changes no more");
        }
    }
}
