//! Problem documents (RFC 9457): what went wrong, for programs and for people, and what to do.
//!
//! A [`Problem`] knows no operation id. The kit around the router writes it in when the answer leaves.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_RANGE, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use kernel::OperationId;
use serde::{Deserialize, Serialize};

/// The media type of a problem document.
pub(crate) const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $slug:literal, $status:ident, $title:literal;)*) => {
        /// The kinds of problems; each has one slug, one status and one title for ever.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            /// Every kind, for documents that list them.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// The last part of the `type` URN.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$kind => $slug,)* }
            }

            /// The status of the answer.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$kind => StatusCode::$status,)* }
            }

            /// The kind in a few words for people.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)* }
            }
        }
    };
}

kinds! {
    /// No credential, or one that is not valid, for whatever reason.
    Unauthenticated, "unauthenticated", UNAUTHORIZED, "A valid API key is needed";
    /// Somebody did not prove who they are, or the step or invitation they came with is good no more.
    NotProven, "not-proven", FORBIDDEN, "This did not prove who you are";
    /// Too many attempts have failed, or too many come at once.
    Wait, "wait", TOO_MANY_REQUESTS, "Too many attempts";
    /// More requests come than the server takes of one sender.
    TooManyRequests, "too-many-requests", TOO_MANY_REQUESTS, "Too many requests";
    /// The caller is known and may not do this.
    Forbidden, "forbidden", FORBIDDEN, "Not allowed";
    /// The caller has not done what their team asks for before they see anything.
    NotAdmitted, "not-admitted", FORBIDDEN, "Something is asked of you first";
    /// Unknown, foreign or hidden: all alike.
    NotFound, "not-found", NOT_FOUND, "There is no such thing";
    /// An input cannot be used.
    Invalid, "invalid", BAD_REQUEST, "The request has a mistake";
    /// The state of things does not allow it now.
    Conflict, "conflict", CONFLICT, "Not in this state";
    /// A precondition of the request does not hold.
    ConditionFailed, "condition-failed", PRECONDITION_FAILED, "The condition does not hold";
    /// No byte of the content lies in the range asked for.
    RangeNotSatisfiable, "range-not-satisfiable", RANGE_NOT_SATISFIABLE, "The range lies outside the content";
    /// An idempotency key came with another request before.
    IdempotencyMismatch, "idempotency-mismatch", UNPROCESSABLE_ENTITY, "The idempotency key was used before";
    /// The body is not what its headers declare.
    Mismatch, "mismatch", UNPROCESSABLE_ENTITY, "The body is not what was declared";
    /// The body ended early.
    Interrupted, "interrupted", BAD_REQUEST, "The body did not arrive whole";
    /// The body is larger than what is taken.
    TooLarge, "too-large", PAYLOAD_TOO_LARGE, "The body is too large";
    /// There is such a thing, and nothing of it can be shown.
    NotShown, "not-shown", UNPROCESSABLE_ENTITY, "This cannot be shown";
    /// It was there for a while, and that is over.
    Gone, "gone", GONE, "This was there for a while, and is not any more";
    /// Stored bytes fail their seal.
    Altered, "altered", INTERNAL_SERVER_ERROR, "The stored bytes have been altered";
    /// The store cannot serve at present.
    Unavailable, "unavailable", SERVICE_UNAVAILABLE, "Not available at present";
    /// Somebody else, who was asked for this, did not answer.
    NoAnswer, "no-answer", BAD_GATEWAY, "Somebody else did not answer";
    /// A fault of ours.
    Internal, "internal", INTERNAL_SERVER_ERROR, "Something went wrong on the server";
    /// The entry has no place in the log yet.
    NotSequencedYet, "not-sequenced-yet", SERVICE_UNAVAILABLE, "Not in the log yet";
    /// A media type that is not taken here.
    UnsupportedMediaType, "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The media type is not taken";
    /// A method that this path does not have.
    MethodNotAllowed, "method-not-allowed", METHOD_NOT_ALLOWED, "The path does not have this method";
}

impl Kind {
    /// The `type` of the document.
    pub fn urn(self) -> String {
        format!("urn:bailee:problem:{}", self.slug())
    }
}

/// A problem on its way to becoming an answer.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: Kind,
    detail: String,
    field: Option<String>,
    reasons: Vec<String>,
    content_length: Option<u64>,
    cause: Option<String>,
}

impl Problem {
    /// A problem of this kind. `detail` says what to do; it goes to the client as it is.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self {
            kind,
            detail,
            field: None,
            reasons: Vec::new(),
            content_length: None,
            cause: None,
        }
    }

    /// 401: alike for unknown, wrong, expired and invalidated keys.
    pub fn unauthenticated() -> Self {
        let detail =
            "send a valid API key as `Authorization: Bearer bailee_…`; an admin of the team issues them";
        Self::new(Kind::Unauthenticated, detail)
    }

    /// 403 with the stable words of the rules that said no.
    pub fn forbidden(detail: impl Into<String>, reasons: Vec<String>) -> Self {
        Self {
            reasons,
            ..Self::new(Kind::Forbidden, detail)
        }
    }

    /// 404: alike for unknown and foreign things.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, detail)
    }

    /// 400 about one field, header or parameter.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(Kind::Invalid, detail)
        }
    }

    /// 413: more than `limit` bytes.
    pub fn too_large(limit: u64) -> Self {
        Self::new(
            Kind::TooLarge,
            format!("send at most {limit} bytes; nothing was kept"),
        )
    }

    /// 416 for content of this many bytes.
    pub fn range_not_satisfiable(content_length: u64) -> Self {
        let detail =
            format!("the content has {content_length} bytes; ask for a range that begins before its end");
        Self {
            content_length: Some(content_length),
            ..Self::new(Kind::RangeNotSatisfiable, detail)
        }
    }

    /// 503: try again soon. The cause goes to the log alone.
    pub fn unavailable(cause: impl Into<String>) -> Self {
        let detail =
            "the server cannot reach its storage at present; nothing was changed, try again in a moment";
        Self::new(Kind::Unavailable, detail).because(cause)
    }

    /// 500. The cause goes to the log alone, under the operation id that the client sees.
    pub fn internal(cause: impl Into<String>) -> Self {
        let detail =
            "the request could not be carried out; tell the operator the operation id in this answer";
        Self::new(Kind::Internal, detail).because(cause)
    }

    /// Notes the cause for the log. It never reaches the client.
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Names the field, header or parameter that is wrong.
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The cause for the log.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// The document for this operation.
    pub fn document(&self, operation: Option<OperationId>) -> ProblemDocument {
        ProblemDocument {
            urn: self.kind.urn(),
            title: self.kind.title().to_owned(),
            status: self.kind.status().as_u16(),
            detail: self.detail.clone(),
            operation: operation.map(|id| id.to_string()),
            field: self.field.clone(),
            reasons: self.reasons.clone(),
        }
    }

    pub(crate) fn body(&self, operation: Option<OperationId>) -> Body {
        // A document of texts and a number always becomes JSON.
        serde_json::to_vec(&self.document(operation))
            .map(Body::from)
            .unwrap_or_default()
    }

    fn content_range(&self) -> Option<HeaderValue> {
        let length = self.content_length?;
        HeaderValue::try_from(format!("bytes */{length}")).ok()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.body(None));
        *response.status_mut() = self.kind.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, MEDIA_TYPE);
        match self.kind {
            Kind::Unauthenticated => {
                drop(headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")))
            }
            Kind::Unavailable | Kind::NotSequencedYet => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        if let Some(range) = self.content_range() {
            headers.insert(CONTENT_RANGE, range);
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The document as it is sent (RFC 9457, section 3.1, with three members of ours); programs read it too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemDocument {
    /// `urn:bailee:problem:<slug>`.
    #[serde(rename = "type")]
    pub urn: String,
    /// The kind in a few words.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// What to do.
    pub detail: String,
    /// The id under which the server's log knows the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The field, header or parameter that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The rules that said no.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_distinct() {
        let mut slugs: Vec<_> = Kind::ALL.iter().map(|kind| kind.slug()).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), Kind::ALL.len());
    }

    #[test]
    fn the_cause_stays_at_home() {
        let problem = Problem::internal("password of the database");
        let text = serde_json::to_string(&problem.document(None)).unwrap();
        assert!(!text.contains("password"), "{text}");
        assert_eq!(problem.cause(), Some("password of the database"));
    }

    #[test]
    fn answers_carry_the_headers_of_their_kind() {
        let header = |problem: Problem, name: &str| {
            let response = problem.into_response();
            response
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(
            header(Problem::unauthenticated(), "www-authenticate").as_deref(),
            Some("Bearer")
        );
        assert_eq!(
            header(Problem::unavailable("disk full"), "retry-after").as_deref(),
            Some("1")
        );
        assert_eq!(
            header(Problem::range_not_satisfiable(7), "content-range").as_deref(),
            Some("bytes */7")
        );
        assert_eq!(
            header(Problem::not_found("no"), "content-type").as_deref(),
            Some("application/problem+json")
        );
    }
}
