//! Who may do what: Cedar policies, decisions with reasons, and the whole table of rights.
//!
//! Promises: [`Policies::decide`] refuses unless a policy permits and none forbids; every answer
//! names the policies that made it; whatever the engine could not evaluate is a refusal; the published
//! [`Matrix`] is computed from the same policies that decide. Leaves out: finding facts (the caller
//! reads them in its own transaction), people and keys (a [`Subject`] is a class and a scope), and
//! any input or output.
//!
//! The policies are text in `policies/`, validated against `policies/bailee.cedarschema` in strict mode
//! whenever they are loaded.

mod action;
mod action_set;
mod class;
mod decision;
mod duty;
mod facts;
mod matrix;
mod policies;
mod situation;
mod slice;
mod subject;

pub use action::{Action, BadAction, Resource};
pub use action_set::{ActionSet, BadActionSet};
pub use class::{BadClass, Class};
pub use decision::{Answer, Decision, Reason, ReasonId};
pub use duty::{BadDuty, BadPair, Bar, CONFLICTS, Duty, DutySet, Pair, bar, held_together};
pub use facts::{Facts, State};
pub use matrix::{Ceiling, Matrix, PUBLISHED, Row, Table};
pub use policies::{BadPolicies, Policies, SCHEMA, SOURCES};
pub use situation::Situation;
pub use subject::{Reach, Scope, Subject};
