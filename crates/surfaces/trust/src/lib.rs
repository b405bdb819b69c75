#![doc = include_str!("../README.md")]

mod badge;
mod board;
mod companies;
mod log;
mod page;
mod processors;
mod proof;
mod security;
mod twin;
mod voice;
mod words;

use std::sync::Arc;

use assurance::Assurance;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, RETRY_AFTER, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use operation::Desk;
use web::Operation;

pub use badge::badge;
pub use board::Seen;
pub use page::{POLICY, page};
pub use processors::processors_page;
pub use proof::{Proof, page as proof_page};
pub use security::Security;
pub use twin::twin;
pub use voice::{Company, Voice};

use board::{Boards, Body, Sheet};

/// How many versions of a sentence its page shows.
const VERSIONS: u32 = 100;

/// What the operator says of itself on public pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Who speaks.
    pub name: String,
    /// Whom to tell about a weakness, if anybody.
    pub security: Option<Security>,
}

/// The public side of one installation.
#[derive(Clone)]
pub struct TrustState {
    desk: Desk,
    verifier: Arc<str>,
    boards: Arc<Boards>,
}

impl TrustState {
    /// The log behind this desk, whose checkpoints are verified with this key (C2SP signed-note text), and these claims.
    pub fn new(desk: Desk, verifier: &str, assurance: Assurance, settings: Settings) -> Self {
        let clock = Arc::clone(&desk.clock);
        Self {
            boards: Arc::new(Boards::new(assurance, settings, clock, desk.clone())),
            verifier: verifier.into(),
            desk,
        }
    }
}

/// The routes of the public page, and those under `/log`. Put `web::Kit::dress` around them with all others.
pub fn router(state: TrustState) -> Router {
    Router::new()
        .route("/", get(front))
        .route("/trust.json", get(machines))
        .route("/trust/badge.svg", get(picture))
        .route(processors::PATH, get(sub_processors))
        .route(processors::TWIN, get(sub_processors_twin))
        .route(processors::FEED, get(sub_processors_feed))
        .route("/trust/claims/{claim}", get(claim))
        .merge(companies::routes())
        .route("/.well-known/security.txt", get(weakness))
        .merge(log::routes())
        .with_state(state)
}

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const ATOM: HeaderValue = HeaderValue::from_static("application/atom+xml; charset=utf-8");
const SVG: HeaderValue = HeaderValue::from_static("image/svg+xml");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
/// As long as a board is fresh.
const A_MOMENT: HeaderValue = HeaderValue::from_static("public, max-age=10");
/// A day: who to tell changes seldom.
const A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

async fn front(State(state): State<TrustState>, operation: Operation, asked: HeaderMap) -> Response {
    match state.boards.get().await {
        Ok(board) => dressed(send(&board.front.page, HTML, &asked)),
        Err(error) => unavailable(operation, &error),
    }
}

async fn machines(State(state): State<TrustState>, operation: Operation, asked: HeaderMap) -> Response {
    match state.boards.get().await {
        Ok(board) => for_everybody(send(&board.front.twin, JSON, &asked)),
        Err(error) => unavailable(operation, &error),
    }
}

async fn picture(State(state): State<TrustState>, operation: Operation) -> Response {
    match state.boards.get().await {
        Ok(board) => {
            let headers = [(CONTENT_TYPE, SVG), (CACHE_CONTROL, A_MOMENT)];
            for_everybody((headers, board.front.badge.clone()).into_response())
        }
        Err(error) => unavailable(operation, &error),
    }
}

async fn sub_processors(State(state): State<TrustState>, operation: Operation, asked: HeaderMap) -> Response {
    match state.boards.get().await {
        Ok(board) => dressed(send(&board.processors, HTML, &asked)),
        Err(error) => unavailable(operation, &error),
    }
}

async fn sub_processors_twin(
    State(state): State<TrustState>,
    operation: Operation,
    asked: HeaderMap,
) -> Response {
    match state.boards.get().await {
        Ok(board) => for_everybody(send(&board.processors_twin, JSON, &asked)),
        Err(error) => unavailable(operation, &error),
    }
}

async fn sub_processors_feed(
    State(state): State<TrustState>,
    operation: Operation,
    asked: HeaderMap,
) -> Response {
    match state.boards.get().await {
        Ok(board) => for_everybody(send(&board.processors_feed, ATOM, &asked)),
        Err(error) => unavailable(operation, &error),
    }
}

async fn claim(
    State(state): State<TrustState>,
    operation: Operation,
    Path(id): Path<String>,
    asked: HeaderMap,
) -> Response {
    match state.boards.get().await {
        Ok(board) => proved(&state, &board.front, (operation, &id), &asked).await,
        Err(error) => unavailable(operation, &error),
    }
}

/// The page of a sentence of this page.
async fn proved(
    state: &TrustState,
    sheet: &Sheet,
    (operation, id): (Operation, &str),
    asked: &HeaderMap,
) -> Response {
    let assurance = &state.boards.assurance;
    let (catalogue, profile) = (assurance.catalogue(), &sheet.profile);
    let Some(said) = profile.find(id) else {
        return nothing("nothing of this name is claimed here\n");
    };
    let versions = match assurance.versions(&sheet.history_of(id), VERSIONS).await {
        Ok(versions) => versions,
        Err(error) => return unavailable(operation, &error.to_string()),
    };
    let Some(stands) = sheet.seen.claims.iter().find(|known| known.id == id) else {
        return unavailable(operation, "a claim of the profile has no state");
    };
    let claim = &said.claim;
    let proof = Proof {
        voice: sheet.voice(&state.boards.settings),
        said,
        state: stands,
        checks: claim.checks.iter().filter_map(|id| catalogue.check(id)).collect(),
        attestations: claim
            .attestations
            .iter()
            .filter_map(|id| catalogue.attestation(id))
            .collect(),
        versions: &versions,
        seen: &sheet.seen,
    };
    match Body::of(proof::page(&proof).into_string()) {
        Ok(body) => dressed(send(&body, HTML, asked)),
        Err(error) => unavailable(operation, &error.to_string()),
    }
}

/// There is nothing of the name.
fn nothing(says: &'static str) -> Response {
    let headers = [(CONTENT_TYPE, TEXT), (CACHE_CONTROL, NO_CACHE)];
    (StatusCode::NOT_FOUND, headers, says).into_response()
}

async fn weakness(State(state): State<TrustState>) -> Response {
    let boards = &state.boards;
    match &boards.settings.security {
        Some(security) => {
            let headers = [(CONTENT_TYPE, TEXT), (CACHE_CONTROL, A_DAY)];
            (headers, security::text(security, boards.clock.now())).into_response()
        }
        None => {
            let headers = [(CONTENT_TYPE, TEXT), (CACHE_CONTROL, NO_CACHE)];
            (StatusCode::NOT_FOUND, headers, "nobody is named here\n").into_response()
        }
    }
}

/// A body, compressed for whoever takes that.
fn send(body: &Body, media_type: HeaderValue, asked: &HeaderMap) -> Response {
    let headers = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, A_MOMENT),
        (VARY, HeaderValue::from_static("accept-encoding")),
    ];
    match takes_gzip(asked) {
        false => (headers, body.plain.clone()).into_response(),
        true => {
            let gzip = [(CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
            (headers, gzip, body.gzip.clone()).into_response()
        }
    }
}

/// RFC 9110, section 12.5.3, as far as it is said: `gzip`, and not with a weight of zero.
fn takes_gzip(asked: &HeaderMap) -> bool {
    let lists = asked
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight
            .trim()
            .strip_prefix("q=")
            .and_then(|weight| weight.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("gzip") && weight.is_some_and(|weight| weight > 0.0)
    })
}

/// A page, with the policy of these pages.
fn dressed(mut response: Response) -> Response {
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// What pages of any origin may read.
fn for_everybody(mut response: Response) -> Response {
    let any = HeaderValue::from_static("*");
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, any);
    let cross = HeaderValue::from_static("cross-origin");
    response.headers_mut().insert(CORP, cross);
    response
}

fn unavailable(Operation(operation): Operation, error: &str) -> Response {
    tracing::warn!(%operation, error, "what is claimed cannot be told");
    let headers = [
        (CONTENT_TYPE, TEXT),
        (CACHE_CONTROL, NO_CACHE),
        (RETRY_AFTER, HeaderValue::from_static("5")),
    ];
    let says = "how the promises stand cannot be told at present; try again in a moment\n";
    (StatusCode::SERVICE_UNAVAILABLE, headers, says).into_response()
}
