//! Making a passkey: what the browser is offered, and what it answers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::MemberId;
use operation::{Act, Op, Permit};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::ceremony::Expected;
use super::cose::ALGORITHMS;
use super::ops::{LIFE, descriptors, handle};
use super::{Kept, PasskeyOffer, Registration, RelyingParty, rows};
use crate::error::{Error, Result};
use crate::register::{Home, Person};

/// The most passkeys of a member.
const MOST: usize = 20;
const ADD: &str = "add";

/// Offers a member to make a passkey.
pub(crate) fn offer_to_make(
    op: &mut Op<'_>,
    issuer: &str,
    party: &RelyingParty,
    home: &Home,
    person: &Person,
) -> Result<PasskeyOffer> {
    let known = rows::of_member(op, home.tenant, person.member)?;
    if known.len() >= MOST {
        return Err(Error::Conflict(format!(
            "you have {MOST} passkeys; remove one first"
        )));
    }
    let ends_at = op.now().plus(LIFE);
    let token = rows::begin(op, home.tenant, Some(person.member), ADD, ends_at)?;
    let handle = URL_SAFE_NO_PAD.encode(handle(home, person.member));
    let options = json!({
        "challenge": URL_SAFE_NO_PAD.encode(token.challenge()),
        "rp": { "id": party.id, "name": issuer },
        "user": { "id": handle, "name": person.email, "displayName": person.name },
        "pubKeyCredParams": ALGORITHMS.map(|alg| json!({ "type": "public-key", "alg": alg })),
        "excludeCredentials": descriptors(home, &known)?,
        "authenticatorSelection": { "residentKey": "preferred", "userVerification": "preferred" },
        "attestation": "none",
        "timeout": LIFE.as_millis() as u64,
    });
    let ticket = token.to_text();
    Ok(PasskeyOffer {
        ticket,
        ends_at,
        options,
    })
}

/// A passkey that a browser says it made.
#[derive(Clone)]
pub(crate) struct Made {
    ticket: SecretString,
    answer: Registration,
    label: String,
}

impl Made {
    /// Fails with [`Error::Invalid`] for a label that is none.
    pub(crate) fn new(ticket: &SecretString, answer: Registration, label: &str) -> Result<Self> {
        let (ticket, label) = (ticket.clone(), label.trim().to_owned());
        check_label(&label)?;
        Ok(Self {
            ticket,
            answer,
            label,
        })
    }

    /// Takes it in for the member whom it was offered to; gives the step that failed where the answer is not good.
    pub(crate) fn keep<A: Act>(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        party: &RelyingParty,
        home: &Home,
        member: MemberId,
    ) -> Result<std::result::Result<(), &'static str>> {
        let begun = rows::take(op, self.ticket.expose_secret(), ADD)?;
        if (begun.tenant, begun.member) != (home.tenant, Some(member)) {
            return Err(Error::StepOver);
        }
        let expected = Expected {
            party,
            challenge: begun.challenge,
            verified: false,
        };
        let made = match expected.registration(&self.answer) {
            Ok(made) => made,
            Err(step) => return Ok(Err(step)),
        };
        let kept = Kept {
            id: hex::encode(&made.id),
            key: hex::encode(&made.key),
            label: self.label.clone(),
        };
        rows::insert(op, permit, home, member, (made.id.as_slice(), made.count), &kept)?;
        Ok(Ok(()))
    }
}

pub(crate) fn refused_answer(step: &str) -> Error {
    Error::invalid(
        "passkey",
        format!("the browser's answer does not fit ({step}); try again"),
    )
}

fn check_label(label: &str) -> Result<()> {
    let fits = !label.is_empty() && label.len() <= 100 && !label.chars().any(char::is_control);
    fits.then_some(())
        .ok_or_else(|| Error::invalid("label", "give 1 to 100 bytes on one line"))
}
