//! One range of bytes (RFC 9110, section 14).
//!
//! A header that is no single byte range is ignored, as the RFC allows (section 14.2): the whole content is
//! then the answer. Leaves out: several ranges in one answer.

use std::ops::Range;

/// What a `Range` header asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// `a-b`: both ends included.
    FromTo(u64, u64),
    /// `a-`: to the end.
    From(u64),
    /// `-n`: the last n bytes.
    Last(u64),
}

/// The range holds no byte of the content; answer 416 with the content's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no byte of the content lies in the range")]
pub struct Unsatisfiable;

impl ByteRange {
    /// Reads the header's value. `None` for anything but one byte range: then the header does not count.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?;
        let (unit, set) = text.split_once('=')?;
        let (first, last) = set.trim_matches([' ', '\t']).split_once('-')?;
        if !unit.eq_ignore_ascii_case("bytes") {
            return None;
        }
        match (first, last) {
            ("", last) => Some(Self::Last(number(last)?)),
            (first, "") => Some(Self::From(number(first)?)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::FromTo(first, last))
            }
        }
    }

    /// The bytes of content of this length that it means: never empty, never beyond the end.
    ///
    /// # Errors
    /// [`Unsatisfiable`] when there is none.
    pub fn of(self, length: u64) -> Result<Range<u64>, Unsatisfiable> {
        let range = match self {
            Self::FromTo(first, last) => first..last.saturating_add(1).min(length),
            Self::From(first) => first..length,
            Self::Last(count) => length.saturating_sub(count)..length,
        };
        if range.is_empty() {
            Err(Unsatisfiable)
        } else {
            Ok(range)
        }
    }
}

/// The value of `Content-Range` for a part of content of this length. The part must not be empty.
pub fn content_range(part: &Range<u64>, length: u64) -> String {
    format!("bytes {}-{}/{length}", part.start, part.end.saturating_sub(1))
}

/// Digits only: `parse` alone would take `+5`. Larger than 64 bits is as good as endless.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(header: &str, length: u64) -> Option<Result<Range<u64>, Unsatisfiable>> {
        ByteRange::parse(header.as_bytes()).map(|range| range.of(length))
    }

    #[test]
    fn the_three_forms_mean_what_the_standard_says() {
        assert_eq!(of("bytes=0-499", 10_000), Some(Ok(0..500)));
        assert_eq!(of("bytes=9500-", 10_000), Some(Ok(9_500..10_000)));
        assert_eq!(of("bytes=-500", 10_000), Some(Ok(9_500..10_000)));
        assert_eq!(of("bytes=0-0", 10_000), Some(Ok(0..1)));
        assert_eq!(of("bytes=9000-99999", 10_000), Some(Ok(9_000..10_000)));
        assert_eq!(of("bytes=-99999", 10_000), Some(Ok(0..10_000)));
        assert_eq!(of("Bytes=1-2", 10), Some(Ok(1..3)));
    }

    #[test]
    fn ranges_without_a_byte_are_unsatisfiable() {
        for (header, length) in [
            ("bytes=10-", 10),
            ("bytes=-0", 10),
            ("bytes=0-", 0),
            ("bytes=-5", 0),
        ] {
            assert_eq!(of(header, length), Some(Err(Unsatisfiable)), "{header}");
        }
        assert_eq!(of("bytes=99999999999999999999-", 10), Some(Err(Unsatisfiable)));
    }

    #[test]
    fn anything_else_does_not_count() {
        let others = [
            "bytes=2-1",
            "bytes=0-1,3-4",
            "bytes=-",
            "bytes=",
            "items=0-1",
            "bytes=+1-2",
            "bytes=0x1-2",
            "",
        ];
        for other in others {
            assert_eq!(ByteRange::parse(other.as_bytes()), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_ignored(value in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = ByteRange::parse(&value);
        }

        #[test]
        fn what_comes_out_lies_within(text in "bytes=[0-9]{0,21}-[0-9]{0,21}", length in any::<u64>()) {
            if let Some(Ok(range)) = of(&text, length) {
                prop_assert!(range.start < range.end && range.end <= length);
            }
        }
    }
}
