//! Whether a purpose stands for a person, asked by custody where a dataset says what it is kept for.

use access::Action;
use custody::dataset::Purposes;
use custody::{Result, Session};
use kernel::SubjectId;
use operation::Op;

use super::ops::stands;
use crate::purpose::PurposeRef;
use crate::subject::resolve;

/// The answer of this crate's tables, in the act's own transaction: a withdrawal counts from the act that recorded it.
pub struct Standings;

impl Purposes for Standings {
    fn missing(
        &self,
        op: &mut Op<'_>,
        session: &Session,
        purposes: &[String],
        person: Option<SubjectId>,
    ) -> Result<Option<&'static str>> {
        let known = person.map(|person| resolve(op, session, person, Action::PurposeUse));
        let known = known.transpose()?;
        // What is told is why the first of them does not stand; one that does is enough.
        let mut missing = None;
        for word in purposes {
            let purpose = PurposeRef::parse(word);
            match stands(op, session, &purpose, known.as_ref())? {
                Some((answer, _)) if answer.standing.allows() => return Ok(None),
                Some((answer, _)) => missing = missing.or(Some(answer.standing.reason())),
                None => {}
            }
        }
        Ok(missing.or(Some("purpose.unknown")))
    }
}
