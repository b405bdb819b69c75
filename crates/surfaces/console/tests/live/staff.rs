//! The staff of the installation, behind a door of their own.

use access::Class;
use http::StatusCode;
use secrecy::ExposeSecret as _;
use testkit::World;

use crate::browser::{App, Browser, PASSWORD, member_in};

const FIRST: &str = "/console/staff";
const SESSION: &str = "__Host-bailee-session";
const STAFF_SESSION: &str = "__Host-bailee-staff-session";

/// Opens the link of an invitation to the staff, and ends on the first page.
async fn follow(world: &World, link: &str) -> (Browser, App) {
    let mut browser = Browser::new(world);
    let page = browser.go(link).await;
    assert_eq!(page.heading(), "Join the staff");
    let chosen = [("password", PASSWORD), ("again", PASSWORD)];
    let page = browser.fill(&page, "/console/staff/invitation", &chosen).await;
    assert_eq!(page.heading(), "Set up a second factor");
    assert_eq!(
        browser.go(FIRST).await.heading(),
        "Staff sign-in",
        "a password is not enough"
    );
    let app = App::of(&page);
    let code = app.code(world);
    let page = browser
        .fill(&page, "/console/staff/sign-in/app", &[("code", &code)])
        .await;
    assert_eq!(page.heading(), "You are signed in");
    (browser, app)
}

async fn staff_in(world: &World, email: &str) -> (Browser, App) {
    let token = world.invite_staff(email).await.unwrap().token;
    follow(
        world,
        &format!("/console/staff/invitation/{}", token.expose_secret()),
    )
    .await
}

engines::on_both! {
    async fn staff_come_in_invite_and_shut_out(db: TestDb) {
        let world = World::on(db).await;
        let (mut sam, _) = staff_in(&world, "sam@operator.example").await;
        let page = sam.go(FIRST).await;
        assert!(page.heading() == "Staff" && page.text.contains("Key only") && page.text.contains("(you)"), "{}", page.text);
        assert!(!page.text.contains("href=\"/console/datasets"), "there is no way to what teams keep");
        let page = sam.go("/console/staff/invite").await;
        let sue = [("name", "Sue Stone"), ("email", "sue@operator.example")];
        let page = sam.fill(&page, "/console/staff/invite", &sue).await;
        let link = page.between("https://bailee.example", "<").unwrap();
        assert!(page.heading().starts_with("Sue Stone") && link.starts_with("/console/staff/invitation/"), "{}", page.text);
        let own = page.between("action=\"/console/staff/people/", "/").unwrap();
        let (mut sue, _) = follow(&world, &link).await;
        assert_eq!(sue.go(FIRST).await.heading(), "Staff");

        let place = format!("/console/staff/people/{own}");
        let page = sam.go(&place).await;
        assert!(page.text.contains("End all") && !page.text.contains("Make a link"), "{}", page.text);
        let page = sam.fill(&page, &format!("{place}/disable"), &[]).await;
        assert!(page.path == FIRST && page.text.contains("Sue Stone was shut out."), "{}", page.text);
        assert_eq!(sue.go(FIRST).await.heading(), "Staff sign-in");
        let page = sam.go(&place).await;
        let page = sam.fill(&page, &format!("{place}/invitation"), &[]).await;
        assert!(page.text.contains("/console/staff/invitation/"), "{}", page.text);
    }

    async fn what_outlasts_the_session_asks_staff_for_a_fresh_proof(db: TestDb) {
        let world = World::on(db).await;
        let (mut sam, app) = staff_in(&world, "sam@operator.example").await;
        let page = sam.go("/console/staff/invite").await;
        world.clock.advance(std::time::Duration::from_secs(11 * 60));
        let sue = [("name", "Sue Stone"), ("email", "sue@operator.example")];
        let page = sam.fill(&page, "/console/staff/invite", &sue).await;
        assert_eq!(page.heading(), "Confirm that it is you");
        let page = sam.fill(&page, "/console/staff/invite", &[("proof-code", &app.code(&world))]).await;
        assert!(page.heading().starts_with("Sue Stone"), "{}", page.text);
    }

    async fn staff_sign_in_again_with_both_factors_and_look_after_their_own(db: TestDb) {
        let world = World::on(db).await;
        let (mut sam, app) = staff_in(&world, "sam@operator.example").await;
        let page = sam.go("/console/staff/sessions").await;
        assert!(page.text.contains("This one"), "{}", page.text);
        let page = sam.go("/console/staff/security").await;
        assert!(page.text.contains("10 left") && !page.text.contains("app/remove"), "the last factor stays");
        let page = sam.fill(&page, "/console/staff/sign-out", &[]).await;
        assert_eq!(page.heading(), "Staff sign-in");
        assert!(!page.text.contains("name=\"team\"") && !page.text.contains("passkey/begin"), "{}", page.text);
        let wrong = [("email", "sam@operator.example"), ("password", "wrong")];
        let page = sam.fill(&page, "/console/staff/sign-in", &wrong).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let right = [("email", "sam@operator.example"), ("password", PASSWORD)];
        let page = sam.fill(&page, "/console/staff/sign-in", &right).await;
        assert_eq!(page.heading(), "Second factor");
        let page = sam.fill(&page, "/console/staff/sign-in/code", &[("code", &app.code(&world))]).await;
        assert_eq!((page.path.as_str(), page.heading().as_str()), (FIRST, "Staff"));
        // Idleness leads back to their own door.
        world.clock.advance(std::time::Duration::from_secs(31 * 60));
        assert_eq!(sam.go("/console/staff/sessions").await.heading(), "Staff sign-in");
    }

    async fn a_session_of_one_door_is_none_behind_the_other(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let user = team.member(Class::User).await;
        let (mut sam, _) = staff_in(&world, "sam@operator.example").await;
        let (mut uma, _) = member_in(&world, &team.owner, &user).await;
        assert_eq!(sam.go("/console/datasets").await.heading(), "Sign in");
        assert_eq!(uma.go(FIRST).await.heading(), "Staff sign-in");
        // Not even under the other's name.
        sam.copy_cookie(STAFF_SESSION, SESSION);
        uma.copy_cookie(SESSION, STAFF_SESSION);
        assert_eq!(sam.go("/console/datasets").await.heading(), "Sign in");
        assert_eq!(sam.go(FIRST).await.heading(), "Staff");
        assert_eq!(uma.go(FIRST).await.heading(), "Staff sign-in");
        assert_eq!(uma.go("/console/datasets").await.heading(), "Datasets");
    }
}
