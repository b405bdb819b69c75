//! Acts on one version: destroying it, and changing what its surface keeps about it.

use std::collections::BTreeMap;

use access::Action;
use kernel::{EventId, ItemId, TenantId, VersionId};
use operation::acts::{ArchiveItem, ChangeItem, DeleteItem};
use operation::{Act, Op, Permit, Request, Resource};
use serde_json::{Value as Json, json};
use store::params;

use super::cleanup::LetGo;
use super::rows::{self, ItemRow};
use super::{Item, State, Version, hold, lifecycle, marker, read, records, reference, segments};
use crate::dataset::DatasetRef;
use crate::erasure::{self, What};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody, contexts};

const VERSIONS: &str =
    // Those in quarantine go with the last of these, and by themselves in `quarantine`.
    "SELECT version_id, number FROM item_version WHERE tenant_id = $1 AND item_id = $2 \
     AND quarantined_at IS NULL ORDER BY number DESC";
const DELETE: &str = "DELETE FROM item_version WHERE tenant_id = $1 AND version_id = $2";
const DELETE_PARTS: &str = "DELETE FROM version_part WHERE tenant_id = $1 AND version_id = $2";
const PART_OBJECTS: &str = "SELECT object_id, object_place FROM version_part WHERE tenant_id = $1 AND version_id = $2 AND object_id IS NOT NULL";
const WRITE_META: &str = "UPDATE item_version SET meta_sealed = $3 WHERE tenant_id = $1 AND version_id = $2";

impl Custody {
    /// Destroys one version: its key and its bytes. With its last version an item is gone.
    ///
    /// Only what is archived is deleted, and a version that is not the newest counts as archived. The newest of an
    /// active item is archived and deleted in one act, which takes the right to both. `bypass` sets a governance hold
    /// aside, for owners and admins.
    pub async fn delete_version(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        name: &str,
        version: VersionId,
        bypass: bool,
    ) -> Result<EventId> {
        let (custody, credential, name) = (self.clone(), credential.clone(), name.to_owned());
        let deleted: Result<(EventId, LetGo)> = self
            .desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemDelete)?;
                let row =
                    read::found_named(op, &session, &dataset, &name, Some(version), Action::ItemDelete)?;
                delete(op, &session, &row, bypass)
            })
            .await;
        let (event, let_go) = deleted?;
        self.empty_trash_of(let_go).await;
        Ok(event)
    }

    /// Changes what a surface keeps about a version: sets the names with a value, forgets those without.
    pub async fn change_notes(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        name: &str,
        version: Option<VersionId>,
        changes: BTreeMap<String, Option<String>>,
    ) -> Result<Version> {
        let (custody, credential, name) = (self.clone(), credential.clone(), name.to_owned());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemChange)?;
                let row = read::found_named(op, &session, &dataset, &name, version, Action::ItemChange)?;
                let resource = Resource::version(row.dataset, row.id, row.version);
                let permit: Permit<ChangeItem> = op.permit(resource, &row.facts(&session))?;
                let names: Vec<&String> = changes.keys().collect();
                let details = json!({ "notes": names });
                let changed = write_notes(op, &permit, &session, &row, &changes)?;
                op.record(permit, details)?;
                Ok(changed)
            })
            .await
    }
}

fn delete(op: &mut Op<'_>, session: &Session, row: &ItemRow, bypass: bool) -> Result<(EventId, LetGo)> {
    let versions = op.find_all(VERSIONS, params![session.tenant, row.id])?;
    let ids = versions.iter().map(|row| row.get(0));
    let ids: Vec<VersionId> = ids.collect::<std::result::Result<_, _>>()?;
    let facts = row.facts(session);
    if row.state == State::Active && ids.first() == Some(&row.version) {
        op.check::<ArchiveItem>(Resource::item(row.dataset, row.id), &facts)?;
    }
    let facts = access::Facts {
        state: access::State::Archived,
        on_hold: hold::holds_version(op, session, (row.id, row.version), bypass)?,
        ..facts
    };
    let described: Item = row.item(session)?;
    let resource = Resource::version(row.dataset, row.id, row.version);
    let permit: Permit<DeleteItem> = op.permit(resource, &facts)?;
    if ids.len() == 1 {
        let (changed, let_go) = lifecycle::destroy(op, session, row, described, permit, Json::Null)?;
        return Ok((changed.event, let_go));
    }
    let mut let_go = let_go(op, session, row)?;
    let own = reference::let_go(op, &permit, session, row, Some(row.version))?;
    destroy(op, &permit, session, row)?;
    if ids.first() == Some(&row.version) {
        make_newest(op, &permit, session.tenant, row.id, ids[1])?;
        records::reindex(op, &permit, session, row.id)?;
        marker::hide(op, &permit, session, row, versions[1].get(1)?)?;
    }
    let mut details =
        json!({ "key": "destroyed", "sha256": described.version.sha256, "size": described.version.size });
    if own.removes() {
        details["own_bucket"] = json!("removed");
    }
    let_go.wait_for(own.into_all());
    Ok((op.record(permit, details)?, let_go))
}

/// Destroys the key of one of several versions.
pub(super) fn destroy<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &ItemRow,
) -> Result<()> {
    remove_version_rows(op, permit, session.tenant, row.version)?;
    erasure::note(op, permit, session.tenant, What::Version, row.version.as_bytes())
}

/// Removes the rows of one of several versions, and with them its key.
pub(crate) fn remove_version_rows<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: TenantId,
    version: VersionId,
) -> Result<()> {
    op.change(permit, DELETE_PARTS, params![tenant, version])?;
    op.change(permit, DELETE, params![tenant, version])?;
    Ok(())
}

/// Makes this version the one that is read.
pub(crate) fn make_newest<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: TenantId,
    item: ItemId,
    version: VersionId,
) -> Result<()> {
    let now = op.now();
    // What the version that is gone was found by goes with it.
    op.change(permit, rows::DELETE_INDEX, params![tenant, item])?;
    op.change(permit, rows::NEW_VERSION, params![tenant, item, version, now])?;
    Ok(())
}

/// Destroys a version that is not the newest of its item: its key, and what lies elsewhere.
pub(super) fn drop_row<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &ItemRow,
) -> Result<LetGo> {
    let mut let_go = let_go(op, session, row)?;
    let own = reference::let_go(op, permit, session, row, Some(row.version))?;
    destroy(op, permit, session, row)?;
    let_go.wait_for(own.into_all());
    Ok(let_go)
}

/// Lets go of the objects of one version.
pub(super) fn let_go(op: &mut Op<'_>, session: &Session, row: &ItemRow) -> Result<LetGo> {
    let parts = op.find_all(PART_OBJECTS, params![session.tenant, row.version])?;
    let mut objects = segments::addresses(&parts)?;
    objects.extend(row.object.clone());
    lifecycle::discard(op, objects)
}

fn write_notes(
    op: &mut Op<'_>,
    permit: &Permit<ChangeItem>,
    session: &Session,
    row: &ItemRow,
    changes: &BTreeMap<String, Option<String>>,
) -> Result<Version> {
    let mut meta = row.meta()?;
    for (name, value) in changes {
        match value {
            Some(value) => meta.notes.insert(name.clone(), value.clone()),
            None => meta.notes.remove(name),
        };
    }
    let text = serde_json::to_vec(&meta).map_err(|error| Error::Internal(error.to_string()))?;
    let context = contexts::version_meta(row.version);
    let sealed = sealing::seal(&row.version_key, &context, &text, op.random());
    op.change(permit, WRITE_META, params![session.tenant, row.version, sealed])?;
    Ok(Version {
        notes: meta.notes,
        ..row.version()?
    })
}
