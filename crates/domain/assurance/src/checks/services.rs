//! Whether somebody watches over each service.
//!
//! Which services there are the program says itself, so that one that nobody thought of is noticed. Whether a threshold is a good one, and
//! whether the route leads anywhere, no program can know.

use async_trait::async_trait;
use governance::entry::Entry;
use kernel::{MemberId, TenantId};
use store::{StoreError, params};

use super::filed::{filed, said};
use super::papers::{late_for, operator};
use super::rows::number;
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};

/// What is on file about a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Its word.
    pub service: String,
    /// From when on it is out of its range.
    pub threshold: String,
    /// How an alarm reaches its owner.
    pub route: String,
    /// Whether its owner is an active member of the operator's.
    pub is_owned: bool,
}

impl Watched {
    fn is_whole(&self) -> bool {
        self.is_owned && !self.threshold.trim().is_empty() && !self.route.trim().is_empty()
    }
}

/// Compares what runs with what is on file.
pub struct ServicesHaveThresholds {
    /// Which of these services lack something.
    pub lacking: fn(&[&str], &[Watched]) -> Vec<String>,
}

impl Default for ServicesHaveThresholds {
    fn default() -> Self {
        Self { lacking }
    }
}

fn lacking(services: &[&str], watched: &[Watched]) -> Vec<String> {
    let is_watched =
        |service: &str| (watched.iter()).any(|watched| watched.service == service && watched.is_whole());
    let lacking = services.iter().filter(|service| !is_watched(service));
    lacking.map(|service| (*service).to_owned()).collect()
}

#[async_trait]
impl Check for ServicesHaveThresholds {
    fn id(&self) -> &'static str {
        "services-have-thresholds"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let Some(program) = &site.program else {
            return Ok(Observation::out_of_scope(
                "this process does not know which services run",
            ));
        };
        let entries = filed(site, "services").await?;
        if entries.is_empty() {
            return Ok(Observation::out_of_scope("no service is on file"));
        }
        let mut cases = Cases::of(self.id());
        let (home, mut watched, mut past) = (operator(site).await?, Vec::new(), 0);
        for entry in &entries {
            past += u32::from(!entry.standing.is_good());
            let owner = entry.says.owner.unwrap_or(entry.made_by);
            watched.push(as_watched(entry, is_there(site, home, owner).await?));
            cases.looked_at(format!("{} {}", entry.id, entry.number));
        }
        for service in (self.lacking)(&program.services, &watched) {
            cases.must(&format!("{service} has an owner, a threshold and a route"), false);
        }
        for (what, planted, is_flagged) in plants() {
            let services = [&program.services[..], &[PROBE]].concat();
            let watched = [&watched[..], &planted[..]].concat();
            let flagged = (self.lacking)(&services, &watched)
                .iter()
                .any(|service| service == PROBE);
            cases.control(what, flagged == is_flagged);
        }
        let late = (past > 0).then(|| {
            format!(
                "{past} of {} entries of services are past their date",
                entries.len()
            )
        });
        Ok(late_for(cases.seen(), late.as_slice()))
    }
}

/// A service that nobody runs.
const PROBE: &str = "bailee-probe";

/// What is put beside what is on file, and whether the probe is flagged then.
fn plants() -> [(&'static str, Vec<Watched>, bool); 5] {
    let whole = Watched {
        service: PROBE.to_owned(),
        threshold: "above 1".to_owned(),
        route: "by letter".to_owned(),
        is_owned: true,
    };
    let (without, blank) = (whole.clone(), String::new);
    [
        ("a service that nobody filed is flagged", vec![], true),
        (
            "one without a threshold is",
            vec![Watched {
                threshold: blank(),
                ..without.clone()
            }],
            true,
        ),
        (
            "one without a route is",
            vec![Watched {
                route: blank(),
                ..without.clone()
            }],
            true,
        ),
        (
            "one whose owner is gone is",
            vec![Watched {
                is_owned: false,
                ..without
            }],
            true,
        ),
        ("one with all of it is not", vec![whole], false),
    ]
}

fn as_watched(entry: &Entry, is_owned: bool) -> Watched {
    Watched {
        service: said(entry, "service").to_owned(),
        threshold: said(entry, "threshold").to_owned(),
        route: said(entry, "route").to_owned(),
        is_owned,
    }
}

const ACTIVE: &str =
    "SELECT count(*) FROM member WHERE tenant_id = $1 AND member_id = $2 AND state = 'active'";

async fn is_there(site: &Site, team: TenantId, member: MemberId) -> Result<bool, Trouble> {
    let count = site
        .db()
        .read(move |tx| number(tx, ACTIVE, params![team, member]));
    let count: Result<i64, StoreError> = count.await;
    Ok(count? > 0)
}
