//! How a team's people sign in, and its open invitations.

use access::Class;
use http::StatusCode;
use secrecy::ExposeSecret as _;
use testkit::World;

use crate::browser::{Browser, member_in, owner_in};

const AT: &str = "/console/team/sign-in";

engines::on_both! {
    async fn an_owner_sets_what_is_asked_of_everybody(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let (mut browser, app) = owner_in(&world, &team.owner).await;
        let page = browser.go(AT).await;
        assert!(page.text.contains("value=\"everybody\" checked"), "{}", page.text);
        assert!(page.text.contains("This server offers none"), "there is no operator who names providers");
        assert_eq!(browser.go("/console/team/sign-in/provider").await.status, StatusCode::NOT_FOUND);

        let filled = |idle| [("second", "all-but-workers"), ("floor", "nist"), ("idle_minutes", idle), ("absolute_hours", "8")];
        for bad in ["90", "soon"] {
            let page = browser.fill(&page, AT, &filled(bad)).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.text.contains(&format!("value=\"{bad}\"")) && page.text.contains("value=\"all-but-workers\" checked"), "what was typed stays");
        }
        world.clock.advance(std::time::Duration::from_secs(11 * 60));
        let page = browser.fill(&page, AT, &filled("15")).await;
        assert_eq!(page.heading(), "Confirm that it is you");
        let page = browser.fill(&page, AT, &[("proof-code", &app.code(&world))]).await;
        assert!(page.text.contains("Saved.") && page.text.contains("value=\"15\""), "{}", page.text);
        let rule = world.people.rule(&team.owner.credential, team.owner.request()).await.unwrap();
        assert_eq!((rule.idle_minutes, rule.absolute_hours), (15, 8));
        assert!(!rule.needs_second_factor(Class::Worker));
    }

    async fn who_may_not_change_it_reads_it_and_workers_do_not(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let auditor = team.member(Class::Auditor).await;
        let (mut auditor, _) = member_in(&world, &team.owner, &auditor).await;
        let page = auditor.go(AT).await;
        assert!(page.text.contains("after 30 minutes") && !page.text.contains(&format!("action=\"{AT}\"")), "{}", page.text);
        let worker = team.member(Class::Worker).await;
        let (mut worker, _) = member_in(&world, &team.owner, &worker).await;
        for refused in [AT, "/console/team/invitations"] {
            assert_eq!(worker.go(refused).await.status, StatusCode::FORBIDDEN, "{refused}");
        }
    }

    async fn an_invitation_is_listed_until_it_is_withdrawn(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let user = team.member(Class::User).await;
        let (mut browser, _) = owner_in(&world, &team.owner).await;
        let list = "/console/team/invitations";
        assert!(browser.go(list).await.text.contains("No invitation is open"));
        let made = world.people.make_invitation(&team.owner.credential, team.owner.request(), user.member).await.unwrap();
        let page = browser.go(list).await;
        assert!(page.text.contains("A user") && page.text.contains("Olivia Owner of clinic"), "{}", page.text);
        let withdraw = format!("/console/team/{}/invitation/withdraw", user.member);
        let after = browser.fill(&page, &withdraw, &[]).await;
        assert!(after.text.contains("was withdrawn") && after.text.contains("No invitation is open"), "{}", after.text);
        let again = browser.fill(&page, &withdraw, &[]).await;
        assert!(again.text.contains("There was no open invitation any more."), "{}", again.text);
        let mut invited = Browser::new(&world);
        let page = invited.go(&format!("/console/invitation/{}", made.token.expose_secret())).await;
        assert!(!page.heading().starts_with("Join "), "{}", page.heading());
    }
}
