//! Whether anybody keeps a right that they do not use.
//!
//! What is looked at: grants of datasets that are live and older than ninety days, each with what its member did since, found by an
//! index; nothing of who uses theirs, and nothing that is opened.

use std::time::Duration;

use async_trait::async_trait;
use custody::dataset::{Dataset, DatasetRef, GrantTerms};
use kernel::{TenantId, Timestamp};
use store::{StoreError, Tx, Value, params};

use super::ledger::first_id_at;
use super::rows::{Wrong, narrowed, number};
use crate::Site;
use crate::check::{Cases, Check, Observation, Promise, Trouble, planted};
use crate::probe::Actor;

/// Lists grants that nobody used.
pub struct UnusedRightsEnd {
    /// What makes the grants of the dataset $2 old for the control case.
    pub wrong: Wrong,
}

impl Default for UnusedRightsEnd {
    fn default() -> Self {
        Self {
            wrong: "UPDATE dataset_grant SET given_at = 0 WHERE tenant_id = $1 AND dataset_id = $2",
        }
    }
}

const UNUSED_FOR: Duration = Duration::from_secs(90 * 24 * 60 * 60);
const UNUSED: &str = "SELECT count(*) FROM dataset_grant g JOIN member m ON m.member_id = g.member_id \
     WHERE g.given_at < $1 AND (g.ends_at IS NULL OR g.ends_at > $2) AND m.state = 'active' \
     AND NOT EXISTS (SELECT 1 FROM event e WHERE e.tenant_id = g.tenant_id AND e.member_id = g.member_id \
     AND e.event_id >= $3 AND e.dataset_id = g.dataset_id AND e.outcome = 'done')";

fn unused(tx: &mut Tx, team: Option<TenantId>, now: Timestamp) -> Result<i64, StoreError> {
    let since = now.minus(UNUSED_FOR);
    let mut values = vec![Value::from(since), now.into(), first_id_at(since).into()];
    let sql = narrowed(UNUSED, "g.tenant_id", team, &mut values);
    number(tx, &sql, &values)
}

#[async_trait]
impl Check for UnusedRightsEnd {
    fn id(&self) -> &'static str {
        "unused-rights-end"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let (team, now) = (&probes.one, site.now());
        let idle = given(&team.owner, &team.user, "probe-grant-idle").await?;
        let used = given(&team.owner, &team.user, "probe-grant-used").await?;
        let (user, id) = (&team.user, DatasetRef::Id(used.id));
        let used_it = user.custody.dataset(&user.key, user.request(), id);
        let mut cases = Cases::of(self.id());
        cases.control_works("who was given a dataset uses it", used_it.await);
        let found = site.db().read(move |tx| unused(tx, None, now)).await?;
        cases.looked_at(found.to_be_bytes());
        for (what, dataset, counted) in [
            ("an old grant that nobody used is listed", idle, 1),
            ("one that somebody used is not", used, 0),
        ] {
            let (tenant, wrong) = (team.tenant, self.wrong);
            let before = site.db().read(move |tx| unused(tx, Some(tenant), now)).await?;
            let values = params![tenant, dataset.id].to_vec();
            let plant = move |tx: &mut Tx| tx.execute(wrong, &values).map(drop);
            let seen = planted(site.db(), plant, move |tx| unused(tx, Some(tenant), now)).await?;
            cases.control(what, seen == before + counted);
        }
        let mut seen = cases.seen();
        if found > 0 {
            let why =
                format!("{found} grants of datasets were not used for 90 days: end them, or give them anew");
            seen.promise = Promise::Late(why);
        }
        Ok(seen)
    }
}

/// The probe team's dataset of this name, given to somebody just now.
async fn given(owner: &Actor, to: &Actor, name: &str) -> Result<Dataset, Trouble> {
    let dataset = owner.plain(name).await?;
    let (id, terms) = (DatasetRef::Id(dataset.id), GrantTerms::default());
    let custody = &owner.custody;
    custody
        .give_grant(&owner.key, owner.request(), id, to.member, terms)
        .await?;
    Ok(dataset)
}
