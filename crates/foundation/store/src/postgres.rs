//! The driver for PostgreSQL, over the synchronous client. That client must be neither used nor dropped on an
//! asynchronous thread, so each one is made, used and dropped on the thread that serves it.
//!
//! Connections are not encrypted yet: use a Unix socket, loopback, or a network that encrypts by itself.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use postgres::fallible_iterator::FallibleIterator as _;
use postgres::types::private::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Config, NoTls, Statement};

use crate::dialect::{is_connection_lost, is_stale_statement, postgres_error};
use crate::driver::{Driver, check_params};
use crate::{Row, StoreError, Value};

/// How long a connection may take to come about when the URL does not say.
const CONNECT: Duration = Duration::from_secs(10);

/// How many prepared statements a connection keeps; past it, all are forgotten and made again as needed.
const STATEMENTS: usize = 512;

pub(crate) struct Postgres {
    config: Config,
    client: Option<Client>,
    statements: HashMap<String, Statement>,
    in_transaction: bool,
}

/// Reads the URL (`postgresql://…` or `host=… user=…`).
pub(crate) fn config(url: &str) -> Result<Config, StoreError> {
    // The parser's own text may repeat parts of the URL, which holds a password.
    let mut config: Config = url.parse().map_err(|_| StoreError::Unsuitable {
        reason: "not a PostgreSQL URL: write postgresql://user:password@host:5432/database".to_owned(),
    })?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT);
    }
    if config.get_application_name().is_none() {
        config.application_name("bailee");
    }
    Ok(config)
}

impl Postgres {
    /// A driver that connects when it is first used.
    pub(crate) fn new(config: Config) -> Self {
        Self {
            config,
            client: None,
            statements: HashMap::new(),
            in_transaction: false,
        }
    }

    /// Refuses a database whose text sorts otherwise than SQLite's, or is not UTF-8.
    pub(crate) fn check_database(&mut self) -> Result<(), StoreError> {
        self.reconnect()?;
        let sql = "SELECT datcollate, pg_encoding_to_char(encoding), current_database()
                   FROM pg_database WHERE datname = current_database()";
        let rows = self.query(sql, &[], 1)?;
        let Some(row) = rows.first() else {
            return Err(StoreError::unavailable(
                "the server does not know its own database",
            ));
        };
        let (collation, encoding, name): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let ordered = ["C", "POSIX", "C.UTF-8", "C.UTF8", "C.utf8"].contains(&collation.as_str());
        if ordered && encoding == "UTF8" {
            return Ok(());
        }
        Err(StoreError::Unsuitable {
            reason: unsuitable(&name, &collation, &encoding),
        })
    }

    fn client(&mut self) -> Result<&mut Client, StoreError> {
        self.client
            .as_mut()
            .ok_or_else(|| StoreError::unavailable("not connected to PostgreSQL"))
    }

    fn statement(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let prepared = self.client()?.prepare(sql);
        let statement = prepared.map_err(|error| self.failed(&error))?;
        if self.statements.len() >= STATEMENTS {
            self.statements.clear();
        }
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn failed(&mut self, error: &postgres::Error) -> StoreError {
        if is_connection_lost(error) {
            // The server's farewell arrives before the client notices that the line is dead.
            (self.client, self.in_transaction) = (None, false);
        }
        if is_stale_statement(error) {
            self.statements.clear();
            return StoreError::Contention;
        }
        postgres_error(error)
    }
}

fn unsuitable(name: &str, collation: &str, encoding: &str) -> String {
    format!(
        "database {name} sorts text by {collation} in {encoding}, which differs from byte order in UTF-8: make it with \
         CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
    )
}

impl Driver for Postgres {
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        check_params(params)?;
        let statement = self.statement(sql)?;
        check_count(&statement, params)?;
        let params: Vec<Bound<'_>> = params.iter().map(Bound).collect();
        let lent: Vec<&(dyn ToSql + Sync)> = params.iter().map(|value| value as _).collect();
        let changed = self.client()?.execute(&statement, &lent);
        changed.map_err(|error| self.failed(&error))
    }

    fn query(&mut self, sql: &str, params: &[Value], limit: usize) -> Result<Vec<Row>, StoreError> {
        check_params(params)?;
        let statement = self.statement(sql)?;
        check_count(&statement, params)?;
        let found = rows_of(self.client()?, &statement, params, limit);
        found.map_err(|error| self.failed(&error))?
    }

    fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        let ended = sql.starts_with("COMMIT") || sql == "ROLLBACK";
        let begun = sql.starts_with("BEGIN");
        let done = self.client()?.batch_execute(sql);
        let done = done.map_err(|error| self.failed(&error));
        self.in_transaction = match (begun, ended) {
            (true, _) => done.is_ok(),
            (_, true) => false,
            _ => self.in_transaction,
        };
        done
    }

    fn prepare(&mut self, sql: &str) -> Result<(), StoreError> {
        let prepared = self.client()?.prepare(sql);
        prepared.map(drop).map_err(|error| self.failed(&error))
    }

    fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    fn is_closed(&self) -> bool {
        self.client.as_ref().is_none_or(Client::is_closed)
    }

    fn make_durable(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn reconnect(&mut self) -> Result<(), StoreError> {
        if !self.is_closed() {
            return Ok(());
        }
        (self.client, self.in_transaction) = (None, false);
        self.statements.clear();
        let mut client = self.config.connect(NoTls).map_err(|error| connecting(&error))?;
        let setting = client
            .query_one("SHOW synchronous_commit", &[])
            .map_err(|error| postgres_error(&error))?;
        // A server that answers before the write is durable is told to wait; stricter settings are left alone.
        if setting.get::<_, &str>(0) == "off" {
            client
                .batch_execute("SET synchronous_commit = on")
                .map_err(|error| postgres_error(&error))?;
        }
        self.client = Some(client);
        Ok(())
    }
}

/// A server that refuses or is not there yet cannot serve, whatever its reason.
fn connecting(error: &postgres::Error) -> StoreError {
    match postgres_error(error) {
        StoreError::Unavailable { reason } | StoreError::Sql { reason } => {
            StoreError::unavailable(format!("cannot connect to PostgreSQL: {reason}"))
        }
        other => other,
    }
}

fn check_count(statement: &Statement, params: &[Value]) -> Result<(), StoreError> {
    let wanted = statement.params().len();
    if wanted == params.len() {
        return Ok(());
    }
    let reason = format!(
        "the statement takes {wanted} parameters, {} were given",
        params.len()
    );
    Err(StoreError::Sql { reason })
}

/// Reads rows until the limit; the rest is dropped as it arrives, without being decoded.
fn rows_of(
    client: &mut Client,
    statement: &Statement,
    params: &[Value],
    limit: usize,
) -> Result<Result<Vec<Row>, StoreError>, postgres::Error> {
    let params: Vec<Bound<'_>> = params.iter().map(Bound).collect();
    let mut rows = client.query_raw(statement, params.iter().map(|value| value as &(dyn ToSql + Sync)))?;
    let mut found = Ok(Vec::new());
    while let Some(row) = rows.next()? {
        if let Ok(list) = &mut found
            && list.len() < limit
        {
            match decode(&row) {
                Ok(row) => list.push(row),
                Err(error) => found = Err(error),
            }
        }
    }
    Ok(found)
}

fn decode(row: &postgres::Row) -> Result<Row, StoreError> {
    let read = |position| {
        row.try_get::<_, Found>(position)
            .map(|found| found.0)
            .map_err(|_| StoreError::Kind {
                position,
                wanted: "text, int, bytes or bool",
                found: row
                    .columns()
                    .get(position)
                    .map_or("no column", |column| column.type_().name())
                    .to_owned(),
            })
    };
    Ok(Row::new((0..row.len()).map(read).collect::<Result<_, _>>()?))
}

/// A value as PostgreSQL sends it.
struct Found(Value);

impl<'a> FromSql<'a> for Found {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(match *kind {
            Type::BOOL => Value::Bool(bool::from_sql(kind, raw)?),
            Type::INT2 => Value::Int(i16::from_sql(kind, raw)?.into()),
            Type::INT4 => Value::Int(i32::from_sql(kind, raw)?.into()),
            Type::INT8 => Value::Int(i64::from_sql(kind, raw)?),
            Type::BYTEA => Value::Bytes(raw.to_vec()),
            _ => Value::Text(String::from_sql(kind, raw)?),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Value::Null))
    }

    fn accepts(kind: &Type) -> bool {
        let ours = [Type::BOOL, Type::INT2, Type::INT4, Type::INT8, Type::BYTEA];
        ours.contains(kind) || <String as FromSql>::accepts(kind) || *kind == Type::VOID
    }
}

/// A value lent to PostgreSQL.
#[derive(Debug)]
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self.0, kind) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Text(text), kind) => text.to_sql_checked(kind, out),
            (Value::Int(number), &Type::INT2) => i16::try_from(*number)?.to_sql(kind, out),
            (Value::Int(number), &Type::INT4) => i32::try_from(*number)?.to_sql(kind, out),
            (Value::Int(number), kind) => number.to_sql_checked(kind, out),
            (Value::Bytes(bytes), kind) => bytes.to_sql_checked(kind, out),
            (Value::Bool(truth), kind) => truth.to_sql_checked(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Makes a database that the store can use, through the URL of another one of the same server.
pub fn create_database(url: &str, name: &str) -> Result<(), StoreError> {
    let name = quoted(name);
    let sql =
        format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
    administer(url, sql)
}

/// Removes a database with whatever connections it has.
pub fn drop_database(url: &str, name: &str) -> Result<(), StoreError> {
    administer(
        url,
        format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name)),
    )
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Runs one statement outside a transaction, on a thread of its own because the caller's may be asynchronous.
fn administer(url: &str, sql: String) -> Result<(), StoreError> {
    let config = config(url)?;
    let run = move || {
        let mut client = config.connect(NoTls).map_err(|error| connecting(&error))?;
        client.batch_execute(&sql).map_err(|error| postgres_error(&error))
    };
    std::thread::spawn(run)
        .join()
        .unwrap_or_else(|_| Err(StoreError::unavailable("the PostgreSQL client failed")))
}
