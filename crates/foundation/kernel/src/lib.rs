//! The words every other room uses.
//!
//! Promises: typed ids that cannot be confused with each other, time and randomness as arguments,
//! the actor behind an act, pages of a listing, and which hosts may be asked. Leaves out: any input or output except reading
//! the system clock and the system's randomness in [`SystemClock`] and [`SystemRandom`], which exist
//! so that nothing else needs to.

mod actor;
mod clock;
mod hosts;
mod id;
mod page;
mod random;

pub use actor::Actor;
pub use clock::{Clock, SystemClock, Timestamp};
pub use hosts::{AllowedHosts, HostRefused, NoHosts};
pub use id::{
    AdmissionStepId, AnnotationSetId, BadId, ConsentId, DatasetId, DeletionCertificateId, DeliveryId,
    EntryId, ErasureId, EventId, ExportId, IdentifierId, ItemId, KeyId, LegalHoldId, LetterId, MemberId,
    MergeId, ObjectId, OperationId, OperatorAccessId, PartId, PurposeId, RequestId, RetentionNoticeId,
    ShareId, SubjectId, TaskId, TenantId, UploadId, VersionId, VisitId, WebhookId,
};
pub use page::{BadCursor, Cursor, Page, PageRequest};
pub use random::{Random, SystemRandom};
