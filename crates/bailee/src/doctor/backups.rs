//! Backups: whether there are any, how old the last one is, whether it was ever tried, and whether this database came from one whole.

use std::time::Duration;

use backup::{Run, last_run};
use kernel::Timestamp;
use store::{Db, StoreError};

use super::{Finding, day};
use crate::config::Settings;
use crate::server::Wiring;

const BACKUP: &str = "backup";
const DRILL: &str = "drill";
/// Without a schedule, a backup of this age is worth a word.
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// A backup that was not tried for so long may not be one.
const QUARTER: Duration = Duration::from_secs(90 * 24 * 60 * 60);

struct Known {
    unfinished: Option<Timestamp>,
    backup: Option<Run>,
    drill: Option<Run>,
}

pub(super) async fn checks(settings: &Settings, db: &Db, wiring: &Wiring) -> Vec<Finding> {
    let known = db.read(|tx| {
        Ok::<_, StoreError>(Known {
            unfinished: custody::erasure::unfinished_restoration(tx)?,
            backup: last_run(tx, "backup")?,
            drill: last_run(tx, "drill")?,
        })
    });
    let known = match known.await {
        Ok(known) => known,
        Err(error) => {
            return vec![Finding::fail(
                BACKUP,
                error.to_string(),
                "mend what the checks above name",
            )];
        }
    };
    if let Some(begun) = known.unfinished {
        let found = format!(
            "this database comes from a restoration of {} that did not finish",
            day(begun)
        );
        let mend = "empty the place and call `bailee restore` again; nothing of it is served";
        return vec![Finding::fail(BACKUP, found, mend)];
    }
    let now = wiring.clock.now();
    vec![
        age(settings, known.backup.as_ref(), now),
        tried(known.backup.as_ref(), known.drill.as_ref(), now),
    ]
}

fn age(settings: &Settings, last: Option<&Run>, now: Timestamp) -> Finding {
    let Some(last) = last else {
        let mend = "set `backup.to` and `backup.every`, or call `bailee backup --to WHERE`";
        return Finding::warn(BACKUP, "none was ever made", mend);
    };
    let found = format!("the last one is of {}, in {}", day(last.begun_at), last.shelf);
    // A run takes its time, and the one before may have failed once.
    let most = settings.backup.every.map_or(WEEK, |every| every * 2);
    match last.begun_at.plus(most) < now {
        true => Finding::warn(
            BACKUP,
            found,
            "see in the log why none was made since, or call `bailee backup`",
        ),
        false => Finding::ok(BACKUP, found),
    }
}

fn tried(backup: Option<&Run>, drill: Option<&Run>, now: Timestamp) -> Finding {
    let mend = "call `bailee drill`: a backup that was never restored may not be one";
    match (backup, drill) {
        (None, _) => Finding::ok(DRILL, "there is nothing to try"),
        (Some(_), None) => Finding::warn(DRILL, "no backup was ever tried", mend),
        (Some(_), Some(drill)) if drill.done_at.plus(QUARTER) < now => {
            Finding::warn(DRILL, format!("the last was on {}", day(drill.done_at)), mend)
        }
        (Some(_), Some(drill)) => {
            Finding::ok(DRILL, format!("the last was on {}, and well", day(drill.done_at)))
        }
    }
}
