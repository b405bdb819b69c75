//! The driver for SQLite. Every connection is durable, checks foreign keys, and takes no shortcuts in names.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags, Statement};

use crate::dialect::sqlite_error;
use crate::driver::{Driver, check_params};
use crate::durable::{Flush, Log, failed};
use crate::{Options, Row, StoreError, Value};

/// How many prepared statements a connection keeps.
const STATEMENTS: usize = 512;

pub(crate) struct Sqlite {
    connection: Connection,
    /// The writer's: what to wait for after a commit.
    log: Option<Log>,
}

impl Sqlite {
    /// Opens the connection that writes; makes the file when it is not there.
    pub(crate) fn writer(path: &Path, options: &Options) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut driver = Self::open(path, flags, options)?;
        driver.log = Some(Log::of(path));
        driver.pragma("journal_mode=WAL")?;
        // FULL would make each commit wait for the disk on this thread; that is done apart, and before any answer (`durable`).
        driver.pragma("synchronous=NORMAL")?;
        driver.pragma("foreign_keys=ON")?;
        // 24 MiB: a full group of rows of 32 KiB must fit, or its pages are written before the commit and once more in it.
        // Not more: after a commit in which a full page was split SQLite looks through the whole of it.
        driver.pragma("cache_size=-24576")?;
        // Beside a writer of groups the log is copied into the file by another (`checkpoint`); one that commits each closure
        // does it itself, seldom, as it waits for the disk twice: at 8192 pages, 32 MiB.
        let pages = if options.batch > 1 { 0 } else { 8192 };
        driver.pragma(&format!("wal_autocheckpoint={pages}"))?;
        driver.pragma("journal_size_limit=67108864")?;
        // What a closure's savepoint would restore stays in memory, and is forgotten with it, instead of going to a file.
        driver.pragma("temp_store=MEMORY")?;
        if let Some(pages) = options.max_pages {
            driver.pragma(&format!("max_page_count={pages}"))?;
        }
        Ok(driver)
    }

    /// Opens a connection that only reads.
    pub(crate) fn reader(path: &Path, options: &Options) -> Result<Self, StoreError> {
        let driver = Self::open(path, OpenFlags::SQLITE_OPEN_READ_ONLY, options)?;
        driver.pragma("query_only=ON")?;
        Ok(driver)
    }

    /// Opens a connection that copies the log into the file, and does nothing else.
    pub(crate) fn copier(path: &Path, options: &Options) -> Result<Self, StoreError> {
        let driver = Self::open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, options)?;
        driver.pragma("synchronous=NORMAL")?;
        Ok(driver)
    }

    fn open(path: &Path, flags: OpenFlags, options: &Options) -> Result<Self, StoreError> {
        // Each connection stays on one thread, so that SQLite's own locking of it is not needed.
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(path, flags).map_err(|error| cannot_open(path, error))?;
        connection
            .busy_timeout(options.busy_timeout)
            .map_err(sqlite_error)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // A double-quoted typo must be an error, not a string, and schema text must not call what we did not write.
        for (setting, on) in [
            (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
            (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
            // Otherwise a statement is prepared again whenever a parameter that could matter to its plan is bound anew,
            // which is at every run: our plans follow our indexes and need no look at the values.
            (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
        ] {
            connection.set_db_config(setting, on).map_err(sqlite_error)?;
        }
        let driver = Self {
            connection,
            log: None,
        };
        // PostgreSQL tells upper from lower case in LIKE; here it takes a setting.
        driver.pragma("case_sensitive_like=ON")?;
        Ok(driver)
    }

    fn prepared(&self, sql: &str) -> Result<CachedStatement<'_>, StoreError> {
        self.connection
            .prepare_cached(&numbered(sql))
            .map_err(sqlite_error)
    }

    fn pragma(&self, pragma: &str) -> Result<(), StoreError> {
        self.connection
            .execute_batch(&format!("PRAGMA {pragma}"))
            .map_err(sqlite_error)
    }
}

fn cannot_open(path: &Path, error: rusqlite::Error) -> StoreError {
    let path: PathBuf = path.into();
    StoreError::unavailable(format!("cannot open {}: {error}", path.display()))
}

impl Driver for Sqlite {
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        check_params(params)?;
        let mut statement = self.prepared(sql)?;
        bind(&mut statement, params)?;
        if statement.column_count() > 0 {
            // A statement with RETURNING changes rows as it is stepped through.
            let rows = collect(&mut statement, usize::MAX)?;
            return Ok(rows.len() as u64);
        }
        statement
            .raw_execute()
            .map(|changed| changed as u64)
            .map_err(sqlite_error)
    }

    fn query(&mut self, sql: &str, params: &[Value], limit: usize) -> Result<Vec<Row>, StoreError> {
        check_params(params)?;
        let mut statement = self.prepared(sql)?;
        bind(&mut statement, params)?;
        collect(&mut statement, limit)
    }

    fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.connection.execute_batch(sql).map_err(sqlite_error)
    }

    fn prepare(&mut self, sql: &str) -> Result<(), StoreError> {
        self.connection.prepare(sql).map(drop).map_err(sqlite_error)
    }

    fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    fn is_closed(&self) -> bool {
        false
    }

    fn make_durable(&mut self) -> Result<(), StoreError> {
        self.log
            .as_mut()
            .map_or(Ok(()), |log| log.flush().map_err(|error| failed(&error)))
    }

    fn reconnect(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// SQLite takes `$3` for a name, numbers names as they appear and looks them up one after the other, which for rows by the
/// hundred takes longer than to insert them. `?3` is the third parameter, wherever it stands.
fn numbered(sql: &str) -> String {
    let mut parts = sql.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_parameter = part.starts_with(|first: char| first.is_ascii_digit());
        text.push(if is_parameter { '?' } else { '$' });
        text.push_str(part);
    }
    text
}

fn bind(statement: &mut Statement<'_>, params: &[Value]) -> Result<(), StoreError> {
    let wanted = statement.parameter_count();
    if wanted != params.len() {
        let reason = format!(
            "the statement takes {wanted} parameters, {} were given",
            params.len()
        );
        return Err(StoreError::Sql { reason });
    }
    for (number, value) in (1..).zip(params) {
        statement
            .raw_bind_parameter(number, Bound(value))
            .map_err(sqlite_error)?;
    }
    Ok(())
}

fn collect(statement: &mut Statement<'_>, limit: usize) -> Result<Vec<Row>, StoreError> {
    let mut found = Vec::new();
    let mut rows = statement.raw_query();
    // Even past the limit the statement is stepped to its end: one that changes rows must change them all.
    while let Some(row) = rows.next().map_err(sqlite_error)? {
        if found.len() < limit {
            // Asked only now: the first step prepares again when the table has changed, which may change the width.
            let width = row.as_ref().column_count();
            let values = (0..width).map(|column| read(row.get_ref(column).map_err(sqlite_error)?, column));
            found.push(Row::new(values.collect::<Result<_, _>>()?));
        }
    }
    Ok(found)
}

fn read(value: ValueRef<'_>, position: usize) -> Result<Value, StoreError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => return Err(other_kind(position, "text that is not UTF-8")),
        },
        ValueRef::Real(_) => return Err(other_kind(position, "a fraction")),
    })
}

fn other_kind(position: usize, found: &str) -> StoreError {
    StoreError::Kind {
        position,
        wanted: "text, int, bytes or bool",
        found: found.to_owned(),
    }
}

/// Lends a value to SQLite without copying it.
struct Bound<'a>(&'a Value);

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
            Value::Bool(truth) => ValueRef::Integer(i64::from(*truth)),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_become_numbers_and_other_dollars_stay() {
        assert_eq!(
            numbered("SELECT $2, $10, '$', '$x' || $1"),
            "SELECT ?2, ?10, '$', '$x' || ?1"
        );
        assert_eq!(numbered("$1"), "?1");
        assert_eq!(numbered("SELECT 1"), "SELECT 1");
    }
}
