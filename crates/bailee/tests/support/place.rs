//! A folder on a real disk with one installation in it.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use engines::Elsewhere;
use kernel::ObjectId;
use rustix::process::{Pid, Signal, kill_process};
use store::{Db, Options, StoreError};
use tempfile::TempDir;

/// The label of the place that [`Place::keep_elsewhere`] offers.
pub const ELSEWHERE: &str = "elsewhere";

/// An installation's folder and what its processes are given.
pub struct Place {
    folder: TempDir,
    data: PathBuf,
    database: Option<String>,
    environment: Vec<(String, String)>,
    wrapper: Vec<String>,
}

impl Place {
    /// On SQLite, beside the build: temporary folders of the system may be in memory.
    pub fn on_sqlite() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("bailee-")
            .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
            .unwrap();
        let data = folder.path().join("data");
        Self {
            folder,
            data,
            database: None,
            environment: Vec::new(),
            wrapper: Vec::new(),
        }
    }

    /// With the database of this URL.
    pub fn on_postgres(url: String) -> Self {
        Self {
            database: Some(url),
            ..Self::on_sqlite()
        }
    }

    /// Keeps its data in this folder instead.
    pub fn with_data(self, data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            ..self
        }
    }

    /// Gives every process of it a further variable.
    pub fn with(mut self, variable: &str, value: &str) -> Self {
        self.environment.push((variable.to_owned(), value.to_owned()));
        self
    }

    /// Offers a store elsewhere as the region [`ELSEWHERE`].
    pub fn keep_elsewhere(&self, elsewhere: &Elsewhere) {
        let (credentials, (access_key, secret_key)) = (self.path().join("credentials"), elsewhere.keys());
        let keys = format!("access_key = \"{access_key}\"\nsecret_key = \"{secret_key}\"\n");
        write_secret(&credentials, &keys);
        let place = format!(
            "[place.{ELSEWHERE}]\nurl = \"s3://{}/kept\"\nregion = \"us-east-1\"\nendpoint = \"{}\"\nplain_http = true\n\
             credentials = \"{}\"\n",
            elsewhere.bucket(),
            elsewhere.endpoint(),
            credentials.display(),
        );
        std::fs::write(self.path().join("bailee.toml"), place).unwrap();
    }

    /// Runs every process of it by this program, which is given the command.
    pub fn within(self, wrapper: &[&str]) -> Self {
        Self {
            wrapper: wrapper.iter().map(|part| (*part).to_owned()).collect(),
            ..self
        }
    }

    /// The folder around the data.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The file of the root key.
    pub fn root_key(&self) -> PathBuf {
        self.data.join("keys").join("root.key")
    }

    /// The verifier key of the log.
    pub fn vkey(&self) -> PathBuf {
        self.data.join("log.vkey")
    }

    /// The certificate of the installation's own CA.
    pub fn ca(&self) -> PathBuf {
        self.data.join("tls").join("ca.pem")
    }

    /// A command of the real binary here, with nothing of this process's environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(Path::new(env!("CARGO_BIN_EXE_bailee")), arguments)
    }

    /// As [`Place::command`], of a copy of the binary elsewhere.
    pub fn command_of(&self, binary: &Path, arguments: &[&str]) -> Command {
        let mut command = match self.wrapper.split_first() {
            None => Command::new(binary),
            Some((program, first)) => {
                let mut command = Command::new(program);
                command.args(first).arg(binary);
                command
            }
        };
        command.args(arguments).current_dir(self.path()).env_clear();
        command
            .env("BAILEE_DATA", &self.data)
            .env("BAILEE_LISTEN", "127.0.0.1:0")
            // Checks act in teams of their own, which tests that count would count. Those about checks run them.
            .env("BAILEE_CHECKS_RUN", "false");
        command.envs(self.database.iter().map(|url| ("BAILEE_DATABASE", url)));
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command of the binary to its end. One that goes on for a minute, as a server does that should not have
    /// started, is killed.
    pub fn run(&self, arguments: &[&str]) -> Output {
        finish(self.command(arguments))
    }

    /// The database, as somebody has it who has broken into its machine.
    pub fn open_database(&self) -> Db {
        self.open_database_in(&self.data)
    }

    /// The same for a copy of the data folder; a database elsewhere is not copied with it.
    pub fn open_database_in(&self, data: &Path) -> Db {
        let options = Options {
            readers: 1,
            writers: 1,
            ..Options::default()
        };
        match &self.database {
            None => Db::sqlite(data.join("bailee.db"), options).unwrap(),
            Some(url) => Db::postgres(url, options).unwrap(),
        }
    }

    /// The ids in the names of all files in the folder of objects.
    pub fn object_files(&self) -> BTreeSet<String> {
        let names = files_under(&self.data.join("objects"))
            .into_iter()
            .filter_map(|path| path.file_name()?.to_str().map(str::to_owned));
        names.collect()
    }
}

/// What the database says of objects.
#[derive(Debug, PartialEq, Eq)]
pub struct ObjectRows {
    /// Ids that versions of items and parts refer to, in the form of file names.
    pub referenced: BTreeSet<String>,
    /// Uploads under way.
    pub intents: usize,
    /// Objects let go of.
    pub trash: usize,
}

impl ObjectRows {
    /// Uploads under way, and objects let go of.
    pub fn tracked(&self) -> (usize, usize) {
        (self.intents, self.trash)
    }

    /// Reads them in one transaction.
    pub async fn read(db: &Db) -> Self {
        let rows = db.read(|tx| {
            let referenced = tx.all(
                "SELECT object_id FROM item_version WHERE object_id IS NOT NULL
                 UNION SELECT object_id FROM version_part WHERE object_id IS NOT NULL",
                &[],
            )?;
            let referenced = referenced
                .iter()
                .map(|row| Ok(row.get::<ObjectId>(0)?.to_string()));
            Ok::<_, StoreError>(Self {
                referenced: referenced.collect::<Result<_, StoreError>>()?,
                intents: tx.all("SELECT object_id FROM object_intent", &[])?.len(),
                trash: tx.all("SELECT object_id FROM object_trash", &[])?.len(),
            })
        });
        rows.await.unwrap()
    }
}

fn write_secret(path: &Path, text: &str) {
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).mode(0o600).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// All files under a folder; none where the folder is not there.
pub fn files_under(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files_under(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// Runs a command to its end, or kills it after a minute.
pub fn finish(command: Command) -> Output {
    finish_within(Duration::from_secs(60), command)
}

/// Runs a command to its end, or kills it after this time.
pub fn finish_within(limit: Duration, mut command: Command) -> Output {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = Pid::from_child(&child);
    let (ended, wait) = std::sync::mpsc::channel::<()>();
    let guard = std::thread::spawn(move || {
        if wait
            .recv_timeout(limit)
            .is_err_and(|why| why == RecvTimeoutError::Timeout)
        {
            let _ = kill_process(pid, Signal::KILL);
        }
    });
    let output = child.wait_with_output().unwrap();
    drop(ended);
    guard.join().unwrap();
    output
}

/// Copies a folder with everything in it.
pub fn copy_folder(from: &Path, to: &Path) {
    for file in files_under(from) {
        let copy = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
        std::fs::copy(&file, &copy).unwrap();
    }
}

/// What a process said, as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
