//! What a transaction promises, on both engines.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by them")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use common::with_tables;
use engines::{Engine, on_both};
use kernel::{TenantId, Timestamp};
use store::{Options, StoreError, Tx, Value, params};

const PUT: &str = "INSERT INTO counter (name, value) VALUES ($1, $2)";
const GET: &str = "SELECT value FROM counter WHERE name = $1";
const SET: &str = "UPDATE counter SET value = $2 WHERE name = $1";

fn put(tx: &mut Tx, name: &str, value: i64) -> Result<(), StoreError> {
    tx.execute(PUT, params![name, value]).map(drop)
}

fn get(tx: &mut Tx, name: &str) -> Result<Option<i64>, StoreError> {
    tx.optional(GET, params![name])?.map(|row| row.get(0)).transpose()
}

/// A caller's own error, which forgets what the store said.
#[derive(Debug, PartialEq)]
enum Refused {
    ByRule,
    ByStore,
}

impl From<StoreError> for Refused {
    fn from(_: StoreError) -> Self {
        Self::ByStore
    }
}

on_both! {
    fn every_kind_comes_back_as_it_was(db: TestDb) {
        with_tables(&db);
        let tenant = TenantId::make(common::NOON, &kernel::SystemRandom);
        let row = db.write_blocking(move |tx| {
            tx.execute(
                "INSERT INTO kinds (id, words, number, raw, truth) VALUES ($1, $2, $3, $4, $5)",
                params![1, "Grüße \u{1F600}", i64::MIN, tenant, true],
            )?;
            tx.one("SELECT words, number, raw, truth FROM kinds WHERE id = $1", params![1])
        }).unwrap();
        assert_eq!(row.get::<String>(0).unwrap(), "Grüße \u{1F600}");
        assert_eq!(row.get::<i64>(1).unwrap(), i64::MIN);
        assert_eq!(row.get::<TenantId>(2).unwrap(), tenant);
        assert!(row.get::<bool>(3).unwrap());
        assert_eq!(row.get::<Timestamp>(1).unwrap(), Timestamp::from_micros(i64::MIN));
    }

    fn null_is_refused_where_a_value_is_wanted(db: TestDb) {
        with_tables(&db);
        let row = db.write_blocking(|tx| {
            tx.execute("INSERT INTO kinds (id, words) VALUES ($1, $2)", params![1, None::<&str>])?;
            tx.one("SELECT words, number, raw, truth FROM kinds", &[])
        }).unwrap();
        assert_eq!(row.get::<String>(0), Err(StoreError::Null { column: 0 }));
        assert_eq!(row.get::<i64>(1), Err(StoreError::Null { column: 1 }));
        assert_eq!(row.get::<Vec<u8>>(2), Err(StoreError::Null { column: 2 }));
        assert_eq!(row.get::<bool>(3), Err(StoreError::Null { column: 3 }));
        assert_eq!(row.get::<Option<bool>>(3), Ok(None));
    }

    fn another_kind_is_refused(db: TestDb) {
        with_tables(&db);
        let row = db.read_blocking(|tx| tx.one("SELECT 'text', CAST(5 AS BIGINT)", &[])).unwrap();
        assert!(matches!(row.get::<i64>(0), Err(StoreError::Kind { position: 0, .. })));
        assert!(matches!(row.get::<String>(1), Err(StoreError::Kind { position: 1, .. })));
        assert!(matches!(row.get::<bool>(1), Err(StoreError::Kind { position: 1, .. })));
        assert!(matches!(row.get::<i64>(9), Err(StoreError::Kind { position: 9, .. })));
        let fraction = db.read_blocking(|tx| tx.one("SELECT 1.5", &[]));
        assert!(matches!(fraction, Err(StoreError::Kind { position: 0, .. })), "{fraction:?}");
        let words = db.write_blocking(|tx| {
            tx.execute("INSERT INTO kinds (id, number) VALUES ($1, $2)", params![1, "abc"])
        });
        assert!(matches!(words, Err(StoreError::Sql { .. })), "{words:?}");
        let nul = db.write_blocking(|tx| tx.execute(PUT, params!["a\0b", 1]));
        assert!(matches!(nul, Err(StoreError::Kind { position: 0, .. })), "{nul:?}");
    }

    fn parameters_are_numbered_and_counted(db: TestDb) {
        let row = db.read_blocking(|tx| {
            tx.one("SELECT CAST($2 AS TEXT), CAST($1 AS TEXT), CAST($2 AS TEXT)", params!["one", "two"])
        }).unwrap();
        assert_eq!(row, store::Row::new(vec!["two".into(), "one".into(), "two".into()]));
        let short = db.read_blocking(|tx| tx.one("SELECT CAST($1 AS TEXT)", &[]));
        assert!(matches!(short, Err(StoreError::Sql { .. })), "{short:?}");
    }

    fn numbers_of_rows_are_checked(db: TestDb) {
        with_tables(&db);
        db.write_blocking(|tx| { put(tx, "a", 1)?; put(tx, "b", 2) }).unwrap();
        db.read_blocking(|tx| {
            assert_eq!(tx.optional(GET, params!["c"])?, None);
            assert_eq!(tx.one(GET, params!["c"]), Err(StoreError::Rows { wanted: "exactly one", found: 0 }));
            let two = tx.one("SELECT value FROM counter", &[]);
            assert_eq!(two, Err(StoreError::Rows { wanted: "exactly one", found: 2 }));
            assert!(tx.optional("SELECT value FROM counter", &[]).is_err());
            assert_eq!(tx.all("SELECT value FROM counter ORDER BY name", &[])?.len(), 2);
            Ok::<_, StoreError>(())
        }).unwrap();
    }

    fn a_second_row_of_a_key_is_named_as_such(db: TestDb) {
        with_tables(&db);
        let twice = db.write_blocking(|tx| { put(tx, "secret-name", 1)?; put(tx, "secret-name", 2) });
        let error = twice.unwrap_err();
        assert_eq!(error, StoreError::Unique { table: "counter".into(), columns: "name".into() });
        assert!(error.is_unique() && !error.to_string().contains("secret-name"));
        assert_eq!(db.read_blocking(|tx| get(tx, "secret-name")), Ok(None));
    }

    fn other_constraints_are_told_apart(db: TestDb) {
        let sql = "CREATE TABLE parent (id {int} NOT NULL PRIMARY KEY) {strict};
                   CREATE TABLE child (parent_id {int} NOT NULL REFERENCES parent(id), age {int},
                       CONSTRAINT adult CHECK (age >= 18)) {strict};";
        db.migrate(&[store::Migration { id: 1, name: "family", sql }]).unwrap();
        let child = "INSERT INTO child (parent_id, age) VALUES ($1, $2)";
        let run = |parent: Option<i64>, age: i64| db.write_blocking(move |tx| {
            tx.execute("INSERT INTO parent (id) VALUES ($1)", params![1])?;
            tx.execute(child, params![parent, age])
        });
        assert_eq!(run(Some(2), 20), Err(StoreError::ForeignKey));
        assert_eq!(run(None, 20), Err(StoreError::NotNull { column: "child.parent_id".into() }));
        assert_eq!(run(Some(1), 3), Err(StoreError::Check { constraint: "adult".into() }));
        assert_eq!(run(Some(1), 18), Ok(1));
    }

    fn an_error_leaves_no_trace(db: TestDb) {
        with_tables(&db);
        let refused = db.write_blocking(|tx| { put(tx, "a", 1)?; Err::<(), _>(Refused::ByRule) });
        assert_eq!(refused, Err(Refused::ByRule));
        assert_eq!(db.read_blocking(|tx| get(tx, "a")), Ok(None));
    }

    fn a_swallowed_failure_does_not_commit(db: TestDb) {
        with_tables(&db);
        let swallowed = db.write_blocking(|tx| {
            put(tx, "a", 1)?;
            let _ = put(tx, "a", 2);
            assert_eq!(put(tx, "b", 3), Err(StoreError::Aborted));
            Ok::<_, StoreError>(())
        });
        assert!(swallowed.unwrap_err().is_unique());
        assert_eq!(db.read_blocking(|tx| get(tx, "a")), Ok(None));
    }

    fn an_attempt_may_fail_alone(db: TestDb) {
        with_tables(&db);
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        db.write_blocking(move |tx| {
            put(tx, "a", 1)?;
            let (lost, kept) = (Arc::clone(&counted), Arc::clone(&counted));
            let failed = tx.attempt(|tx| {
                tx.on_commit(move || { lost.fetch_add(100, Ordering::SeqCst); });
                put(tx, "b", 1)?;
                put(tx, "a", 2)
            });
            assert!(failed.is_err_and(|error: StoreError| error.is_unique()));
            tx.attempt(|tx| {
                tx.on_commit(move || { kept.fetch_add(1, Ordering::SeqCst); });
                put(tx, "c", 1)
            })
        }).unwrap();
        let left = db.read_blocking(|tx| tx.all("SELECT name FROM counter ORDER BY name", &[])).unwrap();
        assert_eq!(left.iter().map(|row| row.get::<String>(0).unwrap()).collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    fn a_read_cannot_write(db: TestDb) {
        with_tables(&db);
        assert_eq!(db.read_blocking(|tx| put(tx, "a", 1)), Err(StoreError::ReadOnly));
    }

    fn a_panic_goes_to_its_caller_and_no_further(db: TestDb) {
        with_tables(&db);
        for _ in 0..10 {
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                db.write_blocking(|tx| { put(tx, "a", 1)?; panic!("a mistake"); #[allow(unreachable_code)] Ok::<(), StoreError>(()) })
            }));
            assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"a mistake"));
        }
        assert_eq!(db.write_blocking(|tx| { put(tx, "a", 2)?; get(tx, "a") }), Ok(Some(2)));
    }

    async fn no_increment_is_lost_and_each_hook_runs_once(db: TestDb) {
        with_tables(&db);
        db.write(|tx| put(tx, "hot", 0)).await.unwrap();
        let (runs, hooks) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let mut tasks = Vec::new();
        for _ in 0..16 {
            let (db, runs, hooks) = ((*db).clone(), Arc::clone(&runs), Arc::clone(&hooks));
            tasks.push(tokio::spawn(async move {
                for _ in 0..10 {
                    let (runs, hooks) = (Arc::clone(&runs), Arc::clone(&hooks));
                    // The error type hides that a run should be repeated; the transaction knows.
                    db.write(move |tx| {
                        runs.fetch_add(1, Ordering::SeqCst);
                        let hooks = Arc::clone(&hooks);
                        tx.on_commit(move || { hooks.fetch_add(1, Ordering::SeqCst); });
                        let value = get(tx, "hot")?.ok_or(Refused::ByRule)?;
                        tx.execute(SET, params!["hot", value + 1])?;
                        Ok::<_, Refused>(())
                    }).await.unwrap();
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(db.read(|tx| get(tx, "hot")).await, Ok(Some(160)));
        assert_eq!(hooks.load(Ordering::SeqCst), 160);
        match db.engine() {
            Engine::Sqlite => assert_eq!(runs.load(Ordering::SeqCst), 160),
            Engine::Postgres => assert!((160..16 * 160).contains(&runs.load(Ordering::SeqCst))),
        }
    }

    fn hooks_of_a_refusal_never_run(db: TestDb) {
        let ran = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&ran);
        let refused = db.write_blocking(move |tx| {
            let counted = Arc::clone(&counted);
            tx.on_commit(move || { counted.fetch_add(1, Ordering::SeqCst); });
            Err::<(), _>(Refused::ByRule)
        });
        assert_eq!(refused, Err(Refused::ByRule));
        // A second write has gone through after the first: no hook can be on its way any more.
        db.write_blocking(|_| Ok::<_, StoreError>(())).unwrap();
        assert_eq!(ran.load(Ordering::SeqCst), 0);
    }

    fn hooks_run_after_the_commit_and_before_the_answer(db: TestDb) {
        with_tables(&db);
        let other = db.open_again(Options { readers: 1, writers: 1, ..Options::default() });
        let (send, receive) = std::sync::mpsc::channel();
        db.write_blocking(move |tx| {
            put(tx, "a", 7)?;
            let (other, send) = (other.clone(), send.clone());
            tx.on_commit(move || send.send(other.read_blocking(|tx| get(tx, "a"))).unwrap());
            Ok::<_, StoreError>(())
        }).unwrap();
        assert_eq!(receive.try_recv().unwrap(), Ok(Some(7)));
    }

    async fn a_dropped_future_does_not_stop_a_write_halfway(db: TestDb) {
        with_tables(&db);
        drop(common::begin(db.write(|tx| { put(tx, "a", 1)?; put(tx, "b", 2) })));
        // All threads that write have to answer once after it.
        let after = (0..8).map(|number| common::begin(db.write(move |tx| put(tx, &format!("after-{number}"), 0))));
        for write in after.collect::<Vec<_>>() {
            write.await.unwrap();
        }
        let sum = db.read(|tx| tx.one("SELECT count(*) FROM counter WHERE name IN ('a', 'b')", &[])).await.unwrap();
        assert!([0, 2].contains(&sum.get::<i64>(0).unwrap()));
    }

    fn a_statement_is_checked_without_running(db: TestDb) {
        with_tables(&db);
        db.prepare_check(PUT).unwrap();
        assert!(db.prepare_check("SELECT nothing FROM nowhere").is_err());
        assert!(db.prepare_check("SELECT \"typo\" FROM counter").is_err(), "a quoted typo is no string");
        assert_eq!(db.read_blocking(|tx| tx.one("SELECT count(*) FROM counter", &[])).unwrap().get(0), Ok(0_i64));
    }

    fn a_table_that_changed_under_a_prepared_statement_is_no_error(db: TestDb) {
        with_tables(&db);
        let all = "SELECT * FROM counter";
        db.write_blocking(|tx| put(tx, "a", 1)).unwrap();
        for _ in 0..8 { db.read_blocking(move |tx| tx.all(all, &[])).unwrap(); }
        let more = store::Migration { id: 102, name: "more", sql: "ALTER TABLE counter ADD COLUMN more {int};" };
        db.migrate(&[store::MIGRATIONS, common::TABLES, &[more]].concat()).unwrap();
        for _ in 0..8 {
            let rows = db.read_blocking(move |tx| tx.all(all, &[])).unwrap();
            assert_eq!(rows[0].width(), 3);
        }
    }
}

#[test]
fn null_has_its_kind() {
    assert_eq!(Value::from(None::<i64>).kind(), "null");
}
