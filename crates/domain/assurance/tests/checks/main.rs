//! The checks against a live installation, on both engines: what a sound one gives, what a broken one gives, and what a
//! control case that comes out wrong gives.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod guests;
mod house;
mod people;
mod promises;
mod registers;
mod runs;
mod spoilt;
