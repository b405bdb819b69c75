//! The tables that the store itself needs. Numbers 1 to 99 are the store's.

use crate::Migration;

/// Put these before those of the crates above.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        id: 1,
        name: "objects under way and objects let go of",
        sql: "
            CREATE TABLE object_intent (
                object_place {text} NOT NULL,
                object_id {bytes} NOT NULL,
                node {text} NOT NULL,
                made_at {int} NOT NULL,
                PRIMARY KEY (object_place, object_id)
            ) {strict};
            CREATE TABLE object_trash (
                object_place {text} NOT NULL,
                object_id {bytes} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (object_place, object_id)
            ) {strict};",
    },
    Migration {
        id: 2,
        name: "leases",
        sql: "
            CREATE TABLE lease (
                name {text} NOT NULL PRIMARY KEY,
                holder {text} NOT NULL,
                fence {int} NOT NULL,
                until_at {int} NOT NULL
            ) {strict};",
    },
    Migration {
        id: 3,
        name: "jobs",
        sql: "
            CREATE TABLE job (
                queue {text} NOT NULL,
                name {text} NOT NULL,
                payload {text} NOT NULL,
                ready_at {int} NOT NULL,
                attempt {int} NOT NULL,
                trouble {text},
                PRIMARY KEY (queue, name)
            ) {strict};
            CREATE INDEX job_ready ON job (queue, ready_at);",
    },
];
