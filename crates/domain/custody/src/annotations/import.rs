//! Taking in what other tools say about a dataset's items.
//!
//! Promises: all of it or nothing, in one act; every row is answered, with all that is wrong with it; what is said already is
//! replaced only when that is asked for, and stays in the history. Leaves out: items that are not there, which are not made.

use std::sync::Arc;

use access::Action;
use annotation::{Row, Set, coco, darwin};
use bytes::Bytes;
use kernel::ItemId;
use operation::acts::AnnotateItem;
use operation::{Op, Permit, Request, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::rows::{self, text_of};
use super::{Format, acts};
use crate::dataset::rows::DatasetRow;
use crate::dataset::{self, DatasetRef, State};
use crate::error::{Error, Result};
use crate::item::rows::{ItemRow, find_by_name};
use crate::session::Session;
use crate::{Credential, Custody, IdempotencyKey, replay};

/// The most bytes of a file.
const MOST_BYTES: usize = 16 << 20;
/// The most items of a file.
const MOST_ROWS: usize = 2_000;

/// A file to take in.
#[derive(Debug, Clone)]
pub struct ImportAnnotations {
    /// Whose items it is about, by their names.
    pub dataset: DatasetRef,
    /// Its format.
    pub format: Format,
    /// The file, of at most [`ImportAnnotations::MOST_BYTES`].
    pub bytes: Bytes,
    /// Whether it replaces what is said already; refused otherwise.
    pub replace: bool,
    /// Only says what would happen.
    pub dry_run: bool,
    /// Makes a repetition safe.
    pub idempotency: Option<IdempotencyKey>,
}

impl ImportAnnotations {
    /// The most bytes of a file.
    pub const MOST_BYTES: usize = MOST_BYTES;
}

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedAnnotations {
    /// Whether it was taken in. Nothing of it was when any row has a problem.
    pub applied: bool,
    /// One for each item of the file, in order.
    pub rows: Vec<ImportedRow>,
}

/// What came of one row of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedRow {
    /// The item's name, as far as the file says one.
    pub name: Option<String>,
    /// The item, if it was found.
    pub item: Option<ItemId>,
    /// How many annotations the row has.
    pub annotations: usize,
    /// All that is wrong with it.
    pub problems: Vec<String>,
}

impl Custody {
    /// Takes a file in, if every row of it can be.
    pub async fn import_annotations(
        &self,
        credential: &Credential,
        request: Request,
        import: ImportAnnotations,
    ) -> Result<ImportedAnnotations> {
        if import.bytes.len() > MOST_BYTES {
            let limit = MOST_BYTES as u64;
            return Err(Error::TooLarge { limit });
        }
        let (bytes, format) = (import.bytes.clone(), import.format);
        let read = tokio::task::spawn_blocking(move || read(&bytes, format)).await;
        let file = Arc::new(read.map_err(|error| Error::Internal(error.to_string()))??);
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemAnnotate)?;
                let row = dataset::found(op, &session, &import.dataset, Action::ItemAnnotate)?;
                let facts = session.named_facts(row.id, row.granted, "");
                let permit: Permit<AnnotateItem> = op.permit(Resource::dataset(row.id), &facts)?;
                if let Some(kept) = replay::find(op, &session, import.idempotency.as_ref())? {
                    op.record(permit, json!({ "repeated": true }))?;
                    return Ok(kept);
                }
                if row.state == State::Archived {
                    return Err(Error::Conflict(
                        "the dataset is archived; restore it first".into(),
                    ));
                }
                let imported = take_in(op, &permit, &session, &row, &file, &import)?;
                replay::keep(op, &session, import.idempotency.as_ref(), &imported)?;
                op.record(
                    permit,
                    json!({ "rows": imported.rows.len(), "applied": imported.applied }),
                )?;
                Ok(imported)
            })
            .await
    }
}

fn read(bytes: &[u8], format: Format) -> Result<Vec<Row>> {
    let rows = match format {
        Format::Coco => coco::read(bytes),
        Format::Darwin => darwin::read(bytes),
    };
    let rows = rows.map_err(|unreadable| Error::invalid("body", unreadable.to_string()))?;
    if !(1..=MOST_ROWS).contains(&rows.len()) {
        return Err(Error::invalid(
            "body",
            format!("send 1 to {MOST_ROWS} items in one file"),
        ));
    }
    Ok(rows)
}

/// An item that a row is about, and what the row says.
type Ready<'f> = (ItemRow, &'f Set);

/// INVARIANT: nothing is written before every row was found good.
fn take_in(
    op: &mut Op<'_>,
    permit: &Permit<AnnotateItem>,
    session: &Session,
    dataset: &DatasetRow,
    file: &[Row],
    import: &ImportAnnotations,
) -> Result<ImportedAnnotations> {
    let (mut rows, mut ready) = (Vec::new(), Vec::new());
    for row in file {
        let (answer, found) = look_up(op, session, dataset, row, import.replace)?;
        rows.push(answer);
        ready.extend(found);
    }
    let applied = !import.dry_run && rows.iter().all(|row| row.problems.is_empty());
    if applied {
        ready
            .iter()
            .try_for_each(|ready| keep(op, permit, session, ready))?;
    }
    Ok(ImportedAnnotations { applied, rows })
}

fn look_up<'f>(
    op: &mut Op<'_>,
    session: &Session,
    dataset: &DatasetRow,
    row: &'f Row,
    replace: bool,
) -> Result<(ImportedRow, Option<Ready<'f>>)> {
    let mut answer = ImportedRow {
        name: row.name.clone(),
        item: None,
        annotations: row.set.as_ref().map_or(0, |set| set.annotations.len()),
        problems: Vec::new(),
    };
    match &row.set {
        Err(faults) => answer.problems.extend(faults.iter().map(ToString::to_string)),
        Ok(set) => answer
            .problems
            .extend(text_of(set).err().map(|error| error.to_string())),
    }
    let Some(name) = &row.name else {
        return Ok((answer, None));
    };
    let Some(item) = find_by_name(op, session, dataset.id, name)?.filter(|item| item.covered) else {
        answer
            .problems
            .push("the dataset has no item of this name".into());
        return Ok((answer, None));
    };
    answer.item = Some(item.id);
    if item.state == State::Archived {
        answer
            .problems
            .push("the item is archived; restore it first".into());
    } else if !op.would_permit::<AnnotateItem>(&item.facts(session))? {
        answer.problems.push("you may not annotate this item".into());
    }
    if !replace && rows::newest(op, session, item.version)?.is_some() {
        let problem =
            "something is said about the item already; ask to replace it, which keeps it in the history";
        answer.problems.push(problem.into());
    }
    let found = row.set.as_ref().ok().map(|set| (item, set));
    Ok((answer, found))
}

/// Each item has an entry of its own in the trail.
fn keep(
    op: &mut Op<'_>,
    whole: &Permit<AnnotateItem>,
    session: &Session,
    (item, set): &Ready<'_>,
) -> Result<()> {
    let kept = rows::keep(op, whole, session, item, (set, &text_of(set)?), None, None)?;
    let resource = Resource::version(item.dataset, item.id, item.version);
    let permit: Permit<AnnotateItem> = op.permit(resource, &item.facts(session))?;
    op.record(permit, acts::details(&kept))?;
    Ok(())
}
