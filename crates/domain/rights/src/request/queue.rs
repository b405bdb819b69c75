//! Looking at requests: what is due, one as a whole, and of which somebody has to be reminded.

use access::Action;
use custody::{Credential, Result, Session};
use kernel::{Page, PageRequest, RequestId, Timestamp};
use operation::acts::{ListRequests, TakeReminders, ViewRequest};
use operation::{Op, Permit, Request};
use serde_json::json;
use store::params;

use super::rows::{self, RequestRow};
use super::{PersonRequest, RequestFile, rule};
use crate::Rights;
use crate::acts::{from_json, invalid};

/// Which requests are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// What is to be done, what is due first before what stands still.
    Live,
    /// What is closed, newest first.
    Closed,
}

/// Somebody is to be reminded of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// Of which.
    pub request: PersonRequest,
    /// The law's period is over.
    pub is_late: bool,
    /// What the tenant promised is over.
    pub is_behind_promise: bool,
}

/// The most reminders that are taken at once.
const MOST_REMINDERS: i64 = 100;

impl Rights {
    /// A page of requests. Nothing of it names anybody.
    pub async fn requests(
        &self,
        credential: &Credential,
        request: Request,
        queue: Queue,
        page: PageRequest,
    ) -> Result<Page<PersonRequest>> {
        let look = move |op: &mut Op<'_>, session: &Session| {
            let permit: Permit<ListRequests> = op.permit(rows::resource(), &session.facts())?;
            let listed = match queue {
                Queue::Live => live(op, &permit, session, &page)?,
                Queue::Closed => closed(op, &permit, session, &page)?,
            };
            op.record(permit, json!({ "count": listed.items.len() }))?;
            Ok(listed)
        };
        self.look(credential, request, Action::RequestList, look).await
    }

    /// Everything about one request.
    pub async fn request(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
    ) -> Result<RequestFile> {
        let view = move |op: &mut Op<'_>, session: &Session| {
            let (file, permit) = viewed(op, session, id)?;
            op.record(permit, json!({ "request": id }))?;
            Ok(file)
        };
        self.act(credential, request, Action::RequestView, view).await
    }

    /// Takes the reminders that are due, the longest due first, and settles when each comes next: before an end once each, and
    /// every day once something is over.
    pub async fn take_reminders(&self, credential: &Credential, request: Request) -> Result<Vec<Reminder>> {
        let take = |op: &mut Op<'_>, session: &Session| {
            let permit: Permit<TakeReminders> = op.permit(rows::resource(), &session.facts())?;
            let now = op.now();
            let settled = rule::settled(op, session)?;
            let params = params![session.tenant(), now, MOST_REMINDERS];
            let found = op.list(&permit, &rows::reminders_sql(), params)?;
            let mut taken = Vec::new();
            for row in &found {
                let mut row = RequestRow::read(session, row)?;
                row.reminded_at = Some(now);
                row.count(op, &settled)?;
                row.save(op, &permit, session)?;
                taken.push(Reminder::of(row.request, now));
            }
            let late = taken.iter().filter(|reminder| reminder.is_late).count();
            op.record(permit, json!({ "count": taken.len(), "late": late }))?;
            Ok(taken)
        };
        self.act(credential, request, Action::RequestRemind, take).await
    }
}

/// Everything about one request, with the permit for it.
pub(crate) fn viewed(
    op: &mut Op<'_>,
    session: &Session,
    id: RequestId,
) -> Result<(RequestFile, Permit<ViewRequest>)> {
    let (row, permit) = rows::permitted::<ViewRequest>(op, session, id, |_| false)?;
    let file = file(op, &permit, session, row)?;
    Ok((file, permit))
}

impl Reminder {
    fn of(request: PersonRequest, now: Timestamp) -> Self {
        Self {
            is_late: request.is_late(now),
            is_behind_promise: request.is_behind_promise(now),
            request,
        }
    }
}

fn live(
    op: &mut Op<'_>,
    permit: &Permit<ListRequests>,
    session: &Session,
    page: &PageRequest,
) -> Result<Page<PersonRequest>> {
    let (at, id) = match &page.after {
        None => (i64::MIN, Vec::new()),
        Some(cursor) => match cursor.key().split_first_chunk::<8>() {
            Some((at, id)) => (i64::from_be_bytes(*at), id.to_vec()),
            None => return Err(invalid("cursor", kernel::BadCursor.to_string())),
        },
    };
    let params = params![session.tenant(), at, id, i64::from(page.limit) + 1];
    let found = op.list(permit, &rows::queue_sql(), params)?;
    let rows = read(session, &found)?;
    let key = |row: &RequestRow| {
        let at = row.queue_at.as_micros().to_be_bytes();
        [at.as_slice(), row.request.id.as_bytes()].concat()
    };
    Ok(of_requests(Page::from_rows(rows, page.limit, key)))
}

fn closed(
    op: &mut Op<'_>,
    permit: &Permit<ListRequests>,
    session: &Session,
    page: &PageRequest,
) -> Result<Page<PersonRequest>> {
    let before = page.after.as_ref().map(|cursor| cursor.key().to_vec());
    let before = before.unwrap_or_else(|| vec![0xff; 16]);
    let params = params![session.tenant(), before, i64::from(page.limit) + 1];
    let found = op.list(permit, &rows::closed_sql(), params)?;
    let rows = read(session, &found)?;
    let key = |row: &RequestRow| row.request.id.as_bytes().to_vec();
    Ok(of_requests(Page::from_rows(rows, page.limit, key)))
}

fn read(session: &Session, rows: &[store::Row]) -> Result<Vec<RequestRow>> {
    rows.iter().map(|row| RequestRow::read(session, row)).collect()
}

fn of_requests(page: Page<RequestRow>) -> Page<PersonRequest> {
    Page {
        items: page.items.into_iter().map(|row| row.request).collect(),
        next: page.next,
    }
}

fn file(
    op: &mut Op<'_>,
    permit: &Permit<ViewRequest>,
    session: &Session,
    row: RequestRow,
) -> Result<RequestFile> {
    let id = row.request.id;
    // What the team writes for itself is not the person's.
    let of_team = session.visit().is_none();
    let mut steps = row.steps(op, permit, session)?;
    if !of_team {
        steps.iter_mut().for_each(|step| step.note = None);
    }
    let draft = row.draft_sealed.as_deref().filter(|_| of_team);
    let details = row.open(op, permit, session, "details", &row.details_sealed)?;
    Ok(RequestFile {
        details: details.map(|details| from_json(&details)).transpose()?,
        draft: row.open_text(op, permit, session, "draft", draft)?,
        answer: row.open_text(op, permit, session, "answer", row.answer_sealed.as_deref())?,
        has_document: op
            .find(rows::FIND_PROOF, params![session.tenant(), id])?
            .is_some(),
        pauses: rows::pauses(op, session.tenant(), id)?,
        steps,
        request: row.request,
    })
}
