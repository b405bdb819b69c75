//! Tags of a bucket: names and values that its users sort buckets by, kept as a note of the dataset.
//!
//! Promises: within S3's limits, each name once. Leaves out: deciding or billing anything by them.

use http::StatusCode;
use s3s::dto::{
    DeleteBucketTaggingInput, DeleteBucketTaggingOutput, GetBucketTaggingInput, GetBucketTaggingOutput,
    PutBucketTaggingInput, PutBucketTaggingOutput, Tag,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use crate::bucket::{found, keep_note};
use crate::keeper::Keeper;
use crate::object::tags::{shown, written};

/// The note that holds them, written as a query.
const NOTE: &str = "s3.tags";
/// What S3 allows a bucket.
const MOST_TAGS: usize = 50;

/// Answers GET ?tagging of a bucket.
pub(crate) async fn get(
    keeper: &Keeper,
    request: S3Request<GetBucketTaggingInput>,
) -> S3Result<S3Response<GetBucketTaggingOutput>> {
    let bucket = found(keeper, &request, &request.input.bucket).await?;
    let Some(note) = bucket.notes.get(NOTE) else {
        let mut error = s3_error!(NoSuchTagSet, "the bucket has no tags");
        error.set_status_code(StatusCode::NOT_FOUND);
        return Err(error);
    };
    Ok(S3Response::new(GetBucketTaggingOutput { tag_set: shown(note) }))
}

/// Answers PUT ?tagging of a bucket.
pub(crate) async fn put(
    keeper: &Keeper,
    request: S3Request<PutBucketTaggingInput>,
) -> S3Result<S3Response<PutBucketTaggingOutput>> {
    let pair = |tag: Tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
    let tags = request
        .input
        .tagging
        .tag_set
        .clone()
        .into_iter()
        .map(pair)
        .collect();
    keep_note(
        keeper,
        &request,
        &request.input.bucket,
        NOTE,
        written(tags, MOST_TAGS)?,
    )
    .await?;
    Ok(S3Response::new(PutBucketTaggingOutput::default()))
}

/// Answers DELETE ?tagging of a bucket.
pub(crate) async fn delete(
    keeper: &Keeper,
    request: S3Request<DeleteBucketTaggingInput>,
) -> S3Result<S3Response<DeleteBucketTaggingOutput>> {
    keep_note(keeper, &request, &request.input.bucket, NOTE, None).await?;
    Ok(S3Response::new(DeleteBucketTaggingOutput::default()))
}
