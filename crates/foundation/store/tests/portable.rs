//! One SQL text means the same on both engines. Each statement here is one that code above may use.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by them")]

mod common;

use common::with_tables;
use engines::on_both;
use store::{Row, StoreError, Tx, Value, params};

/// Rows as text, so that what is expected reads easily; booleans are 0 and 1 as SQLite has them.
fn shown(rows: &[Row]) -> String {
    let cell = |row: &Row, column| match row.get::<Option<String>>(column) {
        Ok(text) => text.unwrap_or_else(|| "-".into()),
        Err(_) => match row.get::<i64>(column) {
            Ok(number) => number.to_string(),
            Err(_) => i64::from(row.get::<bool>(column).unwrap()).to_string(),
        },
    };
    let line = |row: &Row| {
        (0..row.width())
            .map(|column| cell(row, column))
            .collect::<Vec<_>>()
            .join(",")
    };
    rows.iter().map(line).collect::<Vec<_>>().join(" ")
}

fn fill(tx: &mut Tx) -> Result<(), StoreError> {
    let insert = "INSERT INTO kinds (id, words, number, truth) VALUES ($1, $2, $3, $4), ($5, $6, $7, $8), ($9, $10, $11, $12)";
    tx.execute(
        insert,
        params![1, "a", 10, true, 2, "B", 20, false, 3, "é", None::<i64>, true],
    )
    .map(drop)
}

on_both! {
    fn statements_mean_the_same(db: TestDb) {
        with_tables(&db);
        let check = |sql: &'static str, given: &[Value], expected: &str| {
            let given = given.to_vec();
            let rows = db.write_blocking(move |tx| {
                tx.execute("DELETE FROM kinds", &[])?;
                tx.execute("DELETE FROM counter", &[])?;
                fill(tx)?;
                tx.all(sql, &given)
            });
            assert_eq!(shown(&rows.unwrap_or_else(|error| panic!("{sql}: {error}"))), expected, "{sql}");
        };
        check("SELECT words FROM kinds ORDER BY words", &[], "B a é");
        check("SELECT words FROM kinds ORDER BY words DESC LIMIT $1 OFFSET $2", params![1, 1], "a");
        check("SELECT id FROM kinds WHERE (words, id) > ($1, $2) ORDER BY words, id", params!["B", 2], "1 3");
        check("SELECT id FROM kinds WHERE words LIKE $1 ORDER BY id", params!["b%"], "");
        check("SELECT id FROM kinds WHERE words LIKE $1 ESCAPE '\\' ORDER BY id", params!["\\_%"], "");
        check("SELECT id FROM kinds ORDER BY number DESC NULLS LAST", &[], "2 1 3");
        check("SELECT id FROM kinds WHERE number IS NOT DISTINCT FROM $1", params![None::<i64>], "3");
        check("SELECT id FROM kinds WHERE truth = $1 ORDER BY id", params![true], "1 3");
        check("SELECT id FROM kinds WHERE truth ORDER BY id", &[], "1 3");
        check("SELECT truth, NOT truth, TRUE, FALSE FROM kinds WHERE id = 2", &[], "0,1,1,0");
        check("SELECT count(*), CAST(sum(number) AS BIGINT), max(words) FROM kinds", &[], "3,30,é");
        check("SELECT count(*) FILTER (WHERE truth) FROM kinds", &[], "2");
        check("SELECT id, row_number() OVER (ORDER BY words) FROM kinds ORDER BY id", &[], "1,2 2,1 3,3");
        check("SELECT coalesce(number, 0), CASE WHEN truth THEN 'yes' ELSE 'no' END FROM kinds ORDER BY id", &[],
              "10,yes 20,no 0,yes");
        check("SELECT EXISTS (SELECT 1 FROM kinds WHERE id = $1)", params![9], "0");
        check("WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1)
               SELECT i FROM n ORDER BY i", params![3], "1 2 3");
        check("INSERT INTO kinds (id, words) VALUES ($1, $2) RETURNING id, words, number", params![4, "new"], "4,new,-");
        check("UPDATE kinds SET number = number + $1 WHERE id <= 2 RETURNING number", params![1], "11 21");
        check("DELETE FROM kinds WHERE id = $1 RETURNING words", params![3], "é");
        check("INSERT INTO kinds (id, words) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING RETURNING id", params![1, "x"], "");
        check("INSERT INTO kinds (id, words) VALUES ($1, $2)
               ON CONFLICT (id) DO UPDATE SET words = excluded.words, number = kinds.number * 2
               RETURNING words, number", params![1, "x"], "x,20");
        check("UPDATE kinds SET words = s.words FROM (SELECT id, words FROM kinds WHERE id = 2) s
               WHERE kinds.id = s.id + 1 RETURNING kinds.words", &[], "B");
        check("SELECT CAST($1 AS TEXT) IS NULL", params![None::<&str>], "1");
        check("SELECT substr(words, 1, 1) || $1 FROM kinds WHERE id = 1", params!["!"], "a!");
    }

    fn rows_changed_are_counted_the_same(db: TestDb) {
        with_tables(&db);
        let counts = db.write_blocking(|tx| {
            fill(tx)?;
            Ok::<_, StoreError>([
                tx.execute("UPDATE kinds SET number = 1 WHERE truth", &[])?,
                tx.execute("UPDATE kinds SET number = 1 WHERE truth RETURNING id", &[])?,
                tx.execute("INSERT INTO kinds (id) VALUES (1) ON CONFLICT (id) DO NOTHING", &[])?,
                tx.execute("DELETE FROM kinds", &[])?,
            ])
        });
        assert_eq!(counts, Ok([2, 2, 0, 3]));
    }

    fn a_limit_on_rows_read_does_not_limit_rows_changed(db: TestDb) {
        with_tables(&db);
        db.write_blocking(|tx| {
            fill(tx)?;
            assert!(tx.one("UPDATE kinds SET number = 7 RETURNING id", &[]).is_err());
            let seven = tx.one("SELECT count(*) FROM kinds WHERE number = 7", &[])?;
            assert_eq!(seven.get(0), Ok(3_i64));
            Ok::<_, StoreError>(())
        }).unwrap();
    }
}
