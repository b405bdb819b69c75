//! Parts of buckets and keys that are always the same here: clients ask for them before they do anything.
//!
//! Promises: the bucket or key must be there and the caller's to see; what nobody has set answers as not set.

use http::StatusCode;
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result};

use crate::bucket::found;
use crate::errors::not_served;
use crate::keeper::Keeper;

macro_rules! not_set {
    ($($answer:ident($input:ident) -> $output:ident: $code:ident, $sentence:literal;)*) => {
        $(pub(crate) async fn $answer(keeper: &Keeper, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
            found(keeper, &request, &request.input.bucket).await?;
            Err(missing(S3ErrorCode::$code, $sentence))
        })*
    };
}

pub(crate) fn missing(code: S3ErrorCode, sentence: &'static str) -> S3Error {
    let mut error = S3Error::with_message(code, sentence);
    error.set_status_code(StatusCode::NOT_FOUND);
    error
}

not_set! {
    policy(GetBucketPolicyInput) -> GetBucketPolicyOutput: NoSuchBucketPolicy,
        "the bucket has no policy: who may what is given by the members of the team";
    lifecycle(GetBucketLifecycleConfigurationInput) -> GetBucketLifecycleConfigurationOutput:
        NoSuchLifecycleConfiguration, "the bucket has no lifecycle configuration";
    website(GetBucketWebsiteInput) -> GetBucketWebsiteOutput: NoSuchWebsiteConfiguration, "the bucket is no website";
    replication(GetBucketReplicationInput) -> GetBucketReplicationOutput: ReplicationConfigurationNotFoundError,
        "the bucket is not replicated by S3's means";
}

macro_rules! refused {
    ($($answer:ident($input:ident) -> $output:ident: $sentence:literal;)*) => {
        $(pub(crate) async fn $answer(keeper: &Keeper, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
            found(keeper, &request, &request.input.bucket).await?;
            Err(not_served($sentence))
        })*
    };
}

refused! {
    set_lifecycle(PutBucketLifecycleConfigurationInput) -> PutBucketLifecycleConfigurationOutput:
        "nothing is deleted here by rules of a bucket: how long things are kept is agreed in the contract, and a lock \
         (x-amz-object-lock-) keeps a version longer";
    delete_lifecycle(DeleteBucketLifecycleInput) -> DeleteBucketLifecycleOutput:
        "there are no rules of a bucket to delete: how long things are kept is agreed in the contract";
    set_policy(PutBucketPolicyInput) -> PutBucketPolicyOutput:
        "a bucket has no policy of its own here: give the members of the team a class and grants of datasets instead";
    delete_policy(DeleteBucketPolicyInput) -> DeleteBucketPolicyOutput:
        "there is no policy to delete: who may what is given by the classes and grants of the team's members";
}

pub(crate) async fn logging(
    keeper: &Keeper,
    request: S3Request<GetBucketLoggingInput>,
) -> S3Result<S3Response<GetBucketLoggingOutput>> {
    found(keeper, &request, &request.input.bucket).await?;
    Ok(S3Response::new(GetBucketLoggingOutput::default()))
}

pub(crate) async fn request_payment(
    keeper: &Keeper,
    request: S3Request<GetBucketRequestPaymentInput>,
) -> S3Result<S3Response<GetBucketRequestPaymentOutput>> {
    found(keeper, &request, &request.input.bucket).await?;
    Ok(S3Response::new(GetBucketRequestPaymentOutput {
        payer: Some(Payer::from_static(Payer::BUCKET_OWNER)),
    }))
}

pub(crate) async fn accelerate(
    keeper: &Keeper,
    request: S3Request<GetBucketAccelerateConfigurationInput>,
) -> S3Result<S3Response<GetBucketAccelerateConfigurationOutput>> {
    found(keeper, &request, &request.input.bucket).await?;
    Ok(S3Response::new(GetBucketAccelerateConfigurationOutput::default()))
}
