//! Requests that say the same.
//!
//! Promises: a request of the same kind from the same address or about the same person, while another one is not closed or was
//! answered within the last days, is marked as likely the same, and nothing follows from that by itself; somebody of the tenant closes it as
//! the same as the other one once it is known of both that it is the person who asks; the earlier one goes on with its own dates, and
//! the person is told. Leaves out: comparing what people wrote.

use std::time::Duration;

use access::Action;
use custody::{Credential, Error, Result, Session, subject};
use kernel::{RequestId, SubjectId, Timestamp};
use operation::acts::DecideRequest;
use operation::{Act, Op, Permit, Request};
use serde_json::json;
use store::{Row, params};

use super::rows;
use super::{MOST_LINE, PersonRequest, State, Step};
use crate::Rights;
use crate::acts::{check_text, invalid};
use crate::portal;

/// Whoever asks again so soon after the answer has likely not read it yet. Later it is a request of its own.
const ANSWERED: Duration = Duration::from_secs(7 * 24 * 60 * 60);

const BY_CONTACT: &str = "SELECT request_id, received_at FROM person_request WHERE tenant_id = $1 AND contact_blind = $2 \
     AND kind = $3 AND closed_at IS NULL ORDER BY received_at, request_id LIMIT 1";
const BY_SUBJECT: &str = "SELECT request_id, received_at FROM person_request WHERE subject_id = $2 AND tenant_id = $1 \
     AND kind = $3 AND (closed_at IS NULL OR (state = 'answered' AND closed_at >= $4)) ORDER BY received_at, request_id LIMIT 1";
const PERSON_OF: &str = "SELECT person_id FROM subject WHERE tenant_id = $1 AND subject_id = $2";
const FORGET: &str = "UPDATE person_request SET contact_blind = NULL WHERE tenant_id = $1 AND subject_id IN \
     (SELECT subject_id FROM subject WHERE tenant_id = $1 AND person_id = $2)";

impl Rights {
    /// Closes a request as the same as an earlier one, which goes on with its own dates. The note says how that is known.
    pub async fn same_request(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        first: RequestId,
        note: String,
    ) -> Result<PersonRequest> {
        check_text("note", &note, MOST_LINE)?;
        let same = move |op: &mut Op<'_>, session: &Session| {
            let (mut row, permit) = rows::permitted::<DecideRequest>(op, session, id, |_| false)?;
            let found = rows::find(op, session, first)?.ok_or(Error::NotFound("request"))?;
            row.take(op, &permit, session, Step::Duplicate, Some(&note))?;
            check_same(op, session, &row.request, &found.request)?;
            row.request.same_as = Some(first);
            row.draft_sealed = None;
            row.close(op, &permit, session)?;
            row.save(op, &permit, session)?;
            portal::news(op, session, &row.request)?;
            op.record(permit, json!({ "request": id, "same_as": first }))?;
            Ok(row.request)
        };
        self.act(credential, request, Action::RequestDecide, same).await
    }
}

/// Whether one can be closed as the same as the other.
fn check_same(
    op: &mut Op<'_>,
    session: &Session,
    later: &PersonRequest,
    first: &PersonRequest,
) -> Result<()> {
    let wrong = |says: &str| Err(invalid("same_as", says));
    if later.id == first.id {
        return wrong("name another request than this one");
    }
    if later.kind != first.kind {
        return wrong("the other one asks for something else: answer both");
    }
    if let (Some(one), Some(other)) = (later.subject, first.subject)
        && person_of(op, session, one)? != person_of(op, session, other)?
    {
        return wrong("the other one is about somebody else: answer both");
    }
    if later.received_at < first.received_at {
        return wrong(
            "the other one came later: close that one as the same as this, so that the earlier dates go on",
        );
    }
    match first.state {
        State::Open => Ok(()),
        State::Answered if first.closed_at.is_some_and(|at| is_fresh(at, later.received_at)) => Ok(()),
        State::Answered => {
            wrong("the other one was answered more than seven days before: this is a request of its own")
        }
        State::Received | State::Identity => Err(Error::Conflict(
            "it is not known of the other one whether it is the person who asks: find that out first".into(),
        )),
        State::Refused | State::Withdrawn | State::Duplicate => {
            wrong("the other one is closed without an answer: this is a request of its own")
        }
    }
}

fn is_fresh(answered: Timestamp, received: Timestamp) -> bool {
    answered >= received.minus(ANSWERED)
}

/// Who stands for the person of this row; the row itself where they were erased since.
fn person_of(op: &mut Op<'_>, session: &Session, subject: SubjectId) -> Result<SubjectId> {
    let row = op.find(PERSON_OF, params![session.tenant(), subject])?;
    Ok(row.map(|row| row.get(0)).transpose()?.unwrap_or(subject))
}

/// The earliest request that this one seems to repeat.
pub(super) fn likely(
    op: &mut Op<'_>,
    session: &Session,
    request: &PersonRequest,
    contact_blind: &[u8],
) -> Result<Option<RequestId>> {
    let (tenant, kind) = (session.tenant(), request.kind.as_str());
    let mut found = op.find_all(BY_CONTACT, params![tenant, contact_blind.to_vec(), kind])?;
    if let Some(subject) = request.subject {
        let person = person_of(op, session, subject)?;
        let since = request.received_at.minus(ANSWERED);
        for row in subject::rows_of(op, session, person)? {
            found.extend(op.find_all(BY_SUBJECT, params![tenant, row.id, kind, since])?);
        }
    }
    let read = |row: &Row| Ok((row.get::<Timestamp>(1)?, row.get::<RequestId>(0)?));
    let alike = found.iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(alike.into_iter().min().map(|(_, id)| id))
}

/// The keyed hash by which two requests from one address are found.
pub(super) fn blind(session: &Session, contact: &str) -> Vec<u8> {
    let same = contact.trim().to_lowercase();
    sealing::blind(
        &session.blind_index("rights request contact"),
        "contact",
        same.as_bytes(),
    )
    .to_vec()
}

/// A person is being erased: what would still find their address goes.
pub(crate) fn forget_contacts<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    person: SubjectId,
) -> Result<()> {
    op.change(permit, FORGET, params![session.tenant(), person])?;
    Ok(())
}
