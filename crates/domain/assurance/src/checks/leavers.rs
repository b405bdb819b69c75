//! Whether those who left can still come in.
//!
//! Looked at: the operator's own people, by the day that the register of leavers has for them. Registers of teams stay sealed. Whoever is
//! only shut out has keys and grants that would be back when somebody lets them in again, so these count as open.

use std::time::Duration;

use async_trait::async_trait;
use governance::end_of_day;
use governance::entry::Entry;
use jiff::civil::Date;
use kernel::{KeyId, MemberId, TenantId, Timestamp};
use store::{StoreError, Tx, Value, params};

use super::filed::{filed, said};
use super::papers::{late_for, operator};
use super::plants::execute;
use super::rows::{Wrong, number};
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble, planted};

/// How long after the end of the last day the last access is closed.
const TARGET: Duration = Duration::from_secs(24 * 60 * 60);
/// What nobody confirmed for so long is told.
const UNCONFIRMED: Duration = TARGET;

/// Ways in, each counted for the member $2 of the team $1 at the moment $3.
const WAYS: [(&str, &str); 8] = [
    (
        "accounts that are not shut",
        "SELECT count(*) FROM member WHERE tenant_id = $1 AND member_id = $2 AND state = 'active' AND made_at <= $3",
    ),
    (
        "keys",
        "SELECT count(*) FROM api_key WHERE tenant_id = $1 AND member_id = $2 AND invalidated_at IS NULL \
         AND (expires_at IS NULL OR expires_at > $3)",
    ),
    (
        "sessions",
        "SELECT count(*) FROM browser_session WHERE tenant_id = $1 AND member_id = $2 AND idle_at > $3 AND ends_at > $3",
    ),
    (
        "invitations",
        "SELECT count(*) FROM invitation WHERE tenant_id = $1 AND member_id = $2 AND ends_at > $3",
    ),
    (
        "sign-ins half done",
        "SELECT count(*) FROM sign_in_step WHERE tenant_id = $1 AND member_id = $2 AND ends_at > $3",
    ),
    (
        "grants of datasets",
        "SELECT count(*) FROM dataset_grant WHERE tenant_id = $1 AND member_id = $2 AND (ends_at IS NULL OR ends_at > $3)",
    ),
    (
        "tasks",
        "SELECT count(*) FROM task WHERE tenant_id = $1 AND member_id = $2 AND state = 'live' AND ends_at > $3",
    ),
    (
        "accesses to teams",
        "SELECT count(*) FROM operator_access WHERE tenant_id <> $1 AND asked_by = $2 AND state = 'approved' AND ends_at > $3",
    ),
];

/// What closes everything of the member $2 of the team $1.
const CLOSED: &[Wrong] = &[
    "UPDATE member SET state = 'disabled' WHERE tenant_id = $1 AND member_id = $2",
    "UPDATE api_key SET invalidated_at = $3 WHERE tenant_id = $1 AND member_id = $2 AND invalidated_at IS NULL",
    "DELETE FROM browser_session WHERE tenant_id = $1 AND member_id = $2",
    "DELETE FROM invitation WHERE tenant_id = $1 AND member_id = $2",
    "DELETE FROM sign_in_step WHERE tenant_id = $1 AND member_id = $2",
    "DELETE FROM dataset_grant WHERE tenant_id = $1 AND member_id = $2",
    "UPDATE task SET state = 'ended' WHERE tenant_id = $1 AND member_id = $2 AND state = 'live'",
];
const KEY: Wrong = "INSERT INTO api_key (key_id, tenant_id, member_id, kind, scope_sealed, label_sealed, secret_hash, made_at) \
     VALUES ($4, $1, $2, 'api', $4, $4, $4, $3)";

/// Looks for what is open of people who left.
pub struct LeaversAreOut {
    /// What is planted of somebody of whom nothing is open.
    pub open: Vec<Wrong>,
}

impl Default for LeaversAreOut {
    fn default() -> Self {
        Self { open: vec![KEY] }
    }
}

#[async_trait]
impl Check for LeaversAreOut {
    fn id(&self) -> &'static str {
        "leavers-are-out"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let entries = filed(site, "leavers").await?;
        let (home, now) = (operator(site).await?, site.now());
        let waiting = site.db().read(move |tx| unconfirmed(tx, home, now)).await?;
        if entries.is_empty() && waiting == 0 {
            return Ok(Observation::out_of_scope("nobody who leaves is on file"));
        }
        let mut cases = Cases::of(self.id());
        let mut late = Vec::new();
        for entry in &entries {
            cases.looked_at(format!("{} {}", entry.id, entry.number));
            self.look_at(site, home, entry, (&mut cases, &mut late)).await?;
        }
        if waiting > 0 {
            late.push(format!(
                "entries about leavers that nobody confirmed in a day: {waiting}"
            ));
        }
        self.try_probe(site, &mut cases).await?;
        late.dedup();
        Ok(late_for(cases.seen(), &late))
    }
}

impl LeaversAreOut {
    async fn look_at(
        &self,
        site: &Site,
        home: TenantId,
        entry: &Entry,
        (cases, late): (&mut Cases, &mut Vec<String>),
    ) -> Result<(), Trouble> {
        let now = site.now();
        let Some((member, until)) = leaver(entry) else {
            late.push("an entry about a leaver names no member".to_owned());
            return Ok(());
        };
        let (is_known, open) = site
            .db()
            .read(move |tx| Ok::<_, StoreError>((is_known(tx, home, member)?, open(tx, home, member, now)?)))
            .await?;
        if !is_known {
            late.push("an entry about a leaver names nobody of the operator".to_owned());
        }
        if now >= until {
            cases.must(
                &format!(
                    "nothing of a leaver is open a day after their last ({})",
                    told(&open)
                ),
                open.is_empty(),
            );
        }
        Ok(())
    }

    async fn try_probe(&self, site: &Site, cases: &mut Cases) -> Result<(), Trouble> {
        let none = with(site, CLOSED).await?;
        cases.control("somebody of whom nothing is open is not flagged", none.is_empty());
        let one = with(site, &[CLOSED, &self.open].concat()).await?;
        cases.control("with an open key they are", !one.is_empty());
        let now = site.now();
        let today = jiff::Timestamp::from_microsecond(now.as_micros())
            .map(|moment| jiff::tz::TimeZone::UTC.to_datetime(moment).date());
        let day = |back: i64| {
            today
                .as_ref()
                .ok()?
                .checked_sub(jiff::Span::new().days(back))
                .ok()
        };
        let is_past = |back| day(back).and_then(closed_by).is_some_and(|until| now >= until);
        cases.control(
            "three days ago is past the target, and today is not",
            is_past(3) && !is_past(0),
        );
        Ok(())
    }
}

/// What is open of the probe team's worker with this planted.
async fn with(site: &Site, plants: &[Wrong]) -> Result<Vec<(&'static str, i64)>, Trouble> {
    let team = &site.probes().await?.one;
    let (now, tenant, member) = (site.now(), team.tenant, team.worker.member);
    let id = KeyId::make(now, &*site.custody.desk().random);
    let (plants, values): (Vec<Wrong>, Vec<Value>) =
        (plants.to_vec(), params![tenant, member, now, id].to_vec());
    let plant = move |tx: &mut Tx| plants.iter().try_for_each(|sql| execute(tx, sql, &values));
    planted(site.db(), plant, move |tx| open(tx, tenant, member, now)).await
}

/// Who leaves, and by when everything of theirs is closed.
fn leaver(entry: &Entry) -> Option<(MemberId, Timestamp)> {
    let member = said(entry, "member").trim().parse().ok()?;
    Some((member, closed_by(said(entry, "last_day").parse().ok()?)?))
}

fn closed_by(last_day: Date) -> Option<Timestamp> {
    Some(end_of_day(last_day)?.plus(TARGET))
}

/// What of a member is open.
fn open(
    tx: &mut Tx,
    team: TenantId,
    member: MemberId,
    now: Timestamp,
) -> Result<Vec<(&'static str, i64)>, StoreError> {
    let mut open = Vec::new();
    for (what, sql) in WAYS {
        let count = number(tx, sql, params![team, member, now])?;
        if count > 0 {
            open.push((what, count));
        }
    }
    Ok(open)
}

fn is_known(tx: &mut Tx, team: TenantId, member: MemberId) -> Result<bool, StoreError> {
    let sql = "SELECT count(*) FROM member WHERE tenant_id = $1 AND member_id = $2";
    Ok(number(tx, sql, params![team, member])? > 0)
}

fn unconfirmed(tx: &mut Tx, team: TenantId, now: Timestamp) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM register_entry WHERE tenant_id = $1 AND register = 'leavers' AND ended_at IS NULL \
         AND approved IS NULL AND made_at <= $2";
    number(tx, sql, params![team, now.minus(UNCONFIRMED)])
}

fn told(open: &[(&str, i64)]) -> String {
    let told: Vec<String> = open
        .iter()
        .map(|(what, count)| format!("{what}: {count}"))
        .collect();
    match told.is_empty() {
        true => "none".to_owned(),
        false => told.join(", "),
    }
}
