//! Uploads in parts, single versions and notes, on both engines.

use std::collections::BTreeMap;
use std::time::Duration;

use custody::dataset::DatasetRef;
use custody::item::{
    BodyError, Condition, Hold, HoldChange, ListNames, NamedVersion, Notes, ProvidedKey, PutItem, Range,
    ReadItem, Retention, RetentionMode, Stored, Tags, Target, Verb,
};
use custody::trail::TrailFilter;
use custody::upload::{CompleteUpload, KEPT, NewUpload, Part, PutPart, Upload};
use custody::{Error, Result};
use kernel::PageRequest;
use testkit::{Person, World, pieces};

fn content(length: usize, seed: usize) -> Vec<u8> {
    (0..length)
        .map(|index| ((index + seed) * 31 % 251) as u8)
        .collect()
}

fn scans() -> DatasetRef {
    DatasetRef::parse("scans")
}

async fn begin(person: &Person, name: &str) -> Upload {
    let new = NewUpload {
        name: name.into(),
        content_type: "video/mp4".into(),
        metadata: BTreeMap::from([("camera".to_owned(), "front".to_owned())]),
        notes: BTreeMap::from([("tag".to_owned(), "begun".to_owned())]),
        ..NewUpload::default()
    };
    person
        .custody()
        .begin_upload(&person.credential, person.request(), scans(), new)
        .await
        .unwrap()
}

fn part(upload: &Upload, number: u32) -> PutPart {
    PutPart {
        dataset: scans(),
        upload: upload.id,
        number,
        length: None,
        sha256: None,
        provided_key: None,
        notes: Notes::default(),
        begun_with: BTreeMap::new(),
    }
}

async fn send(person: &Person, upload: &Upload, number: u32, bytes: &[u8]) -> Result<Part> {
    let body = futures_util::stream::iter(pieces(bytes));
    person
        .custody()
        .put_part(&person.credential, person.request(), part(upload, number), body)
        .await
        .map(|taken| taken.part)
}

fn complete(upload: &Upload, parts: &[Part]) -> CompleteUpload {
    CompleteUpload {
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
    }
}

async fn finish(person: &Person, complete: CompleteUpload) -> Result<Stored> {
    person
        .custody()
        .complete_upload(&person.credential, person.request(), complete)
        .await
}

async fn versions(person: &Person, limit: u32) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let wanted = ListNames {
            limit,
            ..ListNames::default()
        };
        let page = person
            .custody()
            .list_versions_by_name(&person.credential, person.request(), scans(), wanted, after)
            .await
            .unwrap();
        assert!(page.entries.len() <= limit as usize);
        found.extend(page.entries.iter().map(|entry| match entry {
            NamedVersion::Marker { name, .. } => format!("{name} archived"),
            NamedVersion::Version { item, latest } => {
                format!(
                    "{} {}{}",
                    item.name,
                    item.version.number,
                    if *latest { " latest" } else { "" }
                )
            }
            NamedVersion::Prefix(prefix) => format!("<{prefix}>"),
        }));
        match page.more {
            Some(more) => after = Some(more),
            None => return found,
        }
    }
}

engines::on_both! {
    async fn parts_in_any_order_become_one_version(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let upload = begin(&team.owner, "film").await;
        let bytes = [content(200_000, 1), content(70_000, 2), content(10, 3)];
        let mut parts = Vec::new();
        for number in [3, 1, 2] {
            parts.push(send(&team.owner, &upload, number, &bytes[number as usize - 1]).await.unwrap());
        }
        parts.sort_by_key(|part| part.number);
        let stored = finish(&team.owner, complete(&upload, &parts)).await.unwrap();
        assert!(stored.created);
        assert_eq!(stored.item.version.parts, [200_000, 70_000, 10]);
        assert!(stored.item.version.sha256.ends_with("-3"), "{}", stored.item.version.sha256);
        assert_eq!(stored.item.version.metadata["camera"], "front");
        assert_eq!(stored.item.version.notes["tag"], "begun");
        let whole = bytes.concat();
        assert_eq!(team.owner.get(stored.item.id).await.unwrap(), whole);
        for (first, last) in [(0, 0), (199_999, 200_000), (100_000, 270_009), (269_999, 270_000), (270_009, 270_009)] {
            let read = ReadItem { range: Some(Range::From(first, Some(last))), ..ReadItem::default() };
            let got = team.owner.get_as(stored.item.id, read).await.unwrap();
            assert_eq!(got, whole[first as usize..=last as usize], "{first}-{last}");
        }
        let again = finish(&team.owner, complete(&upload, &parts)).await.unwrap_err();
        assert!(matches!(again, Error::NotFound(_)), "{again:?}");
    }

    async fn a_part_that_comes_again_replaces_the_one_before(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let upload = begin(&team.owner, "film").await;
        let old = send(&team.owner, &upload, 1, &content(100_000, 1)).await.unwrap();
        let new = send(&team.owner, &upload, 1, &content(100_000, 9)).await.unwrap();
        let unlisted = send(&team.owner, &upload, 7, &content(100_000, 4)).await.unwrap();
        assert_eq!(world.object_files().len(), 2, "the replaced part is gone");
        let stale = finish(&team.owner, complete(&upload, &[old])).await.unwrap_err();
        assert!(matches!(stale, Error::Invalid { field: "parts.missing", .. }), "{stale:?}");
        let twice = finish(&team.owner, complete(&upload, &[new.clone(), new.clone()])).await.unwrap_err();
        assert!(matches!(twice, Error::Invalid { field: "parts.order", .. }), "{twice:?}");
        let small = CompleteUpload { least: 5 << 20, ..complete(&upload, &[new.clone(), unlisted]) };
        let small = finish(&team.owner, small).await.unwrap_err();
        assert!(matches!(small, Error::Invalid { field: "parts.small", .. }), "{small:?}");
        let stored = finish(&team.owner, complete(&upload, &[new])).await.unwrap();
        assert_eq!(team.owner.get(stored.item.id).await.unwrap(), content(100_000, 9));
        assert_eq!(world.object_files().len(), 1, "the unlisted part is gone");
        team.owner.change(stored.item.id, Verb::Archive).await.unwrap();
        team.owner.change(stored.item.id, Verb::Delete).await.unwrap();
        assert!(world.object_files().is_empty());
    }

    async fn a_broken_part_and_an_aborted_upload_leave_nothing(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let upload = begin(&team.owner, "film").await;
        let mut body = pieces(&content(300_000, 1));
        body.push(Err(BodyError("the connection was reset".into())));
        let broken = team.owner.custody()
            .put_part(&team.owner.credential, team.owner.request(), part(&upload, 1), futures_util::stream::iter(body)).await;
        assert!(matches!(broken, Err(Error::Interrupted(_))), "{broken:?}");
        send(&team.owner, &upload, 2, &content(100_000, 1)).await.unwrap();
        let custody = team.owner.custody();
        custody.abort_upload(&team.owner.credential, team.owner.request(), scans(), upload.id).await.unwrap();
        assert!(send(&team.owner, &upload, 3, b"late").await.is_err());
        assert!(world.object_files().is_empty());
        let listed = custody
            .list_uploads(&team.owner.credential, team.owner.request(), scans(), PageRequest::first(10)).await.unwrap();
        assert!(listed.items.is_empty());
    }

    async fn a_forgotten_upload_is_swept_and_the_trail_says_so(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let forgotten = begin(&team.owner, "film").await;
        send(&team.owner, &forgotten, 1, &content(100_000, 1)).await.unwrap();
        world.clock.advance(KEPT + Duration::from_secs(1));
        let fresh = begin(&team.owner, "other").await;
        assert_eq!(world.custody.sweep_uploads().await.unwrap(), 1);
        assert!(world.object_files().is_empty());
        assert!(send(&team.owner, &forgotten, 2, b"late").await.is_err());
        send(&team.owner, &fresh, 1, b"in time").await.unwrap();
        let trail = team.owner.trail(TrailFilter::default()).await.unwrap();
        let told = trail.iter().any(|entry| serde_json::to_string(entry).unwrap().contains("abandoned"));
        assert!(told, "{trail:?}");
    }

    async fn another_tenant_knows_nothing_of_an_upload(db: TestDb) {
        let world = World::on(db).await;
        let (team, other) = (world.team("clinic").await, world.team("rival").await);
        team.owner.dataset("scans").await.unwrap();
        other.owner.dataset("scans").await.unwrap();
        let upload = begin(&team.owner, "film").await;
        let foreign = send(&other.owner, &upload, 1, b"x").await.unwrap_err();
        assert!(matches!(foreign, Error::NotFound("upload")), "{foreign:?}");
    }

    async fn versions_are_listed_newest_first_and_deleted_one_by_one(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let mut stored = Vec::new();
        for name in ["b", "a", "a", "a"] {
            stored.push(team.owner.put("scans", name, &content(100_000, stored.len())).await.unwrap().item);
        }
        for limit in [1, 2, 100] {
            assert_eq!(versions(&team.owner, limit).await, ["a 3 latest", "a 2", "a 1", "b 1 latest"], "{limit} a page");
        }
        let custody = team.owner.custody();
        let delete = |name: &'static str, version| {
            custody.delete_version(&team.owner.credential, team.owner.request(), scans(), name, version, false)
        };
        delete("a", stored[2].version.id).await.unwrap();
        assert_eq!(versions(&team.owner, 2).await, ["a 3 latest", "a 1", "b 1 latest"]);
        delete("a", stored[3].version.id).await.unwrap();
        assert_eq!(team.owner.get(stored[1].id).await.unwrap(), content(100_000, 1), "the one before is the newest again");
        team.owner.change(stored[0].id, Verb::Archive).await.unwrap();
        assert_eq!(versions(&team.owner, 1).await, ["a 1 latest", "b archived", "b 1"]);
        delete("b", stored[0].version.id).await.unwrap();
        delete("a", stored[1].version.id).await.unwrap();
        assert!(versions(&team.owner, 10).await.is_empty());
        assert!(world.object_files().is_empty());
    }

    async fn what_is_archived_is_read_by_those_who_may_restore_it(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let item = team.owner.put("scans", "a", b"kept").await.unwrap().item;
        team.owner.change(item.id, Verb::Archive).await.unwrap();
        let under = ReadItem { under_marker: true, ..ReadItem::default() };
        assert_eq!(team.owner.get_as(item.id, under.clone()).await.unwrap(), b"kept");
        assert!(team.owner.get(item.id).await.is_err());
        let auditor = team.member(access::Class::Auditor).await;
        assert!(auditor.get_as(item.id, under).await.is_err());
    }

    async fn a_put_under_an_archived_name_revives_it_when_asked_to(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let old = team.owner.put("scans", "a", b"old").await.unwrap().item;
        team.owner.change(old.id, Verb::Archive).await.unwrap();
        let put = PutItem { revive: true, ..PutItem::file(Target::Name(scans(), "a".into()), "text/plain") };
        let only_if_absent = PutItem {
            condition: Condition { if_match: None, if_none_match: Some(Tags::Any) },
            ..put.clone()
        };
        let stored = team.owner.put_as(only_if_absent.clone(), pieces(b"new")).await.unwrap();
        assert_eq!((stored.item.id, stored.item.version.number), (old.id, 2));
        assert_eq!(team.owner.get(old.id).await.unwrap(), b"new");
        let there = team.owner.put_as(only_if_absent, pieces(b"newer")).await.unwrap_err();
        assert!(matches!(there, Error::ConditionFailed), "{there:?}");
    }

    async fn what_is_held_is_not_deleted_by_anybody(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let day = Duration::from_secs(24 * 60 * 60);
        let until = |days: u32| Some(Retention { mode: RetentionMode::Compliance, until: kernel::Clock::now(&world.clock).plus(day * days) });
        let put = |name: &str, hold| PutItem { hold: Some(hold), ..PutItem::file(Target::Name(scans(), name.into()), "text/plain") };
        let item = team.owner.put_as(put("a", Hold { retention: until(10), legal: false }), pieces(b"kept")).await.unwrap().item;
        let custody = team.owner.custody();
        let delete = |bypass| custody.delete_version(&team.owner.credential, team.owner.request(), scans(), "a", item.version.id, bypass);
        let change = |change| {
            custody.change_hold(&team.owner.credential, team.owner.request(), scans(), "a", None, change)
        };
        assert!(matches!(delete(true).await, Err(Error::Forbidden { .. })));
        let shorter = change(HoldChange::Retention { to: until(5), bypass: true }).await.unwrap_err();
        assert!(matches!(shorter, Error::Conflict(_)), "{shorter:?}");
        assert!(change(HoldChange::Retention { to: None, bypass: true }).await.is_err());
        change(HoldChange::Retention { to: until(20), bypass: false }).await.unwrap();
        team.owner.change(item.id, Verb::Archive).await.unwrap();
        assert!(matches!(team.owner.change(item.id, Verb::Delete).await, Err(Error::Forbidden { .. })));
        world.clock.advance(day * 21);
        change(HoldChange::Legal(true)).await.unwrap();
        assert!(delete(true).await.is_err(), "a legal hold has no end");
        change(HoldChange::Legal(false)).await.unwrap();
        delete(false).await.unwrap();
    }

    async fn a_governance_hold_is_set_aside_by_an_owner_who_says_so(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let set = custody::dataset::DatasetChange {
            hold_default: Some(Some("governance:30".into())),
            ..Default::default()
        };
        let custody = team.owner.custody();
        custody.change_dataset(&team.owner.credential, team.owner.request(), scans(), set).await.unwrap();
        let item = team.owner.put("scans", "a", b"held by its dataset").await.unwrap().item;
        let hold = custody.hold(&team.owner.credential, team.owner.request(), scans(), "a", None).await.unwrap();
        assert_eq!(hold.retention.unwrap().mode, RetentionMode::Governance);
        let delete = |bypass| custody.delete_version(&team.owner.credential, team.owner.request(), scans(), "a", item.version.id, bypass);
        assert!(delete(false).await.is_err());
        delete(true).await.unwrap();
    }

    async fn bytes_under_a_provided_key_open_with_it_alone(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let (key, other) = (ProvidedKey::from_bytes([7; 32]), ProvidedKey::from_bytes([8; 32]));
        let read = |key: Option<&ProvidedKey>| ReadItem { provided_key: key.cloned(), ..ReadItem::default() };
        let mut items = Vec::new();
        for length in [100, 200_000] {
            let put = PutItem {
                provided_key: Some(key.clone()),
                ..PutItem::file(Target::Name(scans(), length.to_string()), "text/plain")
            };
            items.push((team.owner.put_as(put, pieces(&content(length, 5))).await.unwrap().item, content(length, 5)));
        }
        let new = NewUpload { name: "film".into(), provided_key: Some(key.clone()), ..NewUpload::default() };
        let custody = team.owner.custody();
        let upload = custody.begin_upload(&team.owner.credential, team.owner.request(), scans(), new).await.unwrap();
        let without = send(&team.owner, &upload, 1, b"x").await.unwrap_err();
        assert!(matches!(without, Error::Invalid { field: "provided_key.missing", .. }), "{without:?}");
        let mut parts = Vec::new();
        for number in [1, 2] {
            let put = PutPart { provided_key: Some(key.clone()), ..part(&upload, number) };
            let body = futures_util::stream::iter(pieces(&content(100_000, number as usize)));
            parts.push(custody.put_part(&team.owner.credential, team.owner.request(), put, body).await.unwrap().part);
        }
        let stored = finish(&team.owner, complete(&upload, &parts)).await.unwrap();
        items.push((stored.item, [content(100_000, 1), content(100_000, 2)].concat()));
        for (item, bytes) in items {
            assert!(item.version.key_provided);
            assert_eq!(team.owner.get_as(item.id, read(Some(&key))).await.unwrap(), bytes);
            let missing = team.owner.get_as(item.id, read(None)).await.unwrap_err();
            assert!(matches!(missing, Error::Invalid { field: "provided_key.missing", .. }), "{missing:?}");
            let wrong = team.owner.get_as(item.id, read(Some(&other))).await.unwrap_err();
            assert!(matches!(wrong, Error::Invalid { field: "provided_key.wrong", .. }), "{wrong:?}");
        }
    }

    async fn notes_change_and_content_does_not(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let item = team.owner.put("scans", "a", b"bytes").await.unwrap().item;
        let custody = team.owner.custody();
        let change = BTreeMap::from([("tag".to_owned(), Some("red".to_owned())), ("gone".to_owned(), None)]);
        let version = custody
            .change_notes(&team.owner.credential, team.owner.request(), scans(), "a", None, change).await.unwrap();
        assert_eq!(version.notes["tag"], "red");
        let seen = custody.item_named(&team.owner.credential, team.owner.request(), scans(), "a", None).await.unwrap();
        assert_eq!(seen.version.notes["tag"], "red");
        assert_eq!(team.owner.get(item.id).await.unwrap(), b"bytes");
    }
}
