//! Steps of signing in that both doors have: that of the teams and that of the staff.

use axum::response::Response;
use custody::People;
use identity::Proof;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::came::{Came, Enrolled, MadeSession, one_proof, secret};
use super::passkeys::{NewPasskey, Offer, PasskeyAnswer};
use crate::caller::Stranger;
use crate::errors::Answer;

/// A second factor: one of the three.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondFactor {
    /// Of the step before.
    #[schema(write_only)]
    ticket: String,
    /// Six digits of the authenticator app.
    #[serde(default)]
    #[schema(write_only)]
    code: Option<String>,
    /// One of the codes that were printed.
    #[serde(default)]
    #[schema(write_only)]
    recovery_code: Option<String>,
    #[serde(default)]
    passkey: Option<PasskeyAnswer>,
}

/// The first code of a new authenticator app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirstCode {
    /// Of the step before.
    #[schema(write_only)]
    ticket: String,
    #[schema(write_only)]
    code: String,
}

/// A passkey that was made at the step that asks for a second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirstPasskey {
    /// Of the step before.
    #[schema(write_only)]
    ticket: String,
    passkey: NewPasskey,
}

/// A step that goes on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ticket {
    #[schema(write_only)]
    ticket: String,
}

/// An invitation's token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvitationToken {
    #[schema(write_only)]
    token: String,
}

/// An invitation's token, and a password to come with from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acceptance {
    #[schema(write_only)]
    token: String,
    #[schema(write_only)]
    password: String,
}

/// What an invitation says.
#[derive(Serialize, ToSchema)]
pub(crate) struct Invited {
    team: String,
    name: String,
    email: String,
    /// The fewest characters of a password.
    password_shortest: usize,
    /// The most.
    password_longest: usize,
    /// Whether a digit and a lowercase letter must be in it.
    digit_and_lowercase: bool,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
}

pub(crate) async fn second(people: &People, stranger: Stranger, given: SecondFactor) -> Answer<Response> {
    let proof = one_proof([
        given.code.map(|code| Proof::Code(code.into())),
        given.recovery_code.map(|code| Proof::RecoveryCode(code.into())),
        given.passkey.map(|answer| Proof::Passkey(answer.into())),
    ])?;
    let signed_in = people
        .second_factor(stranger.request, &given.ticket.into(), proof)
        .await?;
    Ok(secret(MadeSession::from(signed_in)))
}

pub(crate) async fn offer_second_passkey(
    people: &People,
    stranger: Stranger,
    given: Ticket,
) -> Answer<Response> {
    let ticket = given.ticket.into();
    let offer = people.begin_passkey_step(stranger.request, &ticket).await?;
    Ok(secret(Offer::from(offer)))
}

pub(crate) async fn enrol(people: &People, stranger: Stranger, given: FirstCode) -> Answer<Response> {
    let (ticket, code) = (given.ticket.into(), given.code.into());
    let enrolled = people.enrol(stranger.request, &ticket, &code).await?;
    Ok(secret(Enrolled::from(enrolled)))
}

pub(crate) async fn offer_first_passkey(
    people: &People,
    stranger: Stranger,
    given: Ticket,
) -> Answer<Response> {
    let ticket = given.ticket.into();
    let offer = people.begin_enrolling_passkey(stranger.request, &ticket).await?;
    Ok(secret(Offer::from(offer)))
}

pub(crate) async fn enrol_passkey(
    people: &People,
    stranger: Stranger,
    given: FirstPasskey,
) -> Answer<Response> {
    let NewPasskey {
        ticket,
        label,
        credential,
    } = given.passkey;
    let (step, offer) = (given.ticket.into(), ticket.into());
    let enrolled = people
        .enrol_passkey(stranger.request, &step, &offer, credential.into(), &label)
        .await?;
    Ok(secret(Enrolled::from(enrolled)))
}

pub(crate) async fn look_at_invitation(
    people: &People,
    stranger: Stranger,
    given: InvitationToken,
) -> Answer<Response> {
    let invited = people.invitation(stranger.request, &given.token.into()).await?;
    Ok(secret(Invited::from(invited)))
}

pub(crate) async fn accept(people: &People, stranger: Stranger, given: Acceptance) -> Answer<Response> {
    let (token, password) = (given.token.into(), given.password.into());
    let came = people
        .accept_invitation(stranger.request, &token, &password)
        .await?;
    Ok(secret(Came::from(came)))
}

impl From<identity::Invited> for Invited {
    fn from(invited: identity::Invited) -> Self {
        Self {
            team: invited.slug,
            name: invited.name,
            email: invited.email,
            password_shortest: invited.demands.shortest,
            password_longest: invited.demands.longest,
            digit_and_lowercase: invited.demands.digit_and_lowercase,
            ends_at: invited.ends_at,
        }
    }
}
