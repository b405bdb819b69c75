//! The few calls into the cryptographic library, and the one key schedule that boxes and streams share.
//!
//! Leaves out: algorithm choice. There is one suite; a second one would be a second schedule.

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::{Context, Key, Refused};

/// The only suite: AES-256-GCM with HKDF-SHA256.
pub(crate) const SUITE_1: u8 = 1;
/// Bytes of a key commitment.
pub(crate) const COMMITMENT_LEN: usize = 32;
/// The longest nonce material a schedule gives: a whole GCM nonce.
const NONCE_MAX: usize = 12;

/// What one key, salt and context give: a proof of the key, a cipher, and `N` bytes of nonce.
pub(crate) struct Schedule<const N: usize> {
    pub(crate) commitment: [u8; COMMITMENT_LEN],
    pub(crate) cipher: LessSafeKey,
    pub(crate) nonce: [u8; N],
}

impl<const N: usize> Schedule<N> {
    /// HKDF-SHA256 over framed domain, framed format prefix, and context.
    ///
    /// The commitment is the first output block, alone: two different inputs that share it would be a
    /// collision of HMAC-SHA256, which is what makes the formats key-committing although GCM is not.
    pub(crate) fn new(key: &Key, salt: &[u8], domain: &str, prefix: &[u8], context: &Context) -> Self {
        let mut output = Zeroizing::new([0u8; COMMITMENT_LEN + 32 + NONCE_MAX]);
        let used = COMMITMENT_LEN + 32 + N;
        let domain_len = frame_len(domain.as_bytes());
        let prefix_len = frame_len(prefix);
        let info = [
            &domain_len[..],
            domain.as_bytes(),
            &prefix_len[..],
            prefix,
            context.as_bytes(),
        ];
        hkdf_sha256(key.expose(), salt, &info, &mut output[..used]);
        let mut commitment = [0u8; COMMITMENT_LEN];
        commitment.copy_from_slice(&output[..COMMITMENT_LEN]);
        let mut nonce = [0u8; N];
        nonce.copy_from_slice(&output[COMMITMENT_LEN + 32..used]);
        let cipher = aes_256_gcm(&output[COMMITMENT_LEN..COMMITMENT_LEN + 32]);
        Self {
            commitment,
            cipher,
            nonce,
        }
    }

    /// Compares the commitment found in foreign bytes, in constant time.
    pub(crate) fn check(&self, found: &[u8]) -> Result<(), Refused> {
        if bool::from(self.commitment.ct_eq(found)) {
            Ok(())
        } else {
            Err(Refused::WrongKeyOrContext)
        }
    }
}

/// HKDF-SHA256 (RFC 5869). An empty salt is 32 zero bytes, as the RFC says.
pub(crate) fn hkdf_sha256(input: &[u8], salt: &[u8], info: &[&[u8]], output: &mut [u8]) {
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(input);
    let filled = prk
        .expand(info, OutputLen(output.len()))
        .and_then(|okm| okm.fill(output));
    certain(filled, "HKDF-SHA256 gives up to 8160 bytes");
}

/// Appends a part with its length before it: eight bytes, big endian. A sequence of frames has one reading.
pub(crate) fn frame(into: &mut Vec<u8>, part: &[u8]) {
    into.extend_from_slice(&frame_len(part));
    into.extend_from_slice(part);
}

/// Takes the result of a call that fails only if this crate broke a rule it fixed at compile time.
#[allow(
    clippy::panic,
    reason = "the only causes are a fault in this crate or in the library: stopping is the safe answer"
)]
pub(crate) fn certain<T>(result: Result<T, Unspecified>, rule: &'static str) -> T {
    match result {
        Ok(value) => value,
        Err(Unspecified) => panic!("the cryptographic library refused although {rule}"),
    }
}

fn frame_len(part: &[u8]) -> [u8; 8] {
    (part.len() as u64).to_be_bytes()
}

fn aes_256_gcm(key: &[u8]) -> LessSafeKey {
    LessSafeKey::new(certain(
        UnboundKey::new(&AES_256_GCM, key),
        "AES-256 takes 32 bytes",
    ))
}

struct OutputLen(usize);

impl hkdf::KeyType for OutputLen {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5869, appendix A, cases 1 and 3.
    #[test]
    fn hkdf_is_the_one_of_the_rfc() {
        let mut output = [0u8; 42];
        let salt = hex::decode("000102030405060708090a0b0c").unwrap();
        let info = hex::decode("f0f1f2f3f4f5f6f7f8f9").unwrap();
        hkdf_sha256(&[0x0b; 22], &salt, &[&info[..3], &info[3..]], &mut output);
        assert_eq!(
            hex::encode(output),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        );
        hkdf_sha256(&[0x0b; 22], &[], &[], &mut output);
        assert_eq!(
            hex::encode(output),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
        );
    }

    #[test]
    fn frames_cannot_be_confused() {
        let framed = |parts: &[&[u8]]| {
            let mut bytes = Vec::new();
            parts.iter().for_each(|part| frame(&mut bytes, part));
            bytes
        };
        assert_ne!(framed(&[b"ab", b"c"]), framed(&[b"a", b"bc"]));
        assert_ne!(framed(&[b"ab"]), framed(&[b"ab", b""]));
    }
}
