//! Legal holds against every way of deleting something that there is, and what goes on by itself when a hold ends.

use access::Class;
use custody::dataset::DatasetRef;
use custody::export::{Choice, NewExport};
use custody::item::{Bulk, Filter, HoldChange, Verb};
use custody::legal_hold::{Covers, HoldRule, HoldState, LegalHold, NewLegalHold};
use custody::retention::{Retention, Rule};
use custody::subject::AfterErasure;
use custody::{Error, Result};
use kernel::{Clock as _, ItemId, LegalHoldId, PageRequest, VersionId};
use rights::erasure::{Cause, Decision, Erase, ErasureState};
use std::time::Duration;
use store::{Value, params};
use testkit::Person;

use super::clinic::{Clinic, is_restricted, notes};

const DAY: Duration = Duration::from_secs(86_400);
const HOUR: Duration = Duration::from_secs(3600);

/// Every way by which an item can end. Whoever adds one adds it here.
const WAYS: [&str; 9] = [
    "deleted",
    "deleted in bulk",
    "its only version deleted over S3, locks set aside",
    "the person erased",
    "said to be about nobody, then deleted",
    "said to be about somebody else, who is erased",
    "shared, one erased, decided to delete",
    "shared, one erased, decided that it was split",
    "past its time by a rule",
];

struct Target {
    item: ItemId,
    version: VersionId,
    name: String,
    patient: String,
}

async fn target(clinic: &Clinic, number: usize) -> Target {
    let (name, patient) = (format!("note {number}"), format!("patient {number}"));
    let item = clinic.put(&name, &patient).await;
    clinic.team.owner.change(item, Verb::Archive).await.unwrap();
    Target {
        item,
        version: clinic.team.owner.item(item).await.unwrap().version.id,
        name,
        patient,
    }
}

async fn place(clinic: &Clinic, covers: Covers, until: Option<Duration>) -> LegalHold {
    let now = clinic.world.clock.now();
    let new = NewLegalHold {
        covers,
        reason: "letter of the court".into(),
        until: until.map(|until| now.plus(until)),
        two_people: false,
    };
    let officer = &clinic.officer;
    let custody = &clinic.world.custody;
    custody
        .place_legal_hold(&officer.credential, officer.request(), new, None)
        .await
        .unwrap()
}

async fn lift(by: &Person, hold: LegalHoldId) -> Result<LegalHold> {
    by.custody()
        .lift_legal_hold(&by.credential, by.request(), hold)
        .await
}

async fn erase(clinic: &Clinic, handle: &str) -> Result<rights::erasure::Erasure> {
    let (officer, subject) = (&clinic.officer, clinic.id(handle).await);
    let erase = Erase {
        subject,
        afterwards: AfterErasure::Refuse,
    };
    clinic
        .rights
        .erase(&officer.credential, officer.request(), erase)
        .await
}

/// Tries to end the item in this way. What comes of it is seen by whether it is there.
async fn try_to_end(clinic: &Clinic, way: &str, target: &Target) {
    let (owner, officer) = (&clinic.team.owner, &clinic.officer);
    let custody = &clinic.world.custody;
    match way {
        "deleted" => drop(owner.change(target.item, Verb::Delete).await),
        "deleted in bulk" => {
            let filter = Filter {
                items: Some(vec![target.item]),
                ..Filter::default()
            };
            let bulk = Bulk {
                dataset: notes(),
                verb: Verb::Delete,
                filter,
                dry_run: false,
                idempotency: None,
            };
            drop(
                custody
                    .change_states(&owner.credential, owner.request(), bulk)
                    .await,
            );
        }
        "its only version deleted over S3, locks set aside" => {
            let (name, request) = (&target.name, owner.request());
            let gone =
                custody.delete_version(&owner.credential, request, notes(), name, target.version, true);
            drop(gone.await);
        }
        "the person erased" => drop(erase(clinic, &target.patient).await.unwrap()),
        "said to be about nobody, then deleted" => {
            clinic.link(target.item, &[]).await.unwrap();
            drop(owner.change(target.item, Verb::Delete).await);
        }
        "said to be about somebody else, who is erased" => {
            let other = format!("other {}", target.patient);
            clinic.put(&format!("other {}", target.name), &other).await;
            clinic
                .link(target.item, &[clinic.id(&other).await])
                .await
                .unwrap();
            drop(erase(clinic, &other).await.unwrap());
        }
        "past its time by a rule" => {
            let rule = Rule {
                days: 1,
                notice_days: 0,
                ..Rule::default()
            };
            let wanted = Retention {
                rules: vec![rule],
                archive_days: Some(1),
            };
            let settled = custody
                .set_retention(&owner.credential, owner.request(), wanted)
                .await;
            settled.unwrap();
            clinic.world.clock.advance(2 * DAY);
            custody.keep_retention().await.unwrap();
        }
        shared => {
            let other = format!("other {}", target.patient);
            clinic.put(&format!("other {}", target.name), &other).await;
            let both = [clinic.id(&target.patient).await, clinic.id(&other).await];
            clinic.link(target.item, &both).await.unwrap();
            let erasure = erase(clinic, &other).await.unwrap();
            let decision = match shared {
                "shared, one erased, decided to delete" => Decision::Delete,
                _ => Decision::Split {
                    into: vec![
                        clinic
                            .put(&format!("part of {}", target.name), &target.patient)
                            .await,
                    ],
                },
            };
            let (credential, request) = (&officer.credential, officer.request());
            let decided = clinic
                .rights
                .decide(credential, request, erasure.id, target.item, decision);
            drop(decided.await);
        }
    }
}

fn is_there(clinic: &Clinic, item: ItemId) -> bool {
    let sql = "SELECT count(*) FROM item_version WHERE item_id = $1";
    let counted = clinic
        .world
        .database()
        .read_blocking(move |tx| tx.one(sql, params![item])?.get::<i64>(0));
    counted.unwrap() > 0
}

engines::on_both! {
    async fn while_a_hold_stands_nothing_ends_what_it_covers(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let dataset = clinic.team.owner.dataset("other").await.unwrap().id;
        let notes_id = clinic.world.custody.dataset(&clinic.officer.credential, clinic.officer.request(), notes()).await.unwrap().id;
        place(&clinic, Covers::Dataset(dataset), None).await; // of no concern
        for (way_number, way) in WAYS.into_iter().enumerate() {
            for kind in 0..4 {
                if kind == 3 && way.starts_with("shared") {
                    continue; // then the erasure does not begin, and there is nothing to decide
                }
                let target = target(&clinic, way_number * 4 + kind).await;
                let covers = match kind {
                    0 => Covers::Item(target.item),
                    1 => Covers::Dataset(notes_id),
                    2 => Covers::Subject(clinic.id(&target.patient).await),
                    _ => Covers::Tenant,
                };
                let hold = place(&clinic, covers, None).await;
                try_to_end(&clinic, way, &target).await;
                clinic.rights.resume_unheld().await.unwrap();
                assert!(is_there(&clinic, target.item), "{way} in spite of {covers:?}");
                // The control: without the hold the same ends it. What an erasure left goes by itself.
                lift(&clinic.team.owner, hold.id).await.unwrap();
                match way {
                    "said to be about nobody, then deleted" | "deleted" | "deleted in bulk" => try_to_end(&clinic, way, &target).await,
                    "its only version deleted over S3, locks set aside" | "past its time by a rule" => try_to_end(&clinic, way, &target).await,
                    _ => assert!(clinic.rights.resume_unheld().await.unwrap() > 0, "{way}, {covers:?}"),
                }
                assert!(!is_there(&clinic, target.item), "{way} without {covers:?}");
            }
        }
        assert_eq!(clinic.rights.resume_unheld().await.unwrap(), 0, "nothing is left to go on with");
    }

    async fn datasets_and_exports_stay_and_older_versions_too(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let (owner, custody) = (&clinic.team.owner, &clinic.world.custody);
        let target = target(&clinic, 0).await;
        owner.change(target.item, Verb::Restore).await.unwrap();
        clinic.put(&target.name, &target.patient).await;
        let export = NewExport { dataset: notes(), choice: Choice::default(), format: None, idempotency: None };
        let number = custody.make_export(&owner.credential, owner.request(), export).await.unwrap().number;
        let empty = owner.dataset("empty").await.unwrap().id;
        custody.archive_dataset(&owner.credential, owner.request(), DatasetRef::Id(empty)).await.unwrap();
        let hold = place(&clinic, Covers::Tenant, None).await;
        let older = custody.delete_version(&owner.credential, owner.request(), notes(), &target.name, target.version, true).await;
        assert!(matches!(older, Err(Error::Forbidden { .. })), "{older:?}");
        let dataset = custody.delete_dataset(&owner.credential, owner.request(), DatasetRef::Id(empty)).await;
        assert!(matches!(dataset, Err(Error::Forbidden { .. })), "{dataset:?}");
        let export = custody.delete_export(&owner.credential, owner.request(), notes(), number).await;
        assert!(matches!(export, Err(Error::Conflict(_))), "{export:?}");
        // S3 sees it as the legal mark of every version, which it does not take off.
        let seen = custody.hold(&owner.credential, owner.request(), notes(), &target.name, None).await.unwrap();
        assert!(seen.legal);
        let off = custody.change_hold(&owner.credential, owner.request(), notes(), &target.name, None, HoldChange::Legal(false)).await;
        assert!(matches!(off, Err(Error::Conflict(_))), "{off:?}");
        let user = clinic.team.member(Class::User).await;
        let on = custody.change_hold(&user.credential, user.request(), notes(), &target.name, None, HoldChange::Legal(true)).await;
        assert!(matches!(on, Err(Error::Forbidden { .. })), "{on:?}");
        lift(owner, hold.id).await.unwrap();
        custody.delete_version(&owner.credential, owner.request(), notes(), &target.name, target.version, false).await.unwrap();
        custody.delete_dataset(&owner.credential, owner.request(), DatasetRef::Id(empty)).await.unwrap();
        custody.delete_export(&owner.credential, owner.request(), notes(), number).await.unwrap();
    }

    async fn an_erasure_waits_for_the_hold_and_goes_on_by_itself(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let item = clinic.put("note", "patient 1").await;
        let person = clinic.id("patient 1").await;
        let hold = place(&clinic, Covers::Subject(person), Some(HOUR)).await;
        let held = erase(&clinic, "patient 1").await.unwrap();
        assert_eq!((held.state, held.items), (ErasureState::Held, 0));
        assert_eq!(clinic.id("patient 1").await, person, "they are known still");
        assert!(matches!(erase(&clinic, "patient 1").await, Err(Error::Conflict(_))));
        assert!(is_restricted(clinic.team.owner.get(item).await.map(drop)), "and nothing about them is served");
        assert_eq!(clinic.rights.resume_unheld().await.unwrap(), 0);
        let trail = clinic.team.owner.trail(Default::default()).await.unwrap();
        assert!(serde_json::to_string(&trail).unwrap().contains("17(3)(e)"));
        clinic.world.clock.advance(HOUR);
        assert_eq!(clinic.rights.resume_unheld().await.unwrap(), 1);
        let (officer, request) = (&clinic.officer, clinic.officer.request());
        let done = clinic.rights.erasure(&officer.credential, request, held.id).await.unwrap();
        assert_eq!((done.state, done.items), (ErasureState::Done, 1));
        assert!(clinic.find("patient 1").await.is_err() && !is_there(&clinic, item));
        assert!(clinic.try_put("again", "patient 1").await.is_err(), "the mark was set when it began in earnest");
        assert!(matches!(lift(&clinic.team.owner, hold.id).await, Err(Error::Conflict(_))), "it ended by its date");
        // On one of two items: the person goes, the item stays with the ground and its end.
        let (kept, gone) = (clinic.put("kept", "patient 2").await, clinic.put("gone", "patient 2").await);
        place(&clinic, Covers::Item(kept), Some(HOUR)).await;
        let left = erase(&clinic, "patient 2").await.unwrap();
        assert_eq!((left.state, left.items), (ErasureState::Waiting, 1));
        assert_eq!((left.left[0].item, left.left[0].cause), (kept, Cause::LegalHold));
        assert!(left.left[0].until.is_some() && is_there(&clinic, kept) && !is_there(&clinic, gone));
        clinic.world.clock.advance(HOUR);
        assert_eq!(clinic.rights.resume_unheld().await.unwrap(), 1);
        assert!(!is_there(&clinic, kept));
    }

    async fn where_it_takes_two_one_asks_and_another_agrees(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let (owner, custody) = (&clinic.team.owner, &clinic.world.custody);
        let rule = HoldRule { two_people: true };
        let officer = &clinic.officer;
        let settled = custody.set_hold_rule(&officer.credential, officer.request(), rule).await;
        assert!(matches!(settled, Err(Error::Forbidden { .. })), "that is for owners and admins");
        custody.set_hold_rule(&owner.credential, owner.request(), rule).await.unwrap();
        let target = target(&clinic, 0).await;
        let hold = place(&clinic, Covers::Item(target.item), None).await;
        assert!(hold.two_people);
        // Settled otherwise later, it stays as it was placed.
        custody.set_hold_rule(&owner.credential, owner.request(), HoldRule::default()).await.unwrap();
        let asked = lift(officer, hold.id).await.unwrap();
        assert_eq!((asked.state, asked.lift_asked_by), (HoldState::LiftAsked, Some(officer.member)));
        try_to_end(&clinic, "deleted", &target).await;
        assert!(is_there(&clinic, target.item));
        let again = lift(officer, hold.id).await;
        assert!(matches!(again, Err(Error::Forbidden { ref reasons, .. }) if reasons.contains(&"limit.own-hold".to_owned())), "{again:?}");
        for class in [Class::User, Class::Worker, Class::Auditor] {
            let other = clinic.team.member(class).await;
            assert!(matches!(lift(&other, hold.id).await, Err(Error::Forbidden { .. })), "{class}");
        }
        let lifted = lift(owner, hold.id).await.unwrap();
        assert_eq!((lifted.state, lifted.lifted_by), (HoldState::Lifted, Some(owner.member)));
        assert!(matches!(lift(owner, hold.id).await, Err(Error::Conflict(_))));
        let page = PageRequest::first(10);
        let auditor = clinic.team.member(Class::Auditor).await;
        let listed = custody.legal_holds(&auditor.credential, auditor.request(), page).await.unwrap().items;
        assert_eq!((listed.len(), listed[0].reason.as_str(), listed[0].state), (1, "letter of the court", HoldState::Lifted));
        // Another team's are unknown.
        let rival = clinic.world.team("rival").await.owner;
        assert!(matches!(lift(&rival, hold.id).await, Err(Error::NotFound("hold"))));
        let foreign = NewLegalHold { covers: Covers::Item(target.item), reason: "theirs".into(), until: None, two_people: false };
        let foreign = custody.place_legal_hold(&rival.credential, rival.request(), foreign, None).await;
        assert!(matches!(foreign, Err(Error::NotFound("item"))), "{foreign:?}");
        clinic.world.by_sql("UPDATE legal_hold SET reason_sealed = $1", vec![Value::from(vec![0u8; 40])]).await;
        assert!(custody.legal_hold(&owner.credential, owner.request(), hold.id).await.is_err(), "the reason is sealed");
    }
}
