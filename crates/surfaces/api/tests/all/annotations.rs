//! Annotations over HTTP: tags and conditions, history, and files of other tools.

use crate::common::{Client, Server, text_at};
use serde_json::{Value, json};

fn boxed(x: f64) -> Value {
    json!({ "size": { "width": 64, "height": 48 }, "annotations": [
        { "class": "nodule", "shape": { "kind": "box", "x": x, "y": 1.5, "width": 3.0, "height": 4.0 }, "text": "left" },
        { "class": "blurred", "shape": { "kind": "tag" } } ] })
}

async fn one_item(owner: &Client<'_>) -> String {
    let made = owner.post("/v1/datasets").json(json!({ "name": "scans" }));
    made.send().await.expect(201);
    owner.store("scans", "a.png", b"scan").await;
    let listed = owner
        .get("/v1/datasets/scans/items")
        .send()
        .await
        .expect(200)
        .json();
    format!("/v1/items/{}/annotations", text_at(&listed, "/items/0/id"))
}

engines::on_both! {
    async fn what_is_said_has_a_tag_and_is_replaced_only_by_who_names_it(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        let path = one_item(&owner).await;
        owner.get(&path).send().await.expect(204);
        let one = owner.put(&path).json(boxed(1.0)).send().await.expect(200);
        assert_eq!(one.json()["annotations"], boxed(1.0)["annotations"]);
        let tag = one.header("etag");
        assert_eq!(tag, format!("\"{}\"", text_at(&one.json(), "/id")));
        owner.put(&path).json(boxed(2.0)).send().await.refused("condition-failed");
        owner.put(&path).header("if-match", "*").json(boxed(2.0)).send().await.refused("invalid");
        owner.put(&path).header("if-match", tag).json(boxed(2.0)).send().await.expect(200);
        owner.put(&path).header("if-match", tag).json(boxed(3.0)).send().await.refused("condition-failed");
        let now = owner.get(&path).send().await.expect(200).json();
        assert_eq!((&now["number"], &now["annotations"]), (&json!(2), &boxed(2.0)["annotations"]));
        let history = owner.get(&format!("{path}/history")).send().await.expect(200).json();
        let old = owner.get(&format!("{path}?set={}", text_at(&history, "/items/0/id"))).send().await.expect(200).json();
        assert_eq!(old["annotations"], boxed(1.0)["annotations"]);
    }

    async fn what_lies_beyond_the_picture_is_refused_with_its_place(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        let path = one_item(&owner).await;
        let refused = owner.put(&path).json(boxed(62.0)).send().await;
        let refused = refused.refused("invalid");
        assert_eq!(refused.field.as_deref(), Some("annotations"));
        assert!(refused.detail.contains("annotations[0].shape"), "{}", refused.detail);
        let unknown = json!({ "annotations": [{ "class": "x", "shape": { "kind": "circle", "r": 1 } }] });
        owner.put(&path).json(unknown).send().await.refused("invalid");
    }

    async fn files_of_other_tools_go_out_and_come_in(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        let path = one_item(&owner).await;
        let datasets = "/v1/datasets/scans/annotations";
        let coco = json!({ "images": [{ "id": 7, "file_name": "a.png" }, { "id": 8, "file_name": "b.png" }],
            "categories": [{ "id": 1, "name": "nodule" }],
            "annotations": [{ "id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4] }] });
        let broken = owner.post(&format!("{datasets}?format=coco")).json(coco.clone()).send().await.expect(200).json();
        assert_eq!((&broken["applied"], &broken["rows"][0].get("problems")), (&json!(false), &None));
        assert!(text_at(&broken, "/rows/1/problems/0").contains("no item of this name"));
        owner.get(&path).send().await.expect(204);
        owner.store("scans", "b.png", b"scan").await;
        let taken = owner.post(&format!("{datasets}?format=coco")).json(coco).send().await.expect(200).json();
        assert_eq!((&taken["applied"], &taken["rows"][0]["annotations"]), (&json!(true), &json!(1)));
        let out = owner.get(&format!("{datasets}?format=coco")).send().await.expect(200);
        assert_eq!(out.header("content-type"), "application/json");
        assert_eq!(out.json()["annotations"][0]["bbox"], json!([1.0, 2.0, 3.0, 4.0]));
        let lines = owner.get(&format!("{datasets}?format=darwin")).send().await.expect(200);
        assert_eq!(lines.header("content-type"), "application/x-ndjson");
        assert_eq!(lines.text().lines().count(), 2);
        let again = owner.post(&format!("{datasets}?format=darwin&replace=true")).bytes(lines.text().as_bytes());
        assert_eq!(again.send().await.expect(200).json()["applied"], true);
        owner.get(&format!("{datasets}?format=voc")).send().await.refused("invalid");
        owner.post(&format!("{datasets}?format=coco")).bytes(b"no JSON").send().await.refused("invalid");
    }
}
