//! What a remote store's errors come to: the object is missing, or the place cannot serve, and why in few words.
//!
//! INVARIANT: texts are made of words of ours, status numbers and the provider's short codes. What else an answer holds,
//! the access key's id for instance, and addresses with signatures in them are never repeated.

use std::error::Error as _;

use gate::Refused;
use kernel::ObjectId;
use object_store::client::{HttpError, HttpErrorKind};

use crate::StoreError;
use crate::objects::PlaceLabel;

/// The error of an act on an object.
pub(super) fn of_object(
    place: &PlaceLabel,
    verb: &str,
    id: ObjectId,
    error: &object_store::Error,
) -> StoreError {
    match error {
        // A bucket that is gone, or a wrong name in the configuration, is not the loss of one object.
        object_store::Error::NotFound { .. } if !code(error).is_some_and(|code| code.contains("Bucket")) => {
            StoreError::ObjectMissing(id)
        }
        _ => of_place(place, verb, error),
    }
}

/// The error of an act on the whole place.
pub(super) fn of_place(place: &PlaceLabel, verb: &str, error: &object_store::Error) -> StoreError {
    StoreError::unavailable(format!("the place `{place}` cannot {verb}: {}", reason(error)))
}

/// No answer within the time that is given to every request.
pub(super) fn too_slow(place: &PlaceLabel, verb: &str) -> StoreError {
    StoreError::unavailable(format!("the place `{place}` cannot {verb}: no answer in time"))
}

/// Few words on what went wrong.
pub(super) fn reason(error: &object_store::Error) -> String {
    let words = match error {
        object_store::Error::NotFound { .. } => "it is not there",
        object_store::Error::Unauthenticated { .. } => "the credentials are refused",
        object_store::Error::PermissionDenied { .. } => "the credentials do not allow it",
        object_store::Error::Precondition { .. } | object_store::Error::NotModified { .. } => {
            "it was changed"
        }
        object_store::Error::AlreadyExists { .. } => "it is there already",
        object_store::Error::NotImplemented { .. } | object_store::Error::NotSupported { .. } => {
            "the provider does not know this request"
        }
        other => transport(other),
    };
    match (code(error), status(error)) {
        (Some(code), _) => format!("{words} ({code})"),
        (None, Some(status)) => format!("{words} (status {status})"),
        (None, None) => words.to_owned(),
    }
}

fn transport(error: &object_store::Error) -> &'static str {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(http) = cause.downcast_ref::<HttpError>() {
            match Refused::behind(http) {
                Some(Refused::NotListed(..)) => {
                    return "the server does not connect to this host: it is not listed";
                }
                Some(Refused::Inside(..)) => {
                    return "the server does not connect to this host: it leads inside, and `egress.inside` does not name it";
                }
                None => {}
            }
            return match http.kind() {
                HttpErrorKind::Connect => "no connection",
                HttpErrorKind::Timeout => "no answer in time",
                HttpErrorKind::Request | HttpErrorKind::Interrupted => "the connection broke",
                HttpErrorKind::Decode => "the answer makes no sense",
                _ => "the request failed",
            };
        }
        source = cause.source();
    }
    "the request failed"
}

/// The provider's own code, as S3, Google and Azure all give it in XML.
pub(super) fn code(error: &object_store::Error) -> Option<String> {
    code_in(&error.to_string())
}

fn code_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let fits = (1..=48).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    fits.then(|| code.to_owned())
}

fn status(error: &object_store::Error) -> Option<u16> {
    let text = error.to_string();
    let (_, rest) = text.split_once("status code: ")?;
    rest.get(..3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use kernel::{SystemRandom, Timestamp};

    use super::*;

    fn generic(text: &str) -> object_store::Error {
        object_store::Error::Generic {
            store: "S3",
            source: text.into(),
        }
    }

    #[test]
    fn a_code_is_told_and_nothing_else_of_the_answer() {
        let answer = "Server returned non-2xx status code: 403 Forbidden: <Error><Code>InvalidAccessKeyId</Code>\
             <AWSAccessKeyId>AKIAEXAMPLE</AWSAccessKeyId></Error>";
        let told = of_place(&PlaceLabel::home(), "store", &generic(answer)).to_string();
        assert!(
            told.contains("InvalidAccessKeyId") && !told.contains("AKIAEXAMPLE"),
            "{told}"
        );
        let told = reason(&generic(
            "status code: 503 Slow: https://host/?X-Amz-Signature=abc",
        ));
        assert_eq!(told, "the request failed (status 503)");
        assert_eq!(code_in("<Code>a b</Code>"), None);
    }

    #[test]
    fn a_missing_bucket_is_not_a_missing_object() {
        let id = ObjectId::make(Timestamp::from_micros(0), &SystemRandom);
        let missing = |text: &str| object_store::Error::NotFound {
            path: "x".into(),
            source: text.into(),
        };
        let told = |text| of_object(&PlaceLabel::home(), "read", id, &missing(text));
        assert_eq!(told("<Code>NoSuchKey</Code>"), StoreError::ObjectMissing(id));
        assert!(matches!(
            told("<Code>NoSuchBucket</Code>"),
            StoreError::Unavailable { .. }
        ));
    }
}
