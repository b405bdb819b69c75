//! How S3 clients are told that an object is sealed: with the server's keys (SSE-S3), with the tenant's key named (SSE-KMS), or
//! with a key of their own.
//!
//! Promises: everything here hangs on the tenant's key, so that a client which asks for that key by its id (the tenant's id, or
//! an ARN that ends with it), or for no key in particular, gets what it asks for and is told so later. Any other key id is
//! refused. Leaves out: keys of the client's own (`customer`).

use std::collections::BTreeMap;

use custody::item::Version;
use http::{HeaderMap, HeaderValue};
use s3s::dto::ServerSideEncryption;
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::customer::Customer;
use crate::errors::invalid;
use crate::signature::Owner;

/// The note of a version that says what was asked for.
pub(crate) const NOTE: &str = "sse";
const HEADER: &str = "x-amz-server-side-encryption";
const KEY_ID: &str = "x-amz-server-side-encryption-aws-kms-key-id";
const CONTEXT: &str = "x-amz-server-side-encryption-context";
const BUCKET_KEY: &str = "x-amz-server-side-encryption-bucket-key-enabled";
const CUSTOMER: &str = "x-amz-server-side-encryption-customer-algorithm";

/// What a client asks for, or a bucket gives to all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sealing {
    /// The server's keys, whichever they are.
    Plain,
    /// The tenant's key, by the name that the client has for it.
    Key(String),
}

impl Sealing {
    /// What the headers of a write ask for, if they ask for anything.
    pub(crate) fn asked(headers: &HeaderMap, owner: &Owner) -> S3Result<Option<Self>> {
        refuse_extras(headers)?;
        let key = headers.get(KEY_ID).map(HeaderValue::to_str).transpose();
        let key = key.map_err(|_| invalid("the id of a key is visible ASCII"))?;
        let Some(asked) = headers.get(HEADER) else {
            return key.map_or(Ok(None), |_| Err(invalid("the id of a key comes with aws:kms")));
        };
        if headers.contains_key(CUSTOMER) {
            return Err(invalid(
                "an object is sealed with a key of the client's own or with the server's: send the headers of one",
            ));
        }
        let asked = asked.to_str().unwrap_or_default();
        Self::named(asked, key.filter(|key| !key.is_empty()), owner).map(Some)
    }

    /// What an algorithm and the id of a key ask for.
    pub(crate) fn named(algorithm: &str, key: Option<&str>, owner: &Owner) -> S3Result<Self> {
        match (algorithm, key) {
            (ServerSideEncryption::AES256, None) => Ok(Self::Plain),
            (ServerSideEncryption::AES256, Some(_)) => Err(invalid("the id of a key comes with aws:kms")),
            (ServerSideEncryption::AWS_KMS, None) => Ok(Self::Key(owner.id.clone())),
            (ServerSideEncryption::AWS_KMS, Some(key)) if is_owners(key, owner) => {
                Ok(Self::Key(key.to_owned()))
            }
            (ServerSideEncryption::AWS_KMS, Some(_)) => Err(unknown_key(owner)),
            _ => Err(invalid("x-amz-server-side-encryption is AES256 or aws:kms")),
        }
    }

    /// As a version's note.
    pub(crate) fn note(&self) -> String {
        match self {
            Self::Plain => ServerSideEncryption::AES256.to_owned(),
            Self::Key(key) => format!("{} {key}", ServerSideEncryption::AWS_KMS),
        }
    }

    /// What the notes of a version or an upload say.
    pub(crate) fn of_notes(notes: &BTreeMap<String, String>) -> Self {
        let key = notes.get(NOTE).and_then(|note| note.split_once(' '));
        key.map_or(Self::Plain, |(_, key)| Self::Key(key.to_owned()))
    }

    /// S3's word for it.
    pub(crate) fn algorithm(&self) -> ServerSideEncryption {
        ServerSideEncryption::from_static(match self {
            Self::Plain => ServerSideEncryption::AES256,
            Self::Key(_) => ServerSideEncryption::AWS_KMS,
        })
    }

    /// The key's name.
    pub(crate) fn key(self) -> Option<String> {
        match self {
            Self::Plain => None,
            Self::Key(key) => Some(key),
        }
    }
}

/// INVARIANT: what is not used is refused, never passed over.
fn refuse_extras(headers: &HeaderMap) -> S3Result<()> {
    if headers.contains_key(CONTEXT) {
        return Err(invalid(
            "contexts of keys are not used here: leave the header out",
        ));
    }
    let bucket_key = headers.get(BUCKET_KEY).map(HeaderValue::as_bytes);
    if bucket_key.is_some_and(|value| !value.eq_ignore_ascii_case(b"false")) {
        return Err(invalid(
            "keys of buckets cannot be asked for: leave the header out",
        ));
    }
    Ok(())
}

/// Whether this names the tenant's own key: by the tenant's id, or as `arn:aws:kms:region:account:key/id`.
fn is_owners(key: &str, owner: &Owner) -> bool {
    let mut parts = key.splitn(6, ':');
    let named = match (parts.next(), parts.next(), parts.next(), parts.nth(2)) {
        (Some("arn"), Some(_), Some("kms"), Some(resource)) => resource.strip_prefix("key/"),
        _ => Some(key),
    };
    named == Some(owner.id.as_str())
}

fn unknown_key(owner: &Owner) -> S3Error {
    let sentence = format!(
        "there is no such key: everything of this tenant hangs on its own key, whose id is {}",
        owner.id
    );
    let code = S3ErrorCode::Custom("KMS.NotFoundException".into());
    let mut error = S3Error::with_message(code, sentence);
    error.set_status_code(http::StatusCode::BAD_REQUEST);
    error
}

/// A request that only reads has no wishes about sealing.
pub(crate) fn check_read(headers: &HeaderMap) -> S3Result<()> {
    if [HEADER, KEY_ID, CONTEXT]
        .iter()
        .any(|name| headers.contains_key(*name))
    {
        return Err(invalid(
            "x-amz-server-side-encryption comes with writes: an object is opened as it was sealed",
        ));
    }
    Ok(())
}

/// What an answer says of how the object is sealed.
pub(crate) struct Said {
    pub(crate) sealed: Option<ServerSideEncryption>,
    pub(crate) kms_key: Option<String>,
    pub(crate) algorithm: Option<String>,
    pub(crate) md5: Option<String>,
}

impl Said {
    /// About a version. One that lies in a bucket of the tenant's own is not sealed by this server.
    pub(crate) fn of_version(version: &Version, customer: Option<&Customer>) -> Self {
        match version.reference {
            None => Self::of(&version.notes, customer),
            Some(_) => Self {
                sealed: None,
                kms_key: None,
                algorithm: None,
                md5: None,
            },
        }
    }

    /// About what has these notes.
    pub(crate) fn of(notes: &BTreeMap<String, String>, customer: Option<&Customer>) -> Self {
        // An object sealed with a key of the client's own is not called sealed with the server's.
        if let Some(customer) = customer {
            return Self {
                sealed: None,
                kms_key: None,
                algorithm: Some(super::customer::ALGORITHM.to_owned()),
                md5: Some(customer.md5().to_owned()),
            };
        }
        let sealing = Sealing::of_notes(notes);
        Self {
            sealed: Some(sealing.algorithm()),
            kms_key: sealing.key(),
            algorithm: None,
            md5: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01a202c4-c7b2-7589-9e18-bb23ab05a129";

    fn asked(pairs: &[(&'static str, &str)]) -> Result<Option<Sealing>, String> {
        let owner = Owner {
            id: ID.into(),
            name: "clinic".into(),
        };
        let pairs = pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let headers = HeaderMap::from_iter(pairs);
        Sealing::asked(&headers, &owner).map_err(|error| error.code().as_str().to_owned())
    }

    #[test]
    fn the_tenants_own_key_can_be_asked_for() {
        let arn = format!("arn:aws:kms:eu-north-1:123456789012:key/{ID}");
        let kms = |key: &str| asked(&[(HEADER, "aws:kms"), (KEY_ID, key)]);
        assert_eq!(asked(&[]), Ok(None));
        assert_eq!(asked(&[(HEADER, "AES256")]), Ok(Some(Sealing::Plain)));
        assert_eq!(asked(&[(HEADER, "aws:kms")]), Ok(Some(Sealing::Key(ID.into()))));
        for name in [ID, &arn] {
            let key = Sealing::Key(name.to_owned());
            assert_eq!(kms(name), Ok(Some(key.clone())));
            assert_eq!(
                Sealing::of_notes(&BTreeMap::from([(NOTE.into(), key.note())])),
                key
            );
        }
        let others = [
            "other",
            "alias/mine",
            "arn:aws:kms:::key/other",
            "arn:aws:s3:::x",
            "arn",
        ];
        for other in others {
            assert_eq!(kms(other), Err("KMS.NotFoundException".into()), "{other}");
        }
    }

    #[test]
    fn wishes_that_contradict_each_other_are_refused() {
        let refused = Err("InvalidArgument".to_owned());
        for pairs in [
            &[(HEADER, "AES256"), (KEY_ID, ID)][..],
            &[(KEY_ID, ID)],
            &[(HEADER, "AES256"), (CUSTOMER, "AES256")],
            &[(HEADER, "aws:kms"), (CUSTOMER, "AES256")],
            &[(HEADER, "aws:kms:dsse")],
            &[(HEADER, "aes:kms")],
            &[(HEADER, "aws:kms"), (CONTEXT, "e30=")],
            &[(HEADER, "aws:kms"), (BUCKET_KEY, "true")],
        ] {
            assert_eq!(asked(pairs), refused, "{pairs:?}");
        }
    }
}
