#![doc = include_str!("../README.md")]

mod day;
pub mod egress;
pub mod entry;
pub mod register;

use custody::Custody;
use store::Migration;

pub use custody::{Error, Result};
pub use register::{Register, registers};

/// The tables of this crate.
pub const MIGRATIONS: &[Migration] = &[Migration {
    id: 400,
    name: "governance",
    sql: include_str!("governance.sql"),
}];

/// Everything in the database, lowest floor first.
pub fn all_migrations() -> Vec<Migration> {
    [custody::all_migrations().as_slice(), MIGRATIONS].concat()
}

/// The registers of everybody who has a tenant, the operator included. Cheap to clone.
#[derive(Clone)]
pub struct Governance {
    pub(crate) custody: Custody,
}

impl Governance {
    /// Registers beside what is in this custody.
    pub fn new(custody: Custody) -> Self {
        Self { custody }
    }
}
