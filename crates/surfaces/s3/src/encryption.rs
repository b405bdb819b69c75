//! How a bucket says that its objects are sealed when a write does not say: `?encryption`.
//!
//! Promises: everything is sealed under the tenant's key in any case; what a bucket says is given to every later version that
//! asks for nothing, and told with it. Leaves out: buckets that nobody has told anything, which answer that nothing is set.

use std::collections::BTreeMap;

use custody::dataset::DatasetChange;
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use crate::bucket::{self, found};
use crate::caller::Caller;
use crate::errors::invalid;
use crate::keeper::Keeper;
use crate::object::sealed::{self, Sealing};
use crate::stubs::missing;

/// The note of a bucket whose encryption somebody has set.
const NOTE: &str = "s3.encryption";

/// Answers GET ?encryption.
pub(crate) async fn get(
    keeper: &Keeper,
    request: S3Request<GetBucketEncryptionInput>,
) -> S3Result<S3Response<GetBucketEncryptionOutput>> {
    let bucket = found(keeper, &request, &request.input.bucket).await?;
    if !bucket.notes.contains_key(NOTE) {
        return Err(missing(
            S3ErrorCode::ServerSideEncryptionConfigurationNotFoundError,
            "nothing is set for the bucket: everything is sealed under the tenant's key in any case",
        ));
    }
    let sealing = Sealing::of_notes(&bucket.version_notes);
    let rule = ServerSideEncryptionRule {
        apply_server_side_encryption_by_default: Some(ServerSideEncryptionByDefault {
            sse_algorithm: sealing.algorithm(),
            kms_master_key_id: sealing.key(),
        }),
        bucket_key_enabled: Some(false),
    };
    Ok(S3Response::new(GetBucketEncryptionOutput {
        server_side_encryption_configuration: Some(ServerSideEncryptionConfiguration { rules: vec![rule] }),
    }))
}

/// Answers PUT ?encryption.
pub(crate) async fn put(
    keeper: &Keeper,
    request: S3Request<PutBucketEncryptionInput>,
) -> S3Result<S3Response<PutBucketEncryptionOutput>> {
    let caller = Caller::of(&request)?;
    let sealing = asked(&request.input.server_side_encryption_configuration, &caller)?;
    change(keeper, &request, &request.input.bucket, Some(&sealing)).await?;
    Ok(S3Response::new(PutBucketEncryptionOutput::default()))
}

fn asked(configuration: &ServerSideEncryptionConfiguration, caller: &Caller) -> S3Result<Sealing> {
    let [rule] = &configuration.rules[..] else {
        return Err(s3_error!(MalformedXML, "give one rule"));
    };
    let default = rule
        .apply_server_side_encryption_by_default
        .as_ref()
        .ok_or_else(no_default)?;
    if rule.bucket_key_enabled.unwrap_or(false) {
        return Err(invalid(
            "keys of buckets cannot be asked for: leave BucketKeyEnabled out",
        ));
    }
    let key = default.kms_master_key_id.as_deref();
    Sealing::named(
        default.sse_algorithm.as_str(),
        key.filter(|key| !key.is_empty()),
        &caller.owner,
    )
}

fn no_default() -> S3Error {
    s3_error!(MalformedXML, "the rule has ApplyServerSideEncryptionByDefault")
}

/// Answers DELETE ?encryption: what is left when a bucket's own wish is gone is the tenant's key, as before.
pub(crate) async fn delete(
    keeper: &Keeper,
    request: S3Request<DeleteBucketEncryptionInput>,
) -> S3Result<S3Response<DeleteBucketEncryptionOutput>> {
    change(keeper, &request, &request.input.bucket, None).await?;
    Ok(S3Response::new(DeleteBucketEncryptionOutput::default()))
}

async fn change<T>(
    keeper: &Keeper,
    request: &S3Request<T>,
    name: &str,
    sealing: Option<&Sealing>,
) -> S3Result<()> {
    let bucket = found(keeper, request, name).await?;
    // A version without the note is sealed plainly, so that only another wish costs anything.
    let of_versions = sealing.filter(|sealing| **sealing != Sealing::Plain);
    let change = DatasetChange {
        notes: BTreeMap::from([(NOTE.to_owned(), sealing.map(|_| "set".to_owned()))]),
        version_notes: BTreeMap::from([(sealed::NOTE.to_owned(), of_versions.map(Sealing::note))]),
        ..DatasetChange::default()
    };
    bucket::change(keeper, request, &bucket, change).await
}
