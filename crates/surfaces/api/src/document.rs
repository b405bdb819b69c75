//! The OpenAPI document around the routes: what it is about, how one signs in, and what is the same everywhere.
//!
//! Promises: every operation says how it can fail; every answer with a status of 400 or more is a problem
//! document; headers that are taken or given everywhere are documented everywhere, by being added here.

use serde::Deserialize;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, Content, HeaderBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathItem, Ref,
    RefOr, Required,
};
use utoipa::{PartialSchema as _, ToSchema};
use web::Kind;

const PROBLEM: &str = "Problem";
const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

const TAGS: &[(&str, &str)] = &[
    (
        "tenants",
        "Customers whose data is kept apart from every other's, and their contracts",
    ),
    (
        "staff",
        "Staff of the installation: who they are, and their own door",
    ),
    ("members", "The people of a tenant, each in one class"),
    (
        "people",
        "How members sign in: the door, what is asked of them, their sessions, invitations, single sign-on",
    ),
    ("keys", "API keys and the recovery code"),
    (
        "datasets",
        "Named collections of items under one key, and who was given them",
    ),
    ("items", "Files and records"),
    (
        "records",
        "Profiles, conversations, notes: items whose fields the dataset declares, found by what they say and put right",
    ),
    ("content", "The bytes of items"),
    (
        "looking",
        "Items as the server draws them, which is not to take them",
    ),
    (
        "annotations",
        "What people say about items: shapes, classes and words, and files of other tools",
    ),
    (
        "exports",
        "Numbered manifests of a dataset that never change, and what they name",
    ),
    ("sharing", "What the public reaches by a link, without an account"),
    (
        "subjects",
        "People the data is about: what they are known by, what is about them, restriction, erasure",
    ),
    ("bulk", "One verb over all items that fit a filter"),
    (
        "tasks",
        "Batches of items that one member holds a lease of for a while",
    ),
    (
        "requests",
        "What people ask for about their data, until it is answered",
    ),
    (
        "consent",
        "What personal data is processed for, and what people agreed to and took back",
    ),
    (
        "webhooks",
        "Addresses that are told of a team's own events, and what was sent to them",
    ),
    ("trail", "What was done, by whom, and the proof of it"),
    ("access", "Who may do what"),
    (
        "admission",
        "What a team asks of its members before they see anything: policies, agreements, trainings",
    ),
    (
        "duties",
        "What members answer for, and which two duties nobody holds together",
    ),
    (
        "processors",
        "Who else works on data, what the team chose of them, and sending an item to one",
    ),
    (
        "operator-access",
        "The operator looks into a tenant for a while, because the tenant lets them",
    ),
    ("retention", "How long things are kept, and what goes when"),
    ("holds", "Legal holds: what must not be deleted, by whatever way"),
    (
        "registers",
        "What a company keeps on file: policies, training, vendors, risks, audits, each approved by a second person",
    ),
    (
        "assurance",
        "What the operator claims, the checks that show it, and what they found",
    ),
    ("server", "The server itself"),
];

/// Makes a repetition safe.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "documents a header that `Once` reads")]
pub(crate) struct IdempotencyHeader {
    /// 1 to 255 visible ASCII characters. A repeated request with the same key is answered and not repeated,
    /// for a day.
    #[param(rename = "Idempotency-Key", nullable = false)]
    key: Option<String>,
}

/// Headers of a download.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "documents headers that `conditions` reads")]
pub(crate) struct ReadHeaders {
    /// One byte range: `bytes=0-99`, `bytes=100-`, `bytes=-100`.
    #[param(rename = "Range", nullable = false)]
    range: Option<String>,
    /// An `ETag`: the range counts only for this version, otherwise the whole is sent.
    #[param(rename = "If-Range", nullable = false)]
    if_range: Option<String>,
    /// `ETag`s, of which one must be current.
    #[param(rename = "If-Match", nullable = false)]
    if_match: Option<String>,
    /// `ETag`s that the client has; 304 when one is current.
    #[param(rename = "If-None-Match", nullable = false)]
    if_none_match: Option<String>,
}

/// Headers of an upload.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "documents headers that `upload` reads")]
pub(crate) struct UploadHeaders {
    /// `sha-256=:<base64>:` of the body (RFC 9530); checked.
    #[param(rename = "Content-Digest", nullable = false)]
    content_digest: Option<String>,
    /// `ETag`s, of which one must be current.
    #[param(rename = "If-Match", nullable = false)]
    if_match: Option<String>,
    /// `*`: only if there is no item of this name yet.
    #[param(rename = "If-None-Match", nullable = false)]
    if_none_match: Option<String>,
}

/// Bytes of any kind and any length.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[allow(dead_code, reason = "documents bodies that are streams")]
pub(crate) struct Binary(Vec<u8>);

/// What went wrong, and what to do (RFC 9457).
#[derive(Deserialize, ToSchema)]
#[allow(
    dead_code,
    reason = "documents what `web::Problem` writes; a test holds them together"
)]
pub(crate) struct Problem {
    /// `urn:bailee:problem:` and the kind.
    #[serde(rename = "type")]
    urn: String,
    /// The kind in a few words.
    title: String,
    /// The status of the answer.
    status: u16,
    /// What to do.
    detail: String,
    /// The id under which the server's log knows the request.
    operation: Option<String>,
    /// The field, header or parameter that is wrong.
    field: Option<String>,
    /// The ids of the rules that said no.
    reasons: Option<Vec<String>>,
}

/// The document before the routes.
pub(crate) fn head() -> OpenApi {
    let about = "Keeps other people's data safe, uses it only as told, gives it back when asked, and answers for it. \
        Every request is one act: it is decided, done and recorded as a whole, or nothing happens.";
    let info = InfoBuilder::new()
        .title("Bailee")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(about))
        .license(Some(
            LicenseBuilder::new()
                .name("Apache-2.0")
                .identifier(Some("Apache-2.0"))
                .build(),
        ));
    let tag = |(name, says): &(&str, &str)| TagBuilder::new().name(*name).description(Some(*says)).build();
    let tags: Vec<_> = TAGS.iter().map(tag).collect();
    OpenApiBuilder::new()
        .info(info)
        .tags(Some(tags))
        .components(Some(components()))
        .security(Some([SecurityRequirement::new("bearer", Vec::<String>::new())]))
        .build()
}

/// Adds what is the same for every operation.
pub(crate) fn finished(mut document: OpenApi) -> OpenApi {
    for item in document.paths.paths.values_mut() {
        operations(item).for_each(finish);
        writes(item).for_each(name_event);
    }
    document
}

fn components() -> Components {
    let mut http = Http::new(HttpAuthScheme::Bearer);
    http.bearer_format = Some("bailee_<32 hex digits>_<43 base64url characters>".to_owned());
    let says = "An API key, or the token of a session. The tenant comes from it and from nothing else.";
    http.description = Some(says.to_owned());
    let mut components = Components::new();
    components
        .security_schemes
        .insert("bearer".to_owned(), SecurityScheme::Http(http).into());
    components.schemas.insert(PROBLEM.to_owned(), Problem::schema());
    components
        .responses
        .insert(PROBLEM.to_owned(), with_operation(problem(&kinds())).into());
    components
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        get,
        head,
        put,
        post,
        patch,
        delete,
        ..
    } = item;
    [get, head, put, post, patch, delete]
        .into_iter()
        .filter_map(Option::as_mut)
}

/// Every operation that is neither GET nor HEAD; a search is among them, which leaves an event like the others.
fn writes(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        put,
        post,
        patch,
        delete,
        ..
    } = item;
    [put, post, patch, delete].into_iter().filter_map(Option::as_mut)
}

/// Says what the layer in `answers` does.
fn name_event(operation: &mut Operation) {
    let says = "The entry of the trail that stands for this act; of several, the first";
    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(response)) = (status.starts_with('2'), response) {
            let header = HeaderBuilder::new()
                .schema(Some(text()))
                .description(Some(says))
                .build();
            response.headers.insert("Bailee-Event".to_owned(), header.into());
        }
    }
}

fn finish(operation: &mut Operation) {
    let is_public = operation.security.is_some();
    let parameters = operation.parameters.get_or_insert_default();
    let is_about_something = parameters.iter().any(is_in_path);
    if !is_public {
        parameters.push(reason_header().into());
    }
    let mut also = vec![];
    if !is_public {
        also.extend([
            (400, "An input cannot be used"),
            (401, "No valid API key"),
            (403, "Not allowed"),
        ]);
    }
    if is_about_something {
        also.push((404, "There is no such thing, or it is not the caller's to see"));
    }
    let responses = &mut operation.responses.responses;
    for (status, says) in also {
        responses
            .entry(status.to_string())
            .or_insert_with(|| problem(says).into());
    }
    responses.insert("default".to_owned(), Ref::from_response_name(PROBLEM).into());
    for (status, response) in responses.iter_mut() {
        if let RefOr::T(response) = response {
            finish_response(status, response);
        }
    }
}

fn finish_response(status: &str, response: &mut Response) {
    if status.starts_with(['4', '5']) && response.content.is_empty() {
        *response = problem(&response.description);
    }
    *response = with_operation(std::mem::take(response));
}

fn problem(says: &str) -> Response {
    let schema = Ref::from_schema_name(PROBLEM);
    ResponseBuilder::new()
        .description(says)
        .content(PROBLEM_MEDIA_TYPE, Content::new(Some(schema)))
        .build()
}

fn kinds() -> String {
    let kinds: Vec<String> = Kind::ALL
        .iter()
        .map(|kind| format!("- {} `{}`: {}", kind.status().as_u16(), kind.urn(), kind.title()))
        .collect();
    format!("A problem. All kinds there are:\n\n{}", kinds.join("\n"))
}

fn with_operation(mut response: Response) -> Response {
    let says = "The id of this request in the server's log and in the trail";
    let header = HeaderBuilder::new()
        .schema(Some(text()))
        .description(Some(says))
        .build();
    response
        .headers
        .insert("Bailee-Operation".to_owned(), header.into());
    response
}

fn reason_header() -> Parameter {
    ParameterBuilder::new()
        .name("Bailee-Reason")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "Why, in the caller's words: at most 256 characters, recorded in the trail",
        ))
        .schema(Some(text()))
        .build()
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn is_in_path(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(parameter) if matches!(parameter.parameter_in, ParameterIn::Path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_problem_is_the_one_that_is_sent() {
        let sent = web::Problem::forbidden("no", vec!["rule".into()])
            .at("field")
            .document(None);
        let sent = web::ProblemDocument {
            operation: Some("id".into()),
            ..sent
        };
        let sent = serde_json::to_value(sent).unwrap();
        let documented = serde_json::to_value(Problem::schema()).unwrap();
        let names =
            |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let (mut sent, mut documented) = (names(&sent), names(&documented["properties"]));
        sent.sort();
        documented.sort();
        assert_eq!(sent, documented);
    }
}
