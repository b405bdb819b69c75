//! People the data is about, as far as custody needs them: a key of their own.
//!
//! An item about exactly one person is sealed under dataset key *and* subject key, so that destroying
//! either ends it. What people may ask for is the business of `rights`.

use kernel::{SubjectId, TenantId};
use operation::acts::LinkSubject;
use operation::{Op, Permit, Resource};
use sealing::{BlindIndexKey, Key};
use store::params;

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

const FIND: &str = "SELECT subject_id, key_wrapped FROM subject WHERE tenant_id = $1 AND handle_blind = $2";
const INSERT: &str = "INSERT INTO subject (subject_id, tenant_id, handle_blind, handle_sealed, key_wrapped, made_at) \
     VALUES ($1, $2, $3, $4, $5, $6)";

/// The subject that the tenant knows under this handle, made if new.
pub fn find_or_make(op: &mut Op<'_>, session: &Session, handle: &str) -> Result<OpenSubject> {
    let handle = handle.trim();
    if handle.is_empty() || handle.len() > 512 {
        return Err(Error::invalid(
            "subject",
            "give 1 to 512 bytes that name one person, such as their customer number",
        ));
    }
    let blind = blind_handle(session, handle);
    if let Some(row) = op.find(FIND, params![session.tenant.as_bytes(), blind.as_slice()])? {
        let id = SubjectId::from_bytes(&row.get::<Vec<u8>>(0)?).map_err(|_| Error::Altered)?;
        let key = open_key(session, id, &row.get::<Vec<u8>>(1)?)?;
        return Ok(OpenSubject { id, key });
    }
    let permit: Permit<LinkSubject> = op.permit(Resource::tenant(), &session.facts())?;
    let subject = insert(op, &permit, session, handle, &blind)?;
    op.record(permit, serde_json::json!({ "subject": subject.id }))?;
    Ok(subject)
}

/// The id of the subject under this handle, if the tenant knows one.
pub fn find_id(op: &mut Op<'_>, session: &Session, handle: &str) -> Result<Option<SubjectId>> {
    let blind = blind_handle(session, handle.trim());
    let row = op.find(FIND, params![session.tenant.as_bytes(), blind.as_slice()])?;
    row.map(|row| SubjectId::from_bytes(&row.get::<Vec<u8>>(0)?).map_err(|_| Error::Altered))
        .transpose()
}

/// Opens a subject's key.
pub fn open_key(session: &Session, id: SubjectId, wrapped: &[u8]) -> Result<Key> {
    Ok(sealing::unwrap(
        session.tenant_key(),
        &contexts::subject_key(session.tenant, id),
        wrapped,
    )?)
}

fn insert(
    op: &mut Op<'_>,
    permit: &Permit<LinkSubject>,
    session: &Session,
    handle: &str,
    blind: &[u8; 32],
) -> Result<OpenSubject> {
    let tenant: TenantId = session.tenant;
    let id = SubjectId::make(op.now(), op.random());
    let key = Key::generate(op.random());
    let wrapped = sealing::wrap(
        session.tenant_key(),
        &contexts::subject_key(tenant, id),
        &key,
        op.random(),
    );
    // The handle names the person, so it is sealed under the person's own key.
    let sealed = sealing::seal(
        &key,
        &contexts::subject_handle(tenant, id),
        handle.as_bytes(),
        op.random(),
    );
    let now = op.now().as_micros();
    let params = params![
        id.as_bytes(),
        tenant.as_bytes(),
        blind.as_slice(),
        sealed,
        wrapped,
        now
    ];
    op.change(permit, INSERT, params)?;
    Ok(OpenSubject { id, key })
}

fn blind_handle(session: &Session, handle: &str) -> [u8; 32] {
    let key = BlindIndexKey::derive(session.tenant_key(), &[b"subject handle"]);
    sealing::blind(&key, "subject handle", handle.as_bytes())
}
