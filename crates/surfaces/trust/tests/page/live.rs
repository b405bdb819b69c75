//! The page of a live installation.

use std::collections::BTreeMap;
use std::time::Duration;

use assurance::State;
use assurance::check::Outcome;
use axum::body::Body;
use http::{Request, StatusCode};

use crate::house::{House, one};
use crate::samples;

const MINUTE: Duration = Duration::from_secs(60);

/// What the page shows each claim as, by the claim's name.
pub(crate) fn shown(page: &str) -> BTreeMap<String, String> {
    let lines = page.split("<li><b class=\"").skip(1);
    lines
        .map(|line| {
            let (state, rest) = line.split_once('"').unwrap();
            let (_, rest) = rest.split_once("href=\"/trust/claims/").unwrap();
            let (claim, _) = rest.split_once('"').unwrap();
            (claim.to_owned(), state.to_owned())
        })
        .collect()
}

/// Holds the page to results and registers: nothing is shown as held that does not, by the words of the rule and not of the code.
async fn hold_to_account(house: &House) -> usize {
    house.later(Duration::from_secs(11));
    let shown = shown(&house.get("/").await.text());
    let (catalogue, now) = (
        house.assurance.catalogue(),
        house.world.custody.desk().clock.now(),
    );
    let (results, on_file) = (
        house.assurance.results().await.unwrap(),
        house.assurance.on_file().await.unwrap(),
    );
    assert_eq!(
        shown.len(),
        catalogue.claims().len(),
        "every sentence is there once"
    );
    let mut held = 0;
    for claim in catalogue.claims() {
        let state = shown[&claim.id].as_str();
        let is_sound = |id: &String| {
            let period = catalogue.check(id).unwrap().cadence.period();
            results.get(id).is_some_and(|kept| {
                kept.finding.outcome == Outcome::Holds && now < kept.ran_at.plus(period * 2)
            })
        };
        let is_bad = |id: &String| {
            results
                .get(id)
                .is_some_and(|kept| !matches!(kept.finding.outcome, Outcome::Holds | Outcome::OutOfScope))
        };
        let in_date = |id: &String| {
            on_file
                .get(id)
                .is_some_and(|file| file.until.is_none_or(|until| now < until))
        };
        if state == "holds" {
            held += 1;
            assert!(
                !claim.checks.is_empty() || !claim.attestations.is_empty(),
                "{} has nothing behind it",
                claim.id
            );
            assert!(
                claim.checks.iter().all(is_sound),
                "{} is shown as held, and a check of it is not sound",
                claim.id
            );
            assert!(
                claim.attestations.iter().all(in_date),
                "{} is shown as held without evidence in date",
                claim.id
            );
        }
        if claim.checks.iter().any(is_bad) {
            assert!(
                !["holds", "partly", "out-of-scope"].contains(&state),
                "{} is {state} with a bad check",
                claim.id
            );
        }
    }
    held
}

engines::on_both! {
    async fn nothing_is_shown_as_held_that_is_not(db: TestDb) {
        let house = House::on(db).await;
        assert_eq!(hold_to_account(&house).await, 0, "nothing ran yet");
        house.scan_from_outside().await;
        house.assurance.run_now(&[]).await.unwrap();
        let held = hold_to_account(&house).await;
        assert!(held > 20, "{held}");
        let careless = "permit (principal == Class::\"worker\", action == Action::\"member.list\", resource);";
        house.under(testkit::policies_with(careless)).run_now(&[]).await.unwrap();
        let fewer = hold_to_account(&house).await;
        assert!(fewer < held, "{fewer}");
        house.assurance.run_now(&[]).await.unwrap();
        assert_eq!(hold_to_account(&house).await, held);
        // Nobody runs anything for a year.
        house.later(MINUTE * 60 * 24 * 365);
        assert_eq!(hold_to_account(&house).await, 0);
    }

    async fn a_sentence_has_its_age_and_the_way_to_its_proof_and_history(db: TestDb) {
        let house = House::on(db).await;
        house.assurance.run_now(&[]).await.unwrap();
        house.later(MINUTE * 3);
        let page = house.get("/").await;
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("content-security-policy"), *trust::POLICY);
        assert!(page.text().contains("href=\"/trust/claims/tenants-see-only-their-own\""));
        assert!(page.text().contains("checked 3 minutes ago"), "{}", page.text());
        let careless = "permit (principal == Class::\"worker\", action == Action::\"member.list\", resource);";
        one(&house.under(testkit::policies_with(careless)), "workers-stay-in-bounds").await;
        let claims = house.assurance.claims().await.unwrap();
        let broken = claims.iter().find(|claim| claim.checks.iter().any(|id| id == "workers-stay-in-bounds")).unwrap();
        assert_eq!(broken.state, State::BrokenPromise);
        house.later(MINUTE);
        let proof = house.get(&format!("/trust/claims/{}", broken.id)).await.text();
        let entry = house.assurance.catalogue().check("workers-stay-in-bounds").unwrap();
        assert!(proof.contains(&entry.control), "{proof}");
        let versions = house.assurance.versions(&broken.id, 9).await.unwrap();
        assert_eq!(versions.len(), 2);
        for version in &versions {
            assert!(proof.contains(&version.event.to_string()) && proof.contains(&version.began_at.to_string()), "{proof}");
        }
        let unknown = house.get("/trust/claims/we-are-compliant").await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    }

    async fn a_page_is_made_once_for_everybody_and_not_shown_for_ever(db: TestDb) {
        let house = House::on(db).await;
        house.assurance.run_now(&[]).await.unwrap();
        let first = house.get("/").await.bytes;
        // Whoever asks the database for results finds none; the page does not ask.
        house.by_sql(&["ALTER TABLE check_result RENAME TO check_result_aside"]).await;
        assert_eq!(house.get("/").await.bytes, first);
        house.later(MINUTE / 2);
        assert_eq!(house.get("/").await.bytes, first, "while it cannot be made anew it is shown for a while");
        house.later(MINUTE);
        for path in ["/", "/trust.json", "/trust/badge.svg", "/trust/claims/second-factor"] {
            let silent = house.get(path).await;
            assert_eq!(silent.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
            assert!(!silent.text().contains("holds"), "{path}");
        }
        house.by_sql(&["ALTER TABLE check_result_aside RENAME TO check_result"]).await;
        assert_eq!(house.get("/").await.status, StatusCode::OK);
    }

    async fn who_takes_compressed_bytes_gets_them_and_others_do_not(db: TestDb) {
        let house = House::on(db).await;
        let ask = async |takes: &str| {
            house.ask(Request::get("/").header("accept-encoding", takes).body(Body::empty()).unwrap()).await
        };
        let plain = house.get("/").await;
        for takes in ["gzip", "br, gzip;q=0.5", "GZIP"] {
            let answer = ask(takes).await;
            assert_eq!(answer.header("content-encoding"), "gzip", "{takes}");
            assert!(answer.bytes.len() < plain.bytes.len() / 3);
        }
        for takes in ["br", "gzip;q=0", "identity"] {
            assert_eq!(ask(takes).await.bytes, plain.bytes, "{takes}");
        }
        let twin = house.get("/trust.json").await;
        assert_eq!((twin.header("access-control-allow-origin"), twin.header("vary")), ("*", "accept-encoding"));
    }

    async fn whom_to_tell_is_said_where_somebody_is_named(db: TestDb) {
        let house = House::with(db, samples::settings()).await;
        let said = house.get("/.well-known/security.txt").await;
        assert_eq!(said.header("content-type"), "text/plain; charset=utf-8");
        let text = said.text();
        let field = |name: &str| {
            let values: Vec<&str> = text.split("\r\n").filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect();
            assert_eq!(values.len(), 1, "{name}: {text}");
            values[0].to_owned()
        };
        assert_eq!(field("Contact"), "mailto:security@northwind.example");
        assert_eq!(field("Canonical"), "https://custody.northwind.example/.well-known/security.txt");
        let ends: jiff::Timestamp = field("Expires").parse().unwrap();
        let now = jiff::Timestamp::from_microsecond(house.world.custody.desk().clock.now().as_micros()).unwrap();
        let days = (ends.as_second() - now.as_second()) / (24 * 60 * 60);
        assert!((80..365).contains(&days), "{days}");
        assert!(house.get("/").await.text().contains("/.well-known/security.txt"));
    }

    async fn where_nobody_is_named_there_is_no_security_text(db: TestDb) {
        let house = House::on(db).await;
        assert_eq!(house.get("/.well-known/security.txt").await.status, StatusCode::NOT_FOUND);
        assert!(!house.get("/").await.text().contains("security.txt"));
    }

    async fn sub_processors_are_for_everybody_with_what_was_announced(db: TestDb) {
        let house = House::on(db).await;
        let page = house.get("/trust/sub-processors").await.text();
        assert!(page.contains("Nobody: customers"), "{page}");
        house.by_sql(&[
            "INSERT INTO register_entry (entry_id, tenant_id, register, made_at, newest, approved) \
             SELECT operator_tenant, operator_tenant, 'sub-processors', made_at, 1, 1 FROM installation",
            "INSERT INTO processor_notice (entry_id, number, tenant_id, published_at, noticed_at, active_at, terms) \
             SELECT operator_tenant, 1, operator_tenant, made_at, made_at, made_at + 2592000000000, \
             '{\"name\":\"A <b>Vendor\",\"product\":\"captions\",\"purpose\":\"describes\",\"data_kinds\":\"pictures\",\"region\":\"nowhere\",\
             \"transfer_basis\":\"adequacy\",\"endpoint\":\"https://vendor.example\",\"rating\":\"low-risk\",\"agreement\":\"ab\",\
             \"signed_on\":\"2026-01-01\",\"reviewed_on\":\"2026-01-01\",\"review_by\":\"2026-12-31\"}' FROM installation",
        ]).await;
        house.later(Duration::from_secs(11));
        let page = house.get("/trust/sub-processors").await;
        assert!(page.header("content-security-policy").contains("default-src 'none'"));
        assert!(page.text().contains("Announced") && page.text().contains("A &lt;b&gt;Vendor, for captions"), "{}", page.text());
        let twin: serde_json::Value = serde_json::from_slice(&house.get("/trust/sub-processors.json").await.bytes).unwrap();
        assert_eq!((&twin["sub_processors"][0]["stage"], &twin["sub_processors"][0]["region"]), (&"announced".into(), &"nowhere".into()));
        let feed = house.get("/trust/sub-processors.atom").await;
        assert!(feed.header("content-type").starts_with("application/atom+xml"));
        assert!(feed.text().starts_with("<?xml") && feed.text().contains("A &lt;b&gt;Vendor, for captions: announced"), "{}", feed.text());
        house.later(Duration::from_secs(31 * 24 * 60 * 60));
        let twin: serde_json::Value = serde_json::from_slice(&house.get("/trust/sub-processors.json").await.bytes).unwrap();
        assert_eq!(twin["sub_processors"][0]["stage"], "in-force");
    }
}
