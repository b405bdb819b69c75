//! The regions that datasets may choose.

use crate::common::Server;
use serde_json::json;
use testkit::World;

engines::on_both! {
    async fn a_dataset_has_a_region_among_those_offered(db: TestDb) {
        let elsewhere = engines::Elsewhere::start().unwrap();
        let server = Server::over(World::with_places(db, vec![elsewhere.place("far", 50_000).unwrap()]).await);
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        let tenant = owner.get("/v1/tenant").send().await.expect(200).json();
        assert_eq!(tenant["regions"], json!([{ "label": "home", "location": "" }, { "label": "far", "location": "eu-elsewhere-1" }]));
        let made = owner.post("/v1/datasets").json(json!({ "name": "scans" })).send().await.expect(201).json();
        assert_eq!(made["region"], "home");
        let other = owner.post("/v1/datasets").json(json!({ "name": "other", "region": "far" })).send().await.expect(201).json();
        assert_eq!(other["region"], "far");
        let refused = owner.post("/v1/datasets").json(json!({ "name": "third", "region": "mars" })).send().await;
        assert!(refused.expect(400).text().contains("home, far"));
        let changed = owner.patch("/v1/datasets/scans").json(json!({ "region": "far" })).send().await.expect(200).json();
        assert_eq!(changed["region"], "far");
        assert_eq!(owner.get("/v1/datasets/scans").send().await.expect(200).json()["region"], "far");
        let user = team.member(access::Class::User).await;
        server.by(&user).patch("/v1/datasets/scans").json(json!({ "region": "home" })).send().await.expect(403);
    }
}
