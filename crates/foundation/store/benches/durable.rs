//! Durable small writes: 64 writers that share commits against 64 writers with a commit each, on the same disk in the
//! same run. Fails when sharing gives less than 30 times as many.
//!
//! What a commit costs alone is mostly the disk's fsync; what it costs in a group is mostly processor time. So the ratio
//! says little where an fsync returns in a fraction of a millisecond, as on virtual disks that answer from memory:
//! the fsync of the moment is printed with each round.
//!
//! `cargo bench -p store --bench durable`

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for measuring")]

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use store::{Db, Migration, Options, StoreError, params};

const WRITERS: usize = 64;
const ROW: usize = 4_096;
const ROUNDS: usize = 5;
/// Rows per writer: enough that a round takes seconds, whatever the disk.
const ALONE: usize = 30;
const SHARED: usize = 400;
const GOAL: f64 = 30.0;

const TABLE: Migration = Migration {
    id: 1,
    name: "rows to write",
    sql: "CREATE TABLE item (id {int} NOT NULL PRIMARY KEY, body {bytes} NOT NULL) {strict};",
};

fn main() {
    // The build folder is on the disk that counts, unlike the system's temporary folder.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    println!(
        "{WRITERS} writers, rows of {ROW} bytes, in {}",
        folder.path().display()
    );
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let alone = rate(folder.path(), &format!("alone-{round}"), 1, ALONE);
        let shared = rate(
            folder.path(),
            &format!("shared-{round}"),
            Options::default().batch,
            SHARED,
        );
        let fsync = fsync(folder.path()).as_secs_f64() * 1e3;
        println!(
            "fsync {fsync:>5.2} ms   one commit each {alone:>9.0}/s   group commit {shared:>9.0}/s   ratio {:>6.1}",
            shared / alone
        );
        ratios.push(shared / alone);
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ROUNDS / 2];
    println!("median ratio {median:.1} (goal {GOAL})");
    if median < GOAL {
        std::process::exit(1);
    }
}

/// The median of plain writes of one row's size with an fsync each.
fn fsync(folder: &Path) -> Duration {
    let mut file = File::create(folder.join("plain")).unwrap();
    let mut write = || {
        timed(|| {
            file.write_all(&[0; ROW]).unwrap();
            file.sync_all().unwrap();
        })
    };
    let mut times: Vec<_> = (0..101).map(|_| write()).collect();
    times.sort();
    times[50]
}

/// Durable rows per second.
fn rate(folder: &Path, name: &str, batch: usize, rows: usize) -> f64 {
    let db = Db::sqlite(
        folder.join(name),
        Options {
            batch,
            ..Options::default()
        },
    )
    .unwrap();
    db.migrate(&[TABLE]).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let took = timed(|| {
        runtime.block_on(async {
            let writers = (0..WRITERS).map(|_| tokio::spawn(insert_all(db.clone(), rows)));
            for writer in writers.collect::<Vec<_>>() {
                writer.await.unwrap();
            }
        });
    });
    (WRITERS * rows) as f64 / took.as_secs_f64()
}

/// One writer: the next row only when the one before is durable. Ids grow with time, as the product's own do.
async fn insert_all(db: Db, rows: usize) {
    static NEXT: AtomicI64 = AtomicI64::new(0);
    for _ in 0..rows {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let body = vec![id as u8; ROW];
        let insert = move |tx: &mut store::Tx| {
            tx.execute("INSERT INTO item (id, body) VALUES ($1, $2)", params![id, &body])?;
            Ok::<_, StoreError>(())
        };
        db.write(insert).await.unwrap();
    }
}

#[allow(clippy::disallowed_methods, reason = "measuring is what this is for")]
fn timed(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}
