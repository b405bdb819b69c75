//! Ways to break what people are promised about their own data, what has to be on file, what is backed up and what is watched.

use assurance::check::Outcome;

use crate::deeds::{Sabotage, rows};
use crate::house::{House, one};
use crate::sabotage::{alarm, hanging_on, states, try_out};

/// A request of the team `lab`, of long ago, to be undone by the second.
macro_rules! request {
    ($what:literal, $check:literal, $and:literal) => {
        rows(
            $what,
            $check,
            &[
                "INSERT INTO person_request (request_id, tenant_id, kind, channel, state, received_at, under_subject, proof_wanted, \
                 proof_given, own_due_at, law_due_at, queue_at, key_wrapped, details_sealed, codes, code_tries) \
                 SELECT tenant_id, tenant_id, 'access', 'staff', 'open', 0, 0, 'staff-check', 'staff-check', \
                 9000000000000000, 6000000000000, 0, tenant_id, tenant_id, 0, 0 FROM tenant WHERE slug = 'lab'",
                $and,
            ],
            &[
                "DELETE FROM person_package WHERE until_at = 1",
                "DELETE FROM person_request WHERE received_at = 0",
            ],
        )
    };
}

const PEOPLE: &[Sabotage] = &[
    request!(
        "a request was let lie beyond the date of the law",
        "request-clocks-run",
        "UPDATE person_request SET law_due_at = 1 WHERE received_at = 0"
    ),
    request!(
        "the clock of a request was stopped",
        "request-clocks-run",
        "UPDATE person_request SET own_due_at = NULL, law_due_at = NULL WHERE received_at = 0"
    ),
    request!(
        "the date of a request was moved into next century",
        "request-clocks-run",
        "UPDATE person_request SET law_due_at = 9000000000000000 WHERE received_at = 0"
    ),
    request!(
        "somebody was answered of whom nobody knew who it was",
        "requesters-are-identified",
        "UPDATE person_request SET state = 'answered', proof_given = NULL WHERE received_at = 0"
    ),
];

/// What makes a check late: statements, those that mend it.
const LATE: &[(&str, &str, &str)] = &[
    (
        "backups-restore",
        "UPDATE backup_run SET begun_at = 0 WHERE kind = 'backup'",
        "UPDATE backup_run SET begun_at = done_at WHERE kind = 'backup'",
    ),
    (
        "backups-restore",
        "UPDATE backup_run SET kind = 'none' WHERE kind = 'drill'",
        "UPDATE backup_run SET kind = 'drill' WHERE kind = 'none'",
    ),
    (
        "there-is-room",
        "UPDATE disk_reading SET free_bytes = -free_bytes",
        "UPDATE disk_reading SET free_bytes = -free_bytes",
    ),
    (
        "weaknesses-are-closed",
        "UPDATE register_entry SET valid_until = 1 - valid_until WHERE register = 'vulnerability-scans'",
        "UPDATE register_entry SET valid_until = 1 - valid_until WHERE register = 'vulnerability-scans'",
    ),
    (
        "incident-clocks-run",
        "UPDATE register_entry SET valid_until = 1 - valid_until WHERE register = 'incidents'",
        "UPDATE register_entry SET valid_until = 1 - valid_until WHERE register = 'incidents'",
    ),
    (
        "assessments-are-in-date",
        "UPDATE register_entry SET valid_until = 1 - valid_until WHERE register = 'impact-assessments'",
        "UPDATE register_entry SET valid_until = 1 - valid_until WHERE register = 'impact-assessments'",
    ),
];

/// There is something to look at for each of these checks: steps that nobody misses yet, a bucket, a backup, evidence.
const FURNISHED: &[&str] = &[
    "INSERT INTO admission_step (step_id, tenant_id, kind, revision, step_sealed, changed_at, changed_by) \
     SELECT tenant_id, tenant_id, 'policy', 1, tenant_id, 9000000000000000, tenant_id FROM tenant WHERE slug = 'lab'",
    "INSERT INTO admission_step (step_id, tenant_id, kind, revision, step_sealed, changed_at, changed_by) \
     SELECT dataset_id, tenant_id, 'training', 1, tenant_id, 9000000000000000, tenant_id FROM dataset \
     WHERE dataset_id IN (SELECT dataset_id FROM item)",
    "UPDATE dataset SET own_bucket_sealed = settings_sealed WHERE dataset_id NOT IN (SELECT dataset_id FROM item)",
    "INSERT INTO backup_run (run_id, kind, shelf, backup_id, begun_at, done_at) \
     SELECT tenant_id, 'backup', 'there', tenant_id, made_at, made_at FROM tenant WHERE slug = 'lab'",
    "INSERT INTO backup_run (run_id, kind, shelf, backup_id, begun_at, done_at) \
     SELECT dataset_id, 'drill', 'there', dataset_id, made_at, made_at FROM dataset WHERE own_bucket_sealed IS NOT NULL",
];

async fn furnished(db: engines::TestDb) -> House {
    let house = House::on(db).await;
    let gallery = house.world.team("gallery").await;
    gallery.owner.dataset("own").await.unwrap();
    house.by_sql(FURNISHED).await;
    house
}

/// The check goes late, its sentences are no better than that, it is told, and all is well again afterwards.
async fn goes_late(house: &House, (check, breaks, mends): (&str, &'static str, &'static str)) {
    house.assurance.turn(&|| false).await.unwrap();
    let before = states(house).await;
    house.world.by_sql(breaks, Vec::new()).await;
    let ran = one(&house.assurance, check).await;
    assert_eq!(
        ran.finding.outcome,
        Outcome::Late,
        "{breaks}: {}",
        ran.finding.reason
    );
    let after = states(house).await;
    let claims = hanging_on(house, check);
    assert!(!claims.is_empty());
    let bad = ["late", "broken-check", "broken-promise"];
    assert!(
        claims.iter().all(|claim| bad.contains(&after[*claim].as_str())),
        "{breaks}: {after:?}"
    );
    let fresh: Vec<&&str> = claims
        .iter()
        .filter(|claim| before[**claim] != after[**claim])
        .collect();
    assert!(!fresh.is_empty(), "{breaks}: no sentence changed");
    let told = alarm(house).await;
    let named: Vec<&str> = told["changed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["claim"].as_str().unwrap())
        .collect();
    assert!(
        fresh.iter().all(|claim| named.contains(claim)),
        "{breaks}: {told}"
    );
    house.world.by_sql(mends, Vec::new()).await;
    let healed = one(&house.assurance, check).await;
    assert_eq!(
        healed.finding.outcome,
        Outcome::Holds,
        "{mends}: {}",
        healed.finding.reason
    );
    assert_eq!(states(house).await, before, "{mends}");
}

engines::on_both! {
    async fn what_people_are_promised_turns_red_when_it_is_broken_and_back(db: TestDb) {
        let house = furnished(db).await;
        house.assurance.run_now(&[]).await.unwrap();
        for sabotage in PEOPLE {
            try_out(&house, sabotage).await;
        }
    }

    async fn what_is_on_file_backed_up_or_measured_turns_late_when_it_is_old_and_back(db: TestDb) {
        let house = furnished(db).await;
        for (register, values) in [
            ("vulnerability-scans", [("kind", "dependencies"), ("scanner", "Ours"), ("open_high", "0")]),
            ("impact-assessments", [("processing", "Support"), ("decision", "go-on"), ("residual_risk", "low")]),
            ("incidents", [("noticed_on", "TODAY"), ("severity", "high"), ("breach", "under-assessment")]),
        ] {
            house.put_on_file(register, values).await;
        }
        house.assurance.run_now(&[]).await.unwrap();
        for late in LATE {
            goes_late(&house, *late).await;
        }
    }
}
