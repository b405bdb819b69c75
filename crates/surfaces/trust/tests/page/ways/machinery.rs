//! Machinery that somebody put beneath the server: it does what it is told, and something else besides.

use assurance::Program;
use assurance::provenance::Provenance;

use crate::deeds::{Sabotage, leaks, rows, started, told};

pub(super) const ALL: &[Sabotage] = &[
    started(
        "the server runs with a configuration that nobody approved",
        "configuration-is-approved",
        |program| Program {
            configuration: [0xcd; 32],
            ..program
        },
    ),
    started(
        "the program is not the one that was built and approved",
        "binary-has-provenance",
        |program| Program {
            provenance: program.provenance.map(|known| Provenance {
                program: [0xee; 32],
                ..known
            }),
            ..program
        },
    ),
    started(
        "the server runs something more that nobody watches",
        "services-have-thresholds",
        |program| Program {
            services: [&program.services[..], &["log"]].concat(),
            ..program
        },
    ),
    rows(
        "nobody watches a service any more",
        "services-have-thresholds",
        &["UPDATE register_entry SET ended_at = made_at WHERE sort = 'checks'"],
        &["UPDATE register_entry SET ended_at = NULL WHERE sort = 'checks'"],
    ),
    leaks(
        "words that are made by chance are written into the log",
        "errors-name-nobody",
    ),
    leaks(
        "words are written down in clear beside what is sealed",
        "nothing-readable-at-rest",
    ),
    told(
        "the database keeps what is deleted",
        "deletion-leaves-nothing",
        &[
            (
                "CREATE TABLE kept (item_id BLOB NOT NULL)",
                "CREATE TABLE kept (item_id BYTEA NOT NULL)",
            ),
            (
                "CREATE TRIGGER keeping BEFORE DELETE ON item BEGIN INSERT INTO kept (item_id) VALUES (OLD.item_id); END",
                "CREATE FUNCTION keeping() RETURNS trigger LANGUAGE plpgsql AS \
                 'BEGIN INSERT INTO kept (item_id) VALUES (OLD.item_id); RETURN OLD; END'",
            ),
            (
                "",
                "CREATE TRIGGER keeping BEFORE DELETE ON item FOR EACH ROW EXECUTE FUNCTION keeping()",
            ),
        ],
        &[
            ("DROP TRIGGER keeping", "DROP TRIGGER keeping ON item"),
            ("", "DROP FUNCTION keeping"),
            ("DROP TABLE kept", "DROP TABLE kept"),
        ],
    ),
    told(
        "the database keeps who was erased",
        "erasure-is-complete",
        &[
            (
                "CREATE TABLE kept (subject_id BLOB NOT NULL)",
                "CREATE TABLE kept (subject_id BYTEA NOT NULL)",
            ),
            (
                "CREATE TRIGGER keeping BEFORE DELETE ON subject BEGIN \
                 INSERT INTO kept (subject_id) VALUES (OLD.subject_id); END",
                "CREATE FUNCTION keeping() RETURNS trigger LANGUAGE plpgsql AS \
                 'BEGIN INSERT INTO kept (subject_id) VALUES (OLD.subject_id); RETURN OLD; END'",
            ),
            (
                "",
                "CREATE TRIGGER keeping BEFORE DELETE ON subject FOR EACH ROW EXECUTE FUNCTION keeping()",
            ),
        ],
        &[
            ("DROP TRIGGER keeping", "DROP TRIGGER keeping ON subject"),
            ("", "DROP FUNCTION keeping"),
            ("DROP TABLE kept", "DROP TABLE kept"),
        ],
    ),
    told(
        "who is shut out is let in again at once",
        "disabled-means-out",
        &[
            (
                "CREATE TRIGGER letting_in AFTER UPDATE OF state ON member WHEN NEW.state <> 'active' BEGIN \
                 UPDATE member SET state = 'active' WHERE member_id = NEW.member_id; END",
                "CREATE FUNCTION letting_in() RETURNS trigger LANGUAGE plpgsql AS \
                 'BEGIN NEW.state = OLD.state; RETURN NEW; END'",
            ),
            (
                "",
                "CREATE TRIGGER letting_in BEFORE UPDATE OF state ON member FOR EACH ROW EXECUTE FUNCTION letting_in()",
            ),
        ],
        &[
            ("DROP TRIGGER letting_in", "DROP TRIGGER letting_in ON member"),
            ("", "DROP FUNCTION letting_in"),
        ],
    ),
    told(
        "a key that is ended goes on",
        "keys-end-when-told",
        &[
            (
                "CREATE TRIGGER going_on AFTER UPDATE OF invalidated_at ON api_key WHEN NEW.invalidated_at IS NOT NULL BEGIN \
                 UPDATE api_key SET invalidated_at = NULL, tenant_key_wrapped = OLD.tenant_key_wrapped \
                 WHERE key_id = NEW.key_id; END",
                "CREATE FUNCTION going_on() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.invalidated_at = NULL; \
                 NEW.tenant_key_wrapped = OLD.tenant_key_wrapped; RETURN NEW; END'",
            ),
            (
                "",
                "CREATE TRIGGER going_on BEFORE UPDATE OF invalidated_at ON api_key FOR EACH ROW EXECUTE FUNCTION going_on()",
            ),
        ],
        &[
            ("DROP TRIGGER going_on", "DROP TRIGGER going_on ON api_key"),
            ("", "DROP FUNCTION going_on"),
        ],
    ),
];
