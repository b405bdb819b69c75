//! The register of operations is complete and every test that it names is there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

use s3::compatibility::{Entry, REGISTER, Tier, document, markdown};

const MUST: &str = "ListBuckets CreateBucket HeadBucket DeleteBucket GetBucketLocation PutObject GetObject HeadObject \
    DeleteObject DeleteObjects CopyObject ListObjects ListObjectsV2 CreateMultipartUpload UploadPart UploadPartCopy \
    CompleteMultipartUpload AbortMultipartUpload ListParts ListMultipartUploads";
const SHOULD: &str = "GetBucketVersioning PutBucketVersioning ListObjectVersions GetObjectTagging PutObjectTagging \
    DeleteObjectTagging GetObjectLegalHold PutObjectLegalHold GetObjectRetention PutObjectRetention \
    GetObjectLockConfiguration PutObjectLockConfiguration GetBucketCors PutBucketCors DeleteBucketCors \
    GetObjectAttributes PostObject GetBucketEncryption PutBucketEncryption DeleteBucketEncryption \
    GetBucketLifecycleConfiguration \
    PutBucketLifecycleConfiguration GetBucketPolicy PutBucketPolicy DeleteBucketPolicy \
    GetBucketTagging PutBucketTagging DeleteBucketTagging";
const STUB: &str = "GetBucketAcl PutBucketAcl GetObjectAcl PutObjectAcl GetPublicAccessBlock PutPublicAccessBlock \
    DeletePublicAccessBlock GetBucketPolicyStatus GetBucketOwnershipControls PutBucketOwnershipControls \
    DeleteBucketOwnershipControls GetBucketWebsite GetBucketReplication GetBucketLogging \
    GetBucketRequestPayment GetBucketAccelerateConfiguration";

fn operations(tier: Tier) -> Vec<&'static str> {
    let of_tier = REGISTER.iter().filter(|entry| entry.tier == tier);
    of_tier.map(|entry| entry.operation).collect()
}

#[test]
fn every_operation_of_the_tiers_is_in_the_register_once() {
    for (tier, names) in [(Tier::Must, MUST), (Tier::Should, SHOULD), (Tier::Stub, STUB)] {
        assert_eq!(
            operations(tier),
            names.split_whitespace().collect::<Vec<_>>(),
            "{tier:?}"
        );
    }
}

#[test]
fn every_named_test_is_there() {
    let sources = [
        ("buckets", include_str!("all/buckets.rs")),
        ("customer_keys", include_str!("all/customer_keys.rs")),
        ("forms", include_str!("all/forms.rs")),
        ("listing", include_str!("all/listing.rs")),
        ("locks", include_str!("all/locks.rs")),
        ("objects", include_str!("all/objects.rs")),
        ("parts", include_str!("all/parts.rs")),
        ("sealing", include_str!("all/sealing.rs")),
        ("signatures", include_str!("all/signatures.rs")),
        ("versioning", include_str!("all/versioning.rs")),
    ];
    for Entry { operation, test, .. } in REGISTER {
        let (file, function) = test.split_once("::").unwrap();
        let (_, source) = sources.iter().find(|(name, _)| *name == file).unwrap();
        assert!(
            source.contains(&format!("async fn {function}(")),
            "{operation}: {test}"
        );
    }
}

#[test]
fn the_table_has_a_line_for_each() {
    let table = markdown();
    assert_eq!(table.lines().count(), REGISTER.len() + 2);
    for entry in REGISTER {
        assert!(table.contains(&format!("| {} |", entry.operation)));
    }
}

#[test]
fn the_document_is_the_registers() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/s3-compatibility.md");
    if std::env::var_os("BAILEE_BLESS").is_some() {
        std::fs::write(path, document()).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == document(),
        "the register changed: BAILEE_BLESS=1 cargo test -p s3 --test compatibility writes docs/s3-compatibility.md anew"
    );
}
