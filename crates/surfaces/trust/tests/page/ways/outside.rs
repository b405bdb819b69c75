//! What lies, works or is connected to elsewhere: backups, sub-processors, and hosts that nobody listed.

use crate::deeds::{Deed, Sabotage, breaks, rows};

/// Something is done to each file of the newest backup below a folder of its shelf.
const fn shelf(what: &'static str, below: &'static str, hurt: fn(&std::path::Path)) -> Sabotage {
    breaks(what, "backups-restore", Deed::Shelf { below, hurt })
}

/// Two sub-processors that are announced, by which everything is named that is exchanged between them.
macro_rules! exchanged {
    ($what:literal, $column:literal, $table:literal) => {
        rows(
            $what,
            "agreements-name-their-vendor",
            &[
                concat!(
                    "CREATE TABLE aside AS SELECT entry_id, ",
                    $column,
                    " FROM ",
                    $table
                ),
                concat!(
                    "UPDATE ",
                    $table,
                    " SET ",
                    $column,
                    " = (SELECT aside.",
                    $column,
                    " FROM aside WHERE aside.entry_id <> ",
                    $table,
                    ".entry_id)"
                ),
            ],
            &[
                concat!(
                    "UPDATE ",
                    $table,
                    " SET ",
                    $column,
                    " = (SELECT aside.",
                    $column,
                    " FROM aside WHERE aside.entry_id = ",
                    $table,
                    ".entry_id)"
                ),
                "DROP TABLE aside",
            ],
        )
    };
}

pub(super) const ALL: &[Sabotage] = &[
    shelf("a backup is damaged", "parts", |file| {
        let mut bytes = std::fs::read(file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(file, bytes).unwrap();
    }),
    shelf("a backup has lost its keys", "keys", |file| {
        std::fs::remove_file(file).unwrap();
    }),
    shelf("the newest backup is gone", "manifests", |file| {
        std::fs::remove_file(file).unwrap();
    }),
    breaks(
        "the server lets a host through that nobody listed",
        "egress-equals-register",
        Deed::Gate {
            breaks: |gate| gate.list_processors(vec!["elsewhere.example:443".to_owned()]),
            mends: |gate| gate.list_processors(Vec::new()),
        },
    ),
    exchanged!(
        "agreements with two vendors are exchanged",
        "file_sealed",
        "processor_agreement"
    ),
    exchanged!(
        "two vendors' names stand over each other's agreements",
        "terms",
        "processor_notice"
    ),
    rows(
        "an agreement names another vendor",
        "agreements-name-their-vendor",
        &["UPDATE processor_notice SET terms = replace(terms, 'Northern Captions', 'Southern Letters')"],
        &["UPDATE processor_notice SET terms = replace(terms, 'Southern Letters', 'Northern Captions')"],
    ),
    rows(
        "an agreement is gone",
        "agreements-name-their-vendor",
        &[
            "CREATE TABLE aside AS SELECT * FROM processor_agreement",
            "DELETE FROM processor_agreement",
        ],
        &[
            "INSERT INTO processor_agreement SELECT * FROM aside",
            "DROP TABLE aside",
        ],
    ),
    rows(
        "nobody says what a sub-processor does",
        "processor-register-is-complete",
        &["UPDATE processor_notice SET terms = replace(terms, 'describes pictures', ' ')"],
        &[
            "UPDATE processor_notice SET terms = replace(terms, '\"purpose\":\" \"', '\"purpose\":\"describes pictures\"')",
        ],
    ),
    rows(
        "an agreement was signed after it was published",
        "processor-register-is-complete",
        &["UPDATE processor_notice SET terms = replace(terms, '2020-01-01', '2096-01-01')"],
        &["UPDATE processor_notice SET terms = replace(terms, '2096-01-01', '2020-01-01')"],
    ),
    rows(
        "a sub-processor is in force as soon as it is announced",
        "notice-comes-before-use",
        &["UPDATE processor_notice SET active_at = active_at - 2505600000000"],
        &["UPDATE processor_notice SET active_at = active_at + 2505600000000"],
    ),
    rows(
        "an item went to somebody whom the team had not chosen",
        "opt-in-comes-first",
        &[
            "INSERT INTO processor_call (call_id, tenant_id, entry_id, number, called_at) \
             SELECT t.tenant_id, t.tenant_id, n.entry_id, 1, n.active_at FROM tenant t, processor_notice n \
             WHERE t.slug = 'lab' AND n.terms LIKE '%Northern%'",
        ],
        &["DELETE FROM processor_call"],
    ),
];
