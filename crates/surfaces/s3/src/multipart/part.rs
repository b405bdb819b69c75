//! One part: its bytes from the client, or from an object that is there.

use std::collections::BTreeMap;

use custody::Error;
use custody::item::{Notes, Range};
use custody::upload::PutPart;
use s3s::dto::{
    CopyPartResult, UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::{part_number, part_tag, refused, upload_id};
use crate::body;
use crate::caller::Caller;
use crate::errors::{Missing, invalid, no_byte, told};
use crate::keeper::Keeper;
use crate::object::copy::{Conditions, Source, source_pieces};
use crate::object::customer::{self, Customer};
use crate::object::sealed::{self, Said, Sealing};
use crate::object::{found, moment};
use crate::stated::{Stated, Sum};
use crate::versioning::{named, told_id};

/// Answers PUT ?partNumber&uploadId.
pub(crate) async fn put(
    keeper: &Keeper,
    request: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let caller = Caller::of(&request)?;
    let customer = Customer::of(&request.headers)?;
    let stated = Stated::of(&request.headers)?.hiding_md5(customer.is_some());
    let sealing = Sealing::asked(&request.headers, &caller.owner)?;
    let input = request.input;
    let notes = Notes::default();
    let put = PutPart {
        dataset: keeper.dataset(&input.bucket).map_err(refused)?,
        upload: upload_id(&input.upload_id)?,
        number: part_number(input.part_number)?,
        length: stated.length,
        sha256: None,
        notes: notes.clone(),
        begun_with: begun_with(sealing.as_ref()),
        provided_key: customer::key(customer.as_ref()),
    };
    let faults = caller.faults.clone();
    let content = body::content(input.body, stated, request.trailing_headers, faults, notes);
    let taken = keeper
        .put_part(&caller, put, content)
        .await
        .map_err(|error| match error {
            Error::Interrupted(_) | Error::Mismatch(_) => {
                caller.faults.take().unwrap_or_else(|| refused(error))
            }
            error => refused(error),
        })?;
    let part = &taken.part;
    let sum = |sum: Sum| part.notes.get(sum.word()).cloned();
    let said = Said::of(&taken.upload_notes, customer.as_ref());
    Ok(S3Response::new(UploadPartOutput {
        e_tag: Some(part_tag(part)),
        checksum_crc32: sum(Sum::Crc32),
        checksum_crc32c: sum(Sum::Crc32c),
        checksum_crc64nvme: sum(Sum::Crc64Nvme),
        checksum_sha1: sum(Sum::Sha1),
        checksum_sha256: sum(Sum::Sha256),
        server_side_encryption: said.sealed,
        ssekms_key_id: said.kms_key,
        sse_customer_algorithm: said.algorithm,
        sse_customer_key_md5: said.md5,
        ..Default::default()
    }))
}

/// What is said again of how the object is sealed must be what the upload was begun with.
fn begun_with(sealing: Option<&Sealing>) -> BTreeMap<String, String> {
    let note = sealing.map(|sealing| (sealed::NOTE.to_owned(), sealing.note()));
    note.into_iter().collect()
}

/// Answers the same with x-amz-copy-source.
pub(crate) async fn copy(
    keeper: &Keeper,
    request: S3Request<UploadPartCopyInput>,
) -> S3Result<S3Response<UploadPartCopyOutput>> {
    let caller = Caller::of(&request)?;
    let customer = Customer::of(&request.headers)?;
    let source_key = Customer::of_source(&request.headers)?;
    let input = request.input;
    let (upload, number) = (upload_id(&input.upload_id)?, part_number(input.part_number)?);
    let dataset = keeper.dataset(&input.bucket).map_err(refused)?;
    let source = Source::of(&input.copy_source)?;
    let version = named(keeper, &caller, source.bucket, source.key, source.version).await?;
    let item = found(keeper, &caller, source.bucket, source.key, version).await?;
    if item.subject.is_some()
        && !keeper
            .is_about_somebody(&caller, &input.bucket, upload)
            .await
            .map_err(refused)?
    {
        return Err(s3_error!(
            InvalidRequest,
            "the source is about one person: say so when the upload is begun, with x-amz-meta-bailee-subject"
        ));
    }
    let range = input.copy_source_range.as_deref().map(range).transpose()?;
    let conditions = Conditions {
        if_match: input.copy_source_if_match.clone(),
        if_none_match: input.copy_source_if_none_match.clone(),
        if_modified_since: input.copy_source_if_modified_since.clone(),
        if_unmodified_since: input.copy_source_if_unmodified_since.clone(),
        customer: source_key,
    };
    let content = conditions.open(keeper, &caller, &item, version, range).await?;
    let size = content.item.version.size;
    if matches!(range, Some(Range::From(_, Some(last))) if last >= size) {
        return Err(no_byte(size));
    }
    let put = PutPart {
        dataset,
        upload,
        number,
        length: Some(content.range.end - content.range.start),
        sha256: None,
        notes: Notes::default(),
        begun_with: BTreeMap::new(),
        provided_key: customer::key(customer.as_ref()),
    };
    let taken = keeper.put_part(&caller, put, source_pieces(content.body)).await;
    let taken = taken.map_err(|error| match error {
        // The source broke off, not the client.
        Error::Interrupted(cause) => told(Error::Unavailable(cause), Missing::Key),
        error => refused(error),
    })?;
    let said = Said::of(&taken.upload_notes, customer.as_ref());
    Ok(S3Response::new(UploadPartCopyOutput {
        copy_part_result: Some(CopyPartResult {
            e_tag: Some(part_tag(&taken.part)),
            last_modified: Some(moment(taken.part.made_at)),
            ..Default::default()
        }),
        copy_source_version_id: told_id(&content.item.version, source.version),
        server_side_encryption: said.sealed,
        ssekms_key_id: said.kms_key,
        sse_customer_algorithm: said.algorithm,
        sse_customer_key_md5: said.md5,
        ..Default::default()
    }))
}

/// `bytes=first-last`, both said.
fn range(text: &str) -> S3Result<Range> {
    match web::range::ByteRange::parse(text.as_bytes()) {
        Some(web::range::ByteRange::FromTo(first, last)) => Ok(Range::From(first, Some(last))),
        _ => Err(invalid("x-amz-copy-source-range is bytes=first-last")),
    }
}
