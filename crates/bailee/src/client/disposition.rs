//! The name that a server offers for a download: `Content-Disposition` (RFC 6266, with RFC 8187).
//!
//! Promises: any bytes are read without a panic; what comes out is a name, not yet a path.

use http::HeaderValue;
use percent_encoding::percent_decode_str;

/// The name in the header, the extended form before the plain one.
pub(crate) fn offered_name(value: &HeaderValue) -> Option<String> {
    let text = std::str::from_utf8(value.as_bytes()).ok()?;
    let parameters = parameters(text);
    let find = |name: &str| {
        parameters
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    };
    let extended = find("filename*").and_then(|value| {
        let (charset, rest) = value.split_once('\'')?;
        let (_, encoded) = rest.split_once('\'')?;
        let decoded = percent_decode_str(encoded).decode_utf8().ok()?;
        charset
            .eq_ignore_ascii_case("utf-8")
            .then(|| decoded.into_owned())
    });
    extended
        .or_else(|| find("filename").cloned())
        .filter(|name| !name.is_empty())
}

/// What follows the first semicolon, as names and values without quotes.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.split_once(';').map_or("", |(_, rest)| rest);
    while let Some((name, after)) = rest.split_once('=') {
        let (value, after) = take_value(after.trim_start());
        found.push((name.trim_matches([' ', '\t', ';']).to_owned(), value));
        rest = after;
    }
    found
}

fn take_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, after) = text.split_once(';').unwrap_or((text, ""));
        return (value.trim().to_owned(), after);
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
            _ => value.push(letter),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<String> {
        offered_name(&HeaderValue::from_bytes(text.as_bytes()).unwrap())
    }

    #[test]
    fn both_forms_are_read() {
        assert_eq!(
            read("attachment; filename=\"scan; 7.dcm\"").unwrap(),
            "scan; 7.dcm"
        );
        assert_eq!(read("attachment; filename=plain.txt").unwrap(), "plain.txt");
        assert_eq!(
            read("attachment; filename=\"na_ve\"; filename*=UTF-8''na%C3%AFve").unwrap(),
            "naïve"
        );
        assert_eq!(
            read("attachment; filename*=latin1''x; FileName=\"a\\\"b\"").unwrap(),
            "a\"b"
        );
        assert_eq!(read("attachment"), None);
    }

    #[test]
    fn what_our_server_writes_is_read() {
        for name in ["scan 7.dcm", "naïve €.txt", "a\"b;c", "100%"] {
            assert_eq!(offered_name(&web::disposition::attachment(name)).unwrap(), name);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_ignored(bytes in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..80),
            "attachment[;= \"\\\\a-z*'%]{0,60}".prop_map(String::into_bytes),
        ]) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                offered_name(&value);
            }
        }
    }
}
