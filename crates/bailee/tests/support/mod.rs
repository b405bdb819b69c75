//! What the end-to-end tests share: the real binary in a folder of its own, and clients that know nothing else of it.
//!
//! Nothing here waits by guessing: what is waited for is a line, an answer, or the end of a process. Only what the
//! server does by its own clock (a checkpoint a second) is asked for again, with a deadline.

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "shared by several test programs, of which none uses everything; a test fails by these"
)]

pub mod api;
pub mod browser;
pub mod chance;
pub mod compare;
pub mod diary;
pub mod disk;
pub mod load;
mod load_s3;
pub mod log;
pub mod place;
pub mod postgres;
pub mod s3;
pub mod server;
pub mod thief;

use std::time::Duration;

pub use api::{Api, Team, Trouble};
pub use chance::Chance;
pub use log::PublicLog;
pub use place::{ELSEWHERE, Place};
pub use postgres::Postgres;
pub use s3::S3;
pub use server::Server;

/// Which engine a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Runs a test with a runtime of its own.
pub fn run(test: impl Future<Output = ()>) {
    // A second call changes nothing.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(test);
}

/// Asks until there is an answer; for what the server does by its own clock.
pub async fn eventually<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let mut turns = tokio::time::interval(Duration::from_millis(50));
    let asked = async {
        loop {
            turns.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asked)
        .await
        .unwrap_or_else(|_| panic!("never came: {what}"))
}
