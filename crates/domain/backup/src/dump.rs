//! Rows out: every table of one state of the database, in parts on the shelf.
//!
//! Promises: all parts are of one moment; a row's wrapped keys go into another part than the rest of it; memory holds a batch of
//! rows, which gets shorter where rows are long. Leaves out: what rows say.

use std::collections::VecDeque;
use std::sync::Arc;

use kernel::{Clock, ObjectId, Random};
use store::{Table, Tx, Value};

use crate::error::{Error, Result};
use crate::key::BackupKey;
use crate::manifest::{Installation, Step, TablePart};
use crate::part::{Name, Part, PartWriter};
use crate::shelf::{Room, Shelf};
use crate::{LEFT_OUT, Progress, is_key};

/// Rows in the first batch of a table.
const ROWS: usize = 256;
/// What later batches are to weigh, in bytes.
const BATCH: usize = 1 << 20;
const MOST_ROWS: usize = 2_000;

const SCHEMA: &str = "SELECT id, hash FROM migration ORDER BY id";
const INSTALLATION: &str =
    "SELECT operator_tenant, root_id, log_origin, log_verifier FROM installation WHERE one = 1";
const CHECKPOINT: &str = "SELECT note FROM log_checkpoint ORDER BY tree_size DESC LIMIT 1";
/// Pages of what versions and parts of versions refer to, each in the order of place and id.
const REFERENCES: [&str; 2] = [
    "SELECT object_place, object_id FROM item_version WHERE object_id IS NOT NULL AND \
     (object_place, object_id) > ($1, $2) ORDER BY object_place, object_id LIMIT $3",
    "SELECT object_place, object_id FROM version_part WHERE object_id IS NOT NULL AND \
     (object_place, object_id) > ($1, $2) ORDER BY object_place, object_id LIMIT $3",
];

/// Everything that is needed to write parts.
#[derive(Clone)]
pub(crate) struct Dump {
    pub(crate) shelf: Shelf,
    pub(crate) keys_shelf: Shelf,
    pub(crate) key: Arc<BackupKey>,
    pub(crate) backup: ObjectId,
    pub(crate) tables: Arc<Vec<Table>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) progress: Progress,
    pub(crate) goes_on: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// What one state came to.
pub(crate) struct Dumped {
    pub(crate) schema: Vec<Step>,
    pub(crate) installation: Installation,
    pub(crate) checkpoint: Option<String>,
    pub(crate) tables: Vec<TablePart>,
    /// What rows refer to: place and id, sorted.
    pub(crate) references: Part,
}

impl Dump {
    /// Writes every part. The transaction sees one state.
    pub(crate) fn run(&self, tx: &mut Tx) -> Result<Dumped> {
        let installation = tx.one(INSTALLATION, &[])?;
        let installation = Installation {
            operator_tenant: installation.get(0)?,
            root_id: installation.get(1)?,
            log_origin: installation.get(2)?,
            log_verifier: installation.get(3)?,
        };
        let schema = tx.all(SCHEMA, &[])?;
        let schema = schema
            .iter()
            .map(|row| {
                Ok(Step {
                    id: row.get(0)?,
                    hash: row.get(1)?,
                })
            })
            .collect::<Result<_>>()?;
        let checkpoint = tx.optional(CHECKPOINT, &[])?;
        let checkpoint = checkpoint.map(|row| row.get(0)).transpose()?;
        let mut tables = Vec::new();
        let mut rows = 0;
        let wanted = self.tables.iter();
        for table in wanted.filter(|table| !LEFT_OUT.contains(&table.name.as_str())) {
            tables.push(self.table(tx, table, &mut rows)?);
        }
        Ok(Dumped {
            schema,
            installation,
            checkpoint,
            tables,
            references: self.references(tx)?,
        })
    }

    pub(crate) fn check_goes_on(&self) -> Result<()> {
        if (self.goes_on)() {
            Ok(())
        } else {
            Err(Error::Stopped)
        }
    }

    pub(crate) fn name(&self, what: &str) -> Name {
        Name {
            backup: self.backup,
            what: what.to_owned(),
        }
    }

    /// A writer for rows that hold no keys.
    pub(crate) fn part(&self, what: &str) -> Result<PartWriter> {
        let (key, now) = (self.key.data(), self.clock.now());
        PartWriter::begin(
            (&self.shelf, Room::Parts),
            &self.name(what),
            &key,
            now,
            &*self.random,
        )
    }

    fn keys_part(&self, what: &str) -> Result<PartWriter> {
        let (key, now) = (self.key.keys(), self.clock.now());
        PartWriter::begin(
            (&self.keys_shelf, Room::Keys),
            &self.name(what),
            &key,
            now,
            &*self.random,
        )
    }

    fn table(&self, tx: &mut Tx, table: &Table, done: &mut u64) -> Result<TablePart> {
        let split = Split::of(table)?;
        let mut data = self.part(&data_name(&table.name))?;
        let mut keys = match split.keys.is_empty() {
            true => None,
            false => Some(self.keys_part(&keys_name(&table.name))?),
        };
        let mut pages = Pages::of(table, &split);
        while let Some(rows) = pages.next(tx)? {
            for row in &rows {
                data.row(split.data.iter().map(|at| &row[*at]))?;
                if let Some(keys) = &mut keys {
                    keys.row(split.key.iter().chain(&split.keys).map(|at| &row[*at]))?;
                }
            }
            *done += rows.len() as u64;
            (self.progress)("rows", *done, None);
            self.check_goes_on()?;
        }
        let names = |places: &[usize]| {
            places
                .iter()
                .map(|at| table.columns[*at].name.clone())
                .collect::<Vec<_>>()
        };
        Ok(TablePart {
            table: table.name.clone(),
            key: table.key.clone(),
            columns: names(&split.data),
            data: data.finish()?,
            key_columns: names(&split.keys),
            keys: keys.map(PartWriter::finish).transpose()?,
        })
    }

    fn references(&self, tx: &mut Tx) -> Result<Part> {
        let mut part = self.part("references")?;
        let mut sources = REFERENCES.map(References::of);
        loop {
            for source in &mut sources {
                source.fill(tx)?;
            }
            let left = sources.iter_mut().filter(|source| !source.page.is_empty());
            let first = left.min_by(|one, other| one.page.front().cmp(&other.page.front()));
            match first.and_then(|first| first.page.pop_front()) {
                Some((place, id)) => part.row(&[Value::Text(place), Value::Bytes(id)])?,
                None => return part.finish(),
            }
        }
    }
}

pub(crate) fn data_name(table: &str) -> String {
    format!("table {table}")
}

pub(crate) fn keys_name(table: &str) -> String {
    format!("keys of table {table}")
}

/// Which columns go where, by their places.
struct Split {
    key: Vec<usize>,
    data: Vec<usize>,
    keys: Vec<usize>,
}

impl Split {
    fn of(table: &Table) -> Result<Self> {
        let place = |name: &String| table.columns.iter().position(|column| column.name == *name);
        let key: Option<Vec<usize>> = table.key.iter().map(place).collect();
        let key = key.filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| Error::Internal(format!("table {} has no primary key", table.name)))?;
        let (keys, data) =
            (0..table.columns.len()).partition(|at| is_key(&table.name, &table.columns[*at].name));
        Ok(Self { key, data, keys })
    }
}

/// The rows of a table, a batch at a time.
struct Pages<'t> {
    table: &'t Table,
    key: Vec<usize>,
    after: Option<Vec<Value>>,
    limit: usize,
    ended: bool,
}

impl<'t> Pages<'t> {
    fn of(table: &'t Table, split: &Split) -> Self {
        Self {
            table,
            key: split.key.clone(),
            after: None,
            limit: ROWS,
            ended: false,
        }
    }

    fn next(&mut self, tx: &mut Tx) -> Result<Option<Vec<Vec<Value>>>> {
        if self.ended {
            return Ok(None);
        }
        let mut values = self.after.take().unwrap_or_default();
        let sql = self.sql(values.len());
        values.push(Value::Int(i64::try_from(self.limit).map_err(Error::internal)?));
        let found = tx.all(&sql, &values)?;
        self.ended = found.len() < self.limit;
        let mut rows = Vec::with_capacity(found.len());
        for row in found {
            let mut row = row.into_values();
            for (value, column) in row.iter_mut().zip(&self.table.columns) {
                // SQLite keeps a boolean as 0 or 1.
                if let (Value::Int(number), "bool") = (&*value, column.kind.as_str()) {
                    *value = Value::Bool(*number != 0);
                }
            }
            rows.push(row);
        }
        let last = rows.last();
        self.after = last.map(|row| self.key.iter().map(|at| row[*at].clone()).collect());
        let weight: usize = rows.iter().flatten().map(weight).sum();
        self.limit = (BATCH * rows.len() / weight.max(1)).clamp(1, MOST_ROWS);
        Ok((!rows.is_empty()).then_some(rows))
    }

    fn sql(&self, bound: usize) -> String {
        let quoted = |names: &mut dyn Iterator<Item = &String>| {
            names
                .map(|name| format!("\"{name}\""))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let columns = quoted(&mut self.table.columns.iter().map(|column| &column.name));
        let key = quoted(&mut self.table.key.iter());
        let after = match bound {
            0 => String::new(),
            _ => {
                let places: Vec<_> = (1..=bound).map(|place| format!("${place}")).collect();
                format!("WHERE ({key}) > ({})", places.join(", "))
            }
        };
        let (table, limit) = (&self.table.name, bound + 1);
        format!("SELECT {columns} FROM \"{table}\" {after} ORDER BY {key} LIMIT ${limit}")
    }
}

/// What a value takes in memory, roughly.
pub(crate) fn weight(value: &Value) -> usize {
    match value {
        Value::Text(text) => 16 + text.len(),
        Value::Bytes(bytes) => 16 + bytes.len(),
        _ => 16,
    }
}

type Reference = (String, Vec<u8>);

/// One sorted source of references.
struct References {
    sql: &'static str,
    page: VecDeque<Reference>,
    after: Reference,
    ended: bool,
}

impl References {
    fn of(sql: &'static str) -> Self {
        Self {
            sql,
            page: VecDeque::new(),
            after: (String::new(), Vec::new()),
            ended: false,
        }
    }

    fn fill(&mut self, tx: &mut Tx) -> Result<()> {
        if !self.page.is_empty() || self.ended {
            return Ok(());
        }
        let (place, id) = self.after.clone();
        let most = i64::try_from(MOST_ROWS).map_err(Error::internal)?;
        let found = tx.all(
            self.sql,
            &[Value::Text(place), Value::Bytes(id), Value::Int(most)],
        )?;
        self.ended = found.len() < MOST_ROWS;
        let page = found
            .iter()
            .map(|row| Ok((row.get(0)?, row.get(1)?)))
            .collect::<Result<VecDeque<Reference>>>()?;
        if let Some(last) = page.back() {
            self.after = last.clone();
        }
        self.page = page;
        Ok(())
    }
}
