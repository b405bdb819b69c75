//! One transaction per closure: begin, run, commit, and again when others were in the way.
//!
//! Retries do not wait by guessing where that can be avoided: from the fifth run on, a write takes the process's lane
//! for itself, so that no other write of this process can be in its way. Against other processes there is a short
//! wait that grows and differs by thread, because nothing tells when their transactions end.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::RwLockReadGuard;
use std::sync::RwLockWriteGuard;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::StoreError;
use crate::dialect::{Engine, Kind};
use crate::durable::Progress;
use crate::tx::{Hook, Tx};
use crate::work::{Job, run_hooks};

/// Runs with others before a write asks to run alone.
const RUNS_IN_COMPANY: u32 = 4;

/// What the threads of one `Db` share.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) attempts: u32,
    pub(crate) runs: AtomicU64,
    pub(crate) commits: AtomicU64,
    pub(crate) progress: Progress,
    lane: RwLock<()>,
}

impl Shared {
    pub(crate) fn new(attempts: u32) -> Self {
        Self {
            attempts: attempts.max(1),
            ..Self::default()
        }
    }
}

/// One connection with what it needs to serve closures.
pub(crate) struct Session {
    pub(crate) tx: Tx,
    pub(crate) engine: Engine,
    pub(crate) shared: Arc<Shared>,
    pub(crate) jitter: Jitter,
}

enum Step {
    Committed(Vec<Hook>),
    /// The closure said no; its own answer stands.
    Answered,
    /// Nothing happened, and another run may succeed.
    Again(StoreError),
    /// Another run will not help, or must not be made.
    Ended(StoreError),
}

#[expect(dead_code, reason = "held, never read: the guard is the point")]
enum Lane<'a> {
    Company(RwLockReadGuard<'a, ()>),
    Alone(RwLockWriteGuard<'a, ()>),
    Free,
}

impl Session {
    /// Serves one closure and answers it.
    pub(crate) fn serve(&mut self, mut job: Box<dyn Job>) {
        let mut last = StoreError::Contention;
        for run in 0..self.shared.attempts {
            let step = self.step(&mut *job, run);
            if let Err(error) = self.wait_for_what_was_seen(job.kind()) {
                return job.refuse(error);
            }
            match step {
                Step::Committed(hooks) => {
                    run_hooks(hooks);
                    return job.answer();
                }
                Step::Answered => return job.answer(),
                Step::Ended(error) => return job.refuse(error),
                Step::Again(error) => last = error,
            }
            self.jitter.wait(run);
        }
        job.refuse(last);
    }

    fn step(&mut self, job: &mut dyn Job, run: u32) -> Step {
        let shared = Arc::clone(&self.shared);
        let _lane = lane(&shared.lane, job.kind(), run);
        if let Err(error) = self.begin(job.kind()) {
            return if self.tx.driver().is_closed() {
                Step::Again(error)
            } else {
                Step::Ended(error)
            };
        }
        shared.runs.fetch_add(1, Ordering::Relaxed);
        let ran = job.run(&mut self.tx);
        if ran.keep {
            return self.commit(job.kind(), ran.hooks);
        }
        self.tx.roll_back();
        match ran.failure {
            Some(StoreError::Contention) => Step::Again(StoreError::Contention),
            // The connection was lost before COMMIT was sent: nothing happened, so that another run is safe.
            Some(error @ StoreError::Unavailable { .. }) if self.tx.driver().is_closed() => {
                Step::Again(error)
            }
            _ => Step::Answered,
        }
    }

    /// A reader may have seen commits that are not durable; a write comes after them in the same log.
    fn wait_for_what_was_seen(&self, kind: Kind) -> Result<(), StoreError> {
        if kind.only_reads() && self.engine.shows_before_durable() && !self.tx.is_untold() {
            self.shared.progress.wait()
        } else {
            Ok(())
        }
    }

    pub(crate) fn begin(&mut self, kind: Kind) -> Result<(), StoreError> {
        self.shared.progress.check()?;
        self.tx.driver().reconnect()?;
        let engine = self.engine;
        self.tx.driver().batch(engine.begin(kind))
    }

    fn commit(&mut self, kind: Kind, hooks: Vec<Hook>) -> Step {
        // Only a write can be seen by others.
        let number = (!kind.only_reads()).then(|| self.shared.progress.begin());
        let outcome = self.tx.driver().batch("COMMIT");
        let durable = match &outcome {
            Ok(()) if !kind.only_reads() => self.tx.driver().make_durable(),
            _ => Ok(()),
        };
        if let Some(number) = number {
            self.shared.progress.settle(number, &durable);
        }
        match outcome.and(durable) {
            Ok(()) => {
                self.shared.commits.fetch_add(1, Ordering::Relaxed);
                Step::Committed(hooks)
            }
            Err(StoreError::Contention) => {
                self.tx.roll_back();
                Step::Again(StoreError::Contention)
            }
            // The connection may have been lost before or after the server committed: never run it again.
            Err(error) => {
                self.tx.roll_back();
                Step::Ended(error)
            }
        }
    }
}

fn lane(lane: &RwLock<()>, kind: Kind, run: u32) -> Lane<'_> {
    match kind {
        kind if kind.only_reads() => Lane::Free,
        _ if run < RUNS_IN_COMPANY => Lane::Company(lane.read().unwrap_or_else(PoisonError::into_inner)),
        _ => Lane::Alone(lane.write().unwrap_or_else(PoisonError::into_inner)),
    }
}

/// Short waits that differ from thread to thread. Not a secret, so no randomness is needed: a fixed sequence per
/// thread (SplitMix64) keeps two threads from meeting again and again.
pub(crate) struct Jitter(u64);

impl Jitter {
    pub(crate) fn of_thread(number: usize) -> Self {
        Self((number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(std::process::id()))
    }

    fn wait(&mut self, run: u32) {
        let most = 1_000u64 << run.min(5);
        let micros = self.next() % most;
        let _ = crossbeam_channel::never::<()>().recv_timeout(Duration::from_micros(micros));
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
