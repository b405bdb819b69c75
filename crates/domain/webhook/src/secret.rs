//! What messages are signed with, by the Standard Webhooks specification 1.0.
//!
//! Promises: a secret is 32 random bytes, written `whsec_` and base64; a signature is `v1,` and the base64 of HMAC-SHA256 over
//! `id.timestamp.body`; while a former secret counts, a message carries both signatures.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kernel::Random;
use secrecy::SecretString;
use zeroize::Zeroizing;

const LENGTH: usize = 32;

/// A secret.
pub(crate) struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    pub(crate) fn generate(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new(vec![0; LENGTH]);
        random.fill(&mut bytes);
        Self(bytes)
    }

    pub(crate) fn from_bytes(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As its holder is shown it, once.
    pub(crate) fn to_text(&self) -> SecretString {
        let text = Zeroizing::new(BASE64_STANDARD.encode(&*self.0));
        format!("whsec_{}", *text).into()
    }

    fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let mut sum = hmac::Context::with_key(&hmac::Key::new(HMAC_SHA256, &self.0));
        sum.update(format!("{id}.{seconds}.").as_bytes());
        sum.update(body);
        format!("v1,{}", BASE64_STANDARD.encode(sum.sign()))
    }
}

/// The value of `webhook-signature` for a message that goes out at this second.
pub(crate) fn signature<'s>(
    secrets: impl IntoIterator<Item = &'s Secret>,
    id: &str,
    seconds: i64,
    body: &[u8],
) -> String {
    let signatures = secrets.into_iter().map(|secret| secret.sign(id, seconds, body));
    signatures.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn the_specifications_own_example_is_signed_as_it_says() {
        let bytes = BASE64_STANDARD
            .decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
            .unwrap();
        let secret = Secret::from_bytes(Zeroizing::new(bytes));
        assert_eq!(
            secret.to_text().expose_secret(),
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        );
        let signed = signature(
            [&secret],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
