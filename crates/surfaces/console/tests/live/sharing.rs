//! Exports and sharing: behind the warning and a fresh proof, what the public sees, and withdrawing it.

use std::time::Duration;

use custody::dataset::DatasetRef;
use custody::item::{PutItem, Target};
use http::StatusCode;
use testkit::{World, pieces};

use crate::browser::{App, Browser, Page, owner_in};

const SHARE: &str = "/console/datasets/scans/share";
const WARNING: &str = "/console/datasets/scans/share/warning";

fn picture() -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = image::DynamicImage::ImageRgb8(image::RgbImage::new(64, 48));
    picture
        .write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png)
        .unwrap();
    bytes
}

/// A team with a dataset of one picture, and its owner at a browser.
async fn scans(db: engines::TestDb) -> (World, testkit::Team, Browser, App) {
    let world = World::on(db).await;
    let team = world.team("clinic").await;
    team.owner.dataset("scans").await.unwrap();
    let target = Target::Name(DatasetRef::parse("scans"), "chest.png".into());
    team.owner
        .put_as(PutItem::file(target, "image/png"), pieces(&picture()))
        .await
        .unwrap();
    let (browser, app) = owner_in(&world, &team.owner).await;
    (world, team, browser, app)
}

/// The warning of the dataset itself, for a day that is to come.
async fn warned(browser: &mut Browser, originals: &str) -> Page {
    let page = browser.go(SHARE).await;
    assert_eq!(page.heading(), "Share with the public");
    let what = [("export", ""), ("until", "2026-02-01"), ("originals", originals)];
    browser.fill(&page, WARNING, &what).await
}

async fn is_marked_open(browser: &mut Browser) -> bool {
    browser
        .go("/console/datasets/scans")
        .await
        .text
        .contains("Shared with the public\"")
}

fn link(page: &Page) -> String {
    page.between("<code id=\"public-link\">https://bailee.example", "</code>")
        .unwrap()
}

engines::on_both! {
    async fn sharing_is_refused_without_the_fresh_confirmation(db: TestDb) {
        let (world, _team, mut browser, app) = scans(db).await;
        // Without the warning there is no confirmation, whatever a form says.
        let warning = warned(&mut browser, "").await;
        assert_eq!(warning.heading(), "Share this with the public?");
        assert!(warning.text.contains("without an account"), "{}", warning.text);
        let what = "export=&until=2026-02-01&originals=";
        let csrf = warning.between("name=\"csrf\" value=\"", "\"").unwrap();
        for confirmation in ["", "&confirmation=", "&confirmation=yes"] {
            let form = format!("csrf={csrf}&{what}{confirmation}");
            let refused = browser.post(SHARE, "application/x-www-form-urlencoded", form).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{confirmation}");
        }
        assert!(!is_marked_open(&mut browser).await);
        // With the warning's confirmation and a proof that is too old, it is asked for again, and both are.
        world.clock.advance(Duration::from_secs(11 * 60));
        let page = browser.fill(&warning, SHARE, &[]).await;
        assert_eq!(page.heading(), "Confirm that it is you");
        assert!(!is_marked_open(&mut browser).await);
        let page = browser.fill(&page, SHARE, &[("proof-code", &app.code(&world))]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "the confirmation is too old by now");
        assert!(!is_marked_open(&mut browser).await);
        let warning = warned(&mut browser, "").await;
        let page = browser.fill(&warning, SHARE, &[]).await;
        assert!(page.heading().starts_with("Shared with the public"), "{}", page.heading());
        assert!(is_marked_open(&mut browser).await);
        let again = browser.fill(&warning, SHARE, &[]).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "a confirmation is good once");
    }

    async fn the_public_looks_by_the_link_until_it_is_withdrawn(db: TestDb) {
        let (world, _team, mut browser, _) = scans(db).await;
        let warning = warned(&mut browser, "").await;
        let link = link(&browser.fill(&warning, SHARE, &[]).await);
        // Somebody who has nothing but the link.
        let mut guest = Browser::new(&world);
        let page = guest.go(&link).await;
        assert_eq!((page.status, page.heading().starts_with("scans")), (StatusCode::OK, true));
        assert!(page.text.contains("chest.png") && !page.text.contains("<form"));
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
        assert_eq!(page.headers["cache-control"], "no-store");
        let item = page.between(&format!("href=\"{link}/items/"), "\"").unwrap();
        let at = format!("{link}/items/{item}");
        assert!(guest.go(&at).await.heading().starts_with("chest.png"));
        let seen = guest.go(&format!("{at}/picture")).await;
        assert!(seen.headers["content-type"].to_str().unwrap().starts_with("image/"));
        assert_ne!(seen.bytes, picture(), "drawn, and marked");
        assert_eq!(guest.go(&format!("{at}/content")).await.status, StatusCode::FORBIDDEN);
        assert!(!guest.has_session());

        let page = browser.go("/console/trail?action=item.view").await;
        assert!(page.text.contains("The public"), "{}", page.text);
        let page = browser.go("/console/datasets/scans/settings").await;
        let page = browser.fill(&page, "/console/datasets/scans/share/withdraw", &[]).await;
        assert!(page.text.contains("The link was withdrawn.") && page.text.contains("Withdrawn"));
        assert!(!is_marked_open(&mut browser).await);
        let nobody = "A".repeat(64);
        let told = async |path: String| {
            let page = Browser::new(&world).go(&path).await;
            (page.status, page.heading(), page.text.replace(&link, ""))
        };
        let unknown = told(format!("/public/{nobody}")).await;
        assert_eq!(unknown.0, StatusCode::NOT_FOUND);
        for end in ["", "/items/x", "/items/x/content", "/items/x/picture"] {
            let end = end.replace('x', &item);
            assert_eq!(told(format!("{link}{end}")).await, unknown, "{end}");
            assert_eq!(told(format!("/public/short{end}")).await, unknown, "{end}");
        }
    }

    async fn a_link_that_gives_originals_gives_them_as_files(db: TestDb) {
        let (world, _team, mut browser, _) = scans(db).await;
        let warning = warned(&mut browser, "yes").await;
        assert!(warning.text.contains("cannot be called back"));
        let link = link(&browser.fill(&warning, SHARE, &[]).await);
        let mut guest = Browser::new(&world);
        let page = guest.go(&link).await;
        let item = page.between(&format!("href=\"{link}/items/"), "\"").unwrap();
        let taken = guest.go(&format!("{link}/items/{item}/content")).await;
        assert_eq!(taken.bytes, picture());
        assert!(taken.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
        world.clock.advance(Duration::from_secs(86_400 * 40));
        assert_eq!(guest.go(&link).await.status, StatusCode::NOT_FOUND, "ended");
    }

    async fn an_export_is_made_shared_and_deleted(db: TestDb) {
        let (world, _team, mut browser, _) = scans(db).await;
        let exports = "/console/datasets/scans/exports";
        let page = browser.go(exports).await;
        assert!(page.text.contains("No exports yet"));
        let nothing = browser.fill(&page, exports, &[("prefix", "mri-")]).await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = browser.fill(&page, exports, &[("format", "coco")]).await;
        assert!(page.text.contains("Export 2 was made, of 1 item."), "{}", page.text);
        let form = browser.go(SHARE).await;
        let what = [("export", "2"), ("until", "2026-02-01"), ("originals", "")];
        let warning = browser.fill(&form, WARNING, &what).await;
        assert!(warning.text.contains("export 2 of"), "{}", warning.text);
        let link = link(&browser.fill(&warning, SHARE, &[]).await);
        assert!(Browser::new(&world).go(&link).await.text.contains("Export 2"));
        let delete = format!("{exports}/2/delete");
        let page = browser.go(&delete).await;
        assert_eq!(page.heading(), "Delete export 2?");
        let page = browser.fill(&page, &delete, &[]).await;
        assert!(page.text.contains("Export 2 was deleted."));
        assert_eq!(Browser::new(&world).go(&link).await.status, StatusCode::NOT_FOUND);
    }
}
