//! Finding and looking at people, and what they are known by.

use access::Action;
use custody::subject::{self, Identifier};
use custody::{Credential, Error, Result, Session};
use kernel::{IdentifierId, Page, PageRequest, SubjectId};
use operation::acts::{ChangeSubject, ListSubjects, ViewSubject};
use operation::{Op, Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::Subject;
use super::rows::{self, Person, described, resolve};
use crate::Rights;

/// The most identifiers that one request gives a person.
const MOST_IDENTIFIERS: usize = 20;

impl Rights {
    /// A page of the people that the tenant's data is about, oldest first.
    pub async fn subjects(
        &self,
        credential: &Credential,
        request: Request,
        page: PageRequest,
    ) -> Result<Page<Subject>> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        self.custody
            .desk()
            .look(request, move |op| {
                let session = custody.enter(op, &credential, Action::SubjectList)?;
                let permit: Permit<ListSubjects> = op.permit(Resource::subject(), &session.facts())?;
                let found = listed(op, &permit, &session, &page)?;
                op.record(permit, json!({ "count": found.items.len() }))?;
                Ok(found)
            })
            .await
    }

    /// The person who is known by this.
    pub async fn find_subject(
        &self,
        credential: &Credential,
        request: Request,
        identifier: Identifier,
    ) -> Result<Subject> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        self.custody
            .desk()
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::SubjectView)?;
                // Whoever may see nobody does not learn whether somebody is known by it.
                op.check::<ViewSubject>(Resource::subject(), &session.facts())?;
                match subject::find(op, &session, &identifier)? {
                    Some(known) => view(op, &session, known.person),
                    None => {
                        let details = json!({ "reasons": ["unknown"], "kind": identifier.kind() });
                        op.refuse(Action::SubjectView, Resource::subject(), details)?;
                        Err(Error::NotFound("subject"))
                    }
                }
            })
            .await
    }

    /// One person.
    pub async fn subject(
        &self,
        credential: &Credential,
        request: Request,
        subject: SubjectId,
    ) -> Result<Subject> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        self.custody
            .desk()
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::SubjectView)?;
                view(op, &session, subject)
            })
            .await
    }

    /// Keeps a person of whom nothing is known but this. Nobody may be known by any of it yet.
    pub async fn create_subject(
        &self,
        credential: &Credential,
        request: Request,
        identifiers: Vec<Identifier>,
    ) -> Result<Subject> {
        if !(1..=MOST_IDENTIFIERS).contains(&identifiers.len()) {
            let problem = format!("give 1 to {MOST_IDENTIFIERS}");
            return Err(Error::Invalid {
                field: "identifiers",
                problem,
            });
        }
        let (custody, credential) = (self.custody.clone(), credential.clone());
        self.custody
            .desk()
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::SubjectChange)?;
                let permit: Permit<ChangeSubject> = op.permit(Resource::subject(), &session.facts())?;
                let made = subject::make(op, &permit, &session)?;
                for identifier in &identifiers {
                    named(op, &permit, &session, &made, identifier)?;
                }
                let person = resolve(op, &session, made.id, Action::SubjectChange)?;
                let described = described(op, &permit, &session, &person)?;
                let ids: Vec<_> = described.identifiers.iter().map(|known| known.id).collect();
                op.record(
                    permit,
                    json!({ "subject": made.id, "made": true, "identifiers": ids }),
                )?;
                Ok(described)
            })
            .await
    }

    /// The person is known by this as well.
    pub async fn add_identifier(
        &self,
        credential: &Credential,
        request: Request,
        subject: SubjectId,
        identifier: Identifier,
    ) -> Result<Subject> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        self.custody
            .desk()
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::SubjectChange)?;
                let permit: Permit<ChangeSubject> = op.permit(Resource::subject(), &session.facts())?;
                let person = resolve(op, &session, subject, Action::SubjectChange)?;
                let (id, own) = (person.id, person.own_row()?);
                let added = named(op, &permit, &session, &own, &identifier)?;
                finish(
                    op,
                    permit,
                    &session,
                    id,
                    json!({ "identifier": added, "added": identifier.kind() }),
                )
            })
            .await
    }

    /// The person is not known by this any more.
    pub async fn remove_identifier(
        &self,
        credential: &Credential,
        request: Request,
        subject: SubjectId,
        identifier: IdentifierId,
    ) -> Result<Subject> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        self.custody
            .desk()
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::SubjectChange)?;
                let permit: Permit<ChangeSubject> = op.permit(Resource::subject(), &session.facts())?;
                let person = resolve(op, &session, subject, Action::SubjectChange)?;
                let of = op.find(rows::IDENTIFIER_OF, params![session.tenant(), identifier])?;
                let of: Option<SubjectId> = of.map(|row| row.get(0)).transpose()?;
                if of != Some(person.id) {
                    let details = json!({ "reasons": ["unknown"], "asked": identifier });
                    op.refuse(Action::SubjectChange, Resource::subject(), details)?;
                    return Err(Error::NotFound("identifier"));
                }
                subject::forget_identifier(op, &permit, &session, identifier)?;
                finish(
                    op,
                    permit,
                    &session,
                    person.id,
                    json!({ "identifier": identifier, "removed": true }),
                )
            })
            .await
    }
}

fn view(op: &mut Op<'_>, session: &Session, subject: SubjectId) -> Result<Subject> {
    let permit: Permit<ViewSubject> = op.permit(Resource::subject(), &session.facts())?;
    let person = resolve(op, session, subject, Action::SubjectView)?;
    let described = described(op, &permit, session, &person)?;
    op.record(permit, json!({ "subject": person.id }))?;
    Ok(described)
}

/// Somebody who was erased does not come back by being named.
fn named(
    op: &mut Op<'_>,
    permit: &Permit<ChangeSubject>,
    session: &Session,
    row: &subject::OpenSubject,
    identifier: &Identifier,
) -> Result<IdentifierId> {
    subject::check_not_gone(op, session, identifier)?;
    subject::name(op, permit, session, row, identifier)
}

/// Records a change of the person and gives them as they are then.
fn finish(
    op: &mut Op<'_>,
    permit: Permit<ChangeSubject>,
    session: &Session,
    person: SubjectId,
    mut details: serde_json::Value,
) -> Result<Subject> {
    let person = resolve(op, session, person, Action::SubjectChange)?;
    let described = described(op, &permit, session, &person)?;
    details["subject"] = json!(person.id);
    op.record(permit, details)?;
    Ok(described)
}

fn listed(
    op: &mut Op<'_>,
    permit: &Permit<ListSubjects>,
    session: &Session,
    page: &PageRequest,
) -> Result<Page<Subject>> {
    let after = page
        .after
        .as_ref()
        .map(|cursor| cursor.key().to_vec())
        .unwrap_or_default();
    let limit = i64::from(page.limit) + 1;
    let found = op.list(permit, rows::PAGE, params![session.tenant(), after, limit])?;
    let mut people = Vec::with_capacity(found.len());
    for row in &found {
        let person = Person::read(op, session, row)?;
        people.push(described(op, permit, session, &person)?);
    }
    Ok(Page::from_rows(people, page.limit, |person| {
        person.id.as_bytes().to_vec()
    }))
}
