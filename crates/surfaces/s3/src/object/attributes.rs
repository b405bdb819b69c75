//! Some of what HEAD shows, as a document.

use custody::item::ReadItem;
use s3s::dto::{self, GetObjectAttributesInput, GetObjectAttributesOutput};
use s3s::{S3Request, S3Response, S3Result};

use super::customer::{self, Customer};
use super::read::{found, unreadable};
use super::{described, etag, moment, sum_type, version_id};
use crate::caller::Caller;
use crate::keeper::Keeper;
use crate::stated::Sum;

/// Answers GetObjectAttributes.
pub(crate) async fn get(
    keeper: &Keeper,
    request: S3Request<GetObjectAttributesInput>,
) -> S3Result<S3Response<GetObjectAttributesOutput>> {
    let caller = Caller::of(&request)?;
    let customer = Customer::of(&request.headers)?;
    let input = request.input;
    let version = version_id(input.version_id.as_deref())?;
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
    let parts = i32::try_from(version.parts.len()).ok().filter(|parts| *parts > 0);
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
        object_parts: parts
            .filter(|_| wanted("ObjectParts"))
            .map(|parts| dto::GetObjectAttributesParts {
                total_parts_count: Some(parts),
                ..Default::default()
            }),
        last_modified: Some(moment(version.made_at)),
        version_id: Some(version.id.to_string()),
        ..Default::default()
    }))
}
