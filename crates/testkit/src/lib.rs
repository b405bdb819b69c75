#![doc = include_str!("../README.md")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod authenticator;
mod clock;
mod door;
mod ear;
mod person;
mod program;
pub mod sign;
mod staff;
mod world;

pub use authenticator::{Authenticator, code_of_app};
pub use clock::HandClock;
pub use door::{OwnDoor, Pages};
pub use ear::ear;
// For tests of crates that custody is built upon: they see it from above, as the world of a test.
pub use custody;
pub use person::{Person, pieces};
pub use program::program;
pub use staff::{OnStaff, STAFF_PASSWORD};
pub use world::{Team, World, know_rules, migrations, people, policies, policies_with};
