//! Somebody breaks the installation, in one way after the other. Each time the right check goes red, the sentences that hang on it change
//! on the public page, an alarm stands in the operator's trail, and all is well again when the cause is mended.

use std::collections::BTreeMap;
use std::time::Duration;

use access::Policies;
use assurance::Assurance;
use assurance::check::Outcome;
use custody::trail::TrailFilter;
use serde_json::Value as Json;

use crate::deeds::{Deed, LIFTED, ROWS, Sabotage};
use crate::house::{House, one, policies_with};

/// The states on the page for machines, by claim.
pub(crate) async fn states(house: &House) -> BTreeMap<String, String> {
    let twin = house.twin().await;
    let claims = twin["claims"].as_array().unwrap().iter();
    let word = |value: &Json| value.as_str().unwrap().to_owned();
    claims
        .map(|claim| (word(&claim["id"]), word(&claim["state"])))
        .collect()
}

/// The claims that hang on a check.
pub(crate) fn hanging_on<'a>(house: &'a House, check: &str) -> Vec<&'a str> {
    let claims = house.assurance.catalogue().claims().iter();
    let bound = claims.filter(|claim| claim.checks.iter().any(|id| id == check));
    bound.map(|claim| claim.id.as_str()).collect()
}

/// The newest alarm of the operator's trail.
pub(crate) async fn alarm(house: &House) -> Json {
    let filter = TrailFilter {
        action: Some("assurance.record".into()),
        ..TrailFilter::default()
    };
    let trail = house.world.operator.trail(filter).await.unwrap();
    let mut alarms = trail.into_iter().map(|entry| entry.event["details"].clone());
    alarms.find(|details| details["alarm"] == true).unwrap()
}

/// Breaks, looks, mends, looks again.
pub(crate) async fn try_out(house: &House, sabotage: &Sabotage) {
    let Sabotage {
        what,
        check,
        comes_to,
        deed,
    } = sabotage;
    // What is due by now is no sabotage.
    house.assurance.turn(&|| false).await.unwrap();
    let before = states(house).await;
    let broken: Assurance = match deed {
        Deed::Lift(rule) => house.under(Policies::load().unwrap().without(rule).unwrap()),
        Deed::Permit(rule) => house.under(policies_with(&format!(
            "@id(\"test.more\") @says(\"for this test\") {rule}"
        ))),
        Deed::Rows { breaks, .. } => {
            house.by_sql(breaks).await;
            house.assurance.clone()
        }
    };
    let ran = one(&broken, check).await;
    assert_eq!(
        ran.finding.outcome, *comes_to,
        "{what}: {} ({})",
        ran.finding.reason, ran.finding.control
    );
    let red = states(house).await;
    let claims = hanging_on(house, check);
    assert!(!claims.is_empty());
    for claim in &claims {
        assert_ne!(before[*claim], comes_to.as_str(), "{what}: {claim} was so before");
        assert_eq!(red[*claim], comes_to.as_str(), "{what}: {claim}");
    }
    let page = house.get("/").await.text();
    let line = format!("<li><b class=\"{0}\">", comes_to.as_str());
    assert_eq!(
        page.matches(&line).count(),
        claims.len(),
        "{what}: as many sentences are red as hang on it"
    );
    let told = alarm(house).await;
    let named: Vec<&str> = told["changed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["claim"].as_str().unwrap())
        .collect();
    assert!(claims.iter().all(|claim| named.contains(claim)), "{what}: {told}");

    if let Deed::Rows { mends, .. } = deed {
        house.by_sql(mends).await;
    }
    let healed = one(&house.assurance, check).await;
    assert_eq!(
        healed.finding.outcome,
        Outcome::Holds,
        "{what}, mended: {}",
        healed.finding.reason
    );
    assert_eq!(states(house).await, before, "{what}, mended");
}

engines::on_both! {
    async fn rules_that_are_lifted_turn_sentences_red_until_they_are_back(db: TestDb) {
        let house = House::on(db).await;
        house.assurance.run_now(&[]).await.unwrap();
        for sabotage in LIFTED {
            try_out(&house, sabotage).await;
        }
    }

    async fn rows_that_no_act_made_turn_sentences_red_until_they_are_gone(db: TestDb) {
        let house = House::on(db).await;
        house.assurance.run_now(&[]).await.unwrap();
        for sabotage in ROWS {
            try_out(&house, sabotage).await;
        }
    }

    async fn evidence_that_runs_out_turns_its_sentence_late_until_there_is_new(db: TestDb) {
        let house = House::on(db).await;
        house.scan_from_outside().await;
        house.assurance.run_now(&[]).await.unwrap();
        let claim = "outside-scan-vendor";
        assert_eq!(states(&house).await[claim], "partly");
        house.later(Duration::from_secs(94 * 24 * 60 * 60));
        let ran = one(&house.assurance, "outside-scan-is-recent").await;
        assert_eq!(ran.finding.outcome, Outcome::Late);
        assert_eq!(states(&house).await[claim], "late");
        let told = alarm(&house).await;
        assert!(told["changed"].as_array().unwrap().iter().any(|it| it["claim"] == claim), "{told}");
        house.scan_from_outside().await;
        one(&house.assurance, "outside-scan-is-recent").await;
        assert_eq!(states(&house).await[claim], "partly");
    }
}
