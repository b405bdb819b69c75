//! Whether what is watched is watched.

use std::time::Duration;

use async_trait::async_trait;
use kernel::{EventId, Timestamp};
use store::{StoreError, Tx, Value, params};

use super::papers::late_for;
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble, planted};
use crate::watch::{ran, reading, room};

/// Looks whether somebody who reads very much is found, by the statement of the watch over the last hour.
pub struct MassReadingIsNoticed {
    /// How often more than is usual the probe reads for the control case.
    pub beyond: i64,
}

impl Default for MassReadingIsNoticed {
    fn default() -> Self {
        Self { beyond: 1 }
    }
}

/// How long ago it may have been looked last: some turns later than every five minutes.
const RECENTLY: Duration = Duration::from_secs(15 * 60);
/// Fewer than that is ordinary.
const ORDINARY: i64 = 10;

#[async_trait]
impl Check for MassReadingIsNoticed {
    fn id(&self) -> &'static str {
        "mass-reading-is-noticed"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let mut cases = Cases::of(self.id());
        let now = site.now();
        let (ran, untold) = site
            .db()
            .read(move |tx| Ok::<_, StoreError>((ran(tx, reading::RULE)?, reading::untold(tx, now)?)))
            .await?;
        let is_recent = ran.is_some_and(|ran| ran.plus(RECENTLY) > now && ran <= now);
        cases.must("it was looked within a quarter of an hour", is_recent);
        let untold = untold.len();
        cases.must(
            &format!("readers of very much who were not told of: 0, and not {untold}"),
            untold == 0,
        );
        let much = reads(site, reading::MOST + self.beyond).await?;
        cases.control("somebody who reads very much is found", much);
        let little = reads(site, ORDINARY).await?;
        cases.control("ordinary reading is not", !little);
        Ok(cases.seen())
    }
}

/// Whether it is found when somebody of the twin team, in whose name nothing else is read, reads so often.
async fn reads(site: &Site, times: i64) -> Result<bool, Trouble> {
    let (now, team) = (site.now(), &site.probes().await?.twin);
    let (tenant, member) = (team.tenant, team.worker.member);
    let random = &*site.custody.desk().random;
    let mut values = params![tenant, member, now].to_vec();
    let mut rows = Vec::new();
    for _ in 0..times {
        values.push(Value::from(EventId::make(now, random)));
        let id = values.len();
        rows.push(format!(
            "(${id}, $1, $3, $2, 'item.download', 'done', ${id}, ${id})"
        ));
    }
    let sql = format!(
        "INSERT INTO event (event_id, tenant_id, happened_at, member_id, action, outcome, sealed, commitment) VALUES {}",
        rows.join(", ")
    );
    let plant = move |tx: &mut Tx| tx.execute(&sql, &values).map(drop);
    let found = planted(site.db(), plant, move |tx| reading::untold(tx, now)).await?;
    Ok(found
        .iter()
        .any(|reader| reader.tenant == tenant && reader.member == Some(member)))
}

/// Reckons from the readings of the last two weeks when disks will be full.
pub struct ThereIsRoom {
    /// How many bytes a day are used for the control case.
    pub a_day: i64,
}

const GIB: i64 = 1 << 30;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Default for ThereIsRoom {
    fn default() -> Self {
        Self { a_day: 20 * GIB }
    }
}

#[async_trait]
impl Check for ThereIsRoom {
    fn id(&self) -> &'static str {
        "there-is-room"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let now = site.now();
        let readings = site.db().read(move |tx| room::readings(tx, now)).await?;
        if readings.is_empty() {
            return Ok(Observation::out_of_scope("no disk was looked at yet"));
        }
        let mut cases = Cases::of(self.id());
        for reading in &readings {
            cases.looked_at(reading.free.to_be_bytes());
        }
        let steep = growing(site, self.a_day).await?;
        cases.control("steep growth is noticed", steep);
        let slow = growing(site, GIB / 10).await?;
        cases.control("slow growth is not", !slow);
        Ok(late_for(cases.seen(), &room::trouble(&readings)))
    }
}

/// Whether it is told of a node whose disk had 100 GiB free yesterday and has so much less now.
async fn growing(site: &Site, a_day: i64) -> Result<bool, Trouble> {
    const KEEP: &str =
        "INSERT INTO disk_reading (node, read_at, free_bytes, size_bytes) VALUES ($1, $2, $3, $4)";
    let now = site.now();
    let plant = move |tx: &mut Tx| {
        let keep = |tx: &mut Tx, at: Timestamp, free: i64| {
            tx.execute(KEEP, params!["bailee-probe", at, free, 200 * GIB])
                .map(drop)
        };
        keep(tx, now.minus(DAY), 100 * GIB)?;
        keep(tx, now, 100 * GIB - a_day)
    };
    let seen = planted(site.db(), plant, move |tx| room::readings(tx, now)).await?;
    Ok(room::trouble(&seen)
        .iter()
        .any(|told| told.contains("bailee-probe")))
}
