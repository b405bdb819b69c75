//! What can go wrong, named by the condition and by who can mend it.

use access::Action;
use kernel::Timestamp;
use operation::{OperationError, PermitError, Refused};
use store::StoreError;

/// Why somebody could not prove who they are, or could not change how they do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Unknown team, unknown person, wrong password, wrong code, a disabled member: all alike.
    #[error("that did not work: check the team, the e-mail address and the password or code, and try again")]
    NotProven,
    /// Too many attempts have failed; the next one is looked at from this moment on.
    #[error("too many attempts have failed; try again after {until}")]
    Wait {
        /// When the next attempt is looked at.
        until: Timestamp,
    },
    /// More people sign in at this moment than the server can look at.
    #[error("too many people are signing in at this moment; try again in some seconds")]
    Busy,
    /// No such session, or it has ended: idle, too old, signed out, revoked, its member disabled. All alike.
    #[error("you are signed out; sign in again")]
    SignedOut,
    /// The step of signing in took too long, or its tries are used up.
    #[error("this step of signing in has ended; begin again with your password")]
    StepOver,
    /// The invitation is unknown, used, taken back or too old: all alike.
    #[error("this invitation is not valid any more; ask whoever sent it for a new one")]
    NotInvited,
    /// The tenant holds its key itself, and a password cannot open it.
    #[error(
        "this team holds its key itself, so a password opens nothing here; use an API key of yours, which brings the team's key along"
    )]
    CustomerHeld,
    /// The team's provider of single sign-on did not answer, or not as one.
    #[error(
        "your team's sign-in service did not answer as it should ({0}); try again, or tell an owner of your team"
    )]
    Provider(&'static str),
    /// Unknown, foreign, or not the caller's to see: all alike.
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
    /// An input has a problem; the text says which and what to do.
    #[error("{field}: {problem}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The state of things does not allow it now; the text says what to do first.
    #[error("{0}")]
    Conflict(String),
    /// Stored bytes fail their seal.
    #[error("what is stored about this person has been altered and is not used; tell the operator")]
    Altered,
    /// The store cannot write or read at present.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// A fault of ours. The operation id in the answer finds the cause in the log.
    #[error("something went wrong on the server")]
    Internal(String),
}

/// Results of identity.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn invalid(field: &'static str, problem: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            problem: problem.into(),
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

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { reason } => Self::Unavailable(reason),
            StoreError::Contention => {
                Self::Unavailable("too many acts on the same thing at once; try again".into())
            }
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
            return Self::NotFound("person");
        }
        Self::Forbidden {
            action: refused.action,
            reasons: refused.reasons,
        }
    }
}

impl From<sealing::Refused> for Error {
    fn from(_: sealing::Refused) -> Self {
        Self::Altered
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(error.to_string())
    }
}
