//! Beginning an erasure, and looking at what came of it.

use access::Action;
use custody::item::LetGo;
use custody::legal_hold::{self, Keeps};
use custody::subject::{self, AfterErasure, Identifier};
use custody::{Credential, Error, Result, Session};
use kernel::{Cursor, ErasureId, Page, PageRequest, SubjectId, Timestamp};
use operation::acts::{ChangeSubject, EraseSubject, ViewSubject};
use operation::{Act, Op, Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::rows::{self, ErasureRow};
use super::run::Batch;
use super::{Erase, Erasure, ErasureState};
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

/// From here on nothing about the person is served; and nobody finds them, unless a hold keeps all of it for now.
fn begin(op: &mut Op<'_>, session: &Session, erase: Erase) -> Result<ErasureId> {
    let permit: Permit<EraseSubject> = op.permit(Resource::subject(), &session.facts())?;
    let person = resolve(op, session, erase.subject, Action::SubjectErase)?;
    let (tenant, now) = (session.tenant(), op.now());
    rows::check_not_running(op, session, person.id)?;
    let held = legal_hold::holds_person(op, session, person.id)?;
    let state = match held {
        Some(_) => ErasureState::Held,
        None => ErasureState::Running,
    };
    let id = ErasureId::make(now, op.random());
    let begun = params![id, tenant, person.id, session.member(), now, state.as_str()];
    op.change(&permit, rows::INSERT, begun)?;
    op.change(&permit, RESTRICT, params![tenant, person.id, now])?;
    match held {
        Some(_) => {
            let afterwards = params![tenant, id, word_of(erase.afterwards)];
            op.change(&permit, rows::REMEMBER, afterwards)?;
        }
        None => forget(op, &permit, session, person.id, erase.afterwards)?,
    }
    let afterwards: AfterErasure = erase.afterwards;
    let mut details = json!({ "subject": person.id, "erasure": id, "afterwards": afterwards, "begun": true });
    if let Some(held) = held {
        details["exception"] = exception(&held);
    }
    op.record(permit, details)?;
    Ok(id)
}

/// Nobody finds the person any more.
fn forget<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    person: SubjectId,
    afterwards: AfterErasure,
) -> Result<()> {
    let person = resolve(op, session, person, A::ACTION)?;
    for known in described(op, permit, session, &person)?.identifiers {
        let identifier = Identifier::new(known.kind, &known.value)?;
        subject::mark_gone(op, permit, session, &identifier, Some(afterwards))?;
    }
    op.change(
        permit,
        rows::DELETE_IDENTIFIERS,
        params![session.tenant(), person.id],
    )?;
    Ok(())
}

/// Begins in earnest, if no hold stops it any more.
pub(super) fn go_on<A: Act>(op: &mut Op<'_>, session: &Session, row: ErasureRow) -> Result<Batch> {
    let (id, person) = (row.erasure.id, row.erasure.subject);
    let permit: Permit<A> = op.permit(Resource::subject(), &session.facts())?;
    let held = legal_hold::holds_person(op, session, person)?;
    let details = match held {
        Some(held) => json!({ "erasure": id, "state": ErasureState::Held, "exception": exception(&held) }),
        None => {
            let found = op.find(rows::REMEMBERED, params![session.tenant(), id])?;
            let word: Option<String> = found.map(|row| row.get(0)).transpose()?.flatten();
            let afterwards = match word.as_deref() {
                Some("tell") => AfterErasure::Tell,
                _ => AfterErasure::Refuse,
            };
            forget(op, &permit, session, person, afterwards)?;
            let running = params![
                session.tenant(),
                id,
                ErasureState::Running.as_str(),
                None::<Timestamp>
            ];
            op.change(&permit, rows::STATE, running)?;
            json!({ "subject": person, "erasure": id, "afterwards": afterwards, "hold": "ended" })
        }
    };
    op.record(permit, details)?;
    Ok(Batch {
        erasure: rows::found(op, session, id, A::ACTION)?.erasure,
        let_go: LetGo::new(),
        complete: held.is_some(),
    })
}

fn exception(held: &Keeps) -> serde_json::Value {
    json!({ "ground": "legal-hold", "article": "17(3)(e)", "until": held.until })
}

const fn word_of(afterwards: AfterErasure) -> &'static str {
    match afterwards {
        AfterErasure::Refuse => "refuse",
        AfterErasure::Tell => "tell",
    }
}

impl ErasureRow {
    /// What is not settled yet.
    pub(super) fn is_open(&self) -> bool {
        self.erasure.left.iter().any(|left| !left.settled)
    }
}
