//! Whether the public page says what is.
//!
//! The page is made at most once in some seconds, and results come in meanwhile; so the page for machines names the result of each check
//! that it was made of, and each sentence is held against those, at the moment that it names. Where a register changed since,
//! sentences that hang on registers are passed over until the next run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;
use kernel::{EventId, Timestamp};
use serde::Deserialize;
use store::{StoreError, params};

use crate::Site;
use crate::attestation::on_file;
use crate::check::{Cases, Check, Finding, Observation, Outcome, Trouble};
use crate::claim::{ClaimState, Known, State};
use crate::door::Door;
use crate::rows::{self, Kept};

/// Compares each public sentence with the state that it comes from.
pub struct PageEqualsState {
    /// Whether a sentence shown in this word stands otherwise.
    pub differs: fn(State, &str) -> bool,
}

impl Default for PageEqualsState {
    fn default() -> Self {
        Self {
            differs: |state, shown| state.as_str() != shown,
        }
    }
}

/// A page may be so old, and a result may take so long to be on it.
const A_WHILE: Duration = Duration::from_secs(2 * 60);
const CHANGED_SINCE: &str = "SELECT (SELECT count(*) FROM register_version v WHERE v.tenant_id = $1 AND v.approved_at > $2) \
     + (SELECT count(*) FROM register_entry e WHERE e.tenant_id = $1 AND e.ended_at > $2)";
const VERSIONS: &str = "SELECT count(DISTINCT claim_name) FROM claim_version";

/// The page for machines, as far as it is looked at.
#[derive(Deserialize)]
struct Twin {
    as_of: Timestamp,
    claims: Vec<Sentence>,
    results: BTreeMap<String, Named>,
}

#[derive(Deserialize)]
struct Sentence {
    id: String,
    statement: String,
    state: String,
}

/// A result that the page was made of.
#[derive(Deserialize)]
struct Named {
    ran_at: Timestamp,
    event: EventId,
}

#[async_trait]
impl Check for PageEqualsState {
    fn id(&self) -> &'static str {
        "page-equals-state"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let Some(door) = site.door.as_deref() else {
            return Ok(Site::no_door());
        };
        let (mut twin, mut page) = pages(door).await?;
        if !unlike(&twin, &page).is_empty() {
            // It may have been made anew between the two.
            (twin, page) = pages(door).await?;
        }
        let mut cases = Cases::of(self.id());
        cases.looked_at(format!("{:?}", twin.as_of));
        fresh(&mut cases, site, &twin).await?;
        let known = known(site, &twin).await?;
        let skipped = changed_since(site, twin.as_of).await?;
        let wrong = self.wrong(site, &twin, &known, skipped);
        cases.must(
            &format!("sentences that say something else: none, and not {wrong:?}"),
            wrong.is_empty(),
        );
        let unlike = unlike(&twin, &page);
        let what = format!("sentences that the page for people shows otherwise: none, and not {unlike:?}");
        cases.must(&what, unlike.is_empty());
        history(&mut cases, site).await?;
        self.control(&mut cases, site, &twin, known);
        Ok(cases.seen())
    }
}

impl PageEqualsState {
    /// The sentences that say or show something else than what is known gives.
    fn wrong(&self, site: &Site, twin: &Twin, known: &Known, skipped: bool) -> Vec<String> {
        let claims = site.profiles.front().claims();
        let asked = claims.filter(|claim| !skipped || claim.attestations.is_empty());
        let states = asked.map(|claim| known.state_of(&site.catalogue, claim));
        let is_wrong = |claim: &ClaimState| {
            let said = twin.claims.iter().find(|said| said.id == claim.id);
            said.is_none_or(|said| {
                (self.differs)(claim.state, &said.state) || claim.statement != said.statement
            })
        };
        states.filter(is_wrong).map(|claim| claim.id).collect()
    }

    /// Were one check red that is not, all sentences that hang on it would have to be, and the page would be found to be wrong.
    fn control(&self, cases: &mut Cases, site: &Site, twin: &Twin, mut known: Known) {
        let behind = |id: &String| {
            site.profiles
                .front()
                .claims()
                .any(|claim| claim.checks.contains(id))
        };
        let holds = known
            .results
            .values()
            .find(|kept| kept.finding.outcome == Outcome::Holds && behind(&kept.check));
        let Some(check) = holds.map(|kept| kept.check.clone()) else {
            cases.control("some check holds", false);
            return;
        };
        if let Some(kept) = known.results.get_mut(&check) {
            kept.finding = Finding {
                outcome: Outcome::BrokenPromise,
                ..kept.finding.clone()
            };
        }
        let claims = site.profiles.front().claims();
        let hanging: Vec<ClaimState> = claims
            .filter(|claim| claim.checks.contains(&check))
            .map(|claim| known.state_of(&site.catalogue, claim))
            .collect();
        let red = hanging.iter().all(|claim| claim.state == State::BrokenPromise);
        cases.control("a red check turns its sentences red", red && !hanging.is_empty());
        let found = self.wrong(site, twin, &known, false);
        let is_red = |id: &str| {
            twin.claims
                .iter()
                .any(|said| said.id == id && said.state == State::BrokenPromise.as_str())
        };
        let noticed = hanging
            .iter()
            .all(|claim| is_red(&claim.id) || found.contains(&claim.id));
        cases.control(
            "a page that does not show it is noticed",
            noticed && !found.is_empty(),
        );
    }
}

async fn pages(door: &dyn Door) -> Result<(Twin, BTreeMap<String, String>), Trouble> {
    let twin = door.get("/trust.json").await?;
    let twin = serde_json::from_slice(&twin.body)
        .map_err(|error| Trouble(format!("the page for machines cannot be read: {error}")))?;
    Ok((twin, shown(&door.get("/").await?.text())))
}

/// Sentences that the two pages show in different states.
fn unlike<'t>(twin: &'t Twin, page: &BTreeMap<String, String>) -> Vec<&'t str> {
    let unlike = twin
        .claims
        .iter()
        .filter(|said| page.get(&said.id) != Some(&said.state));
    unlike.map(|said| said.id.as_str()).collect()
}

/// The page is not old, and made of the newest results.
async fn fresh(cases: &mut Cases, site: &Site, twin: &Twin) -> Result<(), Trouble> {
    let (as_of, now) = (twin.as_of, site.now());
    cases.must(
        &format!("the page is of this minute, and not of {as_of}"),
        as_of <= now && now < as_of.plus(A_WHILE),
    );
    let named: BTreeMap<String, Timestamp> = twin
        .results
        .iter()
        .map(|(check, named)| (check.clone(), named.ran_at))
        .collect();
    let by = as_of.minus(A_WHILE);
    // What stands behind no sentence of the page is not on it.
    let behind = site.profiles.front().claims().flat_map(|claim| &claim.checks);
    let names: BTreeSet<String> = behind.cloned().collect();
    let read = site.db().read(move |tx| {
        let mut passed_over = Vec::new();
        for check in &names {
            let newest = rows::newest_by(tx, check, by)?.map(|kept| kept.ran_at);
            if newest > named.get(check).copied() {
                passed_over.push(check.clone());
            }
        }
        Ok::<_, StoreError>(passed_over)
    });
    let passed_over = read.await?;
    let what = format!("checks whose newest result it does not know: none, and not {passed_over:?}");
    cases.must(&what, passed_over.is_empty());
    Ok(())
}

/// Whether a register changed since.
async fn changed_since(site: &Site, at: Timestamp) -> Result<bool, Trouble> {
    let installed = site.custody.installation().await?;
    let installed = installed.ok_or_else(|| Trouble("nothing is installed".to_owned()))?;
    let tenant = installed.operator_tenant;
    let read = site
        .db()
        .read(move |tx| tx.one(CHANGED_SINCE, params![tenant, at])?.get::<i64>(0));
    Ok(read.await? > 0)
}

/// Every sentence that was looked at once has its versions.
async fn history(cases: &mut Cases, site: &Site) -> Result<(), Trouble> {
    let count = site.db().read(|tx| tx.one(VERSIONS, &[])?.get::<i64>(0));
    let (count, all) = (count.await?, site.catalogue.claims().len());
    let known = usize::try_from(count).unwrap_or(0);
    // Before the end of the first round nothing was noted.
    cases.must(
        &format!("of {all} sentences {known} have a history"),
        known == 0 || known >= all,
    );
    Ok(())
}

/// What the page was made of, as it is kept.
async fn known(site: &Site, twin: &Twin) -> Result<Known, Trouble> {
    let named = twin.results.iter();
    let named: Vec<(String, Timestamp, EventId)> = named
        .map(|(check, named)| (check.clone(), named.ran_at, named.event))
        .collect();
    let read = site.db().read(move |tx| {
        let kept = named
            .iter()
            .map(|(check, ran_at, event)| rows::one(tx, check, *ran_at, *event));
        kept.collect::<Result<Vec<Option<Kept>>, StoreError>>()
    });
    let results = read.await?.into_iter().flatten();
    Ok(Known {
        results: results.map(|kept| (kept.check.clone(), kept)).collect(),
        on_file: on_file(site).await?,
        now: twin.as_of,
    })
}

/// What the page for people shows each sentence as.
fn shown(page: &str) -> BTreeMap<String, String> {
    let lines = page.split("<li><b class=\"").skip(1);
    let read = |line: &str| {
        let (state, rest) = line.split_once('"')?;
        let (_, rest) = rest.split_once("href=\"/trust/claims/")?;
        let (id, _) = rest.split_once('"')?;
        Some((id.to_owned(), state.to_owned()))
    };
    lines.filter_map(read).collect()
}
