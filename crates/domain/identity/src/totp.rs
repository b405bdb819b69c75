//! Codes by time (RFC 6238): HMAC-SHA-1, six digits, thirty seconds, as every authenticator app knows them.
//!
//! Promises: the step before and the step after are taken as well, for clocks that differ; which step a code belongs to
//! is told, so that none is taken twice. Leaves out: storing (rooms above), and protection against somebody who talks
//! the code out of a person: that is what passkeys are for.

use aws_lc_rs::hmac;
use kernel::{Random, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// 160 bits, as RFC 4226 recommends.
pub(crate) const SECRET_LEN: usize = 20;
const STEP_SECONDS: i64 = 30;
const DIGITS: usize = 6;
/// Steps before and after the present one that are taken too.
const LEEWAY: i64 = 1;

/// What app and server share.
pub(crate) struct TotpSecret(Zeroizing<[u8; SECRET_LEN]>);

impl TotpSecret {
    pub(crate) fn generate(random: &dyn Random) -> Self {
        let mut secret = Zeroizing::new([0u8; SECRET_LEN]);
        random.fill(&mut *secret);
        Self(secret)
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|secret| Self(Zeroizing::new(secret)))
    }

    pub(crate) fn expose(&self) -> &[u8; SECRET_LEN] {
        &self.0
    }

    /// The step that the code is for, if it is for one near this moment.
    pub(crate) fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let code = digits(code)?;
        let present = now.as_seconds().div_euclid(STEP_SECONDS);
        let mut found = None;
        // Every step is computed, whichever fits, so that time tells nothing.
        for step in present - LEEWAY..=present + LEEWAY {
            if bool::from(self.code(step).as_bytes().ct_eq(code.as_bytes())) {
                found = Some(step);
            }
        }
        found
    }

    fn code(&self, step: i64) -> String {
        let number = truncated(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0[..], step) % 1_000_000;
        format!("{number:0width$}", width = DIGITS)
    }

    /// The secret as people type it: base32 (RFC 4648) without padding.
    pub(crate) fn to_text(&self) -> SecretString {
        base32(&self.0[..]).into()
    }

    /// What apps read from a QR code.
    pub(crate) fn to_uri(&self, issuer: &str, account: &str) -> SecretString {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let (issuer, account) = (encode(issuer), encode(account));
        let secret = Zeroizing::new(base32(&self.0[..]));
        let uri = format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}",
            &*secret
        );
        uri.into()
    }
}

/// The digits of a code; people put spaces into them.
fn digits(code: &str) -> Option<String> {
    if code.len() > 20 {
        return None;
    }
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    (code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit())).then_some(code)
}

/// Dynamic truncation (RFC 4226, section 5.3) of the keyed hash of the counter: 31 bits.
fn truncated(algorithm: hmac::Algorithm, secret: &[u8], counter: i64) -> u32 {
    let tag = hmac::sign(&hmac::Key::new(algorithm, secret), &counter.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 0x0f);
    let four = tag.get(offset..offset + 4).unwrap_or(&[0; 4]);
    four.iter()
        .fold(0, |number: u32, byte| number << 8 | u32::from(*byte))
        & 0x7fff_ffff
}

/// RFC 4648 base32 without padding.
pub(crate) fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bit = |place: usize| {
        bytes
            .get(place / 8)
            .is_some_and(|byte| byte >> (7 - place % 8) & 1 == 1)
    };
    let letter =
        |start: usize| (start..start + 5).fold(0, |value, place| value << 1 | usize::from(bit(place)));
    (0..bytes.len() * 8)
        .step_by(5)
        .map(|start| char::from(LETTERS[letter(start)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    fn secret() -> TotpSecret {
        TotpSecret::from_slice(b"12345678901234567890").unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    /// RFC 4226, appendix D.
    #[test]
    fn counters_give_the_codes_of_rfc_4226() {
        let codes: Vec<String> = (0..5).map(|step| secret().code(step)).collect();
        assert_eq!(codes, ["755224", "287082", "359152", "969429", "338314"]);
    }

    /// RFC 6238, appendix B, all eight digits, and the other hashes once.
    #[test]
    fn moments_give_the_codes_of_rfc_6238() {
        let eight =
            |algorithm, secret: &[u8], seconds: i64| truncated(algorithm, secret, seconds / 30) % 100_000_000;
        for (seconds, code) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            let sha1 = hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY;
            assert_eq!(eight(sha1, b"12345678901234567890", seconds), code);
        }
        let long = b"1234567890123456789012345678901234567890123456789012345678901234";
        assert_eq!(eight(hmac::HMAC_SHA256, &long[..32], 59), 46_119_246);
        assert_eq!(eight(hmac::HMAC_SHA512, long, 59), 90_693_936);
    }

    #[test]
    fn a_code_is_good_in_its_step_and_one_beside_it() {
        let code = secret().code(100);
        for (seconds, good) in [
            (2969, false),
            (2970, true),
            (3000, true),
            (3059, true),
            (3060, false),
        ] {
            assert_eq!(secret().step_of(&code, at(seconds)).is_some(), good, "{seconds}");
        }
        assert_eq!(
            secret().step_of(&format!(" {} {}", &code[..3], &code[3..]), at(3000)),
            Some(100)
        );
    }

    #[test]
    fn apps_read_the_uri() {
        let uri = secret().to_uri("Bailee of clinic", "ada@example.org");
        assert_eq!(
            uri.expose_secret(),
            "otpauth://totp/Bailee%20of%20clinic:ada%40example%2Eorg?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Bailee%20of%20clinic&algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
    }

    proptest! {
        #[test]
        fn any_text_is_a_code_or_none(text in ".{0,40}", seconds in any::<i32>()) {
            let _ = secret().step_of(&text, at(seconds.into()));
        }
    }
}
