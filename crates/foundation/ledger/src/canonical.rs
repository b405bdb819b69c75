//! Canonical JSON of events (RFC 8785): one event, one sequence of bytes.
//!
//! Promises: writing any serialisable event canonically, and telling whether given bytes are canonical.
//! Narrower than the RFC in two points, so that no reader is misled by its number type: an event is an object,
//! and integers beyond ±(2^53 - 1) are refused (RFC 7493, section 2.2); write them as text.

use serde::Serialize;
use serde_json::Value;

/// The longest event in bytes. Larger facts belong into an item that the event names by its hash.
pub const MAX_EVENT_BYTES: usize = 256 * 1024;
const LARGEST_INTEGER: u64 = (1 << 53) - 1;

/// Why a value or bytes are not a canonical event.
#[derive(Debug, thiserror::Error)]
pub enum NotCanonical {
    /// Not JSON, or nested too deeply.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// JSON, but not an object.
    #[error("an event is a JSON object")]
    NotAnObject,
    /// A number that other readers may round.
    #[error("{0} is beyond 2^53 - 1: write it as text")]
    Number(String),
    /// Too long.
    #[error("an event has at most 256 KiB: store the rest as an item and name its hash")]
    TooLong,
    /// The same event has another spelling.
    #[error("this is not the canonical spelling (RFC 8785): canonicalise it before committing to it")]
    OtherSpelling,
}

/// The canonical bytes of an event, as text without any newline.
pub fn canonicalize<T: Serialize>(event: &T) -> Result<String, NotCanonical> {
    let canonical = spell(&serde_json::to_value(event)?)?;
    if canonical.len() > MAX_EVENT_BYTES {
        Err(NotCanonical::TooLong)
    } else {
        Ok(canonical)
    }
}

/// The event that these bytes are, if they are its canonical spelling. Takes anything.
pub fn parse(bytes: &[u8]) -> Result<Value, NotCanonical> {
    if bytes.len() > MAX_EVENT_BYTES {
        return Err(NotCanonical::TooLong);
    }
    let event = serde_json::from_slice(bytes)?;
    if spell(&event)?.as_bytes() == bytes {
        Ok(event)
    } else {
        Err(NotCanonical::OtherSpelling)
    }
}

fn spell(event: &Value) -> Result<String, NotCanonical> {
    if !event.is_object() {
        return Err(NotCanonical::NotAnObject);
    }
    check_numbers(event)?;
    if is_plain(event) {
        return Ok(serde_json::to_string(event)?);
    }
    Ok(serde_json_canonicalizer::to_string(event)?)
}

/// Whether the usual writer spells the value as the RFC does, which nearly all events are: names of ASCII letters in
/// order sort alike in UTF-8 and UTF-16, integers have one spelling, and both writers escape the same characters alike.
/// It takes a fifth of the time, and events are written while everybody else waits for the transaction.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Number(number) => !number.is_f64(),
        Value::Array(values) => values.iter().all(is_plain),
        Value::Object(members) => {
            members.keys().all(|name| name.is_ascii())
                && members.keys().is_sorted()
                && members.values().all(is_plain)
        }
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// Depth is bounded by the JSON reader, and by the program's own types when writing.
fn check_numbers(value: &Value) -> Result<(), NotCanonical> {
    match value {
        Value::Number(number) => {
            let fits = match (number.as_u64(), number.as_i64()) {
                (Some(positive), _) => positive <= LARGEST_INTEGER,
                (None, Some(negative)) => negative.unsigned_abs() <= LARGEST_INTEGER,
                // A double with this many digits before the point is spelled like an integer.
                (None, None) => number
                    .as_f64()
                    .is_some_and(|double| double.abs() <= LARGEST_INTEGER as f64),
            };
            if fits {
                Ok(())
            } else {
                Err(NotCanonical::Number(number.to_string()))
            }
        }
        Value::Array(values) => values.iter().try_for_each(check_numbers),
        Value::Object(members) => members.values().try_for_each(check_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        let event: Value = serde_json::from_str(
            r#"{"numbers":[333333333.33333329,4.50,2e-3,0.000000000000000000000000001],
                "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#,
        )
        .unwrap();
        assert_eq!(
            canonicalize(&event).unwrap(),
            r#"{"literals":[null,true,false],"numbers":[333333333.3333333,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
        );
    }

    #[test]
    fn keys_sort_by_utf16() {
        let event =
            json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
        assert_eq!(
            canonicalize(&event).unwrap(),
            "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}"
        );
    }

    #[test]
    fn other_spellings_are_refused() {
        assert_eq!(
            parse(br#"{"a":1,"b":[0.5,"x"]}"#).unwrap(),
            json!({"a": 1, "b": [0.5, "x"]})
        );
        for other in [
            r#"{"b":1,"a":1}"#,
            r#"{"a": 1}"#,
            r#"{"a":1}
"#,
            r#"{"a":1,"a":1}"#,
            r#"{"a":1.0}"#,
            r#"{"a":-0}"#,
            r#"{"a":1e2}"#,
            r#"{"a":"\u0041"}"#,
            r#"{"a":"\/"}"#,
        ] {
            assert!(
                matches!(parse(other.as_bytes()), Err(NotCanonical::OtherSpelling)),
                "{other}"
            );
        }
        assert!(matches!(parse(b"[]"), Err(NotCanonical::NotAnObject)));
        assert!(parse(br#"{"a":"\ud800"}"#).is_err());
        assert!(parse(&b"{\"a\":".repeat(5_000)).is_err());
    }

    #[test]
    fn large_integers_are_refused() {
        assert!(parse(br#"{"a":9007199254740991}"#).is_ok());
        for number in [
            "9007199254740992",
            "-9007199254740992",
            "18446744073709551616",
            "1e300",
        ] {
            assert!(
                parse(format!("{{\"a\":{number}}}").as_bytes()).is_err(),
                "{number}"
            );
        }
        assert!(canonicalize(&json!({"a": u64::MAX})).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_canonical(text in "\\{\"a\":[0-9eE.+-]{0,24}\\}|\\{\"\\PC{0,9}\":\"\\PC{0,9}\"\\}|\\PC*") {
            if let Ok(event) = parse(text.as_bytes()) {
                prop_assert_eq!(canonicalize(&event).unwrap(), text);
            }
        }

        #[test]
        fn the_short_way_spells_like_the_rfc(
            names in proptest::collection::vec("[\\x00-\\x7f]{0,6}", 0..6),
            text in proptest::collection::vec(any::<char>(), 0..12),
            number in -9_007_199_254_740_991_i64..=9_007_199_254_740_991,
        ) {
            let text: String = text.into_iter().collect();
            let members = names.into_iter().map(|name| (name, json!([number, text, {"z": null, "A": true}]))).collect();
            let event = Value::Object(members);
            prop_assert_eq!(
                canonicalize(&event).unwrap(),
                serde_json_canonicalizer::to_string(&event).unwrap()
            );
        }

        #[test]
        fn what_is_written_reads_back(key in "\\PC{0,9}", number in any::<f64>(), text in any::<String>()) {
            let event = json!({key: [json!(number), json!(text)]});
            if let Ok(canonical) = canonicalize(&event) {
                prop_assert!(parse(canonical.as_bytes()).is_ok());
                prop_assert!(!canonical.contains('\n'));
            }
        }
    }
}
