//! The threads that serve a database, and how its last user waits for them.

use std::sync::Arc;
use std::thread::{JoinHandle, ThreadId};

use crossbeam_channel::Receiver;

use crate::StoreError;
use crate::dialect::{Engine, Kind};
use crate::driver::Driver;
use crate::durable::{Disk, Flush};
use crate::group::Writer;
use crate::session::{Jitter, Session, Shared};
use crate::tx::Tx;
use crate::work::Job;

type Queue = Receiver<Box<dyn Job>>;

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
                if job.kind() != Kind::Read || job.is_wanted() {
                    session.serve(job);
                }
            }
        })
        .map(drop)
    }

    /// A transaction for up to `most` closures that wait, and a second thread that waits for the disk.
    pub(crate) fn group(
        &mut self,
        driver: Box<dyn Driver>,
        queue: &Queue,
        most: usize,
        log: &dyn Fn() -> Box<dyn Flush>,
    ) -> Result<(), StoreError> {
        let (disk, wait_for_disk) = Disk::new(log(), Arc::clone(&self.shared));
        let writer = Writer::new(self.session(driver), queue.clone(), most, disk, log());
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
