//! GET and HEAD of a key.
//!
//! Promises: the entry of the read is durable before the first byte leaves; a range opens only what it needs; a
//! checksum goes out with the whole object alone, and only if it was asked for.

use std::collections::BTreeMap;

use axum::body::Body;
use bytes::Bytes;
use custody::Error;
use custody::item::{Content, Item, ItemStream, Range, ReadItem, State, Version};
use futures_util::{Stream, stream};
use http::{HeaderMap, HeaderValue};
use kernel::VersionId;
use s3s::dto::{self, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, StreamingBlob};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::conditions::{Dates, Verdict, by_tag, judge, needs_look};
use super::customer::{self, Customer};
use super::lock::Shown;
use super::sealed::{self, Said};
use super::{described, etag, moment, sum_type, tags};
use crate::caller::Caller;
use crate::errors::{Missing, told};
use crate::keeper::Keeper;
use crate::stated::Sum;
use crate::versioning::{is_null, named, told_id};

/// What GET and HEAD have in common.
struct Wanted {
    bucket: String,
    key: String,
    version: Option<String>,
    range: Option<dto::Range>,
    part: Option<i32>,
    if_match: Option<dto::ETagCondition>,
    if_none_match: Option<dto::ETagCondition>,
    if_modified_since: Option<dto::Timestamp>,
    if_unmodified_since: Option<dto::Timestamp>,
    sums: bool,
    head: bool,
    customer: Option<Customer>,
}

macro_rules! wanted {
    ($input:expr, $customer:expr, $head:expr) => {{
        let input = $input;
        Wanted {
            bucket: input.bucket,
            key: input.key,
            version: input.version_id,
            range: input.range,
            part: input.part_number,
            if_match: input.if_match,
            if_none_match: input.if_none_match,
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
            sums: input
                .checksum_mode
                .is_some_and(|mode| mode.as_str().eq_ignore_ascii_case("enabled")),
            head: $head,
            customer: $customer,
        }
    }};
}

/// Both answers have the same fields but for the body.
macro_rules! answered {
    ($output:ident, $opened:expr) => {{
        let opened = $opened;
        let (version, content) = (&opened.content.item.version, &opened.content);
        let said = Said::of_version(version, opened.customer.as_ref());
        $output {
            accept_ranges: Some("bytes".to_owned()),
            content_length: Some(i64::try_from(content.range.end - content.range.start).unwrap_or(i64::MAX)),
            content_range: opened.content_range(),
            content_type: Some(described::content_type(version)),
            cache_control: described::header(version, "cache-control"),
            content_disposition: described::header(version, "content-disposition"),
            content_encoding: described::header(version, "content-encoding"),
            content_language: described::header(version, "content-language"),
            metadata: described::metadata(version),
            e_tag: Some(etag(version)),
            last_modified: Some(moment(version.made_at)),
            version_id: told_id(version, opened.asked.as_deref()),
            server_side_encryption: said.sealed,
            ssekms_key_id: said.kms_key,
            sse_customer_algorithm: said.algorithm,
            sse_customer_key_md5: said.md5,
            object_lock_mode: opened.lock.mode(),
            object_lock_retain_until_date: opened.lock.until(),
            object_lock_legal_hold_status: opened.lock.legal(),
            checksum_crc32: opened.sum(Sum::Crc32),
            checksum_crc32c: opened.sum(Sum::Crc32c),
            checksum_crc64nvme: opened.sum(Sum::Crc64Nvme),
            checksum_sha1: opened.sum(Sum::Sha1),
            checksum_sha256: opened.sum(Sum::Sha256),
            checksum_type: opened.sum_type(),
            parts_count: opened.parts,
            ..Default::default()
        }
    }};
}

/// Answers GET.
pub(crate) async fn get(
    keeper: &Keeper,
    request: S3Request<GetObjectInput>,
) -> S3Result<S3Response<GetObjectOutput>> {
    let caller = Caller::of(&request)?;
    sealed::check_read(&request.headers)?;
    let customer = Customer::of(&request.headers)?;
    let opened = open(keeper, &caller, wanted!(request.input, customer, false)).await?;
    let output = answered!(GetObjectOutput, &opened);
    let headers = further(&opened.content.item.version);
    let body = opened.content.body.map(blob);
    Ok(S3Response::with_headers(
        GetObjectOutput { body, ..output },
        headers,
    ))
}

/// Answers HEAD.
pub(crate) async fn head(
    keeper: &Keeper,
    request: S3Request<HeadObjectInput>,
) -> S3Result<S3Response<HeadObjectOutput>> {
    let caller = Caller::of(&request)?;
    sealed::check_read(&request.headers)?;
    let customer = Customer::of(&request.headers)?;
    let overrides = overrides(&request.input)?;
    let opened = open(keeper, &caller, wanted!(request.input, customer, true)).await?;
    let output = answered!(HeadObjectOutput, &opened);
    let mut headers = further(&opened.content.item.version);
    headers.extend(overrides);
    Ok(S3Response::with_headers(output, headers))
}

impl Wanted {
    /// Whether something must be known of the version before it is read.
    fn needs_look(&self) -> bool {
        let dated = self.if_modified_since.is_some() || self.if_unmodified_since.is_some();
        let tagged = [&self.if_match, &self.if_none_match]
            .into_iter()
            .flatten()
            .any(needs_look);
        dated || tagged || self.part.is_some()
    }
}

struct Opened {
    content: Content,
    ranged: bool,
    sums: bool,
    /// How many parts the object has, told to those who ask for one.
    parts: Option<i32>,
    /// What was kept with the part that was asked for.
    part_notes: BTreeMap<String, String>,
    customer: Option<Customer>,
    lock: Shown,
    /// The version that was asked for, in the client's word.
    asked: Option<String>,
}

impl Opened {
    async fn of(keeper: &Keeper, caller: &Caller, wanted: Wanted, content: Content) -> S3Result<Self> {
        let version = &content.item.version;
        if content.not_modified {
            return Err(not_modified(version, wanted.version.as_deref()));
        }
        let lock = Shown::of(keeper, caller, &wanted.bucket, &wanted.key, version).await?;
        let parts = i32::try_from(version.parts.len()).ok();
        let parts = parts.filter(|parts| wanted.part.is_some() && *parts > 0);
        let part_notes = part_notes(keeper, caller, &wanted, version).await?;
        Ok(Self {
            part_notes,
            ranged: wanted.range.is_some() || (wanted.part.is_some() && version.size > 0),
            content,
            sums: wanted.sums,
            parts,
            customer: wanted.customer,
            lock,
            asked: wanted.version,
        })
    }

    fn content_range(&self) -> Option<String> {
        let size = self.content.item.version.size;
        self.ranged
            .then(|| web::range::content_range(&self.content.range, size))
    }

    fn sum(&self, sum: Sum) -> Option<String> {
        // A part of the object with the sum of the whole would look broken to the client.
        if let Some(value) = self.part_notes.get(sum.word()) {
            return Some(value.clone());
        }
        let counts = self.sums && !self.ranged;
        counts
            .then(|| described::sum(&self.content.item.version, sum))
            .flatten()
    }

    fn sum_type(&self) -> Option<dto::ChecksumType> {
        let of_part = !self.part_notes.is_empty();
        // A part's answer says what the sum of the whole is over.
        let version = &self.content.item.version;
        let sum = |sum: Sum| match of_part {
            true => described::sum(version, sum),
            false => self.sum(sum),
        };
        let kept = Sum::ALL.into_iter().find_map(sum);
        kept.map(|value| sum_type(&value))
    }
}

/// The checksums of a part, for those who ask for it by its number and want them.
async fn part_notes(
    keeper: &Keeper,
    caller: &Caller,
    wanted: &Wanted,
    version: &Version,
) -> S3Result<BTreeMap<String, String>> {
    let index = wanted
        .part
        .and_then(|part| u32::try_from(part).ok()?.checked_sub(1));
    let Some(index) = index.filter(|_| wanted.sums && !version.parts.is_empty()) else {
        return Ok(BTreeMap::new());
    };
    let place = (wanted.bucket.as_str(), wanted.key.as_str(), version.id);
    let parts = keeper.version_parts(caller, place, index, 1).await;
    let parts = parts.map_err(|error| unreadable(error, Some(version.id)))?;
    Ok(parts
        .into_iter()
        .next()
        .map(|part| part.notes)
        .unwrap_or_default())
}

/// Most reads are one act. Where something must be known before, the first act looks; for HEAD that is all.
async fn open(keeper: &Keeper, caller: &Caller, wanted: Wanted) -> S3Result<Opened> {
    let asked = wanted.version.as_deref();
    let version = named(keeper, caller, &wanted.bucket, &wanted.key, asked).await?;
    let content = if wanted.needs_look() {
        after_look(keeper, caller, &wanted, version).await?
    } else {
        let read = ReadItem {
            version,
            range: wanted.range.map(of_range),
            condition: by_tag(wanted.if_match.as_ref(), wanted.if_none_match.as_ref(), None),
            head: wanted.head,
            ..ReadItem::default()
        };
        read_key(keeper, caller, &wanted, version, read).await?
    };
    Opened::of(keeper, caller, wanted, content).await
}

async fn after_look(
    keeper: &Keeper,
    caller: &Caller,
    wanted: &Wanted,
    version: Option<VersionId>,
) -> S3Result<Content> {
    let look = ReadItem {
        version,
        head: true,
        ..ReadItem::default()
    };
    let looked = read_key(keeper, caller, wanted, version, look).await?;
    let current = &looked.item.version;
    let (if_match, if_none_match) = (wanted.if_match.as_ref(), wanted.if_none_match.as_ref());
    let condition = by_tag(if_match, if_none_match, Some(current));
    let dates = Dates::beside(
        &condition,
        wanted.if_modified_since.clone(),
        wanted.if_unmodified_since.clone(),
    );
    match judge(&condition, current.id).and(dates.judge(current.made_at)) {
        Verdict::Proceed => {}
        Verdict::NotModified => return Err(not_modified(current, wanted.version.as_deref())),
        Verdict::Failed => return Err(s3_error!(PreconditionFailed, "the object has changed since then")),
    }
    let range = match (wanted.range, wanted.part) {
        (Some(range), _) => Some(of_range(range)),
        (None, Some(part)) => of_part(part, current)?,
        (None, None) => None,
    };
    if wanted.head {
        let size = current.size;
        let range = range.map_or(Some(0..size), |range| range.within(size));
        let range = range.ok_or_else(|| unreadable(Error::RangeNotSatisfiable { size }, version))?;
        return Ok(Content { range, ..looked });
    }
    let read = ReadItem {
        // What was looked at is what is read.
        version: Some(current.id),
        range,
        ..ReadItem::default()
    };
    read_key(keeper, caller, wanted, version, read).await
}

/// One act; only when it fails is it found out why.
async fn read_key(
    keeper: &Keeper,
    caller: &Caller,
    wanted: &Wanted,
    version: Option<VersionId>,
    read: ReadItem,
) -> S3Result<Content> {
    let (head, customer) = (read.head, wanted.customer.as_ref());
    let read = customer::look(read, customer);
    match keeper.read_key(caller, &wanted.bucket, &wanted.key, read).await {
        Ok(content) => customer::checked(content, head, customer),
        Err(error @ (Error::NotFound(_) | Error::Forbidden { .. } | Error::Conflict(_))) => {
            found(keeper, caller, &wanted.bucket, &wanted.key, version).await?;
            let place = (wanted.bucket.as_str(), wanted.key.as_str());
            Err(no_content(keeper, caller, place, version, error).await)
        }
        Err(error) => Err(unreadable(error, version)),
    }
}

/// The item under a key. An archived one is a delete marker, unless one of its versions is asked for.
pub(crate) async fn found(
    keeper: &Keeper,
    caller: &Caller,
    bucket: &str,
    key: &str,
    version: Option<VersionId>,
) -> S3Result<Item> {
    let item = keeper.item(caller, bucket, key).await;
    let item = item.map_err(|error| told(error, Missing::Bucket))?;
    let item = item.ok_or_else(|| Missing::Key.error())?;
    if item.state == State::Archived && version.is_none() {
        let mut marked = Missing::Key.error();
        // Where versions have no ids, what is deleted is gone.
        if !is_null(&item.version) {
            marked.set_headers(marker_header());
        }
        return Err(marked);
    }
    Ok(item)
}

/// What a client is told that asked for a version which cannot be read: that it is a delete marker, if it is one.
pub(super) async fn no_content(
    keeper: &Keeper,
    caller: &Caller,
    (bucket, key): (&str, &str),
    version: Option<VersionId>,
    error: Error,
) -> S3Error {
    if let (Error::NotFound(_), Some(id)) = (&error, version)
        && let Ok(Some(_)) = keeper.marker(caller, bucket, key, id).await
    {
        let mut marked = s3_error!(
            MethodNotAllowed,
            "a delete marker has no content; it can be deleted"
        );
        marked.set_headers(marker_header());
        return marked;
    }
    unreadable(error, version)
}

/// Says that what is newest is a delete marker.
pub(super) fn marker_header() -> HeaderMap {
    let value = HeaderValue::from_static("true");
    HeaderMap::from_iter([(s3s::header::X_AMZ_DELETE_MARKER, value)])
}

/// The version that conditions are about.
pub(super) async fn current(
    keeper: &Keeper,
    caller: &Caller,
    item: &Item,
    version: Option<VersionId>,
) -> S3Result<Version> {
    if version.is_none_or(|version| version == item.version.id) {
        return Ok(item.version.clone());
    }
    let head = ReadItem {
        version,
        head: true,
        ..ReadItem::default()
    };
    let content = keeper.read(caller, item.id, head).await;
    let content = content.map_err(|error| unreadable(error, version))?;
    Ok(content.item.version)
}

pub(super) fn unreadable(error: Error, version: Option<VersionId>) -> S3Error {
    told(error, version.map_or(Missing::Key, |_| Missing::Version))
}

fn not_modified(version: &Version, asked: Option<&str>) -> S3Error {
    let mut answer = S3Error::new(S3ErrorCode::NotModified);
    let mut headers = HeaderMap::new();
    if let Ok(tag) = etag(version).to_http_header() {
        headers.insert(http::header::ETAG, tag);
    }
    let id = told_id(version, asked).and_then(|id| HeaderValue::try_from(id).ok());
    headers.extend(id.map(|id| (s3s::header::X_AMZ_VERSION_ID, id)));
    answer.set_headers(headers);
    answer
}

fn of_range(range: dto::Range) -> Range {
    match range {
        dto::Range::Int { first, last } => Range::From(first, last),
        dto::Range::Suffix { length } => Range::Last(length),
    }
}

/// The bytes of a part. An object that came as a whole has one.
fn of_part(part: i32, version: &Version) -> S3Result<Option<Range>> {
    let sizes = if version.parts.is_empty() {
        std::slice::from_ref(&version.size)
    } else {
        &version.parts[..]
    };
    let index = usize::try_from(part).ok().and_then(|part| part.checked_sub(1));
    let Some((index, size)) = index.and_then(|index| Some((index, sizes.get(index)?))) else {
        return Err(s3_error!(InvalidPart, "the object has {} parts", sizes.len()));
    };
    let first: u64 = sizes.iter().take(index).sum();
    Ok((*size > 0).then(|| Range::From(first, Some(first + size - 1))))
}

/// `Expires`, which goes out as it came in, whether it is a date or not, and how many tags there are.
fn further(version: &Version) -> HeaderMap {
    let expires = described::header(version, "expires").and_then(|text| HeaderValue::try_from(text).ok());
    let tags = tags::count(version).map(HeaderValue::from);
    let expires = expires.map(|value| (http::header::EXPIRES, value));
    let tags = tags.map(|value| (s3s::header::X_AMZ_TAGGING_COUNT, value));
    expires.into_iter().chain(tags).collect()
}

/// What `s3s` does for GET by itself.
fn overrides(input: &HeadObjectInput) -> S3Result<HeaderMap> {
    use http::header::{
        CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE,
    };
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (CACHE_CONTROL, &input.response_cache_control),
        (CONTENT_DISPOSITION, &input.response_content_disposition),
        (CONTENT_ENCODING, &input.response_content_encoding),
        (CONTENT_LANGUAGE, &input.response_content_language),
        (CONTENT_TYPE, &input.response_content_type),
    ] {
        if let Some(value) = value {
            let value = HeaderValue::try_from(value);
            headers.insert(
                name,
                value.map_err(|_| crate::errors::invalid("response- values are headers"))?,
            );
        }
    }
    Ok(headers)
}

fn blob(body: ItemStream) -> StreamingBlob {
    StreamingBlob::from(s3s::Body::http_body_unsync(Body::from_stream(pieces(body))))
}

/// The pieces of the body. An error among them makes the server break the connection off.
pub(super) fn pieces(body: ItemStream) -> impl Stream<Item = Result<Bytes, Error>> + Send {
    stream::unfold(Some(body), async |body| {
        let mut body = body?;
        let piece = body.next().await?;
        let rest = piece.is_ok().then_some(body);
        Some((piece, rest))
    })
}
