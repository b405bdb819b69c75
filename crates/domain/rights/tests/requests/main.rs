//! What people ask for, from the day it comes to the answer, on both engines.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod course;
mod elsewhere;
mod mail;
mod proof;
mod same;
#[path = "../site/mod.rs"]
mod site;

use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
