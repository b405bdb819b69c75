//! What comes of a proof: a session, or what is asked for next.

use axum::response::{IntoResponse as _, Response};
use identity::{NextStep, Proof, SignIn, SignedIn};
use kernel::{KeyId, MemberId, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use utoipa::ToSchema;
use web::Problem;
use web::extract::Json;

use crate::words::Class;

/// A session, or what is asked for before there is one.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Came {
    /// A session.
    SignedIn(MadeSession),
    /// Something else is asked for.
    Next(Next),
}

/// A session that was made, or given another token, just now.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeSession {
    #[schema(value_type = Uuid)]
    id: KeyId,
    #[schema(value_type = Uuid)]
    member: MemberId,
    class: Class,
    /// The bearer of requests from now on. It is shown once.
    token: String,
    /// What to send along at the next sign-in from this browser or device, for ninety days; absent where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    browser: Option<String>,
    /// When it ends unless somebody is there.
    #[schema(value_type = String, format = DateTime)]
    idle_at: Timestamp,
    /// When it ends in any case.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// Until when acts are done that ask for a fresh proof.
    #[schema(value_type = String, format = DateTime)]
    fresh_until: Timestamp,
    /// Why the person should choose another password, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<&'static str>,
}

/// A session after a second factor was set up.
#[derive(Serialize, ToSchema)]
pub(crate) struct Enrolled {
    signed_in: MadeSession,
    /// Codes to print, each good once where the app is lost. They are shown once.
    recovery_codes: Vec<String>,
}

/// What is asked for before there is a session.
#[derive(Serialize, ToSchema)]
pub(crate) struct Next {
    /// Names the step. Not a session.
    ticket: String,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    step: Step,
}

/// A step after the password.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// A second factor, to `/v1/sign-in/second`.
    Second {
        /// Whether the person has an authenticator app.
        totp: bool,
        /// Whether they have a passkey.
        passkey: bool,
    },
    /// To set an authenticator app up; its first code to `/v1/sign-in/enrol`. Or a passkey in its place, to
    /// `/v1/sign-in/enrol/passkey`.
    Enrol {
        /// What to type into the app.
        secret: String,
        /// What it reads from a QR code.
        uri: String,
    },
}

/// An answer that holds secrets is kept by no cache.
pub(crate) fn secret<T: Serialize>(answer: T) -> Response {
    let no_store = http::HeaderValue::from_static("no-store");
    ([(http::header::CACHE_CONTROL, no_store)], Json(answer)).into_response()
}

/// The one proof that was given.
pub(crate) fn one_proof<const N: usize>(given: [Option<Proof>; N]) -> Result<Proof, Problem> {
    let mut given = given.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(proof), None) => Ok(proof),
        _ => Err(Problem::invalid(
            "code",
            "give one proof: code, recovery_code or passkey",
        )),
    }
}

pub(crate) fn texts(secrets: &[SecretString]) -> Vec<String> {
    secrets
        .iter()
        .map(|secret| secret.expose_secret().to_owned())
        .collect()
}

impl From<SignIn> for Came {
    fn from(came: SignIn) -> Self {
        match came {
            SignIn::Session(signed_in) => Self::SignedIn(signed_in.into()),
            SignIn::Next(next) => Self::Next(next.into()),
        }
    }
}

impl From<SignedIn> for MadeSession {
    fn from(signed_in: SignedIn) -> Self {
        let who = signed_in.who;
        Self {
            id: who.session,
            member: who.member,
            class: who.class.into(),
            token: signed_in.cookie.expose_secret().to_owned(),
            browser: signed_in
                .browser
                .map(|browser| browser.expose_secret().to_owned()),
            idle_at: who.idle_at,
            ends_at: who.ends_at,
            fresh_until: who.fresh_until,
            warning: signed_in.warning,
        }
    }
}

impl From<identity::Enrolled> for Enrolled {
    fn from(enrolled: identity::Enrolled) -> Self {
        Self {
            signed_in: enrolled.signed_in.into(),
            recovery_codes: texts(&enrolled.recovery_codes),
        }
    }
}

impl From<NextStep> for Next {
    fn from(next: NextStep) -> Self {
        let step = match next.step {
            identity::Step::Second { totp, passkey } => Step::Second { totp, passkey },
            identity::Step::Enrol { secret, uri } => Step::Enrol {
                secret: secret.expose_secret().to_owned(),
                uri: uri.expose_secret().to_owned(),
            },
        };
        Self {
            ticket: next.ticket.expose_secret().to_owned(),
            ends_at: next.ends_at,
            step,
        }
    }
}
