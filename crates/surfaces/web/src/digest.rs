//! `Content-Digest` and `Repr-Digest` with SHA-256 (RFC 9530, a dictionary of RFC 8941).
//!
//! Other algorithms in the dictionary are passed over. Leaves out: computing digests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Header values longer than this are refused unread.
const MAX_LEN: usize = 1_024;
const ALGORITHM: &str = "sha-256";

/// The value is no digest dictionary, or its SHA-256 is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a digest: send sha-256=:<base64 of the 32 bytes>: as in RFC 9530")]
pub struct BadDigest;

/// Reads a digest header. `None` when it holds other algorithms only.
///
/// # Errors
/// [`BadDigest`]: a digest that was sent and cannot be checked must not be taken for a match.
pub fn parse(value: &[u8]) -> Result<Option<[u8; 32]>, BadDigest> {
    if value.len() > MAX_LEN {
        return Err(BadDigest);
    }
    let text = std::str::from_utf8(value).map_err(|_| BadDigest)?;
    let mut found = None;
    // Byte sequences hold no commas, so splitting at commas splits members.
    for member in text.split(',') {
        let (name, sequence) = member
            .trim_matches([' ', '\t'])
            .split_once('=')
            .ok_or(BadDigest)?;
        let bytes = sequence
            .strip_prefix(':')
            .and_then(|rest| rest.strip_suffix(':'))
            .ok_or(BadDigest)?;
        let decoded = STANDARD.decode(bytes).map_err(|_| BadDigest)?;
        match name {
            "" => return Err(BadDigest),
            // The last of several with one name counts (RFC 8941, section 3.2).
            ALGORITHM => found = Some(decoded.try_into().map_err(|_| BadDigest)?),
            _ => {}
        }
    }
    Ok(found)
}

/// The header's value for a SHA-256.
pub fn format(sha256: &[u8; 32]) -> String {
    format!("{ALGORITHM}=:{}:", STANDARD.encode(sha256))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// SHA-256 of `{"hello": "world"}` and a line end: RFC 9530, appendix B.1.
    const EXAMPLE: &str = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";

    #[test]
    fn the_example_of_the_standard_is_read_and_written() {
        let digest = parse(EXAMPLE.as_bytes()).unwrap().unwrap();
        assert_eq!(digest[..4], [0x44, 0xaf, 0xf4, 0xab]);
        assert_eq!(format(&digest), EXAMPLE);
        let among_others = format!("md5=:AAAA:, {EXAMPLE}");
        assert_eq!(parse(among_others.as_bytes()), Ok(Some(digest)));
    }

    #[test]
    fn other_algorithms_alone_say_nothing() {
        assert_eq!(parse(b"unixsum=:AAAA:"), Ok(None));
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        for bad in [
            "",
            "sha-256",
            "sha-256=RK==",
            "sha-256=:AAAA:",
            "sha-256=:no base64!:",
            "=:AAAA:",
            "sha-256=:AAAA:,",
        ] {
            assert_eq!(parse(bad.as_bytes()), Err(BadDigest), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(value in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&value);
        }

        #[test]
        fn a_digest_comes_back(digest in any::<[u8; 32]>()) {
            prop_assert_eq!(parse(format(&digest).as_bytes()), Ok(Some(digest)));
        }
    }
}
