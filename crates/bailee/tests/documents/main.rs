//! Pages of documents and frames of films over REST, by the real binary: a good one comes back right, and whatever a bad one does ends the process that
//! was started for it and no other.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test fails by these, and measures how long a page takes"
)]

mod confined;
mod files;
mod films;
#[path = "../support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use image::{Rgb, RgbImage};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use support::api::id_of;
use support::{Api, Engine, Place, Postgres, Server, Team, Trouble, run};

const RED: Rgb<u8> = Rgb([255, 0, 0]);
const GREEN: Rgb<u8> = Rgb([0, 255, 0]);
const WHITE: Rgb<u8> = Rgb([255; 3]);

macro_rules! on_both {
    ($($name:ident;)*) => {
        $(mod $name {
            #[test]
            fn sqlite() {
                super::run(super::acts::$name(super::Engine::Sqlite));
            }

            #[test]
            fn postgres() {
                super::run(super::acts::$name(super::Engine::Postgres));
            }
        })*
    };
}

on_both! {
    pages_come_back_as_they_are;
    who_may_look_and_not_take_is_on_every_page;
    a_bad_document_ends_its_own_process_and_no_other;
    the_process_of_a_page_has_nothing;
    frames_of_a_film_come_back_as_they_are;
}

/// A server with a team and a dataset.
struct House {
    team: Team,
    server: Server,
    place: Place,
    _postgres: Option<Postgres>,
}

impl House {
    async fn open(engine: Engine) -> Self {
        let (place, postgres) = match engine {
            Engine::Sqlite => (Place::on_sqlite(), None),
            Engine::Postgres => {
                let postgres = Postgres::start();
                (Place::on_postgres(postgres.database("documents")), Some(postgres))
            }
        };
        let server = Server::start(&place);
        let team = Team::first(&server, &Server::operator_key(&place)).await;
        team.owner.make_dataset("papers").await.unwrap();
        Self {
            team,
            server,
            place,
            _postgres: postgres,
        }
    }

    /// Keeps a file; gives the path of its views.
    async fn keep(&self, name: &str, bytes: Vec<u8>) -> String {
        let kept = self.team.owner.put("papers", name, bytes).await.unwrap();
        format!("/v1/items/{}/view", id_of(&kept.answer["item"]))
    }
}

/// The picture at this address, and its entry of the trail.
async fn look(api: &Api, path: &str) -> Result<(RgbImage, String), Trouble> {
    let answer = Api::send(api.request(Method::GET, path)).await?;
    assert!(
        answer.headers()[CONTENT_TYPE]
            .to_str()
            .unwrap()
            .starts_with("image/")
    );
    let event = answer.headers()["bailee-event"].to_str().unwrap().to_owned();
    let bytes = answer.bytes().await.unwrap();
    Ok((image::load_from_memory(&bytes).unwrap().to_rgb8(), event))
}

/// The status and the words of who is refused.
async fn refused(api: &Api, path: &str) -> (u16, String) {
    match look(api, path).await {
        Err(Trouble::Said { status, problem, .. }) => (status, problem["detail"].to_string()),
        other => panic!("{path}: {other:?}"),
    }
}

/// Draws a good page again.
async fn draws(api: &Api, good: &str) {
    let (page, _) = look(api, good).await.unwrap();
    assert_eq!((page.dimensions(), *page.get_pixel(150, 450)), ((300, 600), RED));
}

mod acts {
    pub(super) use super::films::frames_of_a_film_come_back_as_they_are;
    use super::*;

    pub(super) async fn pages_come_back_as_they_are(engine: Engine) {
        let house = House::open(engine).await;
        let owner = &house.team.owner;
        let three = house.keep("three", files::three_pages()).await;
        let info = owner.get(&format!("{three}/info")).await.unwrap();
        let size = |width: u32, height: u32| json!({ "width": width, "height": height });
        let pages = json!([size(300, 600), size(600, 300), size(900, 300)]);
        assert_eq!(
            (&info["kind"], &info["frames"], &info["pages"]),
            (&json!("pdf"), &json!(3), &pages)
        );
        let (first, event) = look(owner, &three).await.unwrap();
        assert_eq!(first.dimensions(), (300, 600));
        for (x, y, color) in [
            (61, 361, RED),
            (238, 538, RED),
            (58, 450, WHITE),
            (242, 450, WHITE),
            (150, 358, WHITE),
            (5, 595, WHITE),
        ] {
            assert_eq!(*first.get_pixel(x, y), color, "{x}, {y}");
        }
        let entry: Value = owner.get(&format!("/v1/trail/{event}")).await.unwrap();
        assert_eq!(entry["event"]["action"], "item.view");
        let (second, event) = look(owner, &format!("{three}?page=2")).await.unwrap();
        assert!(second.dimensions() == (600, 300) && second.pixels().all(|pixel| *pixel == GREEN));
        let entry: Value = owner.get(&format!("/v1/trail/{event}")).await.unwrap();
        let details = &entry["event"]["details"];
        assert_eq!(
            (&details["look"], &details["frame"]),
            (&json!("picture"), &json!(1))
        );
        let (turned, _) = look(owner, &format!("{three}?frame=2")).await.unwrap();
        // A quarter to the right brings the lower left to the upper left.
        assert_eq!(
            (turned.dimensions(), *turned.get_pixel(150, 150)),
            ((900, 300), RED)
        );
        let (part, _) = look(
            owner,
            &format!("{three}?x=60&y=360&w=180&h=180&width=90&height=90"),
        )
        .await
        .unwrap();
        assert!(part.dimensions() == (90, 90) && part.pixels().all(|pixel| *pixel == RED));
        for (query, field) in [
            ("frame=3", "frame"),
            ("page=0", "page"),
            ("page=1&frame=0", "page"),
            ("x=1&y=0&w=300&h=1", "region"),
        ] {
            let said = look(owner, &format!("{three}?{query}")).await;
            let Err(Trouble::Said {
                status: 400, problem, ..
            }) = said
            else {
                panic!("{query}: {said:?}")
            };
            assert_eq!(problem["field"], field, "{query}");
        }
        measure(owner, &three).await;
    }

    pub(super) async fn who_may_look_and_not_take_is_on_every_page(engine: Engine) {
        let house = House::open(engine).await;
        let green = format!("{}?page=2", house.keep("three", files::three_pages()).await);
        let narrow = json!({ "label": "to look", "actions": ["item.view"] });
        let key = house.team.owner.post("/v1/keys", narrow).await.unwrap();
        let looks = house.team.owner.with_key(key["secret"].as_str().unwrap());
        let (page, _) = look(&looks, &green).await.unwrap();
        let others = |part: &RgbImage| part.pixels().filter(|pixel| **pixel != GREEN).count();
        assert!(others(&page) > 500, "no mark");
        let (part, _) = look(&looks, &format!("{green}&x=10&y=10&w=30&h=30"))
            .await
            .unwrap();
        assert!(others(&part) > 100, "a part without a mark");
        let taken = looks
            .get(&green.replace("view?page=2", "content"))
            .await
            .unwrap_err();
        assert_eq!(taken.status(), Some(403));
    }

    pub(super) async fn a_bad_document_ends_its_own_process_and_no_other(engine: Engine) {
        let house = House::open(engine).await;
        let owner = &house.team.owner;
        let good = house.keep("good", files::square()).await;
        let long = &["seconds that are given"][..];
        let much = &["MiB that are given", "seconds that are given"][..];
        let broken = &["the PDF cannot be read"][..];
        for (name, bytes, says) in [
            ("a page of a million points", files::huge_page(), None),
            ("forms in forms", files::forms(), Some(long)),
            ("content packed twice", files::packed_content(), Some(much)),
            ("a picture packed twice", files::packed_picture(), Some(much)),
            ("dashes without end", files::dashes(), Some(much)),
            ("lists in lists", files::deep_lists(), None),
            ("circles", files::circles(), Some(broken)),
            ("encrypted", files::encrypted(), Some(&["encrypted"][..])),
            ("no document", b"%PDF-1.7\nnothing follows".to_vec(), Some(broken)),
            ("half a document", files::square()[..120].to_vec(), Some(broken)),
        ] {
            let kept = house.keep(&name.replace(' ', "-"), bytes).await;
            let begun = Instant::now();
            match says {
                None => drop(
                    look(owner, &kept)
                        .await
                        .unwrap_or_else(|error| panic!("{name}: {error:?}")),
                ),
                Some(says) => {
                    let (status, detail) = refused(owner, &kept).await;
                    assert!(
                        status == 422 && says.iter().any(|says| detail.contains(says)),
                        "{name}: {detail}"
                    );
                }
            }
            println!("{name}: {:?}", begun.elapsed());
            draws(owner, &good).await;
        }
        let log = house.server.stop();
        assert!(!log.contains("panicked"), "{log}");
    }

    pub(super) async fn the_process_of_a_page_has_nothing(engine: Engine) {
        let house = House::open(engine).await;
        let owner = &house.team.owner;
        let (good, slow) = (
            house.keep("good", files::square()).await,
            house.keep("slow", files::forms()).await,
        );
        let picture = house.keep("picture", png()).await;
        let (asking, path) = (owner.clone(), slow.clone());
        let drawing = tokio::spawn(async move { refused(&asking, &path).await });
        let process = confined::Process::of(house.server.pid()).await;
        process.has_nothing(&house.place.data().join("empty"));
        // Nobody waits for it: neither pictures nor, while there is a second turn, documents.
        assert_eq!(look(owner, &picture).await.unwrap().0.dimensions(), (8, 8));
        draws(owner, &good).await;
        assert!(
            !drawing.is_finished(),
            "it was over before anybody could have waited for it"
        );
        assert_eq!(drawing.await.unwrap().0, 422);
        process.is_gone().await;
    }

    /// How long a look at a page takes, from the question to the last byte of the answer.
    async fn measure(owner: &Api, path: &str) {
        let mut took = Vec::new();
        for _ in 0..21 {
            let begun = Instant::now();
            look(owner, path).await.unwrap();
            took.push(begun.elapsed());
        }
        took.sort_unstable();
        let [first, median, last] = [took[0], took[took.len() / 2], took[took.len() - 1]];
        println!(
            "a page of a document over REST: {median:?} in the middle of 21, from {first:?} to {last:?}"
        );
        assert!(median < Duration::from_secs(2), "{took:?}");
    }
}

fn png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = &mut std::io::Cursor::new(&mut bytes);
    RgbImage::new(8, 8)
        .write_to(file, image::ImageFormat::Png)
        .unwrap();
    bytes
}
