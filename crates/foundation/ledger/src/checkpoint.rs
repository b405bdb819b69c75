//! Checkpoints (C2SP tlog-checkpoint): the signed head of a log.
//!
//! Promises: strict reading and writing, signing by the log, cosigning by witnesses, verification against a
//! [`Policy`]. Leaves out: remembering what was signed before. Whoever signs must store the checkpoint before
//! publishing it, and must never sign one that does not continue the last.

use std::fmt;

use crate::Hash;
use crate::Policy;
use crate::SigningKey;
use crate::note::Note;
use crate::note::NoteError;
use crate::note::Signature;
use crate::note::VerifiedSignature;
use crate::text;

/// The head of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name: its URL without scheme and trailing slash. The log's key has the same name.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// Further lines; signed, not understood here, usually none.
    pub extensions: Vec<String>,
}

/// A checkpoint with signatures that nobody has verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    unverified: Checkpoint,
    note: Note,
}

/// A checkpoint that a policy accepts. There is no other way to one than [`SignedCheckpoint::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCheckpoint {
    checkpoint: Checkpoint,
    cosignatures: Vec<VerifiedSignature>,
    unknown: Vec<String>,
}

/// Why a checkpoint is not read, made or believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The text is not a checkpoint.
    #[error("not a checkpoint: {0}")]
    Form(&'static str),
    /// Something about the note around it.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// It is another log's.
    #[error("this is a checkpoint of {found}, not of {wanted}: use the key of the log it came from")]
    OtherLog {
        /// The origin in the checkpoint.
        found: String,
        /// The name of the key given.
        wanted: String,
    },
    /// The log itself did not sign.
    #[error("the log {0} did not sign this checkpoint")]
    LogDidNotSign(String),
    /// Too few of the trusted witnesses signed.
    #[error(
        "{found} of the trusted witnesses signed, {wanted} are needed: fetch a newer checkpoint or ask them"
    )]
    TooFewWitnesses {
        /// How many signed.
        found: usize,
        /// How many must.
        wanted: usize,
    },
}

impl Checkpoint {
    /// Reads the text of a note.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut rest = text;
        let mut line = || text::take_line(&mut rest);
        let origin = line()
            .filter(|origin| !origin.is_empty())
            .ok_or(CheckpointError::Form("it has no origin"))?;
        let size = line()
            .and_then(text::decimal)
            .ok_or(CheckpointError::Form("its second line is no size"))?;
        let root = line()
            .and_then(text::hash)
            .ok_or(CheckpointError::Form("its third line is no root hash"))?;
        let origin = origin.to_owned();
        let mut extensions = Vec::new();
        while !rest.is_empty() {
            let line = text::take_line(&mut rest).filter(|line| !line.is_empty());
            extensions.push(
                line.ok_or(CheckpointError::Form("an extension line is empty"))?
                    .to_owned(),
            );
        }
        Ok(Self {
            origin,
            size,
            root,
            extensions,
        })
    }

    /// Signs this head with the log's key, whose name must be the origin.
    pub fn sign(&self, key: &SigningKey) -> Result<SignedCheckpoint, CheckpointError> {
        if key.verifier().name() != self.origin {
            let wanted = key.verifier().name().to_owned();
            return Err(CheckpointError::OtherLog {
                found: self.origin.clone(),
                wanted,
            });
        }
        let text = self.to_string();
        // Public fields may hold anything: what would not read back is not signed.
        if Self::parse(&text)? != *self {
            return Err(CheckpointError::Form("a line holds a newline"));
        }
        let mut note = Note::unsigned(&text)?;
        note.sign(key)?;
        Ok(SignedCheckpoint {
            unverified: self.clone(),
            note,
        })
    }
}

impl fmt::Display for Checkpoint {
    /// The text that is signed: origin, size, root and extensions, each with its newline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root)?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl SignedCheckpoint {
    /// Reads a checkpoint, verifying nothing.
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = Note::parse(bytes)?;
        Ok(Self {
            unverified: Checkpoint::parse(note.text())?,
            note,
        })
    }

    /// What it claims. For finding the right key and the like, never to rely on.
    pub const fn unverified(&self) -> &Checkpoint {
        &self.unverified
    }

    /// The note that it is.
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// A witness's signature line for this checkpoint at `seconds` since 1970-01-01T00:00:00Z.
    ///
    /// A witness must first verify the log's signature and that this checkpoint continues the last one it saw.
    pub fn cosignature(&self, key: &SigningKey, seconds: u64) -> Result<Signature, CheckpointError> {
        Ok(self.note.cosignature(key, seconds)?)
    }

    /// Adds a witness's line. It is not verified.
    pub fn add(&mut self, signature: Signature) -> Result<(), CheckpointError> {
        Ok(self.note.add(signature)?)
    }

    /// Verifies that it is the policy's log's, that the log signed it, and that enough witnesses did. Lines of
    /// unknown keys are ignored, as the format has it, and reported.
    pub fn verify(&self, policy: &Policy) -> Result<VerifiedCheckpoint, CheckpointError> {
        let log = policy.log();
        if self.unverified.origin != log.name() {
            let found = self.unverified.origin.clone();
            return Err(CheckpointError::OtherLog {
                found,
                wanted: log.name().to_owned(),
            });
        }
        let verified = self.note.verify(policy.keys()).map_err(|error| match error {
            NoteError::NoKnownSignature => CheckpointError::LogDidNotSign(log.name().to_owned()),
            other => other.into(),
        })?;
        let (own, cosignatures): (Vec<_>, Vec<_>) =
            verified.signatures.into_iter().partition(|line| line.key == *log);
        if own.is_empty() {
            return Err(CheckpointError::LogDidNotSign(log.name().to_owned()));
        }
        if cosignatures.len() < policy.quorum() {
            let found = cosignatures.len();
            return Err(CheckpointError::TooFewWitnesses {
                found,
                wanted: policy.quorum(),
            });
        }
        Ok(VerifiedCheckpoint {
            checkpoint: self.unverified.clone(),
            cosignatures,
            unknown: verified.unknown,
        })
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

impl VerifiedCheckpoint {
    /// The head.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The trusted witnesses that signed, each once, with their times.
    pub fn cosignatures(&self) -> &[VerifiedSignature] {
        &self.cosignatures
    }

    /// Names on lines of keys that the policy does not know.
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }
}

#[cfg(test)]
mod tests;
