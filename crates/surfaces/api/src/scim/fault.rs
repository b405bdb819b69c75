//! What a directory is told when something did not happen (RFC 7644, section 3.12).

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use serde_json::json;
use web::{Kind, Problem};

use super::answers::MEDIA_TYPE;
use crate::errors::Failure;

const SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// A problem in the words of the protocol.
#[derive(Debug)]
pub(super) struct Fault {
    problem: Box<Problem>,
    scim_type: Option<&'static str>,
}

/// The result of a handler.
pub(super) type Answer<T> = Result<T, Fault>;

impl Fault {
    /// A body that is not what the protocol says.
    pub(super) fn syntax(detail: impl Into<String>) -> Self {
        Self::of(Problem::invalid("body", detail), "invalidSyntax")
    }

    /// A value that cannot be taken.
    pub(super) fn value(field: &'static str, detail: impl Into<String>) -> Self {
        Self::of(Problem::invalid(field, detail), "invalidValue")
    }

    /// A filter that is not served here.
    pub(super) fn filter() -> Self {
        let detail = "filter by userName, externalId or id with eq and a text, as in userName eq \"ada@clinic.example\"";
        Self::of(Problem::invalid("filter", detail), "invalidFilter")
    }

    /// A path that cannot be read.
    pub(super) fn path() -> Self {
        let detail = "a path is an attribute, as in name.familyName or roles[primary eq true].value";
        Self::of(Problem::invalid("path", detail), "invalidPath")
    }

    /// A removal that does not say of what.
    pub(super) fn no_target() -> Self {
        Self::of(Problem::invalid("path", "say by path what to remove"), "noTarget")
    }

    pub(super) fn no_such_thing() -> Self {
        Problem::not_found("there is nothing at this path; members are at /scim/v2/Users").into()
    }

    pub(super) fn no_such_method() -> Self {
        let detail = "use one of the methods in the Allow header of this answer";
        Problem::new(Kind::MethodNotAllowed, detail).into()
    }

    /// The same, saying that something of the kind is there already.
    pub(super) fn unique(self) -> Self {
        let scim_type = match self.problem.kind() {
            Kind::Conflict => Some("uniqueness"),
            _ => self.scim_type,
        };
        Self { scim_type, ..self }
    }

    fn of(problem: Problem, scim_type: &'static str) -> Self {
        Self {
            problem: Box::new(problem),
            scim_type: Some(scim_type),
        }
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        let scim_type = match problem.kind() {
            Kind::Invalid => Some("invalidValue"),
            _ => None,
        };
        Self {
            problem: Box::new(problem),
            scim_type,
        }
    }
}

impl From<custody::Error> for Fault {
    fn from(error: custody::Error) -> Self {
        Failure::from(error).into_problem().into()
    }
}

impl IntoResponse for Fault {
    /// The problem stays with the answer, so that causes reach the log.
    fn into_response(self) -> Response {
        let document = self.problem.document(None);
        let mut told = json!({
            "schemas": [SCHEMA],
            "status": document.status.to_string(),
            "detail": document.detail,
        });
        if let Some(scim_type) = self.scim_type {
            told["scimType"] = scim_type.into();
        }
        let mut response = self.problem.into_response();
        *response.body_mut() = told.to_string().into();
        response.headers_mut().insert(CONTENT_TYPE, MEDIA_TYPE);
        response
    }
}
