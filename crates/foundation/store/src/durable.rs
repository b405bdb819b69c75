//! From committed to durable, for SQLite: who waits for the disk, and who must not be answered before it.
//!
//! ```text
//! writer    | group 1: run, COMMIT | group 2: run ........ COMMIT | group 3: run ...
//! log       |                      | fsync, answer 1 |            | fsync, answer 2 ...
//! ```
//!
//! The connection commits without waiting (`synchronous=NORMAL`, which still orders log and file so that nothing is
//! ever torn: sqlite.org/wal.html, "Performance Considerations"), and the log's fsync happens on a thread of its own, while
//! the next group's closures run. What is committed can be seen before it is durable, so an answer leaves only when
//! everything that its closure may have seen is on the disk: for writes after their group's fsync, for reads after the
//! fsync of every commit begun before the read ended.
//!
//! A failed fsync is final. The system may have dropped the pages and call the next fsync good, so nothing is
//! written or answered any more until the database is opened anew and reads what is really there.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, Sender};

use crate::StoreError;
use crate::session::Shared;
use crate::tx::Hook;
use crate::work::{Job, run_hooks};

/// Makes everything that was written so far survive a loss of power.
pub(crate) trait Flush: Send {
    fn flush(&mut self) -> io::Result<()>;
}

/// SQLite's write-ahead log, as a file. Opening and closing it does not touch SQLite's locks, which are on the
/// database file and on the shared index; and it stays the same file for as long as a connection is open.
pub(crate) struct Log {
    path: PathBuf,
    file: Option<File>,
}

impl Log {
    pub(crate) fn of(database: &Path) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push("-wal");
        Self {
            path: path.into(),
            file: None,
        }
    }
}

impl Flush for Log {
    fn flush(&mut self) -> io::Result<()> {
        let file = match self.file.take() {
            Some(file) => file,
            None => File::open(&self.path)?,
        };
        self.file.insert(file).sync_data()
    }
}

/// Which commits are on the disk.
#[derive(Default)]
pub(crate) struct Progress {
    begun: AtomicU64,
    reached: Mutex<Reached>,
    changed: Condvar,
}

#[derive(Default)]
struct Reached {
    durable: u64,
    lost: Option<StoreError>,
}

impl Progress {
    /// The number of a commit that is about to be made: from now on others may see it.
    pub(crate) fn begin(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// The commit and all before it are durable, or never took place; or the disk failed.
    pub(crate) fn settle(&self, commit: u64, outcome: &Result<(), StoreError>) {
        let mut reached = self.reached();
        reached.durable = reached.durable.max(commit);
        if let Err(error) = outcome {
            reached.lost.get_or_insert_with(|| error.clone());
        }
        self.changed.notify_all();
    }

    /// Waits until everything that can be seen now is durable.
    pub(crate) fn wait(&self) -> Result<(), StoreError> {
        let seen = self.begun.load(Ordering::SeqCst);
        let mut reached = self.reached();
        while reached.durable < seen && reached.lost.is_none() {
            reached = self.changed.wait(reached).unwrap_or_else(PoisonError::into_inner);
        }
        reached.lost.clone().map_or(Ok(()), Err)
    }

    /// Whether the disk still does as it is told.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.reached().lost.clone().map_or(Ok(()), Err)
    }

    fn reached(&self) -> MutexGuard<'_, Reached> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A group that is committed, and what is owed once it is durable.
pub(crate) struct Committed {
    pub(crate) number: u64,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) jobs: Vec<Box<dyn Job>>,
}

impl Committed {
    /// Makes the group durable, runs its hooks and answers; `rested` hears of the disk before the answers go out.
    pub(crate) fn settle(self, flush: &mut dyn Flush, progress: &Progress, rested: impl FnOnce()) {
        let outcome = flush.flush().map_err(|error| failed(&error));
        progress.settle(self.number, &outcome);
        rested();
        match outcome {
            Ok(()) => {
                run_hooks(self.hooks);
                self.jobs.into_iter().for_each(|job| job.answer());
            }
            Err(error) => self.jobs.into_iter().for_each(|job| job.refuse(error.clone())),
        }
    }
}

pub(crate) fn failed(error: &io::Error) -> StoreError {
    StoreError::unavailable(format!(
        "the disk failed while a commit was being written ({error}), so that nothing more is written: mend the disk and \
         start again"
    ))
}

/// The writer's end of the thread that waits for the disk. At most one group is on its way at a time.
pub(crate) struct Disk {
    hand: Sender<Committed>,
    rested: Receiver<()>,
    busy: bool,
}

impl Disk {
    /// The writer's end, and what the other thread runs until the writer is gone.
    pub(crate) fn new(mut flush: Box<dyn Flush>, shared: Arc<Shared>) -> (Self, impl FnOnce() + Send) {
        let (hand, handed) = crossbeam_channel::bounded::<Committed>(1);
        let (rest, rested) = crossbeam_channel::bounded(1);
        let serve = move || {
            for committed in handed {
                committed.settle(&mut *flush, &shared.progress, || {
                    // The writer may be gone already.
                    let _ = rest.send(());
                });
            }
        };
        let disk = Self {
            hand,
            rested,
            busy: false,
        };
        (disk, serve)
    }

    /// Hands a group over; the one before must have come to rest.
    pub(crate) fn hand(&mut self, committed: Committed) {
        self.wait();
        self.busy = self.hand.send(committed).is_ok();
    }

    /// Whether a group is on its way to the disk.
    pub(crate) fn is_busy(&mut self) -> bool {
        if self.busy && self.rested.try_recv().is_ok() {
            self.busy = false;
        }
        self.busy
    }

    /// Waits until no group is on its way.
    pub(crate) fn wait(&mut self) {
        if self.busy {
            let _ = self.rested.recv();
            self.busy = false;
        }
    }

    /// The next closure, unless the disk comes to rest before.
    pub(crate) fn next_or_rest(&mut self, queue: &Receiver<Box<dyn Job>>) -> Option<Box<dyn Job>> {
        crossbeam_channel::select! {
            recv(queue) -> job => job.ok(),
            recv(self.rested) -> _ => { self.busy = false; None }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::{Pin, pin};
    use std::sync::atomic::AtomicBool;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::{Db, Options};

    /// A disk that says when it is asked, and does as it is told.
    struct Told {
        asked: Sender<()>,
        told: Receiver<io::Result<()>>,
        real: Log,
        patient: Arc<AtomicBool>,
    }

    impl Flush for Told {
        fn flush(&mut self) -> io::Result<()> {
            if self.patient.load(Ordering::SeqCst) {
                self.asked.send(()).unwrap();
                self.told.recv().unwrap()?;
            }
            self.real.flush()
        }
    }

    struct Scene {
        db: Db,
        asked: Receiver<()>,
        tell: Sender<io::Result<()>>,
        path: PathBuf,
        _folder: tempfile::TempDir,
    }

    fn scene() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let (ask, asked) = crossbeam_channel::unbounded();
        let (tell, told) = crossbeam_channel::unbounded();
        let patient = Arc::new(AtomicBool::new(false));
        let log = || -> Box<dyn Flush> {
            Box::new(Told {
                asked: ask.clone(),
                told: told.clone(),
                real: Log::of(&path),
                patient: Arc::clone(&patient),
            })
        };
        let db = Db::sqlite_with(&path, &Options::default(), &log).unwrap();
        let made = db.write_blocking(|tx| tx.execute("CREATE TABLE t (n INTEGER) STRICT", &[]));
        made.unwrap();
        patient.store(true, Ordering::SeqCst);
        Scene {
            db,
            asked,
            tell,
            path,
            _folder: folder,
        }
    }

    fn count(tx: &mut crate::Tx) -> Result<i64, StoreError> {
        tx.one("SELECT count(*) FROM t", &[])?.get(0)
    }

    fn insert(tx: &mut crate::Tx) -> Result<i64, StoreError> {
        tx.execute("INSERT INTO t (n) VALUES (1)", &[])?;
        count(tx)
    }

    fn poll<T>(future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_write_is_answered_after_the_disk_has_it() {
        let scene = scene();
        let mut answer = pin!(scene.db.write(insert));
        assert!(poll(answer.as_mut()).is_pending());
        scene.asked.recv().unwrap();
        assert!(poll(answer.as_mut()).is_pending(), "committed, not durable");
        scene.tell.send(Ok(())).unwrap();
        assert_eq!(engines::block_on(answer), Ok(1));
    }

    #[test]
    fn who_reads_a_commit_waits_for_the_disk_as_well() {
        let scene = scene();
        let mut written = pin!(scene.db.write(insert));
        assert!(poll(written.as_mut()).is_pending());
        scene.asked.recv().unwrap();
        let (saw, seen) = crossbeam_channel::bounded(1);
        let mut read = pin!(scene.db.read(move |tx| {
            let rows = count(tx)?;
            saw.send(rows).unwrap();
            Ok::<_, StoreError>(rows)
        }));
        assert!(poll(read.as_mut()).is_pending());
        assert_eq!(seen.recv(), Ok(1), "what is committed can be seen");
        assert!(poll(read.as_mut()).is_pending(), "and must not be told");
        scene.tell.send(Ok(())).unwrap();
        assert_eq!(engines::block_on(written), Ok(1));
        assert_eq!(engines::block_on(read), Ok(1));
    }

    #[test]
    fn closures_run_while_the_disk_is_busy_and_share_the_next_commit() {
        let scene = scene();
        // Two of them: one that is alone waits for the disk itself.
        let (queued, both) = crossbeam_channel::bounded(1);
        let mut first = pin!(scene.db.write(move |tx| {
            both.recv().unwrap();
            insert(tx)
        }));
        let mut company = pin!(scene.db.write(insert));
        assert!(poll(first.as_mut()).is_pending() && poll(company.as_mut()).is_pending());
        queued.send(()).unwrap();
        scene.asked.recv().unwrap();
        let before = scene.db.counters();
        let (saw, seen) = crossbeam_channel::bounded(2);
        let again = || {
            let saw = saw.clone();
            scene.db.write(move |tx| {
                let rows = insert(tx)?;
                saw.send(rows).unwrap();
                Ok::<_, StoreError>(rows)
            })
        };
        let (mut second, mut third) = (pin!(again()), pin!(again()));
        assert!(poll(second.as_mut()).is_pending() && poll(third.as_mut()).is_pending());
        assert_eq!(
            (seen.recv(), seen.recv()),
            (Ok(3), Ok(4)),
            "run beside the wait for the disk"
        );
        assert_eq!(scene.db.counters().commits, before.commits);
        scene.tell.send(Ok(())).unwrap();
        scene.tell.send(Ok(())).unwrap();
        assert_eq!(engines::block_on(first), Ok(1));
        assert_eq!(engines::block_on(company), Ok(2));
        assert_eq!(engines::block_on(second), Ok(3));
        assert_eq!(engines::block_on(third), Ok(4));
        assert_eq!(scene.db.counters().commits, before.commits + 1);
    }

    #[test]
    fn a_group_that_began_before_the_disk_failed_is_refused() {
        let scene = scene();
        let (queued, both) = crossbeam_channel::bounded(1);
        let mut first = pin!(scene.db.write(move |tx| {
            both.recv().unwrap();
            insert(tx)
        }));
        let mut company = pin!(scene.db.write(insert));
        assert!(poll(first.as_mut()).is_pending() && poll(company.as_mut()).is_pending());
        queued.send(()).unwrap();
        scene.asked.recv().unwrap();
        let (ran, has_run) = crossbeam_channel::bounded(1);
        let mut next = pin!(scene.db.write(move |tx| {
            let rows = insert(tx)?;
            ran.send(()).unwrap();
            Ok::<_, StoreError>(rows)
        }));
        assert!(poll(next.as_mut()).is_pending());
        has_run.recv().unwrap();
        // The disk fails once and would then do again.
        scene.tell.send(Err(io::Error::other("no power"))).unwrap();
        scene.tell.send(Ok(())).unwrap();
        for answer in [
            engines::block_on(first),
            engines::block_on(company),
            engines::block_on(next),
        ] {
            assert!(
                matches!(answer, Err(StoreError::Unavailable { .. })),
                "{answer:?}"
            );
        }
    }

    #[test]
    fn after_the_disk_failed_nothing_is_answered_or_written() {
        let scene = scene();
        let full = || Err(io::Error::other("no power"));
        scene.tell.send(full()).unwrap();
        let unavailable = |answer: Result<i64, StoreError>| matches!(answer, Err(StoreError::Unavailable { reason }) if reason.contains("no power"));
        assert!(unavailable(scene.db.write_blocking(insert)));
        assert!(unavailable(scene.db.write_blocking(insert)));
        assert!(unavailable(scene.db.read_blocking(count)));
        let Scene { db, path, .. } = &scene;
        drop(db.clone());
        let anew = Db::sqlite(path, Options::default()).unwrap();
        assert_eq!(anew.write_blocking(insert), Ok(2), "what is really there counts");
    }
}
