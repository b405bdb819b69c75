//! What keeps others out, and tells nobody whom a tenant knows.

use std::time::Duration;

use custody::Error;
use http::{Method, StatusCode};
use rights::portal::{Colour, Language, Portal};
use rights::request::Kind;

use crate::browser::{Browser, Site};
use crate::walk::ANNA;

/// What can be seen of an answer, but for what is random in all of them.
async fn outline(browser: &mut Browser<'_>, address: &str) -> (StatusCode, String, Vec<String>, String) {
    browser.get("/ask/access").await;
    let asked = browser
        .post("/ask/access", &[("address", address), ("words", "Everything")])
        .await;
    let names: Vec<String> = asked.headers.keys().map(ToString::to_string).collect();
    let page = browser.get(&asked.to()).await.text();
    let page = page.split("name=\"csrf\"").next().unwrap().to_owned();
    (asked.status, asked.to(), names, page)
}

engines::on_both! {
    async fn known_and_unknown_people_get_the_same_answer_and_the_same_letter(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        let known = vec![custody::subject::Identifier::parse("email:anna@person.example").unwrap()];
        site.rights.create_subject(&owner.credential, owner.request(), known).await.unwrap();
        let anna = outline(&mut site.browser(), ANNA).await;
        let nobody = outline(&mut site.browser(), "nobody@person.example").await;
        assert_eq!(anna, nobody);
        let letters = site.letters().await;
        let said: Vec<String> = letters.iter().map(|letter| letter.text.chars().filter(|c| !c.is_ascii_digit()).collect()).collect();
        assert!(letters.len() == 2 && said[0] == said[1], "but for the code");
    }

    async fn a_code_is_good_for_five_tries_a_quarter_of_an_hour_and_one_visit(db: TestDb) {
        let site = Site::on(db).await;
        let begin = async |browser: &mut Browser<'_>| {
            browser.get("/sign-in").await;
            let to = browser.post("/sign-in", &[("address", ANNA)]).await.to();
            browser.get(&to).await;
            site.code().await
        };
        let mut browser = site.browser();
        let code = begin(&mut browser).await;
        let wrong = if code == "00000000" { "00000001" } else { "00000000" };
        for left in ["4", "3", "2", "1"] {
            let again = browser.post("/code", &[("code", wrong)]).await;
            assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(again.text().contains(&format!("You can try {left} more times")), "{left}");
        }
        browser.post("/code", &[("code", wrong)]).await;
        let used_up = browser.post("/code", &[("code", &code)]).await;
        assert!(used_up.text().contains("no longer good"));

        // Before the code nothing is theirs.
        assert!(browser.get("/requests").await.to().contains("/sign-in"));
        let mut late = site.browser();
        let code = begin(&mut late).await;
        site.world.clock.advance(Duration::from_secs(15 * 60));
        assert_eq!(late.post("/code", &[("code", &code)]).await.status, StatusCode::UNPROCESSABLE_ENTITY);

        let (mut one, mut other) = (site.browser(), site.browser());
        let code = begin(&mut one).await;
        begin(&mut other).await;
        assert_eq!(other.post("/code", &[("code", &code)]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "another visit's");
        let before = one.cookies.clone();
        // Blanks are no part of it.
        let spaced = format!("{} {}", &code[..4], &code[4..]);
        assert_eq!(one.post("/code", &[("code", &spaced)]).await.to(), "/privacy/clinic/requests");
        assert_ne!(one.cookies, before, "another secret from then on");
        let after = one.cookies.clone();
        one.cookies = before;
        assert!(one.get("/requests").await.to().contains("/sign-in"), "that of before is good for nothing");
        one.cookies = after;
        assert_eq!(one.get("/requests").await.status, StatusCode::OK);
        site.world.clock.advance(Duration::from_secs(30 * 60));
        assert!(one.get("/requests").await.to().contains("ended=yes"));
    }

    async fn who_asks_too_often_gets_no_more_letters(db: TestDb) {
        let site = Site::on(db).await;
        let mut browser = site.browser();
        browser.get("/sign-in").await;
        for time in 1..=7 {
            let asked = browser.post("/sign-in", &[("address", ANNA)]).await;
            assert_eq!(asked.status, StatusCode::SEE_OTHER, "{time}");
            browser.get("/sign-in").await;
        }
        assert_eq!(site.letters().await.len(), 5, "the answer is the same, and two had no letter");
        site.world.clock.advance(Duration::from_secs(61 * 60));
        browser.post("/sign-in", &[("address", ANNA)]).await;
        assert_eq!(site.letters().await.len(), 1);

        let mut crowd = site.browser().from("192.0.2.7");
        let mut answers = Vec::new();
        for number in 0..31 {
            crowd.get("/sign-in").await;
            answers.push(crowd.post("/sign-in", &[("address", &format!("a{number}@b.example"))]).await.status);
        }
        assert_eq!(answers.pop(), Some(StatusCode::TOO_MANY_REQUESTS));
        assert!(answers.iter().all(|status| *status == StatusCode::SEE_OTHER));
        let mut elsewhere = site.browser().from("192.0.2.8");
        elsewhere.get("/sign-in").await;
        assert_eq!(elsewhere.post("/sign-in", &[("address", "a@b.example")]).await.status, StatusCode::SEE_OTHER);
    }

    async fn forms_count_only_from_the_page_they_were_given_on(db: TestDb) {
        let site = Site::on(db).await;
        let mut browser = site.browser();
        let front = browser.get("").await;
        for part in ["Path=/privacy/clinic;", "Secure", "HttpOnly", "SameSite=Strict"] {
            assert!(front.header("set-cookie").contains(part), "{part}");
        }
        assert!(front.header("content-security-policy").starts_with("default-src 'none'"));
        assert_eq!(front.header("cache-control"), "no-store");
        // Never looked at the form.
        let mut stranger = site.browser();
        assert_eq!(stranger.post("/sign-in", &[("address", ANNA)]).await.status, StatusCode::BAD_REQUEST);
        browser.get("/sign-in").await;
        let others = browser.elsewhere("/sign-in", &[("address", ANNA)]).await;
        assert_eq!(others.status, StatusCode::BAD_REQUEST);
        assert_eq!(site.letters().await.len(), 0);
        let wrong = browser.post("/sign-in", &[("address", "nobody")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text().contains("Write an e-mail address"));
        let outside = browser.post("/sign-in", &[("address", ANNA), ("then", "//evil.example")]).await;
        assert_eq!(outside.to(), "/privacy/clinic/code?then=%2Frequests");
        let junk = browser.send(Method::POST, "/code", "\u{0}".repeat(70_000)).await;
        assert_eq!(junk.status, StatusCode::BAD_REQUEST);
    }

    async fn the_page_is_as_the_tenant_settles_it(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        let mut browser = site.browser();
        browser.language = "es-ES,es;q=0.9,en;q=0.4";
        assert!(browser.get("").await.text().contains("Sus datos en Clinic on the Hill"));
        let chosen = browser.get("?lang=et").await.text();
        assert!(chosen.contains("<html lang=\"et\">") && chosen.contains("/ask/access?lang=et"));
        let settle = async |portal: Portal| site.rights.settle_portal(&owner.credential, owner.request(), portal).await;
        let narrow = Portal {
            languages: vec![Language::French],
            kinds: vec![Kind::Erasure],
            consent: false,
            disclosures: false,
            ..crate::samples::settled()
        };
        settle(narrow.clone()).await.unwrap();
        let front = browser.get("?lang=et").await.text();
        assert!(front.contains("<html lang=\"fr\">") && !front.contains("/ask/access") && !front.contains("/consent"));
        assert_eq!(browser.get("/ask/access").await.status, StatusCode::NOT_FOUND);
        browser.sign_in(ANNA, "/requests").await;
        assert_eq!(browser.get("/requests").await.status, StatusCode::OK);
        for closed in ["/consent", "/access"] {
            assert_eq!(browser.get(closed).await.status, StatusCode::NOT_FOUND, "{closed}");
        }
        let pale = Portal { colour: Colour::parse("#ffcc00").unwrap(), ..narrow.clone() };
        assert!(matches!(settle(pale).await, Err(Error::Invalid { field: "colour", .. })));
        let nameless = Portal { name: " ".into(), ..narrow.clone() };
        assert!(matches!(settle(nameless).await, Err(Error::Invalid { field: "name", .. })));
        settle(Portal { open: false, ..narrow }).await.unwrap();
        assert_eq!(browser.get("").await.status, StatusCode::NOT_FOUND);
        assert_eq!(browser.get("/requests").await.status, StatusCode::NOT_FOUND, "who is in is out");

        // Whoever holds their key themselves has no such page, and is told why.
        let held = site.world.customer_held_team("vault").await;
        let refused = site.rights.settle_portal(&held.owner.credential, held.owner.request(), crate::samples::settled()).await;
        assert!(matches!(refused, Err(Error::Conflict(says)) if says.contains("holds its key itself")));
        for tenant in ["vault", "nobody", "operator"] {
            let answer = browser.get(&format!("/privacy/{tenant}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{tenant}");
            assert!(answer.text().contains("Aquí no hay ninguna página"));
        }
    }
}
