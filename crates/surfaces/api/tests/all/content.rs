//! Bytes in and out: conditions, ranges, digests, repetitions, connections that break.

use std::convert::Infallible;
use std::io;

use crate::common::{Call, Client, Server, noise, text_at};
use access::Class;
use axum::body::Body;
use bytes::Bytes;
use engines::TestDb;
use futures_util::stream;
use serde_json::json;
use testkit::Team;

/// A team with a dataset `scans`.
async fn stage(db: TestDb) -> (Server, Team) {
    let server = Server::on(db).await;
    let team = server.world.team("clinic").await;
    team.owner.dataset("scans").await.unwrap();
    (server, team)
}

async fn etag(owner: &Client<'_>, path: &str) -> String {
    owner
        .head(path)
        .send()
        .await
        .expect(200)
        .header("etag")
        .to_owned()
}

/// RFC 9530's form of a SHA-256.
fn digest(hex_text: &str) -> String {
    let mut bytes = [0; 32];
    hex::decode_to_slice(hex_text, &mut bytes).unwrap();
    web::digest::format(&bytes)
}

engines::on_both! {
    async fn a_record_is_taken_in_found_put_right_and_deleted(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        let kind = json!({ "subject": "email", "fields": [
            { "name": "email", "type": "email", "required": true, "find_by_value": true },
            { "name": "about", "type": "text", "find_by_word": true }
        ] });
        let declared = owner.put("/v1/datasets/scans/kinds/profile").json(kind.clone()).send().await.expect(200).json();
        assert_eq!((&declared["version"], &declared["fields"][1]["type"]), (&json!(1), &json!("text")));
        let wrong = json!({ "fields": [{ "name": "email", "type": "telex" }] });
        owner.put("/v1/datasets/scans/kinds/profile").json(wrong).send().await.refused("invalid");
        assert_eq!(owner.get("/v1/datasets/scans/kinds").send().await.expect(200).json()["kinds"][0]["name"], "profile");

        let new = |email: &str| json!({
            "kind": "profile", "values": { "email": email, "about": "asked about renewal" },
            "from": { "source": "web form", "basis": "contract" }
        });
        let refused = owner.post("/v1/datasets/scans/records").json(new("secret")).send().await.refused("invalid");
        assert_eq!(refused.field.as_deref(), Some("values"));
        assert!(refused.detail.contains("`email`") && !refused.detail.contains("secret"), "{}", refused.detail);
        let post = || owner.post("/v1/datasets/scans/records").header("idempotency-key", "k").json(new("Ann@example.org"));
        let made = post().send().await.expect(201);
        let (path, tag) = (made.header("location").to_owned(), made.header("etag").to_owned());
        assert_eq!(post().send().await.expect(201).json(), made.json(), "a repetition makes nothing");

        let find = async |body: serde_json::Value| {
            let found = owner.post("/v1/datasets/scans/records/find").json(body).send().await.expect(200).json();
            found["items"].as_array().unwrap().len()
        };
        let by_value = || json!({ "kind": "profile", "field": "email", "value": "ann@EXAMPLE.org" });
        assert_eq!(find(by_value()).await, 1);
        assert_eq!(find(json!({ "kind": "profile", "field": "about", "words": "renewal" })).await, 1);
        let neither = json!({ "kind": "profile", "field": "email" });
        owner.post("/v1/datasets/scans/records/find").json(neither).send().await.refused("invalid");

        let shown = owner.get(&path).send().await.expect(200);
        assert_eq!(shown.header("etag"), tag);
        let shown = shown.json();
        assert_eq!((&shown["values"]["email"], &shown["provenance"]["email"]["basis"]), (&json!("Ann@example.org"), &json!("contract")));
        let right = || owner.patch(&path).header("bailee-reason", "she called").json(json!({
            "values": { "about": null }, "from": { "source": "a call" }
        }));
        assert_eq!(right().send().await.refused("invalid").field.as_deref(), Some("if-match"));
        let changed = right().header("if-match", &tag).send().await.expect(200);
        assert_ne!(changed.header("etag"), tag);
        assert_eq!((&changed.json()["number"], &changed.json()["reason"]), (&json!(2), &json!("she called")));
        right().header("if-match", &tag).send().await.refused("condition-failed");
        let before = owner.get(&format!("{path}?version={}", tag.trim_matches('"'))).send().await.expect(200).json();
        assert_eq!(before["values"]["about"], "asked about renewal");
        assert_eq!(find(json!({ "kind": "profile", "field": "about", "words": "renewal" })).await, 0);

        assert!(owner.delete(&path).send().await.status >= 400, "archive it before");
        let item = path.replace("/records/", "/items/");
        owner.post(&format!("{item}/archive")).send().await.expect(200);
        assert_eq!(find(by_value()).await, 0);
        owner.delete(&path).send().await.expect(200);
        owner.get(&path).send().await.refused("not-found");
        owner.delete("/v1/datasets/scans/kinds/profile").send().await.expect(200);
        owner.delete("/v1/datasets/scans/kinds/profile").send().await.refused("not-found");
    }

    async fn masked_fields_are_masked_and_marked_over_rest(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        let phone = |mask: &str| json!({ "fields": [{ "name": "phone", "type": "phone", "find_by_value": true, "masked": mask }, { "name": "city", "type": "text" }] });
        let kind = "/v1/datasets/scans/kinds/profile";
        for bad in ["middle-two", "year"] {
            owner.put(kind).json(phone(bad)).send().await.refused("invalid");
        }
        assert_eq!(owner.put(kind).json(phone("last-four")).send().await.expect(200).json()["fields"][0]["masked"], "last-four");
        let new = json!({ "kind": "profile", "values": { "phone": "+372 5123 4567", "city": "Tartu" }, "from": { "source": "a call" } });
        let made = owner.post("/v1/datasets/scans/records").json(new).send().await.expect(201);
        let path = made.header("location").to_owned();
        let version = made.header("etag").trim_matches('"').to_owned();
        let item = path.replace("/records/", "/items/");
        owner.post("/v1/datasets/scans/exports").json(json!({})).send().await.expect(201);
        let user = team.member(Class::User).await;
        let user = server.by(&user);
        for path in [path.clone(), format!("{path}?version={version}")] {
            let seen = user.get(&path).send().await.expect(200).json();
            assert_eq!((&seen["values"], &seen["masked"]), (&json!({ "phone": "***4567", "city": "Tartu" }), &json!(["phone"])));
        }
        let id = text_at(&made.json(), "/id");
        for path in [format!("{item}/content"), format!("{item}/content?version={version}"), format!("/v1/datasets/scans/exports/1/items/{id}/content")] {
            let refused = user.get(&path).send().await;
            assert!([403, 404].contains(&refused.status) && !refused.text().contains("5123"), "{path}: {}", refused.text());
        }
        let refused = user.get(&format!("{item}/content")).send().await.refused("forbidden");
        assert!(refused.detail.contains("GET /v1/records/{record}"), "{}", refused.detail);
        let query = json!({ "kind": "profile", "field": "phone", "value": "+372 51234567" });
        user.post("/v1/datasets/scans/records/find").json(query).send().await.refused("forbidden");
        user.get(&format!("{item}/view/text?reveal=%2Fvalues%2Fphone")).header("bailee-reason", "she called").send().await.refused("forbidden");
        let reveal = format!("{path}?reveal=phone");
        user.get(&reveal).header("bailee-reason", "she called").send().await.refused("forbidden");
        assert_eq!(owner.get(&reveal).send().await.refused("invalid").field.as_deref(), Some("bailee-reason"));
        let shown = owner.get(&reveal).header("bailee-reason", "she called").send().await.expect(200).json();
        assert_eq!((&shown["values"]["phone"], &shown["masked"]), (&json!("+372 5123 4567"), &json!([])));
        let whole = owner.get(&path).send().await.expect(200).json();
        assert_eq!((&whole["values"]["phone"], &whole["masked"]), (&json!("+372 5123 4567"), &json!([])));

        // A file of an export leaves out what cannot be masked, and says so.
        let key = team.owner.issue_key_naming(team.owner.member, &["export.*", "dataset.*", "item.*"]).await;
        let narrow = team.owner.with_key(&key);
        let taken = server.by(&narrow).get("/v1/datasets/scans/exports/1/archive").send().await.expect(200);
        let text = String::from_utf8_lossy(&taken.bytes);
        assert!(!text.contains("5123") && text.contains("left_out") && text.contains("masked fields"), "{text}");
    }

    async fn what_the_client_has_is_not_sent_again(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        let stored = owner.store("scans", "one", &noise(9_000)).await;
        let content = format!("/v1/items/{}/content", text_at(&stored, "/item/id"));
        let tag = etag(&owner, &content).await;
        assert_eq!(tag, format!("\"{}\"", text_at(&stored, "/item/version/id")));
        let known = owner.get(&content).header("if-none-match", &format!("W/{tag}")).send().await.expect(304);
        assert!(known.bytes.is_empty() && known.header("etag") == tag && !known.header("bailee-event").is_empty());
        owner.get(&content).header("if-none-match", "\"other\"").send().await.expect(200);
        owner.get(&content).header("if-match", &tag).send().await.expect(200);
        owner.get(&content).header("if-match", "\"other\"").send().await.refused("condition-failed");
        let unreadable = owner.get(&content).header("if-match", "no quotes").send().await;
        assert_eq!(unreadable.refused("invalid").field.as_deref(), Some("if-match"));
    }

    async fn a_head_shows_everything_but_the_bytes(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        let bytes = noise(100_000);
        let stored = owner.store("scans", "one", &bytes).await;
        let content = format!("/v1/items/{}/content", text_at(&stored, "/item/id"));
        let head = owner.head(&content).send().await.expect(200);
        let get = owner.get(&content).send().await.expect(200);
        assert!(head.bytes.is_empty() && get.bytes == bytes);
        for name in ["content-length", "content-type", "etag", "repr-digest", "content-disposition", "accept-ranges"] {
            assert_eq!(head.header(name), get.header(name), "{name}");
        }
        assert_eq!(get.header("repr-digest"), digest(&text_at(&stored, "/item/version/sha256")));
        assert_ne!(head.header("bailee-event"), get.header("bailee-event"));
    }

    async fn ranges_are_exact_or_refused_or_not_counted(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        let bytes = noise(200_000);
        let stored = owner.store("scans", "one", &bytes).await;
        let content = format!("/v1/items/{}/content", text_at(&stored, "/item/id"));
        let past = owner.get(&content).header("range", "bytes=200000-").send().await;
        past.refused("range-not-satisfiable");
        assert_eq!(past.header("content-range"), "bytes */200000");
        let trail = owner.get("/v1/trail?action=item.download").send().await.expect(200).json();
        let events: Vec<_> = trail["items"].as_array().unwrap().iter().map(|entry| text_at(entry, "/event/outcome")).collect();
        assert_eq!(events, ["refused"], "one request, one event");
        for ignored in ["bytes=0-1,5-6", "items=0-1", "bytes=7-3"] {
            let whole = owner.get(&content).header("range", ignored).send().await.expect(200);
            assert!(whole.bytes == bytes, "{ignored}");
        }

        // A range that was begun on one version does not go on in another.
        let first = etag(&owner, &content).await;
        let ask = async |tag: &str| owner.get(&content).header("range", "bytes=10-19").header("if-range", tag).send().await;
        assert!(ask(&first).await.expect(206).bytes == bytes[10..20]);
        let newer = noise(300_000);
        owner.put(&content).bytes(&newer).send().await.expect(200);
        assert!(ask(&first).await.expect(200).bytes == newer);
        assert!(ask("\"no version\"").await.expect(200).bytes == newer);
        assert!(ask(&etag(&owner, &content).await).await.expect(206).bytes == newer[10..20]);
        let both = owner.get(&content).header("range", "bytes=10-19").header("if-range", &first).header("if-match", &first);
        both.send().await.refused("condition-failed");

        // Older versions stay readable by their id.
        let old = format!("{content}?version={}", first.trim_matches('"'));
        assert!(owner.get(&old).send().await.expect(200).bytes == bytes);
        let versions = owner.get(&content.replace("/content", "/versions")).send().await.expect(200).json();
        assert_eq!(versions["items"].as_array().unwrap().len(), 2);
    }

    async fn an_empty_item_is_whole_and_has_no_range(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        let stored = owner.store("scans", "empty", b"").await;
        let content = format!("/v1/items/{}/content", text_at(&stored, "/item/id"));
        let whole = owner.get(&content).send().await.expect(200);
        assert!(whole.bytes.is_empty() && whole.header("content-length") == "0");
        let part = owner.get(&content).header("range", "bytes=0-").send().await;
        part.refused("range-not-satisfiable");
        assert_eq!(part.header("content-range"), "bytes */0");
    }

    async fn writes_hold_to_their_conditions(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        let item = text_at(&owner.store("scans", "one", b"first").await, "/item/id");
        let content = format!("/v1/items/{item}/content");
        let first = etag(&owner, &content).await;
        let second = owner.put(&content).header("if-match", &first).bytes(b"second").send().await.expect(200);
        assert_eq!(second.json()["created"], json!(false));
        assert_eq!(second.header("etag"), etag(&owner, &content).await);
        owner.put(&content).header("if-match", &first).bytes(b"third").send().await.refused("condition-failed");
        let named = "/v1/datasets/scans/items?name=one";
        owner.post(named).header("if-none-match", "*").bytes(b"fourth").send().await.refused("condition-failed");
        owner.post(named).bytes(b"fourth").send().await.expect(200);
        owner.post("/v1/datasets/scans/items?name=two").header("if-none-match", "*").bytes(b"x").send().await.expect(201);
        assert_eq!(owner.get(&content).send().await.expect(200).bytes, "fourth");
    }

    async fn what_was_declared_is_held_against_what_came(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        let path = "/v1/datasets/scans/items?name=one";
        for bytes in [noise(400), noise(400_000)] {
            let right = format!("sha-512=:AAAA:, {}", digest(&sha256(&owner, &bytes).await));
            let wrong = digest(&"0".repeat(64));
            owner.post(path).header("content-digest", &wrong).bytes(&bytes).send().await.refused("mismatch");
            let short = owner.post(path).bytes(&bytes).body(Body::from(bytes[1..].to_vec()));
            short.send().await.refused("mismatch");
            assert_eq!(listed(&owner).await, 0);
            owner.post(path).header("content-digest", &right).bytes(&bytes).send().await.expect(201);
            let item = text_at(&owner.get("/v1/datasets/scans/items?name=one").send().await.json(), "/items/0/id");
            owner.post(&format!("/v1/items/{item}/archive")).send().await.expect(200);
            owner.delete(&format!("/v1/items/{item}")).send().await.expect(200);
        }
        let unreadable = owner.post(path).header("content-digest", "sha-256=abc").bytes(b"x").send().await;
        assert_eq!(unreadable.refused("invalid").field.as_deref(), Some("content-digest"));
        let too_large = owner.post(path).header("content-length", "6000000000000").body(endless()).send().await;
        too_large.refused("too-large");
    }

    async fn an_upload_that_breaks_off_leaves_nothing(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        for bytes in [noise(400), noise(400_000)] {
            let broken = [Ok(Bytes::from(bytes)), Err(io::Error::other("the cable was pulled"))];
            let body = Body::from_stream(stream::iter(broken));
            let reply = owner.post("/v1/datasets/scans/items?name=one").body(body).send().await;
            assert!(!reply.refused("interrupted").detail.contains("cable"));
            assert_eq!(listed(&owner).await, 0);
        }
    }

    async fn a_refused_upload_is_answered_before_its_bytes_have_come(db: TestDb) {
        let (server, team) = stage(db).await;
        let (owner, auditor) = (server.by(&team.owner), team.member(Class::Auditor).await);
        let path = "/v1/datasets/scans/items?name=one";
        upload(&server.nobody(), path).send().await.refused("unauthenticated");
        upload(&server.by(&auditor), path).send().await.refused("forbidden");
        upload(&owner, &path.replace("scans", "others")).send().await.refused("not-found");
    }

    async fn altered_bytes_are_never_sent(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        let bytes = noise(3 << 20);
        let stored = owner.store("scans", "one", &bytes).await;
        let content = format!("/v1/items/{}/content", text_at(&stored, "/item/id"));
        let file = server.world.object_files().remove(0);
        let sealed = std::fs::read(&file).unwrap();
        let altered_at = |place: usize| {
            let mut altered = sealed.clone();
            altered[place] ^= 1;
            let mut permissions = std::fs::metadata(&file).unwrap().permissions();
            #[allow(clippy::permissions_set_readonly_false, reason = "the test plays somebody with the disk in hand")]
            permissions.set_readonly(false);
            std::fs::set_permissions(&file, permissions).unwrap();
            std::fs::write(&file, altered).unwrap();
        };
        altered_at(1_000);
        let early = owner.get(&content).send().await;
        early.refused("altered");

        // Too late for a status: the connection is cut, and what came is right as far as it goes.
        altered_at(sealed.len() - 1_000);
        let late = owner.get(&content).send().await.expect(200);
        assert!(late.broken && late.bytes.len() < bytes.len() && bytes.starts_with(&late.bytes));
        assert_eq!(late.header("content-length"), bytes.len().to_string());
    }

    async fn a_repeated_upload_is_answered_and_not_repeated(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        let upload = async |name: &str, camera: &str, bytes: &[u8]| {
            let path = format!("/v1/datasets/scans/items?name={name}");
            let call = owner.post(&path).header("idempotency-key", "upload-7").header("bailee-meta-camera", camera);
            call.bytes(bytes).send().await
        };
        let bytes = noise(100_000);
        let first = upload("one", "front", &bytes).await.expect(201);
        let again = upload("one", "front", &bytes).await.expect(201);
        assert_eq!(first.json(), again.json());
        assert_eq!(listed(&owner).await, 1);
        upload("two", "front", &bytes).await.refused("idempotency-mismatch");
        upload("one", "back", &bytes).await.refused("idempotency-mismatch");
        upload("one", "front", b"other bytes").await.refused("idempotency-mismatch");

        // Keys of one person say nothing about another's.
        let user = team.member(Class::User).await;
        let other = server.by(&user).post("/v1/datasets/scans/items?name=two").header("idempotency-key", "upload-7");
        other.bytes(&bytes).send().await.expect(201);
    }
}

/// An upload of which only the head has come.
fn upload<'s>(client: &Client<'s>, path: &str) -> Call<'s> {
    client
        .post(path)
        .header("content-length", "1000000")
        .body(endless())
}

async fn listed(owner: &Client<'_>) -> usize {
    let page = owner
        .get("/v1/datasets/scans/items")
        .send()
        .await
        .expect(200)
        .json();
    page["items"].as_array().unwrap().len()
}

/// The server's own opinion of the SHA-256 of these bytes, from an item that is gone again.
async fn sha256(owner: &Client<'_>, bytes: &[u8]) -> String {
    let stored = owner.store("scans", "measure", bytes).await;
    let path = format!("/v1/items/{}", text_at(&stored, "/item/id"));
    owner.post(&format!("{path}/archive")).send().await.expect(200);
    owner.delete(&path).send().await.expect(200);
    text_at(&stored, "/item/version/sha256")
}

/// A body of which nothing ever comes: whoever waits for it never answers.
fn endless() -> Body {
    Body::from_stream(stream::pending::<Result<Bytes, Infallible>>())
}
