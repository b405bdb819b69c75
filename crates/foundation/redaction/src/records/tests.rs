use proptest::prelude::*;

use super::*;
use crate::{Limits, Outcome};

#[track_caller]
fn clean(outcome: Outcome) -> String {
    match outcome {
        Outcome::Clean(bytes, _) => String::from_utf8(bytes).unwrap(),
        Outcome::Quarantine(reason, findings) => panic!("{reason} {findings:?}"),
    }
}

fn json(text: &str) -> Outcome {
    redact_json(
        text.as_bytes(),
        &Detector::new(),
        &Mask::Label,
        &Limits::default(),
    )
}

fn csv(text: &str) -> Outcome {
    redact_csv(
        text.as_bytes(),
        &Detector::new(),
        &Mask::Label,
        &Limits::default(),
    )
}

#[test]
fn values_are_searched_and_fields_say_what_they_are() {
    let text = r#"{ "id": 17, "firstName" : "Xyzzy", "note":"ask \"a@b.ee\"\n", "phones": ["1", 2, null],
 "address": {"city":"Tartu"}, "card_number": 4111111111111111, "n": 4111111111111111, "a@b.ee": true }"#;
    let expected = r#"{ "id": 17, "firstName" : "[PERSON]", "note":"ask \"[EMAIL]\"\n", "phones": ["[PHONE]", "[PHONE]", null],
 "address": {"city":"Tartu"}, "card_number": "[CARD]", "n": "[CARD]", "[EMAIL]": true }"#;
    assert_eq!(clean(json(text)), expected);
}

#[test]
fn lines_of_json_are_json_and_the_rest_is_held_back() {
    assert_eq!(
        clean(json("{\"ssn\":1}\n{\"ssn\":\"\"}\n")),
        "{\"ssn\":\"[NATIONAL-ID]\"}\n{\"ssn\":\"\"}\n"
    );
    assert!(matches!(json("{\"a\":1,}"), Outcome::Quarantine(..)));
    assert!(matches!(json(&"[".repeat(1000)), Outcome::Quarantine(..)));
}

#[test]
fn columns_say_what_they_are() {
    let text = "id;First Name;comment\r\n1;Xyzzy;\"mail a@b.ee; now\"\r\n2;;none\r\n";
    assert_eq!(
        clean(csv(text)),
        "id;First Name;comment\r\n1;[PERSON];\"mail [EMAIL]; now\"\r\n2;;none\r\n"
    );
    assert_eq!(clean(csv("a@b.ee,1\nx,2\n")), "[EMAIL],1\nx,2\n");
    assert_eq!(clean(csv("email: a@b.ee,1\nx,2\n")), "email: [EMAIL],1\nx,2\n");
    assert!(matches!(
        redact_csv(b"a,\xFF\n", &Detector::new(), &Mask::Label, &Limits::default()),
        Outcome::Quarantine(..)
    ));
}

proptest! {
    #[test]
    fn anything_may_come(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        let value = serde_json::json!({ "name": text, "other": [text, 1.5] }).to_string();
        let clean = clean(json(&value));
        prop_assert!(serde_json::from_str::<serde_json::Value>(&clean).is_ok());
        let _any = csv(&text);
        let _any = redact_json(&bytes, &Detector::new(), &Mask::Label, &Limits::default());
        let _any = redact_csv(&bytes, &Detector::new(), &Mask::Label, &Limits::default());
    }
}
