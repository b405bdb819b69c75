//! Running checks: when each is due, one process at a time, with every result in the operator's trail.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use backup::Shelved;
use custody::{Custody, People};
use governance::egress::Egress;
use kernel::Timestamp;
use serde_json::json;
use store::{Lease, StoreError};

use crate::alarm::Alarms;
use crate::attestation::{self, OnFile};
use crate::catalogue::Catalogue;
use crate::changes::Change;
use crate::check::{Check, Finding, run};
use crate::checks;
use crate::claim::{ClaimState, Known};
use crate::door::Door;
use crate::ear::Ear;
use crate::error::{Error, Result};
use crate::profile::Profiles;
use crate::program::Program;
use crate::rows::{self, Kept};
use crate::site::Site;

const LEASE: &str = "assurance";
/// Longer than any check may take; renewed before each.
const TIME: Duration = Duration::from_secs(15 * 60);

/// What one round did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// What the checks came to that ran.
    pub ran: Vec<Kept>,
    /// The claims that stand otherwise than before.
    pub changes: Vec<Change>,
}

/// Claims, checks and results of one installation. Cheap to clone.
#[derive(Clone)]
pub struct Assurance {
    site: Site,
    checks: Arc<[Arc<dyn Check>]>,
    node: Arc<str>,
    pub(crate) alarms: Arc<Alarms>,
    /// Counts what this process published, so that its pages are made anew at once.
    pub(crate) edition: Arc<AtomicU64>,
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
        let profiles = Profiles::ready(&catalogue)?;
        for check in &checks {
            let entry = catalogue.check(check.id());
            if entry.is_none_or(|entry| entry.absent.is_some()) {
                return Err(Error::Misfit(check.id().to_owned()));
            }
        }
        Ok(Self {
            site: Site::new(custody, folders, (Arc::new(catalogue), Arc::new(profiles))),
            checks: checks.into(),
            node: node.into(),
            alarms: Arc::default(),
            edition: Arc::default(),
        })
    }

    /// The same, with people who sign in as this server lets them.
    #[must_use]
    pub fn with_people(mut self, people: People) -> Self {
        self.site.people = Some(people);
        self
    }

    /// The same, in a server whose door looks so from outside.
    #[must_use]
    pub fn with_door(mut self, door: Arc<dyn Door>) -> Self {
        self.site.door = Some(door);
        self
    }

    /// The same, in a server whose connections pass the gate of this keeper.
    #[must_use]
    pub fn with_egress(mut self, egress: Arc<Egress>) -> Self {
        self.site.egress = Some(egress);
        self
    }

    /// The same, in a process whose log comes by here.
    #[must_use]
    pub fn with_ear(mut self, ear: Ear) -> Self {
        self.site.ear = Some(ear);
        self
    }

    /// The same, in a program that knows this of itself.
    #[must_use]
    pub fn with_program(mut self, program: Program) -> Self {
        self.site.program = Some(Arc::new(program));
        self
    }

    /// The same, where backups lie here.
    #[must_use]
    pub fn with_backups(mut self, backups: Option<Shelved>) -> Self {
        self.site.backups = backups;
        self
    }

    /// The same, with these profiles.
    #[must_use]
    pub fn with_profiles(mut self, profiles: Profiles) -> Self {
        self.site.profiles = Arc::new(profiles);
        self
    }

    /// The same, writing to these people when something gets worse.
    #[must_use]
    pub fn with_alarms(self, alarms: Alarms) -> Self {
        let alarms = Arc::new(alarms);
        Self { alarms, ..self }
    }

    /// The catalogue in force.
    pub fn catalogue(&self) -> &Catalogue {
        &self.site.catalogue
    }

    /// The profiles that there are.
    pub fn profiles(&self) -> &Profiles {
        &self.site.profiles
    }

    /// The moment.
    pub fn now(&self) -> Timestamp {
        self.site.now()
    }

    pub(crate) fn site(&self) -> &Site {
        &self.site
    }

    /// The name of this process.
    pub(crate) fn node(&self) -> &str {
        &self.node
    }

    /// The checks that there is code for.
    pub fn built(&self) -> impl Iterator<Item = &'static str> {
        self.checks.iter().map(|check| check.id())
    }

    /// Runs what is due, and notes which claims stand otherwise than before, which they may do by the clock alone. Nothing when
    /// another process does so already. Between two checks it asks whether it has to stop.
    pub async fn turn(&self, stop: &(dyn Fn() -> bool + Send + Sync)) -> Result<Option<Round>> {
        let results = self.results().await?;
        let now = self.site.now();
        let is_due = |check: &&Arc<dyn Check>| {
            let entry = self.catalogue().check(check.id());
            let ran = results.get(check.id()).map(|kept| kept.ran_at);
            match (ran, entry) {
                (Some(ran), Some(entry)) => ran.plus(entry.cadence.period()) <= now,
                _ => true,
            }
        };
        let due: Vec<_> = self.checks.iter().filter(is_due).cloned().collect();
        match self.round(due, stop).await {
            Err(Error::Busy) => Ok(None),
            round => round.map(Some),
        }
    }

    /// Runs what is due, as a timer would want. Nothing when another process does so already.
    pub async fn run_due(&self) -> Result<Vec<Kept>> {
        let round = self.turn(&|| false).await?;
        Ok(round.map_or_else(Vec::new, |round| round.ran))
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
        Ok(self.round(chosen, &|| false).await?.ran)
    }

    async fn round(
        &self,
        checks: Vec<Arc<dyn Check>>,
        stop: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<Round> {
        let lease = self.take_lease().await?.ok_or(Error::Busy)?;
        let round = self.under(&lease, checks, stop).await;
        // Whatever became of it, the next round need not wait for the end of the lease.
        let db = self.site.db().clone();
        db.write(move |tx| lease.release(tx)).await?;
        round
    }

    async fn under(
        &self,
        lease: &Lease,
        checks: Vec<Arc<dyn Check>>,
        stop: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<Round> {
        // What cannot be watched now is told by the checks of that, and keeps no other from running.
        if let Err(error) = self.watch().await {
            tracing::warn!(%error, "what is watched between checks was not");
        }
        let mut ran = Vec::with_capacity(checks.len());
        for check in checks {
            if stop() || !self.renew(lease).await? {
                let changes = Vec::new();
                return Ok(Round { ran, changes });
            }
            let begun = self.site.now();
            let name = check.id();
            let finding = run(check, self.site.clone()).await;
            ran.push(self.keep(name, begun, finding).await?);
        }
        let changes = self.note_changes().await?;
        Ok(Round { ran, changes })
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
    async fn keep(&self, name: &'static str, begun: Timestamp, finding: Finding) -> Result<Kept> {
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
        let kept = kept.ok_or_else(|| Error::UnknownCheck(name.to_owned()))?;
        if kept.since == kept.ran_at {
            let (outcome, reason) = (kept.finding.outcome.as_str(), kept.finding.reason.as_str());
            tracing::info!(check = name, outcome, reason, "a check comes to something else");
        }
        Ok(kept)
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

    /// What the operator's registers have on file, by the names of attestations.
    pub async fn on_file(&self) -> Result<BTreeMap<String, OnFile>> {
        Ok(attestation::on_file(&self.site).await?)
    }

    /// How every claim stands: those of the catalogue, and what the installation's own page adds.
    pub async fn claims(&self) -> Result<Vec<ClaimState>> {
        Ok(self.claims_at(self.site.now()).await?.0)
    }

    /// How every claim stands at this moment, and the results that this follows from.
    pub async fn claims_at(&self, now: Timestamp) -> Result<(Vec<ClaimState>, BTreeMap<String, Kept>)> {
        let known = self.known_at(now).await?;
        Ok((known.watched(self.catalogue(), self.profiles()), known.results))
    }

    /// What is known at this moment of everything behind claims.
    pub async fn known_at(&self, now: Timestamp) -> Result<Known> {
        Ok(Known {
            results: self.results().await?,
            on_file: self.on_file().await?,
            now,
        })
    }
}
