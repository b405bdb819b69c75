//! S3's own ways of saying who may what: lists of rights, ownership of objects, blocks of public access.
//!
//! Promises: what is true of everything here (the owner alone, nothing public) can be asked for and said again; what would
//! give anybody else a right is refused, so that no client believes it was given. Leaves out: deciding by any of it.

use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use crate::bucket::{found, owner};
use crate::caller::Caller;
use crate::errors::{Missing, invalid, not_served, told};
use crate::keeper::Keeper;
use crate::object::{check_acl, no_lists};

/// The owner may do everything, which is all that S3 can be told of who may what here.
fn owners(caller: &Caller) -> Vec<Grant> {
    let owner = owner(caller);
    vec![Grant {
        grantee: Some(Grantee {
            display_name: owner.display_name,
            email_address: None,
            id: owner.id,
            type_: Type::from_static(Type::CANONICAL_USER),
            uri: None,
        }),
        permission: Some(Permission::from_static(Permission::FULL_CONTROL)),
    }]
}

/// Answers GET ?acl of a bucket.
pub(crate) async fn bucket_acl(
    keeper: &Keeper,
    request: S3Request<GetBucketAclInput>,
) -> S3Result<S3Response<GetBucketAclOutput>> {
    found(keeper, &request, &request.input.bucket).await?;
    let caller = Caller::of(&request)?;
    Ok(S3Response::new(GetBucketAclOutput {
        grants: Some(owners(&caller)),
        owner: Some(owner(&caller)),
    }))
}

/// Answers GET ?acl of a key.
pub(crate) async fn object_acl(
    keeper: &Keeper,
    request: S3Request<GetObjectAclInput>,
) -> S3Result<S3Response<GetObjectAclOutput>> {
    key(keeper, &request, &request.input.bucket, &request.input.key).await?;
    let caller = Caller::of(&request)?;
    Ok(S3Response::new(GetObjectAclOutput {
        grants: Some(owners(&caller)),
        owner: Some(owner(&caller)),
        ..Default::default()
    }))
}

/// The key, or the answer that an unknown one gets.
async fn key<T>(keeper: &Keeper, request: &S3Request<T>, bucket: &str, key: &str) -> S3Result<()> {
    let item = keeper.item(&Caller::of(request)?, bucket, key).await;
    let item = item.map_err(|error| told(error, Missing::Bucket))?;
    item.map(drop).ok_or_else(|| Missing::Key.error())
}

/// Answers PUT ?acl of a bucket: the list that it has anyway is taken.
pub(crate) async fn set_bucket_acl(
    keeper: &Keeper,
    request: S3Request<PutBucketAclInput>,
) -> S3Result<S3Response<PutBucketAclOutput>> {
    found(keeper, &request, &request.input.bucket).await?;
    check_acl(&request.headers)?;
    check_list(
        &Caller::of(&request)?,
        request.input.acl.is_some(),
        request.input.access_control_policy.as_ref(),
    )?;
    Ok(S3Response::new(PutBucketAclOutput::default()))
}

/// Answers PUT ?acl of a key: the list that it has anyway is taken.
pub(crate) async fn set_object_acl(
    keeper: &Keeper,
    request: S3Request<PutObjectAclInput>,
) -> S3Result<S3Response<PutObjectAclOutput>> {
    key(keeper, &request, &request.input.bucket, &request.input.key).await?;
    check_acl(&request.headers)?;
    check_list(
        &Caller::of(&request)?,
        request.input.acl.is_some(),
        request.input.access_control_policy.as_ref(),
    )?;
    Ok(S3Response::new(PutObjectAclOutput::default()))
}

fn check_list(caller: &Caller, canned: bool, list: Option<&AccessControlPolicy>) -> S3Result<()> {
    match list {
        None if canned => Ok(()),
        None => Err(s3_error!(
            MalformedACLError,
            "say private in x-amz-acl, or send a list of grants"
        )),
        Some(list) if is_owners(caller, list) => Ok(()),
        Some(_) => Err(no_lists()),
    }
}

/// Whether a list is the one that everything has.
fn is_owners(caller: &Caller, list: &AccessControlPolicy) -> bool {
    let own = owner(caller);
    let stated = list.owner.as_ref().and_then(|owner| owner.id.as_ref());
    let grants = list.grants.as_deref().unwrap_or_default();
    let to_owner = |grant: &Grant| {
        let full = grant
            .permission
            .as_ref()
            .is_some_and(|one| one.as_str() == Permission::FULL_CONTROL);
        let grantee = grant.grantee.as_ref();
        full && grantee.is_some_and(|grantee| {
            grantee.id == own.id && grantee.uri.is_none() && grantee.email_address.is_none()
        })
    };
    stated.is_none_or(|id| Some(id) == own.id.as_ref()) && !grants.is_empty() && grants.iter().all(to_owner)
}

/// Answers GET ?publicAccessBlock.
pub(crate) async fn block(
    keeper: &Keeper,
    request: S3Request<GetPublicAccessBlockInput>,
) -> S3Result<S3Response<GetPublicAccessBlockOutput>> {
    found(keeper, &request, &request.input.bucket).await?;
    Ok(S3Response::new(GetPublicAccessBlockOutput {
        public_access_block_configuration: Some(PublicAccessBlockConfiguration {
            block_public_acls: Some(true),
            block_public_policy: Some(true),
            ignore_public_acls: Some(true),
            restrict_public_buckets: Some(true),
        }),
    }))
}

/// Answers PUT ?publicAccessBlock: nothing is public here, so that the whole block is taken and nothing less.
pub(crate) async fn set_block(
    keeper: &Keeper,
    request: S3Request<PutPublicAccessBlockInput>,
) -> S3Result<S3Response<PutPublicAccessBlockOutput>> {
    found(keeper, &request, &request.input.bucket).await?;
    let asked = &request.input.public_access_block_configuration;
    let all = [
        asked.block_public_acls,
        asked.block_public_policy,
        asked.ignore_public_acls,
        asked.restrict_public_buckets,
    ];
    if all.iter().all(|one| *one == Some(true)) {
        return Ok(S3Response::new(PutPublicAccessBlockOutput::default()));
    }
    Err(invalid(
        "nothing is public here and nothing can be made so: set all four to true",
    ))
}

/// Answers DELETE ?publicAccessBlock.
pub(crate) async fn delete_block(
    keeper: &Keeper,
    request: S3Request<DeletePublicAccessBlockInput>,
) -> S3Result<S3Response<DeletePublicAccessBlockOutput>> {
    found(keeper, &request, &request.input.bucket).await?;
    Err(not_served(
        "public access stays blocked: nothing is public here and nothing can be made so",
    ))
}

/// Answers GET ?policyStatus.
pub(crate) async fn policy_status(
    keeper: &Keeper,
    request: S3Request<GetBucketPolicyStatusInput>,
) -> S3Result<S3Response<GetBucketPolicyStatusOutput>> {
    found(keeper, &request, &request.input.bucket).await?;
    Ok(S3Response::new(GetBucketPolicyStatusOutput {
        policy_status: Some(PolicyStatus {
            is_public: Some(false),
        }),
    }))
}

/// Answers GET ?ownershipControls.
pub(crate) async fn ownership(
    keeper: &Keeper,
    request: S3Request<GetBucketOwnershipControlsInput>,
) -> S3Result<S3Response<GetBucketOwnershipControlsOutput>> {
    found(keeper, &request, &request.input.bucket).await?;
    let enforced = ObjectOwnership::from_static(ObjectOwnership::BUCKET_OWNER_ENFORCED);
    Ok(S3Response::new(GetBucketOwnershipControlsOutput {
        ownership_controls: Some(OwnershipControls {
            rules: vec![OwnershipControlsRule {
                object_ownership: enforced,
            }],
        }),
    }))
}

/// Answers PUT ?ownershipControls.
pub(crate) async fn set_ownership(
    keeper: &Keeper,
    request: S3Request<PutBucketOwnershipControlsInput>,
) -> S3Result<S3Response<PutBucketOwnershipControlsOutput>> {
    found(keeper, &request, &request.input.bucket).await?;
    match &request.input.ownership_controls.rules[..] {
        [rule] => check_ownership(&rule.object_ownership)?,
        _ => return Err(s3_error!(MalformedXML, "give one rule")),
    }
    Ok(S3Response::new(PutBucketOwnershipControlsOutput::default()))
}

/// Answers DELETE ?ownershipControls.
pub(crate) async fn delete_ownership(
    keeper: &Keeper,
    request: S3Request<DeleteBucketOwnershipControlsInput>,
) -> S3Result<S3Response<DeleteBucketOwnershipControlsOutput>> {
    found(keeper, &request, &request.input.bucket).await?;
    Err(not_served(
        "the tenant owns everything in its buckets: there is no other ownership to go back to",
    ))
}

/// The one kind of ownership that there is.
pub(crate) fn check_ownership(asked: &ObjectOwnership) -> S3Result<()> {
    match asked.as_str() {
        ObjectOwnership::BUCKET_OWNER_ENFORCED => Ok(()),
        _ => Err(other_ownership()),
    }
}

fn other_ownership() -> S3Error {
    invalid("the tenant owns everything in its buckets: say BucketOwnerEnforced")
}
