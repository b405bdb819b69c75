//! A fresh database for one test, on either engine.

use std::ops::Deref;
use std::path::Path;
use std::sync::OnceLock;

use kernel::{Random as _, SystemRandom};
use store::{Db, Engine, Options};
use tempfile::TempDir;

use crate::{PostgresServer, ServerOptions};

/// The URL of a database of a running server, whose user may create databases.
const GIVEN: &str = "BAILEE_TEST_POSTGRES";

/// An empty database of a test's own, removed when it goes. Use it like a [`Db`].
pub struct TestDb {
    /// Gone first, so that nothing uses the place when it is removed.
    db: Option<Db>,
    place: Place,
}

enum Place {
    Folder(TempDir),
    Database { server: String, name: String },
}

impl TestDb {
    /// A fresh SQLite file in a temporary folder.
    pub fn sqlite() -> Self {
        Self::with(Engine::Sqlite, options())
    }

    /// A fresh PostgreSQL database, in the server that `BAILEE_TEST_POSTGRES` names or in one of the test process's own.
    pub fn postgres() -> Self {
        Self::with(Engine::Postgres, options())
    }

    /// A fresh database with these options.
    ///
    /// # Panics
    /// When it cannot be made, with what to install: no test is skipped for want of an engine.
    #[allow(clippy::panic, reason = "a test without its database must fail, loudly")]
    pub fn with(engine: Engine, options: Options) -> Self {
        match engine {
            Engine::Sqlite => Self::in_folder(options),
            Engine::Postgres => Self::in_server(options),
        }
        .unwrap_or_else(|problem| panic!("no {} database for this test: {problem}", engine.name()))
    }

    /// Another handle to the same database, as a second process would have one.
    ///
    /// # Panics
    /// When it cannot be opened.
    #[allow(clippy::panic, reason = "a test without its database must fail, loudly")]
    pub fn open_again(&self, options: Options) -> Db {
        let opened = match &self.place {
            Place::Folder(folder) => Db::sqlite(file(folder.path()), options),
            Place::Database { server, name } => Db::postgres(&url_of(server, name), options),
        };
        opened.unwrap_or_else(|problem| panic!("the database cannot be opened again: {problem}"))
    }

    /// A temporary folder that goes with the database; objects of a test can lie there.
    pub fn folder(&self) -> Option<&Path> {
        match &self.place {
            Place::Folder(folder) => Some(folder.path()),
            Place::Database { .. } => None,
        }
    }

    fn in_folder(options: Options) -> Result<Self, String> {
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        let db = Db::sqlite(file(folder.path()), options).map_err(|error| error.to_string())?;
        Ok(Self {
            db: Some(db),
            place: Place::Folder(folder),
        })
    }

    fn in_server(options: Options) -> Result<Self, String> {
        let server = server()?;
        let name = fresh_name();
        store::create_database(&server, &name).map_err(|error| error.to_string())?;
        let place = Place::Database {
            server: server.clone(),
            name: name.clone(),
        };
        let mut made = Self { db: None, place };
        made.db = Some(Db::postgres(&url_of(&server, &name), options).map_err(|error| error.to_string())?);
        Ok(made)
    }
}

impl Deref for TestDb {
    type Target = Db;

    #[allow(clippy::panic, reason = "taken only by drop")]
    fn deref(&self) -> &Db {
        match &self.db {
            Some(db) => db,
            None => panic!("the test's database is gone"),
        }
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        self.db = None;
        if let Place::Database { server, name } = &self.place {
            // A test that failed should show its own failure, not this one.
            let _ = store::drop_database(server, name);
        }
    }
}

/// One fresh database of each engine.
pub fn all() -> Vec<TestDb> {
    vec![TestDb::sqlite(), TestDb::postgres()]
}

/// Calls the body once per engine.
pub fn each(body: impl FnMut(Engine)) {
    [Engine::Sqlite, Engine::Postgres].into_iter().for_each(body);
}

/// Runs a future on a runtime of its own.
///
/// # Panics
/// When the runtime cannot start, and when the future panics.
#[allow(clippy::panic, reason = "a test that cannot run must fail")]
pub fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(future),
        Err(problem) => panic!("no asynchronous runtime: {problem}"),
    }
}

/// Fewer threads than in production: many tests run at once against one server.
fn options() -> Options {
    Options {
        readers: 2,
        writers: 4,
        ..Options::default()
    }
}

fn file(folder: &Path) -> std::path::PathBuf {
    folder.join("test.sqlite")
}

/// The server all tests of this process use. It ends when the process does.
fn server() -> Result<String, String> {
    static SERVER: OnceLock<Result<PostgresServer, String>> = OnceLock::new();
    if let Ok(url) = std::env::var(GIVEN) {
        return Ok(url);
    }
    let start = || PostgresServer::start(ServerOptions::default()).map_err(|problem| problem.to_string());
    SERVER
        .get_or_init(start)
        .as_ref()
        .map(PostgresServer::url)
        .map_err(Clone::clone)
}

fn fresh_name() -> String {
    let mut bytes = [0; 8];
    SystemRandom.fill(&mut bytes);
    format!("bailee_test_{:016x}", u64::from_be_bytes(bytes))
}

/// The same server, another database: the last part of the path is the database's name.
fn url_of(server: &str, name: &str) -> String {
    let (address, settings) = server
        .split_once('?')
        .map_or((server, None), |(a, s)| (a, Some(s)));
    let scheme = address.find("://").map_or(0, |at| at + 3);
    let end = address[scheme..]
        .find('/')
        .map_or(address.len(), |at| scheme + at);
    let settings = settings
        .map(|settings| format!("?{settings}"))
        .unwrap_or_default();
    format!("{}/{name}{settings}", &address[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_of_a_url_changes() {
        assert_eq!(
            url_of("postgresql://a:b@h:5/x?k=v", "n"),
            "postgresql://a:b@h:5/n?k=v"
        );
        assert_eq!(
            url_of("postgresql://a@%2Ftmp%2Fs", "n"),
            "postgresql://a@%2Ftmp%2Fs/n"
        );
    }
}
