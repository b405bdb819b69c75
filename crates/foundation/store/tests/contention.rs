//! Retries are bounded, and what is lost comes back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by them")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use common::{begin, unavailable, with_tables};
use engines::{Engine, PostgresServer, ServerOptions, TestDb, on_both};
use store::{Db, Options, StoreError, params};

const PUT: &str = "INSERT INTO counter (name, value) VALUES ($1, $2)";
const ADD: &str = "UPDATE counter SET value = value + 1 WHERE name = $1";
const GET: &str = "SELECT value FROM counter WHERE name = $1";

fn small() -> Options {
    Options {
        readers: 1,
        writers: 1,
        attempts: 3,
        busy_timeout: Duration::from_millis(20),
        ..Options::default()
    }
}

#[test]
fn postgres_gives_up_after_the_allowed_runs() {
    let db = TestDb::with(Engine::Postgres, small());
    with_tables(&db);
    db.write_blocking(|tx| tx.execute(PUT, params!["hot", 0]))
        .unwrap();
    let rival = db.open_again(small());
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let outcome = db.write_blocking(move |tx| {
        counted.fetch_add(1, Ordering::SeqCst);
        tx.one(GET, params!["hot"])?;
        // The rival commits between this transaction's look and its change, every time.
        rival.write_blocking(|tx| tx.execute(ADD, params!["hot"]))?;
        tx.execute(ADD, params!["hot"])
    });
    assert_eq!(outcome, Err(StoreError::Contention));
    assert_eq!(runs.load(Ordering::SeqCst), 3);
}

#[test]
fn postgres_forbids_write_skew() {
    let db = TestDb::with(Engine::Postgres, small());
    with_tables(&db);
    let rival = db.open_again(small());
    db.write_blocking(|tx| {
        tx.execute(PUT, params!["ann", 1])?;
        tx.execute(PUT, params!["bob", 1])
    })
    .unwrap();
    let leave = |who: &'static str, meanwhile: Option<Db>| {
        move |tx: &mut store::Tx| {
            let on_duty: i64 = tx
                .one("SELECT CAST(sum(value) AS BIGINT) FROM counter", &[])?
                .get(0)?;
            if let Some(rival) = &meanwhile {
                rival.write_blocking(|tx| {
                    let on_duty: i64 = tx
                        .one("SELECT CAST(sum(value) AS BIGINT) FROM counter", &[])?
                        .get(0)?;
                    if on_duty < 2 {
                        return Ok(0);
                    }
                    tx.execute("UPDATE counter SET value = 0 WHERE name = $1", params!["bob"])
                })?;
            }
            if on_duty < 2 {
                return Ok(0);
            }
            tx.execute("UPDATE counter SET value = 0 WHERE name = $1", params![who])
        }
    };
    // Each leaves only if the other stays: read together, written apart.
    assert_eq!(
        db.write_blocking(leave("ann", Some(rival))),
        Ok::<_, StoreError>(0)
    );
    let left = db
        .read_blocking(|tx| tx.one("SELECT CAST(sum(value) AS BIGINT) FROM counter", &[]))
        .unwrap();
    assert_eq!(left.get(0), Ok(1_i64));
}

#[test]
fn sqlite_gives_up_when_another_process_keeps_the_lock() {
    let db = TestDb::with(Engine::Sqlite, small());
    with_tables(&db);
    let other = db.open_again(small());
    let (entered, wait_entered) = std::sync::mpsc::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let held = begin(other.write(move |_| {
        entered.send(()).unwrap();
        released.lock().unwrap().recv().unwrap();
        Ok::<_, StoreError>(())
    }));
    wait_entered.recv().unwrap();
    assert_eq!(
        db.write_blocking(|tx| tx.execute(PUT, params!["a", 1])),
        Err(StoreError::Contention)
    );
    assert!(
        db.read_blocking(|tx| tx.optional(GET, params!["a"])).is_ok(),
        "readers do not wait for writers"
    );
    release.send(()).unwrap();
    engines::block_on(held).unwrap();
    assert_eq!(db.write_blocking(|tx| tx.execute(PUT, params!["a", 1])), Ok(1));
}

#[test]
fn a_connection_lost_in_a_transaction_is_made_again() {
    let db = TestDb::with(Engine::Postgres, small());
    with_tables(&db);
    let runs = AtomicU32::new(0);
    db.write_blocking(move |tx| {
        tx.execute(PUT, params!["a", 1])?;
        if runs.fetch_add(1, Ordering::SeqCst) == 0 {
            tx.all("SELECT pg_terminate_backend(pg_backend_pid())", &[])?;
        }
        Ok::<_, StoreError>(())
    })
    .unwrap();
    assert_eq!(
        db.read_blocking(|tx| tx.one(GET, params!["a"])).unwrap().get(0),
        Ok(1_i64)
    );
}

#[test]
fn a_connection_lost_while_idle_is_made_again() {
    let db = TestDb::with(Engine::Postgres, small());
    with_tables(&db);
    let killer = db.open_again(small());
    let others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let killed = killer.write_blocking(move |tx| tx.one(others, &[])).unwrap();
    assert!(killed.get::<i64>(0).unwrap() > 0);
    assert_eq!(db.write_blocking(|tx| tx.execute(PUT, params!["a", 1])), Ok(1));
}

#[test]
fn a_server_that_is_gone_is_unavailability() {
    let server = PostgresServer::start(ServerOptions::default()).unwrap();
    store::create_database(&server.url(), "gone").unwrap();
    let url = server.url_of("gone");
    let db = Db::postgres(&url, small()).unwrap();
    db.write_blocking(|_| Ok::<_, StoreError>(())).unwrap();
    server.stop();
    let refused = db.write_blocking(|_| Ok::<_, StoreError>(())).unwrap_err();
    assert!(unavailable(&refused) && refused.is_temporary(), "{refused}");
    assert!(Db::postgres(&url, small()).is_err_and(|error| unavailable(&error)));
}

#[test]
fn a_database_that_sorts_otherwise_is_refused_with_the_way_out() {
    let server = PostgresServer::start(ServerOptions::default()).unwrap();
    let db = Db::postgres(&server.url(), small()).unwrap();
    assert!(
        db.read_blocking(|tx| tx.one("SELECT 'B' < 'a'", &[]))
            .unwrap()
            .get::<bool>(0)
            .unwrap()
    );
    store::create_database(&server.url(), "latin").unwrap();
    // 8 is LATIN1 in PostgreSQL's list of encodings.
    let spoil = "UPDATE pg_database SET encoding = 8 WHERE datname = 'latin'";
    assert_eq!(db.write_blocking(|tx| tx.execute(spoil, &[])), Ok(1));
    let refused = Db::postgres(&server.url_of("latin"), small()).err().unwrap();
    assert!(refused.to_string().contains("CREATE DATABASE latin"), "{refused}");
}

on_both! {
    fn a_full_queue_is_unavailability(db: TestDb) {
        let narrow = db.open_again(Options { queue: 2, batch: 1, ..small() });
        let (entered, wait_entered) = std::sync::mpsc::channel();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let released = std::sync::Mutex::new(released);
        let held = begin(narrow.write(move |_| {
            entered.send(()).unwrap();
            released.lock().unwrap().recv().unwrap();
            Ok::<_, StoreError>(())
        }));
        wait_entered.recv().unwrap();
        let waiting = [(); 2].map(|()| begin(narrow.write(|_| Ok::<_, StoreError>(()))));
        assert!(narrow.write_blocking(|_| Ok::<_, StoreError>(())).is_err_and(|error| unavailable(&error)));
        release.send(()).unwrap();
        engines::block_on(async {
            held.await.unwrap();
            for write in waiting { write.await.unwrap(); }
        });
    }

    fn the_last_handle_waits_for_work_under_way(db: TestDb) {
        with_tables(&db);
        let other = db.open_again(small());
        let write = begin(other.write(|tx| tx.execute(PUT, params!["a", 1])));
        drop(other);
        assert_eq!(db.read_blocking(|tx| tx.one(GET, params!["a"])).unwrap().get(0), Ok(1_i64));
        assert_eq!(engines::block_on(write), Ok(1));
    }
}
