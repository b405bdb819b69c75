//! Who can see what: compared with everybody trying everything, on both engines.

use crate::site::*;
use access::{Action, Class};
use custody::annotations::{Basis, NewAnnotations, Set, WhichSet};
use custody::dataset::{DatasetRef, GrantTerms};
use custody::item::{ReadItem, Verb};
use custody::sight::{Seen, Seer};
use custody::task::Work;
use custody::{Error, Result};
use kernel::{ItemId, MemberId, Page, PageRequest};
use testkit::Person;

/// What somebody can do, found by doing it. Nothing of it changes anything: the annotation fails, if at all it may be said,
/// for it names a version that there is not.
async fn tried(person: &Person, item: ItemId) -> Vec<Action> {
    let (custody, credential) = (person.custody(), &person.credential);
    let elsewhere = "0198f0c2-7d3a-7c11-9b1e-5f6a7b8c9d0e".parse().unwrap();
    let new = NewAnnotations {
        set: Set::default(),
        basis: Basis::Nothing,
        version: Some(elsewhere),
    };
    let browses = custody.item(credential, person.request(), item).await.map(drop);
    let views = custody
        .annotations(credential, person.request(), item, WhichSet::Newest)
        .await
        .map(drop);
    let head = ReadItem {
        head: true,
        ..ReadItem::default()
    };
    let downloads = custody
        .read(credential, person.request(), item, head)
        .await
        .map(drop);
    let annotates = custody
        .annotate(credential, person.request(), item, new)
        .await
        .map(drop);
    let annotates = match annotates {
        Err(Error::ConditionFailed) => Ok(()),
        other => other,
    };
    let tried = [
        (Action::ItemBrowse, browses),
        (Action::ItemView, views),
        (Action::ItemDownload, downloads),
        (Action::ItemAnnotate, annotates),
    ];
    tried
        .into_iter()
        .filter_map(|(action, did)| did.ok().map(|()| action))
        .collect()
}

/// Of what is answered, what was tried.
fn of_tried(actions: &[Action]) -> Vec<Action> {
    let tried = [
        Action::ItemBrowse,
        Action::ItemView,
        Action::ItemDownload,
        Action::ItemAnnotate,
    ];
    actions
        .iter()
        .copied()
        .filter(|action| tried.contains(action))
        .collect()
}

async fn all<T, F>(ask: impl Fn(PageRequest) -> F) -> Result<Vec<T>>
where
    F: Future<Output = Result<Page<T>>>,
{
    let (mut found, mut page) = (Vec::new(), PageRequest::first(2));
    loop {
        let listed = ask(page.clone()).await?;
        found.extend(listed.items);
        match listed.next {
            Some(next) => page.after = Some(next),
            None => return Ok(found),
        }
    }
}

async fn who(by: &Person, item: ItemId) -> Result<Vec<Seer>> {
    let custody = by.custody();
    all(|page| custody.who_sees_item(&by.credential, by.request(), item, page)).await
}

async fn who_in(by: &Person, dataset: &str) -> Result<Vec<Seer>> {
    let custody = by.custody();
    all(|page| custody.who_sees_dataset(&by.credential, by.request(), DatasetRef::parse(dataset), page)).await
}

async fn what(by: &Person, of: MemberId) -> Result<Vec<Seen>> {
    let custody = by.custody();
    all(|page| custody.what_sees(&by.credential, by.request(), of, page)).await
}

engines::on_both! {
    async fn the_answer_is_what_comes_of_trying_all_pairs(db: TestDb) {
        let site = Site::with(db, 4, Work { originals: true, ..WORK }).await;
        let owner = &site.team.owner;
        owner.dataset("others").await.unwrap();
        let mut items: Vec<ItemId> = list(owner, custody::item::Filter::default()).await.unwrap().iter().map(|it| it.id).collect();
        items.push(owner.put("others", "elsewhere", b"scan").await.unwrap().item.id);
        let put_away = site.put("put away", b"scan").await;
        items.push(put_away);
        let mut people = vec![owner.clone()];
        for class in [Class::Admin, Class::User, Class::WorkforceManager, Class::Worker, Class::Auditor, Class::PrivacyOfficer] {
            people.push(site.team.member(class).await);
        }
        // With a grant and a lease, with a grant alone, with one that has ended, and disabled.
        let (leased, granted, managing) = (site.worker().await, site.worker().await, site.granted(Class::WorkforceManager).await);
        lease(&leased).await;
        let (ended, disabled) = (site.worker().await, site.granted(Class::WorkforceManager).await);
        lease(&ended).await;
        let (custody, until) = (&site.world.custody, site.world.custody.desk().clock.now().plus(std::time::Duration::from_secs(60)));
        let terms = GrantTerms { ends_at: Some(until) };
        custody.give_grant(&owner.credential, owner.request(), scans(), ended.member, terms).await.unwrap();
        site.world.clock.advance(std::time::Duration::from_secs(61));
        custody.disable_member(&owner.credential, owner.request(), disabled.member).await.unwrap();
        people.extend([leased.clone(), granted, managing, ended, disabled]);
        owner.change(put_away, Verb::Archive).await.unwrap();

        let mut allowed = 0;
        for item in &items {
            let answered = who(owner, *item).await.unwrap();
            for person in &people {
                let told = answered.iter().find(|seer| seer.member == person.member);
                let told = told.map(|seer| of_tried(&seer.items)).unwrap_or_default();
                let did = tried(person, *item).await;
                assert_eq!(told, did, "{} with {item}", person.class);
                allowed += did.len();
            }
        }
        assert!(allowed > 40, "{allowed}");
        // The other way round it says the same.
        for person in &people {
            let seen = what(owner, person.member).await.unwrap();
            for item in items.iter().filter(|item| **item != put_away) {
                let of = owner.item(*item).await.unwrap().dataset;
                let told = seen.iter().find(|seen| seen.dataset == of).map(|seen| {
                    let leased = seen.leased.iter().find(|leased| leased.item == *item);
                    of_tried(leased.map_or(&seen.items, |leased| &leased.actions))
                });
                assert_eq!(told.unwrap_or_default(), tried(person, *item).await, "{} with {item}", person.class);
            }
        }
        let in_scans = who_in(owner, "scans").await.unwrap();
        let hers = in_scans.iter().find(|seer| seer.member == leased.member).unwrap();
        assert_eq!((hers.items.len(), hers.leased.len()), (0, 3));
        for person in &people {
            let sees = custody.dataset(&person.credential, person.request(), scans()).await.is_ok();
            let told = in_scans.iter().find(|seer| seer.member == person.member);
            assert_eq!(told.is_some_and(|seer| seer.dataset.contains(&Action::DatasetView)), sees, "{}", person.class);
        }
    }

    async fn owners_admins_and_auditors_ask_about_their_own_team(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let item = site.put("a", b"scan").await;
        for class in [Class::Admin, Class::Auditor] {
            let person = site.team.member(class).await;
            assert!(who(&person, item).await.is_ok() && what(&person, person.member).await.is_ok());
        }
        for class in [Class::User, Class::WorkforceManager, Class::Worker, Class::PrivacyOfficer] {
            let person = site.granted(class).await;
            assert!(matches!(who(&person, item).await, Err(Error::Forbidden { .. })), "{class}");
            assert!(matches!(what(&person, person.member).await, Err(Error::Forbidden { .. })), "{class}");
        }
        let rival = site.world.team("rival").await.owner;
        assert!(matches!(who(&rival, item).await, Err(Error::NotFound(_))));
        assert!(matches!(who_in(&rival, "scans").await, Err(Error::NotFound(_))));
        assert!(matches!(what(&rival, site.team.owner.member).await, Err(Error::NotFound(_))));
    }
}
