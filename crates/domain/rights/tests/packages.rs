//! What is kept about a person, handed to them, on both engines.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod site;

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::time::Duration;

use access::{Action, Class};
use aws_lc_rs::digest;
use custody::dataset::{DatasetChange, DatasetRef, Reading};
use custody::item::{PutItem, Target};
use custody::record::{Field, FieldType, Mask, NewKind, NewRecord, Said};
use custody::subject::Identifier;
use custody::trail::TrailFilter;
use custody::{Error, Result};
use kernel::{ItemId, RequestId};
use rights::RestrictionGround;
use rights::consent::{ConsentAct, ConsentChannel, NewConsent};
use rights::package::{Offer, Package};
use rights::purpose::{Basis, NewPurpose, PurposeRef, Terms};
use rights::request::{Kind, NewRequest};
use serde_json::Value as Json;
use site::*;
use testkit::{Person, pieces};

const ANNA: &str = "patient-7";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Site {
    async fn letter(&self, name: &str, about: &str, bytes: &[u8]) -> ItemId {
        let target = Target::Name(DatasetRef::parse("mail"), name.into());
        let put = PutItem {
            subject: Some(about.into()),
            ..PutItem::file(target, "text/plain")
        };
        self.team.owner.put_as(put, pieces(bytes)).await.unwrap().item.id
    }

    /// A note of what somebody said.
    async fn call(&self, about: &str, text: &str) {
        let (owner, custody) = (&self.team.owner, &self.world.custody);
        let mail = || DatasetRef::parse("mail");
        let field = Field {
            name: "text".into(),
            field_type: FieldType::Text,
            required: true,
            personal: true,
            find_by_value: false,
            find_by_word: true,
            masked: Some(Mask::All),
        };
        let kind = NewKind {
            name: "note".into(),
            fields: vec![field],
            subject: None,
        };
        let declared = custody.declare_kind(&owner.credential, owner.request(), mail(), kind);
        declared.await.unwrap();
        let new = NewRecord {
            kind: "note".into(),
            name: Some("call".into()),
            subject: Some(about.into()),
            values: [("text".to_owned(), text.into())].into_iter().collect(),
            said: Said {
                source: "a call".into(),
                at: None,
                basis: None,
            },
            provenance: BTreeMap::new(),
        };
        let made = custody.create_record(&owner.credential, owner.request(), mail(), new, None);
        made.await.unwrap();
    }

    /// A request of Anna's who has proved that it is she.
    async fn proven(&self, kind: Kind) -> RequestId {
        let asks = NewRequest {
            subject: Some(ANNA.into()),
            ..new(kind)
        };
        let opened = self.open_as(&self.team.owner, asks, None).await.unwrap();
        self.identify(&self.team.owner, opened.id).await.unwrap();
        opened.id
    }

    async fn offer(&self, by: &Person, id: RequestId, days: Option<u32>) -> Result<Offer> {
        self.rights
            .offer_package(&by.credential, by.request(), id, days)
            .await
    }

    async fn begin(&self, by: &Person, id: RequestId) -> Result<Package> {
        self.rights.take_package(&by.credential, by.request(), id).await
    }

    async fn files(&self, by: &Person, id: RequestId) -> BTreeMap<String, Vec<u8>> {
        let (mut package, mut bytes) = (self.begin(by, id).await.unwrap(), Vec::new());
        while let Some(piece) = package.next().await {
            bytes.extend_from_slice(&piece.unwrap());
        }
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

    async fn agree(&self) {
        let owner = &self.team.owner;
        let terms = Terms {
            word: "newsletter".into(),
            says: "We write once a month.".into(),
            ..Terms::default()
        };
        let purpose = NewPurpose {
            basis: Basis::Consent,
            terms,
        };
        self.rights
            .make_purpose(&owner.credential, owner.request(), purpose, None)
            .await
            .unwrap();
        let news = || PurposeRef::parse("newsletter");
        let told = "We will write to you.".to_owned();
        self.rights
            .publish_notice(&owner.credential, owner.request(), news(), told)
            .await
            .unwrap();
        let agrees = NewConsent {
            person: ANNA.into(),
            given: true,
            notice: Some(1),
            act: Some(ConsentAct::Signed),
            channel: ConsentChannel::Paper,
            at: None,
            proof: Some("form 7".into()),
            browser_objects: false,
        };
        self.rights
            .record_consent(&owner.credential, owner.request(), news(), agrees, None)
            .await
            .unwrap();
    }

    /// What the trail tells of the acts on packages, newest first: how each ended, and its details.
    async fn told(&self) -> Vec<(String, Json)> {
        let filter = TrailFilter {
            action: Some("request.package".into()),
            ..TrailFilter::default()
        };
        let entries = self.team.owner.trail(filter).await.unwrap();
        let told = entries.into_iter().map(|entry| {
            (
                entry.event["outcome"].as_str().unwrap().to_owned(),
                entry.event["details"].clone(),
            )
        });
        told.collect()
    }
}

fn json(files: &BTreeMap<String, Vec<u8>>, path: &str) -> Json {
    serde_json::from_slice(&files[path]).unwrap()
}

fn text(files: &BTreeMap<String, Vec<u8>>, path: &str) -> String {
    String::from_utf8(files[path].clone()).unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

engines::on_both! {
    async fn what_a_place_elsewhere_hands_over_goes_into_the_package(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        owner.dataset("mail").await.unwrap();
        site.letter("hello", ANNA, b"Dear Anna").await;
        site.settle_places(owner, &[place("accounts", &[Kind::Access]), place("shop", &[Kind::Access])]).await.unwrap();
        let id = site.proven(Kind::Access).await;
        let hand_over = async |name: &str, bytes: Vec<u8>| {
            site.rights
                .keep_task_file(&owner.credential, owner.request(), id, "accounts".into(), name.into(), bytes)
                .await
        };
        let large = vec![7; rights::request::MOST_DOCUMENT_BYTES + 1];
        assert!(matches!(hand_over("all.zip", large).await, Err(Error::TooLarge { .. })));
        hand_over("first.csv", b"wrong".to_vec()).await.unwrap();
        let task = hand_over("../invoices.csv", b"4711;Anna;12.50".to_vec()).await.unwrap();
        assert_eq!(task.file.as_deref(), Some("../invoices.csv"));
        let read = async |place: &str| site.rights.task_file(&owner.credential, owner.request(), id, place.into()).await;
        assert_eq!(read("accounts").await.unwrap(), b"4711;Anna;12.50");
        assert!(matches!(read("shop").await, Err(Error::NotFound(_))));
        let kept = site.sealed_bytes("SELECT file_sealed FROM request_task").await;
        assert!(kept.len() == 1 && !contains(&kept[0], b"Anna"));
        site.offer(owner, id, None).await.unwrap();
        let files = site.files(owner, id).await;
        assert!(files.keys().all(|path| !path.starts_with("elsewhere/")), "it is not done yet");
        site.done(owner, id, "accounts").await.unwrap();
        let files = site.files(owner, id).await;
        let handed: Vec<&String> = files.keys().filter(|path| path.starts_with("elsewhere/")).collect();
        assert!(handed.len() == 1 && handed[0].starts_with("elsewhere/accounts/") && !handed[0].contains(".."), "{handed:?}");
        assert_eq!(files[handed[0]], b"4711;Anna;12.50");
        let data: Json = serde_json::from_slice(&files["data.json"]).unwrap();
        assert_eq!(data["overview"]["elsewhere"][0]["file"], Json::from(handed[0].as_str()));
        assert_eq!(data["overview"]["elsewhere"][1]["state"], "open");
        let page = String::from_utf8(files["index.html"].clone()).unwrap();
        assert!(page.contains("What is kept elsewhere") && page.contains("The accounts") && page.contains("The shop"));
    }

    async fn a_package_holds_all_that_is_kept_about_a_person_and_nothing_of_others(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        owner.dataset("mail").await.unwrap();
        let large = vec![7_u8; 3 << 20];
        let scan = site.letter("2026/<scan> 1.txt", ANNA, b"the first try").await;
        site.letter("2026/<scan> 1.txt", ANNA, &large).await;
        site.letter("bea.txt", "patient-8", b"marker of Bea alone").await;
        let both = site.letter("both.txt", ANNA, b"marker of two people").await;
        let anna = site.letter("item.json", ANNA, b"named like ours").await;
        let people = [ANNA, "patient-8"].map(|word| Identifier::parse(word).unwrap());
        let mut ids = Vec::new();
        for person in people {
            ids.push(site.rights.find_subject(&owner.credential, owner.request(), person).await.unwrap().id);
        }
        site.rights.link(&owner.credential, owner.request(), both, ids).await.unwrap();
        site.call(ANNA, "likes tea").await;
        site.agree().await;
        owner.get(scan).await.unwrap();
        site.world.sequence().await;
        let id = site.proven(Kind::Access).await;
        let officer = &site.team.member(Class::PrivacyOfficer).await;
        site.offer(officer, id, None).await.unwrap();
        // The request says why the package is read.
        let rule = Reading { reasons: vec!["care".into()], note: false };
        let change = DatasetChange { reading: Some(Some(rule)), ..DatasetChange::default() };
        owner.custody().change_dataset(&owner.credential, owner.request(), DatasetRef::parse("mail"), change).await.unwrap();
        assert!(matches!(owner.get(scan).await, Err(Error::NoReason { .. })));
        // With a key that sees no masked field either: what is about the person is theirs whole.
        let others = Action::ALL.into_iter().filter(|action| *action != Action::RecordUnmask);
        let others: Vec<&str> = others.map(Action::as_str).collect();
        let officer = &officer.with_key(&owner.issue_key_naming(officer.member, &others).await);
        let files = site.files(officer, id).await;

        // Every file stands in the manifest as it is.
        let manifest = json(&files, "manifest.json");
        let listed = manifest["files"].as_array().unwrap();
        assert_eq!(listed.len(), files.len() - 1, "all but the manifest itself");
        for file in listed {
            let bytes = &files[file["path"].as_str().unwrap()];
            assert_eq!(file["sha256"], sha256(bytes));
            assert_eq!(file["size"], bytes.len());
        }
        // The originals, the newest version first.
        assert_eq!(files["items/000001/files/_scan_ 1.txt"], large);
        assert_eq!(files["items/000001/files/_scan_ 1 (2).txt"], b"the first try");
        let of_anna = listed.iter().filter(|file| file["path"].as_str().unwrap().ends_with("files/item.json"));
        assert_eq!(of_anna.count(), 1, "{anna}");
        // What is about others as well is named and not handed out.
        let everything: Vec<u8> = files.values().flatten().copied().collect();
        for marker in [&b"marker of Bea"[..], b"marker of two", b"both.txt", b"patient-8"] {
            assert!(!contains(&everything, marker), "{}", String::from_utf8_lossy(marker));
        }
        let data = json(&files, "data.json");
        let withheld: Vec<&Json> = data["items"].as_array().unwrap().iter().map(|item| &item["withheld"]).collect();
        assert_eq!(withheld.iter().filter(|reason| **reason == "about-others").count(), 1);
        assert_eq!(withheld.iter().filter(|reason| reason.is_null()).count(), 3);
        // A record with what it says and where that is from.
        let (path, _) = files.iter().find(|(path, _)| path.contains("/files/call")).unwrap();
        let record = json(&files, path);
        assert_eq!((&record["values"]["text"], &record["provenance"]["text"]["source"]), (&"likes tea".into(), &"a call".into()));
        // Who keeps it, for what, on which ground, what she agreed to, what she asked for.
        let overview = &data["overview"];
        assert_eq!(overview["person"]["identifiers"][0]["value"], ANNA);
        assert_eq!(overview["purposes"][0]["terms"]["word"], "newsletter");
        assert_eq!(overview["purposes"][0]["basis"], "consent");
        assert_eq!(overview["consents"][0]["proof"], "form 7");
        assert_eq!(overview["requests"][0]["kind"], "access");
        assert!(overview["contract"]["region"].is_string() && overview["kept_by"].is_string());
        // Where it came from and who had it, with proof of each.
        let sheet = json(&files, "items/000001/item.json");
        let actions = |field: &str| {
            let acts = sheet["trail"][field].as_array().unwrap().iter();
            acts.map(|act| act["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(actions("sources"), ["item.create", "item.change"]);
        assert_eq!(actions("recipients"), ["item.download"]);
        let receipts: Vec<&String> = files.keys().filter(|path| path.starts_with("items/000001/receipts/")).collect();
        assert_eq!(receipts.len(), 3);
        for path in receipts {
            ledger::Receipt::parse(&files[path]).unwrap().verify(&site.world.policy).unwrap();
        }
        // A page to read, in which what others wrote stays text.
        let page = text(&files, "index.html");
        assert!(page.contains("2026/&lt;scan&gt; 1.txt") && !page.contains("<scan>"));
        assert!(page.contains("href=\"items/000001/files/_scan_%201.txt\"") && page.contains("about others as well"));
        assert!(page.contains("newsletter: agreed"));
    }

    async fn the_trail_tells_of_the_taking_and_of_every_item_in_it(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        owner.dataset("mail").await.unwrap();
        let letter = site.letter("letter.txt", ANNA, b"Dear Anna").await;
        let id = site.proven(Kind::Portability).await;
        site.offer(owner, id, Some(3)).await.unwrap();
        site.files(owner, id).await;
        let told = site.told().await;
        assert!(told.iter().all(|(outcome, details)| outcome == "done" && details["request"] == id.to_string()));
        assert_eq!(told.len(), 3, "offered, taken, ended");
        assert_eq!((&told[0].1["ended"]["how"], &told[0].1["ended"]["items"]), (&"whole".into(), &1.into()));
        assert_eq!(told[1].1["taken"], true);
        let of_letter = TrailFilter { item: Some(letter), action: Some("item.download".into()), ..TrailFilter::default() };
        assert_eq!(owner.trail(of_letter).await.unwrap().len(), 1);
    }

    async fn nothing_is_handed_out_before_it_is_known_who_asks(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        owner.dataset("mail").await.unwrap();
        site.letter("letter.txt", ANNA, b"Dear Anna").await;
        let asks = |kind, subject: Option<&str>| NewRequest { subject: subject.map(str::to_owned), ..new(kind) };
        let unproven = site.open_as(owner, asks(Kind::Access, Some(ANNA)), None).await.unwrap().id;
        assert!(matches!(site.offer(owner, unproven, None).await, Err(Error::Conflict(_))));
        let untaken = site.proven(Kind::Access).await;
        assert!(matches!(site.begin(owner, untaken).await, Err(Error::Conflict(_))), "nothing is on offer");
        let other = site.proven(Kind::Erasure).await;
        assert!(matches!(site.offer(owner, other, None).await, Err(Error::Conflict(_))), "asks for something else");
        let nobody = site.open_as(owner, asks(Kind::Access, None), None).await.unwrap().id;
        site.identify(owner, nobody).await.unwrap();
        assert!(matches!(site.offer(owner, nobody, None).await, Err(Error::Conflict(_))), "nobody is known by it");
        for days in [0, 91] {
            assert!(matches!(site.offer(owner, untaken, Some(days)).await, Err(Error::Invalid { field: "days", .. })));
        }
        site.offer(owner, untaken, None).await.unwrap();
        site.withdraw(owner, untaken).await.unwrap();
        assert!(matches!(site.begin(owner, untaken).await, Err(Error::Conflict(_))), "taken back since");
        let reasons: Vec<Json> = site.told().await.into_iter().filter(|(outcome, _)| outcome == "refused")
            .map(|(_, details)| details["reasons"][0].clone()).rev().collect();
        let expected = ["package-unproven", "package-not-offered", "package-not-asked-for", "package-nobody", "package-refused"];
        assert_eq!(reasons, expected);
        let user = &site.team.member(Class::User).await;
        assert!(matches!(site.offer(user, untaken, None).await, Err(Error::Forbidden { .. })));
        let rival = site.world.team("rival").await;
        assert!(matches!(site.begin(&rival.owner, untaken).await, Err(Error::NotFound("request"))));
    }

    async fn after_its_window_a_package_is_gone(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        owner.dataset("mail").await.unwrap();
        site.letter("letter.txt", ANNA, b"Dear Anna").await;
        let id = site.proven(Kind::Access).await;
        let offer = site.offer(owner, id, None).await.unwrap();
        assert_eq!(offer.until_at, offer.offered_at.plus(14 * DAY));
        site.world.clock.advance(14 * DAY - Duration::from_secs(1));
        assert!(site.files(owner, id).await.contains_key("index.html"));
        site.world.clock.advance(Duration::from_secs(1));
        assert!(matches!(site.begin(owner, id).await, Err(Error::Gone(_))));
        let newest = site.told().await.remove(0);
        assert_eq!((newest.0.as_str(), &newest.1["reasons"][0]), ("refused", &"package-over".into()));
        site.offer(owner, id, Some(1)).await.unwrap();
        assert!(site.begin(owner, id).await.is_ok(), "what is offered anew can be taken");
    }

    async fn who_is_restricted_is_left_alone_and_their_twin_is_served(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        owner.dataset("mail").await.unwrap();
        site.letter("letter.txt", ANNA, b"Dear Anna").await;
        site.letter("letter to Bea.txt", "patient-8", b"Dear Bea").await;
        let id = site.proven(Kind::Access).await;
        site.offer(owner, id, None).await.unwrap();
        let anna = Identifier::parse(ANNA).unwrap();
        let anna = site.rights.find_subject(&owner.credential, owner.request(), anna).await.unwrap().id;
        site.rights.restrict(&owner.credential, owner.request(), anna, RestrictionGround::Accuracy).await.unwrap();
        assert!(matches!(site.begin(owner, id).await, Err(Error::Conflict(_))));
        assert!(matches!(site.offer(owner, id, None).await, Err(Error::Conflict(_))));
        let twin = NewRequest { subject: Some("patient-8".into()), ..new(Kind::Access) };
        let twin = site.open_as(owner, twin, None).await.unwrap().id;
        site.identify(owner, twin).await.unwrap();
        site.offer(owner, twin, None).await.unwrap();
        assert_eq!(site.files(owner, twin).await["items/000001/files/letter to Bea.txt"], b"Dear Bea");
    }

    async fn who_stops_half_way_has_no_archive_and_the_trail_knows(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        owner.dataset("mail").await.unwrap();
        site.letter("film.bin", ANNA, &vec![1_u8; 8 << 20]).await;
        let id = site.proven(Kind::Access).await;
        site.offer(owner, id, None).await.unwrap();
        let mut package = site.begin(owner, id).await.unwrap();
        let first = package.next().await.unwrap().unwrap();
        assert!(zip::ZipArchive::new(Cursor::new(first.to_vec())).is_err());
        drop(package);
        // The thread that writes notices when it sends the next piece.
        let mut told = site.told().await;
        for _ in 0..1_000 {
            if told[0].1["ended"].is_object() {
                break;
            }
            tokio::task::yield_now().await;
            told = site.told().await;
        }
        assert_eq!(told[0].1["ended"]["how"], "left");
        assert!(site.files(owner, id).await.contains_key("manifest.json"), "it can be taken again");
    }
}
