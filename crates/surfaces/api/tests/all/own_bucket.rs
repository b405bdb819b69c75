//! Datasets whose items lie in a bucket of the tenant's own.

use crate::common::{Client, Server, text_at};
use access::Class;
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

const REFERENCES: &str = "/v1/datasets/scans/references";
const MARKER: &[u8] = b"plaintext-marker";

/// A dataset that refers to the bucket.
async fn prepared(owner: &Client<'_>, bucket: &Elsewhere) {
    let made = owner.post("/v1/datasets").json(json!({ "name": "scans" }));
    made.send().await.expect(201);
    owner.put(PATH).json(description(bucket)).send().await.expect(200);
}

/// A dataset whose bucket takes what is put, and loses what is deleted.
async fn written_to(owner: &Client<'_>, bucket: &Elsewhere) {
    prepared(owner, bucket).await;
    let mut description = description(bucket);
    description["mode"] = json!("read-write");
    description["delete_remote"] = json!(true);
    let set = owner.put(PATH).json(description).send().await.expect(200).json();
    assert_eq!(
        (&set["mode"], &set["delete_remote"]),
        (&json!("read-write"), &json!(true))
    );
}

const ITEMS: &str = "/v1/datasets/scans/items";

/// What lies in the bucket under a key.
fn there(bucket: &Elsewhere, key: &str) -> Option<Vec<u8>> {
    std::fs::read(bucket.folder().join("scans").join(key)).ok()
}

/// Archives an item and deletes it for good.
async fn deleted(owner: &Client<'_>, item: &str) -> crate::common::Reply {
    let path = format!("/v1/items/{item}");
    owner.post(&format!("{path}/archive")).send().await.expect(200);
    owner.delete(&path).send().await.expect(200)
}

/// Puts an object into the bucket, as its tenant would.
fn give(bucket: &Elsewhere, key: &str, bytes: &[u8]) {
    let path = bucket.folder().join("scans").join(key);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn outcomes(answer: &Value) -> Vec<(&str, &str)> {
    let entries = answer["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| (entry["key"].as_str().unwrap(), entry["outcome"].as_str().unwrap()))
        .collect()
}

/// Neither the object store nor a column for bytes holds anything.
async fn check_nothing_kept(world: &World) {
    const BYTES: &str = "SELECT (SELECT count(*) FROM item_version WHERE inline_sealed IS NOT NULL OR object_id IS NOT NULL) \
         + (SELECT count(*) FROM version_part)";
    let found = world.database().read(|tx| tx.one(BYTES, &[])?.get::<i64>(0));
    assert_eq!(found.await.unwrap(), 0);
    assert!(world.object_files().is_empty());
}

/// What the bucket answers to whoever has the URL.
#[expect(clippy::disallowed_methods, reason = "a test, to the server that it started")]
fn fetched(url: &str) -> String {
    use std::io::{Read as _, Write as _};
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut socket = std::net::TcpStream::connect(host).unwrap();
    write!(
        socket,
        "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

/// How many objects wait to be removed from tenants' own buckets.
async fn waiting(world: &World) -> i64 {
    const ALL: &str = "SELECT count(*) FROM own_bucket_trash";
    let found = world.database().read(|tx| tx.one(ALL, &[])?.get::<i64>(0));
    found.await.unwrap()
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
        let shown = json!({
            "url": "s3://elsewhere/scans", "endpoint": bucket.endpoint(), "region": "us-east-1", "mode": "read",
            "delete_remote": false
        });
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

    async fn items_refer_to_objects_and_nothing_of_the_bytes_is_kept(db: TestDb) {
        let bucket = Elsewhere::start().unwrap();
        let server = allowing(db, &bucket).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        prepared(&owner, &bucket).await;
        let content: Vec<u8> = MARKER.iter().copied().cycle().take(300_000).collect();
        give(&bucket, "2026/a.bin", &content);
        give(&bucket, "2026/b/c.txt", b"small");
        give(&bucket, "2026/empty", b"");
        give(&bucket, "2025/d", b"another year");
        let first = json!({ "folder": "2026", "limit": 2 });
        let first = owner.post(REFERENCES).json(first).send().await.expect(200).json();
        assert_eq!(outcomes(&first), [("2026/a.bin", "created"), ("2026/b/c.txt", "created")]);
        let next = json!({ "folder": "2026/", "limit": 2, "cursor": first["next"] });
        let next = owner.post(REFERENCES).json(next).send().await.expect(200).json();
        assert_eq!(outcomes(&next), [("2026/empty", "created")]);
        assert!(next.get("next").is_none());
        let item = &first["entries"][0]["item"];
        assert_eq!(item["version"]["size"], 300_000);
        assert_eq!((item["version"]["sha256"].as_str(), item["version"]["reference"]["key"].as_str()), (Some(""), Some("2026/a.bin")));
        let path = format!("/v1/items/{}/content", item["id"].as_str().unwrap());
        assert_eq!(owner.get(&path).send().await.expect(200).bytes, content);
        let part = owner.get(&path).header("range", "bytes=65530-65545").send().await.expect(206);
        assert_eq!(part.bytes, content[65530..65546]);
        assert_eq!(part.header("content-range"), "bytes 65530-65545/300000");
        let empty = next["entries"][0]["item"]["id"].as_str().unwrap();
        assert!(owner.get(&format!("/v1/items/{empty}/content")).send().await.expect(200).bytes.is_empty());
        check_nothing_kept(&server.world).await;
    }

    async fn what_was_changed_elsewhere_is_not_passed_on(db: TestDb) {
        let bucket = Elsewhere::start().unwrap();
        let server = allowing(db, &bucket).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        prepared(&owner, &bucket).await;
        give(&bucket, "a", b"one state");
        let import = || owner.post(REFERENCES).json(json!({ "keys": ["a", "gone", "a//b"] })).send();
        let made = import().await.expect(200).json();
        assert_eq!(outcomes(&made), [("a", "created"), ("gone", "failed"), ("a//b", "failed")]);
        let path = format!("/v1/items/{}/content", made["entries"][0]["item"]["id"].as_str().unwrap());
        assert_eq!(outcomes(&import().await.expect(200).json())[0], ("a", "unchanged"));
        give(&bucket, "a", b"two state");
        let refused = owner.get(&path).send().await.expect(409);
        assert!(refused.text().contains("import it again"), "{}", refused.text());
        owner.get(&path).header("range", "bytes=0-2").send().await.expect(409);
        let trail = owner.get("/v1/trail").send().await.expect(200).text();
        assert!(trail.contains("altered in the dataset's own bucket"), "{trail}");
        let again = import().await.expect(200).json();
        assert_eq!(outcomes(&again)[0], ("a", "changed"));
        assert_eq!(owner.get(&path).send().await.expect(200).bytes, b"two state"[..]);
        std::fs::remove_file(bucket.folder().join("scans/a")).unwrap();
        owner.get(&path).send().await.expect(409);
    }

    async fn dead_credentials_and_absent_buckets_are_said_clearly(db: TestDb) {
        let mut bucket = Elsewhere::start().unwrap();
        let server = allowing(db, &bucket).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        prepared(&owner, &bucket).await;
        give(&bucket, "a", b"one state");
        let import = || owner.post(REFERENCES).json(json!({ "keys": ["a"] })).send();
        let made = import().await.expect(200).json();
        let path = format!("/v1/items/{}/content", made["entries"][0]["item"]["id"].as_str().unwrap());
        let mut dead = description(&bucket);
        dead["access_key"] = json!("nobody");
        owner.put(PATH).json(dead).send().await.expect(200);
        for refused in [import().await.expect(409), owner.get(&path).send().await.expect(409)] {
            assert!(refused.text().contains("give the dataset's own bucket other keys"), "{}", refused.text());
        }
        let mut other = description(&bucket);
        other["url"] = json!("s3://elsewhere/other");
        owner.put(PATH).json(other).send().await.expect(200);
        assert!(owner.get(&path).send().await.expect(409).text().contains("set it again"));
        owner.delete(PATH).send().await.expect(204);
        assert!(owner.get(&path).send().await.expect(409).text().contains("set it again"));
        import().await.expect(409);
        owner.put(PATH).json(description(&bucket)).send().await.expect(200);
        assert_eq!(owner.get(&path).send().await.expect(200).bytes, b"one state"[..]);
        bucket.stop();
        owner.get(&path).send().await.expect(503);
    }

    async fn bytes_are_refused_and_deletion_leaves_the_object(db: TestDb) {
        let bucket = Elsewhere::start().unwrap();
        let server = allowing(db, &bucket).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        prepared(&owner, &bucket).await;
        give(&bucket, "a", b"one state");
        for body in [&b"small"[..], &[7u8; 100_000]] {
            let refused = owner.post("/v1/datasets/scans/items?name=b").bytes(body).send().await.expect(409);
            assert!(refused.text().contains("own bucket"), "{}", refused.text());
        }
        let made = owner.post(REFERENCES).json(json!({ "keys": ["a"] })).send().await.expect(200).json();
        let item = format!("/v1/items/{}", made["entries"][0]["item"]["id"].as_str().unwrap());
        owner.put(&format!("{item}/content")).bytes(b"small").send().await.expect(409);
        owner.post(&format!("{item}/archive")).send().await.expect(200);
        owner.delete(&item).send().await.expect(200);
        owner.get(&item).send().await.expect(404);
        assert_eq!(std::fs::read(bucket.folder().join("scans/a")).unwrap(), b"one state");
        check_nothing_kept(&server.world).await;
    }

    async fn what_is_put_goes_into_the_bucket_and_nothing_of_it_is_kept(db: TestDb) {
        let bucket = Elsewhere::start().unwrap();
        let server = allowing(db, &bucket).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        written_to(&owner, &bucket).await;
        let large: Vec<u8> = MARKER.iter().copied().cycle().take(9 << 20).collect();
        for (name, content) in [("2026/small.txt", MARKER), ("none", b""), ("large.bin", &large[..])] {
            let path = format!("{ITEMS}?name={name}");
            let put = owner.post(&path).header("content-type", "image/png").bytes(content).send().await.expect(201);
            let stored = put.json();
            assert!(there(&bucket, name).unwrap() == content, "{name}");
            let version = &stored["item"]["version"];
            assert_eq!((text_at(version, "/sha256").len(), &*text_at(version, "/reference/key")), (64, name));
            let read = owner.get(&format!("/v1/items/{}/content", text_at(&stored, "/item/id"))).send().await.expect(200);
            assert!(read.bytes == content, "{name}");
            assert!(!read.header("repr-digest").is_empty());
            // What is there is not replaced: the bucket keeps no versions.
            let again = owner.post(&path).bytes(b"other").send().await.expect(409);
            assert!(again.text().contains("keeps no versions"), "{}", again.text());
            assert!(there(&bucket, name).unwrap() == content, "{name}");
        }
        give(&bucket, "theirs", b"an object of theirs");
        owner.post(&format!("{ITEMS}?name=theirs")).bytes(b"other").send().await.expect(409);
        assert_eq!(there(&bucket, "theirs").unwrap(), b"an object of theirs");
        let imported = owner.post(REFERENCES).json(json!({ "keys": ["2026/small.txt"] })).send().await.expect(200).json();
        assert_eq!(outcomes(&imported), [("2026/small.txt", "unchanged")]);
        check_nothing_kept(&server.world).await;
    }

    async fn a_put_that_is_refused_or_breaks_off_leaves_no_object(db: TestDb) {
        let bucket = Elsewhere::start().unwrap();
        let server = allowing(db, &bucket).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        written_to(&owner, &bucket).await;
        let rule = json!({ "ingest": { "max_bytes": 100_000 } });
        owner.patch("/v1/datasets/scans").json(rule).send().await.expect(200);
        let path = format!("{ITEMS}?name=a");
        let auditor = team.member(Class::Auditor).await;
        server.by(&auditor).post(&path).bytes(b"some").send().await.expect(403);
        owner.post(&path).bytes(&[7; 100_001]).send().await.expect(413);
        let wrong = format!("sha-256=:{}=:", "A".repeat(43));
        for size in [10, 90_000] {
            let put = owner.post(&path).header("content-digest", &wrong).bytes(&vec![7; size]);
            assert!(put.send().await.status >= 400);
            let stale = owner.post(&path).header("if-match", "\"0198f0c2-7d3a-7c11-9b1e-5f6a7b8c3fa1\"").bytes(&vec![7; size]);
            stale.send().await.expect(412);
        }
        assert_eq!(there(&bucket, "a"), None);
        owner.post(&format!("{ITEMS}?name=a//b")).bytes(b"some").send().await.expect(400);
        owner.post(&path).bytes(&[7; 100_000]).send().await.expect(201);
        check_nothing_kept(&server.world).await;
    }

    async fn a_repeated_put_is_answered_as_before(db: TestDb) {
        let bucket = Elsewhere::start().unwrap();
        let server = allowing(db, &bucket).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        written_to(&owner, &bucket).await;
        let put = |content: Vec<u8>| {
            let path = format!("{ITEMS}?name=a");
            let request = owner.post(&path).header("idempotency-key", "one").bytes(&content);
            async move { request.send().await }
        };
        for size in [10, 90_000] {
            let first = put(vec![size as u8; size]).await;
            match size {
                10 => assert_eq!(first.status, 201),
                // The key was used for other bytes.
                _ => assert!(first.status >= 400, "{}", first.text()),
            }
        }
        let again = put(vec![10; 10]).await;
        assert!((200..300).contains(&again.status), "{}", again.text());
        assert_eq!(there(&bucket, "a").unwrap(), [10; 10]);
    }

    async fn deletion_for_good_removes_the_object(db: TestDb) {
        let mut bucket = Elsewhere::start().unwrap();
        let server = allowing(db, &bucket).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        written_to(&owner, &bucket).await;
        let put = async |name: &str| {
            let stored = owner.post(&format!("{ITEMS}?name={name}")).bytes(b"some bytes").send().await.expect(201).json();
            text_at(&stored, "/item/id")
        };
        let (first, changed, later) = (put("first").await, put("changed").await, put("later").await);
        give(&bucket, "theirs", b"an object of theirs");
        let theirs = owner.post(REFERENCES).json(json!({ "keys": ["theirs"] })).send().await.expect(200).json();
        let event = deleted(&owner, &first).await;
        assert_eq!(there(&bucket, "first"), None);
        let entry = owner.get(&format!("/v1/trail/{}", event.header("bailee-event"))).send().await.expect(200).json();
        assert_eq!(text_at(&entry, "/event/details/own_bucket"), "removed");
        deleted(&owner, &text_at(&theirs, "/entries/0/item/id")).await;
        assert_eq!(there(&bucket, "theirs"), None);
        // A bucket that is away holds up no deletion, and is asked again later.
        bucket.stop();
        deleted(&owner, &later).await;
        bucket.resume().unwrap();
        assert!(there(&bucket, "later").is_some());
        assert_eq!(waiting(&server.world).await, 1);
        assert_eq!(server.world.custody.sweep_own_buckets().await.unwrap(), 1);
        assert_eq!((there(&bucket, "later"), waiting(&server.world).await), (None, 0));
        // Without being told so, objects stay.
        let mut kept = description(&bucket);
        kept["mode"] = json!("read-write");
        owner.put(PATH).json(kept).send().await.expect(200);
        deleted(&owner, &changed).await;
        assert!(there(&bucket, "changed").is_some());
        check_nothing_kept(&server.world).await;
    }

    async fn a_url_opens_the_object_in_the_bucket_and_is_a_download(db: TestDb) {
        let bucket = Elsewhere::start().unwrap();
        let server = allowing(db, &bucket).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        written_to(&owner, &bucket).await;
        give(&bucket, "a b", MARKER);
        let imported = owner.post(REFERENCES).json(json!({ "keys": ["a b"] })).send().await.expect(200).json();
        let path = format!("/v1/items/{}/content-url", text_at(&imported, "/entries/0/item/id"));
        let given = owner.get(&path).send().await.expect(200);
        assert_eq!(given.header("cache-control"), "no-store");
        let url = text_at(&given.json(), "/url");
        assert!(!url.contains(bucket.keys().1));
        assert!(fetched(&url).ends_with("plaintext-marker"), "{}", fetched(&url));
        let entry = owner.get(&format!("/v1/trail/{}", given.header("bailee-event"))).send().await.expect(200).json();
        assert_eq!((&*text_at(&entry, "/event/action"), &*text_at(&entry, "/event/outcome")), ("item.download", "done"));
        // Whoever may not download gets none; nor do keys whose streams are ended with them.
        let auditor = team.member(Class::Auditor).await;
        assert!([403, 404].contains(&server.by(&auditor).get(&path).send().await.status));
        let lent = owner.post("/v1/temporary-credentials").json(json!({ "label": "job" })).send().await.expect(201).json();
        server.with_key(&text_at(&lent, "/secret")).get(&path).send().await.expect(409);
        give(&bucket, "a b", b"changed by its owner");
        owner.get(&path).send().await.expect(409);
        let here = owner.post("/v1/datasets").json(json!({ "name": "here" })).send().await.expect(201).json();
        let kept = owner.post(&format!("/v1/datasets/{}/items?name=x", text_at(&here, "/id"))).bytes(b"x").send().await;
        let kept = kept.expect(201).json();
        owner.get(&format!("/v1/items/{}/content-url", text_at(&kept, "/item/id"))).send().await.expect(409);
    }
    async fn what_is_put_into_a_bucket_is_cleaned_on_its_way(db: TestDb) {
        let bucket = Elsewhere::start().unwrap();
        let server = allowing(db, &bucket).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        written_to(&owner, &bucket).await;
        owner.patch("/v1/datasets/scans").json(json!({ "ingest": { "redaction": "clean" } })).send().await.expect(200);
        let put = |name: &str, kind: &str, bytes: &[u8]| {
            owner.post(&format!("{ITEMS}?name={name}")).header("content-type", kind).bytes(bytes)
        };
        let long = format!("{} jane@example.com", "words ".repeat(20_000));
        for (name, letter) in [("short", "ask jane@example.com"), ("long", &long)] {
            let stored = put(name, "text/plain", letter.as_bytes()).send().await.expect(201).json();
            let clean = letter.replace("jane@example.com", "[EMAIL]").into_bytes();
            assert_eq!(there(&bucket, name).unwrap(), clean);
            assert_eq!(stored["item"]["version"]["size"], clean.len());
        }
        // There is no place for what may not lie in the bucket.
        let refused = put("held", "application/pdf", b"%PDF-1.7").send().await.expect(400).refused("invalid");
        assert_eq!(refused.field.as_deref(), Some("body"));
        assert_eq!(there(&bucket, "held"), None);
        give(&bucket, "given", b"jane@example.com");
        let import = owner.post(REFERENCES).json(json!({ "keys": ["given"] })).send().await;
        let told = import.expect(400).refused("invalid");
        assert!(told.detail.contains("only referred to"), "{}", told.detail);
        check_nothing_kept(&server.world).await;
    }
}
