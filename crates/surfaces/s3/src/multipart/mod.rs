//! Objects that come in parts, in any order and several at a time.
//!
//! A part's entity tag is the SHA-256 of its content, which is what custody holds a completion to, and `-p`: clients
//! take a tag without a hyphen for an MD5 and compare it.

mod complete;
mod ends;
mod listing;
mod part;

pub(crate) use complete::{UPLOAD, complete};
pub(crate) use ends::{abort, begin};
pub(crate) use listing::{parts, uploads};
pub(crate) use part::{copy, put};

use custody::Error;
use custody::upload::Part;
use kernel::UploadId;
use s3s::dto::ETag;
use s3s::{S3Error, S3Result, s3_error};

use crate::errors::{Missing, invalid, told};

/// What S3 asks of every part but the last.
const LEAST_BYTES: u64 = 5 << 20;

/// The note that says what the checksum of the object is over, as the upload was begun.
pub(crate) const SUM_TYPE: &str = "checksum-type";

fn upload_id(text: &str) -> S3Result<UploadId> {
    text.parse().map_err(|_| no_such_upload())
}

fn no_such_upload() -> S3Error {
    s3_error!(
        NoSuchUpload,
        "there is no such upload; it may have been completed, aborted or left for a week"
    )
}

fn part_number(number: i32) -> S3Result<u32> {
    let number = u32::try_from(number)
        .ok()
        .filter(|number| (1..=custody::upload::MOST_PARTS).contains(number));
    number.ok_or_else(|| s3_error!(InvalidArgument, "parts are numbered from 1 to 10,000"))
}

const TAG_END: &str = "-p";

fn part_tag(part: &Part) -> ETag {
    ETag::Strong(format!("{}{TAG_END}", part.sha256))
}

/// The SHA-256 in a part's entity tag, which clients send back with quotes or bare.
fn sha256_of(tag: &ETag) -> S3Result<String> {
    let sha256 = tag.value().trim_matches('"').strip_suffix(TAG_END);
    let sha256 = sha256.ok_or_else(|| {
        s3_error!(
            InvalidPart,
            "name each part by the ETag that it was answered with"
        )
    });
    sha256.map(str::to_owned)
}

/// The answer to an act on an upload that did not happen. That an upload is unknown is said only to those who may
/// know of its bucket.
fn refused(error: Error) -> S3Error {
    match error {
        Error::NotFound("upload") => no_such_upload(),
        Error::Invalid { field, problem } => match field {
            "parts.order" => s3_error!(InvalidPartOrder, "{}", problem),
            "parts.missing" => s3_error!(InvalidPart, "{}", problem),
            "parts.small" => s3_error!(EntityTooSmall, "{}", problem),
            "parts" => s3_error!(MalformedXML, "{}", problem),
            // S3 answers so for parts; a read with a wrong key is AccessDenied.
            "provided_key.wrong" => invalid("this is not the key that the upload was begun with"),
            _ => told(Error::Invalid { field, problem }, Missing::Bucket),
        },
        error => told(error, Missing::Bucket),
    }
}
