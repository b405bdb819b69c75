//! People the data is about: found, merged, restricted and erased, on both engines.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod clinic;
mod ended;
mod erased;
mod finding;
mod held;
mod kept;
mod restricted;
