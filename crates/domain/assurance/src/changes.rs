//! What changes about claims: every version of every sentence, with its state.
//!
//! Promises: a claim that stands otherwise than before, or says something else, has a new version; all that changed in one round is
//! one entry of the operator's trail, durable together with the versions and the letters to whom it concerns; what got worse is a warning
//! in the server's log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kernel::{EventId, Timestamp};
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::claim::{ClaimState, State};
use crate::error::Result;
use crate::rows;
use crate::runner::Assurance;

/// What of a reason stands in the trail; the whole of it is in the version.
const LONGEST_REASON: usize = 500;

/// A claim as it stood for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClaimVersion {
    /// The claim.
    pub claim: String,
    /// Since when.
    pub began_at: Timestamp,
    /// How it stood.
    pub state: State,
    /// What it said.
    pub statement: String,
    /// Why, where it did not simply hold.
    pub reason: Option<String>,
    /// The entry of the operator's trail.
    pub event: EventId,
}

/// A claim that stands otherwise than before, or says something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The claim.
    pub claim: String,
    /// How it stood; nothing when it was never looked at.
    pub was: Option<State>,
    /// How it stands.
    pub is: State,
    /// What it says.
    pub statement: String,
    /// Why it stands so.
    pub reason: Option<String>,
    /// It is a claim of the catalogue once more, as a company's page says it: whoever hears of the claim needs no second word.
    pub echo: bool,
}

impl Change {
    /// Whether somebody should hear of it.
    pub fn is_worse(&self) -> bool {
        !self.echo && self.was.is_some_and(|was| was < self.is)
    }

    fn of((claim, echo): (ClaimState, bool), before: Option<&ClaimVersion>) -> Option<Self> {
        let is_same = |before: &ClaimVersion| {
            before.state == claim.state && before.statement == claim.statement.replace('\0', " ")
        };
        match before.is_some_and(is_same) {
            true => None,
            false => Some(Self {
                was: before.map(|before| before.state),
                claim: claim.id,
                is: claim.state,
                statement: claim.statement,
                reason: claim.reason,
                echo,
            }),
        }
    }

    fn as_json(&self) -> Json {
        let reason = self.reason.as_ref().filter(|_| self.is_worse());
        let short = |reason: &String| reason.chars().take(LONGEST_REASON).collect::<String>();
        json!({ "claim": self.claim, "was": self.was, "is": self.is, "reason": reason.map(short) })
    }

    fn tell(&self) {
        let (claim, is, was) = (self.claim.as_str(), self.is.as_str(), self.was.map(State::as_str));
        let reason = self.reason.as_deref().unwrap_or_default();
        match (was, self.is_worse()) {
            (_, _) if self.echo => {}
            (None, _) => {}
            (Some(was), true) => tracing::warn!(claim, was, is, reason, "a claim got worse"),
            (Some(was), false) => tracing::info!(claim, was, is, "a claim changed"),
        }
    }
}

impl Assurance {
    /// Keeps what changed since the last time. Only who holds the lease of a round calls it.
    pub(crate) async fn note_changes(&self) -> Result<Vec<Change>> {
        let claims = self.noted().await?;
        let before: BTreeMap<String, ClaimVersion> = self.site().db().read(rows::newest_versions).await?;
        let changes: Vec<Change> = claims
            .into_iter()
            .filter_map(|claim| {
                let known = before.get(&claim.0.id);
                Change::of(claim, known)
            })
            .collect();
        if changes.is_empty() {
            return Ok(changes);
        }
        let listed: Vec<Json> = changes.iter().map(Change::as_json).collect();
        let worse = changes.iter().filter(|change| change.is_worse()).count();
        let details = json!({ "alarm": worse > 0, "worse": worse, "changed": listed });
        let (kept, now) = (changes.clone(), self.site().now());
        let letters = self.alarms.letters(&changes)?;
        let random = Arc::clone(&self.site().custody.desk().random);
        let custody = &self.site().custody;
        let recorded = custody.record_assurance(self.site().request(), details, move |tx, event| {
            for change in &kept {
                rows::keep_version(tx, change, now, event)?;
            }
            for letter in &letters {
                outbox::put_in(tx, now, &*random, letter)?;
            }
            Ok::<_, outbox::Error>(())
        });
        recorded.await?;
        changes.iter().for_each(Change::tell);
        Ok(changes)
    }

    /// Everything whose versions are kept: what the installation says, and what the pages of companies say, each under the name of their
    /// profile, with whether it is said of a claim that is there already.
    async fn noted(&self) -> Result<Vec<(ClaimState, bool)>> {
        let known = self.known_at(self.site().now()).await?;
        let (catalogue, profiles) = (self.catalogue(), self.profiles());
        let mut noted: Vec<(ClaimState, bool)> = known
            .watched(catalogue, profiles)
            .into_iter()
            .map(|claim| (claim, false))
            .collect();
        let pages = self.company_pages().await?.into_iter();
        let used: BTreeSet<String> = pages.map(|page| page.profile).collect();
        for profile in used.iter().filter_map(|name| profiles.get(name)) {
            let states = known.of(catalogue, &profile).into_iter();
            noted.extend(states.map(|state| {
                let echo = catalogue.claim(&state.id).is_some();
                let id = profile.history_of(&state.id);
                (ClaimState { id, ..state }, echo)
            }));
        }
        Ok(noted)
    }

    /// How a claim stood, newest first.
    pub async fn versions(&self, claim: &str, limit: u32) -> Result<Vec<ClaimVersion>> {
        let claim = claim.to_owned();
        let read = self.site().db().read(move |tx| rows::versions(tx, &claim, limit));
        Ok(read.await?)
    }
}
