//! What ends when a right ends: a download that runs, the next request, and in customer-held custody the provider's own
//! power to open the data.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by these, and measures how long an end takes"
)]

mod support;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use custody::Error;
use futures_util::{StreamExt as _, stream};
use reqwest::{Body, Method, Response};
use serde_json::{Value, json};
use support::api::id_of;
use support::browser::Browser;
use support::place::copy_folder;
use support::thief::Thief;
use support::{Api, Engine, Place, Postgres, Server, Team, Trouble, run};
use tokio_util::bytes::Bytes;

/// Far more than what the buffers between server and client hold.
const MIB: usize = 1 << 20;
const PASSWORD: &str = "nine lanterns over a quiet harbour";
const LARGE: usize = 200 * MIB;
/// The most that may still come when the key is dead: what had left the server before, in the buffers of TLS, HTTP/2
/// windows and the sockets.
const ON_ITS_WAY: usize = 32 * MIB;

macro_rules! on_both {
    ($($name:ident => $body:expr;)*) => {
        $(mod $name {
            use super::*;

            #[test]
            fn sqlite() {
                run($body(Engine::Sqlite));
            }

            #[test]
            fn postgres() {
                run($body(Engine::Postgres));
            }
        })*
    };
}

on_both! {
    a_running_download_stops_when_its_key_is_invalidated => async |engine| {
        let house = House::open(engine).await;
        let (key, secret) = house.team.owner.issue_key(None).await.unwrap();
        house.download_ends(&secret, async || drop(house.team.owner.invalidate_key(&key).await.unwrap())).await;
    };
    a_running_download_stops_when_its_member_is_disabled => async |engine| {
        let house = House::open(engine).await;
        let member = serde_json::json!({ "name": "Ada Admin", "email": "ada@first.example", "class": "admin" });
        let member = id_of(&house.team.owner.post("/v1/members", member).await.unwrap());
        let (_, secret) = house.team.owner.issue_key(Some(&member)).await.unwrap();
        let disable = async || {
            let request = house.team.owner.request(Method::POST, &format!("/v1/members/{member}/disable"));
            drop(Api::send(request).await.unwrap());
        };
        house.download_ends(&secret, disable).await;
    };
    everything_of_a_disabled_person_ends_within_a_second => async |engine| {
        let house = House::open(engine).await;
        house.set_work().await;
        let wanda = Wanda::comes(&house).await;
        let (mut old, mut new) = wanda.downloads(&house).await;
        let mut browser = wanda.signs_in(&house).await;
        assert_eq!(browser.go(&format!("{}/console", house.server.url)).await.url.path(), "/console");
        let begun = Instant::now();
        let disable = format!("/v1/members/{}/disable", wanda.member);
        house.team.owner.post(&disable, json!({})).await.unwrap();
        let (first, second) = tokio::join!(rest(&mut old), rest(&mut new));
        for (came, ended_clean) in [first, second] {
            assert!(!ended_clean && came < ON_ITS_WAY, "{came} bytes still came");
        }
        let key = wanda.api.get(&format!("/v1/items/{}", house.item)).await.unwrap_err();
        let page = browser.go(&format!("{}/console", house.server.url)).await;
        let task = house.team.owner.get(&format!("/v1/tasks/{}", wanda.task)).await.unwrap();
        let took = begun.elapsed();
        assert_eq!((key.status(), page.url.path(), &task["state"]), (Some(401), "/console/sign-in", &json!("ended")));
        assert!(took < Duration::from_secs(1), "{took:?}");
        // Somebody else gets the item at once, and nothing comes back with the person but their keys.
        let willi = Wanda::comes(&house).await;
        assert_ne!(willi.task, wanda.task);
        house.team.owner.post(&format!("/v1/members/{}/enable", wanda.member), json!({})).await.unwrap();
        assert_eq!(browser.go(&format!("{}/console", house.server.url)).await.url.path(), "/console/sign-in");
        assert_eq!(wanda.api.get(&format!("/v1/items/{}", house.item)).await.unwrap_err().status(), Some(404));
    };
    nobody_opens_a_customer_held_tenant_after_its_last_key => the_last_key;
}

/// A server with a team and a large item.
struct House {
    team: Team,
    item: String,
    server: Server,
    _place: Place,
    _postgres: Option<Postgres>,
}

impl House {
    async fn open(engine: Engine) -> Self {
        let (place, postgres) = place(engine);
        let server = Server::start(&place);
        let team = Team::first(&server, &Server::operator_key(&place)).await;
        team.owner.make_dataset("films").await.unwrap();
        let piece = Bytes::from(vec![7; MIB]);
        let pieces = stream::iter(0..LARGE / MIB).map(move |_| Ok::<_, std::io::Error>(piece.clone()));
        let put = team
            .owner
            .request(Method::POST, "/v1/datasets/films/items?name=long")
            .body(Body::wrap_stream(pieces));
        let stored: Value = Api::send(put).await.unwrap().json().await.unwrap();
        Self {
            item: id_of(&stored["item"]),
            team,
            server,
            _place: place,
            _postgres: postgres,
        }
    }

    /// The dataset hands out its one item, with its bytes, and workers sign in by password alone.
    async fn set_work(&self) {
        let work = json!({ "batch": 1, "lease_minutes": 30, "open_per_worker": 1, "originals": true });
        let dataset = self.team.owner.request(Method::PATCH, "/v1/datasets/films");
        drop(Api::send(dataset.json(&json!({ "work": work }))).await.unwrap());
        let rule = json!({
            "password_floor": "nist", "second_factor": "all-but-workers", "idle_minutes": 30, "absolute_hours": 12
        });
        let people = self.team.owner.request(Method::PUT, "/v1/tenant/sign-in");
        drop(Api::send(people.json(&rule)).await.unwrap());
    }

    /// Ends the right while a download with this key runs, over HTTP/1.1 and over HTTP/2 at once.
    async fn download_ends(&self, secret: &str, end: impl AsyncFnOnce()) {
        let (old, new) = (
            Api::over_http1(&self.server, secret),
            Api::new(&self.server, secret),
        );
        let (mut first, mut second) = (self.begin(&old).await, self.begin(&new).await);
        assert_eq!(
            (first.version(), second.version()),
            (reqwest::Version::HTTP_11, reqwest::Version::HTTP_2)
        );
        end().await;
        for running in [&mut first, &mut second] {
            let (came, ended_clean) = rest(running).await;
            assert!(!ended_clean, "a stream that was cut must not look whole");
            assert!(came < ON_ITS_WAY, "{came} bytes still came");
        }
        for api in [&old, &new] {
            let refused = api.get(&format!("/v1/items/{}", self.item)).await.unwrap_err();
            assert_eq!(refused.status(), Some(401), "{refused:?}");
        }
        // Somebody else's right has not ended.
        let mut whole = self.begin(&self.team.owner).await;
        assert_eq!(rest(&mut whole).await, (LARGE - MIB, true));
    }

    /// Starts a download and takes the first mebibyte.
    async fn begin(&self, api: &Api) -> Response {
        let request = api.request(Method::GET, &format!("/v1/items/{}/content", self.item));
        let mut running = Api::send(request).await.unwrap();
        assert_eq!(running.content_length(), Some(LARGE as u64));
        let mut taken = 0;
        while taken < MIB {
            taken += running.chunk().await.unwrap().unwrap().len();
        }
        running
    }
}

/// A worker who holds a lease of the item.
struct Wanda {
    member: String,
    api: Api,
    task: String,
}

impl Wanda {
    async fn comes(house: &House) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let owner = &house.team.owner;
        let new = json!({ "name": "Wanda", "email": format!("w{number}@first.example"), "class": "worker" });
        let member = id_of(&owner.post("/v1/members", new).await.unwrap());
        let grant = owner.request(Method::PUT, &format!("/v1/datasets/films/grants/{member}"));
        drop(Api::send(grant.json(&json!({}))).await.unwrap());
        let (_, secret) = owner.issue_key(Some(&member)).await.unwrap();
        let api = owner.with_key(&secret);
        let task = api.post("/v1/datasets/films/tasks", json!({})).await.unwrap();
        assert_eq!(task["items"][0]["item"], json!(house.item));
        Self {
            member,
            api,
            task: id_of(&task),
        }
    }

    async fn downloads(&self, house: &House) -> (Response, Response) {
        let old = Api::over_http1(&house.server, self.api.key());
        (house.begin(&old).await, house.begin(&self.api).await)
    }

    async fn signs_in(&self, house: &House) -> Browser {
        let path = format!("/v1/members/{}/invitation", self.member);
        let made = house.team.owner.post(&path, json!({})).await.unwrap();
        let mut browser = Browser::new(&house.server);
        let token = made["token"].as_str().unwrap();
        let page = browser
            .go(&format!("{}/console/invitation/{token}", house.server.url))
            .await;
        let chosen = [("password", PASSWORD), ("again", PASSWORD)];
        let page = browser.fill(&page, "/console/invitation", &chosen).await;
        assert!(browser.has_session(), "{}", page.text);
        browser
    }
}

/// Takes what still comes, not counting the first mebibyte; and whether it ended as a whole answer does.
async fn rest(running: &mut Response) -> (usize, bool) {
    let mut came = 0;
    loop {
        match running.chunk().await {
            Ok(Some(piece)) => came += piece.len(),
            Ok(None) => return (came, true),
            Err(_) => return (came, false),
        }
    }
}

fn place(engine: Engine) -> (Place, Option<Postgres>) {
    match engine {
        Engine::Sqlite => (Place::on_sqlite(), None),
        Engine::Postgres => {
            let postgres = Postgres::start();
            (
                Place::on_postgres(postgres.database("revocation")),
                Some(postgres),
            )
        }
    }
}

async fn the_last_key(engine: Engine) {
    let (place, _postgres) = place(engine);
    let server = Server::start(&place);
    let operator = Api::new(&server, &Server::operator_key(&place));
    let held = Held::fill(
        Team::make(&operator, "holder", "customer-held").await,
        "our secret",
    )
    .await;
    let kept = Held::fill(
        Team::make(&operator, "keeper", "provider-held").await,
        "kept for them",
    )
    .await;
    server.stop();

    // While the keys live, whoever has the folder and a key reads: it is not the thief's tools that fail below.
    let thief = steal(&place, "before");
    assert!(thief.has_the_right_root_key().await);
    assert_eq!(
        thief.read(&held.key_text, &held.item).await.unwrap(),
        b"our secret"
    );
    assert_eq!(
        thief.tenant_keys_under_root().await,
        (2, 3),
        "the operator's and the keeper's, not the holder's"
    );

    let server = Server::start(&place);
    let (held, kept) = (held.at(&server), kept.at(&server));
    kept.team.owner.invalidate_key(&kept.key).await.unwrap();
    let secrets = held.invalidate_everything().await;
    for secret in &secrets {
        assert_eq!(held.read(secret).await.unwrap_err().status(), Some(401));
    }
    let by_operator = held.team.owner.with_key(&Server::operator_key(&place));
    assert!(matches!(
        by_operator.read(&held.item).await,
        Err(Trouble::Said {
            status: 403 | 404,
            ..
        })
    ));
    server.stop();

    let thief = steal(&place, "after");
    assert!(thief.has_the_right_root_key().await);
    assert!(matches!(
        thief.read(&kept.key_text, &kept.item).await,
        Err(Error::Unauthenticated)
    ));
    assert!(thief.raise_dead_keys().await > 0);
    for secret in &secrets {
        let refused = thief.read(secret, &held.item).await;
        assert!(
            refused.is_err(),
            "the folder, the root key and a dead key's text have opened it: {refused:?}"
        );
    }
    // The same attack on custody that the provider holds succeeds, which is why there are two kinds.
    assert_eq!(
        thief.read(&kept.key_text, &kept.item).await.unwrap(),
        b"kept for them"
    );
}

/// A copy of everything, and the product's own code over it.
fn steal(place: &Place, name: &str) -> Thief {
    let stolen = place.path().join(name);
    copy_folder(place.data(), &stolen);
    let db = place.open_database_in(&stolen);
    Thief::open(&stolen, db)
}

/// A team with one item and a second key.
struct Held {
    team: Team,
    item: String,
    key: String,
    key_text: String,
}

impl Held {
    async fn fill(team: Team, content: &str) -> Self {
        team.owner.make_dataset("letters").await.unwrap();
        let item = id_of(
            &team
                .owner
                .put("letters", "one", content.into())
                .await
                .unwrap()
                .answer["item"],
        );
        let (key, key_text) = team.owner.issue_key(None).await.unwrap();
        Self {
            team,
            item,
            key,
            key_text,
        }
    }

    /// The same team at the server's next life, which has another port.
    fn at(self, server: &Server) -> Self {
        let owner = Api::new(server, self.team.owner.key());
        Self {
            team: Team { owner, ..self.team },
            ..self
        }
    }

    async fn read(&self, secret: &str) -> Result<Vec<u8>, Trouble> {
        Ok(self.team.owner.with_key(secret).read(&self.item).await?.0)
    }

    /// Invalidates every key; shows that the recovery code still opens everything; then ends that too. Gives the text
    /// of every secret that ever opened anything.
    async fn invalidate_everything(&self) -> Vec<String> {
        let (owner, code) = (&self.team.owner, self.team.recovery_code.clone().unwrap());
        owner.invalidate_key(&self.key).await.unwrap();
        owner.invalidate_key(&self.team.owner_key).await.unwrap();
        let recovery = owner.with_key(&code).request(Method::POST, "/v1/recovery");
        let recovered: Value = Api::send(recovery).await.unwrap().json().await.unwrap();
        let secret = recovered["secret"].as_str().unwrap().to_owned();
        assert_eq!(self.read(&secret).await.unwrap(), b"our secret");

        let last = owner.with_key(&secret);
        let keys = last.get("/v1/keys?limit=1000").await.unwrap();
        let code_id = keys["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["kind"] == "recovery")
            .map(id_of)
            .unwrap();
        last.invalidate_key(&code_id).await.unwrap();
        last.invalidate_key(&id_of(&recovered["key"])).await.unwrap();
        vec![owner.key().to_owned(), self.key_text.clone(), code, secret]
    }
}
