//! The live pages, walked through as a browser without script does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod asking_why;
mod browser;
mod deciding;
mod drawing;
mod guards;
mod keeping;
mod large;
mod letting_in;
mod looking;
mod sharing;
mod sight;
mod signing;
mod staff;
mod walk;
