//! Who asks.

use serde::{Deserialize, Serialize};

use crate::{Action, ActionSet, Class};

/// The one who asks, reduced to what matters: a class, and how far the key used reaches.
///
/// Disabled members and invalidated keys are turned away before there is a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// What the member is to the tenant.
    pub class: Class,
    /// What the key used is good for.
    pub scope: Scope,
}

/// A key's narrowing of its member's rights; it never widens them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scope {
    /// Only these actions; `None` for all of the member's.
    pub actions: Option<ActionSet>,
    /// Where the key works.
    pub reach: Reach,
    /// Narrowed in a way that is looked at before there is a subject: to network addresses.
    pub bound: bool,
    /// Taken of another key, for a while.
    pub temporary: bool,
    /// A session at a browser whose person has not proved for some minutes that it is still they.
    pub stale: bool,
    /// An API key, and nobody at a browser.
    pub by_key: bool,
    /// Not these, which are kept from its member by duties: their own or somebody else's.
    #[serde(skip)]
    pub barred: ActionSet,
}

/// Where a key works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// In the whole tenant.
    #[default]
    Tenant,
    /// In listed datasets only; whether one is listed comes as [`crate::Facts::key_covers_dataset`].
    ListedDatasets,
    /// On some items alone, in all datasets or in listed ones; whether an item is one of them comes as
    /// [`crate::Facts::key_covers_name`]. Nothing that is about a dataset as a whole, but to see that it is there.
    ListedNames,
}

impl Subject {
    /// A member of this class with an unnarrowed key.
    pub const fn of(class: Class) -> Self {
        Self {
            class,
            scope: Scope {
                actions: None,
                reach: Reach::Tenant,
                bound: false,
                temporary: false,
                stale: false,
                by_key: false,
                barred: ActionSet::NONE,
            },
        }
    }
}

impl Scope {
    /// Whether the key may be used for the action at all.
    pub fn covers(&self, action: Action) -> bool {
        !self.barred.contains(action) && self.actions.is_none_or(|actions| actions.contains(action))
    }

    /// Whether somebody meant it for this action: a person at a browser does, and a key whose scope lists the action.
    pub fn names(&self, action: Action) -> bool {
        !self.by_key || self.actions.is_some_and(|actions| actions.contains(action))
    }

    /// Whether the key holds less than all rights of its member.
    pub fn is_narrowed(&self) -> bool {
        self.actions.is_some() || self.reach != Reach::Tenant || self.bound || self.temporary
    }
}
