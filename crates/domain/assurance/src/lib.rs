#![doc = include_str!("../README.md")]

mod alarm;
mod asked;
pub mod attestation;
pub mod catalogue;
mod changes;
pub mod check;
pub mod checks;
pub mod claim;
mod company;
pub mod door;
mod ear;
mod error;
pub mod history;
mod probe;
pub mod profile;
mod program;
pub mod provenance;
mod rows;
mod runner;
mod site;
mod watch;

pub use alarm::Alarms;
pub use catalogue::{BadCatalogue, Catalogue};
pub use changes::{Change, ClaimVersion};
pub use claim::{ClaimState, Known, State};
pub use company::{CompanyPage, Published};
pub use ear::Ear;
pub use error::{Error, Result};
pub use profile::{Profile, Profiles};
pub use program::Program;
pub use rows::{Kept, MIGRATIONS};
pub use runner::{Assurance, Round};
pub use site::Site;

/// What is kept in every column of the tables of all domain crates, whose it is and for how long, as TOML.
pub const FIELDS: &str = include_str!("../../fields.toml");
