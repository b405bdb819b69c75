//! Custody: what is kept, for whom, who may touch it, and how it ends.
//!
//! Promises: a tenant's data is sealed under keys of that tenant alone; nothing is taken in without a
//! contract in force; items are archived before they are deleted; deletion destroys the key and the bytes;
//! every act is one operation with its entry in the trail. Leaves out: HTTP and S3 (surfaces), how people
//! sign in (identity), what people may ask about their data (rights).
//!
//! One folder per noun; in each, values and rules in `mod.rs`, acts beside them, SQL in `rows.rs`.

mod access_table;
pub mod admission;
pub mod annotations;
mod contexts;
pub mod credential;
pub mod dataset;
pub mod duty;
pub mod ending;
pub mod erasure;
mod error;
pub mod export;
mod flood;
pub mod installation;
pub mod item;
pub mod key;
pub mod legal_hold;
mod live;
pub mod member;
pub mod operator_access;
mod people;
pub mod record;
pub mod replay;
pub mod retention;
mod roots;
mod session;
pub mod share;
pub mod sight;
pub mod staff;
pub mod subject;
pub mod task;
pub mod tenant;
#[cfg(test)]
mod testing;
pub mod trail;
pub mod upload;
pub mod visit;

use std::sync::Arc;

use operation::Desk;
use store::Migration;
use store::objects::Places;

pub use credential::Credential;
pub use error::{Error, Result};
pub use key::KeyScope;
pub use live::{InFlight, LiveKeys};
pub use people::{Doorkeeper, People};
pub use replay::IdempotencyKey;
pub use roots::Roots;
pub use session::Session;

/// The tables of this crate.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        id: 200,
        name: "custody",
        sql: include_str!("custody.sql"),
    },
    Migration {
        id: 230,
        name: "sharing",
        sql: include_str!("sharing.sql"),
    },
    Migration {
        id: 250,
        name: "the operator's access",
        sql: include_str!("operator_access/operator_access.sql"),
    },
    Migration {
        id: 251,
        name: "what is asked of members before they see anything",
        sql: include_str!("admission/admission.sql"),
    },
    Migration {
        id: 257,
        name: "legal holds",
        sql: include_str!("legal_hold/legal_hold.sql"),
    },
    Migration {
        id: 258,
        name: "retention",
        sql: include_str!("retention/retention.sql"),
    },
    Migration {
        id: 259,
        name: "ends of contracts",
        sql: include_str!("ending/ending.sql"),
    },
    Migration {
        id: 252,
        name: "duties that nobody holds together",
        sql: include_str!("duty/duty.sql"),
    },
    Migration {
        id: 290,
        name: "what was erased, and backups",
        sql: include_str!("erasure/erasure.sql"),
    },
    Migration {
        id: 450,
        name: "reasons for reading",
        sql: include_str!("dataset/reading.sql"),
    },
];

/// Everything in the database, lowest floor first.
pub fn all_migrations() -> Vec<Migration> {
    [
        store::MIGRATIONS,
        operation::MIGRATIONS,
        outbox::MIGRATIONS,
        identity::MIGRATIONS,
        MIGRATIONS,
    ]
    .concat()
}

/// What this installation takes in.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The most bytes of one item.
    pub item_bytes: u64,
    /// Items of at most so many bytes live in the database row; larger ones are objects, and so is every item of a dataset
    /// that has another region than the database.
    pub inline_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // 5 TiB is what S3 clients know as the most; the inline limit is measured in `docs/performance.md`.
        Self {
            item_bytes: 5 << 40,
            inline_bytes: 32 << 10,
        }
    }
}

/// The custody of one installation. Cheap to clone.
#[derive(Clone)]
pub struct Custody {
    pub(crate) desk: Desk,
    pub(crate) places: Places,
    pub(crate) roots: Arc<Roots>,
    pub(crate) live: LiveKeys,
    pub(crate) leases: live::LiveLeases,
    pub(crate) shares: live::LiveShares,
    pub(crate) signers: Arc<key::Signers>,
    pub(crate) limits: Limits,
    pub(crate) node: Arc<str>,
    pub(crate) own_buckets: kernel::AllowedHosts,
    pub(crate) gate: gate::Gate,
    pub(crate) looks: item::Looks,
    pub(crate) cleanings: item::Cleanings,
    pub(crate) purposes: Option<Arc<dyn dataset::Purposes>>,
}

impl Custody {
    /// Puts the parts together. `node` names this process among those that share the store.
    pub fn new(desk: Desk, places: impl Into<Places>, roots: Roots, limits: Limits, node: &str) -> Self {
        Self {
            desk,
            places: places.into(),
            roots: Arc::new(roots),
            live: LiveKeys::default(),
            leases: live::LiveLeases::default(),
            shares: live::LiveShares::default(),
            signers: Arc::default(),
            limits,
            node: node.into(),
            own_buckets: kernel::AllowedHosts::default(),
            gate: gate::Gate::unattended(),
            looks: item::Looks::default(),
            cleanings: item::Cleanings::default(),
            purposes: None,
        }
    }

    /// The same, letting datasets refer to objects of buckets behind these hosts.
    #[must_use]
    pub fn with_own_buckets(self, own_buckets: kernel::AllowedHosts) -> Self {
        Self { own_buckets, ..self }
    }

    /// The same, connecting to nobody but through this gate.
    #[must_use]
    pub fn with_gate(self, gate: gate::Gate) -> Self {
        Self { gate, ..self }
    }

    /// The same, drawing so many views at once, of items of at most so many bytes.
    #[must_use]
    pub fn with_looks(self, looks: item::Looks) -> Self {
        Self { looks, ..self }
    }

    /// The same, asking this whether a purpose stands for a person. Without it none does, where a dataset says what it is kept for.
    #[must_use]
    pub fn with_purposes(self, purposes: Arc<dyn dataset::Purposes>) -> Self {
        Self {
            purposes: Some(purposes),
            ..self
        }
    }

    /// The desk, for surfaces that need an operation id or the clock.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Where sealed bytes may lie.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// The hosts behind which tenants may have buckets of their own.
    pub fn own_buckets(&self) -> &kernel::AllowedHosts {
        &self.own_buckets
    }

    /// Whether the root key of this id is at hand.
    pub fn has_root(&self, id: &str) -> bool {
        self.roots.get(id).is_some()
    }

    /// Keys with something in flight, for the watch that ends streams of dead keys.
    pub fn live_keys(&self) -> &LiveKeys {
        &self.live
    }
}
