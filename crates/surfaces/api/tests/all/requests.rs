//! What is the same for every route: headers, pages, filters, repetitions, and how each kind of problem shows.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::common::{Client, Reply, Server, text_at};
use access::Class;
use axum::body::Body;
use axum::extract::connect_info::ConnectInfo;
use engines::TestDb;
use http::Request;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use testkit::Team;
use web::client::Peer;

async fn stage(db: TestDb) -> (Server, Team) {
    let server = Server::on(db).await;
    let team = server.world.team("clinic").await;
    (server, team)
}

/// All rows of a listing, a page at a time, with the sizes of the pages.
async fn walk(client: &Client<'_>, path: &str) -> (Vec<Value>, Vec<usize>) {
    let (mut rows, mut sizes, mut cursor) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = client
            .get(&format!("{path}{cursor}"))
            .send()
            .await
            .expect(200)
            .json();
        let items = page["items"].as_array().unwrap();
        sizes.push(items.len());
        rows.extend(items.iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (rows, sizes),
        }
    }
}

fn names(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| text_at(row, "/name")).collect()
}

async fn record(client: &Client<'_>, name: &str, record: Value) -> Reply {
    let path = format!("/v1/datasets/people/items?kind=record&name={name}");
    client.post(&path).json(record).send().await
}

engines::on_both! {
    async fn pages_go_on_where_the_last_one_ended(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        team.owner.dataset("scans").await.unwrap();
        for number in 0..7 {
            team.owner.put("scans", &format!("scan-{number}"), b"x").await.unwrap();
        }
        let (rows, sizes) = walk(&owner, "/v1/datasets/scans/items?limit=3").await;
        assert_eq!(names(&rows), (0..7).map(|number| format!("scan-{number}")).collect::<Vec<_>>());
        assert_eq!(sizes, [3, 3, 1]);
        for path in ["/v1/members?limit=1", "/v1/keys?limit=1", "/v1/datasets?limit=1"] {
            assert!(!walk(&owner, path).await.0.is_empty(), "{path}");
        }
        let (events, _) = walk(&owner, "/v1/trail?action=item.create&limit=2").await;
        assert_eq!(events.len(), 7);
        assert!(events.windows(2).all(|pair| pair[0]["at"].as_str() > pair[1]["at"].as_str()), "newest first");
        for (query, field) in [("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("cursor=!", "cursor"), ("page=2", "page")] {
            let reply = owner.get(&format!("/v1/datasets/scans/items?{query}")).send().await;
            assert_eq!(reply.refused("invalid").field.as_deref(), Some(field), "{query}");
        }
    }

    async fn items_are_found_by_name_state_person_and_field(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        team.owner.dataset_with("people", &["email"]).await.unwrap();
        record(&owner, "ann", json!({ "email": "Ann@Example.org" })).await.expect(201);
        record(&owner, "ben", json!({ "email": "ben@example.org" })).await.expect(201);
        let about = owner.post("/v1/datasets/people/items?name=scan-1&subject=patient-7").bytes(b"x").send().await.expect(201);
        let archived = text_at(&about.json(), "/item/id");
        owner.post(&format!("/v1/items/{archived}/archive")).send().await.expect(200);
        let found = async |query: &str| {
            let page = owner.get(&format!("/v1/datasets/people/items?{query}")).send().await.expect(200).json();
            names(page["items"].as_array().unwrap())
        };
        assert_eq!(found("").await, ["ann", "ben", "scan-1"]);
        assert_eq!(found("name=ben").await, ["ben"]);
        assert_eq!(found("name_prefix=sc").await, ["scan-1"]);
        assert_eq!(found("state=active").await, ["ann", "ben"]);
        assert_eq!(found("subject=patient-7").await, ["scan-1"]);
        assert!(found("subject=patient-8").await.is_empty());

        let search = async |field: &str, equals: Value| {
            let asked = json!({ "field": field, "equals": equals });
            owner.post("/v1/datasets/people/search").json(asked).send().await
        };
        let page = search("email", json!(" ANN@example.org")).await.expect(200).json();
        assert_eq!(names(page["items"].as_array().unwrap()), ["ann"]);
        assert_eq!(search("phone", json!("1")).await.refused("invalid").field.as_deref(), Some("field"));
        assert_eq!(search("email", json!(null)).await.refused("invalid").field.as_deref(), Some("equals"));
        assert_eq!(record(&owner, "bad", json!([1])).await.refused("invalid").field.as_deref(), Some("body"));
    }

    async fn a_bulk_act_does_what_its_dry_run_said(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        team.owner.dataset("scans").await.unwrap();
        for name in ["2025/a", "2025/b", "2026/a"] {
            team.owner.put("scans", name, b"12345").await.unwrap();
        }
        let bulk = async |verb: &str, dry_run: bool| {
            let asked = json!({ "filter": { "name_prefix": "2025/" }, "dry_run": dry_run });
            owner.post(&format!("/v1/datasets/scans/items/{verb}")).json(asked).send().await.expect(200)
        };
        let dry = bulk("archive", true).await.json();
        assert_eq!((&dry["matched"], &dry["bytes"], &dry["changed"]), (&json!(2), &json!(10), &json!(0)));
        assert_eq!(bulk("delete", true).await.json()["matched"], json!(0));
        let archived = bulk("archive", false).await;
        assert_eq!(archived.json()["changed"], dry["matched"]);
        assert_eq!(archived.json()["operation"], json!(archived.header("bailee-operation")));
        let event = owner.get(&format!("/v1/trail/{}", text_at(&archived.json(), "/events/0"))).send().await.expect(200);
        assert_eq!(event.json()["event"]["operation"], archived.json()["operation"]);
        assert_eq!(bulk("restore", false).await.json()["changed"], json!(2));
        bulk("archive", false).await;
        assert_eq!(bulk("delete", false).await.json()["events"].as_array().unwrap().len(), 2);
        assert_eq!(names(&walk(&owner, "/v1/datasets/scans/items?limit=9").await.0), ["2026/a"]);

        // Nobody deletes by leaving something out.
        let path = "/v1/datasets/scans/items/delete";
        let silent = owner.post(path).json(json!({ "filter": {} })).send().await;
        assert_eq!(silent.refused("invalid").field.as_deref(), Some("dry_run"));
        let misspelt = json!({ "filter": { "name_prefx": "2025/" }, "dry_run": false });
        let misspelt = owner.post(path).json(misspelt).send().await;
        assert_eq!(misspelt.refused("invalid").field.as_deref(), Some("filter.name_prefx"));
    }

    async fn a_repeated_request_is_answered_and_not_repeated(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        let post = async |path: &str, key: &str, body: Value| {
            owner.post(path).header("idempotency-key", key).json(body).send().await
        };
        let scans = json!({ "name": "scans" });
        let first = post("/v1/datasets", "a", scans.clone()).await.expect(201);
        assert_eq!(post("/v1/datasets", "a", scans.clone()).await.expect(201).json(), first.json());
        post("/v1/datasets", "a", json!({ "name": "others" })).await.refused("idempotency-mismatch");
        // The same words at another path are another request.
        post("/v1/keys", "a", json!({ "label": "scans" })).await.refused("idempotency-mismatch");

        // Secrets are shown once, to a repetition too.
        let issued = post("/v1/keys", "b", json!({ "label": "desk" })).await.expect(201).json();
        let again = post("/v1/keys", "b", json!({ "label": "desk" })).await.refused("conflict");
        assert!(again.detail.contains(&text_at(&issued, "/key/id")), "{}", again.detail);

        let item = team.owner.put("scans", "one", b"x").await.unwrap().item.id;
        let archive = format!("/v1/items/{item}/archive");
        let first = owner.post(&archive).header("idempotency-key", "c").send().await.expect(200);
        let again = owner.post(&archive).header("idempotency-key", "c").send().await.expect(200);
        assert_eq!(first.json(), again.json());
        owner.post(&archive).send().await.refused("conflict");
        let bad = owner.post(&archive).header("idempotency-key", &"x".repeat(256)).send().await;
        assert_eq!(bad.refused("invalid").field.as_deref(), Some("idempotency-key"));
        server.world.clock.advance(Duration::from_secs(25 * 60 * 60));
        server.world.custody.forget_old_answers().await.unwrap();
        owner.post(&archive).header("idempotency-key", "c").send().await.refused("conflict");
    }

    async fn bulk_acts_and_recoveries_are_repeated_safely(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        team.owner.dataset("scans").await.unwrap();
        team.owner.put("scans", "one", b"x").await.unwrap();
        let archive = async |key: &str, dry_run: bool| {
            let call = owner.post("/v1/datasets/scans/items/archive").header("idempotency-key", key);
            call.json(json!({ "filter": {}, "dry_run": dry_run })).send().await
        };
        let first = archive("a", false).await.expect(200);
        assert_eq!(text_at(&first.json(), "/operation"), first.header("bailee-operation"));
        let again = archive("a", false).await.expect(200);
        assert_eq!((first.json()["changed"].as_u64(), again.json()), (Some(1), first.json()));
        archive("a", true).await.refused("idempotency-mismatch");
        assert_eq!(archive("b", false).await.expect(200).json()["changed"], 0);

        let lab = server.world.customer_held_team("lab").await;
        let code = server.with_key(lab.recovery_code.as_ref().unwrap().expose_secret());
        let recover = async || code.post("/v1/recovery").header("idempotency-key", "a").send().await;
        let made = recover().await.expect(201).json();
        let again = recover().await.refused("conflict");
        assert!(again.detail.contains(&text_at(&made, "/key/id")), "{}", again.detail);
    }

    async fn the_trail_knows_where_a_request_came_from_and_why(db: TestDb) {
        let (server, team) = stage(db).await;
        let key = team.owner.credential.to_text();
        let mut request = Request::get("/v1/tenant")
            .header("authorization", format!("Bearer {}", key.expose_secret()))
            .header("user-agent", "nightly/1.0")
            .header("bailee-reason", "audit of June")
            .body(Body::empty())
            .unwrap();
        request.extensions_mut().insert(ConnectInfo(Peer(Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7))))));
        let seen = server.send(request).await.expect(200);
        let owner = server.by(&team.owner);
        let events = owner.get("/v1/trail?action=tenant.view").send().await.expect(200).json();
        let event = &events["items"][0]["event"];
        assert_eq!(event["client"], json!({ "address": "192.0.2.7", "agent": "nightly/1.0" }));
        assert_eq!(event["reason"], json!("audit of June"));
        assert_eq!(event["operation"], json!(seen.header("bailee-operation")));
        let long = owner.get("/v1/tenant").header("bailee-reason", &"x".repeat(257)).send().await;
        assert_eq!(long.refused("invalid").field.as_deref(), Some("bailee-reason"));
    }

    async fn the_trail_is_narrowed_by_who_what_and_how_it_ended(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        let auditor = team.member(Class::Auditor).await;
        server.by(&auditor).post("/v1/datasets").json(json!({ "name": "scans" })).send().await.refused("forbidden");
        let events = async |query: &str| walk(&owner, &format!("/v1/trail?{query}&limit=50")).await.0;
        let refused = events(&format!("member={}&outcome=refused", auditor.member)).await;
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0]["event"]["action"], json!("dataset.create"));
        assert_eq!(events(&format!("key={}&outcome=done", auditor.credential.key)).await.len(), 0);
        let at = text_at(&refused[0], "/at");
        assert_eq!(events(&format!("outcome=refused&from={at}")).await.len(), 1);
        assert_eq!(events(&format!("outcome=refused&to={at}")).await.len(), 0);
        for (query, field) in [("action=item.fly", "action"), ("outcome=maybe", "outcome"), ("from=today", "from"), ("item=7", "item")] {
            let reply = owner.get(&format!("/v1/trail?{query}")).send().await;
            assert_eq!(reply.refused("invalid").field.as_deref(), Some(field), "{query}");
        }
    }

    async fn a_narrowed_key_does_what_it_was_made_for(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        team.owner.dataset("scans").await.unwrap();
        let others = team.owner.dataset("others").await.unwrap();
        let new = json!({ "label": "list", "actions": ["*.list", "item.browse"], "datasets": [others.id] });
        let issued = owner.post("/v1/keys").json(new).send().await.expect(201).json();
        let narrow = server.with_key(&text_at(&issued, "/secret"));
        narrow.get("/v1/datasets/others/items").send().await.expect(200);
        let hidden = narrow.get("/v1/datasets/scans/items").send().await;
        let unknown = narrow.get("/v1/datasets/nothing/items").send().await;
        hidden.refused("not-found");
        assert_eq!(hidden.without_operation(), unknown.without_operation());
        narrow.patch("/v1/datasets/others").json(json!({ "description": "x" })).send().await.refused("forbidden");
        let wrong = owner.post("/v1/keys").json(json!({ "label": "x", "actions": ["item.fly"] })).send().await;
        assert_eq!(wrong.refused("invalid").field.as_deref(), Some("actions"));

        let expiring = json!({ "label": "an hour", "expires_at": "2026-01-05T10:00:00Z" });
        let expiring = owner.post("/v1/keys").json(expiring).send().await.expect(201).json();
        let expiring = server.with_key(&text_at(&expiring, "/secret"));
        expiring.get("/v1/tenant").send().await.expect(200);
        server.world.clock.advance(Duration::from_secs(2 * 60 * 60));
        expiring.get("/v1/tenant").send().await.refused("unauthenticated");
    }

    async fn inputs_that_do_not_fit_are_named(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        let field = async |body: Value| {
            owner.post("/v1/datasets").json(body).send().await.refused("invalid").field.unwrap_or_default()
        };
        assert_eq!(field(json!({})).await, "name");
        assert_eq!(field(json!({ "name": "ab" })).await, "name");
        assert_eq!(field(json!({ "name": "scans", "colour": 1 })).await, "colour");
        assert_eq!(field(json!({ "name": "scans", "fields": [{ "personal": true }] })).await, "fields[0].name");
        let contract = json!({ "owner": "A", "purpose": "B", "basis": { "lawful-basis": "whim" }, "region": "eu" });
        let reply = owner.put("/v1/tenant/contract").json(contract).send().await;
        assert!(reply.refused("invalid").field.unwrap_or_default().starts_with("basis"));
        let text = owner.post("/v1/datasets").header("content-type", "text/plain").body(Body::from("{}"));
        text.send().await.refused("unsupported-media-type");
        owner.post("/v1/datasets").json(json!({ "name": "x".repeat(1 << 20) })).send().await.refused("too-large");
        team.owner.dataset("people").await.unwrap();
        let record = owner.post("/v1/datasets/people/items?kind=record&name=r").bytes(&vec![b' '; 2 << 20]);
        record.send().await.refused("too-large");
        let nameless = owner.post("/v1/datasets/people/items").bytes(b"x").send().await;
        assert_eq!(nameless.refused("invalid").field.as_deref(), Some("name"));
    }

    async fn unknown_paths_and_methods_are_problems(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        owner.get("/v1/nothing").send().await.refused("not-found");
        owner.get("/v1/items/not-an-id").send().await.refused("not-found");
        let wrong = owner.delete("/v1/trail").send().await;
        wrong.refused("method-not-allowed");
        assert!(wrong.header("allow").contains("GET"));
        server.nobody().get("/v1/items/not-an-id").send().await.refused("unauthenticated");
    }

    async fn faults_of_the_server_say_nothing_about_it(db: TestDb) {
        let (server, team) = stage(db).await;
        let owner = server.by(&team.owner);
        team.owner.dataset("scans").await.unwrap();
        // Where the folder for objects was, there is a file.
        std::fs::remove_dir_all(server.world.objects_folder()).unwrap();
        std::fs::write(server.world.objects_folder(), b"").unwrap();
        let upload = owner.post("/v1/datasets/scans/items?name=large").bytes(&vec![7; 1 << 20]).send().await;
        let problem = upload.refused("unavailable");
        assert_eq!(upload.header("retry-after"), "1");
        assert!(!problem.detail.contains(server.world.objects_folder().to_str().unwrap()));

        let gone = server.world.database().write(|tx| tx.execute("ALTER TABLE installation RENAME TO gone", &[])).await;
        gone.unwrap();
        let health = server.nobody().get("/v1/health").send().await;
        assert!(!health.refused("internal").detail.contains("installation"));
    }
}
