//! POST Object: a key that a browser sends with a form whose policy somebody signed.

use custody::item::{Notes, PutItem};
use http::HeaderMap;
use s3s::dto::{PostObjectInput, PostObjectOutput, TimestampFormat};
use s3s::{S3Request, S3Response, S3Result};

use super::described::Described;
use super::sealed::{Said, Sealing};
use super::write::Place;
use super::{demands, etag, lock};
use crate::body;
use crate::caller::{Caller, check_owner};
use crate::errors::{invalid, not_served};
use crate::form::{Form, header};
use crate::keeper::Keeper;
use crate::stated::{OF_BYTES, Stated};
use crate::versioning::told_id;

/// What a form writes for the name of its file.
const FILENAME: &str = "${filename}";

/// Answers POST of a form.
pub(crate) async fn post(
    keeper: &Keeper,
    request: S3Request<PostObjectInput>,
) -> S3Result<S3Response<PostObjectOutput>> {
    let caller = Caller::of(&request)?;
    let form = request.extensions.get::<Form>().cloned().unwrap_or_default();
    let mut input = request.input;
    let mut said = said(&input)?;
    said.extend(form.tags()?);
    check_owner(&said, &caller.owner)?;
    demands::check_write(&said)?;
    let stated = Stated::of(&said)?;
    let key = named(&input.key, &form)?;
    let hold = lock::asked!(input).hold(keeper, &caller, &input.bucket).await?;
    lock::check_certain(hold.as_ref(), &said)?;
    let sealing = Sealing::asked(&said, &caller.owner)?;
    let described = Described::of(&said)?
        .with_hold(hold)
        .with_sealing(sealing.as_ref());
    let conditions = (input.if_match, input.if_none_match);
    let place = Place::of(keeper, &caller, &input.bucket, &key, conditions).await?;
    let notes = Notes::from(described.notes.clone()).of_bytes(OF_BYTES);
    let put = PutItem {
        length: Some(
            input
                .content_length
                .and_then(|length| u64::try_from(length).ok())
                .unwrap_or(0),
        ),
        notes: notes.clone(),
        ..place.put(keeper, described)?
    };
    let content = body::content(input.body, stated, None, caller.faults.clone(), notes);
    match keeper.put(&caller, put, content).await {
        Ok(stored) => Ok(answer(&stored.item.version)?),
        Err(error) => Err(place.refused(keeper, &caller, error).await),
    }
}

fn answer(version: &custody::item::Version) -> S3Result<S3Response<PostObjectOutput>> {
    let tag = etag(version);
    let shown = format!("\"{}\"", tag.value());
    let said = Said::of_version(version, None);
    let mut response = S3Response::new(PostObjectOutput {
        e_tag: Some(tag),
        version_id: told_id(version, None),
        ..Default::default()
    });
    // `s3s` writes the document alone.
    response.headers = HeaderMap::from_iter([header("etag", &shown)?]);
    if let Some(sealed) = said.sealed {
        response
            .headers
            .extend([header("x-amz-server-side-encryption", sealed.as_str())?]);
    }
    if let Some(id) = told_id(version, None) {
        response.headers.extend([header("x-amz-version-id", &id)?]);
    }
    if let Some(key) = said.kms_key {
        response
            .headers
            .extend([header("x-amz-server-side-encryption-aws-kms-key-id", &key)?]);
    }
    Ok(response)
}

/// The key, with the name of the file where the form asks for it.
fn named(key: &str, form: &Form) -> S3Result<String> {
    if key.contains(FILENAME) && form.filename.is_empty() {
        return Err(invalid(
            "the key asks for the file's name, and the file came without one",
        ));
    }
    Ok(key.replace(FILENAME, &form.filename))
}

/// The fields as headers of a PUT would say them, from what was compared with the policy.
fn said(input: &PostObjectInput) -> S3Result<HeaderMap> {
    if input.sse_customer_algorithm.is_some()
        || input.sse_customer_key.is_some()
        || input.sse_customer_key_md5.is_some()
    {
        return Err(not_served(
            "keys of the client's own do not come with forms: use a presigned PUT",
        ));
    }
    let word = |value: Option<&str>| value.map(str::to_owned);
    let expires = input.expires.as_ref().map(|at| {
        let mut text = Vec::new();
        at.format(TimestampFormat::HttpDate, &mut text).map(|()| text)
    });
    let expires = expires
        .transpose()
        .map_err(|_| invalid("Expires is an HTTP date"))?;
    let fields = [
        ("cache-control", input.cache_control.clone()),
        ("content-disposition", input.content_disposition.clone()),
        ("content-encoding", input.content_encoding.clone()),
        ("content-language", input.content_language.clone()),
        ("content-md5", input.content_md5.clone()),
        ("content-type", input.content_type.clone()),
        (
            "expires",
            expires.map(|text| String::from_utf8_lossy(&text).into_owned()),
        ),
        ("x-amz-acl", word(input.acl.as_ref().map(|acl| acl.as_str()))),
        ("x-amz-checksum-crc32", input.checksum_crc32.clone()),
        ("x-amz-checksum-crc32c", input.checksum_crc32c.clone()),
        ("x-amz-checksum-crc64nvme", input.checksum_crc64nvme.clone()),
        ("x-amz-checksum-sha1", input.checksum_sha1.clone()),
        ("x-amz-checksum-sha256", input.checksum_sha256.clone()),
        ("x-amz-expected-bucket-owner", input.expected_bucket_owner.clone()),
        ("x-amz-grant-full-control", input.grant_full_control.clone()),
        ("x-amz-grant-read", input.grant_read.clone()),
        ("x-amz-grant-read-acp", input.grant_read_acp.clone()),
        ("x-amz-grant-write-acp", input.grant_write_acp.clone()),
        (
            "x-amz-server-side-encryption",
            word(input.server_side_encryption.as_ref().map(|kind| kind.as_str())),
        ),
        (
            "x-amz-server-side-encryption-aws-kms-key-id",
            input.ssekms_key_id.clone(),
        ),
        (
            "x-amz-server-side-encryption-context",
            input.ssekms_encryption_context.clone(),
        ),
        (
            "x-amz-storage-class",
            word(input.storage_class.as_ref().map(|class| class.as_str())),
        ),
        ("x-amz-tagging", input.tagging.clone()),
        (
            "x-amz-website-redirect-location",
            input.website_redirect_location.clone(),
        ),
        (
            "x-amz-write-offset-bytes",
            input.write_offset_bytes.map(|at| at.to_string()),
        ),
    ];
    let fields = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let own = input.metadata.iter().flatten();
    let own = own.map(|(name, value)| (format!("x-amz-meta-{name}"), value.clone()));
    fields
        .chain(own)
        .map(|(name, value)| header(&name, &value))
        .collect()
}
