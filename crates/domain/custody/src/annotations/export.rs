//! What is said about a dataset's items, in formats of other tools.
//!
//! Promises: every page of items is an act of its own, decided anew; what is held in memory is bounded, and what does not fit
//! is told by a cursor. Leaves out: archived items, and the items' bytes.

use access::Action;
use annotation::{Labelled, coco, darwin};
use kernel::{Cursor, ItemId};
use operation::acts::DownloadExport;
use operation::{Op, Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::{Format, WhichSet, rows};
use crate::dataset::{self, DatasetRef, State};
use crate::error::{Error, Result};
use crate::item::rows::{DatasetKeys, ItemRow, annotated_page_sql};
use crate::session::Session;
use crate::{Credential, Custody};

/// Items that are opened in one act.
const AT_A_TIME: usize = 64;
/// Sealed bytes after which no further page is begun.
const ENOUGH_BYTES: usize = 32 << 20;

/// Annotations of a dataset in a format of other tools.
#[derive(Debug)]
pub struct Exported {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many items it is about.
    pub items: usize,
    /// After what to go on, when not everything fits into one file.
    pub next: Option<Cursor>,
}

/// Some items, with the bytes that what is said about them had.
#[derive(Default)]
struct Part {
    items: Vec<Labelled>,
    bytes: usize,
    /// The last, when there may be more.
    last: Option<ItemId>,
}

impl Custody {
    /// What is said about the dataset's active items, those about which nothing is said, and those about people for whom
    /// processing is restricted, left out.
    pub async fn export_annotations(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        format: Format,
        after: Option<Cursor>,
    ) -> Result<Exported> {
        let (mut items, mut bytes) = (Vec::new(), 0);
        let mut after = after.map(|cursor| cursor.key().to_vec()).unwrap_or_default();
        let next = loop {
            let part = self
                .export_part(credential, request.clone(), &dataset, after)
                .await?;
            items.extend(part.items);
            bytes += part.bytes;
            match part.last {
                Some(last) if bytes >= ENOUGH_BYTES => break Some(Cursor::after(last.as_bytes())),
                Some(last) => after = last.as_bytes().to_vec(),
                None => break None,
            }
        };
        let count = items.len();
        let written = tokio::task::spawn_blocking(move || written(&items, format)).await;
        let bytes = written.map_err(|error| Error::Internal(error.to_string()))??;
        Ok(Exported {
            bytes,
            items: count,
            next,
        })
    }

    async fn export_part(
        &self,
        credential: &Credential,
        request: Request,
        dataset: &DatasetRef,
        after: Vec<u8>,
    ) -> Result<Part> {
        let (custody, credential, dataset) = (self.clone(), credential.clone(), dataset.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ExportDownload)?;
                let row = dataset::found(op, &session, &dataset, Action::ExportDownload)?;
                let facts = session.dataset_facts(row.id, row.granted);
                let permit: Permit<DownloadExport> = op.permit(Resource::dataset(row.id), &facts)?;
                if row.state == State::Archived {
                    return Err(Error::Conflict(
                        "the dataset is archived; restore it first".into(),
                    ));
                }
                let now = op.now();
                let limit = AT_A_TIME as i64;
                let wanted = params![
                    session.tenant,
                    row.id,
                    session.member,
                    now,
                    after.as_slice(),
                    limit
                ];
                let found = op.list(&permit, &annotated_page_sql(), wanted)?;
                let part = part(op, &permit, &session, &found)?;
                op.record(permit, json!({ "annotations_of": part.items.len() }))?;
                Ok(part)
            })
            .await
    }
}

fn part(
    op: &mut Op<'_>,
    permit: &Permit<DownloadExport>,
    session: &Session,
    found: &[store::Row],
) -> Result<Part> {
    let (mut keys, mut part) = (DatasetKeys::default(), Part::default());
    for row in found {
        let item = ItemRow::read_among(session, row, &mut keys)?;
        part.last = Some(item.id);
        if item.is_restricted() {
            continue;
        }
        let Some((said, bytes)) = rows::find_sized(op, permit, session, &item, WhichSet::Newest)? else {
            continue;
        };
        part.bytes += bytes;
        part.items.push(Labelled {
            name: item.name(session)?,
            set: said.set,
        });
    }
    part.last = part.last.filter(|_| found.len() == AT_A_TIME);
    Ok(part)
}

pub(crate) fn written(items: &[Labelled], format: Format) -> Result<Vec<u8>> {
    let internal = |error: serde_json::Error| Error::Internal(error.to_string());
    match format {
        Format::Coco => coco::write(items).map_err(internal),
        Format::Darwin => {
            let mut lines = Vec::new();
            for item in items {
                lines.extend(darwin::write(item).map_err(internal)?);
                lines.push(b'\n');
            }
            Ok(lines)
        }
    }
}
