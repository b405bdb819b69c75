//! One customer's way through the whole surface, with nothing but HTTP.

use crate::common::{Server, noise, text_at};
use serde_json::json;

engines::on_both! {
    async fn from_the_first_contract_to_a_receipt_of_deletion(db: TestDb) {
        let server = Server::on(db).await;
        let operator = server.by(&server.world.operator);
        let new = json!({
            "slug": "clinic", "name": "The Clinic", "business": "identity", "custody": "provider-held",
            "owner": { "name": "Olivia Owner", "email": "olivia@clinic.example" }
        });
        let made = operator.post("/v1/tenants").json(new).send().await.expect(201).json();
        assert_eq!(made["recovery_code"], json!(null));
        let owner = server.with_key(&text_at(&made, "/key/secret"));

        // Nothing is taken in before there is a contract.
        let dataset = json!({ "name": "scans", "fields": [{ "name": "email", "searchable": true }] });
        let refused = owner.post("/v1/datasets").json(dataset.clone()).send().await;
        assert_eq!(refused.refused("forbidden").reasons, ["limit.contract"]);
        owner.get("/v1/tenant/contract").send().await.refused("not-found");
        let contract = json!({
            "owner": "Clinic Holding AG", "purpose": "second opinions", "basis": { "lawful-basis": "consent" },
            "region": "eu-central-1", "retention_days": 365
        });
        let signed = owner.put("/v1/tenant/contract").json(contract).send().await.expect(200).json();
        assert_eq!((&signed["version"], &signed["basis"]), (&json!(1), &json!({ "lawful-basis": "consent" })));
        let seen = owner.get("/v1/tenant").send().await.expect(200).json();
        assert_eq!(seen["contract"]["in_force"], json!(true));

        let made = owner.post("/v1/datasets").json(dataset).send().await.expect(201);
        assert_eq!(made.header("location"), format!("/v1/datasets/{}", text_at(&made.json(), "/id")));

        // A small one lives in its row, a large one in an object.
        let (small, large) = (noise(5_000), noise(3 << 20));
        let first = owner
            .post("/v1/datasets/scans/items?name=hands/left.dcm")
            .header("content-type", "application/dicom")
            .header("bailee-meta-camera", "front")
            .bytes(&small)
            .send()
            .await
            .expect(201);
        assert_eq!(first.header("bailee-event"), text_at(&first.json(), "/event"));
        assert_eq!(first.json()["item"]["version"]["metadata"], json!({ "camera": "front" }));
        let stored = owner.store("scans", "hands/both.dcm", &large).await;
        let item = text_at(&stored, "/item/id");
        let content = format!("/v1/items/{item}/content");

        let whole = owner.get(&content).send().await.expect(200);
        assert!(whole.bytes == large && !whole.broken);
        assert_eq!(whole.header("content-length"), large.len().to_string());
        assert_eq!(whole.header("content-disposition"), "attachment; filename=\"both.dcm\"");
        assert_eq!(whole.header("cache-control"), "private, no-cache");
        assert_eq!(whole.header("accept-ranges"), "bytes");
        assert!(whole.header("repr-digest").starts_with("sha-256=:"));
        assert_eq!(whole.header("x-content-type-options"), "nosniff");
        let ranges = [("bytes=0-99", 0..100), ("bytes=65530-131080", 65_530..131_081), ("bytes=-7", (3 << 20) - 7..3 << 20)];
        for (range, expected) in ranges {
            let part = owner.get(&content).header("range", range).send().await.expect(206);
            assert!(part.bytes == large[expected.clone()], "{range}");
            let of = format!("bytes {}-{}/{}", expected.start, expected.end - 1, large.len());
            assert_eq!(part.header("content-range"), of);
            assert_eq!(part.header("content-length"), expected.len().to_string());
        }

        // Only what is archived is deleted.
        let path = format!("/v1/items/{item}");
        let early = owner.delete(&path).send().await;
        assert!(early.refused("conflict").detail.contains("archive it first"));
        owner.post(&format!("{path}/archive")).send().await.expect(200);
        owner.get(&content).send().await.refused("conflict");
        let deleted = owner.delete(&path).header("bailee-reason", "the patient asked").send().await.expect(200);
        let event = text_at(&deleted.json(), "/event");
        assert_eq!(deleted.header("bailee-event"), event);
        owner.get(&path).send().await.refused("not-found");
        assert!(server.world.object_files().is_empty());

        // The proof of it needs no server.
        let early = owner.get(&format!("/v1/trail/{event}/receipt")).send().await;
        early.refused("not-sequenced-yet");
        assert_eq!(early.header("retry-after"), "1");
        server.world.sequence().await;
        let receipt = owner.get(&format!("/v1/trail/{event}/receipt")).send().await.expect(200);
        assert_eq!(receipt.header("content-type"), "text/plain; charset=utf-8");
        let read = ledger::Receipt::parse(&receipt.bytes).unwrap();
        read.verify(&server.world.policy).unwrap();
        assert!(receipt.text().contains("item.delete") && receipt.text().contains("the patient asked"));
        let entry = owner.get(&format!("/v1/trail/{event}")).send().await.expect(200).json();
        assert_eq!(entry["event"]["operation"], json!(deleted.header("bailee-operation")));
        assert!(entry["index"].is_u64() && entry["sequence"].is_u64());
    }

    async fn members_keys_and_grants_are_given_and_taken(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        let mara = json!({ "name": "Mara Manager", "email": "mara@clinic.example", "class": "workforce-manager" });
        let mara = owner.post("/v1/members").json(mara).send().await.expect(201).json();
        let member = text_at(&mara, "/id");
        let new = json!({ "member": member, "label": "desk", "actions": ["item.*", "dataset.list"] });
        let issued = owner.post("/v1/keys").json(new).send().await.expect(201).json();
        let key = text_at(&issued, "/key/id");
        let manager = server.with_key(&text_at(&issued, "/secret"));
        assert!(issued["key"]["actions"].as_array().unwrap().contains(&json!("item.browse")));

        team.owner.dataset("scans").await.unwrap();
        let listed = async || manager.get("/v1/datasets").send().await.expect(200).json()["items"].as_array().unwrap().len();
        assert_eq!(listed().await, 0);
        let grant = format!("/v1/datasets/scans/grants/{member}");
        let given = owner.put(&grant).json(json!({})).send().await.expect(200).json();
        assert_eq!(given["class"], json!("workforce-manager"));
        assert_eq!(listed().await, 1);
        let grants = owner.get("/v1/datasets/scans/grants").send().await.expect(200).json();
        assert_eq!(text_at(&grants, "/items/0/member"), member);
        assert!(owner.delete(&grant).send().await.expect(204).bytes.is_empty());
        assert_eq!(listed().await, 0);

        let changed = owner.patch(&format!("/v1/members/{member}")).json(json!({ "class": "auditor" })).send().await;
        assert_eq!(changed.expect(200).json()["class"], json!("auditor"));
        owner.post(&format!("/v1/members/{member}/disable")).send().await.expect(200);
        manager.get("/v1/datasets").send().await.refused("unauthenticated");
        owner.post(&format!("/v1/members/{member}/enable")).send().await.expect(200);
        manager.get("/v1/datasets").send().await.expect(200);
        let ended = owner.delete(&format!("/v1/keys/{key}")).send().await.expect(200).json();
        assert!(ended["invalidated_at"].is_string() && ended["last_used_at"].is_string());
        manager.get("/v1/datasets").send().await.refused("unauthenticated");
        let seen = owner.get(&format!("/v1/keys/{key}")).send().await.expect(200).json();
        assert_eq!(seen["invalidated_at"], ended["invalidated_at"]);
    }

    async fn a_recovery_code_makes_a_key_and_does_nothing_else(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.customer_held_team("vault").await;
        let code = secrecy::ExposeSecret::expose_secret(team.recovery_code.as_ref().unwrap()).to_owned();
        let recovery = server.with_key(&code);
        recovery.get("/v1/tenant").send().await.refused("forbidden");
        let made = recovery.post("/v1/recovery").send().await.expect(201).json();
        server.with_key(&text_at(&made, "/secret")).get("/v1/tenant").send().await.expect(200);
    }

    async fn datasets_are_changed_archived_restored_and_deleted(db: TestDb) {
        let server = Server::on(db).await;
        let owner = server.by(&server.world.team("clinic").await.owner);
        owner.post("/v1/datasets").json(json!({ "name": "scans" })).send().await.expect(201);
        owner.post("/v1/datasets").json(json!({ "name": "scans" })).send().await.refused("conflict");
        let change = json!({ "name": "x-rays", "description": "Of hands" });
        let changed = owner.patch("/v1/datasets/scans").json(change).send().await.expect(200).json();
        assert_eq!((&changed["name"], &changed["description"]), (&json!("x-rays"), &json!("Of hands")));
        owner.get("/v1/datasets/scans").send().await.refused("not-found");
        owner.delete("/v1/datasets/x-rays").send().await.refused("conflict");
        let archived = owner.post("/v1/datasets/x-rays/archive").send().await.expect(200).json();
        assert!(archived["archived_at"].is_string());
        owner.post("/v1/datasets/x-rays/restore").send().await.expect(200);
        owner.post("/v1/datasets/x-rays/archive").send().await.expect(200);
        let deleted = owner.delete("/v1/datasets/x-rays").send().await.expect(200);
        assert_eq!(deleted.header("bailee-event"), text_at(&deleted.json(), "/event"));
        owner.get("/v1/datasets/x-rays").send().await.refused("not-found");
    }

    async fn the_operator_sees_that_there_are_tenants_and_no_more(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let operator = server.by(&server.world.operator);
        let listed = operator.get("/v1/tenants").send().await.expect(200);
        let slugs: Vec<_> = listed.json()["items"].as_array().unwrap().iter().map(|entry| text_at(entry, "/slug")).collect();
        assert!(slugs.contains(&"clinic".to_owned()), "{slugs:?}");
        assert!(!listed.text().contains("The clinic company"));
        server.by(&team.owner).get("/v1/tenants").send().await.refused("forbidden");
    }

    async fn the_table_of_rights_is_the_one_that_is_published(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let reply = server.by(&team.owner).get("/v1/access/matrix").send().await.expect(200);
        let served: access::Matrix = serde_json::from_slice(&reply.bytes).unwrap();
        let published = concat!(env!("CARGO_MANIFEST_DIR"), "/../../foundation/access/matrix.txt");
        assert_eq!(served.to_string(), std::fs::read_to_string(published).unwrap());
    }

    async fn anybody_may_ask_for_health_and_document(db: TestDb) {
        let server = Server::on(db).await;
        let health = server.nobody().get("/v1/health").send().await.expect(200).json();
        assert_eq!(health, json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }));
        let document = server.nobody().get("/v1/openapi.json").send().await.expect(200).json();
        assert_eq!(document, serde_json::to_value(api::openapi()).unwrap());
    }
}
