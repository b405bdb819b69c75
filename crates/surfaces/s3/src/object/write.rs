//! PUT of a key: a new item, or a new version of the one that is there.

use std::collections::BTreeMap;

use custody::Error;
use custody::item::{Condition, Notes, PutItem, State, Stored};
use s3s::dto::{self, ETagCondition, PutObjectInput, PutObjectOutput};
use s3s::{S3Error, S3Request, S3Response, S3Result};

use super::conditions::{by_tag, needs_look};
use super::customer::{self, Customer};
use super::described::Described;
use super::sealed::{Said, Sealing};
use super::{demands, etag, lock};
use crate::body;
use crate::caller::Caller;
use crate::errors::{Missing, told};
use crate::keeper::Keeper;
use crate::stated::{OF_BYTES, Stated, Sum};
use crate::versioning::told_id;

/// Answers PUT.
pub(crate) async fn put(
    keeper: &Keeper,
    request: S3Request<PutObjectInput>,
) -> S3Result<S3Response<PutObjectOutput>> {
    demands::check_write(&request.headers)?;
    let caller = Caller::of(&request)?;
    let customer = Customer::of(&request.headers)?;
    let stated = Stated::of(&request.headers)?.hiding_md5(customer.is_some());
    let sealing = Sealing::asked(&request.headers, &caller.owner)?;
    let described = Described::of(&request.headers)?.with_sealing(sealing.as_ref());
    let mut input = request.input;
    let hold = lock::asked!(input).hold(keeper, &caller, &input.bucket).await?;
    lock::check_certain(hold.as_ref(), &request.headers)?;
    let described = described.with_hold(hold);
    let place = Place::of(
        keeper,
        &caller,
        &input.bucket,
        &input.key,
        (input.if_match, input.if_none_match),
    );
    let place = place.await?;
    let notes = Notes::from(described.notes.clone()).of_bytes(OF_BYTES);
    let put = PutItem {
        length: stated.length,
        notes: notes.clone(),
        provided_key: customer::key(customer.as_ref()),
        ..place.put(keeper, described)?
    };
    let faults = caller.faults.clone();
    let content = body::content(
        input.body,
        stated,
        request.trailing_headers,
        faults,
        notes.clone(),
    );
    match keeper.put(&caller, put, content).await {
        Ok(stored) => Ok(S3Response::new(answer(
            &stored,
            &notes.known(),
            Said::of_version(&stored.item.version, customer.as_ref()),
        ))),
        Err(error) => Err(place.refused(keeper, &caller, error).await),
    }
}

/// Where something goes, and on what condition.
pub(crate) struct Place {
    bucket: String,
    key: String,
    pub(crate) condition: Condition,
}

impl Place {
    /// Finds out what the conditions mean, if there are any that name a tag. Custody holds them to what is newest then.
    pub(crate) async fn of(
        keeper: &Keeper,
        caller: &Caller,
        bucket: &str,
        key: &str,
        (if_match, if_none_match): (Option<ETagCondition>, Option<ETagCondition>),
    ) -> S3Result<Self> {
        let mut current = None;
        if [&if_match, &if_none_match].into_iter().flatten().any(needs_look) {
            let item = keeper.item(caller, bucket, key).await;
            let item = item.map_err(|error| told(error, Missing::Bucket))?;
            current = item
                .filter(|item| item.state == State::Active)
                .map(|item| item.version);
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            condition: by_tag(if_match.as_ref(), if_none_match.as_ref(), current.as_ref()),
        })
    }

    pub(crate) fn put(&self, keeper: &Keeper, described: Described) -> S3Result<PutItem> {
        let target = keeper.target(&self.bucket, &self.key);
        let target = target.map_err(|error| told(error, Missing::Bucket))?;
        Ok(PutItem {
            class: described.class,
            subject: described.subject,
            hold: described.hold,
            must_seal: described.must_seal,
            metadata: described.metadata,
            notes: Notes::from(described.notes).of_bytes(OF_BYTES),
            // For S3 a deleted key is free: a put makes it anew, over the versions that are there.
            revive: true,
            condition: self.condition.clone(),
            ..PutItem::file(target, &described.content_type)
        })
    }

    /// What a client is told of a put that did not happen: what was wrong with the body, if anything was.
    pub(crate) async fn refused(&self, keeper: &Keeper, caller: &Caller, error: Error) -> S3Error {
        match error {
            Error::Interrupted(_) | Error::Mismatch(_) => caller
                .faults
                .take()
                .unwrap_or_else(|| told(error, Missing::Bucket)),
            // S3 tells apart whether the key is another by now or is not there at all.
            Error::ConditionFailed if self.condition.if_match.is_some() => {
                match keeper.item(caller, &self.bucket, &self.key).await {
                    Ok(Some(item)) if item.state == State::Active => told(error, Missing::Bucket),
                    _ => Missing::Key.error(),
                }
            }
            error => told(error, Missing::Bucket),
        }
    }
}

fn answer(stored: &Stored, known: &BTreeMap<String, String>, said: Said) -> PutObjectOutput {
    let version = &stored.item.version;
    let sum = |sum: Sum| known.get(sum.word()).cloned();
    let any = Sum::ALL.into_iter().any(|one| sum(one).is_some());
    PutObjectOutput {
        e_tag: Some(etag(version)),
        version_id: told_id(version, None),
        server_side_encryption: said.sealed,
        ssekms_key_id: said.kms_key,
        sse_customer_algorithm: said.algorithm,
        sse_customer_key_md5: said.md5,
        checksum_crc32: sum(Sum::Crc32),
        checksum_crc32c: sum(Sum::Crc32c),
        checksum_crc64nvme: sum(Sum::Crc64Nvme),
        checksum_sha1: sum(Sum::Sha1),
        checksum_sha256: sum(Sum::Sha256),
        checksum_type: any.then(|| dto::ChecksumType::from_static(dto::ChecksumType::FULL_OBJECT)),
        ..Default::default()
    }
}
