//! A dataset's own bucket: set, shown without its keys, removed.

use axum::extract::State;
use custody::dataset;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path};

use super::DatasetPath;
use crate::ApiState;
use crate::caller::Caller;
use crate::errors::Answer;
use crate::words::BucketMode;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(view, set, remove))
}

/// A bucket of the tenant's own. Its keys are sealed and never shown.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "url": "s3://clinic-scans/2026", "endpoint": "https://s3.eu-central-1.amazonaws.com", "region": "eu-central-1",
    "access_key": "AKIA…", "secret_key": "…"
}))]
struct NewOwnBucket {
    /// `s3://bucket` or `s3://bucket/prefix`.
    url: String,
    /// The address of its S3 interface: https:// and a host that the operator allows.
    endpoint: String,
    /// What requests are signed for.
    region: String,
    /// The id of a key pair that may read and list, and write or delete where that is wanted.
    access_key: String,
    /// Its secret.
    #[schema(write_only)]
    secret_key: String,
    /// `read` when absent.
    #[serde(default)]
    mode: Option<BucketMode>,
    /// Whether deleting an item for good removes its objects there.
    #[serde(default)]
    delete_remote: bool,
}

/// The bucket that a dataset's items refer to.
#[derive(Serialize, ToSchema)]
struct OwnBucket {
    /// The bucket and the prefix.
    url: String,
    /// Where it is served.
    endpoint: String,
    /// What requests are signed for.
    region: String,
    mode: BucketMode,
    /// Whether deleting an item for good removes its objects there.
    delete_remote: bool,
}

impl From<dataset::OwnBucket> for OwnBucket {
    fn from(bucket: dataset::OwnBucket) -> Self {
        let dataset::OwnBucket {
            url,
            endpoint,
            region,
            mode,
            delete_remote,
        } = bucket;
        Self {
            url,
            endpoint,
            region,
            mode: mode.into(),
            delete_remote,
        }
    }
}

/// Shows the bucket that a dataset's items refer to
#[utoipa::path(get, path = "/v1/datasets/{dataset}/own-bucket", operation_id = "dataset.view.bucket", tag = "datasets",
    params(DatasetPath), responses((status = 200, description = "The bucket, without its keys", body = OwnBucket),
        (status = 404, description = "The dataset has none")))]
async fn view(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
) -> Answer<Json<OwnBucket>> {
    let custody = &state.custody;
    let bucket = custody
        .own_bucket(&caller.credential, caller.request, path.named())
        .await?;
    Ok(Json(bucket.into()))
}

/// Makes a dataset's items refer to objects of a bucket of the tenant's own
///
/// Sets it anew as well, with new keys for instance. Nothing is asked of the bucket until objects are imported.
#[utoipa::path(put, path = "/v1/datasets/{dataset}/own-bucket", operation_id = "dataset.change.bucket", tag = "datasets",
    params(DatasetPath), request_body = NewOwnBucket,
    responses((status = 200, description = "The bucket, without its keys", body = OwnBucket),
        (status = 400, description = "The operator does not allow the endpoint, or something is wrong with it")))]
async fn set(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
    Json(new): Json<NewOwnBucket>,
) -> Answer<Json<OwnBucket>> {
    let new = dataset::NewOwnBucket {
        url: new.url,
        endpoint: new.endpoint,
        region: new.region,
        access_key: new.access_key,
        secret_key: new.secret_key,
        mode: new.mode.map(Into::into).unwrap_or_default(),
        delete_remote: new.delete_remote,
    };
    let custody = &state.custody;
    let bucket = custody
        .set_own_bucket(&caller.credential, caller.request, path.named(), new)
        .await?;
    Ok(Json(bucket.into()))
}

/// Forgets a dataset's own bucket and its keys
///
/// Items that refer to it stay, and cannot be read until it is set again.
#[utoipa::path(delete, path = "/v1/datasets/{dataset}/own-bucket", operation_id = "dataset.change.bucket.remove",
    tag = "datasets", params(DatasetPath), responses((status = 204, description = "It is forgotten"),
        (status = 404, description = "The dataset has none")))]
async fn remove(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<DatasetPath>,
) -> Answer<StatusCode> {
    let custody = &state.custody;
    custody
        .remove_own_bucket(&caller.credential, caller.request, path.named())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
