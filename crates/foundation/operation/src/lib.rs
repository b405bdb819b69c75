//! The one door: nothing touches data except through an operation.
//!
//! Promises: a change, an opening or a listing happens only with a [`Permit`] that the access policies
//! gave inside the same transaction; every permit leaves one sealed event in that transaction or nothing
//! happened; refusals and failures leave an event too. [`sequencer`] puts events into the log and
//! [`trail`] reads them back with their proofs. Leaves out: what the acts mean, who the callers are
//! (the domain says so through [`Caller`]), and every protocol.

pub mod acts;
mod desk;
mod event;
pub mod log;
mod op;
mod permit;
mod rows;
pub mod sequencer;
pub mod trail;

pub use desk::{Desk, Recorded, Request};
pub use event::{Client, Event, Outcome, Resource, TrailKeys, TrailSeal};
pub use op::{Caller, Op, PermitError};
pub use permit::{Act, Permit, Refused};
pub use rows::MIGRATIONS;

/// Why an operation did not happen, below the level of the domain.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// The store could not do it; see [`store::StoreError`].
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// A permit was given and not spent: a programming error that must not become an unrecorded act.
    #[error("{0} permits were given and not recorded; the act was rolled back")]
    Unrecorded(u32),
    /// An event could not be written as canonical JSON.
    #[error("the event cannot be written: {0}")]
    Event(String),
    /// Stored ledger rows contradict each other.
    #[error("the ledger's rows do not fit together: {0}")]
    Ledger(String),
}
