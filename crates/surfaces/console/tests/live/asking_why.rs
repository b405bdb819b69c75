//! A dataset that asks why it is read: settled, asked once at a browser, and in the trail with each read.

use std::time::Duration;

use access::{Action, Class};
use custody::trail::TrailFilter;
use http::StatusCode;
use testkit::{Person, World};

use crate::browser::{member_in, owner_in};
use crate::looking::{picture, put};

const DATASET: &str = "/console/datasets/scans";
const SETTINGS: &str = "/console/datasets/scans/settings";
const READING: &str = "/console/datasets/scans/reading";
const REASON: &str = "/console/datasets/scans/reason";

/// The reasons of what was done by this act, newest first.
async fn said(owner: &Person, action: Action, outcome: &str) -> Vec<String> {
    let filter = TrailFilter {
        action: Some(action.to_string()),
        outcome: Some(outcome.into()),
        ..TrailFilter::default()
    };
    let entries = owner.trail(filter).await.unwrap();
    let said =
        |entry: &operation::trail::TrailEntry| entry.event["reason"].as_str().unwrap_or("-").to_owned();
    // What was drawn on a picture is read by an act of its own, and needs no reason.
    let looks = |entry: &&operation::trail::TrailEntry| {
        action != Action::ItemView || outcome != "done" || entry.event["details"].get("look").is_some()
    };
    entries.iter().filter(looks).map(said).collect()
}

engines::on_both! {
    async fn a_reason_is_asked_once_kept_for_an_hour_and_stands_with_every_read(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let owner = &team.owner;
        owner.dataset("scans").await.unwrap();
        let item = put(owner, "photo.png", "image/png", &picture(90, 60)).await;
        let note = put(owner, "note.json", "application/json", br#"{"name":"Ada"}"#).await;
        let user = team.member(Class::User).await;
        let (mut browser, _app) = owner_in(&world, owner).await;
        let page = browser.go(SETTINGS).await;
        let wrong = browser.fill(&page, READING, &[("reasons", "Care of People")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text.contains("small letters") || wrong.text.contains("give 1 to 32 words"), "{}", wrong.text);
        let page = browser.fill(&page, READING, &[("reasons", "care\r\nbilling"), ("note", "yes")]).await;
        assert!(page.text.contains("Whoever reads from here on says why."), "{}", page.text);

        // Whoever comes is asked, and nothing was opened meanwhile.
        let (mut theirs, _app) = member_in(&world, owner, &user).await;
        let (thumbnail, original) = (format!("/console/items/{item}/picture?width=320&height=240"), format!("/console/items/{item}/original"));
        let asked = theirs.go(&format!("/console/items/{item}")).await;
        assert_eq!((asked.heading().as_str(), asked.path.starts_with(REASON)), ("Why do you look?", true));
        assert_eq!(theirs.go(DATASET).await.heading(), "Why do you look?");
        assert!(theirs.go(&format!("{DATASET}?as=list")).await.text.contains("photo.png"), "names need no reason");
        assert!(said(owner, Action::ItemView, "done").await.is_empty() && said(owner, Action::ItemView, "refused").await.is_empty());
        assert!(!theirs.go(&thumbnail).await.status.is_success(), "not by a way around the page");
        let wrong = theirs.fill(&asked, REASON, &[("reason", "curiosity")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);

        let page = theirs.fill(&asked, REASON, &[("reason", "care"), ("note", "she called")]).await;
        assert_eq!((page.status, page.path.as_str()), (StatusCode::OK, format!("/console/items/{item}").as_str()));
        assert!(page.text.contains("You look for") && page.text.contains("care: she called"), "{}", page.text);
        assert!(theirs.go(&thumbnail).await.status.is_success() && theirs.go(&original).await.status.is_success());
        let page = theirs.go(&format!("/console/items/{note}")).await;
        let reveal = format!("/console/items/{note}/reveal");
        let shown = theirs.fill(&page, &reveal, &[("path", "/name"), ("reason", "ticket 7")]).await;
        assert_eq!(shown.status, StatusCode::OK);
        let views = said(owner, Action::ItemView, "done").await;
        assert!(views.len() >= 3 && views.iter().all(|said| said.starts_with("care: she called")), "{views:?}");
        assert!(views.contains(&"care: she called; ticket 7".to_owned()), "{views:?}");
        assert_eq!(said(owner, Action::ItemDownload, "done").await, ["care: she called"]);

        // It is the dataset's own, and theirs alone: another one asks anew, as somebody else is asked.
        assert_eq!(browser.go(DATASET).await.heading(), "Why do you look?");
        let unknown = theirs.go("/console/datasets/nothing/reason").await;
        assert_eq!((unknown.status, unknown.heading().as_str()), (StatusCode::NOT_FOUND, "There is nothing here"));
        // Two times, so that the session lives and the hour is over.
        for _ in 0..2 {
            world.clock.advance(Duration::from_secs(29 * 60));
            theirs.go("/console/datasets").await;
            browser.go("/console/datasets").await;
        }
        assert_eq!(theirs.go(DATASET).await.heading(), "scans");
        world.clock.advance(Duration::from_secs(3 * 60));
        assert_eq!(theirs.go(DATASET).await.heading(), "Why do you look?");
        let page = theirs.go(&original).await;
        assert_eq!(page.heading(), "Why do you look?", "a download leads there as well");
        // A rule that does not know it any more asks again; and none asks nobody.
        let page = browser.go(SETTINGS).await;
        browser.fill(&page, READING, &[("reasons", "")]).await;
        assert_eq!(theirs.go(DATASET).await.heading(), "scans");
    }
}
