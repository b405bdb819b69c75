//! The schema's history: numbered steps in portable text, each applied once.
//!
//! A step is SQL with words in braces for what the engines spell differently: `{text}`, `{int}`, `{bytes}`,
//! `{bool}` and `{strict}` (after the closing bracket of every CREATE TABLE). Each crate that owns tables has its own
//! range of numbers, so that lists of several crates are put together into one.

use std::collections::BTreeMap;

use crate::dialect::{Engine, Kind};
use crate::tx::Tx;
use crate::{Db, StoreError, params};

/// One step of the schema's history. Never change one that was released; add another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// Its number: the order of application, unique among all crates.
    pub id: u32,
    /// What it does, in a few words.
    pub name: &'static str,
    /// Portable statements, separated by semicolons.
    pub sql: &'static str,
}

const HISTORY: &str = "CREATE TABLE IF NOT EXISTS migration (
    id {int} NOT NULL PRIMARY KEY, name {text} NOT NULL, hash {text} NOT NULL
) {strict}";

const APPLIED: &str = "SELECT id, hash FROM migration ORDER BY id";
const RECORD: &str = "INSERT INTO migration (id, name, hash) VALUES ($1, $2, $3)";

impl Db {
    /// Applies what is not applied yet, in order of number, each step in a transaction of its own. Several nodes may
    /// do so at once. Blocks.
    ///
    /// Fails without a change when a released step was altered, or when the database knows a step that this program
    /// does not, because a newer one made it.
    pub fn migrate(&self, migrations: &[Migration]) -> Result<(), StoreError> {
        let engine = self.engine();
        let known: BTreeMap<u32, Migration> = migrations.iter().map(|step| (step.id, *step)).collect();
        if known.len() != migrations.len() {
            return Err(refused(
                0,
                "two migrations have the same number: give each crate its own range",
            ));
        }
        let check = known.clone();
        self.ask_blocking(Kind::Migrate, move |tx| {
            tx.batch(&render(HISTORY, engine, 0)?)?;
            check_history(tx, &check)
        })?;
        for step in known.into_values() {
            self.ask_blocking(Kind::Migrate, move |tx| apply(tx, engine, step))?;
        }
        Ok(())
    }
}

fn check_history(tx: &mut Tx, known: &BTreeMap<u32, Migration>) -> Result<(), StoreError> {
    for row in tx.all(APPLIED, &[])? {
        let (id, hash): (u32, String) = (row.get(0)?, row.get(1)?);
        match known.get(&id) {
            None => {
                return Err(refused(
                    id,
                    "a newer program made this database: start that one, or restore a backup",
                ));
            }
            Some(step) if fingerprint(step.sql) != hash => {
                return Err(refused(
                    id,
                    "its text differs from what was applied: restore the text, add a new migration",
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn apply(tx: &mut Tx, engine: Engine, step: Migration) -> Result<(), StoreError> {
    let done = tx.optional("SELECT 1 FROM migration WHERE id = $1", params![step.id])?;
    if done.is_some() {
        return Ok(());
    }
    tx.batch(&render(step.sql, engine, step.id)?)
        .map_err(|error| match error {
            StoreError::Sql { reason } => refused(step.id, &reason),
            other => other,
        })?;
    tx.execute(RECORD, params![step.id, step.name, fingerprint(step.sql)])
        .map(drop)
}

/// Replaces the words in braces.
fn render(sql: &str, engine: Engine, id: u32) -> Result<String, StoreError> {
    let mut parts = sql.split('{');
    let mut rendered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (word, rest) = part
            .split_once('}')
            .ok_or_else(|| refused(id, "a { without its }"))?;
        let known = engine.word(word);
        let spelled = known.ok_or_else(|| refused(id, &format!("{{{word}}} is no word of the dialect")))?;
        rendered.push_str(spelled);
        rendered.push_str(rest);
    }
    Ok(rendered)
}

/// FNV-1a, 64 bits: it tells an edited text from the original and guards against nothing else.
fn fingerprint(text: &str) -> String {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

fn refused(id: u32, reason: &str) -> StoreError {
    StoreError::Migration {
        id,
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_spelled_per_engine_and_unknown_ones_refused() {
        let sql = "CREATE TABLE a (b {bytes}, c {int}) {strict};";
        assert_eq!(
            render(sql, Engine::Sqlite, 1).unwrap(),
            "CREATE TABLE a (b BLOB, c INTEGER) STRICT;"
        );
        assert_eq!(
            render(sql, Engine::Postgres, 1).unwrap(),
            "CREATE TABLE a (b BYTEA, c BIGINT) ;"
        );
        assert!(render("{json}", Engine::Sqlite, 1).is_err());
        assert!(render("{int", Engine::Sqlite, 1).is_err());
    }

    #[test]
    fn the_fingerprint_is_the_published_function() {
        // Test vector of the FNV authors for FNV-1a, 64 bits.
        assert_eq!(fingerprint("foobar"), "85944171f73967e8");
    }
}
