//! SQL of purposes and notices.

use access::Facts;
use custody::{Error, Result, Session};
use kernel::{PurposeId, Timestamp};
use operation::{Act, Op, Permit, Resource};
use sealing::{Context, Key};
use serde_json::json;
use store::{Row, params};

use super::{Basis, Notice, Purpose, PurposeRef, Terms};
use crate::acts::from_json;
use crate::words::word_of;

const COLUMNS: &str =
    "p.purpose_id, p.basis, p.made_at, p.ended_at, p.terms_sealed, n.version, n.text_hash, n.published_at";
const TABLES: &str = "purpose p LEFT JOIN purpose_notice n ON n.purpose_id = p.purpose_id AND n.version = \
     (SELECT max(m.version) FROM purpose_notice m WHERE m.purpose_id = p.purpose_id)";

pub(super) const INSERT: &str = "INSERT INTO purpose (purpose_id, tenant_id, word_blind, basis, made_at, ended_at, \
     terms_sealed) VALUES ($1, $2, $3, $4, $5, NULL, $6)";
pub(super) const END: &str =
    "UPDATE purpose SET ended_at = $3 WHERE tenant_id = $1 AND purpose_id = $2 AND ended_at IS NULL";
pub(super) const PUBLISH: &str = "INSERT INTO purpose_notice (purpose_id, version, tenant_id, published_at, text_hash, \
     text_sealed) VALUES ($1, $2, $3, $4, $5, $6)";
pub(super) const TEXT: &str =
    "SELECT text_sealed FROM purpose_notice WHERE tenant_id = $1 AND purpose_id = $2 AND version = $3";

/// A purpose as it is known to acts that only go by it.
pub(crate) struct PurposeRow {
    pub(crate) id: PurposeId,
    pub(crate) basis: Basis,
    pub(crate) ended_at: Option<Timestamp>,
    /// What people are told at present.
    pub(crate) notice: Option<Notice>,
    made_at: Timestamp,
    terms_sealed: Vec<u8>,
}

/// What every act on purposes is about. Which one, its details say.
pub(crate) fn resource() -> Resource {
    Resource {
        kind: "purpose",
        ..Resource::default()
    }
}

/// A page of purposes after an id, oldest first.
pub(super) fn page_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE p.tenant_id = $1 AND p.purpose_id > $2 ORDER BY p.purpose_id LIMIT $3"
    )
}

/// Every purpose of the tenant, oldest first.
pub fn all<A: Act>(op: &mut Op<'_>, permit: &Permit<A>, session: &Session) -> Result<Vec<Purpose>> {
    let found = op.list(
        permit,
        &page_sql(),
        params![session.tenant(), Vec::<u8>::new(), i64::MAX],
    )?;
    let mut purposes = Vec::with_capacity(found.len());
    for row in &found {
        purposes.push(PurposeRow::read(row)?.purpose(op, permit, session)?);
    }
    Ok(purposes)
}

/// The purpose, if the tenant has it.
pub(crate) fn find(op: &mut Op<'_>, session: &Session, purpose: &PurposeRef) -> Result<Option<PurposeRow>> {
    let (column, key) = match purpose {
        PurposeRef::Id(id) => ("purpose_id", id.as_bytes().to_vec()),
        PurposeRef::Word(word) => ("word_blind", blind_word(session, word).to_vec()),
    };
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE p.tenant_id = $1 AND p.{column} = $2");
    let row = op.find(&sql, params![session.tenant(), key])?;
    row.map(|row| PurposeRow::read(&row)).transpose()
}

/// The purpose with the permit for an act that goes by it, or the refusal that an unknown one gets.
pub(crate) fn permitted<A: Act>(
    op: &mut Op<'_>,
    session: &Session,
    purpose: &PurposeRef,
    resource: Resource,
) -> Result<(PurposeRow, Permit<A>)> {
    permitted_by(op, session, purpose, resource, &session.facts())
}

/// The same by these facts.
pub(crate) fn permitted_by<A: Act>(
    op: &mut Op<'_>,
    session: &Session,
    purpose: &PurposeRef,
    resource: Resource,
    facts: &Facts,
) -> Result<(PurposeRow, Permit<A>)> {
    let Some(row) = find(op, session, purpose)? else {
        op.refuse(A::ACTION, resource, json!({ "reasons": ["unknown"] }))?;
        return Err(Error::NotFound("purpose"));
    };
    let permit = op.permit(resource, facts)?;
    Ok((row, permit))
}

impl PurposeRow {
    pub(super) fn read(row: &Row) -> Result<Self> {
        let notice = match row.get::<Option<i64>>(5)? {
            None => None,
            Some(_) => Some(Notice {
                version: row.get(5)?,
                hash: row.get(6)?,
                published_at: row.get(7)?,
            }),
        };
        Ok(Self {
            id: row.get(0)?,
            basis: word_of(row, 1, Basis::from_word)?,
            made_at: row.get(2)?,
            ended_at: row.get(3)?,
            terms_sealed: row.get(4)?,
            notice,
        })
    }

    /// What it is called and what it says.
    pub(crate) fn terms<A: Act>(&self, op: &Op<'_>, permit: &Permit<A>, session: &Session) -> Result<Terms> {
        let context = context(session, self.id, "terms");
        from_json(&op.open(permit, &key(session), &context, &self.terms_sealed)?)
    }

    pub(super) fn purpose<A: Act>(
        self,
        op: &Op<'_>,
        permit: &Permit<A>,
        session: &Session,
    ) -> Result<Purpose> {
        Ok(Purpose {
            id: self.id,
            basis: self.basis,
            terms: self.terms(op, permit, session)?,
            made_at: self.made_at,
            ended_at: self.ended_at,
            notice: self.notice,
        })
    }
}

pub(super) fn key(session: &Session) -> Key {
    session.derive("rights purpose", &[])
}

pub(super) fn context(session: &Session, id: PurposeId, part: &str) -> Context {
    Context::new("rights purpose")
        .with(session.tenant().as_bytes())
        .with(id.as_bytes())
        .with(part)
}

pub(super) fn blind_word(session: &Session, word: &str) -> [u8; 32] {
    sealing::blind(
        &session.blind_index("rights purpose word"),
        "word",
        word.as_bytes(),
    )
}
