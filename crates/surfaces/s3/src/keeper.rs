//! Custody in the words of S3: every call to it stands here.
//!
//! Promises: buckets are asked for by name alone, and a name that S3 would not take is a bucket that is not there.
//! Leaves out: S3's codes (`errors`) and shapes.

use std::collections::BTreeMap;

use access::Action;
use bytes::Bytes;
use custody::dataset::{Dataset, DatasetChange, DatasetRef, NewDataset, State};
use custody::item::{
    BodyError, Content, Filter, Hold, HoldChange, Item, ListNames, NamePage, PutItem, ReadItem, Stored,
    Target, Version, VersionCursor, VersionPage,
};
use custody::key::{Identity, IssuedKey, NewTemporary};
use custody::upload::{CompleteUpload, MOST_PARTS, NewUpload, Part, PutPart, TakenPart, Upload};
use custody::{Custody, Error, Result};
use futures_util::Stream;
use kernel::{DatasetId, ItemId, PageRequest, Timestamp, UploadId, VersionId};
use operation::{Recorded, Request};
use s3s::validation::{AwsNameValidation, NameValidation as _};

use crate::caller::Caller;

/// The custody behind the surface.
#[derive(Clone)]
pub(crate) struct Keeper {
    custody: Custody,
}

/// What became of a bucket that was to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Removal {
    /// It is gone.
    Done,
    /// It has keys or delete markers still.
    NotEmpty,
}

/// Whether a name may be a bucket's.
pub(crate) fn is_bucket_name(name: &str) -> bool {
    AwsNameValidation::new().validate_bucket_name(name)
}

impl Keeper {
    pub(crate) fn new(custody: Custody) -> Self {
        Self { custody }
    }

    /// All buckets that the caller may know of, by name.
    pub(crate) async fn buckets(&self, caller: &Caller) -> Result<Vec<Dataset>> {
        let (mut found, mut page) = (Vec::new(), PageRequest::first(PageRequest::MAX));
        loop {
            let listed = self
                .custody
                .list_datasets(&caller.credential, caller.request.clone(), page.clone());
            let listed = listed.await?;
            found.extend(listed.items.into_iter().filter(is_bucket));
            match listed.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    /// The bucket of this name. Names can be guessed, so who may not look at it is not told that it is there.
    pub(crate) async fn bucket(&self, caller: &Caller, name: &str) -> Result<Dataset> {
        let dataset = self
            .custody
            .dataset(&caller.credential, looking(caller), named(name)?)
            .await;
        let dataset = dataset.map_err(|error| match error {
            Error::Forbidden {
                action: Action::DatasetView,
                ..
            } => Error::NotFound("dataset"),
            error => error,
        })?;
        Some(dataset).filter(is_bucket).ok_or(Error::NotFound("dataset"))
    }

    /// Who the caller is.
    pub(crate) async fn identity(&self, caller: &Caller) -> Result<Identity> {
        self.custody
            .identity(&caller.credential, caller.request.clone())
            .await
    }

    /// Takes a temporary credential of the caller's key.
    pub(crate) async fn lend(&self, caller: &Caller, new: NewTemporary) -> Result<IssuedKey> {
        self.custody
            .lend_key(&caller.credential, caller.request.clone(), new, None)
            .await
    }

    /// The present moment.
    pub(crate) fn now(&self) -> Timestamp {
        self.custody.desk().clock.now()
    }

    /// Changes what is kept about a bucket.
    pub(crate) async fn change_bucket(
        &self,
        caller: &Caller,
        bucket: DatasetId,
        change: DatasetChange,
    ) -> Result<Dataset> {
        let request = caller.request.clone();
        self.custody
            .change_dataset(&caller.credential, request, DatasetRef::Id(bucket), change)
            .await
    }

    /// What keeps a version from being deleted.
    pub(crate) async fn hold(
        &self,
        caller: &Caller,
        bucket: &str,
        key: &str,
        version: Option<VersionId>,
    ) -> Result<Hold> {
        let request = looking(caller);
        self.custody
            .hold(&caller.credential, request, named(bucket)?, key, version)
            .await
    }

    /// Changes what keeps a version from being deleted.
    pub(crate) async fn change_hold(
        &self,
        caller: &Caller,
        bucket: &str,
        key: &str,
        version: Option<VersionId>,
        change: HoldChange,
    ) -> Result<Hold> {
        let request = caller.request.clone();
        self.custody
            .change_hold(&caller.credential, request, named(bucket)?, key, version, change)
            .await
    }

    /// Whether buckets may lie in the place of this label.
    pub(crate) fn offers(&self, region: &str) -> bool {
        self.custody
            .regions()
            .iter()
            .any(|offered| offered.label == region)
    }

    /// The labels of all places.
    pub(crate) fn offered(&self) -> String {
        let regions = self.custody.regions().into_iter();
        regions.map(|region| region.label).collect::<Vec<_>>().join(", ")
    }

    /// Makes a bucket, in the home region when none is named.
    pub(crate) async fn make_bucket(
        &self,
        caller: &Caller,
        name: &str,
        region: Option<String>,
    ) -> Result<Dataset> {
        let new = NewDataset {
            name: name.to_owned(),
            region,
            ..NewDataset::default()
        };
        self.custody
            .create_dataset(&caller.credential, caller.request.clone(), new, None)
            .await
    }

    /// Removes an empty bucket. S3 knows no archived buckets, so both steps are one here; when the second does not
    /// happen, the first is undone.
    pub(crate) async fn remove_bucket(&self, caller: &Caller, name: &str) -> Result<Removal> {
        let dataset = self.bucket(caller, name).await?;
        let id = || DatasetRef::Id(dataset.id);
        let (credential, request) = (&caller.credential, || caller.request.clone());
        let kept = self
            .custody
            .list_items(
                credential,
                looking(caller),
                id(),
                Filter::default(),
                PageRequest::first(1),
            )
            .await?;
        if !kept.items.is_empty() {
            return Ok(Removal::NotEmpty);
        }
        self.custody.archive_dataset(credential, request(), id()).await?;
        let deleted = self.custody.delete_dataset(credential, request(), id()).await;
        if deleted.is_err() {
            self.custody.restore_dataset(credential, request(), id()).await?;
        }
        match deleted {
            Ok(_) => Ok(Removal::Done),
            Err(Error::Conflict(_)) => Ok(Removal::NotEmpty),
            Err(error) => Err(error),
        }
    }

    /// The item under a key, archived ones too; nothing if the bucket has no such key.
    pub(crate) async fn item(&self, caller: &Caller, bucket: &str, key: &str) -> Result<Option<Item>> {
        let filter = Filter {
            name: Some(key.to_owned()),
            ..Filter::default()
        };
        let found = self
            .custody
            .list_items(
                &caller.credential,
                looking(caller),
                named(bucket)?,
                filter,
                PageRequest::first(1),
            )
            .await?;
        Ok(found.items.into_iter().next())
    }

    /// A page of a bucket's keys in byte order. It is full unless there are no more: S3 clients expect that.
    pub(crate) async fn names(&self, caller: &Caller, bucket: &str, wanted: ListNames) -> Result<NamePage> {
        let mut page = NamePage {
            entries: Vec::new(),
            more: wanted.after.clone(),
        };
        loop {
            let rest = ListNames {
                after: page.more.take(),
                limit: wanted
                    .limit
                    .saturating_sub(u32::try_from(page.entries.len()).unwrap_or(u32::MAX)),
                ..wanted.clone()
            };
            let listed =
                self.custody
                    .list_names(&caller.credential, caller.request.clone(), named(bucket)?, rest);
            let listed = listed.await?;
            page.entries.extend(listed.entries);
            page.more = listed.more;
            if page.more.is_none() || page.entries.len() >= wanted.limit as usize {
                return Ok(page);
            }
        }
    }

    /// The newest version of a key that has this note.
    pub(crate) async fn newest_with_note(
        &self,
        caller: &Caller,
        bucket: &str,
        key: &str,
        note: &str,
    ) -> Result<Option<VersionId>> {
        let Some(item) = self.item(caller, bucket, key).await? else {
            return Ok(None);
        };
        if item.version.notes.contains_key(note) {
            return Ok(Some(item.version.id));
        }
        let (mut newest, mut page) = (None, PageRequest::first(PageRequest::MAX));
        loop {
            let versions = self
                .custody
                .versions(&caller.credential, looking(caller), item.id, page.clone());
            let versions = versions.await?;
            // They come oldest first.
            let noted = |version: &&Version| version.notes.contains_key(note);
            newest = versions
                .items
                .iter()
                .rev()
                .find(noted)
                .map(|version| version.id)
                .or(newest);
            match versions.next {
                Some(next) => page.after = Some(next),
                None => return Ok(newest),
            }
        }
    }

    /// Parts of a version, without the first ones.
    pub(crate) async fn version_parts(
        &self,
        caller: &Caller,
        (bucket, key, version): (&str, &str, VersionId),
        skip: u32,
        limit: u32,
    ) -> Result<Vec<Part>> {
        let version = (named(bucket)?, key.to_owned(), version);
        self.custody
            .version_parts(&caller.credential, looking(caller), version, skip, limit)
            .await
    }

    /// One version of a key.
    pub(crate) async fn version(
        &self,
        caller: &Caller,
        bucket: &str,
        key: &str,
        version: VersionId,
    ) -> Result<Version> {
        let item = self
            .custody
            .item_named(
                &caller.credential,
                looking(caller),
                named(bucket)?,
                key,
                Some(version),
            )
            .await?;
        Ok(item.version)
    }

    /// Opens an item's content.
    pub(crate) async fn read(&self, caller: &Caller, item: ItemId, read: ReadItem) -> Result<Content> {
        self.custody
            .read(&caller.credential, looking(caller), item, under_marker(read))
            .await
    }

    /// The dataset that a bucket is.
    pub(crate) fn dataset(&self, bucket: &str) -> Result<DatasetRef> {
        named(bucket)
    }

    /// Where the bytes of a key go.
    pub(crate) fn target(&self, bucket: &str, key: &str) -> Result<Target> {
        Ok(Target::Name(named(bucket)?, key.to_owned()))
    }

    /// Takes in the bytes of a key.
    pub(crate) async fn put<S>(&self, caller: &Caller, put: PutItem, body: S) -> Result<Stored>
    where
        S: Stream<Item = std::result::Result<Bytes, BodyError>> + Unpin,
    {
        let put = self
            .custody
            .put(&caller.credential, caller.request.clone(), put, body);
        to_be_read(put.await?)
    }

    /// Begins an upload in parts.
    pub(crate) async fn begin_upload(&self, caller: &Caller, bucket: &str, new: NewUpload) -> Result<Upload> {
        self.custody
            .begin_upload(&caller.credential, caller.request.clone(), named(bucket)?, new)
            .await
    }

    /// Takes in the bytes of a part.
    pub(crate) async fn put_part<S>(&self, caller: &Caller, put: PutPart, body: S) -> Result<TakenPart>
    where
        S: Stream<Item = std::result::Result<Bytes, BodyError>> + Unpin,
    {
        self.custody
            .put_part(&caller.credential, caller.request.clone(), put, body)
            .await
    }

    /// Makes a version of the parts.
    pub(crate) async fn complete_upload(&self, caller: &Caller, complete: CompleteUpload) -> Result<Stored> {
        let completed = self
            .custody
            .complete_upload(&caller.credential, caller.request.clone(), complete);
        to_be_read(completed.await?)
    }

    /// Gives an upload up.
    pub(crate) async fn abort_upload(&self, caller: &Caller, bucket: &str, upload: UploadId) -> Result<()> {
        let aborted =
            self.custody
                .abort_upload(&caller.credential, caller.request.clone(), named(bucket)?, upload);
        aborted.await.map(drop)
    }

    /// All uploads under way in a bucket.
    pub(crate) async fn uploads(&self, caller: &Caller, bucket: &str) -> Result<Vec<Upload>> {
        let (mut found, mut page) = (Vec::new(), PageRequest::first(PageRequest::MAX));
        loop {
            let (request, page_of) = (caller.request.clone(), page.clone());
            let listed = self
                .custody
                .list_uploads(&caller.credential, request, named(bucket)?, page_of)
                .await?;
            found.extend(listed.items);
            match listed.next {
                Some(next) => page.after = Some(next),
                None => return Ok(found),
            }
        }
    }

    /// What an upload is for, and all its parts: at most ten thousand.
    pub(crate) async fn parts(
        &self,
        caller: &Caller,
        bucket: &str,
        upload: UploadId,
    ) -> Result<(NewUpload, Vec<Part>)> {
        let request = looking(caller);
        self.custody
            .list_parts(&caller.credential, request, named(bucket)?, upload, 0, MOST_PARTS)
            .await
    }

    /// Whether the item of an upload will be about one person.
    pub(crate) async fn is_about_somebody(
        &self,
        caller: &Caller,
        bucket: &str,
        upload: UploadId,
    ) -> Result<bool> {
        let request = looking(caller);
        let listed = self
            .custody
            .list_parts(&caller.credential, request, named(bucket)?, upload, 0, 1);
        Ok(listed.await?.0.subject.is_some())
    }

    /// A page of all versions of a bucket's keys, full unless there are no more.
    pub(crate) async fn versions(
        &self,
        caller: &Caller,
        bucket: &str,
        wanted: ListNames,
        after: Option<VersionCursor>,
    ) -> Result<VersionPage> {
        let mut page = VersionPage {
            entries: Vec::new(),
            more: after,
        };
        if wanted.limit == 0 {
            return Ok(VersionPage::default());
        }
        loop {
            let rest = ListNames {
                limit: wanted
                    .limit
                    .saturating_sub(u32::try_from(page.entries.len()).unwrap_or(u32::MAX)),
                ..wanted.clone()
            };
            let (request, after) = (caller.request.clone(), page.more.take());
            let listed = self
                .custody
                .list_versions_by_name(&caller.credential, request, named(bucket)?, rest, after)
                .await?;
            page.entries.extend(listed.entries);
            page.more = listed.more;
            if page.more.is_none() || page.entries.len() >= wanted.limit as usize {
                return Ok(page);
            }
        }
    }

    /// Destroys one version; `bypass` sets a governance hold aside.
    pub(crate) async fn remove_version(
        &self,
        caller: &Caller,
        bucket: &str,
        key: &str,
        version: VersionId,
        bypass: bool,
    ) -> Result<()> {
        let request = caller.request.clone();
        let deleted =
            self.custody
                .delete_version(&caller.credential, request, named(bucket)?, key, version, bypass);
        deleted.await.map(drop)
    }

    /// Sets or forgets what is kept about a version.
    pub(crate) async fn change_notes(
        &self,
        caller: &Caller,
        bucket: &str,
        key: &str,
        version: Option<VersionId>,
        changes: BTreeMap<String, Option<String>>,
    ) -> Result<Version> {
        let request = caller.request.clone();
        self.custody
            .change_notes(&caller.credential, request, named(bucket)?, key, version, changes)
            .await
    }

    /// Opens the content of a key in one act.
    pub(crate) async fn read_key(
        &self,
        caller: &Caller,
        bucket: &str,
        key: &str,
        read: ReadItem,
    ) -> Result<Content> {
        self.custody
            .read_named(
                &caller.credential,
                looking(caller),
                named(bucket)?,
                key,
                under_marker(read),
            )
            .await
    }

    /// Puts a delete marker above the versions of a key; gives its id.
    pub(crate) async fn mark(&self, caller: &Caller, bucket: &str, key: &str) -> Result<VersionId> {
        self.custody
            .mark(&caller.credential, caller.request.clone(), named(bucket)?, key)
            .await
    }

    /// Since when a delete marker stands in a key, if it does.
    pub(crate) async fn marker(
        &self,
        caller: &Caller,
        bucket: &str,
        key: &str,
        marker: VersionId,
    ) -> Result<Option<Timestamp>> {
        self.custody
            .marker(&caller.credential, looking(caller), named(bucket)?, key, marker)
            .await
    }

    /// Removes a delete marker; gives whether there was one.
    pub(crate) async fn unmark(
        &self,
        caller: &Caller,
        bucket: &str,
        key: &str,
        marker: VersionId,
    ) -> Result<bool> {
        self.custody
            .delete_marker(
                &caller.credential,
                caller.request.clone(),
                named(bucket)?,
                key,
                marker,
            )
            .await
    }
}

/// The request for an act that only looks: when something is written after it, the answer names the entry of that.
fn looking(caller: &Caller) -> Request {
    Request {
        recorded: Recorded::default(),
        ..caller.request.clone()
    }
}

/// In S3 a delete marker hides what is below it from those alone who do not name a version.
fn under_marker(read: ReadItem) -> ReadItem {
    ReadItem {
        under_marker: read.version.is_some(),
        ..read
    }
}

/// S3 says of an object that was put that it is there. What is in quarantine is not: tools report the file and go on with others.
fn to_be_read(stored: Stored) -> Result<Stored> {
    match &stored.item.version.quarantine {
        None => Ok(stored),
        Some(held) => Err(Error::Conflict(format!(
            "it was kept in quarantine, where nobody reads it: {}; an owner or admin can release or delete it",
            held.reason
        ))),
    }
}

fn is_bucket(dataset: &Dataset) -> bool {
    dataset.state == State::Active && is_bucket_name(&dataset.name)
}

fn named(bucket: &str) -> Result<DatasetRef> {
    if is_bucket_name(bucket) {
        Ok(DatasetRef::Name(bucket.to_owned()))
    } else {
        Err(Error::NotFound("dataset"))
    }
}
