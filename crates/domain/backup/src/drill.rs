//! A drill: the newest backup restored beside, and looked at.
//!
//! Promises: nothing of the installation is touched; every row, the whole log and every wrapped key come back in the copy, samples of
//! the objects are compared with their hashes where they lie, and samples of the items are opened from the root key down to their last
//! byte and given to nobody; it stands in the operator's trail, and in those of the tenants whose items were opened.

use std::sync::Arc;

use custody::Custody;
use custody::installation::{BackupAct, Tried};
use kernel::{ObjectId, Random, VersionId};
use serde::Serialize;
use serde_json::json;
use store::{StoreError, params};

use crate::copy::{LISTED, Listed, hash};
use crate::error::{Error, Result};
use crate::key::BackupKey;
use crate::part::PartReader;
use crate::restore::{Bytes, Restore, Restored};
use crate::run::{Run, note};
use crate::shelf::{Room, Shelf};
use crate::{Progress, manifest};

const BOUNDS: &str = "SELECT min(version_id), max(version_id) FROM item_version";
const AT_OR_AFTER: &str =
    "SELECT version_id FROM item_version WHERE version_id >= $1 ORDER BY version_id LIMIT 1";

/// A drill to be made.
pub struct Drill {
    /// Where the backup lies.
    pub shelf: Shelf,
    /// Where its wrapped keys lie.
    pub keys_shelf: Shelf,
    /// What it is sealed under.
    pub key: Arc<BackupKey>,
    /// The installation.
    pub custody: Custody,
    /// An empty one beside it, whose places are the shelf's copies.
    pub scratch: Custody,
    /// How many objects are compared, and how many items opened.
    pub samples: u32,
    /// Who is told how far it is.
    pub progress: Progress,
}

/// What a drill came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drilled {
    /// What was restored.
    #[serde(flatten)]
    pub restored: Restored,
    /// Objects that are what was written.
    pub compared: u64,
    /// Items that opened.
    pub opened: u64,
    /// Items whose keys are their tenants' or their clients', which cannot be tried.
    pub not_by_us: u64,
}

impl Drill {
    /// Does it. For plain threads.
    ///
    /// # Errors
    /// [`Error`] for the first that is wrong.
    pub fn run(&self) -> Result<Drilled> {
        let restored = Restore {
            shelf: self.shelf.clone(),
            keys_shelf: self.keys_shelf.clone(),
            key: Arc::clone(&self.key),
            backup: None,
            custody: self.scratch.clone(),
            bytes: Bytes::Leave,
            newer: None,
            progress: Arc::clone(&self.progress),
        };
        let restored = restored.run()?;
        let compared = self.compare(restored.backup)?;
        let (opened, not_by_us) = self.open()?;
        let drilled = Drilled {
            restored,
            compared,
            opened: opened.len() as u64,
            not_by_us,
        };
        self.record(&drilled, &opened)?;
        Ok(drilled)
    }

    fn random(&self) -> &dyn Random {
        &*self.custody.desk().random
    }

    /// Compares a sample of the objects, each as likely as any other.
    fn compare(&self, backup: ObjectId) -> Result<u64> {
        let manifest = manifest::read(&self.shelf, &self.key, backup)?;
        let (place, name) = ((&self.shelf, Room::Parts), manifest.name("objects"));
        let mut part = PartReader::open(place, &name, &manifest.objects, &self.key.data(), LISTED)?;
        let (mut sample, mut seen) = (Vec::new(), 0u64);
        while let Some(listed) = Listed::next(&mut part)? {
            seen += 1;
            if sample.len() < self.samples as usize {
                sample.push(listed);
            } else if let Some(chosen) = sample.get_mut(below(self.random(), seen)) {
                *chosen = listed;
            }
        }
        for (done, listed) in (1..).zip(&sample) {
            self.same(listed)?;
            (self.progress)("samples", done, Some(sample.len() as u64));
        }
        Ok(sample.len() as u64)
    }

    fn same(&self, listed: &Listed) -> Result<()> {
        let what = format!("object {} of place `{}`", listed.id, listed.place);
        let shelf = self.shelf.shown().to_owned();
        match self.shelf.objects(&listed.place)?.open(listed.id) {
            Ok(copy) if copy.len() == listed.length && hash(&*copy)? == listed.sha256 => Ok(()),
            Ok(_) | Err(StoreError::ObjectAltered(_)) => Err(Error::Damaged {
                what,
                shelf,
                trouble: "its hash is another than the list says".to_owned(),
            }),
            Err(StoreError::ObjectMissing(_)) => Err(Error::Missing { what, shelf }),
            Err(other) => Err(other.into()),
        }
    }

    /// Opens versions spread over the time in which they came; gives those that opened, and how many cannot be tried.
    fn open(&self) -> Result<(Vec<VersionId>, u64)> {
        let (mut opened, mut not_by_us) = (Vec::new(), 0);
        for version in self.versions()? {
            match self
                .scratch
                .try_version(self.scratch.desk().own_request(), version)
            {
                Ok(Tried::Opened(_)) => opened.push(version),
                Ok(Tried::NotByUs) => not_by_us += 1,
                Err(custody::Error::Altered) => {
                    return Err(Error::Damaged {
                        what: format!("version {version}"),
                        shelf: self.shelf.shown().to_owned(),
                        trouble: "it does not open".to_owned(),
                    });
                }
                Err(other) => return Err(other.into()),
            }
        }
        Ok((opened, not_by_us))
    }

    fn versions(&self) -> Result<std::collections::BTreeSet<VersionId>> {
        let picks: Vec<u64> = (0..self.samples).map(|_| number(self.random())).collect();
        Ok(self.scratch.desk().db.read_blocking(move |tx| {
            let bounds = tx.one(BOUNDS, &[])?;
            let (Some(first), Some(last)) = (
                bounds.get::<Option<[u8; 16]>>(0)?,
                bounds.get::<Option<[u8; 16]>>(1)?,
            ) else {
                return Ok(std::collections::BTreeSet::new());
            };
            let (from, to) = (front(&first), front(&last));
            let mut found = std::collections::BTreeSet::new();
            for pick in &picks {
                let mut at = [0; 16];
                at[..8].copy_from_slice(&(from + pick % (to - from + 1).max(1)).to_be_bytes());
                if let Some(row) = tx.optional(AT_OR_AFTER, params![at])? {
                    found.insert(row.get(0)?);
                }
            }
            Ok::<_, StoreError>(found)
        })?)
    }

    fn record(&self, drilled: &Drilled, opened: &[VersionId]) -> Result<()> {
        let desk = self.custody.desk();
        let details = json!({
            "backup": drilled.restored.backup, "rows": drilled.restored.rows, "log": drilled.restored.log,
            "compared": drilled.compared, "opened": drilled.opened,
        });
        self.custody
            .record_backup(desk.own_request(), BackupAct::Drilled, details)?;
        self.custody.record_tried(desk.own_request(), opened)?;
        let run = Run {
            backup: drilled.restored.backup,
            shelf: self.shelf.shown().to_owned(),
            begun_at: drilled.restored.at,
            done_at: desk.clock.now(),
        };
        note(&self.custody, "drill", &run)
    }
}

/// The first half of an id, whose order is that of time.
fn front(id: &[u8; 16]) -> u64 {
    id[..8]
        .iter()
        .fold(0, |value, byte| value << 8 | u64::from(*byte))
}

fn number(random: &dyn Random) -> u64 {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    u64::from_be_bytes(bytes)
}

/// Some number below `end`. That the lowest are a little likelier does not matter for a sample.
fn below(random: &dyn Random, end: u64) -> usize {
    usize::try_from(number(random) % end.max(1)).unwrap_or(usize::MAX)
}
