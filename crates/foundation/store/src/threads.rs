//! The threads that serve a database, and how its last user waits for them.

use std::sync::Arc;
use std::thread::{JoinHandle, ThreadId};

use crossbeam_channel::Receiver;

use crate::StoreError;
use crate::checkpoint::Copier;
use crate::dialect::Engine;
use crate::driver::Driver;
use crate::durable::{Disk, Flush};
use crate::group::Writer;
use crate::session::{Jitter, Session, Shared};
use crate::tx::Tx;
use crate::work::Job;

type Queue = Receiver<Box<dyn Job>>;

/// What a writer of groups has beside it.
pub(crate) struct Beside<'a> {
    /// Waits for the log to be on the disk; one for each thread that does.
    pub(crate) log: &'a dyn Fn() -> Box<dyn Flush>,
    /// Copies the log into the file.
    pub(crate) copier: Box<dyn Driver>,
}

/// All threads of one `Db`. Each ends when its queue has.
pub(crate) struct Threads {
    engine: Engine,
    shared: Arc<Shared>,
    started: Vec<JoinHandle<()>>,
    /// Those that hand work to each other: none of them can be waited for by another.
    bound: Vec<ThreadId>,
}

impl Threads {
    pub(crate) fn new(engine: Engine, shared: Arc<Shared>) -> Self {
        Self {
            engine,
            shared,
            started: Vec::new(),
            bound: Vec::new(),
        }
    }

    /// A transaction for each closure.
    pub(crate) fn serve(
        &mut self,
        purpose: &str,
        driver: Box<dyn Driver>,
        queue: &Queue,
    ) -> Result<(), StoreError> {
        let (mut session, queue) = (self.session(driver), queue.clone());
        self.start(purpose, move || {
            for job in queue {
                if !job.kind().only_reads() || job.is_wanted() {
                    session.serve(job);
                }
            }
        })
        .map(drop)
    }

    /// A transaction for up to `most` closures that wait, a second thread that waits for the disk, and a third that copies the
    /// log into the file.
    pub(crate) fn group(
        &mut self,
        driver: Box<dyn Driver>,
        queue: &Queue,
        most: usize,
        beside: Beside<'_>,
    ) -> Result<(), StoreError> {
        let Beside { log, copier } = beside;
        let (disk, wait_for_disk) = Disk::new(log(), Arc::clone(&self.shared));
        let (copier, copy) = Copier::new(copier);
        let writer = Writer::new(self.session(driver), queue.clone(), most, disk, log(), copier);
        self.start("copy", copy)?;
        let disk = self.start("log", wait_for_disk)?;
        let writer = self.start("write", move || writer.run())?;
        self.bound.extend([disk, writer]);
        Ok(())
    }

    /// Waits until all have finished their work. The last user of a database may be a closure or a hook, on one of these
    /// threads: that one cannot wait for itself, nor for one that waits for it.
    pub(crate) fn join(&mut self) {
        let here = std::thread::current().id();
        let bound_here = self.bound.contains(&here);
        for thread in self.started.drain(..) {
            let id = thread.thread().id();
            if id != here && !(bound_here && self.bound.contains(&id)) {
                let _ = thread.join();
            }
        }
    }

    fn session(&self, driver: Box<dyn Driver>) -> Session {
        Session {
            tx: Tx::new(driver),
            engine: self.engine,
            shared: Arc::clone(&self.shared),
            jitter: Jitter::of_thread(self.started.len()),
        }
    }

    fn start(&mut self, purpose: &str, work: impl FnOnce() + Send + 'static) -> Result<ThreadId, StoreError> {
        let name = format!("store-{}-{purpose}", self.engine.name());
        let thread = std::thread::Builder::new()
            .name(name)
            .spawn(work)
            .map_err(|error| StoreError::unavailable(format!("cannot start a thread: {error}")))?;
        let id = thread.thread().id();
        self.started.push(thread);
        Ok(id)
    }
}
