//! What somebody's form brought, and the fresh proof that some acts ask for.
//!
//! Promises: a form without the session's value does nothing; a proof is taken before anything is done; an act that asks
//! for one gets the page that takes it and sends the same form again.

use axum::extract::{FromRequest, FromRequestParts as _, Request};
use custody::Credential;
use identity::{Proof, SessionToken};
use secrecy::ExposeSecret as _;

use super::cookies::Cookie;
use super::fields::{Fields, is_from_here};
use super::trouble::Trouble;
use super::visitor::{Visitor, read_fields};
use super::{Answer, ConsoleState, Failure, passkeys};
use crate::kit::{Place, Problems};
use crate::pages;

/// Somebody's form.
pub(crate) struct Sent {
    pub(crate) visitor: Visitor,
    pub(crate) fields: Fields,
}

impl FromRequest<ConsoleState> for Sent {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &ConsoleState) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, state).await?;
        let fields = read_fields(&parts, body)
            .await
            .ok_or_else(|| visitor.fail(Trouble::BadForm))?;
        if !is_from_here(&parts.headers) || !visitor.who.is_csrf(fields.raw("csrf")) {
            return Err(visitor.fail(Trouble::StaleForm));
        }
        let mut sent = Self { visitor, fields };
        sent.take_proof().await?;
        Ok(sent)
    }
}

impl Sent {
    /// A proof that came along makes the session fresh, before anything is done.
    async fn take_proof(&mut self) -> Result<(), Failure> {
        let Some(proof) = proof_in(&self.fields) else {
            return Ok(());
        };
        let visitor = &self.visitor;
        match visitor
            .state
            .people
            .prove(visitor.cookie(), visitor.request(), proof)
            .await
        {
            Ok(signed_in) => {
                let cookie = signed_in.cookie.expose_secret().to_owned();
                let token =
                    SessionToken::parse(&cookie).ok_or_else(|| self.visitor.fail(Trouble::BadForm))?;
                let visitor = &mut self.visitor;
                visitor.credential = Credential::session(&token).reading_for(visitor.reasons.by_dataset());
                let session = Cookie::Session(visitor.state.door);
                visitor.set.extend(session.set(&cookie));
                (visitor.cookie, visitor.who) = (cookie, signed_in.who);
                Ok(())
            }
            Err(identity::Error::NotProven) => Err(self.ask_proof("That did not fit. Try again").await),
            Err(other) => Err(self.visitor.fail(other)),
        }
    }

    /// The value, the form again with what is wrong, or a page about what went wrong. What asks for a fresh proof gets the
    /// page that takes it and sends the same form again.
    pub(crate) async fn settle<T>(
        &self,
        result: Result<T, impl Into<Trouble>>,
    ) -> Result<Result<T, Problems>, Failure> {
        let trouble = match result {
            Ok(value) => return Ok(Ok(value)),
            Err(error) => error.into(),
        };
        match trouble {
            Trouble::NeedsProof => Err(self.ask_proof("").await),
            Trouble::Invalid { field, says } => Ok(Err(Problems::one(field, says))),
            other => Err(self.visitor.fail(other)),
        }
    }

    /// The value, for forms without anything that could be filled in wrongly.
    pub(crate) async fn ok<T>(&self, result: Result<T, impl Into<Trouble>>) -> Answer<T> {
        let wrong = |_| self.visitor.fail(Trouble::BadForm);
        match result.map_err(Into::into) {
            Err(Trouble::NeedsProof) => Err(self.ask_proof("").await),
            Err(Trouble::Invalid { field, says }) => {
                Err(self.visitor.fail(Trouble::Conflict(format!("{field}: {says}"))))
            }
            other => self.settle(other).await?.map_err(wrong),
        }
    }

    /// The page that takes a fresh proof and sends the same form again.
    async fn ask_proof(&self, wrong: &str) -> Failure {
        let visitor = &self.visitor;
        let proof = match proof_of(visitor).await {
            Ok(proof) => proof,
            Err(failure) => return failure,
        };
        let field = match proof {
            pages::Proof::Code(_) => "proof-code",
            pages::Proof::Passkey(_) => "passkey",
            pages::Proof::Password | pages::Proof::Fresh | pages::Proof::Provider => "proof-password",
        };
        let page = pages::confirm(&pages::ConfirmPage {
            frame: visitor.frame(),
            place: Place::Elsewhere,
            title: "Confirm that it is you".to_owned(),
            crumbs: Vec::new(),
            consequences: vec!["What you asked for outlasts this session or cannot be taken back, so the server asks once more. It asks again after ten minutes.".to_owned()],
            mild: true,
            to: visitor.path.clone(),
            values: self.fields.to_carry(),
            press: "Confirm".to_owned(),
            back: visitor.at(""),
            proof,
            problems: if wrong.is_empty() { Problems::default() } else { Problems::one(field, wrong) },
        });
        Failure(Box::new(visitor.page_again(page)))
    }
}

/// The proof that a form brought along.
fn proof_in(fields: &Fields) -> Option<Proof> {
    let secret = |name: &str| fields.filled(name).map(|_| fields.raw(name).to_owned().into());
    let passkey = || passkeys::proof(fields).map(Proof::Passkey);
    let password = secret("proof-password").map(Proof::Password);
    password
        .or_else(|| secret("proof-code").map(Proof::Code))
        .or_else(passkey)
}

/// What a fresh proof is made with: a code where there is an app, or a passkey, else the password, or else the
/// team's provider.
pub(crate) async fn proof_of(visitor: &Visitor) -> Answer<pages::Proof> {
    let people = &visitor.state.people;
    let factors = visitor.ok(people.factors(&visitor.credential, visitor.request()).await)?;
    let passkey = if factors.passkey && people.takes_passkeys() {
        let offer = people
            .begin_passkey_proof(&visitor.credential, visitor.request())
            .await;
        Some(passkeys::asked(&visitor.ok(offer)?))
    } else {
        None
    };
    Ok(match (factors.totp, passkey) {
        (true, passkey) => pages::Proof::Code(passkey),
        (false, Some(passkey)) => pages::Proof::Passkey(passkey),
        (false, None) if factors.password_at.is_none() && factors.single_sign_on => pages::Proof::Provider,
        (false, None) => pages::Proof::Password,
    })
}
