//! The only file that knows which engine is which: begin statements, type words, errors, introspection.

use postgres::error::SqlState;
use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::StoreError;

/// Which database is behind a `Db`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// The embedded default.
    Sqlite,
    /// For several nodes.
    Postgres,
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Write,
    Read,
    /// A long look at one state, such as a backup's: it is in nobody's way, and nobody's way ends it.
    Snapshot,
    /// Changes of the schema: one at a time in the whole installation.
    Migrate,
}

impl Kind {
    /// Whether nothing can be changed.
    pub(crate) const fn only_reads(self) -> bool {
        matches!(self, Self::Read | Self::Snapshot)
    }
}

/// The number of the advisory lock that migrations of all nodes share: "bailee" in ASCII.
const MIGRATION_LOCK: &str =
    "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(108170453214565)";

impl Engine {
    /// The engine's name, lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// Whether a commit can be seen before it is durable, so that answers must wait (`durable`). PostgreSQL shows a commit to
    /// others only after its log was written.
    pub(crate) const fn shows_before_durable(self) -> bool {
        matches!(self, Self::Sqlite)
    }

    pub(crate) const fn begin(self, kind: Kind) -> &'static str {
        match (self, kind) {
            // The write lock is taken at once: a lock taken later could fail after work was done.
            (Self::Sqlite, Kind::Write | Kind::Migrate) => "BEGIN IMMEDIATE",
            (Self::Sqlite, Kind::Read | Kind::Snapshot) => "BEGIN DEFERRED",
            (Self::Postgres, Kind::Write) => "BEGIN ISOLATION LEVEL SERIALIZABLE",
            // Serializable for reads as well: a snapshot alone may show an order of writes that never was.
            (Self::Postgres, Kind::Read) => "BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY",
            // May wait a moment for a state that no transaction under way can make look wrong; it is then never cancelled.
            (Self::Postgres, Kind::Snapshot) => "BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE",
            // Read committed, so that what is read after waiting for the lock is what the one before committed.
            (Self::Postgres, Kind::Migrate) => MIGRATION_LOCK,
        }
    }

    /// What a `{word}` of a migration stands for.
    pub(crate) fn word(self, word: &str) -> Option<&'static str> {
        Some(match (self, word) {
            (_, "text") => "TEXT",
            (Self::Sqlite, "int") => "INTEGER",
            (Self::Postgres, "int") => "BIGINT",
            (Self::Sqlite, "bytes") => "BLOB",
            (Self::Postgres, "bytes") => "BYTEA",
            // A STRICT table knows no boolean; `INT` is its other word for integer and tells them apart.
            (Self::Sqlite, "bool") => "INT",
            (Self::Postgres, "bool") => "BOOLEAN",
            (Self::Sqlite, "strict") => "STRICT",
            (Self::Postgres, "strict") => "",
            _ => return None,
        })
    }

    /// Rows of (table, column, kind, not null, has default), in order.
    pub(crate) const fn columns_query(self) -> &'static str {
        match self {
            Self::Sqlite => SQLITE_COLUMNS,
            Self::Postgres => POSTGRES_COLUMNS,
        }
    }

    /// Rows of (table, what, key, shown name, position, column, descending, partial), in order.
    pub(crate) const fn keys_query(self) -> &'static str {
        match self {
            Self::Sqlite => SQLITE_KEYS,
            Self::Postgres => POSTGRES_KEYS,
        }
    }

    /// Rows of (table, key, position, column, target table, target column, action on delete), in order.
    pub(crate) const fn references_query(self) -> &'static str {
        match self {
            Self::Sqlite => SQLITE_REFERENCES,
            Self::Postgres => POSTGRES_REFERENCES,
        }
    }
}

const SQLITE_COLUMNS: &str = "
SELECT m.name, c.name,
       CASE c.type WHEN 'INTEGER' THEN 'int' WHEN 'INT' THEN 'bool' WHEN 'BLOB' THEN 'bytes' ELSE lower(c.type) END,
       c.\"notnull\" = 1 OR c.pk > 0, c.dflt_value IS NOT NULL
FROM sqlite_master m, pragma_table_info(m.name) c
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
ORDER BY m.name, c.cid";

const POSTGRES_COLUMNS: &str = "
SELECT t.relname, a.attname,
       CASE format_type(a.atttypid, a.atttypmod)
            WHEN 'bigint' THEN 'int' WHEN 'boolean' THEN 'bool' WHEN 'bytea' THEN 'bytes'
            ELSE format_type(a.atttypid, a.atttypmod) END,
       a.attnotnull, a.atthasdef
FROM pg_class t JOIN pg_namespace s ON s.oid = t.relnamespace JOIN pg_attribute a ON a.attrelid = t.oid
WHERE s.nspname = current_schema() AND t.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY t.relname COLLATE \"C\", a.attnum";

const SQLITE_KEYS: &str = "
SELECT m.name, 'primary key', '', '', c.pk, c.name, 0, 0
FROM sqlite_master m, pragma_table_info(m.name) c
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND c.pk > 0
UNION ALL
SELECT m.name,
       CASE WHEN i.origin = 'u' THEN 'unique' WHEN i.\"unique\" = 1 THEN 'unique index' ELSE 'index' END,
       i.name, CASE WHEN i.origin = 'u' THEN '' ELSE i.name END,
       x.seqno + 1, coalesce(x.name, '(expression)'), x.desc, i.partial
FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_xinfo(i.name) x
WHERE m.type = 'table' AND i.origin <> 'pk' AND x.key = 1
ORDER BY 1, 2, 3, 5";

const POSTGRES_KEYS: &str = "
SELECT t.relname,
       CASE WHEN i.indisprimary THEN 'primary key' WHEN c.oid IS NOT NULL THEN 'unique'
            WHEN i.indisunique THEN 'unique index' ELSE 'index' END,
       x.relname, CASE WHEN c.oid IS NOT NULL THEN '' ELSE x.relname::text END,
       k.position, coalesce(a.attname, '(expression)'),
       (i.indoption[(k.position - 1)::int] & 1) = 1, i.indpred IS NOT NULL
FROM pg_index i
JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_namespace s ON s.oid = t.relnamespace
CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position)
LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.conrelid = t.oid AND c.contype IN ('p', 'u')
LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum AND k.attnum > 0
WHERE s.nspname = current_schema() AND t.relkind = 'r'
ORDER BY t.relname COLLATE \"C\", 2, 3, 5";

const SQLITE_REFERENCES: &str = "
SELECT m.name, CAST(f.id AS TEXT), f.seq + 1, f.\"from\", f.\"table\", f.\"to\", lower(f.on_delete)
FROM sqlite_master m, pragma_foreign_key_list(m.name) f
WHERE m.type = 'table'
ORDER BY 1, 2, 3";

const POSTGRES_REFERENCES: &str = "
SELECT t.relname, c.conname, k.position, a.attname, u.relname, b.attname,
       CASE c.confdeltype WHEN 'c' THEN 'cascade' WHEN 'r' THEN 'restrict' WHEN 'n' THEN 'set null'
                          WHEN 'd' THEN 'set default' ELSE 'no action' END
FROM pg_constraint c
JOIN pg_class t ON t.oid = c.conrelid
JOIN pg_class u ON u.oid = c.confrelid
JOIN pg_namespace s ON s.oid = t.relnamespace
CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY AS k(here, there, position)
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.here
JOIN pg_attribute b ON b.attrelid = u.oid AND b.attnum = k.there
WHERE c.contype = 'f' AND s.nspname = current_schema()
ORDER BY 1, 2, 3";

/// What an error of SQLite means (result codes: sqlite.org/rescode.html).
pub(crate) fn sqlite_error(error: rusqlite::Error) -> StoreError {
    let text = error.to_string();
    let rusqlite::Error::SqliteFailure(failure, message) = error else {
        return StoreError::Sql { reason: text };
    };
    let message = message.unwrap_or(text);
    match failure.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Contention,
        ErrorCode::DiskFull
        | ErrorCode::SystemIoFailure
        | ErrorCode::CannotOpen
        | ErrorCode::OutOfMemory
        | ErrorCode::PermissionDenied
        | ErrorCode::DatabaseCorrupt
        | ErrorCode::NotADatabase => StoreError::unavailable(message),
        ErrorCode::ReadOnly => StoreError::ReadOnly,
        ErrorCode::ConstraintViolation => sqlite_constraint(failure.extended_code, &message),
        _ => StoreError::Sql { reason: message },
    }
}

/// Messages look like `UNIQUE constraint failed: member.tenant, member.name`.
fn sqlite_constraint(code: i32, message: &str) -> StoreError {
    let about = message.split_once(": ").map_or("", |(_, about)| about);
    match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            let pairs: Vec<_> = about
                .split(", ")
                .filter_map(|pair| pair.split_once('.'))
                .collect();
            let table = pairs.first().map_or("", |(table, _)| table).to_owned();
            let columns: Vec<_> = pairs.into_iter().map(|(_, column)| column).collect();
            StoreError::Unique {
                table,
                columns: columns.join(", "),
            }
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => StoreError::ForeignKey,
        ffi::SQLITE_CONSTRAINT_CHECK => StoreError::Check {
            constraint: about.to_owned(),
        },
        ffi::SQLITE_CONSTRAINT_NOTNULL => StoreError::NotNull {
            column: about.to_owned(),
        },
        _ => StoreError::Sql {
            reason: message.to_owned(),
        },
    }
}

/// What an error of PostgreSQL means (SQLSTATE: PostgreSQL manual, appendix A).
pub(crate) fn postgres_error(error: &postgres::Error) -> StoreError {
    let Some(database) = error.as_db_error() else {
        return without_sqlstate(error);
    };
    let column = || {
        format!(
            "{}.{}",
            database.table().unwrap_or(""),
            database.column().unwrap_or("")
        )
    };
    match *database.code() {
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => StoreError::Contention,
        SqlState::UNIQUE_VIOLATION => StoreError::Unique {
            table: database.table().unwrap_or("").to_owned(),
            columns: database.detail().and_then(key_columns).unwrap_or("").to_owned(),
        },
        SqlState::FOREIGN_KEY_VIOLATION => StoreError::ForeignKey,
        SqlState::CHECK_VIOLATION => StoreError::Check {
            constraint: database.constraint().unwrap_or("").to_owned(),
        },
        SqlState::NOT_NULL_VIOLATION => StoreError::NotNull { column: column() },
        SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::ReadOnly,
        _ if cannot_serve(database.code().code()) => StoreError::unavailable(database.message()),
        _ => StoreError::Sql {
            reason: database.message().to_owned(),
        },
    }
}

/// Whether a statement was prepared for a table that looks different by now.
pub(crate) fn is_stale_statement(error: &postgres::Error) -> bool {
    error.as_db_error().is_some_and(|database| {
        *database.code() == SqlState::FEATURE_NOT_SUPPORTED && database.message().contains("cached plan")
    })
}

/// Whether the connection ended with this error, and every transaction on it.
pub(crate) fn is_connection_lost(error: &postgres::Error) -> bool {
    match error.as_db_error() {
        Some(database) => ["08", "57P"]
            .iter()
            .any(|class| database.code().code().starts_with(class)),
        None => {
            error.is_closed()
                || std::error::Error::source(error).is_some_and(|cause| cause.is::<std::io::Error>())
        }
    }
}

/// No answer from the server: the connection is gone, or the driver could not convert a parameter.
fn without_sqlstate(error: &postgres::Error) -> StoreError {
    let cause = std::error::Error::source(error);
    let reason = cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"));
    if is_connection_lost(error) || cause.is_none() {
        StoreError::unavailable(reason)
    } else {
        StoreError::Sql { reason }
    }
}

/// Classes 08 (connection), 53 (out of disk, memory, connections), 57P (shutting down or starting) and 58 (system).
fn cannot_serve(code: &str) -> bool {
    ["08", "53", "57P", "58"]
        .iter()
        .any(|class| code.starts_with(class))
}

/// The detail looks like `Key (tenant, name)=(…, …) already exists.`; the values stay behind.
fn key_columns(detail: &str) -> Option<&str> {
    let (_, rest) = detail.split_once('(')?;
    rest.split_once(")=(").map(|(columns, _)| columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_without_their_values() {
        assert_eq!(
            key_columns("Key (tenant, name)=(7, Ann) already exists."),
            Some("tenant, name")
        );
        assert_eq!(key_columns("nothing"), None);
        let unique = sqlite_constraint(
            ffi::SQLITE_CONSTRAINT_UNIQUE,
            "UNIQUE constraint failed: a.x, a.y",
        );
        assert_eq!(
            unique,
            StoreError::Unique {
                table: "a".into(),
                columns: "x, y".into()
            }
        );
    }

    #[test]
    fn states_that_pass_are_unavailability() {
        for code in ["08006", "53100", "53300", "57P01", "57P03", "58030"] {
            assert!(cannot_serve(code), "{code}");
        }
        assert!(!cannot_serve("42601"));
        assert!(!cannot_serve("57014"));
    }
}
