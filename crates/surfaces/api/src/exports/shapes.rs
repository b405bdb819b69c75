//! Exports on the wire.

use custody::export;
use kernel::{AnnotationSetId, DatasetId, EventId, ItemId, MemberId, Timestamp, VersionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::annotations::AnnotationFormat;
use crate::items::ShownItem;
use crate::words::{EntryState, ExportState};

/// A numbered manifest of a dataset.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Export {
    /// 1 for the dataset's first, then counting; no number comes again.
    number: u64,
    #[schema(value_type = Uuid)]
    dataset: DatasetId,
    state: ExportState,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// The member who made it.
    #[schema(value_type = Uuid)]
    made_by: MemberId,
    /// How many items it names.
    items: u64,
    /// Their bytes together, when it was made.
    size: u64,
    /// The format in which annotations go along; not at all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<AnnotationFormat>,
    /// SHA-256 of the manifest, lowercase hex: of a line for each item with position, item, version and annotations (or `-`). The
    /// trail has it as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest_sha256: Option<String>,
}

/// What is to be exported: all active items that fit, or those listed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name_prefix": "2026/", "format": "coco" }))]
pub(super) struct NewExport {
    /// Only these, in this order. Not together with the other two.
    #[schema(min_items = 1, max_items = 10000, nullable = false)]
    items: Option<Vec<ChosenItem>>,
    /// Only items whose name begins so.
    #[schema(nullable = false)]
    name_prefix: Option<String>,
    /// Only items about whose newest version something of this class is said.
    #[schema(nullable = false)]
    class: Option<String>,
    /// The format in which annotations go along, as they are now; not at all when absent.
    #[schema(nullable = false)]
    pub(super) format: Option<AnnotationFormat>,
}

/// One item of a list.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChosenItem {
    #[schema(value_type = Uuid)]
    item: ItemId,
    /// Which version; the newest when absent.
    #[schema(value_type = Option<Uuid>, nullable = false)]
    version: Option<VersionId>,
}

impl NewExport {
    pub(super) fn choice(&self) -> export::Choice {
        let chosen = |one: &ChosenItem| export::Chosen {
            item: one.item,
            version: one.version,
        };
        export::Choice {
            items: self
                .items
                .as_ref()
                .map(|items| items.iter().map(chosen).collect()),
            name_prefix: self.name_prefix.clone(),
            class: self.class.clone(),
        }
    }
}

/// One line of a manifest.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExportEntry {
    /// Its place in the manifest, from 1.
    position: u64,
    #[schema(value_type = Uuid)]
    item: ItemId,
    /// The version that was exported.
    #[schema(value_type = Uuid)]
    version: VersionId,
    /// What was said about it then, if anything was and goes along.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    annotations: Option<AnnotationSetId>,
    state: EntryState,
    /// The item with the version that was exported; absent when that is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<ShownItem>,
}

/// What is left of a deleted export.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeletedExport {
    /// The entry of the trail; its receipt proves the deletion.
    #[schema(value_type = Uuid)]
    pub(super) event: EventId,
}

impl From<export::Export> for Export {
    fn from(export: export::Export) -> Self {
        Self {
            number: export.number,
            dataset: export.dataset,
            state: export.state.into(),
            made_at: export.made_at,
            made_by: export.made_by,
            items: export.items,
            size: export.size,
            format: export.format.map(Into::into),
            manifest_sha256: export.digest,
        }
    }
}

impl From<export::Entry> for ExportEntry {
    fn from(entry: export::Entry) -> Self {
        Self {
            position: entry.position,
            item: entry.item,
            version: entry.version,
            annotations: entry.annotations,
            state: entry.state.into(),
            content: entry.content.map(Into::into),
        }
    }
}
