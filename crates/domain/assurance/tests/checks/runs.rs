//! Rounds: what is kept, what the trail has, who runs, and what claims make of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use assurance::check::{Check, Control, Observation, Outcome, Trouble};
use assurance::{Error, Round, Site, State};
use async_trait::async_trait;
use custody::trail::TrailFilter;
use store::Lease;

use crate::house::{House, OUTSIDE, expect};

/// What a sound installation with nothing on file has nothing to say about.
const OTHERWISE: [(&str, Outcome); 7] = [
    // Nobody serves here, so there is no door to look at.
    ("edge-speaks-tls-only", Outcome::OutOfScope),
    ("pages-set-no-other-cookies", Outcome::OutOfScope),
    ("page-equals-state", Outcome::OutOfScope),
    ("evidence-is-in-date", Outcome::OutOfScope),
    ("outside-scan-is-recent", Outcome::OutOfScope),
    ("penetration-test-is-recent", Outcome::OutOfScope),
    ("egress-equals-register", Outcome::OutOfScope),
];

engines::on_both! {
    async fn a_sound_installation_keeps_its_promises(db: TestDb) {
        let house = House::on(db).await;
        let ran = house.assurance.run_now(&[]).await.unwrap();
        assert_eq!(ran.len(), assurance::checks::all().len());
        for kept in &ran {
            let otherwise = OTHERWISE.iter().chain(crate::people::OTHERWISE).find(|(check, _)| *check == kept.check);
            expect(kept, otherwise.map_or(Outcome::Holds, |(_, outcome)| *outcome));
        }
        let claims = house.assurance.claims().await.unwrap();
        let sources: BTreeSet<&String> = claims.iter().flat_map(|claim| &claim.sources).collect();
        assert_eq!(sources.len(), 222);
        let state = |id: &str| claims.iter().find(|claim| claim.id == id).unwrap();
        assert_eq!(state("everything-at-rest-is-sealed").state, State::Partly);
        assert_eq!(state("tenants-see-only-their-own").state, State::Holds);
        assert_eq!(state("available-as-committed").state, State::OutOfScope);
        assert_eq!(state("closed-by-default").state, State::Holds);
        let idle = state("sessions-end-when-idle");
        assert_eq!((idle.state, idle.since.is_some(), &idle.reason), (State::Holds, true, &None));
        assert!(idle.statement.starts_with("After 30 minutes"), "{}", idle.statement);
        for claim in &claims {
            let absent = |id: &String| house.assurance.catalogue().check(id).unwrap().absent.is_some();
            assert!(claim.state != State::Holds || !claim.checks.iter().any(absent), "{} is green", claim.id);
            assert!(claim.state == State::Holds || claim.reason.is_some(), "{} gives no reason", claim.id);
        }
    }

    async fn a_server_looks_at_its_own_door_too(db: TestDb) {
        let house = House::with_door(db).await;
        house.assurance.run_now(&[]).await.unwrap();
        for check in ["edge-speaks-tls-only", "pages-set-no-other-cookies", "page-equals-state", "egress-equals-register"] {
            expect(&house.run(check).await, Outcome::Holds);
        }
    }

    async fn a_second_round_finds_the_same_teams_and_leaves_no_items(db: TestDb) {
        let house = House::on(db).await;
        house.assurance.run_now(&[]).await.unwrap();
        let count = |sql: &'static str| house.world.database().read(move |tx| tx.one(sql, &[])?.get::<i64>(0));
        let before: i64 = count("SELECT count(*) FROM tenant").await.unwrap();
        let again = house.assurance.run_now(&[]).await.unwrap();
        assert!(again.iter().all(|kept| kept.finding.outcome != Outcome::BrokenCheck));
        assert_eq!(count("SELECT count(*) FROM tenant").await.unwrap(), before);
        assert_eq!(count("SELECT count(*) FROM item").await.unwrap(), 0_i64);
        assert_eq!(count("SELECT count(*) FROM check_canary").await.unwrap(), 0_i64);
        assert_eq!(again[0].since, house.assurance.history(&again[0].check, 9).await.unwrap()[1].ran_at);
    }

    async fn every_result_stands_in_the_operators_trail(db: TestDb) {
        let house = House::on(db).await;
        let kept = house.run("archive-comes-first").await;
        house.world.sequence().await;
        let entry = house.world.operator.trail(TrailFilter::default()).await.unwrap();
        let entry = entry.into_iter().find(|entry| entry.id == kept.event).unwrap();
        assert_eq!(entry.event["action"], "assurance.record");
        assert_eq!(entry.event["actor"]["kind"], "system");
        assert_eq!(entry.event["details"]["check"], "archive-comes-first");
        assert_eq!(entry.event["details"]["outcome"], "holds");
        assert!(house.world.operator.receipt(kept.event).await.unwrap().contains("assurance.record"));
    }

    async fn probe_teams_are_nobody_elses(db: TestDb) {
        let house = House::on(db).await;
        let new = custody::tenant::NewTenant {
            slug: "bailee-probe-mine".into(),
            name: "Mine".into(),
            business: custody::tenant::Business::Other,
            custody: custody::tenant::CustodyMode::ProviderHeld,
            contract: None,
            owner: custody::tenant::NewOwner { name: "Me".into(), email: "me@mine.example".into() },
        };
        let operator = &house.world.operator;
        let made = house.world.custody.create_tenant(&operator.credential, operator.request(), new, None).await;
        assert!(matches!(made, Err(custody::Error::Invalid { field: "slug", .. })), "{made:?}");
    }

    async fn what_is_due_runs_and_the_rest_waits(db: TestDb) {
        let house = House::on(db).await;
        let hour = Duration::from_secs(60 * 60);
        let two: Vec<Arc<dyn Check>> = vec![
            Arc::new(assurance::checks::SecondFactorIsAsked),
            Arc::new(assurance::checks::LookingIsNotTaking),
        ];
        let assurance = house.with(two);
        let names = async || {
            let ran = assurance.run_due().await.unwrap();
            ran.into_iter().map(|kept| kept.check).collect::<Vec<_>>()
        };
        assert_eq!(names().await, ["second-factor-is-asked", "looking-is-not-taking"]);
        assert!(names().await.is_empty());
        house.later(hour);
        assert_eq!(names().await, ["second-factor-is-asked"]);
        let waiting = assurance.claims().await.unwrap();
        let factor = |claims: &[assurance::ClaimState]| claims.iter().find(|claim| claim.id == "second-factor").unwrap().state;
        assert_eq!(factor(&waiting), State::Holds);
        house.later(hour * 2);
        assert_eq!(factor(&assurance.claims().await.unwrap()), State::Late);
    }

    async fn one_process_runs_checks_at_a_time(db: TestDb) {
        let house = House::on(db).await;
        let now = house.world.custody.desk().clock.now();
        let elsewhere = house.world.database().write(move |tx| {
            Lease::take(tx, "assurance", "elsewhere", now, Duration::from_secs(600))
        });
        let lease = elsewhere.await.unwrap().unwrap();
        let refused = house.assurance.run_now(&["second-factor-is-asked".into()]).await;
        assert!(matches!(refused, Err(Error::Busy)), "{refused:?}");
        assert!(house.assurance.run_due().await.unwrap().is_empty());
        house.world.database().write(move |tx| lease.release(tx)).await.unwrap();
        expect(&house.run("second-factor-is-asked").await, Outcome::Holds);
        let unknown = house.assurance.run_now(&["compliance".into()]).await;
        assert!(matches!(unknown, Err(Error::UnknownCheck(_))), "{unknown:?}");
    }

    async fn whichever_check_panics_hangs_fails_or_has_a_control_case_otherwise_is_broken(db: TestDb) {
        let house = House::on(db).await;
        for way in [Way::Panics, Way::Hangs, Way::Fails, Way::ControlIsOtherwise] {
            let spoilt = |check| Arc::new(Spoilt { check, way }) as Arc<dyn Check>;
            let assurance = house.with(assurance::checks::all().into_iter().map(spoilt).collect());
            let ran = assurance.run_now(&[]).await.unwrap();
            assert_eq!(ran.len(), assurance::checks::all().len());
            ran.iter().for_each(|kept| expect(kept, Outcome::BrokenCheck));
            for claim in assurance.claims().await.unwrap() {
                let is_run = claim.checks.iter().any(|id| assurance.built().any(|built| built == id));
                assert!(!is_run || claim.state == State::BrokenCheck, "{way:?}: {} is {}", claim.id, claim.state.as_str());
            }
        }
    }

    async fn a_check_that_the_catalogue_does_not_know_is_refused(db: TestDb) {
        let house = House::on(db).await;
        struct Foreign(&'static str);
        #[async_trait]
        impl Check for Foreign {
            fn id(&self) -> &'static str {
                self.0
            }
            async fn observe(&self, _: &Site) -> Result<Observation, Trouble> {
                Ok(Observation::out_of_scope("nothing"))
            }
        }
        for name in ["wishing", "service-answers"] {
            let made = assurance::Assurance::with_checks(
                house.world.custody.clone(), Vec::new(), "test", vec![Arc::new(Foreign(name))]);
            assert!(matches!(made, Err(Error::Misfit(_))), "{name}");
        }
    }

    async fn evidence_counts_when_it_is_approved_and_goes_late_by_itself(db: TestDb) {
        let house = House::on(db).await;
        let day = Duration::from_secs(24 * 60 * 60);
        // The sentence hangs on the vendor's entry in the register as well.
        expect(&house.run("processor-register-is-complete").await, Outcome::Holds);
        house.write_down("vulnerability-scans", &OUTSIDE).await;
        expect(&house.run("outside-scan-is-recent").await, Outcome::OutOfScope);
        assert_eq!(house.claim("outside-scan-vendor").await.state, State::Partly);
        house.put_on_file("vulnerability-scans", &[("kind", "dependencies"), ("scanner", "Ours"), ("open_high", "0")]).await;
        expect(&house.run("outside-scan-is-recent").await, Outcome::OutOfScope);

        house.put_on_file("vulnerability-scans", &OUTSIDE).await;
        expect(&house.run("outside-scan-is-recent").await, Outcome::Holds);
        expect(&house.run("evidence-is-in-date").await, Outcome::Holds);
        house.later(day * 94);
        expect(&house.run("outside-scan-is-recent").await, Outcome::Late);
        expect(&house.run("evidence-is-in-date").await, Outcome::Late);
        let late = house.claim("outside-scan-vendor").await;
        assert_eq!(late.state, State::Late, "{late:?}");
        house.put_on_file("vulnerability-scans", &OUTSIDE).await;
        expect(&house.run("outside-scan-is-recent").await, Outcome::Holds);
        expect(&house.run("evidence-is-in-date").await, Outcome::Holds);
    }

    async fn one_persons_old_course_is_enough_to_be_late(db: TestDb) {
        let house = House::on(db).await;
        let day = Duration::from_secs(24 * 60 * 60);
        house.put_on_file("training", &[("course", "privacy")]).await;
        house.later(day * 300);
        house.put_on_file("training", &[("course", "privacy")]).await;
        expect(&house.run("evidence-is-in-date").await, Outcome::Holds);
        house.later(day * 66);
        let late = house.run("evidence-is-in-date").await;
        expect(&late, Outcome::Late);
        assert!(late.finding.reason.ends_with("training"), "{}", late.finding.reason);
    }

    async fn a_change_is_an_alarm_in_the_trail_and_a_version_of_the_sentence(db: TestDb) {
        let house = House::on(db).await;
        let assurance = house.with(vec![Arc::new(assurance::checks::SecondFactorIsAsked)]);
        let first = assurance.turn(&|| false).await.unwrap().unwrap();
        assert_eq!(first.changes.len(), assurance.catalogue().claims().len());
        assert!(first.changes.iter().all(|change| change.was.is_none() && !change.is_worse()));
        let again = assurance.turn(&|| false).await.unwrap().unwrap();
        assert_eq!((again.ran, again.changes), (vec![], vec![]));

        let named = |round: Round| {
            let changes = round.changes.into_iter().filter(|change| change.claim == "second-factor");
            changes.map(|change| (change.was, change.is)).collect::<Vec<_>>()
        };
        let alarms = assurance::Alarms {
            to: vec!["alarms@operator.example".parse().unwrap()],
            page: "https://bailee.example/".into(),
        };
        let lifted = house.without_policy("limit.step-up").with_alarms(alarms);
        lifted.run_now(&["second-factor-is-asked".into()]).await.unwrap();
        let letters = house.letters().await;
        assert_eq!(letters.len(), 1, "one letter for the round");
        assert!(letters[0].contains("second-factor") && letters[0].contains("is broken-promise"), "{}", letters[0]);
        let versions = assurance.versions("second-factor", 9).await.unwrap();
        let states: Vec<State> = versions.iter().map(|version| version.state).collect();
        assert_eq!(states, [State::BrokenPromise, State::Holds]);
        house.world.sequence().await;
        let trail = house.world.operator.trail(TrailFilter::default()).await.unwrap();
        let alarm = trail.iter().find(|entry| entry.id == versions[0].event).unwrap();
        assert_eq!(alarm.event["details"]["alarm"], true);
        let listed = alarm.event["details"]["changed"].as_array().unwrap();
        let told = listed.iter().find(|told| told["claim"] == "second-factor").unwrap();
        assert_eq!((&told["was"], &told["is"]), (&"holds".into(), &"broken-promise".into()));
        assert!(told["reason"].as_str().unwrap().starts_with("second-factor-is-asked"), "{told}");

        house.later(Duration::from_secs(60 * 60));
        let mended = assurance.turn(&|| false).await.unwrap().unwrap();
        assert_eq!(named(mended), [(Some(State::BrokenPromise), State::Holds)]);
        // Nothing runs any more: the clock alone makes it late.
        house.later(Duration::from_secs(2 * 60 * 60));
        let late = house.with(vec![]).turn(&|| false).await.unwrap().unwrap();
        assert!(late.changes.iter().any(|change| change.claim == "second-factor" && change.is_worse()), "{late:?}");
    }

    async fn a_round_that_is_told_to_stop_stops_and_the_next_goes_on(db: TestDb) {
        let house = House::on(db).await;
        let two: Vec<Arc<dyn Check>> = vec![
            Arc::new(assurance::checks::SecondFactorIsAsked),
            Arc::new(assurance::checks::LookingIsNotTaking),
        ];
        let assurance = house.with(two);
        let asked = AtomicU32::new(0);
        let stop = || asked.fetch_add(1, Ordering::Relaxed) == 1;
        let ran = assurance.turn(&stop).await.unwrap().unwrap().ran;
        assert_eq!(ran.iter().map(|kept| kept.check.as_str()).collect::<Vec<_>>(), ["second-factor-is-asked"]);
        let ran = assurance.turn(&|| false).await.unwrap().unwrap().ran;
        assert_eq!(ran.iter().map(|kept| kept.check.as_str()).collect::<Vec<_>>(), ["looking-is-not-taking"]);
    }
}

/// How a check can be bad.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    Panics,
    Hangs,
    Fails,
    ControlIsOtherwise,
}

/// A check of this version, spoilt.
struct Spoilt {
    check: Arc<dyn Check>,
    way: Way,
}

#[async_trait]
impl Check for Spoilt {
    fn id(&self) -> &'static str {
        self.check.id()
    }

    fn limit(&self) -> Duration {
        match self.way {
            Way::Hangs => Duration::from_millis(10),
            _ => self.check.limit(),
        }
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        match self.way {
            Way::Panics => panic!("a check of this test"),
            Way::Hangs => std::future::pending().await,
            Way::Fails => Err(Trouble("it cannot look".into())),
            Way::ControlIsOtherwise => Ok(Observation {
                control: Control::Otherwise("it did not see what was planted".into()),
                ..self.check.observe(site).await?
            }),
        }
    }
}
