//! Markers: what archiving leaves among an item's versions, for surfaces that show it there (S3 calls them delete markers).
//!
//! Promises: an archived item has a marker above its newest version, and an active one has none there; a put that makes an
//! archived item active again leaves the markers below the new version, where they are history. Leaves out: what being
//! archived means (`lifecycle`), which hangs on the item's state alone.

use std::collections::HashMap;
use std::sync::LazyLock;

use access::Action;
use kernel::{ItemId, TenantId, Timestamp, VersionId};
use operation::acts::{ArchiveItem, BrowseItems, RestoreItem};
use operation::{Act, Op, Permit, Request, Resource};
use serde_json::json;
use store::{Row, params};

use super::State;
use super::read::found_named;
use super::rows::{self, ItemRow, MOST_AMONG};
use crate::dataset::DatasetRef;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody};

const INSERT: &str = "INSERT INTO item_marker (marker_id, tenant_id, item_id, number, above, at) VALUES ($1, $2, $3, \
     (SELECT COALESCE(MAX(m.number), 0) + 1 FROM item_marker m WHERE m.item_id = $3), $4, $5)";
const ONE: &str = "SELECT at FROM item_marker WHERE tenant_id = $1 AND item_id = $2 AND marker_id = $3";
const DELETE: &str = "DELETE FROM item_marker WHERE tenant_id = $1 AND item_id = $2 AND marker_id = $3";
const DELETE_ABOVE: &str = "DELETE FROM item_marker WHERE tenant_id = $1 AND item_id = $2 AND above >= $3";
const NEWEST_ABOVE: &str = "SELECT at FROM item_marker WHERE tenant_id = $1 AND item_id = $2 AND above >= $3 \
     ORDER BY number DESC LIMIT 1";
/// Removes all markers of an item.
pub(super) const DELETE_ALL: &str = "DELETE FROM item_marker WHERE tenant_id = $1 AND item_id = $2";

static AMONG: LazyLock<String> = LazyLock::new(|| {
    let ids: Vec<String> = (2..2 + MOST_AMONG).map(|number| format!("${number}")).collect();
    format!(
        "SELECT item_id, marker_id, above, at FROM item_marker WHERE tenant_id = $1 AND item_id IN ({}) ORDER BY number",
        ids.join(", ")
    )
});

/// One of an item's markers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marker {
    pub(super) id: VersionId,
    /// The number of the version that it stands above.
    pub(super) above: i64,
    pub(super) at: Timestamp,
}

/// Puts a marker above the item's newest version.
pub(super) fn add<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &ItemRow,
) -> Result<VersionId> {
    add_to(op, permit, session.tenant, row.id, row.number)
}

/// The same, above the version of this number.
pub(super) fn add_to<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: TenantId,
    item: ItemId,
    number: i64,
) -> Result<VersionId> {
    let now = op.now();
    let id = VersionId::make(now, op.random());
    op.change(permit, INSERT, params![id, tenant, item, number, now])?;
    Ok(id)
}

/// Removes the markers above the item's newest version, which becomes what is read.
pub(super) fn clear<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &ItemRow,
) -> Result<()> {
    op.change(permit, DELETE_ABOVE, params![session.tenant, row.id, row.number])?;
    Ok(())
}

/// Archives an active item whose newest version is this one from now on, if a marker stands above that.
pub(super) fn hide<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &ItemRow,
    newest: i64,
) -> Result<()> {
    let found = op.find(NEWEST_ABOVE, params![session.tenant, row.id, newest])?;
    let Some(marker) = found.filter(|_| row.state == State::Active) else {
        return Ok(());
    };
    let (now, at): (Timestamp, i64) = (op.now(), marker.get(0)?);
    let archived = params![session.tenant, row.id, State::Archived.as_str(), now, at];
    op.change(permit, rows::UPDATE_STATE, archived)?;
    Ok(())
}

/// The markers of these items, at most [`MOST_AMONG`], oldest first.
pub(super) fn among(
    op: &mut Op<'_>,
    permit: &Permit<BrowseItems>,
    session: &Session,
    items: &[ItemId],
) -> Result<HashMap<ItemId, Vec<Marker>>> {
    let mut found: HashMap<ItemId, Vec<Marker>> = HashMap::new();
    let Some(first) = items.first() else {
        return Ok(found);
    };
    let mut values = params![session.tenant].to_vec();
    // One text for every number of ids, so that it is prepared once.
    let filled = items.iter().chain(std::iter::repeat(first)).take(MOST_AMONG);
    values.extend(filled.map(|item| store::Value::from(*item)));
    for row in op.list(permit, &AMONG, &values)? {
        found.entry(row.get(0)?).or_default().push(read(&row)?);
    }
    Ok(found)
}

fn read(row: &Row) -> Result<Marker> {
    Ok(Marker {
        id: row.get(1)?,
        above: row.get(2)?,
        at: Timestamp::from_micros(row.get(3)?),
    })
}

impl Custody {
    /// Archives the item of this name, or puts another marker above an archived one. Gives the marker.
    pub async fn mark(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        name: &str,
    ) -> Result<VersionId> {
        let (custody, credential, name) = (self.clone(), credential.clone(), name.to_owned());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemArchive)?;
                let row = found_named(op, &session, &dataset, &name, None, Action::ItemArchive)?;
                // For the policies the second marker is as the first.
                let facts = match row.dataset_state {
                    State::Active => access::Facts {
                        state: State::Active.into(),
                        ..row.facts(&session)
                    },
                    State::Archived => row.facts(&session),
                };
                let resource = Resource::version(row.dataset, row.id, row.version);
                let permit: Permit<ArchiveItem> = op.permit(resource, &facts)?;
                let marker = add(op, &permit, &session, &row)?;
                let now = op.now();
                let archived = params![session.tenant, row.id, State::Archived.as_str(), now, now];
                op.change(&permit, rows::UPDATE_STATE, archived)?;
                op.record(permit, json!({ "marker": marker }))?;
                Ok(marker)
            })
            .await
    }

    /// Since when a marker of this id stands in the item of this name; nothing when there is none.
    pub async fn marker(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        name: &str,
        marker: VersionId,
    ) -> Result<Option<Timestamp>> {
        let (custody, credential, name) = (self.clone(), credential.clone(), name.to_owned());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemBrowse)?;
                let row = found_named(op, &session, &dataset, &name, None, Action::ItemBrowse)?;
                let resource = Resource::item(row.dataset, row.id);
                let permit: Permit<BrowseItems> = op.permit(resource, &row.facts(&session))?;
                let found = op.list(&permit, ONE, params![session.tenant, row.id, marker])?;
                let at = found.first().map(|row| row.get(0).map(Timestamp::from_micros));
                op.record(permit, json!({ "marker": marker }))?;
                Ok(at.transpose()?)
            })
            .await
    }

    /// Removes a marker; gives whether it was there. An item without one above its newest version is active again.
    pub async fn delete_marker(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        name: &str,
        marker: VersionId,
    ) -> Result<bool> {
        let (custody, credential, name) = (self.clone(), credential.clone(), name.to_owned());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemRestore)?;
                let row = found_named(op, &session, &dataset, &name, None, Action::ItemRestore)?;
                let facts = access::Facts {
                    state: access::State::Archived,
                    ..row.facts(&session)
                };
                let permit: Permit<RestoreItem> = op.permit(Resource::item(row.dataset, row.id), &facts)?;
                if row.dataset_state == State::Archived {
                    return Err(Error::Conflict(
                        "the dataset is archived; restore it first".into(),
                    ));
                }
                let removed = op.change(&permit, DELETE, params![session.tenant, row.id, marker])?;
                let above = op.find(NEWEST_ABOVE, params![session.tenant, row.id, row.number])?;
                let revived = removed > 0 && above.is_none() && row.state == State::Archived;
                if revived {
                    let now = op.now();
                    let active = params![session.tenant, row.id, State::Active.as_str(), now, None::<i64>];
                    op.change(&permit, rows::UPDATE_STATE, active)?;
                }
                op.record(
                    permit,
                    json!({ "marker": marker, "removed": removed > 0, "restored": revived }),
                )?;
                Ok(removed > 0)
            })
            .await
    }
}
