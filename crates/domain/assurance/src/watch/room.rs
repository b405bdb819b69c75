//! How much room is left on the disk, and when there will be none.
//!
//! What is read is the file system of the data folder of the node that runs checks. A database or a store elsewhere is not seen.

use std::time::Duration;

use kernel::Timestamp;
use store::{StoreError, Tx, params};

use super::note;
use crate::error::Result;
use crate::runner::Assurance;

pub(crate) const RULE: &str = "room";
/// How often it is written down.
pub(crate) const EVERY: Duration = Duration::from_secs(60 * 60);
/// How long it is kept.
const KEPT: Duration = Duration::from_secs(60 * 24 * 60 * 60);
/// From how far back growth is reckoned, and from how much time at least.
const LOOKED_BACK: Duration = Duration::from_secs(14 * 24 * 60 * 60);
const LEAST: Duration = Duration::from_secs(20 * 60 * 60);
/// How soon a disk must not be full.
const HORIZON: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// With less than this, something is refused soon whatever the growth.
const FEW_BYTES: i64 = 1 << 30;

const KEEP: &str = "INSERT INTO disk_reading (node, read_at, free_bytes, size_bytes) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (node, read_at) DO NOTHING";
const FORGET: &str = "DELETE FROM disk_reading WHERE read_at < $1";
const READINGS: &str =
    "SELECT node, read_at, free_bytes FROM disk_reading WHERE read_at >= $1 ORDER BY node, read_at";

/// What a node had free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) node: String,
    pub(crate) at: Timestamp,
    pub(crate) free: i64,
}

/// The readings of the last two weeks, by node and in order.
pub(crate) fn readings(tx: &mut Tx, now: Timestamp) -> std::result::Result<Vec<Reading>, StoreError> {
    let rows = tx.all(READINGS, params![now.minus(LOOKED_BACK)])?;
    let read = rows.iter().map(|row| {
        Ok(Reading {
            node: row.get(0)?,
            at: row.get(1)?,
            free: row.get(2)?,
        })
    });
    read.collect()
}

/// What is wrong with the room that these nodes have.
pub(crate) fn trouble(readings: &[Reading]) -> Vec<String> {
    let nodes = readings.chunk_by(|one, other| one.node == other.node);
    nodes.filter_map(trouble_of).collect()
}

fn trouble_of(readings: &[Reading]) -> Option<String> {
    let (first, last) = (readings.first()?, readings.last()?);
    if last.free < FEW_BYTES {
        return Some(format!("{} has {} MiB free", last.node, last.free >> 20));
    }
    let passed = last.at.as_micros().saturating_sub(first.at.as_micros());
    let used = first.free.saturating_sub(last.free);
    if used <= 0 || passed < micros(LEAST) {
        return None;
    }
    // Wide enough for bytes times microseconds.
    let left = i128::from(last.free) * i128::from(passed) / i128::from(used);
    let days = left / i128::from(micros(Duration::from_secs(24 * 60 * 60)));
    (left < i128::from(micros(HORIZON))).then(|| format!("the disk of {} is full in {days} days", last.node))
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

impl Assurance {
    pub(super) async fn watch_room(&self) -> Result<()> {
        let (now, node) = (self.site().now(), self.node().to_owned());
        let room = self
            .site()
            .folders
            .first()
            .and_then(|folder| rustix::fs::statvfs(folder).ok());
        let kept = self.site().db().write(move |tx| {
            if let Some(disk) = &room {
                let bytes =
                    |blocks: u64| i64::try_from(blocks.saturating_mul(disk.f_frsize)).unwrap_or(i64::MAX);
                tx.execute(
                    KEEP,
                    params![&node, now, bytes(disk.f_bavail), bytes(disk.f_blocks)],
                )?;
            }
            tx.execute(FORGET, params![now.minus(KEPT)])?;
            note(tx, RULE, now)
        });
        Ok(kept.await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);
    const GIB: i64 = 1 << 30;

    fn readings(free: &[i64], every: Duration) -> Vec<Reading> {
        let mut at = Timestamp::from_micros(0);
        let mut all = Vec::new();
        for free in free {
            all.push(Reading {
                node: "one".into(),
                at,
                free: *free,
            });
            at = at.plus(every);
        }
        all
    }

    #[test]
    fn steep_growth_is_told_and_slow_growth_is_not() {
        let steep = readings(&[100 * GIB, 90 * GIB, 80 * GIB], HOUR * 24);
        assert_eq!(trouble(&steep), ["the disk of one is full in 8 days"]);
        assert!(trouble(&readings(&[100 * GIB, 99 * GIB], HOUR * 24)).is_empty());
        assert!(trouble(&readings(&[80 * GIB, 100 * GIB], HOUR * 24)).is_empty());
    }

    #[test]
    fn an_hour_says_nothing_about_a_fortnight() {
        assert!(trouble(&readings(&[100 * GIB, 50 * GIB], HOUR)).is_empty());
        assert!(trouble(&[]).is_empty());
    }

    #[test]
    fn little_room_is_told_without_growth_and_for_each_node() {
        let mut two = readings(&[100 * GIB], HOUR);
        two.push(Reading {
            node: "two".into(),
            at: Timestamp::from_micros(0),
            free: 5 << 20,
        });
        assert_eq!(trouble(&two), ["two has 5 MiB free"]);
    }
}
