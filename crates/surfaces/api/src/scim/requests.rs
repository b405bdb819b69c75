//! What comes with a request of a directory.

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use custody::Credential;
use http::request::Parts;
use kernel::MemberId;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use web::Problem;
use web::extract::{JSON_LIMIT, collect};

use super::fault::Fault;
use crate::ApiState;
use crate::caller::{bearer, request_of};

/// The directory, by its API key. A session at a browser is none.
pub(super) struct Directory {
    pub(super) credential: Credential,
    pub(super) request: operation::Request,
}

impl FromRequestParts<ApiState> for Directory {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Fault> {
        let credential = bearer(&parts.headers).and_then(|text| Credential::parse(text).ok());
        let credential = credential.ok_or_else(Problem::unauthenticated)?;
        let request = request_of(parts, state).await?;
        Ok(Self { credential, request })
    }
}

/// The member of the path. What is no id names nobody.
pub(super) struct User(pub(super) MemberId);

impl FromRequestParts<ApiState> for User {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Fault> {
        let path: Result<Path<String>, _> = Path::from_request_parts(parts, state).await;
        let member = path.ok().and_then(|Path(text)| text.parse().ok());
        member
            .map(Self)
            .ok_or_else(|| custody::Error::NotFound("member").into())
    }
}

/// The body: one object, whatever kind of JSON it calls itself.
pub(super) struct Body(pub(super) Map<String, Json>);

impl FromRequest<ApiState> for Body {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &ApiState) -> Result<Self, Fault> {
        let bytes = collect(request, JSON_LIMIT).await?;
        match serde_json::from_slice(&bytes) {
            Ok(Json::Object(members)) => Ok(Self(members)),
            Ok(_) => Err(Fault::syntax("send one JSON object")),
            Err(error) => Err(Fault::syntax(error.to_string())),
        }
    }
}

/// Which page of a listing, and what to tell of each.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listing {
    pub(super) filter: Option<String>,
    start_index: Option<i64>,
    count: Option<i64>,
    attributes: Option<String>,
    excluded_attributes: Option<String>,
}

/// The attributes that are wanted, or are not: names with commas between.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parted {
    pub(super) attributes: Option<String>,
    pub(super) excluded_attributes: Option<String>,
}

/// The most resources of one answer.
pub(super) const MOST: u32 = 200;

impl Listing {
    /// What to tell of each.
    pub(super) fn parts(&self) -> Parted {
        Parted {
            attributes: self.attributes.clone(),
            excluded_attributes: self.excluded_attributes.clone(),
        }
    }

    /// The number of the first resource, counted from one.
    pub(super) fn start(&self) -> u32 {
        let start = self.start_index.unwrap_or(1).max(1);
        u32::try_from(start).unwrap_or(u32::MAX)
    }

    /// How many; none when only their number is asked for.
    pub(super) fn count(&self) -> u32 {
        let count = self.count.unwrap_or(i64::from(MOST)).max(0);
        u32::try_from(count).unwrap_or(MOST).min(MOST)
    }
}
