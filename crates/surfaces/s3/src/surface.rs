//! S3's operations, each handed to the file that answers it. What is not here answers 501.

use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result};

use crate::keeper::Keeper;
use crate::{bucket, cors, encryption, labels, listing, multipart, object, rights, stubs, versioning};

/// Everything that is served.
pub(crate) struct Surface {
    keeper: Keeper,
}

impl Surface {
    pub(crate) fn new(keeper: Keeper) -> Self {
        Self { keeper }
    }
}

macro_rules! served {
    ($($name:ident($input:ident) -> $output:ident by $answer:path;)*) => {
        #[async_trait::async_trait]
        impl S3 for Surface {
            $(async fn $name(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                $answer(&self.keeper, request).await
            })*
        }
    };
}

served! {
    list_buckets(ListBucketsInput) -> ListBucketsOutput by bucket::list;
    create_bucket(CreateBucketInput) -> CreateBucketOutput by bucket::create;
    head_bucket(HeadBucketInput) -> HeadBucketOutput by bucket::head;
    delete_bucket(DeleteBucketInput) -> DeleteBucketOutput by bucket::delete;
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput by bucket::location;
    get_bucket_versioning(GetBucketVersioningInput) -> GetBucketVersioningOutput by versioning::get;
    put_bucket_versioning(PutBucketVersioningInput) -> PutBucketVersioningOutput by versioning::put;

    put_object(PutObjectInput) -> PutObjectOutput by object::write::put;
    post_object(PostObjectInput) -> PostObjectOutput by object::form::post;
    get_object(GetObjectInput) -> GetObjectOutput by object::read::get;
    head_object(HeadObjectInput) -> HeadObjectOutput by object::read::head;
    get_object_attributes(GetObjectAttributesInput) -> GetObjectAttributesOutput by object::attributes::get;
    get_object_tagging(GetObjectTaggingInput) -> GetObjectTaggingOutput by object::tags::get;
    put_object_tagging(PutObjectTaggingInput) -> PutObjectTaggingOutput by object::tags::put;
    delete_object_tagging(DeleteObjectTaggingInput) -> DeleteObjectTaggingOutput by object::tags::delete;
    copy_object(CopyObjectInput) -> CopyObjectOutput by object::copy::copy;
    delete_object(DeleteObjectInput) -> DeleteObjectOutput by object::remove::one;
    delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput by object::remove::many;

    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput by multipart::begin;
    upload_part(UploadPartInput) -> UploadPartOutput by multipart::put;
    upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput by multipart::copy;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput by multipart::complete;
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput by multipart::abort;
    list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput by multipart::uploads;
    list_parts(ListPartsInput) -> ListPartsOutput by multipart::parts;

    list_objects(ListObjectsInput) -> ListObjectsOutput by listing::first;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output by listing::second;
    list_object_versions(ListObjectVersionsInput) -> ListObjectVersionsOutput by listing::versions;

    put_bucket_encryption(PutBucketEncryptionInput) -> PutBucketEncryptionOutput by encryption::put;
    put_bucket_lifecycle_configuration(PutBucketLifecycleConfigurationInput)
        -> PutBucketLifecycleConfigurationOutput by stubs::set_lifecycle;
    delete_bucket_lifecycle(DeleteBucketLifecycleInput) -> DeleteBucketLifecycleOutput by stubs::delete_lifecycle;
    put_bucket_policy(PutBucketPolicyInput) -> PutBucketPolicyOutput by stubs::set_policy;
    delete_bucket_policy(DeleteBucketPolicyInput) -> DeleteBucketPolicyOutput by stubs::delete_policy;

    get_object_legal_hold(GetObjectLegalHoldInput) -> GetObjectLegalHoldOutput by object::lock::legal_hold;
    put_object_legal_hold(PutObjectLegalHoldInput) -> PutObjectLegalHoldOutput by object::lock::set_legal_hold;
    get_object_retention(GetObjectRetentionInput) -> GetObjectRetentionOutput by object::lock::retained;
    put_object_retention(PutObjectRetentionInput) -> PutObjectRetentionOutput by object::lock::set_retention;
    get_object_lock_configuration(GetObjectLockConfigurationInput)
        -> GetObjectLockConfigurationOutput by object::lock::configuration;
    put_object_lock_configuration(PutObjectLockConfigurationInput)
        -> PutObjectLockConfigurationOutput by object::lock::configure;

    get_bucket_acl(GetBucketAclInput) -> GetBucketAclOutput by rights::bucket_acl;
    get_object_acl(GetObjectAclInput) -> GetObjectAclOutput by rights::object_acl;
    get_bucket_logging(GetBucketLoggingInput) -> GetBucketLoggingOutput by stubs::logging;
    get_bucket_request_payment(GetBucketRequestPaymentInput) -> GetBucketRequestPaymentOutput by stubs::request_payment;
    get_bucket_accelerate_configuration(GetBucketAccelerateConfigurationInput)
        -> GetBucketAccelerateConfigurationOutput by stubs::accelerate;
    get_bucket_policy(GetBucketPolicyInput) -> GetBucketPolicyOutput by stubs::policy;
    get_bucket_cors(GetBucketCorsInput) -> GetBucketCorsOutput by cors::get;
    put_bucket_cors(PutBucketCorsInput) -> PutBucketCorsOutput by cors::put;
    delete_bucket_cors(DeleteBucketCorsInput) -> DeleteBucketCorsOutput by cors::delete;
    get_bucket_lifecycle_configuration(GetBucketLifecycleConfigurationInput)
        -> GetBucketLifecycleConfigurationOutput by stubs::lifecycle;
    get_bucket_tagging(GetBucketTaggingInput) -> GetBucketTaggingOutput by labels::get;
    put_bucket_tagging(PutBucketTaggingInput) -> PutBucketTaggingOutput by labels::put;
    delete_bucket_tagging(DeleteBucketTaggingInput) -> DeleteBucketTaggingOutput by labels::delete;
    put_bucket_acl(PutBucketAclInput) -> PutBucketAclOutput by rights::set_bucket_acl;
    put_object_acl(PutObjectAclInput) -> PutObjectAclOutput by rights::set_object_acl;
    get_public_access_block(GetPublicAccessBlockInput) -> GetPublicAccessBlockOutput by rights::block;
    put_public_access_block(PutPublicAccessBlockInput) -> PutPublicAccessBlockOutput by rights::set_block;
    delete_public_access_block(DeletePublicAccessBlockInput) -> DeletePublicAccessBlockOutput by rights::delete_block;
    get_bucket_policy_status(GetBucketPolicyStatusInput) -> GetBucketPolicyStatusOutput by rights::policy_status;
    get_bucket_ownership_controls(GetBucketOwnershipControlsInput)
        -> GetBucketOwnershipControlsOutput by rights::ownership;
    put_bucket_ownership_controls(PutBucketOwnershipControlsInput)
        -> PutBucketOwnershipControlsOutput by rights::set_ownership;
    delete_bucket_ownership_controls(DeleteBucketOwnershipControlsInput)
        -> DeleteBucketOwnershipControlsOutput by rights::delete_ownership;
    delete_bucket_encryption(DeleteBucketEncryptionInput) -> DeleteBucketEncryptionOutput by encryption::delete;
    get_bucket_encryption(GetBucketEncryptionInput) -> GetBucketEncryptionOutput by encryption::get;
    get_bucket_website(GetBucketWebsiteInput) -> GetBucketWebsiteOutput by stubs::website;
    get_bucket_replication(GetBucketReplicationInput) -> GetBucketReplicationOutput by stubs::replication;
}
