//! SQL of people, their identifiers, and the marks of those who were erased.

use kernel::{IdentifierId, SubjectId};
use operation::{Act, Op, Permit};
use sealing::{BlindIndexKey, Key};
use serde::{Deserialize, Serialize};
use store::{Row, params};

use super::{Identifier, OpenSubject};
use crate::contexts;
use crate::erasure::{self, What};
use crate::error::{Error, Result};
use crate::session::Session;

const FIND: &str = "SELECT s.subject_id, s.key_wrapped, s.person_id FROM subject_identifier n \
     JOIN subject s ON s.subject_id = n.subject_id WHERE n.tenant_id = $1 AND n.value_blind = $2";
const ROWS_OF: &str =
    "SELECT subject_id, key_wrapped FROM subject WHERE tenant_id = $1 AND person_id = $2 ORDER BY subject_id";
const OPEN: &str = "SELECT subject_id, key_wrapped FROM subject WHERE tenant_id = $1 AND subject_id = $2";
pub(super) const INSERT: &str = "INSERT INTO subject (subject_id, tenant_id, person_id, key_wrapped, made_at, restricted_at) \
     VALUES ($1, $2, $1, $3, $4, NULL)";
pub(super) const INSERT_IDENTIFIER: &str = "INSERT INTO subject_identifier (identifier_id, tenant_id, subject_id, \
     value_blind, value_sealed, made_at) VALUES ($1, $2, $3, $4, $5, $6)";
const DELETE: &str = "DELETE FROM subject WHERE tenant_id = $1 AND person_id = $2";
const DELETE_IDENTIFIER: &str = "DELETE FROM subject_identifier WHERE tenant_id = $1 AND identifier_id = $2";
const GONE: &str = "SELECT effect FROM subject_gone WHERE tenant_id = $1 AND mark_blind = $2";
const MARK: &str = "INSERT INTO subject_gone (tenant_id, mark_blind, effect, at) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (tenant_id, mark_blind) DO UPDATE SET effect = excluded.effect, at = excluded.at";
const UNMARK: &str = "DELETE FROM subject_gone WHERE tenant_id = $1 AND mark_blind = $2";

/// Somebody who was found by an identifier.
pub struct Known {
    /// The row that has the identifier, with its key open.
    pub open: OpenSubject,
    /// The row that stands for the person.
    pub person: SubjectId,
}

/// What happens when somebody who was erased is to be taken in again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AfterErasure {
    /// Nothing is taken in about them.
    #[default]
    Refuse,
    /// It is taken in, and the trail tells that they were erased before.
    Tell,
}

/// Who is known by this identifier.
pub fn find(op: &mut Op<'_>, session: &Session, identifier: &Identifier) -> Result<Option<Known>> {
    let blind = blind(session, identifier);
    let Some(row) = op.find(FIND, params![session.tenant, blind])? else {
        return Ok(None);
    };
    Ok(Some(Known {
        open: open_row(session, &row)?,
        person: row.get(2)?,
    }))
}

/// The rows of a person, each with its key open; none when nobody's row stands for a person under this id.
pub fn rows_of(op: &mut Op<'_>, session: &Session, person: SubjectId) -> Result<Vec<OpenSubject>> {
    let rows = op.find_all(ROWS_OF, params![session.tenant, person])?;
    rows.iter().map(|row| open_row(session, row)).collect()
}

/// One row of somebody's, with its key open.
pub(crate) fn open_one(op: &mut Op<'_>, session: &Session, subject: SubjectId) -> Result<OpenSubject> {
    let row = op.find(OPEN, params![session.tenant, subject])?;
    open_row(session, &row.ok_or(Error::Altered)?)
}

/// Destroys the keys of a person and what they are known by. Nothing hangs on them any more.
pub fn destroy_keys<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    person: SubjectId,
) -> Result<u64> {
    for row in op.find_all(ROWS_OF, params![session.tenant, person])? {
        let id: SubjectId = row.get(0)?;
        // What comes back from a backup is erased again by it.
        erasure::note(op, permit, session.tenant, What::Subject, id.as_bytes())?;
    }
    Ok(op.change(permit, DELETE, params![session.tenant, person])?)
}

/// Opens a subject's key.
pub fn open_key(session: &Session, id: SubjectId, wrapped: &[u8]) -> Result<Key> {
    let context = contexts::subject_key(session.tenant, id);
    Ok(sealing::unwrap(session.tenant_key(), &context, wrapped)?)
}

/// Opens an identifier of a subject whose key is open.
pub fn open_identifier<A: Act>(
    op: &Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    subject: &OpenSubject,
    id: IdentifierId,
    sealed: &[u8],
) -> Result<Identifier> {
    let context = contexts::subject_identifier(session.tenant, subject.id, id);
    let opened = op.open(permit, &subject.key, &context, sealed)?;
    serde_json::from_slice(&opened).map_err(|error| Error::Internal(error.to_string()))
}

/// Nobody is known by it any more.
pub fn forget_identifier<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    id: IdentifierId,
) -> Result<u64> {
    Ok(op.change(permit, DELETE_IDENTIFIER, params![session.tenant, id])?)
}

/// Whether somebody with this identifier was erased, and what then.
pub fn gone(op: &mut Op<'_>, session: &Session, identifier: &Identifier) -> Result<Option<AfterErasure>> {
    let mark = mark(session, identifier);
    let found = op.find(GONE, params![session.tenant, mark])?;
    let effect = |row: Row| match row.get::<String>(0)?.as_str() {
        "refuse" => Ok(AfterErasure::Refuse),
        "tell" => Ok(AfterErasure::Tell),
        other => Err(Error::Internal(format!("unknown effect {other} in a row"))),
    };
    found.map(effect).transpose()
}

/// Marks that somebody with this identifier was erased; with no effect, lifts the mark. Gives how many marks that changed.
pub fn mark_gone<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    identifier: &Identifier,
    effect: Option<AfterErasure>,
) -> Result<u64> {
    let (mark, now) = (mark(session, identifier), op.now());
    let changed = match effect {
        None => op.change(permit, UNMARK, params![session.tenant, mark])?,
        Some(effect) => {
            let word = match effect {
                AfterErasure::Refuse => "refuse",
                AfterErasure::Tell => "tell",
            };
            op.change(permit, MARK, params![session.tenant, mark, word, now])?
        }
    };
    Ok(changed)
}

/// The blind index of an identifier: the same for two spellings of one, different for one word of two kinds.
pub(super) fn blind(session: &Session, identifier: &Identifier) -> [u8; 32] {
    hashed(session, "subject identifier", identifier)
}

/// The mark of who was erased. Under a key of its own: it is no entry of the index, and says nothing to who has that.
fn mark(session: &Session, identifier: &Identifier) -> [u8; 32] {
    hashed(session, "subject erased", identifier)
}

fn hashed(session: &Session, purpose: &str, identifier: &Identifier) -> [u8; 32] {
    let key = BlindIndexKey::derive(session.tenant_key(), &[purpose.as_bytes()]);
    let compared = identifier.compared().unwrap_or_default();
    sealing::blind(&key, identifier.kind().as_str(), compared.as_bytes())
}

fn open_row(session: &Session, row: &Row) -> Result<OpenSubject> {
    let id: SubjectId = row.get(0)?;
    let key = open_key(session, id, &row.get::<Vec<u8>>(1)?)?;
    Ok(OpenSubject { id, key })
}
