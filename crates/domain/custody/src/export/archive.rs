//! Taking an export away as a whole, item by item.
//!
//! Promises: that it is begun is in the trail before the first byte, each item is its own entry as when it is taken alone, and the end
//! is an entry as well: whole, or broken off after so many. Memory does not grow with the export. What cannot be taken any more is left
//! out and named. Leaves out: the file in which it all goes out, which is a surface's.

use access::Action;
use kernel::EventId;
use operation::acts::DownloadExport;
use operation::{Permit, Request};
use serde_json::json;

use super::rows::{self, EntryRow};
use super::{Export, ExportState};
use crate::dataset::{self, DatasetRef, State};
use crate::error::{Error, Result};
use crate::item::{Content, ReadItem};
use crate::session::Witness;
use crate::{Credential, Custody};

/// Lines of the manifest that are fetched at a time.
const AT_A_TIME: u32 = 256;

/// An export on its way out.
pub struct Archive {
    custody: Custody,
    credential: Credential,
    request: Request,
    export: Export,
    id: kernel::ExportId,
    event: EventId,
    witness: Witness,
    /// The last line that was fetched.
    position: i64,
    lines: std::vec::IntoIter<EntryRow>,
    given: u64,
    left_out: u64,
    ended: bool,
}

/// What comes next of an export.
#[derive(Debug)]
pub enum Next {
    /// An item's bytes.
    Item {
        /// Its place in the manifest, from 1.
        position: u64,
        /// The item, the version and the bytes.
        content: Box<Content>,
    },
    /// An item that cannot be taken any more.
    LeftOut {
        /// Its place in the manifest, from 1.
        position: u64,
        /// The item.
        item: kernel::ItemId,
        /// The version that was exported.
        version: kernel::VersionId,
        /// Why, in words.
        why: String,
    },
}

impl Custody {
    /// Begins to take an export away. The items are read one after the other, by [`Archive::next`].
    pub async fn archive_export(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        number: u64,
    ) -> Result<Archive> {
        let (custody, asker) = (self.clone(), credential.clone());
        let act = move |op: &mut operation::Op<'_>| {
            let session = custody.enter(op, &asker, Action::ExportDownload)?;
            let row = dataset::found(op, &session, &dataset, Action::ExportDownload)?;
            let facts = session.dataset_facts(row.id, row.granted);
            let permit: Permit<DownloadExport> = op.permit(rows::of(row.id), &facts)?;
            let found = rows::find(op, &session, row.id, number, Action::ExportDownload)?;
            match (row.state, found.export.state) {
                (State::Archived, _) => {
                    return Err(Error::Conflict(
                        "the dataset is archived; restore it first".into(),
                    ));
                }
                (_, ExportState::Making) => {
                    return Err(Error::Conflict("the export is still being made".into()));
                }
                _ => {}
            }
            let says = json!({ "export": number, "archive": "begun", "items": found.export.items });
            let event = op.record(permit, says)?;
            Ok((found, event, session.witness(Action::ExportDownload)))
        };
        let (found, event, witness) = self.desk.act(request.clone(), act).await?;
        Ok(Archive {
            custody: self.clone(),
            credential: credential.clone(),
            request,
            export: found.export,
            id: found.id,
            event,
            witness,
            position: 0,
            lines: Vec::new().into_iter(),
            given: 0,
            left_out: 0,
            ended: false,
        })
    }
}

impl Archive {
    /// The export.
    pub fn export(&self) -> &Export {
        &self.export
    }

    /// The entry of the trail that says that it was begun.
    pub fn event(&self) -> EventId {
        self.event
    }

    /// The next item, whose bytes are to be taken before the one after it; nothing when all have come, which the trail then says.
    ///
    /// # Errors
    /// Those that end the whole: the right has ended, or something is wrong here.
    pub async fn next(&mut self) -> Result<Option<Next>> {
        let Some(line) = self.line().await? else {
            self.end().await?;
            return Ok(None);
        };
        let position = line.position.unsigned_abs();
        let read = self.custody.read_exported(
            &self.credential,
            self.request.clone(),
            DatasetRef::Id(self.export.dataset),
            self.export.number,
            line.item,
            ReadItem::default(),
        );
        Ok(Some(match read.await {
            Ok(content) => {
                self.given += 1;
                let content = Box::new(content);
                Next::Item { position, content }
            }
            // It was deleted, archived, restricted or held back meanwhile, or has masked fields; each was recorded where it is a refusal.
            Err(
                error @ (Error::Conflict(_) | Error::Forbidden { .. } | Error::Masked(_) | Error::Altered),
            ) => {
                self.left_out += 1;
                Next::LeftOut {
                    position,
                    item: line.item,
                    version: line.version,
                    why: error.to_string(),
                }
            }
            Err(error) => return Err(error),
        }))
    }

    async fn line(&mut self) -> Result<Option<EntryRow>> {
        if let Some(line) = self.lines.next() {
            return Ok(Some(line));
        }
        let (custody, credential) = (self.custody.clone(), self.credential.clone());
        let (dataset, number, id, after) = (self.export.dataset, self.export.number, self.id, self.position);
        let act = move |op: &mut operation::Op<'_>| {
            let session = custody.enter(op, &credential, Action::ExportDownload)?;
            let row = dataset::found(op, &session, &DatasetRef::Id(dataset), Action::ExportDownload)?;
            op.check::<DownloadExport>(rows::of(row.id), &session.dataset_facts(row.id, row.granted))?;
            // It may have been deleted since the last lines.
            rows::find(op, &session, row.id, number, Action::ExportDownload)?;
            rows::entries_after(op, &session, id, after, AT_A_TIME.into())
        };
        let lines = self.custody.desk.act(self.request.clone(), act).await?;
        self.position = lines.last().map_or(self.position, |line| line.position);
        self.lines = lines.into_iter();
        Ok(self.lines.next())
    }

    /// Says that all of it has been given.
    async fn end(&mut self) -> Result<()> {
        let (custody, credential) = (self.custody.clone(), self.credential.clone());
        let (dataset, says) = (self.export.dataset, self.says("whole"));
        let act = move |op: &mut operation::Op<'_>| {
            let session = custody.enter(op, &credential, Action::ExportDownload)?;
            let row = dataset::found(op, &session, &DatasetRef::Id(dataset), Action::ExportDownload)?;
            let facts = session.dataset_facts(row.id, row.granted);
            let permit: Permit<DownloadExport> = op.permit(rows::of(row.id), &facts)?;
            Ok(op.record(permit, says.clone())?)
        };
        let ended: Result<EventId> = self.custody.desk.act(self.request.clone(), act).await;
        self.ended = ended.is_ok();
        ended.map(drop)
    }

    fn says(&self, how: &str) -> serde_json::Value {
        json!({ "export": self.export.number, "archive": how, "begun": self.event, "given": self.given, "left_out": self.left_out })
    }
}

impl Drop for Archive {
    /// Also runs when the client goes away half-way.
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let (desk, witness, request) = (
            self.custody.desk.clone(),
            self.witness.clone(),
            self.request.clone(),
        );
        let (resource, says) = (rows::of(self.export.dataset), self.says("broken-off"));
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            drop(runtime.spawn(async move {
                // Always an error, so that the act rolls back and its failure is recorded.
                let told: Result<()> = desk
                    .act(request, move |op| {
                        op.enter(witness.caller());
                        op.fail(Action::ExportDownload, resource.clone(), says.clone())?;
                        Err(Error::Interrupted("the archive was not taken to its end".into()))
                    })
                    .await;
                if let Err(Error::Internal(error)) = told {
                    tracing::error!(%error, "an archive that broke off could not be told to the trail");
                }
            }));
        }
    }
}
