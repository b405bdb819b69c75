//! What is another's is as unknown as what never was, on every route.

use http::{Method, StatusCode};
use kernel::{RequestId, SystemRandom, Timestamp};

use crate::browser::{Browser, Site};
use crate::walk::ANNA;

/// Every route about one request, and what it is asked with.
const OF_REQUEST: [(&str, &str); 3] = [("GET", ""), ("POST", "/withdraw"), ("POST", "/package")];
/// Every other route that needs a visit.
const OF_VISIT: [(&str, &str); 5] = [
    ("GET", "/requests"),
    ("GET", "/consent"),
    ("POST", "/consent"),
    ("GET", "/access"),
    ("POST", "/code"),
];

async fn ask(browser: &mut Browser<'_>, method: &str, path: &str) -> (StatusCode, String) {
    let answer = match method {
        "GET" => browser.get(path).await,
        _ => browser.post(path, &[]).await,
    };
    let text = answer.text();
    let shown = text.split("name=\"csrf\"").next().unwrap();
    // Links to the same page in other languages name it.
    let page = path.trim_end_matches("/withdraw").trim_end_matches("/package");
    (answer.status, shown.replace(page, "PAGE"))
}

engines::on_both! {
    async fn of_another_person_and_another_team_all_is_unknown(db: TestDb) {
        let site = Site::on(db).await;
        let other = site.world.team("lab").await;
        site.open(&other.owner, crate::samples::settled()).await;
        let mut anna = site.browser();
        let of_anna = anna.ask("access", ANNA, "Mine.").await;
        site.letters().await;
        let hers = of_anna.strip_prefix("/privacy/clinic").unwrap().to_owned();
        let mut at_lab = site.browser();
        at_lab.tenant = "lab";
        let at_lab_path = at_lab.ask("access", ANNA, "Mine at the lab.").await;
        let at_lab_path = at_lab_path.strip_prefix("/privacy/lab").unwrap().to_owned();
        site.letters().await;
        let mut ben = site.browser();
        ben.sign_in("ben@person.example", "/requests").await;
        assert!(!ben.get("/requests").await.text().contains(&hers));
        let never = format!("/requests/{}", RequestId::make(Timestamp::from_micros(1), &SystemRandom));
        for (method, end) in OF_REQUEST {
            ben.get("/requests").await;
            let unknown = ask(&mut ben, method, &format!("{never}{end}")).await;
            assert_eq!(unknown.0, StatusCode::NOT_FOUND, "{method} {end}");
            // Another person's, another team's, and what is no id.
            let foreign = [hers.clone(), at_lab_path.clone(), "/requests/nonsense".to_owned()];
            for path in foreign {
                ben.get("/requests").await;
                assert_eq!(ask(&mut ben, method, &format!("{path}{end}")).await, unknown, "{method} {path}{end}");
            }
        }
        assert!(anna.get(&hers).await.text().contains("Mine."), "and hers is as it was");

        // A visit of one team's page is none at another's.
        for (method, path) in OF_VISIT.into_iter().chain(OF_REQUEST.map(|(method, _)| (method, hers.as_str()))) {
            let mut crossing = site.browser();
            crossing.tenant = "lab";
            crossing.get("/sign-in").await;
            let visit = "__Secure-bailee-privacy";
            crossing.cookies.insert(visit.to_owned(), anna.cookies[visit].clone());
            // The form's value is bound to the visit: look once more, with it.
            crossing.get("/sign-in").await;
            let answer = match method {
                "GET" => crossing.get(path).await,
                _ if path == hers => crossing.post(&format!("{path}/withdraw"), &[]).await,
                _ => crossing.post(path, &[("code", "12345678")]).await,
            };
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{method} {path}");
            assert!(answer.to().starts_with("/privacy/lab/sign-in"), "{method} {path}: {}", answer.to());
        }
        let none = site.browser().send(Method::GET, "/requests", String::new()).await;
        assert!(none.to().starts_with("/privacy/clinic/sign-in"));
    }
}
