//! Writing into a register.

use access::Action;
use custody::{Credential, Error, IdempotencyKey, Result, Session, replay};
use kernel::EntryId;
use operation::acts::WriteRegister;
use operation::{Op, Permit, Request, Resource};
use serde_json::json;

use super::check::{check, invalid};
use super::{Entry, NewEntry, list, rows};
use crate::Governance;
use crate::register::{self, Register};

/// The most bytes of the reason for ending an entry.
const LONGEST_REASON: usize = 2_000;

impl Governance {
    /// Writes a new entry into a register. It shows nothing until somebody else approves it.
    pub async fn add_entry(
        &self,
        credential: &Credential,
        request: Request,
        register: &str,
        new: NewEntry,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Entry> {
        let register = known(register)?;
        let (custody, credential) = (self.custody.clone(), credential.clone());
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::RegisterWrite)?;
            let permit: Permit<WriteRegister> = op.permit(Resource::register(), &session.facts())?;
            if let Some(kept) = replay::find(op, &session, idempotency.as_ref())? {
                let entry = list::newest(op, &permit, &session, kept)?;
                op.record(permit, json!({ "repeated": true }))?;
                return Ok(entry);
            }
            let id = add(op, &permit, &session, register, &new)?;
            replay::keep(op, &session, idempotency.as_ref(), &id)?;
            let entry = list::newest(op, &permit, &session, id)?;
            op.record(permit, json!({ "register": register.id, "entry": id }))?;
            Ok(entry)
        };
        self.custody.desk().act(request, act).await
    }

    /// Writes a further version of an entry, by somebody who has seen version `seen`. What was approved stays in force until the new
    /// version is.
    pub async fn change_entry(
        &self,
        credential: &Credential,
        request: Request,
        entry: EntryId,
        seen: u32,
        new: NewEntry,
    ) -> Result<Entry> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::RegisterWrite)?;
            let permit: Permit<WriteRegister> = op.permit(Resource::register(), &session.facts())?;
            let row = rows::find(op, &session, entry)?;
            check_goes_on(&row)?;
            if row.newest != seen {
                return Err(Error::ConditionFailed);
            }
            let until = check(op, &session, row.register, &new)?;
            let number = rows::insert_next(op, &permit, &session, &row, (&new, until))?;
            let changed = list::newest(op, &permit, &session, entry)?;
            op.record(
                permit,
                json!({ "register": row.register.id, "entry": entry, "number": number }),
            )?;
            Ok(changed)
        };
        self.custody.desk().act(request, act).await
    }

    /// Ends an entry: it shows nothing from now on. It and its versions stay to be read.
    pub async fn end_entry(
        &self,
        credential: &Credential,
        request: Request,
        entry: EntryId,
        reason: String,
    ) -> Result<Entry> {
        if reason.trim().is_empty() || reason.len() > LONGEST_REASON {
            let problem = format!("say why in 1 to {LONGEST_REASON} bytes");
            return Err(invalid("reason", problem));
        }
        let (custody, credential) = (self.custody.clone(), credential.clone());
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::RegisterWrite)?;
            let permit: Permit<WriteRegister> = op.permit(Resource::register(), &session.facts())?;
            let row = rows::find(op, &session, entry)?;
            check_goes_on(&row)?;
            rows::end(op, &permit, &session, &row)?;
            let ended = list::newest(op, &permit, &session, entry)?;
            let details = json!({ "register": row.register.id, "entry": entry, "ended": reason });
            op.record(permit, details)?;
            Ok(ended)
        };
        self.custody.desk().act(request, act).await
    }
}

/// Takes an entry in, in an act that may take in several.
pub(super) fn add(
    op: &mut Op<'_>,
    permit: &Permit<WriteRegister>,
    session: &Session,
    register: &'static Register,
    new: &NewEntry,
) -> Result<EntryId> {
    let until = check(op, session, register, new)?;
    rows::insert(op, permit, session, register, (new, until))
}

/// The register of this id, or an error that names those there are.
pub(super) fn known(register: &str) -> Result<&'static Register> {
    register::find(register).ok_or(Error::NotFound("register"))
}

pub(super) fn check_goes_on(row: &rows::EntryRow) -> Result<()> {
    if row.is_ended {
        return Err(Error::Conflict(
            "this entry was ended; write a new one instead".into(),
        ));
    }
    Ok(())
}
