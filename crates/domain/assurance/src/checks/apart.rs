//! Whether one team reaches what is another's.

use async_trait::async_trait;
use custody::dataset::{DatasetChange, DatasetRef, GrantTerms};
use custody::item::{Filter, PutItem, Target, Verb};
use custody::task::TaskFilter;
use kernel::{EventId, ItemId, PageRequest};

use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};
use crate::probe::{Actor, Probes};

/// Asks with one probe team's key for things of the other.
pub struct TenantsDoNotCross;

/// Things of the other team.
struct Theirs {
    dataset: DatasetRef,
    item: ItemId,
    event: EventId,
    name: String,
}

#[async_trait]
impl Check for TenantsDoNotCross {
    fn id(&self) -> &'static str {
        "tenants-do-not-cross"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let twin = &probes.twin.owner;
        let dataset = twin.plain("probe-apart").await?;
        let name = site.random_word();
        let stored = twin.put(&dataset, &name, b"the twin's").await?;
        let theirs = Theirs {
            dataset: DatasetRef::Id(dataset.id),
            item: stored.item.id,
            event: stored.event,
            name,
        };
        let mut cases = Cases::of(self.id());
        let asked = ask_for_items(&mut cases, &probes.one.owner, &theirs).await;
        let asked = match asked {
            Ok(()) => ask_for_people(&mut cases, &probes, &theirs).await,
            failed => failed,
        };
        control(&mut cases, &probes, &theirs).await;
        twin.remove(theirs.item).await?;
        asked?;
        Ok(cases.seen())
    }
}

async fn ask_for_items(cases: &mut Cases, me: &Actor, theirs: &Theirs) -> Result<(), Trouble> {
    let (custody, key) = (&me.custody, &me.key);
    let (item, dataset, page) = (theirs.item, || theirs.dataset.clone(), || PageRequest::first(10));
    cases.must_hide("item", custody.item(key, me.request(), item).await)?;
    cases.must_hide("content", me.get(item).await)?;
    cases.must_hide(
        "versions",
        custody.versions(key, me.request(), item, page()).await,
    )?;
    cases.must_hide("archiving", me.change(item, Verb::Archive).await)?;
    cases.must_hide("deleting", me.change(item, Verb::Delete).await)?;
    let put = PutItem::file(Target::Item(item), "text/plain");
    cases.must_hide("a new version", me.put_as(put, b"mine now").await)?;
    let put = PutItem::file(Target::Name(dataset(), "mine".into()), "text/plain");
    cases.must_hide("a new item", me.put_as(put, b"mine now").await)?;
    let hold = custody.hold(key, me.request(), dataset(), &theirs.name, None);
    cases.must_hide("hold", hold.await)?;
    cases.must_hide("dataset", custody.dataset(key, me.request(), dataset()).await)?;
    let listed = custody.list_items(key, me.request(), dataset(), Filter::default(), page());
    cases.must_hide("items of a dataset", listed.await)?;
    let change = DatasetChange {
        description: Some("mine now".into()),
        ..DatasetChange::default()
    };
    cases.must_hide(
        "changing a dataset",
        custody.change_dataset(key, me.request(), dataset(), change).await,
    )?;
    cases.must_hide(
        "archiving a dataset",
        custody.archive_dataset(key, me.request(), dataset()).await,
    )?;
    let quarantine = custody.list_quarantine(key, me.request(), dataset(), page());
    cases.must_hide("quarantine", quarantine.await)?;
    let task = custody.request_task(key, me.request(), dataset(), None);
    cases.must_hide("work", task.await)
}

async fn ask_for_people(cases: &mut Cases, probes: &Probes, theirs: &Theirs) -> Result<(), Trouble> {
    let me = &probes.one.owner;
    let (custody, key) = (&me.custody, &me.key);
    let (member, their_key) = (probes.twin.user.member, probes.twin.user.key.key);
    cases.must_hide("member", custody.member(key, me.request(), member).await)?;
    cases.must_hide(
        "shutting out",
        custody.disable_member(key, me.request(), member).await,
    )?;
    cases.must_hide("a key for a member", me.key_for(member, None).await)?;
    cases.must_hide("key", custody.key(key, me.request(), their_key).await)?;
    cases.must_hide(
        "ending a key",
        custody.invalidate_key(key, me.request(), their_key).await,
    )?;
    let grant = custody.give_grant(
        key,
        me.request(),
        theirs.dataset.clone(),
        me.member,
        GrantTerms::default(),
    );
    cases.must_hide("a grant", grant.await)?;
    cases.must_hide("event", custody.event(key, me.request(), theirs.event).await)?;
    cases.must_hide("receipt", custody.receipt(key, me.request(), theirs.event).await)?;
    let tasks = TaskFilter {
        dataset: Some(theirs.dataset.clone()),
        live: false,
    };
    cases.must_hide(
        "tasks",
        custody
            .tasks(key, me.request(), tasks, PageRequest::first(10))
            .await,
    )
}

/// What was asked for is there, and its own team gets it.
async fn control(cases: &mut Cases, probes: &Probes, theirs: &Theirs) {
    let twin = &probes.twin.owner;
    let (custody, key) = (&twin.custody, &twin.key);
    cases.control_works("its team reads the item", twin.get(theirs.item).await);
    let dataset = custody.dataset(key, twin.request(), theirs.dataset.clone());
    cases.control_works("its team sees the dataset", dataset.await);
    let member = custody.member(key, twin.request(), probes.twin.user.member);
    cases.control_works("its team sees the member", member.await);
    cases.control_works(
        "its team sees the event",
        custody.event(key, twin.request(), theirs.event).await,
    );
    let user = &probes.twin.user;
    cases.control_works("its member's key works", user.get(theirs.item).await);
}
