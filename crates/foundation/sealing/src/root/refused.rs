//! Why a root key file was refused.

use super::{Protection, RootId};

/// Why a root key file was not read, made or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRootFile {
    /// Longer than any root key file.
    #[error("longer than 8 KiB: not a root key file; check the path")]
    TooLong,
    /// Not UTF-8.
    #[error("not a text: not a root key file; check the path")]
    NotText,
    /// A line that is no `name = value`, or names something twice.
    #[error("line {0} cannot be read: restore the file from its copy")]
    Line(usize),
    /// A missing line.
    #[error("the line `{0} = …` is missing: restore the file from its copy")]
    Missing(&'static str),
    /// A line with a value that does not fit.
    #[error("the value of `{0}` is not valid: restore the file from its copy")]
    Value(&'static str),
    /// A line this version does not know.
    #[error("`{0}` is not known: the file was changed, or made by a newer version")]
    UnknownField(String),
    /// Argon2id parameters outside what is sensible.
    #[error("passphrase cost out of bounds: 8192 to 1048576 KiB memory, 1 to 10 passes, 1 to 8 lanes")]
    Cost,
    /// Another protection than what was brought.
    #[error("this root key is protected by {0}: bring that")]
    NeedsOther(Protection),
    /// The passphrase does not fit.
    #[error("wrong passphrase for root key {0}, or the file was changed")]
    WrongPassphrase(RootId),
    /// The credential does not fit.
    #[error("wrong credential for root key {0}, or the file was changed")]
    WrongCredential(RootId),
    /// The key in the file is not the one the file names.
    #[error("the key in the file is not root key {0} as the file says: restore the file from its copy")]
    OtherKey(RootId),
    /// An empty passphrase.
    #[error("an empty passphrase protects nothing: choose one, or choose protection \"none\" openly")]
    EmptyPassphrase,
    /// Too few bytes for a credential.
    #[error("a credential has at least 32 random bytes, not {0}")]
    ShortCredential(usize),
}
