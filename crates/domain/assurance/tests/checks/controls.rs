//! Control cases that come out wrong: the check says that it is broken, and never that the promise holds.

use std::sync::Arc;

use access::Policies;
use assurance::attestation::{OnFile, Standing, judge};
use assurance::catalogue::AttestationEntry;
use assurance::check::{Check, Outcome};
use assurance::checks::*;
use governance::entry::Shown;

use crate::house::{House, OUTSIDE, expect, one};

/// Each of these checks with a control case in which nothing is wrong, or which sees nothing.
fn blinded() -> Vec<Arc<dyn Check>> {
    vec![
        Arc::new(LogVerifies { damage: |_| () }),
        Arc::new(TrailHasNoGaps { wrong: vec![] }),
        Arc::new(EveryChangeHasItsEntry { wrong: vec![] }),
        Arc::new(OperatorsReadNothing { wrong: vec![] }),
        Arc::new(BytesLieInTheirRegion { wrong: vec![] }),
        Arc::new(SessionsEndOnTheClock { wrong: vec![] }),
        Arc::new(ContractsEndWithData { wrong: vec![] }),
        Arc::new(RetentionIsKept { wrong: vec![] }),
        Arc::new(EveryColumnIsKnown { unlisted: "" }),
        Arc::new(CiphersAreSound { flaws: |_| 0 }),
        Arc::new(RightsEqualTheTable {
            change: |_| Policies::load(),
        }),
        Arc::new(CriteriaHaveControls { taken_away: "CC0.0" }),
        Arc::new(NothingReadableAtRest { finds: |_, _| false }),
        Arc::new(DeletionLeavesNothing {
            passed_over: |_| true,
        }),
    ]
}

/// Policies under which what has to work does not, with the checks whose control case that is.
const SPOILT: [(&str, &str, &[&str]); 9] = [
    ("owner", "item.delete", &["archive-comes-first", "holds-keep"]),
    ("owner", "item.create", &["basis-before-data", "terms-are-data"]),
    (
        "owner",
        "item.download",
        &["keys-are-truly-needed", "keys-end-when-told"],
    ),
    ("owner", "dataset.create", &["other-regions-are-refused"]),
    ("owner", "dataset.delete", &["second-factor-is-asked"]),
    (
        "user",
        "item.download",
        &["tenants-do-not-cross", "looking-is-not-taking"],
    ),
    ("user", "item.browse", &["workers-stay-in-bounds"]),
    ("admin", "item.download", &["disabled-means-out"]),
    ("admin", "member.change", &["nobody-grants-above-themselves"]),
];

engines::on_both! {
    async fn a_control_case_that_sees_nothing_makes_the_check_broken(db: TestDb) {
        let house = House::on(db).await;
        for check in blinded() {
            let name = check.id();
            let ran = one(&house.with(vec![check]), name).await;
            expect(&ran, Outcome::BrokenCheck);
            assert!(ran.finding.reason.starts_with("the control case"), "{name}: {}", ran.finding.reason);
        }
    }

    async fn a_control_case_that_is_refused_makes_the_check_broken(db: TestDb) {
        let house = House::on(db).await;
        // Datasets and people of the probe teams are there before the rules change.
        house.assurance.run_now(&[]).await.unwrap();
        for (class, action, checks) in SPOILT {
            let rule = format!(
                "@id(\"test.spoilt\") @says(\"for this test\") \
                 forbid (principal == Class::\"{class}\", action == Action::\"{action}\", resource);"
            );
            let spoilt = house.with_policy(&rule);
            for check in checks {
                let ran = one(&spoilt, check).await;
                assert_eq!(ran.finding.outcome, Outcome::BrokenCheck, "{check}: {}", ran.finding.reason);
            }
        }
    }

    async fn a_lease_that_does_not_follow_its_setting_makes_the_check_broken(db: TestDb) {
        let house = House::on(db).await;
        house.assurance.run_now(&["leases-keep-their-size".into()]).await.unwrap();
        let rule = "@id(\"test.spoilt\") @says(\"for this test\") \
             forbid (principal == Class::\"owner\", action == Action::\"dataset.change\", resource);";
        expect(&one(&house.with_policy(rule), "leases-keep-their-size").await, Outcome::BrokenCheck);
    }

    async fn keys_of_ones_own_that_do_not_open_make_the_check_broken(db: TestDb) {
        let house = House::on(db).await;
        expect(&house.run("keys-open-only-their-own").await, Outcome::Holds);
        house.by_sql(
            "UPDATE dataset SET key_wrapped = settings_sealed WHERE tenant_id = \
             (SELECT tenant_id FROM tenant WHERE slug = 'bailee-probe')",
            vec![],
        ).await;
        let broken = one(&house.assurance, "keys-open-only-their-own").await;
        expect(&broken, Outcome::BrokenCheck);
    }

    async fn evidence_that_is_never_late_makes_its_checks_broken(db: TestDb) {
        let house = House::on(db).await;
        house.put_on_file("vulnerability-scans", &OUTSIDE).await;
        house.put_on_file("penetration-tests", &[("firm", "A firm"), ("scope", "all of it"), ("open_high", "0")]).await;
        let checks: [Arc<dyn Check>; 3] = [
            Arc::new(EvidenceIsInDate { judge: |entry, shown| always(Standing::InDate, entry, shown) }),
            Arc::new(OneIsRecent::OUTSIDE_SCAN.judged_by(|entry, shown| always(Standing::InDate, entry, shown))),
            Arc::new(OneIsRecent::PENETRATION_TEST.judged_by(|entry, shown| always(Standing::Late, entry, shown))),
        ];
        for check in checks {
            let name = check.id();
            expect(&one(&house.with(vec![check]), name).await, Outcome::BrokenCheck);
        }
    }
}

/// Whatever the dates say.
fn always(standing: Standing, entry: &AttestationEntry, shown: &[Shown]) -> Option<OnFile> {
    judge(entry, shown).map(|file| OnFile { standing, ..file })
}

/// Every check that there is code for has a mutation above.
#[test]
fn no_check_is_without_a_spoilt_control_case() {
    let mut covered: Vec<&str> = blinded().iter().map(|check| check.id()).collect();
    covered.extend(SPOILT.iter().flat_map(|(_, _, checks)| checks.iter().copied()));
    covered.extend(["leases-keep-their-size", "keys-open-only-their-own"]);
    covered.extend([
        "evidence-is-in-date",
        "outside-scan-is-recent",
        "penetration-test-is-recent",
    ]);
    for check in all() {
        assert!(covered.contains(&check.id()), "{} has no mutation", check.id());
    }
}
