//! Samples of how long a dataset is kept: settled on every level, nothing settled, a form sent back, and as others see it.

use std::time::Duration;

use access::Class;
use console::kit::{Place, Problems};
use console::pages::{
    AnnouncedRow, ConfirmPage, Going, GoingRow, KeptFor, LevelRow, OwnRuleRow, Proof, RetentionPage,
    RuleSaid, confirm, retention,
};

use super::accounts::hold_rows;
use super::datasets::dataset_rows;
use super::people::{ago, frame, now};
use super::{LONG, Sample, sample};

const DAY: u64 = 24 * 60;

fn in_days(days: u64) -> kernel::Timestamp {
    now().plus(Duration::from_secs(86_400 * days))
}

const fn kept(days: u32, after: &'static str, notice: u32) -> KeptFor {
    KeptFor { days, after, notice }
}

const PUT: &str = "it was put in";

fn going_rows() -> Vec<GoingRow> {
    let row = |what, items, by, first, last, kept| GoingRow {
        what,
        items,
        by,
        first: ago(first * DAY),
        last: in_days(last),
        deleted: in_days(last + 30),
        kept,
    };
    vec![
        row("Files", 1_204, "This dataset’s", 12, 18, None),
        row("Files", 36, "This dataset’s", 3, 2, Some("A hold or a lock")),
        row(
            "Records",
            1,
            "The contract’s",
            1,
            0,
            Some("A person’s restriction"),
        ),
        row("Files", 311, "The end of the archive’s days", 0, 26, None),
    ]
}

fn settled() -> RetentionPage {
    let announced = |items, made: u64, ready: u64| AnnouncedRow {
        what: "Files",
        items,
        made: ago(made * DAY),
        ready: ago(made * DAY).plus(Duration::from_secs(86_400 * ready)),
    };
    RetentionPage {
        frame: frame(Class::Owner),
        dataset: dataset_rows().remove(0),
        levels: vec![
            LevelRow {
                whose: "This dataset",
                files: Some((kept(1_095, "its newest version", 30), true)),
                records: None,
            },
            LevelRow {
                whose: "The team",
                files: Some((kept(730, PUT, 14), false)),
                records: Some((kept(3_650, PUT, 14), true)),
            },
            LevelRow {
                whose: "The contract",
                files: Some((kept(730, PUT, 14), false)),
                records: Some((kept(730, PUT, 14), false)),
            },
        ],
        window: (30, true),
        own: vec![OwnRuleRow {
            kind: "file",
            what: "Files",
            kept: kept(1_095, "its newest version", 30),
            ground: Some("Nodule study, protocol 4.2: three years after the last reading".to_owned()),
        }],
        said: RuleSaid {
            kind: "file".to_owned(),
            days: "1095".to_owned(),
            counts_from: "last-version".to_owned(),
            notice_days: "30".to_owned(),
            ground: "Nodule study, protocol 4.2: three years after the last reading".to_owned(),
        },
        archive_days: "30".to_owned(),
        by: "2026-04-01".to_owned(),
        going: Some(Going {
            rows: going_rows(),
            only: None,
        }),
        announced: vec![announced(1_240, 3, 14), announced(18, 40, 14)],
        holds: Some(hold_rows().drain(..2).collect()),
        problems: Problems::default(),
    }
}

fn nothing_settled() -> RetentionPage {
    let none = |whose| LevelRow {
        whose,
        files: None,
        records: None,
    };
    RetentionPage {
        levels: vec![none("This dataset"), none("The team"), none("The contract")],
        window: (30, false),
        own: Vec::new(),
        said: RuleSaid {
            kind: "both".to_owned(),
            days: "365".to_owned(),
            counts_from: "put".to_owned(),
            notice_days: "14".to_owned(),
            ground: String::new(),
        },
        archive_days: String::new(),
        going: Some(Going::default()),
        announced: Vec::new(),
        holds: Some(Vec::new()),
        ..settled()
    }
}

fn sent_back() -> RetentionPage {
    let problem = "this keeps things longer than the 730 days that are settled above it: say on which ground";
    let mut page = settled();
    page.own[0].ground = Some(LONG.to_owned());
    page.said.ground = String::new();
    RetentionPage {
        going: Some(Going {
            rows: going_rows(),
            only: Some(10_000),
        }),
        problems: Problems::one("ground", problem),
        ..page
    }
}

fn question(mild: bool, consequences: &[&str]) -> ConfirmPage {
    let home = "/console/datasets/chest-x-rays";
    ConfirmPage {
        frame: frame(Class::Owner),
        place: Place::Datasets,
        title: "Keep things this long?".to_owned(),
        crumbs: vec![
            ("/console/datasets".to_owned(), "Datasets".to_owned()),
            (home.to_owned(), "chest-x-rays".to_owned()),
            (format!("{home}/retention"), "Retention".to_owned()),
        ],
        consequences: consequences.iter().map(|line| (*line).to_owned()).collect(),
        mild,
        to: format!("{home}/retention"),
        values: vec![("what".to_owned(), "rule".to_owned())],
        press: "Settle it".to_owned(),
        back: format!("{home}/retention"),
        proof: Proof::Password,
        problems: Problems::default(),
    }
}

pub(crate) fn all() -> Vec<Sample> {
    let auditor = RetentionPage {
        frame: frame(Class::Auditor),
        going: None,
        ..settled()
    };
    let user = RetentionPage {
        frame: frame(Class::User),
        holds: None,
        ..settled()
    };
    let shorter = [
        "Files of this dataset are kept for 90 days, counted from when they were put in.",
        "Past their time today: 1,240 items.",
        "Of these, 36 are on hold, locked or restricted: what keeps them wins.",
        "What is past its time is announced first, archived when the notice is over, and deleted with its keys after its days in the archive.",
    ];
    vec![
        sample("retention", retention(&settled())),
        sample("retention-none", retention(&nothing_settled())),
        sample("retention-wrong", retention(&sent_back())),
        sample("retention-auditor", retention(&auditor)),
        sample("retention-user", retention(&user)),
        sample("retention-confirm", confirm(&question(false, &shorter))),
    ]
}
