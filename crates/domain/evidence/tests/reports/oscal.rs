//! OSCAL of a period in which something broke and was healed.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use assurance::check::Promise;
use custody::trail::TrailFilter;
use evidence::Error;
use evidence::oscal::Document;
use evidence::period::BadPeriod;
use serde_json::Value as Json;

use crate::house::{DAILY, DAY, HOURLY, House, text};

fn document(folder: &Path, document: Document) -> Json {
    let text = text(folder, &format!("{}.json", document.as_str()));
    let whole: Json = serde_json::from_str(&text).unwrap();
    whole[document.as_str()].clone()
}

/// Every `key` anywhere in the document.
fn all<'a>(value: &'a Json, key: &str, found: &mut Vec<&'a str>) {
    match value {
        Json::Array(list) => list.iter().for_each(|value| all(value, key, found)),
        Json::Object(fields) => fields.iter().for_each(|(name, value)| match value.as_str() {
            Some(text) if name == key => found.push(text),
            _ => all(value, key, found),
        }),
        _ => {}
    }
}

fn every<'a>(value: &'a Json, key: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    all(value, key, &mut found);
    found
}

/// The reader that auditors' tools are built with takes all of it.
fn taken_by_trestle(workspace: &Path, folder: &Path) {
    let clients = std::env::var_os("BAILEE_TEST_CLIENTS").unwrap_or_else(|| {
        panic!("BAILEE_TEST_CLIENTS names no folder with compliance-trestle; run `cargo xtask test --only tests -- -p evidence`")
    });
    let python = Path::new(&clients).join("oscal").join("bin").join("python");
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reports/accepted.py");
    let mut command = Command::new(python);
    let ended = command.arg(program).args([workspace, folder]).output().unwrap();
    let said = String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned();
    assert!(ended.status.success() && said.contains("accepted 4"), "{said}");
}

engines::on_both! {
    async fn what_broke_and_was_healed_is_told_once_and_the_same_each_time(db: TestDb) {
        let house = House::on(db).await;
        house.hours(5).await;
        house.sees(Promise::Broken("a leaf is missing".into()));
        house.hours(2).await;
        house.sees(Promise::Kept);
        house.hours(20).await;
        let folder = tempfile::tempdir().unwrap();
        let into = |name: &str| folder.path().join(name);
        let period = house.period("2026-01-05", "2026-01-05");
        let written = house.evidence.oscal(period, &into("a")).await.unwrap();
        assert_eq!(written.len(), 5);
        house.evidence.oscal(house.period("2026-01-05", "2026-01-05"), &into("b")).await.unwrap();
        for file in &written {
            assert_eq!(text(&into("a"), &file.path), text(&into("b"), &file.path), "{}", file.path);
        }

        // Hours 9 to 23 of the first day: 15 runs of the hourly check and one of the other.
        let runs = text(&into("a"), "runs.csv");
        assert_eq!(runs.lines().count(), 1 + 16);
        let results = document(&into("a"), Document::AssessmentResults);
        let result = &results["results"][0];
        let titles: BTreeSet<&str> =
            result["observations"].as_array().unwrap().iter().map(|seen| seen["title"].as_str().unwrap()).collect();
        for wanted in [format!("{HOURLY}: broken-promise"), format!("{HOURLY}: holds"), format!("{DAILY}: holds")] {
            assert!(titles.contains(wanted.as_str()), "{wanted} in {titles:?}");
        }
        let title = format!("{HOURLY} came to broken-promise");
        let risks: Vec<&Json> = result["risks"].as_array().unwrap().iter().filter(|risk| risk["title"] == title).collect();
        assert_eq!(risks.len(), 1);
        let risk = risks[0];
        assert_eq!(risk["status"], "closed");
        assert!(risk["description"].as_str().unwrap().contains("a leaf is missing"));

        // What is pointed to is there, and no id stands for two things.
        for document in Document::ALL.map(|of| document(&into("a"), of)) {
            let ids: Vec<&str> = every(&document, "uuid");
            let one_each: BTreeSet<&&str> = ids.iter().collect();
            assert_eq!(ids.len(), one_each.len());
            for key in ["observation-uuid", "risk-uuid", "actor-uuid", "subject-uuid"] {
                for pointed in every(&document, key) {
                    assert!(ids.contains(&pointed), "{key} {pointed}");
                }
            }
            assert!(ids.iter().all(|id| id.as_bytes()[14] == b'5'), "{ids:?}");
        }
        let controls: BTreeSet<String> = every(&document(&into("a"), Document::Catalog), "id").iter().map(|id| (*id).to_owned()).collect();
        for pointed in every(&results, "target-id").into_iter().chain(every(&results, "control-id")) {
            assert!(controls.contains(pointed), "{pointed}");
        }
        let states: BTreeSet<&str> = every(&result["findings"], "state").into_iter().collect();
        assert_eq!(states, BTreeSet::from(["not-satisfied"]), "of most claims some checks are not staged here");

        taken_by_trestle(&into("workspace"), &into("a"));

        // A folder with something in it is left alone.
        let again = house.evidence.oscal(house.period("2026-01-05", "2026-01-05"), &into("a")).await;
        assert!(again.unwrap_err().to_string().contains("name a folder that is new or empty"));
        house.world.sequence().await;
        let made = house.world.operator.trail(TrailFilter::default()).await.unwrap();
        assert_eq!(made.iter().filter(|entry| entry.event["details"]["report"] == "oscal").count(), 3);
    }

    async fn what_is_broken_or_silent_at_the_end_stands_in_the_plan(db: TestDb) {
        let house = House::on(db).await;
        house.hours(2).await;
        house.sees(Promise::Late("a witness is away".into()));
        house.hours(2).await;
        house.world.clock.advance(DAY * 3);
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("out");
        house.evidence.oscal(house.period("2026-01-05", "2026-01-07"), &into).await.unwrap();
        let plan = document(&into, Document::PlanOfActionAndMilestones);
        let items = every(&plan["poam-items"], "title");
        for wanted in [format!("{HOURLY} came to late"), format!("{HOURLY} did not run"), format!("{DAILY} did not run")] {
            assert!(items.contains(&wanted.as_str()), "{wanted} in {items:?}");
        }
        assert_eq!(plan["observations"].as_array().unwrap().len(), plan["risks"].as_array().unwrap().len());
    }

    async fn a_period_that_cannot_be_says_why_and_leaves_nothing_behind(db: TestDb) {
        let house = House::on(db).await;
        let bad = |from, to| match house.evidence.period(from, to) {
            Err(Error::Period(bad)) => bad,
            other => panic!("{other:?}"),
        };
        assert!(matches!(bad("2026-01-05", "2026-01-04"), BadPeriod::Backwards { .. }));
        assert!(matches!(bad("2026-01-05", "2026-12-31"), BadPeriod::Future { .. }));
        let folder = tempfile::tempdir().unwrap();
        let early = house.evidence.oscal(house.period("2025-01-01", "2025-12-31"), &folder.path().join("out")).await;
        assert!(matches!(early, Err(Error::Period(BadPeriod::BeforeAnything { .. }))), "{early:?}");
        assert!(!folder.path().join("out").exists());
        // A period without a run: everything was silent, and nothing is called satisfied.
        house.world.clock.advance(DAY * 3);
        house.evidence.oscal(house.period("2026-01-06", "2026-01-06"), &folder.path().join("out")).await.unwrap();
        let results = document(&folder.path().join("out"), Document::AssessmentResults);
        let states = every(&results["results"][0]["findings"], "state");
        assert!(!states.is_empty() && states.iter().all(|state| *state == "not-satisfied"));
    }
}
