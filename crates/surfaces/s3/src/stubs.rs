//! Parts of buckets and keys that are always the same here: clients ask for them before they do anything.
//!
//! Promises: the bucket or key must be there and the caller's to see; what nobody has set answers as not set.

use http::StatusCode;
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result};

use crate::bucket::{found, owner};
use crate::caller::Caller;
use crate::errors::{Missing, told};
use crate::keeper::Keeper;

macro_rules! not_set {
    ($($answer:ident($input:ident) -> $output:ident: $code:ident, $sentence:literal;)*) => {
        $(pub(crate) async fn $answer(keeper: &Keeper, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
            found(keeper, &request, &request.input.bucket).await?;
            Err(missing(S3ErrorCode::$code, $sentence))
        })*
    };
}

fn missing(code: S3ErrorCode, sentence: &'static str) -> S3Error {
    let mut error = S3Error::with_message(code, sentence);
    error.set_status_code(StatusCode::NOT_FOUND);
    error
}

not_set! {
    policy(GetBucketPolicyInput) -> GetBucketPolicyOutput: NoSuchBucketPolicy,
        "the bucket has no policy: who may what is given by the members of the team";
    cors(GetBucketCorsInput) -> GetBucketCorsOutput: NoSuchCORSConfiguration,
        "the bucket has no CORS configuration";
    lifecycle(GetBucketLifecycleConfigurationInput) -> GetBucketLifecycleConfigurationOutput:
        NoSuchLifecycleConfiguration, "the bucket has no lifecycle configuration";
    bucket_tagging(GetBucketTaggingInput) -> GetBucketTaggingOutput: NoSuchTagSet, "the bucket has no tags";
    encryption(GetBucketEncryptionInput) -> GetBucketEncryptionOutput: ServerSideEncryptionConfigurationNotFoundError,
        "nothing is set for the bucket: everything is sealed under keys of the tenant in any case";
    object_lock(GetObjectLockConfigurationInput) -> GetObjectLockConfigurationOutput:
        ObjectLockConfigurationNotFoundError, "the bucket has no object lock configuration";
    website(GetBucketWebsiteInput) -> GetBucketWebsiteOutput: NoSuchWebsiteConfiguration, "the bucket is no website";
    replication(GetBucketReplicationInput) -> GetBucketReplicationOutput: ReplicationConfigurationNotFoundError,
        "the bucket is not replicated by S3's means";
}

/// The owner may do everything, which is all that S3 can be told of who may what here.
fn owners() -> Vec<Grant> {
    let owner = owner();
    vec![Grant {
        grantee: Some(Grantee {
            display_name: owner.display_name,
            email_address: None,
            id: owner.id,
            type_: Type::from_static(Type::CANONICAL_USER),
            uri: None,
        }),
        permission: Some(Permission::from_static(Permission::FULL_CONTROL)),
    }]
}

pub(crate) async fn bucket_acl(
    keeper: &Keeper,
    request: S3Request<GetBucketAclInput>,
) -> S3Result<S3Response<GetBucketAclOutput>> {
    found(keeper, &request, &request.input.bucket).await?;
    Ok(S3Response::new(GetBucketAclOutput {
        grants: Some(owners()),
        owner: Some(owner()),
    }))
}

/// The key, or the answer that an unknown one gets.
async fn key<T>(keeper: &Keeper, request: &S3Request<T>, bucket: &str, key: &str) -> S3Result<()> {
    let item = keeper.item(&Caller::of(request)?, bucket, key).await;
    let item = item.map_err(|error| told(error, Missing::Bucket))?;
    item.map(drop).ok_or_else(|| Missing::Key.error())
}

pub(crate) async fn object_acl(
    keeper: &Keeper,
    request: S3Request<GetObjectAclInput>,
) -> S3Result<S3Response<GetObjectAclOutput>> {
    key(keeper, &request, &request.input.bucket, &request.input.key).await?;
    Ok(S3Response::new(GetObjectAclOutput {
        grants: Some(owners()),
        owner: Some(owner()),
        ..Default::default()
    }))
}

pub(crate) async fn legal_hold(
    keeper: &Keeper,
    request: S3Request<GetObjectLegalHoldInput>,
) -> S3Result<S3Response<GetObjectLegalHoldOutput>> {
    key(keeper, &request, &request.input.bucket, &request.input.key).await?;
    Err(missing(
        S3ErrorCode::NoSuchObjectLockConfiguration,
        "the object has no lock",
    ))
}

pub(crate) async fn retention(
    keeper: &Keeper,
    request: S3Request<GetObjectRetentionInput>,
) -> S3Result<S3Response<GetObjectRetentionOutput>> {
    key(keeper, &request, &request.input.bucket, &request.input.key).await?;
    Err(missing(
        S3ErrorCode::NoSuchObjectLockConfiguration,
        "the object has no lock",
    ))
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
