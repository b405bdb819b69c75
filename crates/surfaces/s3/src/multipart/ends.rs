//! The beginning of an upload, and giving it up.

use custody::upload::NewUpload;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, ChecksumType,
    CreateMultipartUploadInput, CreateMultipartUploadOutput,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::{SUM_TYPE, refused, upload_id};
use crate::caller::Caller;
use crate::errors::{invalid, not_served};
use crate::keeper::Keeper;
use crate::object::customer::{self, Customer};
use crate::object::described::Described;
use crate::object::sealed::{Said, Sealing};
use crate::object::{demands, lock};

/// Answers POST ?uploads.
pub(crate) async fn begin(
    keeper: &Keeper,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    demands::check_write(&request.headers)?;
    let caller = Caller::of(&request)?;
    let customer = Customer::of(&request.headers)?;
    let sealing = Sealing::asked(&request.headers, &caller.owner)?;
    let described = Described::of(&request.headers)?;
    let mut input = request.input;
    let hold = lock::asked!(input).hold(keeper, &caller, &input.bucket).await?;
    let described = described.with_hold(hold).with_sealing(sealing.as_ref());
    let checksum_type = sum_type(input.checksum_algorithm.as_ref(), input.checksum_type)?;
    let mut notes = described.notes;
    notes.extend(
        checksum_type
            .as_ref()
            .map(|kind| (SUM_TYPE.to_owned(), kind.as_str().to_owned())),
    );
    let new = NewUpload {
        name: input.key.clone(),
        content_type: described.content_type,
        class: described.class,
        subject: described.subject,
        metadata: described.metadata,
        notes,
        hold: described.hold,
        provided_key: customer::key(customer.as_ref()),
    };
    let upload = keeper
        .begin_upload(&caller, &input.bucket, new)
        .await
        .map_err(refused)?;
    let said = Said::of(&upload.notes, customer.as_ref());
    Ok(S3Response::new(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(upload.id.to_string()),
        checksum_algorithm: input.checksum_algorithm,
        checksum_type,
        server_side_encryption: said.sealed,
        ssekms_key_id: said.kms_key,
        sse_customer_algorithm: said.algorithm,
        sse_customer_key_md5: said.md5,
        ..Default::default()
    }))
}

/// What the checksum of the object will be over: its bytes, or the checksums of its parts.
fn sum_type(
    algorithm: Option<&ChecksumAlgorithm>,
    asked: Option<ChecksumType>,
) -> S3Result<Option<ChecksumType>> {
    let Some(algorithm) = algorithm else {
        return asked.map_or(Ok(None), |_| {
            Err(invalid("x-amz-checksum-type comes with x-amz-checksum-algorithm"))
        });
    };
    let unfit = || {
        s3_error!(
            InvalidRequest,
            "a checksum over the whole is one of CRC32, CRC32C and CRC64NVME, and CRC64NVME is over the whole alone"
        )
    };
    let (whole, composite) = match algorithm.as_str() {
        ChecksumAlgorithm::CRC64NVME => (true, false),
        ChecksumAlgorithm::CRC32 | ChecksumAlgorithm::CRC32C => (true, true),
        ChecksumAlgorithm::SHA1 | ChecksumAlgorithm::SHA256 => (false, true),
        _ => {
            return Err(invalid(
                "x-amz-checksum-algorithm is CRC32, CRC32C, CRC64NVME, SHA1 or SHA256",
            ));
        }
    };
    let is_whole = match asked.as_ref().map(ChecksumType::as_str) {
        None => !composite,
        Some(ChecksumType::FULL_OBJECT) if whole => true,
        Some(ChecksumType::COMPOSITE) if composite => false,
        Some(_) => return Err(unfit()),
    };
    Ok(Some(ChecksumType::from_static(match is_whole {
        true => ChecksumType::FULL_OBJECT,
        false => ChecksumType::COMPOSITE,
    })))
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
