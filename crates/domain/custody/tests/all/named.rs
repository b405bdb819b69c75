//! Names by ids: of what there is, and of what the caller may know of.

use crate::site::*;
use access::Class;
use custody::Error;
use custody::dataset::State;
use custody::item::{Filter, Item, Verb};
use custody::member::MOST_NAMED;
use kernel::{DatasetId, ItemId, MemberId, Page, PageRequest, SystemRandom, Timestamp};
use testkit::Person;

async fn named(person: &Person, members: &[MemberId]) -> custody::Result<Vec<String>> {
    let custody = person.custody();
    let found = custody.members_named(&person.credential, person.request(), members.to_vec());
    found.await.map(|names| names.into_values().collect())
}

fn ids(page: &Page<Item>) -> Vec<ItemId> {
    page.items.iter().map(|item| item.id).collect()
}

async fn datasets(person: &Person, ids: &[DatasetId]) -> custody::Result<Vec<String>> {
    let custody = person.custody();
    let found = custody.datasets_named(&person.credential, person.request(), ids.to_vec());
    found.await.map(|names| names.into_values().collect())
}

engines::on_both! {
    async fn members_are_named_by_id_and_found_by_address_within_their_team(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let (owner, custody) = (&site.team.owner, &site.world.custody);
        let mut ids = vec![owner.member];
        for _ in 0..40 {
            ids.push(site.team.member(Class::Worker).await.member);
        }
        let other = site.world.team("elsewhere").await;
        ids.push(other.owner.member);
        ids.push(MemberId::make(Timestamp::from_micros(1), &SystemRandom));
        let names = named(owner, &ids).await.unwrap();
        assert_eq!(names.len(), 41, "all of the team, and nobody else");
        assert!(names.contains(&"Olivia Owner of clinic".to_owned()), "{names:?}");
        assert!(named(owner, &[]).await.unwrap().is_empty());

        let at = async |email: &str| custody.member_at(&owner.credential, owner.request(), email).await.unwrap();
        assert_eq!(at(" Olivia@CLINIC.example").await.unwrap().id, owner.member);
        assert!(at("olivia@elsewhere.example").await.is_none());
        let worker = site.worker().await;
        assert!(matches!(named(&worker, &ids).await, Err(Error::Forbidden { .. })));
        let found = custody.member_at(&worker.credential, worker.request(), "olivia@clinic.example").await;
        assert!(matches!(found, Err(Error::Forbidden { .. })));
        let many = vec![owner.member; MOST_NAMED + 1];
        assert!(matches!(named(owner, &many).await, Err(Error::Invalid { .. })));
    }

    async fn items_are_listed_by_their_ids_in_order_and_by_pages(db: TestDb) {
        let site = Site::with(db, 5, WORK).await;
        let owner = &site.team.owner;
        let all: Vec<_> = list(owner, Filter::default()).await.unwrap().into_iter().map(|item| item.id).collect();
        let elsewhere = owner.dataset("elsewhere").await.unwrap();
        let other = owner.put("elsewhere", "6", b"scan").await.unwrap().item.id;
        let wanted = Filter { items: Some(vec![all[4], other, all[1], all[3], all[1]]), ..Filter::default() };
        let page = |after| {
            let page = PageRequest { after, ..PageRequest::first(2) };
            site.world.custody.list_items(&owner.credential, owner.request(), scans(), wanted.clone(), page)
        };
        let first = page(None).await.unwrap();
        assert_eq!(ids(&first), [all[1], all[3]]);
        let last = page(first.next).await.unwrap();
        assert_eq!((ids(&last), last.next.is_some()), (vec![all[4]], false), "none of {}", elsewhere.name);
        owner.change(all[3], Verb::Archive).await.unwrap();
        let active = Filter { state: Some(State::Active), ..wanted.clone() };
        assert_eq!(list(owner, active).await.unwrap().len(), 2);

        let worker = site.worker().await;
        let task = lease(&worker).await;
        let leased = Filter { items: Some(all.clone()), ..Filter::default() };
        let seen: Vec<_> = list(&worker, leased).await.unwrap().into_iter().map(|item| item.id).collect();
        let mut held = items(&task);
        held.sort();
        assert_eq!(seen, held, "a worker sees what they hold");
    }

    async fn datasets_are_named_to_those_who_may_know_of_them(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let owner = &site.team.owner;
        let given = owner.dataset("given").await.unwrap().id;
        let kept = owner.dataset("kept").await.unwrap().id;
        let other = site.world.team("elsewhere").await.owner.dataset("theirs").await.unwrap().id;
        assert_eq!(datasets(owner, &[given, kept, other]).await.unwrap(), ["given", "kept"]);
        let manager = site.team.member(Class::WorkforceManager).await;
        let terms = custody::dataset::GrantTerms::default();
        let reference = custody::dataset::DatasetRef::Id(given);
        site.world.custody.give_grant(&owner.credential, owner.request(), reference, manager.member, terms).await.unwrap();
        assert_eq!(datasets(&manager, &[given, kept]).await.unwrap(), ["given"]);
        assert!(matches!(datasets(&site.worker().await, &[given]).await, Err(Error::Forbidden { .. })));
    }
}
