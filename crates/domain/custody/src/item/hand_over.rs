//! Handing an item to somebody outside who was chosen for it, without what identifies people unless it is asked for as it is.
//!
//! Promises: the policies are asked, and the entry of the act is durable with what the caller keeps of it, before the bytes are opened; what
//! is handed over cleaned came out clean and was searched again, or nothing is handed over. So many are cleaned at once as bodies that
//! come in. Leaves out: to whom, and whether they may have it, which the caller settles in the same act; sending.

use std::sync::Arc;

use access::Action;
use kernel::{DatasetId, EventId, ItemId, VersionId};
use operation::acts::ProcessItem;
use operation::{Op, Permit, Request, Resource};
use redaction::dicom::ProjectKey;
use redaction::{Claim, Outcome, Settings};
use sealing::Key;
use serde_json::{Value as Json, json};
use zeroize::Zeroizing;

use super::rows::Which;
use super::{Content, Kind, ReadItem, check_active, found};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody};

/// The most bytes of an item that is handed over.
pub const MOST_HANDED: u64 = 8 << 20;

/// In which form an item is handed over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    /// Without what identifies people.
    #[default]
    Redacted,
    /// As it is.
    Original,
}

/// The item that an act is about to hand over.
#[derive(Debug, Clone, Copy)]
pub struct Handing {
    /// Its dataset.
    pub dataset: DatasetId,
    /// The item.
    pub item: ItemId,
    /// Its newest version, which is the one.
    pub version: VersionId,
}

/// What was opened to be handed over.
pub struct HandedOver {
    /// The version.
    pub version: VersionId,
    /// What kind of file it is said to be.
    pub media_type: String,
    /// The bytes, in the form that was asked for.
    pub bytes: Zeroizing<Vec<u8>>,
    /// How many places were changed, where it was cleaned.
    pub findings: usize,
    /// The entry of the trail.
    pub event: EventId,
}

impl Custody {
    /// Opens an item to be handed over. `settle` runs in the act, after the policies: it says whether the recipient may have it, keeps what
    /// is to be kept of that, and gives an object for the trail.
    pub async fn hand_over<F>(
        &self,
        credential: &Credential,
        request: Request,
        item: ItemId,
        form: Form,
        settle: F,
    ) -> Result<HandedOver>
    where
        F: Fn(&mut Op<'_>, &Permit<ProcessItem>, &Session, Handing) -> Result<Json> + Send + Sync + 'static,
    {
        let (custody, credential) = (self.clone(), credential.clone());
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::ItemProcess)?;
            let row = found(op, &session, item, Which::Newest, Action::ItemProcess)?;
            let resource = Resource::version(row.dataset, row.id, row.version);
            let permit: Permit<ProcessItem> = op.permit(resource, &row.facts(&session))?;
            check_active(&row, false)?;
            if row.size > MOST_HANDED {
                return Err(Error::TooLarge { limit: MOST_HANDED });
            }
            let handing = Handing {
                dataset: row.dataset,
                item: row.id,
                version: row.version,
            };
            let mut says = settle(op, &permit, &session, handing)?;
            says["form"] = json!(form.as_str());
            let key = session.derive("redaction of what is handed over", &[row.dataset.as_bytes()]);
            let by = custody.by_session(op, &session, row.id, says)?;
            let opened = custody.open_content(op, permit, &session, &row, &ReadItem::default(), by)?;
            Ok::<_, Error>((opened, key))
        };
        let (opened, key) = self.desk.act(request, act).await?;
        self.handed(opened.start(self).await?, form, key).await
    }

    async fn handed(&self, content: Content, form: Form, key: Key) -> Result<HandedOver> {
        let Content {
            item, event, body, ..
        } = content;
        let mut body = body.ok_or_else(|| Error::Internal("content without a body".into()))?;
        let size = usize::try_from(item.version.size).unwrap_or(usize::MAX);
        // Before anything is opened into memory: so many files at once and no more.
        let turn = self.cleanings.turn().await?;
        let bytes = Zeroizing::new(body.whole(size).await?);
        let media_type = match item.kind {
            Kind::Record => "application/json".to_owned(),
            Kind::File => item.version.content_type.clone(),
        };
        let claim = match Claim::of_media_type(&media_type) {
            Claim::Nothing => Claim::of_name(&item.name),
            said => said,
        };
        let (bytes, findings) = match form {
            Form::Original => (bytes, 0),
            Form::Redacted => cleaned(bytes, claim, key).await?,
        };
        drop(turn);
        Ok(HandedOver {
            version: item.version.id,
            media_type,
            bytes,
            findings,
            event,
        })
    }
}

async fn cleaned(bytes: Zeroizing<Vec<u8>>, claim: Claim, key: Key) -> Result<(Zeroizing<Vec<u8>>, usize)> {
    let work = move || {
        let settings = Settings::new(ProjectKey::new(key.expose()));
        match redaction::redact(&bytes, claim, &settings) {
            Outcome::Clean(clean, findings) => Ok((Zeroizing::new(clean), findings.len())),
            Outcome::Quarantine(reason, _) => Err(Arc::<str>::from(reason.to_string())),
        }
    };
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|error| Error::Internal(error.to_string()))?;
    done.map_err(|reason| {
        Error::NotShown(format!(
            "this cannot be cleaned of what identifies people, so nothing was sent: {reason}"
        ))
    })
}

impl Form {
    /// The word in entries and documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Redacted => "redacted",
            Self::Original => "original",
        }
    }
}
