//! The listing of all versions of a bucket's keys, each key's newest first.
//!
//! Delete markers stand where an item was archived, also below versions that came later.

use custody::item::{Item, ListNames, NamedVersion, VersionCursor, VersionsShown};
use s3s::dto::{
    CommonPrefix, DeleteMarkerEntry, ListObjectVersionsInput, ListObjectVersionsOutput, ObjectVersion,
    ObjectVersionStorageClass,
};
use s3s::{S3Request, S3Response, S3Result};

use super::{Encoding, given, limit};
use crate::bucket::{found, owner};
use crate::caller::Caller;
use crate::errors::{Missing, invalid, told};
use crate::keeper::Keeper;
use crate::object::{etag, moment};
use crate::versioning::{NULL, is_null};

/// Answers GET ?versions.
pub(crate) async fn list(
    keeper: &Keeper,
    request: S3Request<ListObjectVersionsInput>,
) -> S3Result<S3Response<ListObjectVersionsOutput>> {
    let caller = Caller::of(&request)?;
    let encoding = Encoding::asked(request.input.encoding_type.as_ref())?;
    let limit = limit(request.input.max_keys)?;
    if limit == 0 {
        found(keeper, &request, &request.input.bucket).await?;
    }
    let input = request.input;
    let wanted = ListNames {
        prefix: input.prefix.clone().unwrap_or_default(),
        after: None,
        delimiter: given(input.delimiter.clone()),
        limit,
    };
    let after = cursor(
        given(input.key_marker.clone()),
        given(input.version_id_marker.clone()),
    )?;
    let page = keeper.versions(&caller, &input.bucket, wanted, after).await;
    let page = page.map_err(|error| told(error, Missing::Bucket))?;
    let shown = Shown::of(page.entries, encoding, &caller);
    let write = |name: &String| encoding.write(name);
    Ok(S3Response::new(ListObjectVersionsOutput {
        name: Some(input.bucket),
        prefix: Some(write(&input.prefix.unwrap_or_default())),
        key_marker: Some(write(&input.key_marker.unwrap_or_default())),
        version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
        max_keys: i32::try_from(limit).ok(),
        is_truncated: Some(page.more.is_some()),
        next_key_marker: page.more.as_ref().map(|more| write(&more.name)),
        next_version_id_marker: page.more.as_ref().and_then(|more| version_text(more.version)),
        delimiter: given(input.delimiter).as_ref().map(write),
        encoding_type: encoding.said(),
        versions: Some(shown.versions),
        delete_markers: Some(shown.markers),
        common_prefixes: Some(shown.prefixes),
        ..Default::default()
    }))
}

fn cursor(key: Option<String>, version: Option<String>) -> S3Result<Option<VersionCursor>> {
    let version = match version.as_deref() {
        None => VersionsShown::All,
        Some(id) => {
            let id = id.parse();
            VersionsShown::DownTo(
                id.map_err(|_| invalid("version-id-marker is a version id of this server"))?,
            )
        }
    };
    match key {
        Some(name) => Ok(Some(VersionCursor { name, version })),
        None if version == VersionsShown::All => Ok(None),
        None => Err(invalid("version-id-marker comes with key-marker")),
    }
}

fn version_text(shown: VersionsShown) -> Option<String> {
    match shown {
        VersionsShown::All => None,
        VersionsShown::DownTo(id) => Some(id.to_string()),
    }
}

#[derive(Default)]
struct Shown {
    versions: Vec<ObjectVersion>,
    markers: Vec<DeleteMarkerEntry>,
    prefixes: Vec<CommonPrefix>,
}

impl Shown {
    fn of(entries: Vec<NamedVersion>, encoding: Encoding, caller: &Caller) -> Self {
        let (mut shown, mut nulled) = (Self::default(), None);
        for entry in entries {
            match entry {
                NamedVersion::Version { item, latest } => {
                    // The newest without an id is the one that S3 has a name for.
                    let null = is_null(&item.version) && nulled.as_ref() != Some(&item.name);
                    nulled = nulled
                        .filter(|_| !null)
                        .or_else(|| null.then(|| item.name.clone()));
                    shown
                        .versions
                        .push(version(&item, latest, null, encoding, caller))
                }
                NamedVersion::Marker { name, id, at, latest } => shown.markers.push(DeleteMarkerEntry {
                    is_latest: Some(latest),
                    key: Some(encoding.write(&name)),
                    last_modified: Some(moment(at)),
                    owner: Some(owner(caller)),
                    version_id: Some(id.to_string()),
                }),
                NamedVersion::Prefix(prefix) => shown.prefixes.push(CommonPrefix {
                    prefix: Some(encoding.write(&prefix)),
                }),
            }
        }
        shown
    }
}

fn version(item: &Item, latest: bool, null: bool, encoding: Encoding, caller: &Caller) -> ObjectVersion {
    ObjectVersion {
        key: Some(encoding.write(&item.name)),
        version_id: Some(match null {
            true => NULL.to_owned(),
            false => item.version.id.to_string(),
        }),
        is_latest: Some(latest),
        last_modified: Some(moment(item.version.made_at)),
        e_tag: Some(etag(&item.version)),
        size: Some(i64::try_from(item.version.size).unwrap_or(i64::MAX)),
        storage_class: Some(ObjectVersionStorageClass::from_static(
            ObjectVersionStorageClass::STANDARD,
        )),
        owner: Some(owner(caller)),
        ..Default::default()
    }
}
