//! Strict pieces of the text formats: every value has exactly one spelling.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Hash;

/// Standard base64 with padding (RFC 4648, section 4).
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads standard base64: padding is required and unused bits must be zero.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Reads a hash as [`Hash`] shows it.
pub(crate) fn hash(text: &str) -> Option<Hash> {
    // The length is checked first so that a huge line is not decoded at all.
    (text.len() == 44)
        .then(|| from_base64(text))
        .flatten()
        .and_then(|bytes| Hash::from_slice(&bytes))
}

/// Reads a decimal number without sign, leading zero or space.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let plain = text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
    plain.then(|| text.parse().ok()).flatten()
}

/// Takes the next line, which must end in a newline; `None` at the end or without one.
pub(crate) fn take_line<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let (line, after) = rest.split_once('\n')?;
    *rest = after;
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_spelling() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("18446744073709551615"), Some(u64::MAX));
        for other in [
            "",
            "00",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1_0",
            "18446744073709551616",
            "٣",
        ] {
            assert_eq!(decimal(other), None, "{other:?}");
        }
    }

    #[test]
    fn base64_has_one_spelling() {
        assert_eq!(from_base64("AA=="), Some(vec![0]));
        for other in ["AA", "AA=", "AB==", "AA==\n", "A A=", "-_=="] {
            assert_eq!(from_base64(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_line_needs_its_newline() {
        let mut rest = "one\ntwo";
        assert_eq!(take_line(&mut rest), Some("one"));
        assert_eq!(take_line(&mut rest), None);
    }
}
