//! The way in and out: what every request is held to before `s3s` sees it, and what every answer carries.
//!
//! Promises: every answer has `x-amz-request-id`, and a successful write names its entry of the trail; every error is
//! a complete error document, and none with HEAD or 304; a body that is not what was stated is answered with what was
//! wrong with it. Leaves out: security headers and the log line, which `web::Kit::dress` gives.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::response::Response;
use axum::routing::any;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use operation::{Client, Desk};
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::validation::NameValidation;
use s3s::{HttpResponse, S3, S3Error, S3Result, s3_error};
use web::client::ClientAddress;

use crate::body;
use crate::caller::Arrival;
use crate::cors;
use crate::form::{self, Form};
use crate::framing::{Frames, Framing};
use crate::host::Domain;
use crate::keeper::Keeper;
use crate::object::{attributes, customer};
use crate::signature::{self, ASKING, Auth, Secrets, query_of};
use crate::stated::Stated;
use crate::sts::{self, Sts};
use crate::{BadSettings, Settings};

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");
const EVENT: HeaderName = HeaderName::from_static("bailee-event");
/// Documents that clients send are lists of at most a thousand keys or ten thousand parts.
const LARGEST_DOCUMENT: usize = 4 << 20;

struct Door {
    desk: Desk,
    service: S3Service,
    secrets: Arc<dyn Secrets>,
    region: Option<String>,
    tls: bool,
    cors_origins: Vec<String>,
    domain: Option<Domain>,
    keeper: Option<Keeper>,
}

/// Puts the door around operations.
pub(crate) fn open(
    desk: Desk,
    keeper: Option<Keeper>,
    secrets: impl Secrets,
    operations: impl S3,
    settings: Settings,
) -> Result<Router, BadSettings> {
    let mut builder = S3ServiceBuilder::new(operations);
    let secrets: Arc<dyn Secrets> = Arc::new(secrets);
    builder.set_auth(Auth(Arc::clone(&secrets)));
    builder.set_validation(AnyName);
    builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config(&settings)))));
    if let Some(keeper) = &keeper {
        builder.set_route(Sts::new(keeper.clone()));
    }
    if let Some(domain) = &settings.domain {
        builder.set_host(Domain::new(domain)?);
    }
    let door = Door {
        desk,
        service: builder.build(),
        secrets,
        region: settings.region,
        tls: settings.tls,
        cors_origins: settings.cors_origins,
        domain: settings.domain.as_deref().map(Domain::new).transpose()?,
        keeper,
    };
    // Two routes instead of a fallback, so that `web::Kit::dress` can have its own, and logs name no keys.
    Ok(Router::new()
        .route("/", any(enter))
        .route("/{*path}", any(enter))
        .with_state(Arc::new(door)))
}

fn config(settings: &Settings) -> S3Config {
    let mut config = S3Config::default();
    config.xml_max_body_size = LARGEST_DOCUMENT;
    config.post_object_max_file_size = form::LARGEST_FILE;
    config.form_max_field_size = form::LONGEST_HEAD;
    // What comes with the last piece of the head is counted, too.
    config.form_max_fields_size = 2 * form::LONGEST_HEAD;
    config.presigned_url_max_skew_time_secs =
        u32::try_from(settings.clock_skew.as_secs()).unwrap_or(u32::MAX);
    config
}

/// Which names are buckets is asked where a missing bucket is answered.
struct AnyName;

impl NameValidation for AnyName {
    fn validate_bucket_name(&self, name: &str) -> bool {
        !name.is_empty()
    }
}

async fn enter(State(door): State<Arc<Door>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let request = door.request(&mut parts).await;
    let asked = Asked {
        head: parts.method == Method::HEAD,
        writes: !matches!(parts.method, Method::GET | Method::HEAD),
        sts: sts::is_for(&parts.method, &parts.uri, &parts.headers),
        path: parts.uri.path().to_owned(),
        region: door.region.clone(),
        request: request.clone(),
    };
    if let Some(answer) = cors::preflight(&door.cors_origins, &parts.method, &parts.headers) {
        return asked.finish(answer.unwrap_or_else(of_error));
    }
    let response = match door.admit(parts, body, request).await {
        Ok((request, arrival)) => door.answer(request, arrival).await,
        Err(refused) => of_error(refused),
    };
    asked.finish(response)
}

impl Door {
    async fn request(&self, parts: &mut Parts) -> operation::Request {
        let operation = parts
            .extensions
            .get::<web::Operation>()
            .map(|operation| operation.0);
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, &()).await;
        let client = Client {
            address: address.map(|address| address.to_string()),
            ..Client::default()
        };
        operation::Request {
            operation: operation.unwrap_or_else(|| self.desk.operation_id()),
            client: Some(client),
            recorded: parts.extensions.get().cloned().unwrap_or_default(),
            ..self.desk.own_request()
        }
    }

    /// Holds the head of a request to the rules and makes its body fit to be read.
    async fn admit(
        &self,
        parts: Parts,
        body: Body,
        request: operation::Request,
    ) -> S3Result<(s3s::HttpRequest, Arrival)> {
        if form::is_form(&parts) {
            let host = parts.headers.get(http::header::HOST);
            let host = host.and_then(|host| host.to_str().ok()).or(parts.uri.host());
            let bucket = Domain::bucket(self.domain.as_ref(), host, parts.uri.path());
            let opened = form::open(&parts, body, self.region.as_deref(), bucket.as_deref());
            let (form, body) = opened.await?;
            return self.admit_form(parts, form, body, request).await;
        }
        self.admit_signed(parts, body, request)
    }

    fn admit_signed(
        &self,
        mut parts: Parts,
        body: Body,
        request: operation::Request,
    ) -> S3Result<(s3s::HttpRequest, Arrival)> {
        if sts::is_for(&parts.method, &parts.uri, &parts.headers) {
            signature::check_form(&parts, self.region.as_deref(), "sts")?;
            sts::check_signed_whole(&parts)?;
        } else {
            signature::check_form(&parts, self.region.as_deref(), "s3")?;
        }
        if !self.tls && customer::is_brought(&parts.headers) {
            return Err(s3_error!(
                InvalidRequest,
                "keys of the client's own are taken over TLS alone: this one is known to everybody on its way"
            ));
        }
        let arrival = Arrival::read(request, &parts.headers, &query_of(&parts))?;
        let body = passable(&parts, body, &arrival)?;
        pass_over_range(&mut parts);
        join_encodings(&mut parts.headers);
        parts.extensions.insert(arrival.clone());
        Ok((
            http::Request::from_parts(parts, s3s::Body::http_body_unsync(body)),
            arrival,
        ))
    }

    /// A form says in its fields what other requests say in their headers.
    async fn admit_form(
        &self,
        mut parts: Parts,
        form: Form,
        body: Body,
        request: operation::Request,
    ) -> S3Result<(s3s::HttpRequest, Arrival)> {
        let mut said = form.headers()?;
        said.extend(
            parts
                .headers
                .get(USER_AGENT)
                .map(|agent| (USER_AGENT, agent.clone())),
        );
        let arrival = Arrival::read(request, &said, &Vec::new())?;
        if let Some(old) = form::Old::of(&form)? {
            ASKING.scope(arrival.asking(), old.check(&*self.secrets)).await?;
        }
        let length = Stated::of(&parts.headers)?;
        let body = body::document(body, length, arrival.faults.clone());
        parts.extensions.insert(arrival.clone());
        parts.extensions.insert(form);
        Ok((
            http::Request::from_parts(parts, s3s::Body::http_body_unsync(body)),
            arrival,
        ))
    }

    async fn answer(&self, request: s3s::HttpRequest, arrival: Arrival) -> HttpResponse {
        let browser = self.browser(&request);
        let plain_tags =
            request.method() == Method::GET && request.headers().contains_key(attributes::HEADER);
        let answered = ASKING.scope(arrival.asking(), self.service.call(request)).await;
        let response = answered.unwrap_or_else(|_| of_error(s3_error!(InternalError)));
        let failed = response.status().is_client_error() || response.status().is_server_error();
        let response = match plain_tags && !failed {
            true => attributes::unquoted(response),
            false => response,
        };
        let mut response = match arrival.faults.take().filter(|_| failed) {
            Some(fault) => of_error(fault),
            None => response,
        };
        if let (Some(browser), Some(keeper), Some(caller)) = (browser, &self.keeper, arrival.caller()) {
            response
                .headers_mut()
                .extend(browser.headers(keeper, &caller).await);
        }
        response
    }

    /// What is to be known of a request that a browser sends for a page of some origin.
    fn browser(&self, request: &s3s::HttpRequest) -> Option<cors::Asked> {
        let host = request.headers().get(http::header::HOST);
        let host = host.and_then(|host| host.to_str().ok()).or(request.uri().host());
        let bucket = Domain::bucket(self.domain.as_ref(), host, request.uri().path());
        cors::Asked::of(request.method(), request.headers(), bucket)
    }
}

/// A range that is none does not count (RFC 9110, section 14.2); `s3s` would refuse it. One that is signed must stay.
fn pass_over_range(parts: &mut Parts) {
    let readable = |value: &HeaderValue| web::range::ByteRange::parse(value.as_bytes()).is_some();
    if parts.headers.get(RANGE).is_some_and(|value| !readable(value)) && !signature::is_signed(parts, "range")
    {
        parts.headers.remove(RANGE);
    }
}

/// Some clients send two lines, one for the framing and one for the object; `s3s` reads one. Signatures see them joined.
fn join_encodings(headers: &mut HeaderMap) {
    let lines: Vec<&[u8]> = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    if lines.len() > 1
        && let Ok(joined) = HeaderValue::from_bytes(&lines.join(&b","[..]))
    {
        headers.insert(CONTENT_ENCODING, joined);
    }
}

fn passable(parts: &Parts, body: Body, arrival: &Arrival) -> S3Result<Body> {
    let hash = parts
        .headers
        .get("x-amz-content-sha256")
        .map(HeaderValue::as_bytes);
    match hash {
        Some(hash) if hash.starts_with(b"STREAMING-") => {
            let frames = if hash.starts_with(b"STREAMING-UNSIGNED-") {
                Frames::Unsigned
            } else {
                Frames::Signed
            };
            Ok(body::framed(body, Framing::new(frames), arrival.faults.clone()))
        }
        _ if is_document(parts) => {
            let completes = query_of(parts).iter().any(|(name, _)| name == "uploadId");
            let stated = match completes {
                true => Stated::of_completion(&parts.headers)?,
                false => Stated::of(&parts.headers)?,
            };
            let stated = stated.with_signed_hash(&parts.headers)?;
            Ok(body::document(body, stated, arrival.faults.clone()))
        }
        _ => Ok(body),
    }
}

/// Queries that name a part of a bucket or key, whose content is a document and not an object.
const DOCUMENTS: [&str; 22] = [
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "retention",
    "tagging",
    "versioning",
    "website",
];

fn is_document(parts: &Parts) -> bool {
    let names_part = || {
        query_of(parts)
            .iter()
            .any(|(name, _)| DOCUMENTS.contains(&name.as_ref()))
    };
    parts.method == Method::POST || (parts.method == Method::PUT && names_part())
}

fn of_error(error: S3Error) -> HttpResponse {
    error.to_http_response().unwrap_or_else(|_| {
        let mut response = HttpResponse::default();
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// What the answer needs to know of the question.
struct Asked {
    head: bool,
    writes: bool,
    /// Asked of STS, which has documents of its own.
    sts: bool,
    path: String,
    region: Option<String>,
    request: operation::Request,
}

impl Asked {
    fn finish(self, response: HttpResponse) -> Response {
        let operation = self.request.operation.to_string();
        let (mut parts, body) = response.into_parts();
        // HEAD answers as GET would; `s3s` says 200 to all.
        if self.head && parts.status == StatusCode::OK && parts.headers.contains_key(CONTENT_RANGE) {
            parts.status = StatusCode::PARTIAL_CONTENT;
        }
        if let Ok(value) = HeaderValue::try_from(&operation) {
            parts.headers.insert(REQUEST_ID, value);
        }
        let event = self
            .request
            .recorded
            .event()
            .filter(|_| self.writes && parts.status.is_success());
        if let Some(value) = event.and_then(|event| HeaderValue::try_from(event.to_string()).ok()) {
            parts.headers.insert(EVENT, value);
        }
        let failed = parts.status.is_client_error() || parts.status.is_server_error();
        if parts.status == StatusCode::NOT_MODIFIED || (self.head && failed) {
            parts.headers.remove(CONTENT_LENGTH);
            parts.headers.remove(CONTENT_TYPE);
            return Response::from_parts(parts, Body::empty());
        }
        match body.bytes().filter(|_| failed) {
            Some(document) => {
                let said = String::from_utf8_lossy(&document);
                let (document, kind) = match self.sts {
                    true => (self.of_sts(&said, parts.status), "text/xml"),
                    false => (self.completed(&said, parts.status), "application/xml"),
                };
                parts.headers.remove(CONTENT_LENGTH);
                parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
                Response::from_parts(parts, Body::from(document))
            }
            None => Response::from_parts(parts, Body::new(body)),
        }
    }

    /// The same error as STS says it.
    fn of_sts(&self, document: &str, status: StatusCode) -> String {
        let element = |name: &str| {
            let (_, rest) = document.split_once(&format!("<{name}>"))?;
            Some(rest.split_once(&format!("</{name}>"))?.0)
        };
        let code = element("Code").unwrap_or("InternalError");
        let message = element("Message").unwrap_or_else(|| sentence(document, status));
        let operation = self.request.operation.to_string();
        sts::error_document(code, message, status.is_client_error(), &operation)
    }

    /// The error document with everything that clients look for. What stands in it already is code and message.
    fn completed(&self, document: &str, status: StatusCode) -> String {
        let (begun, _) = document.split_once("</Error>").unwrap_or((NO_DOCUMENT, ""));
        let message = if begun.contains("<Message>") {
            String::new()
        } else {
            format!("<Message>{}</Message>", sentence(begun, status))
        };
        let region = match &self.region {
            Some(region) if begun.contains("<Code>AuthorizationHeaderMalformed</Code>") => {
                format!("<Region>{}</Region>", escaped(region))
            }
            _ => String::new(),
        };
        format!(
            "{begun}{message}{region}<Resource>{}</Resource><RequestId>{}</RequestId><HostId>bailee</HostId></Error>",
            escaped(&self.path),
            self.request.operation
        )
    }
}

const NO_DOCUMENT: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>InternalError</Code>";

/// What to do about an error that says nothing but its code.
fn sentence(begun: &str, status: StatusCode) -> &'static str {
    let sentences = [
        (
            "SignatureDoesNotMatch",
            "the signature does not match: check the secret access key, and that nothing between client and server \
             changes the host, the path or signed headers",
        ),
        (
            "InvalidURI",
            "the path or the query is not valid percent-encoded UTF-8",
        ),
        ("KeyTooLongError", "a key has at most 1,024 bytes"),
        (
            "MalformedXML",
            "the body is not the XML document that this operation takes",
        ),
        (
            "MissingContentLength",
            "send Content-Length, or use an aws-chunked body",
        ),
        (
            "MissingRequestBodyError",
            "this operation takes an XML document as its body",
        ),
        ("MaxMessageLengthExceeded", "the XML document is too large"),
        ("MethodNotAllowed", "this method is not for this kind of resource"),
        ("IncompleteBody", "the body has not the length that was declared"),
    ];
    let known = sentences
        .into_iter()
        .find(|(code, _)| begun.contains(&format!("<Code>{code}</Code>")));
    match known {
        Some((_, sentence)) => sentence,
        None if status.is_server_error() => {
            "something went wrong on the server; the request id finds it in the log"
        }
        None => "the request cannot be served as it is",
    }
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
