//! The public page as a stranger reads it: live, in every state, and while somebody breaks the installation behind it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod deeds;
mod elsewhere;
mod furnished;
mod house;
mod live;
mod others;
mod profiles;
mod sabotage;
#[path = "../../samples/mod.rs"]
mod samples;
mod shape;
mod ways;
