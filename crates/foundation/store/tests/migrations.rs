//! The schema's history is applied once, in order, and never guessed at.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by them")]

mod common;

use common::{TABLES, with_tables};
use engines::{all, on_both};
use store::{Migration, Options, StoreError, params, schema};

const FIRST: Migration = Migration {
    id: 1,
    name: "first",
    sql: "CREATE TABLE one (id {int} NOT NULL PRIMARY KEY) {strict};",
};
const SECOND: Migration = Migration {
    id: 2,
    name: "second",
    sql: "ALTER TABLE one ADD COLUMN name {text}; INSERT INTO one (id, name) VALUES (1, 'made by a migration');",
};

fn number_of(error: &StoreError) -> Option<u32> {
    match error {
        StoreError::Migration { id, .. } => Some(*id),
        _ => None,
    }
}

on_both! {
    fn each_step_is_applied_once(db: TestDb) {
        db.migrate(&[FIRST]).unwrap();
        db.migrate(&[FIRST, SECOND]).unwrap();
        db.migrate(&[SECOND, FIRST]).unwrap();
        let rows = db.read_blocking(|tx| tx.all("SELECT name FROM one", &[])).unwrap();
        assert_eq!(rows.len(), 1);
    }

    fn a_changed_step_is_refused(db: TestDb) {
        db.migrate(&[FIRST, SECOND]).unwrap();
        let edited = Migration { sql: "CREATE TABLE one (id {int}) {strict};", ..FIRST };
        let refused = db.migrate(&[edited, SECOND]).unwrap_err();
        assert_eq!(number_of(&refused), Some(1), "{refused}");
    }

    fn a_step_of_a_newer_program_is_refused(db: TestDb) {
        db.migrate(&[FIRST, SECOND]).unwrap();
        let refused = db.migrate(&[FIRST]).unwrap_err();
        assert_eq!(number_of(&refused), Some(2));
        assert!(refused.to_string().contains("newer"));
    }

    fn a_failing_step_leaves_nothing_and_can_be_mended(db: TestDb) {
        let broken = Migration { id: 2, name: "broken", sql: "CREATE TABLE two (id {int}) {strict}; SELECT nonsense;" };
        assert_eq!(number_of(&db.migrate(&[FIRST, broken]).unwrap_err()), Some(2));
        assert!(!schema(&db).unwrap().contains("two"));
        db.migrate(&[FIRST, SECOND]).unwrap();
    }

    fn one_number_cannot_mean_two_steps(db: TestDb) {
        assert!(db.migrate(&[FIRST, Migration { id: 1, ..SECOND }]).is_err());
    }

    fn several_nodes_may_start_at_once(db: TestDb) {
        let nodes: Vec<_> = (0..4).map(|_| db.open_again(Options { readers: 1, writers: 1, ..Options::default() })).collect();
        let starts: Vec<_> = nodes.into_iter().map(|node| std::thread::spawn(move || node.migrate(&[FIRST, SECOND]))).collect();
        for start in starts {
            start.join().unwrap().unwrap();
        }
        assert_eq!(db.read_blocking(|tx| tx.all("SELECT id FROM one", &[])).unwrap().len(), 1);
    }

    fn columns_refuse_another_kind(db: TestDb) {
        with_tables(&db);
        let refused = db.write_blocking(|tx| tx.execute("INSERT INTO counter (name, value) VALUES ($1, $2)", params!["a", "x"]));
        assert!(matches!(refused, Err(StoreError::Sql { .. })), "{refused:?}");
    }
}

#[test]
fn both_engines_show_the_same_schema() {
    let family = Migration {
        id: 200,
        name: "family",
        sql: "
            CREATE TABLE parent (
                tenant_id {bytes} NOT NULL, id {bytes} NOT NULL, name {text} NOT NULL DEFAULT 'nobody', gone {bool},
                UNIQUE (tenant_id, name), PRIMARY KEY (tenant_id, id)) {strict};
            CREATE TABLE child (
                id {bytes} NOT NULL PRIMARY KEY, tenant_id {bytes} NOT NULL, parent_id {bytes} NOT NULL,
                friend {bytes} REFERENCES child (id), age {int},
                FOREIGN KEY (tenant_id, parent_id) REFERENCES parent (tenant_id, id) ON DELETE CASCADE) {strict};
            CREATE INDEX child_age ON child (age DESC, id) WHERE age > 3;
            CREATE UNIQUE INDEX parent_name ON parent (lower(name), id);",
    };
    let texts: Vec<String> = all()
        .iter()
        .map(|db| {
            db.migrate(&[store::MIGRATIONS, TABLES, &[family]].concat())
                .unwrap();
            schema(db).unwrap()
        })
        .collect();
    assert_eq!(texts[0], texts[1]);
    let child = "child
  id bytes not null
  tenant_id bytes not null
  parent_id bytes not null
  friend bytes
  age int
  index child_age (age desc, id) partial
  primary key (id)
  (friend) -> child (id) on delete no action
  (tenant_id, parent_id) -> parent (tenant_id, id) on delete cascade
";
    let parent = "parent
  tenant_id bytes not null
  id bytes not null
  name text not null default
  gone bool
  primary key (tenant_id, id)
  unique (tenant_id, name)
  unique index parent_name ((expression), id)
";
    for part in [child, parent] {
        assert!(texts[0].contains(part), "{}", texts[0]);
    }
}
