//! Consent from a page: the door that its browser speaks to, and the script that speaks.
//!
//! Promises: a page does nothing here but record what somebody agrees to or takes back; only pages of the origins that the
//! key names may, and only they may read the answer; the answer says nothing of who was known before. There is no cookie, and
//! no question beforehand: the request is one of those that a browser sends by itself (Fetch, "CORS-safelisted"), so what the
//! server says of other origins is a refusal.

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Router, body::Body};
use custody::{Credential, Error};
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, CONTENT_TYPE, VARY,
};
use http::{HeaderMap, HeaderName, StatusCode};
use kernel::{ConsentId, Timestamp};
use rights::consent::{self as domain, FromPage};
use rights::purpose::PurposeRef;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Problem;
use web::extract::Json;

use crate::ApiState;
use crate::answers::set;
use crate::caller::request_of;
use crate::errors::Failure;
use crate::words::ConsentAct;

/// What pages embed.
const SCRIPT: &str = include_str!("consent.js");
/// The most bytes that a page says at once.
const MOST_BYTES: usize = 16 << 10;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(record))
}

/// The script. No route of the API, so it does not stand in its description.
pub(crate) fn script() -> Router<ApiState> {
    Router::new().route("/consent.js", get(serve))
}

async fn serve() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=3600"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "cross-origin",
        ),
    ];
    (headers, Body::from(SCRIPT)).into_response()
}

/// What a page says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "key": "bailee_…", "purpose": "newsletter", "person": "email:anna@person.example", "given": true,
    "notice": 1, "act": "clicked", "objects": false }))]
struct Said {
    /// A key that is bound to this page's origin.
    key: String,
    /// The purpose's id or word.
    purpose: String,
    /// What the person is known by, its kind before a colon.
    person: String,
    given: bool,
    /// For agreeing: the version of the notice that they were shown.
    #[schema(nullable = false)]
    notice: Option<u32>,
    /// For agreeing: what they did.
    #[schema(nullable = false)]
    act: Option<ConsentAct>,
    /// Global Privacy Control, as the page's script sees it; the header `Sec-GPC` counts as well.
    #[serde(default)]
    objects: bool,
}

/// That it was recorded, and nothing of whom it is about.
#[derive(Serialize, ToSchema)]
struct Heard {
    #[schema(value_type = Uuid)]
    id: ConsentId,
    given: bool,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// Records what a person says in a page
///
/// For browsers, with the key in the body as `text/plain`, so that they ask nothing beforehand; `/consent.js` does that. The key
/// is one that was issued with `origins`; a page of another origin is refused, and the trail has it. Needs no `Idempotency-Key`: to
/// say a thing twice is to say it.
#[utoipa::path(post, path = "/v1/consents/browser", operation_id = "consent.record.browser", tag = "consent",
    security(()), request_body(content = Said, content_type = "text/plain"),
    responses((status = 201, description = "It is recorded", body = Heard),
        (status = 401, description = "No valid key"),
        (status = 403, description = "The key is for pages of other origins, or does more than a page may"),
        (status = 409, description = "The notice is another by now, or the purpose takes no consent")))]
async fn record(State(state): State<ApiState>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let origin = parts.headers.get(http::header::ORIGIN).cloned();
    let heard = hear(&state, &mut parts, body).await;
    let is_bound = heard.as_ref().map_or_else(|refusal| refusal.is_bound, |_| true);
    let mut response = match heard {
        Ok(heard) => (StatusCode::CREATED, Json(heard)).into_response(),
        Err(refusal) => refusal.failure.into_response(),
    };
    set(&mut response, VARY, "Origin");
    if let (true, Some(Ok(origin))) = (is_bound, origin.as_ref().map(|origin| origin.to_str())) {
        set(&mut response, ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        set(
            &mut response,
            ACCESS_CONTROL_EXPOSE_HEADERS,
            "Bailee-Event, Bailee-Operation",
        );
    }
    response
}

/// Why it was not recorded, and whether the page may read that.
struct Refusal {
    failure: Failure,
    is_bound: bool,
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self {
            failure: problem.into(),
            is_bound: false,
        }
    }
}

async fn hear(state: &ApiState, parts: &mut http::request::Parts, body: Body) -> Result<Heard, Refusal> {
    let bytes = web::extract::collect(Request::new(body), MOST_BYTES).await?;
    let said: Said =
        serde_json::from_slice(&bytes).map_err(|error| Problem::invalid("body", error.to_string()))?;
    let credential = Credential::parse(&said.key).map_err(|_| Problem::unauthenticated())?;
    let request = request_of(parts, state).await?;
    let purpose = PurposeRef::parse(&said.purpose);
    let new = said.into_domain(&parts.headers);
    let recorded = state
        .rights
        .record_consent_from_page(&credential, request, purpose, new);
    recorded.await.map(Heard::from).map_err(|error| Refusal {
        is_bound: has_entered(&error),
        failure: error.into(),
    })
}

/// Whether the key was good, and for this page: everything else is found out after that.
fn has_entered(error: &Error) -> bool {
    match error {
        Error::Unauthenticated | Error::Expired | Error::Unavailable(_) | Error::Internal(_) => false,
        Error::Forbidden { reasons, .. } => !reasons.iter().any(|reason| reason.starts_with("key-")),
        _ => true,
    }
}

impl Said {
    fn into_domain(self, headers: &HeaderMap) -> FromPage {
        let by_header = headers.get("sec-gpc").is_some_and(|value| value == "1");
        FromPage {
            person: self.person,
            given: self.given,
            notice: self.notice,
            act: self.act.map(Into::into),
            browser_objects: self.objects || by_header,
        }
    }
}

impl From<domain::Consent> for Heard {
    fn from(consent: domain::Consent) -> Self {
        Self {
            id: consent.id,
            given: consent.given,
            at: consent.at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_small_and_keeps_nothing() {
        assert!(SCRIPT.len() < 5_000, "{}", SCRIPT.len());
        for word in [
            "cookie",
            "localStorage",
            "sessionStorage",
            "indexedDB",
            "sendBeacon",
            "import(",
        ] {
            let code = SCRIPT.lines().filter(|line| !line.trim_start().starts_with("//"));
            assert!(!code.into_iter().any(|line| line.contains(word)), "{word}");
        }
    }
}
