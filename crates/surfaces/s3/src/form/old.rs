//! Forms whose policy is signed as S3 did at first (version 2): HMAC-SHA1 over the policy, with the access key beside it.
//!
//! Promises: the signature is compared here, in constant time, before `s3s` compares it again; only forms are taken so, because
//! their policy names its own end. Leaves out: whether the policy allows what the form says, which is `s3s`'s.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use s3s::{S3Error, S3Result, s3_error};
use secrecy::ExposeSecret as _;

use super::Form;
use crate::signature::{Secrets, unknown_key};

/// A signature of version 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Old<'f> {
    access_key: &'f str,
    signature: &'f str,
    policy: &'f str,
}

impl<'f> Old<'f> {
    /// The signature of a form, if it is one of this version.
    ///
    /// # Errors
    /// One that is signed twice, or not to the end.
    pub(crate) fn of(form: &'f Form) -> S3Result<Option<Self>> {
        let [access_key, signature] = ["awsaccesskeyid", "signature"].map(|name| form.field(name));
        if access_key.is_none() && signature.is_none() {
            return Ok(None);
        }
        if form.field("x-amz-signature").is_some() {
            return Err(s3_error!(
                InvalidArgument,
                "sign the form once, not in two versions"
            ));
        }
        match (access_key, signature, form.field("policy")) {
            (Some(access_key), Some(signature), Some(policy)) => Ok(Some(Self {
                access_key,
                signature,
                policy,
            })),
            _ => Err(s3_error!(
                InvalidArgument,
                "a signed form has the fields policy, signature and AWSAccessKeyId"
            )),
        }
    }

    /// Compares the signature with the one that the key's secret makes.
    pub(crate) async fn check(self, secrets: &dyn Secrets) -> S3Result<()> {
        check_end(self.policy)?;
        let secret = secrets.find(self.access_key).await?.ok_or_else(unknown_key)?;
        let signature = STANDARD.decode(self.signature).map_err(|_| other())?;
        let key = hmac::Key::new(
            hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            secret.expose_secret().as_bytes(),
        );
        hmac::verify(&key, self.policy.as_bytes(), &signature).map_err(|_| other())
    }
}

/// A policy that can be read names its end as S3 does, and not in any way that some reader of dates understands.
fn check_end(policy: &str) -> S3Result<()> {
    let policy = STANDARD.decode(policy).ok();
    let policy = policy.and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok());
    let end = policy
        .as_ref()
        .and_then(|policy| policy.get("expiration")?.as_str());
    if end.is_none_or(|end| end.get(10..11) == Some("T") && end.ends_with('Z')) {
        return Ok(());
    }
    Err(s3_error!(
        InvalidPolicyDocument,
        "the expiration of a policy is written like 2026-01-05T09:00:00Z"
    ))
}

fn other() -> S3Error {
    s3_error!(
        SignatureDoesNotMatch,
        "the signature does not match: it is the base64 of the HMAC-SHA1 of the policy field, with the secret access key"
    )
}
