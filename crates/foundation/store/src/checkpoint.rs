//! Copying SQLite's log into the database file, beside the writer.
//!
//! ```text
//! writer  | commit | commit | commit | commit | the last pages | commits, from the log's beginning again
//! copier           | 8192 pages               | what came meanwhile |
//! ```
//!
//! The log begins anew only once all of it is in the file, so only in a moment when nothing is added to it. Copying 32 MiB in
//! that moment would hold up everybody for 40 ms. A passive checkpoint holds up nobody but may not reach the
//! end; so a thread of its own makes those, and leaves to the writer the few pages that came meanwhile.
//!
//! A checkpoint that fails has lost nothing: the log still holds what was not copied (sqlite.org/wal.html), and the next one
//! tries again. If the log itself cannot be written, the next commit hears of it (`durable`).
//!
//! Leaves out: giving the log's room back to the disk (`compact`).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender};

use crate::StoreError;
use crate::driver::Driver;

/// Pages which wait to be copied, from which on it is worth waiting for the disk twice: 32 MiB.
const ENOUGH: i64 = 8192;
/// So few that the writer copies them itself.
const FEW: i64 = 512;
/// The copier's passes, after which the writer takes what is left, however much it is.
const PASSES: usize = 4;
/// Commits from one look at the log to the next.
const STRIDE: u64 = 16;

/// Each of these gives one row: whether somebody was in the way, pages in the log, pages of it that are in the file
/// (sqlite.org/pragma.html#pragma_wal_checkpoint).
const LOOK: &str = "PRAGMA wal_checkpoint(NOOP)";
const COPY: &str = "PRAGMA wal_checkpoint(PASSIVE)";
/// As [`COPY`], and then waits for those who still read from the log, so that the next commit begins it anew. Who comes to read
/// meanwhile finds all of it in the file and is not in the way.
const BEGIN_ANEW: &str = "PRAGMA wal_checkpoint(RESTART)";
/// Milliseconds that the writer waits for readers; a long one is left alone, and the log grows.
const PATIENCE: &str = "PRAGMA busy_timeout = 10";

/// The writer's end.
pub(crate) struct Copier {
    wake: Sender<()>,
    rest: Arc<AtomicBool>,
    commits: u64,
}

impl Copier {
    /// The writer's end, and what another thread runs, on a connection of its own, until the writer is gone.
    pub(crate) fn new(mut driver: Box<dyn Driver>) -> (Self, impl FnOnce() + Send) {
        let (wake, woken) = crossbeam_channel::bounded(1);
        let rest = Arc::new(AtomicBool::new(false));
        let copier = Self {
            wake,
            rest: Arc::clone(&rest),
            commits: 0,
        };
        (copier, move || serve(&mut *driver, &woken, &rest))
    }

    /// To be called after each commit, by the writer and with its connection.
    pub(crate) fn committed(&mut self, driver: &mut dyn Driver) {
        self.commits += 1;
        if self.rest.swap(false, Ordering::Relaxed) {
            // What fails here is tried again, see above.
            let _ = begin_anew(driver);
        } else if self.commits.is_multiple_of(STRIDE) {
            // Full: it is awake already.
            let _ = self.wake.try_send(());
        }
    }
}

fn serve(driver: &mut dyn Driver, woken: &Receiver<()>, rest: &AtomicBool) {
    for () in woken {
        if waiting(driver, LOOK).is_ok_and(|pages| pages >= ENOUGH) {
            copy_most(driver);
            rest.store(true, Ordering::Relaxed);
        }
    }
}

/// Copies the last pages, and makes the next commit begin at the log's beginning.
fn begin_anew(driver: &mut dyn Driver) -> Result<(), StoreError> {
    let rows = driver.query("PRAGMA busy_timeout", &[], 1)?;
    let usual: i64 = rows.first().map_or(Ok(0), |row| row.get(0))?;
    driver.batch(PATIENCE)?;
    let copied = waiting(driver, BEGIN_ANEW);
    driver.batch(&format!("PRAGMA busy_timeout = {usual}"))?;
    copied.map(drop)
}

/// Copies until little is left, or what is left grows no smaller: somebody reads what is older.
fn copy_most(driver: &mut dyn Driver) {
    let mut last = i64::MAX;
    for _ in 0..PASSES {
        match waiting(driver, COPY).and_then(|_| waiting(driver, LOOK)) {
            Ok(left) if FEW < left && left < last => last = left,
            _ => return,
        }
    }
}

/// Runs one of these; gives the pages that are still to be copied.
fn waiting(driver: &mut dyn Driver, act: &str) -> Result<i64, StoreError> {
    let rows = driver.query(act, &[], 1)?;
    let Some(row) = rows.first() else {
        return Ok(0);
    };
    let (log, copied): (i64, i64) = (row.get(1)?, row.get(2)?);
    Ok(log - copied)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::Options;
    use crate::sqlite::Sqlite;

    /// A database file with a table, and its writing connection.
    fn database(path: &Path) -> Sqlite {
        let mut writer = Sqlite::writer(path, &Options::default()).unwrap();
        writer.batch("CREATE TABLE t (b BLOB NOT NULL) STRICT").unwrap();
        writer
    }

    fn write(writer: &mut Sqlite, pages: i64) {
        let numbers = format!("VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {pages}");
        let sql = format!("INSERT INTO t WITH RECURSIVE n(i) AS ({numbers}) SELECT zeroblob(4000) FROM n");
        writer.batch(&sql).unwrap();
    }

    /// Pages in the log.
    fn pages(driver: &mut Sqlite) -> i64 {
        driver.query(LOOK, &[], 1).unwrap()[0].get(1).unwrap()
    }

    #[test]
    fn what_the_copier_leaves_the_writer_copies_and_the_log_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let mut writer = database(&path);
        let (mut copier, serve) = Copier::new(Box::new(Sqlite::copier(&path, &Options::default()).unwrap()));
        write(&mut writer, ENOUGH);
        for _ in 0..STRIDE {
            copier.committed(&mut writer);
        }
        let rest = Arc::clone(&copier.rest);
        let thread = std::thread::spawn(serve);
        while !rest.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        write(&mut writer, 10);
        assert!(waiting(&mut writer, LOOK).unwrap() >= 10);
        copier.committed(&mut writer);
        assert_eq!(waiting(&mut writer, LOOK), Ok(0));
        write(&mut writer, 1);
        assert!(pages(&mut writer) < 10, "the log began anew");
        drop(copier);
        thread.join().unwrap();
    }

    #[test]
    fn a_long_reader_does_not_hold_the_writer_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let mut writer = database(&path);
        write(&mut writer, 100);
        let mut reader = Sqlite::reader(&path, &Options::default()).unwrap();
        reader.batch("BEGIN").unwrap();
        reader.query("SELECT count(*) FROM t", &[], 1).unwrap();
        begin_anew(&mut writer).unwrap();
        write(&mut writer, 1);
        assert!(
            pages(&mut writer) > 100,
            "somebody still reads what is in the log"
        );
        reader.batch("ROLLBACK").unwrap();
        begin_anew(&mut writer).unwrap();
        write(&mut writer, 1);
        assert!(pages(&mut writer) < 10, "the log began anew");
        let patience = writer.query("PRAGMA busy_timeout", &[], 1).unwrap();
        let usual = i64::try_from(Options::default().busy_timeout.as_millis()).unwrap();
        assert_eq!(patience[0].get(0), Ok(usual));
    }

    #[test]
    fn who_reads_what_is_older_stops_the_copying_and_not_the_copier() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let mut writer = database(&path);
        let mut reader = Sqlite::reader(&path, &Options::default()).unwrap();
        reader.batch("BEGIN").unwrap();
        reader.query("SELECT count(*) FROM t", &[], 1).unwrap();
        write(&mut writer, 100);
        let mut driver = Sqlite::copier(&path, &Options::default()).unwrap();
        copy_most(&mut driver);
        assert!(waiting(&mut driver, LOOK).unwrap() >= 100);
        reader.batch("ROLLBACK").unwrap();
        copy_most(&mut driver);
        assert_eq!(waiting(&mut driver, LOOK), Ok(0));
    }
}
