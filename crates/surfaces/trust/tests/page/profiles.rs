//! The page in an operator's own words.

use std::sync::Arc;

use assurance::check::Outcome;
use assurance::door::Door;
use assurance::{Catalogue, Profile, Profiles, State};
use http::StatusCode;
use serde_json::Value as Json;

use crate::house::{House, one};
use crate::live::shown;

const OURS: &str = r#"
[[section]]
heading = "People who label"
claims = ["workers-open-nothing-else", "ours"]

[[section]]
heading = "Opening a dataset"
claims = ["closed-by-default"]

[[wording]]
claim = "workers-open-nothing-else"
statement = "A picture that is not lent to a labeller is <not> there."

[[claim]]
id = "ours"
kind = "verified"
statement = "Labellers see no list of us."
checks = ["workers-stay-in-bounds"]
"#;

fn profiles() -> Profiles {
    let catalogue = Catalogue::load().unwrap();
    let mut profiles = Profiles::ready(&catalogue).unwrap();
    profiles
        .add(Profile::read(&catalogue, "ours", "ours.toml", OURS).unwrap())
        .unwrap();
    profiles.with_front("ours").unwrap()
}

const CARELESS: &str =
    "permit (principal == Class::\"worker\", action == Action::\"member.list\", resource);";

/// Companies, their profiles, and a heading that each has alone.
const FOUR: [(&str, &str, &str); 4] = [
    ("pictures", "training-data", "Pictures of patients"),
    ("feedback", "crm", "Rights of your users"),
    ("papers", "identity", "Papers and pictures of people"),
    ("answers", "ai-api", "Keys and encryption"),
];

engines::on_both! {
    async fn a_page_says_what_its_profile_says_and_goes_red_with_what_is_behind_it(db: TestDb) {
        let house = House::saying(db, profiles()).await;
        for check in ["workers-stay-in-bounds", "nothing-is-open-unasked", "tenants-do-not-cross"] {
            one(&house.assurance, check).await;
        }
        let twin = house.twin().await;
        assert_eq!((&twin["profile"], &twin["state"]), (&Json::from("ours"), &Json::from("holds")), "{twin}");
        let words: Vec<&str> = twin["claims"].as_array().unwrap().iter().map(|claim| claim["words"].as_str().unwrap()).collect();
        assert_eq!(words, ["own", "added", "catalogue"]);
        assert!(twin["results"]["nothing-is-open-unasked"].is_object() && twin["results"]["second-factor-is-asked"].is_null());
        let page = house.get("/").await.text();
        let (first, then) = (page.find("People who label").unwrap(), page.find("Opening a dataset").unwrap());
        assert!(first < then && page.contains("is &lt;not&gt; there."), "{page}");
        assert_eq!(shown(&page).len(), 3);

        // What is left out is not public, and is not forgotten.
        assert_eq!(house.get("/trust/claims/second-factor").await.status, StatusCode::NOT_FOUND);
        let claims = house.assurance.claims().await.unwrap();
        let find = |id: &str| claims.iter().find(|claim| claim.id == id).unwrap();
        assert!(!find("second-factor").published && find("ours").published);
        let known = house.assurance.clone().with_door(Arc::clone(&house.door) as Arc<dyn Door>);
        assert_eq!(one(&known, "page-equals-state").await.finding.outcome, Outcome::Holds);

        let broken = house.under(testkit::policies_with(CARELESS)).with_profiles(profiles());
        one(&broken, "workers-stay-in-bounds").await;
        let twin = house.twin().await;
        assert_eq!(twin["state"], "broken-promise");
        let page = house.get("/").await.text();
        let states = shown(&page);
        assert_eq!((states["ours"].as_str(), states["closed-by-default"].as_str()), ("broken-promise", "holds"));
        assert!(house.get("/trust/badge.svg").await.text().contains("2 broken"));
        for (claim, says, beside) in [
            ("ours", "Labellers see no list of us.", "has no such sentence"),
            ("workers-open-nothing-else", "is <not> there.", "What is not lent to a worker is, for that worker, not there."),
        ] {
            let versions = house.assurance.versions(claim, 9).await.unwrap();
            let states: Vec<State> = versions.iter().map(|version| version.state).collect();
            assert_eq!(states.first(), Some(&State::BrokenPromise), "{claim}");
            assert!(states.contains(&State::Holds) && versions.iter().all(|version| version.statement.contains(says)), "{claim}");
            let proof = house.get(&format!("/trust/claims/{claim}")).await.text();
            assert!(proof.contains(beside) && proof.contains("Whose words these are"), "{proof}");
        }
    }

    async fn each_of_four_companies_has_the_page_that_it_published_and_no_other_has_one(db: TestDb) {
        let house = House::saying(db, profiles()).await;
        one(&house.assurance, "workers-stay-in-bounds").await;
        assert_eq!(house.get("/").await.status, StatusCode::OK);
        let mut teams = Vec::new();
        for (slug, profile, heading) in FOUR {
            let team = house.world.team(slug).await;
            let path = format!("/trust/of/{slug}");
            assert_eq!(house.get(&path).await.status, StatusCode::NOT_FOUND, "nothing is published yet");
            let said = (format!("{slug} & Daughters"), profile.to_owned());
            let owner = &team.owner;
            house.assurance.publish_company_page(&owner.credential, owner.request(), said).await.unwrap();
            let page = house.get(&path).await;
            let text = page.text();
            assert_eq!((page.status, page.header("content-security-policy")), (StatusCode::OK, trust::POLICY.as_str()));
            assert!(page.bytes.len() < 50_000 && !text.contains("<script"), "{slug}");
            assert!(text.contains(heading) && text.contains(&format!("{slug} &amp; Daughters")), "{text}");
            let twin: Json = serde_json::from_slice(&house.get(&format!("{path}/trust.json")).await.bytes).unwrap();
            let claims = twin["claims"].as_array().unwrap();
            assert!(twin["profile"] == profile && claims.len() > 30, "{twin}");
            for claim in claims {
                let says = claim["statement"].as_str().unwrap().replace('"', "&quot;").replace('&', "&amp;");
                let says = says.replace("&amp;quot;", "&quot;");
                assert!(text.contains(&says), "{slug} does not say: {says}");
                assert!(claim["page"].as_str().unwrap().starts_with(&path));
            }
            assert!(house.get(&format!("{path}/badge.svg")).await.text().contains("promises"));
            teams.push(team);
        }
        for path in ["/trust/of/lab", "/trust/of/nobody", "/trust/of/pictures/claims/answers-cost-nothing"] {
            assert_eq!(house.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }

        // What a round notes of companies has a history of its own, and is told once.
        one(&house.assurance, "workers-stay-in-bounds").await;
        let broken = house.under(testkit::policies_with(CARELESS)).with_profiles(profiles());
        one(&broken, "workers-stay-in-bounds").await;
        house.later(std::time::Duration::from_secs(11));
        let id = "workers-open-nothing-else";
        let page = house.get("/trust/of/pictures").await.text();
        let red = format!("<b class=\"broken-promise\">broken</b><a href=\"/trust/of/pictures/claims/{id}\">");
        assert!(page.contains(&red), "{page}");
        let versions = house.assurance.versions(&format!("training-data/{id}"), 9).await.unwrap();
        assert_eq!(versions[0].state, State::BrokenPromise);
        let proof = house.get(&format!("/trust/of/pictures/claims/{id}")).await.text();
        assert!(proof.contains(&versions[0].event.to_string()) && proof.contains(&versions[0].statement), "{proof}");

        // It is the company's to take back, and to choose among what there is.
        let owner = &teams[0].owner;
        let unknown = ("Pictures".to_owned(), "ours-too".to_owned());
        let refused = house.assurance.publish_company_page(&owner.credential, owner.request(), unknown).await;
        assert!(refused.unwrap_err().to_string().contains("training-data"));
        let nameless = (" ".to_owned(), "crm".to_owned());
        assert!(house.assurance.publish_company_page(&owner.credential, owner.request(), nameless).await.is_err());
        let now = house.assurance.company_page(&owner.credential, owner.request()).await.unwrap().unwrap();
        assert_eq!(now.profile, "training-data");
        house.assurance.withdraw_company_page(&owner.credential, owner.request()).await.unwrap();
        assert_eq!(house.get("/trust/of/pictures").await.status, StatusCode::NOT_FOUND);
        assert!(house.assurance.withdraw_company_page(&owner.credential, owner.request()).await.is_err());
    }
}
