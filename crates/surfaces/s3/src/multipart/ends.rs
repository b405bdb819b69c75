//! The beginning of an upload, and giving it up.

use custody::upload::NewUpload;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, ChecksumType,
    CreateMultipartUploadInput, CreateMultipartUploadOutput,
};
use s3s::{S3Request, S3Response, S3Result};

use super::{refused, upload_id};
use crate::caller::Caller;
use crate::errors::{invalid, not_served};
use crate::keeper::Keeper;
use crate::object::demands;
use crate::object::described::Described;
use crate::object::sealed;

/// Answers POST ?uploads.
pub(crate) async fn begin(
    keeper: &Keeper,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    demands::check_write(&request.headers)?;
    let caller = Caller::of(&request)?;
    let described = Described::of(&request.headers)?;
    let input = request.input;
    let checksum_type = sum_type(input.checksum_algorithm.as_ref(), input.checksum_type)?;
    let new = NewUpload {
        name: input.key.clone(),
        content_type: described.content_type,
        subject: described.subject,
        metadata: described.metadata,
        notes: described.notes,
        ..NewUpload::default()
    };
    let upload = keeper
        .begin_upload(&caller, &input.bucket, new)
        .await
        .map_err(refused)?;
    Ok(S3Response::new(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(upload.id.to_string()),
        checksum_algorithm: input.checksum_algorithm,
        checksum_type,
        server_side_encryption: sealed(),
        ..Default::default()
    }))
}

/// Checksums of parts are held and kept; one over the whole is over those of the parts, where S3 knows such a one.
fn sum_type(
    algorithm: Option<&ChecksumAlgorithm>,
    asked: Option<ChecksumType>,
) -> S3Result<Option<ChecksumType>> {
    let Some(algorithm) = algorithm else {
        return asked.map_or(Ok(None), |_| {
            Err(invalid("x-amz-checksum-type comes with x-amz-checksum-algorithm"))
        });
    };
    let whole = asked.as_ref().map(ChecksumType::as_str) == Some(ChecksumType::FULL_OBJECT);
    if algorithm.as_str() == ChecksumAlgorithm::CRC64NVME {
        return Ok(Some(ChecksumType::from_static(ChecksumType::FULL_OBJECT)));
    }
    if whole {
        return Err(not_served(
            "a checksum over a whole object in parts is not served; leave x-amz-checksum-type out or send COMPOSITE",
        ));
    }
    Ok(Some(ChecksumType::from_static(ChecksumType::COMPOSITE)))
}

/// Answers DELETE ?uploadId.
pub(crate) async fn abort(
    keeper: &Keeper,
    request: S3Request<AbortMultipartUploadInput>,
) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
    let caller = Caller::of(&request)?;
    let input = request.input;
    if input.if_match_initiated_time.is_some() {
        return Err(not_served("conditions of an abort are not served"));
    }
    let upload = upload_id(&input.upload_id)?;
    keeper
        .abort_upload(&caller, &input.bucket, upload)
        .await
        .map_err(refused)?;
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}
