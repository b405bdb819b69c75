//! What comes back, what does not, and that the log holds across.

use std::collections::BTreeSet;
use std::sync::Arc;

use custody::Error;
use custody::item::Verb;
use kernel::SystemRandom;
use ledger::audit::{EntryRule, audit};
use operation::log::StoredLog;
use operation::sequencer::Sequencer;
use store::{StoreError, Value, params};

use super::{Scene, blocking, files, large, run};
use crate::dump::{data_name, keys_name};
use crate::part::PartReader;
use crate::shelf::Room;
use crate::{BackupKey, LEFT_OUT, Newer, is_key, load, newest};

/// Bytes that may be a wrapped key.
fn long(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::Bytes(bytes) if bytes.len() > 32 => Some(bytes),
        _ => None,
    }
}

engines::on_both! {
    async fn what_was_erased_since_stays_so_and_the_rest_comes_back(db: TestDb) {
        let scene = Scene::new(db).await;
        let (kept, small) = (scene.put("kept", &large(1)).await, scene.put("small", b"a few bytes").await);
        let (gone, gone_small) = (scene.put("gone", &large(2)).await, scene.put("gone small", b"other bytes").await);
        let made = scene.back_up().await;
        assert_eq!((made.objects, made.copied, made.listed), (2, 2, 0));

        let gone_keys: Vec<Vec<u8>> = scene.world.database().read(move |tx| {
            let rows = tx.all("SELECT key_wrapped FROM item_version WHERE item_id IN ($1, $2)", params![gone, gone_small])?;
            rows.iter().map(|row| row.get(0)).collect::<Result<_, StoreError>>()
        }).await.unwrap();
        scene.erase(gone).await;
        scene.erase(gone_small).await;
        assert_eq!((scene.list().await, scene.list().await), (2, 0), "a line is written once");
        scene.world.sequence().await;

        for target in engines::all() {
            let newer = scene.checkpoint().await;
            let copy = scene.restored_with(target, |restore| restore.newer = Some(newer)).await;
            let restored = copy.outcome.as_ref().unwrap();
            assert_eq!((restored.again.listed, restored.again.erased), (2, 2));
            assert_eq!((restored.objects, restored.rows), (1, made.rows));
            assert!(restored.log.entries > 0 && restored.log.lost > Some(0) && restored.log.continues == Some(false));
            assert!(!copy.is_unfinished());

            let owner = scene.owner().at(&copy.custody);
            assert!(owner.get(kept).await.unwrap() == large(1));
            assert_eq!(owner.get(small).await.unwrap(), b"a few bytes");
            for erased in [gone, gone_small] {
                assert!(matches!(owner.get(erased).await, Err(Error::NotFound("item"))));
            }
            assert_eq!(copy.count("SELECT count(*) FROM item_version"), 2);
            assert_eq!(files(copy.objects.path()).len(), 1, "no bytes of what was erased");
            // The key of what was erased was never written: not even the pages of a file that are free now have it.
            if let Some(folder) = copy.db.folder() {
                let bytes: Vec<u8> = files(folder).iter().flat_map(|file| std::fs::read(file).unwrap()).collect();
                for key in &gone_keys {
                    assert!(!bytes.windows(key.len()).any(|window| window == key.as_slice()));
                }
            }
        }
    }

    async fn the_log_goes_on_from_the_copy(db: TestDb) {
        let scene = Scene::new(db).await;
        let item = scene.put("a", &large(1)).await;
        scene.back_up().await;
        let (before, source) = (scene.checkpoint().await, scene.world.database().clone());
        for target in engines::all() {
            let log = StoredLog(source.clone());
            let mut newer = Newer { note: before.note.clone(), continues: None };
            newer.continues = Some(Box::new(move |newer, ours| {
                audit(&log, newer, Some(ours), EntryRule::Links, |_| {}).map(drop).map_err(|error| error.to_string())
            }));
            let copy = scene.restored_with(target, |restore| restore.newer = Some(newer)).await;
            let held = copy.outcome.as_ref().unwrap().log;
            assert_eq!((held.lost, held.continues), (Some(0), Some(true)));

            scene.owner().at(&copy.custody).get(item).await.unwrap();
            let signer = copy.custody.log_signer().await.unwrap();
            let clock = Arc::clone(&copy.custody.desk().clock);
            let sequencer = Sequencer::new((*copy.db).clone(), clock, signer, "copy");
            assert!(sequencer.run().await.unwrap() >= 2, "the restoration and the reading");
            let (db, policy) = ((*copy.db).clone(), scene.world.policy.clone());
            let note = operation::log::checkpoint(&copy.db).await.unwrap().unwrap();
            let early = before.note.clone();
            blocking(move || {
                let open = |note: &str| {
                    let signed = ledger::checkpoint::SignedCheckpoint::parse(note.as_bytes()).unwrap();
                    signed.verify(&policy).unwrap().checkpoint().clone()
                };
                let (head, early) = (open(&note), open(&early));
                assert!(head.size > early.size);
                audit(&StoredLog(db), &head, Some(&early), EntryRule::Links, |_| {}).unwrap();
            }).await;
        }
    }

    async fn a_second_backup_copies_what_is_new(db: TestDb) {
        let scene = Scene::new(db).await;
        for number in 0..5 {
            scene.put(&format!("old {number}"), &large(number)).await;
        }
        assert_eq!(scene.back_up().await.copied, 5);
        let new = scene.put("new", &large(9)).await;
        let second = scene.back_up().await;
        assert_eq!((second.copied, second.copied_bytes < 400_000, second.objects), (1, true, 6));
        // Nothing of it depends on the first one's rows.
        let copy = scene.restored_into(engines::TestDb::sqlite()).await;
        assert_eq!(copy.outcome.as_ref().unwrap().backup, second.backup);
        assert!(scene.owner().at(&copy.custody).get(new).await.unwrap() == large(9));
    }

    async fn what_is_erased_while_a_backup_is_made_stays_so(db: TestDb) {
        let scene = Scene::new(db).await;
        let (kept, gone) = (scene.put("kept", &large(1)).await, scene.put("gone", &large(2)).await);
        let (owner, done) = (scene.owner().clone(), std::sync::Once::new());
        let mut backup = scene.backup();
        backup.progress = Arc::new(move |_, _, _| done.call_once(|| {
            let owner = owner.clone();
            let erase = move || engines::block_on(async {
                owner.change(gone, Verb::Archive).await.unwrap();
                owner.change(gone, Verb::Delete).await.unwrap();
            });
            std::thread::spawn(erase).join().unwrap();
        }));
        let made = run(backup).await.unwrap();
        assert_eq!((made.objects, made.listed), (1, 0), "one look, and then it was gone");
        // Without the list the copy would want bytes that are gone for good, and says so.
        let copy = scene.restored_into(engines::TestDb::sqlite()).await;
        assert!(copy.outcome.unwrap_err().to_string().contains("objects") && copy.db.folder().is_some());
        scene.list().await;
        let copy = scene.restored_into(engines::TestDb::sqlite()).await;
        copy.outcome.as_ref().unwrap();
        let owner = scene.owner().at(&copy.custody);
        assert!(owner.get(kept).await.unwrap() == large(1) && owner.get(gone).await.is_err());
    }

    async fn an_ended_key_does_not_come_back_with_its_wrap(db: TestDb) {
        let scene = Scene::new(db).await;
        let team = scene.world.customer_held_team("museum").await;
        let colleague = team.member(access::Class::Admin).await;
        scene.back_up().await;
        let ended = colleague.credential.key;
        team.owner.custody().invalidate_key(&team.owner.credential, team.owner.request(), ended).await.unwrap();
        scene.list().await;
        let copy = scene.restored_into(engines::TestDb::sqlite()).await;
        copy.outcome.as_ref().unwrap();
        let (owner, colleague) = (team.owner.at(&copy.custody), colleague.at(&copy.custody));
        assert!(owner.dataset("paintings").await.is_ok());
        assert!(matches!(colleague.dataset("more").await, Err(Error::Unauthenticated)));
        let wrap = copy.db.read_blocking(move |tx| {
            tx.one("SELECT tenant_key_wrapped FROM api_key WHERE key_id = $1", params![ended])?.get::<Option<Vec<u8>>>(0)
        });
        assert_eq!(wrap, Ok(None));
    }

    /// Whoever has the data archive, the backup key and the root key has no wrapped key to begin with.
    async fn data_and_keys_lie_apart(db: TestDb) {
        let scene = Scene::new(db).await;
        scene.put("a", b"bytes").await;
        scene.back_up().await;
        let (shelf, keys_shelf, key) = (scene.shelf.clone(), scene.keys_shelf.clone(), Arc::clone(&scene.key));
        blocking(move || {
            let manifest = newest(&shelf, &key).unwrap();
            let read = |place: (&crate::Shelf, Room<'_>), what: String, part, key, width| {
                let mut part = PartReader::open(place, &manifest.name(&what), part, key, width).unwrap();
                std::iter::from_fn(move || part.next().unwrap()).collect::<Vec<_>>()
            };
            let (mut wrapped, mut data) = (Vec::new(), Vec::new());
            let (data_key, keys_key) = (key.data(), key.keys());
            for table in &manifest.tables {
                assert!(!table.columns.iter().any(|column| is_key(&table.table, column)), "{}", table.table);
                data.extend(read((&shelf, Room::Parts), data_name(&table.table), &table.data, &data_key, load::data_width(table)));
                if let Some(part) = &table.keys {
                    let rows = read((&keys_shelf, Room::Keys), keys_name(&table.table), part, &keys_key, load::keys_width(table));
                    wrapped.extend(rows.into_iter().flat_map(|row| row.into_iter().skip(table.key.len())));
                }
            }
            let wrapped: BTreeSet<Vec<u8>> = wrapped.into_iter().filter_map(long).collect();
            assert!(wrapped.len() > 5, "tenants, a dataset, a version, the log's own");
            assert!(!data.into_iter().flatten().filter_map(long).any(|value| wrapped.contains(&value)));
        }).await;
    }

    async fn places_that_are_not_empty_and_wrong_keys_are_refused(db: TestDb) {
        let scene = Scene::new(db).await;
        scene.put("a", &large(1)).await;
        let none = scene.restored_into(engines::TestDb::sqlite()).await;
        assert!(matches!(none.outcome, Err(crate::Error::NoBackup(_))));
        scene.back_up().await;

        let other = Arc::new(BackupKey::generate(&SystemRandom));
        let copy = scene.restored_with(engines::TestDb::sqlite(), |restore| restore.key = other).await;
        assert!(matches!(copy.outcome, Err(crate::Error::WrongKey { .. })));
        assert!(!copy.is_unfinished(), "nothing was written");
        let foreign = Scene::new(engines::TestDb::sqlite()).await;
        let root = foreign.world.custody.clone();
        let copy = scene.restored_with(engines::TestDb::sqlite(), |restore| restore.custody = root).await;
        assert!(matches!(copy.outcome, Err(crate::Error::WrongRoot { .. })));
        let itself = scene.world.custody.clone();
        let copy = scene.restored_with(engines::TestDb::sqlite(), |restore| restore.custody = itself).await;
        assert!(matches!(copy.outcome, Err(crate::Error::NotEmpty(_))));
        // The shelf of another key is left alone as well.
        let mut backup = scene.backup();
        backup.key = Arc::new(BackupKey::generate(&SystemRandom));
        assert!(matches!(run(backup).await, Err(crate::Error::WrongKey { .. })));
    }
}

/// Columns of keys are known by name; the register of columns says the same.
#[test]
fn columns_of_keys_are_those_of_the_register() {
    let register = concat!(env!("CARGO_MANIFEST_DIR"), "/../fields.toml");
    let register: toml::Table = std::fs::read_to_string(register).unwrap().parse().unwrap();
    for (table, columns) in &register {
        for (column, entry) in columns.as_table().unwrap() {
            let registered = entry["class"].as_str() == Some("key");
            assert_eq!(is_key(table, column), registered, "{table}.{column}");
        }
    }
    for table in LEFT_OUT {
        assert!(register.contains_key(*table), "{table} is no table any more");
    }
}
