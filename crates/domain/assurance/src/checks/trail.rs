//! What the rows of the trail say: nothing is missing, every item has its entry, and nobody but a team acts on its content.
//!
//! Control cases as in [`super::rows`].

use std::time::Duration;

use async_trait::async_trait;
use kernel::{TenantId, Timestamp};
use store::{StoreError, Tx, Value};

use super::ledger::first_id_at;
use super::rows::{Count, Wrong, counted, narrowed, number};
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};

/// Looks for numbers that are missing in chains, and for entries without a place or places without an entry.
pub struct TrailHasNoGaps {
    /// What is done wrong for the control case.
    pub wrong: Vec<Wrong>,
}

impl Default for TrailHasNoGaps {
    fn default() -> Self {
        Self {
            wrong: vec![
                "DELETE FROM log_pending WHERE event_id = \
                 (SELECT event_id FROM event WHERE tenant_id = $1 ORDER BY event_id DESC LIMIT 1)",
                "DELETE FROM log_entry WHERE event_id = \
                 (SELECT event_id FROM event WHERE tenant_id = $1 ORDER BY event_id DESC LIMIT 1)",
            ],
        }
    }
}

#[async_trait]
impl Check for TrailHasNoGaps {
    fn id(&self) -> &'static str {
        "trail-has-no-gaps"
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(10 * 60)
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let team = site.probes().await?.one.tenant;
        let wrong = (self.wrong.clone(), vec![team.into()]);
        let what = ("missing numbers, entries and places", gaps as Count);
        Ok(counted(site, Cases::of(self.id()), what, wrong).await?.seen())
    }
}

fn gaps(tx: &mut Tx, team: Option<TenantId>, _: Timestamp) -> Result<i64, StoreError> {
    let statements = [
        (
            "SELECT count(*) FROM log_chain c WHERE c.next_number <> \
             (SELECT count(*) FROM log_entry l WHERE l.tenant_id = c.tenant_id)",
            "c.tenant_id",
        ),
        (
            "SELECT count(*) FROM log_entry l WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.event_id = l.event_id)",
            "l.tenant_id",
        ),
        (
            "SELECT count(*) FROM event e WHERE NOT EXISTS (SELECT 1 FROM log_entry l WHERE l.event_id = e.event_id) \
             AND NOT EXISTS (SELECT 1 FROM log_pending p WHERE p.event_id = e.event_id)",
            "e.tenant_id",
        ),
    ];
    let mut sum = 0;
    for (sql, column) in statements {
        let mut values = Vec::new();
        let sql = narrowed(sql, column, team, &mut values);
        sum += number(tx, &sql, &values)?;
    }
    Ok(sum)
}

/// Looks for versions of items that no entry of the trail is about.
pub struct EveryChangeHasItsEntry {
    /// What is done wrong for the control case.
    pub wrong: Vec<Wrong>,
}

impl Default for EveryChangeHasItsEntry {
    fn default() -> Self {
        Self {
            wrong: vec!["UPDATE event SET item_id = NULL WHERE tenant_id = $1 AND item_id = $2"],
        }
    }
}

#[async_trait]
impl Check for EveryChangeHasItsEntry {
    fn id(&self) -> &'static str {
        "every-change-has-its-entry"
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(10 * 60)
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let owner = &probes.one.owner;
        let dataset = owner.plain("probe-trail").await?;
        let item = owner
            .put(&dataset, &site.random_word(), b"an entry of the trail")
            .await?
            .item
            .id;
        let wrong = (self.wrong.clone(), vec![probes.one.tenant.into(), item.into()]);
        let what = ("items without an entry", unrecorded as Count);
        let cases = counted(site, Cases::of(self.id()), what, wrong).await;
        owner.remove(item).await?;
        Ok(cases?.seen())
    }
}

fn unrecorded(tx: &mut Tx, team: Option<TenantId>, _: Timestamp) -> Result<i64, StoreError> {
    let mut values = Vec::new();
    let sql =
        "SELECT count(*) FROM item i WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.item_id = i.item_id)";
    let sql = narrowed(sql, "i.tenant_id", team, &mut values);
    number(tx, &sql, &values)
}

/// Counts acts on content in a team's trail that none of its members did.
pub struct OperatorsReadNothing {
    /// What is done wrong for the control case.
    pub wrong: Vec<Wrong>,
}

impl Default for OperatorsReadNothing {
    fn default() -> Self {
        Self {
            wrong: vec![
                "INSERT INTO event (event_id, tenant_id, happened_at, action, outcome, sealed, commitment) \
                 VALUES ($2, $1, 0, 'item.download', 'done', $2, $2)",
            ],
        }
    }
}

/// How far back it looks: further than it may be late.
const LOOKED_BACK: Duration = Duration::from_secs(26 * 60 * 60);

#[async_trait]
impl Check for OperatorsReadNothing {
    fn id(&self) -> &'static str {
        "operators-read-nothing"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let team = site.probes().await?.one.tenant;
        let wrong = (
            self.wrong.clone(),
            vec![team.into(), first_id_at(site.now()).into()],
        );
        let what = ("acts on content by nobody of the team", strangers as Count);
        Ok(counted(site, Cases::of(self.id()), what, wrong).await?.seen())
    }
}

/// Acts of people who are not of the team; of the operator by no access that the team approved, at its time; and of nobody, where the
/// team never shared anything by a link.
const STRANGERS: &str = "SELECT count(*) FROM event e WHERE e.event_id >= $1 AND e.outcome = 'done' \
     AND (e.action LIKE 'item.%' OR e.action LIKE 'record.%' OR e.action LIKE 'export.%' OR e.action LIKE 'quarantine.%') \
     AND NOT EXISTS (SELECT 1 FROM member m WHERE m.member_id = e.member_id AND m.tenant_id = e.tenant_id) \
     AND NOT EXISTS (SELECT 1 FROM operator_access a WHERE a.key_id = e.key_id AND a.tenant_id = e.tenant_id \
        AND a.decided_at <= e.happened_at AND e.happened_at < a.ends_at) \
     AND NOT (e.key_id IS NULL AND e.member_id IS NULL AND EXISTS (SELECT 1 FROM share s WHERE s.tenant_id = e.tenant_id))";

fn strangers(tx: &mut Tx, team: Option<TenantId>, now: Timestamp) -> Result<i64, StoreError> {
    let mut values = vec![Value::from(first_id_at(now.minus(LOOKED_BACK)))];
    let sql = narrowed(STRANGERS, "e.tenant_id", team, &mut values);
    number(tx, &sql, &values)
}
