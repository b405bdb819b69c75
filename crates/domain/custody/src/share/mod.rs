//! Sharing with the public: links by which anybody reaches a dataset, or one export of it, without an account.
//!
//! Promises: nothing is shared but by an act of its own, by somebody who proved a moment ago who they are and was told what it means, or
//! by a key that was made for it; a link has an end, can be withdrawn, and streams by it end with it; the database alone opens nothing
//! by it, for the dataset's key is wrapped under a secret that only the link has; every look by it is an entry in the tenant's trail.
//! What is archived, in quarantine, restricted or about exactly one person is never shown by it. Leaves out: pages.
//!
//! Unknown, ended and withdrawn links answer alike.

mod link;
mod make;
mod plan;
mod rows;
mod visit;

use kernel::{DatasetId, MemberId, ShareId, Timestamp};
use secrecy::SecretString;

use crate::dataset::DatasetRef;

pub use link::{Link, NotALink};
pub(crate) use make::withdraw_all_of;
pub(crate) use rows::ended_of;
pub use visit::{Shown, ShownItem};

/// The longest that anything is shared, in days.
pub const MOST_DAYS: i64 = 366;

/// What is to be shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewShare {
    /// The dataset.
    pub dataset: DatasetRef,
    /// One of its exports; when absent the dataset itself, with what comes into it later.
    pub export: Option<u64>,
    /// Until when.
    pub ends_at: Timestamp,
    /// Whether original bytes can be taken, or items only be looked at.
    pub originals: bool,
}

/// What somebody has to read before they share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What will happen, one sentence each.
    pub says: Vec<String>,
    /// What shows that the warning was given. Good once, for exactly this share by this key or session, for ten minutes.
    pub confirmation: String,
    /// Until when it is good.
    pub until: Timestamp,
}

/// Something that is shared, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Its id.
    pub id: ShareId,
    /// The dataset.
    pub dataset: DatasetId,
    /// The export, if not the dataset itself is shared.
    pub export: Option<u64>,
    /// Since when.
    pub made_at: Timestamp,
    /// Who shared it.
    pub made_by: MemberId,
    /// Until when.
    pub ends_at: Timestamp,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<Timestamp>,
    /// Whether original bytes can be taken.
    pub originals: bool,
}

impl Share {
    /// Whether its link shows something.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.withdrawn_at.is_none() && self.ends_at > now
    }
}

/// A new share with its link, which is shown once.
#[derive(Debug)]
pub struct NewLink {
    /// The share.
    pub share: Share,
    /// The part of the address after `/public/`. Nobody can be told it again.
    pub link: SecretString,
}
