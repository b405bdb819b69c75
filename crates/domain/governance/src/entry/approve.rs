//! Approving what somebody else wrote.

use access::{Action, Facts};
use custody::{Credential, Error, Result};
use kernel::EntryId;
use operation::acts::ApproveRegister;
use operation::{Op, Permit, Request, Resource};
use serde_json::json;

use super::write::check_goes_on;
use super::{Entry, list, rows};
use crate::{Governance, processor};

impl Governance {
    /// Approves a version, which is in force from then on. The policies refuse it to whoever wrote that version.
    pub async fn approve_entry(
        &self,
        credential: &Credential,
        request: Request,
        entry: EntryId,
        number: u32,
    ) -> Result<Entry> {
        let (governance, custody) = (self.clone(), self.custody.clone());
        let credential = credential.clone();
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::RegisterApprove)?;
            let row = rows::find(op, &session, entry);
            let version = row
                .as_ref()
                .ok()
                .map(|row| rows::version(op, &session, row, number));
            let facts = Facts {
                own: matches!(&version, Some(Ok(version)) if version.made_by == session.member()),
                ..session.facts()
            };
            // The policies are asked before anything is said about the entry.
            let permit: Permit<ApproveRegister> = op.permit(Resource::register(), &facts)?;
            let (row, version) = (row?, version.ok_or(Error::NotFound("entry"))??);
            check_goes_on(&row)?;
            check_comes_next(&row, &version, number)?;
            rows::approve(op, &permit, &session, (&row, number), &version)?;
            let approved = list::newest(op, &permit, &session, entry)?;
            let in_force = list::version(op, &permit, &session, (entry, number))?;
            processor::publish(&governance, op, &permit, &session, &in_force)?;
            op.record(
                permit,
                json!({ "register": row.register.id, "entry": entry, "number": number }),
            )?;
            Ok(approved)
        };
        self.custody.desk().act(request, act).await
    }
}

/// What is in force is never put back to what was before: that would be a new version.
fn check_comes_next(row: &rows::EntryRow, version: &rows::VersionRow, number: u32) -> Result<()> {
    let is_older = row.approved.is_some_and(|approved| number < approved);
    if version.is_approved || is_older {
        let text = "this version or a newer one was approved already; look at the entry again";
        return Err(Error::Conflict(text.into()));
    }
    Ok(())
}
