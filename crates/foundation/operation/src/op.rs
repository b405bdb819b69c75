//! One operation in progress: who, when, with which transaction, and what has been permitted so far.

use access::{Action, Facts, Policies, Subject};
use kernel::{Actor, EventId, OperationId, Random, TenantId, Timestamp};
use sealing::{Context, Key};
use serde::Serialize;
use serde_json::{Value as Json, json};
use store::{Row, StoreError, Tx, Value};
use zeroize::Zeroizing;

use crate::desk::Request;
use crate::event::{self, Client, Event, Outcome, Resource, TrailSeal};
use crate::permit::{Act, Permit, Refused};
use crate::{OperationError, rows};

/// Who acts, as the domain resolved them from a credential inside this transaction.
pub struct Caller {
    /// The actor, by id.
    pub actor: Actor,
    /// Whose data: always from the credential, never from the request.
    pub tenant: TenantId,
    /// What the policies see of the actor.
    pub subject: Subject,
    /// How to seal this tenant's events.
    pub trail: TrailSeal,
}

/// An act in progress.
pub struct Op<'t> {
    tx: &'t mut Tx,
    id: OperationId,
    now: Timestamp,
    random: &'t dyn Random,
    policies: &'t Policies,
    request: &'t Request,
    caller: Option<Caller>,
    /// Why, as it was said before the request and holds for it.
    given_reason: Option<String>,
    given: u32,
    recorded: u32,
    first_event: Option<EventId>,
    /// Events to write if the act is rolled back: refusals and failures.
    aftermath: Vec<rows::EventRow>,
    looks: Looks,
}

/// Where the events of an act go.
enum Looks {
    /// Into the act's own transaction, which writes.
    None,
    /// Into one that follows: the act's own only reads.
    Kept(Vec<rows::EventRow>),
}

impl<'t> Op<'t> {
    pub(crate) fn begin(
        tx: &'t mut Tx,
        now: Timestamp,
        random: &'t dyn Random,
        policies: &'t Policies,
        request: &'t Request,
    ) -> Self {
        let id = request.operation;
        Self {
            tx,
            id,
            now,
            random,
            policies,
            request,
            caller: None,
            given_reason: None,
            given: 0,
            recorded: 0,
            first_event: None,
            aftermath: Vec::new(),
            looks: Looks::None,
        }
    }

    /// An act whose transaction only reads.
    pub(crate) fn look(
        tx: &'t mut Tx,
        now: Timestamp,
        random: &'t dyn Random,
        policies: &'t Policies,
        request: &'t Request,
    ) -> Self {
        Self {
            looks: Looks::Kept(Vec::new()),
            ..Self::begin(tx, now, random, policies, request)
        }
    }

    /// The moment of this act; one for the whole operation.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Randomness for keys and ids.
    pub fn random(&self) -> &'t dyn Random {
        self.random
    }

    /// This operation's id.
    pub fn id(&self) -> OperationId {
        self.id
    }

    /// Names who acts. Before this nothing can be permitted.
    pub fn enter(&mut self, caller: Caller) {
        self.request.recorded.entered(caller.tenant, caller.actor);
        self.caller = Some(caller);
    }

    /// The tenant of the caller.
    pub fn tenant(&self) -> Result<TenantId, OperationError> {
        self.caller().map(|caller| caller.tenant)
    }

    /// Who acts.
    pub fn caller(&self) -> Result<&Caller, OperationError> {
        self.caller
            .as_ref()
            .ok_or_else(|| OperationError::Event("nobody has entered this operation".into()))
    }

    /// Where the request came from, as far as it is known.
    pub fn client(&self) -> Option<&Client> {
        self.request.client.as_ref()
    }

    /// Why, if the request says so. The entries of this act have it.
    pub fn reason(&self) -> Option<&'t str> {
        self.request.reason.as_deref()
    }

    /// Says why from here on, for entries of this act: what was said before the request came and holds for what it is about.
    /// What the request says itself stands after it.
    pub fn give_reason(&mut self, given: &str) {
        self.given_reason = Some(given.to_owned());
    }

    fn stated_reason(&self) -> Option<String> {
        match (&self.given_reason, &self.request.reason) {
            (Some(given), Some(said)) => Some(format!("{given}; {said}")),
            (given, said) => given.clone().or_else(|| said.clone()),
        }
    }

    /// Asks the policies. A no is kept and recorded after the rollback.
    pub fn permit<A: Act>(&mut self, resource: Resource, facts: &Facts) -> Result<Permit<A>, PermitError> {
        let caller = self.caller()?;
        let decision = self.policies.decide(&caller.subject, A::ACTION, facts);
        if decision.allowed {
            self.given += 1;
            return Ok(Permit::give(resource));
        }
        let mut reasons: Vec<String> = decision.reason_ids().map(ToString::to_string).collect();
        // "Archive it first" is no advice for somebody who may not do it then either.
        let later = Facts {
            contract_in_force: true,
            on_hold: false,
            restricted: false,
            ..*facts
        };
        // Nor is "prove that it is you".
        let mut proven = caller.subject;
        proven.scope.stale = false;
        let in_state = |state| {
            [false, true].into_iter().any(|quarantined| {
                let facts = Facts {
                    state,
                    quarantined,
                    ..later
                };
                self.policies.would_allow(&proven, A::ACTION, &facts)
            })
        };
        if !access::State::ALL.into_iter().any(in_state)
            && !decision.is_because(access::ReasonId::NOTHING_PERMITS)
        {
            reasons.push(access::ReasonId::NOTHING_PERMITS.to_owned());
        }
        let hidden = decision.answer() == access::Answer::Unknown;
        let refused = Refused {
            action: A::ACTION,
            hidden,
            reasons,
        };
        let details = json!({ "reasons": refused.reasons });
        self.refuse(A::ACTION, resource, details)?;
        Err(PermitError::Refused(refused))
    }

    /// Asks the policies without acting: before a long upload, or for a dry run. A no is recorded like any other.
    pub fn check<A: Act>(&mut self, resource: Resource, facts: &Facts) -> Result<(), PermitError> {
        let permit = self.permit::<A>(resource, facts)?;
        self.given -= 1;
        drop(permit);
        Ok(())
    }

    /// Whether the policies would permit it, for acts that differ by what else the caller may. It permits nothing, and a no is
    /// not recorded: nothing was asked for.
    pub fn would_permit<A: Act>(&self, facts: &Facts) -> Result<bool, OperationError> {
        let subject = &self.caller()?.subject;
        Ok(self.policies.would_allow(subject, A::ACTION, facts))
    }

    /// Spends the permit: the event becomes part of this transaction.
    pub fn record<A: Act>(
        &mut self,
        permit: Permit<A>,
        details: impl Serialize,
    ) -> Result<EventId, OperationError> {
        let row = self.draft(A::ACTION, Outcome::Done, permit.resource, to_json(details)?)?;
        let id = row.id;
        match &mut self.looks {
            Looks::None => rows::append(self.tx, &row)?,
            Looks::Kept(events) => events.push(row),
        }
        self.recorded += 1;
        self.first_event.get_or_insert(id);
        Ok(id)
    }

    /// Keeps a refusal that was found outside the policies, to be recorded after the rollback.
    pub fn refuse(
        &mut self,
        action: Action,
        resource: Resource,
        details: Json,
    ) -> Result<(), OperationError> {
        let row = self.draft(action, Outcome::Refused, resource, details)?;
        self.aftermath.push(row);
        Ok(())
    }

    /// Keeps a failure (altered bytes, for example), to be recorded after the rollback.
    pub fn fail(&mut self, action: Action, resource: Resource, details: Json) -> Result<(), OperationError> {
        let row = self.draft(action, Outcome::Failed, resource, details)?;
        self.aftermath.push(row);
        Ok(())
    }

    /// Runs a changing statement. Returns how many rows it changed.
    pub fn change<A: Act>(
        &mut self,
        _permit: &Permit<A>,
        sql: &str,
        params: &[Value],
    ) -> Result<u64, StoreError> {
        self.tx.execute(sql, params)
    }

    /// Reads rows of content for a listing.
    pub fn list<A: Act>(
        &mut self,
        _permit: &Permit<A>,
        sql: &str,
        params: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        self.tx.all(sql, params)
    }

    /// Opens sealed bytes.
    pub fn open<A: Act>(
        &self,
        _permit: &Permit<A>,
        key: &Key,
        context: &Context,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, sealing::Refused> {
        sealing::open(key, context, sealed)
    }

    /// Looks up facts for a decision: ids, states, dates and sealed bytes that stay sealed.
    pub fn find(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>, StoreError> {
        self.tx.optional(sql, params)
    }

    /// As [`Op::find`], for several rows of facts.
    pub fn find_all(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.tx.all(sql, params)
    }

    /// Runs the hook once, after the transaction is durable.
    pub fn on_commit(&mut self, hook: impl FnOnce() + Send + 'static) {
        self.tx.on_commit(hook);
    }

    /// Housekeeping of the server itself that touches no tenant's content: upload intents, leases, replays.
    pub fn housekeeping(&mut self) -> &mut Tx {
        self.tx
    }

    fn draft(
        &self,
        action: Action,
        outcome: Outcome,
        resource: Resource,
        details: Json,
    ) -> Result<rows::EventRow, OperationError> {
        let caller = self.caller()?;
        let event = Event {
            v: 1,
            id: EventId::make(self.now, self.random),
            tenant: caller.tenant,
            at: self.now,
            operation: self.id,
            actor: caller.actor,
            class: caller.subject.class,
            action: action.as_str(),
            outcome,
            resource,
            reason: self.stated_reason(),
            client: self.request.client.clone(),
            details,
        };
        let sealed = event::seal(&event, caller, self.random)?;
        Ok(rows::EventRow::new(event, sealed))
    }

    /// The first event of this transaction.
    pub(crate) fn first_event(&self) -> Option<EventId> {
        self.first_event
    }

    /// The end of a successful closure: every permit must have become an event.
    pub(crate) fn finish(&self) -> Result<(), OperationError> {
        match self.given - self.recorded {
            0 => Ok(()),
            unspent => Err(OperationError::Unrecorded(unspent)),
        }
    }

    /// Refusals and failures, and what an act that only looked has recorded.
    pub(crate) fn into_events(self) -> (Vec<rows::EventRow>, Vec<rows::EventRow>) {
        let looks = match self.looks {
            Looks::None => Vec::new(),
            Looks::Kept(events) => events,
        };
        (self.aftermath, looks)
    }
}

/// Why a permit was not given.
#[derive(Debug)]
pub enum PermitError {
    /// The policies said no.
    Refused(Refused),
    /// Something broke before they could answer.
    Operation(OperationError),
}

impl From<OperationError> for PermitError {
    fn from(error: OperationError) -> Self {
        Self::Operation(error)
    }
}

fn to_json(details: impl Serialize) -> Result<Json, OperationError> {
    serde_json::to_value(details).map_err(|error| OperationError::Event(error.to_string()))
}
