//! Taking away what an export names: bytes exactly as exported, and what was said about them.

use access::Action;
use annotation::Labelled;
use kernel::{Cursor, ItemId, PageRequest};
use operation::acts::{DownloadExport, ReadItem as Read};
use operation::{Op, Permit, Request, Resource};
use serde_json::json;

use super::ExportState;
use super::read::number_of;
use super::rows::{self, EntryRow};
use crate::annotations::{Format, WhichSet, said_sized, written};
use crate::dataset::{self, DatasetRef, State};
use crate::error::{Error, Result};
use crate::item::rows::{ItemRow, Which, find as find_item};
use crate::item::{Content, ReadItem};
use crate::session::Session;
use crate::{Credential, Custody};

/// Lines of the manifest that are opened in one act.
const AT_A_TIME: u32 = 64;
/// Sealed bytes after which no further page is begun.
const ENOUGH_BYTES: usize = 32 << 20;

/// What was said about the items of an export when it was made, in a format of other tools.
#[derive(Debug)]
pub struct SaidInExport {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its format.
    pub format: Format,
    /// How many items it is about.
    pub items: usize,
    /// After what to go on, when not everything fits into one file.
    pub next: Option<Cursor>,
}

/// Some lines of a manifest, opened.
struct Part {
    items: Vec<Labelled>,
    bytes: usize,
    next: Option<Cursor>,
    format: Format,
}

impl Custody {
    /// Opens one item of an export for streaming, in exactly the version that was exported.
    pub async fn read_exported(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        number: u64,
        item: ItemId,
        read: ReadItem,
    ) -> Result<Content> {
        let (custody, credential) = (self.clone(), credential.clone());
        let opened = self
            .desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ExportDownload)?;
                let row = dataset::found(op, &session, &dataset, Action::ExportDownload)?;
                let facts = session.dataset_facts(row.id, row.granted);
                op.check::<DownloadExport>(rows::of(row.id), &facts)?;
                let export = rows::find(op, &session, row.id, number, Action::ExportDownload)?;
                let Some(entry) = rows::entry_of(op, &session, export.id, item)? else {
                    let details = json!({ "reasons": ["unknown"], "export": number, "asked": item });
                    op.refuse(Action::ExportDownload, rows::of(row.id), details)?;
                    return Err(Error::NotFound("item"));
                };
                let row = there(op, &session, &entry)?;
                let resource = Resource::version(row.dataset, row.id, row.version);
                // Whatever keeps an item from being taken keeps it from being taken this way as well.
                op.check::<Read>(resource.clone(), &row.facts(&session))?;
                let permit: Permit<DownloadExport> = op.permit(resource, &facts)?;
                let by = custody.by_session(op, &session, row.id, json!({ "export": number }))?;
                custody.open_content(op, permit, &session, &row, &read, by)
            })
            .await?;
        opened.start(self).await
    }

    /// What was said about the items of an export when it was made, without what was deleted since.
    pub async fn said_in_export(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        number: u64,
        after: Option<Cursor>,
    ) -> Result<SaidInExport> {
        let (mut items, mut bytes, mut after) = (Vec::new(), 0, after);
        let (format, next) = loop {
            let part = self
                .said_part(credential, request.clone(), &dataset, number, after)
                .await?;
            items.extend(part.items);
            bytes += part.bytes;
            match part.next {
                Some(next) if bytes < ENOUGH_BYTES => after = Some(next),
                next => break (part.format, next),
            }
        };
        let count = items.len();
        let file = tokio::task::spawn_blocking(move || written(&items, format)).await;
        let bytes = file.map_err(|error| Error::Internal(error.to_string()))??;
        Ok(SaidInExport {
            bytes,
            format,
            items: count,
            next,
        })
    }

    async fn said_part(
        &self,
        credential: &Credential,
        request: Request,
        dataset: &DatasetRef,
        number: u64,
        after: Option<Cursor>,
    ) -> Result<Part> {
        let page = PageRequest {
            limit: AT_A_TIME,
            after,
        };
        let after = number_of(&page)?;
        let (custody, credential, dataset) = (self.clone(), credential.clone(), dataset.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ExportDownload)?;
                let row = dataset::found(op, &session, &dataset, Action::ExportDownload)?;
                let facts = session.dataset_facts(row.id, row.granted);
                let permit: Permit<DownloadExport> = op.permit(rows::of(row.id), &facts)?;
                let found = rows::find(op, &session, row.id, number, Action::ExportDownload)?;
                let format = match (row.state, found.export.state, found.export.format) {
                    (State::Archived, ..) => {
                        return Err(Error::Conflict(
                            "the dataset is archived; restore it first".into(),
                        ));
                    }
                    (_, ExportState::Making, _) => {
                        return Err(Error::Conflict("the export is still being made".into()));
                    }
                    (.., None) => {
                        return Err(Error::Conflict("the export was made without annotations".into()));
                    }
                    (.., Some(format)) => format,
                };
                let limit = i64::from(AT_A_TIME) + 1;
                let entries = rows::entries_after(op, &session, found.id, after, limit)?;
                let entries = kernel::Page::from_rows(entries, AT_A_TIME, |entry| {
                    entry.position.to_be_bytes().to_vec()
                });
                let (items, bytes) = labelled(op, &permit, &session, &entries.items)?;
                op.record(permit, json!({ "export": number, "annotations_of": items.len() }))?;
                Ok(Part {
                    items,
                    bytes,
                    next: entries.next,
                    format,
                })
            })
            .await
    }
}

/// The version that a line names, or why it cannot be had.
fn there(op: &mut Op<'_>, session: &Session, entry: &EntryRow) -> Result<ItemRow> {
    let found = find_item(op, session, entry.item, Which::Version(entry.version))?;
    found.ok_or_else(|| {
        Error::Conflict(
            "this version was deleted after it was exported, and is gone; the manifest still names it".into(),
        )
    })
}

fn labelled(
    op: &mut Op<'_>,
    permit: &Permit<DownloadExport>,
    session: &Session,
    entries: &[EntryRow],
) -> Result<(Vec<Labelled>, usize)> {
    let (mut items, mut bytes) = (Vec::new(), 0);
    for entry in entries {
        let Some(set) = entry.set else { continue };
        let found = find_item(op, session, entry.item, Which::Version(entry.version))?;
        let usable = |row: &ItemRow| row.state == State::Active;
        let Some(row) = found.filter(usable) else { continue };
        if !op.would_permit::<Read>(&row.facts(session))? {
            continue;
        }
        let Some((said, size)) = said_sized(op, permit, session, &row, WhichSet::Set(set))? else {
            continue;
        };
        bytes += size;
        items.push(Labelled {
            name: row.name(session)?,
            set: said.set,
        });
    }
    Ok((items, bytes))
}
