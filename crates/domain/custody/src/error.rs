//! What can go wrong, named by the condition and by who can mend it, not by the cause.

use access::Action;
use operation::{OperationError, PermitError, Refused};
use store::StoreError;

/// Why an act of custody did not happen. Surfaces map each to their own shape once.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such key, a wrong secret, an invalidated or expired key, a disabled member: all alike.
    #[error("the API key is not valid; check it, or ask an admin of the team for a new one")]
    Unauthenticated,
    /// A temporary credential whose time is over, by somebody who has its secret.
    #[error("the temporary credential has expired; take a new one")]
    Expired,
    /// Unknown, foreign, or not assigned to the caller: all alike.
    #[error("there is no such {0}, or it is not yours to see")]
    NotFound(&'static str),
    /// The caller may know of it and may not do this.
    #[error("not allowed: {}", .reasons.join(", "))]
    Forbidden {
        /// What was asked for.
        action: Action,
        /// The policies' reasons.
        reasons: Vec<String>,
    },
    /// The member has not done what the tenant asks for before they see anything; the text says what.
    #[error("before anything else: {}; `/v1/admission` and the console show it", .missing.join("; "))]
    NotAdmitted {
        /// What was asked for.
        action: Action,
        /// What to do.
        missing: Vec<String>,
    },
    /// An input has a problem; the text says which and what to do.
    #[error("{field}: {problem}")]
    Invalid {
        /// The field or header.
        field: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The state of things does not allow it now; the text says what to do first.
    #[error("{0}")]
    Conflict(String),
    /// The caller's condition (If-Match, If-None-Match) does not hold any more.
    #[error("the item is not in the state that the request names; fetch it again and decide anew")]
    ConditionFailed,
    /// No byte of the content lies in the range that was asked for. The trail has the attempt, for it tells the size.
    #[error("the content has {size} bytes; ask for a range that begins before its end")]
    RangeNotSatisfiable {
        /// The bytes there are.
        size: u64,
    },
    /// The same idempotency key came with another request.
    #[error("this idempotency key was used for a different request; use a new key for a new request")]
    ReplayMismatch,
    /// The body ended early or the connection broke; nothing was kept.
    #[error("the upload did not finish ({0}); nothing was kept, send it again")]
    Interrupted(String),
    /// The body is not what was declared; nothing was kept.
    #[error("the body does not match what was declared: {0}; nothing was kept")]
    Mismatch(String),
    /// The body is larger than this installation takes in.
    #[error("the body is larger than {limit} bytes; nothing was kept")]
    TooLarge {
        /// The most bytes that are taken.
        limit: u64,
    },
    /// The dataset does not take this in.
    #[error("{takes}; nothing was kept")]
    NotTaken {
        /// Which part of the dataset's rule is not met.
        what: crate::dataset::NotTaken,
        /// What the dataset takes in.
        takes: String,
    },
    /// The dataset asks why its content is read, and no reason was given that it knows; the text says which it knows.
    #[error("{says}")]
    NoReason {
        /// The word in the trail.
        reason: &'static str,
        /// What to send.
        says: String,
    },
    /// It would show what is masked for whoever asks; the text says what to do.
    #[error("{0}")]
    Masked(&'static str),
    /// Nothing can be shown of it; the text says why, and what to do. It quotes nothing of the content.
    #[error("{0}")]
    NotShown(String),
    /// It was there for a while, and that is over; the text says what to do.
    #[error("{0}")]
    Gone(String),
    /// Stored bytes fail their seal. They are never returned.
    #[error(
        "the stored bytes of this item have been altered and are not returned; the operator has been told"
    )]
    Altered,
    /// The event has no place in the log yet, so there is nothing to prove. It gets one within about a second.
    #[error("the event has no place in the log yet; ask again in a second")]
    NotYetSequenced,
    /// The store cannot write or read at present.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// A fault of ours. The operation id in the answer finds the cause in the log.
    #[error("something went wrong on the server")]
    Internal(String),
}

/// Results of custody.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn invalid(field: &'static str, problem: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            problem: problem.into(),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { reason } => Self::Unavailable(reason),
            missing @ StoreError::PlaceMissing(_) => Self::Unavailable(missing.to_string()),
            StoreError::Contention => {
                Self::Unavailable("too many acts on the same thing at once; try again".into())
            }
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<outbox::Error> for Error {
    fn from(error: outbox::Error) -> Self {
        match error {
            outbox::Error::Store(error) => error.into(),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<OperationError> for Error {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::Store(error) => error.into(),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<PermitError> for Error {
    fn from(error: PermitError) -> Self {
        match error {
            PermitError::Operation(error) => error.into(),
            PermitError::Refused(refused) => refused.into(),
        }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        if refused.hidden {
            return Self::NotFound(noun(refused.action));
        }
        Self::Forbidden {
            action: refused.action,
            reasons: refused.reasons,
        }
    }
}

/// A row whose sealed parts do not open has been altered, or its key is not the one it was sealed with.
impl From<sealing::Refused> for Error {
    fn from(_: sealing::Refused) -> Self {
        Self::Altered
    }
}

fn noun(action: Action) -> &'static str {
    action
        .as_str()
        .split('.')
        .next()
        .map_or("thing", |noun| match noun {
            "grant" | "export" | "share" => "dataset",
            "record" => "item",
            "receipt" | "trail" => "event",
            "contract" => "tenant",
            "register" => "entry",
            other => known_noun(other),
        })
}

fn known_noun(word: &str) -> &'static str {
    [
        "tenant", "member", "key", "dataset", "item", "subject", "request", "purpose", "task",
    ]
    .into_iter()
    .find(|noun| *noun == word)
    .unwrap_or("thing")
}
