//! Restriction: everything about the person refuses at once, everything about another is served.

use access::Class;
use annotation::Set;
use custody::annotations::{Basis, Format, NewAnnotations, WhichSet};
use custody::item::{ListNames, PutItem, ReadItem, Target, Verb};
use custody::task::Task;
use custody::{Error, Result};
use kernel::{ItemId, PageRequest, SubjectId};
use rights::RestrictionGround;
use rights::subject::Subject;
use testkit::{Person, pieces};

use super::clinic::{Clinic, because, is_restricted, notes};

async fn restrict(clinic: &Clinic, subject: SubjectId) -> Result<Subject> {
    let officer = &clinic.officer;
    clinic
        .rights
        .restrict(
            &officer.credential,
            officer.request(),
            subject,
            RestrictionGround::Accuracy,
        )
        .await
}

async fn lift(clinic: &Clinic, by: &Person, subject: SubjectId) -> Result<Subject> {
    clinic
        .rights
        .lift_restriction(
            &by.credential,
            because(by, "found to be right; told on Monday"),
            subject,
        )
        .await
}

/// What somebody says about an item of which nothing is said yet.
fn said() -> NewAnnotations {
    NewAnnotations {
        set: Set::default(),
        basis: Basis::Nothing,
        version: None,
    }
}

/// Every way to something about a person, as who may all of it.
async fn ways(clinic: &Clinic, item: ItemId, name: &str) -> Vec<(&'static str, Result<()>)> {
    let (owner, custody) = (&clinic.team.owner, &clinic.world.custody);
    let (key, request) = (&owner.credential, || owner.request());
    let put = PutItem::file(Target::Name(notes(), name.into()), "text/plain");
    let set = said();
    vec![
        ("read", owner.get(item).await.map(drop)),
        (
            "head",
            owner
                .open(
                    item,
                    ReadItem {
                        head: true,
                        ..ReadItem::default()
                    },
                )
                .await
                .map(drop),
        ),
        (
            "read by name",
            custody
                .read_named(key, request(), notes(), name, ReadItem::default())
                .await
                .map(drop),
        ),
        (
            "look",
            custody.look_into(key, request(), item, None).await.map(drop),
        ),
        (
            "look at text",
            custody
                .look_at_text(key, request(), item, None, 0, None)
                .await
                .map(drop),
        ),
        (
            "annotations",
            custody
                .annotations(key, request(), item, WhichSet::Newest)
                .await
                .map(drop),
        ),
        (
            "annotate",
            custody.annotate(key, request(), item, set).await.map(drop),
        ),
        (
            "new version",
            owner.put_as(put, pieces(b"other words")).await.map(drop),
        ),
    ]
}

engines::on_both! {
    async fn every_way_to_what_is_restricted_refuses_and_the_twin_is_served(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let (file, twin) = (clinic.put("ann", "patient 1").await, clinic.put("twin", "patient 2").await);
        for (way, answer) in ways(&clinic, file, "ann").await {
            assert!(answer.is_ok(), "{way} before it is restricted: {answer:?}");
        }
        let ann = clinic.id("patient 1").await;
        assert!(restrict(&clinic, ann).await.unwrap().restricted_at.is_some());
        for (way, answer) in ways(&clinic, file, "ann").await {
            assert!(is_restricted(answer), "{way}");
        }
        for (way, answer) in ways(&clinic, twin, "twin").await {
            assert!(answer.is_ok(), "{way} of the twin: {answer:?}");
        }
        assert!(matches!(restrict(&clinic, ann).await, Err(Error::Conflict(_))));
        lift(&clinic, &clinic.officer, ann).await.unwrap();
        for (way, answer) in ways(&clinic, file, "ann").await {
            assert!(answer.is_ok(), "{way} after it was lifted: {answer:?}");
        }
        assert!(matches!(lift(&clinic, &clinic.officer, ann).await, Err(Error::Conflict(_))));
    }

    async fn listings_searches_and_exports_leave_out_what_is_restricted(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let json = r#"{"email":"ann@example.org"}"#;
        let items = [clinic.put_record("ann", "patient 1", json).await, clinic.put_record("twin", "patient 2", json).await];
        let owner = &clinic.team.owner;
        for item in items {
            let set = said();
            clinic.world.custody.annotate(&owner.credential, owner.request(), item, set).await.unwrap();
        }
        let user = clinic.team.member(Class::User).await;
        let seen = async || {
            let (custody, key) = (&clinic.world.custody, &user.credential);
            let names = custody.list_names(key, user.request(), notes(), ListNames { limit: 10, ..ListNames::default() }).await.unwrap();
            let listed = custody.list_items(key, user.request(), notes(), Default::default(), PageRequest::first(10)).await.unwrap();
            let found = custody.search_records(key, user.request(), notes(), "email".into(), "ann@example.org".into(), PageRequest::first(10)).await.unwrap();
            let exported = custody.export_annotations(&owner.credential, owner.request(), notes(), Format::Coco, None).await.unwrap();
            [names.entries.len(), listed.items.len(), found.items.len(), exported.items]
        };
        assert_eq!(seen().await, [2, 2, 2, 2]);
        restrict(&clinic, clinic.id("patient 1").await).await.unwrap();
        assert_eq!(seen().await, [1, 1, 1, 1]);
        assert!(is_restricted(user.item(items[0]).await.map(drop)));
        // Who can lift it still finds it.
        assert_eq!(clinic.officer.item(items[0]).await.unwrap().name, "ann");
        let profiles = [clinic.profile("ann", "ann@example.org").await, clinic.profile("twin", "twin@example.org").await];
        assert_eq!(clinic.profiles_with(&user, "tea").await, ["ann", "twin"]);
        restrict(&clinic, clinic.id("email:ann@example.org").await).await.unwrap();
        assert_eq!(clinic.profiles_with(&user, "tea").await, ["twin"]);
        let read = clinic.world.custody.record(&user.credential, user.request(), profiles[0], None).await;
        assert!(is_restricted(read.map(drop)));
    }

    async fn work_on_what_is_restricted_is_neither_given_out_nor_taken(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let worker = clinic.worker().await;
        let first = clinic.put("first", "patient 1").await;
        let custody = &clinic.world.custody;
        let ask = async || -> Option<Task> {
            custody.request_task(&worker.credential, worker.request(), notes(), None).await.unwrap()
        };
        let task = ask().await.unwrap();
        let person = clinic.id("patient 1").await;
        restrict(&clinic, person).await.unwrap();
        let view = custody.look_into(&worker.credential, worker.request(), first, None).await;
        assert!(is_restricted(view.map(drop)));
        let submitted = custody.submit(&worker.credential, worker.request(), task.id, first).await;
        assert!(is_restricted(submitted.map(drop)));
        custody.return_task(&worker.credential, worker.request(), task.id).await.unwrap();
        assert!(ask().await.is_none(), "it was handed out again");
        let twin = clinic.put("twin", "patient 2").await;
        let task = ask().await.unwrap();
        assert_eq!(task.items.iter().map(|item| item.item).collect::<Vec<_>>(), [twin]);
    }

    async fn one_restricted_person_restricts_what_is_about_several(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let together = clinic.put("together", "patient 1").await;
        clinic.put("own", "patient 2").await;
        let (one, two) = (clinic.id("patient 1").await, clinic.id("patient 2").await);
        clinic.link(together, &[one, two]).await.unwrap();
        restrict(&clinic, two).await.unwrap();
        assert!(is_restricted(clinic.team.owner.get(together).await.map(drop)));
        // Nobody takes it off by saying that the item is about somebody else.
        let user = clinic.team.member(Class::User).await;
        let linked = clinic.rights.link(&user.credential, user.request(), together, vec![one]).await;
        assert!(linked.is_err());
        assert!(is_restricted(clinic.team.owner.get(together).await.map(drop)));
    }

    async fn a_merge_keeps_the_restriction_and_a_split_does_not_lift_it(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let items = [clinic.put("a", "patient 1").await, clinic.put("b", "patient 2").await];
        let (one, two) = (clinic.id("patient 1").await, clinic.id("patient 2").await);
        restrict(&clinic, two).await.unwrap();
        let officer = &clinic.officer;
        let merge = clinic.rights.merge(&officer.credential, officer.request(), one, two).await.unwrap();
        for item in items {
            assert!(is_restricted(clinic.team.owner.get(item).await.map(drop)));
        }
        clinic.rights.split(&officer.credential, officer.request(), merge.id).await.unwrap();
        assert!(is_restricted(clinic.team.owner.get(items[1]).await.map(drop)));
    }

    async fn what_is_restricted_is_kept_and_only_some_lift_it(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let item = clinic.put("a", "patient 1").await;
        let person = clinic.id("patient 1").await;
        clinic.team.owner.change(item, Verb::Archive).await.unwrap();
        restrict(&clinic, person).await.unwrap();
        assert!(is_restricted(clinic.team.owner.change(item, Verb::Delete).await.map(drop)));
        let user = clinic.team.member(Class::User).await;
        assert!(matches!(lift(&clinic, &user, person).await, Err(Error::Forbidden { .. })));
        let without_reason = clinic.rights.lift_restriction(&clinic.officer.credential, clinic.officer.request(), person).await;
        assert!(matches!(without_reason, Err(Error::Invalid { .. })));
        lift(&clinic, &clinic.officer, person).await.unwrap();
        clinic.team.owner.change(item, Verb::Delete).await.unwrap();
    }
}
