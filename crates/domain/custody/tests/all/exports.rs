//! Exports: what a manifest names, that it never changes, who makes it and who takes it away, on both engines.

use crate::site::*;
use access::Class;
use aws_lc_rs::digest;
use custody::annotations::{Annotation, Basis, Format, NewAnnotations, Set, Shape};
use custody::export::{Choice, Chosen, Entry, EntryState, Export, ExportState, NewExport, Next};
use custody::item::{ReadItem, Verb};
use custody::trail::TrailFilter;
use custody::{Error, IdempotencyKey, Result};
use kernel::{ItemId, Page, PageRequest};
use serde_json::json;
use testkit::Person;

fn everything() -> NewExport {
    NewExport {
        dataset: scans(),
        choice: Choice::default(),
        format: None,
        idempotency: None,
    }
}

fn of(choice: Choice) -> NewExport {
    NewExport {
        choice,
        ..everything()
    }
}

async fn export(person: &Person, new: NewExport) -> Result<Export> {
    person
        .custody()
        .make_export(&person.credential, person.request(), new)
        .await
}

async fn entries_page(person: &Person, number: u64, page: PageRequest) -> Result<Page<Entry>> {
    let custody = person.custody();
    custody
        .export_entries(&person.credential, person.request(), scans(), number, page)
        .await
}

async fn entries(person: &Person, number: u64) -> Vec<Entry> {
    entries_page(person, number, PageRequest::first(1_000))
        .await
        .unwrap()
        .items
}

async fn take(person: &Person, number: u64, item: ItemId) -> Result<Vec<u8>> {
    let custody = person.custody();
    let content = custody
        .read_exported(
            &person.credential,
            person.request(),
            scans(),
            number,
            item,
            ReadItem::default(),
        )
        .await?;
    let (mut body, mut bytes) = (content.body.unwrap(), Vec::new());
    while let Some(piece) = body.next().await {
        bytes.extend_from_slice(&piece?);
    }
    Ok(bytes)
}

async fn numbers(person: &Person) -> Result<Vec<u64>> {
    let custody = person.custody();
    let listed = custody
        .exports(
            &person.credential,
            person.request(),
            scans(),
            PageRequest::first(100),
        )
        .await?;
    Ok(listed.items.iter().map(|export| export.number).collect())
}

async fn delete(person: &Person, number: u64) -> Result<()> {
    let custody = person.custody();
    custody
        .delete_export(&person.credential, person.request(), scans(), number)
        .await
        .map(drop)
}

async fn say(person: &Person, item: ItemId, class: &str, basis: Basis) -> kernel::AnnotationSetId {
    let shape = Shape::Box {
        x: 1.0,
        y: 1.0,
        width: 3.0,
        height: 2.0,
    };
    let annotation = Annotation {
        class: class.into(),
        shape,
        text: None,
        frame: None,
    };
    let set = Set {
        size: None,
        annotations: vec![annotation],
    };
    let new = NewAnnotations {
        set,
        basis,
        version: None,
    };
    let said = person
        .custody()
        .annotate(&person.credential, person.request(), item, new)
        .await;
    said.unwrap().made.id
}

async fn said(person: &Person, number: u64) -> Result<String> {
    let custody = person.custody();
    let said = custody
        .said_in_export(&person.credential, person.request(), scans(), number, None)
        .await?;
    assert_eq!(said.next, None);
    Ok(String::from_utf8(said.bytes).unwrap())
}

/// The digest as `docs/sharing.md` describes it.
fn digest_of(entries: &[Entry]) -> String {
    let line = |entry: &Entry| {
        let set = entry.annotations.map_or("-".to_owned(), |set| set.to_string());
        format!("{} {} {} {set}\n", entry.position, entry.item, entry.version)
    };
    let manifest: String = entries.iter().map(line).collect();
    hex::encode(digest::digest(&digest::SHA256, manifest.as_bytes()))
}

engines::on_both! {
    async fn an_export_stays_as_it_was_made_whatever_happens_to_its_items(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let owner = &site.team.owner;
        let (a, b, c) = (site.put("a", b"first").await, site.put("b", b"bee").await, site.put("c", b"sea").await);
        let made = export(owner, everything()).await.unwrap();
        assert_eq!((made.number, made.items, made.size, made.state), (1, 3, 11, ExportState::Made));
        let before = entries(owner, 1).await;
        assert_eq!(made.digest.clone().unwrap(), digest_of(&before));
        assert_eq!(before.iter().map(|entry| (entry.position, entry.item)).collect::<Vec<_>>(), [(1, a), (2, b), (3, c)]);

        site.put("a", b"second").await;
        site.put("d", b"later").await;
        owner.change(b, Verb::Archive).await.unwrap();
        owner.change(c, Verb::Archive).await.unwrap();
        owner.change(c, Verb::Delete).await.unwrap();
        assert_eq!(take(owner, 1, a).await.unwrap(), b"first", "the version that was exported");
        assert_eq!(owner.get(a).await.unwrap(), b"second");
        assert!(matches!(take(owner, 1, b).await, Err(Error::Conflict(_))), "archived");
        let gone = take(owner, 1, c).await;
        assert!(matches!(&gone, Err(Error::Conflict(says)) if says.contains("deleted")), "{gone:?}");

        let after = entries(owner, 1).await;
        let states: Vec<_> = after.iter().map(|entry| entry.state).collect();
        assert_eq!(states, [EntryState::There, EntryState::Archived, EntryState::Gone]);
        assert!(after[2].content.is_none(), "nothing of what was deleted is left");
        assert_eq!(after[0].content.as_ref().unwrap().version.size, 5);
        assert_eq!(digest_of(&after), made.digest.unwrap(), "and the digest still holds");
        owner.change(b, Verb::Restore).await.unwrap();
        assert_eq!(take(owner, 1, b).await.unwrap(), b"bee");
        assert_eq!(export(owner, everything()).await.unwrap().items, 3, "the next has what is there now");
    }

    async fn chosen_are_what_a_list_a_name_or_a_label_says(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let owner = &site.team.owner;
        let (a, b) = (site.put("left/1", b"one").await, site.put("left/2", b"two").await);
        let c = site.put("right/1", b"three").await;
        let old = owner.item(a).await.unwrap().version.id;
        site.put("left/1", b"one again").await;
        say(owner, b, "nodule", Basis::Nothing).await;
        say(owner, c, "cyst", Basis::Nothing).await;
        let chosen = async |choice: Choice| {
            let made = export(owner, of(choice)).await?;
            Ok::<_, Error>(entries(owner, made.number).await.iter().map(|entry| entry.item).collect::<Vec<_>>())
        };
        let by_name = Choice { name_prefix: Some("left/".into()), ..Choice::default() };
        assert_eq!(chosen(by_name).await.unwrap(), [a, b]);
        let by_class = |class: &str| Choice { class: Some(class.into()), ..Choice::default() };
        assert_eq!(chosen(by_class("cyst")).await.unwrap(), [c]);
        let none = chosen(by_class("bone")).await;
        assert!(matches!(none, Err(Error::Invalid { field: "items", .. })), "{none:?}");
        let list = |items: &[(ItemId, Option<kernel::VersionId>)]| Choice {
            items: Some(items.iter().map(|(item, version)| Chosen { item: *item, version: *version }).collect()),
            ..Choice::default()
        };
        assert_eq!(chosen(list(&[(c, None), (a, Some(old))])).await.unwrap(), [c, a], "in the order of the list");
        let number = *numbers(owner).await.unwrap().last().unwrap();
        assert_eq!(take(owner, number, a).await.unwrap(), b"one");
        let rival = site.world.team("rival").await;
        rival.owner.dataset("theirs").await.unwrap();
        let foreign = rival.owner.put("theirs", "x", b"x").await.unwrap().item.id;
        for bad in [list(&[(a, None), (a, None)]), list(&[(foreign, None)]), list(&[(b, Some(old))]), list(&[])] {
            let refused = chosen(bad).await;
            assert!(matches!(refused, Err(Error::Invalid { field: "items", .. })), "{refused:?}");
        }
        assert_eq!(numbers(owner).await.unwrap(), [1, 2, 4], "what could not be made is gone, and its number comes never again");
    }

    async fn what_was_said_goes_along_as_it_was_then(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let owner = &site.team.owner;
        let (a, b) = (site.put("a", b"one").await, site.put("b", b"two").await);
        let first = say(owner, a, "nodule", Basis::Nothing).await;
        say(owner, b, "bone", Basis::Nothing).await;
        for format in [Format::Coco, Format::Darwin] {
            export(owner, NewExport { format: Some(format), ..everything() }).await.unwrap();
        }
        export(owner, everything()).await.unwrap();
        say(owner, a, "cyst", Basis::OneOf(vec![first])).await;
        for number in [1, 2] {
            let text = said(owner, number).await.unwrap();
            assert!(text.contains("nodule") && text.contains("bone") && !text.contains("cyst"), "{text}");
        }
        assert!(said(owner, 1).await.unwrap().contains("\"categories\""), "COCO");
        assert_eq!(said(owner, 2).await.unwrap().lines().count(), 2, "Darwin, one document a line");
        assert!(matches!(said(owner, 3).await, Err(Error::Conflict(_))));
        owner.change(b, Verb::Archive).await.unwrap();
        owner.change(b, Verb::Delete).await.unwrap();
        assert!(!said(owner, 1).await.unwrap().contains("bone"), "it ended with the item");
    }

    async fn to_make_an_export_and_to_take_it_are_two_rights(db: TestDb) {
        let site = Site::with(db, 1, WORK).await;
        let (owner, admin) = (&site.team.owner, site.team.member(Class::Admin).await);
        let manager = site.granted(Class::WorkforceManager).await;
        assert_eq!(export(&manager, everything()).await.unwrap().number, 1);
        assert_eq!(numbers(&manager).await.unwrap(), [1]);
        let item = entries(&manager, 1).await[0].item;
        assert!(matches!(take(&manager, 1, item).await, Err(Error::Forbidden { .. })), "made, and not theirs to take");
        assert!(matches!(delete(&manager, 1).await, Err(Error::Forbidden { .. })));
        assert_eq!(take(&admin, 1, item).await.unwrap(), b"scan");
        for class in [Class::User, Class::Auditor, Class::PrivacyOfficer] {
            let other = site.team.member(class).await;
            assert!(matches!(export(&other, everything()).await, Err(Error::Forbidden { .. })), "{class}");
            assert!(matches!(numbers(&other).await, Err(Error::Forbidden { .. })), "{class}");
            assert!(matches!(take(&other, 1, item).await, Err(Error::Forbidden { .. })), "{class}");
        }
        let stranger = site.team.member(Class::WorkforceManager).await;
        assert!(matches!(export(&stranger, everything()).await, Err(Error::NotFound(_))));
        let rival = site.world.team("rival").await;
        assert!(matches!(numbers(&rival.owner).await, Err(Error::NotFound(_))));
        delete(&admin, 1).await.unwrap();
        assert!(matches!(take(&admin, 1, item).await, Err(Error::NotFound("export"))));
        assert!(matches!(delete(owner, 1).await, Err(Error::NotFound("export"))));
        assert_eq!(export(owner, everything()).await.unwrap().number, 2, "no number comes again");
        assert!(owner.get(item).await.is_ok(), "the items stay");
        let told = owner.trail(TrailFilter { action: Some("export.download".into()), ..TrailFilter::default() }).await.unwrap();
        let done = told.iter().find(|entry| entry.event["outcome"] == "done").unwrap();
        assert_eq!((&done.event["details"]["export"], &done.event["resource"]["item"]), (&1.into(), &item.to_string().into()));
    }

    async fn a_repetition_makes_no_second_export_and_large_ones_come_in_parts(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let owner = &site.team.owner;
        for number in 0..205 {
            site.put(&format!("{number:03}"), b"x").await;
        }
        let once = || NewExport { idempotency: Some(IdempotencyKey::new("one", &[b"export"])), ..everything() };
        let made = export(owner, once()).await.unwrap();
        assert_eq!(export(owner, once()).await.unwrap(), made);
        assert_eq!((made.items, numbers(owner).await.unwrap().len()), (205, 1));
        let page = entries_page(owner, 1, PageRequest::first(200)).await.unwrap();
        let rest = entries_page(owner, 1, PageRequest { limit: 200, after: page.next.clone() }).await.unwrap();
        let all = [page.items, rest.items].concat();
        assert_eq!((all.len(), digest_of(&all)), (205, made.digest.unwrap()));
        let custody = owner.custody();
        custody.archive_dataset(&owner.credential, owner.request(), scans()).await.unwrap();
        assert!(matches!(export(owner, everything()).await, Err(Error::Conflict(_))));
    }

    async fn an_archive_that_breaks_off_says_so_and_one_that_is_whole_does_too(db: TestDb) {
        let site = Site::with(db, 3, WORK).await;
        let owner = &site.team.owner;
        export(owner, everything()).await.unwrap();
        let archive = async || {
            let custody = owner.custody();
            custody.archive_export(&owner.credential, owner.request(), scans(), 1).await
        };
        let ends = async || {
            let told = owner.trail(TrailFilter { action: Some("export.download".into()), ..TrailFilter::default() }).await.unwrap();
            let of = |how: &str| told.iter().filter(|entry| entry.event["details"]["archive"] == how)
                .map(|entry| (entry.event["outcome"].clone(), entry.event["details"]["given"].clone())).collect::<Vec<_>>();
            (of("whole"), of("broken-off"))
        };
        let whole_of = |items: u64| (json!("done"), json!(items));
        let mut whole = archive().await.unwrap();
        let mut given = 0;
        while let Some(next) = whole.next().await.unwrap() {
            assert!(matches!(next, Next::Item { .. }), "{next:?}");
            given += 1;
        }
        drop(whole);
        assert_eq!((given, ends().await), (3, (vec![whole_of(3)], vec![])));
        let mut half = archive().await.unwrap();
        half.next().await.unwrap().unwrap();
        drop(half);
        // It is told by the server for itself, when nobody waits any more.
        while ends().await.1.is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(ends().await, (vec![whole_of(3)], vec![(json!("failed"), json!(1))]));
        let admin_of_none = site.granted(Class::WorkforceManager).await;
        let custody = admin_of_none.custody();
        let refused = custody.archive_export(&admin_of_none.credential, admin_of_none.request(), scans(), 1).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })));
        let mut ending = archive().await.unwrap();
        ending.next().await.unwrap();
        delete(owner, 1).await.unwrap();
        assert!(matches!(ending.next().await, Err(Error::NotFound(_))), "of an export that is gone no more is given");
    }
}
