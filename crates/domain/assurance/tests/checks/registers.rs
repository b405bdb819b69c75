//! Checks that compare what runs, and who is there, with registers of the operator's.

use std::time::Duration;

use assurance::check::Outcome;
use assurance::provenance::Provenance;
use assurance::{Program, State};
use store::params;
use testkit::program;

use crate::house::{House, expect, one};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Puts on file what these checks look at, so that all is well.
pub(crate) async fn fill(house: &House) {
    for service in program().services {
        house.put_on_file("services", &service_of(service)).await;
    }
    let member = house.who_left().await.to_string();
    let left = [("member", member.as_str()), ("last_day", "2020-01-31")];
    house.put_on_file("leavers", &left).await;
    house
        .put_on_file("configurations", &[("change", "the first")])
        .await;
    for contact in ["security", "privacy"] {
        house.put_on_file("contact-tests", &answer(contact, "5")).await;
    }
}

fn service_of(service: &str) -> [(&str, &str); 3] {
    [
        ("service", service),
        ("threshold", "no answer for a minute"),
        ("route", "a letter to who is on call"),
    ]
}

fn answer<'a>(contact: &'a str, hours: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("contact", contact),
        ("answered_by", "Somebody"),
        ("hours", hours),
    ]
}

/// A key of somebody's, without end.
const KEY: &str = "INSERT INTO api_key (key_id, tenant_id, member_id, kind, scope_sealed, label_sealed, secret_hash, made_at) \
     SELECT member_id, tenant_id, member_id, 'api', member_id, member_id, member_id, 0 FROM member WHERE member_id = $1";

engines::on_both! {
    async fn a_service_without_owner_or_entry_is_flagged(db: TestDb) {
        const CHECK: &str = "services-have-thresholds";
        let house = House::on(db).await;
        house.write_down("services", &service_of("database")).await;
        expect(&house.run(CHECK).await, Outcome::OutOfScope);
        house.put_on_file("services", &service_of("database")).await;
        let missing = house.run(CHECK).await;
        expect(&missing, Outcome::BrokenPromise);
        assert_eq!(missing.finding.reason, "not so: checks has an owner, a threshold and a route");
        house.put_on_file("services", &service_of("checks")).await;
        expect(&house.run(CHECK).await, Outcome::Holds);
        // A release that runs something more.
        let more = Program { services: vec!["database", "checks", "log"], ..program() };
        let newer = house.assurance.clone().with_program(more);
        let flagged = one(&newer, CHECK).await;
        expect(&flagged, Outcome::BrokenPromise);
        assert_eq!(house.claim("thresholds-alert").await.state, State::BrokenPromise);
        // Whoever answers for them is gone.
        let owner = house.world.operator.member;
        house.by_sql("UPDATE member SET state = 'disabled' WHERE member_id = $1", params![owner].to_vec()).await;
        expect(&house.run(CHECK).await, Outcome::BrokenPromise);
        house.by_sql("UPDATE member SET state = 'active' WHERE member_id = $1", params![owner].to_vec()).await;
        expect(&house.run(CHECK).await, Outcome::Holds);
    }

    async fn a_leaver_is_out_a_day_after_their_last(db: TestDb) {
        const CHECK: &str = "leavers-are-out";
        let house = House::on(db).await;
        let member = house.world.invite_staff("gone@operator.example").await.unwrap().staff.id;
        let (today, id) = (house.today().to_string(), member.to_string());
        let left = [("member", id.as_str()), ("last_day", today.as_str())];
        house.by_sql(KEY, params![member].to_vec()).await;
        let unconfirmed = house.write_down("leavers", &left).await;
        expect(&house.run(CHECK).await, Outcome::OutOfScope);
        house.later(DAY);
        let waiting = house.run(CHECK).await;
        expect(&waiting, Outcome::Late);
        assert_eq!(waiting.finding.reason, "entries about leavers that nobody confirmed in a day: 1");
        house.by_sql("UPDATE register_entry SET ended_at = 1 WHERE entry_id = $1", params![unconfirmed.id].to_vec()).await;
        house.put_on_file("leavers", &left).await;
        expect(&house.run(CHECK).await, Outcome::Holds);
        house.later(DAY);
        let open = house.run(CHECK).await;
        expect(&open, Outcome::BrokenPromise);
        let reason = &open.finding.reason;
        assert!(reason.contains("(accounts that are not shut: 1, keys: 1"), "{reason}");
        assert!(!reason.contains(&id), "{reason}");
        house.shut_out(member).await;
        expect(&house.run(CHECK).await, Outcome::Holds);
        // Of somebody who is shut out a key is left, for whoever lets them in again.
        house.by_sql("UPDATE api_key SET invalidated_at = NULL WHERE member_id = $1", params![member].to_vec()).await;
        expect(&house.run(CHECK).await, Outcome::BrokenPromise);
        house.by_sql("UPDATE api_key SET invalidated_at = 1 WHERE member_id = $1", params![member].to_vec()).await;
        expect(&house.run(CHECK).await, Outcome::Holds);
        let nobody = [("member", "somebody"), ("last_day", today.as_str())];
        house.put_on_file("leavers", &nobody).await;
        expect(&house.run(CHECK).await, Outcome::Late);
    }

    async fn a_configuration_that_nobody_approved_is_flagged(db: TestDb) {
        const CHECK: &str = "configuration-is-approved";
        let house = House::on(db).await;
        let change = [("change", "the first")];
        house.write_down("configurations", &change).await;
        expect(&house.run(CHECK).await, Outcome::OutOfScope);
        house.put_on_file("configurations", &change).await;
        expect(&house.run(CHECK).await, Outcome::Holds);
        let other = Program { configuration: [0xcd; 32], ..program() };
        let started = house.assurance.clone().with_program(other);
        expect(&one(&started, CHECK).await, Outcome::BrokenPromise);
        assert_eq!(house.claim("small-surface").await.state, State::BrokenPromise);
        expect(&house.run(CHECK).await, Outcome::Holds);
    }

    async fn an_address_that_answers_too_late_is_late(db: TestDb) {
        const CHECK: &str = "contacts-answer";
        let house = House::on(db).await;
        house.write_down("contact-tests", &answer("security", "4")).await;
        expect(&house.run(CHECK).await, Outcome::OutOfScope);
        house.put_on_file("contact-tests", &answer("security", "4")).await;
        house.put_on_file("contact-tests", &answer("privacy", "80")).await;
        let late = house.run(CHECK).await;
        expect(&late, Outcome::Late);
        assert_eq!(late.finding.reason, "no test in date shows that the address for privacy answers in 72 hours");
        house.put_on_file("contact-tests", &answer("privacy", "72")).await;
        expect(&house.run(CHECK).await, Outcome::Holds);
        assert_eq!(house.claim("security-contact").await.state, State::Holds);
    }

    async fn a_program_that_is_not_the_one_that_was_built_and_approved_is_flagged(db: TestDb) {
        const CHECK: &str = "binary-has-provenance";
        let house = House::on(db).await;
        expect(&house.run(CHECK).await, Outcome::Holds);
        assert_eq!(house.claim("tests-come-first").await.state, State::Holds);
        let sound = program().provenance.unwrap();
        let other = [("any statement", Provenance { program: [1; 32], ..sound.clone() }), ("any statement", Provenance { keys: vec![], ..sound.clone() })];
        let one_line = sound.statements.lines().next().unwrap().to_owned();
        let untested = [("that its tests passed", Provenance { statements: one_line, ..sound })];
        for (lacks, provenance) in other.into_iter().chain(untested) {
            let started = house.assurance.clone().with_program(Program { provenance: Some(provenance), ..program() });
            let flagged = one(&started, CHECK).await;
            expect(&flagged, Outcome::BrokenPromise);
            assert!(flagged.finding.reason.contains(lacks), "{}", flagged.finding.reason);
            assert_eq!(house.claim("tests-come-first").await.state, State::BrokenPromise);
        }
        let without = house.assurance.clone().with_program(Program { provenance: None, ..program() });
        expect(&one(&without, CHECK).await, Outcome::OutOfScope);
        expect(&house.run(CHECK).await, Outcome::Holds);
    }
}
