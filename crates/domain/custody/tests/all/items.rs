//! Items from the first byte to the last key, on both engines.

use std::time::Duration;

use bytes::Bytes;
use custody::dataset::DatasetRef;
use custody::item::{BodyError, Bulk, Condition, Filter, Kind, PutItem, Range, ReadItem, Tags, Target, Verb};
use custody::trail::TrailFilter;
use custody::{Error, IdempotencyKey};
use kernel::PageRequest;
use serde_json::json;
use testkit::{World, pieces};

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 31 % 251) as u8).collect()
}

fn file(dataset: &str, name: &str) -> PutItem {
    PutItem::file(Target::Name(DatasetRef::parse(dataset), name.into()), "image/png")
}

engines::on_both! {
    async fn bytes_come_back_whatever_their_size(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        for length in [0, 1, 4_096, 32_768, 32_769, 65_535, 65_536, 65_537, 131_072, 1_000_000] {
            let bytes = content(length);
            let stored = team.owner.put("scans", &format!("{length} bytes"), &bytes).await.unwrap();
            assert!(stored.created);
            assert_eq!(stored.item.version.size, length as u64);
            assert_eq!(team.owner.get(stored.item.id).await.unwrap(), bytes, "{length}");
        }
    }

    async fn ranges_give_exactly_what_was_asked_for(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        for length in [100usize, 200_000] {
            let bytes = content(length);
            let item = team.owner.put("scans", &format!("{length}"), &bytes).await.unwrap().item.id;
            let ranges = [(0, 0), (0, 99), (10, 20), (99, 99), (65_535, 65_536), (65_536, 131_071), (131_000, 199_999)];
            for (first, last) in ranges.into_iter().filter(|(_, last)| *last < length as u64) {
                let read = ReadItem { range: Some(Range::From(first, Some(last))), ..ReadItem::default() };
                let got = team.owner.get_as(item, read).await.unwrap();
                assert_eq!(got, bytes[first as usize..=last as usize], "{first}-{last} of {length}");
            }
            let read = ReadItem { range: Some(Range::Last(7)), ..ReadItem::default() };
            assert_eq!(team.owner.get_as(item, read).await.unwrap(), bytes[length - 7..]);
            let beyond = ReadItem { range: Some(Range::From(length as u64, None)), ..ReadItem::default() };
            assert!(team.owner.get_as(item, beyond).await.is_err());
        }
    }

    async fn without_a_contract_nothing_is_taken_in(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team_without_contract("unsigned").await;
        let refused = team.owner.dataset("scans").await.unwrap_err();
        assert!(matches!(refused, Error::Forbidden { .. }), "{refused:?}");
    }

    async fn a_broken_upload_leaves_nothing_behind(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        for length in [100, 500_000] {
            let mut body = pieces(&content(length));
            body.push(Err(BodyError("the connection was reset".into())));
            let broken = team.owner.put_as(file("scans", "broken"), body).await.unwrap_err();
            assert!(matches!(broken, Error::Interrupted(_)), "{broken:?}");
            let short = PutItem { length: Some(length as u64 + 1), ..file("scans", "short") };
            let short = team.owner.put_as(short, pieces(&content(length))).await.unwrap_err();
            assert!(matches!(short, Error::Mismatch(_)), "{short:?}");
            let other = PutItem { sha256: Some([7; 32]), ..file("scans", "other") };
            let other = team.owner.put_as(other, pieces(&content(length))).await.unwrap_err();
            assert!(matches!(other, Error::Mismatch(_)), "{other:?}");
        }
        let page = PageRequest::first(10);
        let listed = world.custody.list_items(&team.owner.credential, team.owner.request(), DatasetRef::parse("scans"), Filter::default(), page).await.unwrap();
        assert_eq!(listed.items, []);
        // Cleaning up happens beside the answer; emptying the trash once more waits for nothing but itself.
        let (database, home) = (world.database().clone(), world.custody.places().home().clone());
        let left = std::thread::spawn(move || {
            store::objects::sweep(&database, "test", kernel::Timestamp::from_micros(i64::MAX), Duration::ZERO).unwrap();
            store::objects::empty_trash(&database, &home).unwrap();
        });
        left.join().unwrap();
        assert_eq!(world.object_files(), Vec::<std::path::PathBuf>::new());
    }

    async fn flipped_bytes_are_refused_and_named_in_the_trail(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let small = team.owner.put("scans", "small", &content(1_000)).await.unwrap().item.id;
        let large = team.owner.put("scans", "large", &content(300_000)).await.unwrap().item.id;
        for file in world.object_files() {
            let mut sealed = std::fs::read(&file).unwrap();
            let middle = sealed.len() / 2;
            sealed[middle] ^= 1;
            std::fs::write(&file, sealed).unwrap();
        }
        world.database().write(|tx| {
            for row in tx.all("SELECT version_id, inline_sealed FROM item_version WHERE inline_sealed IS NOT NULL", &[])? {
                let (version, mut sealed): (kernel::VersionId, Vec<u8>) = (row.get(0)?, row.get(1)?);
                let middle = sealed.len() / 2;
                sealed[middle] ^= 1;
                tx.execute("UPDATE item_version SET inline_sealed = $2 WHERE version_id = $1", store::params![version, sealed])?;
            }
            Ok::<(), store::StoreError>(())
        }).await.unwrap();
        for item in [small, large] {
            assert!(matches!(team.owner.get(item).await, Err(Error::Altered)));
            let filter = TrailFilter { item: Some(item), outcome: Some("failed".into()), ..TrailFilter::default() };
            let events = team.owner.trail(filter).await.unwrap();
            assert_eq!(events.len(), 1, "one failure for {item}");
            assert_eq!(events[0].event["details"]["cause"], "altered");
        }
    }

    async fn names_are_sealed_and_versions_count(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let first = team.owner.put("scans", "chest.png", b"one").await.unwrap();
        let second = team.owner.put("scans", "chest.png", b"two").await.unwrap();
        assert!(first.created && !second.created);
        assert_eq!(first.item.id, second.item.id);
        assert_eq!(second.item.version.number, 2);
        assert_eq!(team.owner.get(first.item.id).await.unwrap(), b"two");
        let old = ReadItem { version: Some(first.item.version.id), ..ReadItem::default() };
        assert_eq!(team.owner.get_as(first.item.id, old).await.unwrap(), b"one");
        let page = PageRequest::first(10);
        let versions = world.custody.versions(&team.owner.credential, team.owner.request(), first.item.id, page).await.unwrap();
        assert_eq!(versions.items.iter().map(|version| version.number).collect::<Vec<_>>(), [1, 2]);
    }

    async fn archive_restore_and_delete_in_that_order(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let bytes = content(100_000);
        let item = team.owner.put("scans", "chest.png", &bytes).await.unwrap().item.id;
        let early = team.owner.change(item, Verb::Delete).await.unwrap_err();
        assert!(matches!(early, Error::Forbidden { .. } | Error::Conflict(_)), "{early:?}");
        team.owner.change(item, Verb::Archive).await.unwrap();
        assert!(matches!(team.owner.get(item).await, Err(Error::Conflict(_) | Error::Forbidden { .. })));
        team.owner.change(item, Verb::Restore).await.unwrap();
        assert_eq!(team.owner.get(item).await.unwrap(), bytes);
        team.owner.change(item, Verb::Archive).await.unwrap();
        let event = team.owner.change(item, Verb::Delete).await.unwrap();
        assert!(matches!(team.owner.get(item).await, Err(Error::NotFound(_))));
        assert_eq!(world.object_files(), Vec::<std::path::PathBuf>::new());
        let left = world.database().read(move |tx| {
            let mut left = 0;
            for table in ["item", "item_version", "field_index", "object_trash", "object_intent"] {
                left += tx.one(&format!("SELECT count(*) FROM {table}"), &[])?.get::<i64>(0)?;
            }
            Ok::<i64, store::StoreError>(left)
        }).await.unwrap();
        assert_eq!(left, 0);
        world.sequence().await;
        let receipt = team.owner.receipt(event).await.unwrap();
        let proved = ledger::Receipt::parse(receipt.as_bytes()).unwrap().verify(&world.policy).unwrap();
        assert_eq!(proved.event["action"], "item.delete");
        assert_eq!(proved.event["details"]["keys"], "destroyed");
    }

    async fn a_dry_run_counts_what_the_real_run_changes(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        for number in 0..25 {
            let name = if number % 5 == 0 { format!("keep/{number}") } else { format!("old/{number}") };
            team.owner.put("scans", &name, &content(10)).await.unwrap();
        }
        let filter = Filter { name_prefix: Some("old/".into()), ..Filter::default() };
        let run = |verb, dry_run| {
            let bulk = Bulk { dataset: DatasetRef::parse("scans"), verb, filter: filter.clone(), dry_run, idempotency: None };
            world.custody.change_states(&team.owner.credential, team.owner.request(), bulk)
        };
        let dry = run(Verb::Archive, true).await.unwrap();
        assert_eq!((dry.matched, dry.bytes, dry.changed), (20, 200, 0));
        let real = run(Verb::Archive, false).await.unwrap();
        assert_eq!((real.matched, real.changed, real.events.len()), (20, 20, 20));
        assert_eq!(run(Verb::Archive, true).await.unwrap().matched, 0);
        assert_eq!(run(Verb::Delete, false).await.unwrap().changed, 20);
        let page = PageRequest::first(100);
        let left = world.custody.list_items(&team.owner.credential, team.owner.request(), DatasetRef::parse("scans"), Filter::default(), page).await.unwrap();
        assert_eq!(left.items.len(), 5);
    }

    async fn conditions_guard_against_lost_updates(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let first = team.owner.put("scans", "chest.png", b"one").await.unwrap().item;
        let only_new = Condition { if_none_match: Some(Tags::Any), ..Condition::default() };
        let again = PutItem { condition: only_new, ..file("scans", "chest.png") };
        assert!(matches!(team.owner.put_as(again, pieces(b"two")).await, Err(Error::ConditionFailed)));
        let based_on = Condition { if_match: Some(Tags::These(vec![first.version.id])), ..Condition::default() };
        let update = PutItem { condition: based_on, ..file("scans", "chest.png") };
        team.owner.put_as(update.clone(), pieces(b"two")).await.unwrap();
        assert!(matches!(team.owner.put_as(update, pieces(b"three")).await, Err(Error::ConditionFailed)));
        let has = Condition { if_none_match: Some(Tags::These(vec![first.version.id])), ..Condition::default() };
        let read = ReadItem { version: Some(first.version.id), condition: has, ..ReadItem::default() };
        let answer = team.owner.open(first.id, read).await.unwrap();
        assert!(answer.not_modified && answer.body.is_none());
    }

    async fn a_repeated_request_is_answered_and_not_repeated(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        for length in [100, 100_000] {
            let key = IdempotencyKey::new(&format!("key {length}"), &[b"POST", b"items"]);
            let put = PutItem { idempotency: Some(key), ..file("scans", &format!("{length}.png")) };
            let first = team.owner.put_as(put.clone(), pieces(&content(length))).await.unwrap();
            let second = team.owner.put_as(put.clone(), pieces(&content(length))).await.unwrap();
            assert_eq!(first, second);
            let other = team.owner.put_as(put, pieces(&content(length + 1))).await.unwrap_err();
            assert!(matches!(other, Error::ReplayMismatch), "{other:?}");
        }
        let (database, home) = (world.database().clone(), world.custody.places().home().clone());
        let orphans = std::thread::spawn(move || {
            store::objects::sweep(&database, "test", kernel::Timestamp::from_micros(i64::MAX), Duration::ZERO).unwrap();
            store::objects::empty_trash(&database, &home).unwrap();
            store::objects::orphans(&database, &home, custody::item::OBJECT_REFERENCES).unwrap()
        }).join().unwrap();
        assert_eq!(orphans, []);
        assert_eq!(world.object_files().len(), 1);
    }

    async fn records_are_found_by_their_declared_fields(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("crm").await;
        team.owner.dataset_with("people", &["email"]).await.unwrap();
        for (name, email) in [("p1", "Ann@Example.org"), ("p2", "bob@example.org")] {
            let body = json!({ "email": email, "city": "Tartu" }).to_string();
            let put = PutItem { kind: Kind::Record, ..file("people", name) };
            team.owner.put_as(put, pieces(body.as_bytes())).await.unwrap();
        }
        let search = |field: &str, value: &str| world.custody.search_records(
            &team.owner.credential, team.owner.request(), DatasetRef::parse("people"), field.into(), json!(value), PageRequest::first(10));
        let found = search("email", " ann@example.ORG").await.unwrap();
        assert_eq!(found.items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), ["p1"]);
        assert!(matches!(search("city", "Tartu").await, Err(Error::Invalid { .. })));
        let changed = PutItem { kind: Kind::Record, ..file("people", "p1") };
        team.owner.put_as(changed, pieces(br#"{"email":"new@example.org"}"#)).await.unwrap();
        assert_eq!(search("email", "ann@example.org").await.unwrap().items.len(), 0);
        let no_object = PutItem { kind: Kind::Record, ..file("people", "p3") };
        assert!(matches!(team.owner.put_as(no_object, pieces(b"[1]")).await, Err(Error::Invalid { .. })));
    }

    async fn an_item_about_one_person_needs_that_persons_key_too(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("crm").await;
        team.owner.dataset("notes").await.unwrap();
        let about = PutItem { subject: Some("customer 42".into()), ..file("notes", "call.txt") };
        let item = team.owner.put_as(about, pieces(b"she called")).await.unwrap().item;
        assert!(item.subject.is_some());
        let other = team.owner.put("notes", "plain.txt", b"nobody").await.unwrap().item;
        assert_eq!(team.owner.get(item.id).await.unwrap(), b"she called");
        let broken = world.database().write(|tx| {
            let row = tx.one("SELECT subject_id, key_wrapped FROM subject", &[])?;
            let (subject, mut wrapped): (kernel::SubjectId, Vec<u8>) = (row.get(0)?, row.get(1)?);
            wrapped.fill(0);
            tx.execute("UPDATE subject SET key_wrapped = $2 WHERE subject_id = $1", store::params![subject, wrapped])
        }).await.map_err(|error: store::StoreError| error).unwrap();
        assert_eq!(broken, 1);
        assert!(matches!(team.owner.get(item.id).await, Err(Error::Altered)));
        assert_eq!(team.owner.get(other.id).await.unwrap(), b"nobody");
    }

    async fn listing_goes_on_where_it_stopped(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        for number in 0..7 {
            team.owner.put("scans", &format!("{number}"), b"x").await.unwrap();
        }
        let (mut names, mut page) = (Vec::new(), PageRequest::first(3));
        loop {
            let listed = world.custody.list_items(&team.owner.credential, team.owner.request(), DatasetRef::parse("scans"), Filter::default(), page.clone()).await.unwrap();
            names.extend(listed.items.into_iter().map(|item| item.name));
            match listed.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        assert_eq!(names, ["0", "1", "2", "3", "4", "5", "6"]);
    }

    async fn a_slow_reader_is_cut_off_when_the_key_dies(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let item = team.owner.put("scans", "video", &content(20_000_000)).await.unwrap().item.id;
        let second = team.owner.issue_key().await;
        let reader = team.owner.with_key(&second);
        let mut body = reader.open(item, ReadItem::default()).await.unwrap().body.unwrap();
        let first: Bytes = body.next().await.unwrap().unwrap();
        assert!(!first.is_empty());
        team.owner.invalidate(&second).await.unwrap();
        assert!(matches!(body.next().await, Some(Err(Error::Unauthenticated))));
        assert!(matches!(reader.get(item).await, Err(Error::Unauthenticated)));
        assert!(team.owner.get(item).await.is_ok());
    }
}
