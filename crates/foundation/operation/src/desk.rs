//! The desk at which every act is done.

use std::sync::{Arc, Mutex, PoisonError};

use access::Policies;
use kernel::{Actor, Clock, EventId, OperationId, Random, TenantId};
use store::{Db, StoreError, Tx};

use crate::event::Client;
use crate::op::Op;
use crate::{OperationError, rows};

/// What a surface knows of a request besides its credential.
#[derive(Debug, Clone)]
pub struct Request {
    /// The id that the answer and the log lines carry.
    pub operation: OperationId,
    /// Where it came from.
    pub client: Option<Client>,
    /// Why, in the caller's words.
    pub reason: Option<String>,
    /// What the request has left in the trail; clones of the request share it.
    pub recorded: Recorded,
}

/// The entry of the trail that stands for a request: the first that any of its acts recorded and that is durable.
///
/// An act that stands in two trails records the caller's first. Refusals and failures do not count: nothing was
/// done then.
#[derive(Debug, Clone, Default)]
pub struct Recorded(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    event: Option<EventId>,
    by: Option<(TenantId, Actor)>,
}

impl Recorded {
    /// The entry; nothing as long as nothing was done.
    pub fn event(&self) -> Option<EventId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).event
    }

    /// Whose the request is, and who sends it; nothing as long as nobody was known by their credential.
    pub fn by(&self) -> Option<(TenantId, Actor)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by
    }

    fn note(&self, event: EventId) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.event.get_or_insert(event);
    }

    pub(crate) fn entered(&self, tenant: TenantId, actor: Actor) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.by.get_or_insert((tenant, actor));
    }
}

/// The store with a clock, randomness and the policies: all that an act needs.
#[derive(Clone)]
pub struct Desk {
    /// The database. Domain crates reach it through [`Desk::act`] alone.
    pub db: Db,
    /// Where "now" comes from.
    pub clock: Arc<dyn Clock>,
    /// Where keys and ids come from.
    pub random: Arc<dyn Random>,
    /// Who may what.
    pub policies: Arc<Policies>,
}

impl Desk {
    /// A desk over these.
    pub fn new(db: Db, clock: Arc<dyn Clock>, random: Arc<dyn Random>, policies: Arc<Policies>) -> Self {
        Self {
            db,
            clock,
            random,
            policies,
        }
    }

    /// A request that the server makes of itself.
    pub fn own_request(&self) -> Request {
        Request {
            operation: self.operation_id(),
            client: None,
            reason: None,
            recorded: Recorded::default(),
        }
    }

    /// A new operation id.
    pub fn operation_id(&self) -> OperationId {
        OperationId::make(self.clock.now(), &*self.random)
    }

    /// Runs one act. The closure may run more than once and has no other effect than through its [`Op`].
    ///
    /// When it fails, everything is rolled back; what it refused or found broken is then recorded in a
    /// transaction of its own *before* the error is returned. If even that cannot be made durable, the
    /// answer is [`StoreError::Unavailable`], so that no refusal goes unrecorded.
    pub async fn act<T, E, F>(&self, request: Request, act: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<OperationError> + From<StoreError> + Send + 'static,
        F: Fn(&mut Op<'_>) -> Result<T, E> + Send + 'static,
    {
        let aftermath = Aftermath::default();
        let result = self.db.write(self.closure(request, act, aftermath.clone())).await;
        if result.is_err() && !aftermath.is_empty() {
            self.db.write(aftermath.record()).await.map_err(E::from)?;
        }
        result
    }

    /// Runs an act that changes nothing, on one of the threads that read: beside others, and beside who writes.
    ///
    /// The policies are asked and the bytes are opened in one transaction that reads; what it recorded is then made durable,
    /// and only after that the result is given. So nothing is told of which the trail may not know; what happened between
    /// the two transactions came after the look, as if they were one. Refusals and failures are recorded as [`Desk::act`] does.
    ///
    /// For acts that take long, as listings: nobody waits for them. A short one takes less as an act, which is one transaction.
    pub async fn look<T, E, F>(&self, request: Request, act: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<OperationError> + From<StoreError> + Send + 'static,
        F: Fn(&mut Op<'_>) -> Result<T, E> + Send + 'static,
    {
        let (aftermath, looks) = (Aftermath::default(), Aftermath::default());
        let closure = self.looking(request.clone(), act, aftermath.clone(), looks.clone());
        match self.db.read(closure).await {
            Ok((value, first)) => {
                if !looks.is_empty() {
                    self.db.write(looks.record()).await.map_err(E::from)?;
                }
                first.into_iter().for_each(|event| request.recorded.note(event));
                Ok(value)
            }
            Err(error) => {
                if !aftermath.is_empty() {
                    self.db.write(aftermath.record()).await.map_err(E::from)?;
                }
                Err(error)
            }
        }
    }

    /// As [`Desk::act`], for threads outside the asynchronous runtime.
    pub fn act_blocking<T, E, F>(&self, request: Request, act: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<OperationError> + From<StoreError> + Send + 'static,
        F: Fn(&mut Op<'_>) -> Result<T, E> + Send + 'static,
    {
        let aftermath = Aftermath::default();
        let result = self
            .db
            .write_blocking(self.closure(request, act, aftermath.clone()));
        if result.is_err() && !aftermath.is_empty() {
            self.db.write_blocking(aftermath.record()).map_err(E::from)?;
        }
        result
    }

    fn looking<T, E, F>(
        &self,
        request: Request,
        act: F,
        aftermath: Aftermath,
        looks: Aftermath,
    ) -> impl Fn(&mut Tx) -> Result<(T, Option<EventId>), E> + Send + 'static
    where
        E: From<OperationError>,
        F: Fn(&mut Op<'_>) -> Result<T, E> + Send + 'static,
    {
        let desk = self.clone();
        move |tx| {
            let mut op = Op::look(tx, desk.clock.now(), &*desk.random, &desk.policies, &request);
            let result = act(&mut op).and_then(|value| op.finish().map(|()| value).map_err(E::from));
            let first = op.first_event();
            let (refused, seen) = op.into_events();
            // Only where a write follows below: every other answer waits here until what it tells of is durable.
            let write_follows = match &result {
                Ok(_) => !seen.is_empty(),
                Err(_) => !refused.is_empty(),
            };
            if write_follows {
                tx.keep_untold();
            }
            aftermath.set(refused);
            looks.set(seen);
            result.map(|value| (value, first))
        }
    }

    fn closure<T, E, F>(
        &self,
        request: Request,
        act: F,
        aftermath: Aftermath,
    ) -> impl Fn(&mut Tx) -> Result<T, E> + Send + 'static
    where
        E: From<OperationError>,
        F: Fn(&mut Op<'_>) -> Result<T, E> + Send + 'static,
    {
        let desk = self.clone();
        move |tx| {
            let mut op = Op::begin(tx, desk.clock.now(), &*desk.random, &desk.policies, &request);
            let result = act(&mut op).and_then(|value| op.finish().map(|()| value).map_err(E::from));
            if let (Ok(_), Some(event)) = (&result, op.first_event()) {
                let recorded = request.recorded.clone();
                op.on_commit(move || recorded.note(event));
            }
            aftermath.set(op.into_events().0);
            result
        }
    }
}

/// Events that are written in a transaction of their own, after the act's: those of one that is rolled back, and of one that
/// only looked. Each run of the closure replaces those of the run before.
#[derive(Clone, Default)]
struct Aftermath(Arc<Mutex<Vec<rows::EventRow>>>);

impl Aftermath {
    fn set(&self, events: Vec<rows::EventRow>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = events;
    }

    fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn record(self) -> impl Fn(&mut Tx) -> Result<(), StoreError> + Send + 'static {
        move |tx| {
            let events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            events.iter().try_for_each(|event| rows::append(tx, event))
        }
    }
}
