//! Whether what people agreed to is recorded as they said it, and whether they are left alone once they take it back.
//!
//! Of other teams, the newest 500 agreements of the last 26 hours are looked at, by their dates: each has to have its entry in the trail.
//! What is opened is the probe team's.

use std::time::Duration;

use ::ledger::Receipt;
use async_trait::async_trait;
use custody::Error;
use custody::trail::TrailFilter;
use kernel::{PageRequest, TenantId, Timestamp};
use rights::Rights;
use rights::consent::{Consent, NewConsent};
use rights::purpose::{Basis, NewPurpose, Purpose, PurposeRef, Terms};
use store::{StoreError, Tx, Value, params};

use super::copies::agreeing;
use super::ledger::first_id_at;
use super::plants::Rule;
use super::rows::{Wrong, narrowed};
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};
use crate::probe::Actor;

/// What the probe team asks people for.
pub(super) const PURPOSE: &str = "probe";
const PERSON: &str = "probe-consents";
const LOOKED_BACK: Duration = Duration::from_secs(26 * 60 * 60);
const SAMPLE: i64 = 500;

/// The purpose that people agree to at the probe team.
pub(super) struct Purposes<'a> {
    rights: &'a Rights,
    by: &'a Actor,
}

impl<'a> Purposes<'a> {
    pub(super) fn of(rights: &'a Rights, by: &'a Actor) -> Self {
        Self { rights, by }
    }

    /// Somebody agrees; the purpose is made with its notice if it is not there.
    pub(super) async fn agree(&self, person: &str, proof: &str) -> Result<Consent, Error> {
        let notice = self.notice().await?;
        self.record(agreeing(person, proof, notice)).await
    }

    /// A purpose with this basis, made if it is not there.
    pub(super) async fn make(&self, word: &str, basis: Basis) -> Result<Purpose, Error> {
        let (rights, by) = (self.rights, self.by);
        match rights
            .purpose(&by.key, by.request(), PurposeRef::parse(word))
            .await
        {
            Err(Error::NotFound(_)) => {
                let terms = Terms {
                    word: word.to_owned(),
                    says: "A check of the installation.".to_owned(),
                    ..Terms::default()
                };
                let new = NewPurpose { basis, terms };
                rights.make_purpose(&by.key, by.request(), new, None).await
            }
            found => found,
        }
    }

    async fn notice(&self) -> Result<u32, Error> {
        let (rights, by) = (self.rights, self.by);
        let found = self.make(PURPOSE, Basis::Consent).await?;
        if let Some(notice) = found.notice {
            return Ok(notice.version);
        }
        let told = "Nobody is told anything: it is a check.".to_owned();
        let published = rights.publish_notice(&by.key, by.request(), the_purpose(), told);
        Ok(published.await?.version)
    }

    pub(super) async fn take_back(&self, person: &str) -> Result<Consent, Error> {
        let taken = NewConsent {
            given: false,
            notice: None,
            act: None,
            proof: None,
            ..agreeing(person, "", 0)
        };
        self.record(taken).await
    }

    async fn record(&self, new: NewConsent) -> Result<Consent, Error> {
        let (key, request) = (&self.by.key, self.by.request());
        self.rights
            .record_consent(key, request, the_purpose(), new, None)
            .await
    }

    async fn use_it(&self, person: &str) -> Result<(), Error> {
        let how = "a check of the installation".to_owned();
        let (key, request) = (&self.by.key, self.by.request());
        let used = self
            .rights
            .use_for_purpose(key, request, the_purpose(), person.to_owned(), how);
        used.await.map(drop)
    }
}

fn the_purpose() -> PurposeRef {
    PurposeRef::parse(PURPOSE)
}

/// Looks for agreements without an entry, takes one back, and verifies a receipt.
pub struct ConsentReceiptsVerify {
    /// What is planted for the control case.
    pub unrecorded: Vec<Wrong>,
    /// How a receipt is forged for the control case.
    pub forge: fn(&str) -> String,
}

impl Default for ConsentReceiptsVerify {
    fn default() -> Self {
        Self {
            unrecorded: vec![UNRECORDED],
            forge: |receipt| receipt.replacen("consent.record", "consent.forged", 1),
        }
    }
}

const UNRECORDED: Wrong = "INSERT INTO consent (consent_id, tenant_id, purpose_id, given, channel, happened_at, recorded_at, \
     member_id) VALUES ($2, $1, $3, 1, 'paper', $4, $4, $2)";
const RECORDED: Wrong = "INSERT INTO event (event_id, tenant_id, happened_at, action, outcome, sealed, commitment) \
     VALUES ($2, $1, $4, 'consent.record', 'done', $2, $2)";

#[async_trait]
impl Check for ConsentReceiptsVerify {
    fn id(&self) -> &'static str {
        "consent-receipts-verify"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let (rights, owner) = (Rights::new(site.custody.clone()), &probes.one.owner);
        let purposes = Purposes::of(&rights, owner);
        let mut cases = Cases::of(self.id());
        let given = purposes.agree(PERSON, "a check").await?;
        cases.control_works("who agreed is in it", purposes.use_it(PERSON).await);
        purposes.take_back(PERSON).await?;
        let used = purposes.use_it(PERSON).await;
        cases.must_refuse("used after it was taken back", used)?;
        let now = site.now();
        let id = kernel::ConsentId::make(now, &*site.custody.desk().random);
        let values = params![probes.one.tenant, id, given.purpose, now];
        let entries = Rule {
            what: "agreements without an entry in the trail",
            count: unrecorded,
            team: None,
            breaks: &self.unrecorded,
            keeps: &[UNRECORDED, RECORDED],
            values,
        };
        let found = entries.count(site, &mut cases).await?;
        cases.must(&format!("{}: 0, and not {found}", entries.what), found == 0);
        self.receipt(site, &mut cases, owner).await?;
        Ok(cases.seen())
    }
}

impl ConsentReceiptsVerify {
    /// The newest agreement of the probe team that has its place in the log; there is none before the second run.
    async fn receipt(&self, site: &Site, cases: &mut Cases, owner: &Actor) -> Result<(), Trouble> {
        let Some((receipt, policy)) = newest_receipt(site, owner, "consent.record").await? else {
            return Ok(());
        };
        let verifies =
            |text: &str| Receipt::parse(text.as_bytes()).is_ok_and(|read| read.verify(&policy).is_ok());
        cases.must("the newest receipt verifies", verifies(&receipt));
        cases.control("a forged receipt fails", !verifies(&(self.forge)(&receipt)));
        Ok(())
    }
}

/// The receipt of the newest act of this name that has its place in the log, and what it is held to.
pub(super) async fn newest_receipt(
    site: &Site,
    by: &Actor,
    action: &str,
) -> Result<Option<(String, ::ledger::Policy)>, Trouble> {
    let filter = TrailFilter {
        action: Some(action.to_owned()),
        outcome: Some("done".to_owned()),
        ..TrailFilter::default()
    };
    let page = PageRequest::first(50);
    let listed = by.custody.trail(&by.key, by.request(), filter, page).await?.items;
    let Some(entry) = listed.iter().find(|entry| entry.index.is_some()) else {
        return Ok(None);
    };
    let receipt = by.custody.receipt(&by.key, by.request(), entry.id).await?;
    let installed = site.custody.installation().await?;
    let installed = installed.ok_or_else(|| Trouble("nothing is installed".to_owned()))?;
    let key = installed.log_verifier.parse();
    let key = key.map_err(|_| Trouble("the log's verifier key cannot be read".to_owned()))?;
    let policy = ::ledger::Policy::log_only(key).map_err(|error| Trouble(error.to_string()))?;
    Ok(Some((receipt, policy)))
}

const NEWEST: &str =
    "SELECT c.consent_id, c.tenant_id, c.recorded_at FROM consent c WHERE c.consent_id >= $1";
/// The entry of an act is made at the moment of what it records, so their ids begin alike.
const ENTRY: &str = "SELECT 1 FROM event WHERE tenant_id = $1 AND action = 'consent.record' AND event_id >= $2 AND event_id < $3 \
     AND happened_at = $4 AND outcome = 'done' LIMIT 1";

fn unrecorded(tx: &mut Tx, team: Option<TenantId>, now: Timestamp) -> Result<i64, StoreError> {
    let mut values = vec![Value::from(first_id_at(now.minus(LOOKED_BACK)))];
    let sql = narrowed(NEWEST, "c.tenant_id", team, &mut values);
    let newest = tx.all(
        &format!("{sql} ORDER BY c.consent_id DESC LIMIT {SAMPLE}"),
        &values,
    )?;
    let mut missing = 0;
    for row in newest {
        let (tenant, at): (TenantId, Timestamp) = (row.get(1)?, row.get(2)?);
        let (from, to) = (first_id_at(at), first_id_at(at.plus(Duration::from_millis(1))));
        missing += i64::from(tx.optional(ENTRY, params![tenant, from, to, at])?.is_none());
    }
    Ok(missing)
}
