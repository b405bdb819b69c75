//! A PostgreSQL server in a temporary folder, reachable through a Unix socket by this user alone.
//!
//! The server must not outlive the process that asked for it, also when that one is killed. So a small shell stands
//! between: it reads a pipe which only this process holds open, and when that pipe closes, for whatever reason, it
//! stops the server and removes the folder.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use tempfile::TempDir;

/// What the server says when it can be used.
const READY: &str = "database system is ready to accept connections";

/// Keeps the server until its own input ends. Arguments: binaries, folder, fsync.
const KEEPER: &str = r#"
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c unix_socket_permissions=0700 -c fsync="$3" \
    -c full_page_writes="$3" -c max_connections=300 -c lc_messages=C -c logging_collector=off \
    -c log_min_messages=warning -c log_min_error_statement=panic </dev/null &
server=$!
( while read -r _; do :; done <&3; kill -QUIT "$server" ) &
wait "$server"
cd / && rm -rf "$2"
"#;

/// How the server is made.
#[derive(Debug, Clone, Default)]
pub struct ServerOptions {
    /// Where `initdb` and `postgres` are; looked for when not given.
    pub binaries: Option<PathBuf>,
    /// Whether it waits for the disk. Tests need no durability; benches do.
    pub fsync: bool,
    /// In which folder its own is made; the system's temporary folder when not given.
    pub inside: Option<PathBuf>,
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The programs are not there.
    #[error(
        "PostgreSQL's server programs (initdb, postgres) are neither on PATH nor in /usr/lib/postgresql/*/bin: install \
         them (Debian: apt-get install postgresql; macOS: brew install postgresql) or set BAILEE_TEST_POSTGRES to the \
         URL of a running server"
    )]
    NotInstalled,
    /// PostgreSQL does not run as root, and there is no other user to run it as.
    #[error(
        "PostgreSQL refuses to run as root and there is neither a user postgres nor nobody: make one of them"
    )]
    NoUser,
    /// A program failed.
    #[error("{what} failed: {output}")]
    Failed {
        /// Which.
        what: &'static str,
        /// What it said.
        output: String,
    },
    /// The system refused something.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A running server; stopped and removed when this goes, or when the process ends.
pub struct PostgresServer {
    keeper: Child,
    folder: TempDir,
}

impl PostgresServer {
    /// Makes a server with C collation and starts it. Returns when it accepts connections.
    pub fn start(options: ServerOptions) -> Result<Self, ServerError> {
        let binaries = options.binaries.clone().map_or_else(find_binaries, Ok)?;
        let inside = options.inside.clone().unwrap_or_else(std::env::temp_dir);
        let folder = tempfile::Builder::new().prefix("bailee-pg-").tempdir_in(inside);
        let folder = folder.map_err(system("cannot make a temporary folder"))?;
        let user = user_for(folder.path())?;
        make_cluster(&binaries, folder.path(), user)?;
        let mut keeper = keep(&binaries, folder.path(), user, options.fsync)?;
        let log = keeper.stderr.take();
        let server = Self { keeper, folder };
        wait_until_ready(log)?;
        Ok(server)
    }

    /// The URL of the server's first database; its user may do anything.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The URL of another of its databases, once that was made.
    pub fn url_of(&self, database: &str) -> String {
        let socket = self.folder.path().to_string_lossy().replace('/', "%2F");
        format!("postgresql://postgres@{socket}/{database}")
    }

    /// Stops the server at once. Dropping does the same.
    pub fn stop(self) {}
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // Closing the keeper's input is the sign to stop.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// Where `initdb` and `postgres` are: on PATH, or where Debian puts them, the newest first.
fn find_binaries() -> Result<PathBuf, ServerError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .collect();
    versions.sort();
    folders.extend(versions.into_iter().rev().map(|(_, folder)| folder));
    let found = folders
        .into_iter()
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists());
    // A link on PATH would make the server look for its other files in the wrong place.
    let real = |folder: PathBuf| {
        std::fs::canonicalize(folder.join("postgres"))
            .ok()?
            .parent()
            .map(Path::to_owned)
    };
    found.and_then(real).ok_or(ServerError::NotInstalled)
}

/// The user that the server must run as: nobody else unless this is root, which PostgreSQL refuses.
fn user_for(folder: &Path) -> Result<Option<(u32, u32)>, ServerError> {
    let ours = std::fs::metadata(folder).map_err(system("cannot look at the temporary folder"))?;
    if ours.uid() != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").map_err(system("cannot read the list of users"))?;
    let user = ["postgres", "nobody"]
        .into_iter()
        .find_map(|name| entry_of(&users, name));
    let (uid, gid) = user.ok_or(ServerError::NoUser)?;
    chown(folder, Some(uid), Some(gid)).map_err(system("cannot hand over the temporary folder"))?;
    let open = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(folder, open).map_err(system("cannot close the temporary folder"))?;
    Ok(Some((uid, gid)))
}

/// User and group numbers of a line `name:x:uid:gid:…`.
fn entry_of(users: &str, name: &str) -> Option<(u32, u32)> {
    let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let fields = fields.into_iter().find(|fields| fields.first() == Some(&name))?;
    Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
}

fn command(program: &Path, folder: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("LC_ALL", "C");
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

fn make_cluster(binaries: &Path, folder: &Path, user: Option<(u32, u32)>) -> Result<(), ServerError> {
    let mut initdb = command(&binaries.join("initdb"), folder, user);
    initdb.arg("-D").arg(folder.join("data"));
    // Nobody but this user reaches the socket, so that a password would add nothing.
    initdb.args([
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    ]);
    let done = initdb
        .stdin(Stdio::null())
        .output()
        .map_err(system("cannot run initdb"))?;
    if done.status.success() {
        return Ok(());
    }
    Err(ServerError::Failed {
        what: "initdb",
        output: String::from_utf8_lossy(&done.stderr).into_owned(),
    })
}

fn keep(binaries: &Path, folder: &Path, user: Option<(u32, u32)>, fsync: bool) -> Result<Child, ServerError> {
    let fsync = if fsync { "on" } else { "off" };
    // Descriptor 3 is the pipe: a background part of a shell has no standard input of its own.
    let script = format!("exec 3<&0\n{KEEPER}");
    let mut shell = command(Path::new("/bin/sh"), folder, user);
    shell
        .args(["-c", &script, "keeper"])
        .arg(binaries)
        .arg(folder)
        .arg(fsync);
    shell
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    // A group of its own: Ctrl-C at a terminal goes to the tests, and the pipe then ends the server in order.
    shell.process_group(0);
    shell.spawn().map_err(system("cannot run /bin/sh"))
}

/// Reads the server's log until it is ready; a thread then reads on, so that the server never waits for a reader.
fn wait_until_ready(log: Option<ChildStderr>) -> Result<(), ServerError> {
    let mut said = String::new();
    let mut lines = BufReader::new(log.ok_or_else(|| failed("PostgreSQL", &said))?).lines();
    for line in lines.by_ref() {
        let line = line.map_err(system("cannot read PostgreSQL's log"))?;
        if line.contains(READY) {
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(());
        }
        said.push_str(&line);
        said.push('\n');
    }
    Err(failed("PostgreSQL", &said))
}

fn failed(what: &'static str, output: &str) -> ServerError {
    ServerError::Failed {
        what,
        output: output.to_owned(),
    }
}

fn system(what: &'static str) -> impl FnOnce(std::io::Error) -> ServerError {
    move |source| ServerError::System { what, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_whole_name() {
        let users = "root:x:0:0::/:/bin/sh\nnobody2:x:7:7::/:/\nnobody:x:65534:65533::/:/\n";
        assert_eq!(entry_of(users, "nobody"), Some((65534, 65533)));
        assert_eq!(entry_of(users, "postgres"), None);
    }

    #[test]
    fn a_server_answers_and_leaves_nothing() {
        let server = PostgresServer::start(ServerOptions::default()).unwrap();
        let folder = server.folder.path().to_owned();
        store::create_database(&server.url(), "one").unwrap();
        server.stop();
        assert!(!folder.exists());
    }

    #[test]
    fn a_folder_without_the_programs_is_named_as_the_problem() {
        let empty = TempDir::new().unwrap();
        let options = ServerOptions {
            binaries: Some(empty.path().to_owned()),
            ..ServerOptions::default()
        };
        assert!(PostgresServer::start(options).is_err_and(|problem| problem.to_string().contains("initdb")));
    }
}
