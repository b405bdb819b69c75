//! Who can see what, over HTTP: pages as JSON, the whole as CSV.

use crate::common::{Server, text_at};
use access::Class;
use serde_json::json;

engines::on_both! {
    async fn who_sees_an_item_and_what_a_member_sees(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        owner.post("/v1/datasets").json(json!({ "name": "scans" })).send().await.expect(201);
        owner.store("scans", "a", b"scan").await;
        let listed = owner.get("/v1/datasets/scans/items").send().await.expect(200).json();
        let item = text_at(&listed, "/items/0/id");
        let (manager, worker) = (team.member(Class::WorkforceManager).await, team.member(Class::Worker).await);
        let grant = format!("/v1/datasets/scans/grants/{}", manager.member);
        owner.put(&grant).json(json!({})).send().await.expect(200);

        let who = owner.get(&format!("/v1/access/items/{item}")).send().await.expect(200).json();
        let members: Vec<&str> = who["items"].as_array().unwrap().iter().map(|seer| seer["member"].as_str().unwrap()).collect();
        assert_eq!(members, [team.owner.member.to_string(), manager.member.to_string()]);
        assert_eq!(who["items"][1]["items"], json!(["item.browse", "item.view", "item.annotate"]));
        let first = owner.get(&format!("/v1/access/items/{item}?limit=1")).send().await.expect(200).json();
        let next = text_at(&first, "/next");
        let second = owner.get(&format!("/v1/access/items/{item}?limit=1&cursor={next}")).send().await.expect(200).json();
        assert_eq!(second["items"][0], who["items"][1]);

        let csv = owner.get("/v1/access/datasets/scans?format=csv").send().await.expect(200);
        assert!(csv.header("content-type").starts_with("text/csv"));
        let text = csv.text();
        assert!(text.starts_with("member,class,item,action\r\n"), "{text}");
        assert!(text.contains(&format!("{},workforce-manager,,item.view\r\n", manager.member)));
        assert!(!text.contains(&worker.member.to_string()), "who was not given it is not there");
        owner.get("/v1/access/datasets/scans?format=csv&limit=1").send().await.refused("invalid");

        let of = |member: kernel::MemberId| owner.get(&format!("/v1/access/members/{member}"));
        let seen = of(manager.member).send().await.expect(200).json();
        assert_eq!((seen["items"].as_array().unwrap().len(), &seen["items"][0]["actions"]), (1, &json!(["dataset.view"])));
        assert_eq!(of(worker.member).send().await.expect(200).json()["items"], json!([]));
        owner.delete(&grant).send().await.expect(204);
        assert_eq!(of(manager.member).send().await.expect(200).json()["items"], json!([]));
        let grants = owner.get("/v1/datasets/scans/grants").send().await.expect(200).json();
        assert_eq!((&grants["items"][0]["live"], &grants["items"][0]["given_by"]), (&json!(false), &json!(team.owner.member)));
        server.by(&manager).get(&format!("/v1/access/items/{item}")).send().await.refused("forbidden");
    }
}
