//! Housekeeping of SQLite's write-ahead log, which otherwise keeps the size of its busiest hour.

use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::dialect::{Engine, sqlite_error};
use crate::{Db, StoreError};

/// Writers wait while the log is emptied, so it is given up soon when readers are in the way.
const PATIENCE: Duration = Duration::from_millis(250);

const FILE: &str = "SELECT file FROM pragma_database_list WHERE name = 'main'";
/// One row: whether somebody was in the way, pages in the log, pages moved (sqlite.org/pragma.html#pragma_wal_checkpoint).
const TRUNCATE: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

impl Db {
    /// Moves everything in the log of writes into the database file and empties the log. Gives false when readers or
    /// writers were in the way: nothing is lost, and the next time will do. PostgreSQL minds its own log.
    ///
    /// Blocks for as long as the disk takes. For plain threads, like [`Db::read_blocking`].
    pub fn compact_log(&self) -> Result<bool, StoreError> {
        if self.engine() == Engine::Postgres {
            return Ok(true);
        }
        let file: String = self.read_blocking(|tx| tx.one(FILE, &[])?.get(0))?;
        // Not the writer's connection: there a transaction is always open, or about to be.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags).map_err(sqlite_error)?;
        connection.busy_timeout(PATIENCE).map_err(sqlite_error)?;
        let busy: i64 = connection
            .query_row(TRUNCATE, [], |row| row.get(0))
            .map_err(sqlite_error)?;
        Ok(busy == 0)
    }
}
