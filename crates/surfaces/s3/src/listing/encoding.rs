//! `encoding-type=url`: names as percent-encoded text, for clients whose XML cannot hold every character.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::S3Result;
use s3s::dto::EncodingType;

use crate::errors::invalid;

/// Everything but RFC 3986's unreserved characters and the slash. A space is `%20`: a plus would be lost in a marker.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

/// How names are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// As they are, escaped by XML.
    Plain,
    /// Percent-encoded.
    Url,
}

impl Encoding {
    /// What the client asked for.
    pub(crate) fn asked(encoding: Option<&EncodingType>) -> S3Result<Self> {
        match encoding.map(EncodingType::as_str) {
            None | Some("") => Ok(Self::Plain),
            Some(EncodingType::URL) => Ok(Self::Url),
            Some(_) => Err(invalid("encoding-type is url")),
        }
    }

    pub(crate) fn write(self, name: &str) -> String {
        match self {
            Self::Plain => name.to_owned(),
            Self::Url => utf8_percent_encode(name, ENCODED).to_string(),
        }
    }

    /// Said in the answer only if it was asked for: clients that read it decode.
    pub(crate) fn said(self) -> Option<EncodingType> {
        (self == Self::Url).then(|| EncodingType::from_static(EncodingType::URL))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_as_clients_decode_them() {
        let write = |name: &str| Encoding::Url.write(name);
        assert_eq!(write("a b/c+d~e.txt"), "a%20b/c%2Bd~e.txt");
        assert_eq!(write("ü&<\n"), "%C3%BC%26%3C%0A");
        assert_eq!(Encoding::Plain.write("a b&"), "a b&");
    }
}
