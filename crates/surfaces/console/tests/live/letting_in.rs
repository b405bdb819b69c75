//! Letting in: the operator, by the team's word; and members, once they have done what is asked of them.

use std::time::Duration;

use access::Class;
use custody::admission::{NewStep, StepKind};
use custody::operator_access::{AccessState, NewOperatorAccess};
use http::StatusCode;
use kernel::PageRequest;
use testkit::World;

use crate::browser::{member_in, owner_in};

const OPERATOR: &str = "/console/operator-access";
const ADMISSION: &str = "/console/admission";

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
        let page = browser.fill(&page, "/console/holds/new", &[("named", "scans"), ("two_people", "yes")]).await;
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
}
