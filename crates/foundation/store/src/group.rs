//! Group commit: many closures, one durable commit.
//!
//! ```text
//! queue   a b c d e …
//! BEGIN IMMEDIATE
//!   SAVEPOINT  a  RELEASE          keeps its rows
//!   SAVEPOINT  b  ROLLBACK TO      leaves no trace; a and c do not notice
//!   SAVEPOINT  c  RELEASE          sees a's rows
//! COMMIT                           one fsync for all
//! hooks of a, c; then answers to a, b, c
//! ```
//!
//! Refusals wait for the commit as well: b may have said "already there" because of a row of a, which is not
//! true before a is durable.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::Receiver;

use crate::StoreError;
use crate::dialect::Kind;
use crate::session::Session;
use crate::tx::Hook;
use crate::work::{Job, Ran, run_hooks};

/// How long a group waits for a caller that is expected back: little beside an fsync, enough to be scheduled.
const PATIENCE: Duration = Duration::from_micros(100);

/// Everything that waits in the queue, the given one first, up to `most`.
///
/// Callers who were answered a moment ago are only now on their way back with their next closure. Going without them
/// makes two groups of half the size out of one, so the group waits while it is smaller than `expected` and others
/// keep coming. A single caller expects nobody and waits for nothing.
pub(crate) fn gather(
    first: Box<dyn Job>,
    queue: &Receiver<Box<dyn Job>>,
    expected: usize,
    most: usize,
) -> Vec<Box<dyn Job>> {
    let mut jobs = vec![first];
    loop {
        jobs.extend(queue.try_iter().take(most - jobs.len()));
        if jobs.len() >= expected.min(most) {
            return jobs;
        }
        match queue.recv_timeout(PATIENCE) {
            Ok(job) => jobs.push(job),
            Err(_) => return jobs,
        }
    }
}

/// Runs all closures inside one transaction, commits once and answers all.
pub(crate) fn serve(session: &mut Session, jobs: Vec<Box<dyn Job>>) {
    if let Err(error) = session.begin(Kind::Write) {
        return refuse_all(jobs, &error);
    }
    let mut group = Group {
        done: Vec::new(),
        hooks: Vec::new(),
    };
    let mut jobs = jobs.into_iter();
    while let Some(mut job) = jobs.next() {
        match group.run(session, &mut *job) {
            Ok(()) => group.done.push(job),
            Err(lost) => {
                session.tx.roll_back();
                answer_culprit(job, lost);
                // Nothing of the group was committed, so that every other closure can run again, now on its own.
                return group
                    .done
                    .into_iter()
                    .chain(jobs)
                    .for_each(|job| session.serve(job));
            }
        }
    }
    group.commit(session);
}

struct Group {
    done: Vec<Box<dyn Job>>,
    hooks: Vec<Hook>,
}

/// The engine ended the whole transaction during one closure's turn.
struct Lost(Option<StoreError>);

impl Group {
    fn run(&mut self, session: &mut Session, job: &mut dyn Job) -> Result<(), Lost> {
        let failed = |error| Lost(Some(error));
        // Executed, not run as a batch: a batch is parsed anew for every closure.
        session
            .tx
            .driver()
            .execute("SAVEPOINT closure", &[])
            .map_err(failed)?;
        session.shared.runs.fetch_add(1, Ordering::Relaxed);
        let Ran { keep, hooks, .. } = job.run(&mut session.tx);
        // A full disk or a failing one makes SQLite end the transaction by itself.
        if !session.tx.driver().in_transaction() {
            let reason = "a closure ended the transaction itself";
            return Err(Lost(keep.then(|| StoreError::Sql {
                reason: reason.to_owned(),
            })));
        }
        if !keep {
            session
                .tx
                .driver()
                .execute("ROLLBACK TO closure", &[])
                .map_err(failed)?;
        }
        session
            .tx
            .driver()
            .execute("RELEASE closure", &[])
            .map_err(failed)?;
        self.hooks.extend(hooks);
        Ok(())
    }

    fn commit(self, session: &mut Session) {
        if let Err(error) = session.tx.driver().batch("COMMIT") {
            session.tx.roll_back();
            return refuse_all(self.done, &error);
        }
        session.shared.commits.fetch_add(1, Ordering::Relaxed);
        run_hooks(self.hooks);
        self.done.into_iter().for_each(|job| job.answer());
    }
}

fn answer_culprit(job: Box<dyn Job>, lost: Lost) {
    match lost {
        Lost(None) => job.answer(),
        Lost(Some(error)) => job.refuse(error),
    }
}

fn refuse_all(jobs: Vec<Box<dyn Job>>, error: &StoreError) {
    jobs.into_iter().for_each(|job| job.refuse(error.clone()));
}
