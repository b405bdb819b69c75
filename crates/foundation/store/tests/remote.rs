//! Objects in a store elsewhere, over HTTP: what lies there, what a broken connection leaves, how it is read.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by them")]

mod common;

use common::{bytes, object, unavailable};
use engines::Elsewhere;
use kernel::ObjectId;
use proptest::prelude::*;
use store::objects::{HEAD_LEN, PlaceLabel};
use store::{Objects, StoreError};

const PIECE: u32 = 10_000;

fn write(objects: &dyn Objects, id: ObjectId, bytes: &[u8]) -> Result<(), StoreError> {
    let mut writer = objects.create(id)?;
    for part in bytes.chunks(3_333) {
        writer.write_all(part)?;
    }
    writer.finish()
}

fn names(server: &Elsewhere) -> Vec<String> {
    let files = server.files().unwrap();
    let mut names: Vec<_> = files
        .iter()
        .map(|file| file.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn label() -> PlaceLabel {
    "far".parse().unwrap()
}

fn read(objects: &dyn Objects, id: ObjectId, offset: u64, length: usize) -> Vec<u8> {
    let mut buffer = vec![0; length];
    let count = objects.open(id).unwrap().read_at(offset, &mut buffer).unwrap();
    buffer.truncate(count);
    buffer
}

#[test]
fn content_of_one_piece_is_one_object_and_more_is_several() {
    let server = Elsewhere::start().unwrap();
    let objects = server.objects(&label(), PIECE).unwrap();
    for (length, pieces) in [(0, 0), (1, 0), (10_000, 0), (10_001, 2), (20_000, 2), (25_000, 3)] {
        let (id, content) = (object(), bytes(length));
        write(&objects, id, &content).unwrap();
        let mut expected = vec![id.to_string()];
        expected.extend((1..=pieces).map(|number| format!("{id}.{number}")));
        assert_eq!(names(&server), expected, "{length}");
        assert_eq!(read(&objects, id, 0, length + 1), content, "{length}");
        assert_eq!(objects.open(id).unwrap().len(), length as u64);
        objects.delete(id).unwrap();
        assert_eq!(names(&server), Vec::<String>::new(), "{length}");
    }
}

#[test]
fn names_are_ids_below_the_prefix() {
    let server = Elsewhere::start().unwrap();
    let objects = server.objects(&label(), PIECE).unwrap();
    let id = object();
    write(&objects, id, &bytes(30_000)).unwrap();
    let text = id.to_string();
    let folder = server
        .folder()
        .join("kept")
        .join(&text[32..34])
        .join(&text[34..36]);
    let files = server.files().unwrap();
    assert!(
        files.len() == 4 && files.iter().all(|file| file.parent() == Some(&folder)),
        "{files:?}"
    );
}

#[test]
fn a_reader_goes_on_and_jumps() {
    let server = Elsewhere::start().unwrap();
    let objects = server.objects(&label(), 300_000).unwrap();
    let (id, content) = (object(), bytes(1_000_000));
    write(&objects, id, &content).unwrap();
    let reader = objects.open(id).unwrap();
    let mut buffer = vec![0; 64 << 10];
    for offset in [0, 64 << 10, 128 << 10, 700_000, 765_536, 299_990, 999_999, 0] {
        let read = reader.read_at(offset, &mut buffer).unwrap();
        let expected = &content[offset as usize..][..buffer.len().min(content.len() - offset as usize)];
        assert!(buffer[..read] == *expected, "{offset}");
    }
}

#[test]
fn a_server_that_goes_away_leaves_nothing_once_it_is_back() {
    let mut server = Elsewhere::start().unwrap();
    let objects = server.objects(&label(), PIECE).unwrap();
    let id = object();
    let mut writer = objects.create(id).unwrap();
    writer.write_all(&bytes(25_000)).unwrap();
    server.stop();
    let broken = writer.write_all(&bytes(25_000)).and_then(|()| writer.finish());
    assert!(broken.is_err_and(|error| unavailable(&error)));
    assert!(objects.open(id).err().is_some_and(|error| unavailable(&error)));
    assert!(objects.delete(id).is_err_and(|error| unavailable(&error)));
    server.resume().unwrap();
    let listed: Vec<_> = objects.list().unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(listed, [id], "pieces without a head are found, once");
    objects.delete(id).unwrap();
    assert_eq!(names(&server), Vec::<String>::new());
}

#[test]
fn a_writer_that_is_dropped_takes_its_pieces_along() {
    let server = Elsewhere::start().unwrap();
    let objects = server.objects(&label(), PIECE).unwrap();
    let mut writer = objects.create(object()).unwrap();
    writer.write_all(&bytes(45_000)).unwrap();
    assert!(!names(&server).is_empty());
    drop(writer);
    assert_eq!(names(&server), Vec::<String>::new());
}

#[test]
fn an_object_of_very_many_pieces_goes_whole() {
    let server = Elsewhere::start().unwrap();
    let objects = server.objects(&label(), 1).unwrap();
    let (many, few) = (object(), object());
    write(&objects, many, &bytes(520)).unwrap();
    write(&objects, few, &bytes(2)).unwrap();
    objects.delete(many).unwrap();
    assert_eq!(names(&server).len(), 3, "another object's pieces stay");
}

#[test]
fn errors_name_the_place_and_keep_the_secret() {
    let server = Elsewhere::start().unwrap();
    let (_, secret) = server.keys();
    let mut locator = server.locator();
    locator.credentials = store::objects::Credentials::Keys {
        access_key: "another".into(),
        secret_key: secret.into(),
    };
    let remote = locator.connect(&gate::Gate::unattended()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let objects =
        store::objects::RemoteObjects::new(label(), remote.store, remote.prefix, runtime.handle().clone());
    let told = objects.open(object()).err().unwrap().to_string();
    assert!(told.contains("`far`") && !told.contains(secret), "{told}");
}

#[test]
fn what_was_altered_there_is_not_taken_for_an_object() {
    let server = Elsewhere::start().unwrap();
    let objects = server.objects(&label(), PIECE).unwrap();
    let id = object();
    write(&objects, id, &bytes(25_000)).unwrap();
    let path = |suffix: &str| {
        let files = server.files().unwrap();
        let name = format!("{id}{suffix}");
        files.into_iter().find(|file| file.ends_with(&name)).unwrap()
    };
    // A shorter piece gives fewer bytes; a foreign head is no object at all.
    std::fs::write(path(".2"), b"short").unwrap();
    assert_eq!(read(&objects, id, 0, 25_000).len(), 10_000);
    std::fs::write(path(""), [7; HEAD_LEN]).unwrap();
    assert_eq!(objects.open(id).err(), Some(StoreError::ObjectAltered(id)));
    std::fs::remove_file(path("")).unwrap();
    assert_eq!(objects.open(id).err(), Some(StoreError::ObjectMissing(id)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_range_comes_back(length in 1..60_000_usize, ranges in proptest::collection::vec((0..60_000_u64, 1..40_000_usize), 1..6)) {
        let server = Elsewhere::start().unwrap();
        let objects = server.objects(&label(), PIECE).unwrap();
        let (id, content) = (object(), bytes(length));
        write(&objects, id, &content).unwrap();
        let reader = objects.open(id).unwrap();
        for (offset, wanted) in ranges {
            let mut buffer = vec![0; wanted];
            let count = reader.read_at(offset, &mut buffer).unwrap();
            let from = (offset as usize).min(length);
            prop_assert_eq!(&buffer[..count], &content[from..(from + wanted).min(length)]);
        }
    }
}
