//! Letting in: the operator, by the team's word; and members, once they have done what is asked of them.

use std::time::Duration;

use access::Class;
use custody::admission::{NewStep, StepKind};
use custody::operator_access::{AccessState, NewOperatorAccess};
use http::StatusCode;
use kernel::{Clock as _, PageRequest};
use testkit::World;

use crate::browser::{member_in, owner_in};

const OPERATOR: &str = "/console/operator-access";
const ADMISSION: &str = "/console/admission";
const ASKED: &str = "/console/team/admission";
const DUTIES: &str = "/console/team/duties";

async fn state(world: &World) -> AccessState {
    let operator = &world.operator;
    let page = PageRequest::first(1);
    let listed = world
        .custody
        .operator_accesses(&operator.credential, operator.request(), page);
    listed.await.unwrap().items[0].state
}

engines::on_both! {
    async fn an_owner_lets_the_operator_in_with_a_fresh_proof_and_ends_it_without(db: TestDb) {
        let world = World::on(db).await;
        let (team, operator) = (world.team("clinic").await, world.operator.clone());
        let new = NewOperatorAccess {
            tenant: "clinic".into(),
            dataset: None,
            originals: false,
            minutes: 120,
            reason: "ticket 7: uploads fail".into(),
        };
        world.custody.ask_operator_access(&operator.credential, operator.request(), new).await.unwrap();
        let (mut browser, app) = owner_in(&world, &team.owner).await;
        let page = browser.go(OPERATOR).await;
        assert_eq!(page.heading(), "Operator access");
        assert!(page.text.contains("ticket 7: uploads fail") && page.text.contains("2 hours"), "{}", page.text);
        world.clock.advance(Duration::from_secs(11 * 60));
        let approve = format!("{OPERATOR}/approve");
        let proof = browser.fill(&page, &approve, &[]).await;
        assert_eq!(proof.heading(), "Confirm that it is you");
        assert_eq!(state(&world).await, AccessState::Asked);
        let page = browser.fill(&proof, &approve, &[("proof-code", &app.code(&world))]).await;
        assert_eq!((page.path.as_str(), state(&world).await), (OPERATOR, AccessState::Approved));
        assert!(page.text.contains("They can look"));
        world.clock.advance(Duration::from_secs(11 * 60));
        let page = browser.go(OPERATOR).await;
        let page = browser.fill(&page, &format!("{OPERATOR}/end"), &[]).await;
        assert_eq!((page.path.as_str(), state(&world).await), (OPERATOR, AccessState::Ended));
    }

    async fn a_hold_is_placed_on_a_dataset_and_two_people_lift_it(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let admin = team.member(Class::Admin).await;
        let (mut browser, app) = owner_in(&world, &team.owner).await;
        let page = browser.go("/console/holds").await;
        assert!(page.text.contains("Nothing is on hold"), "{}", page.text);
        let page = browser.go("/console/holds/new").await;
        let fields = [("covers", "dataset"), ("named", "scams"), ("reason", "letter of the court"), ("two_people", "yes")];
        let page = browser.fill(&page, "/console/holds/new", &fields).await;
        assert!(page.text.contains("There is nothing of this name or id"), "{}", page.text);
        let page = browser.go("/console/holds/new").await;
        let fields = fields.map(|(name, value)| (name, if name == "named" { "scans" } else { value }));
        let page = browser.fill(&page, "/console/holds/new", &fields).await;
        assert_eq!(page.path, "/console/holds");
        assert!(page.text.contains("scans") && page.text.contains("letter of the court"), "{}", page.text);
        world.clock.advance(Duration::from_secs(11 * 60));
        let proof = browser.fill(&page, "/console/holds/lift", &[]).await;
        assert_eq!(proof.heading(), "Confirm that it is you");
        let page = browser.fill(&proof, "/console/holds/lift", &[("proof-code", &app.code(&world))]).await;
        assert!(page.text.contains("Somebody else has to agree") && !page.text.contains("Agree and lift"), "{}", page.text);
        let (mut second, _app) = member_in(&world, &team.owner, &admin).await;
        let page = second.go("/console/holds").await;
        let page = second.fill(&page, "/console/holds/lift", &[]).await;
        assert!(page.text.contains("Lifted"), "{}", page.text);
    }

    async fn whoever_is_not_let_in_is_led_to_what_is_asked_and_further_when_it_is_done(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let user = team.member(Class::User).await;
        let (mut browser, _app) = member_in(&world, &team.owner, &user).await;
        assert_eq!(browser.go("/console/datasets/scans").await.path, "/console/datasets/scans");
        let asks = NewStep {
            kind: StepKind::Policy,
            title: "Acceptable use".into(),
            version: "3".into(),
            place: String::new(),
            good_for_days: None,
        };
        let owner = &team.owner;
        world.custody.add_admission_step(&owner.credential, owner.request(), asks).await.unwrap();
        for path in ["/console", "/console/datasets", "/console/datasets/scans"] {
            let page = browser.go(path).await;
            assert_eq!((page.path.as_str(), page.heading().as_str()), (ADMISSION, "Asked of you"), "{path}");
        }
        let page = browser.go(ADMISSION).await;
        assert!(page.text.contains("I have read version 3 and accept it"), "{}", page.text);
        let page = browser.fill(&page, &format!("{ADMISSION}/accept"), &[]).await;
        assert_eq!((page.path.as_str(), page.status), ("/console", StatusCode::OK));
        assert_eq!(browser.go("/console/datasets/scans").await.path, "/console/datasets/scans");
    }

    async fn an_admin_asks_sees_who_waits_and_records_what_somebody_did(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let user = team.member(Class::User).await;
        let (mut browser, _app) = owner_in(&world, &team.owner).await;
        let page = browser.go(ASKED).await;
        assert!(page.text.contains("Nothing is asked") && page.text.contains("Nobody waits"), "{}", page.text);
        let training = [("kind", "training"), ("title", "Health data"), ("version", "2026")];
        let wrong = [&training[..], &[("good_for_days", "often")]].concat();
        let again = browser.fill(&page, &format!("{ASKED}/add"), &wrong).await;
        assert!(again.text.contains("Give a number of days"), "{}", again.text);
        let right = [&training[..], &[("good_for_days", "365")]].concat();
        let page = browser.fill(&again, &format!("{ASKED}/add"), &right).await;
        // Whoever asks is asked as well, and can go on recording.
        let page = if page.path == ASKED { page } else { browser.go(ASKED).await };
        assert!(page.text.contains("Health data") && page.text.contains("365 days"), "{}", page.text);

        let theirs = format!("/console/team/{}/admission", user.member);
        let page = browser.go(&theirs).await;
        assert!(page.text.contains("They are not let in"), "{}", page.text);
        let record = format!("{theirs}/record");
        let owner = &team.owner;
        let asked = world.custody.admission(&owner.credential, owner.request(), None).await.unwrap();
        let (done, evidence) = (format!("done-{}", asked[0].step.id), format!("evidence-{}", asked[0].step.id));
        let soon = [(done.as_str(), "soon"), (evidence.as_str(), "certificate 17")];
        let again = browser.fill(&page, &record, &soon).await;
        assert!(again.text.contains("Give a day"), "{}", again.text);
        let day = world.clock.now().to_string().chars().take(10).collect::<String>();
        let page = browser.fill(&again, &record, &[(done.as_str(), day.as_str()), (evidence.as_str(), "certificate 17")]).await;
        assert!(page.text.contains("They are let in") && page.text.contains("certificate 17"), "{}", page.text);
        let page = browser.fill(&page, &format!("{theirs}/withdraw"), &[]).await;
        assert!(page.text.contains("They are not let in"), "{}", page.text);
        let page = browser.go(ASKED).await;
        let page = browser.fill(&page, &format!("{ASKED}/remove"), &[]).await;
        assert!(page.text.contains("Nothing is asked"), "{}", page.text);
    }

    async fn an_owner_gives_duties_and_holds_two_apart(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let admin = team.member(Class::Admin).await;
        let (mut browser, _app) = owner_in(&world, &team.owner).await;
        let page = browser.go(DUTIES).await;
        assert!(page.text.contains("No duty was given"), "{}", page.text);
        let (give, who) = (format!("{DUTIES}/give"), admin.member.to_string());
        let page = browser.fill(&page, &give, &[("member", &who), ("duty", "issue-keys")]).await;
        assert!(page.text.contains("Issue API keys"), "{}", page.text);
        let refused = browser.fill(&page, &give, &[("member", &who), ("duty", "review-access")]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.text.contains("nobody may both issue API keys and look through who has access"), "{}", refused.text);
        let page = browser.go(DUTIES).await;
        browser.fill(&page, &give, &[("member", &who), ("duty", "make-exports")]).await;
        let page = browser.go(DUTIES).await;
        let pairs = format!("{DUTIES}/pairs");
        let built_in = [("one", "audit"), ("other", "publish")];
        let again = browser.fill(&page, &pairs, &built_in).await;
        assert!(again.text.contains("this pair is built in"), "{}", again.text);
        let own = [("one", "make-exports"), ("other", "issue-keys")];
        let page = browser.fill(&again, &pairs, &own).await;
        assert!(page.text.contains("holds two duties that conflict"), "{}", page.text);
        let page = browser.fill(&page, &format!("{DUTIES}/end"), &[]).await;
        assert!(!page.text.contains("holds two duties that conflict"), "{}", page.text);
    }
}
