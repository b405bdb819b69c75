//! Whether keys open what is theirs, and nothing opens without them.

use std::sync::Arc;

use async_trait::async_trait;
use custody::Roots;
use custody::installation::ProbeTeam;
use sealing::{Key, LocalRoot};

use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};

/// How many wrapped keys of each kind are tried.
const SAMPLE: u32 = 500;

/// Tries the probe team's key on other teams' wrapped keys.
pub struct KeysOpenOnlyTheirOwn;

#[async_trait]
impl Check for KeysOpenOnlyTheirOwn {
    fn id(&self) -> &'static str {
        "keys-open-only-their-own"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        probes.one.owner.plain("probe-keys").await?;
        probes.twin.owner.plain("probe-keys").await?;
        let tried = site
            .custody
            .try_keys(site.request(), ProbeTeam::One, SAMPLE)
            .await?;
        let mut cases = Cases::of(self.id());
        cases.looked_at(format!("{tried:?}"));
        let opened = tried.foreign_opened;
        cases.must(&format!("foreign keys opened: 0, and not {opened}"), opened == 0);
        cases.control("foreign keys were there to be tried", tried.foreign > 0);
        cases.control(
            "the team's own wrapped keys open",
            tried.own > 0 && tried.own_opened == tried.own,
        );
        Ok(cases.seen())
    }
}

/// Reads by a custody that has another root key.
pub struct KeysAreTrulyNeeded;

#[async_trait]
impl Check for KeysAreTrulyNeeded {
    fn id(&self) -> &'static str {
        "keys-are-truly-needed"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let owner = &probes.one.owner;
        let dataset = owner.plain("probe-keys").await?;
        let content = site.random_word();
        let item = owner
            .put(&dataset, &site.random_word(), content.as_bytes())
            .await?
            .item
            .id;
        let random = &*site.custody.desk().random;
        let wrong = Roots::new(Arc::new(LocalRoot::new(Key::generate(random))), Vec::new());
        let keyless = owner.at(&site.custody.with_roots(wrong));
        let mut cases = Cases::of(self.id());
        cases.must(
            "without the root key the item is not read",
            keyless.get(item).await.is_err(),
        );
        let read = cases.control_works("with it the item is read", owner.get(item).await);
        cases.control(
            "and has its bytes",
            read.is_some_and(|bytes| bytes == content.as_bytes()),
        );
        owner.remove(item).await?;
        Ok(cases.seen())
    }
}
