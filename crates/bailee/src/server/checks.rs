//! Checks that a server runs by itself.
//!
//! Promises: what is due runs, on one node at a time; claims that go late by the clock alone are noticed within a minute; a server that
//! stops does not begin another check, and cuts off one that takes too long. Leaves out: what checks do.

use std::time::Duration;

use assurance::Assurance;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::GRACE;
use super::background::repeat_after;
use super::services::Service;

/// How often it is asked what is due.
const ASKING: Duration = Duration::from_secs(60);
/// A server that has just started has other things to do first.
const AT_FIRST: Duration = Duration::from_secs(15);

/// Starts asking.
pub(super) fn start(assurance: &Assurance, stopping: &CancellationToken) -> JoinHandle<()> {
    let (assurance, stop) = (assurance.clone(), stopping.clone());
    repeat_after(
        AT_FIRST,
        (Service::Checks, "running checks"),
        ASKING,
        stopping,
        move || {
            let (assurance, stop) = (assurance.clone(), stop.clone());
            async move { turn(&assurance, &stop).await }
        },
    )
}

async fn turn(assurance: &Assurance, stop: &CancellationToken) -> Result<(), assurance::Error> {
    let stopped = || stop.is_cancelled();
    let too_long = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    // The lease of a round that is cut off runs out by itself.
    tokio::select! {
        round = assurance.turn(&stopped) => round.map(drop),
        () = too_long => Ok(()),
    }
}
