//! The end of an upload: its parts become a version of the key, and nothing is moved.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use custody::Error;
use custody::item::{Notes, State, Version};
use custody::upload::{CompleteUpload, MOST_PARTS, NewUpload, Part};
use kernel::UploadId;
use s3s::dto::{ChecksumType, CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::{LEAST_BYTES, SUM_TYPE, no_such_upload, part_number, refused, sha256_of, upload_id};
use crate::caller::Caller;
use crate::errors::{Missing, told};
use crate::keeper::Keeper;
use crate::object::customer::{self, Customer};
use crate::object::sealed::Said;
use crate::object::write::Place;
use crate::object::{etag, sum_type};
use crate::stated::{OF_BYTES, Sum};
use crate::versioning::told_id;

/// The note of a version that says which upload it was.
pub(crate) const UPLOAD: &str = "upload";

/// Answers POST ?uploadId.
pub(crate) async fn complete(
    keeper: &Keeper,
    request: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    let caller = Caller::of(&request)?;
    let customer = Customer::of(&request.headers)?;
    let mut input = request.input;
    let upload = upload_id(&input.upload_id)?;
    let asked = input.multipart_upload.take().and_then(|upload| upload.parts);
    let asked = asked.unwrap_or_default();
    let named = asked.iter().map(named).collect::<S3Result<Vec<_>>>()?;
    let parts = keeper.parts(&caller, &input.bucket, upload).await;
    if let Err(Error::NotFound("upload")) = parts {
        let made = completed(keeper, &caller, &input, upload, &named).await?;
        if customer.is_some() && !made.key_provided {
            return Err(customer::unexpected());
        }
        let sum = Sum::ALL
            .into_iter()
            .find_map(|sum| Some((sum, made.notes.get(sum.word())?.clone())));
        return Ok(S3Response::new(answer(input, &made, sum)));
    }
    let (plan, there) = parts.map_err(refused)?;
    if plan.name != input.key {
        return Err(no_such_upload());
    }
    let there: BTreeMap<u32, &Part> = there.iter().map(|part| (part.number, part)).collect();
    let chosen: Vec<&Part> = named
        .iter()
        .filter_map(|(number, _)| there.get(number).copied())
        .collect();
    check_size(input.mpu_object_size, &chosen)?;
    check_sums(&asked, &there)?;
    let whole = is_whole(&plan, input.checksum_type.as_ref(), &request.headers)?;
    let sum = sum_of(&chosen, whole);
    check_stated(&request.headers, sum.as_ref())?;
    let conditions = (input.if_match.take(), input.if_none_match.take());
    let place = Place::of(keeper, &caller, &input.bucket, &input.key, conditions).await?;
    let notes = Notes::default().of_bytes(OF_BYTES);
    notes.set(UPLOAD, upload.to_string());
    if let Some((sum, value)) = &sum {
        notes.set(sum.word(), value.clone());
    }
    let complete = CompleteUpload {
        dataset: keeper.dataset(&input.bucket).map_err(refused)?,
        upload,
        parts: named,
        least: LEAST_BYTES,
        provided_key: customer::key(customer.as_ref()),
        // S3 asks for the key where the upload said that it has checksums.
        needs_key: plan.notes.contains_key(SUM_TYPE),
        notes,
        condition: place.condition.clone(),
        idempotency: None,
    };
    match keeper.complete_upload(&caller, complete).await {
        Ok(stored) => {
            let made = &stored.item.version;
            // Where the dataset cleans what it takes in, it is not true of the bytes that are kept.
            let sum = sum.filter(|(sum, _)| made.notes.contains_key(sum.word()));
            Ok(S3Response::new(answer(input, made, sum)))
        }
        Err(error @ Error::ConditionFailed) => Err(place.refused(keeper, &caller, error).await),
        Err(error) => Err(refused(error)),
    }
}

/// The version that an upload has become, for a client that did not hear of it and asks again. A newer one hides it.
async fn completed(
    keeper: &Keeper,
    caller: &Caller,
    input: &CompleteMultipartUploadInput,
    upload: UploadId,
    named: &[(u32, String)],
) -> S3Result<Version> {
    let item = keeper.item(caller, &input.bucket, &input.key).await;
    let item = item.map_err(|error| told(error, Missing::Bucket))?;
    let made = item
        .filter(|item| item.state == State::Active)
        .map(|item| item.version);
    let made = made
        .filter(|made| made.notes.get(UPLOAD) == Some(&upload.to_string()))
        .ok_or_else(no_such_upload)?;
    let place = (input.bucket.as_str(), input.key.as_str(), made.id);
    let parts = keeper.version_parts(caller, place, 0, MOST_PARTS).await;
    let parts = parts.map_err(|error| told(error, Missing::Version))?;
    let same = parts.iter().map(|part| (part.number, &part.sha256));
    // What was cleaned is one body.
    if made.parts.is_empty() || same.eq(named.iter().map(|(number, sha256)| (*number, sha256))) {
        return Ok(made);
    }
    Err(no_such_upload())
}

fn answer(
    input: CompleteMultipartUploadInput,
    made: &Version,
    sum: Option<(Sum, String)>,
) -> CompleteMultipartUploadOutput {
    let checksum_type = sum.as_ref().map(|(_, value)| sum_type(value));
    let said = Said::of(&made.notes, None);
    // What a key of the client's own opens is not said to be sealed with the server's.
    let said = Some(said).filter(|_| !made.key_provided);
    let value = |wanted: Sum| {
        sum.clone()
            .filter(|(sum, _)| *sum == wanted)
            .map(|(_, value)| value)
    };
    CompleteMultipartUploadOutput {
        location: Some(format!("/{}/{}", input.bucket, input.key)),
        bucket: Some(input.bucket),
        key: Some(input.key),
        e_tag: Some(etag(made)),
        version_id: told_id(made, None),
        server_side_encryption: said.as_ref().and_then(|said| said.sealed.clone()),
        ssekms_key_id: said.and_then(|said| said.kms_key),
        checksum_crc32: value(Sum::Crc32),
        checksum_crc32c: value(Sum::Crc32c),
        checksum_crc64nvme: value(Sum::Crc64Nvme),
        checksum_sha1: value(Sum::Sha1),
        checksum_sha256: value(Sum::Sha256),
        checksum_type,
        ..Default::default()
    }
}

/// A part as the client names it.
fn named(part: &CompletedPart) -> S3Result<(u32, String)> {
    let number = part
        .part_number
        .ok_or_else(|| s3_error!(MalformedXML, "each part has a PartNumber"))?;
    let tag = part
        .e_tag
        .as_ref()
        .ok_or_else(|| s3_error!(InvalidPart, "each part has an ETag"))?;
    Ok((part_number(number)?, sha256_of(tag)?))
}

fn check_size(stated: Option<i64>, parts: &[&Part]) -> S3Result<()> {
    let size: u64 = parts.iter().map(|part| part.size).sum();
    if stated.is_some_and(|stated| u64::try_from(stated) != Ok(size)) {
        return Err(s3_error!(
            InvalidRequest,
            "the parts together have {} bytes, not as many as stated",
            size
        ));
    }
    Ok(())
}

/// Holds the checksums in the document to those that the parts came with.
fn check_sums(asked: &[CompletedPart], there: &BTreeMap<u32, &Part>) -> S3Result<()> {
    for part in asked {
        let stated = [
            (Sum::Crc32, &part.checksum_crc32),
            (Sum::Crc32c, &part.checksum_crc32c),
            (Sum::Crc64Nvme, &part.checksum_crc64nvme),
            (Sum::Sha1, &part.checksum_sha1),
            (Sum::Sha256, &part.checksum_sha256),
        ];
        let number = part.part_number.and_then(|number| u32::try_from(number).ok());
        let kept = number.and_then(|number| there.get(&number));
        for (sum, stated) in stated {
            let known = kept.and_then(|kept| kept.notes.get(sum.word()));
            if stated.is_some() && stated.as_ref() != known {
                return Err(s3_error!(
                    InvalidPart,
                    "a part came with another {} than the one stated now",
                    sum.word()
                ));
            }
        }
    }
    Ok(())
}

/// The checksum of the object, if each part came with one of the same kind: over its bytes, or over those of the parts.
fn sum_of(parts: &[&Part], whole: bool) -> Option<(Sum, String)> {
    Sum::ALL.into_iter().find_map(|sum| {
        let values = parts
            .iter()
            .map(|part| part.notes.get(sum.word()).map(String::as_str));
        let values = values
            .collect::<Option<Vec<&str>>>()
            .filter(|values| !values.is_empty())?;
        // S3 knows no checksum of this kind over those of the parts.
        let value = if whole || sum == Sum::Crc64Nvme {
            let sizes = parts.iter().map(|part| part.size);
            sum.combined(&values.into_iter().zip(sizes).collect::<Vec<_>>())?
        } else {
            let decoded = values.iter().map(|value| STANDARD.decode(value).ok());
            let joined = decoded.collect::<Option<Vec<_>>>()?.concat();
            format!("{}-{}", sum.over(&joined)?, parts.len())
        };
        Some((sum, value))
    })
}

/// Whether the checksum of the object is over its bytes: as it was begun, or as the completion says.
fn is_whole(plan: &NewUpload, asked: Option<&ChecksumType>, headers: &http::HeaderMap) -> S3Result<bool> {
    let begun = plan.notes.get(SUM_TYPE).map(String::as_str);
    let asked = asked.map(ChecksumType::as_str);
    if begun.is_some() && asked.is_some() && begun != asked {
        return Err(s3_error!(
            InvalidRequest,
            "the upload was begun with another x-amz-checksum-type"
        ));
    }
    let over_bytes = |sum: Sum| {
        let stated = headers.get(sum.header()).map(http::HeaderValue::as_bytes);
        stated.is_some_and(|value| !value.contains(&b'-'))
    };
    Ok(match begun.or(asked) {
        Some(said) => said == ChecksumType::FULL_OBJECT,
        None => Sum::ALL.into_iter().any(over_bytes),
    })
}

/// A checksum over everything is held, or refused; never passed over.
fn check_stated(headers: &http::HeaderMap, known: Option<&(Sum, String)>) -> S3Result<()> {
    for sum in Sum::ALL {
        let stated = headers
            .get(sum.header())
            .map(|value| value.to_str().unwrap_or_default());
        match (stated, known.filter(|(known, _)| *known == sum)) {
            (None, _) => {}
            (Some(stated), Some((_, value))) if stated == value => {}
            (Some(_), Some(_)) => {
                return Err(s3_error!(
                    BadDigest,
                    "the {} of the object is another than the stated one",
                    sum.word()
                ));
            }
            (Some(_), None) => {
                return Err(s3_error!(
                    InvalidRequest,
                    "the parts came without a {} that could be held against the stated one; leave it out",
                    sum.word()
                ));
            }
        }
    }
    Ok(())
}
