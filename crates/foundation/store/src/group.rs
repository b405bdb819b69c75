//! Group commit: many closures, one durable commit.
//!
//! ```text
//! queue   a b c d e …
//! BEGIN IMMEDIATE
//!   SAVEPOINT  a  RELEASE          keeps its rows
//!   SAVEPOINT  b  ROLLBACK TO      leaves no trace; a and c do not notice
//!   SAVEPOINT  c  RELEASE          sees a's rows
//! COMMIT
//! one fsync for all                on another thread, while d, e … run
//! hooks of a, c; then answers to a, b, c
//! ```
//!
//! While the disk is busy with the group before, closures join the open one; it is committed when the disk is free.
//! So neither waits for the other, and no group is smaller than it must be.
//!
//! Refusals wait for the disk as well: b may have said "already there" because of a row of a, which is not
//! true before a is durable.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::Receiver;

use crate::StoreError;
use crate::checkpoint::Copier;
use crate::dialect::Kind;
use crate::durable::{Committed, Disk, Flush};
use crate::session::Session;
use crate::tx::Hook;
use crate::work::{Job, Ran};

/// How long a group waits for a caller that is expected back: little beside an fsync, enough to be scheduled.
const PATIENCE: Duration = Duration::from_micros(100);

/// The one writer of a SQLite database.
pub(crate) struct Writer {
    session: Session,
    queue: Receiver<Box<dyn Job>>,
    /// The most closures of a group.
    most: usize,
    disk: Disk,
    /// For a caller that is alone: its commit need not change threads.
    flush: Box<dyn Flush>,
    copier: Copier,
    /// How many callers there were at once, of late.
    crowd: usize,
}

impl Writer {
    pub(crate) fn new(
        session: Session,
        queue: Receiver<Box<dyn Job>>,
        most: usize,
        disk: Disk,
        flush: Box<dyn Flush>,
        copier: Copier,
    ) -> Self {
        Self {
            session,
            queue,
            most,
            disk,
            flush,
            copier,
            crowd: 1,
        }
    }

    /// Serves until nobody can ask any more.
    pub(crate) fn run(mut self) {
        while let Ok(job) = self.queue.recv() {
            match job.kind() {
                Kind::Write => self.serve(job),
                _ => self.serve_alone(job),
            }
        }
    }

    /// A transaction of its own, which waits for the disk itself: not beside a group whose fsync may yet fail.
    fn serve_alone(&mut self, job: Box<dyn Job>) {
        self.disk.wait();
        self.session.serve(job);
        self.copier.committed(self.session.tx.driver());
    }

    /// Runs this closure, and whichever come in time, inside one transaction, commits once and answers all.
    fn serve(&mut self, first: Box<dyn Job>) {
        if let Err(error) = self.session.begin(Kind::Write) {
            return first.refuse(error);
        }
        let mut group = Group::default();
        let mut next = Some(first);
        while let Some(mut job) = next {
            if job.kind() != Kind::Write {
                // A change of the schema is a transaction of its own.
                self.commit(group);
                return self.serve_alone(job);
            }
            match group.run(&mut self.session, &mut *job) {
                Ok(()) => group.done.push(job),
                Err(lost) => return self.start_again(group.done, job, lost),
            }
            next = self.another(group.done.len());
        }
        self.commit(group);
    }

    /// The next closure of the group, or none when it is time to commit.
    ///
    /// Half of the callers in one group and half in the next keep the disk and this thread busy at once, so a free disk gets
    /// a group of that size and no more. Callers who were answered a moment ago are only now on their way back with their
    /// next closure; going without them would make small groups, so one that is smaller waits while others keep coming. A
    /// single caller expects nobody and waits for nothing.
    fn another(&mut self, so_far: usize) -> Option<Box<dyn Job>> {
        let enough = so_far >= self.crowd.div_ceil(2);
        if so_far >= self.most || (enough && !self.disk.is_busy()) {
            return None;
        }
        if let Ok(job) = self.queue.try_recv() {
            return Some(job);
        }
        if self.disk.is_busy() {
            if let Some(job) = self.disk.next_or_rest(&self.queue) {
                return Some(job);
            }
            if enough {
                return None;
            }
        }
        self.queue.recv_timeout(PATIENCE).ok()
    }

    /// Nothing of the group was committed, so that every other closure can run again, now on its own.
    fn start_again(&mut self, done: Vec<Box<dyn Job>>, culprit: Box<dyn Job>, lost: Lost) {
        self.session.tx.roll_back();
        match lost {
            Lost(None) => culprit.answer(),
            Lost(Some(error)) => culprit.refuse(error),
        }
        done.into_iter().for_each(|job| self.serve_alone(job));
    }

    fn commit(&mut self, group: Group) {
        let Group { done: jobs, hooks } = group;
        self.disk.wait();
        let shared = Arc::clone(&self.session.shared);
        let progress = &shared.progress;
        // The fsync before may have failed since this group began: what follows it in the log would be lost with it.
        if let Err(error) = progress.check() {
            self.session.tx.roll_back();
            return jobs.into_iter().for_each(|job| job.refuse(error.clone()));
        }
        let number = progress.begin();
        if let Err(error) = self.session.tx.driver().batch("COMMIT") {
            self.session.tx.roll_back();
            progress.settle(number, &Ok(()));
            return jobs.into_iter().for_each(|job| job.refuse(error.clone()));
        }
        self.session.shared.commits.fetch_add(1, Ordering::Relaxed);
        let here = jobs.len() + self.queue.len();
        self.crowd = here.max(self.crowd - self.crowd.div_ceil(8));
        let alone = self.crowd == 1;
        let committed = Committed { number, hooks, jobs };
        if alone {
            committed.settle(&mut *self.flush, progress, || ());
        } else {
            self.disk.hand(committed);
        }
        self.copier.committed(self.session.tx.driver());
    }
}

#[derive(Default)]
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
}
