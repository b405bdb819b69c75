//! The log of this installation, straight from its database: for `bailee log export`.

use std::path::Path;

use operation::log::StoredLog;
use store::{Db, StoreError};

use super::mirror::{Copy, described};
use super::verdict;
use crate::client::Failure;
use crate::client::output::Output;

/// Copies the log in the database into a folder, as [`super::mirror`] does with one that is served.
///
/// # Errors
/// [`Failure::NotVerified`] when the tiles and the checkpoint in the database do not agree, or do not continue what
/// the folder has; others when the database or the folder cannot be used.
pub async fn export_stored(db: Db, folder: &Path, json: bool) -> Result<(), Failure> {
    let output = Output::standard(json);
    let note = operation::log::checkpoint(&db).await?;
    let note =
        note.ok_or_else(|| Failure::Missing("the log is empty: there is nothing to export yet".into()))?;
    let head = ledger::checkpoint::SignedCheckpoint::parse(note.as_bytes());
    let head = head
        .map_err(|error| Failure::Damaged(format!("the stored checkpoint: {error}")))?
        .unverified()
        .clone();
    let copied = Copy::open(folder, None)?
        .bring_up(StoredLog(db), note.as_bytes(), head, json)
        .await?;
    verdict(
        &output,
        &folder.to_string_lossy(),
        copied.map(|(size, before)| described(size, before, false)),
    )
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Damaged(format!("the database cannot be read: {error}"))
    }
}
