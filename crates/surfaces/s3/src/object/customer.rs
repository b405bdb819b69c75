//! Keys that the client brings with each request (SSE-C): what is sealed with one opens with that one alone.
//!
//! Promises: a key is compared with its MD5 before it is used, is kept nowhere, and is never printed; what was sealed
//! with one is neither opened nor described without it. Leaves out: what is done with the key (custody).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use custody::item::{Content, ProvidedKey, ReadItem, Version};
use http::{HeaderMap, HeaderName, HeaderValue};
use s3s::crypto::{Checksum as _, Md5};
use s3s::{S3Error, S3Result, s3_error};
use zeroize::Zeroizing;

use crate::errors::invalid;

/// How the headers of the key for the object itself begin.
const OWN: &str = "x-amz-server-side-encryption-customer-";
/// How those for what is copied begin.
const SOURCE: &str = "x-amz-copy-source-server-side-encryption-customer-";
/// The one algorithm that there is.
pub(crate) const ALGORITHM: &str = "AES256";

/// A key that came with the request.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    pub(crate) key: ProvidedKey,
    /// As it came; it goes back with the answer.
    md5: String,
}

impl Customer {
    /// The key for the object itself.
    pub(crate) fn of(headers: &HeaderMap) -> S3Result<Option<Self>> {
        Self::read(headers, OWN)
    }

    /// The MD5 of the key, as it came.
    pub(crate) fn md5(&self) -> &str {
        &self.md5
    }

    /// The key for what is copied.
    pub(crate) fn of_source(headers: &HeaderMap) -> S3Result<Option<Self>> {
        Self::read(headers, SOURCE)
    }

    fn read(headers: &HeaderMap, begin: &str) -> S3Result<Option<Self>> {
        let [algorithm, key, md5] = ["algorithm", "key", "key-md5"].map(|end| once(headers, begin, end));
        let (algorithm, key, md5) = (algorithm?, key?, md5?);
        let (Some(algorithm), Some(key), Some(md5)) = (algorithm, key, md5) else {
            let any = algorithm.or(key).or(md5).is_some();
            return if any { Err(incomplete()) } else { Ok(None) };
        };
        if algorithm != ALGORITHM {
            return Err(s3_error!(
                InvalidEncryptionAlgorithmError,
                "the algorithm for a key of the client's own is AES256"
            ));
        }
        let bytes = bytes(key)?;
        let mut hash = Md5::new();
        hash.update(&bytes[..]);
        if STANDARD.encode(hash.finalize()) != md5 {
            return Err(invalid("the MD5 of the key is another than the stated one"));
        }
        Ok(Some(Self {
            key: ProvidedKey::from_bytes(*bytes),
            md5: md5.to_owned(),
        }))
    }
}

/// Whether a request brings a key. Whoever can read the request can read the key.
pub(crate) fn is_brought(headers: &HeaderMap) -> bool {
    let begins = |name: &HeaderName| [OWN, SOURCE].iter().any(|begin| name.as_str().starts_with(begin));
    headers.keys().any(begins)
}

fn once<'h>(headers: &'h HeaderMap, begin: &str, end: &str) -> S3Result<Option<&'h str>> {
    let mut values = headers.get_all(format!("{begin}{end}")).iter();
    match (values.next().map(HeaderValue::to_str), values.next()) {
        (None, _) => Ok(None),
        (Some(Ok(text)), None) => Ok(Some(text.trim())),
        _ => Err(incomplete()),
    }
}

fn incomplete() -> S3Error {
    invalid("a key of the client's own comes with three headers, once each: -algorithm, -key and -key-MD5")
}

fn bytes(text: &str) -> S3Result<Zeroizing<[u8; 32]>> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    // Decoders ask for room by the length of the text: a few bytes more than there are.
    let mut room = Zeroizing::new([0u8; 36]);
    match STANDARD.decode_slice(text, &mut room[..]) {
        Ok(32) => bytes.copy_from_slice(&room[..32]),
        _ => return Err(invalid("a key of the client's own is the base64 of 32 bytes")),
    }
    Ok(bytes)
}

/// The key for custody.
pub(crate) fn key(customer: Option<&Customer>) -> Option<ProvidedKey> {
    customer.map(|customer| customer.key.clone())
}

/// The read that finds out whether the key fits: custody compares keys when it opens bytes, so a look with a key is a
/// read whose bytes nobody takes.
pub(crate) fn look(read: ReadItem, customer: Option<&Customer>) -> ReadItem {
    ReadItem {
        head: read.head && customer.is_none(),
        provided_key: key(customer),
        ..read
    }
}

/// Holds what was looked at to the rule that nothing is said of it without its key.
pub(crate) fn check(version: &Version, customer: Option<&Customer>) -> S3Result<()> {
    match (version.key_provided, customer) {
        (true, None) => Err(missing()),
        (false, Some(_)) => Err(unexpected()),
        _ => Ok(()),
    }
}

/// The same for content, whose bytes are let go of when they are not wanted.
pub(crate) fn checked(content: Content, head: bool, customer: Option<&Customer>) -> S3Result<Content> {
    check(&content.item.version, customer)?;
    let body = content.body.filter(|_| !head);
    Ok(Content { body, ..content })
}

pub(crate) fn missing() -> S3Error {
    s3_error!(
        InvalidRequest,
        "the object was sealed with a key of the client's own: send it along \
         (x-amz-server-side-encryption-customer-algorithm, -key and -key-MD5)"
    )
}

pub(crate) fn unexpected() -> S3Error {
    s3_error!(
        InvalidRequest,
        "the object was not sealed with a key of the client's own: ask without one"
    )
}

/// The answer to a key that does not fit.
pub(crate) fn wrong() -> S3Error {
    s3_error!(
        AccessDenied,
        "this is not the key that the object was sealed with"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 32 letters `k`.
    const KEY: &str = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=";

    fn md5(bytes: &[u8]) -> String {
        let mut hash = Md5::new();
        hash.update(bytes);
        STANDARD.encode(hash.finalize())
    }

    fn code(parts: [Option<&str>; 3]) -> Result<bool, String> {
        let mut headers = HeaderMap::new();
        for (end, value) in ["algorithm", "key", "key-md5"].into_iter().zip(parts) {
            if let Some(value) = value {
                let name: HeaderName = format!("{OWN}{end}").parse().unwrap();
                headers.insert(name, value.parse().unwrap());
            }
        }
        let read = Customer::of(&headers).map(|customer| customer.is_some());
        read.map_err(|error| error.code().as_str().to_owned())
    }

    #[test]
    fn a_key_comes_whole_or_not_at_all() {
        let right = md5(&[b'k'; 32]);
        let (aes, right) = (Some("AES256"), Some(right.as_str()));
        assert_eq!(code([None; 3]), Ok(false));
        assert_eq!(code([aes, Some(KEY), right]), Ok(true));
        let refused = |code: &str| Err(code.to_owned());
        assert_eq!(code([aes, Some(KEY), None]), refused("InvalidArgument"));
        assert_eq!(code([aes, None, right]), refused("InvalidArgument"));
        assert_eq!(code([None, Some(KEY), right]), refused("InvalidArgument"));
        assert_eq!(code([aes, Some(KEY), Some("AAAA")]), refused("InvalidArgument"));
        for short in ["", "AAAA", "not base64", &"A".repeat(200)] {
            assert_eq!(
                code([aes, Some(short), right]),
                refused("InvalidArgument"),
                "{short}"
            );
        }
        let other = [Some("aws:kms"), Some(KEY), right];
        assert_eq!(code(other), refused("InvalidEncryptionAlgorithmError"));
    }

    #[test]
    fn a_key_does_not_print_itself() {
        let customer = Customer {
            key: ProvidedKey::from_bytes([b'k'; 32]),
            md5: "m".into(),
        };
        let text = format!("{customer:?}");
        assert!(!text.contains("107") && !text.contains("kkk"), "{text}");
    }
}
