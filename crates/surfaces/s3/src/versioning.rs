//! Whether a bucket says that it keeps versions: `?versioning`, and the version id `null`.
//!
//! Promises: nothing that was put is lost by being put again or deleted, whatever is set: every put is kept as a version. A
//! bucket that was made over S3 says what S3's do until versioning is enabled: what is put has no version id, and `null` names the
//! newest such version of a key. What it replaced keeps the id of its own by which it is listed, read and deleted. Leaves out:
//! destroying what is overwritten, as S3 does; whoever may do that deletes the version by its id.

use std::collections::BTreeMap;

use custody::dataset::{Dataset, DatasetChange};
use custody::item::Version;
use kernel::VersionId;
use s3s::dto::{
    BucketVersioningStatus, GetBucketVersioningInput, GetBucketVersioningOutput, MFADelete,
    PutBucketVersioningInput, PutBucketVersioningOutput,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use crate::bucket::{self, found};
use crate::caller::Caller;
use crate::errors::{Missing, invalid, not_served, told};
use crate::keeper::Keeper;
use crate::object::{lock, version_id};

/// The note of a bucket whose versioning somebody has set.
const NOTE: &str = "s3.versioning";
/// The note of a version that came in while versioning was not enabled.
pub(crate) const NULL_NOTE: &str = "null";
/// What S3 calls such a version.
pub(crate) const NULL: &str = "null";

/// What makes a bucket one whose versions have no ids yet.
pub(crate) fn plain() -> DatasetChange {
    DatasetChange {
        version_notes: BTreeMap::from([(NULL_NOTE.to_owned(), Some("1".to_owned()))]),
        ..DatasetChange::default()
    }
}

/// Whether the version came in while versioning was not enabled.
pub(crate) fn is_null(version: &Version) -> bool {
    version.notes.contains_key(NULL_NOTE)
}

/// The id that an answer tells of a version, which was asked for by this one.
pub(crate) fn told_id(version: &Version, asked: Option<&str>) -> Option<String> {
    match asked.filter(|asked| !asked.is_empty()) {
        Some(asked) => Some(asked.to_owned()),
        None if is_null(version) => None,
        None => Some(version.id.to_string()),
    }
}

/// The version that a client names: an id, or the newest that has none.
pub(crate) async fn named(
    keeper: &Keeper,
    caller: &Caller,
    bucket: &str,
    key: &str,
    text: Option<&str>,
) -> S3Result<Option<VersionId>> {
    if text != Some(NULL) {
        return version_id(text);
    }
    let found = keeper.newest_with_note(caller, bucket, key, NULL_NOTE).await;
    let found = found.map_err(|error| told(error, Missing::Bucket))?;
    found.map(Some).ok_or_else(|| Missing::Version.error())
}

fn status(bucket: &Dataset) -> Option<BucketVersioningStatus> {
    let set = bucket.notes.get(NOTE).map(String::as_str);
    let words = [BucketVersioningStatus::ENABLED, BucketVersioningStatus::SUSPENDED];
    let set = words.into_iter().find(|word| set == Some(word));
    // Datasets that were not made over S3 show the ids of their versions from the first on.
    let enabled =
        || Some(BucketVersioningStatus::ENABLED).filter(|_| !bucket.version_notes.contains_key(NULL_NOTE));
    set.or_else(enabled).map(BucketVersioningStatus::from_static)
}

/// Whether what is put has a version id.
pub(crate) fn is_enabled(bucket: &Dataset) -> bool {
    let status = status(bucket);
    status.is_some_and(|status| status.as_str() == BucketVersioningStatus::ENABLED)
}

/// Answers GET ?versioning.
pub(crate) async fn get(
    keeper: &Keeper,
    request: S3Request<GetBucketVersioningInput>,
) -> S3Result<S3Response<GetBucketVersioningOutput>> {
    let bucket = found(keeper, &request, &request.input.bucket).await?;
    Ok(S3Response::new(GetBucketVersioningOutput {
        status: status(&bucket),
        ..Default::default()
    }))
}

/// Answers PUT ?versioning.
pub(crate) async fn put(
    keeper: &Keeper,
    request: S3Request<PutBucketVersioningInput>,
) -> S3Result<S3Response<PutBucketVersioningOutput>> {
    let bucket = found(keeper, &request, &request.input.bucket).await?;
    let wanted = &request.input.versioning_configuration;
    let mfa = wanted.mfa_delete.as_ref().map(MFADelete::as_str);
    if mfa == Some(MFADelete::ENABLED) {
        return Err(not_served("MFA delete is not served"));
    }
    let (word, null) = match wanted.status.as_ref().map(BucketVersioningStatus::as_str) {
        Some(BucketVersioningStatus::ENABLED) => (BucketVersioningStatus::ENABLED, None),
        Some(BucketVersioningStatus::SUSPENDED) if lock::is_taken(&bucket) => {
            return Err(s3_error!(
                InvalidBucketState,
                "versioning of a bucket that takes locks cannot be suspended"
            ));
        }
        Some(BucketVersioningStatus::SUSPENDED) => (BucketVersioningStatus::SUSPENDED, Some("1".to_owned())),
        _ => return Err(invalid("Status is Enabled or Suspended")),
    };
    let change = DatasetChange {
        notes: BTreeMap::from([(NOTE.to_owned(), Some(word.to_owned()))]),
        version_notes: BTreeMap::from([(NULL_NOTE.to_owned(), null)]),
        ..DatasetChange::default()
    };
    bucket::change(keeper, &request, &bucket, change).await?;
    Ok(S3Response::new(PutBucketVersioningOutput::default()))
}
