//! Beginning an erasure, and looking at what came of it.

use access::Action;
use custody::subject::{self, AfterErasure, Identifier};
use custody::{Credential, Error, Result, Session};
use kernel::{Cursor, ErasureId, Page, PageRequest};
use operation::acts::{ChangeSubject, EraseSubject, ViewSubject};
use operation::{Op, Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::rows::{self, ErasureRow};
use super::{Erase, Erasure};
use crate::Rights;
use crate::subject::{RESTRICT, described, resolve};

impl Rights {
    /// Erases a person: all that is about them alone goes, and their keys. Gives how it stands when nothing more can be
    /// done now.
    ///
    /// When it breaks off half-way, [`Rights::resume_erasure`] goes on.
    pub async fn erase(&self, credential: &Credential, request: Request, erase: Erase) -> Result<Erasure> {
        let (custody, key) = (self.custody.clone(), credential.clone());
        let begun = self.custody.desk().act(request.clone(), move |op| {
            let session = custody.enter(op, &key, Action::SubjectErase)?;
            begin(op, &session, erase)
        });
        let erasure = begun.await?;
        self.run(credential, request, erasure).await
    }

    /// How an erasure stands.
    pub async fn erasure(
        &self,
        credential: &Credential,
        request: Request,
        erasure: ErasureId,
    ) -> Result<Erasure> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        self.custody
            .desk()
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::SubjectView)?;
                let permit: Permit<ViewSubject> = op.permit(Resource::subject(), &session.facts())?;
                let row = rows::found(op, &session, erasure, Action::SubjectView)?;
                op.record(permit, json!({ "erasure": erasure }))?;
                Ok(row.erasure)
            })
            .await
    }

    /// A page of erasures, oldest first, each with what it had to leave.
    pub async fn erasures(
        &self,
        credential: &Credential,
        request: Request,
        page: PageRequest,
    ) -> Result<Page<Erasure>> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        self.custody
            .desk()
            .look(request, move |op| {
                let session = custody.enter(op, &credential, Action::SubjectView)?;
                let permit: Permit<ViewSubject> = op.permit(Resource::subject(), &session.facts())?;
                let after = page.after.as_ref().map(Cursor::key).unwrap_or_default();
                let wanted = params![session.tenant(), after, i64::from(page.limit) + 1];
                let found = op.list(&permit, &rows::page_sql(), wanted)?;
                let read = |row| rows::read(op, &session, row).map(|row| row.erasure);
                let erasures = found.iter().map(read).collect::<Result<Vec<_>>>()?;
                let erasures = Page::from_rows(erasures, page.limit, |it| it.id.as_bytes().to_vec());
                op.record(permit, json!({ "erasures": erasures.items.len() }))?;
                Ok(erasures)
            })
            .await
    }

    /// Somebody who was erased may be taken in again under this identifier.
    pub async fn lift_mark(
        &self,
        credential: &Credential,
        request: Request,
        identifier: Identifier,
    ) -> Result<()> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        self.custody
            .desk()
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::SubjectChange)?;
                let permit: Permit<ChangeSubject> = op.permit(Resource::subject(), &session.facts())?;
                // Who only links must not undo what the erasure promised.
                op.check::<EraseSubject>(Resource::subject(), &session.facts())?;
                if subject::mark_gone(op, &permit, &session, &identifier, None)? == 0 {
                    return Err(Error::Conflict("nobody who was known by this was erased".into()));
                }
                op.record(permit, json!({ "mark": "lifted", "kind": identifier.kind() }))?;
                Ok(())
            })
            .await
    }
}

/// From here on nobody finds the person, and nothing about them is served.
fn begin(op: &mut Op<'_>, session: &Session, erase: Erase) -> Result<ErasureId> {
    let permit: Permit<EraseSubject> = op.permit(Resource::subject(), &session.facts())?;
    let person = resolve(op, session, erase.subject, Action::SubjectErase)?;
    let (tenant, now) = (session.tenant(), op.now());
    rows::check_not_running(op, session, person.id)?;
    for known in described(op, &permit, session, &person)?.identifiers {
        let identifier = Identifier::new(known.kind, &known.value)?;
        subject::mark_gone(op, &permit, session, &identifier, Some(erase.afterwards))?;
    }
    op.change(&permit, rows::DELETE_IDENTIFIERS, params![tenant, person.id])?;
    op.change(&permit, RESTRICT, params![tenant, person.id, now])?;
    let id = ErasureId::make(now, op.random());
    op.change(
        &permit,
        rows::INSERT,
        params![id, tenant, person.id, session.member(), now],
    )?;
    let afterwards: AfterErasure = erase.afterwards;
    op.record(
        permit,
        json!({ "subject": person.id, "erasure": id, "afterwards": afterwards, "begun": true }),
    )?;
    Ok(id)
}

impl ErasureRow {
    /// What is not settled yet.
    pub(super) fn is_open(&self) -> bool {
        self.erasure.left.iter().any(|left| !left.settled)
    }
}
