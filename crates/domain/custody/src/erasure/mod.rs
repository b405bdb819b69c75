//! What was erased: a list that only grows, so that what comes back from a backup is erased again.
//!
//! Promises: an act that destroys keys for good notes it here in its own transaction, by id and time alone; in a restored copy
//! the same is erased again without any key, each with an entry in its tenant's trail. Leaves out: where the list is
//! kept outside the database, and backups themselves, which are the crate `backup`'s.

mod again;
mod closed;
mod rows;
#[cfg(test)]
mod tests;

use kernel::{TenantId, Timestamp};
use operation::{Act, Op, Permit};
use store::{StoreError, Tx, params};

pub use again::Again;
pub(crate) use closed::{destroy as destroy_closed, shred};

use crate::error::Result;

/// What can be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// An item with all its versions.
    Item,
    /// One version.
    Version,
    /// A dataset with everything in it.
    Dataset,
    /// A person the data is about, with every item that is about them alone.
    Subject,
    /// An API key, with its wrap of its tenant's key.
    ApiKey,
    /// A link by which the public reached a dataset, with its wrap of the dataset's key.
    Link,
    /// A tenant: nothing of it is opened again.
    Tenant,
}

impl What {
    /// The word in rows and lists.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Version => "version",
            Self::Dataset => "dataset",
            Self::Subject => "subject",
            Self::ApiKey => "api-key",
            Self::Link => "link",
            Self::Tenant => "tenant",
        }
    }
}

/// A word that names nothing that can be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of something that can be erased")]
pub struct NoSuchThing;

impl std::str::FromStr for What {
    type Err = NoSuchThing;

    fn from_str(word: &str) -> std::result::Result<Self, NoSuchThing> {
        [
            Self::Item,
            Self::Version,
            Self::Dataset,
            Self::Subject,
            Self::ApiKey,
            Self::Link,
            Self::Tenant,
        ]
        .into_iter()
        .find(|what| what.as_str() == word)
        .ok_or(NoSuchThing)
    }
}

/// One line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erased {
    /// What kind of thing it was.
    pub what: What,
    /// Its id.
    #[serde(with = "hex_id")]
    pub id: [u8; 16],
    /// Whose it was.
    pub tenant: TenantId,
    /// When.
    pub at: Timestamp,
}

/// Sixteen bytes as text.
mod hex_id {
    use serde::de::Error;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(id: &[u8; 16], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(id))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 16], D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let mut id = [0; 16];
        hex::decode_to_slice(text.as_bytes(), &mut id)
            .map_err(|_| D::Error::custom("an id has sixteen bytes in hex"))?;
        Ok(id)
    }
}

/// Notes it in the act's own transaction. INVARIANT: whatever destroys a key for good calls this.
pub(crate) fn note<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: TenantId,
    what: What,
    id: &[u8; 16],
) -> Result<()> {
    let now = op.now();
    op.change(permit, rows::NOTE, params![id, tenant, what.as_str(), now])?;
    Ok(())
}

/// A page of the list, oldest first: what was erased at `since` or later, after the one that the page before ended with.
pub fn erased_since(
    tx: &mut Tx,
    since: Timestamp,
    after: Option<&Erased>,
    most: u32,
) -> std::result::Result<Vec<Erased>, StoreError> {
    let (at, id) = after.map_or((since, [0; 16]), |after| (after.at, after.id));
    let found = tx.all(rows::SINCE, params![at, id, most])?;
    found.iter().map(rows::read).collect()
}

/// The restoration that this database came from, if it is not finished. Nothing may be served from it then.
pub fn unfinished_restoration(tx: &mut Tx) -> std::result::Result<Option<Timestamp>, StoreError> {
    tx.optional(rows::UNFINISHED, &[])?
        .map(|row| row.get(0))
        .transpose()
}
