//! Emptying the log of writes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod common;

use std::path::Path;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use common::{bytes, with_tables};
use engines::{Engine, on_both};
use store::{Db, StoreError, params};

const PUT: &str = "INSERT INTO kinds (id, raw) VALUES ($1, $2)";
const COUNT: &str = "SELECT count(*) FROM kinds";

fn fill(db: &Db, ids: std::ops::Range<i64>) {
    for id in ids {
        let raw = bytes(10_000);
        let put = db.write_blocking(move |tx| tx.execute(PUT, params![id, &raw]));
        assert_eq!(put, Ok(1));
    }
}

fn count(db: &Db) -> Result<i64, StoreError> {
    db.read_blocking(|tx| tx.one(COUNT, &[])?.get(0))
}

fn log_size(db: &Db) -> u64 {
    let sql = "SELECT file FROM pragma_database_list WHERE name = 'main'";
    let file: String = db
        .read_blocking(|tx| tx.one(sql, &[])?.get(0))
        .map_err(|error: StoreError| error)
        .unwrap();
    Path::new(&format!("{file}-wal")).metadata().unwrap().len()
}

on_both! {
    fn nothing_is_lost_when_the_log_is_emptied(db: TestDb) {
        with_tables(&db);
        fill(&db, 0..20);
        assert_eq!(db.compact_log(), Ok(true));
        assert!(db.engine() == Engine::Postgres || log_size(&db) == 0);
        fill(&db, 20..30);
        assert_eq!(count(&db), Ok(30));
        assert_eq!(db.compact_log(), Ok(true));
        assert_eq!(count(&db), Ok(30));
    }

    fn a_reader_is_not_disturbed(db: TestDb) {
        with_tables(&db);
        fill(&db, 0..20);
        let (begun, has_begun) = channel();
        let (go_on, may_go_on) = channel();
        let may_go_on = Arc::new(Mutex::new(may_go_on));
        let same: Db = (*db).clone();
        let reader = std::thread::spawn(move || same.read_blocking(move |tx| {
            let before: i64 = tx.one(COUNT, &[])?.get(0)?;
            begun.send(()).unwrap();
            may_go_on.lock().unwrap().recv().unwrap();
            Ok::<_, StoreError>((before, tx.one(COUNT, &[])?.get::<i64>(0)?))
        }));
        has_begun.recv().unwrap();
        fill(&db, 20..30);
        // Its state of the database is partly in the log.
        assert_eq!(db.compact_log(), Ok(db.engine() == Engine::Postgres));
        go_on.send(()).unwrap();
        assert_eq!(reader.join().unwrap(), Ok((20, 20)));
        assert_eq!(db.compact_log(), Ok(true));
        assert_eq!(count(&db), Ok(30));
    }
}
