//! Offering a package, and taking it.

use std::time::Duration;

use access::Action;
use custody::{Credential, Error, Result, Session};
use kernel::RequestId;
use operation::acts::PackRequest;
use operation::{Op, Request};
use serde_json::json;
use store::params;

use super::contents::{self, Overview};
use super::{MOST_DAYS, Offer, Package, USUAL_DAYS, rows, write};
use crate::Rights;
use crate::acts::invalid;
use crate::portal;
use crate::request::{self, Kind, PersonRequest, State, Verdict};
use crate::subject::{Person, resolve};

impl Rights {
    /// Offers what is kept about the person of a request, for so many days from now. To offer it again sets the window anew.
    pub async fn offer_package(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        days: Option<u32>,
    ) -> Result<Offer> {
        let days = days.unwrap_or(USUAL_DAYS);
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(invalid("days", format!("offer it for 1 to {MOST_DAYS} days")));
        }
        let offer = move |op: &mut Op<'_>, session: &Session| {
            let (found, permit) = request::permitted::<PackRequest>(op, session, id)?;
            let person = whose(op, session, &found)?;
            let now = op.now();
            let until = now.plus(Duration::from_secs(u64::from(days) * 24 * 60 * 60));
            let params = params![id, session.tenant(), now, until, session.member()];
            op.change(&permit, rows::OFFER, params)?;
            portal::news(op, session, &found)?;
            op.record(
                permit,
                json!({ "request": id, "subject": person.id, "offered_until": until }),
            )?;
            Ok(Offer {
                request: id,
                offered_at: now,
                until_at: until,
            })
        };
        self.act(credential, request, Action::RequestPackage, offer).await
    }

    /// Takes the package that is offered. Its entry is durable before the first byte of it leaves, and one more tells whether it
    /// was taken whole.
    pub async fn take_package(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
    ) -> Result<Package> {
        let take = move |op: &mut Op<'_>, session: &Session| {
            let (found, permit) = request::permitted::<PackRequest>(op, session, id)?;
            check_offered(op, session, id)?;
            let person = whose(op, session, &found)?;
            let overview = contents::overview(op, &permit, session, &found, &person)?;
            let by = portal::begin_taking(op, &permit, session, id, person.id)?;
            let event = op.record(
                permit,
                json!({ "request": id, "subject": person.id, "taken": true }),
            )?;
            Ok((overview, event, by))
        };
        let (overview, event, by): (Overview, _, _) = self
            .act(credential, request.clone(), Action::RequestPackage, take)
            .await?;
        let pieces = write::begin(self, by.as_ref().unwrap_or(credential), request, overview);
        Ok(Package { event, pieces })
    }

    /// Records how the taking ended.
    pub(super) async fn end_package(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        told: serde_json::Value,
    ) -> Result<()> {
        let end = move |op: &mut Op<'_>, session: &Session| {
            let (_, permit) = request::permitted::<PackRequest>(op, session, id)?;
            portal::end_taking(op, &permit, session)?;
            op.record(permit, json!({ "request": id, "ended": told }))?;
            Ok(())
        };
        self.act(credential, request, Action::RequestPackage, end).await
    }
}

fn check_offered(op: &mut Op<'_>, session: &Session, id: RequestId) -> Result<()> {
    match rows::find(op, session, id)? {
        None => refused(
            op,
            id,
            "package-not-offered",
            Error::Conflict("no package is offered for this request: offer it first".into()),
        ),
        Some(offer) if offer.until_at <= op.now() => refused(
            op,
            id,
            "package-over",
            Error::Gone("the package was offered until a moment that is over: offer it anew if the person still wants it".into()),
        ),
        Some(_) => Ok(()),
    }
}

/// The person whose package it is, if it may be handed to them.
fn whose(op: &mut Op<'_>, session: &Session, found: &PersonRequest) -> Result<Person> {
    let no =
        |op: &mut Op<'_>, reason, says: &str| refused(op, found.id, reason, Error::Conflict(says.into()));
    if !matches!(found.kind, Kind::Access | Kind::Portability) {
        return no(
            op,
            "package-not-asked-for",
            "a package answers requests for access or portability, and this is another",
        );
    }
    if found.proof_given.is_none() {
        return no(
            op,
            "package-unproven",
            "nothing is handed out before it is known that it is the person who asks: settle that first",
        );
    }
    if matches!(found.state, State::Refused | State::Withdrawn | State::Duplicate)
        || found.decision == Some(Verdict::Refuse)
    {
        return no(
            op,
            "package-refused",
            "the request was refused, taken back or closed as the same as another one",
        );
    }
    let Some(subject) = found.subject else {
        return no(
            op,
            "package-nobody",
            "nobody was known by what the request named: take it in again with an identifier of the person",
        );
    };
    let person = resolve(op, session, subject, Action::RequestPackage)?;
    if person.restricted_at.is_some() {
        return no(
            op,
            "limit.restricted",
            "processing is restricted at the request of the person: a privacy officer can lift that",
        );
    }
    Ok(person)
}

/// Keeps the refusal for the trail and gives the error.
fn refused<T>(op: &mut Op<'_>, id: RequestId, reason: &str, error: Error) -> Result<T> {
    let told = json!({ "request": id, "reasons": [reason] });
    op.refuse(Action::RequestPackage, request::resource(), told)?;
    Err(error)
}
