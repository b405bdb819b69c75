//! What leaves the machine, counted in packets: the real binary in a network namespace whose only reachable host is not listed.
//!
//! The gate itself is tested in `gate`, what it lists in `governance`; here it is seen that nothing goes round it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by these"
)]

#[path = "unlisted/cable.rs"]
mod cable;
mod support;

use cable::{Cable, NEIGHBOUR, alone};
use reqwest::Method;
use serde_json::{Value, json};
use support::api::id_of;
use support::{Api, Place, Server, Team, eventually, run};

const WORKS_IN: &str = "at the other end";

/// The neighbour in the operator's register: announced, and so not in force.
const ANNOUNCED: [&str; 2] = [
    "INSERT INTO register_entry (entry_id, tenant_id, register, made_at, newest, approved) \
     SELECT operator_tenant, operator_tenant, 'sub-processors', made_at, 1, 1 FROM installation",
    "INSERT INTO processor_notice (entry_id, number, tenant_id, published_at, noticed_at, active_at, terms) \
     SELECT operator_tenant, 1, operator_tenant, made_at, made_at, made_at + 2592000000000, \
     '{\"name\":\"A neighbour\",\"product\":\"captions\",\"purpose\":\"describes\",\"data_kinds\":\"notes\",\
     \"region\":\"at the other end\",\"transfer_basis\":\"none-needed\",\"endpoint\":\"https://203.0.113.9:8443\",\
     \"rating\":\"low-risk\",\"agreement\":\"\",\"signed_on\":\"2026-01-01\",\"reviewed_on\":\"2026-01-01\",\
     \"review_by\":\"2026-12-31\"}' FROM installation",
];
const IN_FORCE: [&str; 1] = ["UPDATE processor_notice SET active_at = noticed_at"];

#[test]
fn to_whom_is_not_listed_no_packet_leaves() {
    alone("to_whom_is_not_listed_no_packet_leaves", |cable| {
        run(whole_way(cable))
    });
}

async fn whole_way(cable: &Cable) {
    let place = Place::on_sqlite()
        .with("BAILEE_SIGN_IN_PROVIDERS", "login.listed.example")
        .with("BAILEE_OWN_BUCKETS_ALLOW", "objects.listed.example");
    let house = House::open(place).await;
    for (errand, status) in [
        (Errand::SignInAtItsAddress, 400),
        (Errand::SignInByItsName, 400),
        (Errand::Bucket, 409),
        (Errand::Model, 409),
    ] {
        assert_eq!(house.runs(errand).await, status, "{errand:?}");
        assert_eq!(cable.sent(), 0, "{errand:?}");
    }
    // In force, its host is listed; the address is inside, and the operator names nobody who may be there.
    house.by_sql(&IN_FORCE).await;
    assert_eq!(house.runs(Errand::Model).await, 502);
    let refused = eventually("what was refused is in the trail", async || {
        let path = "/v1/trail?action=egress.connect&outcome=refused";
        let found = house.operator.get(path).await.unwrap();
        found["items"].as_array().unwrap().first().cloned()
    });
    let refused = refused.await["event"]["details"].clone();
    assert!(refused.to_string().contains(NEIGHBOUR), "{refused}");
    let house = house.again(|place| {
        assert_eq!(cable.sent(), 0, "the server that has ended sent something");
        let providers = format!("{NEIGHBOUR}:8443 login.neighbour.example");
        place
            .with("BAILEE_SIGN_IN_PROVIDERS", &providers)
            .with("BAILEE_OWN_BUCKETS_ALLOW", &format!("{NEIGHBOUR}:8443"))
            .with("BAILEE_EGRESS_INSIDE", NEIGHBOUR)
    });
    assert_eq!((cable.sent(), cable.came()), (0, 0));
    for errand in [
        Errand::SignInAtItsAddress,
        Errand::SignInByItsName,
        Errand::Bucket,
        Errand::Model,
    ] {
        let before = (cable.sent(), cable.came());
        let status = house.runs(errand).await;
        let (sent, came) = (cable.sent() - before.0, cable.came() - before.1);
        println!("{errand:?}, listed: {sent} packets out, {came} back, answered {status}");
        assert!(
            sent > 0 && came > 0 && status >= 400,
            "{errand:?}: {sent}, {came}, {status}"
        );
    }
}

/// What makes the server want to connect to its neighbour.
#[derive(Debug, Clone, Copy)]
enum Errand {
    SignInAtItsAddress,
    SignInByItsName,
    Bucket,
    Model,
}

struct House {
    server: Server,
    place: Place,
    operator: Api,
    owner: Api,
    datasets: [String; 2],
    note: String,
    processor: String,
}

impl House {
    /// A team with a note and a dataset for a bucket, which has chosen the neighbour for when it is in force.
    async fn open(place: Place) -> Self {
        let server = Server::start(&place);
        let operator = Api::new(&server, &Server::operator_key(&place));
        let owner = Team::make(&operator, "first", "provider-held").await.owner;
        let datasets = [
            owner.make_dataset("notes").await.unwrap(),
            owner.make_dataset("elsewhere").await.unwrap(),
        ];
        let noted = owner
            .put(&datasets[0], "note.txt", b"words".to_vec())
            .await
            .unwrap();
        let mut house = Self {
            note: id_of(&noted.answer["item"]),
            processor: String::new(),
            server,
            place,
            operator,
            owner,
            datasets,
        };
        house.by_sql(&ANNOUNCED).await;
        let offered = house.owner.get("/v1/processors").await.unwrap();
        house.processor = offered["items"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/processors/{}/choice", house.processor);
        let chosen = json!({ "choice": "chosen", "region": WORKS_IN });
        assert_eq!(house.asks(Method::PUT, &path, &chosen).await, 200);
        house
    }

    /// The same after the server was stopped and started with other settings.
    fn again(self, settings: impl FnOnce(Place) -> Place) -> Self {
        self.server.stop();
        let place = settings(self.place);
        let server = Server::start(&place);
        Self {
            owner: Api::new(&server, self.owner.key()),
            operator: Api::new(&server, self.operator.key()),
            place,
            server,
            ..self
        }
    }

    async fn by_sql(&self, statements: &'static [&'static str]) {
        let done = self.place.open_database();
        let done = done.write(move |tx| {
            for sql in statements {
                tx.execute(sql, &[])?;
            }
            Ok::<_, store::StoreError>(())
        });
        done.await.unwrap();
    }

    /// Gives the status of the last answer.
    async fn runs(&self, errand: Errand) -> u16 {
        match errand {
            Errand::SignInAtItsAddress => self.signs_in_at(&format!("https://{NEIGHBOUR}:8443")).await,
            Errand::SignInByItsName => self.signs_in_at("https://login.neighbour.example").await,
            Errand::Bucket => {
                let bucket = json!({
                    "url": "s3://objects", "endpoint": format!("https://{NEIGHBOUR}:8443"), "region": "nowhere",
                    "access_key": "key", "secret_key": "secret",
                });
                let dataset = format!("/v1/datasets/{}", self.datasets[1]);
                self.asks(Method::PUT, &format!("{dataset}/own-bucket"), &bucket)
                    .await;
                let keys = json!({ "keys": ["one"] });
                self.asks(Method::POST, &format!("{dataset}/references"), &keys)
                    .await
            }
            Errand::Model => {
                let asked = json!({ "item": self.note, "prompt": "Is it?", "form": "original" });
                self.asks(Method::POST, &format!("/v1/process/{}", self.processor), &asked)
                    .await
            }
        }
    }

    async fn signs_in_at(&self, issuer: &str) -> u16 {
        let provider = json!({
            "name": "Neighbour", "issuer": issuer, "client_id": "us", "client_secret": "secret",
            "domains": ["first.example"],
        });
        self.asks(Method::PUT, "/v1/tenant/single-sign-on", &provider)
            .await
    }

    async fn asks(&self, method: Method, path: &str, body: &Value) -> u16 {
        let answer = self.owner.request(method, path).json(body).send().await.unwrap();
        let status = answer.status().as_u16();
        println!("{path}: {status} {}", answer.text().await.unwrap());
        status
    }
}
