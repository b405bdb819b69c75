//! Datasets whose items lie in a bucket of the tenant's own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

#[allow(dead_code, reason = "each test file uses its share")]
mod common;

use access::Class;
use common::Server;
use engines::Elsewhere;
use serde_json::{Value, json};
use testkit::World;

/// An installation that allows the bucket's host.
async fn allowing(db: engines::TestDb, bucket: &Elsewhere) -> Server {
    let mut world = World::on(db).await;
    let hosts = bucket.endpoint().replace("http://", "").parse().unwrap();
    world.custody = world.custody.with_own_buckets(hosts);
    Server::over(world)
}

fn description(bucket: &Elsewhere) -> Value {
    let (access_key, secret_key) = bucket.keys();
    json!({
        "url": format!("s3://{}/scans", bucket.bucket()), "endpoint": bucket.endpoint(), "region": "us-east-1",
        "access_key": access_key, "secret_key": secret_key
    })
}

const PATH: &str = "/v1/datasets/scans/own-bucket";

engines::on_both! {
    async fn a_bucket_is_set_shown_without_its_keys_and_removed(db: TestDb) {
        let bucket = Elsewhere::start().unwrap();
        let server = allowing(db, &bucket).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        owner.post("/v1/datasets").json(json!({ "name": "scans" })).send().await.expect(201);
        owner.get(PATH).send().await.expect(404);
        let shown = json!({ "url": "s3://elsewhere/scans", "endpoint": bucket.endpoint(), "region": "us-east-1" });
        let set = owner.put(PATH).json(description(&bucket)).send().await;
        let event = set.header("bailee-event").to_owned();
        assert_eq!(set.expect(200).json(), shown);
        let recorded = owner.get(&format!("/v1/trail/{event}")).send().await.expect(200).json();
        assert_eq!(recorded.pointer("/event/action"), Some(&json!("dataset.change")));
        assert!(!recorded.to_string().contains(bucket.keys().1));
        let auditor = team.member(Class::Auditor).await;
        assert_eq!(server.by(&auditor).get(PATH).send().await.expect(200).json(), shown);
        let user = team.member(Class::User).await;
        server.by(&user).put(PATH).json(description(&bucket)).send().await.expect(403);
        server.by(&user).delete(PATH).send().await.expect(403);
        owner.delete(PATH).send().await.expect(204);
        owner.get(PATH).send().await.expect(404);
        owner.delete(PATH).send().await.expect(404);
    }

    async fn only_hosts_that_the_operator_names_are_taken(db: TestDb) {
        let bucket = Elsewhere::start().unwrap();
        let server = allowing(db, &bucket).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        owner.post("/v1/datasets").json(json!({ "name": "scans" })).send().await.expect(201);
        for endpoint in ["http://127.0.0.1:1", "https://169.254.169.254", "https://s3.example.org", "file:///etc"] {
            let mut other = description(&bucket);
            other["endpoint"] = json!(endpoint);
            let refused = owner.put(PATH).json(other).send().await.expect(400);
            assert!(refused.text().contains("endpoint"), "{}", refused.text());
        }
        for (field, wrong) in [("url", "gs://scans"), ("url", "s3://a/../b"), ("region", ""), ("secret_key", "a b")] {
            let mut other = description(&bucket);
            other[field] = json!(wrong);
            owner.put(PATH).json(other).send().await.expect(400);
        }
        owner.get(PATH).send().await.expect(404);
    }

    async fn without_a_list_there_are_no_own_buckets(db: TestDb) {
        let bucket = Elsewhere::start().unwrap();
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        owner.post("/v1/datasets").json(json!({ "name": "scans" })).send().await.expect(201);
        let refused = owner.put(PATH).json(description(&bucket)).send().await.expect(400);
        assert!(refused.text().contains("own_buckets.allow"), "{}", refused.text());
    }
}
