//! Running checks: when each is due, one process at a time, with every result in the operator's trail.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use custody::Custody;
use serde_json::json;
use store::{Lease, StoreError};

use crate::attestation::{NewAttestation, OnFile};
use crate::catalogue::Catalogue;
use crate::check::{Check, Finding, run};
use crate::checks;
use crate::claim::{ClaimState, Known};
use crate::error::{Error, Result};
use crate::rows::{self, Kept};
use crate::site::Site;

const LEASE: &str = "assurance";
/// Longer than any check may take; renewed before each.
const TIME: Duration = Duration::from_secs(15 * 60);

/// Claims, checks and results of one installation. Cheap to clone.
#[derive(Clone)]
pub struct Assurance {
    site: Site,
    checks: Arc<[Arc<dyn Check>]>,
    node: Arc<str>,
}

impl Assurance {
    /// Over this custody. `folders` are those whose files hold what is stored; `node` names this process.
    ///
    /// # Errors
    /// [`Error::Catalogue`] and [`Error::Misfit`] never come of what is built in; a test makes one.
    pub fn new(custody: Custody, folders: Vec<PathBuf>, node: &str) -> Result<Self> {
        Self::with_checks(custody, folders, node, checks::all())
    }

    /// With these checks alone.
    ///
    /// # Errors
    /// [`Error::Misfit`] for a check that the catalogue does not have, or says is absent.
    pub fn with_checks(
        custody: Custody,
        folders: Vec<PathBuf>,
        node: &str,
        checks: Vec<Arc<dyn Check>>,
    ) -> Result<Self> {
        let catalogue = Catalogue::load()?;
        for check in &checks {
            let entry = catalogue.check(check.id());
            if entry.is_none_or(|entry| entry.absent.is_some()) {
                return Err(Error::Misfit(check.id().to_owned()));
            }
        }
        Ok(Self {
            site: Site::new(custody, folders, Arc::new(catalogue)),
            checks: checks.into(),
            node: node.into(),
        })
    }

    /// The catalogue in force.
    pub fn catalogue(&self) -> &Catalogue {
        &self.site.catalogue
    }

    /// The checks that there is code for.
    pub fn built(&self) -> impl Iterator<Item = &'static str> {
        self.checks.iter().map(|check| check.id())
    }

    /// Runs what is due. Nothing when another process does so already.
    pub async fn run_due(&self) -> Result<Vec<Kept>> {
        let results = self.results().await?;
        let now = self.site.now();
        let is_due = |check: &&Arc<dyn Check>| {
            let period = self
                .catalogue()
                .check(check.id())
                .map(|entry| entry.cadence.period());
            let ran = results.get(check.id()).map(|kept| kept.ran_at);
            match (ran, period) {
                (Some(ran), Some(period)) => ran.plus(period) <= now,
                _ => true,
            }
        };
        let due: Vec<_> = self.checks.iter().filter(is_due).cloned().collect();
        match due.is_empty() {
            true => Ok(Vec::new()),
            false => match self.run_these(due).await {
                Err(Error::Busy) => Ok(Vec::new()),
                ran => ran,
            },
        }
    }

    /// Runs these checks now; all of them when none is named.
    ///
    /// # Errors
    /// [`Error::Busy`] while another process runs checks; [`Error::UnknownCheck`].
    pub async fn run_now(&self, names: &[String]) -> Result<Vec<Kept>> {
        let named = |name: &String| {
            let found = self.checks.iter().find(|check| check.id() == name);
            found.cloned().ok_or_else(|| Error::UnknownCheck(name.clone()))
        };
        let chosen = match names.is_empty() {
            true => self.checks.to_vec(),
            false => names.iter().map(named).collect::<Result<_>>()?,
        };
        self.run_these(chosen).await
    }

    async fn run_these(&self, checks: Vec<Arc<dyn Check>>) -> Result<Vec<Kept>> {
        let lease = self.take_lease().await?.ok_or(Error::Busy)?;
        let mut ran = Vec::with_capacity(checks.len());
        for check in checks {
            if !self.renew(&lease).await? {
                break;
            }
            let begun = self.site.now();
            let name = check.id();
            let finding = run(check, self.site.clone()).await;
            ran.push(self.keep(name, begun, finding).await?);
        }
        let db = self.site.db().clone();
        db.write(move |tx| lease.release(tx)).await?;
        Ok(ran)
    }

    async fn take_lease(&self) -> Result<Option<Lease>> {
        // Two rounds of one process are two holders.
        let (holder, now) = (
            format!("{}/{}", self.node, self.site.random_word()),
            self.site.now(),
        );
        let take = move |tx: &mut store::Tx| Lease::take(tx, LEASE, &holder, now, TIME);
        Ok(self.site.db().write(take).await?)
    }

    async fn renew(&self, lease: &Lease) -> Result<bool> {
        let (lease, now) = (lease.clone(), self.site.now());
        let renewed = self.site.db().write(move |tx| lease.renew(tx, now, TIME));
        Ok(renewed.await?)
    }

    /// The result and its entry in the trail are durable together.
    async fn keep(&self, name: &'static str, begun: kernel::Timestamp, finding: Finding) -> Result<Kept> {
        let took = self.site.now().as_micros().saturating_sub(begun.as_micros()) / 1000;
        let details = json!({
            "check": name, "outcome": finding.outcome, "reason": finding.reason, "control": finding.control,
            "inputs": hex::encode(finding.inputs), "took_ms": took,
        });
        let request = self.site.request();
        let recorded = self
            .site
            .custody
            .record_assurance(request, details, move |tx, event| {
                rows::keep(tx, name, (begun, took), &finding, event)
            });
        recorded.await?;
        let kept = self.site.db().read(move |tx| rows::newest(tx, name)).await?;
        kept.ok_or_else(|| Error::UnknownCheck(name.to_owned()))
    }

    /// The newest result of each check.
    pub async fn results(&self) -> Result<BTreeMap<String, Kept>> {
        let names: Vec<&'static str> = self.built().collect();
        let read = self.site.db().read(move |tx| {
            let newest = names.iter().map(|name| rows::newest(tx, name));
            newest.collect::<std::result::Result<Vec<_>, StoreError>>()
        });
        let results = read.await?.into_iter().flatten();
        Ok(results.map(|kept| (kept.check.clone(), kept)).collect())
    }

    /// The newest results of one check, newest first.
    pub async fn history(&self, check: &str, limit: u32) -> Result<Vec<Kept>> {
        let check = check.to_owned();
        let read = self.site.db().read(move |tx| rows::history(tx, &check, limit));
        Ok(read.await?)
    }

    /// What is on file of each name, the newest by what it covers.
    pub async fn on_file(&self) -> Result<BTreeMap<String, OnFile>> {
        Ok(on_file(&self.site).await?)
    }

    /// How every claim stands.
    pub async fn claims(&self) -> Result<Vec<ClaimState>> {
        let known = Known {
            results: self.results().await?,
            on_file: self.on_file().await?,
            now: self.site.now(),
        };
        let catalogue = self.catalogue();
        Ok(catalogue
            .claims()
            .iter()
            .map(|claim| known.state_of(catalogue, claim))
            .collect())
    }

    /// Puts evidence on file.
    ///
    /// # Errors
    /// [`Error::Invalid`] says which of its dates cannot be.
    pub async fn attest(&self, new: NewAttestation) -> Result<OnFile> {
        let entry = self
            .catalogue()
            .attestation(&new.name)
            .ok_or_else(|| Error::Invalid {
                field: "name",
                problem: format!("the catalogue has no attestation `{}`", new.name),
            })?;
        let recorded_at = self.site.now();
        let valid_until = new.check(entry, recorded_at)?;
        let details = json!({
            "attestation": new.name, "owner": new.owner, "evidence": hex::encode(new.evidence),
            "covers_from": new.covers_from, "covers_to": new.covers_to, "valid_until": valid_until,
        });
        let (request, evidence) = (self.site.request(), new.evidence);
        let file = move |event| OnFile {
            name: new.name.clone(),
            recorded_at,
            covers_from: new.covers_from,
            covers_to: new.covers_to,
            valid_until,
            event,
        };
        let kept = file.clone();
        let recorded = self
            .site
            .custody
            .record_assurance(request, details, move |tx, event| {
                rows::put_on_file(tx, &kept(event), evidence)
            });
        Ok(file(recorded.await?))
    }
}

/// What is on file, of every name of the catalogue.
pub(crate) async fn on_file(site: &Site) -> std::result::Result<BTreeMap<String, OnFile>, StoreError> {
    let entries = site.catalogue.attestations().iter();
    let names: Vec<String> = entries.map(|entry| entry.id.clone()).collect();
    let read = site.db().read(move |tx| {
        let newest = names.iter().map(|name| rows::on_file(tx, name));
        newest.collect::<std::result::Result<Vec<_>, StoreError>>()
    });
    let found = read.await?.into_iter().flatten();
    Ok(found.map(|file| (file.name.clone(), file)).collect())
}
