#![doc = include_str!("../README.md")]

mod acts;
pub mod consent;
pub mod erasure;
pub mod package;
pub mod portal;
pub mod purpose;
pub mod request;
mod restriction;
pub mod subject;
mod words;

use custody::Custody;
use store::Migration;

pub use custody::{Error, Result};
pub use restriction::RestrictionGround;

/// The tables of this crate.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        id: 301,
        name: "people the data is about",
        sql: include_str!("subjects.sql"),
    },
    Migration {
        id: 302,
        name: "erasures of people",
        sql: include_str!("erasure/erasure.sql"),
    },
    Migration {
        id: 310,
        name: "requests of people",
        sql: include_str!("request/request.sql"),
    },
    Migration {
        id: 320,
        name: "purposes",
        sql: include_str!("purpose/purpose.sql"),
    },
    Migration {
        id: 321,
        name: "consent",
        sql: include_str!("consent/consent.sql"),
    },
    Migration {
        id: 322,
        name: "packages for people",
        sql: include_str!("package/package.sql"),
    },
    Migration {
        id: 340,
        name: "erasures that a hold stops",
        sql: include_str!("erasure/held.sql"),
    },
    Migration {
        id: 330,
        name: "the page for people the data is about",
        sql: include_str!("portal/portal.sql"),
    },
    Migration {
        id: 341,
        name: "requests by mail",
        sql: include_str!("portal/mailed.sql"),
    },
    Migration {
        id: 342,
        name: "reminders of requests by letter",
        sql: include_str!("request/mailing.sql"),
    },
    Migration {
        id: 420,
        name: "requests for erasure that still name somebody",
        sql: include_str!("request/forget.sql"),
    },
    Migration {
        id: 470,
        name: "requests that say the same",
        sql: include_str!("request/same.sql"),
    },
    Migration {
        id: 471,
        name: "what is kept elsewhere",
        sql: include_str!("request/elsewhere/elsewhere.sql"),
    },
];

/// Everything in the database, lowest floor first.
pub fn all_migrations() -> Vec<Migration> {
    [custody::all_migrations().as_slice(), MIGRATIONS].concat()
}

/// The rights of the people that the data of one installation is about. Cheap to clone.
#[derive(Clone)]
pub struct Rights {
    custody: Custody,
}

impl Rights {
    /// Rights over what is in this custody.
    pub fn new(custody: Custody) -> Self {
        Self { custody }
    }

    /// The custody that the data is in.
    pub fn custody(&self) -> &Custody {
        &self.custody
    }
}
