//! The door of the staff: apart from that of the teams, and never without a second factor.

use serde_json::{Value, json};
use testkit::STAFF_PASSWORD;

use super::desk::{Desk, PASSWORD};
use crate::common::{Reply, text_at};

const SAM: &str = "sam@operator.example";

impl Desk {
    /// Invites by the operator's key, and gives what the answer says.
    async fn invite_staff(&self) -> Value {
        let operator = self.server.by(&self.server.world.operator);
        let new = json!({ "name": "Sam Staff", "email": SAM });
        let reply = operator.post("/v1/staff").json(new).send().await.expect(201);
        assert!(!reply.header("bailee-event").is_empty());
        reply.json()
    }

    /// Accepts with an authenticator app. Gives its secret and the session's token.
    async fn accept_staff(&self, token: &str) -> (String, String) {
        let given = json!({ "token": token, "password": STAFF_PASSWORD });
        let next = self.at_door("/v1/staff/sign-in/invitation/accept", given).await;
        let app = text_at(&next, "/next/step/enrol/secret");
        let first = json!({ "ticket": text_at(&next, "/next/ticket"), "code": self.code(&app) });
        let enrolled = self.at_door("/v1/staff/sign-in/enrol", first).await;
        assert_eq!(enrolled["recovery_codes"].as_array().unwrap().len(), 10);
        (app, text_at(&enrolled, "/signed_in/token"))
    }

    async fn staff_sign_in(&self, password: &str) -> Reply {
        let given = json!({ "email": SAM, "password": password });
        self.server
            .nobody()
            .post("/v1/staff/sign-in")
            .json(given)
            .send()
            .await
    }
}

engines::on_both! {
    async fn staff_come_in_by_their_own_door_with_two_factors(db: TestDb) {
        let desk = Desk::on(db).await;
        let invited = desk.invite_staff().await;
        let token = text_at(&invited, "/token");
        let said = desk.at_door("/v1/staff/sign-in/invitation", json!({ "token": token })).await;
        assert_eq!((&said["team"], &said["email"]), (&json!("operator"), &json!(SAM)));
        let weak = json!({ "token": token, "password": "short" });
        assert_eq!(desk.knock("/v1/staff/sign-in/invitation/accept", weak).await, 400);
        let (app, session) = desk.accept_staff(&token).await;
        let sam = desk.server.with_key(&session);
        let own = sam.get("/v1/session").send().await.expect(200).json();
        assert_eq!((&own["class"], &own["team"], &own["member"]), (&json!("operator"), &json!("operator"), &invited["staff"]["id"]));
        sam.get("/v1/tenants").send().await.expect(200);
        sam.get("/v1/datasets").send().await.expect(403);
        let factors = sam.get("/v1/factors").send().await.expect(200).json();
        assert_eq!((&factors["totp"], &factors["second_factor_needed"]), (&json!(true), &json!(true)));
        sam.delete("/v1/factors/totp").send().await.expect(409);
        sam.delete("/v1/session").send().await.expect(204);
        sam.get("/v1/session").send().await.expect(401);
        desk.server.world.clock.advance(std::time::Duration::from_secs(60));
        let next = desk.staff_sign_in(STAFF_PASSWORD).await.expect(200).json();
        assert_eq!(next["next"]["step"]["second"], json!({ "totp": true, "passkey": false }));
        let step = json!({ "ticket": text_at(&next, "/next/ticket"), "code": desk.code(&app) });
        assert_eq!(desk.knock("/v1/sign-in/second", step.clone()).await, 403);
        let again = desk.at_door("/v1/staff/sign-in/second", step).await;
        desk.server.with_key(&text_at(&again, "/token")).get("/v1/staff").send().await.expect(200);
    }

    async fn the_doors_know_nothing_of_each_other(db: TestDb) {
        let desk = Desk::of_passwords(db).await;
        let token = text_at(&desk.invite_staff().await, "/token");
        let given = json!({ "token": token, "password": STAFF_PASSWORD });
        assert_eq!(desk.knock("/v1/sign-in/invitation/accept", given).await, 403);
        let to_team = json!({ "token": desk.invitation().await, "password": PASSWORD });
        assert_eq!(desk.knock("/v1/staff/sign-in/invitation/accept", to_team).await, 403);
        let (_, session) = desk.accept_staff(&token).await;
        let member = desk.accept(PASSWORD).await;
        // Whoever has an account behind the other door is nobody here, and is told the same as anybody.
        let nobody = desk.sign_in_as("clinic", "nobody@clinic.example", PASSWORD).await.expect(403).without_operation();
        assert_eq!(desk.sign_in_as("operator", SAM, STAFF_PASSWORD).await.without_operation(), nobody);
        let as_staff = json!({ "email": desk.email, "password": PASSWORD });
        let refused = desk.server.nobody().post("/v1/staff/sign-in").json(as_staff).send().await;
        assert_eq!(refused.without_operation(), nobody);
        // A token with the other door's prefix, or without its own, is none.
        let bare = session.strip_prefix("staff.").unwrap();
        for forged in [bare.to_owned(), format!("staff.{member}")] {
            for path in ["/v1/session", "/v1/tenants", "/v1/datasets", "/v1/staff", "/v1/sessions"] {
                desk.server.with_key(&forged).get(path).send().await.expect(401);
            }
        }
        desk.server.with_key(&member).get("/v1/staff").send().await.expect(403);
        desk.server.with_key(&session).get("/v1/tenant/sign-in").send().await.expect(403);
    }

    async fn who_is_shut_out_is_out_at_the_next_request(db: TestDb) {
        let desk = Desk::on(db).await;
        let invited = desk.invite_staff().await;
        let (_, session) = desk.accept_staff(&text_at(&invited, "/token")).await;
        let (sam, operator) = (desk.server.with_key(&session), desk.server.by(&desk.server.world.operator));
        let listed = operator.get("/v1/staff").send().await.expect(200).json();
        assert_eq!((&listed["items"][1]["email"], &listed["items"][1]["signs_in"]), (&json!(SAM), &json!(true)));
        let again = operator.post("/v1/staff").json(json!({ "name": "Sam", "email": SAM })).send().await.expect(409);
        assert!(again.text().contains("sign in already"), "{}", again.text());
        let own = format!("/v1/staff/{}/disable", text_at(&invited, "/staff/id"));
        let refused = sam.post(&own).send().await.expect(403);
        assert_eq!(refused.problem().reasons[0], "limit.own-staff");
        let sessions = operator.get(&format!("/v1/sessions?member={}", text_at(&invited, "/staff/id"))).send().await.expect(200).json();
        assert_eq!(sessions["items"].as_array().unwrap().len(), 1);
        operator.post(&own).send().await.expect(200);
        sam.get("/v1/session").send().await.expect(401);
        sam.get("/v1/tenants").send().await.expect(401);
        desk.staff_sign_in(STAFF_PASSWORD).await.expect(403);
    }
}
