//! SQL of people.

use access::Action;
use custody::subject::{self, OpenSubject};
use custody::{Error, Result, Session};
use kernel::{IdentifierId, SubjectId, Timestamp};
use operation::{Act, Op, Permit, Resource};
use serde_json::json;
use store::params;

use super::{KnownBy, Subject};

const RESOLVE: &str = "SELECT p.subject_id, p.made_at, p.restricted_at FROM subject s \
     JOIN subject p ON p.subject_id = s.person_id WHERE s.tenant_id = $1 AND s.subject_id = $2";
/// People after an id: rows that stand for themselves.
pub(super) const PAGE: &str = "SELECT subject_id, made_at, restricted_at FROM subject \
     WHERE tenant_id = $1 AND subject_id > $2 AND person_id = subject_id ORDER BY subject_id LIMIT $3";
const IDENTIFIERS: &str = "SELECT n.identifier_id, n.subject_id, n.value_sealed, n.made_at FROM subject s \
     JOIN subject_identifier n ON n.subject_id = s.subject_id \
     WHERE s.tenant_id = $1 AND s.person_id = $2 ORDER BY n.identifier_id";
pub(super) const IDENTIFIER_OF: &str = "SELECT s.person_id FROM subject_identifier n \
     JOIN subject s ON s.subject_id = n.subject_id WHERE n.tenant_id = $1 AND n.identifier_id = $2";
pub(crate) const RESTRICT: &str =
    "UPDATE subject SET restricted_at = $3 WHERE tenant_id = $1 AND person_id = $2";

/// A person with the keys of all their rows open.
pub(crate) struct Person {
    pub(crate) id: SubjectId,
    pub(crate) made_at: Timestamp,
    pub(crate) restricted_at: Option<Timestamp>,
    pub(crate) rows: Vec<OpenSubject>,
}

impl Person {
    pub(super) fn read(op: &mut Op<'_>, session: &Session, row: &store::Row) -> Result<Self> {
        let id = row.get(0)?;
        Ok(Self {
            id,
            made_at: row.get(1)?,
            restricted_at: row.get::<Option<i64>>(2)?.map(Timestamp::from_micros),
            rows: subject::rows_of(op, session, id)?,
        })
    }

    /// The row that stands for them.
    pub(crate) fn own_row(self) -> Result<OpenSubject> {
        let id = self.id;
        let own = self.rows.into_iter().find(|row| row.id == id);
        own.ok_or(Error::Altered)
    }
}

/// The person behind this id, which may be that of somebody merged into them; or the refusal that an unknown one gets.
pub(crate) fn resolve(
    op: &mut Op<'_>,
    session: &Session,
    subject: SubjectId,
    action: Action,
) -> Result<Person> {
    match op.find(RESOLVE, params![session.tenant(), subject])? {
        Some(row) => Person::read(op, session, &row),
        None => {
            let details = json!({ "reasons": ["unknown"], "asked": subject });
            op.refuse(action, Resource::subject(), details)?;
            Err(Error::NotFound("subject"))
        }
    }
}

/// The person as their tenant sees them.
pub(crate) fn described<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    person: &Person,
) -> Result<Subject> {
    let rows = op.list(permit, IDENTIFIERS, params![session.tenant(), person.id])?;
    let read = |row: &store::Row| -> Result<KnownBy> {
        let (id, of): (IdentifierId, SubjectId) = (row.get(0)?, row.get(1)?);
        let key = person
            .rows
            .iter()
            .find(|one| one.id == of)
            .ok_or(Error::Altered)?;
        let sealed: Vec<u8> = row.get(2)?;
        let opened = subject::open_identifier(op, permit, session, key, id, &sealed)?;
        Ok(KnownBy {
            id,
            kind: opened.kind(),
            value: opened.value().to_owned(),
            made_at: row.get(3)?,
        })
    };
    let identifiers = rows.iter().map(read).collect::<Result<_>>()?;
    let merged = person.rows.iter().map(|row| row.id).filter(|id| *id != person.id);
    Ok(Subject {
        id: person.id,
        made_at: person.made_at,
        restricted_at: person.restricted_at,
        identifiers,
        merged: merged.collect(),
    })
}
