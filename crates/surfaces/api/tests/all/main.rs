//! What programs see of the API, on both engines: one program, so that it is linked once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod annotations;
mod archive;
mod common;
mod consents;
mod content;
mod crossing;
mod door;
mod ingest;
mod looking;
mod own_bucket;
mod processing;
mod regions;
mod requests;
mod scim;
mod sharing;
mod sight;
mod tasks;
mod walk;
