//! What somebody sees and does at the page once their address is proven: what they asked for, what they agreed to, who had access.

use access::{Action, Facts};
use custody::{Credential, Error, Result, Session};
use kernel::{Cursor, Page, PageRequest, RequestId, Timestamp};
use operation::acts::{ListPurposes, ListRequests, ViewConsent, ViewSubject};
use operation::{Op, Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::prove::handle;
use super::rows;
use super::settings;
use super::visit::row_of;
use crate::Rights;
use crate::consent::{self, Consent, ConsentAct, ConsentChannel, NewConsent, Standing};
use crate::package::{self, Disclosure, Offer};
use crate::purpose::{self, Basis, Purpose, PurposeRef};
use crate::request::{self, PersonRequest, RequestFile};
use crate::subject::{Person, next_items, resolve};

/// The most requests that are shown to one person.
const MOST_REQUESTS: i64 = 100;

/// Something that a person asked for, as they see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRequest {
    /// The request. Of its steps and draft there is only what is theirs to see.
    pub file: RequestFile,
    /// The package that is offered for it, whether or not its window is over.
    pub offer: Option<Offer>,
}

/// A purpose, and what the person said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPurpose {
    /// The purpose, with the version of its notice.
    pub purpose: Purpose,
    /// The text of the notice that is current.
    pub notice: Option<String>,
    /// How it stands for them.
    pub standing: Standing,
    /// Since when: what they said last.
    pub said_at: Option<Timestamp>,
    /// Whether the notice has another text now than the one that they agreed to.
    pub notice_has_changed: bool,
}

/// Who had access to one item that is about the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnDisclosures {
    /// What it is called; nothing where that may be about somebody else as well.
    pub name: Option<String>,
    /// Each time, oldest first.
    pub times: Vec<Disclosure>,
}

impl Rights {
    /// What was asked for from the visitor's address, newest first.
    pub async fn own_requests(
        &self,
        credential: &Credential,
        request: Request,
    ) -> Result<Vec<PersonRequest>> {
        let list = |op: &mut Op<'_>, session: &Session| {
            let row = proven(op, session)?;
            let permit: Permit<ListRequests> = op.permit(request::resource(), &own(session))?;
            let ids = op.list(
                &permit,
                rows::OWN,
                params![session.tenant(), row.visit, MOST_REQUESTS],
            )?;
            let ids = ids
                .iter()
                .map(|row| Ok(row.get(0)?))
                .collect::<Result<Vec<RequestId>>>()?;
            let found = request::these(op, &permit, session, &ids)?;
            op.record(permit, json!({ "count": found.len() }))?;
            Ok(found)
        };
        self.act(credential, request, Action::RequestList, list).await
    }

    /// One of them.
    pub async fn own_request(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
    ) -> Result<OwnRequest> {
        let view = move |op: &mut Op<'_>, session: &Session| {
            proven(op, session)?;
            let (file, permit) = request::viewed(op, session, id)?;
            // Of whoever was erased there is nothing to take.
            let offer = package::find(op, session, id)?.filter(|_| file.details.is_some());
            op.record(permit, json!({ "request": id }))?;
            Ok(OwnRequest { file, offer })
        };
        self.act(credential, request, Action::RequestView, view).await
    }

    /// What data is processed for, as far as the visitor has a say, and what they said. Nothing where the page does not offer it.
    pub async fn own_purposes(&self, credential: &Credential, request: Request) -> Result<Vec<OwnPurpose>> {
        let list = |op: &mut Op<'_>, session: &Session| {
            proven(op, session)?;
            check_offered(settings::settled(op, session)?.consent)?;
            let permit: Permit<ListPurposes> = op.permit(purpose::resource(), &session.facts())?;
            let seen: Permit<ViewConsent> = op.permit(consent::resource(), &own(session))?;
            let person = person(op, session)?;
            let mut found = Vec::new();
            for purpose in purpose::all(op, &permit, session)? {
                if has_a_say(purpose.basis) && purpose.ended_at.is_none() {
                    found.push(own_purpose(op, &permit, session, purpose, person.as_ref())?);
                }
            }
            let subject = person.map(|person| person.id);
            op.record(permit, json!({ "count": found.len() }))?;
            op.record(seen, json!({ "subject": subject, "count": found.len() }))?;
            Ok(found)
        };
        self.act(credential, request, Action::PurposeList, list).await
    }

    /// The visitor agrees to a purpose after they were shown this version of its notice, or takes it back or objects.
    pub async fn say(
        &self,
        credential: &Credential,
        request: Request,
        purpose: PurposeRef,
        given: Option<u32>,
    ) -> Result<Consent> {
        let say = move |op: &mut Op<'_>, session: &Session| {
            let row = proven(op, session)?;
            check_offered(settings::settled(op, session)?.consent)?;
            let asked = row.asked(session)?;
            let new = NewConsent {
                person: handle(&asked),
                given: given.is_some(),
                notice: given,
                act: given.map(|_| ConsentAct::Clicked),
                channel: ConsentChannel::Browser,
                at: None,
                proof: None,
                browser_objects: false,
            };
            let consent = consent::record_by(op, session, &purpose, &new, None, &own(session))?;
            // Whom the tenant did not know is somebody now.
            if let (None, Some(subject)) = (row.subject, consent.subject) {
                op.housekeeping()
                    .execute(rows::KNOWN, params![session.tenant(), row.visit, subject])?;
            }
            Ok(consent)
        };
        self.act(credential, request, Action::ConsentRecord, say).await
    }

    /// A page of the items that are about the visitor alone, with each time that somebody had access to one.
    pub async fn own_disclosures(
        &self,
        credential: &Credential,
        request: Request,
        page: PageRequest,
    ) -> Result<Page<OwnDisclosures>> {
        let list = move |op: &mut Op<'_>, session: &Session| {
            proven(op, session)?;
            check_offered(settings::settled(op, session)?.disclosures)?;
            let permit: Permit<ViewSubject> = op.permit(Resource::subject(), &own(session))?;
            let person = person(op, session)?;
            let after = page.after.as_ref().map(Cursor::key).unwrap_or_default();
            let items = match &person {
                Some(person) => next_items(op, &permit, session, person, after, page.limit + 1)?,
                None => Vec::new(),
            };
            let alone = items.iter().map(|item| {
                let name = item.described(session)?.map(|item| item.name);
                Ok((item.id(), item.alone().is_some(), name))
            });
            let alone = alone.collect::<Result<Vec<_>>>()?;
            let listed = Page::from_rows(alone, page.limit, |(id, ..)| id.as_bytes().to_vec());
            let subject = person.map(|person| person.id);
            op.record(permit, json!({ "subject": subject, "items": listed.items.len() }))?;
            Ok(listed)
        };
        let act = self.act(credential, request.clone(), Action::SubjectView, list);
        let listed = act.await?;
        let mut items = Vec::new();
        // What is about others as well tells of them too.
        for (item, _, name) in listed.items.into_iter().filter(|(_, alone, _)| *alone) {
            let times = package::recipients(self, credential, &request, item).await?;
            items.push(OwnDisclosures { name, times });
        }
        let next = listed.next;
        Ok(Page { items, next })
    }
}

/// The visit, if its address is proven.
fn proven(op: &mut Op<'_>, session: &Session) -> Result<rows::Row> {
    let row = row_of(op, session)?;
    match row.state == rows::STATE_PROVEN {
        true => Ok(row),
        false => Err(Error::Unauthenticated),
    }
}

/// Facts about what is the visitor's own.
fn own(session: &Session) -> Facts {
    Facts {
        own: true,
        ..session.facts()
    }
}

/// Whom the tenant knows by the visitor's address.
fn person(op: &mut Op<'_>, session: &Session) -> Result<Option<Person>> {
    let known = session
        .visit()
        .and_then(|visited| visited.people.first().copied());
    known
        .map(|subject| resolve(op, session, subject, Action::SubjectView))
        .transpose()
}

fn check_offered(offered: bool) -> Result<()> {
    match offered {
        true => Ok(()),
        false => Err(Error::NotFound("page")),
    }
}

/// Consent is taken back and interests are objected to; of what a contract or a law carries nobody has to be asked.
fn has_a_say(basis: Basis) -> bool {
    matches!(
        basis,
        Basis::Consent | Basis::LegitimateInterests | Basis::PublicTask
    )
}

fn own_purpose(
    op: &mut Op<'_>,
    permit: &Permit<ListPurposes>,
    session: &Session,
    purpose: Purpose,
    person: Option<&Person>,
) -> Result<OwnPurpose> {
    let stands = consent::stands(op, session, &PurposeRef::Id(purpose.id), person)?;
    let (answer, said_at) = stands.ok_or(Error::NotFound("purpose"))?;
    let notice = match &purpose.notice {
        Some(notice) => Some(purpose::text_of(op, permit, session, purpose.id, notice.version)?),
        None => None,
    };
    Ok(OwnPurpose {
        purpose,
        notice,
        standing: answer.standing,
        said_at,
        notice_has_changed: answer.notice_has_changed,
    })
}
