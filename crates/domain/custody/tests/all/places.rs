//! Datasets whose bytes lie elsewhere: in an S3 store, under meaningless names, and nowhere else.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use custody::Error;
use custody::dataset::{DatasetChange, DatasetRef};
use custody::item::{Condition, Kind, Notes, PutItem, Range, ReadItem, Target, Verb};
use custody::upload::{CompleteUpload, NewUpload, PutPart};
use engines::Elsewhere;
use futures_util::stream;
use kernel::Timestamp;
use store::objects::{Place, empty_all_trash, orphans, sweep};
use store::params;
use testkit::{Person, World, pieces};

const PIECE: u32 = 50_000;
const MARKER: &[u8] = b"plaintext-marker";

/// Content that shows itself wherever it lies in clear.
fn content(length: usize) -> Vec<u8> {
    MARKER.iter().copied().cycle().take(length).collect()
}

async fn world(db: engines::TestDb, server: &Elsewhere) -> World {
    World::with_places(db, vec![server.place("far", PIECE).unwrap()]).await
}

fn far(world: &World) -> Place {
    world
        .custody
        .places()
        .get(&"far".parse().unwrap())
        .unwrap()
        .clone()
}

/// How many versions and parts have bytes in their rows.
async fn inline(world: &World) -> i64 {
    const INLINE: &str = "SELECT (SELECT count(*) FROM item_version WHERE inline_sealed IS NOT NULL) \
         + (SELECT count(*) FROM version_part WHERE inline_sealed IS NOT NULL)";
    world
        .database()
        .read(|tx| tx.one(INLINE, params![])?.get::<i64>(0))
        .await
        .unwrap()
}

async fn upload(owner: &Person, lengths: &[usize]) -> custody::Result<custody::item::Stored> {
    let (custody, dataset) = (owner.custody(), || DatasetRef::parse("scans"));
    let new = NewUpload {
        name: "in parts".into(),
        content_type: "text/plain".into(),
        ..NewUpload::default()
    };
    let begun = custody
        .begin_upload(&owner.credential, owner.request(), dataset(), new)
        .await?;
    let mut parts = Vec::new();
    for (number, length) in (1..).zip(lengths) {
        let put = PutPart {
            dataset: dataset(),
            upload: begun.id,
            number,
            length: None,
            sha256: None,
            provided_key: None,
            begun_with: BTreeMap::new(),
            notes: Notes::default(),
        };
        let body = stream::iter(pieces(&content(*length)));
        let part = custody
            .put_part(&owner.credential, owner.request(), put, body)
            .await?;
        parts.push((number, part.part.sha256));
    }
    let complete = CompleteUpload {
        dataset: dataset(),
        upload: begun.id,
        parts,
        provided_key: None,
        needs_key: false,
        least: 0,
        notes: Notes::default(),
        condition: Condition::default(),
        idempotency: None,
    };
    custody
        .complete_upload(&owner.credential, owner.request(), complete)
        .await
}

/// Everything that the far place holds: names of ids and numbers alone, and no clear text.
fn check_far(server: &Elsewhere) -> usize {
    let files = server.files().unwrap();
    for file in &files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let (id, number) = name.split_once('.').unwrap_or((name, "1"));
        assert!(
            id.parse::<kernel::ObjectId>().is_ok() && number.parse::<u64>().is_ok(),
            "{name}"
        );
        let bytes = std::fs::read(file).unwrap();
        assert!(
            !bytes.windows(MARKER.len()).any(|window| window == MARKER),
            "{name} is in clear"
        );
    }
    files.len()
}

engines::on_both! {
    async fn bytes_lie_in_the_region_of_their_dataset_alone(db: TestDb) {
        let server = Elsewhere::start().unwrap();
        let world = world(db, &server).await;
        let team = world.team("clinic").await;
        let made = team.owner.dataset_in("scans", "far").await.unwrap();
        assert_eq!(made.region, "far");
        let mut items = Vec::new();
        for length in [0, 100, 40_000, 180_000] {
            let stored = team.owner.put("scans", &format!("{length}"), &content(length)).await.unwrap();
            assert_eq!(team.owner.get(stored.item.id).await.unwrap(), content(length));
            items.push(stored.item.id);
        }
        let json = serde_json::json!({ "marker": String::from_utf8(content(1_000)).unwrap() }).to_string();
        let target = Target::Name(DatasetRef::parse("scans"), "record".into());
        let record = PutItem { kind: Kind::Record, ..PutItem::file(target, "application/json") };
        let record = team.owner.put_as(record, pieces(json.as_bytes())).await.unwrap();
        items.push(record.item.id);
        let stored = upload(&team.owner, &[60_000, 10]).await.unwrap();
        assert_eq!(team.owner.get(stored.item.id).await.unwrap(), [content(60_000), content(10)].concat());
        items.push(stored.item.id);
        assert_eq!((inline(&world).await, world.object_files().len()), (0, 0), "nothing lies at home");
        assert!(check_far(&server) > 6);
        let range = ReadItem { range: Some(Range::From(59_990, Some(60_005))), ..ReadItem::default() };
        let whole = [content(60_000), content(10)].concat();
        assert_eq!(team.owner.get_as(stored.item.id, range).await.unwrap(), whole[59_990..60_006]);
        for item in items {
            for verb in [Verb::Archive, Verb::Delete] {
                world.custody.change_state(&team.owner.credential, team.owner.request(), item, verb, None).await.unwrap();
            }
        }
        assert_eq!(server.files().unwrap(), Vec::<std::path::PathBuf>::new(), "deleting removes the bytes before the answer");
    }

    async fn a_region_that_is_not_offered_is_refused_with_those_that_are(db: TestDb) {
        let server = Elsewhere::start().unwrap();
        let world = world(db, &server).await;
        let team = world.team("clinic").await;
        for bad in ["mars", "", "FAR"] {
            let refused = team.owner.dataset_in("scans", bad).await.unwrap_err();
            assert!(matches!(&refused, Error::Invalid { field: "region", problem } if problem.contains("home, far")), "{refused:?}");
        }
        let regions: Vec<_> = world.custody.regions().into_iter().map(|region| region.label).collect();
        assert_eq!(regions, ["home", "far"]);
    }

    async fn only_new_versions_go_to_another_region(db: TestDb) {
        let server = Elsewhere::start().unwrap();
        let world = world(db, &server).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let old = team.owner.put("scans", "a", &content(100_000)).await.unwrap();
        let change = DatasetChange { region: Some("far".into()), ..DatasetChange::default() };
        let changed = world.custody.change_dataset(&team.owner.credential, team.owner.request(), DatasetRef::parse("scans"), change).await.unwrap();
        assert_eq!(changed.region, "far");
        team.owner.put("scans", "a", &content(200)).await.unwrap();
        assert_eq!((world.object_files().len(), check_far(&server)), (1, 1));
        let first = ReadItem { version: Some(old.item.version.id), ..ReadItem::default() };
        assert_eq!(team.owner.get_as(old.item.id, first).await.unwrap(), content(100_000));
        assert_eq!(team.owner.get(old.item.id).await.unwrap(), content(200));
        for verb in [Verb::Archive, Verb::Delete] {
            world.custody.change_state(&team.owner.credential, team.owner.request(), old.item.id, verb, None).await.unwrap();
        }
        assert_eq!((world.object_files().len(), check_far(&server)), (0, 0), "both places are cleared");
    }

    async fn a_store_that_goes_away_in_an_upload_leaves_nothing_once_it_is_back(db: TestDb) {
        let mut server = Elsewhere::start().unwrap();
        let world = world(db, &server).await;
        let team = world.team("clinic").await;
        team.owner.dataset_in("scans", "far").await.unwrap();
        team.owner.dataset("near").await.unwrap();
        let kept = team.owner.put("scans", "kept", &content(120_000)).await.unwrap();
        let target = Target::Name(DatasetRef::parse("scans"), "lost".into());
        let (sender, body) = tokio::sync::mpsc::channel::<Bytes>(1);
        let body = Box::pin(stream::unfold(body, |mut body| async { body.recv().await.map(|piece| (Ok(piece), body)) }));
        let owner = team.owner.clone();
        let put = tokio::spawn(async move {
            let custody = owner.custody().clone();
            custody.put(&owner.credential, owner.request(), PutItem::file(target, "text/plain"), body).await
        });
        for _ in 0..8 {
            sender.send(content(100_000).into()).await.unwrap();
        }
        server.stop();
        for _ in 0..20 {
            if sender.send(content(100_000).into()).await.is_err() {
                break;
            }
        }
        drop(sender);
        let failed = put.await.unwrap().unwrap_err();
        assert!(matches!(&failed, Error::Unavailable(reason) if reason.contains("`far`")), "{failed:?}");
        assert!(matches!(team.owner.get(kept.item.id).await, Err(Error::Unavailable(_))));
        // The home place goes on.
        let near = team.owner.put("near", "a", &content(100_000)).await.unwrap();
        assert_eq!(team.owner.get(near.item.id).await.unwrap(), content(100_000));
        server.resume().unwrap();
        let (database, places, far) = (world.database().clone(), world.custody.places().clone(), far(&world));
        let orphans = std::thread::spawn(move || {
            sweep(&database, "test", Timestamp::from_micros(i64::MAX), Duration::ZERO).unwrap();
            empty_all_trash(&database, &places).unwrap().whole().unwrap();
            orphans(&database, &far, custody::item::OBJECT_REFERENCES).unwrap()
        }).join().unwrap();
        assert_eq!(orphans, []);
        assert_eq!(check_far(&server), 4, "the head and three pieces of what was kept");
        assert_eq!(team.owner.get(kept.item.id).await.unwrap(), content(120_000));
    }

    async fn a_place_that_is_not_configured_is_named_and_loses_nothing(db: TestDb) {
        let server = Elsewhere::start().unwrap();
        let world = world(db, &server).await;
        let team = world.team("clinic").await;
        team.owner.dataset_in("scans", "far").await.unwrap();
        let stored = team.owner.put("scans", "a", &content(100)).await.unwrap();
        let forgetful = team.owner.at(&world.at_home());
        for refused in [forgetful.get(stored.item.id).await.unwrap_err(), forgetful.put("scans", "b", b"x").await.unwrap_err()] {
            assert!(matches!(&refused, Error::Unavailable(reason) if reason.contains("`far`")), "{refused:?}");
        }
        for verb in [Verb::Archive, Verb::Delete] {
            forgetful.custody().change_state(&team.owner.credential, team.owner.request(), stored.item.id, verb, None).await.unwrap();
        }
        assert_eq!(check_far(&server), 1, "the bytes wait in the trash");
        let (database, places) = (world.database().clone(), world.custody.places().clone());
        std::thread::spawn(move || empty_all_trash(&database, &places).unwrap().whole().unwrap()).join().unwrap();
        assert_eq!(check_far(&server), 0);
    }

    async fn altered_bytes_elsewhere_are_refused_and_named_in_the_trail(db: TestDb) {
        let server = Elsewhere::start().unwrap();
        let world = world(db, &server).await;
        let team = world.team("clinic").await;
        team.owner.dataset_in("scans", "far").await.unwrap();
        let stored = team.owner.put("scans", "a", &content(120_000)).await.unwrap();
        for file in server.files().unwrap() {
            let mut sealed = std::fs::read(&file).unwrap();
            if let Some(middle) = sealed.len().checked_sub(5_000) {
                sealed[middle] ^= 1;
                std::fs::write(&file, sealed).unwrap();
            }
        }
        assert!(matches!(team.owner.get(stored.item.id).await, Err(Error::Altered)));
        let filter = custody::trail::TrailFilter { item: Some(stored.item.id), outcome: Some("failed".into()), ..Default::default() };
        assert_eq!(team.owner.trail(filter).await.unwrap().len(), 1);
    }
}
