//! DELETE of keys. Without a version it archives, which is a delete marker and can be undone.

use custody::Error;
use custody::item::{Item, State, Version};
use kernel::{Timestamp, VersionId};
use s3s::dto::{
    self, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject,
    ETag, ObjectIdentifier,
};
use s3s::{S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::{etag, second, version_id};
use crate::caller::Caller;
use crate::errors::{Missing, told};
use crate::keeper::Keeper;
use crate::versioning::{NULL, is_null, named};

/// What S3 allows in one document.
const MOST_KEYS: usize = 1_000;

/// Answers DELETE of one key.
pub(crate) async fn one(
    keeper: &Keeper,
    request: S3Request<DeleteObjectInput>,
) -> S3Result<S3Response<DeleteObjectOutput>> {
    let caller = Caller::of(&request)?;
    let input = request.input;
    let key = Unwanted {
        bucket: &input.bucket,
        key: &input.key,
        version: input.version_id.as_deref(),
        expected: Expected {
            tag: input.if_match.as_ref(),
            modified: input.if_match_last_modified_time.as_ref(),
            size: input.if_match_size,
        },
        bypass: input.bypass_governance_retention.unwrap_or(false),
    };
    let removed = key.remove(keeper, &caller).await?;
    Ok(S3Response::new(DeleteObjectOutput {
        delete_marker: removed.marker().map(|_| true),
        version_id: removed.version(input.version_id.clone()),
        ..Default::default()
    }))
}

/// What became of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Removed {
    /// It was not there, or was taken away without a marker.
    Nothing,
    /// It has this delete marker now.
    Marked(VersionId),
    /// This delete marker is gone.
    Unmarked(VersionId),
    /// One version is gone.
    Version,
}

impl Removed {
    /// The delete marker that was made or removed.
    fn marker(self) -> Option<String> {
        match self {
            Self::Marked(id) | Self::Unmarked(id) => Some(id.to_string()),
            Self::Nothing | Self::Version => None,
        }
    }

    /// The id that the answer tells; a version's is the one that was asked for.
    fn version(self, asked: Option<String>) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Marked(_) | Self::Unmarked(_) => self.marker(),
            Self::Version => asked,
        }
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
                delete_marker: removed.marker().map(|_| true),
                delete_marker_version_id: removed.marker(),
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
    let condition = object.e_tag.clone().map(dto::ETagCondition::ETag);
    let key = Unwanted {
        bucket,
        key: &object.key,
        version: object.version_id.as_deref(),
        expected: Expected {
            tag: condition.as_ref(),
            modified: object.last_modified_time.as_ref(),
            size: object.size,
        },
        bypass,
    };
    key.remove(keeper, caller).await
}

struct Unwanted<'r> {
    bucket: &'r str,
    key: &'r str,
    version: Option<&'r str>,
    expected: Expected<'r>,
    bypass: bool,
}

/// What a client takes to be there; it guards what is deleted, so that nothing fails where there is nothing.
#[derive(Debug, Clone, Copy)]
struct Expected<'r> {
    tag: Option<&'r dto::ETagCondition>,
    modified: Option<&'r dto::Timestamp>,
    size: Option<i64>,
}

impl Expected<'_> {
    fn is_anything(&self) -> bool {
        self.tag.is_none() && self.modified.is_none() && self.size.is_none()
    }

    /// Holds a version to it; a delete marker has a date and nothing else.
    fn check(&self, version: Option<&Version>, at: Timestamp) -> S3Result<()> {
        let tagged = match self.tag {
            None | Some(dto::ETagCondition::Any) => true,
            Some(dto::ETagCondition::ETag(tag)) => {
                matches!(tag, ETag::Strong(_)) && version.is_some_and(|version| *tag == etag(version))
            }
        };
        let size = version.map_or(0, |version| version.size);
        let sized = self.size.is_none_or(|stated| u64::try_from(stated) == Ok(size));
        let dated = self.modified.is_none_or(|stated| *stated == second(at));
        if tagged && sized && dated {
            return Ok(());
        }
        Err(s3_error!(PreconditionFailed, "the object is another by now"))
    }
}

impl Unwanted<'_> {
    /// Removes it. What is not there is gone already.
    async fn remove(&self, keeper: &Keeper, caller: &Caller) -> S3Result<Removed> {
        if self.version != Some(NULL) {
            version_id(self.version)?;
        }
        let item = keeper.item(caller, self.bucket, self.key).await;
        let Some(item) = item.map_err(|error| told(error, Missing::Bucket))? else {
            return Ok(self.version.map_or(Removed::Nothing, |_| Removed::Version));
        };
        if self.version.is_some_and(|version| !version.is_empty()) {
            return self.remove_version(keeper, caller, &item).await;
        }
        let plain = is_null(&item.version);
        match item.state {
            // Where versions have no ids there are no markers either: the key is not there.
            State::Archived if plain => return Ok(Removed::Nothing),
            State::Archived => self
                .expected
                .check(None, item.archived_at.unwrap_or(item.changed_at))?,
            State::Active => self.expected.check(Some(&item.version), item.version.made_at)?,
        }
        match keeper.mark(caller, self.bucket, self.key).await {
            Ok(_) if plain => Ok(Removed::Nothing),
            Ok(marker) => Ok(Removed::Marked(marker)),
            // Somebody else may have destroyed it in between, which is more than was wanted.
            Err(Error::NotFound(_)) => Ok(Removed::Nothing),
            Err(error) => Err(told(error, Missing::Key)),
        }
    }

    async fn remove_version(&self, keeper: &Keeper, caller: &Caller, item: &Item) -> S3Result<Removed> {
        let version = match named(keeper, caller, self.bucket, self.key, self.version).await {
            Ok(Some(version)) => version,
            Ok(None) => return Ok(Removed::Nothing),
            Err(error) if *error.code() == S3ErrorCode::NoSuchVersion => return Ok(Removed::Version),
            Err(error) => return Err(error),
        };
        if !self.expected.is_anything() {
            let found = match version == item.version.id {
                true => Ok(item.version.clone()),
                false => keeper.version(caller, self.bucket, self.key, version).await,
            };
            match found {
                Ok(found) => self.expected.check(Some(&found), found.made_at)?,
                Err(Error::NotFound(_)) => return self.unmark(keeper, caller, version).await,
                Err(error) => return Err(told(error, Missing::Version)),
            }
        }
        let removed = keeper
            .remove_version(caller, self.bucket, self.key, version, self.bypass)
            .await;
        match removed {
            Ok(()) => Ok(Removed::Version),
            Err(Error::NotFound(_)) => self.unmark(keeper, caller, version).await,
            Err(error) => Err(told(error, Missing::Version)),
        }
    }

    /// Removes a delete marker; what is no marker either is gone already.
    async fn unmark(&self, keeper: &Keeper, caller: &Caller, marker: VersionId) -> S3Result<Removed> {
        let since = keeper.marker(caller, self.bucket, self.key, marker).await;
        match since {
            Ok(Some(at)) => self.expected.check(None, at)?,
            Ok(None) | Err(Error::NotFound(_)) => return Ok(Removed::Version),
            Err(error) => return Err(told(error, Missing::Version)),
        }
        match keeper.unmark(caller, self.bucket, self.key, marker).await {
            Ok(true) => Ok(Removed::Unmarked(marker)),
            Ok(false) | Err(Error::NotFound(_)) => Ok(Removed::Version),
            Err(error) => Err(told(error, Missing::Version)),
        }
    }
}
