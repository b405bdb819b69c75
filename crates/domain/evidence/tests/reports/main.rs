//! Reports of a live installation, on both engines.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod criteria;
mod house;
mod oscal;
mod soc2;
