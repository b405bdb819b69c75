//! Whether what is read for a reason alone is read for one.

use std::collections::BTreeMap;

use async_trait::async_trait;
use custody::dataset::{Dataset, DatasetRef, NewDataset, Reading};
use custody::item::ReadItem;
use custody::trail::TrailFilter;
use custody::{Error, Result as Outcome};
use kernel::{EventId, ItemId, PageRequest};
use operation::Request;

use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};
use crate::probe::Actor;

const REASON: &str = "check";
const WITH_NOTE: &str = "check: of the installation";
/// What says nothing, or nothing that the dataset knows.
const NONE: [Option<&str>; 4] = [None, Some(""), Some("curiosity"), Some("curiosity: check")];

/// Reads in a dataset of the probe team that asks why, with a reason and without.
pub struct ReadsStateAReason;

#[async_trait]
impl Check for ReadsStateAReason {
    fn id(&self) -> &'static str {
        "reads-state-a-reason"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let (owner, user) = (&probes.one.owner, &probes.one.user);
        let dataset = read_for_a_reason(owner).await?;
        let name = site.random_word();
        let item = owner.put(&dataset, &name, b"read for a reason").await?.item.id;
        let reader = Reader { user, item };
        let mut cases = Cases::of(self.id());
        for said in NONE {
            let told = said.unwrap_or("nothing");
            cases.must_refuse(&format!("read for {told:?}"), reader.take(said).await)?;
            cases.must_refuse(&format!("looked at for {told:?}"), reader.look(said).await)?;
            let named = reader.take_named(&dataset, &name, said).await;
            cases.must_refuse(&format!("read by its name for {told:?}"), named)?;
        }
        for said in [REASON, WITH_NOTE] {
            let (taken, looked) = (reader.take(Some(said)).await, reader.look(Some(said)).await);
            for (what, event) in [("read", taken), ("looked at", looked)] {
                if let Some(event) = cases.control_works(&format!("{what} for {said:?}"), event) {
                    let kept = owner.custody.event(&owner.key, owner.request(), event).await?;
                    let is_kept = kept.event["reason"] == said;
                    cases.must(&format!("{what} for {said:?}: the trail has the reason"), is_kept);
                }
            }
        }
        let refused = refused(owner, item).await?;
        cases.must(
            "each refusal is in the trail, with why",
            refused == 3 * NONE.len(),
        );
        owner.remove(item).await?;
        let mut seen = cases.seen();
        seen.facts = BTreeMap::from([("refused".to_owned(), refused.to_string())]);
        Ok(seen)
    }
}

/// The probe team's dataset that asks why it is read. Its rule is not put right here: that it is gone has to show.
async fn read_for_a_reason(owner: &Actor) -> Result<Dataset, Error> {
    let rule = Reading {
        reasons: vec![REASON.to_owned()],
        note: true,
    };
    let new = NewDataset {
        name: "probe-read-for-a-reason".to_owned(),
        reading: Some(rule),
        ..NewDataset::default()
    };
    owner.dataset(new).await
}

/// How many refusals of the item the trail has that say that no reason was given.
async fn refused(owner: &Actor, item: ItemId) -> Result<usize, Error> {
    let filter = TrailFilter {
        item: Some(item),
        outcome: Some("refused".to_owned()),
        ..TrailFilter::default()
    };
    let page = PageRequest::first(100);
    let listed = owner
        .custody
        .trail(&owner.key, owner.request(), filter, page)
        .await?;
    let says =
        |entry: &&operation::trail::TrailEntry| entry.event["details"]["reasons"][0] == "reading.reason";
    Ok(listed.items.iter().filter(says).count())
}

struct Reader<'a> {
    user: &'a Actor,
    item: ItemId,
}

impl Reader<'_> {
    fn request(&self, said: Option<&str>) -> Request {
        Request {
            reason: said.map(str::to_owned),
            ..self.user.request()
        }
    }

    async fn take(&self, said: Option<&str>) -> Outcome<EventId> {
        let (key, request) = (&self.user.key, self.request(said));
        let read = self
            .user
            .custody
            .read(key, request, self.item, ReadItem::default());
        Ok(read.await?.event)
    }

    async fn take_named(&self, dataset: &Dataset, name: &str, said: Option<&str>) -> Outcome<EventId> {
        let (key, request, dataset) = (&self.user.key, self.request(said), DatasetRef::Id(dataset.id));
        let custody = &self.user.custody;
        let read = custody.read_named(key, request, dataset, name, ReadItem::default());
        Ok(read.await?.event)
    }

    async fn look(&self, said: Option<&str>) -> Outcome<EventId> {
        let (key, request) = (&self.user.key, self.request(said));
        let looked = self
            .user
            .custody
            .look_at_text(key, request, self.item, None, 0, None);
        Ok(looked.await?.event)
    }
}
