//! A team whose dataset hands out work, for tests of tasks and of what leases give.

use access::Class;
use custody::dataset::{DatasetChange, DatasetRef, GrantTerms};
use custody::item::{Filter, Item};
use custody::task::{Share, Task, TaskFilter, Work};
use custody::{IdempotencyKey, Result};
use engines::TestDb;
use kernel::{ItemId, PageRequest, TaskId};
use std::time::Duration;
use testkit::{Person, Team, World};

/// How long the leases of [`WORK`] last.
pub(crate) const LEASE: Duration = Duration::from_secs(30 * 60);

/// Three items a task, one task at a time, half an hour, views only.
pub(crate) const WORK: Work = Work {
    batch: 3,
    lease_minutes: 30,
    open_per_worker: 1,
    originals: false,
};

pub(crate) struct Site {
    pub(crate) team: Team,
    pub(crate) world: World,
}

/// The dataset of every site.
pub(crate) fn scans() -> DatasetRef {
    DatasetRef::parse("scans")
}

impl Site {
    /// A team with so many items, named by their numbers.
    pub(crate) async fn with(db: TestDb, items: usize, work: Work) -> Self {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let site = Self { team, world };
        site.set_work(Some(work)).await.unwrap();
        for number in 0..items {
            site.put(&format!("{number}"), b"scan").await;
        }
        site
    }

    pub(crate) async fn set_work(&self, work: Option<Work>) -> Result<Option<Work>> {
        let change = DatasetChange {
            work: Some(work),
            ..DatasetChange::default()
        };
        let owner = &self.team.owner;
        let changed = self
            .world
            .custody
            .change_dataset(&owner.credential, owner.request(), scans(), change);
        changed.await.map(|dataset| dataset.work)
    }

    pub(crate) async fn put(&self, name: &str, bytes: &[u8]) -> ItemId {
        self.team.owner.put("scans", name, bytes).await.unwrap().item.id
    }

    /// A worker who was given the dataset.
    pub(crate) async fn worker(&self) -> Person {
        self.granted(Class::Worker).await
    }

    /// A member who was given the dataset; an auditor, to whom nobody gives one.
    pub(crate) async fn granted(&self, class: Class) -> Person {
        let (member, owner) = (self.team.member(class).await, &self.team.owner);
        if class == Class::Auditor {
            return member;
        }
        let given = self.world.custody.give_grant(
            &owner.credential,
            owner.request(),
            scans(),
            member.member,
            GrantTerms::default(),
        );
        given.await.unwrap();
        member
    }
}

pub(crate) async fn request(person: &Person) -> Result<Option<Task>> {
    request_once(person, None).await
}

pub(crate) async fn request_once(person: &Person, key: Option<IdempotencyKey>) -> Result<Option<Task>> {
    let custody = person.custody();
    custody
        .request_task(&person.credential, person.request(), scans(), key)
        .await
}

/// A task that must be there.
pub(crate) async fn lease(person: &Person) -> Task {
    request(person).await.unwrap().unwrap()
}

pub(crate) async fn assign(by: &Person, to: &Person, share: Share) -> Result<Option<Task>> {
    let custody = by.custody();
    custody
        .assign_task(&by.credential, by.request(), scans(), to.member, share, None)
        .await
}

pub(crate) async fn submit(person: &Person, task: TaskId, item: ItemId) -> Result<Task> {
    let custody = person.custody();
    custody
        .submit(&person.credential, person.request(), task, item)
        .await
}

pub(crate) async fn skip(person: &Person, task: TaskId, item: ItemId) -> Result<Task> {
    let custody = person.custody();
    custody
        .skip(&person.credential, person.request(), task, item, "too dark")
        .await
}

pub(crate) async fn give_back(person: &Person, task: TaskId) -> Result<Task> {
    let custody = person.custody();
    custody
        .return_task(&person.credential, person.request(), task)
        .await
}

pub(crate) async fn end(person: &Person, task: TaskId) -> Result<Task> {
    let custody = person.custody();
    custody
        .end_task(&person.credential, person.request(), task, "shift is over")
        .await
}

pub(crate) async fn look(person: &Person, task: TaskId) -> Result<Task> {
    person
        .custody()
        .task(&person.credential, person.request(), task)
        .await
}

pub(crate) async fn tasks(person: &Person, filter: TaskFilter) -> Result<Vec<Task>> {
    let custody = person.custody();
    let page = PageRequest::first(100);
    let listed = custody
        .tasks(&person.credential, person.request(), filter, page)
        .await?;
    Ok(listed.items)
}

pub(crate) async fn list(person: &Person, filter: Filter) -> Result<Vec<Item>> {
    let custody = person.custody();
    let page = PageRequest::first(100);
    let listed = custody
        .list_items(&person.credential, person.request(), scans(), filter, page)
        .await?;
    Ok(listed.items)
}

/// The items of a task.
pub(crate) fn items(task: &Task) -> Vec<ItemId> {
    task.items.iter().map(|item| item.item).collect()
}
