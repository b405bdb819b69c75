//! Whether what is about a person comes in and is used for what its dataset is kept for, and for nothing else.

use async_trait::async_trait;
use custody::Error;
use custody::dataset::{Dataset, DatasetRef, Ingest, NewDataset};
use custody::item::{PutItem, Target};
use kernel::ItemId;
use rights::Rights;
use rights::purpose::PurposeRef;

use super::consents::{PURPOSE, Purposes};
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};
use crate::probe::Actor;

const AGREED: &str = "probe-kept-for";
const SILENT: &str = "probe-kept-for-nothing";
/// A purpose that carries itself and that the dataset is not kept for.
const OTHER: &str = "probe-other";

/// Puts, reads and uses what is about people in a dataset of the probe team that says what it is kept for.
pub struct PurposesAreKept;

#[async_trait]
impl Check for PurposesAreKept {
    fn id(&self) -> &'static str {
        "purposes-are-kept"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let (rights, owner) = (Rights::new(site.custody.clone()), &probes.one.owner);
        let purposes = Purposes::of(&rights, owner);
        purposes.agree(AGREED, "a check").await?;
        purposes.make(OTHER, rights::purpose::Basis::Contract).await?;
        let kept = Kept {
            rights: &rights,
            owner,
            user: &probes.one.user,
            dataset: kept_for(owner).await?,
        };
        let mut cases = Cases::of(self.id());
        let name = site.random_word();
        let put = kept.put(&name, AGREED).await;
        let item = put.as_ref().ok().copied();
        cases.control_works("who agreed is taken in", put);
        let refused = kept.put(&site.random_word(), SILENT).await;
        cases.must_refuse("taken in of somebody who never agreed", refused)?;
        cases.control_works("used for what it is kept for", kept.used_for(PURPOSE).await);
        cases.must_refuse("used for something else", kept.used_for(OTHER).await)?;
        if let Some(item) = item {
            cases.control_works("read while consent stands", kept.user.get(item).await);
            purposes.take_back(AGREED).await?;
            let read = kept.user.get(item).await;
            let again = kept.put(&name, AGREED).await;
            owner.remove(item).await?;
            cases.must_refuse("read after it was taken back", read)?;
            cases.must_refuse("a version taken in after it was taken back", again)?;
        }
        Ok(cases.seen())
    }
}

struct Kept<'a> {
    rights: &'a Rights,
    owner: &'a Actor,
    user: &'a Actor,
    dataset: Dataset,
}

/// The probe team's dataset that is kept for the purpose of the probes.
async fn kept_for(owner: &Actor) -> Result<Dataset, Error> {
    let rule = Ingest {
        purposes: vec![PURPOSE.to_owned()],
        ..Ingest::default()
    };
    let new = NewDataset {
        name: "probe-kept-for".to_owned(),
        ingest: Some(rule),
        ..NewDataset::default()
    };
    owner.dataset(new).await
}

impl Kept<'_> {
    fn id(&self) -> DatasetRef {
        DatasetRef::Id(self.dataset.id)
    }

    async fn put(&self, name: &str, person: &str) -> Result<ItemId, Error> {
        let put = PutItem {
            subject: Some(person.to_owned()),
            ..PutItem::file(Target::Name(self.id(), name.to_owned()), "text/plain")
        };
        Ok(self.owner.put_as(put, b"about them").await?.item.id)
    }

    async fn used_for(&self, purpose: &str) -> Result<(), Error> {
        let (key, request) = (&self.owner.key, self.owner.request());
        let (purpose, how) = (
            PurposeRef::parse(purpose),
            "a check of the installation".to_owned(),
        );
        let used =
            self.rights
                .use_from_dataset(key, request, (purpose, Some(self.id())), AGREED.to_owned(), how);
        used.await.map(drop)
    }
}
