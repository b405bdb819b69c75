//! Signing in and one's own security, by programs that have pages of their own.

mod desk;
mod factors;
mod passkeys;
mod staff;

use std::time::Duration;

use crate::common::{Reply, text_at};
use desk::{Desk, NEXT, PASSWORD, password};
use serde_json::json;

engines::on_both! {
    async fn a_session_is_a_bearer_until_it_ends(db: TestDb) {
        let desk = Desk::of_passwords(db).await;
        let session = desk.server.with_key(&desk.accept(PASSWORD).await);
        let own = session.get("/v1/session").send().await.expect(200).json();
        assert_eq!((&own["team"], &own["class"], &own["member"]), (&json!("clinic"), &json!("user"), &json!(desk.user.member)));
        session.get("/v1/datasets").send().await.expect(200);
        let clock = &desk.server.world.clock;
        clock.advance(Duration::from_secs(29 * 60));
        // What a program asks is not somebody being there; that is said by itself.
        session.get("/v1/session").send().await.expect(200);
        session.post("/v1/session/stay").send().await.expect(200);
        clock.advance(Duration::from_secs(29 * 60));
        session.get("/v1/session").send().await.expect(200);
        clock.advance(Duration::from_secs(2 * 60));
        session.get("/v1/session").send().await.expect(401);
        session.get("/v1/datasets").send().await.expect(401);
        let came = desk.sign_in(PASSWORD).await.expect(200).json();
        let again = desk.server.with_key(&text_at(&came, "/signed_in/token"));
        let sessions = again.get("/v1/sessions").send().await.expect(200).json();
        assert_eq!((sessions["items"].as_array().unwrap().len(), &sessions["items"][0]["proven"]), (1, &json!(["password"])));
        again.delete("/v1/session").send().await.expect(204);
        again.get("/v1/session").send().await.expect(401);
        // An API key has no session.
        desk.server.by(&desk.user).get("/v1/session").send().await.expect(401);
    }

    async fn an_invitation_is_accepted_once_with_a_password_that_fits(db: TestDb) {
        let desk = Desk::of_passwords(db).await;
        let token = desk.invitation().await;
        let said = desk.at_door("/v1/sign-in/invitation", json!({ "token": token })).await;
        assert_eq!((&said["team"], &said["email"]), (&json!("clinic"), &json!(desk.email)));
        assert_eq!(said["password_shortest"], 15);
        let accept = async |password: &str| {
            let given = json!({ "token": token, "password": password });
            desk.server.nobody().post("/v1/sign-in/invitation/accept").json(given).send().await
        };
        assert_eq!(accept("too short").await.expect(400).problem().field.as_deref(), Some("password"));
        let accepted = accept(PASSWORD).await.expect(200);
        assert_eq!(accepted.header("cache-control"), "no-store");
        assert!(!accepted.header("bailee-event").is_empty());
        accept(PASSWORD).await.expect(403);
        desk.server.nobody().post("/v1/sign-in/invitation").json(json!({ "token": token })).send().await.expect(403);
    }

    async fn whatever_was_wrong_is_answered_alike_and_counted_alike(db: TestDb) {
        let desk = Desk::of_passwords(db).await;
        desk.accept(PASSWORD).await;
        let wrong = desk.sign_in(NEXT).await.expect(403).without_operation();
        let others = [
            desk.sign_in_as("no-such-team", &desk.email, PASSWORD).await,
            desk.sign_in_as("clinic", "nobody@clinic.example", PASSWORD).await,
        ];
        assert!(others.iter().all(|other| other.without_operation() == wrong));
        let owner = desk.server.by(&desk.team.owner);
        owner.post(&format!("/v1/members/{}/disable", desk.user.member)).send().await.expect(200);
        assert_eq!(desk.sign_in(PASSWORD).await.expect(403).without_operation(), wrong);
        // Two of the five tries that are free are gone for the one address, one for the other.
        desk.sign_in_as("clinic", "nobody@clinic.example", PASSWORD).await.expect(403);
        let mut answers = [Vec::new(), Vec::new()];
        for _ in 0..4 {
            for (email, told) in [desk.email.as_str(), "nobody@clinic.example"].into_iter().zip(&mut answers) {
                // The moment until which there is a wait is another at each.
                told.push(desk.sign_in_as("clinic", email, PASSWORD).await.problem().urn);
            }
        }
        assert_eq!(answers[0], answers[1]);
        let kind = |urn: &str| urn.rsplit(':').next().unwrap().to_owned();
        let kinds: Vec<String> = answers[0].iter().map(|urn| kind(urn)).collect();
        assert_eq!(kinds, ["not-proven", "not-proven", "not-proven", "wait"]);
        // The team's trail says which it was.
        let refused = owner.get("/v1/trail?outcome=refused&action=session.begin").send().await.expect(200).json();
        let reason = |entry: &serde_json::Value| text_at(entry, "/event/details/reasons/0");
        let reasons: std::collections::BTreeSet<_> = refused["items"].as_array().unwrap().iter().map(reason).collect();
        assert!(reasons.contains("wrong-password") && reasons.contains("member-disabled"), "{reasons:?}");
    }

    async fn steps_that_nobody_was_given_are_refused(db: TestDb) {
        let desk = Desk::of_passwords(db).await;
        let made_up = "A".repeat(43);
        let credential = json!({ "response": { "clientDataJSON": "AAAA", "attestationObject": "AAAA" } });
        let first = json!({ "ticket": made_up, "label": "x", "credential": credential });
        for (path, given) in [
            ("/v1/sign-in/second", json!({ "ticket": made_up, "code": "123456" })),
            ("/v1/sign-in/enrol", json!({ "ticket": made_up, "code": "123456" })),
            ("/v1/sign-in/enrol/passkey/begin", json!({ "ticket": made_up })),
            ("/v1/sign-in/enrol/passkey", json!({ "ticket": made_up, "passkey": first })),
            ("/v1/sign-in/second/passkey/begin", json!({ "ticket": made_up })),
        ] {
            let reply = desk.server.nobody().post(path).json(given).send().await;
            reply.expect(403).refused("not-proven");
        }
        let two = json!({ "ticket": made_up, "code": "123456", "recovery_code": "ABCD" });
        desk.server.nobody().post("/v1/sign-in/second").json(two).send().await.expect(400);
    }

    async fn what_cannot_be_taken_back_asks_for_a_fresh_proof(db: TestDb) {
        let desk = Desk::of_passwords(db).await;
        let session = desk.server.with_key(&desk.accept(PASSWORD).await);
        let by_key = desk.server.by(&desk.user).put("/v1/factors/password").json(password(NEXT)).send().await.expect(403);
        assert!(by_key.text().contains("not-at-a-browser"), "{}", by_key.text());
        desk.server.world.clock.advance(Duration::from_secs(11 * 60));
        let stale = session.put("/v1/factors/password").json(password(NEXT)).send().await.expect(403);
        assert!(is_for(&stale, "limit.step-up"), "{}", stale.text());
        session.post("/v1/session/prove").json(password(NEXT)).send().await.expect(403);
        session.get("/v1/session").send().await.expect(200);
        let proven = session.post("/v1/session/prove").json(password(PASSWORD)).send().await.expect(200).json();
        session.get("/v1/session").send().await.expect(401);
        let fresh = desk.server.with_key(&text_at(&proven, "/token"));
        fresh.put("/v1/factors/password").json(password("password")).send().await.expect(400);
        let elsewhere = text_at(&desk.sign_in(PASSWORD).await.expect(200).json(), "/signed_in/token");
        let changed = fresh.put("/v1/factors/password").json(password(NEXT)).send().await.expect(200).json();
        assert_eq!(changed["ended"], 1);
        desk.server.with_key(&elsewhere).get("/v1/session").send().await.expect(401);
        desk.sign_in(PASSWORD).await.expect(403);
        desk.sign_in(NEXT).await.expect(200);
    }
}

fn is_for(reply: &Reply, rule: &str) -> bool {
    reply.problem().reasons.iter().any(|reason| reason == rule)
}
