//! Passkeys, in every place where one is taken.

use serde_json::json;
use testkit::Authenticator;

use super::desk::{Desk, PASSWORD};
use crate::common::{Client, text_at};

engines::on_both! {
    async fn a_passkey_signs_in_alone_and_beside_a_password_and_proves_afresh(db: TestDb) {
        let desk = Desk::of_passwords(db).await;
        let session = desk.server.with_key(&desk.accept(PASSWORD).await);
        let mut phone = Authenticator::new(1);
        add(&session, &mut phone).await;
        let listed = session.get("/v1/factors/passkeys").send().await.expect(200).json();
        assert_eq!(listed["items"][0]["label"], "my telephone");

        // Alone, at the team's short name in any case of its letters.
        let offer = desk.at_door("/v1/sign-in/passkey/begin", json!({ "team": "Clinic" })).await;
        let answer = json!({ "ticket": offer["ticket"], "credential": phone.used(&offer["options"]) });
        let alone = desk.at_door("/v1/sign-in/passkey", answer.clone()).await;
        assert_eq!(alone["member"], json!(desk.user.member));
        assert_eq!(desk.knock("/v1/sign-in/passkey", answer).await, 403, "an offer is good once");

        // As the second factor.
        let (ticket, has) = desk.second_step(PASSWORD).await;
        assert_eq!(has, json!({ "totp": false, "passkey": true }));
        let offer = desk.at_door("/v1/sign-in/second/passkey/begin", json!({ "ticket": ticket })).await;
        let proof = json!({ "ticket": offer["ticket"], "credential": phone.used(&offer["options"]) });
        let second = desk.at_door("/v1/sign-in/second", json!({ "ticket": ticket, "passkey": proof })).await;

        // As a fresh proof.
        let session = desk.server.with_key(&text_at(&second, "/token"));
        let offer = session.post("/v1/session/prove/passkey/begin").send().await.expect(200).json();
        let proof = json!({ "ticket": offer["ticket"], "credential": phone.used(&offer["options"]) });
        let proven = session.post("/v1/session/prove").json(json!({ "passkey": proof })).send().await.expect(200).json();

        let session = desk.server.with_key(&text_at(&proven, "/token"));
        session.delete("/v1/factors/passkeys/00").send().await.expect(404);
        let place = format!("/v1/factors/passkeys/{}", text_at(&listed, "/items/0/id"));
        session.delete(&place).send().await.expect(204);
        desk.sign_in(PASSWORD).await.expect(200).json()["signed_in"]["token"].as_str().unwrap();
    }

    async fn a_first_passkey_stands_in_for_an_app(db: TestDb) {
        let desk = Desk::on(db).await;
        let next = desk.accepted(PASSWORD).await;
        let ticket = text_at(&next, "/next/ticket");
        let offer = desk.at_door("/v1/sign-in/enrol/passkey/begin", json!({ "ticket": ticket })).await;
        let mut phone = Authenticator::new(1);
        let passkey = json!({ "ticket": offer["ticket"], "label": "my telephone", "credential": phone.made(&offer["options"]) });
        let enrolled = desk.at_door("/v1/sign-in/enrol/passkey", json!({ "ticket": ticket, "passkey": passkey })).await;
        assert_eq!(enrolled["recovery_codes"].as_array().unwrap().len(), 10);
        let session = desk.server.with_key(&text_at(&enrolled, "/signed_in/token"));
        let factors = session.get("/v1/factors").send().await.expect(200).json();
        assert_eq!((&factors["totp"], &factors["passkey"]), (&json!(false), &json!(true)));
    }

    async fn whatever_is_wrong_with_a_passkey_is_answered_alike(db: TestDb) {
        let desk = Desk::of_passwords(db).await;
        let session = desk.server.with_key(&desk.accept(PASSWORD).await);
        let mut phone = Authenticator::new(1);
        add(&session, &mut phone).await;
        let mut told = Vec::new();
        let mut stranger = Authenticator::new(2);
        for (team, known, verifies) in [("clinic", false, true), ("clinic", true, false), ("no-such-team", true, true)] {
            phone.verifies = verifies;
            let authenticator = if known { &mut phone } else { &mut stranger };
            let offer = desk.at_door("/v1/sign-in/passkey/begin", json!({ "team": team })).await;
            assert_eq!(offer["options"]["rpId"], "bailee.example");
            let answer = json!({ "ticket": offer["ticket"], "credential": authenticator.used(&offer["options"]) });
            for _ in 0..2 {
                let reply = desk.server.nobody().post("/v1/sign-in/passkey").json(answer.clone()).send().await;
                told.push(reply.expect(403).without_operation());
            }
        }
        let pairs: Vec<_> = told.chunks(2).collect();
        assert!(pairs.windows(2).all(|two| two[0] == two[1]), "{told:?}");
    }
}

async fn add(session: &Client<'_>, authenticator: &mut Authenticator) {
    let offer = session
        .post("/v1/factors/passkeys/begin")
        .send()
        .await
        .expect(200)
        .json();
    let credential = authenticator.made(&offer["options"]);
    let made = json!({ "ticket": offer["ticket"], "label": "my telephone", "credential": credential });
    session
        .post("/v1/factors/passkeys")
        .json(made)
        .send()
        .await
        .expect(204);
}
