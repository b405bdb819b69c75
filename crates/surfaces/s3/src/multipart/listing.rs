//! What uploads are under way, and which parts have come.

use custody::upload::Upload;
use s3s::dto::{
    CommonPrefix, Initiator, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListPartsInput,
    ListPartsOutput, MultipartUpload, Part, StorageClass,
};
use s3s::{S3Request, S3Response, S3Result};

use super::{no_such_upload, part_tag, refused, upload_id};
use crate::bucket::owner;
use crate::caller::Caller;
use crate::keeper::Keeper;
use crate::listing::{Encoding, given, limit};
use crate::object::moment;
use crate::stated::Sum;

/// Answers GET ?uploads. Uploads are few; all are read and put in the order of their keys.
pub(crate) async fn uploads(
    keeper: &Keeper,
    request: S3Request<ListMultipartUploadsInput>,
) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
    let caller = Caller::of(&request)?;
    let input = request.input;
    let encoding = Encoding::asked(input.encoding_type.as_ref())?;
    let most = limit(input.max_uploads)?;
    let (prefix, delimiter) = (given(input.prefix), given(input.delimiter));
    let mut all = keeper.uploads(&caller, &input.bucket).await.map_err(refused)?;
    all.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    let after = After {
        key: given(input.key_marker.clone()),
        upload: given(input.upload_id_marker.clone()),
    };
    let begins = |upload: &Upload| upload.name.starts_with(prefix.as_deref().unwrap_or_default());
    let wanted = all
        .into_iter()
        .filter(|upload| begins(upload) && after.is_before(upload));
    let fold = |name: &str| folded(name, prefix.as_deref(), delimiter.as_deref()).map(str::to_owned);
    let page = Page::of(wanted, most as usize, fold);
    let next = page.last.as_ref().filter(|_| page.truncated);
    let write = |name: &String| encoding.write(name);
    Ok(S3Response::new(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        is_truncated: Some(page.truncated),
        key_marker: Some(write(&after.key.unwrap_or_default())),
        upload_id_marker: Some(after.upload.unwrap_or_default()),
        next_key_marker: next.map(|upload| write(&upload.name)),
        next_upload_id_marker: next.map(|upload| upload.id.to_string()),
        max_uploads: i32::try_from(most).ok(),
        prefix: prefix.as_ref().map(write),
        delimiter: delimiter.as_ref().map(write),
        encoding_type: encoding.said(),
        uploads: Some(
            page.uploads
                .iter()
                .map(|upload| shown(upload, encoding, &caller))
                .collect(),
        ),
        common_prefixes: Some(
            page.prefixes
                .iter()
                .map(|prefix| CommonPrefix {
                    prefix: Some(write(prefix)),
                })
                .collect(),
        ),
        ..Default::default()
    }))
}

#[derive(Default)]
struct Page {
    uploads: Vec<Upload>,
    prefixes: Vec<String>,
    last: Option<Upload>,
    truncated: bool,
}

impl Page {
    fn of(wanted: impl Iterator<Item = Upload>, most: usize, fold: impl Fn(&str) -> Option<String>) -> Self {
        let mut page = Self::default();
        for upload in wanted {
            let folded = fold(&upload.name);
            let said = folded.is_some() && folded.as_ref() == page.prefixes.last();
            if !said && page.uploads.len() + page.prefixes.len() >= most {
                page.truncated = most > 0;
                break;
            }
            match folded {
                Some(_) if said => {}
                Some(folded) => page.prefixes.push(folded),
                None => page.uploads.push(upload.clone()),
            }
            page.last = Some(upload);
        }
        page
    }
}

/// After which upload a page begins.
struct After {
    key: Option<String>,
    upload: Option<String>,
}

impl After {
    fn is_before(&self, upload: &Upload) -> bool {
        let Some(key) = &self.key else {
            return true;
        };
        let later = self.upload.as_ref().is_some_and(|id| upload.id.to_string() > *id);
        upload.name > *key || (upload.name == *key && later)
    }
}

fn folded<'n>(name: &'n str, prefix: Option<&str>, delimiter: Option<&str>) -> Option<&'n str> {
    let begun = prefix.unwrap_or_default().len();
    let delimiter = delimiter?;
    let end = begun + name.get(begun..)?.find(delimiter)? + delimiter.len();
    name.get(..end)
}

fn shown(upload: &Upload, encoding: Encoding, caller: &Caller) -> MultipartUpload {
    MultipartUpload {
        key: Some(encoding.write(&upload.name)),
        upload_id: Some(upload.id.to_string()),
        initiated: Some(moment(upload.made_at)),
        initiator: Some(initiator(caller)),
        owner: Some(owner(caller)),
        storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
        ..Default::default()
    }
}

/// Members are not told apart here: whoever began it did so for the tenant.
fn initiator(caller: &Caller) -> Initiator {
    Initiator {
        display_name: Some(caller.owner.name.clone()),
        id: Some(caller.owner.id.clone()),
    }
}

/// Answers GET ?uploadId.
pub(crate) async fn parts(
    keeper: &Keeper,
    request: S3Request<ListPartsInput>,
) -> S3Result<S3Response<ListPartsOutput>> {
    let caller = Caller::of(&request)?;
    let input = request.input;
    let upload = upload_id(&input.upload_id)?;
    let most = limit(input.max_parts)?;
    let after = u32::try_from(input.part_number_marker.unwrap_or(0)).unwrap_or(0);
    let (plan, there) = keeper
        .parts(&caller, &input.bucket, upload)
        .await
        .map_err(refused)?;
    if plan.name != input.key {
        return Err(no_such_upload());
    }
    let mut rest = there.iter().filter(|part| part.number > after);
    let page: Vec<_> = rest.by_ref().take(most as usize).collect();
    let truncated = most > 0 && rest.next().is_some();
    let last = page.last().and_then(|part| i32::try_from(part.number).ok());
    Ok(S3Response::new(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(upload.to_string()),
        is_truncated: Some(truncated),
        max_parts: i32::try_from(most).ok(),
        part_number_marker: i32::try_from(after).ok(),
        next_part_number_marker: last.filter(|_| truncated),
        parts: Some(page.into_iter().map(part).collect()),
        initiator: Some(initiator(&caller)),
        owner: Some(owner(&caller)),
        storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
        ..Default::default()
    }))
}

fn part(part: &custody::upload::Part) -> Part {
    let sum = |sum: Sum| part.notes.get(sum.word()).cloned();
    Part {
        part_number: i32::try_from(part.number).ok(),
        e_tag: Some(part_tag(part)),
        size: i64::try_from(part.size).ok(),
        last_modified: Some(moment(part.made_at)),
        checksum_crc32: sum(Sum::Crc32),
        checksum_crc32c: sum(Sum::Crc32c),
        checksum_crc64nvme: sum(Sum::Crc64Nvme),
        checksum_sha1: sum(Sum::Sha1),
        checksum_sha256: sum(Sum::Sha256),
    }
}
