//! A team that keeps two people in every kind of place, and what it does when one of them asks.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;

use engines::Engine;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::calls::Caller;
use super::letters::Mailbox;
use super::package::Package;
use super::planted::{self, FILES, Kept, PEOPLE, PURPOSE, Person, of_both, text};
use super::search::{self, Known, Needle};
use crate::server::House;

const DAY: u64 = 24 * 60 * 60;

/// What still says something of a person by their id or an item's, and nothing else of them: entries, the list that restoring goes by,
/// what was asked for and what became of it.
const BY_ID_ALONE: &[&str] = &[
    "consent.subject_id",
    "erasure.what_id",
    "event.item_id",
    "export_entry.item_id",
    "person_request.subject_id",
    "subject_erasure.person_id",
    "subject_erasure_item.item_id",
];
/// What goes by itself a day later.
const FOR_A_DAY: &[&str] = &["portal_visit.subject_id"];

pub(crate) struct Site {
    pub(crate) mailbox: Mailbox,
    house: House,
    owner: Caller,
    /// Of her browser.
    downloads: TempDir,
    anna: Person,
    ben: Person,
    of_anna: Kept,
    of_ben: Kept,
    /// About both, called by what is nobody's: gets a version without her.
    redacted: String,
    /// About both, called by her: is made anew without her.
    split: String,
    /// What the neighbour has, as it was before anybody asked for anything.
    whole: BTreeMap<String, Vec<u8>>,
    /// What was asked for, and the erasure.
    requests: Vec<String>,
    erasures: Vec<String>,
}

impl Site {
    pub(crate) async fn open(engine: Engine) -> Self {
        let (mailbox, place) = (Mailbox::open(), tempfile::tempdir().unwrap());
        let shelves = ["shelf", "shelf-keys"].map(|name| place.path().join(name));
        let [shelf, keys] = shelves.each_ref().map(|path| path.to_str().unwrap());
        let told = [
            ("BAILEE_MAIL_SERVER", mailbox.url.as_str()),
            ("BAILEE_MAIL_PLAIN", "true"),
            ("BAILEE_MAIL_FROM", "bailee@northlake.example"),
            ("BAILEE_BACKUP_TO", shelf),
            ("BAILEE_BACKUP_KEYS_TO", keys),
        ];
        let house = House::open_in(engine, place, &told).await;
        let owner = Caller {
            client: house.client.clone(),
            url: house.url.clone(),
            key: house.owner_key.clone(),
        };
        planted::furnish(&owner).await;
        let (anna, ben) = (Person::new(), Person::new());
        let of_anna = planted::plant(&house, &owner, &anna).await;
        let of_ben = planted::plant(&house, &owner, &ben).await;
        let (people, kept) = ((&anna, &ben), (&of_anna, &of_ben));
        let redacted = planted::plant_together(&owner, "meeting.txt", people, kept).await;
        let split = planted::plant_together(&owner, &anna.file("meeting"), people, kept).await;
        let mut site = Self {
            mailbox,
            house,
            owner,
            downloads: tempfile::tempdir().unwrap(),
            anna,
            ben,
            of_anna,
            of_ben,
            redacted,
            split,
            whole: BTreeMap::new(),
            requests: Vec::new(),
            erasures: Vec::new(),
        };
        site.disclose().await;
        site.whole = site.of_the_neighbour(&site.owner).await;
        succeeded(&site.house.run(&["backup", "--json"]));
        site
    }

    /// Somebody of the team reads, looks, and takes an export away.
    async fn disclose(&self) {
        let path = format!("/v1/datasets/{FILES}/exports");
        let export = json!({ "format": "coco" });
        self.owner.act(Method::POST, &path, export).await;
        for (person, kept) in [(&self.anna, &self.of_anna), (&self.ben, &self.of_ben)] {
            self.owner
                .bytes(&format!("/v1/items/{}/content", kept.letter))
                .await;
            let view = self
                .owner
                .bytes(&format!("/v1/items/{}/view", kept.picture))
                .await;
            assert!(
                !Needle::of_text(&person.number).is_in(&view),
                "a view is made of pixels alone"
            );
            for item in [&kept.letter, &kept.picture] {
                let path = format!("{path}/1/items/{item}/content");
                self.owner.bytes(&path).await;
            }
        }
    }

    /// What the program in the browser has to know.
    pub(crate) fn begin(&self) -> Value {
        json!({
            "url": self.house.url, "page": "/privacy/northlake", "email": self.anna.email(), "name": self.anna.mark("name"),
            "words": { "access": self.anna.mark("wants"), "erasure": self.anna.mark("goes") },
            "file": self.anna.file("letter"), "package": self.package(),
        })
    }

    fn package(&self) -> PathBuf {
        self.downloads.path().join("package.zip")
    }

    /// Rows, files and backups say nothing of anybody to who has them alone.
    pub(crate) fn nothing_lies_in_clear(&self) {
        let needles = [&self.anna, &self.ben].map(|person| Needle::of_text(&person.number));
        let rows = search::rows_with(&self.house.database(), &needles);
        assert!(rows.is_empty(), "in clear: {rows:?}");
        let files = search::files_with(self.house.place(), &needles);
        assert!(files.is_empty(), "in clear: {files:?}");
    }

    /// What the team does about a request for access: it makes sure, makes something of what is shared that is hers alone, and hands out.
    pub(crate) async fn answer_access(&mut self, id: &str) -> Value {
        self.requests.push(id.to_owned());
        let path = format!(
            "/v1/datasets/{FILES}/items?name={}&subject={}",
            self.anna.file("part"),
            self.anna.handle()
        );
        self.owner.put(&path, self.part()).await;
        self.grant(id).await;
        let days = json!({ "days": 14 });
        self.owner
            .act(Method::PUT, &format!("/v1/requests/{id}/package"), days)
            .await;
        self.answer(id, "It is all in the package.").await;
        Value::Null
    }

    /// What of the meeting is about her alone.
    fn part(&self) -> Vec<u8> {
        format!("{} met somebody", self.anna.mark("met")).into_bytes()
    }

    async fn grant(&self, id: &str) {
        let known = json!({ "proof": "staff-check", "note": "called back" });
        let path = format!("/v1/requests/{id}/identity/proof");
        self.owner.act(Method::POST, &path, known).await;
        let path = format!("/v1/requests/{id}/decision");
        let grant = json!({ "decision": "grant" });
        self.owner.act(Method::PUT, &path, grant).await;
    }

    async fn answer(&self, id: &str, text: &str) {
        let path = format!("/v1/requests/{id}/answer");
        self.owner.act(Method::POST, &path, json!({ "text": text })).await;
    }

    /// The package that was downloaded has each planted thing, and nothing of the neighbour's.
    pub(crate) fn check_package(&self) -> Value {
        let package = Package::open(&self.package());
        package.check(&self.anna, &self.of_anna);
        package.check_holds(&self.part());
        for item in [&self.redacted, &self.split] {
            package.check_withheld(item);
        }
        assert!(!package.says(&self.ben.number), "something of the neighbour's");
        let receipts = package.receipts();
        assert!(receipts.len() >= 8, "{} receipts", receipts.len());
        let receipts: Vec<String> = receipts
            .iter()
            .map(|receipt| String::from_utf8_lossy(receipt).into_owned())
            .collect();
        self.verify(&receipts);
        Value::Null
    }

    /// `bailee verify receipt`, with nothing but the log's key.
    fn verify(&self, receipts: &[String]) {
        let folder = tempfile::tempdir().unwrap();
        let write = |(number, receipt): (usize, &String)| {
            let path = folder.path().join(number.to_string());
            std::fs::write(&path, receipt).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let paths: Vec<String> = receipts.iter().enumerate().map(write).collect();
        let vkey = self.house.data().join("log.vkey");
        let mut arguments = vec![
            "verify",
            "--json",
            "receipt",
            "--vkey-file",
            vkey.to_str().unwrap(),
        ];
        arguments.extend(paths.iter().map(String::as_str));
        let said = succeeded(&self.house.run(&arguments));
        let verified = said
            .lines()
            .filter(|line| line.contains("\"verified\":true"))
            .count();
        assert_eq!(verified, receipts.len(), "{said}");
    }

    /// What the team does about a request for erasure, to the proof of each item.
    pub(crate) async fn answer_erasure(&mut self, id: &str) {
        self.requests.push(id.to_owned());
        let alone = self.items_of_anna().await;
        assert_eq!(alone.len(), 4, "record, letter, picture, part");
        self.grant(id).await;
        let path = format!("/v1/subjects/{}/erasure", self.of_anna.subject);
        let erasure = self.owner.act(Method::POST, &path, json!({})).await;
        assert_eq!(
            (&erasure["state"], &erasure["items"]),
            (&json!("waiting"), &json!(4)),
            "{erasure}"
        );
        let erasure = text(&erasure["id"]);
        self.erasures.push(erasure.clone());
        let without = format!("somebody met {}", self.ben.mark("met")).into_bytes();
        let path = format!("/v1/datasets/{FILES}/items?name=meeting.txt");
        assert_eq!(self.owner.put(&path, without.clone()).await, self.redacted);
        let path = format!(
            "/v1/datasets/{FILES}/items?name={}&subject={}",
            self.ben.file("meeting"),
            self.ben.handle()
        );
        let part = self.owner.put(&path, without).await;
        self.decide(&erasure, &self.redacted, json!({ "decision": "redact" }))
            .await;
        let done = self
            .decide(
                &erasure,
                &self.split,
                json!({ "decision": "split", "into": [part] }),
            )
            .await;
        assert_eq!(done["state"], "done", "{done}");
        self.answer(id, "All of it is gone.").await;
        let mut receipts = Vec::new();
        for item in alone.iter().chain([&self.split]) {
            let entries = self
                .owner
                .read(&format!("/v1/trail?item={item}&action=subject.erase"))
                .await;
            let entry = text(&entries["items"].as_array().unwrap().first().unwrap()["id"]);
            let receipt = self.owner.bytes(&format!("/v1/trail/{entry}/receipt")).await;
            receipts.push(String::from_utf8(receipt).unwrap());
        }
        self.verify(&receipts);
    }

    async fn decide(&self, erasure: &str, item: &str, decision: Value) -> Value {
        let path = format!("/v1/erasures/{erasure}/items/{item}");
        self.owner.act(Method::PUT, &path, decision).await
    }

    /// The items about her alone.
    async fn items_of_anna(&self) -> Vec<String> {
        let path = format!("/v1/subjects/{}/items?limit=100", self.of_anna.subject);
        let items = self.owner.read(&path).await;
        let items = items["items"].as_array().unwrap().iter();
        items
            .filter(|item| item["alone"] == true)
            .map(|item| text(&item["id"]))
            .collect()
    }

    /// Every store is searched for her, and everything that the interface shows.
    pub(crate) async fn nothing_is_found(&self) {
        self.nothing_lies_in_clear();
        let asked = format!("/v1/requests/{}", self.requests[1]);
        self.nothing_is_shown(&self.owner, &[asked]).await;
        for item in [
            &self.of_anna.record,
            &self.of_anna.letter,
            &self.of_anna.picture,
            &self.split,
        ] {
            for path in ["", "/content", "/view", "/annotations", "/versions"] {
                let answer = self.owner.get(&format!("/v1/items/{item}{path}")).await;
                assert_eq!(answer.status, 404, "{path}: {}", answer.text());
            }
            let path = format!("/v1/datasets/{FILES}/exports/1/items/{item}/content");
            assert!(matches!(self.owner.get(&path).await.status, 404 | 409), "{path}");
        }
        let (status, listed) = self
            .house
            .send_s3(
                Method::GET,
                &format!("/{FILES}"),
                (&[], Vec::new()),
                &self.owner.key,
            )
            .await;
        assert!(
            status == 200 && listed.contains(&self.ben.number) && !listed.contains(&self.anna.number),
            "{listed}"
        );
        let letters = succeeded(&self.house.run(&["mail", "list", "--json"]));
        assert!(!letters.contains(&self.anna.number), "{letters}");
        self.nothing_names_her_but(FOR_A_DAY);
    }

    /// Rows that have her id, or one of what was hers, are those that are to be kept, and these.
    fn nothing_names_her_but(&self, more: &[&str]) {
        let of_anna = &self.of_anna;
        let ids = [
            &of_anna.subject,
            &of_anna.record,
            &of_anna.letter,
            &of_anna.picture,
            &self.split,
        ];
        let ids = ids.map(|id| Needle::of_id(id));
        let mut found = search::rows_with(&self.house.database(), &ids);
        found.retain(|column| !BY_ID_ALONE.contains(&column.as_str()) && !more.contains(&column.as_str()));
        assert!(found.is_empty(), "rows still name her: {found:?}");
    }

    /// Until the answer to her last request could be read, that says who she is; then nothing does.
    pub(crate) async fn nothing_is_left_after_a_month(self) -> Self {
        self.house.clock.advance(31 * DAY);
        let Self { house, owner, .. } = self;
        drop(owner.client);
        let house = house.start_again().await;
        let owner = Caller {
            client: house.client.clone(),
            ..owner
        };
        let site = Self { house, owner, ..self };
        let path = format!("/v1/requests/{}", site.requests[1]);
        let her = Needle::of_text(&site.anna.number);
        // The server does it by itself, soon after it has started.
        let mut turns = tokio::time::interval(Duration::from_millis(50));
        while her.is_in(&site.owner.bytes(&path).await) {
            turns.tick().await;
        }
        site.nothing_is_shown(&site.owner, &[]).await;
        site.nothing_names_her_but(&[]);
        site.the_neighbour_is_whole().await;
        site
    }

    /// Whatever is asked, nothing of hers is answered but in these places; the neighbour is found by the same questions.
    async fn nothing_is_shown(&self, by: &Caller, but: &[String]) {
        let trail = by.read("/v1/trail?limit=200").await;
        let events = trail["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| text(&entry["id"]));
        let kept = [&self.of_anna, &self.of_ben];
        let items = kept
            .iter()
            .flat_map(|kept| [&kept.record, &kept.letter, &kept.picture]);
        let items: Vec<String> = items.chain([&self.redacted, &self.split]).cloned().collect();
        let known: Known = [
            ("dataset", vec![PEOPLE.to_owned(), FILES.to_owned()]),
            ("record", items.clone()),
            ("item", items),
            ("number", vec!["1".to_owned()]),
            ("subject", kept.map(|kept| kept.subject.clone()).into()),
            ("request", self.requests.clone()),
            ("erasure", self.erasures.clone()),
            ("purpose", vec![PURPOSE.to_owned()]),
            ("event", events.take(60).collect()),
        ]
        .into();
        let shown = search::everything_shown(by, &known).await;
        let (her, his) = (
            Needle::of_text(&self.anna.number),
            Needle::of_text(&self.ben.number),
        );
        let with = |needle: &Needle| {
            let found = shown.iter().filter(|(_, bytes)| needle.is_in(bytes));
            found.map(|(path, _)| path.clone()).collect::<Vec<_>>()
        };
        assert!(
            with(&his).len() > 10,
            "the neighbour is not found by this: {:?}",
            with(&his)
        );
        assert_eq!(with(&her), but, "she is found");
        self.nobody_finds_her(by).await;
    }

    /// Searches that take what is looked for in their body: each finds the neighbour, and not her.
    async fn nobody_finds_her(&self, by: &Caller) {
        let profile = |field: &str, person: &Person| {
            let value = &person.profile()[field];
            match field {
                "note" => json!({ "kind": "profile", "field": field, "words": person.mark("note") }),
                _ => json!({ "kind": "profile", "field": field, "value": value }),
            }
        };
        let path = format!("/v1/datasets/{PEOPLE}/records/find");
        for field in ["email", "name", "phone", "customer", "note"] {
            for (person, count) in [(&self.ben, 1), (&self.anna, 0)] {
                let found = by.act(Method::POST, &path, profile(field, person)).await;
                assert_eq!(
                    found["items"].as_array().unwrap().len(),
                    count,
                    "by {field}: {found}"
                );
            }
        }
        for (person, status) in [(&self.ben, 200), (&self.anna, 404)] {
            for (kind, value) in [("email", person.email()), ("external", person.mark("external"))] {
                let asked = json!({ "kind": kind, "value": value });
                let found = by.try_act(Method::POST, "/v1/subjects/search", asked).await;
                assert_eq!(found.0, status, "by {kind}: {}", found.1);
            }
            let asked = json!({ "person": person.handle() });
            let (_, said) = by
                .try_act(Method::POST, "/v1/consents/history/search", asked)
                .await;
            assert_eq!(
                said.to_string().contains(&person.mark("proof")),
                status == 200,
                "{said}"
            );
        }
    }

    /// What the neighbour has, to the byte.
    async fn of_the_neighbour(&self, by: &Caller) -> BTreeMap<String, Vec<u8>> {
        let mut has = BTreeMap::new();
        for item in [&self.of_ben.record, &self.of_ben.letter, &self.of_ben.picture] {
            for path in ["", "/content", "/versions", "/annotations"] {
                let path = format!("/v1/items/{item}{path}");
                has.insert(path.clone(), by.get(&path).await.bytes);
            }
        }
        let record = format!("/v1/records/{}", self.of_ben.record);
        has.insert(record.clone(), by.bytes(&record).await);
        let subject = format!("/v1/subjects/{}", self.of_ben.subject);
        has.insert(subject.clone(), by.bytes(&subject).await);
        has
    }

    pub(crate) async fn the_neighbour_is_whole(&self) {
        self.check_whole(&self.owner).await;
        let shared = self
            .owner
            .bytes(&format!("/v1/items/{}/content", self.redacted))
            .await;
        assert!(
            Needle::of_text(&self.ben.number).is_in(&shared),
            "what is his of what they shared"
        );
        assert_ne!(shared, of_both(&self.anna, &self.ben));
    }

    async fn check_whole(&self, by: &Caller) {
        let has = self.of_the_neighbour(by).await;
        for (path, bytes) in &self.whole {
            assert!(
                has[path] == *bytes,
                "{path} is another: {}",
                String::from_utf8_lossy(&has[path])
            );
        }
        assert_eq!(
            has[&format!("/v1/items/{}/content", self.of_ben.picture)],
            self.ben.picture
        );
        assert_eq!(
            has[&format!("/v1/items/{}/content", self.of_ben.letter)],
            self.ben.letter()
        );
    }

    /// The backup has her; what is restored of it has not, and has the neighbour.
    pub(crate) async fn nothing_comes_back_with_a_backup(&self) {
        succeeded(&self.house.run(&["backup", "--suppressions", "--json"]));
        let root_key = self.house.data().join("keys").join("root.key");
        let restore = [
            "restore",
            "--into",
            "copy",
            "--root-key-file",
            root_key.to_str().unwrap(),
            "--json",
        ];
        succeeded(&self.house.run(&restore));
        let (running, client) = self.house.serve_copy(&self.house.place().join("copy")).await;
        let owner = Caller {
            client,
            url: running.url.clone(),
            key: self.owner.key.clone(),
        };
        self.check_whole(&owner).await;
        for item in [&self.of_anna.record, &self.of_anna.letter, &self.of_anna.picture] {
            let answer = owner.get(&format!("/v1/items/{item}/content")).await;
            assert_eq!(answer.status, 404, "{}", answer.text());
        }
        self.nobody_finds_her(&owner).await;
        drop(owner);
        running.stop().await.unwrap();
    }

    /// A fortnight later.
    pub(crate) fn later(&self) -> Value {
        self.house.clock.advance(15 * DAY);
        Value::Null
    }

    pub(crate) async fn close(self) {
        let Self { house, owner, .. } = self;
        drop(owner);
        house.close().await;
    }
}

/// What a command said that ended well.
fn succeeded(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}
