//! Whether anything is open to the public that nobody opened, and what it takes to open something.
//!
//! What is looked at: the shares that are live now, each with the entry of the trail that opened it, found by an index; and one
//! dataset of the probe team, which is opened and closed again.

use std::time::Duration;

use access::{Action, ActionSet, Class, Facts, Subject};
use async_trait::async_trait;
use custody::dataset::{Dataset, DatasetRef};
use custody::key::NewKey;
use custody::share::{NewLink, NewShare};
use custody::{Credential, Error, KeyScope};
use kernel::{MemberId, PageRequest, ShareId, TenantId, Timestamp};
use secrecy::ExposeSecret as _;
use store::{StoreError, Tx, Value};

use super::rows::{Count, Wrong, counted, narrowed, number};
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};
use crate::probe::Actor;

/// How long something of the probe team is open at most, were nobody to close it.
const A_WHILE: Duration = Duration::from_secs(10 * 60);

/// Counts what is open without an act that opened it.
pub struct NothingIsOpenUnasked {
    /// What is done wrong for the control case.
    pub wrong: Vec<Wrong>,
}

impl Default for NothingIsOpenUnasked {
    fn default() -> Self {
        Self {
            wrong: vec![
                "UPDATE event SET dataset_id = NULL WHERE tenant_id = $1 AND action = 'share.create'",
            ],
        }
    }
}

/// Live links for which the trail has no act of this person, on this dataset, at that moment.
const UNASKED: &str = "SELECT count(*) FROM share s WHERE s.withdrawn_at IS NULL AND s.ends_at > $1 \
     AND NOT EXISTS (SELECT 1 FROM event e WHERE e.tenant_id = s.tenant_id AND e.action = 'share.create' \
     AND e.outcome = 'done' AND e.dataset_id = s.dataset_id AND e.member_id = s.made_by AND e.happened_at = s.made_at)";

fn unasked(tx: &mut Tx, team: Option<TenantId>, now: Timestamp) -> Result<i64, StoreError> {
    let mut values = vec![Value::from(now)];
    let sql = narrowed(UNASKED, "s.tenant_id", team, &mut values);
    number(tx, &sql, &values)
}

#[async_trait]
impl Check for NothingIsOpenUnasked {
    fn id(&self) -> &'static str {
        "nothing-is-open-unasked"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let place = Place::make(site, &probes.one.owner).await?;
        let looked = self.look(site, &place).await;
        place.clear().await?;
        Ok(looked?.seen())
    }
}

impl NothingIsOpenUnasked {
    async fn look(&self, site: &Site, place: &Place) -> Result<Cases, Trouble> {
        let mut cases = Cases::of(self.id());
        cases.must("a new dataset is closed", !place.is_marked().await?);
        let new = place.share();
        let warned = place.warned(&place.sharer, &new).await;
        let opened = match cases.control_works("the consequences are told", warned) {
            Some(confirmation) => place.open(&place.sharer, &new, &confirmation).await,
            None => return Ok(cases),
        };
        let Some(opened) = cases.control_works("the owner opens it", opened) else {
            return Ok(cases);
        };
        cases.must("what is open is marked as such", place.is_marked().await?);
        let wrong = (self.wrong.clone(), vec![place.tenant.into()]);
        let what = ("live links that no act of the trail opened", unasked as Count);
        let mut cases = counted(site, cases, what, wrong).await?;
        place.close(opened.share.id).await?;
        cases.must("closed again, it is not marked", !place.is_marked().await?);
        Ok(cases)
    }
}

/// Opens a dataset without confirming, and as somebody who may not.
pub struct SharingIsGuarded;

#[async_trait]
impl Check for SharingIsGuarded {
    fn id(&self) -> &'static str {
        "sharing-is-guarded"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let place = Place::make(site, &probes.one.owner).await?;
        let mut cases = Cases::of(self.id());
        let looked = match confirmations(&mut cases, &place).await {
            Ok(()) => people(&mut cases, &place, &[&probes.one.user, &probes.one.worker]).await,
            failed => failed,
        };
        place.clear().await?;
        looked?;
        let policies = &site.custody.desk().policies;
        let may = |stale| {
            let mut subject = Subject::of(Class::Owner);
            subject.scope.stale = stale;
            policies
                .decide_afresh(&subject, Action::ShareCreate, &Facts::at_home())
                .allowed
        };
        cases.must("nobody shares from a browser without a fresh proof", !may(true));
        cases.control("with a fresh proof an owner may", may(false));
        Ok(cases.seen())
    }
}

/// Nothing is opened without the confirmation that belongs to it; with it, once.
async fn confirmations(cases: &mut Cases, place: &Place) -> Result<(), Trouble> {
    let (new, other) = (place.share(), place.originals());
    cases.must_refuse(
        "without a confirmation",
        place.open(&place.sharer, &new, "").await,
    )?;
    let warned = place.warned(&place.sharer, &new).await;
    let Some(confirmation) = cases.control_works("the consequences are told", warned) else {
        return Ok(());
    };
    let mixed = place.open(&place.sharer, &other, &confirmation).await;
    cases.must_refuse("with the confirmation of another share", mixed)?;
    // The confirmation of another key would be refused whatever this one is good for: it asks for its own.
    let plain = place.confirm_and_open(&place.owner, &new).await;
    cases.must_refuse("by a key that was not made for it", plain)?;
    let opened = place.open(&place.sharer, &new, &confirmation).await;
    if let Some(opened) = cases.control_works("confirmed, it is opened", opened) {
        place.close(opened.share.id).await?;
        let again = place.open(&place.sharer, &new, &confirmation).await;
        cases.must_refuse("with a confirmation that was used", again)?;
    }
    Ok(())
}

/// Neither a user nor a worker opens what is not theirs, although their keys are made for it.
async fn people(cases: &mut Cases, place: &Place, people: &[&Actor]) -> Result<(), Trouble> {
    for person in people {
        let key = naming(&place.owner, person.member, place.ends_at).await?;
        let theirs = person.with(person.member, key.clone());
        let tried = place.confirm_and_open(&theirs, &place.share()).await;
        end(&place.owner, &key).await?;
        cases.must_refuse("somebody who did not make the dataset opens it", tried)?;
    }
    Ok(())
}

/// A dataset of a probe team that can be opened, with its owner.
struct Place {
    tenant: TenantId,
    dataset: Dataset,
    owner: Actor,
    /// The owner with a key that was made for sharing.
    sharer: Actor,
    ends_at: Timestamp,
}

impl Place {
    async fn make(site: &Site, owner: &Actor) -> Result<Self, Trouble> {
        let ends_at = site.now().plus(A_WHILE);
        let key = naming(owner, owner.member, ends_at).await?;
        let name = format!("probe-open-{}", &site.random_word()[..8]);
        Ok(Self {
            tenant: site.probes().await?.one.tenant,
            dataset: owner.plain(&name).await?,
            owner: owner.clone(),
            sharer: owner.with(owner.member, key),
            ends_at,
        })
    }

    fn id(&self) -> DatasetRef {
        DatasetRef::Id(self.dataset.id)
    }

    fn share(&self) -> NewShare {
        NewShare {
            dataset: self.id(),
            export: None,
            ends_at: self.ends_at,
            originals: false,
        }
    }

    fn originals(&self) -> NewShare {
        NewShare {
            originals: true,
            ..self.share()
        }
    }

    async fn warned(&self, who: &Actor, new: &NewShare) -> Result<String, Error> {
        let warned = who.custody.warn_of_sharing(&who.key, who.request(), new.clone());
        Ok(warned.await?.confirmation)
    }

    async fn open(&self, who: &Actor, new: &NewShare, confirmation: &str) -> Result<NewLink, Error> {
        let custody = &who.custody;
        custody
            .share(&who.key, who.request(), new.clone(), confirmation)
            .await
    }

    /// All that it takes, by this one alone. What is opened so goes with the dataset.
    async fn confirm_and_open(&self, who: &Actor, new: &NewShare) -> Result<(), Error> {
        let confirmation = self.warned(who, new).await?;
        self.open(who, new, &confirmation).await.map(drop)
    }

    async fn close(&self, share: ShareId) -> Result<(), Error> {
        let owner = &self.owner;
        let closed = owner
            .custody
            .withdraw(&owner.key, owner.request(), self.id(), share);
        closed.await.map(drop)
    }

    /// Whether the dataset is said to be open, by itself and in the list that has it first.
    async fn is_marked(&self) -> Result<bool, Error> {
        let owner = &self.owner;
        let alone = owner.custody.dataset(&owner.key, owner.request(), self.id());
        let alone = alone.await?.shared;
        let mut page = PageRequest::first(100);
        loop {
            let listed = owner
                .custody
                .list_datasets(&owner.key, owner.request(), page)
                .await?;
            if let Some(found) = listed.items.iter().find(|found| found.id == self.dataset.id) {
                return Ok(alone && found.shared);
            }
            page = PageRequest {
                after: Some(listed.next.ok_or(Error::NotFound("dataset"))?),
                ..PageRequest::first(100)
            };
        }
    }

    /// Ends the key and takes the dataset away, with every link to it.
    async fn clear(&self) -> Result<(), Trouble> {
        let (owner, custody) = (&self.owner, &self.owner.custody);
        end(owner, &self.sharer.key).await?;
        custody
            .archive_dataset(&owner.key, owner.request(), self.id())
            .await?;
        custody
            .delete_dataset(&owner.key, owner.request(), self.id())
            .await?;
        Ok(())
    }
}

/// A key of the member that was made for sharing with the public.
async fn naming(owner: &Actor, member: MemberId, until: Timestamp) -> Result<Credential, Trouble> {
    let actions = ActionSet::parse(["*"]).map_err(|error| Trouble(error.to_string()))?;
    let new = NewKey {
        member: Some(member),
        label: "probe".to_owned(),
        expires_at: Some(until),
        scope: KeyScope {
            actions: Some(actions),
            ..KeyScope::default()
        },
    };
    let issued = owner
        .custody
        .issue_key(&owner.key, owner.request(), new, None)
        .await?;
    Credential::parse(issued.secret.expose_secret()).map_err(|error| Trouble(error.to_string()))
}

async fn end(owner: &Actor, key: &Credential) -> Result<(), Trouble> {
    let ended = owner.custody.invalidate_key(&owner.key, owner.request(), key.key);
    ended.await?;
    Ok(())
}
