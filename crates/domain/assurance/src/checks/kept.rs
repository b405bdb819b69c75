//! Whether what is to go by itself has gone: with its contract, and by rules of retention.

use async_trait::async_trait;
use custody::legal_hold::UNHELD;
use custody::retention;
use kernel::{TenantId, Timestamp};
use std::time::Duration;
use store::{StoreError, Tx, Value, params};

use super::rows::{Count, Wrong, counted, number};
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble, planted};

const DAY: Duration = Duration::from_secs(86_400);
/// A round of the server comes once an hour; a day is enough for any installation.
const LATE: i64 = 86_400_000_000;

/// Looks for what is left of teams whose contract ended.
pub struct ContractsEndWithData {
    /// What is done wrong for the control case: the contract of the team $1 ends at $2.
    pub wrong: Vec<Wrong>,
}

impl Default for ContractsEndWithData {
    fn default() -> Self {
        Self { wrong: vec![ENDS] }
    }
}

const ENDS: Wrong = "UPDATE contract SET ends_at = $2 WHERE tenant_id = $1";

#[async_trait]
impl Check for ContractsEndWithData {
    fn id(&self) -> &'static str {
        "contracts-end-with-data"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let (now, team) = (site.now(), site.probes().await?.one.tenant);
        let past: Value = now.minus(32 * DAY).into();
        let wrong = (self.wrong.clone(), vec![team.into(), past]);
        let what = (
            "teams past their contract of which something is left",
            left_over as Count,
        );
        let mut cases = counted(site, Cases::of(self.id()), what, wrong).await?;
        let recent = now.minus(29 * DAY);
        let plant = move |tx: &mut Tx| tx.execute(ENDS, params![team, recent]).map(drop);
        let seen = planted(site.db(), plant, move |tx| left_over(tx, Some(team), now)).await?;
        cases.control("a team at day 29 is none of them", seen == 0);
        Ok(cases.seen())
    }
}

/// Teams whose contract ended longer ago than was signed, and a day, of which there is an item that nothing keeps; or, where nothing is on hold,
/// a wrap of the key.
fn left_over(tx: &mut Tx, team: Option<TenantId>, now: Timestamp) -> Result<i64, StoreError> {
    let (mut values, mut one) = (params![now, LATE].to_vec(), "");
    if let Some(team) = team {
        values.push(team.into());
        one = "AND t.tenant_id = $3";
    }
    let sql = format!(
        "SELECT count(*) FROM tenant t JOIN contract c ON c.tenant_id = t.tenant_id \
         LEFT JOIN contract_end e ON e.tenant_id = t.tenant_id \
         WHERE c.version = (SELECT MAX(n.version) FROM contract n WHERE n.tenant_id = t.tenant_id) \
         AND c.ends_at + $2 * (1 + COALESCE(e.delete_after_days, 30)) <= $1 {one} AND ( \
         EXISTS (SELECT 1 FROM item i WHERE i.tenant_id = t.tenant_id AND {UNHELD}) OR ( \
         NOT EXISTS (SELECT 1 FROM item j WHERE j.tenant_id = t.tenant_id) \
         AND NOT EXISTS (SELECT 1 FROM legal_hold g WHERE g.tenant_id = t.tenant_id AND g.lifted_at IS NULL \
         AND (g.until IS NULL OR g.until > $1)) AND (t.key_wrapped IS NOT NULL \
         OR EXISTS (SELECT 1 FROM api_key k WHERE k.tenant_id = t.tenant_id AND k.tenant_key_wrapped IS NOT NULL))))"
    );
    number(tx, &sql, &values)
}

/// Counts items past the time that their rule gives them.
pub struct RetentionIsKept {
    /// What is done wrong for the control case, to the item $2 in the dataset $3 of the team $1.
    pub wrong: Vec<Wrong>,
}

impl Default for RetentionIsKept {
    fn default() -> Self {
        Self {
            wrong: vec![
                "INSERT INTO retention_rule (scope_id, kind, tenant_id, days, counts_from, notice_days, changed_by, changed_at) \
                 SELECT i.dataset_id, 'file', i.tenant_id, 30, 'put', 0, i.tenant_id, 0 FROM item i \
                 WHERE i.tenant_id = $1 AND i.item_id = $2 AND i.dataset_id = $3",
                "UPDATE item SET made_at = 0 WHERE tenant_id = $1 AND item_id = $2 AND dataset_id = $3",
            ],
        }
    }
}

#[async_trait]
impl Check for RetentionIsKept {
    fn id(&self) -> &'static str {
        "retention-is-kept"
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(10 * 60)
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let owner = &probes.one.owner;
        let dataset = owner.plain("probe-kept").await?;
        let item = owner
            .put(&dataset, &site.random_word(), b"kept for a while")
            .await?
            .item;
        let values = vec![probes.one.tenant.into(), item.id.into(), item.dataset.into()];
        let what = (
            "items past the time that their rule gives them",
            retention::overdue as Count,
        );
        let cases = counted(site, Cases::of(self.id()), what, (self.wrong.clone(), values)).await;
        owner.remove(item.id).await?;
        Ok(cases?.seen())
    }
}
