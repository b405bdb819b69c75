//! Looking at what is kept: thumbnails, parts, covered values, and what the trail says of it.

use std::io::Cursor;

use access::{Action, Class};
use custody::dataset::{DatasetRef, GrantTerms};
use custody::item::PutItem;
use custody::item::Target;
use custody::trail::TrailFilter;
use http::StatusCode;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use kernel::ItemId;
use serde_json::Value;
use testkit::{Person, World, pieces};

use crate::browser::{Page, member_in, owner_in};

pub(crate) fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 200]));
    DynamicImage::ImageRgb8(picture)
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

pub(crate) async fn put(owner: &Person, name: &str, kind: &str, bytes: &[u8]) -> ItemId {
    let target = Target::Name(DatasetRef::parse("scans"), name.to_owned());
    owner
        .put_as(PutItem::file(target, kind), pieces(bytes))
        .await
        .unwrap()
        .item
        .id
}

/// What the trail says of looking at this item, oldest first.
async fn looks(owner: &Person, item: ItemId) -> Vec<Value> {
    let filter = TrailFilter {
        item: Some(item),
        action: Some(Action::ItemView.to_string()),
        ..TrailFilter::default()
    };
    let entries = owner.trail(filter).await.unwrap();
    let details = entries.iter().rev().map(|entry| entry.event["details"].clone());
    // What is said about it is read by an act of its own.
    details.filter(|details| details.get("look").is_some()).collect()
}

fn drawn(page: &Page) -> (u32, u32) {
    let kind = page.headers["content-type"].to_str().unwrap();
    assert!(
        page.status == StatusCode::OK && kind.starts_with("image/"),
        "{} {kind}",
        page.status
    );
    let seen = image::load_from_memory(&page.bytes).unwrap();
    (seen.width(), seen.height())
}

engines::on_both! {
    async fn a_gallery_looks_at_nothing_until_a_thumbnail_is_fetched_and_each_is_an_entry(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let item = put(&team.owner, "photo.png", "image/png", &picture(900, 600)).await;
        put(&team.owner, "note.txt", "text/plain", b"all is well").await;
        let (mut browser, _) = owner_in(&world, &team.owner).await;
        let page = browser.go("/console/datasets/scans").await;
        let thumbnails: Vec<_> = page.text.split("<img src=\"").skip(1).map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&")).collect();
        assert_eq!(thumbnails, [format!("/console/items/{item}/picture?width=320&height=240")]);
        assert!(page.text.contains("loading=\"lazy\""));
        assert_eq!(looks(&team.owner, item).await.len(), 0, "a listing is no look");
        assert_eq!(drawn(&browser.go(&thumbnails[0]).await), (320, 213));
        let seen = looks(&team.owner, item).await;
        assert_eq!((seen.len(), &seen[0]["size"]), (1, &serde_json::json!([320, 240])));
        let list = browser.go("/console/datasets/scans?as=list").await;
        assert!(!list.text.contains("<img") && list.text.contains("photo.png") && list.text.contains("as=list"));
    }

    async fn a_page_without_script_goes_nearer_and_each_view_has_an_address(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let item = put(&team.owner, "photo.png", "image/png", &picture(900, 600)).await;
        let (mut browser, _) = owner_in(&world, &team.owner).await;
        let page = browser.go(&format!("/console/items/{item}")).await;
        assert_eq!(drawn(&browser.go(&page.between("<img src=\"", "\"").unwrap()).await), (900, 600));
        let nearer = page.text.split("<a ").find(|link| link.contains("data-go=\"in\"")).unwrap().to_owned();
        let nearer = nearer.split("href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
        let page = browser.go(&nearer).await;
        assert!(page.text.contains("200 %"), "{nearer}");
        assert_eq!(drawn(&browser.go(&page.between("<img src=\"", "\"").unwrap()).await), (450, 300));
        let seen = looks(&team.owner, item).await;
        assert_eq!(seen.last().unwrap()["region"], serde_json::json!([225, 150, 450, 300]));
        for bad in ["x=1", "window=1", "frame=one", "x=800&y=0&w=800&h=10"] {
            let page = browser.go(&format!("/console/items/{item}/picture?{bad}")).await;
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{bad}");
        }
    }

    async fn values_are_covered_and_one_is_shown_to_who_says_why(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let item = put(&team.owner, "p.json", "application/json", br#"{"name":"Bart","born":"1961"}"#).await;
        let (mut browser, _) = owner_in(&world, &team.owner).await;
        let path = format!("/console/items/{item}");
        let page = browser.go(&path).await;
        assert!(page.text.contains("/name") && !page.text.contains("Bart"), "{}", page.text);
        let to = format!("{path}/reveal");
        let page = browser.fill(&page, &to, &[("path", "/name"), ("reason", " ")]).await;
        assert!(page.status == StatusCode::UNPROCESSABLE_ENTITY && !page.text.contains("Bart"));
        let page = browser.fill(&page, &to, &[("path", "/name"), ("reason", "she called about her bill")]).await;
        assert!(page.status == StatusCode::OK && page.text.contains("Bart") && !page.text.contains("1961"));
        let filter = TrailFilter { item: Some(item), ..TrailFilter::default() };
        let told = format!("{:?}", team.owner.trail(filter).await.unwrap());
        assert!(told.contains("/name") && told.contains("she called about her bill") && !told.contains("Bart"), "{told}");
    }

    async fn who_may_not_take_it_sees_their_name_and_what_is_archived_shows_nothing(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let item = put(&team.owner, "photo.png", "image/png", &picture(400, 300)).await;
        let manager = team.member(Class::WorkforceManager).await;
        let custody = team.owner.custody();
        custody.give_grant(&team.owner.credential, team.owner.request(), DatasetRef::parse("scans"), manager.member, GrantTerms { ends_at: None }).await.unwrap();
        let (mut browser, _) = member_in(&world, &team.owner, &manager).await;
        let page = browser.go(&format!("/console/items/{item}")).await;
        assert!(page.text.contains("Your name is on it") && !page.text.contains("/original"), "{}", page.text);
        drawn(&browser.go(&page.between("<img src=\"", "\"").unwrap()).await);
        assert!(looks(&team.owner, item).await.iter().all(|look| look["marked"] == true));
        team.owner.change(item, custody::item::Verb::Archive).await.unwrap();
        assert_eq!(browser.go(&format!("/console/items/{item}/picture")).await.status, StatusCode::CONFLICT);
    }
}
