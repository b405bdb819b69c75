//! Transfer syntaxes: how a data set is encoded.
//!
//! Promises: the encodings of the standard's transfer syntaxes (PS3.5, 10 and annex A; PS3.6, annex A), and a look
//! at the bytes where a file is silent or wrong. Leaves out: compressed pixels, which are never opened.

use super::vr::Vr;

/// How elements stand in the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Encoding {
    /// Whether the value representation is written beside each tag.
    pub(super) explicit: bool,
    /// Whether numbers begin with their most significant byte.
    pub(super) big_endian: bool,
}

impl Encoding {
    pub(super) const IMPLICIT: Self = Self {
        explicit: false,
        big_endian: false,
    };
    pub(super) const EXPLICIT: Self = Self {
        explicit: true,
        big_endian: false,
    };
    pub(super) const BIG_ENDIAN: Self = Self {
        explicit: true,
        big_endian: true,
    };

    pub(super) fn u16(self, bytes: [u8; 2]) -> u16 {
        if self.big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        }
    }

    pub(super) fn u32(self, bytes: [u8; 4]) -> u32 {
        if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        }
    }

    pub(super) fn u16_bytes(self, number: u16) -> [u8; 2] {
        if self.big_endian {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    }

    pub(super) fn u32_bytes(self, number: u32) -> [u8; 4] {
        if self.big_endian {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    }
}

/// A transfer syntax as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Syntax {
    pub(super) uid: &'static str,
    pub(super) encoding: Encoding,
    /// Whether the whole data set is deflated (RFC 1951).
    pub(super) deflated: bool,
}

const IMPLICIT: Syntax = plain("1.2.840.10008.1.2", Encoding::IMPLICIT);
const EXPLICIT: Syntax = plain("1.2.840.10008.1.2.1", Encoding::EXPLICIT);
const BIG_ENDIAN: Syntax = plain("1.2.840.10008.1.2.2", Encoding::BIG_ENDIAN);

const fn plain(uid: &'static str, encoding: Encoding) -> Syntax {
    Syntax {
        uid,
        encoding,
        deflated: false,
    }
}

/// Data sets that are deflated as a whole.
const DEFLATED: &[&str] = &[
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.4.95",
    "1.2.840.10008.1.2.4.205",
];

/// Explicit, little endian, with or without compressed pixels.
const EXPLICIT_ONES: &[&str] = &[
    "1.2.840.10008.1.2.1.98",
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.52",
    "1.2.840.10008.1.2.4.53",
    "1.2.840.10008.1.2.4.54",
    "1.2.840.10008.1.2.4.55",
    "1.2.840.10008.1.2.4.56",
    "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.58",
    "1.2.840.10008.1.2.4.59",
    "1.2.840.10008.1.2.4.60",
    "1.2.840.10008.1.2.4.61",
    "1.2.840.10008.1.2.4.62",
    "1.2.840.10008.1.2.4.63",
    "1.2.840.10008.1.2.4.64",
    "1.2.840.10008.1.2.4.65",
    "1.2.840.10008.1.2.4.66",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.81",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2.4.92",
    "1.2.840.10008.1.2.4.93",
    "1.2.840.10008.1.2.4.94",
    "1.2.840.10008.1.2.4.100",
    "1.2.840.10008.1.2.4.100.1",
    "1.2.840.10008.1.2.4.101",
    "1.2.840.10008.1.2.4.101.1",
    "1.2.840.10008.1.2.4.102",
    "1.2.840.10008.1.2.4.102.1",
    "1.2.840.10008.1.2.4.103",
    "1.2.840.10008.1.2.4.103.1",
    "1.2.840.10008.1.2.4.104",
    "1.2.840.10008.1.2.4.104.1",
    "1.2.840.10008.1.2.4.105",
    "1.2.840.10008.1.2.4.105.1",
    "1.2.840.10008.1.2.4.106",
    "1.2.840.10008.1.2.4.106.1",
    "1.2.840.10008.1.2.4.107",
    "1.2.840.10008.1.2.4.108",
    "1.2.840.10008.1.2.4.110",
    "1.2.840.10008.1.2.4.111",
    "1.2.840.10008.1.2.4.112",
    "1.2.840.10008.1.2.4.201",
    "1.2.840.10008.1.2.4.202",
    "1.2.840.10008.1.2.4.203",
    "1.2.840.10008.1.2.4.204",
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.6.1",
    "1.2.840.10008.1.2.8.1",
];

impl Syntax {
    /// The transfer syntax of this name; nothing for private ones and for those that are not known here.
    pub(super) fn of(uid: &[u8]) -> Option<Self> {
        let named =
            |list: &'static [&'static str]| list.iter().find(|known| known.as_bytes() == uid).copied();
        if let Some(found) = [IMPLICIT, EXPLICIT, BIG_ENDIAN]
            .into_iter()
            .find(|known| known.uid.as_bytes() == uid)
        {
            return Some(found);
        }
        if let Some(uid) = named(DEFLATED) {
            return Some(Self {
                uid,
                encoding: Encoding::EXPLICIT,
                deflated: true,
            });
        }
        named(EXPLICIT_ONES).map(|uid| plain(uid, Encoding::EXPLICIT))
    }

    /// What the first element shows, for data sets of which nothing is known.
    pub(super) fn look(data_set: &[u8]) -> Option<Self> {
        let start: &[u8; 8] = data_set.first_chunk()?;
        let little = u16::from_le_bytes([start[0], start[1]]);
        let big = u16::from_be_bytes([start[0], start[1]]);
        match (little, big, shows_representation(start)) {
            (0x0002..=0x0010, _, true) => Some(EXPLICIT),
            (0x0002..=0x0010, _, false) => Some(IMPLICIT),
            (_, 0x0002..=0x0010, true) => Some(BIG_ENDIAN),
            _ => None,
        }
    }

    /// The same, unless the first element shows that the file's own word is wrong. Such files exist, and readers
    /// read them; what is written says what it is.
    pub(super) fn corrected(self, data_set: &[u8]) -> Self {
        let Some(start) = data_set.first_chunk() else {
            return self;
        };
        match (self.encoding.explicit, shows_representation(start)) {
            (true, false) if !self.deflated => IMPLICIT,
            (false, true) => EXPLICIT,
            _ => self,
        }
    }
}

/// In implicit form, the bytes after the tag are the low half of a length; two of the known letters would make it
/// at least 16 KiB, which no first element of a data set has.
fn shows_representation(start: &[u8; 8]) -> bool {
    Vr([start[4], start[5]]).kind().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_looks_agree() {
        assert_eq!(Syntax::of(b"1.2.840.10008.1.2"), Some(IMPLICIT));
        assert_eq!(
            Syntax::of(b"1.2.840.10008.1.2.4.70").map(|it| it.encoding),
            Some(Encoding::EXPLICIT)
        );
        assert!(Syntax::of(b"1.2.840.10008.1.2.1.99").is_some_and(|it| it.deflated));
        assert_eq!(Syntax::of(b"1.2.840.113619.5.2"), None);
        assert_eq!(Syntax::look(b"\x08\0\x05\0CS\x0a\0"), Some(EXPLICIT));
        assert_eq!(Syntax::look(b"\x08\0\x05\0\x0a\0\0\0"), Some(IMPLICIT));
        assert_eq!(Syntax::look(b"\0\x08\0\x05CS\0\x0a"), Some(BIG_ENDIAN));
        assert_eq!(Syntax::look(b"GIF89a\0\0"), None);
    }

    #[test]
    fn a_wrong_word_is_corrected() {
        assert_eq!(EXPLICIT.corrected(b"\x08\0\x05\0\x0a\0\0\0"), IMPLICIT);
        assert_eq!(IMPLICIT.corrected(b"\x08\0\x05\0CS\x0a\0"), EXPLICIT);
        assert_eq!(BIG_ENDIAN.corrected(b"\0\x08\0\x05CS\0\x0a"), BIG_ENDIAN);
    }
}
