//! What is kept about the person of a request, as a package to be handed to them.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use custody::Error;
use futures_util::{Stream, stream};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use kernel::{RequestId, Timestamp};
use rights::package::{self as domain, Package};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path};

use super::RequestPath;
use crate::ApiState;
use crate::answers::with_event;
use crate::caller::Caller;
use crate::document::Binary;
use crate::errors::Answer;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(offer, take))
}

/// For how long.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "days": 14 }))]
struct NewOffer {
    /// 14 when absent.
    #[schema(minimum = 1, maximum = 90, nullable = false)]
    days: Option<u32>,
}

/// A package that can be taken.
#[derive(Debug, Serialize, ToSchema)]
struct PackageOffer {
    #[schema(value_type = Uuid)]
    request: RequestId,
    #[schema(value_type = String, format = DateTime)]
    offered_at: Timestamp,
    /// From when on it cannot be taken any more.
    #[schema(value_type = String, format = DateTime)]
    until_at: Timestamp,
}

/// Offers what is kept about the person, for a while
///
/// For requests for access and portability, once it is known that it is the person who asks. To offer it again sets the window
/// anew.
#[utoipa::path(put, path = "/v1/requests/{request}/package", operation_id = "request.package", tag = "requests",
    params(RequestPath), request_body = NewOffer,
    responses((status = 200, description = "Until when it can be taken", body = PackageOffer),
        (status = 409, description = "It is not known yet who asks, nobody is known by what the request named, processing is restricted for \
            them, or the request asks for something else")))]
async fn offer(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RequestPath>,
    Json(new): Json<NewOffer>,
) -> Answer<Json<PackageOffer>> {
    let offered = state
        .rights
        .offer_package(&caller.credential, caller.request, path.request, new.days)
        .await?;
    Ok(Json(offered.into()))
}

/// Takes the package: a ZIP archive of what is kept about the person now
///
/// With their files as they are kept, JSON, a page to read, what it is processed for and on which basis, who had access, receipts, and a
/// manifest with the SHA-256 of each file. An answer that breaks off has no end of an archive.
#[utoipa::path(get, path = "/v1/requests/{request}/package", operation_id = "request.package.take", tag = "requests",
    params(RequestPath),
    responses((status = 200, description = "The archive", content_type = "application/zip", body = inline(Binary),
            headers(("Bailee-Event" = String, description = "The entry of the trail that stands for this"))),
        (status = 409, description = "No package is offered, or it may not be handed out now"),
        (status = 410, description = "The time for which it was offered is over")))]
async fn take(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RequestPath>,
) -> Answer<Response> {
    let package = state
        .rights
        .take_package(&caller.credential, caller.request, path.request)
        .await?;
    let (event, name) = (package.event, format!("package-{}.zip", path.request));
    let mut response = Response::new(Body::from_stream(Box::pin(pieces(package))));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(CONTENT_DISPOSITION, web::disposition::attachment(&name));
    Ok(with_event(response, event))
}

/// The pieces of the archive. An error among them makes the server break the connection off.
fn pieces(package: Package) -> impl Stream<Item = Result<bytes::Bytes, Error>> {
    stream::unfold(Some(package), async |package| {
        let mut package = package?;
        let piece = package.next().await?;
        let rest = piece.is_ok().then_some(package);
        Some((piece, rest))
    })
}

impl From<domain::Offer> for PackageOffer {
    fn from(offer: domain::Offer) -> Self {
        Self {
            request: offer.request,
            offered_at: offer.offered_at,
            until_at: offer.until_at,
        }
    }
}
