//! What people keep asking annotation tools for, each as a test of its own, on both engines (`docs/asked-for.md`).

use std::collections::BTreeSet;
use std::io::Cursor;
use std::time::Duration;

use crate::site::*;
use access::{Action, Class};
use custody::annotations::Format;
use custody::dataset::{DatasetChange, DatasetRef, GrantTerms};
use custody::item::{Filter, ListNames};
use custody::task::{Share, Verdict, Work};
use custody::trail::TrailFilter;
use custody::{Error, Result};
use image::{DynamicImage, ImageFormat, RgbImage};
use kernel::{ItemId, PageRequest};
use rendering::View;
use testkit::Person;

const WITH_ORIGINALS: Work = Work {
    originals: true,
    ..WORK
};

fn picture() -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = DynamicImage::ImageRgb8(RgbImage::new(64, 48));
    picture
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
        .unwrap();
    bytes
}

async fn looks(person: &Person, item: ItemId) -> Result<Option<String>> {
    let custody = person.custody();
    let seen = custody.look(&person.credential, person.request(), item, None, View::default());
    Ok(seen.await?.mark)
}

async fn names(person: &Person) -> Result<BTreeSet<String>> {
    let wanted = ListNames {
        limit: 100,
        ..ListNames::default()
    };
    let custody = person.custody();
    let page = custody
        .list_names(&person.credential, person.request(), scans(), wanted)
        .await?;
    Ok(page.entries.iter().map(|entry| entry.name().to_owned()).collect())
}

async fn datasets(person: &Person) -> Vec<String> {
    let (custody, page) = (person.custody(), PageRequest::first(100));
    let listed = custody
        .list_datasets(&person.credential, person.request(), page)
        .await;
    listed
        .map(|page| page.items.into_iter().map(|it| it.name).collect())
        .unwrap_or_default()
}

engines::on_both! {
    async fn a_worker_sees_what_they_work_on_and_nothing_else(db: TestDb) {
        let site = Site::with(db, 5, WITH_ORIGINALS).await;
        let wanda = site.worker().await;
        let task = lease(&wanda).await;
        let listed = list(&wanda, Filter::default()).await.unwrap();
        assert_eq!(listed.iter().map(|it| it.id).collect::<Vec<_>>(), items(&task));
        for item in list(&site.team.owner, Filter::default()).await.unwrap() {
            let mine = items(&task).contains(&item.id);
            assert_eq!((wanda.item(item.id).await.is_ok(), wanda.get(item.id).await.is_ok()), (mine, mine));
        }
    }

    async fn looking_is_not_taking(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let item = site.put("a.png", &picture()).await;
        let (mia, wanda) = (site.granted(Class::WorkforceManager).await, site.worker().await);
        lease(&wanda).await;
        for person in [&mia, &wanda] {
            assert!(looks(person, item).await.unwrap().is_some(), "marked with their name");
            assert!(matches!(person.get(item).await, Err(Error::Forbidden { .. })), "{}", person.class);
        }
    }

    async fn what_cannot_be_taken_cannot_be_exported_either(db: TestDb) {
        let site = Site::with(db, 1, WORK).await;
        let (mia, wanda) = (site.granted(Class::WorkforceManager).await, site.worker().await);
        lease(&wanda).await;
        let export = async |person: &Person| {
            let custody = person.custody();
            custody.export_annotations(&person.credential, person.request(), scans(), Format::Coco, None).await.map(drop)
        };
        for person in [&mia, &wanda] {
            assert!(matches!(export(person).await, Err(Error::Forbidden { .. })), "{}", person.class);
        }
        assert!(export(&site.team.owner).await.is_ok());
    }

    async fn who_was_not_given_a_dataset_does_not_learn_that_it_is_there(db: TestDb) {
        let site = Site::with(db, 1, WORK).await;
        site.team.owner.dataset("others").await.unwrap();
        let mia = site.granted(Class::WorkforceManager).await;
        assert_eq!(datasets(&mia).await, ["scans"]);
        let custody = mia.custody();
        let told = async |name: &str| {
            let seen = custody.dataset(&mia.credential, mia.request(), DatasetRef::parse(name)).await;
            seen.unwrap_err().to_string()
        };
        assert_eq!(told("others").await, told("nowhere").await);
    }

    async fn everybody_has_the_rights_of_their_class_and_no_others(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let item = site.put("a.png", &picture()).await;
        let rights = [
            // Looks, takes, puts.
            (Class::Admin, true, true, true), (Class::User, true, true, true), (Class::WorkforceManager, true, false, false),
            (Class::Worker, false, false, false), (Class::Auditor, false, false, false), (Class::PrivacyOfficer, true, true, false),
        ];
        for (class, sees, takes, puts) in rights {
            let person = site.granted(class).await;
            let did = (looks(&person, item).await.is_ok(), person.get(item).await.is_ok(), person.put("scans", &format!("by {class}"), b"x").await.is_ok());
            assert_eq!(did, (sees, takes, puts), "{class}");
        }
    }

    async fn work_is_handed_to_this_person_and_taken_away_again(db: TestDb) {
        let site = Site::with(db, 3, WORK).await;
        let (mia, wanda, willi) = (site.granted(Class::WorkforceManager).await, site.worker().await, site.worker().await);
        let wanted = site.put("for her", b"scan").await;
        let task = assign(&mia, &wanda, Share::Items(vec![wanted])).await.unwrap().unwrap();
        assert!(wanda.item(wanted).await.is_ok() && willi.item(wanted).await.is_err());
        end(&mia, task.id).await.unwrap();
        assert!(wanda.item(wanted).await.is_err());
        assert!(assign(&mia, &willi, Share::Items(vec![wanted])).await.unwrap().is_some());
    }

    async fn two_people_never_work_on_the_same_item(db: TestDb) {
        let site = Site::with(db, 24, WORK).await;
        let mut asking = Vec::new();
        for _ in 0..8 {
            let worker = site.worker().await;
            asking.push(tokio::spawn(async move { items(&lease(&worker).await) }));
        }
        let mut leased = Vec::new();
        for asked in asking {
            leased.extend(asked.await.unwrap());
        }
        assert_eq!((leased.len(), leased.iter().collect::<BTreeSet<_>>().len()), (24, 24));
    }

    async fn access_ends_by_itself(db: TestDb) {
        let site = Site::with(db, 3, WITH_ORIGINALS).await;
        let (owner, wanda, mia) = (&site.team.owner, site.worker().await, site.granted(Class::WorkforceManager).await);
        let until = Some(site.world.custody.desk().clock.now().plus(Duration::from_secs(60)));
        let (custody, terms) = (&site.world.custody, GrantTerms { ends_at: until });
        custody.give_grant(&owner.credential, owner.request(), scans(), mia.member, terms).await.unwrap();
        let task = lease(&wanda).await;
        assert!(list(&mia, Filter::default()).await.is_ok() && wanda.get(task.items[0].item).await.is_ok());
        site.world.clock.advance(Duration::from_secs(61));
        assert!(matches!(list(&mia, Filter::default()).await, Err(Error::NotFound(_))), "the grant");
        site.world.clock.advance(LEASE);
        assert!(matches!(wanda.get(task.items[0].item).await, Err(Error::NotFound(_))), "the lease");
        let grants = custody.list_grants(&owner.credential, owner.request(), scans(), PageRequest::first(10)).await.unwrap();
        let hers = grants.items.iter().find(|grant| grant.member == mia.member).unwrap();
        assert!(!hers.live, "and is listed as ended");
    }

    async fn who_opened_what_is_on_record(db: TestDb) {
        let site = Site::with(db, 0, WITH_ORIGINALS).await;
        let item = site.put("a.png", &picture()).await;
        let wanda = site.worker().await;
        let task = lease(&wanda).await;
        looks(&wanda, item).await.unwrap();
        wanda.get(item).await.unwrap();
        let willi = site.worker().await;
        assert!(willi.get(item).await.is_err());
        let filter = TrailFilter { item: Some(item), ..TrailFilter::default() };
        let told = site.team.owner.trail(filter).await.unwrap();
        for action in [Action::ItemView, Action::ItemDownload] {
            let entry = told.iter().find(|entry| entry.event["action"] == action.as_str() && entry.event["outcome"] == "done");
            let entry = entry.unwrap();
            assert_eq!(entry.event["actor"]["member"], wanda.member.to_string(), "{action}: {}", entry.event);
            assert_eq!(entry.event["details"]["task"], task.id.to_string());
        }
        let refused = TrailFilter { action: Some(Action::ItemDownload.to_string()), ..TrailFilter::default() };
        let refused = site.team.owner.trail(refused).await.unwrap();
        assert!(refused.iter().any(|entry| entry.event["outcome"] == "refused"), "attempts, too");
        let custody = &site.world.custody;
        let (owner, page) = (&site.team.owner, PageRequest::first(100));
        let who = custody.who_sees_item(&owner.credential, owner.request(), item, page).await.unwrap();
        assert!(who.items.iter().any(|seer| seer.member == wanda.member), "and who could open it can be asked");
    }

    async fn every_door_shows_a_person_the_same_items(db: TestDb) {
        let site = Site::with(db, 5, WORK).await;
        let (mia, wanda, willi) = (site.granted(Class::WorkforceManager).await, site.worker().await, site.worker().await);
        let task = lease(&wanda).await;
        assert_eq!(names(&mia).await.unwrap().len(), 5);
        let by_age: BTreeSet<String> = list(&wanda, Filter::default()).await.unwrap().into_iter().map(|it| it.name).collect();
        assert_eq!((names(&wanda).await.unwrap(), by_age.len()), (by_age, task.items.len()));
        assert!(names(&willi).await.is_err() && list(&willi, Filter::default()).await.is_err());
    }

    async fn somebody_else_reviews_and_nobody_sees_the_figures_of_others(db: TestDb) {
        let site = Site::with(db, 3, WORK).await;
        let (owner, custody) = (&site.team.owner, &site.world.custody);
        let change = DatasetChange { review: Some(true), ..DatasetChange::default() };
        custody.change_dataset(&owner.credential, owner.request(), scans(), change).await.unwrap();
        let (mia, wanda, willi) = (site.granted(Class::WorkforceManager).await, site.worker().await, site.worker().await);
        let task = lease(&wanda).await;
        let item = task.items[0].item;
        submit(&wanda, task.id, item).await.unwrap();
        let review = async |by: &Person| {
            custody.review(&by.credential, by.request(), task.id, item, Verdict::Approve).await
        };
        assert!(review(&wanda).await.is_err() && review(&willi).await.is_err());
        assert_eq!(review(&mia).await.unwrap().approved, 1);
        let figures = async |by: &Person| {
            let listed = custody.figures(&by.credential, by.request(), Some(scans()), PageRequest::first(10)).await;
            listed.unwrap().items.into_iter().map(|it| it.member).collect::<Vec<_>>()
        };
        assert_eq!(figures(&mia).await, [wanda.member]);
        assert_eq!((figures(&wanda).await, figures(&willi).await), (vec![wanda.member], vec![]));
    }
}
