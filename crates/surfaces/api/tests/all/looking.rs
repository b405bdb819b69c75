//! Looking over HTTP: what a view-only person gets by every door of REST, and what never leaves.

use std::io::Cursor;

use crate::common::{Client, Server, text_at};
use access::Class;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::json;
use testkit::{Person, Team};

fn picture() -> RgbImage {
    RgbImage::from_fn(300, 200, |x, y| Rgb([x as u8, y as u8, 200]))
}

fn file(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = DynamicImage::ImageRgb8(picture());
    picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// A photograph with a name in its comment, in its Exif data and in its XMP data.
fn photograph() -> Vec<u8> {
    let jpeg = file(ImageFormat::Jpeg);
    let mut told = jpeg[..2].to_vec();
    let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x0E\x01\x02\0\x0C\0\0\0\x1A\0\0\0\0\0\0\0MARKER-NAME\0";
    for (marker, content) in [
        (0xFE, &b"MARKER-COMMENT"[..]),
        (0xE1, exif),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0MARKER-XMP"),
    ] {
        told.extend([0xFF, marker]);
        told.extend((content.len() as u16 + 2).to_be_bytes());
        told.extend(content);
    }
    told.extend(&jpeg[2..]);
    told
}

async fn dataset(owner: &Client<'_>) {
    owner
        .post("/v1/datasets")
        .json(json!({ "name": "scans" }))
        .send()
        .await
        .expect(201);
}

/// A workforce manager who was given the dataset: may look, and not take.
async fn viewer(server: &Server, team: &Team) -> Person {
    let viewer = team.member(Class::WorkforceManager).await;
    let grant = format!("/v1/datasets/scans/grants/{}", viewer.member);
    server
        .by(&team.owner)
        .put(&grant)
        .json(json!({}))
        .send()
        .await
        .expect(200);
    viewer
}

engines::on_both! {
    async fn a_view_only_person_never_gets_the_original_by_any_route(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        dataset(&owner).await;
        // Behind its end a picture may have anything, which is in the original and in nothing that is drawn.
        let original = [&file(ImageFormat::Png)[..], b"TAIL-OF-THE-ORIGINAL"].concat();
        let item = owner.store("scans", "photo", &original).await;
        let (id, version) = (text_at(&item, "/item/id"), text_at(&item, "/item/version/id"));
        let viewer = server.by(&viewer(&server, &team).await);
        let document = serde_json::to_value(api::openapi()).unwrap();
        let mut tried = 0;
        for (path, routes) in document["paths"].as_object().unwrap() {
            if !path.starts_with("/v1/items/{item}") || routes.get("get").is_none() {
                continue;
            }
            let path = path.replace("{item}", &id);
            for query in ["", &format!("?version={version}")] {
                for header in [("range", "bytes=0-9"), ("accept", "image/png"), ("if-none-match", "\"nothing\"")] {
                    let reply = viewer.get(&format!("{path}{query}")).header(header.0, header.1).send().await;
                    assert!(!reply.text().contains("TAIL-OF"), "{path}");
                    assert!(!path.ends_with("/content") || reply.status == 403, "{path}: {}", reply.status);
                    tried += 1;
                }
            }
        }
        assert!(tried >= 5 * 6, "{tried}");
        let taken = owner.get(&format!("/v1/items/{id}/content")).send().await.expect(200);
        assert!(taken.text().contains("TAIL-OF"), "who may take it gets all of it");
        let drawn = viewer.get(&format!("/v1/items/{id}/view")).send().await.expect(200);
        let seen = image::load_from_memory(&drawn.bytes).unwrap().to_rgb8();
        assert_eq!(seen.dimensions(), (300, 200));
        let marked = seen.pixels().zip(picture().pixels()).filter(|(a, b)| a != b).count();
        assert!(marked > 300 * 200 / 50, "{marked} pixels bear the mark");
        let refused = viewer.get(&format!("/v1/items/{id}/content")).send().await.refused("forbidden");
        assert!(refused.reasons.contains(&"limit.originals".to_owned()));
    }

    async fn download_is_another_right_than_looking(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        dataset(&owner).await;
        let id = text_at(&owner.store("scans", "photo", &file(ImageFormat::Png)).await, "/item/id");
        let (view, content) = (format!("/v1/items/{id}/view"), format!("/v1/items/{id}/content"));
        for (actions, may_look, may_take) in [("item.view", 200, 403), ("item.download", 403, 200)] {
            let key = owner.post("/v1/keys").json(json!({ "label": "narrow", "actions": [actions] })).send().await.expect(201);
            let narrow = server.with_key(&text_at(&key.json(), "/secret"));
            narrow.get(&view).send().await.expect(may_look);
            narrow.get(&content).send().await.expect(may_take);
        }
        let whole = image::load_from_memory(&owner.get(&view).send().await.expect(200).bytes).unwrap();
        assert_eq!(whole.to_rgb8(), picture(), "who may take it sees it without a mark");
    }

    async fn metadata_is_not_in_the_picture(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        dataset(&owner).await;
        let id = text_at(&owner.store("scans", "photo", &photograph()).await, "/item/id");
        let has_marker = |bytes: &[u8]| bytes.windows(6).any(|six| six == b"MARKER");
        assert!(has_marker(&owner.get(&format!("/v1/items/{id}/content")).send().await.expect(200).bytes));
        let viewer = server.by(&viewer(&server, &team).await);
        for person in [&owner, &viewer] {
            for path in ["view", "view?x=0&y=0&w=100&h=100", "view/info"] {
                let reply = person.get(&format!("/v1/items/{id}/{path}")).send().await.expect(200);
                assert!(!has_marker(&reply.bytes), "{path}");
                assert!(!format!("{:?}", reply.headers).contains("MARKER"));
            }
        }
    }

    async fn views_are_cut_sized_named_in_the_trail_and_kept_nowhere(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        dataset(&owner).await;
        let id = text_at(&owner.store("scans", "photo", &file(ImageFormat::Png)).await, "/item/id");
        let get = async |query: &str| owner.get(&format!("/v1/items/{id}/view{query}")).send().await;
        let part = get("?x=10&y=20&w=100&h=50&width=50").await.expect(200);
        assert_eq!((part.header("content-type"), part.header("cache-control")), ("image/png", "no-store"));
        let drawn = image::load_from_memory(&part.bytes).unwrap();
        assert_eq!((drawn.width(), drawn.height()), (50, 25));
        let entry = owner.get(&format!("/v1/trail/{}", part.header("bailee-event"))).send().await.expect(200).json();
        assert_eq!(text_at(&entry, "/event/action"), "item.view");
        assert_eq!(entry["event"]["details"]["region"], json!([10, 20, 100, 50]));
        let info = owner.get(&format!("/v1/items/{id}/view/info")).send().await.expect(200).json();
        assert_eq!((&info["kind"], &info["width"], &info["frames"], &info["marked"]), (&json!("picture"), &json!(300), &json!(1), &json!(false)));
        for (query, field) in [("?x=1", "x"), ("?x=0&y=0&w=301&h=1", "region"), ("?frame=1", "frame"), ("?window=3", "window"), ("?width=0", "size"), ("?page=3", "page")] {
            assert_eq!(get(query).await.refused("invalid").field.as_deref(), Some(field), "{query}");
        }
        let text = text_at(&owner.store("scans", "text", b"hello").await, "/item/id");
        let refused = owner.get(&format!("/v1/items/{text}/view")).send().await;
        assert!(refused.refused("not-shown").detail.contains("fields"));
    }

    async fn values_of_records_are_revealed_one_by_one_with_a_reason(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        dataset(&owner).await;
        let id = text_at(&owner.store("scans", "record", br#"{"name":"Bart","mail":"b@example.org"}"#).await, "/item/id");
        let viewer = server.by(&viewer(&server, &team).await);
        let path = format!("/v1/items/{id}/view/text");
        let covered = viewer.get(&path).send().await.expect(200);
        assert!(!covered.text().contains("Bart") && covered.json()["mark"].is_string());
        let reveal = format!("{path}?reveal=%2Fname");
        assert_eq!(viewer.get(&reveal).send().await.refused("invalid").field.as_deref(), Some("bailee-reason"));
        let shown = viewer.get(&reveal).header("bailee-reason", "he called").send().await.expect(200);
        assert!(shown.text().contains("Bart") && !shown.text().contains("example.org"));
        let entry = owner.get(&format!("/v1/trail/{}", shown.header("bailee-event"))).send().await.expect(200).json();
        assert_eq!((text_at(&entry, "/event/details/revealed"), text_at(&entry, "/event/reason")), ("/name".into(), "he called".into()));
    }
}
