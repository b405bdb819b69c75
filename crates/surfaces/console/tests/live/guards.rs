//! What the pages refuse.

use std::time::Duration;

use http::StatusCode;
use testkit::World;

use crate::browser::{Browser, owner_in};

engines::on_both! {
    async fn a_form_that_is_not_of_this_session_does_nothing(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let (mut browser, _) = owner_in(&world, &team.owner).await;
        let kind = "application/x-www-form-urlencoded";
        let page = browser.post("/console/datasets/new", kind, "name=scans&csrf=other".to_owned()).await;
        assert_eq!((page.status, page.heading().as_str()), (StatusCode::FORBIDDEN, "This form is too old"));

        let page = browser.go("/console/datasets/new").await;
        browser.site = "cross-site";
        let page = browser.fill(&page, "/console/datasets/new", &[("name", "scans")]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        browser.site = "same-origin";
        let page = browser.go("/console/datasets").await;
        assert!(page.text.contains("No datasets yet"), "nothing was made");

        team.owner.dataset("scans").await.unwrap();
        let file = "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\na\r\n--x--\r\n";
        let page = browser.post("/console/datasets/scans/upload", "multipart/form-data; boundary=x", file.to_owned()).await;
        assert_eq!(page.heading(), "This form is too old");
        assert!(browser.go("/console/datasets/scans").await.text.contains("No items yet"));
    }

    async fn a_session_ends_after_half_an_hour_without_anybody_there(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let (mut browser, _) = owner_in(&world, &team.owner).await;
        world.clock.advance(Duration::from_secs(29 * 60 + 30));
        assert_eq!(browser.go("/console/team").await.heading(), "Members");
        world.clock.advance(Duration::from_secs(30 * 60 + 1));
        let page = browser.go("/console/team").await;
        assert_eq!((page.heading().as_str(), page.path.as_str()), ("Sign in", "/console/sign-in?then=%2Fconsole%2Fteam"));
    }

    async fn signing_in_says_the_same_whatever_was_wrong(db: TestDb) {
        let world = World::on(db).await;
        world.team("clinic").await;
        let mut said = Vec::new();
        for (team, email) in [("clinic", "nobody@clinic.example"), ("no-such-team", "nobody@clinic.example")] {
            let mut browser = Browser::new(&world);
            let page = browser.go("/console/sign-in").await;
            let given = [("team", team), ("email", email), ("password", "what it may be, or not")];
            let page = browser.fill(&page, "/console/sign-in", &given).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            said.push(page.between("role=\"alert\">", "</div>").unwrap());
        }
        assert_eq!(said[0], said[1]);
        assert!(said[0].contains("go together"), "{}", said[0]);
    }

    async fn pages_are_kept_by_nobody_and_assets_for_ever(db: TestDb) {
        let world = World::on(db).await;
        let mut browser = Browser::new(&world);
        let page = browser.go("/console/sign-in").await;
        let header = |name: &str| page.headers[name].to_str().unwrap().to_owned();
        assert_eq!((header("cache-control").as_str(), header("content-security-policy").as_str()), ("no-store", console::headers::POLICY));
        for path in page.text.split("/console/assets/").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()) {
            let asset = browser.go(&format!("/console/assets/{path}")).await;
            assert_eq!(asset.status, StatusCode::OK, "{path}");
            assert!(asset.headers["cache-control"].to_str().unwrap().contains("immutable"));
        }
        assert_eq!(browser.go("/console/assets/console.0000.css").await.status, StatusCode::NOT_FOUND);
    }
}
