//! What each wrap and each sealed box is bound to.
//!
//! Promises: one function for each kind of sealed thing, used by writer and reader alike, so that bytes
//! moved to another row, another item or another tenant do not open. The words are part of the stored
//! format (`docs/formats/custody.md`) and never change for format version 1.

use kernel::{
    AdmissionStepId, AnnotationSetId, DatasetId, IdentifierId, ItemId, KeyId, LegalHoldId, MemberId,
    OperatorAccessId, PartId, ShareId, SubjectId, TaskId, TenantId, UploadId, VersionId,
};
use sealing::Context;

/// Tenant key under the root key, or under one of the tenant's own API keys.
pub(crate) fn tenant_key(tenant: TenantId) -> Context {
    Context::new("tenant key").with(tenant.as_bytes())
}

/// The tenant key under the secret of one API key (customer-held custody).
pub(crate) fn tenant_key_by(tenant: TenantId, key: KeyId) -> Context {
    Context::new("tenant key by api key")
        .with(tenant.as_bytes())
        .with(key.as_bytes())
}

/// The secret half of the tenant's letterbox under the tenant key.
pub(crate) fn letterbox(tenant: TenantId) -> Context {
    Context::new("letterbox").with(tenant.as_bytes())
}

/// The tenant's display name.
pub(crate) fn tenant_profile(tenant: TenantId) -> Context {
    Context::new("tenant profile").with(tenant.as_bytes())
}

/// One version of the contract's terms.
pub(crate) fn contract(tenant: TenantId, version: i64) -> Context {
    Context::new("contract")
        .with(tenant.as_bytes())
        .with(version.to_be_bytes())
}

/// A member's name and e-mail address.
pub(crate) fn member(tenant: TenantId, member: MemberId) -> Context {
    Context::new("member profile")
        .with(tenant.as_bytes())
        .with(member.as_bytes())
}

/// The label of an API key.
pub(crate) fn key_label(tenant: TenantId, key: KeyId) -> Context {
    Context::new("api key label")
        .with(tenant.as_bytes())
        .with(key.as_bytes())
}

/// What an API key is narrowed to.
pub(crate) fn key_scope(tenant: TenantId, key: KeyId) -> Context {
    Context::new("api key scope")
        .with(tenant.as_bytes())
        .with(key.as_bytes())
}

/// What S3 clients sign with for an API key.
pub(crate) fn key_signing(tenant: TenantId, key: KeyId) -> Context {
    Context::new("api key signing secret")
        .with(tenant.as_bytes())
        .with(key.as_bytes())
}

/// One page of the names of a dataset, in order.
pub(crate) fn name_page(tenant: TenantId, dataset: DatasetId, page: u64) -> Context {
    Context::new("name page")
        .with(tenant.as_bytes())
        .with(dataset.as_bytes())
        .with(page.to_be_bytes())
}

/// Dataset key under the tenant key.
pub(crate) fn dataset_key(tenant: TenantId, dataset: DatasetId) -> Context {
    Context::new("dataset key")
        .with(tenant.as_bytes())
        .with(dataset.as_bytes())
}

/// A dataset's name, declared fields and other settings.
pub(crate) fn dataset_settings(tenant: TenantId, dataset: DatasetId) -> Context {
    Context::new("dataset settings")
        .with(tenant.as_bytes())
        .with(dataset.as_bytes())
}

/// What surfaces keep about every new version of a dataset.
pub(crate) fn version_notes(tenant: TenantId, dataset: DatasetId) -> Context {
    Context::new("dataset version notes")
        .with(tenant.as_bytes())
        .with(dataset.as_bytes())
}

/// The bucket of the tenant's own that a dataset's items refer to, with its keys, under the tenant key.
pub(crate) fn own_bucket(tenant: TenantId, dataset: DatasetId) -> Context {
    Context::new("own bucket")
        .with(tenant.as_bytes())
        .with(dataset.as_bytes())
}

/// An object in a bucket of the tenant's own that is to be removed, and the bucket.
pub(crate) fn own_bucket_trash(tenant: TenantId, version: VersionId) -> Context {
    Context::new("own bucket trash")
        .with(tenant.as_bytes())
        .with(version.as_bytes())
}

/// What a dataset takes in.
pub(crate) fn dataset_ingest(tenant: TenantId, dataset: DatasetId) -> Context {
    Context::new("dataset ingest")
        .with(tenant.as_bytes())
        .with(dataset.as_bytes())
}

/// For which reasons a dataset's content is read.
pub(crate) fn dataset_reading(tenant: TenantId, dataset: DatasetId) -> Context {
    Context::new("dataset reading")
        .with(tenant.as_bytes())
        .with(dataset.as_bytes())
}

/// Subject key under the tenant key.
pub(crate) fn subject_key(tenant: TenantId, subject: SubjectId) -> Context {
    Context::new("subject key")
        .with(tenant.as_bytes())
        .with(subject.as_bytes())
}

/// One of the identifiers by which a tenant knows a subject, under the subject's key.
pub(crate) fn subject_identifier(tenant: TenantId, subject: SubjectId, identifier: IdentifierId) -> Context {
    Context::new("subject identifier")
        .with(tenant.as_bytes())
        .with(subject.as_bytes())
        .with(identifier.as_bytes())
}

/// An item's name, under the item's parent key.
pub(crate) fn item_name(tenant: TenantId, dataset: DatasetId, item: ItemId) -> Context {
    Context::new("item name")
        .with(tenant.as_bytes())
        .with(dataset.as_bytes())
        .with(item.as_bytes())
}

/// The key of one version under the item's parent key.
pub(crate) fn item_key(tenant: TenantId, item: ItemId, version: VersionId) -> Context {
    Context::new("item key")
        .with(tenant.as_bytes())
        .with(item.as_bytes())
        .with(version.as_bytes())
}

/// Digest, type and metadata of one version, under its own key.
pub(crate) fn version_meta(version: VersionId) -> Context {
    Context::new("version meta").with(version.as_bytes())
}

/// Why one version is in quarantine, under its own key.
pub(crate) fn version_quarantine(version: VersionId) -> Context {
    Context::new("version quarantine").with(version.as_bytes())
}

/// The bytes of one version, under its own random key. Tenant and item are bound by the wrap of that key,
/// not here: bytes are sealed while they arrive, outside the transaction that finds out whose they are.
pub(crate) fn version_bytes(version: VersionId) -> Context {
    Context::new("version bytes").with(version.as_bytes())
}

/// One state of what is said about a version, under the version's key.
pub(crate) fn annotations(version: VersionId, set: AnnotationSetId) -> Context {
    Context::new("annotations")
        .with(version.as_bytes())
        .with(set.as_bytes())
}

/// What becomes a version's key, under the dataset's key, while its parts are coming.
pub(crate) fn upload_key(tenant: TenantId, dataset: DatasetId, upload: UploadId) -> Context {
    Context::new("upload key")
        .with(tenant.as_bytes())
        .with(dataset.as_bytes())
        .with(upload.as_bytes())
}

/// What an upload's item will be, under the upload's key.
pub(crate) fn upload_plan(upload: UploadId) -> Context {
    Context::new("upload plan").with(upload.as_bytes())
}

/// The bytes of one part of a version, under the part's key.
pub(crate) fn part_bytes(version: VersionId, part: PartId) -> Context {
    Context::new("part bytes")
        .with(version.as_bytes())
        .with(part.as_bytes())
}

/// Digest and notes of one part, under the version's key.
pub(crate) fn part_meta(version: VersionId, part: PartId) -> Context {
    Context::new("part meta")
        .with(version.as_bytes())
        .with(part.as_bytes())
}

/// Why a task was ended, or one of its items was skipped, under the dataset's key.
pub(crate) fn task_reason(tenant: TenantId, task: TaskId, item: Option<ItemId>) -> Context {
    let context = Context::new("task reason")
        .with(tenant.as_bytes())
        .with(task.as_bytes());
    match item {
        Some(item) => context.with(item.as_bytes()),
        None => context,
    }
}

/// Dataset key under the secret of a link by which it is shared.
pub(crate) fn share_key(tenant: TenantId, dataset: DatasetId, share: ShareId) -> Context {
    Context::new("dataset key by link")
        .with(tenant.as_bytes())
        .with(dataset.as_bytes())
        .with(share.as_bytes())
}

/// What a step asks for, under the tenant's key.
pub(crate) fn admission_step(tenant: TenantId, step: AdmissionStepId) -> Context {
    Context::new("admission step")
        .with(tenant.as_bytes())
        .with(step.as_bytes())
}

/// Where the evidence lies that a member has done a step, under the tenant's key.
pub(crate) fn admission_evidence(tenant: TenantId, step: AdmissionStepId, member: MemberId) -> Context {
    Context::new("admission evidence")
        .with(tenant.as_bytes())
        .with(step.as_bytes())
        .with(member.as_bytes())
}

/// Why the operator asks to be let in, as a letter to the tenant.
pub(crate) fn operator_access_reason(tenant: TenantId, access: OperatorAccessId) -> Context {
    Context::new("operator access reason")
        .with(tenant.as_bytes())
        .with(access.as_bytes())
}

/// Why something is on legal hold, under the tenant's key.
pub(crate) fn legal_hold_reason(tenant: TenantId, hold: LegalHoldId) -> Context {
    Context::new("legal hold reason")
        .with(tenant.as_bytes())
        .with(hold.as_bytes())
}

/// On which ground something is kept longer, under the tenant's key. `scope` is the tenant or a dataset of its.
pub(crate) fn retention_ground(tenant: TenantId, scope: &[u8; 16], kind: &str) -> Context {
    Context::new("retention ground")
        .with(tenant.as_bytes())
        .with(scope)
        .with(kind.as_bytes())
}

/// Why everything is deleted earlier or later after the end of the contract, under the tenant's key.
pub(crate) fn contract_end_reason(tenant: TenantId) -> Context {
    Context::new("contract end reason").with(tenant.as_bytes())
}

/// A kept answer for an idempotency key.
pub(crate) fn replay(tenant: TenantId, key: KeyId, idempotency_hash: &[u8]) -> Context {
    Context::new("kept answer")
        .with(tenant.as_bytes())
        .with(key.as_bytes())
        .with(idempotency_hash)
}

/// The installation's log signing key under the root key.
pub(crate) fn log_key(operator: TenantId) -> Context {
    Context::new("log signing key").with(operator.as_bytes())
}

/// The value that tells at start whether the root key is the right one.
pub(crate) fn root_check(operator: TenantId) -> Context {
    Context::new("root check").with(operator.as_bytes())
}
