//! Rows that no act made.

use assurance::check::Outcome;

use crate::deeds::{Sabotage, rows};

pub(super) const ALL: &[Sabotage] = &[
    rows(
        "an entry of the log is changed",
        "log-verifies",
        &[
            "CREATE TABLE aside AS SELECT * FROM log_entry WHERE log_index = 1",
            "UPDATE log_entry SET link = (SELECT o.link FROM log_entry o WHERE o.log_index = 0) WHERE log_index = 1",
        ],
        &[
            "UPDATE log_entry SET link = (SELECT link FROM aside) WHERE log_index = 1",
            "DROP TABLE aside",
        ],
    ),
    rows(
        "an entry of the log is removed",
        "trail-has-no-gaps",
        &[
            "CREATE TABLE aside AS SELECT * FROM log_entry WHERE log_index = 2",
            "DELETE FROM log_entry WHERE log_index = 2",
        ],
        &["INSERT INTO log_entry SELECT * FROM aside", "DROP TABLE aside"],
    ),
    rows(
        "the head of the log is somebody else's",
        "log-verifies",
        &["UPDATE log_checkpoint SET note = replace(note, 'log.example/bailee', 'log.example/other')"],
        &["UPDATE log_checkpoint SET note = replace(note, 'log.example/other', 'log.example/bailee')"],
    ),
    rows(
        "a contract ended long ago, and its data is there",
        "contracts-end-with-data",
        &["UPDATE contract SET ends_at = 1000000"],
        &["UPDATE contract SET ends_at = NULL"],
    ),
    rows(
        "items are kept longer than their rule says",
        "retention-is-kept",
        &[
            "INSERT INTO retention_rule (scope_id, kind, tenant_id, days, counts_from, notice_days, changed_by, changed_at) \
             SELECT tenant_id, '', tenant_id, 1, 'put', 0, tenant_id, 0 FROM tenant",
            "UPDATE item SET made_at = made_at - 864000000000",
        ],
        &[
            "DELETE FROM retention_rule",
            "UPDATE item SET made_at = made_at + 864000000000",
        ],
    ),
    rows(
        "bytes lie in another region",
        "bytes-lie-in-their-region",
        &["UPDATE item_version SET object_place = 'elsewhere' WHERE object_place IS NULL"],
        &["UPDATE item_version SET object_place = NULL WHERE object_place = 'elsewhere'"],
    ),
    rows(
        "content is read by nobody of the team",
        "operators-read-nothing",
        &[
            "CREATE TABLE aside AS SELECT event_id, member_id FROM event WHERE item_id IS NOT NULL AND member_id IS NOT NULL",
            "UPDATE event SET member_id = NULL WHERE event_id IN (SELECT event_id FROM aside)",
        ],
        &[
            "UPDATE event SET member_id = (SELECT aside.member_id FROM aside WHERE aside.event_id = event.event_id) \
             WHERE event_id IN (SELECT event_id FROM aside)",
            "DROP TABLE aside",
        ],
    ),
    rows(
        "a change has no entry",
        "every-change-has-its-entry",
        &[
            "CREATE TABLE aside AS SELECT event_id, item_id FROM event WHERE item_id IS NOT NULL",
            "UPDATE event SET item_id = NULL WHERE event_id IN (SELECT event_id FROM aside)",
        ],
        &[
            "UPDATE event SET item_id = (SELECT aside.item_id FROM aside WHERE aside.event_id = event.event_id) \
             WHERE event_id IN (SELECT event_id FROM aside)",
            "DROP TABLE aside",
        ],
    ),
    rows(
        "the clock of sessions stands",
        "sessions-end-on-the-clock",
        &["UPDATE api_key SET kind = 'session', expires_at = NULL \
           WHERE tenant_id = (SELECT tenant_id FROM tenant WHERE slug = 'lab')"],
        &[
            "UPDATE api_key SET kind = 'api' WHERE tenant_id = (SELECT tenant_id FROM tenant WHERE slug = 'lab')",
        ],
    ),
    rows(
        "what lies there is no sealed stream",
        "ciphers-are-sound",
        &[
            "CREATE TABLE aside AS SELECT version_id, inline_sealed FROM item_version WHERE inline_sealed IS NOT NULL",
            "UPDATE item_version SET inline_sealed = substr(inline_sealed, 1, 20) WHERE inline_sealed IS NOT NULL",
        ],
        &[
            "UPDATE item_version SET inline_sealed = \
             (SELECT aside.inline_sealed FROM aside WHERE aside.version_id = item_version.version_id) \
             WHERE version_id IN (SELECT version_id FROM aside)",
            "DROP TABLE aside",
        ],
    ),
    rows(
        "a column that nobody registered",
        "every-column-is-known",
        &["ALTER TABLE item ADD COLUMN note TEXT"],
        &["ALTER TABLE item DROP COLUMN note"],
    ),
    rows(
        "teams are put into plans",
        "every-column-is-known",
        &["ALTER TABLE tenant ADD COLUMN plan TEXT"],
        &["ALTER TABLE tenant DROP COLUMN plan"],
    ),
    rows(
        "a table with a column of a kind of its own",
        "every-column-is-known",
        &["CREATE TABLE diary (about REAL)"],
        &["DROP TABLE diary"],
    ),
    Sabotage {
        comes_to: Outcome::BrokenCheck,
        ..rows(
            "keys of the probe team do not open",
            "keys-open-only-their-own",
            &[
                "CREATE TABLE aside AS SELECT dataset_id, key_wrapped FROM dataset",
                "UPDATE dataset SET key_wrapped = settings_sealed WHERE tenant_id = \
                 (SELECT tenant_id FROM tenant WHERE slug = 'bailee-probe')",
            ],
            &[
                "UPDATE dataset SET key_wrapped = \
                 (SELECT aside.key_wrapped FROM aside WHERE aside.dataset_id = dataset.dataset_id)",
                "DROP TABLE aside",
            ],
        )
    },
    rows(
        "a dataset is opened to everybody without an act",
        "nothing-is-open-unasked",
        &[
            "INSERT INTO share (share_id, tenant_id, dataset_id, made_at, made_by, ends_at, originals, secret_hash, confirmation) \
             SELECT dataset_id, tenant_id, dataset_id, 1, tenant_id, 9000000000000000, 1, dataset_id, dataset_id FROM dataset \
             WHERE tenant_id = (SELECT tenant_id FROM tenant WHERE slug = 'lab')",
        ],
        &["DELETE FROM share WHERE made_at = 1"],
    ),
    rows(
        "nobody is asked any more why they read",
        "reads-state-a-reason",
        &[
            "CREATE TABLE aside AS SELECT dataset_id, reading_sealed FROM dataset WHERE reading_sealed IS NOT NULL",
            "UPDATE dataset SET reading_sealed = NULL",
        ],
        &[
            "UPDATE dataset SET reading_sealed = \
             (SELECT aside.reading_sealed FROM aside WHERE aside.dataset_id = dataset.dataset_id)",
            "DROP TABLE aside",
        ],
    ),
    rows(
        "an alarm lies unsent",
        "alarms-arrive",
        &[
            "INSERT INTO outbox_letter (letter_id, tenant_id, kind, made_at, until_at, if_given_up, state, ready_at, attempt) \
             SELECT tenant_id, tenant_id, 'assurance.alarm', 0, 9000000000000000, 'keep', 'waiting', 9000000000000000, 1 \
             FROM tenant WHERE slug = 'lab'",
        ],
        &["DELETE FROM outbox_letter WHERE made_at = 0"],
    ),
];
