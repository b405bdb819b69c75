//! Where a demo is run, and one that goes on serving.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use bailee::demo::plaintext::{self, Marker};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// An empty place, with a home for the demo's data in it.
pub(crate) struct Place(pub(crate) TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.at("data")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bailee"));
        command
            .arg("demo")
            .args(["--data", "data", "--listen", "127.0.0.1:0"])
            .args(arguments);
        command
            .current_dir(self.0.path())
            .env_remove("BAILEE_LISTEN")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn demo(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// A demo that must come out well, and what it said.
    pub(crate) fn story(&self, arguments: &[&str]) -> String {
        let ended = self.demo(arguments);
        assert_eq!(
            ended.status.code(),
            Some(0),
            "{}{}",
            text(&ended.stdout),
            text(&ended.stderr)
        );
        text(&ended.stdout)
    }

    /// What is found in clear in the data folder.
    pub(crate) fn found(&self, markers: &[Marker]) -> Vec<plaintext::Find> {
        plaintext::search(&self.data(), markers).unwrap().found
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A demo that goes on serving.
pub(crate) struct Serving {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Serving {
    pub(crate) fn start(place: &Place, arguments: &[&str]) -> Self {
        let mut child = place.command(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// What is said until this is.
    pub(crate) fn until(&mut self, end: &str) -> String {
        let mut story = String::new();
        for line in self.lines.by_ref() {
            let line = line.unwrap();
            story += &format!("{line}\n");
            if line.contains(end) {
                return story;
            }
        }
        panic!("the demo ended early:\n{story}");
    }

    /// Whether it ends well when told to.
    pub(crate) fn stop(mut self) -> bool {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        self.child.wait().unwrap().success()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}
