//! What the rules of a dataset, a contract and a hold let happen, tried by the probe teams.

use async_trait::async_trait;
use custody::dataset::{DatasetRef, HOME, NewDataset};
use custody::item::{HoldChange, Verb};

use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};

/// Deletes what is not archived.
pub struct ArchiveComesFirst;

#[async_trait]
impl Check for ArchiveComesFirst {
    fn id(&self) -> &'static str {
        "archive-comes-first"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let owner = &probes.one.owner;
        let dataset = owner.plain("probe-archive").await?;
        let content = site.random_word();
        let active = owner.put(&dataset, &site.random_word(), b"active").await?.item.id;
        let item = owner
            .put(&dataset, &site.random_word(), content.as_bytes())
            .await?
            .item
            .id;
        let mut cases = Cases::of(self.id());
        let deleted = owner.change(active, Verb::Delete).await;
        if deleted.is_err() {
            cases.control_works("archived, it is deleted", owner.remove(active).await);
        }
        cases.must_refuse("an active item is deleted", deleted)?;
        owner.change(item, Verb::Archive).await?;
        owner.change(item, Verb::Restore).await?;
        let back = owner.get(item).await?;
        cases.must("restored bytes are the same", back == content.as_bytes());
        owner.change(item, Verb::Archive).await?;
        cases.control_works(
            "an archived item is deleted",
            owner.change(item, Verb::Delete).await,
        );
        Ok(cases.seen())
    }
}

/// Deletes what is on hold.
pub struct HoldsKeep;

#[async_trait]
impl Check for HoldsKeep {
    fn id(&self) -> &'static str {
        "holds-keep"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let owner = &probes.one.owner;
        let dataset = owner.plain("probe-holds").await?;
        let name = site.random_word();
        let item = owner.put(&dataset, &name, b"on hold").await?.item.id;
        let free = owner
            .put(&dataset, &site.random_word(), b"on no hold")
            .await?
            .item
            .id;
        let hold = |on| {
            let id = DatasetRef::Id(dataset.id);
            owner.custody.change_hold(
                &owner.key,
                owner.request(),
                id,
                &name,
                None,
                HoldChange::Legal(on),
            )
        };
        hold(true).await?;
        owner.change(item, Verb::Archive).await?;
        let mut cases = Cases::of(self.id());
        let deleted = owner.change(item, Verb::Delete).await;
        if deleted.is_err() {
            hold(false).await?;
            cases.control_works(
                "without the hold it is deleted",
                owner.change(item, Verb::Delete).await,
            );
        }
        cases.must_refuse("an item on hold is deleted", deleted)?;
        cases.control_works("an item on no hold is deleted", owner.remove(free).await);
        Ok(cases.seen())
    }
}

/// Puts an item where there is no contract.
pub struct BasisBeforeData;

#[async_trait]
impl Check for BasisBeforeData {
    fn id(&self) -> &'static str {
        "basis-before-data"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let mut cases = Cases::of(self.id());
        ingest(site, &mut cases).await?;
        Ok(cases.seen())
    }
}

/// Without a contract nothing comes in; under one it does.
async fn ingest(site: &Site, cases: &mut Cases) -> Result<(), Trouble> {
    let probes = site.probes().await?;
    let (owner, unsigned) = (&probes.one.owner, &probes.unsigned);
    let name = site.random_word();
    match unsigned.plain("probe-unsigned").await {
        Ok(dataset) => {
            cases.must_refuse(
                "data without a contract",
                unsigned.put(&dataset, &name, b"too early").await,
            )?;
        }
        refused => cases.must_refuse("a dataset without a contract", refused)?,
    }
    let dataset = owner.plain("probe-basis").await?;
    let stored = owner.put(&dataset, &name, b"under contract").await;
    if let Some(stored) = cases.control_works("data under a contract in force", stored) {
        owner.remove(stored.item.id).await?;
    }
    Ok(())
}

/// Reads the contract as data, and tries to do without one.
pub struct TermsAreData;

#[async_trait]
impl Check for TermsAreData {
    fn id(&self) -> &'static str {
        "terms-are-data"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let (owner, unsigned) = (&probes.one.owner, &probes.unsigned);
        let mut cases = Cases::of(self.id());
        let signed = owner.custody.contract(&owner.key, owner.request()).await?;
        let terms = signed.map(|signed| signed.contract);
        let complete = terms.is_some_and(|terms| !terms.owner.is_empty() && !terms.purpose.is_empty());
        cases.must("the contract says whose data it is and what for", complete);
        let none = unsigned
            .custody
            .contract(&unsigned.key, unsigned.request())
            .await?;
        cases.control("a team without a contract has none", none.is_none());
        ingest(site, &mut cases).await?;
        Ok(cases.seen())
    }
}

/// Asks for a dataset in a region that there is not.
pub struct OtherRegionsAreRefused;

#[async_trait]
impl Check for OtherRegionsAreRefused {
    fn id(&self) -> &'static str {
        "other-regions-are-refused"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let owner = &probes.one.owner;
        let word = site.random_word();
        let made = |region: String| {
            let new = NewDataset {
                name: format!("probe-{word}"),
                region: Some(region),
                ..NewDataset::default()
            };
            owner
                .custody
                .create_dataset(&owner.key, owner.request(), new, None)
        };
        let mut cases = Cases::of(self.id());
        let elsewhere = made(format!("elsewhere-{}", &word[..8])).await;
        cases.must_refuse("a dataset in an unknown region", elsewhere)?;
        if let Some(dataset) = cases.control_works("a dataset at home", made(HOME.to_owned()).await) {
            let id = || DatasetRef::Id(dataset.id);
            owner
                .custody
                .archive_dataset(&owner.key, owner.request(), id())
                .await?;
            owner
                .custody
                .delete_dataset(&owner.key, owner.request(), id())
                .await?;
        }
        Ok(cases.seen())
    }
}
