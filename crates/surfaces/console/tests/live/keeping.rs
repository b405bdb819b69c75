//! How long a dataset is kept: what counts is shown, a rule is settled behind its consequences and a fresh proof, and a hold is placed.

use std::time::Duration;

use access::Class;
use custody::dataset::DatasetRef;
use custody::retention::{CountsFrom, Retention, Rule};
use http::StatusCode;
use testkit::{Person, World};

use crate::browser::{Page, member_in, owner_in};

const PAGE: &str = "/console/datasets/scans/retention";
const DAY: Duration = Duration::from_secs(86_400);

/// A rule as the form has it.
fn rule<'a>(days: &'a str, notice: &'a str, ground: &'a str) -> [(&'static str, &'a str); 5] {
    [
        ("kind", "file"),
        ("days", days),
        ("counts_from", "put"),
        ("notice_days", notice),
        ("ground", ground),
    ]
}

async fn settled(world: &World, owner: &Person) -> Retention {
    let scans = DatasetRef::parse("scans");
    let found = world
        .custody
        .dataset_retention(&owner.credential, owner.request(), scans);
    found.await.unwrap()
}

/// The badges that say which rule counts.
fn counting(page: &Page) -> usize {
    page.text.matches("Counts</span>").count()
}

engines::on_both! {
    async fn a_rule_is_settled_behind_what_it_would_do_and_a_fresh_proof(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let owner = &team.owner;
        owner.dataset("scans").await.unwrap();
        owner.put("scans", "old.txt", b"x").await.unwrap();
        world.clock.advance(DAY * 40);
        owner.put("scans", "new.txt", b"y").await.unwrap();
        // The contract says 365 days from the put: what counts from later on takes a ground.
        let both = Rule { days: 100, counts_from: CountsFrom::LastVersion, ground: Some("while it is worked on".into()), ..Rule::default() };
        let of_team = Retention { rules: vec![both], archive_days: None };
        world.custody.set_retention(&owner.credential, owner.request(), of_team).await.unwrap();
        let (mut browser, app) = owner_in(&world, owner).await;

        let page = browser.go("/console/datasets/scans/settings").await;
        assert!(page.text.contains(&format!("href=\"{PAGE}\"")), "the settings lead there");
        let page = browser.go(PAGE).await;
        assert_eq!((page.heading().as_str(), counting(&page)), ("Retention", 2), "the team's, for files and records");
        assert!(page.text.contains("100 days after its newest version") && page.text.contains("Nothing goes by then"), "{}", page.text);
        // A day from which on the older one is past its time.
        let then = (world.custody.desk().clock.now().plus(DAY * 70)).to_string();
        let page = browser.go(&format!("{PAGE}?by={}", &then[..10])).await;
        assert!(page.text.contains("1 file</b>") && page.text.contains("The team’s"), "{}", page.text);

        // Longer than is settled above takes a ground; what is no number is sent back.
        let page = browser.go(PAGE).await;
        for (wrong, says) in [(rule("400", "14", ""), "say on which ground"), (rule("many", "14", ""), "Give a whole number of days")] {
            let again = browser.fill(&page, &format!("{PAGE}/rule"), &wrong).await;
            assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(again.text.contains(says), "{}", again.text);
        }
        // What it would do stands on the page before, and nothing was settled by looking at it.
        let warning = browser.fill(&page, &format!("{PAGE}/rule"), &rule("30", "7", "")).await;
        assert_eq!(warning.heading(), "Keep things this long?");
        assert!(warning.text.contains("Past their time today: 1 item."), "{}", warning.text);
        assert_eq!(settled(&world, owner).await, Retention::default());
        world.clock.advance(Duration::from_secs(11 * 60));
        let proof = browser.fill(&warning, PAGE, &[]).await;
        assert_eq!(proof.heading(), "Confirm that it is you");
        assert_eq!(settled(&world, owner).await, Retention::default(), "not without the proof");
        let page = browser.fill(&proof, PAGE, &[("proof-code", &app.code(&world))]).await;
        assert_eq!((page.path.as_str(), counting(&page)), (PAGE, 2));
        assert!(page.text.contains("30 days after it was put in"), "{}", page.text);

        // The archive's days are settled beside it, and the rule stays.
        let warning = browser.fill(&page, &format!("{PAGE}/window"), &[("archive_days", "60")]).await;
        let page = browser.fill(&warning, PAGE, &[]).await;
        let now = settled(&world, owner).await;
        assert_eq!((now.rules.len(), now.rules[0].days, now.archive_days), (1, 30, Some(60)));
        let warning = browser.fill(&page, &format!("{PAGE}/remove"), &[]).await;
        assert_eq!(warning.heading(), "Remove this rule?");
        browser.fill(&warning, PAGE, &[]).await;
        let now = settled(&world, owner).await;
        assert_eq!((now.rules.len(), now.archive_days), (0, Some(60)));
    }

    async fn a_hold_is_placed_from_there_and_others_see_what_is_theirs_to_see(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let owner = &team.owner;
        owner.dataset("scans").await.unwrap();
        let (user, auditor) = (team.member(Class::User).await, team.member(Class::Auditor).await);
        let (mut browser, _app) = owner_in(&world, owner).await;
        let page = browser.go(PAGE).await;
        assert!(page.text.contains("Not on hold") && page.text.contains("365 days after it was put in"), "{}", page.text);
        assert_eq!(counting(&page), 2, "the contract's, for files and records");
        let page = browser.go("/console/holds/new?dataset=scans").await;
        assert!(page.text.contains("value=\"scans\""), "the form knows the dataset");
        let fields = [("covers", "dataset"), ("named", "scans"), ("reason", "letter of the court"), ("until", ""), ("two_people", "yes")];
        browser.fill(&page, "/console/holds/new", &fields).await;
        assert!(browser.go(PAGE).await.text.contains("letter of the court"));

        let (mut theirs, _app) = member_in(&world, owner, &user).await;
        let page = theirs.go(PAGE).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains("letter of the court") && !page.text.contains("method=\"post\" action=\"/console/datasets"), "{}", page.text);
        // A form made by hand settles nothing, and looks at nothing either.
        let csrf = page.between("name=\"csrf\" value=\"", "\"").unwrap();
        let form = |end: &str| (format!("{PAGE}{end}"), format!("csrf={csrf}&what=rule&kind=both&days=1&counts_from=put&notice_days=0"));
        for (end, status) in [("/rule", StatusCode::NOT_FOUND), ("", StatusCode::FORBIDDEN)] {
            let (to, body) = form(end);
            let refused = theirs.post(&to, "application/x-www-form-urlencoded", body).await;
            assert_eq!(refused.status, status, "{end}");
        }
        assert_eq!(settled(&world, owner).await, Retention::default());
        let unknown = theirs.go("/console/datasets/nothing/retention").await;
        assert_eq!((unknown.status, unknown.heading().as_str()), (StatusCode::NOT_FOUND, "There is nothing here"));

        let (mut looks, _app) = member_in(&world, owner, &auditor).await;
        let page = looks.go(PAGE).await;
        assert!(page.text.contains("letter of the court") && !page.text.contains("What would go"), "{}", page.text);
    }
}
