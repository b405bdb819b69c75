//! People the data is about, as far as custody needs them: keys of their own, and the words by which they are known.
//!
//! An item about exactly one person is sealed under dataset key *and* subject key, so that destroying
//! either ends it. One person may have several rows, each with its key, after they were found to be one; the row that
//! `person_id` names stands for them all. Who was erased is not taken in again: a keyed mark of each identifier stays.
//!
//! What people may ask for, and all acts on people but taking in an item about one, are the business of `rights`.

mod identifier;
mod rows;

use kernel::{IdentifierId, SubjectId};
use operation::acts::LinkSubject;
use operation::{Act, Op, Permit, Resource};
use sealing::Key;
use serde_json::json;
use store::params;

pub use self::identifier::{Identifier, IdentifierKind};
pub(crate) use self::rows::open_one;
pub use self::rows::{
    AfterErasure, Known, destroy_keys, find, forget_identifier, gone, mark_gone, open_identifier, open_key,
    rows_of,
};
use crate::contexts;
use crate::error::{Error, Result};
use crate::session::Session;

/// A subject with its key open.
pub struct OpenSubject {
    /// Their id.
    pub id: SubjectId,
    /// Their key.
    pub key: Key,
}

/// The subject that the tenant knows under this handle, made if new. A handle is an identifier, its kind before a colon;
/// without one it is what the tenant itself calls the person.
pub fn find_or_make(op: &mut Op<'_>, session: &Session, handle: &str) -> Result<OpenSubject> {
    find_or_make_known_by(op, session, &Identifier::parse(handle)?)
}

/// The subject that the tenant knows by this identifier, made if new.
pub(crate) fn find_or_make_known_by(
    op: &mut Op<'_>,
    session: &Session,
    identifier: &Identifier,
) -> Result<OpenSubject> {
    if let Some(known) = find(op, session, identifier)? {
        return Ok(known.open);
    }
    let erased = check_not_gone(op, session, identifier)?;
    let permit: Permit<LinkSubject> = op.permit(Resource::tenant(), &session.facts())?;
    let subject = make(op, &permit, session)?;
    name(op, &permit, session, &subject, identifier)?;
    let mut details = json!({ "subject": subject.id });
    if erased {
        details["erased_before"] = json!(true);
    }
    op.record(permit, details)?;
    Ok(subject)
}

/// The row of the person under this handle, if the tenant knows one.
pub fn find_id(op: &mut Op<'_>, session: &Session, handle: &str) -> Result<Option<SubjectId>> {
    let known = find(op, session, &Identifier::parse(handle)?)?;
    Ok(known.map(|known| known.open.id))
}

/// A person of whom nothing is known yet.
pub fn make<A: Act>(op: &mut Op<'_>, permit: &Permit<A>, session: &Session) -> Result<OpenSubject> {
    let (tenant, id) = (session.tenant, SubjectId::make(op.now(), op.random()));
    let key = Key::generate(op.random());
    let context = contexts::subject_key(tenant, id);
    let wrapped = sealing::wrap(session.tenant_key(), &context, &key, op.random());
    let now = op.now();
    op.change(permit, rows::INSERT, params![id, tenant, wrapped, now])?;
    Ok(OpenSubject { id, key })
}

/// Keeps a further word by which the person is known. It must not be anybody's.
pub fn name<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    subject: &OpenSubject,
    identifier: &Identifier,
) -> Result<IdentifierId> {
    let (now, id) = (op.now(), IdentifierId::make(op.now(), op.random()));
    // What names the person is sealed under the person's own key.
    let context = contexts::subject_identifier(session.tenant, subject.id, id);
    let text = serde_json::to_vec(identifier).map_err(|error| Error::Internal(error.to_string()))?;
    let sealed = sealing::seal(&subject.key, &context, &text, op.random());
    let blind = rows::blind(session, identifier);
    let row = params![id, session.tenant, subject.id, blind, sealed, now];
    let taken = |error: store::StoreError| match error.is_unique() {
        true => {
            Error::Conflict("somebody is known by this already; merge the two if they are one person".into())
        }
        false => error.into(),
    };
    op.change(permit, rows::INSERT_IDENTIFIER, row).map_err(taken)?;
    Ok(id)
}

/// Refuses whom the tenant has erased and does not want back. True when they were erased and may come all the same.
pub fn check_not_gone(op: &mut Op<'_>, session: &Session, identifier: &Identifier) -> Result<bool> {
    match gone(op, session, identifier)? {
        None => Ok(false),
        Some(AfterErasure::Tell) => Ok(true),
        Some(AfterErasure::Refuse) => {
            let reasons = json!({ "reasons": ["subject-erased"] });
            op.refuse(access::Action::SubjectLink, Resource::tenant(), reasons)?;
            Err(Error::Conflict(
                "this person was erased and is not to be taken in again: a privacy officer can lift that"
                    .into(),
            ))
        }
    }
}
