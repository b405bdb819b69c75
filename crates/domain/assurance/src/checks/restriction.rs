//! Whether what is about a person stands still while they have it restricted.

use async_trait::async_trait;
use custody::annotations::{Format, WhichSet};
use custody::dataset::DatasetRef;
use custody::item::{Filter, PutItem, ReadItem};
use kernel::{ItemId, PageRequest};
use rights::RestrictionGround;

use super::persons::Keeper;
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};
use crate::probe::Actor;

/// Restricts a person of the probe team, and tries every way to what is about them.
pub struct RestrictionStopsReads;

const RESTRICTED: &str = "probe-restricted";
const TWIN: &str = "probe-restricted-twin";

#[async_trait]
impl Check for RestrictionStopsReads {
    fn id(&self) -> &'static str {
        "restriction-stops-reads"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let keeper = Keeper::of(site, &probes.one.owner, "probe-restricted").await?;
        // What a run that broke off has left is no reason not to begin.
        if let Ok(person) = keeper.find(RESTRICTED).await
            && person.restricted_at.is_some()
        {
            keeper.lift(person.id).await?;
        }
        let (name, other) = (site.random_word(), site.random_word());
        let items = [
            keeper.file(&name, RESTRICTED, "about one").await?,
            keeper.file(&other, TWIN, "about the other").await?,
        ];
        keeper.say_something(&items).await?;
        let person = keeper.find(RESTRICTED).await?.id;
        let (by, ground) = (&probes.one.owner, RestrictionGround::Accuracy);
        keeper
            .rights
            .restrict(&by.key, by.request(), person, ground)
            .await?;
        let mut cases = Cases::of(self.id());
        let ways = Ways {
            keeper: &keeper,
            user: &probes.one.user,
        };
        let refused = ways.refuse(&mut cases, (items[0], &name)).await;
        let shown = ways.shown(&mut cases, items).await;
        ways.serve(&mut cases, "of the twin", (items[1], &other)).await;
        keeper.lift(person).await?;
        ways.serve(&mut cases, "after it was lifted", (items[0], &name))
            .await;
        keeper.remove(&items).await?;
        refused.and(shown)?;
        Ok(cases.seen())
    }
}

struct Ways<'a> {
    keeper: &'a Keeper<'a>,
    user: &'a Actor,
}

impl Ways<'_> {
    fn dataset(&self) -> DatasetRef {
        DatasetRef::Id(self.keeper.dataset.id)
    }

    async fn all(&self, item: ItemId, name: &str) -> [(&'static str, custody::Result<()>); 5] {
        let (by, custody) = (self.keeper.by, &self.keeper.by.custody);
        let (key, request) = (&by.key, || by.request());
        let named = custody.read_named(key, request(), self.dataset(), name, ReadItem::default());
        let said = custody.annotations(key, request(), item, WhichSet::Newest);
        let put = PutItem::file(self.keeper.target(name), "text/plain");
        [
            ("a user reads", self.user.get(item).await.map(drop)),
            ("an owner reads", by.get(item).await.map(drop)),
            ("an owner reads by name", named.await.map(drop)),
            ("annotations are read", said.await.map(drop)),
            (
                "a version is added",
                by.put_as(put, b"other words").await.map(drop),
            ),
        ]
    }

    async fn refuse(&self, cases: &mut Cases, (item, name): (ItemId, &str)) -> Result<(), Trouble> {
        for (way, answer) in self.all(item, name).await {
            cases.must_refuse(way, answer)?;
        }
        Ok(())
    }

    async fn serve(&self, cases: &mut Cases, whose: &str, (item, name): (ItemId, &str)) {
        for (way, answer) in self.all(item, name).await {
            cases.control_works(&format!("{way} {whose}"), answer);
        }
    }

    /// What listings for a user and exports of work show.
    async fn shown(&self, cases: &mut Cases, items: [ItemId; 2]) -> Result<(), Trouble> {
        let (user, by, custody) = (self.user, self.keeper.by, &self.keeper.by.custody);
        let page = PageRequest::first(100);
        let listed = custody.list_items(&user.key, user.request(), self.dataset(), Filter::default(), page);
        let listed = listed.await?.items;
        let lists = |item: ItemId| listed.iter().any(|listed| listed.id == item);
        cases.must("no listing shows it to a user", !lists(items[0]));
        cases.control("a listing shows the twin's", lists(items[1]));
        let exported = custody.export_annotations(&by.key, by.request(), self.dataset(), Format::Coco, None);
        let exported = exported.await?.items;
        cases.must("an export has what is said of the twin's alone", exported <= 1);
        cases.control("and has that", exported >= 1);
        Ok(())
    }
}
