//! What cannot be cleaned of what identifies people is kept, reaches nobody, and is released or deleted by those who may, on both
//! engines.

use std::collections::BTreeMap;

use crate::site::*;
use access::Class;
use custody::dataset::{DatasetChange, Ingest, Redaction};
use custody::item::{
    Bulk, Filter, Item, ListNames, PutItem, ReadItem, Stored, Target, Verb, VersionCursor, VersionsShown,
};
use custody::task::Share;
use custody::trail::TrailFilter;
use custody::upload::{CompleteUpload, NewUpload, PutPart};
use custody::{Error, Result};
use kernel::{ItemId, PageRequest, VersionId};
use operation::Request;
use testkit::{Person, pieces};

/// Nobody here cleans such files.
const UNKNOWN: &[u8] = b"%PDF-1.7 Jane Doe";

fn unknown(length: usize) -> Vec<u8> {
    let mut bytes = UNKNOWN.to_vec();
    bytes.resize(length, b'j');
    bytes
}

async fn cleaning(db: engines::TestDb) -> Site {
    let site = Site::with(db, 0, WORK).await;
    let rule = Ingest {
        redaction: Some(Redaction::Clean),
        ..Ingest::default()
    };
    let change = DatasetChange {
        ingest: Some(Some(rule)),
        ..DatasetChange::default()
    };
    let owner = &site.team.owner;
    site.world
        .custody
        .change_dataset(&owner.credential, owner.request(), scans(), change)
        .await
        .unwrap();
    site
}

async fn put(person: &Person, name: &str, bytes: &[u8]) -> Result<Stored> {
    let target = Target::Name(scans(), name.into());
    person
        .put_as(
            PutItem {
                revive: true,
                ..PutItem::file(target, "")
            },
            pieces(bytes),
        )
        .await
}

fn because(person: &Person, reason: &str) -> Request {
    Request {
        reason: Some(reason.into()),
        ..person.request()
    }
}

async fn release(person: &Person, item: ItemId, version: VersionId) -> Result<Item> {
    let request = because(person, "looked at it");
    let released = person
        .custody()
        .release_quarantined(&person.credential, request, item, version);
    released.await.map(|changed| changed.item)
}

async fn destroy(person: &Person, item: ItemId, version: VersionId) -> Result<()> {
    let custody = person.custody();
    custody
        .delete_quarantined(&person.credential, person.request(), item, version)
        .await
        .map(drop)
}

async fn held(person: &Person) -> Result<Vec<Item>> {
    let (custody, mut found, mut page) = (person.custody(), Vec::new(), PageRequest::first(2));
    loop {
        let listed = custody
            .list_quarantine(&person.credential, person.request(), scans(), page)
            .await?;
        found.extend(listed.items);
        match listed.next {
            None => return Ok(found),
            next => {
                page = PageRequest {
                    after: next,
                    ..PageRequest::first(2)
                }
            }
        }
    }
}

async fn one(person: &Person, item: ItemId, version: VersionId) -> Result<Item> {
    let custody = person.custody();
    custody
        .quarantined(&person.credential, person.request(), item, version)
        .await
}

async fn names(person: &Person) -> Vec<String> {
    let wanted = ListNames {
        limit: 100,
        ..ListNames::default()
    };
    let custody = person.custody();
    let page = custody
        .list_names(&person.credential, person.request(), scans(), wanted.clone())
        .await
        .unwrap();
    let named: Vec<String> = page.entries.iter().map(|entry| entry.name().to_owned()).collect();
    let mut listed: Vec<String> = list(person, Filter::default())
        .await
        .unwrap()
        .into_iter()
        .map(|item| item.name)
        .collect();
    listed.sort();
    assert_eq!(named, listed, "both listings tell the same");
    named
}

async fn versions(person: &Person, item: ItemId) -> Result<Vec<u64>> {
    let custody = person.custody();
    let page = custody
        .versions(
            &person.credential,
            person.request(),
            item,
            PageRequest::first(100),
        )
        .await?;
    Ok(page.items.iter().map(|version| version.number).collect())
}

/// How many versions a listing of all of them shows.
async fn listed_versions(person: &Person) -> usize {
    let wanted = ListNames {
        limit: 100,
        ..ListNames::default()
    };
    let (custody, start) = (person.custody(), None);
    let page = custody.list_versions_by_name(&person.credential, person.request(), scans(), wanted, start);
    page.await.unwrap().entries.len()
}

#[track_caller]
fn forbidden<T: std::fmt::Debug>(answer: Result<T>) {
    match answer {
        Err(Error::Forbidden { reasons, .. })
            if reasons.iter().any(|reason| reason == "limit.quarantine") => {}
        other => panic!("{other:?}"),
    }
}

/// Everything that somebody could try with what is held.
async fn reaches_nothing(person: &Person, item: &Item) {
    let (custody, key, request) = (person.custody(), &person.credential, || person.request());
    let version = item.version.id;
    for named in [None, Some(version)] {
        let read = ReadItem {
            version: named,
            ..ReadItem::default()
        };
        forbidden(custody.read(key, request(), item.id, read.clone()).await);
        forbidden(
            custody
                .read(
                    key,
                    request(),
                    item.id,
                    ReadItem {
                        head: true,
                        ..read.clone()
                    },
                )
                .await,
        );
        forbidden(
            custody
                .read_named(key, request(), scans(), &item.name, read)
                .await,
        );
        forbidden(
            custody
                .item_named(key, request(), scans(), &item.name, named)
                .await,
        );
        forbidden(custody.look_into(key, request(), item.id, named).await);
        forbidden(
            custody
                .look(key, request(), item.id, named, rendering::View::default())
                .await,
        );
        forbidden(
            custody
                .look_at_text(key, request(), item.id, named, 0, None)
                .await,
        );
        forbidden(custody.content_url(key, request(), item.id, named).await);
        forbidden(custody.hold(key, request(), scans(), &item.name, named).await);
        forbidden(
            custody
                .change_notes(key, request(), scans(), &item.name, named, BTreeMap::new())
                .await,
        );
    }
    forbidden(custody.item(key, request(), item.id).await);
    forbidden(
        custody
            .versions(key, request(), item.id, PageRequest::first(10))
            .await,
    );
    forbidden(custody.mark(key, request(), scans(), &item.name).await);
    forbidden(custody.marker(key, request(), scans(), &item.name, version).await);
    for verb in [Verb::Archive, Verb::Restore] {
        forbidden(custody.change_state(key, request(), item.id, verb, None).await);
    }
}

/// Brings bytes in two parts.
async fn upload(person: &Person, name: &str, bytes: &[u8]) -> Result<Stored> {
    let (custody, key) = (person.custody(), &person.credential);
    let new = NewUpload {
        name: name.into(),
        ..NewUpload::default()
    };
    let begun = custody.begin_upload(key, person.request(), scans(), new).await?;
    let (mut parts, halves) = (Vec::new(), bytes.split_at(bytes.len() / 2));
    for (number, half) in [(1, halves.0), (2, halves.1)] {
        let put = PutPart {
            dataset: scans(),
            upload: begun.id,
            number,
            length: None,
            sha256: None,
            provided_key: None,
            begun_with: BTreeMap::new(),
            notes: custody::item::Notes::default(),
        };
        let body = futures_util::stream::iter(pieces(half));
        let taken = custody.put_part(key, person.request(), put, body).await?;
        parts.push((number, taken.part.sha256));
    }
    let complete = CompleteUpload {
        dataset: scans(),
        upload: begun.id,
        parts,
        least: 0,
        provided_key: None,
        needs_key: false,
        notes: custody::item::Notes::default(),
        condition: custody::item::Condition::default(),
        idempotency: None,
    };
    custody.complete_upload(key, person.request(), complete).await
}

engines::on_both! {
    async fn what_cannot_be_cleaned_is_kept_and_reaches_nobody(db: TestDb) {
        let site = cleaning(db).await;
        let (owner, user) = (&site.team.owner, site.team.member(Class::User).await);
        let stored = [
            put(&user, "small", UNKNOWN).await.unwrap(),
            put(&user, "large", &unknown(200_000)).await.unwrap(),
            upload(&user, "parts", &unknown(200_000)).await.unwrap(),
        ];
        for Stored { item, created, .. } in &stored {
            assert!(*created);
            let why = item.version.quarantine.as_ref().unwrap();
            assert!(why.reason.contains("cannot be cleaned"), "{}", why.reason);
            reaches_nothing(owner, item).await;
            reaches_nothing(&user, item).await;
        }
        for person in [owner, &user] {
            assert_eq!((names(person).await, listed_versions(person).await), (Vec::new(), 0));
        }
        let everything = Bulk { dataset: scans(), verb: Verb::Archive, filter: Filter::default(), dry_run: false, idempotency: None };
        let bulk = site.world.custody.change_states(&owner.credential, owner.request(), everything).await.unwrap();
        assert_eq!(bulk.matched, 0);
        let worker = site.worker().await;
        assert_eq!(request(&worker).await.unwrap(), None, "it is nobody's work");
        let assigned = assign(owner, &worker, Share::Items(vec![stored[0].item.id])).await;
        assert!(matches!(assigned, Err(Error::Conflict(_))), "{assigned:?}");
        for file in site.world.object_files() {
            let bytes = std::fs::read(file).unwrap();
            assert!(!bytes.windows(8).any(|window| window == b"Jane Doe"), "sealed as everything is");
        }
        let done = TrailFilter { action: Some("item.create".into()), outcome: Some("done".into()), ..TrailFilter::default() };
        let event = owner.trail(done).await.unwrap().into_iter().find(|entry| entry.id == stored[1].event).unwrap();
        assert!(event.event["details"]["quarantine"].as_str().unwrap().contains("cannot be cleaned"));
    }

    async fn those_who_may_see_why_and_decide(db: TestDb) {
        let site = cleaning(db).await;
        let (owner, admin) = (&site.team.owner, site.team.member(Class::Admin).await);
        let mut stored = Vec::new();
        for name in ["a", "b", "c"] {
            stored.push(put(&admin, name, &unknown(100_000)).await.unwrap());
        }
        for person in [owner, &admin] {
            let expected: Vec<Item> = stored.iter().map(|stored| stored.item.clone()).collect();
            assert_eq!(held(person).await.unwrap(), expected, "as the writers were told");
        }
        let (a, b) = (&stored[0].item, &stored[1].item);
        assert_eq!(one(&admin, a.id, a.version.id).await.unwrap(), *a);
        assert!(matches!(one(&admin, a.id, b.version.id).await, Err(Error::NotFound(_))), "of another item");
        for class in [Class::User, Class::WorkforceManager, Class::Worker, Class::Auditor, Class::PrivacyOfficer] {
            let other = site.granted(class).await;
            assert!(matches!(held(&other).await, Err(Error::Forbidden { .. } | Error::NotFound(_))), "{class}");
            let released = release(&other, a.id, a.version.id).await;
            assert!(matches!(released, Err(Error::Forbidden { .. } | Error::NotFound(_))), "{class}: {released:?}");
            let seen = one(&other, a.id, a.version.id).await;
            assert!(matches!(seen, Err(Error::Forbidden { .. } | Error::NotFound(_))), "{class}: {seen:?}");
            let gone = destroy(&other, a.id, a.version.id).await;
            assert!(matches!(gone, Err(Error::Forbidden { .. } | Error::NotFound(_))), "{class}: {gone:?}");
        }
        let silent = site.world.custody.release_quarantined(&admin.credential, admin.request(), a.id, a.version.id).await;
        assert!(matches!(silent, Err(Error::Invalid { field: "bailee-reason", .. })), "{silent:?}");
        let released = release(&admin, a.id, a.version.id).await.unwrap();
        assert_eq!(owner.item(a.id).await.unwrap(), released);
        assert_eq!(released.version.quarantine, None);
        let seen = one(&admin, a.id, a.version.id).await;
        assert!(matches!(seen, Err(Error::NotFound(_))), "it is not held any more: {seen:?}");
        assert_eq!(owner.get(a.id).await.unwrap(), unknown(100_000));
        assert_eq!(names(owner).await, ["a"]);
        assert_eq!(items(&lease(&site.worker().await).await), [a.id], "and is work like any other");
        let again = release(&admin, a.id, a.version.id).await;
        assert!(matches!(again, Err(Error::Forbidden { .. })), "{again:?}");
        let files = site.world.object_files().len();
        destroy(owner, b.id, b.version.id).await.unwrap();
        assert_eq!(site.world.object_files().len(), files - 1);
        assert!(matches!(release(owner, b.id, b.version.id).await, Err(Error::NotFound(_))));
        assert_eq!(held(owner).await.unwrap().len(), 1);
        let event = |action: &str| TrailFilter { action: Some(action.into()), outcome: Some("done".into()), ..TrailFilter::default() };
        let said = owner.trail(event("quarantine.release")).await.unwrap();
        assert_eq!(said[0].event["reason"], "looked at it");
        assert_eq!(owner.trail(event("quarantine.delete")).await.unwrap().len(), 1);
    }

    async fn what_was_there_before_stays_what_is_read(db: TestDb) {
        let site = cleaning(db).await;
        let owner = &site.team.owner;
        let first = put(owner, "a", b"one").await.unwrap();
        let item = first.item.id;
        let second = put(owner, "a", b"a\0b").await.unwrap();
        assert!(second.item.version.quarantine.is_some() && !second.created);
        assert_eq!((owner.get(item).await.unwrap(), versions(owner, item).await.unwrap()), (b"one".to_vec(), vec![1]));
        let named = ReadItem { version: Some(second.item.version.id), ..ReadItem::default() };
        forbidden(owner.get_as(item, named.clone()).await);
        assert_eq!(listed_versions(owner).await, 1);
        let third = put(owner, "a", b"three").await.unwrap();
        assert_eq!(third.item.version.number, 3);
        release(owner, item, second.item.version.id).await.unwrap();
        assert_eq!(owner.get(item).await.unwrap(), b"three", "what is newer stays the newest");
        assert_eq!(owner.get_as(item, named).await.unwrap(), b"a\0b");
        assert_eq!((versions(owner, item).await.unwrap(), listed_versions(owner).await), (vec![1, 2, 3], 3));
        let fourth = put(owner, "a", b"c\0d").await.unwrap();
        let fifth = put(owner, "a", b"e\0f").await.unwrap();
        release(owner, item, fourth.item.version.id).await.unwrap();
        assert_eq!(owner.get(item).await.unwrap(), b"c\0d");
        destroy(owner, item, fifth.item.version.id).await.unwrap();
        assert_eq!(versions(owner, item).await.unwrap(), [1, 2, 3, 4]);
    }

    async fn a_name_in_quarantine_is_free_for_what_is_clean(db: TestDb) {
        let site = cleaning(db).await;
        let owner = &site.team.owner;
        let first = put(owner, "a", UNKNOWN).await.unwrap();
        let second = put(owner, "a", &unknown(100_000)).await.unwrap();
        assert_eq!(second.item.id, first.item.id);
        let item = first.item.id;
        destroy(owner, item, first.item.version.id).await.unwrap();
        reaches_nothing(owner, &second.item).await;
        let clean = put(owner, "a", b"ask jane@example.com").await.unwrap();
        assert_eq!((clean.item.id, clean.item.version.number), (item, 3));
        assert_eq!(owner.get(item).await.unwrap(), b"ask [EMAIL]");
        assert_eq!(names(owner).await, ["a"]);
        assert_eq!(items(&lease(&site.worker().await).await), [item]);
        assert_eq!(held(owner).await.unwrap().len(), 1);
    }

    async fn what_is_archived_stays_so_and_takes_everything_along(db: TestDb) {
        let site = cleaning(db).await;
        let (owner, custody) = (&site.team.owner, &site.world.custody);
        let item = put(owner, "a", b"one").await.unwrap().item.id;
        owner.change(item, Verb::Archive).await.unwrap();
        let second = put(owner, "a", &unknown(100_000)).await.unwrap().item.version.id;
        let wanted = ListNames { limit: 100, ..ListNames::default() };
        let after = Some(VersionCursor { name: String::new(), version: VersionsShown::All });
        let page = custody.list_versions_by_name(&owner.credential, owner.request(), scans(), wanted, after).await.unwrap();
        assert_eq!(page.entries.len(), 2, "a version and the marker above it");
        let early = release(owner, item, second).await;
        assert!(matches!(early, Err(Error::Forbidden { .. })), "{early:?}");
        owner.change(item, Verb::Delete).await.unwrap();
        assert_eq!(held(owner).await.unwrap(), []);
        assert!(site.world.object_files().is_empty(), "nothing is left of what was held");
    }

    async fn many_at_once_wait_for_their_turn(db: TestDb) {
        let site = cleaning(db).await;
        let owner = &site.team.owner;
        let letter = format!("{} jane@example.com", "words ".repeat(20_000));
        let names: Vec<String> = (0..12).map(|number| format!("{number}.txt")).collect();
        let puts = names.iter().map(|name| put(owner, name, letter.as_bytes()));
        for stored in futures_util::future::join_all(puts).await {
            let bytes = owner.get(stored.unwrap().item.id).await.unwrap();
            assert!(bytes.ends_with(b"[EMAIL]"));
        }
    }
}
