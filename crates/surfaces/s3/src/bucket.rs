//! Buckets: datasets by their names.

use std::collections::BTreeMap;

use custody::Error;
use custody::dataset::{Dataset, DatasetChange, HOME};
use s3s::dto::{
    Bucket, BucketLocationConstraint, CreateBucketInput, CreateBucketOutput, DeleteBucketInput,
    DeleteBucketOutput, GetBucketLocationInput, GetBucketLocationOutput, HeadBucketInput, HeadBucketOutput,
    ListBucketsInput, ListBucketsOutput, Owner,
};
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use crate::caller::Caller;
use crate::errors::{Missing, told};
use crate::keeper::{Keeper, Removal, is_bucket_name};
use crate::listing::token;
use crate::object::moment;
use crate::rights;

/// Who owns everything that a client can see.
pub(crate) fn owner(caller: &Caller) -> Owner {
    Owner {
        display_name: Some(caller.owner.name.clone()),
        id: Some(caller.owner.id.clone()),
    }
}

/// The bucket, or the answer that an unknown one gets.
pub(crate) async fn found<T>(keeper: &Keeper, request: &S3Request<T>, name: &str) -> S3Result<Dataset> {
    let bucket = keeper.bucket(&Caller::of(request)?, name).await;
    bucket.map_err(|error| told(error, Missing::Bucket))
}

/// Changes what a bucket says of itself.
pub(crate) async fn change<T>(
    keeper: &Keeper,
    request: &S3Request<T>,
    bucket: &Dataset,
    change: DatasetChange,
) -> S3Result<()> {
    let changed = keeper
        .change_bucket(&Caller::of(request)?, bucket.id, change)
        .await;
    changed.map(drop).map_err(|error| told(error, Missing::Bucket))
}

/// Keeps this note of a bucket, or forgets it.
pub(crate) async fn keep_note<T>(
    keeper: &Keeper,
    request: &S3Request<T>,
    name: &str,
    note: &str,
    value: Option<String>,
) -> S3Result<()> {
    let bucket = found(keeper, request, name).await?;
    let notes = DatasetChange {
        notes: BTreeMap::from([(note.to_owned(), value)]),
        ..DatasetChange::default()
    };
    change(keeper, request, &bucket, notes).await
}

pub(crate) async fn list(
    keeper: &Keeper,
    request: S3Request<ListBucketsInput>,
) -> S3Result<S3Response<ListBucketsOutput>> {
    let caller = Caller::of(&request)?;
    let input = request.input;
    let after = input.continuation_token.as_deref().map(token::read).transpose()?;
    let prefix = input.prefix.clone().unwrap_or_default();
    let most = usize::try_from(input.max_buckets.unwrap_or(10_000).clamp(1, 10_000)).unwrap_or(1);
    let all = keeper
        .buckets(&caller)
        .await
        .map_err(|error| told(error, Missing::Bucket))?;
    let mut wanted = all.into_iter().filter(|bucket| {
        bucket.name.starts_with(&prefix) && after.as_ref().is_none_or(|after| bucket.name > *after)
    });
    let buckets: Vec<Dataset> = wanted.by_ref().take(most).collect();
    let more = wanted
        .next()
        .and(buckets.last())
        .map(|last| token::write(&last.name));
    Ok(S3Response::new(ListBucketsOutput {
        buckets: Some(buckets.into_iter().map(shown).collect()),
        continuation_token: more,
        owner: Some(owner(&caller)),
        prefix: input.prefix,
    }))
}

fn shown(dataset: Dataset) -> Bucket {
    Bucket {
        bucket_region: None,
        creation_date: Some(moment(dataset.made_at)),
        name: Some(dataset.name),
    }
}

pub(crate) async fn create(
    keeper: &Keeper,
    request: S3Request<CreateBucketInput>,
) -> S3Result<S3Response<CreateBucketOutput>> {
    let caller = Caller::of(&request)?;
    crate::object::check_acl(&request.headers)?;
    if let Some(ownership) = &request.input.object_ownership {
        rights::check_ownership(ownership)?;
    }
    let takes_locks = request.input.object_lock_enabled_for_bucket.unwrap_or(false);
    let region = region(keeper, &request)?;
    let again = region.is_none() && !takes_locks && signs_for_the_first_region(&request);
    let name = request.input.bucket;
    // S3 refuses such names although no rule of host names forbids them.
    let beside = name.contains(".-") || name.contains("-.");
    if !is_bucket_name(&name) || beside {
        return Err(bad_name());
    }
    match keeper.make_bucket(&caller, &name, region).await {
        Ok(made) => {
            let terms = match takes_locks {
                true => crate::object::lock::enabling(),
                false => crate::versioning::plain(),
            };
            agree(keeper, &caller, &made, terms).await?;
            Ok(S3Response::new(CreateBucketOutput {
                location: Some(format!("/{name}")),
            }))
        }
        // As S3 does in its first region, whose clients make buckets to be sure that they are there.
        Err(Error::Conflict(_)) if again && keeper.bucket(&caller, &name).await.is_ok() => {
            Ok(S3Response::new(CreateBucketOutput {
                location: Some(format!("/{name}")),
            }))
        }
        // Names are the tenant's own, so nobody else can have taken one.
        Err(Error::Conflict(_)) => Err(s3_error!(
            BucketAlreadyOwnedByYou,
            "there is a bucket of this name already; if it is not listed, its dataset is archived: restore that"
        )),
        Err(Error::Invalid { field: "name", .. }) => Err(bad_name()),
        Err(error) => Err(told(error, Missing::Bucket)),
    }
}

fn signs_for_the_first_region(request: &S3Request<CreateBucketInput>) -> bool {
    request
        .region
        .as_ref()
        .is_some_and(|region| AsRef::<str>::as_ref(region) == "us-east-1")
}

/// The place that the bucket is to lie in. Clients that know nothing of places name the region that they sign for.
fn region(keeper: &Keeper, request: &S3Request<CreateBucketInput>) -> S3Result<Option<String>> {
    let configuration = request.input.create_bucket_configuration.as_ref();
    let named = configuration.and_then(|configuration| configuration.location_constraint.as_ref());
    let signed = request.region.as_ref().map(AsRef::as_ref);
    match named.map(BucketLocationConstraint::as_str) {
        None | Some("") => Ok(None),
        Some(named) if keeper.offers(named) => Ok(Some(named.to_owned())),
        Some(named) if signed == Some(named) => Ok(None),
        Some(_) => Err(s3_error!(
            InvalidLocationConstraint,
            "name a region that is offered here, the one that you sign for, or none: {}",
            keeper.offered()
        )),
    }
}

/// A bucket that is not as it was asked for is not left behind.
async fn agree(keeper: &Keeper, caller: &Caller, made: &Dataset, terms: DatasetChange) -> S3Result<()> {
    let changed = keeper.change_bucket(caller, made.id, terms).await;
    if let Err(error) = changed {
        let removed = keeper.remove_bucket(caller, &made.name).await;
        removed.map_err(|error| told(error, Missing::Bucket))?;
        return Err(told(error, Missing::Bucket));
    }
    Ok(())
}

fn bad_name() -> S3Error {
    s3_error!(
        InvalidBucketName,
        "use 3 to 63 lowercase letters, digits, hyphens and dots, beginning and ending with a letter or digit; no IP \
         address and no UUID"
    )
}

pub(crate) async fn head(
    keeper: &Keeper,
    request: S3Request<HeadBucketInput>,
) -> S3Result<S3Response<HeadBucketOutput>> {
    found(keeper, &request, &request.input.bucket).await?;
    Ok(S3Response::new(HeadBucketOutput::default()))
}

pub(crate) async fn delete(
    keeper: &Keeper,
    request: S3Request<DeleteBucketInput>,
) -> S3Result<S3Response<DeleteBucketOutput>> {
    let caller = Caller::of(&request)?;
    let removal = keeper.remove_bucket(&caller, &request.input.bucket).await;
    match removal.map_err(|error| told(error, Missing::Bucket))? {
        Removal::Done => Ok(S3Response::new(DeleteBucketOutput::default())),
        Removal::NotEmpty => Err(s3_error!(
            BucketNotEmpty,
            "the bucket has keys or delete markers still; archived items are deleted over REST"
        )),
    }
}

pub(crate) async fn location(
    keeper: &Keeper,
    request: S3Request<GetBucketLocationInput>,
) -> S3Result<S3Response<GetBucketLocationOutput>> {
    let bucket = found(keeper, &request, &request.input.bucket).await?;
    // Empty means us-east-1, which is what clients sign for that were told nothing.
    let elsewhere = Some(bucket.region).filter(|region| region != HOME);
    let location_constraint = elsewhere.map(BucketLocationConstraint::from);
    Ok(S3Response::new(GetBucketLocationOutput { location_constraint }))
}
