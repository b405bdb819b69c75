//! Work over HTTP: a dataset hands it out, a worker asks, works and gives back, a manager assigns and takes away.

use crate::common::{Client, Server, noise, text_at};
use access::Class;
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use testkit::{Person, Team};
use tower::ServiceExt as _;

fn work(batch: u32, originals: bool) -> Value {
    json!({ "work": { "batch": batch, "lease_minutes": 30, "open_per_worker": 1, "originals": originals } })
}

async fn with_work(owner: &Client<'_>, items: usize, work: Value) {
    owner
        .post("/v1/datasets")
        .json(json!({ "name": "scans" }))
        .send()
        .await
        .expect(201);
    owner
        .patch("/v1/datasets/scans")
        .json(work)
        .send()
        .await
        .expect(200);
    for number in 0..items {
        owner.store("scans", &format!("{number}"), b"scan").await;
    }
}

async fn worker(server: &Server, team: &Team) -> Person {
    let worker = team.member(Class::Worker).await;
    let grant = format!("/v1/datasets/scans/grants/{}", worker.member);
    server
        .by(&team.owner)
        .put(&grant)
        .json(json!({}))
        .send()
        .await
        .expect(200);
    worker
}

engines::on_both! {
    async fn a_dataset_says_how_it_hands_out_work(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        let mut new = work(5, true);
        new["name"] = json!("scans");
        let made = owner.post("/v1/datasets").json(new).send().await.expect(201).json();
        assert_eq!(made["work"], work(5, true)["work"]);
        let other = owner.patch("/v1/datasets/scans").json(json!({ "description": "Of hands" })).send().await.expect(200);
        assert_eq!(other.json()["work"], work(5, true)["work"], "what is not said stays");
        let none = owner.patch("/v1/datasets/scans").json(json!({ "work": null })).send().await.expect(200);
        assert_eq!(none.json().get("work"), None);
        assert_eq!(owner.get("/v1/datasets/scans").send().await.expect(200).json().get("work"), None);
        let refused = owner.patch("/v1/datasets/scans").json(work(101, false)).send().await;
        assert_eq!(refused.refused("invalid").field.as_deref(), Some("work.batch"));
        let refused = owner.post("/v1/datasets/scans/tasks").send().await;
        assert!(refused.refused("conflict").detail.contains("work"));
    }

    async fn a_worker_asks_works_and_gives_back(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        with_work(&owner, 3, work(2, true)).await;
        let (wanda, willi) = (worker(&server, &team).await, worker(&server, &team).await);
        let (wanda, willi) = (server.by(&wanda), server.by(&willi));

        let ask = || wanda.post("/v1/datasets/scans/tasks").header("idempotency-key", "monday").send();
        let asked = ask().await.expect(201);
        let task = asked.json();
        let path = format!("/v1/tasks/{}", text_at(&task, "/id"));
        assert_eq!(asked.header("location"), path);
        assert_eq!((&task["state"], &task["leased"]), (&json!("live"), &json!(2)));
        assert_eq!(ask().await.expect(201).json(), task, "a repetition gives the same task");
        wanda.post("/v1/datasets/scans/tasks").send().await.refused("conflict");
        assert_eq!(wanda.get(&path).send().await.expect(200).json(), task);
        assert_eq!(wanda.get("/v1/tasks?state=live").send().await.expect(200).json()["items"][0]["id"], task["id"]);
        willi.get(&path).send().await.refused("not-found");

        let listed = wanda.get("/v1/datasets/scans/items").send().await.expect(200).json();
        let ids: Vec<String> = (0..2).map(|place| text_at(&task, &format!("/items/{place}/item"))).collect();
        assert_eq!(listed["items"].as_array().unwrap().len(), 2, "what is leased and nothing else");
        assert_eq!(text_at(&listed, "/items/0/id"), ids[0]);
        let content = format!("/v1/items/{}/content", ids[0]);
        assert_eq!(wanda.get(&content).send().await.expect(200).bytes, &b"scan"[..]);
        willi.get(&content).send().await.refused("not-found");

        let submitted = wanda.post(&format!("{path}/items/{}/submit", ids[0])).send().await.expect(200).json();
        assert_eq!((&submitted["submitted"], &submitted["state"]), (&json!(1), &json!("live")));
        wanda.get(&content).send().await.refused("not-found");
        let skip = format!("{path}/items/{}/skip", ids[1]);
        assert_eq!(wanda.post(&skip).json(json!({ "reason": " " })).send().await.refused("invalid").field.as_deref(), Some("reason"));
        let skipped = wanda.post(&skip).json(json!({ "reason": "too dark" })).send().await.expect(200).json();
        assert_eq!((&skipped["state"], &skipped["items"][1]["reason"]), (&json!("finished"), &json!("too dark")));
        let gone = wanda.post(&format!("{path}/return")).send().await;
        assert!(gone.refused("forbidden").reasons.contains(&"limit.lease-held".to_owned()));

        let his = willi.post("/v1/datasets/scans/tasks").send().await.expect(201).json();
        assert_eq!(his["leased"], 2, "the third, and what she skipped");
        let nothing = wanda.post("/v1/datasets/scans/tasks").send().await.expect(204);
        assert!(nothing.bytes.is_empty() && !nothing.header("bailee-event").is_empty());
        let returned = willi.post(&format!("/v1/tasks/{}/return", text_at(&his, "/id"))).send().await.expect(200).json();
        assert_eq!(returned["state"], "returned");
        wanda.post("/v1/datasets/scans/tasks").send().await.expect(201);
    }

    async fn a_manager_assigns_follows_and_takes_away(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        with_work(&owner, 3, work(2, false)).await;
        let wanda = worker(&server, &team).await;
        let manager = team.member(Class::WorkforceManager).await;
        let mia = server.by(&manager);
        let assign = |body: Value| mia.post("/v1/datasets/scans/assignments").json(body).send();
        assign(json!({ "member": wanda.member, "count": 2 })).await.refused("not-found");
        owner.put(&format!("/v1/datasets/scans/grants/{}", manager.member)).json(json!({})).send().await.expect(200);
        let both = json!({ "member": wanda.member, "count": 2, "items": [] });
        assert_eq!(assign(both).await.refused("invalid").field.as_deref(), Some("items"));
        let task = assign(json!({ "member": wanda.member, "count": 2 })).await.expect(201).json();
        let path = format!("/v1/tasks/{}", text_at(&task, "/id"));
        let item = text_at(&task, "/items/0/item");
        let views_only = server.by(&wanda).get(&format!("/v1/items/{item}/content")).send().await;
        assert!(views_only.refused("forbidden").reasons.contains(&"limit.originals".to_owned()));
        let listed = mia.get("/v1/tasks?dataset=scans").send().await.expect(200).json();
        assert_eq!((&listed["items"][0]["id"], listed["items"][0].get("items")), (&task["id"], None));
        let ended = mia.post(&format!("{path}/end")).json(json!({ "reason": "shift is over" })).send().await.expect(200).json();
        assert_eq!((&ended["state"], &ended["reason"]), (&json!("ended"), &json!("shift is over")));
        mia.post(&format!("{path}/end")).json(json!({ "reason": "again" })).send().await.refused("conflict");
        server.by(&wanda).get(&format!("/v1/items/{item}")).send().await.refused("not-found");
    }

    async fn submitted_work_is_reviewed_and_counted(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        with_work(&owner, 2, work(2, false)).await;
        let reviewed = owner.patch("/v1/datasets/scans").json(json!({ "review": true })).send().await.expect(200).json();
        assert_eq!((&reviewed["review"], &reviewed["work"]), (&json!(true), &work(2, false)["work"]));
        let person = worker(&server, &team).await;
        let wanda = server.by(&person);
        let task = wanda.post("/v1/datasets/scans/tasks").send().await.expect(201).json();
        let path = |place: u32| {
            let item = text_at(&task, &format!("/items/{place}/item"));
            format!("/v1/tasks/{}/items/{item}", text_at(&task, "/id"))
        };
        let said = json!({ "annotations": [{ "class": "nodule", "shape": { "kind": "point", "x": 1, "y": 2 } }] });
        let submitted = wanda.post(&format!("{}/annotations", path(0))).json(said).send().await.expect(200);
        assert!(!submitted.header("etag").is_empty());
        assert_eq!(submitted.json()["submitted"], 1);
        wanda.post(&format!("{}/submit", path(1))).send().await.expect(200);
        let waiting = owner.get("/v1/datasets/scans/reviews").send().await.expect(200).json();
        assert_eq!(waiting["items"].as_array().unwrap().len(), 2);
        let review = |place: u32, body: Value| owner.post(&format!("{}/review", path(place))).json(body);
        assert_eq!(review(0, json!({ "verdict": "return" })).send().await.refused("invalid").field.as_deref(), Some("reason"));
        assert_eq!(review(0, json!({ "verdict": "approve" })).send().await.expect(200).json()["approved"], 1);
        let returned = review(1, json!({ "verdict": "return", "reason": "too wide" })).send().await.expect(200).json();
        assert_eq!((&returned["returned"], &returned["items"][1]["reason"]), (&json!(1), &json!("too wide")));
        let own = wanda.post(&format!("{}/review", path(0))).json(json!({ "verdict": "approve" })).send().await;
        own.refused("forbidden");
        let figures = wanda.get("/v1/figures").send().await.expect(200).json();
        let counted = (&figures["items"][0]["submitted"], &figures["items"][0]["approved"], &figures["items"][0]["returned"]);
        assert_eq!(counted, (&json!(2), &json!(1), &json!(1)));
        let again = wanda.post("/v1/datasets/scans/tasks").send().await.expect(201).json();
        assert_eq!((&again["items"][0]["item"], &again["items"][0]["reason"]), (&task["items"][1]["item"], &json!("too wide")));
    }

    async fn a_download_breaks_off_when_the_lease_ends(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        with_work(&owner, 0, work(1, true)).await;
        let video = noise(20_000_000);
        owner.store("scans", "video", &video).await;
        let wanda = worker(&server, &team).await;
        let task = server.by(&wanda).post("/v1/datasets/scans/tasks").send().await.expect(201).json();
        let key = secrecy::ExposeSecret::expose_secret(&wanda.credential.to_text()).to_owned();
        let request = Request::get(format!("/v1/items/{}/content", text_at(&task, "/items/0/item")))
            .header("authorization", format!("Bearer {key}"))
            .body(axum::body::Body::empty());
        let mut body = server.router.clone().oneshot(request.unwrap()).await.unwrap().into_body();
        let mut taken = body.frame().await.unwrap().unwrap().into_data().unwrap().len();
        let path = format!("/v1/tasks/{}/return", text_at(&task, "/id"));
        server.by(&wanda).post(&path).send().await.expect(200);
        let end = loop {
            match body.frame().await {
                Some(Ok(frame)) => taken += frame.into_data().unwrap().len(),
                end => break end,
            }
        };
        assert!(matches!(end, Some(Err(_))), "the client can tell that it does not have all");
        assert!(taken < video.len() / 2, "{taken}");
    }
}
