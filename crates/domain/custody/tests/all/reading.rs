//! Datasets that ask why they are read, on both engines.

use crate::site::*;
use access::Class;
use custody::dataset::{DatasetChange, Reading};
use custody::item::{ReadItem, Target};
use custody::task::Work;
use custody::trail::TrailFilter;
use custody::{Error, Result};
use kernel::ItemId;
use operation::Request;
use testkit::{Person, pieces};

const WITH_ORIGINALS: Work = Work {
    originals: true,
    ..WORK
};

async fn ask(site: &Site, rule: Option<Reading>) -> Result<Option<Reading>> {
    let owner = &site.team.owner;
    let change = DatasetChange {
        reading: Some(rule),
        ..DatasetChange::default()
    };
    let custody = owner.custody();
    let changed = custody.change_dataset(&owner.credential, owner.request(), scans(), change);
    changed.await.map(|dataset| dataset.reading)
}

fn care() -> Reading {
    Reading {
        reasons: vec!["care".into()],
        note: false,
    }
}

async fn read_for(person: &Person, item: ItemId, reason: &str) -> Result<()> {
    let request = Request {
        reason: Some(reason.into()),
        ..person.request()
    };
    let custody = person.custody();
    let read = custody.read(&person.credential, request, item, ReadItem::default());
    read.await.map(drop)
}

fn is_asked(result: Result<impl Sized>) -> bool {
    matches!(result, Err(Error::NoReason { reason: "reading.reason", says }) if says.contains("one of care"))
}

engines::on_both! {
    async fn whoever_reads_says_why_but_for_whom_a_lease_says_it(db: TestDb) {
        let site = Site::with(db, 1, WITH_ORIGINALS).await;
        let (owner, wanda) = (&site.team.owner, site.worker().await);
        assert_eq!(ask(&site, Some(care())).await.unwrap(), Some(care()));
        let leased = lease(&wanda).await.items[0].item;
        for reader in [owner, &site.granted(Class::User).await, &site.granted(Class::PrivacyOfficer).await] {
            assert!(is_asked(reader.get(leased).await), "{}", reader.class);
            assert!(is_asked(read_for(reader, leased, "curiosity").await), "{}", reader.class);
            read_for(reader, leased, "care").await.unwrap();
        }
        assert_eq!(wanda.get(leased).await.unwrap(), b"scan", "the task says why");
        let stranger = site.team.member(Class::Worker).await;
        assert!(matches!(read_for(&stranger, leased, "care").await, Err(Error::NotFound(_))), "a reason is no right");
        let head = ReadItem { head: true, ..ReadItem::default() };
        owner.open(leased, head).await.unwrap();
        let put = custody::item::PutItem::file(Target::Item(leased), "text/plain");
        owner.put_as(put, pieces(b"better")).await.unwrap();
        let refused = TrailFilter { item: Some(leased), outcome: Some("refused".into()), ..TrailFilter::default() };
        let refused: Vec<_> = owner.trail(refused).await.unwrap().into_iter().map(|entry| entry.event).collect();
        let told = |event: &&serde_json::Value| event["details"]["reasons"][0] == "reading.reason";
        assert_eq!(refused.iter().filter(told).count(), 6, "{refused:?}");
        assert!(refused.iter().any(|event| event["reason"] == "curiosity"));
        let done = TrailFilter { action: Some("item.download".into()), outcome: Some("done".into()), ..TrailFilter::default() };
        let done = owner.trail(done).await.unwrap();
        assert_eq!(done.iter().filter(|entry| entry.event["reason"] == "care").count(), 3);
        let changed = TrailFilter { action: Some("dataset.change".into()), ..TrailFilter::default() };
        assert_eq!(owner.trail(changed).await.unwrap()[0].event["details"]["reading"]["reasons"][0], "care");
        assert_eq!(ask(&site, None).await.unwrap(), None);
        owner.get(leased).await.unwrap();
    }
}
