//! Quarantine: what could not be cleaned of what identifies people, and is kept until somebody decides.
//!
//! Promises: such a version is sealed as any other and reaches nobody: the policies forbid by the fact that it is held, whatever the
//! door. It never becomes an item's newest version while there is another; an item that has no other is in no listing, is not
//! handed out as work, and its name is free for what can be cleaned. What is released takes the place that it would have had when it
//! came; what is deleted loses its key. Leaves out: why something cannot be cleaned (`redaction`, `cleaning`).

use access::Action;
use kernel::{EventId, ItemId, Page, PageRequest, Timestamp, VersionId};
use operation::acts::{DeleteQuarantined, ListQuarantine, ReleaseQuarantined};
use operation::{Act, Op, Permit, Request, Resource};
use sealing::Key;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use store::params;

use super::cleanup::LetGo;
use super::rows::{self, ItemRow, Which};
use super::{Changed, Item, Version, hold, lifecycle, one_version, read, records};
use crate::dataset::{self, DatasetRef, State};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody, contexts};

const LAST_NUMBER: &str = "SELECT MAX(number) FROM item_version WHERE tenant_id = $1 AND item_id = $2";
const WITHHOLD: &str = "UPDATE item SET free_at = NULL WHERE tenant_id = $1 AND item_id = $2";
const HAND_OUT: &str = "UPDATE item SET free_at = 0 WHERE tenant_id = $1 AND item_id = $2";
const RELEASE: &str = "UPDATE item_version SET quarantined_at = NULL, quarantine_sealed = NULL \
     WHERE tenant_id = $1 AND version_id = $2";
/// The versions of an item beside one, newest first.
const OTHERS: &str = "SELECT version_id FROM item_version WHERE tenant_id = $1 AND item_id = $2 AND version_id <> $3 \
     ORDER BY number DESC";

/// Why a version is in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantine {
    /// Why it could not be cleaned. It quotes nothing of the content.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

impl Custody {
    /// What is in quarantine in a dataset, oldest first: each item with that version in the place of its newest.
    pub async fn list_quarantine(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        page: PageRequest,
    ) -> Result<Page<Item>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::QuarantineList)?;
                let dataset = dataset::found(op, &session, &dataset, Action::QuarantineList)?;
                let facts = session.named_facts(dataset.id, dataset.granted, "");
                let permit: Permit<ListQuarantine> = op.permit(Resource::dataset(dataset.id), &facts)?;
                let after = page
                    .after
                    .as_ref()
                    .map(|cursor| cursor.key().to_vec())
                    .unwrap_or_default();
                let (now, limit) = (op.now(), i64::from(page.limit) + 1);
                let wanted = params![session.tenant, dataset.id, session.member, now, after, limit];
                let rows = op.list(&permit, &rows::quarantine_sql(), wanted)?;
                let held = rows
                    .iter()
                    .map(|row| ItemRow::read(&session, row)?.item(&session));
                let held = held.collect::<Result<Vec<_>>>()?;
                let listed = Page::from_rows(held, page.limit, |item| item.version.id.as_bytes().to_vec());
                op.record(permit, json!({ "count": listed.items.len() }))?;
                Ok(listed)
            })
            .await
    }

    /// One version that is in quarantine, in the place of its item's newest. Fails with [`Error::NotFound`] for any other.
    pub async fn quarantined(
        &self,
        credential: &Credential,
        request: Request,
        item: ItemId,
        version: VersionId,
    ) -> Result<Item> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::QuarantineList)?;
                let row = read::found(
                    op,
                    &session,
                    item,
                    Which::Version(version),
                    Action::QuarantineList,
                )?;
                let facts = session.named_facts(row.dataset, row.granted, "");
                let resource = Resource::version(row.dataset, row.id, row.version);
                let permit: Permit<ListQuarantine> = op.permit(resource, &facts)?;
                let held = row.item(&session)?;
                op.record(permit, json!({ "count": usize::from(row.is_quarantined()) }))?;
                Ok(row.is_quarantined().then_some(held))
            })
            .await
            .and_then(|held: Option<Item>| held.ok_or(Error::NotFound("version in quarantine")))
    }

    /// Lets a version out as it is, for a reason that the request gives and the trail keeps. It becomes the item's newest unless
    /// something newer has come in since.
    pub async fn release_quarantined(
        &self,
        credential: &Credential,
        request: Request,
        item: ItemId,
        version: VersionId,
    ) -> Result<Changed> {
        if request.reason.is_none() {
            let problem = "say why this is let out although it could not be cleaned; the trail keeps it";
            return Err(Error::invalid("bailee-reason", problem));
        }
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::QuarantineRelease)?;
                let row = read::found(
                    op,
                    &session,
                    item,
                    Which::Version(version),
                    Action::QuarantineRelease,
                )?;
                let resource = Resource::version(row.dataset, row.id, row.version);
                let permit: Permit<ReleaseQuarantined> = op.permit(resource, &row.facts(&session))?;
                release(op, &session, &row, permit)
            })
            .await
    }

    /// Destroys a version that is in quarantine: its key and its bytes. With its last version an item is gone.
    pub async fn delete_quarantined(
        &self,
        credential: &Credential,
        request: Request,
        item: ItemId,
        version: VersionId,
    ) -> Result<EventId> {
        let (custody, credential) = (self.clone(), credential.clone());
        let deleted: Result<(EventId, LetGo)> = self
            .desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::QuarantineDelete)?;
                let row = read::found(
                    op,
                    &session,
                    item,
                    Which::Version(version),
                    Action::QuarantineDelete,
                )?;
                let facts = access::Facts {
                    on_hold: hold::holds_version(op, &session, (item, version), false)?,
                    ..row.facts(&session)
                };
                let resource = Resource::version(row.dataset, row.id, row.version);
                let permit: Permit<DeleteQuarantined> = op.permit(resource, &facts)?;
                delete(op, &session, &row, permit)
            })
            .await;
        let (event, let_go) = deleted?;
        self.empty_trash_of(let_go).await;
        Ok(event)
    }
}

fn release(
    op: &mut Op<'_>,
    session: &Session,
    row: &ItemRow,
    permit: Permit<ReleaseQuarantined>,
) -> Result<Changed> {
    if row.dataset_state == State::Archived {
        return Err(Error::Conflict(
            "the dataset is archived; restore it first".into(),
        ));
    }
    let held = row.quarantine()?;
    let newest = rows::find(op, session, row.id, Which::Newest)?.ok_or(Error::Altered)?;
    let now = op.now();
    op.change(&permit, RELEASE, params![session.tenant, row.version])?;
    if newest.is_quarantined() || newest.number < row.number {
        let released = params![session.tenant, row.id, row.version, now];
        op.change(&permit, rows::NEW_VERSION, released)?;
        records::reindex(op, &permit, session, row.id)?;
    }
    if newest.is_quarantined() {
        hand_out(op, &permit, session, row.id)?;
    }
    let version = Version {
        quarantine: None,
        ..row.version()?
    };
    let item = row.item_with(session, version, now)?;
    let was = held.map(|held| json!({ "reason": held.reason, "since": held.since }));
    let event = op.record(
        permit,
        json!({ "sha256": item.version.sha256, "quarantine": was }),
    )?;
    Ok(Changed { item, event })
}

fn delete(
    op: &mut Op<'_>,
    session: &Session,
    row: &ItemRow,
    permit: Permit<DeleteQuarantined>,
) -> Result<(EventId, LetGo)> {
    let described = row.item(session)?;
    let others = op.find_all(OTHERS, params![session.tenant, row.id, row.version])?;
    let Some(next) = others.first() else {
        let (changed, let_go) = lifecycle::destroy(op, session, row, described, permit, Json::Null)?;
        return Ok((changed.event, let_go));
    };
    let newest = rows::find(op, session, row.id, Which::Newest)?.ok_or(Error::Altered)?;
    let let_go = one_version::let_go(op, session, row)?;
    one_version::destroy(op, &permit, session, row)?;
    if newest.version == row.version {
        // INVARIANT: then all others are in quarantine as well, so that none of them is read.
        let next: VersionId = next.get(0)?;
        one_version::make_newest(op, &permit, session.tenant, row.id, next)?;
    }
    let details =
        json!({ "key": "destroyed", "sha256": described.version.sha256, "size": described.version.size });
    Ok((op.record(permit, details)?, let_go))
}

/// The number of the item's next version: those in quarantine count, whether its newest is one of them or not.
pub(super) fn next_number(op: &mut Op<'_>, session: &Session, item: ItemId) -> Result<i64> {
    let last = op
        .find(LAST_NUMBER, params![session.tenant, item])?
        .ok_or(Error::Altered)?;
    Ok(last.get::<i64>(0)? + 1)
}

/// Nobody is handed out an item of which nothing may be seen.
pub(super) fn withhold<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    item: ItemId,
) -> Result<()> {
    op.change(permit, WITHHOLD, params![session.tenant, item])?;
    Ok(())
}

/// There is something to be seen now.
pub(super) fn hand_out<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    item: ItemId,
) -> Result<()> {
    op.change(permit, HAND_OUT, params![session.tenant, item])?;
    Ok(())
}

/// The reason as it stands in a row, under the version's key: it goes with the version.
pub(super) fn seal(op: &Op<'_>, key: &Key, version: VersionId, reason: &str) -> Vec<u8> {
    sealing::seal(
        key,
        &contexts::version_quarantine(version),
        reason.as_bytes(),
        op.random(),
    )
}

/// The reason out of a row.
pub(super) fn open(key: &Key, version: VersionId, since: Timestamp, sealed: &[u8]) -> Result<Quarantine> {
    let opened = sealing::open(key, &contexts::version_quarantine(version), sealed)?;
    let reason = String::from_utf8(opened.to_vec()).map_err(|_| Error::Altered)?;
    Ok(Quarantine { reason, since })
}
