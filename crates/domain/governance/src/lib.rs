#![doc = include_str!("../README.md")]

pub mod activity;
mod day;
pub mod egress;
pub mod entry;
pub mod processor;
pub mod register;

use std::sync::Arc;

use custody::Custody;
use store::Migration;

pub use custody::{Error, Result};
pub use day::end_of as end_of_day;
pub use register::{Register, registers};

/// The tables of this crate.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        id: 400,
        name: "governance",
        sql: include_str!("governance.sql"),
    },
    Migration {
        id: 410,
        name: "processors",
        sql: include_str!("processor/processor.sql"),
    },
];

/// Everything in the database, lowest floor first.
pub fn all_migrations() -> Vec<Migration> {
    [custody::all_migrations().as_slice(), MIGRATIONS].concat()
}

/// The registers of everybody who has a tenant, the operator included. Cheap to clone.
#[derive(Clone)]
pub struct Governance {
    pub(crate) custody: Custody,
    pub(crate) model: Arc<dyn processor::Model>,
    pub(crate) egress: Option<Arc<egress::Egress>>,
}

impl Governance {
    /// Registers beside what is in this custody.
    pub fn new(custody: Custody) -> Self {
        Self {
            custody,
            model: Arc::new(processor::NoModel),
            egress: None,
        }
    }

    /// The same, sending to models by this, through the gate of this keeper.
    #[must_use]
    pub fn with_models(self, model: Arc<dyn processor::Model>, egress: Arc<egress::Egress>) -> Self {
        Self {
            model,
            egress: Some(egress),
            ..self
        }
    }
}
