//! What public pages of others got wrong, planted here as data: each is noticed. `docs/others-failures.md` lists all of them, with those
//! that are among the ways of breaking an installation, and those that the catalogue refuses.

use governance::entry::{Covers, NewEntry};
use jiff::civil::date;

use crate::house::{House, one};

async fn state(house: &House, claim: &str) -> (String, String) {
    let twin = house.twin().await;
    let claims = twin["claims"].as_array().unwrap();
    let found = claims.iter().find(|it| it["id"] == claim).unwrap();
    let word = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
    (word("state"), word("reason"))
}

engines::on_both! {
    async fn a_report_of_years_ago_shows_nothing_of_today(db: TestDb) {
        let house = House::on(db).await;
        let claim = "penetration-test-every-year";
        house.assurance.run_now(&[]).await.unwrap();
        assert_eq!(state(&house, claim).await.0, "out-of-scope", "nothing is on file");
        let says = [("firm", "A firm"), ("scope", "all of it"), ("open_high", "0")];
        let day = date(2020, 7, 1);
        let old = NewEntry { received_on: day, covers: Some(Covers { from: day, to: day }), ..house.evidence(&says) };
        house.file("penetration-tests", old).await;
        for check in ["penetration-test-is-recent", "evidence-is-in-date"] {
            one(&house.assurance, check).await;
        }
        let (state_of_old, why) = state(&house, claim).await;
        assert_eq!(state_of_old, "late", "{why}");
        house.put_on_file("penetration-tests", &says).await;
        one(&house.assurance, "penetration-test-is-recent").await;
        assert_eq!(state(&house, claim).await.0, "holds");
    }

    async fn who_is_named_in_a_list_that_there_is_not_is_no_promise(db: TestDb) {
        let house = House::on(db).await;
        house.assurance.run_now(&[]).await.unwrap();
        let claim = "officers-are-named";
        let (found, why) = state(&house, claim).await;
        assert_eq!(found, "out-of-scope", "{why}");
        assert!(why.contains("roles-and-duties"), "{why}");
        let page = house.get("/").await.text();
        let (before, _) = page.split_once(&format!("/trust/claims/{claim}\"")).unwrap();
        assert!(before.rfind("<details") > before.rfind("</details>"), "it is not folded away with what is no promise");
        house.put_on_file("duties", &[("role", "data protection officer"), ("holder", "Dora Person")]).await;
        one(&house.assurance, "evidence-is-in-date").await;
        assert_eq!(state(&house, claim).await.0, "partly", "nobody tries the contact, so it does not simply hold");
    }

    async fn where_data_is_kept_and_where_somebody_works_on_it_are_two_things(db: TestDb) {
        let house = House::on(db).await;
        house.announce_vendors().await;
        house.by_sql(&["UPDATE processor_notice SET terms = replace(terms, 'European Union', 'United States')"]).await;
        house.assurance.run_now(&[]).await.unwrap();
        assert_eq!(state(&house, "data-lies-where-the-contract-says").await.0, "holds", "nothing is kept there");
        let twin: serde_json::Value =
            serde_json::from_slice(&house.get("/trust/sub-processors.json").await.bytes).unwrap();
        let places = twin["sub_processors"].as_array().unwrap().iter().map(|it| it["region"].as_str().unwrap());
        assert_eq!(places.collect::<Vec<_>>(), ["United States"; 2]);
        assert!(house.get("/trust/sub-processors").await.text().contains("United States"));
    }
}
