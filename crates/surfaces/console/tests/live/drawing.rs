//! What is said about a picture, sent as the page's script sends it.

use access::Action;
use custody::trail::TrailFilter;
use http::StatusCode;
use testkit::World;

use crate::browser::owner_in;
use crate::looking::{picture, put};

const SET: &str = r#"{"size":{"width":900,"height":600},"annotations":[{"class":"nodule","shape":{"kind":"box","x":10,"y":20,"width":30.5,"height":40}}]}"#;

engines::on_both! {
    async fn what_is_drawn_is_kept_shown_and_not_replaced_unseen(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let item = put(&team.owner, "photo.png", "image/png", &picture(900, 600)).await;
        let (mut browser, _) = owner_in(&world, &team.owner).await;
        let (path, to) = (format!("/console/items/{item}"), format!("/console/items/{item}/annotations"));
        let page = browser.go(&path).await;
        assert!(page.text.contains("Nothing is said about this picture yet.") && page.text.contains("data-tool=\"polygon\""));
        let kept = browser.fill(&page, &to, &[("set", SET)]).await;
        assert_eq!((kept.status, kept.headers["content-type"].to_str().unwrap()), (StatusCode::OK, "text/plain; charset=utf-8"));
        // The page from before has not seen it.
        let again = browser.fill(&page, &to, &[("set", r#"{"annotations":[]}"#)]).await;
        assert_eq!(again.status, StatusCode::CONFLICT);
        assert!(again.text.contains("Somebody else saved meanwhile"), "{}", again.text);
        let page = browser.go(&path).await;
        assert!(page.text.contains("nodule") && page.text.contains("31 × 40 at 10, 20") && page.text.contains(&format!("name=\"basis\" value=\"{}\"", kept.text)));
        assert_eq!(browser.fill(&page, &to, &[("set", r#"{"annotations":[]}"#)]).await.status, StatusCode::OK);
        let filter = TrailFilter { item: Some(item), action: Some(Action::ItemAnnotate.to_string()), ..TrailFilter::default() };
        let told = format!("{:?}", team.owner.trail(filter).await.unwrap());
        assert!(told.contains("annotations") && !told.contains("nodule"), "the trail keeps how much was said: {told}");
    }

    async fn what_cannot_be_kept_is_told_in_words_and_changes_nothing(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let item = put(&team.owner, "photo.png", "image/png", &picture(900, 600)).await;
        let (mut browser, _) = owner_in(&world, &team.owner).await;
        let (path, to) = (format!("/console/items/{item}"), format!("/console/items/{item}/annotations"));
        let page = browser.go(&path).await;
        let outside = SET.replace("\"x\":10", "\"x\":880");
        for bad in ["", "[]", "{\"annotations\":[{}]}", outside.as_str()] {
            let said = browser.fill(&page, &to, &[("set", bad)]).await;
            assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
            assert!(said.text.ends_with('.') && !said.text.contains('<'), "{}", said.text);
        }
        browser.site = "cross-site";
        assert_eq!(browser.fill(&page, &to, &[("set", SET)]).await.status, StatusCode::FORBIDDEN);
        browser.site = "same-origin";
        assert!(browser.go(&path).await.text.contains("Nothing is said about this picture yet."));
    }
}
