//! Somebody breaks the installation, in one way after the other. Each time the right check says so, the sentences that hang on it change
//! on the public page and no others do, an alarm stands in the operator's trail, and all is well again when the cause is mended.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use assurance::Kept;
use assurance::catalogue::Claim;
use assurance::check::Outcome;
use custody::trail::TrailFilter;
use kernel::EventId;
use serde_json::Value as Json;

use crate::deeds::Sabotage;
use crate::house::{House, one};
use crate::live::shown;
use crate::ways;

/// As many ways as there have to be at least.
const WAYS: usize = 40;

/// The states on the page for machines, by claim.
type States = BTreeMap<String, String>;

async fn states(house: &House) -> States {
    let twin = house.twin().await;
    let claims = twin["claims"].as_array().unwrap().iter();
    let word = |value: &Json| value.as_str().unwrap().to_owned();
    claims
        .map(|claim| (word(&claim["id"]), word(&claim["state"])))
        .collect()
}

/// The newest alarm of the operator's trail, and the claims that it names.
async fn alarm(house: &House) -> Option<(EventId, Vec<String>)> {
    let filter = TrailFilter {
        action: Some("assurance.record".into()),
        ..TrailFilter::default()
    };
    let trail = house.world.operator.trail(filter).await.unwrap();
    let newest = trail
        .into_iter()
        .find(|entry| entry.event["details"]["alarm"] == true)?;
    let changed = newest.event["details"]["changed"].as_array()?.iter();
    let named = changed.filter_map(|it| it["claim"].as_str().map(str::to_owned));
    Some((newest.id, named.collect()))
}

/// The claims that hang on what is broken: on its check, or on its register.
fn hanging_on<'h>(house: &'h House, way: &Sabotage) -> BTreeSet<&'h str> {
    let catalogue = house.assurance.catalogue();
    let is_there = |id: &String| {
        catalogue
            .attestation(id)
            .is_some_and(|entry| Some(entry.register.as_str()) == way.register)
    };
    let hangs = |claim: &&Claim| {
        claim.checks.iter().any(|id| id == way.check) || claim.attestations.iter().any(is_there)
    };
    let claims = catalogue.claims().iter().filter(hangs);
    claims.map(|claim| claim.id.as_str()).collect()
}

/// What was seen of one way.
struct Seen {
    before: States,
    broken: Kept,
    red: States,
    page: BTreeMap<String, String>,
    alarm: Option<Vec<String>>,
    healed: Kept,
    after: States,
}

impl Seen {
    /// Breaks, looks, mends, looks again.
    async fn of(house: &House, way: &Sabotage) -> Self {
        // What is due by now is no sabotage.
        house.assurance.turn(&|| false).await.unwrap();
        let (before, known) = (states(house).await, alarm(house).await.map(|(id, _)| id));
        let there = house.broken_by(&way.deed).await;
        let broken = one(&there, way.check).await;
        let red = states(house).await;
        let page = shown(&house.get("/").await.text());
        let told = alarm(house).await.filter(|(id, _)| Some(*id) != known);
        house.mend(&way.deed).await;
        let healed = one(&house.assurance, way.check).await;
        Self {
            before,
            broken,
            red,
            page,
            alarm: told.map(|(_, named)| named),
            healed,
            after: states(house).await,
        }
    }

    /// What of it is not as it has to be.
    fn flaws(&self, way: &Sabotage, hanging: &BTreeSet<&str>) -> Vec<String> {
        let comes_to = way.comes_to.as_str();
        let is_at = |states: &States, claim: &str| states.get(claim).is_some_and(|state| state == comes_to);
        let changed: BTreeSet<&str> = self
            .red
            .keys()
            .map(String::as_str)
            .filter(|claim| self.before[*claim] != self.red[*claim])
            .collect();
        let named = |claim: &&str| self.alarm.iter().flatten().any(|named| named == claim);
        let (found, healed) = (&self.broken.finding, &self.healed.finding);
        let held_up = |claim: &&str| is_at(&self.red, claim) || way.comes_to == Outcome::Late;
        let must = [
            (
                found.outcome == way.comes_to,
                format!(
                    "it comes to {:?}: {} ({})",
                    found.outcome, found.reason, found.control
                ),
            ),
            (!changed.is_empty(), "no sentence changes".to_owned()),
            (
                changed.is_subset(hanging),
                format!("of {changed:?} only {hanging:?} hang on it"),
            ),
            (
                changed.iter().all(|claim| is_at(&self.red, claim)),
                format!("{changed:?} become something else"),
            ),
            (
                hanging.iter().all(held_up),
                format!("not all of {hanging:?} are so"),
            ),
            (
                self.page == self.red,
                "the page for people shows something else".to_owned(),
            ),
            (
                changed.iter().all(named),
                format!("no alarm about {changed:?}: {:?}", self.alarm),
            ),
            (
                healed.outcome == Outcome::Holds,
                format!("mended, it comes to {:?}: {}", healed.outcome, healed.reason),
            ),
            (
                self.after == self.before,
                "mended, sentences are not as they were".to_owned(),
            ),
        ];
        let flaws = must.into_iter().filter(|(is_so, _)| !is_so);
        flaws
            .map(|(_, flaw)| format!("{}, {}: {flaw}", way.what, way.check))
            .collect()
    }
}

engines::on_both! {
    async fn whatever_is_broken_is_noticed_shown_and_told_and_heals_when_it_is_mended(db: TestDb) {
        let house = House::furnished(db).await;
        let sound = house.assurance.run_now(&[]).await.unwrap();
        let bad = |kept: &&Kept| matches!(kept.finding.outcome, Outcome::BrokenPromise | Outcome::BrokenCheck);
        let bad: Vec<(&str, &str)> = sound.iter().filter(bad).map(|kept| (kept.check.as_str(), kept.finding.reason.as_str())).collect();
        assert!(bad.is_empty(), "before anybody did anything: {bad:?}");
        ways::know_rules();
        let (mut noticed, mut flaws) = (BTreeSet::new(), Vec::new());
        for way in ways::all() {
            let hanging = hanging_on(&house, way);
            let found = Seen::of(&house, way).await.flaws(way, &hanging);
            match found.is_empty() {
                true => assert!(noticed.insert(way.what), "{} stands here twice", way.what),
                false => flaws.extend(found),
            }
        }
        assert!(flaws.is_empty(), "{}", flaws.join("\n"));
        assert!(noticed.len() >= WAYS, "{} ways were noticed: {noticed:?}", noticed.len());
    }

    async fn evidence_that_runs_out_turns_its_sentence_late_until_there_is_new(db: TestDb) {
        let house = House::on(db).await;
        house.scan_from_outside().await;
        one(&house.assurance, "outside-scan-is-recent").await;
        // The sentence hangs on the vendor's entry in the register as well.
        one(&house.assurance, "processor-register-is-complete").await;
        let claim = "outside-scan-vendor";
        assert_eq!(states(&house).await[claim], "holds");
        house.later(Duration::from_secs(94 * 24 * 60 * 60));
        let ran = one(&house.assurance, "outside-scan-is-recent").await;
        assert_eq!(ran.finding.outcome, Outcome::Late);
        assert_eq!(states(&house).await[claim], "late");
        let (_, named) = alarm(&house).await.unwrap();
        assert!(named.iter().any(|named| named == claim), "{named:?}");
        house.scan_from_outside().await;
        one(&house.assurance, "outside-scan-is-recent").await;
        one(&house.assurance, "processor-register-is-complete").await;
        assert_eq!(states(&house).await[claim], "holds");
    }
}
