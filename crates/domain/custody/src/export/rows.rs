//! SQL of exports.

use kernel::{AnnotationSetId, DatasetId, ExportId, ItemId, MemberId, Timestamp, VersionId};
use operation::{Op, Resource};
use serde_json::json;
use store::{Row, params};

use super::{Export, ExportState};
use crate::annotations::Format;
use crate::error::{Error, Result};
use crate::session::Session;

const COLUMNS: &str =
    "export_id, number, dataset_id, state, made_at, made_by, items, size_bytes, format, manifest_hash";
pub(super) const NEXT_NUMBER: &str =
    "SELECT COALESCE(max(number), 0) + 1 FROM dataset_export WHERE tenant_id = $1 AND dataset_id = $2";
pub(super) const INSERT: &str = "INSERT INTO dataset_export (export_id, tenant_id, dataset_id, number, state, made_at, made_by, \
     items, size_bytes, format) VALUES ($1, $2, $3, $4, 'making', $5, $6, 0, 0, $7)";
pub(super) const FINISH: &str = "UPDATE dataset_export SET state = 'made', items = $3, size_bytes = $4, manifest_hash = $5 \
     WHERE tenant_id = $1 AND export_id = $2 AND state = 'making'";
pub(super) const INSERT_ENTRY: &str = "INSERT INTO export_entry (export_id, position, tenant_id, item_id, version_id, set_id) \
     VALUES ($1, $2, $3, $4, $5, $6)";
/// The row stays, so that its number does not come again.
pub(super) const DELETE: &str = "UPDATE dataset_export SET state = 'deleted', manifest_hash = NULL WHERE tenant_id = $1 AND export_id = $2";
pub(super) const DELETE_ENTRIES: &str = "DELETE FROM export_entry WHERE tenant_id = $1 AND export_id = $2";

/// An export's row.
pub(crate) struct ExportRow {
    pub(crate) id: ExportId,
    pub(crate) export: Export,
}

/// One line of a manifest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EntryRow {
    pub(crate) position: i64,
    pub(crate) item: ItemId,
    pub(crate) version: VersionId,
    pub(crate) set: Option<AnnotationSetId>,
}

impl ExportRow {
    pub(super) fn read(row: &Row) -> Result<Self> {
        let (number, items, size): (i64, i64, i64) = (row.get(1)?, row.get(6)?, row.get(7)?);
        let (dataset, made_by): (DatasetId, MemberId) = (row.get(2)?, row.get(5)?);
        let made_at: Timestamp = row.get(4)?;
        Ok(Self {
            id: row.get(0)?,
            export: Export {
                number: number.unsigned_abs(),
                dataset,
                state: ExportState::from_row(&row.get::<String>(3)?)?,
                made_at,
                made_by,
                items: items.unsigned_abs(),
                size: size.unsigned_abs(),
                format: row
                    .get::<Option<String>>(8)?
                    .as_deref()
                    .map(format_of)
                    .transpose()?,
                digest: row.get::<Option<Vec<u8>>>(9)?.map(hex::encode),
            },
        })
    }
}

/// The word for a format in rows.
pub(super) const fn word_of(format: Format) -> &'static str {
    match format {
        Format::Coco => "coco",
        Format::Darwin => "darwin",
    }
}

fn format_of(word: &str) -> Result<Format> {
    match word {
        "coco" => Ok(Format::Coco),
        "darwin" => Ok(Format::Darwin),
        other => Err(Error::Internal(format!("unknown format {other} of an export"))),
    }
}

/// The export of this number, or the refusal that an unknown one gets.
pub(crate) fn find(
    op: &mut Op<'_>,
    session: &Session,
    dataset: DatasetId,
    number: u64,
    action: access::Action,
) -> Result<ExportRow> {
    let sql = format!(
        "SELECT {COLUMNS} FROM dataset_export WHERE tenant_id = $1 AND dataset_id = $2 AND number = $3 AND state <> 'deleted'"
    );
    // No export has a number that is larger than what a row holds.
    let asked = i64::try_from(number).unwrap_or(0);
    if let Some(row) = op.find(&sql, params![session.tenant, dataset, asked])? {
        return ExportRow::read(&row);
    }
    op.refuse(
        action,
        of(dataset),
        json!({ "reasons": ["unknown"], "export": number }),
    )?;
    Err(Error::NotFound("export"))
}

/// What the trail says an act on an export was about.
pub(super) fn of(dataset: DatasetId) -> Resource {
    Resource {
        kind: "export",
        ..Resource::dataset(dataset)
    }
}

/// A page of the exports of a dataset after a number.
pub(super) fn page_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM dataset_export WHERE tenant_id = $1 AND dataset_id = $2 AND number > $3 AND state <> 'deleted' \
         ORDER BY number LIMIT $4"
    )
}

/// The lines of a manifest after a position.
pub(crate) fn entries_after(
    op: &mut Op<'_>,
    session: &Session,
    export: ExportId,
    after: i64,
    limit: i64,
) -> Result<Vec<EntryRow>> {
    const ENTRIES: &str = "SELECT position, item_id, version_id, set_id FROM export_entry \
         WHERE tenant_id = $1 AND export_id = $2 AND position > $3 ORDER BY position LIMIT $4";
    let rows = op.find_all(ENTRIES, params![session.tenant, export, after, limit])?;
    rows.iter().map(read_entry).collect()
}

/// The line of a manifest about this item.
pub(crate) fn entry_of(
    op: &mut Op<'_>,
    session: &Session,
    export: ExportId,
    item: ItemId,
) -> Result<Option<EntryRow>> {
    const ENTRY: &str = "SELECT position, item_id, version_id, set_id FROM export_entry \
         WHERE tenant_id = $1 AND export_id = $2 AND item_id = $3";
    let found = op.find(ENTRY, params![session.tenant, export, item])?;
    found.as_ref().map(read_entry).transpose()
}

fn read_entry(row: &Row) -> Result<EntryRow> {
    Ok(EntryRow {
        position: row.get(0)?,
        item: row.get(1)?,
        version: row.get(2)?,
        set: row.get(3)?,
    })
}
