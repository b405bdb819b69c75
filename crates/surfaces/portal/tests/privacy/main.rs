//! The portal as people use it: with nothing but a browser and a mailbox, on both engines.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod browser;
mod crossing;
mod guards;
#[path = "../../samples/mod.rs"]
mod samples;
mod shape;
mod walk;
