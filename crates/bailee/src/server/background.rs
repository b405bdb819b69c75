//! What runs beside the requests: the sequencer, the watch over live keys, housekeeping, certificates.
//!
//! Each is a loop that ends when the server stops. A failure is logged when it begins and when it is over, not at
//! every turn, so that a database that is gone does not fill the log.

use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use custody::{Custody, People};
use operation::sequencer::Sequencer;
use rights::Rights;
use store::objects::{Places, empty_all_trash};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use webhook::Webhooks;

use super::services::Service;
use super::{Certificate, Parts};
use crate::failure::Failure;

/// A checkpoint about once a second while something is new.
const SEQUENCING: Duration = Duration::from_secs(1);
/// How long a stream of a key that was invalidated on another node may go on at most.
const LIVE_KEYS: Duration = Duration::from_millis(500);
const HOUSEKEEPING: Duration = Duration::from_secs(60);
/// Each time the writers wait for the disk once more, which is little in ten minutes.
const COMPACTING: Duration = Duration::from_secs(10 * 60);
/// Rules count days: what is past its time goes within the hour.
const RETENTION: Duration = Duration::from_secs(60 * 60);
const CERTIFICATES: Duration = Duration::from_secs(60 * 60);

/// Starts all of them.
pub(super) fn start(
    (custody, people): (&Custody, &People),
    parts: &Parts,
    sequencer: &Sequencer,
    certificate: &Certificate,
    stopping: &CancellationToken,
) -> Vec<JoinHandle<()>> {
    let sequencer = sequencer.clone();
    let sequencing = repeat((Service::Log, "sequencing"), SEQUENCING, stopping, move || {
        let sequencer = sequencer.clone();
        async move { sequencer.run().await.map(drop) }
    });
    let watched = custody.clone();
    let watching = repeat(
        (Service::LiveKeys, "watching live keys"),
        LIVE_KEYS,
        stopping,
        move || {
            let custody = watched.clone();
            async move { custody.watch_live_keys().await.map(drop) }
        },
    );
    let keeper = Housekeeper {
        custody: custody.clone(),
        rights: Rights::new(custody.clone()),
        people: people.clone(),
        db: parts.db.clone(),
        places: parts.places.clone(),
    };
    let housekeeping = repeat(
        (Service::Housekeeping, "housekeeping"),
        HOUSEKEEPING,
        stopping,
        move || keeper.clone().turn(),
    );
    let keeping = custody.clone();
    let ending = repeat(
        (Service::Retention, "keeping retention and ending contracts"),
        RETENTION,
        stopping,
        move || {
            let custody = keeping.clone();
            async move {
                custody.keep_retention().await?;
                custody.end_contracts().await.map(drop)
            }
        },
    );
    let (certificate, clock) = (certificate.clone(), Arc::clone(&parts.wiring.clock));
    let renewing = repeat(
        (Service::Certificate, "renewing the certificate"),
        CERTIFICATES,
        stopping,
        move || {
            let (certificate, clock) = (certificate.clone(), Arc::clone(&clock));
            async move { tokio::task::spawn_blocking(move || certificate.renew(&*clock)).await? }
        },
    );
    let db = parts.db.clone();
    let compacting = repeat(
        (Service::Database, "compacting the log of writes"),
        COMPACTING,
        stopping,
        move || {
            let db = db.clone();
            async move { compact(db).await }
        },
    );
    vec![sequencing, watching, housekeeping, ending, renewing, compacting]
}

/// Readers in the way are no failure: the next turn will do.
async fn compact(db: store::Db) -> Result<(), Failure> {
    tokio::task::spawn_blocking(move || db.compact_log()).await??;
    Ok(())
}

#[derive(Clone)]
struct Housekeeper {
    custody: Custody,
    rights: Rights,
    people: People,
    db: store::Db,
    places: Places,
}

impl Housekeeper {
    async fn turn(self) -> Result<(), Failure> {
        self.custody.forget_old_answers().await?;
        self.custody.sweep_uploads().await?;
        self.custody.mark_ended_tasks().await?;
        self.custody.sweep_temporary_keys().await?;
        self.custody.sweep_own_buckets().await?;
        self.rights.resume_unheld().await?;
        self.rights.remind_by_mail().await?;
        self.rights.sweep_visits().await?;
        self.rights.forget_who_was_erased().await?;
        let now = self.custody.desk().clock.now();
        self.db.write(move |tx| outbox::sweep(tx, now)).await?;
        Webhooks::new(self.custody.clone()).sweep().await?;
        let swept = self.people.sweep().await;
        swept.map_err(|error| Failure::Said(error.to_string()))?;
        let emptied = tokio::task::spawn_blocking(move || empty_all_trash(&self.db, &self.places));
        emptied.await??.whole()?;
        Ok(())
    }
}

/// Does a service's work again and again.
pub(crate) fn repeat<W, F, E>(
    what: (Service, &'static str),
    period: Duration,
    stopping: &CancellationToken,
    work: W,
) -> JoinHandle<()>
where
    W: Fn() -> F + Send + 'static,
    F: Future<Output = Result<(), E>> + Send,
    E: Display,
{
    repeat_after(Duration::ZERO, what, period, stopping, work)
}

/// The same, the first time after a while.
pub(super) fn repeat_after<W, F, E>(
    wait: Duration,
    (service, what): (Service, &'static str),
    period: Duration,
    stopping: &CancellationToken,
    work: W,
) -> JoinHandle<()>
where
    W: Fn() -> F + Send + 'static,
    F: Future<Output = Result<(), E>> + Send,
    E: Display,
{
    let stopping = stopping.clone();
    tokio::spawn(async move {
        let mut turns = tokio::time::interval_at(Instant::now() + wait, period);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                _ = turns.tick() => {}
            }
            // A turn that has begun is finished: what it wrote is then whole.
            match work().await {
                Ok(()) if failing => tracing::info!(service = service.word(), what, "works again"),
                Err(error) if !failing => {
                    tracing::error!(service = service.word(), what, error = ?error.to_string(), "fails and is tried again")
                }
                _ => continue,
            }
            failing = !failing;
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_loop_goes_on_after_failures_and_ends_when_told() {
        let stopping = CancellationToken::new();
        let turns = Arc::new(AtomicU32::new(0));
        let (counted, stop) = (Arc::clone(&turns), stopping.clone());
        let task = repeat((Service::Log, "counting"), SEQUENCING, &stopping, move || {
            let turn = counted.fetch_add(1, Ordering::Relaxed);
            if turn == 5 {
                stop.cancel();
            }
            async move { if turn % 2 == 0 { Err("no") } else { Ok(()) } }
        });
        task.await.unwrap();
        assert_eq!(turns.load(Ordering::Relaxed), 6);
    }
}
