//! Why a command did not do what it was asked, and the exit codes that scripts go by.
//!
//! Promises: 0 done, 1 refused or failed, 2 the command line or an input cannot be used, 3 the server cannot be
//! reached. Every message says what to do, and shows foreign text without control characters.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};
use web::ProblemDocument;

use super::output::shown;

/// The exit code of a command that did what it was asked.
pub const DONE: u8 = 0;
/// The exit code of a refusal or a failure.
pub const REFUSED: u8 = 1;
/// The exit code of a command line or an input that cannot be used.
pub const USAGE: u8 = 2;
/// The exit code when the server cannot be reached or gives no answer.
pub const UNREACHABLE: u8 = 3;

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line or an input cannot be used.
    #[error("{0}")]
    Usage(String),
    /// No answer came, however often it was tried.
    #[error("no answer from {server}: {cause}\nIs it running? Is --server right? {hint}")]
    Unreachable {
        /// Whom we asked.
        server: String,
        /// The chain of causes in one line.
        cause: String,
        /// What else may help.
        hint: &'static str,
    },
    /// The server refused, with its reasons.
    #[error("{}", told(.0))]
    Refused(Box<ProblemDocument>),
    /// Something that was named is not there.
    #[error("{0}")]
    Missing(String),
    /// The server's answer does not follow the contract.
    #[error("the answer of the server cannot be used: {0}")]
    Answer(String),
    /// Bytes are not what their digest says.
    #[error("{0}")]
    Damaged(String),
    /// Something about a local file.
    #[error("cannot {doing} {}: {source}", shown(&.path.to_string_lossy()))]
    File {
        /// A verb, such as `read`.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A local file must not be touched, or cannot be what is needed.
    #[error("{}: {why}", shown(&.path.to_string_lossy()))]
    Place {
        /// Which.
        path: PathBuf,
        /// Why, and what to do.
        why: &'static str,
    },
    /// Of several things some did not work; each was told already.
    #[error("{failed} of {all} did not work, as said above")]
    Partly {
        /// How many did not.
        failed: usize,
        /// How many were tried.
        all: usize,
    },
    /// What was to be verified was refused; the reason was printed as the command's result.
    #[error("not verified")]
    NotVerified,
    /// Whoever read our output has read enough.
    #[error("the output was closed")]
    Closed,
}

impl Failure {
    /// A fault of the command line or an input.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    /// Maps an error of the file system.
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }

    /// The exit code of a command that ends with this.
    pub fn code(&self) -> u8 {
        match self {
            Self::Closed => DONE,
            Self::Usage(_) => USAGE,
            Self::Unreachable { .. } => UNREACHABLE,
            _ => REFUSED,
        }
    }

    /// The HTTP status of a refusal.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(problem) => Some(problem.status),
            _ => None,
        }
    }

    /// Whether everything that comes after would fail in the same way.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Closed) || self.status() == Some(401)
    }

    /// The failure as one JSON object; a problem document stays whole.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Refused(problem) => json!({ "error": problem, "exit": self.code() }),
            other => json!({ "error": { "detail": other.to_string() }, "exit": other.code() }),
        }
    }

    /// Tells the user on standard error, and gives the exit code.
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        match self {
            Self::Closed | Self::NotVerified => {}
            _ if json => eprintln!("{}", self.to_json()),
            _ => eprintln!("bailee: {self}"),
        }
        ExitCode::from(self.code())
    }
}

/// What the server said, for people: the title, what to do, and the id that its log knows the request by.
fn told(problem: &ProblemDocument) -> String {
    let mut text = format!("{}: {}", shown(&problem.title), shown(&problem.detail));
    if let Some(field) = &problem.field {
        text += &format!("\n  about      {}", shown(field));
    }
    if !problem.reasons.is_empty() {
        text += &format!("\n  rules      {}", shown(&problem.reasons.join(", ")));
    }
    if let Some(operation) = &problem.operation {
        text += &format!("\n  operation  {}", shown(operation));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem() -> ProblemDocument {
        serde_json::from_value(json!({
            "type": "urn:bailee:problem:forbidden", "title": "Not allowed", "status": 403,
            "detail": "ask an admin\u{1b}[2J", "operation": "0198f0c2", "reasons": ["worker-no-download"],
        }))
        .unwrap()
    }

    #[test]
    fn a_refusal_says_what_to_do_and_how_the_log_knows_it() {
        let text = Failure::Refused(Box::new(problem())).to_string();
        for part in ["Not allowed", "ask an admin", "worker-no-download", "0198f0c2"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains('\u{1b}'), "a terminal must not obey the server");
    }

    #[test]
    fn exit_codes_are_those_of_the_manual() {
        let unreachable = Failure::Unreachable {
            server: String::new(),
            cause: String::new(),
            hint: "",
        };
        assert_eq!(unreachable.code(), 3);
        assert_eq!(Failure::usage("x").code(), 2);
        assert_eq!(Failure::Refused(Box::new(problem())).code(), 1);
        assert_eq!(Failure::Closed.code(), 0);
    }
}
