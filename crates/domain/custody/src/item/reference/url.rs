//! A signed URL straight into the tenant's bucket, for a client that is to fetch the bytes there.
//!
//! Promises: who gets one may download, and the event of a download is durable before it is given; it lives a minute and
//! is for the state that was referred to, which is looked at first and, where the bucket keeps versions, signed. Leaves
//! out: taking it back. So it is not given for work by lease or through a temporary key, which end streams at once.

use std::time::Duration;

use access::Action;
use kernel::{EventId, ItemId, Timestamp, VersionId};
use operation::acts::ReadItem as Read;
use operation::{Permit, Request, Resource};
use serde_json::json;
use store::objects::{Bucket, BucketError};

use super::Pinned;
use super::pass::Telling;
use crate::dataset::{purposes, reading};
use crate::error::{Error, Result};
use crate::item::rows::Which;
use crate::item::{State, read};
use crate::session::Witness;
use crate::{Credential, Custody, record};

/// Long enough to begin a download, which then goes on.
const LIVES: Duration = Duration::from_secs(60);

/// A URL that gives an item's bytes to whoever has it.
#[derive(Clone, PartialEq, Eq)]
pub struct ContentUrl {
    /// The URL. A secret until it ends.
    pub url: String,
    /// Until when it opens the object.
    pub ends_at: Timestamp,
    /// The version that it gives.
    pub version: VersionId,
    /// The entry of the trail, which is that of a download.
    pub event: EventId,
}

impl std::fmt::Debug for ContentUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContentUrl")
            .field("ends_at", &self.ends_at)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Custody {
    /// A URL for the bytes of an item that lies in the dataset's own bucket.
    pub async fn content_url(
        &self,
        credential: &Credential,
        request: Request,
        item: ItemId,
        version: Option<VersionId>,
    ) -> Result<ContentUrl> {
        let (custody, credential) = (self.clone(), credential.clone());
        let lives = i64::try_from(LIVES.as_secs()).unwrap_or(i64::MAX);
        let opened: Result<(_, Resource, EventId, Witness)> = self
            .desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemDownload)?;
                let which = version.map_or(Which::Newest, Which::Version);
                let row = read::found(op, &session, item, which, Action::ItemDownload)?;
                let resource = Resource::version(row.dataset, row.id, row.version);
                let permit: Permit<Read> = op.permit(resource.clone(), &row.facts(&session))?;
                purposes::check_use(op, &session, &row, Action::ItemDownload)?;
                reading::check(op, &session, &row, Action::ItemDownload)?;
                record::check_original(op, &session, &row, None)?;
                if session.works_by_lease() || session.parent.is_some() {
                    let reasons = json!({ "reasons": ["content-url.cannot-be-ended"] });
                    op.refuse(Action::ItemDownload, resource, reasons)?;
                    return Err(Error::Conflict(
                        "a URL cannot be taken back, so none is given for work by lease or through a temporary key; read \
                         the content itself"
                            .into(),
                    ));
                }
                if row.state == State::Archived || row.dataset_state == State::Archived {
                    return Err(Error::Conflict(
                        "the item or its dataset is archived; restore it to read it".into(),
                    ));
                }
                let reference = row.meta()?.reference.ok_or_else(|| {
                    Error::Conflict("the item's bytes are kept here; read its content".into())
                })?;
                let pinned = Pinned::of(&session, &row, &reference)?;
                let event = op.record(permit, json!({ "url_for_seconds": lives }))?;
                Ok((pinned, resource, event, session.witness(Action::ItemDownload)))
            })
            .await;
        let (pinned, resource, event, witness) = opened?;
        let bucket = pinned.bucket.connect(self)?;
        let ends_at = self.desk.clock.now().plus(LIVES);
        let version = resource.version.ok_or(Error::NotFound("version"))?;
        match signed(&bucket, &pinned).await {
            Ok(url) => Ok(ContentUrl {
                url,
                ends_at,
                version,
                event,
            }),
            Err(error) => Err(Telling::of(self, resource, witness).told(error).await),
        }
    }
}

/// Signs for the object once it was seen to be in the state that was referred to.
async fn signed(bucket: &Bucket, pinned: &Pinned) -> std::result::Result<String, BucketError> {
    let reference = &pinned.reference;
    drop(bucket.read(&reference.key, &pinned.state(), 0..0).await?);
    bucket
        .url(&reference.key, reference.version.as_deref(), LIVES)
        .await
}
