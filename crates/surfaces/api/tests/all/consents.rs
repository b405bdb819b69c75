//! Consent over REST, and from pages: keys that are bound to origins, what their browsers may read, and the script.

use crate::common::{Reply, Server, text_at};
use access::Class;
use axum::body::Body;
use engines::TestDb;
use http::Request;
use serde_json::{Value, json};
use testkit::Team;

const ANNA: &str = "email:anna@person.example";
const SHOP: &str = "https://shop.example";

/// A team with a newsletter that people agree to, and a key for the pages of its shop.
struct Stage {
    server: Server,
    team: Team,
    key: String,
}

impl Stage {
    async fn on(db: TestDb) -> Self {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        for (word, sells) in [("newsletter", false), ("ads", true)] {
            let new =
                json!({ "word": word, "says": "We write.", "basis": "consent", "sells_or_shares": sells });
            owner.post("/v1/purposes").json(new).send().await.expect(201);
            let notice = owner
                .put(&format!("/v1/purposes/{word}/notice"))
                .json(json!({ "text": "We will." }));
            notice.send().await.expect(200);
        }
        let new = json!({ "label": "shop", "origins": [SHOP] });
        let issued = owner.post("/v1/keys").json(new).send().await.expect(201).json();
        assert_eq!(issued["key"]["actions"], json!(["consent.record"]));
        let key = text_at(&issued, "/secret");
        drop(owner);
        Self { server, team, key }
    }

    fn agrees(&self) -> Value {
        json!({
            "key": self.key, "purpose": "newsletter", "person": ANNA, "given": true, "notice": 1, "act": "clicked"
        })
    }

    /// What a page of this origin sends.
    async fn says(&self, origin: Option<&str>, said: &Value) -> Reply {
        let mut request =
            Request::post("/v1/consents/browser").header("content-type", "text/plain;charset=UTF-8");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        self.server
            .send(request.body(Body::from(said.to_string())).unwrap())
            .await
    }

    async fn standing(&self, purpose: &str) -> String {
        let asks = json!({ "purpose": purpose, "person": ANNA });
        let owner = self.server.by(&self.team.owner);
        let answer = owner.post("/v1/consents/search").json(asks).send().await;
        text_at(&answer.expect(200).json(), "/standing")
    }

    async fn refusals(&self) -> Vec<Value> {
        let owner = self.server.by(&self.team.owner);
        let trail = owner
            .get("/v1/trail?action=consent.record&outcome=refused")
            .send()
            .await
            .expect(200)
            .json();
        trail["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["event"].clone())
            .collect()
    }
}

fn allowed(reply: &Reply) -> &str {
    reply.header("access-control-allow-origin")
}

engines::on_both! {
    async fn a_page_gives_consent_and_takes_it_back_by_one_request_each(db: TestDb) {
        let stage = Stage::on(db).await;
        let given = stage.says(Some(SHOP), &stage.agrees()).await.expect(201);
        assert_eq!((allowed(&given), given.header("vary")), (SHOP, "Origin"));
        assert!(given.header("set-cookie").is_empty() && given.header("access-control-allow-credentials").is_empty());
        let mut fields: Vec<String> = given.json().as_object().unwrap().keys().cloned().collect();
        fields.sort();
        assert_eq!(fields, ["at", "given", "id"], "nothing of whom it is about");
        assert_eq!(stage.standing("newsletter").await, "given");
        let event = stage.server.by(&stage.team.owner).get(&format!("/v1/trail/{}", given.header("bailee-event"))).send().await;
        let event = event.expect(200).json();
        assert_eq!(text_at(&event, "/event/client/origin"), SHOP);
        assert_eq!(text_at(&event, "/event/details/channel"), "browser");
        let takes_back = json!({ "key": stage.key, "purpose": "newsletter", "person": ANNA, "given": false });
        stage.says(Some(SHOP), &takes_back).await.expect(201);
        assert_eq!(stage.standing("newsletter").await, "withdrawn");
    }

    async fn a_page_of_another_origin_is_refused_and_changes_nothing(db: TestDb) {
        let stage = Stage::on(db).await;
        let others = [Some("https://evil.example"), Some("https://shop.example.evil.example"), Some("http://shop.example"), Some("null"), None];
        for origin in others {
            let refused = stage.says(origin, &stage.agrees()).await;
            assert_eq!(refused.status, 403, "{origin:?}: {}", refused.text());
            assert_eq!(refused.json()["reasons"], json!(["key-for-other-origins"]));
            assert!(refused.text().contains("pages of other origins"));
            assert_eq!(allowed(&refused), "", "{origin:?} may not even read the refusal");
        }
        assert_eq!(stage.standing("newsletter").await, "never-given");
        let refusals = stage.refusals().await;
        assert_eq!(refusals.len(), others.len(), "each stands in the trail");
        assert_eq!(refusals.last().unwrap()["client"]["origin"], "https://evil.example");
        assert_eq!(refusals[0]["details"]["reasons"], json!(["key-for-other-origins"]));
    }

    async fn a_key_of_a_page_does_nothing_else(db: TestDb) {
        let stage = Stage::on(db).await;
        let asks = [
            ("POST", "/v1/consents", json!({ "purpose": "newsletter", "person": ANNA, "given": false, "channel": "paper" })),
            ("POST", "/v1/consents/search", json!({ "purpose": "newsletter", "person": ANNA })),
            ("POST", "/v1/purposes/newsletter/uses", json!({ "person": ANNA, "how": "a letter" })),
            ("POST", "/v1/temporary-credentials", json!({ "label": "wide" })),
            ("POST", "/v1/keys", json!({ "label": "wide" })),
            ("GET", "/v1/purposes", json!(null)),
            ("GET", "/v1/datasets", json!(null)),
            ("GET", "/v1/keys", json!(null)),
        ];
        for (method, path, body) in asks {
            for origin in [SHOP, "https://evil.example"] {
                let request = Request::builder().method(method).uri(path).header("origin", origin)
                    .header("authorization", format!("Bearer {}", stage.key)).header("content-type", "application/json");
                let reply = stage.server.send(request.body(Body::from(body.to_string())).unwrap()).await;
                assert_eq!(reply.status, 403, "{method} {path} from {origin}: {}", reply.text());
                assert_eq!(allowed(&reply), "");
            }
        }
        let own = stage.server.by(&stage.team.owner);
        let key = stage.key.split('_').nth(1).unwrap().to_owned();
        let listed = own.get("/v1/keys").send().await.expect(200).json();
        let bound = listed["items"].as_array().unwrap().iter().find(|row| row["id"].as_str().unwrap().replace('-', "") == key);
        let id = text_at(bound.unwrap(), "/id");
        assert_eq!(bound.unwrap()["origins"], json!([SHOP]));
        own.delete(&format!("/v1/keys/{id}")).send().await.expect(200);
        assert_eq!(stage.says(Some(SHOP), &stage.agrees()).await.status, 401, "and it ends like any other");
    }

    async fn no_other_key_may_stand_in_a_page(db: TestDb) {
        let stage = Stage::on(db).await;
        let owner = secrecy::ExposeSecret::expose_secret(&stage.team.owner.credential.to_text()).to_owned();
        let mut said = stage.agrees();
        said["key"] = json!(owner);
        let refused = stage.says(Some(SHOP), &said).await;
        assert_eq!((refused.status, allowed(&refused)), (403, ""));
        assert_eq!(refused.json()["reasons"], json!(["key-of-no-page"]));
        assert_eq!(stage.standing("newsletter").await, "never-given");
        let by = stage.server.by(&stage.team.owner);
        for (new, field) in [
            (json!({ "label": "a", "origins": [SHOP], "actions": ["consent.*"] }), "actions"),
            (json!({ "label": "a", "origins": [] }), "origins"),
            (json!({ "label": "a", "origins": ["https://shop.example/"] }), "origins"),
            (json!({ "label": "a", "origins": ["*"] }), "origins"),
        ] {
            let refused = by.post("/v1/keys").json(new).send().await.expect(400);
            assert_eq!(refused.json()["field"], field);
        }
        let lab = stage.server.world.customer_held_team("lab").await;
        let held = stage.server.by(&lab.owner).post("/v1/keys").json(json!({ "label": "a", "origins": [SHOP] }));
        held.send().await.expect(409);
    }

    async fn a_page_learns_what_is_wrong_and_nothing_of_people(db: TestDb) {
        let stage = Stage::on(db).await;
        let with = |field: &str, value: Value| {
            let mut said = stage.agrees();
            said[field] = value;
            said
        };
        for (said, status) in [
            (with("notice", json!(2)), 409),
            (with("act", json!(null)), 400),
            (with("person", json!("email:nobody")), 400),
            (with("purpose", json!("unknown")), 404),
        ] {
            let refused = stage.says(Some(SHOP), &said).await;
            assert_eq!((refused.status, allowed(&refused)), (status, SHOP), "{said}: {}", refused.text());
        }
        let bare = stage.says(Some(SHOP), &json!({ "key": "bailee_x" })).await;
        assert_eq!((bare.status, allowed(&bare)), (400, ""));
        assert_eq!(stage.says(Some(SHOP), &with("key", json!("bailee_x"))).await.status, 401);
        let huge = stage.says(Some(SHOP), &with("person", json!("x".repeat(20_000)))).await;
        assert_eq!(huge.status, 413);
        // Somebody who was erased gets the same answer as anybody, and does not come back by it.
        stage.says(Some(SHOP), &stage.agrees()).await.expect(201);
        let owner = stage.server.by(&stage.team.owner);
        let anna = owner.post("/v1/subjects/search").json(json!({ "kind": "email", "value": "anna@person.example" }));
        let anna = text_at(&anna.send().await.expect(200).json(), "/id");
        owner.post(&format!("/v1/subjects/{anna}/erasure")).json(json!({})).send().await.expect(200);
        stage.says(Some(SHOP), &stage.agrees()).await.expect(201);
        assert_eq!(stage.standing("newsletter").await, "never-given");
    }

    async fn global_privacy_control_is_heard_in_either_form(db: TestDb) {
        let stage = Stage::on(db).await;
        let mut said = stage.agrees();
        (said["purpose"], said["objects"]) = (json!("ads"), json!(true));
        let refused = stage.says(Some(SHOP), &said).await.expect(409);
        assert!(refused.text().contains("Global Privacy Control"));
        said["objects"] = json!(false);
        let request = Request::post("/v1/consents/browser").header("origin", SHOP).header("sec-gpc", "1");
        let refused = stage.server.send(request.body(Body::from(said.to_string())).unwrap()).await;
        assert_eq!(refused.status, 409);
        assert_eq!(stage.standing("ads").await, "never-given");
        (said["purpose"], said["objects"]) = (json!("newsletter"), json!(true));
        stage.says(Some(SHOP), &said).await.expect(201);
    }

    async fn the_script_may_be_embedded_anywhere_and_sets_nothing(db: TestDb) {
        let stage = Stage::on(db).await;
        let script = stage.server.nobody().get("/consent.js").send().await.expect(200);
        assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
        assert_eq!(script.header("cross-origin-resource-policy"), "cross-origin");
        assert!(script.header("set-cookie").is_empty() && script.header("cache-control").contains("max-age"));
        assert!(script.bytes.len() < 5_000 && script.text().contains("globalPrivacyControl"));
    }

    async fn use_without_a_basis_says_why(db: TestDb) {
        let stage = Stage::on(db).await;
        let user = stage.team.member(Class::User).await;
        let user = stage.server.by(&user);
        let uses = json!({ "person": ANNA, "how": "the letter of March" });
        let refused = user.post("/v1/purposes/newsletter/uses").json(uses.clone()).send().await.expect(403);
        assert_eq!(refused.json()["reasons"], json!(["purpose.no-consent"]));
        assert!(refused.text().contains("ask them"));
        let agrees = json!({
            "purpose": "newsletter", "person": ANNA, "given": true, "notice": 1, "act": "said", "channel": "staff", "proof": "call 7"
        });
        let recorded = user.post("/v1/consents").json(agrees).send().await.expect(201).json();
        assert!(recorded["subject"].is_null(), "who records is not told whether somebody was known");
        let used = user.post("/v1/purposes/newsletter/uses").json(uses).send().await.expect(200).json();
        assert_eq!((&used["allowed"], text_at(&used, "/standing")), (&json!(true), "given".into()));
        assert!(used["newest"]["proof"].is_null());
        // A dataset that is kept for something else is not used for this, and takes in nothing of who did not agree to that.
        let owner = stage.server.by(&stage.team.owner);
        let mail = json!({ "name": "mail", "ingest": { "purposes": ["ads"] } });
        let made = owner.post("/v1/datasets").json(mail).send().await.expect(201).json();
        assert_eq!(made["ingest"], json!({ "purposes": ["ads"] }));
        let from = json!({ "person": ANNA, "how": "the letter of March", "dataset": "mail" });
        let refused = user.post("/v1/purposes/newsletter/uses").json(from).send().await.expect(403);
        assert_eq!(refused.json()["reasons"], json!(["purpose.not-of-dataset"]));
        let put = user.post("/v1/datasets/mail/items?name=letter&subject=email:anna@person.example").bytes(b"Dear Anna");
        let refused = put.send().await.expect(400).json();
        assert!(refused["field"] == "subject" && refused["detail"].as_str().unwrap().contains("never agreed"), "{refused}");
    }
}
