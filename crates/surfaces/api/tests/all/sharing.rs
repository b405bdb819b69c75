//! Exports and sharing over HTTP: the warning before, the confirmation, the OPEN mark, and what an export gives.

use std::time::Duration;

use crate::common::{Client, Server, text_at};
use kernel::Clock as _;
use serde_json::{Value, json};
use testkit::Person;

const SHARES: &str = "/v1/datasets/scans/shares";
const EXPORTS: &str = "/v1/datasets/scans/exports";

async fn sharer(owner: &Person) -> Person {
    owner.with_key(&owner.issue_key_naming(owner.member, &["*"]).await)
}

/// A dataset `scans` with one item; gives the item's id.
async fn scans(owner: &Client<'_>) -> String {
    let dataset = owner.post("/v1/datasets").json(json!({ "name": "scans" }));
    dataset.send().await.expect(201);
    text_at(&owner.store("scans", "chest", b"bytes").await, "/item/id")
}

fn planned(server: &Server) -> Value {
    json!({ "ends_at": server.world.clock.now().plus(Duration::from_secs(3600)) })
}

async fn is_open(owner: &Client<'_>) -> bool {
    owner.get("/v1/datasets/scans").send().await.expect(200).json()["shared"] == true
}

engines::on_both! {
    async fn sharing_is_refused_without_the_fresh_confirmation(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let meant = sharer(&team.owner).await;
        let owner = server.by(&meant);
        scans(&owner).await;
        let plan = planned(&server);
        let share = async |confirmation: Value| {
            let mut body = plan.clone();
            body["confirmation"] = confirmation;
            owner.post(SHARES).json(body).send().await
        };
        for nothing in [Value::Null, json!(""), json!("yes")] {
            let refused = share(nothing).await.expect(400).json();
            assert_eq!(refused["field"], "confirmation");
            assert!(refused["detail"].as_str().unwrap().contains("ask for the warning"), "{refused}");
        }
        let warning = owner.post(&format!("{SHARES}/warning")).json(plan.clone()).send().await.expect(200).json();
        assert!(warning["says"].to_string().contains("without an account"), "{warning}");
        assert!(!is_open(&owner).await, "to be warned shares nothing");
        server.world.clock.advance(Duration::from_secs(601));
        share(warning["confirmation"].clone()).await.expect(400);
        let fresh = owner.post(&format!("{SHARES}/warning")).json(plan.clone()).send().await.expect(200).json();
        let made = share(fresh["confirmation"].clone()).await.expect(201).json();
        assert!(made["path"].as_str().unwrap().starts_with("/public/"));
        assert!(is_open(&owner).await);
        share(fresh["confirmation"].clone()).await.expect(409);
        let listed = owner.get(SHARES).send().await.expect(200).json();
        let link = made["path"].as_str().unwrap().trim_start_matches("/public/");
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        assert!(!listed.to_string().contains(link), "a link is shown once");
        let id = text_at(&made, "/share/id");
        owner.delete(&format!("{SHARES}/{id}")).send().await.expect(200);
        assert!(!is_open(&owner).await);
        owner.delete(&format!("{SHARES}/{id}")).send().await.expect(409);
    }

    async fn a_key_that_was_not_made_for_it_shares_nothing(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        scans(&owner).await;
        for path in [SHARES.to_owned(), format!("{SHARES}/warning")] {
            let refused = owner.post(&path).json(planned(&server)).send().await.expect(403).json();
            assert_eq!(refused["reasons"][0], "limit.share-by-name", "{refused}");
        }
    }

    async fn an_export_is_made_read_taken_and_deleted(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        let item = scans(&owner).await;
        let made = owner.post(EXPORTS).json(json!({ "format": "coco" })).send().await.expect(201);
        assert!(made.header("location").ends_with("/exports/1"));
        let made = made.json();
        assert_eq!((&made["number"], &made["items"], &made["state"]), (&json!(1), &json!(1), &json!("made")));
        assert_eq!(made["manifest_sha256"].as_str().unwrap().len(), 64);
        owner.put(&format!("/v1/items/{item}/content")).bytes(b"other bytes").send().await.expect(200);
        let taken = owner.get(&format!("{EXPORTS}/1/items/{item}/content")).header("range", "bytes=1-2").send().await.expect(206);
        assert_eq!(&taken.bytes[..], b"yt", "of the version that was exported");
        let manifest = owner.get(&format!("{EXPORTS}/1/items")).send().await.expect(200).json();
        assert_eq!((text_at(&manifest, "/items/0/state"), text_at(&manifest, "/items/0/content/name")), ("there".into(), "chest".into()));
        let said = owner.get(&format!("{EXPORTS}/1/annotations")).send().await.expect(200);
        assert_eq!(said.header("content-type"), "application/json");
        owner.post(EXPORTS).json(json!({ "items": [] })).send().await.expect(400);
        owner.post(EXPORTS).json(json!({ "names": [] })).send().await.expect(400);
        owner.delete(&format!("{EXPORTS}/1")).send().await.expect(200);
        owner.get(&format!("{EXPORTS}/1")).send().await.expect(404);
        owner.get(&format!("{EXPORTS}/99999999999999999999")).send().await.expect(404);
    }
}
