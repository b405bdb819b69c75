//! Listings of a bucket: names in byte order, grouped at a delimiter, a page at a time.
//!
//! Both versions of the listing and that of versions are one thing here; they differ in how they say where to go on.

mod encoding;
pub(crate) mod token;
mod versions;

use custody::item::{Item, ListNames, NamePage, Named};
use s3s::dto::{
    CommonPrefix, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, Object,
    ObjectStorageClass,
};
use s3s::{S3Request, S3Response, S3Result};

use crate::bucket::owner;
use crate::caller::Caller;
use crate::errors::{Missing, invalid, told};
use crate::keeper::Keeper;
use crate::object::{etag, moment};
pub(crate) use encoding::Encoding;
pub(crate) use versions::list as versions;

/// What S3 allows on one page, and gives when nothing is said.
const MOST_KEYS: i32 = 1_000;

/// Answers the first version of the listing.
pub(crate) async fn first(
    keeper: &Keeper,
    request: S3Request<ListObjectsInput>,
) -> S3Result<S3Response<ListObjectsOutput>> {
    let caller = Caller::of(&request)?;
    let input = request.input;
    let encoding = Encoding::asked(input.encoding_type.as_ref())?;
    let limit = limit(input.max_keys)?;
    let wanted = ListNames {
        prefix: input.prefix.clone().unwrap_or_default(),
        after: given(input.marker.clone()),
        delimiter: given(input.delimiter.clone()),
        limit,
    };
    let grouped = wanted.delimiter.is_some();
    let page = page(keeper, &caller, &input.bucket, wanted).await?;
    let (contents, prefixes) = shown(&page, encoding, Some(&caller));
    let write = |name: &String| encoding.write(name);
    Ok(S3Response::new(ListObjectsOutput {
        name: Some(input.bucket),
        prefix: Some(write(&input.prefix.unwrap_or_default())),
        marker: Some(write(&input.marker.unwrap_or_default())),
        max_keys: Some(limit.try_into().unwrap_or(MOST_KEYS)),
        is_truncated: Some(page.more.is_some()),
        // Without a delimiter clients go on after the last key.
        next_marker: page.more.as_ref().filter(|_| grouped).map(write),
        delimiter: given(input.delimiter).as_ref().map(write),
        encoding_type: encoding.said(),
        contents: Some(contents),
        common_prefixes: Some(prefixes),
        ..Default::default()
    }))
}

/// Answers the second version of the listing.
pub(crate) async fn second(
    keeper: &Keeper,
    request: S3Request<ListObjectsV2Input>,
) -> S3Result<S3Response<ListObjectsV2Output>> {
    let caller = Caller::of(&request)?;
    let input = request.input;
    let encoding = Encoding::asked(input.encoding_type.as_ref())?;
    let limit = limit(input.max_keys)?;
    let begun = given(input.continuation_token.clone());
    let begun = begun.as_deref().map(token::read).transpose()?;
    let wanted = ListNames {
        prefix: input.prefix.clone().unwrap_or_default(),
        after: begun.or_else(|| given(input.start_after.clone())),
        delimiter: given(input.delimiter.clone()),
        limit,
    };
    let page = page(keeper, &caller, &input.bucket, wanted).await?;
    let named = input.fetch_owner.unwrap_or(false).then_some(&caller);
    let (contents, prefixes) = shown(&page, encoding, named);
    let write = |name: &String| encoding.write(name);
    Ok(S3Response::new(ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(write(&input.prefix.unwrap_or_default())),
        max_keys: Some(limit.try_into().unwrap_or(MOST_KEYS)),
        key_count: i32::try_from(contents.len() + prefixes.len()).ok(),
        continuation_token: input.continuation_token,
        is_truncated: Some(page.more.is_some()),
        next_continuation_token: page.more.as_deref().map(token::write),
        contents: Some(contents),
        common_prefixes: Some(prefixes),
        delimiter: given(input.delimiter).as_ref().map(write),
        encoding_type: encoding.said(),
        start_after: input.start_after.as_ref().map(write),
        ..Default::default()
    }))
}

async fn page(keeper: &Keeper, caller: &Caller, bucket: &str, wanted: ListNames) -> S3Result<NamePage> {
    if wanted.limit == 0 {
        let bucket = keeper.bucket(caller, bucket).await;
        bucket.map_err(|error| told(error, Missing::Bucket))?;
        return Ok(NamePage::default());
    }
    let page = keeper.names(caller, bucket, wanted).await;
    page.map_err(|error| told(error, Missing::Bucket))
}

fn shown(page: &NamePage, encoding: Encoding, named: Option<&Caller>) -> (Vec<Object>, Vec<CommonPrefix>) {
    let (mut contents, mut prefixes) = (Vec::new(), Vec::new());
    for entry in &page.entries {
        match entry {
            Named::Item(item) => contents.push(object(item, encoding, named)),
            Named::Prefix(prefix) => prefixes.push(CommonPrefix {
                prefix: Some(encoding.write(prefix)),
            }),
        }
    }
    (contents, prefixes)
}

fn object(item: &Item, encoding: Encoding, named: Option<&Caller>) -> Object {
    Object {
        key: Some(encoding.write(&item.name)),
        last_modified: Some(moment(item.version.made_at)),
        e_tag: Some(etag(&item.version)),
        size: Some(i64::try_from(item.version.size).unwrap_or(i64::MAX)),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        owner: named.map(owner),
        ..Default::default()
    }
}

/// An empty value is none: clients write `delimiter=` for it.
pub(crate) fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

pub(crate) fn limit(max_keys: Option<i32>) -> S3Result<u32> {
    let limit = max_keys.unwrap_or(MOST_KEYS).min(MOST_KEYS);
    limit
        .try_into()
        .map_err(|_| invalid("max-keys is a number from 0 to 1,000"))
}
