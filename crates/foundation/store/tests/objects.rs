//! Objects on disk and in memory keep one contract; rows and bytes stay together.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by them")]

mod common;

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use common::{NOON, bytes, object, unavailable, with_tables};
use engines::{Elsewhere, TestDb, on_both};
use kernel::ObjectId;
use object_store::memory::InMemory;
use proptest::prelude::*;
use store::objects::{
    Act, Address, DirectoryObjects, Emptied, Fault, MemoryObjects, PIECE, Place, PlaceLabel, Places,
    RemoteObjects, abandon, discard, empty_all_trash, empty_trash, intend, keep, orphans, sweep,
    unknown_places,
};
use store::{Migration, Objects, StoreError, params};
use tempfile::TempDir;

const FILES: Migration = Migration {
    id: 300,
    name: "files",
    sql: "CREATE TABLE file (object_id {bytes} NOT NULL PRIMARY KEY) {strict};",
};
const REFERENCED: &[&str] = &["SELECT 1 FROM file WHERE object_id = $1 AND $2 = 'home'"];
const HOUR: Duration = Duration::from_secs(3600);

fn write(objects: &dyn Objects, id: ObjectId, bytes: &[u8]) -> Result<(), StoreError> {
    let mut writer = objects.create(id)?;
    for part in bytes.chunks(1000) {
        writer.write_all(part)?;
    }
    writer.finish()
}

fn listed(objects: &dyn Objects) -> Vec<ObjectId> {
    let mut ids: Vec<_> = objects.list().unwrap().collect::<Result<_, _>>().unwrap();
    ids.sort();
    ids
}

/// Calls the body with each implementation.
fn everywhere(body: impl Fn(&dyn Objects)) {
    let folder = TempDir::new().unwrap();
    body(&DirectoryObjects::open(folder.path().join("objects")).unwrap());
    body(&MemoryObjects::new());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for piece in [1_000, PIECE] {
        let (store, prefix) = (Arc::new(InMemory::new()), object_store::path::Path::from("a/b"));
        let handle = runtime.handle().clone();
        body(&RemoteObjects::with_pieces(
            PlaceLabel::home(),
            store,
            prefix,
            handle,
            piece,
        ));
        let elsewhere = Elsewhere::start().unwrap();
        body(&elsewhere.objects(&PlaceLabel::home(), piece).unwrap());
    }
}

fn home(objects: &MemoryObjects) -> Place {
    Place::home("", Arc::new(objects.clone()))
}

fn files_in(folder: &std::path::Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { files_in(&path) } else { 1 })
        .sum()
}

#[test]
fn what_the_disk_began_to_write_early_comes_back_whole() {
    let folder = TempDir::new().unwrap();
    let objects = DirectoryObjects::open(folder.path().join("objects")).unwrap();
    let (id, content) = (object(), bytes(9_000_001));
    write(&objects, id, &content).unwrap();
    let mut read = vec![0; content.len() + 1];
    let length = objects.open(id).unwrap().read_at(0, &mut read).unwrap();
    assert!(read[..length] == content[..]);
}

#[test]
fn bytes_come_back_from_any_offset() {
    everywhere(|objects| {
        let (id, content) = (object(), bytes(10_000));
        write(objects, id, &content).unwrap();
        let reader = objects.open(id).unwrap();
        assert_eq!(reader.len(), 10_000);
        let mut buffer = [0; 4_000];
        for (offset, expected) in [(0, 4_000), (9_000, 1_000), (10_000, 0), (u64::MAX - 1, 0)] {
            let read = reader.read_at(offset, &mut buffer);
            if offset <= 10_000 {
                assert_eq!(read, Ok(expected));
                assert_eq!(buffer[..expected], content[offset as usize..][..expected]);
            } else {
                assert!(!matches!(read, Ok(1..)), "nothing is there");
            }
        }
    });
}

#[test]
fn an_object_is_there_whole_or_not_at_all() {
    everywhere(|objects| {
        let id = object();
        let mut writer = objects.create(id).unwrap();
        writer.write_all(b"half").unwrap();
        assert_eq!(objects.open(id).err(), Some(StoreError::ObjectMissing(id)));
        drop(writer);
        assert_eq!(listed(objects), []);
        write(objects, id, b"whole").unwrap();
        assert_eq!(objects.create(id).err(), Some(StoreError::ObjectExists(id)));
        assert_eq!(objects.open(id).unwrap().len(), 5);
    });
}

#[test]
fn an_object_that_is_being_written_cannot_be_begun_again() {
    everywhere(|objects| {
        let id = object();
        let writer = objects.create(id).unwrap();
        assert_eq!(objects.create(id).err(), Some(StoreError::ObjectExists(id)));
        writer.finish().unwrap();
    });
}

#[test]
fn deleting_may_be_repeated_and_open_readers_read_on() {
    everywhere(|objects| {
        let (id, other) = (object(), object());
        write(objects, id, b"bytes").unwrap();
        let reader = objects.open(id).unwrap();
        for gone in [id, id, other] {
            objects.delete(gone).unwrap();
        }
        assert_eq!(objects.open(id).err(), Some(StoreError::ObjectMissing(id)));
        let mut buffer = [0; 5];
        assert_eq!((reader.read_at(0, &mut buffer), &buffer), (Ok(5), b"bytes"));
    });
}

#[test]
fn names_come_from_the_random_end_of_ids() {
    let folder = TempDir::new().unwrap();
    let objects = DirectoryObjects::open(folder.path()).unwrap();
    let ids: Vec<_> = (0..20).map(|_| object()).collect();
    for id in &ids {
        write(&objects, *id, b"x").unwrap();
        let text = id.to_string();
        let path = folder.path().join(&text[32..34]).join(&text[34..36]).join(&text);
        assert!(path.is_file(), "{}", path.display());
    }
    let mut sorted = ids.clone();
    sorted.sort();
    assert_eq!(listed(&objects), sorted);
}

#[test]
fn foreign_files_are_left_alone_and_leftovers_are_listed() {
    let folder = TempDir::new().unwrap();
    let objects = DirectoryObjects::open(folder.path()).unwrap();
    let (whole, part) = (object(), object());
    write(&objects, whole, b"x").unwrap();
    fs::write(folder.path().join("lost+found"), b"x").unwrap();
    let text = part.to_string();
    let inner = folder.path().join(&text[32..34]).join(&text[34..36]);
    fs::create_dir_all(&inner).unwrap();
    fs::write(inner.join("notes.txt"), b"x").unwrap();
    fs::write(inner.join(format!("{part}.part")), b"x").unwrap();
    let mut expected = vec![whole, part];
    expected.sort();
    assert_eq!(listed(&objects), expected);
    objects.delete(part).unwrap();
    assert_eq!(listed(&objects), [whole]);
    assert!(inner.join("notes.txt").exists());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_file_name_upsets_a_listing(name in "[^/\0]{1,60}", id in any::<[u8; 16]>(), cut in 0..36_usize) {
        let folder = TempDir::new().unwrap();
        let objects = DirectoryObjects::open(folder.path()).unwrap();
        let inner = folder.path().join("ab").join("cd");
        fs::create_dir_all(&inner).unwrap();
        let text = ObjectId::from_bytes(&id).unwrap().to_string();
        for name in [name.clone(), text[..cut].to_owned(), format!("{text}{name}")] {
            let _ = fs::write(inner.join(name), b"x");
        }
        for found in objects.list().unwrap() {
            let _ = found.unwrap();
        }
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_unavailability() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("file"), b"x").unwrap();
    assert!(DirectoryObjects::open(folder.path().join("file")).is_err_and(|error| unavailable(&error)));
}

fn database(db: &TestDb) {
    with_tables(db);
    db.migrate(&[store::MIGRATIONS, common::TABLES, &[FILES]].concat())
        .unwrap();
}

/// An upload as the code above does it.
fn upload(db: &TestDb, objects: &dyn Objects, id: ObjectId) -> Result<(), StoreError> {
    db.write_blocking(move |tx| intend(tx, &Address::home(id), "here", NOON))?;
    write(objects, id, b"content")?;
    db.write_blocking(move |tx| {
        keep(tx, &Address::home(id))?;
        tx.execute("INSERT INTO file (object_id) VALUES ($1)", params![id])
            .map(drop)
    })
}

on_both! {
    fn an_upload_and_a_removal_leave_nothing_behind(db: TestDb) {
        database(&db);
        let (objects, id) = (MemoryObjects::new(), object());
        upload(&db, &objects, id).unwrap();
        assert_eq!(sweep(&db, "here", NOON, HOUR), Ok(0));
        assert_eq!(orphans(&db, &home(&objects), REFERENCED), Ok(vec![]));
        db.write_blocking(move |tx| {
            tx.execute("DELETE FROM file WHERE object_id = $1", params![id])?;
            discard(tx, &Address::home(id), NOON)
        }).unwrap();
        assert_eq!(orphans(&db, &home(&objects), REFERENCED), Ok(vec![]), "what is in the trash is known");
        assert_eq!(empty_trash(&db, &home(&objects)), Ok(1));
        assert_eq!((objects.count(), empty_trash(&db, &home(&objects))), (0, Ok(0)));
    }

    fn a_fault_at_any_step_is_swept(db: TestDb) {
        database(&db);
        for act in [Act::Create, Act::Write, Act::Finish] {
            for fault in [Fault::Fails(act), Fault::HappensButFails(act)] {
                let objects = MemoryObjects::new();
                objects.inject(fault);
                assert!(upload(&db, &objects, object()).is_err_and(|error| unavailable(&error)), "{fault:?}");
                assert_eq!(sweep(&db, "here", NOON, HOUR), Ok(1), "{fault:?}");
                empty_trash(&db, &home(&objects)).unwrap();
                assert_eq!(objects.count(), 0, "{fault:?}");
                assert_eq!(orphans(&db, &home(&objects), REFERENCED), Ok(vec![]));
            }
        }
    }

    fn a_removal_that_fails_is_tried_again(db: TestDb) {
        database(&db);
        for fault in [Fault::Fails(Act::Delete), Fault::HappensButFails(Act::Delete)] {
            let (objects, id) = (MemoryObjects::new(), object());
            write(&objects, id, b"x").unwrap();
            db.write_blocking(move |tx| discard(tx, &Address::home(id), NOON)).unwrap();
            objects.inject(fault);
            assert!(empty_trash(&db, &home(&objects)).is_err());
            assert_eq!(empty_trash(&db, &home(&objects)), Ok(1));
            assert_eq!(objects.count(), 0);
        }
    }

    fn a_sweep_spares_what_other_nodes_have_under_way(db: TestDb) {
        database(&db);
        let (objects, slow) = (MemoryObjects::new(), object());
        db.write_blocking(move |tx| intend(tx, &Address::home(slow), "there", NOON)).unwrap();
        write(&objects, slow, b"x").unwrap();
        let later = NOON.plus(HOUR);
        assert_eq!(sweep(&db, "here", later, HOUR), Ok(0));
        assert_eq!(orphans(&db, &home(&objects), REFERENCED), Ok(vec![]));
        assert_eq!(sweep(&db, "here", later.plus(HOUR), HOUR), Ok(1));
        assert_eq!(empty_trash(&db, &home(&objects)), Ok(1));
        // The slow one finds out, and nothing refers to bytes that are gone.
        assert_eq!(db.write_blocking(move |tx| keep(tx, &Address::home(slow))), Err(StoreError::ObjectMissing(slow)));
    }

    fn what_was_kept_after_all_is_not_abandoned(db: TestDb) {
        database(&db);
        let (objects, kept, lost) = (MemoryObjects::new(), object(), object());
        let abandoned = |id| db.write_blocking(move |tx| abandon(tx, &Address::home(id), NOON));
        upload(&db, &objects, kept).unwrap();
        assert_eq!(abandoned(kept), Ok(false));
        db.write_blocking(move |tx| intend(tx, &Address::home(lost), "here", NOON)).unwrap();
        write(&objects, lost, b"x").unwrap();
        assert_eq!(abandoned(lost), Ok(true));
        assert_eq!((empty_trash(&db, &home(&objects)), objects.count()), (Ok(1), 1));
        assert!(objects.open(kept).is_ok());
        // Whoever comes to keep it now learns that it is gone.
        assert_eq!(db.write_blocking(move |tx| keep(tx, &Address::home(lost))), Err(StoreError::ObjectMissing(lost)));
    }

    fn an_object_that_no_row_knows_is_found(db: TestDb) {
        database(&db);
        let folder = TempDir::new().unwrap();
        let place = Place::home("", Arc::new(DirectoryObjects::open(folder.path()).unwrap()));
        let objects = &*place.objects;
        let kept: Vec<_> = (0..5).map(|_| object()).collect();
        for id in &kept {
            upload(&db, objects, *id).unwrap();
        }
        let stray = object();
        write(objects, stray, b"x").unwrap();
        assert_eq!(orphans(&db, &place, REFERENCED), Ok(vec![stray]));
        assert_eq!(files_in(folder.path()), 6);
    }

    fn a_place_that_does_not_answer_holds_up_no_other(db: TestDb) {
        database(&db);
        let (near, far) = (MemoryObjects::new(), MemoryObjects::new());
        let label = |text: &str| text.parse::<PlaceLabel>().unwrap();
        let far_place = Place { label: label("far"), region: "".into(), objects: Arc::new(far.clone()) };
        let places = Places::of(home(&near)).with(far_place);
        for (objects, place) in [(&near, "home"), (&far, "far"), (&near, "gone")] {
            let address = Address { place: label(place), object: object() };
            write(objects, address.object, b"x").unwrap();
            db.write_blocking(move |tx| discard(tx, &address, NOON)).unwrap();
        }
        far.inject(Fault::Fails(Act::Delete));
        let emptied = empty_all_trash(&db, &places).unwrap();
        let left: Vec<_> = emptied.left.iter().map(|(label, _)| label.as_str()).collect();
        assert_eq!((emptied.removed, left), (1, vec!["far", "gone"]));
        assert_eq!(unknown_places(&db, &places, &[]), Ok(vec![label("gone")]));
        let again = empty_all_trash(&db, &places).unwrap();
        assert_eq!((again.removed, again.left.len(), far.count()), (1, 1, 0));
        assert_eq!(again.whole(), Err(StoreError::PlaceMissing(label("gone"))));
        let back = places.with(Place { label: label("gone"), region: "".into(), objects: Arc::new(near.clone()) });
        assert_eq!(empty_all_trash(&db, &back), Ok(Emptied { removed: 1, left: Vec::new() }));
        assert_eq!(near.count(), 0);
    }
}
