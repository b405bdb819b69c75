//! Temporary credentials that are bound to a task: what they reach, and how they end, on both engines.

use crate::site::*;
use access::Class;
use custody::item::{Filter, Item, ListNames, PutItem, ReadItem, Target, Verb};
use custody::key::NewTemporary;
use custody::member::MemberChange;
use custody::task::{Share, Task, Work};
use custody::{Credential, Error, Result};
use kernel::TaskId;
use secrecy::ExposeSecret as _;
use testkit::{Person, pieces};

const TWO_TASKS: Work = Work {
    batch: 2,
    open_per_worker: 2,
    originals: true,
    ..WORK
};

async fn try_to_bind(person: &Person, task: TaskId) -> Result<Person> {
    let new = NewTemporary {
        label: "a session".into(),
        task: Some(task),
        ..NewTemporary::default()
    };
    let issued = person
        .custody()
        .lend_key(&person.credential, person.request(), new, None)
        .await?;
    Ok(person.with_key(&Credential::parse(issued.secret.expose_secret()).unwrap()))
}

async fn bind(person: &Person, task: &Task) -> Person {
    try_to_bind(person, task.id).await.unwrap()
}

async fn works(person: &Person) -> bool {
    !matches!(
        person
            .custody()
            .identity(&person.credential, person.request())
            .await,
        Err(Error::Unauthenticated | Error::Expired)
    )
}

async fn listed(person: &Person) -> Vec<String> {
    let names = |items: Vec<Item>| items.into_iter().map(|item| item.name).collect::<Vec<_>>();
    let by_age = names(list(person, Filter::default()).await.unwrap());
    let wanted = ListNames {
        limit: 100,
        ..ListNames::default()
    };
    let page = person
        .custody()
        .list_names(&person.credential, person.request(), scans(), wanted)
        .await
        .unwrap();
    let by_name: Vec<String> = page.entries.iter().map(|entry| entry.name().to_owned()).collect();
    assert_eq!(
        by_age, by_name,
        "names are numbers here, so that both orders are the same"
    );
    by_name
}

/// Somebody who may do more by now than when they were leased the first item.
async fn promoted(site: &Site) -> (Person, Task) {
    let (uma, owner) = (site.worker().await, &site.team.owner);
    let task = assign(owner, &uma, Share::Next(1)).await.unwrap().unwrap();
    let changed = owner.custody().change_member(
        &owner.credential,
        owner.request(),
        uma.member,
        MemberChange { class: Class::User },
    );
    changed.await.unwrap();
    (uma, task)
}

#[track_caller]
fn is_unknown<T: std::fmt::Debug>(result: Result<T>) {
    assert!(matches!(result, Err(Error::NotFound(_))), "{result:?}");
}

engines::on_both! {
    async fn one_reaches_what_its_task_leases_and_no_other_lease_of_its_member(db: TestDb) {
        let site = Site::with(db, 6, TWO_TASKS).await;
        let wanda = site.worker().await;
        let (one, other) = (lease(&wanda).await, lease(&wanda).await);
        assert_eq!(listed(&wanda).await, ["0", "1", "2", "3"]);
        let bound = bind(&wanda, &one).await;
        assert_eq!(listed(&bound).await, ["0", "1"]);
        for item in items(&one) {
            assert_eq!(bound.get(item).await.unwrap(), b"scan");
        }
        let free = site.put("free", b"scan").await;
        for item in items(&other).into_iter().chain([free]) {
            is_unknown(bound.get(item).await);
            is_unknown(bound.item(item).await);
        }
        for name in ["2", "free", "none"] {
            let read = ReadItem::default();
            is_unknown(bound.custody().read_named(&bound.credential, bound.request(), scans(), name, read).await);
            is_unknown(list(&bound, Filter { name: Some(name.into()), ..Filter::default() }).await.and_then(|found| {
                if found.is_empty() { Err(Error::NotFound("item")) } else { Ok(found) }
            }));
        }
        assert_eq!(wanda.get(items(&other)[0]).await.unwrap(), b"scan");
    }

    async fn a_lease_of_views_gives_no_bytes_whatever_else_its_member_may(db: TestDb) {
        let site = Site::with(db, 4, Work { originals: false, ..TWO_TASKS }).await;
        let (uma, task) = promoted(&site).await;
        let first = items(&task)[0];
        let bound = bind(&uma, &task).await;
        assert_eq!(listed(&bound).await, ["0"]);
        assert!(matches!(bound.get(first).await, Err(Error::Forbidden { .. })));
        assert_eq!(uma.get(first).await.unwrap(), b"scan");
    }

    async fn one_makes_and_changes_nothing_beside_it(db: TestDb) {
        let site = Site::with(db, 4, TWO_TASKS).await;
        let (uma, task) = promoted(&site).await;
        let all = list(&uma, Filter::default()).await.unwrap();
        let bound = bind(&uma, &task).await;
        for name in ["1", "new"] {
            let put = PutItem::file(Target::Name(scans(), name.into()), "text/plain");
            let put = bound.put_as(put, pieces(b"mine")).await;
            assert!(matches!(put, Err(Error::Forbidden { .. })), "{put:?}");
        }
        is_unknown(bound.change(all[1].id, Verb::Archive).await);
        is_unknown(bound.item(all[1].id).await);
        assert!(matches!(bound.dataset("another").await, Err(Error::Forbidden { .. })));
        let again = try_to_bind(&bound, task.id).await;
        assert!(matches!(again, Err(Error::Forbidden { .. })));
    }

    async fn one_ends_with_the_lease(db: TestDb) {
        let site = Site::with(db, 8, TWO_TASKS).await;
        let wanda = site.worker().await;
        let task = lease(&wanda).await;
        let bound = bind(&wanda, &task).await;
        submit(&wanda, task.id, items(&task)[0]).await.unwrap();
        is_unknown(bound.get(items(&task)[0]).await);
        assert_eq!(listed(&bound).await, ["1"]);
        give_back(&wanda, task.id).await.unwrap();
        assert!(!works(&bound).await, "given back");
        let task = lease(&wanda).await;
        let bound = bind(&wanda, &task).await;
        end(&site.team.owner, task.id).await.unwrap();
        assert!(!works(&bound).await, "taken away");
        let task = lease(&wanda).await;
        let bound = bind(&wanda, &task).await;
        let key = wanda.custody().key(&wanda.credential, wanda.request(), bound.credential.key).await.unwrap();
        assert_eq!((key.expires_at, key.task), (Some(task.ends_at), Some(task.id)));
        assert!(works(&bound).await);
        site.world.clock.advance(LEASE);
        assert!(!works(&bound).await && works(&wanda).await, "run out");
    }

    async fn a_stream_of_one_ends_with_the_lease(db: TestDb) {
        let site = Site::with(db, 0, TWO_TASKS).await;
        site.put("large", &[7; 3_000_000]).await;
        let wanda = site.worker().await;
        let task = lease(&wanda).await;
        let bound = bind(&wanda, &task).await;
        let mut body = bound.open(items(&task)[0], ReadItem::default()).await.unwrap().body.unwrap();
        assert!(body.next().await.unwrap().is_ok());
        give_back(&wanda, task.id).await.unwrap();
        let mut ended = false;
        while let Some(piece) = body.next().await {
            ended |= piece.is_err();
        }
        assert!(ended);
    }

    async fn one_is_bound_to_a_live_task_of_ones_own_alone(db: TestDb) {
        let site = Site::with(db, 6, TWO_TASKS).await;
        let (wanda, willi) = (site.worker().await, site.worker().await);
        let task = lease(&wanda).await;
        let unknown = TaskId::make(site.world.custody.desk().clock.now(), &kernel::SystemRandom);
        for (who, task) in [(&willi, task.id), (&site.team.owner, task.id), (&wanda, unknown)] {
            let refused = try_to_bind(who, task).await;
            assert!(matches!(refused, Err(Error::Invalid { field: "task", .. })));
        }
        give_back(&wanda, task.id).await.unwrap();
        assert!(matches!(try_to_bind(&wanda, task.id).await, Err(Error::Invalid { field: "task", .. })));
    }
}
