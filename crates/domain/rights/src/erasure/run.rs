//! Doing an erasure, batch by batch.

use std::marker::PhantomData;

use access::Action;
use custody::item::about::{self, AboutItem};
use custody::item::{LetGo, LinkSource};
use custody::subject::{self, OpenSubject};
use custody::{Credential, Error, Result, Session};
use kernel::{ErasureId, SubjectId, Timestamp};
use operation::acts::EraseSubject;
use operation::{Act, Op, Permit, Request, Resource};
use serde_json::{Value as Json, json};
use store::params;

use super::rows::{self, ErasureRow};
use super::{Cause, Erasure, ErasureState, begin};
use crate::{Rights, request};

/// Items of one transaction: large enough to share the commit, small enough that others wait for milliseconds only.
const BATCH: u32 = 100;

/// What one batch came to.
pub(super) struct Batch {
    pub(super) erasure: Erasure,
    pub(super) let_go: LetGo,
    /// Nothing more can be done now.
    pub(super) complete: bool,
}

impl Rights {
    /// Goes on with an erasure that broke off, and goes again through what it had to leave: what is not on hold any more
    /// goes now.
    pub async fn resume_erasure(
        &self,
        credential: &Credential,
        request: Request,
        erasure: ErasureId,
    ) -> Result<Erasure> {
        self.run(credential, request, erasure).await
    }

    pub(super) async fn run(
        &self,
        credential: &Credential,
        request: Request,
        erasure: ErasureId,
    ) -> Result<Erasure> {
        loop {
            let (custody, key) = (self.custody.clone(), credential.clone());
            let batch = self.custody.desk().act(request.clone(), move |op| {
                let session = custody.enter(op, &key, Action::SubjectErase)?;
                step::<EraseSubject>(op, &session, erasure)
            });
            let batch = batch.await?;
            self.custody.let_go(batch.let_go).await;
            if batch.complete {
                return Ok(batch.erasure);
            }
        }
    }
}

/// One batch of an erasure, by a person or by the server.
pub(super) fn step<A: Act>(op: &mut Op<'_>, session: &Session, erasure: ErasureId) -> Result<Batch> {
    let row = rows::found(op, session, erasure, A::ACTION)?;
    match row.erasure.state {
        ErasureState::Held => begin::go_on::<A>(op, session, row),
        ErasureState::Running => Step::<A>::new(session, row).delete(op),
        ErasureState::Waiting => Step::<A>::new(session, row).again(op),
        ErasureState::Done => nothing_left::<A>(op, session, row.erasure),
    }
}

/// One transaction of an erasure.
pub(super) struct Step<'s, A> {
    pub(super) session: &'s Session,
    pub(super) row: ErasureRow,
    items: i64,
    pub(super) let_go: LetGo,
    by: PhantomData<fn() -> A>,
}

impl<'s, A: Act> Step<'s, A> {
    pub(super) fn new(session: &'s Session, row: ErasureRow) -> Self {
        Self {
            session,
            row,
            items: 0,
            let_go: LetGo::new(),
            by: PhantomData,
        }
    }

    pub(super) fn permit(&self, op: &mut Op<'_>, resource: Resource) -> Result<Permit<A>> {
        Ok(op.permit(resource, &self.session.facts())?)
    }

    /// Deletes what is about the person alone, and hangs the rest on rows of its own. When nothing is left the keys go.
    fn delete(mut self, op: &mut Op<'_>) -> Result<Batch> {
        let permit = self.permit(op, Resource::subject())?;
        let own = subject::rows_of(op, self.session, self.row.erasure.subject)?;
        let ids: Vec<SubjectId> = own.iter().map(|row| row.id).collect();
        let mut left = BATCH;
        for row in &own {
            let items = about::about(op, &permit, self.session, row.id, &[], left)?;
            left = left.saturating_sub(u32::try_from(items.len()).unwrap_or(left));
            for item in items {
                self.one(op, &permit, &item, row.id, &ids)?;
            }
            if left == 0 {
                break;
            }
        }
        if left > 0 {
            return self.destroy_keys(op, permit);
        }
        self.came_to(op, &permit)?;
        let (id, items) = (self.row.erasure.id, self.items);
        op.record(permit, json!({ "erasure": id, "items": items }))?;
        let row = rows::found(op, self.session, id, A::ACTION)?;
        Ok(Batch {
            erasure: row.erasure,
            let_go: self.let_go,
            complete: false,
        })
    }

    fn one(
        &mut self,
        op: &mut Op<'_>,
        batch: &Permit<A>,
        item: &AboutItem,
        row: SubjectId,
        own: &[SubjectId],
    ) -> Result<()> {
        let people = about::people_of(op, self.session, item.id())?;
        if people.is_empty() {
            // Another row of the person's was linked to it as well, and it has gone with that.
            return Ok(());
        }
        let shared = people
            .iter()
            .any(|other| !own.contains(other) && Some(*other) != self.row.shared);
        // What was kept for another's sake is still about several, though nobody else is linked to it any more.
        if shared || (item.alone().is_none() && rows::is_kept(op, self.session, item.id())?) {
            let stand_in = self.shared(op, batch)?;
            let new = (!people.contains(&stand_in)).then_some(stand_in);
            about::relink(op, batch, self.session, item.id(), row, new)?;
            return self.leave(op, item, Cause::Shared, None);
        }
        match item.hold(op, self.session)? {
            None => self.destroy(op, item),
            Some(hold) => {
                let held = self.held(op, batch)?;
                about::hang(op, batch, self.session, item, &[held], LinkSource::Erasure)?;
                let cause = if hold.legal {
                    Cause::LegalHold
                } else {
                    Cause::Retention
                };
                self.leave(op, item, cause, hold.until)
            }
        }
    }

    /// The item goes, with an entry of its own.
    pub(super) fn destroy(&mut self, op: &mut Op<'_>, item: &AboutItem) -> Result<()> {
        let permit = self.permit(op, item.resource())?;
        let because = json!({ "erasure": self.row.erasure.id, "subject": self.row.erasure.subject });
        let (_, let_go) = about::destroy(op, self.session, item, permit, because)?;
        self.let_go.extend(let_go);
        self.items += 1;
        Ok(())
    }

    /// The item stays for now, with an entry that says why.
    fn leave(
        &mut self,
        op: &mut Op<'_>,
        item: &AboutItem,
        cause: Cause,
        until: Option<Timestamp>,
    ) -> Result<()> {
        let (id, tenant) = (self.row.erasure.id, self.session.tenant());
        let permit = self.permit(op, item.resource())?;
        op.change(
            &permit,
            rows::LEAVE,
            params![id, item.id(), tenant, cause.as_str(), until],
        )?;
        let details = json!({ "erasure": id, "left": cause, "until": until });
        op.record(permit, details)?;
        Ok(())
    }

    /// The row above what is on hold; what hangs on it is served to nobody.
    fn held(&mut self, op: &mut Op<'_>, permit: &Permit<A>) -> Result<OpenSubject> {
        if let Some(held) = self.row.held {
            let rows = subject::rows_of(op, self.session, held)?;
            return rows.into_iter().next().ok_or(Error::Altered);
        }
        let made = subject::make(op, permit, self.session)?;
        let now = op.now();
        op.change(
            permit,
            rows::RESTRICT_ROW,
            params![self.session.tenant(), made.id, now],
        )?;
        self.row.held = Some(made.id);
        Ok(made)
    }

    /// The row that stands in for the person among those whom others share an item with, until somebody decides.
    fn shared(&mut self, op: &mut Op<'_>, permit: &Permit<A>) -> Result<SubjectId> {
        if let Some(shared) = self.row.shared {
            return Ok(shared);
        }
        let made = subject::make(op, permit, self.session)?;
        self.row.shared = Some(made.id);
        Ok(made.id)
    }

    /// INVARIANT: nothing hangs on the person's rows any more, and after this transaction no key of theirs exists.
    fn destroy_keys(self, op: &mut Op<'_>, permit: Permit<A>) -> Result<Batch> {
        let person = self.row.erasure.subject;
        request::forget_contacts(op, &permit, self.session, person)?;
        let keys = subject::destroy_keys(op, &permit, self.session, person)?;
        let items = self.row.erasure.items + self.items.unsigned_abs();
        let id = self.row.erasure.id;
        let details =
            json!({ "erasure": id, "subject": person, "keys": "destroyed", "rows": keys, "items": items });
        let (erasure, let_go) = self.finish(op, permit, details)?;
        Ok(Batch {
            erasure,
            let_go,
            complete: true,
        })
    }

    /// Goes again through what had to stay.
    fn again(mut self, op: &mut Op<'_>) -> Result<Batch> {
        let permit = self.permit(op, Resource::subject())?;
        let open: Vec<_> = self
            .row
            .erasure
            .left
            .iter()
            .filter(|left| !left.settled)
            .cloned()
            .collect();
        for left in open {
            // About what is shared somebody decides; what is to go then waits for a hold like the rest.
            let undecided =
                left.cause == Cause::Shared && !matches!(left.decision.as_deref(), Some("delete" | "split"));
            match about::find_any(op, self.session, left.item)? {
                None => self.settle(op, &permit, left.item)?,
                Some(item) if !undecided && item.hold(op, self.session)?.is_none() => {
                    self.destroy(op, &item)?;
                    self.settle(op, &permit, left.item)?;
                }
                Some(_) => {}
            }
            if self.items >= i64::from(BATCH) {
                break;
            }
        }
        let (complete, id, items) = (self.items < i64::from(BATCH), self.row.erasure.id, self.items);
        let (erasure, let_go) = self.finish(op, permit, json!({ "erasure": id, "items": items }))?;
        Ok(Batch {
            erasure,
            let_go,
            complete,
        })
    }

    /// Settles where the erasure stands, records and gives what the step came to.
    pub(super) fn finish(
        mut self,
        op: &mut Op<'_>,
        permit: Permit<A>,
        mut details: Json,
    ) -> Result<(Erasure, LetGo)> {
        self.came_to(op, &permit)?;
        let id = self.row.erasure.id;
        self.row = rows::found(op, self.session, id, A::ACTION)?;
        details["state"] = json!(settle_state(op, &permit, self.session, &self.row)?);
        op.record(permit, details)?;
        let row = rows::found(op, self.session, id, A::ACTION)?;
        Ok((row.erasure, self.let_go))
    }

    pub(super) fn settle(&self, op: &mut Op<'_>, permit: &Permit<A>, item: kernel::ItemId) -> Result<()> {
        let now = op.now();
        let row = params![self.session.tenant(), self.row.erasure.id, item, now];
        op.change(permit, rows::SETTLE, row)?;
        Ok(())
    }

    fn came_to(&self, op: &mut Op<'_>, permit: &Permit<A>) -> Result<()> {
        let (tenant, id) = (self.session.tenant(), self.row.erasure.id);
        let row = params![tenant, id, self.items, self.row.held, self.row.shared];
        op.change(permit, rows::CAME_TO, row)?;
        Ok(())
    }
}

/// Waiting while something had to stay; afterwards done, and the rows that it hung on go with their keys.
fn settle_state<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &ErasureRow,
) -> Result<ErasureState> {
    let (tenant, now) = (session.tenant(), op.now());
    let state = match row.is_open() {
        true => ErasureState::Waiting,
        false => ErasureState::Done,
    };
    if state == ErasureState::Done {
        for stand_in in row.held.into_iter().chain(row.shared) {
            subject::destroy_keys(op, permit, session, stand_in)?;
        }
    }
    let finished = (state == ErasureState::Done).then_some(now);
    op.change(
        permit,
        rows::STATE,
        params![tenant, row.erasure.id, state.as_str(), finished],
    )?;
    Ok(state)
}

/// Asked to go on with what is done: told so, and recorded.
fn nothing_left<A: Act>(op: &mut Op<'_>, session: &Session, erasure: Erasure) -> Result<Batch> {
    let permit: Permit<A> = op.permit(Resource::subject(), &session.facts())?;
    op.record(permit, json!({ "erasure": erasure.id, "state": erasure.state }))?;
    Ok(Batch {
        erasure,
        let_go: LetGo::new(),
        complete: true,
    })
}
