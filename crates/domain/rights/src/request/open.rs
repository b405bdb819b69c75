//! A request comes in.

use access::Action;
use custody::{Credential, IdempotencyKey, Result, Session, replay, subject};
use kernel::{RequestId, SubjectId, Timestamp};
use operation::acts::OpenRequest;
use operation::{Act, Op, Permit, Request};
use sealing::Key;
use serde_json::json;

use super::identity::identified;
use super::rows::{self, Code, REACH, RequestRow};
use super::{Kind, NewRequest, PersonRequest, Proof, State, Step, rule, same};
use crate::Rights;
use crate::acts::to_json;

impl Rights {
    /// Takes in what a person asks for about their data. The clocks run from when it reached anybody of the tenant.
    pub async fn open_request(
        &self,
        credential: &Credential,
        request: Request,
        new: NewRequest,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<PersonRequest> {
        let open = move |op: &mut Op<'_>, session: &Session| {
            let permit: Permit<OpenRequest> = op.permit(rows::resource(), &session.facts())?;
            if let Some(kept) = replay::find(op, session, idempotency.as_ref())? {
                op.record(permit, json!({ "repeated": true }))?;
                return Ok(kept);
            }
            new.check(op.now())?;
            let opened = open(op, &permit, session, &new, None)?.request;
            replay::keep(op, session, idempotency.as_ref(), &opened)?;
            let told = json!({
                "request": opened.id, "kind": opened.kind, "channel": opened.channel, "subject": opened.subject,
                "received_at": opened.received_at, "own_due_at": opened.own_due_at, "law_due_at": opened.law_due_at,
                "likely_same_as": opened.likely_same_as,
            });
            op.record(permit, told)?;
            Ok(opened)
        };
        self.act(credential, request, Action::RequestOpen, open).await
    }
}

/// Takes in what somebody asks for who has proven an address by a code. Where that is enough for what they ask for, it is known
/// that it is they; where more is wanted, the clocks run all the same, for it is the tenant's turn. Gives `reach` sealed with it.
pub(crate) fn open_proven(
    op: &mut Op<'_>,
    permit: &Permit<OpenRequest>,
    session: &Session,
    new: &NewRequest,
    reach: &[u8],
) -> Result<(PersonRequest, Vec<u8>)> {
    new.check(op.now())?;
    let mut row = open(op, permit, session, new, None)?;
    if row.request.proof_wanted <= Proof::MailCode {
        identified(op, permit, session, &mut row, Proof::MailCode, None)?;
        row.save(op, permit, session)?;
    }
    let sealed = row.seal(op, session, REACH, reach)?;
    Ok((row.request, sealed))
}

/// Takes in what somebody asks for who has proven nothing yet, with a note for the team. Gives `reach` sealed with it.
pub(crate) fn open_claimed(
    op: &mut Op<'_>,
    permit: &Permit<OpenRequest>,
    session: &Session,
    new: &NewRequest,
    reach: &[u8],
    note: Option<&str>,
) -> Result<(PersonRequest, Vec<u8>)> {
    new.check(op.now())?;
    let row = open(op, permit, session, new, note)?;
    let sealed = row.seal(op, session, REACH, reach)?;
    Ok((row.request, sealed))
}

/// Whoever asked has proven their address since: where that is enough for what they ask for, it is known that it is they.
pub(crate) fn identify_by_address<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    id: RequestId,
) -> Result<bool> {
    let Some(mut row) = rows::find(op, session, id)? else {
        return Ok(false);
    };
    let waits = matches!(row.request.state, State::Received | State::Identity);
    if !waits || row.request.proof_wanted > Proof::MailCode {
        return Ok(false);
    }
    identified(op, permit, session, &mut row, Proof::MailCode, None)?;
    row.save(op, permit, session)?;
    Ok(true)
}

fn open(
    op: &mut Op<'_>,
    permit: &Permit<OpenRequest>,
    session: &Session,
    new: &NewRequest,
    note: Option<&str>,
) -> Result<RequestRow> {
    let subject = match &new.subject {
        Some(handle) => subject::find_id(op, session, handle)?,
        None => None,
    };
    let settled = rule::settled(op, session)?;
    let mut request = PersonRequest {
        id: RequestId::make(op.now(), op.random()),
        kind: new.kind,
        channel: new.channel,
        state: State::Received,
        received_at: new.received_at.unwrap_or(op.now()),
        subject,
        proof_wanted: settled.rule.proof_for(new.kind),
        proof_given: None,
        own_due_at: None,
        law_due_at: None,
        extended_at: None,
        decision: None,
        ground: None,
        decided_by: None,
        closed_at: None,
        likely_same_as: None,
        same_as: None,
    };
    let contact_blind = same::blind(session, &new.details.contact);
    request.likely_same_as = same::likely(op, session, &request, &contact_blind)?;
    let (under_subject, outer) = outer_key(op, session, new.kind, subject)?;
    let key = Key::generate(op.random());
    let wrapped = sealing::wrap(&outer, &rows::key_context(session, request.id), &key, op.random());
    let mut row = RequestRow {
        request,
        key: Some(key),
        queue_at: Timestamp::from_micros(i64::MAX),
        remind_at: None,
        reminded_at: None,
        mail_at: None,
        mailed_at: None,
        details_sealed: Vec::new(),
        draft_sealed: None,
        answer_sealed: None,
        code: Code {
            sent: 0,
            tries: 0,
            blind: None,
            until: None,
        },
        contact_blind: Some(contact_blind),
    };
    row.details_sealed = row.seal(op, session, "details", &to_json(&new.details)?)?;
    rows::insert(op, permit, session, &row, wrapped, under_subject)?;
    row.count(op, &settled)?;
    row.take(op, permit, session, Step::Opened, note)?;
    row.save(op, permit, session)?;
    Ok(row)
}

/// The key that the request's own hangs on, and whether it is the person's.
///
/// A request to be erased hangs on the tenant's: who was erased must still get the answer, and the tenant must be able to show
/// that there was a request.
fn outer_key(
    op: &mut Op<'_>,
    session: &Session,
    kind: Kind,
    subject: Option<SubjectId>,
) -> Result<(bool, Key)> {
    match subject.filter(|_| kind != Kind::Erasure) {
        Some(subject) => Ok((true, rows::subject_key(op, session, subject)?)),
        None => Ok((false, rows::tenant_side(session))),
    }
}
