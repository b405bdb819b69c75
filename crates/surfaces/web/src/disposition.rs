//! `Content-Disposition: attachment` for names that people gave (RFC 6266, with RFC 8187 for letters beyond ASCII).
//!
//! Promises: whatever the name, the value is one header value, quotes and line ends cannot break out of it, and no
//! client is led into another folder: of a path only the last part is offered.

use http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// attr-char of RFC 8187, section 3.2.1.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// File systems take names of up to 255 bytes; a header need not offer more.
const MAX_LEN: usize = 255;

/// The header's value that offers content for saving under this name.
pub fn attachment(name: &str) -> HeaderValue {
    let name = last_part(name);
    let plain: String = name
        .chars()
        .map(|letter| if is_plain(letter) { letter } else { '_' })
        .collect();
    let text = if plain == name {
        format!("attachment; filename=\"{plain}\"")
    } else {
        format!(
            "attachment; filename=\"{plain}\"; filename*=UTF-8''{}",
            utf8_percent_encode(&name, VALUE)
        )
    };
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("attachment"))
}

fn last_part(name: &str) -> String {
    let part = name
        .rsplit(['/', '\\'])
        .find(|part| !part.is_empty())
        .unwrap_or_default();
    let visible: String = part.chars().filter(|letter| !letter.is_control()).collect();
    let end = visible.floor_char_boundary(MAX_LEN);
    match &visible[..end] {
        "" | "." | ".." => "download".to_owned(),
        fitting => fitting.to_owned(),
    }
}

/// What every client takes between quotes. `%` is left out: some decode it there (RFC 6266, appendix D).
fn is_plain(letter: char) -> bool {
    matches!(letter, ' ' | '!' | '#'..='$' | '&'..='[' | ']'..='~')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(name: &str) -> String {
        attachment(name).to_str().unwrap().to_owned()
    }

    #[test]
    fn plain_names_stay_plain() {
        assert_eq!(text("scan 7.dcm"), "attachment; filename=\"scan 7.dcm\"");
    }

    #[test]
    fn other_letters_come_in_both_forms() {
        assert_eq!(
            text("naïve €.txt"),
            "attachment; filename=\"na_ve _.txt\"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.txt"
        );
    }

    #[test]
    fn names_cannot_break_out() {
        assert_eq!(
            text("a\"; x=\"b"),
            "attachment; filename=\"a_; x=_b\"; filename*=UTF-8''a%22%3B%20x%3D%22b"
        );
        assert_eq!(
            text("a\r\nSet-Cookie: x"),
            "attachment; filename=\"aSet-Cookie: x\""
        );
        assert_eq!(text("../../etc/passwd"), "attachment; filename=\"passwd\"");
        assert_eq!(text("C:\\x\\.."), "attachment; filename=\"download\"");
    }

    proptest! {
        #[test]
        fn every_name_gives_one_quoted_value(name in any::<String>()) {
            let value = text(&name);
            prop_assert_eq!(value.matches('"').count(), 2);
            prop_assert!(value.starts_with("attachment; filename=\""));
        }
    }
}
