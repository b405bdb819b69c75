//! Some of what HEAD shows, as a document.

use custody::item::{ReadItem, Version};
use s3s::dto::{
    self, GetObjectAttributesInput, GetObjectAttributesOutput, GetObjectAttributesParts, ObjectPart,
};
use s3s::{HttpResponse, S3Request, S3Response, S3Result};

use super::customer::{self, Customer};
use super::read::{found, unreadable};
use super::{described, etag, moment, sum_type};
use crate::caller::Caller;
use crate::errors::invalid;
use crate::keeper::Keeper;
use crate::listing::limit;
use crate::stated::Sum;
use crate::versioning::{named, told_id};

/// Answers GetObjectAttributes.
pub(crate) async fn get(
    keeper: &Keeper,
    request: S3Request<GetObjectAttributesInput>,
) -> S3Result<S3Response<GetObjectAttributesOutput>> {
    let caller = Caller::of(&request)?;
    let customer = Customer::of(&request.headers)?;
    let input = request.input;
    let asked_id = input.version_id.as_deref();
    let version = named(keeper, &caller, &input.bucket, &input.key, asked_id).await?;
    let item = found(keeper, &caller, &input.bucket, &input.key, version).await?;
    let head = ReadItem {
        version,
        head: true,
        ..ReadItem::default()
    };
    let head = customer::look(head, customer.as_ref());
    let content = keeper.read(&caller, item.id, head).await;
    let content = content.map_err(|error| unreadable(error, version))?;
    let content = customer::checked(content, true, customer.as_ref())?;
    let version = content.item.version;
    // Several may stand in one line of the header.
    let asked = input
        .object_attributes
        .iter()
        .flat_map(|line| line.as_str().split(','));
    let asked: Vec<&str> = asked.map(str::trim).collect();
    let wanted = |name: &str| asked.contains(&name);
    let sum = Sum::ALL.into_iter().find_map(|sum| described::sum(&version, sum));
    let parts = match wanted("ObjectParts") && !version.parts.is_empty() {
        true => Some(parts(keeper, &caller, &input, &version).await?),
        false => None,
    };
    let checksum = dto::Checksum {
        checksum_crc32: described::sum(&version, Sum::Crc32),
        checksum_crc32c: described::sum(&version, Sum::Crc32c),
        checksum_crc64nvme: described::sum(&version, Sum::Crc64Nvme),
        checksum_sha1: described::sum(&version, Sum::Sha1),
        checksum_sha256: described::sum(&version, Sum::Sha256),
        checksum_type: sum.as_deref().map(sum_type),
    };
    Ok(S3Response::new(GetObjectAttributesOutput {
        e_tag: wanted("ETag").then(|| etag(&version)),
        object_size: wanted("ObjectSize").then(|| i64::try_from(version.size).unwrap_or(i64::MAX)),
        storage_class: wanted("StorageClass")
            .then(|| dto::StorageClass::from_static(dto::StorageClass::STANDARD)),
        checksum: (wanted("Checksum") && sum.is_some()).then_some(checksum),
        object_parts: parts,
        last_modified: Some(moment(version.made_at)),
        version_id: told_id(&version, asked_id),
        ..Default::default()
    }))
}

/// A page of the parts. Their sizes are the version's; only where there are checksums their rows are looked at.
async fn parts(
    keeper: &Keeper,
    caller: &Caller,
    input: &GetObjectAttributesInput,
    version: &Version,
) -> S3Result<GetObjectAttributesParts> {
    let most = limit(input.max_parts)?;
    let after = input.part_number_marker.unwrap_or(0);
    let after = u32::try_from(after).map_err(|_| invalid("a part number is 0 or more"))?;
    let place = (input.bucket.as_str(), input.key.as_str(), version.id);
    let rows = keeper.version_parts(caller, place, after, most).await;
    let rows = rows.map_err(|error| unreadable(error, Some(version.id)))?;
    let count = version.parts.len();
    let shown: Vec<ObjectPart> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| part(after, index, row))
        .collect();
    let last = after as usize + shown.len();
    let number = |number: usize| i32::try_from(number).ok();
    Ok(GetObjectAttributesParts {
        is_truncated: Some(!shown.is_empty() && last < count),
        max_parts: i32::try_from(most).ok(),
        next_part_number_marker: number(last),
        part_number_marker: i32::try_from(after).ok(),
        parts: Some(shown),
        total_parts_count: number(count),
    })
}

/// Parts are counted from one whatever numbers they were sent under, as a GET by part number counts them.
fn part(after: u32, index: usize, row: &custody::upload::Part) -> ObjectPart {
    let sum = |sum: Sum| row.notes.get(sum.word()).cloned();
    ObjectPart {
        part_number: i32::try_from(after as usize + index + 1).ok(),
        size: i64::try_from(row.size).ok(),
        checksum_crc32: sum(Sum::Crc32),
        checksum_crc32c: sum(Sum::Crc32c),
        checksum_crc64nvme: sum(Sum::Crc64Nvme),
        checksum_sha1: sum(Sum::Sha1),
        checksum_sha256: sum(Sum::Sha256),
    }
}

/// The header that every request for attributes has.
pub(crate) const HEADER: &str = "x-amz-object-attributes";

/// S3 writes entity tags without quotes in this one document; `s3s` writes them as everywhere.
pub(crate) fn unquoted(response: HttpResponse) -> HttpResponse {
    let (parts, body) = response.into_parts();
    let plain = body.bytes().as_deref().and_then(without_quotes);
    let body = plain.map_or(body, s3s::Body::from);
    HttpResponse::from_parts(parts, body)
}

fn without_quotes(document: &[u8]) -> Option<String> {
    let document = std::str::from_utf8(document).ok()?;
    let (begin, rest) = document.split_once("<ETag>\"")?;
    let (tag, end) = rest.split_once("\"</ETag>")?;
    Some(format!("{begin}<ETag>{tag}</ETag>{end}"))
}
