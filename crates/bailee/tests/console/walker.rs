//! The program that walks: started with what it needs to know, it asks for what only this side can do, and ends with what it
//! found.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// The folder with the browser's driver, which `cargo xtask test` prepares.
const BROWSER_VARIABLE: &str = "BAILEE_TEST_BROWSER";
/// Where pictures of the pages go, if anybody wants them.
const PICTURES_VARIABLE: &str = "BAILEE_TEST_PICTURES";

/// A walk under way. Killed when it goes.
pub(crate) struct Walker {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    found: Vec<String>,
}

impl Walker {
    /// Starts this program, and says its first line.
    pub(crate) fn start(program: &str, begin: &Value) -> Self {
        let folder = std::env::var_os(BROWSER_VARIABLE).map(PathBuf::from);
        let folder = folder.unwrap_or_else(|| panic!("{BROWSER_VARIABLE} names no folder: run `cargo xtask test -- --test console`, which prepares one"));
        let mut command = Command::new("node");
        command.arg(folder.join(program)).current_dir(&folder);
        if let Some(pictures) = std::env::var_os(PICTURES_VARIABLE) {
            command.arg("--pictures").arg(pictures);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut walker = Self {
            child,
            to,
            from: BufReader::new(from),
            found: Vec::new(),
        };
        walker.answer(begin);
        walker
    }

    /// What the walk asks for next; nothing at its end.
    pub(crate) fn next(&mut self) -> Option<Value> {
        loop {
            let mut line = String::new();
            if self.from.read_line(&mut line).unwrap() == 0 {
                self.found.push("the walk broke off; see above".to_owned());
                return None;
            }
            let said: Value =
                serde_json::from_str(&line).unwrap_or_else(|_| panic!("not a line of the walk: {line}"));
            if let Some(step) = said["step"].as_str() {
                println!("{step}");
            } else if let Some(found) = said["found"].as_array() {
                self.found
                    .extend(found.iter().map(|line| line.as_str().unwrap().to_owned()));
                return None;
            } else {
                return Some(said);
            }
        }
    }

    pub(crate) fn answer(&mut self, answer: &Value) {
        writeln!(self.to, "{answer}").unwrap();
    }

    /// What the walk found wrong.
    pub(crate) fn finish(mut self) -> Vec<String> {
        let ended = self.child.wait().unwrap();
        if !ended.success() && self.found.is_empty() {
            self.found.push("the walk failed; see above".to_owned());
        }
        std::mem::take(&mut self.found)
    }
}

impl Drop for Walker {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
    }
}
