//! What of S3 is served, and how far: the register that `docs/s3-compatibility.md` is made from.
//!
//! Every operation of the tiers stands here, whether it is served or not, with the test that shows it.

use std::fmt::Write as _;

/// How much clients need an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Every client uses it.
    Must,
    /// Some clients use it.
    Should,
    /// Clients ask for it and are content with a plain answer.
    Stub,
}

/// How far an operation is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As S3 does.
    Works,
    /// As S3 does but for what is said here.
    Partly(&'static str),
    /// The same answer always, which is true here.
    Fixed,
    /// Answers 501 with a sentence.
    Refused(&'static str),
}

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its name in S3.
    pub operation: &'static str,
    /// How much it is needed.
    pub tier: Tier,
    /// How far it goes.
    pub state: State,
    /// The test that shows it: file and function.
    pub test: &'static str,
}

const fn entry(operation: &'static str, tier: Tier, state: State, test: &'static str) -> Entry {
    Entry {
        operation,
        tier,
        state,
        test,
    }
}

use State::{Fixed, Partly, Refused, Works};
use Tier::{Must, Should, Stub};

const FIXED: &str = "buckets::what_nobody_has_set_answers_as_not_set";
const REASONS: &str = "buckets::what_is_refused_on_purpose_says_why";
const RIGHTS: &str = "buckets::the_owner_alone_has_rights_and_can_say_so";
const OWNERS: &str = "lists that give rights to the owner alone; others are refused on purpose (400)";
const PUBLIC: &str = "buckets::nothing_is_public";
const TAGS: &str = "buckets::tags_of_a_bucket_are_kept";
const CORS: &str = "buckets::rules_for_browsers_add_headers_to_signed_answers";
const LEGAL: &str = "locks::a_legal_hold_stands_until_it_is_lifted";
const RETAINED: &str = "locks::a_retention_is_not_shortened";
const DEFAULTS: &str = "locks::a_default_holds_what_comes";

/// Every operation of the tiers.
pub const REGISTER: &[Entry] = &[
    entry("ListBuckets", Must, Works, "buckets::buckets_come_in_pages"),
    entry(
        "CreateBucket",
        Must,
        Partly(
            "made again, it is BucketAlreadyOwnedByYou; for those who sign for us-east-1 and name no place and no locks, 200 as in S3",
        ),
        "buckets::making_a_bucket_again_says_that_it_is_ones_own",
    ),
    entry(
        "HeadBucket",
        Must,
        Works,
        "buckets::a_refusal_to_head_has_no_body",
    ),
    entry("DeleteBucket", Must, Works, "buckets::only_an_empty_bucket_goes"),
    entry(
        "GetBucketLocation",
        Must,
        Works,
        "buckets::a_bucket_lies_in_the_region_that_it_is_made_in",
    ),
    entry(
        "PutObject",
        Must,
        Partly(
            "the ETag is an MD5 only if the client sent Content-MD5; aws:kms takes the tenant's own key, as does every write",
        ),
        "objects::what_was_put_comes_back_as_it_was",
    ),
    entry(
        "GetObject",
        Must,
        Partly(
            "a Range that cannot be read is refused if it is signed, and passed over if not; headers of locks come for \
             versions that were locked one by one, not for those that the bucket's default holds",
        ),
        "objects::ranges_are_parts_of_the_whole",
    ),
    entry(
        "HeadObject",
        Must,
        Partly("headers of locks as with GetObject"),
        "objects::what_is_said_of_an_object_comes_back",
    ),
    entry(
        "DeleteObject",
        Must,
        Partly(
            "a key that is not there gets no delete marker, and the markers of a key go with its last version; where versions have \
             no ids, the marker is not told of, but is listed",
        ),
        "versioning::what_is_expected_guards_a_deletion",
    ),
    entry("DeleteObjects", Must, Works, "objects::many_are_deleted_at_once"),
    entry(
        "CopyObject",
        Must,
        Partly("copies of what is about one person say so again with x-amz-meta-bailee-subject"),
        "objects::a_copy_is_a_version_of_its_own",
    ),
    entry(
        "ListObjects",
        Must,
        Works,
        "listing::old_clients_go_on_after_markers",
    ),
    entry(
        "ListObjectsV2",
        Must,
        Works,
        "listing::keys_come_in_byte_order_however_long_the_pages",
    ),
    entry(
        "CreateMultipartUpload",
        Must,
        Works,
        "parts::parts_become_one_object",
    ),
    entry(
        "UploadPart",
        Must,
        Works,
        "parts::parts_are_held_to_what_was_stated",
    ),
    entry("UploadPartCopy", Must, Works, "parts::parts_can_be_copied"),
    entry(
        "CompleteMultipartUpload",
        Must,
        Partly(
            "a checksum is held if every part came with one of its kind, and refused if not; a key of the client's own that comes along is compared, and asked for where the upload has checksums; asked again, it answers as before until there is a newer version",
        ),
        "sealing::a_part_says_what_its_upload_said",
    ),
    entry(
        "AbortMultipartUpload",
        Must,
        Works,
        "parts::an_aborted_upload_leaves_nothing",
    ),
    entry(
        "ListParts",
        Must,
        Works,
        "parts::uploads_and_parts_are_listed_in_order",
    ),
    entry(
        "ListMultipartUploads",
        Must,
        Works,
        "parts::uploads_and_parts_are_listed_in_order",
    ),
    entry(
        "GetBucketVersioning",
        Should,
        Partly("datasets that were not made over S3 are Enabled from the first on"),
        "versioning::a_bucket_says_what_was_set",
    ),
    entry(
        "PutBucketVersioning",
        Should,
        Partly(
            "versions are always kept: where versioning is not Enabled, what is put again or deleted stays under an id of its own, and `null` names the newest; who may do so destroys it by its id",
        ),
        "versioning::nothing_is_lost_where_versions_have_no_ids",
    ),
    entry(
        "ListObjectVersions",
        Should,
        Works,
        "listing::versions_come_with_their_markers",
    ),
    entry(
        "GetObjectTagging",
        Should,
        Works,
        "objects::tags_are_kept_with_a_version",
    ),
    entry(
        "PutObjectTagging",
        Should,
        Works,
        "objects::tags_are_kept_with_a_version",
    ),
    entry(
        "DeleteObjectTagging",
        Should,
        Works,
        "objects::tags_are_kept_with_a_version",
    ),
    entry("GetObjectLegalHold", Should, Works, LEGAL),
    entry("PutObjectLegalHold", Should, Works, LEGAL),
    entry("GetObjectRetention", Should, Works, RETAINED),
    entry("PutObjectRetention", Should, Works, RETAINED),
    entry("GetObjectLockConfiguration", Should, Works, DEFAULTS),
    entry(
        "PutObjectLockConfiguration",
        Should,
        Partly("a bucket takes locks if it was made for them, or its versioning is enabled"),
        DEFAULTS,
    ),
    entry("GetBucketCors", Should, Works, CORS),
    entry(
        "PutBucketCors",
        Should,
        Partly(
            "rules add headers to signed answers; what browsers ask beforehand is answered for the installation's origins",
        ),
        CORS,
    ),
    entry("DeleteBucketCors", Should, Works, CORS),
    entry(
        "GetObjectAttributes",
        Should,
        Works,
        "parts::a_part_is_told_with_what_it_came_with",
    ),
    entry(
        "PostObject",
        Should,
        Partly(
            "policies signed with version 4, for 15 minutes after x-amz-date, or with version 2; files of at most 8 MiB; fields \
             before the file of at most 64 KiB, each once; tags as a document (`tagging`) or as a query; no keys of the client's own. Anonymous forms are refused",
        ),
        "forms::a_form_with_a_signed_policy_makes_a_version",
    ),
    entry(
        "GetBucketEncryption",
        Should,
        Works,
        "sealing::a_bucket_seals_what_does_not_say_how",
    ),
    entry(
        "PutBucketEncryption",
        Should,
        Partly(
            "AES256, or aws:kms with the tenant's own key (its id, or an ARN that ends with it); other keys are KMS.NotFoundException, bucket keys are refused",
        ),
        "sealing::a_bucket_seals_what_does_not_say_how",
    ),
    entry(
        "DeleteBucketEncryption",
        Should,
        Works,
        "sealing::a_bucket_seals_what_does_not_say_how",
    ),
    entry("GetBucketLifecycleConfiguration", Should, Fixed, FIXED),
    entry(
        "PutBucketLifecycleConfiguration",
        Should,
        Refused(
            "on purpose: nothing is deleted by rules of a bucket; how long things are kept is agreed in the contract",
        ),
        REASONS,
    ),
    entry("GetBucketPolicy", Should, Fixed, FIXED),
    entry(
        "PutBucketPolicy",
        Should,
        Refused("on purpose: who may what is given by classes and grants of the team's members"),
        REASONS,
    ),
    entry(
        "DeleteBucketPolicy",
        Should,
        Refused("on purpose: there is none to delete"),
        REASONS,
    ),
    entry("GetBucketTagging", Should, Works, TAGS),
    entry("PutBucketTagging", Should, Works, TAGS),
    entry("DeleteBucketTagging", Should, Works, TAGS),
    entry("GetBucketAcl", Stub, Fixed, RIGHTS),
    entry("PutBucketAcl", Stub, Partly(OWNERS), RIGHTS),
    entry("GetObjectAcl", Stub, Fixed, RIGHTS),
    entry("PutObjectAcl", Stub, Partly(OWNERS), RIGHTS),
    entry("GetPublicAccessBlock", Stub, Fixed, PUBLIC),
    entry(
        "PutPublicAccessBlock",
        Stub,
        Partly("all four true, which is so in any case"),
        PUBLIC,
    ),
    entry(
        "DeletePublicAccessBlock",
        Stub,
        Refused("on purpose: nothing can be made public"),
        PUBLIC,
    ),
    entry("GetBucketPolicyStatus", Stub, Fixed, PUBLIC),
    entry("GetBucketOwnershipControls", Stub, Fixed, PUBLIC),
    entry(
        "PutBucketOwnershipControls",
        Stub,
        Partly("BucketOwnerEnforced, which is so in any case"),
        PUBLIC,
    ),
    entry(
        "DeleteBucketOwnershipControls",
        Stub,
        Refused("on purpose: there is no other ownership"),
        PUBLIC,
    ),
    entry("GetBucketWebsite", Stub, Fixed, FIXED),
    entry("GetBucketReplication", Stub, Fixed, FIXED),
    entry("GetBucketLogging", Stub, Fixed, FIXED),
    entry("GetBucketRequestPayment", Stub, Fixed, FIXED),
    entry("GetBucketAccelerateConfiguration", Stub, Fixed, FIXED),
];

const HEAD: &str = "\
# What of S3 is served

Made from the register in `crates/surfaces/s3/src/compatibility.rs`: `BAILEE_BLESS=1 cargo test -p s3 --test compatibility`
writes it anew. Operations that do not stand here answer 501 with an error document.

Beside the operations:

- Keys of the client's own (SSE-C) come with PUT, GET, HEAD, parts and copies, over TLS alone. HEAD with such a key opens
  the object's beginning to compare the key, so the trail has a read.
- Locks are custody's holds: they stand against every surface. A governance lock is set aside by owners and admins who send
  `x-amz-bypass-governance-retention: true`.
- A GET and a HEAD are one entry of the trail each. A GET that is conditional on a date or on an entity tag which is an
  MD5, or that asks for a part by its number, looks first, and so does every read of what was locked over S3.
- STS is at the same address: `GetSessionToken`, `AssumeRole` and `GetCallerIdentity` give temporary credentials, which need
  their session token with every request and are told ExpiredToken (400) when their time is over. Roles, session policies and what is refused of them: `docs/keys.md`.
- What a bucket takes in (`docs/ingest.md`) holds for PUT, copies, parts and forms: types and classes that it does not take are
  400 InvalidRequest, too many bytes 400 EntityTooLarge. An object's class is its `x-amz-meta-bailee-class`.
- A bucket that cleans what it takes in (`docs/redaction.md`) keeps other bytes than were sent: the entity tag is theirs and no MD5. What it cannot
  clean is kept in quarantine and answered with 403 InvalidObjectState; the key is not there, as for one that was never put.
- Whom an object is about, its class, and purpose and reason of a request are `bailee-subject`, `bailee-class`, `bailee-purpose` and
  `bailee-reason`: as `x-amz-meta-…`, as headers of their own, or as tags of what is put, which clients do not get back. Said twice
  and differently they are refused, and tags that come later cannot say them (400 InvalidTag). What a client calls itself
  (`User-Agent`) stands in the trail with purpose and reason.
- A bucket that asks why it is read (`docs/access.md`) gives nothing to GET, copies and parts of copies without a `bailee-reason` that it knows: 403
  AccessDenied, which names those it knows. HEAD and lists need none.
- Datasets whose objects lie in a bucket of the tenant's own (`docs/where-bytes-live.md`) are served as all others; nothing is said
  there of encryption, and PUT, where it is allowed, is refused when it asks for any. They take no uploads in parts (403 InvalidObjectState).
- A key that is narrowed to prefixes lists with a prefix within them; by name, everything else is refused (403 AccessDenied),
  whether it is there or not.
- The owner of everything is the tenant: its id, with its short name to be shown. `x-amz-expected-bucket-owner` is held to that id.
- `aws:kms` is what is so in any case when the key named is the tenant's own, whose id is the tenant's id; it is told with the object.
  Another id is `KMS.NotFoundException`. Contexts of keys and keys of buckets are refused.
- Nothing that was put is lost by a put or a delete, whatever is said of versioning: see PutBucketVersioning.
- Browsers of other origins: the operator names the origins whose preflights are answered; a bucket's own rules add headers to answers
  for signed requests.

## A stranger's suite

`test_s3.py` of [ceph/s3-tests](https://github.com/ceph/s3-tests), files of 7 May 2026, without its tests of bucket logging and of what
lifecycle rules do in time, against `bailee demo` in a debug build: **485 of 684 pass**, 15 more are skipped. The 199 others by cause:

| tests | cause |
| --- | --- |
| 92 | ACLs that give rights to everybody or to other accounts, and anonymous requests: refused, nothing here is public |
| 36 | policies of buckets: refused, who may what is given by classes and grants of the team's members |
| 15 | lifecycle rules: refused, how long things are kept is agreed in the contract |
| 18 | lifting the block of public access, other ownership of objects: refused, so that no client believes it |
| 10 | SSE: a wrong key of the client's own on a read is 403, as in S3, where the suite wants 400; an upload without checksums is completed without such a key; nothing is said of the parts of an object without its key; forms bring none; a part that names another key than its upload is refused; aws:kms without a key id is taken |
| 7 | what that suite's own server has alone: counts in headers, unordered listings, torrents, a header for what is no delete marker |
| 4 | versions: what is put again where versioning is not enabled is kept beside the new one; a key that is not there gets no delete marker |
| 2 | forms: checksums stand in the policy; `${filename}` is put in after the policy is read |
| 15 | single cases: MD5 entity tags without Content-MD5 (3), malformed checksums as `InvalidRequest` (2), other tenants' buckets as 404 or free (3), metadata beyond ASCII, an expiry below zero as 400, a part twice in one list, tests that need an empty account or another region |

";

/// The register as a document for people.
pub fn document() -> String {
    format!("{HEAD}{}", markdown())
}

/// The register as a table for people.
pub fn markdown() -> String {
    let mut text = String::from("| operation | need | state | shown by |\n| --- | --- | --- | --- |\n");
    for Entry {
        operation,
        tier,
        state,
        test,
    } in REGISTER
    {
        let tier = match tier {
            Must => "must",
            Should => "should",
            Stub => "stub",
        };
        let state = match state {
            Works => "works".to_owned(),
            Partly(but) => format!("works: {but}"),
            Fixed => "fixed answer".to_owned(),
            Refused(why) => format!("501: {why}"),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {operation} | {tier} | {state} | `{test}` |");
    }
    text
}
