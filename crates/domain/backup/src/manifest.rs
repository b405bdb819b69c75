//! The manifest: what a backup is made of. It is written last, and what has none is no backup.
//!
//! It is sealed under a key made from the backup key, which also shows that whoever wrote it had that key.

use kernel::{ObjectId, Random, TenantId, Timestamp};
use sealing::{Context, Refused};
use serde::{Deserialize, Serialize};

use crate::dump::{Dump, Dumped};
use crate::error::{Error, Result};
use crate::key::BackupKey;
use crate::part::{Name, Part};
use crate::shelf::{Room, Shelf};

const FORMAT: &str = "bailee-backup-1";
/// Longer ones are none: a manifest grows with the number of tables alone.
const LONGEST: u64 = 4 << 20;

/// What a backup is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: String,
    /// The backup.
    pub backup: ObjectId,
    /// The moment whose state it holds.
    pub at: Timestamp,
    /// The version of the program that made it.
    pub version: String,
    /// The steps of the schema's history, with their fingerprints.
    pub schema: Vec<Step>,
    /// The installation.
    pub installation: Installation,
    /// The newest checkpoint of the log in that state, as a signed note.
    pub checkpoint: Option<String>,
    /// Tables with rows, in the order in which they are put back.
    pub tables: Vec<TablePart>,
    /// The objects that rows refer to, sorted: place, id, length, SHA-256.
    pub objects: Part,
    /// Bytes of those objects.
    pub object_bytes: u64,
}

/// One step of the schema's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its number.
    pub id: u32,
    /// The fingerprint of its text.
    pub hash: String,
}

/// Whose backup it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Installation {
    /// The operator's tenant.
    pub operator_tenant: TenantId,
    /// The root key that it wants.
    pub root_id: String,
    /// The name of its log.
    pub log_origin: String,
    /// The key that verifies its log.
    pub log_verifier: String,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TablePart {
    /// Its name.
    pub table: String,
    /// The columns of its primary key.
    pub key: Vec<String>,
    /// The columns in `data`, in their order.
    pub columns: Vec<String>,
    /// Rows without wrapped keys.
    pub data: Part,
    /// The columns in `keys` after those of the primary key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key_columns: Vec<String>,
    /// Primary keys with wrapped keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Part>,
}

impl Manifest {
    pub(crate) fn of(dump: &Dump, dumped: Dumped, at: Timestamp, objects: Part, object_bytes: u64) -> Self {
        Self {
            format: FORMAT.to_owned(),
            backup: dump.backup,
            at,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            schema: dumped.schema,
            installation: dumped.installation,
            checkpoint: dumped.checkpoint,
            tables: dumped.tables,
            objects,
            object_bytes,
        }
    }

    /// Every part that it names.
    pub(crate) fn parts(&self) -> impl Iterator<Item = ObjectId> {
        let tables = self.tables.iter();
        let of_tables =
            tables.flat_map(|table| [Some(table.data.id), table.keys.as_ref().map(|keys| keys.id)]);
        of_tables.flatten().chain([self.objects.id])
    }

    /// What a part of this backup is bound to.
    pub(crate) fn name(&self, what: &str) -> Name {
        Name {
            backup: self.backup,
            what: what.to_owned(),
        }
    }

    /// How many rows there are in all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.data.rows).sum()
    }
}

/// Makes the backup one.
pub(crate) fn write(shelf: &Shelf, key: &BackupKey, manifest: &Manifest, random: &dyn Random) -> Result<()> {
    let text = serde_json::to_vec(manifest).map_err(Error::internal)?;
    let sealed = sealing::seal(&key.manifests(), &context(manifest.backup), &text, random);
    let mut writer = shelf.room(Room::Manifests)?.create(manifest.backup)?;
    writer.write_all(&sealed)?;
    Ok(writer.finish()?)
}

/// The manifest of a backup.
///
/// # Errors
/// [`Error::Missing`], [`Error::WrongKey`], [`Error::Damaged`].
pub fn read(shelf: &Shelf, key: &BackupKey, backup: ObjectId) -> Result<Manifest> {
    let what = format!("the manifest of backup {backup}");
    let damaged = |trouble: String| Error::Damaged {
        what: what.clone(),
        shelf: shelf.shown().to_owned(),
        trouble,
    };
    let object = match shelf.room(Room::Manifests)?.open(backup) {
        Ok(object) => object,
        Err(store::StoreError::ObjectMissing(_)) => {
            return Err(Error::Missing {
                what,
                shelf: shelf.shown().to_owned(),
            });
        }
        Err(store::StoreError::ObjectAltered(_)) => return Err(damaged("it is not what was written".into())),
        Err(other) => return Err(other.into()),
    };
    if object.len() > LONGEST {
        return Err(damaged(format!("it has {} bytes", object.len())));
    }
    let mut sealed = vec![0; usize::try_from(object.len()).map_err(Error::internal)?];
    let read = object.read_at(0, &mut sealed)?;
    sealed.truncate(read);
    let text =
        sealing::open(&key.manifests(), &context(backup), &sealed).map_err(|refused| match refused {
            Refused::WrongKeyOrContext => Error::WrongKey {
                what: what.clone(),
                shelf: shelf.shown().to_owned(),
            },
            other => damaged(other.to_string()),
        })?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
    if manifest.format != FORMAT {
        return Err(damaged(format!("it has the format {}", manifest.format)));
    }
    Ok(manifest)
}

/// The backups on a shelf, the newest first.
pub(crate) fn all(shelf: &Shelf) -> Result<Vec<ObjectId>> {
    let room = shelf.room(Room::Manifests)?;
    let mut found = Vec::new();
    for id in room.list()? {
        let id = id?;
        // A listing also has what a crash left unfinished.
        match room.open(id) {
            Ok(_) => found.push(id),
            Err(store::StoreError::ObjectMissing(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    found.sort_unstable_by(|one, other| other.cmp(one));
    Ok(found)
}

/// The newest backup on a shelf.
///
/// # Errors
/// [`Error::NoBackup`], and those of [`read`].
pub fn newest(shelf: &Shelf, key: &BackupKey) -> Result<Manifest> {
    match all(shelf)?.first() {
        Some(backup) => read(shelf, key, *backup),
        None => Err(Error::NoBackup(shelf.shown().to_owned())),
    }
}

fn context(backup: ObjectId) -> Context {
    Context::new("backup manifest").with(backup.as_bytes())
}
