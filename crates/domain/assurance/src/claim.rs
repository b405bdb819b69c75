//! How a claim stands, from its checks and from what is on file.
//!
//! Promises: the worst decides; what there is no check for is never shown as if it held; a result that is older than its
//! check's cadence allows is late, whatever it says.

use std::collections::BTreeMap;

use kernel::Timestamp;
use serde::Serialize;

use crate::attestation::{OnFile, Standing};
use crate::catalogue::{AttestationEntry, Catalogue, CheckEntry, Claim, Kind};
use crate::check::Outcome;
use crate::profile::{Profile, Profiles};
use crate::rows::Kept;

/// How a claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Everything behind it holds and is in date.
    Holds,
    /// Nothing of it can be said here, for the reason given.
    OutOfScope,
    /// What can be checked holds; the rest cannot be checked here.
    Partly,
    /// Something behind it is overdue.
    Late,
    /// A check behind it cannot be believed.
    BrokenCheck,
    /// It is broken.
    BrokenPromise,
}

impl State {
    /// Every state, best first.
    pub const ALL: [Self; 6] = [
        Self::Holds,
        Self::Partly,
        Self::Late,
        Self::BrokenCheck,
        Self::BrokenPromise,
        Self::OutOfScope,
    ];

    /// The state of this word; a word that nobody wrote counts as a check that cannot be believed.
    pub(crate) fn from_row(word: &str) -> Self {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == word);
        found.unwrap_or(Self::BrokenCheck)
    }

    /// The word in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Partly => "partly",
            Self::Late => "late",
            Self::BrokenCheck => "broken-check",
            Self::BrokenPromise => "broken-promise",
            Self::OutOfScope => "out-of-scope",
        }
    }
}

/// A claim with its state.
#[derive(Debug, Clone, Serialize)]
pub struct ClaimState {
    /// Its name.
    pub id: String,
    /// The sentence, filled from state.
    pub statement: String,
    /// The requirements it meets.
    pub sources: Vec<String>,
    /// What makes it true.
    pub kind: Kind,
    /// Whether it stands on the installation's own page.
    pub published: bool,
    /// Its checks.
    pub checks: Vec<String>,
    /// What has to be on file for it.
    pub attestations: Vec<String>,
    /// How it stands.
    pub state: State,
    /// Since when; nothing as long as nothing behind it ever ran.
    pub since: Option<Timestamp>,
    /// When the check behind it that ran longest ago ran last; nothing as long as none did.
    pub checked_at: Option<Timestamp>,
    /// Why, where it does not simply hold.
    pub reason: Option<String>,
}

/// What is known of everything behind claims.
#[derive(Debug, Clone)]
pub struct Known {
    /// The newest result of each check.
    pub results: BTreeMap<String, Kept>,
    pub(crate) on_file: BTreeMap<String, OnFile>,
    /// When.
    pub now: Timestamp,
}

/// How one thing behind a claim stands.
struct Part {
    state: State,
    since: Option<Timestamp>,
    checked: Option<Timestamp>,
    reason: String,
}

impl Known {
    /// How the claims of a profile stand, in its order and words.
    pub fn of(&self, catalogue: &Catalogue, profile: &Profile) -> Vec<ClaimState> {
        let claims = profile.claims();
        claims.map(|claim| self.state_of(catalogue, claim)).collect()
    }

    /// How everything stands that is watched.
    pub(crate) fn watched(&self, catalogue: &Catalogue, profiles: &Profiles) -> Vec<ClaimState> {
        let watched = profiles.watched(catalogue).into_iter();
        let state = |(claim, published): (Claim, bool)| ClaimState {
            published,
            ..self.state_of(catalogue, &claim)
        };
        watched.map(state).collect()
    }

    /// How the claim stands.
    pub(crate) fn state_of(&self, catalogue: &Catalogue, claim: &Claim) -> ClaimState {
        let checks = claim.checks.iter().filter_map(|id| catalogue.check(id));
        let files = claim
            .attestations
            .iter()
            .filter_map(|id| catalogue.attestation(id));
        let parts: Vec<Part> = checks
            .map(|check| self.check(check))
            .chain(files.map(|attestation| self.file(attestation)))
            .collect();
        let state = together(&parts);
        ClaimState {
            id: claim.id.clone(),
            statement: claim.statement.fill(&self.facts(claim)),
            sources: claim.sources.clone(),
            kind: claim.kind,
            published: true,
            checks: claim.checks.clone(),
            attestations: claim.attestations.clone(),
            state,
            since: since(state, &parts),
            checked_at: parts.iter().filter_map(|part| part.checked).min(),
            reason: reason(state, &parts),
        }
    }

    /// What the claim's checks found out, of those that can be believed.
    fn facts(&self, claim: &Claim) -> BTreeMap<String, String> {
        let results = claim.checks.iter().filter_map(|id| self.results.get(id));
        let believed = results.filter(|kept| kept.finding.outcome != Outcome::BrokenCheck);
        believed.flat_map(|kept| kept.finding.facts.clone()).collect()
    }

    fn check(&self, check: &CheckEntry) -> Part {
        let checked = self.results.get(&check.id).map(|kept| kept.ran_at);
        let part = |state, since, reason: &str| Part {
            state,
            since,
            checked,
            reason: match reason {
                "" => String::new(),
                reason => format!("{}: {reason}", check.id),
            },
        };
        if let Some(why) = &check.absent {
            return part(State::OutOfScope, None, &format!("not built: {why}"));
        }
        let Some(kept) = self.results.get(&check.id) else {
            return part(State::Late, None, "it has never run");
        };
        let due = kept.ran_at.plus(check.cadence.longest_pause());
        let finding = &kept.finding;
        let state = match finding.outcome {
            Outcome::Holds if self.now > due => {
                return part(State::Late, Some(due), "it has not run for longer than it may");
            }
            Outcome::OutOfScope if self.now > due => {
                return part(State::Late, Some(due), "it has not run for longer than it may");
            }
            Outcome::Holds => State::Holds,
            Outcome::OutOfScope => State::OutOfScope,
            Outcome::Late => State::Late,
            Outcome::BrokenCheck => State::BrokenCheck,
            Outcome::BrokenPromise => State::BrokenPromise,
        };
        part(state, Some(kept.since), &finding.reason)
    }

    fn file(&self, entry: &AttestationEntry) -> Part {
        let part = |state, since, reason: String| Part {
            state,
            since,
            checked: None,
            reason,
        };
        let Some(file) = self.on_file.get(&entry.id) else {
            let reason = format!("{}: nothing is on file", entry.id);
            return part(State::OutOfScope, None, reason);
        };
        match file.standing {
            Standing::InDate => part(State::Holds, Some(file.approved_at), String::new()),
            Standing::Late => {
                let (past, entries, register) = (file.past, file.entries, &entry.register);
                let reason = format!(
                    "{}: {past} of {entries} in the register `{register}` past the end",
                    entry.id
                );
                part(State::Late, file.until, reason)
            }
        }
    }
}

fn together(parts: &[Part]) -> State {
    let worst = parts.iter().map(|part| part.state).max();
    let some_hold = parts.iter().any(|part| part.state == State::Holds);
    match worst {
        None => State::OutOfScope,
        Some(State::OutOfScope) if some_hold => State::Partly,
        Some(worst) => worst,
    }
}

/// A claim holds since the last of its parts does; otherwise since the first that is as bad as the whole.
fn since(state: State, parts: &[Part]) -> Option<Timestamp> {
    match state {
        State::Holds | State::Partly => parts
            .iter()
            .filter(|part| part.state == State::Holds)
            .filter_map(|part| part.since)
            .max(),
        _ => parts
            .iter()
            .filter(|part| part.state == state)
            .filter_map(|part| part.since)
            .min(),
    }
}

fn reason(state: State, parts: &[Part]) -> Option<String> {
    let wanted = |part: &&Part| match state {
        State::Holds => false,
        State::Partly => part.state == State::OutOfScope,
        _ => part.state == state,
    };
    let reasons: Vec<&str> = parts
        .iter()
        .filter(wanted)
        .map(|part| part.reason.as_str())
        .filter(|reason| !reason.is_empty())
        .collect();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

#[cfg(test)]
mod tests;
