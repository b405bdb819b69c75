//! What went wrong, as a page: the one map from what custody and identity say to what people are told.
//!
//! Promises: causes of faults go to the log and never to the page; unknown, foreign and hidden things look alike.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use identity::Door;
use kernel::Timestamp;
use maud::Markup;

use super::visitor::{light_of, looks, see};
use super::words;
use crate::kit::{Frame, Light, at, date};
use crate::pages::{ProblemPage, problem, problem_outside};

/// An answer instead of what was asked for.
pub(crate) struct Failure(pub(crate) Box<Response>);

/// What a handler gives.
pub(crate) type Answer<T> = Result<T, Failure>;

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// What went wrong.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// No such thing, or not theirs to see.
    NotFound,
    /// Not allowed, with the reason in words.
    Forbidden(String),
    /// Allowed, after a fresh proof of who asks.
    NeedsProof,
    /// Nothing is open to them before they have done what their team asks for.
    NotAdmitted,
    /// A field is wrong.
    Invalid { field: &'static str, says: String },
    /// Not in this state.
    Conflict(String),
    /// Nothing can be drawn of it.
    NotShown(String),
    /// The form is too old, or not of this session.
    StaleForm,
    /// The body is no form.
    BadForm,
    /// Signed out meanwhile.
    SignedOut,
    /// Too many attempts.
    Wait(String),
    /// Not at present.
    Unavailable(String),
    /// A fault of ours.
    Internal(String),
}

const STEP_UP: &str = "limit.step-up";
const NOT_ADMITTED: &str = "not-admitted";

fn refusal(action: access::Action, reasons: &[String]) -> Trouble {
    if reasons.iter().any(|reason| reason == STEP_UP) {
        return Trouble::NeedsProof;
    }
    if reasons.iter().any(|reason| reason == NOT_ADMITTED) {
        return Trouble::NotAdmitted;
    }
    let because = words::reasons(reasons);
    let because = if because.is_empty() {
        String::new()
    } else {
        format!(": {because}")
    };
    Trouble::Forbidden(format!("Your class may not {} here{because}.", action.says()))
}

impl From<custody::Error> for Trouble {
    fn from(error: custody::Error) -> Self {
        use custody::Error;
        let told = error.to_string();
        match error {
            Error::Unauthenticated => Self::SignedOut,
            Error::NotFound(_) => Self::NotFound,
            Error::Forbidden { action, reasons } => refusal(action, &reasons),
            Error::NotAdmitted { .. } => Self::NotAdmitted,
            Error::Invalid { field, problem } => Self::Invalid { field, says: problem },
            Error::Conflict(says) => Self::Conflict(says),
            Error::NotShown(says) => Self::NotShown(says),
            Error::Unavailable(cause) => Self::Unavailable(cause),
            Error::Internal(cause) => Self::Internal(cause),
            _ => Self::Conflict(told),
        }
    }
}

impl From<identity::Error> for Trouble {
    fn from(error: identity::Error) -> Self {
        use identity::Error;
        let told = error.to_string();
        match error {
            Error::SignedOut => Self::SignedOut,
            Error::NotFound(_) => Self::NotFound,
            Error::Forbidden { action, reasons } => refusal(action, &reasons),
            Error::Invalid { field, problem } => Self::Invalid { field, says: problem },
            Error::Wait { .. } | Error::Busy => Self::Wait(told),
            Error::Unavailable(cause) => Self::Unavailable(cause),
            Error::Internal(cause) => Self::Internal(cause),
            _ => Self::Conflict(told),
        }
    }
}

impl Trouble {
    fn page(self, door: Door, request: &operation::Request) -> ProblemPage {
        let (status, title, says) = match self {
            Self::NotFound => (
                404,
                "There is nothing here",
                "There is no such thing, or it is not yours to see.".to_owned(),
            ),
            Self::Forbidden(says) => (403, "Not allowed", says),
            Self::NeedsProof => (
                403,
                "Confirm that it is you",
                "Do it from its page, which asks you for a proof.".to_owned(),
            ),
            Self::NotAdmitted => (
                403,
                "Something is asked of you first",
                "Your team asks for something before you see anything.".to_owned(),
            ),
            Self::Invalid { field, says } => (400, "That does not fit", format!("{field}: {says}.")),
            Self::Conflict(says) => (409, "Not now", sentence(&says)),
            Self::NotShown(says) => (422, "Nothing to show", sentence(&says)),
            Self::StaleForm => (
                403,
                "This form is too old",
                "Nothing was done. Go back, reload the page and send it again.".to_owned(),
            ),
            Self::BadForm => (
                400,
                "This form cannot be read",
                "Nothing was done. Go back, reload the page and send it again.".to_owned(),
            ),
            Self::SignedOut => (401, "You are signed out", "Sign in again to go on.".to_owned()),
            Self::Wait(says) => (429, "Too many attempts", sentence(&says)),
            Self::Unavailable(cause) => {
                tracing::warn!(operation = %request.operation, ?cause, "a page could not be served");
                (
                    503,
                    "Not available at present",
                    "Nothing was changed. Try again in a moment.".to_owned(),
                )
            }
            Self::Internal(cause) => {
                tracing::error!(operation = %request.operation, ?cause, "a page failed");
                (
                    500,
                    "Something went wrong on the server",
                    "Nothing was changed. Try again in a moment.".to_owned(),
                )
            }
        };
        ProblemPage {
            status,
            title: title.to_owned(),
            says,
            operation: (status >= 500).then(|| request.operation.to_string()),
            way: (status == 401).then(|| (at(door, "/sign-in"), "Sign in".to_owned())),
        }
    }
}

/// A sentence of what an error says.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().collect::<String>());
    format!(
        "{}{}.",
        first.unwrap_or_default(),
        letters.as_str().trim_end_matches('.')
    )
}

/// For somebody signed in.
pub(crate) fn inside(frame: &Frame, trouble: Trouble, request: &operation::Request) -> Response {
    if matches!(trouble, Trouble::NotAdmitted) {
        return see(&frame.at(super::admission::PATH));
    }
    let model = trouble.page(frame.door(), request);
    html(status(&model), problem(frame, &model))
}

/// For everybody else.
pub(crate) fn outside(
    (door, light): (Door, Light),
    trouble: Trouble,
    request: &operation::Request,
) -> Failure {
    let model = trouble.page(door, request);
    Failure(Box::new(html(status(&model), problem_outside(light, &model))))
}

fn status(model: &ProblemPage) -> StatusCode {
    StatusCode::from_u16(model.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// For whoever sends requests faster than the server takes them, signed in or not: nothing is asked about them.
pub fn too_fast(headers: &HeaderMap, says: &str) -> Response {
    let model = ProblemPage {
        status: 429,
        title: "Too many requests".to_owned(),
        says: sentence(says),
        operation: None,
        way: None,
    };
    html(status(&model), problem_outside(light_of(headers), &model))
}

/// To the sign-in, and back afterwards where something was only looked at.
pub(crate) fn signed_out(door: Door, method: &Method, uri: &Uri) -> Failure {
    let first = at(door, "");
    let path = uri.path_and_query().map_or(first.as_str(), |path| path.as_str());
    let mut to = at(door, "/sign-in");
    if looks(method) && path != first {
        to.push_str("?then=");
        to.extend(form_urlencoded::byte_serialize(path.as_bytes()));
    }
    Failure(Box::new(see(&to)))
}

/// A page.
pub(crate) fn html(status: StatusCode, page: Markup) -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    (status, [(CONTENT_TYPE, kind)], page.into_string()).into_response()
}

/// The moment until which somebody has to wait, in words.
pub(crate) fn wait_says(until: Timestamp, now: Timestamp) -> String {
    let left = until.as_micros().saturating_sub(now.as_micros());
    match u64::try_from(left) {
        Ok(micros) => {
            let left = std::time::Duration::from_micros(micros) + std::time::Duration::from_secs(1);
            format!(
                "Too many attempts have failed. Try again in {}",
                crate::kit::share_of_time(left)
            )
        }
        Err(_) => format!("Try again; you could since {}", date(until)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_that_asks_for_a_proof_is_known_by_its_reason() {
        let forbidden = |reason: &str| custody::Error::Forbidden {
            action: access::Action::KeyIssue,
            reasons: vec![reason.to_owned()],
        };
        assert!(matches!(Trouble::from(forbidden(STEP_UP)), Trouble::NeedsProof));
        let Trouble::Forbidden(says) = Trouble::from(forbidden("nothing-permits")) else {
            panic!("not a refusal");
        };
        assert!(says.starts_with("Your class may not issue an API key"), "{says}");
    }

    #[test]
    fn sentences_begin_large_and_end_once() {
        assert_eq!(
            sentence("the item is archived already"),
            "The item is archived already."
        );
        assert_eq!(sentence("Done."), "Done.");
    }
}
