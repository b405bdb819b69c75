//! A process killed at any moment has lost nothing that it acknowledged, and what it left behind is removed.
//!
//! The test runs itself again as the process to be killed. This shows the order of writes and answers; that the disk
//! keeps what was synced only a loss of power could show.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by them")]

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use common::{NOON, object};
use kernel::ObjectId;
use store::objects::{Address, DirectoryObjects, Place, empty_trash, intend, keep, orphans, sweep};
use store::{Db, Migration, Objects, Options, StoreError, params};
use tempfile::TempDir;

/// Tells the process that it is the one to be killed, and where to work.
const WORK_IN: &str = "BAILEE_CRASH_TEST_FOLDER";
const SELF: &str = "a_killed_process_has_lost_nothing_it_acknowledged";
const WRITERS: usize = 8;
const FILES: Migration = Migration {
    id: 300,
    name: "files",
    sql: "CREATE TABLE file (object_id {bytes} NOT NULL PRIMARY KEY) {strict};",
};

#[test]
fn a_killed_process_has_lost_nothing_it_acknowledged() {
    if let Ok(folder) = std::env::var(WORK_IN) {
        return upload_until_killed(Path::new(&folder));
    }
    let folder = TempDir::new().unwrap();
    let mut acknowledged = Vec::new();
    for answers in [1, 7, 60, 200] {
        acknowledged.extend(run_and_kill(folder.path(), answers));
        let (db, objects) = open(folder.path());
        let home = Place::home("", Arc::new(objects));
        sweep(&db, "here", NOON, Duration::from_secs(3600)).unwrap();
        empty_trash(&db, &home).unwrap();
        for id in acknowledged.iter().copied() {
            db.read_blocking(move |tx| tx.one("SELECT 1 FROM file WHERE object_id = $1", params![id]))
                .unwrap();
            assert_eq!(home.objects.open(id).unwrap().len(), 3_000);
        }
        let referenced = &["SELECT 1 FROM file WHERE object_id = $1 AND $2 = 'home'"];
        assert_eq!(orphans(&db, &home, referenced), Ok(vec![]));
    }
    assert!(acknowledged.len() >= 268);
}

fn open(folder: &Path) -> (Db, DirectoryObjects) {
    let db = Db::sqlite(folder.join("test.sqlite"), Options::default()).unwrap();
    db.migrate(&[store::MIGRATIONS, &[FILES]].concat()).unwrap();
    (db, DirectoryObjects::open(folder.join("objects")).unwrap())
}

/// Kills the process after so many answers; gives all that it managed to say.
fn run_and_kill(folder: &Path, answers: usize) -> Vec<ObjectId> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", SELF, "--nocapture"])
        .env(WORK_IN, folder);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    // The harness says a few lines of its own; the last line may be cut short.
    let mut ids = lines.filter_map(|line| line.strip_prefix("done ")?.parse().ok());
    let mut said: Vec<ObjectId> = ids.by_ref().take(answers).collect();
    child.kill().unwrap();
    said.extend(ids);
    child.wait().unwrap();
    said
}

fn upload_until_killed(folder: &Path) {
    let (db, objects) = open(folder);
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                loop {
                    let id = object();
                    upload(&db, &objects, id).unwrap();
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "done {id}").unwrap();
                }
            });
        }
    });
}

fn upload(db: &Db, objects: &dyn Objects, id: ObjectId) -> Result<(), StoreError> {
    db.write_blocking(move |tx| intend(tx, &Address::home(id), "here", NOON))?;
    let mut writer = objects.create(id)?;
    for _ in 0..3 {
        writer.write_all(&[7; 1_000])?;
    }
    writer.finish()?;
    db.write_blocking(move |tx| {
        keep(tx, &Address::home(id))?;
        tx.execute("INSERT INTO file (object_id) VALUES ($1)", params![id])
            .map(drop)
    })
}
