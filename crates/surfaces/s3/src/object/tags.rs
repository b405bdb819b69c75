//! Tags of a version: names and values that S3 tools filter by, kept as a note.
//!
//! Promises: within S3's limits, each name once. Leaves out: deciding anything by them.

use std::collections::BTreeMap;

use custody::item::Version;
use http::HeaderMap;
use s3s::dto::{
    DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectTaggingInput, GetObjectTaggingOutput,
    PutObjectTaggingInput, PutObjectTaggingOutput, Tag,
};
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use super::read::{current, found, unreadable};
use crate::caller::{Caller, is_ours};
use crate::keeper::Keeper;
use crate::versioning::{named, told_id};

/// The note that holds them, written as a query.
pub(crate) const NOTE: &str = "tags";
const MOST_TAGS: usize = 10;
const LONGEST_NAME: usize = 128;
const LONGEST_VALUE: usize = 256;

/// The tags that a request brings in its header, as a note.
pub(crate) fn of_header(headers: &HeaderMap) -> S3Result<Option<String>> {
    let Some(value) = headers.get("x-amz-tagging") else {
        return Ok(None);
    };
    let pairs = form_urlencoded::parse(value.as_bytes());
    let pairs = pairs
        // What is said to custody is no tag of the object.
        .filter(|(name, _)| !is_ours(name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    written(pairs, MOST_TAGS)
}

/// How many tags a version has, if any.
pub(crate) fn count(version: &Version) -> Option<usize> {
    Some(of(version).len()).filter(|count| *count > 0)
}

fn of(version: &Version) -> Vec<(String, String)> {
    let note = version.notes.get(NOTE).map(String::as_str).unwrap_or_default();
    form_urlencoded::parse(note.as_bytes()).into_owned().collect()
}

/// Tags as a note holds them.
///
/// # Errors
/// More than `most`, or such as S3 does not allow.
pub(crate) fn written(pairs: Vec<(String, String)>, most: usize) -> S3Result<Option<String>> {
    let fits = |(name, value): &(String, String)| {
        (1..=LONGEST_NAME).contains(&name.chars().count()) && value.chars().count() <= LONGEST_VALUE
    };
    let names: BTreeMap<&str, ()> = pairs.iter().map(|(name, _)| (name.as_str(), ())).collect();
    if pairs.len() > most || names.len() < pairs.len() || !pairs.iter().all(fits) {
        return Err(bad_tags(most));
    }
    let text = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&pairs)
        .finish();
    Ok((!text.is_empty()).then_some(text))
}

/// The tags that a note holds.
pub(crate) fn shown(note: &str) -> Vec<Tag> {
    let mut pairs: Vec<_> = form_urlencoded::parse(note.as_bytes()).into_owned().collect();
    // S3 keeps no order; clients that compare sets find this one by name.
    pairs.sort();
    let tag = |(key, value)| Tag {
        key: Some(key),
        value: Some(value),
    };
    pairs.into_iter().map(tag).collect()
}

fn bad_tags(most: usize) -> S3Error {
    s3_error!(
        InvalidTag,
        "give at most {most} tags, each name once, names of 1 to 128 and values of at most 256 characters"
    )
}

/// Answers GET ?tagging.
pub(crate) async fn get(
    keeper: &Keeper,
    request: S3Request<GetObjectTaggingInput>,
) -> S3Result<S3Response<GetObjectTaggingOutput>> {
    let caller = Caller::of(&request)?;
    let input = request.input;
    let asked = input.version_id.as_deref();
    let version = named(keeper, &caller, &input.bucket, &input.key, asked).await?;
    let item = found(keeper, &caller, &input.bucket, &input.key, version).await?;
    let version = current(keeper, &caller, &item, version).await?;
    let note = version.notes.get(NOTE).map(String::as_str).unwrap_or_default();
    Ok(S3Response::new(GetObjectTaggingOutput {
        tag_set: shown(note),
        version_id: told_id(&version, asked),
    }))
}

/// Answers PUT ?tagging.
pub(crate) async fn put(
    keeper: &Keeper,
    request: S3Request<PutObjectTaggingInput>,
) -> S3Result<S3Response<PutObjectTaggingOutput>> {
    let caller = Caller::of(&request)?;
    let input = request.input;
    let pair = |tag: Tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
    let pairs: Vec<_> = input.tagging.tag_set.into_iter().map(pair).collect();
    if pairs.iter().any(|(name, _)| is_ours(name)) {
        return Err(s3_error!(
            InvalidTag,
            "whom an object is about, its class, and why it is put are said when it is put"
        ));
    }
    let note = written(pairs, MOST_TAGS)?;
    let place = (
        input.bucket.as_str(),
        input.key.as_str(),
        input.version_id.as_deref(),
    );
    let changed = change(keeper, &caller, place, note).await?;
    Ok(S3Response::new(PutObjectTaggingOutput {
        version_id: told_id(&changed, place.2),
    }))
}

/// Answers DELETE ?tagging.
pub(crate) async fn delete(
    keeper: &Keeper,
    request: S3Request<DeleteObjectTaggingInput>,
) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
    let caller = Caller::of(&request)?;
    let input = request.input;
    let place = (
        input.bucket.as_str(),
        input.key.as_str(),
        input.version_id.as_deref(),
    );
    let changed = change(keeper, &caller, place, None).await?;
    Ok(S3Response::new(DeleteObjectTaggingOutput {
        version_id: told_id(&changed, place.2),
    }))
}

async fn change(
    keeper: &Keeper,
    caller: &Caller,
    (bucket, key, version): (&str, &str, Option<&str>),
    note: Option<String>,
) -> S3Result<Version> {
    let version = named(keeper, caller, bucket, key, version).await?;
    found(keeper, caller, bucket, key, version).await?;
    let changes = BTreeMap::from([(NOTE.to_owned(), note)]);
    let changed = keeper.change_notes(caller, bucket, key, version, changes).await;
    changed.map_err(|error| unreadable(error, version))
}
