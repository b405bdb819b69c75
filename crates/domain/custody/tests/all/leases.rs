//! What a lease gives while it is live, and that nothing of it is left afterwards, on both engines.

use std::time::Duration;

use crate::site::*;
use access::Class;
use custody::Error;
use custody::item::{Filter, ItemStream, ListNames, NamedVersion, ReadItem, VersionCursor, VersionsShown};
use custody::task::Work;
use kernel::ItemId;
use testkit::Person;

const WITH_ORIGINALS: Work = Work {
    originals: true,
    ..WORK
};

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 31 % 251) as u8).collect()
}

async fn names(person: &Person, wanted: ListNames) -> Result<Vec<String>, Error> {
    let custody = person.custody();
    let page = custody
        .list_names(&person.credential, person.request(), scans(), wanted)
        .await?;
    Ok(page.entries.iter().map(|entry| entry.name().to_owned()).collect())
}

fn first(limit: u32) -> ListNames {
    ListNames {
        limit,
        ..ListNames::default()
    }
}

/// A stream of a large leased item, after its first piece.
async fn streaming(person: &Person, item: ItemId) -> ItemStream {
    let mut body = person
        .open(item, ReadItem::default())
        .await
        .unwrap()
        .body
        .unwrap();
    assert!(!body.next().await.unwrap().unwrap().is_empty());
    body
}

/// An id that is newer than all.
const LATER: &str = "ffffffff-ffff-7fff-bfff-ffffffffffff";

engines::on_both! {
    async fn a_lease_of_views_shows_what_an_item_is_and_not_its_bytes(db: TestDb) {
        let site = Site::with(db, 5, WORK).await;
        let wanda = site.worker().await;
        let task = lease(&wanda).await;
        let leased = task.items[0].item;
        assert_eq!(wanda.item(leased).await.unwrap().name, "0");
        let refused = wanda.get(leased).await;
        assert!(matches!(&refused, Err(Error::Forbidden { reasons, .. }) if reasons.contains(&"limit.originals".into())), "{refused:?}");
        submit(&wanda, task.id, leased).await.unwrap();
        assert!(matches!(wanda.item(leased).await, Err(Error::NotFound(_))), "submitted is not leased any more");
    }

    async fn a_lease_of_originals_gives_the_leased_bytes_and_no_others(db: TestDb) {
        let site = Site::with(db, 5, WITH_ORIGINALS).await;
        let (wanda, willi) = (site.worker().await, site.worker().await);
        let (task, his) = (lease(&wanda).await, lease(&willi).await);
        for item in items(&task) {
            assert_eq!(wanda.get(item).await.unwrap(), b"scan");
            assert!(matches!(willi.get(item).await, Err(Error::NotFound(_))));
        }
        assert!(matches!(wanda.get(his.items[0].item).await, Err(Error::NotFound(_))));
        // The lease is as it was taken, whatever the setting says later.
        site.set_work(Some(WORK)).await.unwrap();
        assert!(wanda.get(task.items[0].item).await.is_ok());
        site.world.clock.advance(LEASE);
        assert!(matches!(wanda.get(task.items[0].item).await, Err(Error::NotFound(_))));
    }

    async fn whoever_works_by_lease_lists_what_they_hold_and_nothing_else(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let wanda = site.worker().await;
        for name in ["b/1", "a/2", "c", "d", "a/1"] {
            site.put(name, b"scan").await;
        }
        assert!(matches!(list(&wanda, Filter::default()).await, Err(Error::NotFound(_))), "nothing leased, nothing there");
        assert!(matches!(names(&wanda, first(10)).await, Err(Error::NotFound(_))));
        let task = lease(&wanda).await;
        let listed = list(&wanda, Filter::default()).await.unwrap();
        assert_eq!(listed.iter().map(|item| item.id).collect::<Vec<_>>(), items(&task));
        assert_eq!(names(&wanda, first(10)).await.unwrap(), ["a/2", "b/1", "c"]);
        assert_eq!(names(&wanda, first(2)).await.unwrap(), ["a/2", "b/1"]);
        let after = ListNames { after: Some("b/1".into()), ..first(10) };
        assert_eq!(names(&wanda, after).await.unwrap(), ["c"]);
        let folded = ListNames { delimiter: Some("/".into()), ..first(10) };
        assert_eq!(names(&wanda, folded).await.unwrap(), ["a/", "b/", "c"]);
        let prefixed = ListNames { prefix: "a/".into(), ..first(10) };
        assert_eq!(names(&wanda, prefixed).await.unwrap(), ["a/2"]);
        let by_name = |name: &str| Filter { name: Some(name.into()), ..Filter::default() };
        assert_eq!(list(&wanda, by_name("c")).await.unwrap().len(), 1);
        assert_eq!(list(&wanda, by_name("d")).await.unwrap(), [], "a name that others hold");
        assert_eq!(list(&site.team.owner, Filter::default()).await.unwrap().len(), 5);
        skip(&wanda, task.id, task.items[0].item).await.unwrap();
        assert_eq!(names(&wanda, first(10)).await.unwrap(), ["a/2", "c"]);
    }

    async fn listing_versions_shows_leased_items_alone_whatever_the_cursor_says(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let wanda = site.worker().await;
        for name in ["a", "b", "c", "hidden"] {
            site.put(name, b"scan").await;
        }
        lease(&wanda).await;
        let versions = async |after: Option<VersionCursor>| {
            let custody = wanda.custody();
            let listed = custody.list_versions_by_name(&wanda.credential, wanda.request(), scans(), first(10), after).await;
            listed.unwrap().entries.iter().map(|entry| match entry {
                NamedVersion::Version { item, .. } => item.name.clone(),
                other => panic!("{other:?}"),
            }).collect::<Vec<_>>()
        };
        assert_eq!(versions(None).await, ["a", "b", "c"]);
        let guessed = VersionCursor { name: "hidden".into(), version: VersionsShown::DownTo(LATER.parse().unwrap()) };
        assert_eq!(versions(Some(guessed)).await, Vec::<String>::new());
    }

    async fn a_name_that_is_not_leased_answers_like_one_that_is_not_there(db: TestDb) {
        let site = Site::with(db, 4, WITH_ORIGINALS).await;
        let wanda = site.worker().await;
        lease(&wanda).await;
        let custody = wanda.custody();
        let told = async |name: &str| {
            let item = custody.item_named(&wanda.credential, wanda.request(), scans(), name, None).await;
            let read = custody.read_named(&wanda.credential, wanda.request(), scans(), name, ReadItem::default()).await;
            (item.map(drop).map_err(|error| error.to_string()), read.map(drop).map_err(|error| error.to_string()))
        };
        assert_eq!(told("0").await, (Ok(()), Ok(())));
        let (unleased, unknown) = (told("3").await, told("nowhere").await);
        assert_eq!(unleased, unknown);
        assert!(unleased.0.is_err() && unleased.1.is_err());
    }

    async fn a_lease_is_worth_nothing_without_the_dataset_or_the_member(db: TestDb) {
        let site = Site::with(db, 6, WITH_ORIGINALS).await;
        let (wanda, willi, owner) = (site.worker().await, site.worker().await, &site.team.owner);
        let (hers, his) = (lease(&wanda).await, lease(&willi).await);
        site.world.custody.end_grant(&owner.credential, owner.request(), scans(), wanda.member).await.unwrap();
        assert!(matches!(wanda.get(hers.items[0].item).await, Err(Error::NotFound(_))));
        assert!(matches!(list(&wanda, Filter::default()).await, Err(Error::NotFound(_))));
        site.world.custody.disable_member(&owner.credential, owner.request(), willi.member).await.unwrap();
        assert!(matches!(willi.get(his.items[0].item).await, Err(Error::Unauthenticated)));
        // Nobody waits for them: his task ended with him, and a manager takes hers away.
        let manager = site.granted(Class::WorkforceManager).await;
        assert!(matches!(end(&manager, his.id).await, Err(Error::Conflict(_))));
        end(&manager, hers.id).await.unwrap();
        assert_eq!(lease(&site.worker().await).await.items.len(), 3);
        assert_eq!(lease(&site.worker().await).await.items.len(), 3);
    }

    async fn a_stream_stops_with_the_lease_however_it_ends(db: TestDb) {
        let site = Site::with(db, 0, Work { batch: 1, ..WITH_ORIGINALS }).await;
        let (wanda, owner) = (site.worker().await, &site.team.owner);
        let video = site.put("video", &content(20_000_000)).await;
        let stopped = async |mut body: ItemStream| matches!(body.next().await, Some(Err(Error::NotFound("item"))));

        let task = lease(&wanda).await;
        let (body, owners) = (streaming(&wanda, video).await, streaming(owner, video).await);
        give_back(&wanda, task.id).await.unwrap();
        assert!(stopped(body).await, "given back");

        let task = lease(&wanda).await;
        let body = streaming(&wanda, video).await;
        end(owner, task.id).await.unwrap();
        assert!(stopped(body).await, "taken away");

        lease(&wanda).await;
        let body = streaming(&wanda, video).await;
        site.world.clock.advance(LEASE);
        assert!(stopped(body).await, "run out");

        let task = lease(&wanda).await;
        let body = streaming(&wanda, video).await;
        submit(&wanda, task.id, video).await.unwrap();
        assert!(stopped(body).await, "submitted");
        let mut owners = owners;
        assert!(owners.next().await.unwrap().is_ok(), "who needs no lease reads on");
    }

    async fn another_node_learns_that_a_lease_has_ended(db: TestDb) {
        let site = Site::with(db, 0, WITH_ORIGINALS).await;
        let wanda = site.worker().await;
        let video = site.put("video", &content(20_000_000)).await;
        let other = site.world.reopened_with(site.world.root_key());
        let task = lease(&wanda).await;
        let mut body = streaming(&wanda.at(&other), video).await;
        assert_eq!(other.watch_live_keys().await.unwrap(), 0);
        give_back(&wanda, task.id).await.unwrap();
        assert_eq!(other.watch_live_keys().await.unwrap(), 1);
        assert!(matches!(body.next().await, Some(Err(Error::NotFound("item")))));

        lease(&wanda).await;
        let mut body = streaming(&wanda.at(&other), video).await;
        let owner = &site.team.owner;
        site.world.custody.end_grant(&owner.credential, owner.request(), scans(), wanda.member).await.unwrap();
        assert_eq!(other.watch_live_keys().await.unwrap(), 1, "so does losing the dataset");
        assert!(matches!(body.next().await, Some(Err(_))));
        site.world.clock.advance(Duration::from_secs(1));
        assert_eq!(other.watch_live_keys().await.unwrap(), 0);
    }
}
