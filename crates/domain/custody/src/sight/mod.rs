//! Sight: who can see an item or a dataset, and what a member can see.
//!
//! Promises: every answer comes of the facts that the acts themselves find and of the policies that decide them, so it cannot
//! say anything else than what would happen; it is complete, page by page, and stands in the trail like any look. It speaks
//! of members as they are now, with a key of all their rights: what a narrower key of theirs reaches is less. The operator
//! stands among them while the tenant lets them in. Leaves out:
//! what was seen, which the trail tells.

mod ask;
mod what;
mod who;

use access::{Action, Class};
use kernel::{DatasetId, ItemId, MemberId};
use serde::Serialize;

pub use ask::ASKED;

/// A member, and what they may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seer {
    /// Who.
    pub member: MemberId,
    /// What they are.
    pub class: Class,
    /// With the dataset: whether they see that it is there.
    pub dataset: Vec<Action>,
    /// With the item; of a dataset, with every active item in it.
    pub items: Vec<Action>,
    /// Of a dataset: items that they can do something else with, for they hold a lease of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leased: Vec<Leased>,
}

/// What a member may do with an item that they hold a lease of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leased {
    /// The item.
    pub item: ItemId,
    /// What they may do.
    pub actions: Vec<Action>,
}

/// A dataset as a member sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Which.
    pub dataset: DatasetId,
    /// What they may do with it.
    pub actions: Vec<Action>,
    /// What they may do with every active item in it.
    pub items: Vec<Action>,
    /// Items that they can do something else with, for they hold a lease of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leased: Vec<Leased>,
}
