//! One closure on its way to a database thread and its answer on the way back.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::tx::{Hook, Tx};
use crate::{StoreError, dialect::Kind};

/// A closure's result, or the panic it ended with.
pub(crate) type Outcome<T, E> = Result<Result<T, E>, Box<dyn Any + Send>>;

/// What became of one run of a closure.
pub(crate) struct Ran {
    /// Whether its changes should stay.
    pub(crate) keep: bool,
    /// The failure of a statement during the run.
    pub(crate) failure: Option<StoreError>,
    /// What to do once it is durable; empty unless kept.
    pub(crate) hooks: Vec<Hook>,
}

/// A closure with its types forgotten, so that one queue holds them all.
pub(crate) trait Job: Send {
    /// Which kind of transaction it wants.
    fn kind(&self) -> Kind;
    /// Whether someone waits for the answer.
    fn is_wanted(&self) -> bool;
    /// Runs the closure once; it may be called again.
    fn run(&mut self, tx: &mut Tx) -> Ran;
    /// Gives the answer of the last run.
    fn answer(self: Box<Self>);
    /// Gives this error instead.
    fn refuse(self: Box<Self>, error: StoreError);
}

/// Where an answer goes.
pub(crate) trait Reply<M>: Send {
    fn is_wanted(&self) -> bool;
    fn send(self, message: M);
}

impl<M: Send> Reply<M> for tokio::sync::oneshot::Sender<M> {
    fn is_wanted(&self) -> bool {
        !self.is_closed()
    }

    fn send(self, message: M) {
        // Nobody waits any more: the work is done all the same.
        let _ = tokio::sync::oneshot::Sender::send(self, message);
    }
}

impl<M: Send> Reply<M> for crossbeam_channel::Sender<M> {
    fn is_wanted(&self) -> bool {
        true
    }

    fn send(self, message: M) {
        let _ = crossbeam_channel::Sender::send(&self, message);
    }
}

/// A closure, its last outcome, and where the answer goes.
pub(crate) struct Work<T, E, F, R> {
    kind: Kind,
    body: F,
    outcome: Option<Outcome<T, E>>,
    reply: R,
}

impl<T, E, F, R> Work<T, E, F, R>
where
    T: Send,
    E: From<StoreError> + Send,
    F: Fn(&mut Tx) -> Result<T, E> + Send,
    R: Reply<Outcome<T, E>>,
{
    pub(crate) fn new(kind: Kind, body: F, reply: R) -> Self {
        Self {
            kind,
            body,
            outcome: None,
            reply,
        }
    }
}

impl<T, E, F, R> Job for Work<T, E, F, R>
where
    T: Send,
    E: From<StoreError> + Send,
    F: Fn(&mut Tx) -> Result<T, E> + Send,
    R: Reply<Outcome<T, E>>,
{
    fn kind(&self) -> Kind {
        self.kind
    }

    fn is_wanted(&self) -> bool {
        self.reply.is_wanted()
    }

    fn run(&mut self, tx: &mut Tx) -> Ran {
        tx.reset();
        // A panic belongs to the caller, not to the thread that serves everybody: it is caught here and goes on there.
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.body)(tx)));
        let failure = tx.failure().cloned();
        let outcome = match (outcome, &failure) {
            (Ok(Ok(_)), Some(failure)) => Ok(Err(E::from(failure.clone()))),
            (outcome, _) => outcome,
        };
        let keep = matches!(outcome, Ok(Ok(_)));
        let hooks = tx.take_hooks();
        self.outcome = Some(outcome);
        Ran {
            keep,
            failure,
            hooks: if keep { hooks } else { Vec::new() },
        }
    }

    fn answer(self: Box<Self>) {
        let closed = || Ok(Err(E::from(StoreError::unavailable("the transaction never ran"))));
        self.reply.send(self.outcome.unwrap_or_else(closed));
    }

    fn refuse(self: Box<Self>, error: StoreError) {
        self.reply.send(Ok(Err(E::from(error))));
    }
}

/// Runs hooks; a panic in one does not keep the others, or the answer, from their turn.
pub(crate) fn run_hooks(hooks: Vec<Hook>) {
    for hook in hooks {
        let _ = catch_unwind(AssertUnwindSafe(hook));
    }
}
