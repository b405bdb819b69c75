//! A look at the newest backup where it lies.
//!
//! Promises: it is the one that was made last here, or a newer one; its manifest opens; each part that it names is there in its full length,
//! and of each a piece chosen at random opens, which of a short part is all of it. Leaves out: the rest of long parts and the copies of
//! objects, samples of which a drill reads.

use std::sync::Arc;

use kernel::{ObjectId, Random};

use crate::dump::{data_name, keys_name};
use crate::error::{Error, Result};
use crate::key::BackupKey;
use crate::manifest;
use crate::part;
use crate::run::Run;
use crate::shelf::{Room, Shelf};

/// Where backups lie, with what opens them.
#[derive(Clone)]
pub struct Shelved {
    /// Where data lies.
    pub shelf: Shelf,
    /// Where wrapped keys lie.
    pub keys_shelf: Shelf,
    /// What they are sealed under.
    pub key: Arc<BackupKey>,
}

impl Shelved {
    /// Looks. `last` is the run that made a backup last, as the installation remembers it. For plain threads.
    ///
    /// # Errors
    /// [`Error`] for the first that is wrong.
    pub fn look(&self, last: Option<&Run>, random: &dyn Random) -> Result<ObjectId> {
        let manifest = manifest::newest(&self.shelf, &self.key)?;
        let of_here = last.filter(|last| last.shelf == self.shelf.shown());
        if let Some(gone) = of_here.filter(|last| last.backup > manifest.backup) {
            return Err(Error::Missing {
                what: format!("backup {}", gone.backup),
                shelf: self.shelf.shown().to_owned(),
            });
        }
        let rows = ((&self.shelf, Room::Parts), self.key.data());
        let keys = ((&self.keys_shelf, Room::Keys), self.key.keys());
        for table in &manifest.tables {
            let name = manifest.name(&data_name(&table.table));
            part::peek(rows.0, &name, &table.data, &rows.1, random)?;
            if let Some(wrapped) = &table.keys {
                let name = manifest.name(&keys_name(&table.table));
                part::peek(keys.0, &name, wrapped, &keys.1, random)?;
            }
        }
        part::peek(
            rows.0,
            &manifest.name("objects"),
            &manifest.objects,
            &rows.1,
            random,
        )?;
        Ok(manifest.backup)
    }
}
