//! What a client demands beside the bytes: lists of rights, classes of storage.
//!
//! INVARIANT: nothing is accepted and then ignored. What is true anyway is accepted; what is not served is refused.

use http::{HeaderMap, HeaderValue};
use s3s::{S3Error, S3Result, s3_error};

use crate::errors::not_served;

/// Demands on something that is to be written.
pub(crate) fn check_write(headers: &HeaderMap) -> S3Result<()> {
    check_acl(headers)?;
    check_class(headers)?;
    for (begin, sentence) in NOT_SERVED {
        if headers.keys().any(|name| name.as_str().starts_with(begin)) {
            return Err(not_served(sentence));
        }
    }
    Ok(())
}

const NOT_SERVED: [(&str, &str); 2] = [
    ("x-amz-website-redirect-location", "websites are not served"),
    (
        "x-amz-write-offset-bytes",
        "bytes cannot be appended to an object; put a new version",
    ),
];

pub(crate) fn check_acl(headers: &HeaderMap) -> S3Result<()> {
    let canned: [&[u8]; 3] = [b"private", b"bucket-owner-full-control", b"bucket-owner-read"];
    let owners = |value: &HeaderValue| canned.contains(&value.as_bytes());
    let granted = headers
        .keys()
        .any(|name| name.as_str().starts_with("x-amz-grant-"));
    if granted || !headers.get_all("x-amz-acl").iter().all(owners) {
        return Err(no_lists());
    }
    Ok(())
}

/// A list of rights that says more than that the owner may do everything.
pub(crate) fn no_lists() -> S3Error {
    s3_error!(
        AccessControlListNotSupported,
        "ACLs are not used here: who may what is given by the members of the team; leave the header out or send private"
    )
}

/// Classes from which objects can be read at once are all one here.
fn check_class(headers: &HeaderMap) -> S3Result<()> {
    let at_once = [
        "STANDARD",
        "REDUCED_REDUNDANCY",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
    ];
    let known = |value: &HeaderValue| at_once.iter().any(|class| class.as_bytes() == value.as_bytes());
    if headers.get_all("x-amz-storage-class").iter().all(known) {
        return Ok(());
    }
    Err(s3_error!(
        InvalidStorageClass,
        "there is one class of storage; leave the header out or send STANDARD"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(name: &'static str, value: &'static str) -> Option<String> {
        let headers = HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_static(value))]);
        check_write(&headers)
            .err()
            .map(|error| error.code().as_str().to_owned())
    }

    #[test]
    fn what_is_true_anyway_is_accepted() {
        assert_eq!(check_write(&HeaderMap::new()).map_err(|_| ()), Ok(()));
        for (name, value) in [("x-amz-acl", "private"), ("x-amz-storage-class", "STANDARD")] {
            assert_eq!(code(name, value), None, "{name}");
        }
    }

    #[test]
    fn what_is_not_served_is_refused() {
        for (name, value, expected) in [
            ("x-amz-acl", "public-read", "AccessControlListNotSupported"),
            ("x-amz-grant-read", "id=1", "AccessControlListNotSupported"),
            ("x-amz-storage-class", "GLACIER", "InvalidStorageClass"),
            ("x-amz-write-offset-bytes", "5", "NotImplemented"),
        ] {
            assert_eq!(code(name, value).as_deref(), Some(expected), "{name}: {value}");
        }
    }
}
