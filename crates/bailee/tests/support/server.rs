//! The real binary as a server: started, killed, started again.

use std::io::{BufRead as _, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal, kill_process};

use super::place::Place;

const KEY_FILE: &str = "operator.key";

/// A running server. Killed when it goes.
pub struct Server {
    child: Child,
    /// Where it takes TLS clients.
    pub url: String,
    /// Where it takes S3 clients.
    pub s3_url: String,
    /// The CA that its certificate comes from.
    pub ca: PathBuf,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts it and waits until it says that it takes clients.
    ///
    /// # Panics
    /// When it does not start, with what it said.
    pub fn start(place: &Place) -> Self {
        Self::begin(place).ready()
    }

    /// Starts it without waiting.
    pub fn begin(place: &Place) -> Starting {
        let mut command = place.command(&["serve", "--operator-key-file", KEY_FILE]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (log, errors) = (Arc::new(Mutex::new(String::new())), child.stderr.take().unwrap());
        let (kept, ca) = (Arc::clone(&log), place.ca());
        let reader = std::thread::spawn(move || collect(errors, &kept));
        Starting(Self {
            child,
            url: String::new(),
            s3_url: String::new(),
            ca,
            log,
            reader: Some(reader),
        })
    }

    /// The operator's key, which the first start has written into the place.
    pub fn operator_key(place: &Place) -> String {
        std::fs::read_to_string(place.path().join(KEY_FILE))
            .unwrap()
            .trim()
            .to_owned()
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The number of its process.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Ends it as loss of power would: nothing is finished, nothing is said. Gives its log.
    pub fn kill(mut self) -> String {
        self.end(Signal::KILL)
    }

    /// Ends it in order. Gives its log.
    ///
    /// # Panics
    /// When it ends otherwise than well.
    pub fn stop(mut self) -> String {
        let log = self.end(Signal::TERM);
        assert!(self.child.wait().unwrap().success(), "{log}");
        log
    }

    fn end(&mut self, signal: Signal) -> String {
        // It may have ended by itself.
        let _ = kill_process(self.pid(), signal);
        self.child.wait().unwrap();
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.log()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.end(Signal::KILL);
        }
    }
}

/// A server that was started and has not said that it is ready.
pub struct Starting(Server);

impl Starting {
    /// Waits until it takes clients.
    ///
    /// # Panics
    /// When it ends before.
    pub fn ready(self) -> Server {
        let Self(mut server) = self;
        let mut lines = BufReader::new(server.child.stdout.take().unwrap()).lines();
        for line in lines.by_ref() {
            let line = line.unwrap();
            if let Some(url) = line.strip_prefix("Bailee serves at ") {
                server.url = url.to_owned();
            }
            if let Some(url) = line.strip_prefix("S3 clients find it at ") {
                server.s3_url = url.to_owned();
            }
            if line.contains("Clients trust it") {
                return server;
            }
        }
        let log = server.end(Signal::KILL);
        panic!("the server did not start: {log}");
    }

    /// Kills it wherever it has come to.
    pub fn kill(self) {
        self.0.kill();
    }
}

fn collect(from: impl Read, into: &Mutex<String>) {
    for line in BufReader::new(from).lines().map_while(Result::ok) {
        let mut log = into.lock().unwrap();
        log.push_str(&line);
        log.push('\n');
    }
}
