//! A PostgreSQL server that a test can hurt: its processes killed, itself stopped and started again.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use engines::{PostgresServer, ServerOptions};
use rustix::process::{Pid, Signal, kill_process};
use store::{Db, Options, StoreError};

/// A server of the test's own, which waits for the disk.
pub struct Postgres {
    server: Option<PostgresServer>,
    /// Its folder, which is also where its socket is.
    folder: PathBuf,
    stopped: Option<Stopped>,
}

/// What is needed to start it again.
struct Stopped {
    keeper: Pid,
    command: Vec<String>,
    user: (u32, u32),
    again: Option<Child>,
}

impl Postgres {
    /// Starts one.
    pub fn start() -> Self {
        let server = PostgresServer::start(ServerOptions {
            fsync: true,
            ..ServerOptions::default()
        })
        .unwrap();
        let url = server.url();
        let host = url
            .split_once('@')
            .and_then(|(_, rest)| rest.rsplit_once('/'))
            .unwrap()
            .0;
        Self {
            folder: host.replace("%2F", "/").into(),
            server: Some(server),
            stopped: None,
        }
    }

    /// A fresh database in it.
    pub fn database(&self, name: &str) -> String {
        let server = self.server.as_ref().unwrap();
        store::create_database(&server.url(), name).unwrap();
        server.url_of(name)
    }

    /// Kills a process that serves this program's connections, as running out of memory would. PostgreSQL then ends all
    /// its connections and recovers. Gives whether there was one to kill.
    pub fn kill_a_backend(&self, url: &str) -> bool {
        const OTHERS: &str = "SELECT CAST(pid AS BIGINT) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY state = 'active' DESC";
        let options = Options {
            readers: 1,
            writers: 1,
            ..Options::default()
        };
        let Ok(db) = Db::postgres(url, options) else {
            return false;
        };
        let pids = db.read_blocking(|tx| {
            tx.all(OTHERS, &[])?
                .iter()
                .map(|row| row.get(0))
                .collect::<Result<Vec<i64>, StoreError>>()
        });
        let Some(pid) = pids
            .unwrap_or_default()
            .first()
            .and_then(|pid| Pid::from_raw(i32::try_from(*pid).ok()?))
        else {
            return false;
        };
        kill_process(pid, Signal::KILL).is_ok()
    }

    /// Stops the server in order; its connections end and there is nobody at its socket.
    pub fn stop(&mut self) {
        let pid = Pid::from_raw(self.postmaster()).unwrap();
        let stopped = Stopped::of(pid);
        // Its keeper would clean up behind it.
        kill_process(stopped.keeper, Signal::STOP).unwrap();
        self.stopped = Some(stopped);
        kill_process(pid, Signal::INT).unwrap();
        wait_until(|| !self.folder.join("data/postmaster.pid").exists());
    }

    /// Starts it again over the same files.
    pub fn start_again(&mut self) {
        let stopped = self.stopped.as_mut().unwrap();
        let mut command = Command::new(&stopped.command[0]);
        command
            .args(&stopped.command[1..])
            .current_dir(&self.folder)
            .env("LC_ALL", "C");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if rustix::process::geteuid().is_root() {
            command.uid(stopped.user.0).gid(stopped.user.1);
        }
        stopped.again = Some(command.spawn().unwrap());
    }

    fn postmaster(&self) -> i32 {
        let file = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap();
        file.lines().next().unwrap().trim().parse().unwrap()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(stopped) = self.stopped.take() {
            if let Some(mut again) = stopped.again {
                let _ = kill_process(Pid::from_child(&again), Signal::QUIT);
                let _ = again.wait();
            }
            let _ = kill_process(stopped.keeper, Signal::CONT);
        }
        drop(self.server.take());
    }
}

impl Stopped {
    /// Reads from the system what the process is.
    fn of(pid: Pid) -> Self {
        let folder = PathBuf::from(format!("/proc/{}", pid.as_raw_nonzero()));
        let command = std::fs::read(folder.join("cmdline")).unwrap();
        let command = command.split(|byte| *byte == 0).filter(|part| !part.is_empty());
        let command = command
            .map(|part| String::from_utf8(part.to_vec()).unwrap())
            .collect();
        let status = std::fs::read_to_string(folder.join("status")).unwrap();
        let field = |name: &str| -> u32 {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.split_whitespace().next().unwrap().parse().unwrap()
        };
        let keeper = Pid::from_raw(i32::try_from(field("PPid:")).unwrap()).unwrap();
        Self {
            keeper,
            command,
            user: (field("Uid:"), field("Gid:")),
            again: None,
        }
    }
}

/// Waits for something that another process does within moments.
fn wait_until(done: impl Fn() -> bool) {
    let (_keep, never) = std::sync::mpsc::channel::<()>();
    for _ in 0..3_000 {
        if done() {
            return;
        }
        let _ = never.recv_timeout(std::time::Duration::from_millis(10));
    }
    panic!("PostgreSQL did not stop");
}
