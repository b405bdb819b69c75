//! How claims stood over a period.

use std::time::Duration;

use assurance::catalogue::Claim;
use assurance::{Assurance, ClaimVersion, State};
use kernel::Timestamp;

use crate::error::Result;
use crate::gather::Gathered;

/// The most versions of a claim that are listed.
const MOST: u32 = 500;
/// A claim is looked at when the first round of checks ends, which is a while after the first start.
const FIRST_ROUND: Duration = Duration::from_secs(60 * 60);

/// How a claim stood over a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClaimHistory {
    pub(crate) id: String,
    /// The version in force at the begin, and those that began in the period; oldest first, up to a bound.
    pub(crate) versions: Vec<ClaimVersion>,
    /// Whether something was known of it from the begin on.
    pub(crate) known_from_the_begin: bool,
}

impl ClaimHistory {
    /// The worst that it was; nothing when it was never looked at.
    pub(crate) fn worst(&self) -> Option<State> {
        self.versions.iter().map(|version| version.state).max()
    }

    /// How it stood at the end.
    pub(crate) fn last(&self) -> Option<State> {
        self.versions.last().map(|version| version.state)
    }

    /// Whether it held all the time.
    pub(crate) fn held(&self) -> bool {
        self.known_from_the_begin && self.worst() == Some(State::Holds)
    }
}

/// Of every claim of the catalogue. Blocks.
pub(crate) fn histories(assurance: &Assurance, gathered: &Gathered) -> Result<Vec<ClaimHistory>> {
    let claims = gathered.catalogue.claims().iter();
    claims.map(|claim| history(assurance, gathered, claim)).collect()
}

fn history(assurance: &Assurance, gathered: &Gathered, claim: &Claim) -> Result<ClaimHistory> {
    let (period, made_at) = (&gathered.period, gathered.installation.made_at);
    let versions = assurance.versions_between(&claim.id, (period.from(), period.to()), MOST)?;
    let begin: Timestamp = period.from().max(made_at.plus(FIRST_ROUND));
    let known_from_the_begin = versions.first().is_some_and(|first| first.began_at <= begin);
    Ok(ClaimHistory {
        id: claim.id.clone(),
        versions,
        known_from_the_begin,
    })
}
