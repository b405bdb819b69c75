//! A copy of one version to a key, within the server.
//!
//! Promises: a copy of what is about one person is about that person, or is not made. The bytes are opened and sealed
//! anew: a copy has a key of its own and its source can be deleted.

use bytes::Bytes;
use custody::item::{BodyError, Content, Item, ItemStream, PutItem, Range, ReadItem};
use futures_util::{Stream, StreamExt as _};
use kernel::VersionId;
use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, ETagCondition, MetadataDirective,
    TaggingDirective, Timestamp,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::conditions::{Dates, Verdict, by_tag};
use super::customer::{self, Customer};
use super::described::Described;
use super::read::{current, found, pieces, unreadable};
use super::sealed::{Said, Sealing};
use super::write::Place;
use super::{demands, etag, lock, moment};
use crate::caller::Caller;
use crate::errors::{invalid, not_served};
use crate::keeper::Keeper;
use crate::versioning::{named, told_id};

/// Answers CopyObject.
pub(crate) async fn copy(
    keeper: &Keeper,
    mut request: S3Request<CopyObjectInput>,
) -> S3Result<S3Response<CopyObjectOutput>> {
    demands::check_write(&request.headers)?;
    let caller = Caller::of(&request)?;
    let customer = Customer::of(&request.headers)?;
    let source_key = Customer::of_source(&request.headers)?;
    let sealing = Sealing::asked(&request.headers, &caller.owner)?;
    let asked = lock::asked!(request.input);
    let hold = asked.hold(keeper, &caller, &request.input.bucket).await?;
    let input = &request.input;
    let replaces = replaces(input)?;
    let source = Source::of(&input.copy_source)?;
    let version = named(keeper, &caller, source.bucket, source.key, source.version).await?;
    let item = found(keeper, &caller, source.bucket, source.key, version).await?;
    let same = source.bucket == input.bucket && source.key == input.key;
    let changes = customer.is_some()
        || sealing.is_some()
        || source_key.is_some()
        || hold.is_some()
        || replaces
        || tagging_directive(input) == Some(TaggingDirective::REPLACE);
    if same && !changes && version.is_none_or(|version| version == item.version.id) {
        return Err(s3_error!(
            InvalidRequest,
            "a copy of an object onto itself changes something: send x-amz-metadata-directive: REPLACE"
        ));
    }
    let conditions = Conditions {
        if_match: input.copy_source_if_match.clone(),
        if_none_match: input.copy_source_if_none_match.clone(),
        if_modified_since: input.copy_source_if_modified_since.clone(),
        if_unmodified_since: input.copy_source_if_unmodified_since.clone(),
        customer: source_key,
    };
    let content = conditions.open(keeper, &caller, &item, version, None).await?;
    let copied = content.item.version;
    let described = if replaces {
        Described::of(&request.headers)?.with_sums_of(&copied)
    } else {
        Described::copied(&copied, &request.headers)?
    };
    let replaces_tags = is_replace("x-amz-tagging-directive", tagging_directive(input))?;
    let described = described.with_tags(&request.headers, (!replaces_tags).then_some(&copied))?;
    let described = described
        .with_hold(hold)
        .with_sealing(sealing.as_ref())
        .hiding_md5(customer.is_some());
    check_subject(&item, &described)?;
    let place = Place::of(keeper, &caller, &input.bucket, &input.key, (None, None)).await?;
    let put = PutItem {
        kind: item.kind,
        length: Some(copied.size),
        provided_key: customer::key(customer.as_ref()),
        ..place.put(keeper, described)?
    };
    let stored = match keeper.put(&caller, put, source_pieces(content.body)).await {
        Ok(stored) => stored,
        Err(error) => return Err(place.refused(keeper, &caller, error).await),
    };
    let made = &stored.item.version;
    let said = Said::of_version(made, customer.as_ref());
    Ok(S3Response::new(CopyObjectOutput {
        copy_object_result: Some(CopyObjectResult {
            e_tag: Some(etag(made)),
            last_modified: Some(moment(made.made_at)),
            ..Default::default()
        }),
        copy_source_version_id: told_id(&copied, source.version),
        version_id: told_id(made, None),
        server_side_encryption: said.sealed,
        ssekms_key_id: said.kms_key,
        sse_customer_algorithm: said.algorithm,
        sse_customer_key_md5: said.md5,
        ..Default::default()
    }))
}

/// Under what conditions a source is copied; a source that does not meet them is a failure, not a 304.
pub(crate) struct Conditions {
    pub(crate) if_match: Option<ETagCondition>,
    pub(crate) if_none_match: Option<ETagCondition>,
    pub(crate) if_modified_since: Option<Timestamp>,
    pub(crate) if_unmodified_since: Option<Timestamp>,
    /// The key that the source was sealed with.
    pub(crate) customer: Option<Customer>,
}

impl Conditions {
    /// Opens the source.
    pub(crate) async fn open(
        self,
        keeper: &Keeper,
        caller: &Caller,
        item: &Item,
        version: Option<VersionId>,
        range: Option<Range>,
    ) -> S3Result<Content> {
        let current = current(keeper, caller, item, version).await?;
        let condition = by_tag(
            self.if_match.as_ref(),
            self.if_none_match.as_ref(),
            Some(&current),
        );
        let dates = Dates::beside(&condition, self.if_modified_since, self.if_unmodified_since);
        let failed = || {
            s3_error!(
                PreconditionFailed,
                "the source is not in the state that the request names"
            )
        };
        if dates.judge(current.made_at) != Verdict::Proceed {
            return Err(failed());
        }
        let read = ReadItem {
            version,
            range,
            condition,
            provided_key: customer::key(self.customer.as_ref()),
            ..ReadItem::default()
        };
        let content = keeper.read(caller, item.id, read).await;
        let content = content.map_err(|error| unreadable(error, version))?;
        if content.not_modified {
            Err(failed())
        } else {
            Ok(content)
        }
    }
}

/// The bytes of a source as custody takes them.
pub(crate) fn source_pieces(
    body: Option<ItemStream>,
) -> impl Stream<Item = Result<Bytes, BodyError>> + Unpin + Send {
    match body {
        Some(body) => pieces(body)
            .map(|piece| piece.map_err(|error| BodyError(error.to_string())))
            .boxed(),
        None => futures_util::stream::empty().boxed(),
    }
}

/// Whether the description is the request's own.
fn replaces(input: &CopyObjectInput) -> S3Result<bool> {
    let directive = input.metadata_directive.as_ref().map(MetadataDirective::as_str);
    is_replace("x-amz-metadata-directive", directive)
}

fn tagging_directive(input: &CopyObjectInput) -> Option<&str> {
    input.tagging_directive.as_ref().map(TaggingDirective::as_str)
}

fn is_replace(name: &str, directive: Option<&str>) -> S3Result<bool> {
    match directive {
        None | Some("COPY") => Ok(false),
        Some("REPLACE") => Ok(true),
        Some(_) => Err(invalid(format!("{name} is COPY or REPLACE"))),
    }
}

/// An item about one person is sealed under that person's key; a copy without it would outlive them.
fn check_subject(source: &Item, described: &Described) -> S3Result<()> {
    if source.subject.is_some() && described.subject.is_none() {
        return Err(s3_error!(
            InvalidRequest,
            "the source is about one person: say so of the copy with x-amz-meta-bailee-subject"
        ));
    }
    Ok(())
}

/// What a copy is made of.
pub(crate) struct Source<'r> {
    pub(crate) bucket: &'r str,
    pub(crate) key: &'r str,
    pub(crate) version: Option<&'r str>,
}

impl<'r> Source<'r> {
    pub(crate) fn of(source: &'r CopySource) -> S3Result<Self> {
        match source {
            CopySource::Bucket {
                bucket,
                key,
                version_id,
            } => Ok(Self {
                bucket,
                key,
                version: version_id.as_deref(),
            }),
            _ => Err(not_served(
                "name the source as bucket/key: there are no access points here",
            )),
        }
    }
}
