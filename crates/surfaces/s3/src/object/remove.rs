//! DELETE of keys. Without a version it archives, which is a delete marker and can be undone.

use custody::Error;
use custody::item::{Item, State};
use kernel::VersionId;
use s3s::dto::{
    self, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject,
    ETag, ObjectIdentifier,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::{MARKER, etag, version_id};
use crate::caller::Caller;
use crate::errors::{Missing, not_served, told};
use crate::keeper::Keeper;

/// What S3 allows in one document.
const MOST_KEYS: usize = 1_000;

/// Answers DELETE of one key.
pub(crate) async fn one(
    keeper: &Keeper,
    request: S3Request<DeleteObjectInput>,
) -> S3Result<S3Response<DeleteObjectOutput>> {
    let caller = Caller::of(&request)?;
    let input = request.input;
    if input.if_match_last_modified_time.is_some() || input.if_match_size.is_some() {
        return Err(not_served("of the conditions of DELETE only If-Match is served"));
    }
    let key = Unwanted {
        bucket: &input.bucket,
        key: &input.key,
        version: input.version_id.as_deref(),
        if_match: input.if_match.as_ref(),
        bypass: input.bypass_governance_retention.unwrap_or(false),
    };
    let removed = key.remove(keeper, &caller).await?;
    Ok(S3Response::new(DeleteObjectOutput {
        delete_marker: removed.is_of_marker().then_some(true),
        version_id: removed.version(),
        ..Default::default()
    }))
}

/// What became of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Removed {
    /// It was not there.
    Nothing,
    /// It has a delete marker now.
    Marked,
    /// Its delete marker is gone, and it is there again.
    Unmarked,
    /// One version is gone.
    Version(VersionId),
}

impl Removed {
    fn is_of_marker(self) -> bool {
        matches!(self, Self::Marked | Self::Unmarked)
    }

    fn version(self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Marked | Self::Unmarked => Some(MARKER.to_owned()),
            Self::Version(version) => Some(version.to_string()),
        }
    }
}

/// Deletes the delete marker.
async fn unmark(keeper: &Keeper, caller: &Caller, bucket: &str, key: &str, item: &Item) -> S3Result<Removed> {
    if item.state == State::Active {
        return Ok(Removed::Nothing);
    }
    let Err(error) = keeper.restore(caller, item.id).await else {
        return Ok(Removed::Unmarked);
    };
    // Somebody else may have been quicker, with the marker or with all there was below it: gone, as was wanted.
    match keeper.item(caller, bucket, key).await {
        Ok(None) => Ok(Removed::Nothing),
        Ok(Some(now)) if now.state == State::Active => Ok(Removed::Nothing),
        _ => Err(told(error, Missing::Key)),
    }
}

/// Answers POST ?delete.
pub(crate) async fn many(
    keeper: &Keeper,
    request: S3Request<DeleteObjectsInput>,
) -> S3Result<S3Response<DeleteObjectsOutput>> {
    let caller = Caller::of(&request)?;
    let bypass = request.input.bypass_governance_retention.unwrap_or(false);
    let (bucket, delete) = (request.input.bucket, request.input.delete);
    if delete.objects.len() > MOST_KEYS {
        return Err(s3_error!(MalformedXML, "name at most 1,000 keys in one document"));
    }
    let quiet = delete.quiet.unwrap_or(false);
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for object in delete.objects {
        match each(keeper, &caller, &bucket, &object, bypass).await {
            Ok(_) if quiet => {}
            Ok(removed) => deleted.push(DeletedObject {
                delete_marker: removed.is_of_marker().then_some(true),
                delete_marker_version_id: removed.is_of_marker().then(|| MARKER.to_owned()),
                key: Some(object.key),
                version_id: object.version_id,
            }),
            Err(error) if *error.code() == S3ErrorCode::NoSuchBucket => return Err(error),
            Err(error) => errors.push(dto::Error {
                code: Some(error.code().as_str().to_owned()),
                message: error.message().map(str::to_owned),
                key: Some(object.key),
                version_id: object.version_id,
            }),
        }
    }
    Ok(S3Response::new(DeleteObjectsOutput {
        deleted: Some(deleted),
        errors: Some(errors),
        ..Default::default()
    }))
}

async fn each(
    keeper: &Keeper,
    caller: &Caller,
    bucket: &str,
    object: &ObjectIdentifier,
    bypass: bool,
) -> S3Result<Removed> {
    if object.last_modified_time.is_some() || object.size.is_some() {
        return Err(not_served("of the conditions of DELETE only ETag is served"));
    }
    let condition = object.e_tag.clone().map(dto::ETagCondition::ETag);
    let key = Unwanted {
        bucket,
        key: &object.key,
        version: object.version_id.as_deref(),
        if_match: condition.as_ref(),
        bypass,
    };
    key.remove(keeper, caller).await
}

struct Unwanted<'r> {
    bucket: &'r str,
    key: &'r str,
    version: Option<&'r str>,
    if_match: Option<&'r dto::ETagCondition>,
    bypass: bool,
}

impl Unwanted<'_> {
    /// Removes it. What is not there is gone already.
    async fn remove(&self, keeper: &Keeper, caller: &Caller) -> S3Result<Removed> {
        let unmarks = self.version == Some(MARKER);
        let version = if unmarks { None } else { version_id(self.version)? };
        let item = keeper.item(caller, self.bucket, self.key).await;
        let Some(item) = item.map_err(|error| told(error, Missing::Bucket))? else {
            let gone = version.map_or(Removed::Nothing, Removed::Version);
            return self.if_match.map_or(Ok(gone), |_| Err(Missing::Key.error()));
        };
        if unmarks {
            return unmark(keeper, caller, self.bucket, self.key, &item).await;
        }
        if !self.holds(&item) {
            return Err(s3_error!(PreconditionFailed, "the object is another by now"));
        }
        if let Some(version) = version {
            let removed = keeper
                .remove_version(caller, self.bucket, self.key, version, self.bypass)
                .await;
            return match removed {
                Ok(()) | Err(Error::NotFound(_)) => Ok(Removed::Version(version)),
                Err(error) => Err(told(error, Missing::Version)),
            };
        }
        if item.state == State::Archived {
            return Ok(Removed::Marked);
        }
        match keeper.archive(caller, item.id).await {
            Ok(()) => Ok(Removed::Marked),
            Err(error) => self.after_race(keeper, caller, told(error, Missing::Key)).await,
        }
    }

    fn holds(&self, item: &Item) -> bool {
        match self.if_match {
            None => true,
            Some(dto::ETagCondition::Any) => item.state == State::Active,
            Some(dto::ETagCondition::ETag(tag)) => {
                item.state == State::Active && matches!(tag, ETag::Strong(_)) && *tag == etag(&item.version)
            }
        }
    }

    /// Somebody else may have archived or deleted it in between, which is what was wanted.
    async fn after_race(&self, keeper: &Keeper, caller: &Caller, error: S3Error) -> S3Result<Removed> {
        match keeper.item(caller, self.bucket, self.key).await {
            Ok(None) => Ok(Removed::Nothing),
            Ok(Some(item)) if item.state == State::Archived => Ok(Removed::Marked),
            _ => Err(error),
        }
    }
}
