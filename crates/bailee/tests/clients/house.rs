//! The one server that all rounds share: a demo that goes on serving, with a bucket of many keys in it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::round::{Report, TOOLS};
use crate::support::Place;
use crate::support::place::{finish_within, text};

/// The folder with the clients, which `cargo xtask test` prepares.
const CLIENTS_VARIABLE: &str = "BAILEE_TEST_CLIENTS";

/// A bucket with more keys than a page of a listing holds.
const CROWD: &str = "crowd";
const CROWD_SIZE: u32 = 1_005;

/// Far more than a round takes; one that hangs is killed.
const PATIENCE: Duration = Duration::from_secs(600);

/// A running server. Killed when the last round lets go of it.
pub(crate) struct House {
    place: Place,
    child: Child,
    // Kept open: what the server says later must have somewhere to go.
    _lines: BufReader<ChildStdout>,
    errors: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
    ready: Value,
    clients: PathBuf,
}

impl House {
    /// The house that other rounds use at this moment, or a new one.
    pub(crate) fn shared() -> Arc<Self> {
        static OPEN: Mutex<Weak<House>> = Mutex::new(Weak::new());
        // A house that did not open failed the test that tried; the next may try again.
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        open.upgrade().unwrap_or_else(|| {
            let house = Arc::new(Self::open());
            *open = Arc::downgrade(&house);
            house
        })
    }

    fn open() -> Self {
        let clients = clients();
        let place = Place::on_sqlite();
        let mut command = place.command(&["demo", "--json", "--listen", "127.0.0.1:0", "--data"]);
        command
            .arg(place.data())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let (errors, from) = (Arc::new(Mutex::new(String::new())), child.stderr.take().unwrap());
        let kept = Arc::clone(&errors);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                *kept.lock().unwrap() += &format!("{line}\n");
            }
        });
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let mut house = Self {
            place,
            child,
            _lines: lines,
            errors,
            reader: Some(reader),
            ready: Value::Null,
            clients,
        };
        house.ready = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("the demo did not get ready: {error}: {}", house.close()));
        house.fill();
        house
    }

    /// Makes the bucket of many keys.
    fn fill(&self) {
        let report = self.run("crowd", TOOLS, CROWD);
        assert_eq!(report.problems, [""; 0], "{}", report.text);
    }

    /// Runs a program of `rounds/` in an environment, and reads what it told.
    pub(crate) fn run(&self, program: &str, environment: &str, word: &str) -> Report {
        let home = self.home(word);
        std::fs::create_dir_all(&home).unwrap();
        let bin = self.clients.join(environment).join("bin");
        let mut command = Command::new(bin.join("python"));
        command
            .arg(rounds().join(format!("{program}.py")))
            .current_dir(&home);
        // Settings of the person who runs the tests, such as another CA, are none of the round's.
        command
            .env_clear()
            .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display()))
            .env("HOME", &home)
            .env("LANG", "C.UTF-8")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("CLIENTS_API", self.word("/api"))
            .env("CLIENTS_API_KEY", self.api_key())
            .env("CLIENTS_ENDPOINT", self.word("/s3"))
            .env("CLIENTS_CA", self.word("/ca"))
            .env("CLIENTS_ACCESS_KEY", self.word("/tenants/0/s3_access_key"))
            .env("CLIENTS_SECRET_KEY", self.secret_key())
            .env("CLIENTS_WORD", word)
            .env("CLIENTS_CROWD", CROWD)
            .env("CLIENTS_CROWD_SIZE", CROWD_SIZE.to_string());
        let ended = finish_within(PATIENCE, command);
        Report::read(text(&ended.stdout), &text(&ended.stderr), ended.status.success())
    }

    /// Where a round keeps its own files.
    pub(crate) fn home(&self, word: &str) -> PathBuf {
        self.place.path().join("homes").join(word)
    }

    /// Everything the server keeps, its log included.
    pub(crate) fn data(&self) -> &Path {
        self.place.data()
    }

    /// What it has said on standard error.
    pub(crate) fn errors(&self) -> String {
        self.errors.lock().unwrap().clone()
    }

    /// The secret that the rounds sign with.
    pub(crate) fn secret_key(&self) -> &str {
        self.word("/tenants/0/s3_secret_key")
    }

    /// The key that the secret comes from.
    pub(crate) fn api_key(&self) -> &str {
        self.word("/tenants/0/api_key")
    }

    fn word(&self, pointer: &str) -> &str {
        let word = self.ready.pointer(pointer).and_then(Value::as_str);
        word.unwrap_or_else(|| panic!("no {pointer} in what the demo said: {}", self.ready))
    }

    /// Ends the server; gives what it said on standard error.
    fn close(&mut self) -> String {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.errors()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.close();
    }
}

fn rounds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/rounds")
}

fn clients() -> PathBuf {
    let named = std::env::var_os(CLIENTS_VARIABLE).unwrap_or_else(|| {
        panic!(
            "{CLIENTS_VARIABLE} names no folder with S3 clients; run `cargo xtask test --only tests -- -p bailee --test \
             clients`, which installs them"
        )
    });
    PathBuf::from(named)
}
