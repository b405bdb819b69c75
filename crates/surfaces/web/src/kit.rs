//! What stands around every router: the operation id, the log line, the headers, the shape of faults.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use kernel::{Clock, OperationId, Random};

use crate::Problem;
use crate::access_log::Arrival;
use crate::body::Patient;
use crate::meter::Meter;
use crate::problem::Kind;

/// The header that carries the operation id of every answer.
pub const OPERATION_HEADER: HeaderName = HeaderName::from_static("bailee-operation");

/// Headers of every answer that does not set its own. Pages replace the content security policy by theirs.
const DEFAULTS: [(HeaderName, HeaderValue); 5] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// A year; no sub-domains, which may belong to others.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The clock, the randomness and the transport that the outside of a router needs.
#[derive(Clone)]
pub struct Kit {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    tls: bool,
    gate: Option<Arc<dyn Gate>>,
    meter: Option<(Arc<Meter>, &'static str)>,
}

/// What is done with the answer to a request that was let through.
pub type Passed = Box<dyn FnOnce(&mut Response) + Send>;

/// Who decides whether a request is taken at all, before any handler sees it.
pub trait Gate: Send + Sync {
    /// Lets it through, or answers it.
    ///
    /// # Errors
    /// The answer of a request that is not taken.
    fn arrive(&self, request: &mut Request, operation: OperationId) -> Result<Passed, Box<Response>>;
}

impl Kit {
    /// A kit for a server that speaks TLS.
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self {
            clock,
            random,
            tls: true,
            gate: None,
            meter: None,
        }
    }

    /// The same for clear HTTP on this host: answers then do not ask browsers to insist on TLS.
    pub fn in_clear(self) -> Self {
        Self { tls: false, ..self }
    }

    /// The same with a gate before everything.
    pub fn with_gate(self, gate: Arc<dyn Gate>) -> Self {
        Self {
            gate: Some(gate),
            ..self
        }
    }

    /// The same with requests counted as those of this surface.
    pub fn with_meter(self, meter: Arc<Meter>, surface: &'static str) -> Self {
        Self {
            meter: Some((meter, surface)),
            ..self
        }
    }

    /// Puts the kit around a finished router. Do this once, at the outermost place.
    ///
    /// Paths and methods that the router does not have answer with problems from here on.
    pub fn dress(&self, router: Router) -> Router {
        router
            .fallback(async || Problem::not_found("there is nothing at this path; check how it is spelt"))
            .method_not_allowed_fallback(async || {
                Problem::new(
                    Kind::MethodNotAllowed,
                    "use one of the methods in the Allow header of this answer",
                )
            })
            .layer(from_fn_with_state(self.clone(), around))
    }

    fn finish(&self, mut response: Response, operation: OperationId) -> Response {
        if let Some(problem) = response.extensions_mut().remove::<Problem>() {
            report(&problem, operation);
            // A surface whose protocol has words of its own for problems has told it already.
            if response.headers().get(CONTENT_TYPE) == Some(&crate::problem::MEDIA_TYPE) {
                *response.body_mut() = problem.body(Some(operation));
                response.headers_mut().remove(CONTENT_LENGTH);
            }
        }
        let headers = response.headers_mut();
        for (name, value) in DEFAULTS {
            headers.entry(name).or_insert(value);
        }
        if self.tls {
            headers.insert(STRICT_TRANSPORT_SECURITY, HSTS);
        }
        if let Ok(value) = HeaderValue::try_from(operation.to_string()) {
            headers.insert(OPERATION_HEADER, value);
        }
        response
    }
}

/// The id of the operation that a request is; put there by [`Kit::dress`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation(pub OperationId);

impl<S: Sync> FromRequestParts<S> for Operation {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let operation = parts.extensions.get::<Self>().copied();
        operation.ok_or_else(|| Problem::internal("a router was served without `Kit::dress` around it"))
    }
}

async fn around(State(kit): State<Kit>, mut request: Request, next: Next) -> Response {
    let began = kit.clock.now();
    let operation = OperationId::make(began, &*kit.random);
    let counted = kit.meter.as_ref().map(|(meter, surface)| meter.begin(surface));
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    request.extensions_mut().insert(Operation(operation));
    let mut request = request.map(|body| Body::new(Patient::new(body)));
    let response = match kit.gate.as_ref().map(|gate| gate.arrive(&mut request, operation)) {
        Some(Err(refusal)) => *refusal,
        passed => {
            let mut response = answered(next, request).await;
            if let Some(Ok(passed)) = passed {
                passed(&mut response);
            }
            response
        }
    };
    let arrival = Arrival {
        clock: Arc::clone(&kit.clock),
        began,
        operation,
        method,
        route,
        counted,
    };
    arrival.follow(kit.finish(response, operation))
}

async fn answered(next: Next, request: Request) -> Response {
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answer.unwrap_or_else(|_| Problem::internal("the handler panicked").into_response())
}

/// Faults of ours go to the log with their cause; `?` escapes what a cause may have from elsewhere.
fn report(problem: &Problem, operation: OperationId) {
    let (slug, cause) = (problem.kind().slug(), problem.cause());
    match problem.kind() {
        Kind::Internal | Kind::Altered => tracing::error!(%operation, slug, ?cause, "a request failed"),
        Kind::Unavailable => tracing::warn!(%operation, slug, ?cause, "a request could not be served"),
        _ => tracing::debug!(%operation, slug, ?cause, "a request was refused"),
    }
}

#[cfg(test)]
mod tests;
