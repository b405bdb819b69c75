//! What a dataset takes in, held to by every way into custody, on both engines.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use custody::dataset::{DatasetChange, DatasetRef, Ingest, NotTaken, Redaction};
use custody::item::{BodyError, Condition, Filter, Kind, Notes, PutItem, Stored, Target};
use custody::trail::TrailFilter;
use custody::upload::{CompleteUpload, NewUpload, Part, PutPart, Upload};
use custody::{Error, Result};
use engines::TestDb;
use futures_util::{StreamExt as _, stream};
use kernel::PageRequest;
use testkit::{Person, Team, World, pieces};

/// The most bytes in these tests: more than a row keeps.
const MOST: usize = 100_000;

fn scans() -> DatasetRef {
    DatasetRef::parse("scans")
}

fn rule() -> Ingest {
    Ingest {
        types: vec!["image/*".into(), "application/json".into()],
        max_bytes: Some(MOST as u64),
        classes: vec!["health".into(), "id-document".into()],
        ..Ingest::default()
    }
}

/// A rule that takes in what can be cleaned, and nothing else.
fn cleaning() -> Ingest {
    Ingest {
        redaction: Some(Redaction::CleanOrRefuse),
        ..Ingest::default()
    }
}

/// A picture of so many bytes.
fn picture(length: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.resize(length, 7);
    bytes
}

/// A program of so many bytes.
fn program(length: usize) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(length, 0);
    bytes
}

fn image(name: &str) -> PutItem {
    let target = Target::Name(scans(), name.into());
    PutItem {
        class: Some("health".into()),
        ..PutItem::file(target, "image/png")
    }
}

struct Stage {
    team: Team,
    world: World,
}

impl Stage {
    async fn with(db: TestDb, rule: Option<Ingest>) -> Self {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let stage = Self { team, world };
        stage.set(rule).await.unwrap();
        stage
    }

    fn owner(&self) -> &Person {
        &self.team.owner
    }

    async fn set(&self, rule: Option<Ingest>) -> Result<Option<Ingest>> {
        let change = DatasetChange {
            ingest: Some(rule),
            ..DatasetChange::default()
        };
        let (owner, custody) = (self.owner(), self.owner().custody());
        let changed = custody.change_dataset(&owner.credential, owner.request(), scans(), change);
        changed.await.map(|dataset| dataset.ingest)
    }

    async fn put(&self, put: PutItem, bytes: &[u8]) -> Result<Stored> {
        self.owner().put_as(put, pieces(bytes)).await
    }

    async fn names(&self) -> Vec<String> {
        let (owner, page) = (self.owner(), PageRequest::first(100));
        let custody = owner.custody();
        let items = custody.list_items(
            &owner.credential,
            owner.request(),
            scans(),
            Filter::default(),
            page,
        );
        items
            .await
            .unwrap()
            .items
            .into_iter()
            .map(|item| item.name)
            .collect()
    }

    /// Actions and reasons of what was refused, oldest first.
    async fn refusals(&self) -> Vec<String> {
        let filter = TrailFilter {
            outcome: Some("refused".into()),
            ..TrailFilter::default()
        };
        let entries = self.owner().trail(filter).await.unwrap();
        let said = entries.iter().rev().map(|entry| {
            let (action, reason) = (&entry.event["action"], &entry.event["details"]["reasons"][0]);
            format!("{} {}", action.as_str().unwrap(), reason.as_str().unwrap())
        });
        said.collect()
    }

    async fn begin(&self, content_type: &str, class: Option<&str>) -> Result<Upload> {
        let new = NewUpload {
            name: "film".into(),
            content_type: content_type.into(),
            class: class.map(str::to_owned),
            ..NewUpload::default()
        };
        let owner = self.owner();
        let custody = owner.custody();
        custody
            .begin_upload(&owner.credential, owner.request(), scans(), new)
            .await
    }

    async fn part(&self, upload: &Upload, number: u32, bytes: &[u8], declared: bool) -> Result<Part> {
        let put = PutPart {
            dataset: scans(),
            upload: upload.id,
            number,
            length: declared.then_some(bytes.len() as u64),
            sha256: None,
            provided_key: None,
            begun_with: Default::default(),
            notes: Notes::default(),
        };
        let owner = self.owner();
        let custody = owner.custody();
        custody
            .put_part(
                &owner.credential,
                owner.request(),
                put,
                stream::iter(pieces(bytes)),
            )
            .await
            .map(|taken| taken.part)
    }

    async fn complete(&self, upload: &Upload, parts: &[&Part]) -> Result<Stored> {
        let complete = CompleteUpload {
            dataset: scans(),
            upload: upload.id,
            parts: parts
                .iter()
                .map(|part| (part.number, part.sha256.clone()))
                .collect(),
            provided_key: None,
            needs_key: false,
            least: 0,
            notes: Notes::default(),
            condition: Condition::default(),
            idempotency: None,
        };
        let owner = self.owner();
        let custody = owner.custody();
        custody
            .complete_upload(&owner.credential, owner.request(), complete)
            .await
    }
}

#[track_caller]
fn not_taken<T: std::fmt::Debug>(answer: Result<T>) -> NotTaken {
    match answer {
        Err(Error::NotTaken { what, .. }) => what,
        other => panic!("{other:?}"),
    }
}

engines::on_both! {
    async fn a_put_is_held_to_each_part_of_the_rule(db: TestDb) {
        let stage = Stage::with(db, Some(rule())).await;
        for (length, declares) in [(500, false), (60_000, false), (60_000, true)] {
            let put = |change: fn(&mut PutItem)| {
                let mut put = PutItem { length: declares.then_some(length as u64), ..image("a") };
                change(&mut put);
                put
            };
            let same = |_: &mut PutItem| {};
            let (good, bad) = (picture(length), program(length));
            assert_eq!(not_taken(stage.put(put(same), &bad).await), NotTaken::Type);
            assert_eq!(not_taken(stage.put(put(|put| put.content_type = String::new()), &bad).await), NotTaken::Type);
            assert_eq!(not_taken(stage.put(put(|put| put.content_type = "text/csv".into()), &good).await), NotTaken::Type);
            assert_eq!(not_taken(stage.put(put(|put| put.class = None), &good).await), NotTaken::Class);
            assert_eq!(not_taken(stage.put(put(|put| put.class = Some("other".into())), &good).await), NotTaken::Class);
        }
        assert_eq!(stage.names().await, Vec::<String>::new());
        assert!(stage.world.object_files().is_empty());
        let refusals = stage.refusals().await;
        assert_eq!(refusals.len(), 15);
        assert_eq!(refusals[..5], ["item.create ingest.type"; 3].into_iter().chain(["item.create ingest.class"; 2]).collect::<Vec<_>>());
        let malformed = stage.put(PutItem { class: Some("No Word".into()), ..image("a") }, &picture(9)).await;
        assert!(matches!(malformed, Err(Error::Invalid { field: "class", .. })), "{malformed:?}");
        for length in [500, 60_000, MOST] {
            let stored = stage.put(image("a"), &picture(length)).await.unwrap();
            assert_eq!(stored.item.version.class.as_deref(), Some("health"));
            assert_eq!(stage.owner().item(stored.item.id).await.unwrap(), stored.item);
            let undeclared = PutItem { content_type: String::new(), ..image("b") };
            stage.put(undeclared, &picture(length)).await.unwrap();
        }
    }

    async fn too_much_is_refused_before_it_has_come(db: TestDb) {
        let stage = Stage::with(db, Some(rule())).await;
        let bytes = picture(MOST + 1);
        let declared = PutItem { length: Some(bytes.len() as u64), ..image("a") };
        let untouched = stream::poll_fn(|_| -> std::task::Poll<Option<std::result::Result<Bytes, BodyError>>> {
            panic!("nothing of it is wanted")
        });
        let owner = stage.owner();
        let answer = owner.custody().put(&owner.credential, owner.request(), declared, untouched).await;
        assert_eq!(not_taken(answer), NotTaken::Size);
        let taken = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&taken);
        let endless = stream::repeat_with(|| Ok(Bytes::from(picture(10_000)))).take(1_000).inspect(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
        });
        let answer = owner.custody().put(&owner.credential, owner.request(), image("a"), endless).await;
        assert_eq!(not_taken(answer), NotTaken::Size);
        assert_eq!(taken.load(Ordering::SeqCst), 11, "one piece more than what is taken");
        assert!(stage.world.object_files().is_empty());
        assert_eq!(stage.names().await, Vec::<String>::new());
        assert_eq!(stage.refusals().await, ["item.create ingest.size"; 2]);
    }

    async fn a_new_version_is_held_to_it_too(db: TestDb) {
        let stage = Stage::with(db, None).await;
        let old = stage.put(PutItem { class: None, ..image("a") }, &program(10)).await.unwrap();
        assert_eq!(stage.set(Some(rule())).await.unwrap(), Some(rule()));
        let by_id = |class: Option<&str>| PutItem {
            class: class.map(str::to_owned),
            ..PutItem::file(Target::Item(old.item.id), "image/png")
        };
        assert_eq!(not_taken(stage.put(by_id(Some("health")), &program(100)).await), NotTaken::Type);
        assert_eq!(not_taken(stage.put(by_id(None), &picture(50_000)).await), NotTaken::Class);
        assert_eq!(not_taken(stage.put(image("a"), &picture(MOST + 1)).await), NotTaken::Size);
        let reasons = ["item.change ingest.type", "item.change ingest.class", "item.change ingest.size"];
        assert_eq!(stage.refusals().await, reasons);
        assert_eq!(stage.owner().get(old.item.id).await.unwrap(), program(10), "what is kept stays");
        let next = stage.put(by_id(Some("id-document")), &picture(50_000)).await.unwrap();
        assert_eq!(next.item.version.number, 2);
        assert_eq!(stage.set(None).await.unwrap(), None);
        stage.put(by_id(None), &program(100)).await.unwrap();
    }

    async fn a_record_is_json_whether_somebody_says_so_or_not(db: TestDb) {
        let stage = Stage::with(db, Some(rule())).await;
        let record = |content_type: &str| PutItem {
            kind: Kind::Record,
            content_type: content_type.into(),
            ..image("r")
        };
        stage.put(record("application/octet-stream"), br#"{"a":1}"#).await.unwrap();
        stage.put(record("application/json"), br#"{"a":2}"#).await.unwrap();
        stage.set(Some(Ingest { types: vec!["image/*".into()], ..rule() })).await.unwrap();
        assert_eq!(not_taken(stage.put(record(""), br#"{"a":3}"#).await), NotTaken::Type);
    }

    async fn parts_are_held_to_it_as_soon_as_it_shows(db: TestDb) {
        let stage = Stage::with(db, Some(rule())).await;
        assert_eq!(not_taken(stage.begin("text/csv", Some("health")).await), NotTaken::Type);
        assert_eq!(not_taken(stage.begin("image/png", None).await), NotTaken::Class);
        let upload = stage.begin("image/png", Some("health")).await.unwrap();
        for length in [200, 40_000] {
            assert_eq!(not_taken(stage.part(&upload, 1, &program(length), false).await), NotTaken::Type);
        }
        let first = stage.part(&upload, 1, &picture(60_000), false).await.unwrap();
        for declared in [false, true] {
            assert_eq!(not_taken(stage.part(&upload, 2, &picture(40_001), declared).await), NotTaken::Size);
        }
        assert_eq!(stage.world.object_files().len(), 1, "what was turned away is gone");
        let again = stage.part(&upload, 1, &picture(70_000), false).await.unwrap();
        let second = stage.part(&upload, 2, &[7; 30_000], true).await.unwrap();
        assert_ne!(first.sha256, again.sha256);
        let stored = stage.complete(&upload, &[&again, &second]).await.unwrap();
        assert_eq!((stored.item.version.size, stored.item.version.class.as_deref()), (MOST as u64, Some("health")));
        let expected = ["ingest.type", "ingest.class", "ingest.type", "ingest.type", "ingest.size", "ingest.size"];
        assert_eq!(stage.refusals().await, expected.map(|reason| format!("item.create {reason}")));
    }

    async fn completing_looks_at_the_part_that_is_first_then(db: TestDb) {
        let stage = Stage::with(db, Some(rule())).await;
        let upload = stage.begin("image/png", Some("health")).await.unwrap();
        let bad = stage.part(&upload, 2, &program(40_000), false).await.unwrap();
        let good = stage.part(&upload, 3, &picture(40_000), false).await.unwrap();
        assert_eq!(not_taken(stage.complete(&upload, &[&bad, &good]).await), NotTaken::Type);
        stage.set(Some(Ingest { max_bytes: Some(39_999), ..rule() })).await.unwrap();
        assert_eq!(not_taken(stage.complete(&upload, &[&good]).await), NotTaken::Size);
        stage.set(Some(rule())).await.unwrap();
        stage.complete(&upload, &[&good]).await.unwrap();
    }

    async fn the_rule_stands_in_the_events_and_is_for_those_who_may(db: TestDb) {
        let stage = Stage::with(db, Some(rule())).await;
        let filter = || TrailFilter { action: Some("dataset.change".into()), ..TrailFilter::default() };
        let said = stage.owner().trail(filter()).await.unwrap();
        assert_eq!(said[0].event["details"]["ingest"]["classes"][1], "id-document");
        let nothing = stage.set(Some(Ingest::default())).await;
        assert!(matches!(nothing, Err(Error::Invalid { field: "ingest", .. })), "{nothing:?}");
        let stranger = stage.team.member(access::Class::Worker).await;
        let put = stranger.put_as(PutItem { class: None, ..image("a") }, pieces(&picture(9))).await;
        assert!(matches!(put, Err(Error::NotFound(_) | Error::Forbidden { .. })), "nobody else learns of it: {put:?}");
    }

    async fn what_is_clean_is_kept_and_the_rest_is_turned_away(db: TestDb) {
        let stage = Stage::with(db, Some(cleaning())).await;
        let text = |name: &str| PutItem::file(Target::Name(scans(), name.into()), "text/plain");
        let letter = format!("{} ask jane@example.com", "words ".repeat(20_000));
        for (name, came, kept) in [
            ("small", "ask jane@example.com".to_owned(), "ask [EMAIL]".to_owned()),
            ("large", letter.clone(), letter.replace("jane@example.com", "[EMAIL]")),
        ] {
            for declares in [false, true] {
                let put = PutItem { length: declares.then_some(came.len() as u64), ..text(name) };
                let stored = stage.put(put, came.as_bytes()).await.unwrap();
                assert_eq!(stage.owner().get(stored.item.id).await.unwrap(), kept.as_bytes());
                assert_eq!(stored.item.version.size, kept.len() as u64);
            }
        }
        let record = PutItem { kind: Kind::Record, ..text("record") };
        let stored = stage.put(PutItem { content_type: String::new(), ..record }, br#"{"firstName":"Jane"}"#).await.unwrap();
        assert_eq!(stage.owner().get(stored.item.id).await.unwrap(), br#"{"firstName":"[PERSON]"}"#);
        let csv = PutItem { content_type: String::new(), ..text("people.csv") };
        let stored = stage.put(csv, b"email,n\nx,1\n").await.unwrap();
        assert_eq!(stage.owner().get(stored.item.id).await.unwrap(), b"email,n\n[EMAIL],1\n");
        let by_id = PutItem::file(Target::Item(stored.item.id), "application/pdf");
        assert_eq!(not_taken(stage.put(by_id, b"%PDF-1.7").await), NotTaken::Redaction);
        assert_eq!(not_taken(stage.put(image("broken"), &picture(60_000)).await), NotTaken::Redaction);
        assert_eq!(not_taken(stage.put(image("broken"), &picture(60)).await), NotTaken::Redaction);
        assert_eq!(stage.names().await.len(), 4);
        let expected = ["item.change", "item.create", "item.create"];
        assert_eq!(stage.refusals().await, expected.map(|action| format!("{action} ingest.redaction")));
        let filter = TrailFilter { action: Some("item.create".into()), outcome: Some("done".into()), ..TrailFilter::default() };
        let entries = stage.owner().trail(filter).await.unwrap();
        assert_eq!(entries.last().unwrap().event["details"]["cleaned"]["kind"], "text");
        assert!(stage.world.object_files().len() <= 2, "what came unclean is nowhere");
    }

    async fn what_is_declared_is_held_against_what_came(db: TestDb) {
        let stage = Stage::with(db, Some(cleaning())).await;
        let came = format!("{} jane@example.com", "words ".repeat(20_000));
        for body in ["jane@example.com", &came] {
            let target = Target::Name(scans(), "a".into());
            let put = PutItem { sha256: Some([7; 32]), ..PutItem::file(target, "text/plain") };
            let answer = stage.put(put, body.as_bytes()).await;
            assert!(matches!(answer, Err(Error::Mismatch(_))), "{answer:?}");
        }
        let stranger = stage.team.member(access::Class::Worker).await;
        let put = stranger.put_as(image("a"), pieces(&picture(9))).await;
        assert!(matches!(put, Err(Error::NotFound(_) | Error::Forbidden { .. })), "nobody else learns of it: {put:?}");
    }
    async fn parts_are_cleaned_together(db: TestDb) {
        let stage = Stage::with(db, Some(cleaning())).await;
        let upload = stage.begin("text/plain", None).await.unwrap();
        let words = "words ".repeat(10_000);
        // What identifies somebody lies in two parts.
        let (first, third) = (format!("{words} ask jane@exa"), format!("mple.com {words}"));
        let first = stage.part(&upload, 1, first.as_bytes(), true).await.unwrap();
        let unnamed = stage.part(&upload, 2, b"more@example.com", true).await.unwrap();
        let third = stage.part(&upload, 3, third.as_bytes(), false).await.unwrap();
        let stored = stage.complete(&upload, &[&first, &third]).await.unwrap();
        let clean = format!("{words} ask [EMAIL] {words}");
        assert_eq!(stage.owner().get(stored.item.id).await.unwrap(), clean.as_bytes());
        assert_eq!((stored.item.version.size, stored.item.version.parts.len()), (clean.len() as u64, 0));
        assert_eq!(stage.world.object_files().len(), 1, "no part is left");
        let again = stage.complete(&upload, &[&unnamed]).await;
        assert!(matches!(again, Err(Error::NotFound("upload"))), "{again:?}");
        let upload = stage.begin("application/pdf", None).await.unwrap();
        let part = stage.part(&upload, 1, b"%PDF-1.7", true).await.unwrap();
        assert_eq!(not_taken(stage.complete(&upload, &[&part]).await), NotTaken::Redaction);
        assert_eq!(stage.names().await, ["film"]);
    }
}
