//! The register of processing activities: made of what is set, completed by what people say, on both engines.

use access::Class;
use serde_json::{Value as Json, json};
use testkit::Team;

use crate::common::{Server, text_at};

const REGISTER: &str = "/v1/registers/processing-activities/entries";

/// What is missing, as `kind about`, in order.
async fn gaps(server: &Server, team: &Team) -> Vec<String> {
    let register = whole(server, team).await;
    let all = register["gaps"].as_array().unwrap();
    assert_eq!(register["complete"], json!(all.is_empty()));
    assert!(all.iter().all(|gap| !text_at(gap, "/todo").is_empty()));
    let mut gaps: Vec<String> = all
        .iter()
        .map(|gap| format!("{} {}", text_at(gap, "/kind"), text_at(gap, "/about")))
        .collect();
    gaps.sort();
    gaps
}

async fn whole(server: &Server, team: &Team) -> Json {
    server
        .by(&team.owner)
        .get("/v1/processing-activities")
        .send()
        .await
        .expect(200)
        .json()
}

fn activity(datasets: &str, places: Option<&str>) -> Json {
    let mut said = json!({
        "title": "=Newsletter", "received_on": "2026-01-04", "evidence": { "statement": { "text": "looked through" } },
        "values": {
            "purposes": "newsletter", "data_subjects": "subscribers", "datasets": datasets,
            "assessment": "not-needed", "assessment_at": "few data, asked for by the people themselves",
        }
    });
    if let Some(places) = places {
        said["values"]["places"] = json!(places);
    }
    said
}

/// The measures, one a line.
fn measures(register: &Json) -> String {
    let all = register["measures"].as_array().unwrap();
    all.iter()
        .map(|measure| text_at(measure, "/says") + "\n")
        .collect()
}

engines::on_both! {
    async fn the_register_says_what_is_set_and_what_nobody_said(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let admin = team.member(Class::Admin).await;
        let (owner, second) = (server.by(&team.owner), server.by(&admin));
        assert_eq!(gaps(&server, &team).await, ["no-activity processing-activities", "no-contact The clinic company"]);

        // What is set, by those who set it anyway.
        let portal = json!({ "open": false, "contact": "privacy@clinic.example" });
        owner.put("/v1/tenant/portal").json(portal).send().await.expect(200);
        let purpose = json!({ "word": "newsletter", "says": "We send what is new.", "basis": "consent" });
        owner.post("/v1/purposes").json(purpose).send().await.expect(201);
        let list = json!({ "name": "subscribers", "ingest": { "purposes": ["newsletter"] } });
        owner.post("/v1/datasets").json(list).send().await.expect(201);
        let kind = json!({ "fields": [{ "name": "email", "type": "email", "personal": true, "required": true }, { "name": "score", "type": "number" }], "subject": "email" });
        owner.put("/v1/datasets/subscribers/kinds/profile").json(kind).send().await.expect(200);
        let letters = json!({ "name": "letters", "fields": [{ "name": "address", "personal": true }] });
        owner.post("/v1/datasets").json(letters).send().await.expect(201);
        team.owner.dataset("scratch").await.unwrap();
        team.owner.put("scratch", "a.txt", b"words").await.unwrap();
        let place = json!([{ "word": "crm", "name": "The CRM", "data": "addresses", "answers": "sales", "contact": "sales@clinic.example", "kinds": ["access"] }]);
        owner.put("/v1/tenant/places").json(json!({ "places": place })).send().await.expect(200);

        // An entry that nobody approved says nothing, and leaves everything unnamed.
        let written = owner.post(REGISTER).json(activity("letters, gone", None)).send().await.expect(201).json();
        let id = text_at(&written, "/id");
        let unapproved = [
            "dataset-unnamed letters", "dataset-unnamed subscribers", "not-approved =Newsletter", "place-unnamed crm", "purpose-unnamed newsletter",
        ];
        assert_eq!(gaps(&server, &team).await, unapproved);
        let approve = |number: u32| second.post(&format!("/v1/register-entries/{id}/approve")).json(json!({ "number": number }));
        approve(1).send().await.expect(200);
        assert_eq!(gaps(&server, &team).await, ["dataset-unknown gone", "place-unnamed crm", "purpose-without-notice newsletter"]);

        // What was missing is done.
        owner.put("/v1/purposes/newsletter/notice").json(json!({ "text": "We write once a month." })).send().await.expect(200);
        let change = owner.put(&format!("/v1/register-entries/{id}?seen=1")).json(activity("letters", Some("crm")));
        change.send().await.expect(200);
        let waiting = whole(&server, &team).await;
        assert_eq!(waiting.pointer("/activities/0/newer_waits"), Some(&json!(true)));
        approve(2).send().await.expect(200);
        assert_eq!(gaps(&server, &team).await, [""; 0]);

        let register = whole(&server, &team).await;
        let one = register["activities"][0].clone();
        assert_eq!(text_at(&register, "/controller/contact"), "privacy@clinic.example");
        assert_eq!(text_at(&one, "/purposes/0/basis"), "consent");
        let datasets = one["datasets"].as_array().unwrap();
        let held = |name: &str| datasets.iter().find(|held| held["name"] == name).unwrap();
        assert_eq!(held("subscribers")["fields"], json!(["profile: email (email)"]));
        assert_eq!((&held("subscribers")["enforced"], &held("letters")["enforced"]), (&json!(true), &json!(false)));
        assert!(text_at(held("letters"), "/limits/0").starts_with("everything: 365 days from when it came in, by the contract"));
        assert_eq!(register.pointer("/not_said/0/name"), Some(&json!("scratch")));
        assert!(one["recipients"].to_string().contains("The CRM"));

        // Measures and limits follow what is set, at once.
        let four_eyes = "Who decides what a person asks for is not who answers them.";
        assert!(!measures(&register).contains(four_eyes));
        owner.put("/v1/tenant/requests").json(json!({ "four_eyes": true })).send().await.expect(200);
        owner.put("/v1/datasets/letters/retention").json(json!({ "rules": [{ "days": 30 }] })).send().await.expect(200);
        let after = whole(&server, &team).await;
        assert!(measures(&after).contains(four_eyes) && measures(&after).contains("without a purpose that stands for them, in the dataset subscribers."));
        assert!(after["activities"].to_string().contains("30 days from when it came in, by a rule of the dataset"));

        // As files that need nothing else, in which what people wrote is text.
        let file = |format: &str| owner.get(&format!("/v1/processing-activities?format={format}"));
        let csv = file("csv").send().await.expect(200);
        assert!(csv.header("content-type").starts_with("text/csv") && csv.text().contains(",'=Newsletter,"), "{}", csv.text());
        let page = file("html").send().await.expect(200);
        assert!(page.header("content-disposition").starts_with("attachment"));
        let said = page.text();
        for part in ["Controller", "privacy@clinic.example", "profile: email (email)", "The CRM", "30 days", "Categories of personal data", "32(1)(a)"] {
            assert!(said.contains(part), "{part} is missing");
        }
        assert!(!said.contains("<script") && !said.contains("https://"));
        assert!(file("pdf").send().await.expect(200).bytes.starts_with(b"%PDF-"));
        file("docx").send().await.expect(400);

        // An ended purpose is no ground, and a dataset kept for others refuses this one.
        let shown = owner.get(&format!("/v1/processing-activities/{id}")).send().await.expect(200).json();
        assert_eq!((&shown["complete"], &shown["number"]), (&json!(true), &json!(2)));
        let other = json!({ "word": "billing", "says": "We send bills.", "basis": "contract" });
        owner.post("/v1/purposes").json(other).send().await.expect(201);
        owner.patch("/v1/datasets/letters").json(json!({ "ingest": { "purposes": ["billing"] } })).send().await.expect(200);
        owner.post("/v1/purposes/newsletter/end").send().await.expect(200);
        assert_eq!(gaps(&server, &team).await, ["dataset-of-other-purposes letters", "purpose-ended newsletter", "purpose-unnamed billing"]);
    }

    async fn officers_and_auditors_read_it_and_the_trail_has_it(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        for class in [Class::PrivacyOfficer, Class::Auditor] {
            server.by(&team.member(class).await).get("/v1/processing-activities").send().await.expect(200);
        }
        server.by(&team.member(Class::User).await).get("/v1/processing-activities").send().await.expect(403);
        let unknown = server.by(&team.owner).get("/v1/processing-activities/019b8d62-7a80-7010-8ca5-fd697253571b");
        unknown.send().await.expect(404);
        let trail = server.by(&team.owner).get("/v1/trail?action=register.read").send().await.expect(200).json();
        assert!(trail["items"].as_array().unwrap().iter().any(|entry| entry["event"]["details"]["gaps"] == json!(2)));
    }
}
