//! Whole ways through the console.

use http::StatusCode;
use testkit::World;

use crate::browser::{App, Browser, PASSWORD, owner_in};

engines::on_both! {
    async fn an_owner_signs_in_uploads_looks_archives_restores_and_reads_the_trail(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let (mut browser, app) = owner_in(&world, &team.owner).await;

        let page = browser.go("/console/datasets/new").await;
        let page = browser.fill(&page, "/console/datasets/new", &[("name", "scans"), ("description", "of the clinic")]).await;
        assert_eq!((page.path.as_str(), page.heading().as_str()), ("/console/datasets/scans", "scans"));
        assert!(page.text.contains("scans was made.") && page.text.contains("No items yet"));

        let page = browser.upload(&page, "/console/datasets/scans/upload", "note.txt", "all is well").await;
        assert!(page.text.contains("note.txt is kept."), "{}", page.text);
        let item = page.between("href=\"/console/items/", "\"").unwrap();
        let path = format!("/console/items/{item}");
        let page = browser.go(&path).await;
        assert_eq!(page.heading(), "note.txt");
        assert!(page.text.contains("text/plain") && page.text.contains("11 bytes"));
        let bytes = browser.go(&format!("{path}/original")).await;
        assert_eq!((bytes.text.as_str(), bytes.headers["content-disposition"].to_str().unwrap()), ("all is well", "attachment; filename=\"note.txt\""));

        let page = browser.fill(&page, &format!("{path}/archive"), &[]).await;
        assert!(page.text.contains("note.txt was archived.") && page.text.contains("This item is archived"));
        let page = browser.go("/console/datasets/scans/archived").await;
        let page = browser.fill(&page, &format!("{path}/restore"), &[]).await;
        assert!(page.text.contains("note.txt is back in use.") && !page.text.contains("This item is archived"));

        world.sequence().await;
        let page = browser.go("/console/trail?action=item.restore").await;
        let event = page.between("href=\"/console/trail/", "\"").unwrap();
        let page = browser.go(&format!("/console/trail/{event}")).await;
        assert!(page.heading().starts_with("Restore"), "{}", page.heading());
        let receipt = browser.go(&format!("/console/trail/{event}/receipt")).await;
        let receipt = ledger::Receipt::parse(receipt.text.as_bytes()).unwrap();
        receipt.verify(&world.policy).unwrap();

        let page = browser.go("/console").await;
        let page = browser.fill(&page, "/console/sign-out", &[]).await;
        assert_eq!(page.heading(), "Sign in");
        assert!(!browser.has_session());
        let page = browser.go(&path).await;
        assert_eq!(page.heading(), "Sign in");
        let given = [("team", "clinic"), ("email", &team_email(&team.owner).await), ("password", PASSWORD)];
        let page = browser.fill(&page, "/console/sign-in", &given).await;
        assert_eq!(page.heading(), "Second factor");
        let page = browser.fill(&page, "/console/sign-in/code", &[("code", &app.code(&world))]).await;
        assert_eq!((page.status, page.path), (StatusCode::OK, path), "back to where one wanted to go");
    }

    async fn a_worker_is_invited_after_a_fresh_proof_and_sees_what_a_task_hands_to_them(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let (leased, other) = (team.owner.put("scans", "a.txt", b"a").await.unwrap(), team.owner.put("scans", "b.txt", b"b").await.unwrap());
        let (mut browser, app) = owner_in(&world, &team.owner).await;

        let page = browser.go("/console/datasets/scans/settings").await;
        let work = [("on", "yes"), ("batch", "1"), ("minutes", "20"), ("open", "1")];
        let page = browser.fill(&page, "/console/datasets/scans/work", &work).await;
        assert!(page.text.contains("Saved."), "{}", page.text);

        world.clock.advance(std::time::Duration::from_secs(11 * 60));
        let page = browser.go("/console/team/invite").await;
        let new = [("name", "Wim Otter"), ("email", "wim@clinic.example"), ("class", "worker")];
        let page = browser.fill(&page, "/console/team/invite", &new).await;
        assert_eq!(page.heading(), "Confirm that it is you");
        let page = browser.fill(&page, "/console/team/invite", &[("proof-code", "000000")]).await;
        assert_eq!(page.heading(), "Confirm that it is you", "a wrong code does nothing");
        let page = browser.fill(&page, "/console/team/invite", &[("proof-code", &app.code(&world))]).await;
        assert!(page.heading().contains("Wim Otter"), "{}", page.heading());
        let link = page.between("<code id=\"invitation-link\">https://bailee.example", "</code>").unwrap();
        let worker = page.between("/console/trail?member=", "\"").unwrap();
        let page = browser.go("/console/datasets/scans/settings").await;
        let page = browser.fill(&page, "/console/datasets/scans/grants", &[("member", &worker)]).await;
        assert!(page.text.contains("The dataset was given."), "{}", page.text);

        let mut browser = Browser::new(&world);
        let page = browser.go(&link).await;
        let page = browser.fill(&page, "/console/invitation", &[("password", PASSWORD), ("again", PASSWORD)]).await;
        assert_eq!(page.heading(), "Set up a second factor", "{}", page.text);
        let code = App::of(&page).code(&world);
        browser.fill(&page, "/console/sign-in/app", &[("code", &code)]).await;
        assert_eq!(browser.go("/console").await.heading(), "Hello, Wim");
        let page = browser.go("/console/tasks").await;
        let page = browser.fill(&page, "/console/tasks", &[("dataset", "scans")]).await;
        assert!(page.text.contains("The task is yours.") && page.text.contains("a.txt"), "{}", page.text);
        assert_eq!(browser.go(&format!("/console/items/{}", leased.item.id)).await.heading(), "a.txt");
        for closed in [
            format!("/console/items/{}", other.item.id),
            "/console/no-such-page".to_owned(),
        ] {
            let page = browser.go(&closed).await;
            assert_eq!((page.status, page.heading().as_str()), (StatusCode::NOT_FOUND, "There is nothing here"), "{closed}");
        }
        // The dataset was given to them to be handed items of, not to be listed.
        for refused in ["/console/datasets/scans", "/console/team", "/console/datasets", "/console/trail", "/console/classes"] {
            let page = browser.go(refused).await;
            assert!(page.status.is_client_error(), "{refused}: {}", page.status);
        }
    }
}

async fn team_email(owner: &testkit::Person) -> String {
    let custody = owner.custody();
    custody
        .member(&owner.credential, owner.request(), owner.member)
        .await
        .unwrap()
        .email
}
