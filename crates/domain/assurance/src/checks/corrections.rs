//! Whether a value that was corrected is what everybody reads.

use async_trait::async_trait;
use custody::dataset::DatasetRef;
use custody::item::ReadItem;
use custody::trail::TrailFilter;
use kernel::{ItemId, PageRequest};
use serde_json::{Value as Json, json};

use super::persons::{FIELD, Keeper};
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};
use crate::probe::Actor;

/// Corrects a value of a record at the probe team, and reads it by every way.
pub struct CorrectionsHold;

const PERSON: &str = "probe-corrections";
const TWIN: &str = "probe-corrections-twin";

#[async_trait]
impl Check for CorrectionsHold {
    fn id(&self) -> &'static str {
        "corrections-hold"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let keeper = Keeper::of(site, &probes.one.owner, "probe-corrections").await?;
        let words: [String; 5] = std::array::from_fn(|_| site.random_word());
        let [name, other, wrong, right, kept] = &words;
        let (item, twin) = (
            keeper.record(name, PERSON, wrong).await?,
            keeper.record(other, TWIN, kept).await?,
        );
        let mut cases = Cases::of(self.id());
        let seen = Seen {
            keeper: &keeper,
            user: &probes.one.user,
        };
        let before = seen.by_all(item, name).await;
        cases.control(
            "before, every way gives the old value",
            all(&before, |json| json[FIELD] == **wrong),
        );
        let put = keeper.correct(name, right).await;
        let corrected = seen.after(&mut cases, (item, name), (wrong, right)).await;
        let untouched = seen.by_all(twin, other).await;
        cases.control(
            "what was not touched is as it was",
            all(&untouched, |json| {
                json[FIELD] == **kept && json["kept"] == "as it was"
            }),
        );
        let told = seen.recipients(item).await;
        keeper.remove(&[item, twin]).await?;
        put?;
        corrected?;
        cases.must("who got the old value stands in the list of recipients", told?);
        Ok(cases.seen())
    }
}

struct Seen<'a> {
    keeper: &'a Keeper<'a>,
    user: &'a Actor,
}

/// What each way gave; nothing where it was refused or is no record.
type Read = Vec<(&'static str, Option<Json>)>;

fn all(read: &Read, is_so: impl Fn(&Json) -> bool) -> bool {
    read.iter().all(|(_, json)| json.as_ref().is_some_and(&is_so))
}

impl Seen<'_> {
    fn dataset(&self) -> DatasetRef {
        DatasetRef::Id(self.keeper.dataset.id)
    }

    async fn by_all(&self, item: ItemId, name: &str) -> Read {
        let json = |bytes: custody::Result<Vec<u8>>| {
            let bytes = bytes.ok()?;
            serde_json::from_slice::<Json>(&bytes).ok()
        };
        vec![
            ("an owner reads it", json(self.keeper.by.get(item).await)),
            ("a user reads it", json(self.user.get(item).await)),
            ("a user reads it by name", json(self.named(name).await)),
        ]
    }

    async fn named(&self, name: &str) -> custody::Result<Vec<u8>> {
        let (user, custody) = (self.user, &self.user.custody);
        let read = custody.read_named(
            &user.key,
            user.request(),
            self.dataset(),
            name,
            ReadItem::default(),
        );
        let mut body = read.await?.body.ok_or(custody::Error::NotFound("body"))?;
        let mut bytes = Vec::new();
        while let Some(piece) = body.next().await {
            bytes.extend_from_slice(&piece?);
        }
        Ok(bytes)
    }

    /// Whether the records with this value are exactly this one, or none.
    async fn found(&self, value: &str) -> custody::Result<Vec<ItemId>> {
        let (user, page) = (self.user, PageRequest::first(10));
        let found = user.custody.search_records(
            &user.key,
            user.request(),
            self.dataset(),
            FIELD.to_owned(),
            json!(value),
            page,
        );
        Ok(found.await?.items.into_iter().map(|item| item.id).collect())
    }

    async fn after(
        &self,
        cases: &mut Cases,
        (item, name): (ItemId, &str),
        (wrong, right): (&str, &str),
    ) -> Result<(), Trouble> {
        for (way, read) in self.by_all(item, name).await {
            let is_right = read.as_ref().is_some_and(|json| json[FIELD] == right);
            cases.must(&format!("{way}: the corrected value"), is_right);
            let is_kept = read.is_some_and(|json| json["kept"] == "as it was");
            cases.control(&format!("{way}: the other value is as it was"), is_kept);
        }
        cases.must_be(
            "found by the corrected value",
            self.found(right).await.map(|found| found == [item]),
        )?;
        cases.must_be(
            "not found by the old one",
            self.found(wrong).await.map(|found| found.is_empty()),
        )?;
        Ok(())
    }

    /// Whether the trail has the readings from before the correction.
    async fn recipients(&self, item: ItemId) -> Result<bool, Trouble> {
        let by = self.keeper.by;
        let filter = TrailFilter {
            item: Some(item),
            action: Some("item.download".to_owned()),
            outcome: Some("done".to_owned()),
            ..TrailFilter::default()
        };
        let page = PageRequest::first(50);
        let listed = by.custody.trail(&by.key, by.request(), filter, page).await?.items;
        Ok(listed.len() >= 3)
    }
}
