//! What custody promises, as a team sees it, on both engines: one program, so that it is linked once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod admission;
mod annotations;
mod asked_for;
mod duties;
mod exports;
mod ingest;
mod items;
mod keeping_apart;
mod leases;
mod looking;
mod named;
mod names;
mod narrow_keys;
mod operator_access;
mod places;
mod quarantine;
mod reading;
mod records;
mod reviews;
mod sharing;
mod sight;
mod site;
mod task_keys;
mod tasks;
mod temporary_keys;
mod uploads;
