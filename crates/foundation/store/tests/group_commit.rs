//! Group commit on SQLite: neighbours neither hurt each other nor wait for a commit each.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by them")]

mod common;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use common::{begin, bytes, unavailable, with_tables};
use engines::{Engine, TestDb, block_on};
use store::{Db, Options, StoreError, Tx, params};

const PUT: &str = "INSERT INTO counter (name, value) VALUES ($1, $2)";
const COUNT: &str = "SELECT count(*) FROM counter";

type Write = Box<dyn Fn(&mut Tx) -> Result<i64, StoreError> + Send>;
type Answer = Pin<Box<dyn Future<Output = Result<i64, StoreError>> + Send>>;

fn put(name: &'static str) -> Write {
    Box::new(move |tx| {
        tx.execute(PUT, params![name, 0])?;
        tx.one(COUNT, &[])?.get(0)
    })
}

/// Holds the writer until all have queued, so that they share one commit with whoever holds it.
fn together(db: &Db, writes: Vec<Write>) -> Vec<Result<i64, StoreError>> {
    let (entered, wait_entered) = std::sync::mpsc::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    // Taken by the first run: when the group is lost the closure runs again, and then waits for nobody.
    let released = Mutex::new(Some(released));
    let gate = begin(db.write(move |_| {
        if let Some(released) = released.lock().unwrap().take() {
            entered.send(()).unwrap();
            released.recv().unwrap();
        }
        Ok::<_, StoreError>(())
    }));
    wait_entered.recv().unwrap();
    let answers: Vec<Answer> = writes
        .into_iter()
        .map(|write| begin(db.write(move |tx| write(tx))))
        .collect();
    release.send(()).unwrap();
    block_on(async {
        gate.await.unwrap();
        let mut all = Vec::new();
        for answer in answers {
            all.push(answer.await);
        }
        all
    })
}

fn names(db: &Db) -> Vec<String> {
    let rows = db
        .read_blocking(|tx| tx.all("SELECT name FROM counter ORDER BY name", &[]))
        .unwrap();
    rows.iter().map(|row| row.get(0).unwrap()).collect()
}

fn sqlite(options: Options) -> TestDb {
    let db = TestDb::with(Engine::Sqlite, options);
    with_tables(&db);
    db
}

const TWELVE: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

#[test]
fn few_commits_serve_all_who_wait() {
    let db = sqlite(Options::default());
    let before = db.counters();
    let answers = together(&db, TWELVE.map(put).into());
    let later_see_the_earlier: Vec<_> = (1..=12).map(Ok).collect();
    assert_eq!(answers, later_see_the_earlier);
    let after = db.counters();
    assert_eq!(after.runs - before.runs, 13);
    // The gate's, which nobody had joined yet, and groups of at least half of those who wait.
    let commits = after.commits - before.commits;
    assert!((2..=4).contains(&commits), "{commits}");
}

#[test]
fn without_groups_each_has_its_own_commit() {
    let db = sqlite(Options {
        batch: 1,
        ..Options::default()
    });
    let before = db.counters().commits;
    assert_eq!(
        together(&db, vec![put("a"), put("b"), put("c")]),
        [Ok(1), Ok(2), Ok(3)]
    );
    assert_eq!(db.counters().commits - before, 4);
}

#[test]
fn a_group_has_at_most_so_many_members() {
    let db = sqlite(Options {
        batch: 2,
        ..Options::default()
    });
    let before = db.counters().commits;
    let answers = together(&db, TWELVE.map(put).into());
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let commits = db.counters().commits - before;
    assert!(commits >= 7, "the gate's and six pairs, not {commits}");
}

#[test]
fn a_failure_does_not_hurt_its_neighbours() {
    let db = sqlite(Options::default());
    let half: Write = Box::new(|tx| {
        tx.execute(PUT, params!["half", 0])?;
        tx.execute(PUT, params!["a", 0])?;
        Ok(0)
    });
    let refuses: Write = Box::new(|tx| {
        // Not observed by the others: only its savepoint goes.
        tx.execute(PUT, params!["refused", 0])?;
        Err(StoreError::Contention)
    });
    let answers = together(&db, vec![put("a"), half, refuses, put("b")]);
    assert_eq!(answers[0], Ok(1));
    assert!(answers[1].as_ref().is_err_and(StoreError::is_unique));
    assert_eq!(answers[2], Err(StoreError::Contention));
    assert_eq!(answers[3], Ok(2));
    assert_eq!(names(&db), ["a", "b"]);
}

#[test]
fn a_closure_that_ends_the_transaction_takes_nobody_with_it() {
    let db = sqlite(Options::default());
    let ends: Write = Box::new(|tx| {
        tx.execute(PUT, params!["ends", 0])?;
        tx.execute("ROLLBACK", &[])?;
        Ok(0)
    });
    let answers = together(&db, vec![put("a"), ends, put("b")]);
    assert_eq!(answers[0], Ok(1), "run again after its first run was lost");
    assert!(
        matches!(answers[1], Err(StoreError::Sql { .. })),
        "{:?}",
        answers[1]
    );
    assert_eq!(answers[2], Ok(2));
    assert_eq!(names(&db), ["a", "b"]);
}

#[test]
fn hooks_run_once_for_those_who_committed() {
    let db = sqlite(Options::default());
    let calls = Arc::new(AtomicU64::new(0));
    let hooked = |weight: u64, refuse: bool, end: bool| -> Write {
        let calls = Arc::clone(&calls);
        Box::new(move |tx| {
            let calls = Arc::clone(&calls);
            tx.on_commit(move || {
                calls.fetch_add(weight, Ordering::SeqCst);
            });
            if end {
                tx.execute("ROLLBACK", &[])?;
            }
            if refuse {
                Err(StoreError::Contention)
            } else {
                Ok(0)
            }
        })
    };
    together(
        &db,
        vec![
            hooked(1, false, false),
            hooked(10, true, false),
            hooked(100, false, true),
            hooked(1_000, false, false),
        ],
    );
    assert_eq!(calls.load(Ordering::SeqCst), 1_001);
}

#[test]
fn a_full_file_is_unavailability_for_who_filled_it() {
    let db = sqlite(Options {
        max_pages: Some(64),
        ..Options::default()
    });
    let large: Write = Box::new(|tx| {
        tx.execute(
            "INSERT INTO kinds (id, raw) VALUES ($1, $2)",
            params![1, bytes(600_000)],
        )?;
        Ok(0)
    });
    let answers = together(&db, vec![put("a"), large, put("b")]);
    assert_eq!(answers[0], Ok(1));
    assert!(answers[1].as_ref().is_err_and(unavailable), "{:?}", answers[1]);
    assert_eq!(answers[2], Ok(2));
    assert_eq!(names(&db), ["a", "b"]);
    let later = db.write_blocking(|tx| {
        tx.execute(
            "INSERT INTO kinds (id, raw) VALUES ($1, $2)",
            params![1, bytes(600_000)],
        )
    });
    assert!(later.is_err_and(|error| unavailable(&error)));
}
