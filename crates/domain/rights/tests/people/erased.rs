//! Erasure: nothing of the person is left, what has to stay is told and goes later, the rest is untouched.

use access::Class;
use custody::item::{HoldChange, Retention, RetentionMode, Verb};
use custody::subject::AfterErasure;
use custody::trail::TrailFilter;
use custody::{Error, Result};
use engines::TestDb;
use kernel::{ErasureId, ItemId, SubjectId};
use rights::erasure::{Cause, Decision, Erase, Erasure, ErasureState};
use std::time::Duration;
use store::params;

use super::clinic::{Clinic, is_restricted, known_by, notes, people};

async fn erase(clinic: &Clinic, subject: SubjectId) -> Result<Erasure> {
    let (officer, afterwards) = (&clinic.officer, AfterErasure::Refuse);
    clinic
        .rights
        .erase(
            &officer.credential,
            officer.request(),
            Erase { subject, afterwards },
        )
        .await
}

async fn resume(clinic: &Clinic, erasure: ErasureId) -> Erasure {
    let officer = &clinic.officer;
    clinic
        .rights
        .resume_erasure(&officer.credential, officer.request(), erasure)
        .await
        .unwrap()
}

async fn decide(clinic: &Clinic, erasure: ErasureId, item: ItemId, decision: Decision) -> Result<Erasure> {
    let officer = &clinic.officer;
    clinic
        .rights
        .decide(&officer.credential, officer.request(), erasure, item, decision)
        .await
}

async fn hold(clinic: &Clinic, name: &str, change: HoldChange) -> Result<()> {
    let owner = &clinic.team.owner;
    let held =
        clinic
            .world
            .custody
            .change_hold(&owner.credential, owner.request(), notes(), name, None, change);
    held.await.map(drop)
}

/// How many rows there are.
fn count(clinic: &Clinic, table: &'static str) -> i64 {
    let counted = clinic.world.database().read_blocking(move |tx| {
        tx.one(&format!("SELECT count(*) FROM {table}"), params![])?
            .get(0)
    });
    counted.map_err(|error: store::StoreError| error).unwrap()
}

/// Somebody with two items about them and one that they share with patient 2, who has one of their own.
async fn shared(db: TestDb) -> (Clinic, SubjectId, ItemId) {
    let clinic = Clinic::on(db).await;
    for name in ["a", "b"] {
        clinic.put(name, "patient 1").await;
    }
    clinic.put("other", "patient 2").await;
    let together = clinic.put("together", "patient 1").await;
    let (one, two) = (clinic.id("patient 1").await, clinic.id("patient 2").await);
    clinic.link(together, &[one, two]).await.unwrap();
    (clinic, one, together)
}

engines::on_both! {
    async fn nothing_of_an_erased_person_is_left(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let owner = &clinic.team.owner;
        let twin = clinic.put("twin", "patient 2").await;
        let before = ["subject", "subject_identifier", "item", "item_version", "item_subject", "field_index"].map(|table| (table, count(&clinic, table)));
        let items = [
            clinic.put("ann/1", "email:ann@example.org").await,
            clinic.put_record("ann/2", "email:ann@example.org", r#"{"email":"ann@example.org"}"#).await,
            clinic.put("seven", "patient 7").await,
            clinic.profile("ann", "Ann@example.org").await,
        ];
        owner.put("notes", "ann/1", b"a second version").await.unwrap();
        owner.change(items[2], Verb::Archive).await.unwrap();
        let (ann, seven) = (clinic.id("email:ann@example.org").await, clinic.id("patient 7").await);
        let officer = &clinic.officer;
        clinic.rights.merge(&officer.credential, officer.request(), ann, seven).await.unwrap();
        let erasure = erase(&clinic, seven).await.unwrap();
        assert_eq!((erasure.state, erasure.items, erasure.left.len(), erasure.subject), (ErasureState::Done, 4, 0, ann));
        for (table, rows) in before {
            assert_eq!(count(&clinic, table), rows, "{table}");
        }
        for item in items {
            assert!(matches!(owner.get(item).await, Err(Error::NotFound("item"))));
        }
        assert!(matches!(clinic.find("patient 7").await, Err(Error::NotFound("subject"))));
        assert!(clinic.rights.subject(&officer.credential, officer.request(), ann).await.is_err());
        assert_eq!(owner.get(twin).await.unwrap(), b"twin");
        // One entry for each item, and each proves it.
        clinic.world.sequence().await;
        for item in items {
            let filter = TrailFilter { item: Some(item), action: Some("subject.erase".into()), ..TrailFilter::default() };
            let entries = owner.trail(filter).await.unwrap();
            assert_eq!(entries.len(), 1);
            assert!(owner.receipt(entries[0].id).await.unwrap().contains("subject.erase"));
        }
    }

    async fn who_was_erased_is_not_taken_in_again(db: TestDb) {
        let clinic = Clinic::on(db).await;
        clinic.put("ann", "email:ann@example.org").await;
        erase(&clinic, clinic.id("email:ann@example.org").await).await.unwrap();
        let officer = &clinic.officer;
        assert!(matches!(clinic.try_put("again", "email:ANN@example.org").await, Err(Error::Conflict(_))));
        let made = clinic.rights.create_subject(&officer.credential, officer.request(), vec![known_by("email:ann@example.org")]).await;
        assert!(matches!(made, Err(Error::Conflict(_))));
        clinic.put("bob", "email:bob@example.org").await;
        // The marks say nothing to who has the index.
        let marks = clinic.world.database().read_blocking(|tx| {
            tx.all("SELECT mark_blind FROM subject_gone WHERE mark_blind IN (SELECT value_blind FROM subject_identifier)", params![])
        }).map_err(|error: store::StoreError| error).unwrap();
        assert!(marks.is_empty());
        let lift = || clinic.rights.lift_mark(&officer.credential, officer.request(), known_by("email:ann@example.org"));
        lift().await.unwrap();
        assert!(matches!(lift().await, Err(Error::Conflict(_))));
        clinic.put("again", "email:ann@example.org").await;
    }

    async fn who_was_erased_may_be_told_of_and_taken_in(db: TestDb) {
        let clinic = Clinic::on(db).await;
        clinic.put("ann", "patient 1").await;
        let (officer, subject) = (&clinic.officer, clinic.id("patient 1").await);
        let erase = Erase { subject, afterwards: AfterErasure::Tell };
        clinic.rights.erase(&officer.credential, officer.request(), erase).await.unwrap();
        clinic.put("again", "patient 1").await;
        let filter = TrailFilter { action: Some("subject.link".into()), ..TrailFilter::default() };
        let newest = &clinic.team.owner.trail(filter).await.unwrap()[0];
        assert!(serde_json::to_string(newest).unwrap().contains("erased_before"));
    }

    async fn what_is_on_hold_stays_and_goes_when_that_ends(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let (law, kept) = (clinic.put("law", "patient 1").await, clinic.put("kept", "patient 1").await);
        clinic.put("plain", "patient 1").await;
        hold(&clinic, "law", HoldChange::Legal(true)).await.unwrap();
        let until = clinic.world.custody.desk().clock.now().plus(Duration::from_secs(3600));
        let retention = Some(Retention { mode: RetentionMode::Compliance, until });
        hold(&clinic, "kept", HoldChange::Retention { to: retention, bypass: false }).await.unwrap();
        let erasure = erase(&clinic, clinic.id("patient 1").await).await.unwrap();
        assert_eq!((erasure.state, erasure.items, erasure.left.len()), (ErasureState::Waiting, 1, 2));
        for (left, item, cause, end) in [(&erasure.left[0], law, Cause::LegalHold, None), (&erasure.left[1], kept, Cause::Retention, Some(until))] {
            assert_eq!((left.item, left.cause, left.until, left.settled), (item, cause, end, false));
        }
        // The person's own key is gone; what is on hold is there, and served to nobody.
        assert!(clinic.find("patient 1").await.is_err());
        assert_eq!(clinic.officer.item(law).await.unwrap().name, "law");
        assert!(is_restricted(clinic.team.owner.get(law).await.map(drop)));
        assert_eq!(resume(&clinic, erasure.id).await.items, 1, "nothing has ended yet");
        clinic.world.clock.advance(Duration::from_secs(3601));
        assert_eq!(resume(&clinic, erasure.id).await.items, 2);
        hold(&clinic, "law", HoldChange::Legal(false)).await.unwrap();
        let done = resume(&clinic, erasure.id).await;
        assert_eq!((done.state, done.items), (ErasureState::Done, 3));
        assert_eq!((count(&clinic, "item"), count(&clinic, "subject")), (0, 0));
        // What has to stay of a record is found by nothing that it says.
        let record = clinic.profile("ann", "ann@example.org").await;
        assert_eq!(clinic.profiles_with(&clinic.officer, "tea").await, ["ann"]);
        let (owner, custody) = (&clinic.team.owner, &clinic.world.custody);
        custody.change_hold(&owner.credential, owner.request(), people(), "ann", None, HoldChange::Legal(true)).await.unwrap();
        let erasure = erase(&clinic, clinic.id("email:ann@example.org").await).await.unwrap();
        assert_eq!((erasure.state, erasure.left[0].item), (ErasureState::Waiting, record));
        assert_eq!(count(&clinic, "field_index"), 0);
        assert_eq!(clinic.profiles_with(&clinic.officer, "tea").await.len(), 0);
    }

    async fn what_is_about_several_waits_for_a_decision(db: TestDb) {
        let (clinic, one, together) = shared(db).await;
        let erasure = erase(&clinic, one).await.unwrap();
        assert_eq!((erasure.state, erasure.items), (ErasureState::Waiting, 2));
        assert_eq!((erasure.left[0].item, erasure.left[0].cause), (together, Cause::Shared));
        assert_eq!(clinic.team.owner.get(together).await.unwrap(), b"together", "the others did not ask for anything");
        let unknown = decide(&clinic, erasure.id, ItemId::from_bytes(&[7; 16]).unwrap(), Decision::Delete).await;
        assert!(matches!(unknown, Err(Error::NotFound("item"))));
        let done = decide(&clinic, erasure.id, together, Decision::Delete).await.unwrap();
        assert_eq!((done.state, done.items), (ErasureState::Done, 3));
        assert!(clinic.team.owner.get(together).await.is_err());
        assert!(matches!(decide(&clinic, erasure.id, together, Decision::Delete).await, Err(Error::Conflict(_))));
        let two = clinic.id("patient 2").await;
        assert_eq!(clinic.about(two).await.len(), 1);
    }

    async fn what_is_kept_on_a_ground_stays_and_outlives_the_others_erasure(db: TestDb) {
        let (clinic, one, together) = shared(db).await;
        let erasure = erase(&clinic, one).await.unwrap();
        let ground = || Decision::Keep { ground: "a claim of patient 2 against the clinic".into() };
        assert!(matches!(decide(&clinic, erasure.id, together, Decision::Keep { ground: " ".into() }).await, Err(Error::Invalid { .. })));
        let done = decide(&clinic, erasure.id, together, ground()).await.unwrap();
        assert_eq!((done.state, done.left[0].decision.as_deref()), (ErasureState::Done, Some("keep")));
        assert_eq!(clinic.team.owner.get(together).await.unwrap(), b"together");
        // It is not deleted with the next person unasked.
        let next = erase(&clinic, clinic.id("patient 2").await).await.unwrap();
        assert_eq!((next.state, next.items, next.left.len()), (ErasureState::Waiting, 1, 1));
    }

    async fn a_redacted_item_loses_its_older_versions(db: TestDb) {
        let (clinic, one, together) = shared(db).await;
        let erasure = erase(&clinic, one).await.unwrap();
        assert!(matches!(decide(&clinic, erasure.id, together, Decision::Redact).await, Err(Error::Conflict(_))));
        clinic.team.owner.put("notes", "together", b"without one").await.unwrap();
        let done = decide(&clinic, erasure.id, together, Decision::Redact).await.unwrap();
        assert_eq!(done.state, ErasureState::Done);
        assert_eq!(clinic.team.owner.get(together).await.unwrap(), b"without one");
        assert_eq!(count(&clinic, "item_version"), 2, "one of the other's own and the redacted one");
        assert_eq!(clinic.about(clinic.id("patient 2").await).await.len(), 2);
    }

    async fn a_split_item_goes_when_its_parts_are_there(db: TestDb) {
        let (clinic, one, together) = shared(db).await;
        let old = clinic.put("old", "patient 2").await;
        let erasure = erase(&clinic, one).await.unwrap();
        let split = |into: Vec<ItemId>| decide(&clinic, erasure.id, together, Decision::Split { into });
        assert!(matches!(split(vec![old]).await, Err(Error::Invalid { .. })));
        let part = clinic.put("part", "patient 2").await;
        assert_eq!(split(vec![part]).await.unwrap().state, ErasureState::Done);
        assert!(clinic.team.owner.get(together).await.is_err());
        assert_eq!(clinic.team.owner.get(part).await.unwrap(), b"part");
    }

    async fn an_erasure_goes_on_where_it_stopped(db: TestDb) {
        let clinic = Clinic::on(db).await;
        for number in 0..230 {
            clinic.put(&format!("{number}"), "patient 1").await;
        }
        let one = clinic.id("patient 1").await;
        // Interrupted as soon as it waits for the first time.
        let begun = erase(&clinic, one);
        assert!(tokio::time::timeout(Duration::ZERO, begun).await.is_err());
        let running = async || {
            let officer = &clinic.officer;
            let page = kernel::PageRequest::first(10);
            clinic.rights.erasures(&officer.credential, officer.request(), page).await.unwrap().items
        };
        // What was sent to the database before is done, whoever waits for it.
        let mut found = running().await;
        while found.is_empty() {
            found = running().await;
        }
        let id = found[0].id;
        let again = erase(&clinic, one).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "begun twice");
        let (officer, other) = (&clinic.officer, clinic.put("other", "patient 2").await);
        let two = clinic.id("patient 2").await;
        let merged = clinic.rights.merge(&officer.credential, officer.request(), two, one).await;
        assert!(matches!(merged, Err(Error::Conflict(_))), "merged away from under the erasure");
        let done = resume(&clinic, id).await;
        assert_eq!((done.state, done.items), (ErasureState::Done, 230));
        assert_eq!((count(&clinic, "item"), count(&clinic, "subject")), (1, 1));
        assert_eq!(clinic.team.owner.get(other).await.unwrap(), b"other");
        assert_eq!(resume(&clinic, id).await, done);
    }

    async fn only_some_erase(db: TestDb) {
        let clinic = Clinic::on(db).await;
        clinic.put("a", "patient 1").await;
        let subject = clinic.id("patient 1").await;
        for class in [Class::User, Class::Worker, Class::WorkforceManager, Class::Auditor] {
            let member = clinic.team.member(class).await;
            let asked = Erase { subject, afterwards: AfterErasure::Refuse };
            let refused = clinic.rights.erase(&member.credential, member.request(), asked).await;
            assert!(matches!(refused, Err(Error::Forbidden { .. })), "{class}");
        }
        assert_eq!(clinic.about(subject).await.len(), 1);
    }
}
