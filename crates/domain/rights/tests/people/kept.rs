//! How long things are kept: announced, archived, deleted, on time and not before; and what wins over a rule.

use custody::dataset::DatasetRef;
use custody::item::{State, Verb};
use custody::retention::{Because, CountsFrom, Due, KeptBy, Notice, Retention, Round, Rule};
use custody::{Error, Result};
use kernel::{Clock as _, ItemId, PageRequest};
use rights::RestrictionGround;
use std::time::Duration;
use store::params;

use super::clinic::{Clinic, because, notes};

const DAY: Duration = Duration::from_secs(86_400);

async fn settle(clinic: &Clinic, rules: &[Rule], archive_days: Option<u32>) -> Result<Retention> {
    let (owner, rules) = (&clinic.team.owner, rules.to_vec());
    let wanted = Retention { rules, archive_days };
    let custody = &clinic.world.custody;
    custody
        .set_dataset_retention(&owner.credential, owner.request(), notes(), wanted)
        .await
}

fn rule(days: u32, counts_from: CountsFrom) -> Rule {
    Rule {
        days,
        counts_from,
        notice_days: 7,
        ..Rule::default()
    }
}

async fn round(clinic: &Clinic) -> (u64, u64, u64) {
    let Round {
        announced,
        archived,
        deleted,
    } = clinic.world.custody.keep_retention().await.unwrap();
    (announced, archived, deleted)
}

async fn due(clinic: &Clinic, in_days: u32) -> Vec<Due> {
    let (officer, mut page, mut all) = (&clinic.officer, PageRequest::first(2), Vec::new());
    let by = clinic.world.clock.now().plus(DAY * in_days);
    loop {
        let custody = &clinic.world.custody;
        let found =
            custody.preview_retention(&officer.credential, officer.request(), notes(), Some(by), page);
        let found = found.await.unwrap();
        all.extend(found.items);
        match found.next {
            None => return all,
            next => {
                page = PageRequest {
                    after: next,
                    ..PageRequest::first(2)
                }
            }
        }
    }
}

async fn notices(clinic: &Clinic) -> Vec<Notice> {
    let owner = &clinic.team.owner;
    let page = PageRequest::first(10);
    let listed = clinic
        .world
        .custody
        .retention_notices(&owner.credential, owner.request(), page);
    listed.await.unwrap().items
}

/// Items in use, and archived ones.
fn counts(clinic: &Clinic) -> (i64, i64) {
    let count = |state: &'static str| {
        let sql = "SELECT count(*) FROM item WHERE state = $1";
        let counted = clinic
            .world
            .database()
            .read_blocking(move |tx| tx.one(sql, params![state])?.get::<i64>(0));
        counted.unwrap()
    };
    (count("active"), count("archived"))
}

engines::on_both! {
    async fn what_is_past_its_time_is_announced_archived_and_deleted(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let (world, owner) = (&clinic.world, &clinic.team.owner);
        let early = clinic.put("early", "patient 1").await;
        world.clock.advance(5 * DAY);
        let late = clinic.put("late", "patient 1").await;
        settle(&clinic, &[rule(10, CountsFrom::Put)], None).await.unwrap();
        let seen = due(&clinic, 5).await;
        assert_eq!((seen.len(), seen[0].item, seen[0].because, seen[0].kept_by), (1, early, Because::DatasetRule, None));
        assert_eq!(due(&clinic, 10).await.len(), 2);
        // Announced once, and not again the same day; what is announced is not archived before the notice is over.
        assert_eq!(round(&clinic).await, (1, 0, 0));
        assert_eq!(round(&clinic).await, (0, 0, 0));
        assert_eq!((notices(&clinic).await.len(), notices(&clinic).await[0].items), (1, 1));
        world.clock.advance(6 * DAY);
        assert_eq!(round(&clinic).await, (1, 0, 0), "early is past its time, and its notice is not over");
        world.clock.advance(2 * DAY);
        assert_eq!(round(&clinic).await, (0, 1, 0));
        assert_eq!(owner.item(early).await.unwrap().state, State::Archived);
        // It can be brought back for thirty days; late goes when its own notice is over.
        world.clock.advance(2 * DAY + DAY / 2);
        assert_eq!(round(&clinic).await, (0, 0, 0));
        world.clock.advance(3 * DAY);
        assert_eq!(round(&clinic).await, (0, 1, 0));
        world.clock.advance(24 * DAY);
        assert_eq!(round(&clinic).await, (0, 0, 0));
        owner.change(late, Verb::Restore).await.unwrap();
        assert_eq!(due(&clinic, 0).await.len(), 2, "brought back, it is past its time all the same");
        world.clock.advance(2 * DAY);
        assert_eq!(round(&clinic).await, (0, 1, 1), "late is archived anew, and early is gone");
        assert_eq!(counts(&clinic), (0, 1));
        let trail = owner.trail(Default::default()).await.unwrap();
        let text = serde_json::to_string(&trail).unwrap();
        assert!(text.contains("lifecycle.run") && text.contains("dataset-rule") && text.contains("keys"), "{text}");
        let noted = world.database().read_blocking(|tx| tx.one("SELECT count(*) FROM erasure WHERE kind = 'item'", &[])?.get::<i64>(0));
        assert_eq!(noted.unwrap(), 1, "a restored backup is told");
    }

    async fn holds_restrictions_and_what_counts_later_keep_things(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let (world, owner, officer) = (&clinic.world, &clinic.team.owner, &clinic.officer);
        let mut rule = rule(10, CountsFrom::LastVersion);
        rule.notice_days = 0;
        rule.ground = Some("they are kept up to date".into());
        settle(&clinic, &[rule], Some(5)).await.unwrap();
        for (name, patient) in [("plain", "patient 1"), ("restricted", "patient 2"), ("held", "patient 3"), ("renewed", "patient 4")] {
            clinic.put(name, patient).await;
        }
        let restricted = clinic.id("patient 2").await;
        let request = because(officer, "they dispute it");
        clinic.rights.restrict(&officer.credential, request, restricted, RestrictionGround::Accuracy).await.unwrap();
        let hold = custody::legal_hold::NewLegalHold {
            covers: custody::legal_hold::Covers::Subject(clinic.id("patient 3").await),
            reason: "letter".into(), until: None, two_people: false,
        };
        world.custody.place_legal_hold(&officer.credential, officer.request(), hold, None).await.unwrap();
        world.clock.advance(6 * DAY);
        clinic.put("renewed", "patient 4").await;
        world.clock.advance(6 * DAY);
        assert_eq!(round(&clinic).await, (0, 1, 0));
        let seen = due(&clinic, 0).await;
        let kept: Vec<_> = seen.iter().filter_map(|due| due.kept_by).collect();
        assert_eq!((seen.len(), kept), (3, vec![KeptBy::Restriction, KeptBy::Hold]));
        world.clock.advance(5 * DAY);
        assert_eq!(round(&clinic).await, (0, 1, 1), "renewed is archived, plain is gone");
        world.clock.advance(60 * DAY);
        round(&clinic).await;
        assert_eq!(counts(&clinic), (2, 0), "what is held and what is restricted stays");
        // What people archive goes with the window, too, where somebody settled one.
        let put_aside = clinic.put("put aside", "patient 5").await;
        settle(&clinic, &[], Some(5)).await.unwrap();
        owner.change(put_aside, Verb::Archive).await.unwrap();
        world.clock.advance(4 * DAY);
        assert_eq!(round(&clinic).await.2, 0);
        let by_window = due(&clinic, 2).await;
        assert!(by_window.iter().any(|due| due.item == put_aside && due.because == Because::ArchiveWindow), "{by_window:?}");
        world.clock.advance(2 * DAY);
        assert_eq!(round(&clinic).await.2, 1);
    }

    async fn longer_takes_a_ground_and_many_go_in_batches(db: TestDb) {
        let clinic = Clinic::on(db).await;
        let (world, owner) = (&clinic.world, &clinic.team.owner);
        // The contract says 365 days.
        let longer = settle(&clinic, &[rule(400, CountsFrom::Put)], None).await;
        assert!(matches!(longer, Err(Error::Invalid { field: "ground", .. })), "{longer:?}");
        let later = settle(&clinic, &[rule(300, CountsFrom::LastVersion)], None).await;
        assert!(matches!(later, Err(Error::Invalid { field: "ground", .. })), "{later:?}");
        let with_ground = Rule { ground: Some("tax law, ten years".into()), ..rule(3_650, CountsFrom::Put) };
        settle(&clinic, std::slice::from_ref(&with_ground), None).await.unwrap();
        let read = world.custody.dataset_retention(&owner.credential, owner.request(), notes()).await.unwrap();
        assert_eq!(read.rules, [with_ground]);
        let twice = settle(&clinic, &[rule(1, CountsFrom::Put), rule(2, CountsFrom::Put)], None).await;
        assert!(matches!(twice, Err(Error::Invalid { field: "rules", .. })));
        settle(&clinic, &[], None).await.unwrap();
        let made: Vec<ItemId> = {
            let mut made = Vec::new();
            for number in 0..130 {
                made.push(owner.put("notes", &format!("{number}"), b"x").await.unwrap().item.id);
            }
            made
        };
        assert_eq!(due(&clinic, 366).await[0].because, Because::Contract);
        let mut rule = rule(1, CountsFrom::Put);
        rule.notice_days = 0;
        settle(&clinic, &[rule], Some(1)).await.unwrap();
        world.clock.advance(2 * DAY);
        assert_eq!(round(&clinic).await, (0, 130, 0), "in two transactions");
        world.clock.advance(2 * DAY);
        // Broken off in the middle: another node has the lease until it runs out, and goes on afterwards.
        world.by_sql("INSERT INTO lease (name, holder, fence, until_at) VALUES ('lifecycle', 'gone', 7, $1) \
            ON CONFLICT (name) DO UPDATE SET holder = 'gone', fence = lease.fence + 1, until_at = $1",
            vec![store::Value::from(world.clock.now().plus(DAY))]).await;
        assert_eq!(round(&clinic).await, (0, 0, 0));
        owner.change(made[0], Verb::Delete).await.unwrap();
        world.clock.advance(DAY);
        assert_eq!(round(&clinic).await, (0, 0, 129));
        assert_eq!(counts(&clinic), (0, 0));
        // Where nothing of the installation's opens the key, things go all the same.
        let lab = world.customer_held_team("lab").await;
        lab.owner.dataset("notes").await.unwrap();
        let item = lab.owner.put("notes", "one", b"x").await.unwrap().item.id;
        let kept = lab.owner.put("notes", "two", b"x").await.unwrap().item.id;
        let of_lab = Retention { rules: vec![Rule { days: 1, notice_days: 0, ..Rule::default() }], archive_days: Some(1) };
        world.custody.set_dataset_retention(&lab.owner.credential, lab.owner.request(), DatasetRef::parse("notes"), of_lab).await.unwrap();
        world.custody.change_hold(&lab.owner.credential, lab.owner.request(), DatasetRef::parse("notes"), "two", None,
            custody::item::HoldChange::Legal(true)).await.unwrap();
        for expected in [(0, 1, 0), (0, 0, 1)] {
            world.clock.advance(2 * DAY);
            assert_eq!(round(&clinic).await, expected);
        }
        assert!(lab.owner.item(item).await.is_err());
        assert_eq!(lab.owner.get(kept).await.unwrap(), b"x");
    }
}
