//! Whom the directory shuts out, is out everywhere.

use access::Class;
use serde_json::json;

use super::directory::{Directory, USERS};
use crate::common::text_at;

engines::on_both! {
    async fn sessions_keys_and_leases_end_with_the_person(db: TestDb) {
        let directory = Directory::on(db).await;
        let (server, team) = (&directory.server, &directory.team);
        let owner = server.by(&team.owner);
        let rule = json!({ "password_floor": "nist", "second_factor": "whoever-wants", "idle_minutes": 30, "absolute_hours": 12 });
        owner.put("/v1/tenant/sign-in").json(rule).send().await.expect(200);
        let wanda = team.member(Class::Worker).await;
        let invitation = owner.post(&format!("/v1/members/{}/invitation", wanda.member)).send().await.expect(201).json();
        let accept = json!({ "token": invitation["token"], "password": "nine lanterns over a quiet harbour" });
        let accepted = server.nobody().post("/v1/sign-in/invitation/accept").json(accept).send().await.expect(200).json();
        let session = server.with_key(&text_at(&accepted, "/signed_in/token"));
        let work = json!({ "name": "scans", "work": { "batch": 1, "lease_minutes": 30, "open_per_worker": 1, "originals": true } });
        owner.post("/v1/datasets").json(work).send().await.expect(201);
        owner.store("scans", "one", b"scan").await;
        owner.put(&format!("/v1/datasets/scans/grants/{}", wanda.member)).json(json!({})).send().await.expect(200);
        let task = server.by(&wanda).post("/v1/datasets/scans/tasks").send().await.expect(201).json();
        let task = format!("/v1/tasks/{}", text_at(&task, "/id"));
        session.get("/v1/session").send().await.expect(200);

        let place = format!("{USERS}/{}", wanda.member);
        let out = json!({ "Operations": [{ "op": "Replace", "path": "active", "value": "False" }] });
        let told = directory.client().patch(&place).json(out).send().await.expect(200);
        session.get("/v1/session").send().await.expect(401);
        server.by(&wanda).get("/v1/datasets").send().await.expect(401);
        assert_eq!(owner.get(&task).send().await.expect(200).json()["state"], "ended");
        let event = told.header("bailee-event");
        let entry = owner.get(&format!("/v1/trail/{event}")).send().await.expect(200).json();
        assert_eq!((text_at(&entry, "/event/action"), text_at(&entry, "/event/outcome")), ("member.disable".into(), "done".into()));
        assert_eq!(entry["event"]["details"]["tasks"].as_array().unwrap().len(), 1);

        let back = json!({ "Operations": [{ "op": "Replace", "path": "active", "value": "True" }] });
        directory.client().patch(&place).json(back).send().await.expect(200);
        session.get("/v1/session").send().await.expect(401);
    }
}
