//! SQL of consent. There is no statement here that changes or deletes a row.

use custody::subject::OpenSubject;
use custody::{Result, Session};
use kernel::{ConsentId, PurposeId, SubjectId, Timestamp};
use operation::{Act, Op, Permit, Resource};
use sealing::Context;
use store::{Row, params};

use super::{Consent, ConsentAct, ConsentChannel, Proof};
use crate::acts::from_json;
use crate::words::{maybe_word_of, word_of};

const COLUMNS: &str =
    "consent_id, purpose_id, subject_id, given, notice, act, channel, happened_at, recorded_at, proof_sealed";

pub(super) const INSERT: &str = "INSERT INTO consent (consent_id, tenant_id, purpose_id, subject_id, given, notice, act, \
     channel, happened_at, recorded_at, member_id, proof_sealed) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

pub(crate) fn resource() -> Resource {
    Resource {
        kind: "consent",
        ..Resource::default()
    }
}

/// What a person last said about a purpose, under whichever of their rows. Of two at one moment, what was recorded last counts.
pub(super) fn newest(
    op: &mut Op<'_>,
    session: &Session,
    people: &[OpenSubject],
    purpose: PurposeId,
) -> Result<Option<Found>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM consent WHERE tenant_id = $1 AND subject_id = $2 AND purpose_id = $3 \
         ORDER BY happened_at DESC, consent_id DESC LIMIT 1"
    );
    let mut newest: Option<Found> = None;
    for person in people {
        let row = op.find(&sql, params![session.tenant(), person.id, purpose])?;
        let found = row.map(|row| Found::read(&row)).transpose()?;
        newest = newest
            .into_iter()
            .chain(found)
            .max_by_key(|found| (found.consent.at, found.consent.id));
    }
    Ok(newest)
}

/// What a person ever said about any purpose, after an id, in the order of recording.
pub(super) fn history<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    people: &[OpenSubject],
    after: &[u8],
    limit: u32,
) -> Result<Vec<Consent>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM consent WHERE tenant_id = $1 AND subject_id = $2 AND consent_id > $3 \
         ORDER BY consent_id LIMIT $4"
    );
    let mut history = Vec::new();
    for person in people {
        let params = params![session.tenant(), person.id, after.to_vec(), i64::from(limit)];
        for row in op.list(permit, &sql, params)? {
            history.push(Found::read(&row)?.opened(op, permit, session, people)?);
        }
    }
    history.sort_by_key(|consent| consent.id);
    history.truncate(limit as usize);
    Ok(history)
}

/// All that a person ever said about any purpose, in the order of recording.
pub(crate) fn all_of<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    people: &[OpenSubject],
) -> Result<Vec<Consent>> {
    history(op, permit, session, people, &[], u32::MAX)
}

/// An entry whose proof is not open yet.
pub(super) struct Found {
    pub(super) consent: Consent,
    proof_sealed: Option<Vec<u8>>,
}

impl Found {
    fn read(row: &Row) -> Result<Self> {
        let consent = Consent {
            id: row.get(0)?,
            purpose: row.get(1)?,
            subject: row.get::<Option<SubjectId>>(2)?,
            given: row.get::<i64>(3)? != 0,
            notice: row.get(4)?,
            act: maybe_word_of(row, 5, ConsentAct::from_word)?,
            channel: word_of(row, 6, ConsentChannel::from_word)?,
            at: row.get::<Timestamp>(7)?,
            recorded_at: row.get(8)?,
            proof: None,
        };
        Ok(Self {
            consent,
            proof_sealed: row.get(9)?,
        })
    }

    /// With what shows it, opened by the key of whose it is.
    pub(super) fn opened<A: Act>(
        mut self,
        op: &Op<'_>,
        permit: &Permit<A>,
        session: &Session,
        people: &[OpenSubject],
    ) -> Result<Consent> {
        let of = |person: &&OpenSubject| Some(person.id) == self.consent.subject;
        let key = people.iter().find(of).map(|person| &person.key);
        if let (Some(key), Some(sealed)) = (key, &self.proof_sealed) {
            let opened = op.open(permit, key, &context(session, self.consent.id), sealed)?;
            let Proof { proof, .. } = from_json(&opened)?;
            self.consent.proof = proof;
        }
        Ok(self.consent)
    }
}

pub(super) fn context(session: &Session, id: ConsentId) -> Context {
    Context::new("rights consent")
        .with(session.tenant().as_bytes())
        .with(id.as_bytes())
}
