//! Whether what was ended is at an end: people, keys, items.

use std::time::Duration;

use async_trait::async_trait;
use custody::item::Verb;
use kernel::ItemId;
use store::{StoreError, Tx, params};

use super::inventory::columns;
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};

/// Shuts a probe person out.
pub struct DisabledMeansOut;

#[async_trait]
impl Check for DisabledMeansOut {
    fn id(&self) -> &'static str {
        "disabled-means-out"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let (owner, user, twin) = (&probes.one.owner, &probes.one.user, &probes.one.admin);
        let dataset = owner.plain("probe-ends").await?;
        let item = owner
            .put(&dataset, &site.random_word(), b"for members")
            .await?
            .item
            .id;
        let mut cases = Cases::of(self.id());
        cases.control_works("before, the key works", user.get(item).await);
        let custody = &owner.custody;
        custody
            .disable_member(&owner.key, owner.request(), user.member)
            .await?;
        let refused = cases.must_refuse("a person who was shut out reads", user.get(item).await);
        cases.control_works("a twin goes on", twin.get(item).await);
        custody
            .enable_member(&owner.key, owner.request(), user.member)
            .await?;
        cases.control_works("let in again, the key works", user.get(item).await);
        owner.remove(item).await?;
        refused?;
        Ok(cases.seen())
    }
}

/// Ends a key, and lets one run out.
pub struct KeysEndWhenTold;

const HOUR: Duration = Duration::from_secs(60 * 60);
const MINUTE: Duration = Duration::from_secs(60);
const PUT_BACK: &str = "UPDATE api_key SET expires_at = $2 WHERE key_id = $1";
const NO_SECRETS: &str = "SELECT count(*) FROM api_key WHERE tenant_id = $1 AND secret_hash IS NULL";

#[async_trait]
impl Check for KeysEndWhenTold {
    fn id(&self) -> &'static str {
        "keys-end-when-told"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let owner = &probes.one.owner;
        let dataset = owner.plain("probe-ends").await?;
        let item = owner
            .put(&dataset, &site.random_word(), b"for keys")
            .await?
            .item
            .id;
        let ends = site.now().plus(HOUR);
        let ended = owner.with(owner.member, owner.key_for(owner.member, Some(ends)).await?);
        let twin = owner.with(owner.member, owner.key_for(owner.member, Some(ends)).await?);
        let mut cases = Cases::of(self.id());
        cases.control_works("before, the key works", ended.get(item).await);
        let custody = &owner.custody;
        custody
            .invalidate_key(&owner.key, owner.request(), ended.key.key)
            .await?;
        let first = cases.must_refuse("a key that was ended reads", ended.get(item).await);
        cases.control_works("its twin goes on", twin.get(item).await);
        let (id, past) = (twin.key.key, site.now().minus(MINUTE));
        let put_back = site.db().write(move |tx| tx.execute(PUT_BACK, params![id, past]));
        cases.control("the twin's end was put a minute back", put_back.await? == 1);
        let second = cases.must_refuse("a key that has run out reads", twin.get(item).await);
        custody.invalidate_key(&owner.key, owner.request(), id).await?;
        let team = probes.one.tenant;
        let bare = site
            .db()
            .read(move |tx| tx.one(NO_SECRETS, params![team])?.get::<i64>(0));
        cases.must("keys are kept as hashes", bare.await? == 0);
        owner.remove(item).await?;
        first.and(second)?;
        Ok(cases.seen())
    }
}

/// Deletes an item and searches all tables for it.
pub struct DeletionLeavesNothing {
    /// The tables that are not searched: the trail keeps that the item was there.
    pub passed_over: fn(&str) -> bool,
}

impl Default for DeletionLeavesNothing {
    fn default() -> Self {
        Self {
            passed_over: |table| table == "event",
        }
    }
}

#[async_trait]
impl Check for DeletionLeavesNothing {
    fn id(&self) -> &'static str {
        "deletion-leaves-nothing"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let owner = &probes.one.owner;
        let dataset = owner.plain("probe-ends").await?;
        let stored = owner.put(&dataset, &site.random_word(), &large(site)).await?.item;
        let (item, version) = (stored.id, stored.version.id);
        let tables = self.tables_with_items(site).await?;
        let mut cases = Cases::of(self.id());
        let living = left_of(site, &tables, item).await?;
        cases.control("the search finds the item while it lives", !living.is_empty());
        let object = object_of(site, version.as_bytes().to_vec()).await?;
        owner.change(item, Verb::Archive).await?;
        owner.change(item, Verb::Delete).await?;
        let left = left_of(site, &tables, item).await?;
        cases.must(&format!("rows left: none, and not {left:?}"), left.is_empty());
        cases.must_hide("a deleted item is read", owner.get(item).await)?;
        cases.control("its bytes lay in an object", object);
        let object = object_of(site, version.as_bytes().to_vec()).await?;
        cases.must("no row refers to its object", !object);
        Ok(cases.seen())
    }
}

/// Too large for a row.
fn large(site: &Site) -> Vec<u8> {
    site.random_word().repeat(4096).into_bytes()
}

impl DeletionLeavesNothing {
    /// The tables that have items in them.
    async fn tables_with_items(&self, site: &Site) -> Result<Vec<String>, Trouble> {
        let db = site.db().clone();
        let schema = tokio::task::spawn_blocking(move || store::schema(&db)).await;
        let schema = schema.map_err(|error| Trouble(error.to_string()))??;
        let tables = columns(&schema)
            .into_iter()
            .filter(|(_, column, _)| column == "item_id");
        Ok(tables
            .map(|(table, _, _)| table)
            .filter(|table| !(self.passed_over)(table))
            .collect())
    }
}

/// The tables in which something of the item is.
async fn left_of(site: &Site, tables: &[String], item: ItemId) -> Result<Vec<String>, Trouble> {
    let tables = tables.to_vec();
    let found = site.db().read(move |tx: &mut Tx| {
        let mut found = Vec::new();
        for table in &tables {
            let sql = format!("SELECT count(*) FROM {table} WHERE item_id = $1");
            if tx.one(&sql, params![item])?.get::<i64>(0)? > 0 {
                found.push(table.clone());
            }
        }
        Ok::<_, StoreError>(found)
    });
    Ok(found.await?)
}

const OBJECT: &str = "SELECT count(*) FROM item_version WHERE version_id = $1 AND object_id IS NOT NULL";

async fn object_of(site: &Site, version: Vec<u8>) -> Result<bool, Trouble> {
    let read = site
        .db()
        .read(move |tx| tx.one(OBJECT, params![&version])?.get::<i64>(0));
    Ok(read.await? > 0)
}
