//! Keys: what is put, got, copied and deleted.

pub(crate) mod attributes;
mod conditions;
pub(crate) mod copy;
pub(crate) mod customer;
pub(crate) mod demands;
pub(crate) mod described;
pub(crate) mod form;
pub(crate) mod lock;
pub(crate) mod read;
pub(crate) mod remove;
pub(crate) mod sealed;
pub(crate) mod tags;
pub(crate) mod write;

pub(crate) use demands::{check_acl, no_lists};
pub(crate) use read::found;

use custody::item::Version;
use kernel::{Timestamp, VersionId};
use s3s::dto::{self, ChecksumType, ETag};
use s3s::{S3Result, s3_error};

/// A version's entity tag: the MD5 if the client stated it, else its id, whose hyphens keep it from being taken for one.
pub(crate) fn etag(version: &Version) -> ETag {
    let noted = version.notes.get(crate::stated::ETAG).cloned();
    ETag::Strong(noted.unwrap_or_else(|| version.id.to_string()))
}

/// A version id as a client sent it; an empty one is none.
pub(crate) fn version_id(text: Option<&str>) -> S3Result<Option<VersionId>> {
    let text = text.filter(|text| !text.is_empty());
    let read = text.map(str::parse).transpose();
    read.map_err(|_| s3_error!(InvalidArgument, "this is no version id of this server"))
}

/// A moment as S3 shows it.
pub(crate) fn moment(at: Timestamp) -> dto::Timestamp {
    let micros = u64::try_from(at.as_micros()).unwrap_or(0);
    (std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_micros(micros)).into()
}

/// The same in whole seconds, as headers have it: what dates of conditions are compared with.
fn second(at: Timestamp) -> dto::Timestamp {
    moment(Timestamp::from_micros(at.as_seconds().saturating_mul(1_000_000)))
}

/// Whether a checksum is over the bytes or over the checksums of their parts.
pub(crate) fn sum_type(value: &str) -> ChecksumType {
    ChecksumType::from_static(match value.contains('-') {
        true => ChecksumType::COMPOSITE,
        false => ChecksumType::FULL_OBJECT,
    })
}
