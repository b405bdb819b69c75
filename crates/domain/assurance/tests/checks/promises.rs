//! Promises that are broken: the right check says so, and says that they hold again after the cause is mended.

use assurance::State;
use assurance::check::Outcome;
use store::params;

use crate::house::{House, expect, one};

/// Policies without one of their rules, with the checks that notice, and a claim that turns red by it.
const LIFTED: [(&str, &[&str], &str); 5] = [
    (
        "limit.archive-first",
        // Nothing is deleted even so: custody holds to it as well.
        &["rights-equal-the-table"],
        "least-privilege",
    ),
    (
        "limit.hold",
        &["holds-keep", "rights-equal-the-table"],
        "another-end-if-asked",
    ),
    (
        "limit.contract",
        &["basis-before-data", "terms-are-data"],
        "agreement-before-foreign-data",
    ),
    ("limit.step-up", &["second-factor-is-asked"], "second-factor"),
    (
        "ceiling.admin-touches",
        &["rights-equal-the-table"],
        "least-privilege",
    ),
];

engines::on_both! {
    async fn a_rule_that_is_lifted_is_noticed(db: TestDb) {
        let house = House::on(db).await;
        house.assurance.run_now(&[]).await.unwrap();
        for (rule, checks, claim) in LIFTED {
            let lifted = house.without_policy(rule);
            for check in checks {
                let ran = one(&lifted, check).await;
                assert_eq!(ran.finding.outcome, Outcome::BrokenPromise, "{rule}, {check}: {}", ran.finding.reason);
                let claims = lifted.claims().await.unwrap();
                let red = claims.iter().find(|it| it.id == claim).unwrap();
                assert!(red.state == State::BrokenPromise || !red.checks.iter().any(|it| it == check), "{rule}: {claim}");
            }
            for check in checks {
                expect(&house.run(check).await, Outcome::Holds);
            }
        }
    }

    async fn a_permission_too_many_is_noticed(db: TestDb) {
        let house = House::on(db).await;
        let too_many = "permit (principal == Class::\"worker\", action == Action::\"member.list\", resource);";
        let open = house.with_policy(too_many);
        expect(&one(&open, "rights-equal-the-table").await, Outcome::BrokenPromise);
        expect(&one(&open, "workers-stay-in-bounds").await, Outcome::BrokenPromise);
        expect(&house.run("workers-stay-in-bounds").await, Outcome::Holds);
    }

    async fn an_entry_that_is_changed_or_removed_is_noticed(db: TestDb) {
        let house = House::on(db).await;
        expect(&house.run("log-verifies").await, Outcome::Holds);
        expect(&house.run("trail-has-no-gaps").await, Outcome::Holds);
        house.world.sequence().await;
        house.by_sql("UPDATE log_entry SET link = $1 WHERE log_index = 1", params![[9_u8; 32]].to_vec()).await;
        expect(&house.run("log-verifies").await, Outcome::BrokenPromise);
        house.by_sql("DELETE FROM log_entry WHERE log_index = 2", vec![]).await;
        expect(&house.run("trail-has-no-gaps").await, Outcome::BrokenPromise);
    }

    async fn a_head_of_somebody_else_is_noticed(db: TestDb) {
        let house = House::on(db).await;
        let (read, write) = ("SELECT note FROM log_checkpoint ORDER BY tree_size DESC LIMIT 1", "UPDATE log_checkpoint SET note = $1");
        let note: String = house.world.database().read(move |tx| tx.one(read, &[])?.get(0)).await.unwrap();
        let forged = note.replacen("log.example/bailee", "log.example/other", 1);
        house.by_sql(write, params![&forged].to_vec()).await;
        expect(&house.run("log-verifies").await, Outcome::BrokenPromise);
        house.by_sql(write, params![&note].to_vec()).await;
        expect(&house.run("log-verifies").await, Outcome::Holds);
    }

    async fn rows_that_no_act_made_are_noticed(db: TestDb) {
        let house = House::on(db).await;
        let team = house.world.team("lab").await;
        team.owner.dataset("scans").await.unwrap();
        let item = team.owner.put("scans", "one", b"bytes").await.unwrap().item;
        for check in ["bytes-lie-in-their-region", "every-change-has-its-entry", "operators-read-nothing", "sessions-end-on-the-clock"] {
            expect(&house.run(check).await, Outcome::Holds);
        }
        house.by_sql("UPDATE item_version SET object_place = 'elsewhere' WHERE item_id = $1", params![item.id].to_vec()).await;
        expect(&house.run("bytes-lie-in-their-region").await, Outcome::BrokenPromise);
        house.by_sql("UPDATE item_version SET object_place = NULL WHERE item_id = $1", params![item.id].to_vec()).await;
        expect(&house.run("bytes-lie-in-their-region").await, Outcome::Holds);
        house.by_sql("UPDATE event SET member_id = NULL WHERE item_id = $1", params![item.id].to_vec()).await;
        expect(&house.run("operators-read-nothing").await, Outcome::BrokenPromise);
        house.by_sql("UPDATE event SET item_id = NULL WHERE item_id = $1", params![item.id].to_vec()).await;
        expect(&house.run("every-change-has-its-entry").await, Outcome::BrokenPromise);
        house.by_sql("UPDATE api_key SET kind = 'session', expires_at = NULL WHERE tenant_id = $1", params![team.id].to_vec()).await;
        expect(&house.run("sessions-end-on-the-clock").await, Outcome::BrokenPromise);
    }

    async fn bytes_that_are_no_stream_of_ours_are_noticed(db: TestDb) {
        let house = House::on(db).await;
        let team = house.world.team("lab").await;
        team.owner.dataset("scans").await.unwrap();
        let item = team.owner.put("scans", "one", b"bytes").await.unwrap().item;
        expect(&house.run("ciphers-are-sound").await, Outcome::Holds);
        house.by_sql("UPDATE item_version SET inline_sealed = $2 WHERE item_id = $1", params![item.id, vec![1_u8; 100]].to_vec()).await;
        expect(&house.run("ciphers-are-sound").await, Outcome::BrokenPromise);
    }
}
