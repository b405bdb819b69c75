//! The whole way: asked, proven, followed, answered, taken, over.

use std::io::{Cursor, Read as _};
use std::time::Duration;

use custody::dataset::DatasetRef;
use custody::item::{PutItem, ReadItem, Target};
use custody::trail::TrailFilter;
use http::StatusCode;
use kernel::{PageRequest, RequestId};
use rights::purpose::{Basis, NewPurpose, PurposeRef, Terms};
use rights::request::{Decision, Proof, State};
use testkit::pieces;

use crate::browser::Site;

pub(crate) const ANNA: &str = "Anna@person.example";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Site {
    /// Keeps a letter that is about Anna alone, which somebody of the team reads.
    async fn keep_about_anna(&self) {
        let owner = &self.team.owner;
        owner.dataset("mail").await.unwrap();
        let put = PutItem {
            subject: Some("email:anna@person.example".into()),
            ..PutItem::file(
                Target::Name(DatasetRef::parse("mail"), "letter.txt".into()),
                "text/plain",
            )
        };
        let put = owner.put_as(put, pieces(b"Dear Anna")).await.unwrap();
        let read = self
            .custody()
            .read(
                &owner.credential,
                owner.request(),
                put.item.id,
                ReadItem::default(),
            )
            .await
            .unwrap();
        let mut body = read.body.unwrap();
        while let Some(piece) = body.next().await {
            piece.unwrap();
        }
    }

    /// What the team does about a request for access.
    async fn answer(&self, id: RequestId) {
        let (rights, owner) = (&self.rights, &self.team.owner);
        let by = || (&owner.credential, owner.request());
        let note = "called back".to_owned();
        let (credential, request) = by();
        let known = rights
            .accept_identity(credential, request, id, Proof::StaffCheck, note)
            .await;
        assert_eq!(known.unwrap().state, State::Open);
        let (credential, request) = by();
        rights
            .decide_request(credential, request, id, Decision::Grant)
            .await
            .unwrap();
        let (credential, request) = by();
        rights
            .offer_package(credential, request, id, Some(14))
            .await
            .unwrap();
        let (credential, request) = by();
        let text = Some("Dear Anna, it is all in the package.".to_owned());
        rights
            .answer_request(credential, request, id, text)
            .await
            .unwrap();
    }
}

fn names(bytes: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let count = archive.len();
    let read = |number| {
        let mut file = archive.by_index(number).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        (file.name().unwrap().into_owned(), content)
    };
    (0..count).map(read).collect()
}

engines::on_both! {
    async fn somebody_asks_follows_it_and_takes_the_answer_until_its_window_ends(db: TestDb) {
        let site = Site::on(db).await;
        site.keep_about_anna().await;
        let mut browser = site.browser();
        let to = browser.ask("access", ANNA, "Everything, please.").await;
        let path = to.strip_prefix("/privacy/clinic").unwrap().to_owned();
        let id: RequestId = path.rsplit('/').next().unwrap().parse().unwrap();
        let shown = browser.get(&path).await.text();
        assert!(shown.contains("Everything, please.") && shown.contains("Received"), "{shown}");
        assert!(!shown.contains("Download"));
        let told: Vec<_> = site.letters().await.into_iter().map(|letter| (letter.kind, letter.to)).collect();
        assert_eq!(told, [("portal.received".to_owned(), ANNA.to_owned())]);
        site.answer(id).await;
        let news = site.letters().await;
        assert_eq!(news.len(), 2);
        for letter in &news {
            assert_eq!((letter.kind.as_str(), letter.to.as_str()), ("portal.news", ANNA));
            assert_eq!(letter.subject, "There is news about your request");
            assert!(letter.text.contains(&format!("https://bailee.example{to}")) && !letter.text.contains("package"));
        }

        // Days later, from another browser, by the link of the letter.
        site.world.clock.advance(DAY * 3);
        let mut browser = site.browser();
        let away = browser.get(&path).await.to();
        assert!(away.starts_with("/privacy/clinic/sign-in?then="), "{away}");
        assert_eq!(browser.sign_in("anna@PERSON.example", &path).await, to);
        let shown = browser.get(&path).await.text();
        assert!(shown.contains("it is all in the package") && shown.contains("Download"), "{shown}");
        let taken = browser.post(&format!("{path}/package"), &[]).await;
        assert_eq!((taken.status, taken.header("content-type").as_str()), (StatusCode::OK, "application/zip"));
        let files = names(taken.bytes);
        let letter = files.iter().find(|(name, _)| name.ends_with("files/letter.txt"));
        assert_eq!(letter.unwrap().1, b"Dear Anna");

        // Who had access is told, and that it was she who took it.
        let access = browser.get("/access").await.text();
        assert!(access.contains("letter.txt") && access.contains("by somebody at Clinic on the Hill"), "{access}");
        assert!(access.contains("taken, by you"), "{access}");

        site.world.clock.advance(DAY * 12);
        let mut browser = site.browser();
        browser.sign_in(ANNA, &path).await;
        let shown = browser.get(&path).await.text();
        assert!(shown.contains("It could be taken until") && !shown.contains("Download"));
        let over = browser.post(&format!("{path}/package"), &[]).await;
        assert_eq!(over.status, StatusCode::GONE);

        let filter = TrailFilter { action: Some("request.package".into()), ..TrailFilter::default() };
        let owner = &site.team.owner;
        let trail = site.custody().trail(&owner.credential, owner.request(), filter, PageRequest::first(20)).await.unwrap();
        let by: Vec<_> = trail.items.iter().map(|entry| entry.event["actor"]["kind"].as_str().unwrap()).collect();
        assert_eq!(by, ["data-subject", "data-subject", "data-subject", "key"], "refused, ended, taken, offered");

        // The address of a visit is forgotten a day after its end, also where nobody comes any more.
        assert_eq!(site.rights.sweep_visits().await.unwrap(), 0, "this one is still good");
        site.world.clock.advance(DAY * 2);
        assert_eq!(site.rights.sweep_visits().await.unwrap(), 1);
    }

    async fn somebody_takes_a_request_back_and_leaves(db: TestDb) {
        let site = Site::on(db).await;
        let mut browser = site.browser();
        let to = browser.ask("objection", ANNA, "No letters.").await;
        let shown = browser.get(&to).await.text();
        // A code is enough for leaving data alone.
        assert!(shown.contains("Being worked on"), "{shown}");
        let back = browser.post(&format!("{to}/withdraw"), &[]).await;
        assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text());
        assert!(browser.get(&to).await.text().contains("Taken back"));
        assert!(browser.get("/requests").await.text().contains("Object"));
        let cookies = browser.cookies.clone();
        let left = browser.post("/leave", &[]).await;
        assert_eq!(left.to(), "/privacy/clinic");
        browser.cookies = cookies;
        assert!(browser.get("/requests").await.to().contains("ended=yes"), "the visit is over on the server, too");
    }

    async fn somebody_agrees_and_takes_it_back(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        let terms = Terms { word: "newsletter".into(), says: "We write once a month.".into(), ..Terms::default() };
        let new = NewPurpose { basis: Basis::Consent, terms };
        let purpose = site.rights.make_purpose(&owner.credential, owner.request(), new, None).await.unwrap();
        let word = PurposeRef::parse("newsletter");
        site.rights.publish_notice(&owner.credential, owner.request(), word.clone(), "We will write.".into()).await.unwrap();
        let mut browser = site.browser();
        browser.sign_in(ANNA, "/consent").await;
        let shown = browser.get("/consent").await.text();
        assert!(shown.contains("You did not agree") && shown.contains("We will write."), "{shown}");
        let id = purpose.id.to_string();
        let agreed = browser.post("/consent", &[("purpose", &id), ("notice", "1")]).await;
        assert_eq!(agreed.status, StatusCode::SEE_OTHER, "{}", agreed.text());
        assert!(browser.get("/consent").await.text().contains("I no longer agree"));
        let person = "email:anna@person.example".to_owned();
        let stands = site.rights.consent(&owner.credential, owner.request(), word, person).await.unwrap();
        assert!(stands.standing.allows());
        browser.post("/consent", &[("purpose", &id)]).await;
        assert!(browser.get("/consent").await.text().contains("You took it back"));
        // Nothing can be agreed to that was not shown.
        let stale = browser.post("/consent", &[("purpose", &id), ("notice", "7")]).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
    }
}
