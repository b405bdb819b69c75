//! What workers get to see, how much is lent to them, and who may raise whom.

use std::sync::Arc;

use access::{Action, Class, Facts, Subject};
use async_trait::async_trait;
use custody::dataset::{Dataset, DatasetChange, DatasetRef, GrantTerms, NewDataset};
use custody::item::Filter;
use custody::member::MemberChange;
use custody::task::{Task, Work};
use kernel::{ItemId, PageRequest};

use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};
use crate::probe::{Actor, Probes};

fn work(batch: u32) -> Work {
    Work {
        batch,
        lease_minutes: 5,
        open_per_worker: 2,
        originals: true,
    }
}

/// The probe team's dataset of this name, given to the worker, lending so many items at once, with some items in it.
async fn lending(
    site: &Site,
    probes: &Probes,
    name: &str,
    batch: u32,
) -> Result<(Dataset, Vec<ItemId>), Trouble> {
    let owner = &probes.one.owner;
    let new = NewDataset {
        name: name.to_owned(),
        work: Some(work(batch)),
        ..NewDataset::default()
    };
    let dataset = owner.dataset(new).await?;
    lend(owner, &dataset, batch).await?;
    let given = GrantTerms::default();
    let (id, worker) = (DatasetRef::Id(dataset.id), probes.one.worker.member);
    site.custody
        .give_grant(&owner.key, owner.request(), id, worker, given)
        .await?;
    let mut items = Vec::new();
    for _ in 0..4 {
        items.push(owner.put(&dataset, &site.random_word(), b"work").await?.item.id);
    }
    Ok((dataset, items))
}

async fn lend(owner: &Actor, dataset: &Dataset, batch: u32) -> Result<(), custody::Error> {
    let change = DatasetChange {
        work: Some(Some(work(batch))),
        ..DatasetChange::default()
    };
    let id = DatasetRef::Id(dataset.id);
    let changed = owner
        .custody
        .change_dataset(&owner.key, owner.request(), id, change);
    changed.await.map(drop)
}

async fn request(worker: &Actor, dataset: &Dataset) -> Result<Option<Task>, custody::Error> {
    let id = DatasetRef::Id(dataset.id);
    worker
        .custody
        .request_task(&worker.key, worker.request(), id, None)
        .await
}

/// Gives back a task and removes items, whatever became of the check.
async fn tidy(probes: &Probes, task: Option<&Task>, items: &[ItemId]) -> Result<(), Trouble> {
    let worker = &probes.one.worker;
    if let Some(task) = task {
        let returned = worker.custody.return_task(&worker.key, worker.request(), task.id);
        returned.await?;
    }
    for item in items {
        probes.one.owner.remove(*item).await?;
    }
    Ok(())
}

/// A probe worker asks for what is not lent to them.
pub struct WorkersStayInBounds;

#[async_trait]
impl Check for WorkersStayInBounds {
    fn id(&self) -> &'static str {
        "workers-stay-in-bounds"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let (dataset, items) = lending(site, &probes, "probe-bounds", 1).await?;
        let mut cases = Cases::of(self.id());
        let task = request(&probes.one.worker, &dataset).await?;
        let seen = bounds(&mut cases, &probes, &dataset, &items, task.as_ref()).await;
        tidy(&probes, task.as_ref(), &[]).await?;
        let lent = task.iter().flat_map(|task| &task.items).map(|it| it.item).next();
        let after = match lent {
            Some(lent) => cases.must_hide(
                "what was lent, after the lease",
                probes.one.worker.get(lent).await,
            ),
            None => Ok(()),
        };
        tidy(&probes, None, &items).await?;
        seen.and(after)?;
        Ok(cases.seen())
    }
}

async fn bounds(
    cases: &mut Cases,
    probes: &Arc<Probes>,
    dataset: &Dataset,
    items: &[ItemId],
    task: Option<&Task>,
) -> Result<(), Trouble> {
    let (worker, user) = (&probes.one.worker, &probes.one.user);
    let lent: Vec<ItemId> = task
        .iter()
        .flat_map(|task| &task.items)
        .map(|it| it.item)
        .collect();
    for item in &lent {
        cases.control_works("the worker opens what is lent", worker.get(*item).await);
    }
    let other = items.iter().find(|item| !lent.contains(item)).copied();
    let other = other.ok_or_else(|| Trouble("nothing was left that is not lent".to_owned()))?;
    cases.must_hide("an item that is not lent", worker.get(other).await)?;
    cases.control_works("a user opens that item", user.get(other).await);
    let (custody, page) = (&worker.custody, || PageRequest::first(10));
    let listed = |who: &Actor| {
        let id = DatasetRef::Id(dataset.id);
        let (key, request) = (who.key.clone(), who.request());
        async move {
            custody
                .list_items(&key, request, id, Filter::default(), page())
                .await
        }
    };
    let theirs = listed(worker).await;
    let beyond = theirs.is_ok_and(|page| page.items.iter().any(|item| !lent.contains(&item.id)));
    cases.must("no listing shows what is not lent", !beyond);
    let all = cases.control_works("a user lists items", listed(user).await);
    cases.control(
        "and sees them",
        all.is_some_and(|page| page.items.len() >= items.len()),
    );
    cases.must_refuse(
        "members",
        custody.list_members(&worker.key, worker.request(), page()).await,
    )?;
    cases.must_refuse(
        "a dataset",
        custody
            .create_dataset(&worker.key, worker.request(), named("probe-of-worker"), None)
            .await,
    )?;
    cases.must_refuse(
        "the trail",
        custody
            .trail(&worker.key, worker.request(), Default::default(), page())
            .await,
    )?;
    let owner = &probes.one.owner;
    let members = custody.list_members(&owner.key, owner.request(), page());
    cases.control_works("an owner lists members", members.await);
    Ok(())
}

fn named(name: &str) -> NewDataset {
    NewDataset {
        name: name.to_owned(),
        ..NewDataset::default()
    }
}

/// Asks for more work than is lent at once.
pub struct LeasesKeepTheirSize;

#[async_trait]
impl Check for LeasesKeepTheirSize {
    fn id(&self) -> &'static str {
        "leases-keep-their-size"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let (dataset, items) = lending(site, &probes, "probe-leases", 2).await?;
        let mut cases = Cases::of(self.id());
        let task = request(&probes.one.worker, &dataset).await?;
        let lent = task.as_ref().map_or(0, |task| task.items.len());
        cases.must("two items are lent where the setting says two", lent == 2);
        tidy(&probes, task.as_ref(), &[]).await?;
        lend(&probes.one.owner, &dataset, 3).await?;
        let more = request(&probes.one.worker, &dataset).await?;
        let lent = more.as_ref().map_or(0, |task| task.items.len());
        cases.control("three are lent after the setting is raised", lent == 3);
        lend(&probes.one.owner, &dataset, 2).await?;
        tidy(&probes, more.as_ref(), &items).await?;
        let beyond = DatasetChange {
            work: Some(Some(work(101))),
            ..DatasetChange::default()
        };
        let (owner, id) = (&probes.one.owner, DatasetRef::Id(dataset.id));
        let refused = owner
            .custody
            .change_dataset(&owner.key, owner.request(), id, beyond);
        cases.must_refuse("a setting above the ceiling", refused.await)?;
        Ok(cases.seen())
    }
}

/// A probe admin tries to make an owner of a user.
pub struct NobodyGrantsAboveThemselves;

#[async_trait]
impl Check for NobodyGrantsAboveThemselves {
    fn id(&self) -> &'static str {
        "nobody-grants-above-themselves"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let (admin, user) = (&probes.one.admin, &probes.one.user);
        let to = |class| {
            let change = MemberChange { class };
            admin
                .custody
                .change_member(&admin.key, admin.request(), user.member, change)
        };
        let mut cases = Cases::of(self.id());
        cases.must_refuse("an admin makes an owner", to(Class::Owner).await)?;
        cases.must_refuse("an admin makes an admin", to(Class::Admin).await)?;
        cases.control_works("the admin makes a worker of the user", to(Class::Worker).await);
        cases.control_works("and a user again", to(Class::User).await);
        let policies = &site.custody.desk().policies;
        for (class, target) in Class::ALL
            .into_iter()
            .flat_map(|class| Class::ALL.map(|target| (class, target)))
        {
            let facts = Facts {
                target_class: Some(Class::Worker),
                new_class: Some(target),
                ..Facts::at_home()
            };
            let may = policies
                .decide_afresh(&Subject::of(class), Action::MemberInvite, &facts)
                .allowed;
            cases.must(
                &format!("a {class} makes no {target}"),
                !may || rank(target) < rank(class) || class == Class::Owner,
            );
        }
        Ok(cases.seen())
    }
}

/// How high a class stands where it comes to taking people in.
fn rank(class: Class) -> u8 {
    match class {
        Class::Owner => 3,
        Class::Admin => 2,
        Class::User | Class::WorkforceManager | Class::Auditor | Class::PrivacyOfficer => 1,
        Class::Worker | Class::Operator | Class::Public | Class::DataSubject => 0,
    }
}
