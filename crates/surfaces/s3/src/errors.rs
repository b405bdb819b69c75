//! The one map from what custody says to what an S3 client is told.
//!
//! Promises: unknown, foreign and unassigned buckets answer with the same bytes, and so do keys; causes of faults go
//! to the log and never to the client; a message says what to do. Leaves out: faults of signatures and of the request's
//! own form, which the door and `s3s` answer.

use access::Action;
use custody::Error;
use custody::dataset::NotTaken;
use http::HeaderValue;
use http::header::CONTENT_RANGE;
use s3s::{S3Error, S3ErrorCode, s3_error};

use crate::object::customer;

/// What a missing thing is called here.
///
/// INVARIANT: it comes from the request, never from custody's noun. A hidden dataset is refused as an item by some acts,
/// and another code would give away that it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// The bucket.
    Bucket,
    /// The key in a bucket that the caller knows of.
    Key,
    /// One version of a key that the caller knows of.
    Version,
}

impl Missing {
    /// The answer for it.
    pub(crate) fn error(self) -> S3Error {
        match self {
            Self::Bucket => s3_error!(NoSuchBucket, "there is no such bucket, or it is not yours to see"),
            Self::Key => s3_error!(NoSuchKey, "there is no such key, or it is not yours to see"),
            Self::Version => s3_error!(
                NoSuchVersion,
                "there is no such version, or it is not yours to see"
            ),
        }
    }
}

/// The answer to an act of custody that did not happen.
pub(crate) fn told(error: Error, missing: Missing) -> S3Error {
    let text = error.to_string();
    match error {
        Error::Unauthenticated => s3_error!(
            InvalidAccessKeyId,
            "the access key is not valid any more; ask an admin of the team for a new one"
        ),
        Error::Expired => S3Error::with_message(S3ErrorCode::ExpiredToken, text),
        Error::NotFound(_) => missing.error(),
        Error::Forbidden { action, reasons } => refusal(action, &reasons),
        Error::NotAdmitted { .. } | Error::NoReason { .. } | Error::Masked(_) => {
            S3Error::with_message(S3ErrorCode::AccessDenied, text)
        }
        Error::RangeNotSatisfiable { size } => no_byte(size),
        Error::Invalid {
            field: "provided_key.missing",
            ..
        } => customer::missing(),
        Error::Invalid {
            field: "provided_key.unexpected",
            ..
        } => customer::unexpected(),
        Error::Invalid {
            field: "provided_key.wrong",
            ..
        } => customer::wrong(),
        Error::Invalid { .. } | Error::NotShown(_) | Error::Gone(_) => {
            S3Error::with_message(S3ErrorCode::InvalidArgument, text)
        }
        Error::Conflict(_) => S3Error::with_message(S3ErrorCode::InvalidObjectState, text),
        Error::ConditionFailed | Error::ReplayMismatch => {
            S3Error::with_message(S3ErrorCode::PreconditionFailed, text)
        }
        Error::Interrupted(_) => s3_error!(
            IncompleteBody,
            "the body ended before its end; nothing was kept, send it again"
        ),
        Error::Mismatch(_) => S3Error::with_message(S3ErrorCode::BadDigest, text),
        Error::TooLarge { .. } => S3Error::with_message(S3ErrorCode::EntityTooLarge, text),
        Error::NotTaken { what, .. } => {
            let code = match what {
                NotTaken::Size => S3ErrorCode::EntityTooLarge,
                NotTaken::Type | NotTaken::Class | NotTaken::Redaction | NotTaken::Purpose => {
                    S3ErrorCode::InvalidRequest
                }
            };
            S3Error::with_message(code, text)
        }
        Error::Altered => {
            tracing::error!("altered bytes were asked for over S3 and were refused");
            S3Error::with_message(S3ErrorCode::InternalError, text)
        }
        Error::NotYetSequenced => S3Error::with_message(S3ErrorCode::SlowDown, text),
        Error::Unavailable(cause) => {
            tracing::warn!(?cause, "a request could not be served");
            s3_error!(
                ServiceUnavailable,
                "the store is not available; try again in a moment"
            )
        }
        Error::Internal(cause) => {
            tracing::error!(?cause, "a request failed");
            s3_error!(
                InternalError,
                "something went wrong on the server; the request id finds it in the log"
            )
        }
    }
}

/// Names the length, as RFC 9110 wants it (section 15.5.17).
pub(crate) fn no_byte(size: u64) -> S3Error {
    let mut error = s3_error!(InvalidRange, "no byte of the object lies in the range");
    let value = HeaderValue::try_from(format!("bytes */{size}")).ok();
    error.set_headers(value.into_iter().map(|value| (CONTENT_RANGE, value)).collect());
    error
}

/// Rules about the state of a thing: whoever asks, something else must be done first.
const STATE_RULES: [&str; 3] = ["limit.archive-first", "limit.archived", "limit.restore"];
/// The rule that keeps what is locked.
const HOLD_RULE: &str = "limit.hold";
/// The rule about what could not be cleaned.
const QUARANTINE_RULE: &str = "limit.quarantine";

fn refusal(action: Action, reasons: &[String]) -> S3Error {
    if reasons.iter().any(|id| id == HOLD_RULE) {
        return held("the version is locked until its date has come or the lock is lifted");
    }
    if reasons.iter().any(|id| id == QUARANTINE_RULE) {
        return s3_error!(
            InvalidObjectState,
            "cannot {} now: it is in quarantine, since it could not be cleaned of what identifies people; an owner or admin can \
             release or delete it",
            action.says()
        );
    }
    if !reasons.is_empty() && reasons.iter().all(|id| STATE_RULES.contains(&id.as_str())) {
        return s3_error!(
            InvalidObjectState,
            "cannot {} now ({}): it is archived; restore it first",
            action.says(),
            reasons.join(", ")
        );
    }
    s3_error!(
        AccessDenied,
        "this key may not {} ({}); an admin of the team can change who may",
        action.says(),
        reasons.join(", ")
    )
}

/// A lock stands against it.
pub(crate) fn held(sentence: impl Into<std::borrow::Cow<'static, str>>) -> S3Error {
    S3Error::with_message(S3ErrorCode::AccessDenied, sentence)
}

/// An operation, or a part of one, that is not served.
pub(crate) fn not_served(sentence: &'static str) -> S3Error {
    S3Error::with_message(S3ErrorCode::NotImplemented, sentence)
}

/// The body is another than the one that was signed.
pub(crate) fn hash_mismatch() -> S3Error {
    let code = S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into());
    let mut error = S3Error::with_message(
        code,
        "the SHA-256 of the body is another than the signed one; nothing was kept",
    );
    error.set_status_code(http::StatusCode::BAD_REQUEST);
    error
}

/// An input that cannot be taken.
pub(crate) fn invalid(sentence: impl Into<std::borrow::Cow<'static, str>>) -> S3Error {
    S3Error::with_message(S3ErrorCode::InvalidArgument, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noun_of_what_is_not_found_is_not_told() {
        for missing in [Missing::Bucket, Missing::Key, Missing::Version] {
            let [dataset, item] =
                ["dataset", "item"].map(|noun| told(Error::NotFound(noun), missing).to_string());
            assert_eq!(dataset, item);
        }
    }

    #[test]
    fn causes_stay_at_home() {
        for error in [
            Error::Internal("disk 7".into()),
            Error::Unavailable("disk 7".into()),
            Error::Interrupted("disk 7".into()),
        ] {
            let told = told(error, Missing::Key);
            assert!(!told.to_string().contains("disk 7"), "{told}");
            assert!(told.message().is_some_and(|message| !message.is_empty()));
        }
    }

    #[test]
    fn a_refusal_by_state_is_not_called_a_lack_of_rights() {
        let refused = |reason: &str| {
            let reasons = vec![reason.to_owned()];
            told(
                Error::Forbidden {
                    action: Action::ItemDownload,
                    reasons,
                },
                Missing::Key,
            )
        };
        assert_eq!(*refused("limit.archived").code(), S3ErrorCode::InvalidObjectState);
        assert_eq!(*refused("limit.hold").code(), S3ErrorCode::AccessDenied);
        assert_eq!(*refused("nothing-permits").code(), S3ErrorCode::AccessDenied);
    }
}
