//! What S3 clients see, on both engines: one program, so that it is linked once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod bodies;
mod buckets;
mod common;
mod customer_keys;
mod forms;
mod ingest;
mod leases;
mod listing;
mod locks;
mod looking;
mod objects;
mod own_bucket;
mod parts;
mod sealing;
mod signatures;
mod sts;
mod versioning;
