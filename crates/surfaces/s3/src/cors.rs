//! Browsers of other origins: rules of a bucket, and questions that browsers ask before a request.
//!
//! Promises: a bucket's rules add headers to answers that somebody with a verified signature gets, and to no others.
//! A browser asks beforehand without credentials, and names of buckets are a tenant's own, so that the installation's
//! origins answer those questions; whether there is such a bucket is not told. Leaves out: refusing anything by origin.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use s3s::dto::{
    CORSConfiguration, CORSRule, DeleteBucketCorsInput, DeleteBucketCorsOutput, GetBucketCorsInput,
    GetBucketCorsOutput, PutBucketCorsInput, PutBucketCorsOutput,
};
use s3s::{HttpResponse, S3Error, S3Request, S3Response, S3Result, s3_error};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::bucket;
use crate::caller::Caller;
use crate::keeper::Keeper;

/// The note of a bucket that holds its rules.
const NOTE: &str = "s3.cors";
/// What S3 allows.
const MOST_RULES: usize = 100;
const LONGEST_NOTE: usize = 64 << 10;
const METHODS: [&str; 5] = ["GET", "PUT", "POST", "DELETE", "HEAD"];
/// Seconds for which a browser need not ask again.
const AGE: &str = "3600";

/// One rule, as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Rule {
    id: Option<String>,
    origins: Vec<String>,
    methods: Vec<String>,
    headers: Vec<String>,
    exposed: Vec<String>,
    age: Option<i32>,
}

impl Rule {
    fn of(rule: CORSRule) -> Self {
        Self {
            id: rule.id,
            origins: rule.allowed_origins,
            methods: rule.allowed_methods,
            headers: rule.allowed_headers.unwrap_or_default(),
            exposed: rule.expose_headers.unwrap_or_default(),
            age: rule.max_age_seconds,
        }
    }

    fn shown(self) -> CORSRule {
        CORSRule {
            allowed_headers: Some(self.headers).filter(|headers| !headers.is_empty()),
            allowed_methods: self.methods,
            allowed_origins: self.origins,
            expose_headers: Some(self.exposed).filter(|exposed| !exposed.is_empty()),
            id: self.id,
            max_age_seconds: self.age,
        }
    }

    fn is_sound(&self) -> bool {
        let one_star = |text: &String| text.matches('*').count() <= 1;
        !self.origins.is_empty()
            && !self.methods.is_empty()
            && self
                .methods
                .iter()
                .all(|method| METHODS.contains(&method.as_str()))
            && self.origins.iter().chain(&self.headers).all(one_star)
            && self.exposed.iter().all(|name| HeaderName::try_from(name).is_ok())
    }

    fn allows(&self, origin: &str, method: &Method) -> bool {
        let named = self.methods.iter().any(|known| known == method.as_str());
        named && self.origins.iter().any(|pattern| fits(pattern, origin))
    }
}

/// Whether an origin is the one of a pattern, in which one star stands for anything.
fn fits(pattern: &str, origin: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == origin,
        Some((begin, end)) => {
            let rest = origin.strip_prefix(begin);
            rest.is_some_and(|rest| rest.ends_with(end))
        }
    }
}

fn of_note(notes: &BTreeMap<String, String>) -> Vec<Rule> {
    let note = notes.get(NOTE).map(String::as_str).unwrap_or("[]");
    serde_json::from_str(note).unwrap_or_default()
}

/// Answers GET ?cors.
pub(crate) async fn get(
    keeper: &Keeper,
    request: S3Request<GetBucketCorsInput>,
) -> S3Result<S3Response<GetBucketCorsOutput>> {
    let bucket = bucket::found(keeper, &request, &request.input.bucket).await?;
    let rules = of_note(&bucket.notes);
    if rules.is_empty() {
        let mut error = s3_error!(NoSuchCORSConfiguration, "the bucket has no CORS configuration");
        error.set_status_code(StatusCode::NOT_FOUND);
        return Err(error);
    }
    Ok(S3Response::new(GetBucketCorsOutput {
        cors_rules: Some(rules.into_iter().map(Rule::shown).collect()),
    }))
}

/// Answers PUT ?cors.
pub(crate) async fn put(
    keeper: &Keeper,
    request: S3Request<PutBucketCorsInput>,
) -> S3Result<S3Response<PutBucketCorsOutput>> {
    let CORSConfiguration { cors_rules } = request.input.cors_configuration.clone();
    let rules: Vec<Rule> = cors_rules.into_iter().map(Rule::of).collect();
    if rules.is_empty() || rules.len() > MOST_RULES || !rules.iter().all(Rule::is_sound) {
        return Err(bad_rules());
    }
    let note = serde_json::to_string(&rules).map_err(|_| bad_rules())?;
    if note.len() > LONGEST_NOTE {
        return Err(bad_rules());
    }
    bucket::keep_note(keeper, &request, &request.input.bucket, NOTE, Some(note)).await?;
    Ok(S3Response::new(PutBucketCorsOutput::default()))
}

fn bad_rules() -> S3Error {
    s3_error!(
        InvalidRequest,
        "give 1 to 100 rules of 64 KiB together, each with origins and with methods among GET, PUT, POST, DELETE and \
         HEAD, and with at most one * in an origin or header"
    )
}

/// Answers DELETE ?cors.
pub(crate) async fn delete(
    keeper: &Keeper,
    request: S3Request<DeleteBucketCorsInput>,
) -> S3Result<S3Response<DeleteBucketCorsOutput>> {
    bucket::keep_note(keeper, &request, &request.input.bucket, NOTE, None).await?;
    Ok(S3Response::new(DeleteBucketCorsOutput::default()))
}

/// What a browser says of a request.
pub(crate) struct Asked {
    origin: String,
    method: Method,
    bucket: Option<String>,
}

impl Asked {
    /// Nothing when the request is no browser's.
    pub(crate) fn of(method: &Method, headers: &HeaderMap, bucket: Option<String>) -> Option<Self> {
        let origin = headers.get(ORIGIN)?.to_str().ok()?.to_owned();
        let method = method.clone();
        Some(Self {
            origin,
            method,
            bucket,
        })
    }

    /// What the bucket's rules add to the answer that its caller gets.
    pub(crate) async fn headers(&self, keeper: &Keeper, caller: &Caller) -> HeaderMap {
        let Some(bucket) = &self.bucket else {
            return HeaderMap::new();
        };
        // A bucket that cannot be looked at adds nothing: the answer itself says what is wrong.
        let notes = keeper.bucket(caller, bucket).await.map(|bucket| bucket.notes);
        let rules = of_note(&notes.unwrap_or_default());
        let rule = rules.iter().find(|rule| rule.allows(&self.origin, &self.method));
        rule.map(|rule| allowed(&self.origin, &rule.exposed))
            .unwrap_or_default()
    }
}

fn allowed(origin: &str, exposed: &[String]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(origin) = HeaderValue::try_from(origin) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(VARY, HeaderValue::from_static("origin"));
    }
    if let Some(exposed) = HeaderValue::try_from(exposed.join(", "))
        .ok()
        .filter(|_| !exposed.is_empty())
    {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    headers
}

/// The answer to a question that a browser asks before a request; nothing when this is none.
pub(crate) fn preflight(
    origins: &[String],
    method: &Method,
    headers: &HeaderMap,
) -> Option<S3Result<HttpResponse>> {
    let wanted = headers
        .get(ACCESS_CONTROL_REQUEST_METHOD)
        .filter(|_| method == Method::OPTIONS)?;
    let origin = headers.get(ORIGIN)?.to_str().unwrap_or_default();
    let known = METHODS
        .iter()
        .any(|method| method.as_bytes() == wanted.as_bytes());
    if !known || !origins.iter().any(|pattern| fits(pattern, origin)) {
        return Some(Err(s3_error!(
            AccessDenied,
            "this installation does not serve browsers of this origin; its operator can name the origin"
        )));
    }
    let mut answer = HttpResponse::default();
    *answer.headers_mut() = allowed(origin, &[]);
    answer
        .headers_mut()
        .insert(ACCESS_CONTROL_ALLOW_METHODS, wanted.clone());
    answer
        .headers_mut()
        .insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(AGE));
    if let Some(names) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        answer
            .headers_mut()
            .insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    Some(Ok(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_star_stands_for_anything() {
        for (pattern, origin, expected) in [
            ("*", "https://a.example", true),
            ("https://a.example", "https://a.example", true),
            ("https://a.example", "https://a.example.org", false),
            ("https://*.example", "https://a.example", true),
            ("https://*.example", "https://.example", true),
            ("https://*.example", "http://a.example", false),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(fits(pattern, origin), expected, "{pattern} {origin}");
        }
    }
}
