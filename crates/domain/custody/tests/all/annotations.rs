//! What is said about items: by whom, when, how it is kept and how it ends, on both engines.

use crate::site::*;
use access::Class;
use bytes::Bytes;
use custody::annotations::{
    Annotation, Annotations, Basis, Format, ImportAnnotations, ImportedAnnotations, Made, NewAnnotations,
    Set, Shape, Size, WhichSet,
};
use custody::item::Verb;
use custody::task::TaskState;
use custody::trail::TrailFilter;
use custody::{Error, IdempotencyKey, Result};
use kernel::{AnnotationSetId, ItemId, PageRequest};
use serde_json::{Value, json};
use testkit::Person;

fn boxed(class: &str, x: f64) -> Set {
    let shape = Shape::Box {
        x,
        y: 1.0,
        width: 3.0,
        height: 2.5,
    };
    let annotation = Annotation {
        class: class.into(),
        shape,
        text: Some("left lung".into()),
        frame: None,
    };
    Set {
        size: Some(Size {
            width: 640,
            height: 480,
        }),
        annotations: vec![annotation],
    }
}

fn first(set: Set) -> NewAnnotations {
    NewAnnotations {
        set,
        basis: Basis::Nothing,
        version: None,
    }
}

fn after(seen: AnnotationSetId, set: Set) -> NewAnnotations {
    NewAnnotations {
        basis: Basis::OneOf(vec![seen]),
        ..first(set)
    }
}

async fn say(person: &Person, item: ItemId, new: NewAnnotations) -> Result<Annotations> {
    let custody = person.custody();
    custody
        .annotate(&person.credential, person.request(), item, new)
        .await
}

async fn said(person: &Person, item: ItemId, which: WhichSet) -> Result<Option<Annotations>> {
    let custody = person.custody();
    custody
        .annotations(&person.credential, person.request(), item, which)
        .await
}

async fn newest(person: &Person, item: ItemId) -> Option<Annotations> {
    said(person, item, WhichSet::Newest).await.unwrap()
}

async fn history(person: &Person, item: ItemId) -> Vec<Made> {
    let (custody, page) = (person.custody(), PageRequest::first(10));
    let listed = custody
        .annotation_history(&person.credential, person.request(), item, None, page)
        .await;
    listed.unwrap().items
}

async fn export(person: &Person, format: Format) -> Result<String> {
    let custody = person.custody();
    let exported = custody
        .export_annotations(&person.credential, person.request(), scans(), format, None)
        .await?;
    assert_eq!(exported.next, None);
    Ok(String::from_utf8(exported.bytes).unwrap())
}

async fn import(person: &Person, import: ImportAnnotations) -> Result<ImportedAnnotations> {
    let custody = person.custody();
    custody
        .import_annotations(&person.credential, person.request(), import)
        .await
}

fn file(format: Format, text: &str) -> ImportAnnotations {
    ImportAnnotations {
        dataset: scans(),
        format,
        bytes: Bytes::copy_from_slice(text.as_bytes()),
        replace: false,
        dry_run: false,
        idempotency: None,
    }
}

fn coco(annotations: Value) -> String {
    let images =
        json!([{ "id": 1, "file_name": "0" }, { "id": 2, "file_name": "1", "width": 64, "height": 64 }]);
    json!({ "images": images, "categories": [{ "id": 1, "name": "nodule" }], "annotations": annotations })
        .to_string()
}

engines::on_both! {
    async fn what_is_said_is_kept_with_who_said_it_and_nothing_is_overwritten_unseen(db: TestDb) {
        let site = Site::with(db, 1, WORK).await;
        let item = site.put("a", b"scan").await;
        let (owner, uma) = (&site.team.owner, site.team.member(Class::User).await);
        assert_eq!(newest(owner, item).await, None);
        let one = say(&uma, item, first(boxed("nodule", 1.0))).await.unwrap();
        assert_eq!((one.made.number, one.made.member, one.made.task), (1, uma.member, None));
        assert_eq!(newest(owner, item).await.unwrap(), one);
        let blind = say(owner, item, first(boxed("cyst", 2.0))).await;
        assert!(matches!(blind, Err(Error::ConditionFailed)), "{blind:?}");
        let two = say(owner, item, after(one.made.id, boxed("cyst", 2.0))).await.unwrap();
        let late = say(&uma, item, after(one.made.id, boxed("mine", 3.0))).await;
        assert!(matches!(late, Err(Error::ConditionFailed)), "{late:?}");
        assert_eq!(history(&uma, item).await, [one.made.clone(), two.made.clone()]);
        assert_eq!(said(&uma, item, WhichSet::Set(one.made.id)).await.unwrap().unwrap(), one, "the old state is kept");
        let filter = TrailFilter { action: Some("item.annotate".into()), ..TrailFilter::default() };
        let told = owner.trail(filter).await.unwrap();
        let done = told.iter().find(|entry| entry.event["details"]["number"] == 2).unwrap();
        assert_eq!(done.event["details"]["count"], 1);
        assert!(!told.iter().any(|entry| entry.event.to_string().contains("cyst")), "nothing of it stands in the trail");
    }

    async fn ten_who_say_it_at_once_are_one_after_the_other_or_refused(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let item = site.put("a", b"scan").await;
        let owner = &site.team.owner;
        let say_it = |turn: u32| {
            let owner = owner.clone();
            tokio::spawn(async move { say(&owner, item, first(boxed("nodule", f64::from(turn)))).await })
        };
        let saying: Vec<_> = (0..10).map(say_it).collect();
        let mut kept = 0;
        for answer in saying {
            match answer.await.unwrap() {
                Ok(_) => kept += 1,
                Err(Error::ConditionFailed) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!((kept, history(owner, item).await.len()), (1, 1));
    }

    async fn a_worker_annotates_by_lease_and_by_nothing_else(db: TestDb) {
        let site = Site::with(db, 4, WORK).await;
        let (wanda, willi) = (site.worker().await, site.worker().await);
        let task = lease(&wanda).await;
        let [one, two, _] = items(&task)[..] else { panic!("three items") };
        let made = say(&wanda, one, first(boxed("nodule", 1.0))).await.unwrap();
        assert_eq!((made.made.member, made.made.task), (wanda.member, Some(task.id)));
        for refused in [
            say(&willi, one, first(boxed("x", 1.0))).await.map(drop),
            said(&willi, one, WhichSet::Newest).await.map(drop),
            said(&willi, one, WhichSet::Set(made.made.id)).await.map(drop),
        ] {
            assert!(matches!(refused, Err(Error::NotFound(_))), "{refused:?}");
        }
        let custody = wanda.custody();
        let submitted = custody.submit_annotated(&wanda.credential, wanda.request(), task.id, two, first(boxed("cyst", 2.0))).await;
        let (after_it, said_it) = submitted.unwrap();
        assert_eq!((after_it.submitted, after_it.state, said_it.made.task), (1, TaskState::Live, Some(task.id)));
        assert_eq!(newest(&site.team.owner, two).await.unwrap(), said_it);
        // Neither of both when one of them cannot be.
        let again = custody.submit_annotated(&wanda.credential, wanda.request(), task.id, one, first(boxed("z", 2.0))).await;
        assert!(matches!(again, Err(Error::ConditionFailed)), "{again:?}");
        assert_eq!(look(&wanda, task.id).await.unwrap().submitted, 1);
        submit(&wanda, task.id, one).await.unwrap();
        let late = say(&wanda, one, after(made.made.id, boxed("late", 1.0))).await;
        assert!(matches!(late, Err(Error::NotFound(_))), "what is submitted is out of the worker's hands: {late:?}");
        site.world.clock.advance(LEASE);
        assert!(matches!(said(&wanda, items(&task)[2], WhichSet::Newest).await, Err(Error::NotFound(_))));
    }

    async fn classes_that_do_not_see_content_see_and_say_nothing(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let item = site.put("a", b"scan").await;
        say(&site.team.owner, item, first(boxed("nodule", 1.0))).await.unwrap();
        let auditor = site.team.member(Class::Auditor).await;
        assert!(said(&auditor, item, WhichSet::Newest).await.is_err());
        let officer = site.team.member(Class::PrivacyOfficer).await;
        assert!(said(&officer, item, WhichSet::Newest).await.is_ok(), "what is said about people is found for them");
        assert!(matches!(say(&officer, item, first(boxed("x", 1.0))).await, Err(Error::Forbidden { .. })));
        let stranger = site.team.member(Class::WorkforceManager).await;
        assert!(matches!(said(&stranger, item, WhichSet::Newest).await, Err(Error::NotFound(_))));
        let mia = site.granted(Class::WorkforceManager).await;
        assert!(said(&mia, item, WhichSet::Newest).await.unwrap().is_some());
        let rival = site.world.team("rival").await;
        assert!(matches!(said(&rival.owner, item, WhichSet::Newest).await, Err(Error::NotFound(_))));
    }

    async fn what_is_said_is_about_one_version_and_ends_with_the_item(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let item = site.put("a", b"scan").await;
        let owner = &site.team.owner;
        let one = say(owner, item, first(boxed("nodule", 1.0))).await.unwrap();
        site.put("a", b"another scan").await;
        assert_eq!(newest(owner, item).await, None, "nothing is said about the new bytes");
        let old = NewAnnotations { version: Some(one.made.version), ..after(one.made.id, boxed("cyst", 1.0)) };
        assert!(matches!(say(owner, item, old).await, Err(Error::ConditionFailed)), "who has seen the old bytes is told");
        assert_eq!(said(owner, item, WhichSet::OfVersion(one.made.version)).await.unwrap().unwrap(), one);
        assert_eq!(said(owner, item, WhichSet::Set(one.made.id)).await.unwrap().unwrap(), one);
        owner.change(item, Verb::Archive).await.unwrap();
        assert!(said(owner, item, WhichSet::Newest).await.is_err());
        owner.change(item, Verb::Delete).await.unwrap();
        let rows = site.world.database().read(|tx| tx.all("SELECT set_id FROM annotation_set", &[]));
        assert_eq!(rows.await.unwrap().len(), 0);
    }

    async fn bounds_hold_whichever_way_it_comes(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let item = site.put("a", b"scan").await;
        let refused = say(&site.team.owner, item, first(boxed("nodule", 639.0))).await;
        let Err(Error::Invalid { field: "annotations", problem }) = refused else { panic!("{refused:?}") };
        assert!(problem.contains("annotations[0].shape"), "{problem}");
        let long = Annotation { text: Some("x".repeat(4_096)), ..boxed("nodule", 1.0).annotations[0].clone() };
        let set = Set { size: None, annotations: vec![long; 300] };
        let refused = say(&site.team.owner, item, first(set)).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "more than a megabyte: {refused:?}");
    }

    async fn a_dataset_goes_out_in_both_formats_and_comes_in_again(db: TestDb) {
        let site = Site::with(db, 3, WORK).await;
        let owner = &site.team.owner;
        let mine = list(owner, custody::item::Filter::default()).await.unwrap();
        for (place, item) in mine.iter().take(2).enumerate() {
            say(owner, item.id, first(boxed("nodule", place as f64))).await.unwrap();
        }
        for format in [Format::Coco, Format::Darwin] {
            let text = export(owner, format).await.unwrap();
            let known = import(owner, file(format, &text)).await.unwrap();
            assert!(!known.applied && known.rows.iter().all(|row| row.problems[0].contains("already")), "{known:?}");
            let replaced = import(owner, ImportAnnotations { replace: true, ..file(format, &text) }).await.unwrap();
            assert!(replaced.applied, "{replaced:?}");
            assert_eq!(export(owner, format).await.unwrap(), text);
        }
        assert_eq!(newest(owner, mine[1].id).await.unwrap().set, boxed("nodule", 1.0));
        assert_eq!(history(owner, mine[1].id).await.len(), 3, "what was replaced is in the history");
        let (mia, uma) = (site.granted(Class::WorkforceManager).await, site.team.member(Class::User).await);
        for person in [&mia, &uma] {
            assert!(matches!(export(person, Format::Coco).await, Err(Error::Forbidden { .. })), "{}", person.class);
        }
        assert!(export(&site.worker().await, Format::Coco).await.is_err());
    }

    async fn a_broken_import_is_answered_row_by_row_and_changes_nothing(db: TestDb) {
        let site = Site::with(db, 2, WORK).await;
        let owner = &site.team.owner;
        let good = json!({ "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2] });
        let wide = json!({ "image_id": 2, "category_id": 1, "bbox": [1, 1, 200, 2] });
        let answer = import(owner, file(Format::Coco, &coco(json!([good, wide])))).await.unwrap();
        assert!(!answer.applied);
        assert_eq!((answer.rows[0].problems.len(), answer.rows[0].annotations), (0, 1));
        assert!(answer.rows[1].problems[0].starts_with("annotations[1].shape"), "{answer:?}");
        assert_eq!(export(owner, Format::Darwin).await.unwrap(), "", "nothing of it was taken in");
        let unknown = coco(json!([good])).replace("\"file_name\":\"1\"", "\"file_name\":\"nowhere\"");
        let answer = import(owner, file(Format::Coco, &unknown)).await.unwrap();
        assert!(!answer.applied && answer.rows[1].problems[0].contains("no item of this name"));
        let dry = import(owner, ImportAnnotations { dry_run: true, ..file(Format::Coco, &coco(json!([good]))) }).await.unwrap();
        assert!(!dry.applied && dry.rows.iter().all(|row| row.problems.is_empty() && row.item.is_some()));
        assert_eq!(export(owner, Format::Darwin).await.unwrap(), "");
        assert!(matches!(import(owner, file(Format::Coco, "{}")).await, Err(Error::Invalid { field: "body", .. })));
    }

    async fn an_import_that_is_sent_twice_is_answered_twice_and_done_once(db: TestDb) {
        let site = Site::with(db, 2, WORK).await;
        let owner = &site.team.owner;
        let good = coco(json!([{ "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2] }]));
        let once = ImportAnnotations { idempotency: Some(IdempotencyKey::new("one", &[])), ..file(Format::Coco, &good) };
        let answer = import(owner, once.clone()).await.unwrap();
        assert!(answer.applied);
        assert_eq!(import(owner, once).await.unwrap(), answer);
        let item = answer.rows[0].item.unwrap();
        assert_eq!(history(owner, item).await.len(), 1);
        let worker = site.worker().await;
        lease(&worker).await;
        assert!(import(&worker, file(Format::Coco, &good)).await.is_err(), "a lease is of items, not of a dataset");
    }
}
