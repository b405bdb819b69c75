//! SQL of requests.

use access::Facts;
use custody::subject::OpenSubject;
use custody::{Error, Result, Session, subject};
use deadline::Pause;
use kernel::{MemberId, RequestId, SubjectId, Timestamp};
use operation::{Act, Op, Permit, Resource};
use sealing::{Context, Key};
use serde_json::json;
use store::{Row, params};

use super::dates::Settled;
use super::state::Unidentified;
use super::{Channel, Ground, Kind, PersonRequest, Proof, Said, State, Step, Taken, Verdict};
use crate::acts::from_json;
use crate::portal;
use crate::words::{maybe_word_of, word_of};

const COLUMNS: &str = "r.request_id, r.kind, r.channel, r.state, r.received_at, r.subject_id, r.proof_wanted, \
     r.proof_given, r.own_due_at, r.law_due_at, r.extended_at, r.decision, r.ground, r.decided_by, r.closed_at, \
     r.queue_at, r.remind_at, r.reminded_at, r.under_subject, r.key_wrapped, r.details_sealed, r.draft_sealed, \
     r.answer_sealed, r.codes, r.code_tries, r.code_blind, r.code_until_at, s.key_wrapped, \
     r.mail_at, r.mailed_at, r.contact_blind, r.likely_same_as, r.same_as";
const TABLES: &str =
    "person_request r LEFT JOIN subject s ON s.subject_id = r.subject_id AND s.tenant_id = r.tenant_id";

const INSERT: &str = "INSERT INTO person_request (request_id, tenant_id, kind, channel, state, received_at, subject_id, \
     under_subject, proof_wanted, key_wrapped, details_sealed, queue_at, likely_same_as, codes, code_tries) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0)";
const SAVE: &str = "UPDATE person_request SET state = $3, proof_given = $4, own_due_at = $5, law_due_at = $6, \
     queue_at = $7, remind_at = $8, reminded_at = $9, extended_at = $10, decision = $11, ground = $12, decided_by = $13, \
     closed_at = $14, draft_sealed = $15, answer_sealed = $16, codes = $17, code_tries = $18, code_blind = $19, \
     code_until_at = $20, mail_at = $21, mailed_at = $22, contact_blind = $23, same_as = $24 WHERE tenant_id = $1 AND request_id = $2";
const LIVE: &str =
    "SELECT request_id FROM person_request WHERE tenant_id = $1 AND closed_at IS NULL ORDER BY request_id";

const STEPS: &str = "SELECT number, taken_at, member_id, step, note_sealed FROM person_request_step \
     WHERE tenant_id = $1 AND request_id = $2 ORDER BY number";
const LAST_STEP: &str =
    "SELECT coalesce(max(number), 0) FROM person_request_step WHERE tenant_id = $1 AND request_id = $2";
const INSERT_STEP: &str = "INSERT INTO person_request_step (request_id, number, tenant_id, taken_at, member_id, step, \
     note_sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)";

const PAUSES: &str = "SELECT from_at, to_at FROM person_request_pause WHERE tenant_id = $1 AND request_id = $2 ORDER BY number";
const BEGIN_PAUSE: &str = "INSERT INTO person_request_pause (request_id, number, tenant_id, from_at, to_at) \
     SELECT $1, count(*) + 1, $2, $3, NULL FROM person_request_pause WHERE request_id = $1";
const END_PAUSE: &str = "UPDATE person_request_pause SET to_at = $3 \
     WHERE tenant_id = $1 AND request_id = $2 AND to_at IS NULL";

pub(super) const FIND_PROOF: &str =
    "SELECT key_wrapped, document_sealed FROM person_request_proof WHERE tenant_id = $1 AND request_id = $2";
pub(super) const KEEP_PROOF: &str = "INSERT INTO person_request_proof (request_id, tenant_id, given_at, key_wrapped, \
     document_sealed) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (request_id) DO UPDATE SET given_at = excluded.given_at, \
     key_wrapped = excluded.key_wrapped, document_sealed = excluded.document_sealed";
pub(super) const DELETE_PROOF: &str =
    "DELETE FROM person_request_proof WHERE tenant_id = $1 AND request_id = $2";

/// The part of a request that says how letters reach whoever asked at the page.
pub(super) const REACH: &str = "reach";

const SUBJECT_KEY: &str = "SELECT key_wrapped FROM subject WHERE tenant_id = $1 AND subject_id = $2";

/// What is due first, after a moment and an id.
pub(super) fn queue_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE r.tenant_id = $1 AND r.closed_at IS NULL \
         AND (r.queue_at > $2 OR (r.queue_at = $2 AND r.request_id > $3)) ORDER BY r.queue_at, r.request_id LIMIT $4"
    )
}

/// What is closed, newest first, before an id.
pub(super) fn closed_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE r.tenant_id = $1 AND r.closed_at IS NOT NULL AND r.request_id < $2 \
         ORDER BY r.request_id DESC LIMIT $3"
    )
}

/// Reminders that are due at a moment, the longest due first.
pub(super) fn reminders_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE r.tenant_id = $1 AND r.remind_at IS NOT NULL AND r.remind_at <= $2 \
         ORDER BY r.remind_at, r.request_id LIMIT $3"
    )
}

/// The same by letter.
pub(super) fn mails_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE r.tenant_id = $1 AND r.mail_at IS NOT NULL AND r.mail_at <= $2 \
         ORDER BY r.mail_at, r.request_id LIMIT $3"
    )
}

/// A request with its key open, unless that was destroyed with its person's.
pub(super) struct RequestRow {
    pub(super) request: PersonRequest,
    pub(super) key: Option<Key>,
    pub(super) queue_at: Timestamp,
    pub(super) remind_at: Option<Timestamp>,
    pub(super) reminded_at: Option<Timestamp>,
    /// The same by letter, which goes by itself.
    pub(super) mail_at: Option<Timestamp>,
    pub(super) mailed_at: Option<Timestamp>,
    pub(super) details_sealed: Vec<u8>,
    pub(super) draft_sealed: Option<Vec<u8>>,
    pub(super) answer_sealed: Option<Vec<u8>>,
    pub(super) code: Code,
    /// Keyed hash of where the person can be reached, while it is not closed.
    pub(super) contact_blind: Option<Vec<u8>>,
}

/// The code that was sent last, and how many were.
pub(super) struct Code {
    pub(super) sent: u32,
    pub(super) tries: u32,
    pub(super) blind: Option<Vec<u8>>,
    pub(super) until: Option<Timestamp>,
}

/// What every act on requests is about. Which one, its details say.
pub(crate) fn resource() -> Resource {
    Resource {
        kind: "request",
        ..Resource::default()
    }
}

/// The request, if the tenant has it.
pub(super) fn find(op: &mut Op<'_>, session: &Session, id: RequestId) -> Result<Option<RequestRow>> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE r.tenant_id = $1 AND r.request_id = $2");
    let row = op.find(&sql, params![session.tenant(), id])?;
    row.map(|row| RequestRow::read(session, &row)).transpose()
}

/// The request with the permit for an act on it, or the refusal that an unknown one gets. `own` says whether the caller did
/// before what the act must not follow.
pub(super) fn permitted<A: Act>(
    op: &mut Op<'_>,
    session: &Session,
    id: RequestId,
    own: impl Fn(&PersonRequest) -> bool,
) -> Result<(RequestRow, Permit<A>)> {
    let mut found = find(op, session, id)?;
    // Of somebody at the page, all is unknown that they did not ask for themselves.
    if session.visit().is_some() && !portal::is_own(op, session, id)? {
        found = None;
    }
    let Some(row) = found else {
        op.refuse(
            A::ACTION,
            resource(),
            json!({ "request": id, "reasons": ["unknown"] }),
        )?;
        return Err(Error::NotFound("request"));
    };
    let facts = Facts {
        own: session.visit().is_some() || own(&row.request),
        ..session.facts()
    };
    let permit = op.permit(resource(), &facts)?;
    Ok((row, permit))
}

/// The request with the permit for an act that goes by it.
pub(crate) fn permitted_request<A: Act>(
    op: &mut Op<'_>,
    session: &Session,
    id: RequestId,
) -> Result<(PersonRequest, Permit<A>)> {
    let (row, permit) = permitted(op, session, id, |_| false)?;
    Ok((row.request, permit))
}

/// A part of a request that was sealed with it, if its key is still there.
pub(crate) fn reach(
    op: &mut Op<'_>,
    session: &Session,
    id: RequestId,
    sealed: &[u8],
) -> Result<Option<Vec<u8>>> {
    let Some(row) = find(op, session, id)? else {
        return Ok(None);
    };
    let Some(key) = &row.key else {
        return Ok(None);
    };
    let opened = sealing::open(key, &part_context(session, id, REACH), sealed)?;
    Ok(Some(opened.to_vec()))
}

/// Some requests by their ids, in that order.
pub(crate) fn these<A: Act>(
    op: &mut Op<'_>,
    _permit: &Permit<A>,
    session: &Session,
    ids: &[RequestId],
) -> Result<Vec<PersonRequest>> {
    let mut requests = Vec::with_capacity(ids.len());
    for id in ids {
        requests.extend(find(op, session, *id)?.map(|row| row.request));
    }
    Ok(requests)
}

/// What a person ever asked for, under whichever of their rows, oldest first: with what they wrote and what was answered.
pub(crate) fn all_of<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    people: &[OpenSubject],
) -> Result<Vec<Said>> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE r.tenant_id = $1 AND r.subject_id = $2");
    let mut requests = Vec::new();
    for person in people {
        for row in op.list(permit, &sql, params![session.tenant(), person.id])? {
            let mut row = RequestRow::read(session, &row)?;
            // What is only likely may be somebody else's.
            row.request.likely_same_as = None;
            // Who only said that they were this person wrote nothing of theirs.
            let details = match row.request.proof_given {
                Some(_) => row.open(op, permit, session, "details", &row.details_sealed)?,
                None => None,
            };
            requests.push(Said {
                details: details.map(|details| from_json(&details)).transpose()?,
                answer: row.open_text(op, permit, session, "answer", row.answer_sealed.as_deref())?,
                request: row.request,
            });
        }
    }
    requests.sort_by_key(|said| said.request.id);
    Ok(requests)
}

/// The ids of what is not closed.
pub(super) fn live(op: &mut Op<'_>, session: &Session) -> Result<Vec<RequestId>> {
    let rows = op.find_all(LIVE, params![session.tenant()])?;
    rows.iter().map(|row| Ok(row.get(0)?)).collect()
}

/// Adds a request that has just come in. Its dates are counted and saved by the caller.
pub(super) fn insert<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &RequestRow,
    key_wrapped: Vec<u8>,
    under_subject: bool,
) -> Result<()> {
    let request = &row.request;
    let params = params![
        request.id,
        session.tenant(),
        request.kind.as_str(),
        request.channel.as_str(),
        request.state.as_str(),
        request.received_at,
        request.subject,
        i64::from(under_subject),
        request.proof_wanted.as_str(),
        key_wrapped,
        &row.details_sealed,
        row.queue_at,
        request.likely_same_as,
    ];
    op.change(permit, INSERT, params)?;
    Ok(())
}

/// The key of a subject that the tenant knows.
pub(super) fn subject_key(op: &mut Op<'_>, session: &Session, subject: SubjectId) -> Result<Key> {
    let row = op.find(SUBJECT_KEY, params![session.tenant(), subject])?;
    let wrapped: Vec<u8> = row.ok_or(Error::NotFound("subject"))?.get(0)?;
    subject::open_key(session, subject, &wrapped)
}

/// The key that wraps the keys of requests whose person the tenant did not know.
pub(super) fn tenant_side(session: &Session) -> Key {
    session.derive("rights request", &[])
}

/// Where a request's key belongs.
pub(super) fn key_context(session: &Session, id: RequestId) -> Context {
    part_context(session, id, "key")
}

/// Where a sealed part of a request belongs.
pub(super) fn part_context(session: &Session, id: RequestId, part: &str) -> Context {
    Context::new("rights request")
        .with(session.tenant().as_bytes())
        .with(id.as_bytes())
        .with(part)
}

impl RequestRow {
    pub(super) fn read(session: &Session, row: &Row) -> Result<Self> {
        let (id, subject): (RequestId, Option<SubjectId>) = (row.get(0)?, row.get(5)?);
        let request = PersonRequest {
            id,
            kind: word_of(row, 1, Kind::from_word)?,
            channel: word_of(row, 2, Channel::from_word)?,
            state: word_of(row, 3, State::from_word)?,
            received_at: row.get(4)?,
            subject,
            proof_wanted: word_of(row, 6, Proof::from_word)?,
            proof_given: maybe_word_of(row, 7, Proof::from_word)?,
            own_due_at: row.get(8)?,
            law_due_at: row.get(9)?,
            extended_at: row.get(10)?,
            decision: maybe_word_of(row, 11, Verdict::from_word)?,
            ground: maybe_word_of(row, 12, Ground::from_word)?,
            decided_by: row.get(13)?,
            closed_at: row.get(14)?,
            likely_same_as: row.get(31)?,
            same_as: row.get(32)?,
        };
        let outer = match (row.get::<i64>(18)? != 0, subject, row.get::<Option<Vec<u8>>>(27)?) {
            (false, ..) => Some(tenant_side(session)),
            (true, Some(subject), Some(wrapped)) => Some(subject::open_key(session, subject, &wrapped)?),
            // The person was erased, and what named them here with them.
            (true, ..) => None,
        };
        let wrapped: Vec<u8> = row.get(19)?;
        // What named whoever was erased was kept until they had read the answer.
        let key = outer
            .filter(|_| !wrapped.is_empty())
            .map(|outer| sealing::unwrap(&outer, &key_context(session, id), &wrapped));
        Ok(Self {
            request,
            key: key.transpose()?,
            queue_at: row.get(15)?,
            remind_at: row.get(16)?,
            reminded_at: row.get(17)?,
            mail_at: row.get(28)?,
            mailed_at: row.get(29)?,
            details_sealed: row.get(20)?,
            draft_sealed: row.get(21)?,
            answer_sealed: row.get(22)?,
            code: Code {
                sent: row.get(23)?,
                tries: row.get(24)?,
                blind: row.get(25)?,
                until: row.get(26)?,
            },
            contact_blind: row.get(30)?,
        })
    }

    /// Counts its dates anew. Call [`RequestRow::save`] afterwards.
    pub(super) fn count(&mut self, op: &mut Op<'_>, settled: &Settled) -> Result<()> {
        let id = self.request.id;
        let pauses = pauses(op, op.tenant()?, id)?;
        let extended = self.request.extended_at.is_some();
        let dates = settled.dates(self.request.kind, self.request.received_at, &pauses, extended)?;
        (self.request.own_due_at, self.request.law_due_at) = (dates.own, dates.law);
        self.queue_at = dates.first(extended);
        let after = self.reminded_at.unwrap_or(self.request.received_at);
        self.remind_at = dates.next_reminder(extended, settled.rule.remind_days, after);
        let after = self.mailed_at.unwrap_or(self.request.received_at);
        self.mail_at = dates.next_reminder(extended, settled.rule.remind_days, after);
        Ok(())
    }

    /// Takes a step, with what is said about it, if it follows from where the request is.
    pub(super) fn take<A: Act>(
        &mut self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        session: &Session,
        step: Step,
        note: Option<&str>,
    ) -> Result<()> {
        let unidentified = Unidentified(self.request.ground == Some(Ground::NotIdentified));
        self.request.state = self.request.state.after(step, unidentified)?;
        let id = self.request.id;
        let last = op.find(LAST_STEP, params![session.tenant(), id])?;
        let number = last.map_or(Ok(0), |row| row.get::<i64>(0))? + 1;
        let sealed = note.map(|note| self.seal(op, session, &step_part(number), note.as_bytes()));
        let params = params![
            id,
            number,
            session.tenant(),
            op.now(),
            session.member(),
            step.as_str(),
            sealed.transpose()?,
        ];
        op.change(permit, INSERT_STEP, params)?;
        Ok(())
    }

    /// Lets the clocks stand still from now on, or go on.
    pub(super) fn pause<A: Act>(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        session: &Session,
        begin: bool,
    ) -> Result<()> {
        let (id, now) = (self.request.id, op.now());
        match begin {
            true => op.change(permit, BEGIN_PAUSE, params![id, session.tenant(), now])?,
            false => op.change(permit, END_PAUSE, params![session.tenant(), id, now])?,
        };
        Ok(())
    }

    /// Writes what has changed.
    pub(super) fn save<A: Act>(&self, op: &mut Op<'_>, permit: &Permit<A>, session: &Session) -> Result<()> {
        let request = &self.request;
        let params = params![
            session.tenant(),
            request.id,
            request.state.as_str(),
            request.proof_given.map(Proof::as_str),
            request.own_due_at,
            request.law_due_at,
            self.queue_at,
            self.remind_at,
            self.reminded_at,
            request.extended_at,
            request.decision.map(Verdict::as_str),
            request.ground.map(Ground::as_str),
            request.decided_by,
            request.closed_at,
            self.draft_sealed.clone(),
            self.answer_sealed.clone(),
            self.code.sent,
            self.code.tries,
            self.code.blind.clone(),
            self.code.until,
            self.mail_at,
            self.mailed_at,
            self.contact_blind.clone(),
            request.same_as,
        ];
        op.change(permit, SAVE, params)?;
        Ok(())
    }

    /// Closes it: nobody is reminded any more, no code is good any more, and no document is kept.
    pub(super) fn close<A: Act>(
        &mut self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        session: &Session,
    ) -> Result<()> {
        self.request.closed_at = Some(op.now());
        (self.remind_at, self.mail_at) = (None, None);
        (self.code.blind, self.code.until) = (None, None);
        self.contact_blind = None;
        op.change(permit, DELETE_PROOF, params![session.tenant(), self.request.id])?;
        self.pause(op, permit, session, false)
    }

    /// Seals a part of it.
    pub(super) fn seal(&self, op: &Op<'_>, session: &Session, part: &str, text: &[u8]) -> Result<Vec<u8>> {
        let key = self.key.as_ref().ok_or_else(erased)?;
        let context = part_context(session, self.request.id, part);
        Ok(sealing::seal(key, &context, text, op.random()))
    }

    /// Opens a part of it; nothing once its key was destroyed.
    pub(super) fn open<A: Act>(
        &self,
        op: &Op<'_>,
        permit: &Permit<A>,
        session: &Session,
        part: &str,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>> {
        let Some(key) = &self.key else {
            return Ok(None);
        };
        let context = part_context(session, self.request.id, part);
        Ok(Some(op.open(permit, key, &context, sealed)?.to_vec()))
    }

    /// The same as text.
    pub(super) fn open_text<A: Act>(
        &self,
        op: &Op<'_>,
        permit: &Permit<A>,
        session: &Session,
        part: &str,
        sealed: Option<&[u8]>,
    ) -> Result<Option<String>> {
        let opened = sealed.map(|sealed| self.open(op, permit, session, part, sealed));
        let text = opened.transpose()?.flatten().map(String::from_utf8);
        text.transpose().map_err(|_| Error::Altered)
    }

    /// What was done about it.
    pub(super) fn steps<A: Act>(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        session: &Session,
    ) -> Result<Vec<Taken>> {
        let rows = op.list(permit, STEPS, params![session.tenant(), self.request.id])?;
        let taken = rows.iter().map(|row| {
            let (number, sealed): (u32, Option<Vec<u8>>) = (row.get(0)?, row.get(4)?);
            let part = step_part(number.into());
            Ok(Taken {
                number,
                at: row.get(1)?,
                member: row.get::<MemberId>(2)?,
                step: word_of(row, 3, Step::from_word)?,
                note: self.open_text(op, permit, session, &part, sealed.as_deref())?,
            })
        });
        taken.collect()
    }
}

/// When it stood still.
pub(super) fn pauses(op: &mut Op<'_>, tenant: kernel::TenantId, id: RequestId) -> Result<Vec<Pause>> {
    let rows = op.find_all(PAUSES, params![tenant, id])?;
    let pause = |row: &Row| {
        Ok(Pause {
            from: row.get(0)?,
            to: row.get(1)?,
        })
    };
    rows.iter().map(pause).collect()
}

fn step_part(number: i64) -> String {
    format!("step {number}")
}

fn erased() -> Error {
    Error::Conflict("the person whom this is about was erased, and the key of this request with them".into())
}
