//! A person agrees to a purpose, or takes it back.

use access::{Action, Facts};
use custody::subject::{self, AfterErasure, Identifier, OpenSubject};
use custody::{Credential, Error, IdempotencyKey, Result, Session, replay};
use kernel::ConsentId;
use operation::acts::RecordConsent;
use operation::{Op, Permit, Request};
use serde_json::json;
use store::params;

use super::{Consent, ConsentChannel, FromPage, NewConsent, Proof, rows};
use crate::Rights;
use crate::acts::to_json;
use crate::purpose::{self, Basis, PurposeRef, PurposeRow};

impl Rights {
    /// Records that a person agrees to a purpose, or takes it back; where an interest or a task carries it, that they object.
    /// The event in the trail is their receipt.
    pub async fn record_consent(
        &self,
        credential: &Credential,
        request: Request,
        purpose: PurposeRef,
        new: NewConsent,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Consent> {
        let record = move |op: &mut Op<'_>, session: &Session| {
            if session.is_of_a_page() {
                return refused(op, "key-for-pages");
            }
            record(op, session, &purpose, &new, idempotency.as_ref())
        };
        self.act(credential, request, Action::ConsentRecord, record).await
    }

    /// The same for a page, whose key everybody knows: what it says came by a browser, now, and is told nothing of the person.
    pub async fn record_consent_from_page(
        &self,
        credential: &Credential,
        request: Request,
        purpose: PurposeRef,
        new: FromPage,
    ) -> Result<Consent> {
        let new = NewConsent::from(new);
        let record = move |op: &mut Op<'_>, session: &Session| {
            if !session.is_of_a_page() {
                return refused(op, "key-of-no-page");
            }
            let consent = record(op, session, &purpose, &new, None)?;
            Ok(Consent {
                subject: None,
                ..consent
            })
        };
        self.act(credential, request, Action::ConsentRecord, record).await
    }
}

impl From<FromPage> for NewConsent {
    fn from(page: FromPage) -> Self {
        Self {
            person: page.person,
            given: page.given,
            notice: page.notice,
            act: page.act,
            channel: ConsentChannel::Browser,
            at: None,
            proof: None,
            browser_objects: page.browser_objects,
        }
    }
}

/// Keys of pages are for the door of pages, and no other key is: one that does more must not be put where everybody reads it.
fn refused<T>(op: &mut Op<'_>, reason: &str) -> Result<T> {
    let (action, reasons) = (Action::ConsentRecord, vec![reason.to_owned()]);
    op.refuse(action, rows::resource(), json!({ "reasons": reasons }))?;
    Err(Error::Forbidden { action, reasons })
}

fn record(
    op: &mut Op<'_>,
    session: &Session,
    purpose: &PurposeRef,
    new: &NewConsent,
    idempotency: Option<&IdempotencyKey>,
) -> Result<Consent> {
    let facts = session.facts();
    record_by(op, session, purpose, new, idempotency, &facts)
}

/// The same by these facts.
pub(crate) fn record_by(
    op: &mut Op<'_>,
    session: &Session,
    purpose: &PurposeRef,
    new: &NewConsent,
    idempotency: Option<&IdempotencyKey>,
    facts: &Facts,
) -> Result<Consent> {
    let (row, permit) =
        purpose::permitted_by::<RecordConsent>(op, session, purpose, rows::resource(), facts)?;
    if let Some(kept) = replay::find(op, session, idempotency)? {
        op.record(permit, json!({ "repeated": true }))?;
        return Ok(kept);
    }
    let identifier = new.check(op.now())?;
    match new.given {
        true => check_giving(op, &permit, session, &row, new)?,
        false => check_taking_back(&row)?,
    }
    let consent = insert(op, &permit, session, &row, new, &identifier)?;
    replay::keep(op, session, idempotency, &consent)?;
    op.record(permit, told(&row, &consent))?;
    Ok(consent)
}

/// What must hold for agreeing, and for taking back need not.
fn check_giving(
    op: &Op<'_>,
    permit: &Permit<RecordConsent>,
    session: &Session,
    row: &PurposeRow,
    new: &NewConsent,
) -> Result<()> {
    let conflict = |says: &str| Err(Error::Conflict(says.to_owned()));
    if row.basis != Basis::Consent {
        return conflict(
            "the purpose has another basis than consent: to record one would mislead who gives it",
        );
    }
    if row.ended_at.is_some() {
        return conflict("the purpose has ended");
    }
    match &row.notice {
        None => {
            return conflict(
                "publish a notice first: consent is given to what the person was told (GDPR 4(11), 7)",
            );
        }
        Some(notice) if new.notice != Some(notice.version) => {
            return conflict("the notice has another version now: show that one to the person");
        }
        Some(_) => {}
    }
    if new.browser_objects && row.terms(op, permit, session)?.sells_or_shares {
        return conflict(
            "the browser objects to the sale or sharing of data (Global Privacy Control), and this purpose does that",
        );
    }
    Ok(())
}

/// Consent is taken back and interests are objected to; what a contract or a law carries, nobody stops by saying so.
fn check_taking_back(row: &PurposeRow) -> Result<()> {
    match row.basis {
        Basis::Consent | Basis::LegitimateInterests | Basis::PublicTask => Ok(()),
        Basis::Contract | Basis::LegalObligation | Basis::VitalInterests => Err(Error::Conflict(
            "neither consent nor an interest carries this purpose, so there is nothing to take back or object to (GDPR 7(3), 21)"
                .into(),
        )),
    }
}

fn insert(
    op: &mut Op<'_>,
    permit: &Permit<RecordConsent>,
    session: &Session,
    row: &PurposeRow,
    new: &NewConsent,
    identifier: &Identifier,
) -> Result<Consent> {
    let person = who(op, permit, session, identifier)?;
    let consent = Consent {
        id: ConsentId::make(op.now(), op.random()),
        purpose: row.id,
        given: new.given,
        notice: new.notice.filter(|_| new.given),
        act: new.act,
        channel: new.channel,
        at: new.at.unwrap_or(op.now()),
        recorded_at: op.now(),
        subject: person.as_ref().map(|person| person.id),
        proof: new.proof.clone(),
    };
    let proof = to_json(&Proof {
        person: identifier.value().to_owned(),
        proof: new.proof.clone(),
    })?;
    let context = rows::context(session, consent.id);
    let sealed = person.map(|person| sealing::seal(&person.key, &context, &proof, op.random()));
    let params = params![
        consent.id,
        session.tenant(),
        consent.purpose,
        consent.subject,
        i64::from(consent.given),
        consent.notice,
        consent.act.map(super::ConsentAct::as_str),
        consent.channel.as_str(),
        consent.at,
        consent.recorded_at,
        session.member(),
        sealed,
    ];
    op.change(permit, rows::INSERT, params)?;
    Ok(consent)
}

/// The person, who is one of the tenant's from now on. Somebody who was erased does not come back by this: where everybody
/// reads the answer it is the same as ever, and the entry names nobody.
fn who(
    op: &mut Op<'_>,
    permit: &Permit<RecordConsent>,
    session: &Session,
    identifier: &Identifier,
) -> Result<Option<OpenSubject>> {
    if let Some(known) = subject::find(op, session, identifier)? {
        return Ok(Some(known.open));
    }
    if session.is_of_a_page() && subject::gone(op, session, identifier)? == Some(AfterErasure::Refuse) {
        return Ok(None);
    }
    subject::check_not_gone(op, session, identifier)?;
    let person = subject::make(op, permit, session)?;
    subject::name(op, permit, session, &person, identifier)?;
    Ok(Some(person))
}

/// What the trail keeps, which is what a receipt proves: the person by their id, the notice by the hash of its text.
fn told(row: &PurposeRow, consent: &Consent) -> serde_json::Value {
    let notice = row.notice.as_ref().filter(|_| consent.given);
    json!({
        "consent": consent.id, "purpose": row.id, "given": consent.given, "notice": consent.notice,
        "notice_sha256": notice.map(|notice| hex::encode(notice.hash)), "act": consent.act, "channel": consent.channel,
        "at": consent.at, "subject": consent.subject,
    })
}
