//! A server does not outlive the process that asked for it, however that one ends.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by them")]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use engines::{PostgresServer, ServerOptions};
use store::{Db, Options};

const CHILD: &str = "BAILEE_SERVER_TEST_CHILD";
const SELF: &str = "the_server_of_a_killed_process_ends";

#[test]
fn the_server_of_a_killed_process_ends() {
    if std::env::var_os(CHILD).is_some() {
        return serve_until_killed();
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", SELF, "--nocapture"]).env(CHILD, "1");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = lines
        .map_while(Result::ok)
        .find(|line| line.starts_with("postgresql://"))
        .unwrap();

    let db = Db::postgres(
        &url,
        Options {
            attempts: 1,
            readers: 1,
            writers: 1,
            ..Options::default()
        },
    )
    .unwrap();
    let (entered, wait_entered) = std::sync::mpsc::channel();
    let watcher = std::thread::spawn(move || {
        db.read_blocking(move |tx| {
            tx.one("SELECT 1", &[])?;
            let _ = entered.send(());
            // Ends when the server does; far later if the server stays.
            tx.one("SELECT pg_sleep(60)", &[]).map(drop)
        })
    });
    wait_entered.recv().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let ended = watcher.join().unwrap().unwrap_err();
    assert!(ended.is_temporary(), "{ended}");
    assert!(Db::postgres(&url, Options::default()).is_err());
}

fn serve_until_killed() {
    let server = PostgresServer::start(ServerOptions::default()).unwrap();
    println!("\n{}", server.url());
    // The one who kills also holds the other end of this input.
    std::io::stdin().lines().for_each(drop);
}
