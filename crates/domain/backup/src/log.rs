//! Whether the log came back whole, and goes with what others know of it.

use ledger::audit::{EntryRule, audit};
use ledger::checkpoint::{Checkpoint, SignedCheckpoint};
use ledger::{Policy, VerifierKey};
use operation::log::StoredLog;
use store::Db;

use crate::error::{Error, Result};
use crate::manifest::Manifest;

/// Says whether the second checkpoint was a beginning of the first one's log; the text says why not.
pub type Continues = dyn Fn(&Checkpoint, &Checkpoint) -> std::result::Result<(), String> + Send + Sync;

/// A checkpoint of the same log that somebody else has kept.
pub struct Newer {
    /// The signed note.
    pub note: String,
    /// Compares it with an older one, where a copy of the log is at hand.
    pub continues: Option<Box<Continues>>,
}

impl std::fmt::Debug for Newer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Newer(with a copy of the log: {})", self.continues.is_some())
    }
}

/// What the log came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct LogHeld {
    /// How many entries agree with the backup's checkpoint.
    pub entries: u64,
    /// How many entries a newer checkpoint has beyond.
    pub lost: Option<u64>,
    /// Whether the newer checkpoint was shown to continue the backup's.
    pub continues: Option<bool>,
}

/// Verifies the whole log in the database against the backup's checkpoint, and that against a newer one.
pub(crate) fn verify(
    db: &Db,
    manifest: &Manifest,
    newer: Option<&Newer>,
    mut progress: impl FnMut(u64),
) -> Result<LogHeld> {
    let verifier = manifest.installation.log_verifier.as_str();
    let Some(note) = &manifest.checkpoint else {
        return Ok(LogHeld::default());
    };
    let ours = opened(note, verifier)?;
    let theirs = newer.map(|newer| opened(&newer.note, verifier)).transpose()?;
    let before = theirs.as_ref().filter(|theirs| theirs.size <= ours.size);
    let audited = audit(
        &StoredLog(db.clone()),
        &ours,
        before,
        EntryRule::Links,
        &mut progress,
    );
    let entries = audited.map_err(|error| Error::Log(error.to_string()))?.entries;
    let mut held = LogHeld {
        entries,
        ..LogHeld::default()
    };
    if let (Some(theirs), Some(newer)) = (theirs, newer) {
        held.lost = Some(theirs.size.saturating_sub(ours.size));
        held.continues = match &newer.continues {
            _ if theirs.size <= ours.size => Some(true),
            Some(continues) => {
                continues(&theirs, &ours).map_err(Error::Log)?;
                Some(true)
            }
            None => Some(false),
        };
    }
    Ok(held)
}

fn opened(note: &str, verifier: &str) -> Result<Checkpoint> {
    let told = |error: &dyn std::fmt::Display| Error::Log(error.to_string());
    let verifier: VerifierKey = verifier.parse().map_err(|error| told(&error))?;
    let policy = Policy::log_only(verifier).map_err(|error| told(&error))?;
    let signed = SignedCheckpoint::parse(note.as_bytes()).map_err(|error| told(&error))?;
    let verified = signed.verify(&policy).map_err(|error| told(&error))?;
    Ok(verified.checkpoint().clone())
}
