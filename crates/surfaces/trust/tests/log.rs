//! The public log as a stranger's tool reads it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

use std::sync::Arc;

use assurance::Assurance;
use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use kernel::SystemRandom;
use ledger::Hash;
use ledger::checkpoint::SignedCheckpoint;
use ledger::tile::{TileKind, TilePath};
use testkit::World;
use tower::ServiceExt as _;
use trust::{Settings, TrustState};
use web::Kit;

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }
}

fn router(world: &World) -> Router {
    let folders = vec![world.objects_folder().to_owned()];
    let assurance = Assurance::new(world.custody.clone(), folders, "test").unwrap();
    let settings = Settings {
        name: "Northwind Custody".into(),
        security: None,
    };
    let state = TrustState::new(
        world.custody.desk().clone(),
        &world.policy.log().to_string(),
        assurance,
        settings,
    );
    Kit::new(Arc::new(world.clock.clone()), Arc::new(SystemRandom)).dress(trust::router(state))
}

async fn get(world: &World, path: &str) -> Answer {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let (head, body) = router(world).oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes().to_vec();
    Answer {
        status: head.status,
        headers: head.headers,
        bytes,
    }
}

async fn size(world: &World) -> u64 {
    let note = get(world, "/log/checkpoint").await;
    let checkpoint = SignedCheckpoint::parse(&note.bytes).unwrap();
    checkpoint.verify(&world.policy).unwrap().checkpoint().size
}

engines::on_both! {
    async fn a_stranger_verifies_the_head_and_finds_every_entry_below_it(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        assert_eq!(size(&world).await, 0);
        for number in 0..300 {
            team.owner.dataset(&format!("dataset-{number}")).await.unwrap();
        }
        assert_eq!(size(&world).await, 0, "nothing is published before it has its place");
        world.sequence().await;
        let size = size(&world).await;
        assert!((300..512).contains(&size), "{size}");

        let width = u16::try_from(size - 256).unwrap();
        let full = get(&world, "/log/tile/0/000").await;
        let partial = get(&world, &format!("/log/tile/0/001.p/{width}")).await;
        assert_eq!((full.bytes.len(), partial.bytes.len()), (256 * 32, usize::from(width) * 32));
        let entries = get(&world, "/log/tile/entries/000").await;
        let first = ledger::tile::decode_bundle(&entries.bytes, 256).unwrap();
        let leaf = Hash::leaf(first[0]);
        assert_eq!(full.bytes[..32], leaf.as_bytes()[..]);
        for tile in [&full, &partial, &entries] {
            assert_eq!(tile.header("content-type"), "application/octet-stream");
            assert!(tile.header("cache-control").contains("immutable"));
        }
        let top = TilePath { kind: TileKind::Hashes(1), index: 0, width: 1 };
        assert_eq!(get(&world, &format!("/log/{top}")).await.bytes.len(), 32);
    }

    async fn anybody_may_read_from_any_page_and_only_tiles_are_kept(db: TestDb) {
        let world = World::on(db).await;
        let checkpoint = get(&world, "/log/checkpoint").await;
        assert_eq!(checkpoint.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(checkpoint.header("cache-control"), "no-cache");
        let key = get(&world, "/log/vkey").await;
        assert_eq!(key.text(), format!("{}\n", world.policy.log()));
        for answer in [&checkpoint, &key] {
            assert_eq!(answer.header("access-control-allow-origin"), "*");
            assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
    }

    async fn what_no_checkpoint_covers_is_not_there(db: TestDb) {
        let world = World::on(db).await;
        world.team("clinic").await;
        world.sequence().await;
        let beyond = [
            "0/000", "0/001", "0/000.p/255", "1/000.p/1", "9/000", "63/000", "64/000", "entries/000", "0/00", "0/000.p/0", "0/000.p/256",
            "x", "0/x001/000", "0/x999/x999/x999/x999/x999/x999/999", "../checkpoint", "entries/000.p/9999999999",
        ];
        for path in beyond {
            let answer = get(&world, &format!("/log/tile/{path}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8", "{path}");
            assert_eq!(answer.header("cache-control"), "no-cache", "{path}");
        }
        let size = size(&world).await;
        assert_eq!(get(&world, &format!("/log/tile/0/000.p/{size}")).await.status, StatusCode::OK);
        assert_eq!(get(&world, &format!("/log/tile/0/000.p/{}", size + 1)).await.status, StatusCode::NOT_FOUND);
    }
}
