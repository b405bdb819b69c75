//! What ids, dates and labels in the rows say, without opening anything.
//!
//! The control case of each of these does something wrong to a row of a probe team, in a transaction that is taken back, and
//! looks with the very statement that looked at the whole. What is done wrong is a field, so that tests can show that a
//! control case in which nothing is wrong makes the check broken.

use std::time::Duration;

use async_trait::async_trait;
use kernel::{TenantId, Timestamp};
use store::{StoreError, Tx, Value, params};

use super::ledger::first_id_at;
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble, planted};

/// A statement that does something wrong to a row of the team $1.
pub type Wrong = &'static str;

/// How many rows a statement counts, in the whole installation or in one team.
pub(super) type Count = fn(&mut Tx, Option<TenantId>, Timestamp) -> Result<i64, StoreError>;

/// What these checks have in common: nothing may be counted, and what is planted must be.
pub(super) async fn counted(
    site: &Site,
    mut cases: Cases,
    (what, count): (&'static str, Count),
    (wrong, values): (Vec<Wrong>, Vec<Value>),
) -> Result<Cases, Trouble> {
    let (now, team) = (site.now(), site.probes().await?.one.tenant);
    let found = site.db().read(move |tx| count(tx, None, now)).await?;
    cases.looked_at(found.to_be_bytes());
    cases.must(&format!("{what}: 0, and not {found}"), found == 0);
    let plant = move |tx: &mut Tx| {
        wrong.iter().try_for_each(|sql| {
            let needed = (1..=values.len())
                .filter(|n| sql.contains(&format!("${n}")))
                .max();
            tx.execute(sql, values.get(..needed.unwrap_or(0)).unwrap_or_default())
                .map(drop)
        })
    };
    let seen = planted(site.db(), plant, move |tx| count(tx, Some(team), now)).await?;
    cases.control("what is planted is counted", seen > 0);
    Ok(cases)
}

pub(super) fn number(tx: &mut Tx, sql: &str, values: &[Value]) -> Result<i64, StoreError> {
    tx.one(sql, values)?.get(0)
}

/// The statement for the whole, or with a condition for one team.
pub(super) fn narrowed(sql: &str, column: &str, team: Option<TenantId>, values: &mut Vec<Value>) -> String {
    match team {
        None => sql.to_owned(),
        Some(team) => {
            values.push(team.into());
            format!("{sql} AND {column} = ${}", values.len())
        }
    }
}

/// Compares where bytes lie with the regions of their datasets.
pub struct BytesLieInTheirRegion {
    /// What is done wrong for the control case.
    pub wrong: Vec<Wrong>,
}

impl Default for BytesLieInTheirRegion {
    fn default() -> Self {
        Self {
            wrong: vec![
                "UPDATE item_version SET object_place = 'nowhere' WHERE tenant_id = $1 AND item_id = $2",
            ],
        }
    }
}

const REGIONS: &str = "SELECT DISTINCT region FROM dataset ORDER BY region";

#[async_trait]
impl Check for BytesLieInTheirRegion {
    fn id(&self) -> &'static str {
        "bytes-lie-in-their-region"
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(10 * 60)
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let owner = &probes.one.owner;
        let dataset = owner.plain("probe-places").await?;
        let item = owner
            .put(&dataset, &site.random_word(), b"bytes in their place")
            .await?
            .item
            .id;
        let wrong = (self.wrong.clone(), vec![probes.one.tenant.into(), item.into()]);
        let what = (
            "versions and parts outside of their dataset's region",
            misplaced as Count,
        );
        let cases = counted(site, Cases::of(self.id()), what, wrong).await;
        owner.remove(item).await?;
        let regions = site.db().read(|tx| {
            let rows = tx.all(REGIONS, &[])?;
            rows.iter()
                .map(|row| row.get(0))
                .collect::<Result<Vec<String>, StoreError>>()
        });
        let regions = regions.await?.join(", ");
        Ok(cases?.seen().with_fact("places", regions))
    }
}

fn misplaced(tx: &mut Tx, team: Option<TenantId>, _: Timestamp) -> Result<i64, StoreError> {
    let statements = [
        "SELECT count(*) FROM item_version v JOIN item i ON i.item_id = v.item_id JOIN dataset d ON d.dataset_id = i.dataset_id \
         WHERE ((v.object_place IS NOT NULL AND v.object_place <> d.region) OR (v.inline_sealed IS NOT NULL AND d.region <> 'home'))",
        "SELECT count(*) FROM version_part p JOIN item_version v ON v.version_id = p.version_id \
         JOIN item i ON i.item_id = v.item_id JOIN dataset d ON d.dataset_id = i.dataset_id \
         WHERE ((p.object_place IS NOT NULL AND p.object_place <> d.region) OR (p.inline_sealed IS NOT NULL AND d.region <> 'home'))",
    ];
    let mut sum = 0;
    for sql in statements {
        let mut values = Vec::new();
        let sql = narrowed(sql, "v.tenant_id", team, &mut values);
        sum += number(tx, &sql, &values)?;
    }
    Ok(sum)
}

/// Looks for sessions that would outlive half an hour without a sign of life.
pub struct SessionsEndOnTheClock {
    /// What is done wrong for the control case.
    pub wrong: Vec<Wrong>,
}

/// A session of the member $2 that ends at $3.
const FORGED_SESSION: &str = "INSERT INTO api_key (key_id, tenant_id, member_id, kind, scope_sealed, label_sealed, \
     secret_hash, made_at, expires_at) VALUES ($4, $1, $2, 'session', $4, $4, $4, 0, $3)";

impl Default for SessionsEndOnTheClock {
    fn default() -> Self {
        Self {
            wrong: vec![FORGED_SESSION],
        }
    }
}

const IDLE: Duration = Duration::from_secs(identity::MOST_IDLE_MINUTES as u64 * 60);
const HALF_A_MINUTE: Duration = Duration::from_secs(30);

#[async_trait]
impl Check for SessionsEndOnTheClock {
    fn id(&self) -> &'static str {
        "sessions-end-on-the-clock"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let (team, member) = (probes.one.tenant, probes.one.user.member);
        let values =
            move |ends: Timestamp, now: Timestamp| params![team, member, ends, first_id_at(now)].to_vec();
        let now = site.now();
        let late = (self.wrong.clone(), values(now.plus(IDLE + HALF_A_MINUTE), now));
        let what = ("sessions that would outlive their time", outliving as Count);
        let mut cases = counted(site, Cases::of(self.id()), what, late).await?;
        // One that ends in time must not be counted, or the count says nothing.
        let (in_time, now) = (values(now.plus(IDLE - HALF_A_MINUTE), now), site.now());
        let plant = move |tx: &mut Tx| tx.execute(FORGED_SESSION, &in_time).map(drop);
        let seen = planted(site.db(), plant, move |tx| outliving(tx, Some(team), now)).await?;
        cases.control("a session within the time is not counted", seen == 0);
        let longest = site
            .db()
            .read(|tx| tx.one(LONGEST_RULE, &[])?.get::<Option<i64>>(0))
            .await?;
        let most = i64::from(identity::MOST_IDLE_MINUTES);
        cases.must(
            "no team's rule allows more",
            longest.is_none_or(|minutes| minutes <= most),
        );
        Ok(cases.seen().with_fact("session-idle-minutes", most.to_string()))
    }
}

const LONGEST_RULE: &str = "SELECT max(idle_minutes) FROM sign_in_rule";

fn outliving(tx: &mut Tx, team: Option<TenantId>, now: Timestamp) -> Result<i64, StoreError> {
    let mut values = vec![Value::from(now.plus(IDLE))];
    let sql = "SELECT count(*) FROM api_key k WHERE k.kind = 'session' AND k.invalidated_at IS NULL \
         AND (k.expires_at IS NULL OR k.expires_at > $1)";
    let sql = narrowed(sql, "k.tenant_id", team, &mut values);
    number(tx, &sql, &values)
}
