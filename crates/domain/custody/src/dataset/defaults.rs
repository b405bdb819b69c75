//! What a dataset says of the versions that are still to come: notes that each gets unless it brings its own.
//!
//! Promises: they cost nothing where there are none, and otherwise one opening in the transaction of the version.

use std::collections::BTreeMap;

use kernel::DatasetId;
use operation::Op;
use sealing::Key;

use crate::contexts;
use crate::error::{Error, Result};
use crate::session::Session;

/// The notes as a dataset's row has them, with the key that opens them.
pub(crate) struct VersionNotes {
    key: Key,
    sealed: Vec<u8>,
}

impl VersionNotes {
    /// Nothing where the row has none.
    pub(crate) fn of(key: &Key, sealed: Option<Vec<u8>>) -> Option<Self> {
        let sealed = sealed?;
        let key = key.duplicate();
        Some(Self { key, sealed })
    }

    /// Opens them.
    pub(crate) fn open(&self, session: &Session, dataset: DatasetId) -> Result<BTreeMap<String, String>> {
        let context = contexts::version_notes(session.tenant, dataset);
        let opened = sealing::open(&self.key, &context, &self.sealed)?;
        serde_json::from_slice(&opened).map_err(|error| Error::Internal(error.to_string()))
    }
}

/// The notes as the row is to have them; nothing for none.
pub(super) fn sealed(
    op: &Op<'_>,
    session: &Session,
    dataset: DatasetId,
    key: &Key,
    notes: &BTreeMap<String, String>,
) -> Result<Option<Vec<u8>>> {
    if notes.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_vec(notes).map_err(|error| Error::Internal(error.to_string()))?;
    let context = contexts::version_notes(session.tenant, dataset);
    Ok(Some(sealing::seal(key, &context, &text, op.random())))
}
