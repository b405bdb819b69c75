//! Authenticator apps and recovery codes.

use std::time::Duration;

use serde_json::{Value, json};

use super::desk::{Desk, PASSWORD};
use crate::common::text_at;

engines::on_both! {
    async fn the_team_s_second_factor_is_set_up_at_the_door_and_asked_for_from_then_on(db: TestDb) {
        let desk = Desk::on(db).await;
        let next = desk.accepted(PASSWORD).await;
        assert!(next.get("signed_in").is_none(), "there is no session before the second factor: {next}");
        let (ticket, secret) = (text_at(&next, "/next/ticket"), text_at(&next, "/next/step/enrol/secret"));
        assert!(text_at(&next, "/next/step/enrol/uri").contains(&secret));
        assert_eq!(desk.knock("/v1/sign-in/enrol", json!({ "ticket": ticket, "code": "000000" })).await, 403);
        let enrolled = desk.at_door("/v1/sign-in/enrol", json!({ "ticket": ticket, "code": desk.code(&secret) })).await;
        let codes: Vec<String> = serde_json::from_value(enrolled["recovery_codes"].clone()).unwrap();
        assert_eq!(codes.len(), 10);
        let session = desk.server.with_key(&text_at(&enrolled, "/signed_in/token"));
        let factors = session.get("/v1/factors").send().await.expect(200).json();
        assert_eq!((&factors["totp"], &factors["recovery_codes_left"], &factors["second_factor_needed"]), (&json!(true), &json!(10), &json!(true)));

        let (ticket, has) = desk.second_step(PASSWORD).await;
        assert_eq!(has, json!({ "totp": true, "passkey": false }));
        let second = async |code: Value| desk.knock("/v1/sign-in/second", code).await;
        assert_eq!(second(json!({ "ticket": ticket, "code": desk.code(&secret) })).await, 403, "a code is good once");
        desk.server.world.clock.advance(Duration::from_secs(30));
        assert_eq!(second(json!({ "ticket": ticket, "code": desk.code(&secret) })).await, 200);
        assert_eq!(second(json!({ "ticket": ticket, "recovery_code": codes[0] })).await, 403, "a step is good once");
        let (ticket, _) = desk.second_step(PASSWORD).await;
        assert_eq!(second(json!({ "ticket": ticket, "recovery_code": codes[0] })).await, 200);
        let (ticket, _) = desk.second_step(PASSWORD).await;
        assert_eq!(second(json!({ "ticket": ticket, "recovery_code": codes[0] })).await, 403, "so is a recovery code");
    }

    async fn apps_are_replaced_and_removed_and_codes_renewed_by_the_bearer_of_a_session(db: TestDb) {
        let desk = Desk::of_passwords(db).await;
        let session = desk.server.with_key(&desk.accept(PASSWORD).await);
        session.post("/v1/factors/recovery-codes").send().await.expect(409);
        let offer = session.post("/v1/factors/totp").send().await.expect(200).json();
        let (ticket, secret) = (text_at(&offer, "/ticket"), text_at(&offer, "/secret"));
        let confirm = async |code: &str| {
            let given = json!({ "ticket": ticket, "code": code });
            session.post("/v1/factors/totp/confirm").json(given).send().await
        };
        confirm("000000").await.expect(403);
        let before: Vec<String> = serde_json::from_value(confirm(&desk.code(&secret)).await.expect(200).json()["recovery_codes"].clone()).unwrap();
        assert_eq!(before.len(), 10);
        let renewed = session.post("/v1/factors/recovery-codes").send().await.expect(200);
        assert_eq!(renewed.header("cache-control"), "no-store");
        let (ticket, _) = desk.second_step(PASSWORD).await;
        assert_eq!(desk.knock("/v1/sign-in/second", json!({ "ticket": ticket, "recovery_code": before[0] })).await, 403);
        let after = text_at(&renewed.json(), "/recovery_codes/0");
        assert_eq!(desk.knock("/v1/sign-in/second", json!({ "ticket": ticket, "recovery_code": after })).await, 200);
        desk.server.by(&desk.user).delete("/v1/factors/totp").send().await.expect(403);
        session.delete("/v1/factors/totp").send().await.expect(204);
        let factors = session.get("/v1/factors").send().await.expect(200).json();
        assert_eq!((&factors["totp"], &factors["recovery_codes_left"]), (&json!(false), &json!(0)));
        desk.sign_in(PASSWORD).await.expect(200).json()["signed_in"]["token"].as_str().unwrap();
    }

    async fn the_last_second_factor_stays_while_the_team_asks_for_one(db: TestDb) {
        let desk = Desk::on(db).await;
        let next = desk.accepted(PASSWORD).await;
        let secret = text_at(&next, "/next/step/enrol/secret");
        let given = json!({ "ticket": next["next"]["ticket"], "code": desk.code(&secret) });
        let enrolled = desk.at_door("/v1/sign-in/enrol", given).await;
        let session = desk.server.with_key(&text_at(&enrolled, "/signed_in/token"));
        session.delete("/v1/factors/totp").send().await.expect(409);
    }
}
