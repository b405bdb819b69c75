//! Datasets that take in some things only.

use crate::common::{Server, noise, text_at};
use axum::body::Body;
use serde_json::json;

engines::on_both! {
    async fn a_dataset_says_what_it_takes_and_holds_to_it(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        let rule = json!({ "types": ["image/*"], "max_bytes": 50_000, "classes": ["health", "id-document"] });
        let made = owner.post("/v1/datasets").json(json!({ "name": "scans", "ingest": rule })).send().await.expect(201).json();
        assert_eq!(made["ingest"], rule);
        assert_eq!(owner.get("/v1/datasets/scans").send().await.expect(200).json()["ingest"], rule);
        let gif = |length: usize| [b"GIF89a".to_vec(), noise(length)].concat();
        let put = |class: &str, kind: &str, bytes: &[u8]| {
            owner.post(&format!("/v1/datasets/scans/items?name=a{class}")).header("content-type", kind).bytes(bytes)
        };
        let class = put("", "image/gif", &gif(10)).send().await.expect(400).refused("invalid");
        assert_eq!(class.field.as_deref(), Some("class"));
        assert!(class.detail.contains("health, id-document"), "{}", class.detail);
        put("&class=other", "image/gif", &gif(10)).send().await.expect(400).refused("invalid");
        let kind = put("&class=health", "text/csv", b"a,b").send().await.expect(415).refused("unsupported-media-type");
        assert!(kind.detail.contains("image/*"), "{}", kind.detail);
        put("&class=health", "image/png", &gif(40_000)).send().await.expect(415);
        let size = put("&class=health", "image/gif", &gif(50_000)).send().await.expect(413).refused("too-large");
        assert!(size.detail.contains("50000 bytes"), "{}", size.detail);
        let growing = (0..10).map(move |_| Ok::<_, std::io::Error>(gif(9_994)));
        let growing = Body::from_stream(futures_util::stream::iter(growing));
        let put_growing = owner.post("/v1/datasets/scans/items?name=a&class=health").header("content-type", "image/gif");
        put_growing.body(growing).send().await.expect(413);
        let items = owner.get("/v1/datasets/scans/items").send().await.expect(200).json();
        assert_eq!(items["items"], json!([]));
        let stored = put("&class=health", "image/gif", &gif(49_000)).send().await.expect(201).json();
        assert_eq!(stored["item"]["version"]["class"], "health");
        let item = text_at(&stored, "/item/id");
        let change = |query: &str, bytes: &[u8]| {
            owner.put(&format!("/v1/items/{item}/content{query}")).header("content-type", "image/gif").bytes(bytes)
        };
        change("", &gif(10)).send().await.expect(400).refused("invalid");
        change("?class=health", b"not a picture").send().await.expect(415);
        let changed = change("?class=id-document", &gif(10)).send().await.expect(200).json();
        assert_eq!(changed["item"]["version"]["class"], "id-document");
        let record = owner.post("/v1/datasets/scans/items?name=r&kind=record&class=health").bytes(br#"{"a":1}"#);
        record.send().await.expect(415);
        let refused = owner.get("/v1/trail?outcome=refused").send().await.expect(200).json();
        assert_eq!(refused["items"].as_array().unwrap().len(), 9);
    }

    async fn the_rule_is_changed_and_taken_away_by_those_who_may_change_the_dataset(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        team.owner.dataset("scans").await.unwrap();
        let change = |ingest: serde_json::Value| owner.patch("/v1/datasets/scans").json(json!({ "ingest": ingest }));
        let set = change(json!({ "types": ["Text/CSV"] })).send().await.expect(200).json();
        assert_eq!(set["ingest"], json!({ "types": ["text/csv"] }));
        for wrong in [json!({}), json!({ "types": ["csv"] }), json!({ "max_bytes": 0 }), json!({ "classes": ["A B"] }), json!({ "kinds": [] }), json!({ "redaction": "off" })] {
            change(wrong).send().await.expect(400).refused("invalid");
        }
        let other = owner.patch("/v1/datasets/scans").json(json!({ "description": "new" })).send().await.expect(200).json();
        assert_eq!(other["ingest"], json!({ "types": ["text/csv"] }), "what is not said stays");
        let set = change(json!({ "redaction": "clean" })).send().await.expect(200).json();
        assert_eq!(set["ingest"], json!({ "redaction": "clean" }));
        let put = |kind: &str, bytes: &[u8]| {
            owner.post("/v1/datasets/scans/items?name=a").header("content-type", kind).bytes(bytes)
        };
        let stored = put("text/plain", b"ask jane@example.com").send().await.expect(201).json();
        assert_eq!((&stored["item"]["version"]["size"], &stored["cleaned"]), (&json!(11), &json!({ "kind": "text", "findings": 1 })));
        change(json!({ "redaction": "clean-or-refuse" })).send().await.expect(200);
        let refused = put("application/pdf", b"%PDF-1.7").send().await.expect(400).refused("invalid");
        assert_eq!(refused.field.as_deref(), Some("body"));
        let user = team.member(access::Class::User).await;
        server.by(&user).patch("/v1/datasets/scans").json(json!({ "ingest": null })).send().await.expect(403);
        assert!(change(json!(null)).send().await.expect(200).json().get("ingest").is_none());
        owner.store("scans", "anything", &noise(100)).await;
    }
    async fn a_dataset_that_asks_why_is_read_for_its_reasons_alone(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        let rule = json!({ "reasons": ["care", "billing"], "note": true });
        let made = owner.post("/v1/datasets").json(json!({ "name": "scans", "reading": rule })).send().await.expect(201).json();
        assert_eq!(made["reading"], rule);
        for wrong in [json!({}), json!({ "reasons": [] }), json!({ "reasons": ["Care"] }), json!({ "reasons": ["a"], "text": true })] {
            owner.patch("/v1/datasets/scans").json(json!({ "reading": wrong })).send().await.expect(400).refused("invalid");
        }
        let item = text_at(&owner.store("scans", "a", b"bytes").await, "/item/id");
        let path = format!("/v1/items/{item}/content");
        for said in [None, Some("curiosity"), Some("care:")] {
            let read = |path: &str| said.iter().fold(owner.get(path), |read, said| read.header("bailee-reason", said));
            for way in [path.clone(), format!("/v1/items/{item}/view/text"), format!("/v1/items/{item}/view/info")] {
                let refused = read(&way).send().await.expect(403);
                assert_eq!(refused.json()["reasons"], json!(["reading.reason"]), "{way}: {said:?}");
                let told = refused.refused("forbidden");
                assert_eq!(told.field.as_deref(), Some("bailee-reason"));
                assert!(told.detail.contains("one of care, billing"), "{}", told.detail);
            }
        }
        owner.call(http::Method::HEAD, &path).body(Body::empty()).send().await.expect(200);
        owner.get(&format!("/v1/items/{item}")).send().await.expect(200);
        let read = owner.get(&path).header("bailee-reason", "care: she called").send().await.expect(200);
        assert_eq!(read.text(), "bytes");
        let entries = owner.get("/v1/trail?action=item.download&outcome=done").send().await.expect(200).json();
        assert_eq!(text_at(&entries, "/items/0/event/reason"), "care: she called");
        let other = owner.patch("/v1/datasets/scans").json(json!({ "description": "new" })).send().await.expect(200).json();
        assert_eq!(other["reading"], rule, "what is not said stays");
        assert!(owner.patch("/v1/datasets/scans").json(json!({ "reading": null })).send().await.expect(200).json().get("reading").is_none());
        owner.get(&path).send().await.expect(200);
    }

    async fn what_is_in_quarantine_is_told_to_the_writer_and_decided_by_those_who_may(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let (owner, user) = (server.by(&team.owner), team.member(access::Class::User).await);
        let user = server.by(&user);
        team.owner.dataset("scans").await.unwrap();
        owner.patch("/v1/datasets/scans").json(json!({ "ingest": { "redaction": "clean" } })).send().await.expect(200);
        let put = |name: &str| user.post(&format!("/v1/datasets/scans/items?name={name}")).bytes(b"%PDF-1.7 Jane Doe");
        let stored = put("a").send().await.expect(201).json();
        assert!(text_at(&stored, "/item/version/quarantine/reason").contains("cannot be cleaned"));
        assert!(text_at(&stored, "/item/version/quarantine/since").starts_with("20"));
        let (item, version) = (text_at(&stored, "/item/id"), text_at(&stored, "/item/version/id"));
        for client in [&owner, &user] {
            for end in ["", "/versions", "/content", "/view", "/view/info", "/view/text", "/content-url"] {
                let told = client.get(&format!("/v1/items/{item}{end}")).send().await.expect(409).refused("conflict");
                assert!(told.detail.contains("in quarantine"), "{}", told.detail);
            }
            client.get(&format!("/v1/items/{item}/content?version={version}")).send().await.expect(409);
            client.call(http::Method::HEAD, &format!("/v1/items/{item}/content")).body(Body::empty()).send().await.expect(409);
            client.post(&format!("/v1/items/{item}/archive")).send().await.expect(409);
            let items = client.get("/v1/datasets/scans/items").send().await.expect(200).json();
            assert_eq!(items["items"], json!([]));
        }
        put("b").send().await.expect(201);
        let first = owner.get("/v1/datasets/scans/quarantine?limit=1").send().await.expect(200).json();
        assert_eq!(first["items"], json!([stored["item"]]));
        let next = text_at(&first, "/next");
        let second = owner.get(&format!("/v1/datasets/scans/quarantine?cursor={next}")).send().await.expect(200).json();
        assert_eq!((text_at(&second, "/items/0/name"), second.get("next")), ("b".to_owned(), None));
        user.get("/v1/datasets/scans/quarantine").send().await.expect(403);
        let held = format!("/v1/items/{item}/quarantine/{version}");
        let release = |reason: &str| owner.post(&format!("{held}/release")).json(json!({ "reason": reason }));
        for none in ["", "  ", "a\nb"] {
            assert_eq!(release(none).send().await.expect(400).refused("invalid").field.as_deref(), Some("reason"));
        }
        user.post(&format!("{held}/release")).json(json!({ "reason": "please" })).send().await.expect(403);
        let released = release("nobody's letter").send().await.expect(200).json();
        assert_eq!(released["item"]["version"].get("quarantine"), None);
        assert_eq!(user.get(&format!("/v1/items/{item}/content")).send().await.expect(200).text(), "%PDF-1.7 Jane Doe");
        let event = owner.get(&format!("/v1/trail/{}", text_at(&released, "/event"))).send().await.expect(200).json();
        assert_eq!(text_at(&event, "/event/reason"), "nobody's letter");
        release("again").send().await.expect(409).refused("conflict");
        let (item, version) = (text_at(&second, "/items/0/id"), text_at(&second, "/items/0/version/id"));
        let held = format!("/v1/items/{item}/quarantine/{version}");
        user.delete(&held).send().await.expect(403);
        owner.delete(&held).send().await.expect(200);
        owner.delete(&held).send().await.expect(404);
    }
}
