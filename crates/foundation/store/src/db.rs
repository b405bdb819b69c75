//! `Db`: where closures come in and answers go out.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::Sender;

use crate::StoreError;
use crate::dialect::{Engine, Kind};
use crate::driver::Driver;
use crate::durable::{Flush, Log};
use crate::postgres::Postgres;
use crate::session::Shared;
use crate::sqlite::Sqlite;
use crate::threads::{Beside, Threads};
use crate::tx::Tx;
use crate::work::{Job, Outcome, Work};

/// How a database is used.
#[derive(Debug, Clone)]
pub struct Options {
    /// Threads that read, each with its own connection.
    pub readers: usize,
    /// PostgreSQL: threads that write, each with its own connection. SQLite has one.
    pub writers: usize,
    /// SQLite: the most closures that share one commit; 1 gives each a commit of its own, to measure what sharing gives.
    pub batch: usize,
    /// How often a closure runs at most when others are in the way.
    pub attempts: u32,
    /// SQLite: how long to wait for another process that holds the lock.
    pub busy_timeout: Duration,
    /// How many closures may wait; more are refused as unavailable instead of using up memory.
    pub queue: usize,
    /// SQLite: the most pages (of 4096 bytes) that the file may have.
    pub max_pages: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 8,
            writers: 16,
            // Beyond it the fsync no longer matters, and the first one would wait for nothing.
            batch: 512,
            attempts: 16,
            busy_timeout: Duration::from_secs(5),
            queue: 10_000,
            max_pages: None,
        }
    }
}

/// What a `Db` has done since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// How often a closure ran.
    pub runs: u64,
    /// How many transactions were committed; with group commit fewer than runs.
    pub commits: u64,
}

/// A database. Clones are cheap and share everything; the last one to go waits for its threads to finish their work.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    shared: Arc<Shared>,
    /// Gone while closing, which is what ends the threads.
    queues: Option<Queues>,
    threads: Threads,
}

struct Queues {
    writes: Sender<Box<dyn Job>>,
    reads: Sender<Box<dyn Job>>,
}

impl Db {
    /// Opens a SQLite file, and makes it when it is not there. Fails when the file cannot be opened.
    pub fn sqlite(path: impl AsRef<Path>, options: Options) -> Result<Self, StoreError> {
        let path = path.as_ref();
        Self::sqlite_with(path, &options, &|| Box::new(Log::of(path)))
    }

    /// As [`Db::sqlite`], with another way to wait for the disk.
    pub(crate) fn sqlite_with(
        path: &Path,
        options: &Options,
        log: &dyn Fn() -> Box<dyn Flush>,
    ) -> Result<Self, StoreError> {
        let writer: Box<dyn Driver> = Box::new(Sqlite::writer(path, options)?);
        let reader = || Sqlite::reader(path, options).map(|driver| Box::new(driver) as Box<dyn Driver>);
        let readers = (0..options.readers.max(1))
            .map(|_| reader())
            .collect::<Result<Vec<_>, _>>()?;
        let beside = Beside {
            log,
            copier: Box::new(Sqlite::copier(path, options)?),
        };
        Self::start(Engine::Sqlite, vec![writer], readers, Some(beside), options)
    }

    /// Opens a PostgreSQL database by URL. Fails when it is not reachable or sorts text otherwise than by bytes.
    ///
    /// Blocks until the server answers. The connection is not encrypted yet.
    pub fn postgres(url: &str, options: Options) -> Result<Self, StoreError> {
        let config = crate::postgres::config(url)?;
        let first = config.clone();
        // Made, used and dropped on a thread of its own: the caller's may be asynchronous.
        std::thread::spawn(move || Postgres::new(first).check_database())
            .join()
            .unwrap_or_else(|_| Err(StoreError::unavailable("the PostgreSQL client failed")))?;
        let drivers = |count: usize| {
            (0..count.max(1))
                .map(|_| Box::new(Postgres::new(config.clone())) as Box<dyn Driver>)
                .collect()
        };
        Self::start(
            Engine::Postgres,
            drivers(options.writers),
            drivers(options.readers),
            None,
            &options,
        )
    }

    /// Which engine this is, for a log line.
    pub fn engine(&self) -> Engine {
        self.inner.engine
    }

    /// What was done since the start.
    pub fn counters(&self) -> Counters {
        let shared = &self.inner.shared;
        Counters {
            runs: shared.runs.load(Ordering::Relaxed),
            commits: shared.commits.load(Ordering::Relaxed),
        }
    }

    /// Runs the closure in a serializable transaction and gives its result once that is durable.
    ///
    /// The closure may run more than once; only the last run counts. An error rolls back everything it did. It starts
    /// when the future is first polled; from then on it is carried out even if the future is dropped.
    pub fn write<T, E, F>(&self, body: F) -> impl Future<Output = Result<T, E>> + Send + use<T, E, F>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        self.clone().ask(Kind::Write, body)
    }

    /// Runs the closure in a transaction that sees one state of the database and cannot change it. It may run more
    /// than once, and not at all when the future is dropped before its turn.
    pub fn read<T, E, F>(&self, body: F) -> impl Future<Output = Result<T, E>> + Send + use<T, E, F>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        self.clone().ask(Kind::Read, body)
    }

    /// [`Db::write`] for a plain thread. Must not be called on an asynchronous one, which it would hold up, nor inside
    /// another transaction, which it would wait for.
    pub fn write_blocking<T, E, F>(&self, body: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        self.ask_blocking(Kind::Write, body)
    }

    /// [`Db::read`] for a plain thread.
    pub fn read_blocking<T, E, F>(&self, body: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        self.ask_blocking(Kind::Read, body)
    }

    /// A long look at one state of the database, for a plain thread: a backup's. As [`Db::read_blocking`], but for two things: on
    /// PostgreSQL it waits for a state that needs no second run, however much is written meanwhile; and it holds up neither
    /// who writes nor who reads but for the one connection it takes. On SQLite the log of writes grows while it lasts.
    pub fn snapshot_blocking<T, E, F>(&self, body: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        self.ask_blocking(Kind::Snapshot, body)
    }

    /// Whether the engine takes this statement; nothing is run. For a census of all statements.
    pub fn prepare_check(&self, sql: &str) -> Result<(), StoreError> {
        let sql = sql.to_owned();
        self.write_blocking(move |tx| tx.prepare_check(&sql))
    }

    pub(crate) fn ask_blocking<T, E, F>(&self, kind: Kind, body: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = crossbeam_channel::bounded(1);
        self.inner.send(Box::new(Work::new(kind, body, reply)))?;
        settle(answer.recv().ok())
    }

    async fn ask<T, E, F>(self, kind: Kind, body: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.inner.send(Box::new(Work::new(kind, body, reply)))?;
        // Waiting must not keep the database open.
        drop(self);
        settle(answer.await.ok())
    }

    fn start(
        engine: Engine,
        writers: Vec<Box<dyn Driver>>,
        readers: Vec<Box<dyn Driver>>,
        mut beside: Option<Beside<'_>>,
        options: &Options,
    ) -> Result<Self, StoreError> {
        let shared = Arc::new(Shared::new(options.attempts));
        let (writes, write_queue) = crossbeam_channel::bounded(options.queue.max(1));
        let (reads, read_queue) = crossbeam_channel::bounded(options.queue.max(1));
        let mut threads = Threads::new(engine, Arc::clone(&shared));
        for driver in writers {
            match beside.take() {
                // Groups need the one writer that SQLite has; PostgreSQL groups the commits of its connections by itself.
                Some(beside) if options.batch > 1 => {
                    threads.group(driver, &write_queue, options.batch, beside)?;
                }
                _ => threads.serve("write", driver, &write_queue)?,
            }
        }
        for driver in readers {
            threads.serve("read", driver, &read_queue)?;
        }
        let queues = Some(Queues { writes, reads });
        Ok(Self {
            inner: Arc::new(Inner {
                engine,
                shared,
                queues,
                threads,
            }),
        })
    }
}

/// The caller's result; a panic of the closure goes on in the caller.
fn settle<T, E: From<StoreError>>(outcome: Option<Outcome<T, E>>) -> Result<T, E> {
    match outcome {
        Some(Ok(result)) => result,
        Some(Err(panic)) => std::panic::resume_unwind(panic),
        None => Err(E::from(StoreError::unavailable("the database was closed"))),
    }
}

impl Inner {
    fn send(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        let closed = || StoreError::unavailable("the database was closed");
        let queues = self.queues.as_ref().ok_or_else(closed)?;
        let queue = if job.kind().only_reads() {
            &queues.reads
        } else {
            &queues.writes
        };
        queue
            .try_send(job)
            .map_err(|_| StoreError::unavailable("too many requests wait for the database"))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queues = None;
        self.threads.join();
    }
}
