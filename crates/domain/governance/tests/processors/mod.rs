//! Sub-processors: published with their agreement, announced before they are in force, chosen by a team, and sent what it lets them have.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use access::Class;
use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use custody::annotations::{Basis, NewAnnotations, Set, WhichSet};
use custody::item::Form;
use custody::trail::TrailFilter;
use custody::{Error, Result};
use engines::TestDb;
use governance::Governance;
use governance::egress::Egress;
use governance::entry::{Entry, Evidence, NewEntry};
use governance::processor::{Ask, Choice, Model, Notice, Processing, Stage, Unanswered, Unprocessed};
use jiff::civil::Date;
use kernel::ItemId;
use testkit::{Person, Team, World};

pub(crate) const AGREEMENT: &[u8] = b"Agreement on processing between the operator and\nVendor One Ltd.";
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Answers with these words, and keeps what it was sent.
#[derive(Default)]
struct Parrot {
    says: Mutex<Option<std::result::Result<String, Unanswered>>>,
    heard: Mutex<Vec<Ask>>,
}

#[async_trait]
impl Model for Parrot {
    async fn ask(&self, ask: Ask) -> std::result::Result<String, Unanswered> {
        self.heard.lock().unwrap().push(ask);
        self.says.lock().unwrap().clone().unwrap_or(Ok("a cat".into()))
    }
}

pub(crate) struct House {
    pub(crate) world: World,
    pub(crate) team: Team,
    /// On the staff beside the operator, whose entries they approve.
    pub(crate) second: Person,
    pub(crate) governance: Governance,
    parrot: Arc<Parrot>,
    egress: Arc<Egress>,
}

impl House {
    pub(crate) async fn on(db: TestDb) -> Self {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let second = world.on_staff("sam@operator.example").await.person;
        let parrot = Arc::new(Parrot::default());
        let egress = Arc::new(Egress::new(Vec::new(), Arc::new(world.clock.clone())));
        let model = Arc::clone(&parrot) as Arc<dyn Model>;
        let governance = Governance::new(world.custody.clone()).with_models(model, Arc::clone(&egress));
        Self {
            world,
            team,
            second,
            governance,
            parrot,
            egress,
        }
    }

    pub(crate) fn today(&self) -> Date {
        let micros = self.world.custody.desk().clock.now().as_micros();
        let moment = jiff::Timestamp::from_microsecond(micros).unwrap();
        jiff::tz::TimeZone::UTC.to_datetime(moment).date()
    }

    pub(crate) fn vendor(&self, title: &str, changes: &[(&str, &str)]) -> NewEntry {
        let day = self.today().to_string();
        let mut values: BTreeMap<String, String> = [
            ("product", "captions"),
            ("purpose", "describes pictures"),
            ("data_kinds", "pictures without names"),
            ("region", "European Union"),
            ("transfer_basis", "none-needed"),
            ("rating", "low-risk"),
            ("signed_on", &day),
            ("endpoint", "https://api.vendor.example/v1"),
            ("model", "small"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        values.extend(
            changes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        NewEntry {
            title: title.into(),
            owner: None,
            received_on: self.today(),
            covers: None,
            valid_until: None,
            evidence: Evidence::Document {
                name: "agreement.txt".into(),
                sha256: hex::encode(digest(&SHA256, AGREEMENT)),
            },
            values,
        }
    }

    pub(crate) async fn write(&self, new: NewEntry) -> Entry {
        let operator = &self.world.operator;
        let written = self.governance.add_entry(
            &operator.credential,
            operator.request(),
            "sub-processors",
            new,
            None,
        );
        written.await.unwrap()
    }

    async fn change(&self, entry: &Entry, new: NewEntry) -> Entry {
        let operator = &self.world.operator;
        let request = operator.request();
        let changed =
            self.governance
                .change_entry(&operator.credential, request, entry.id, entry.number, new);
        changed.await.unwrap()
    }

    pub(crate) async fn file(&self, entry: &Entry, document: &[u8]) -> bool {
        let operator = &self.world.operator;
        let request = operator.request();
        let filed =
            self.governance
                .file_agreement(&operator.credential, request, entry.id, document.to_vec());
        filed.await.unwrap().names_vendor
    }

    pub(crate) async fn approve(&self, entry: &Entry) -> Result<Entry> {
        let by = &self.second;
        self.governance
            .approve_entry(&by.credential, by.request(), entry.id, entry.number)
            .await
    }

    /// One that is published.
    async fn published(&self) -> Entry {
        let entry = self.write(self.vendor("Vendor One", &[])).await;
        assert!(self.file(&entry, AGREEMENT).await);
        self.approve(&entry).await.unwrap()
    }

    async fn stages(&self) -> Vec<(u32, Stage)> {
        let published = self.governance.published_processors().await.unwrap();
        published
            .iter()
            .map(|notice: &Notice| (notice.number, notice.stage))
            .collect()
    }

    pub(crate) async fn choose(&self, entry: &Entry, choice: Choice, region: &str) -> Result<()> {
        let owner = &self.team.owner;
        let chosen = self.governance.choose_processor(
            &owner.credential,
            owner.request(),
            entry.id,
            choice,
            region.into(),
        );
        chosen.await.map(drop)
    }

    async fn process(
        &self,
        entry: &Entry,
        item: ItemId,
        form: Form,
    ) -> std::result::Result<String, Unprocessed> {
        let owner = &self.team.owner;
        let processing = Processing {
            processor: entry.id,
            item,
            form,
            prompt: "What is it?".into(),
        };
        let done = self
            .governance
            .process(&owner.credential, owner.request(), processing)
            .await?;
        let last = done.said.set.annotations.last().cloned().unwrap();
        Ok(format!("{}: {}", last.class, last.text.unwrap()))
    }
}

#[track_caller]
fn conflict<T: std::fmt::Debug>(result: std::result::Result<T, Unprocessed>) -> String {
    match result {
        Err(Unprocessed::Refused(Error::Conflict(text))) => text,
        other => panic!("{other:?}"),
    }
}

engines::on_both! {
    async fn nothing_is_published_without_the_vendors_own_agreement(db: TestDb) {
        let house = House::on(db).await;
        let entry = house.write(house.vendor("Vendor One", &[])).await;
        let missing = house.approve(&entry).await.unwrap_err().to_string();
        assert!(missing.contains("not on file"), "{missing}");
        // Another document, and the right one for another vendor.
        house.file(&entry, b"Something else that names Vendor One").await;
        assert!(house.approve(&entry).await.is_err());
        let other = house.write(house.vendor("Vendor Two", &[])).await;
        assert!(!house.file(&other, AGREEMENT).await);
        let anothers = house.approve(&other).await.unwrap_err().to_string();
        assert!(anothers.contains("does not name"), "{anothers}");
        assert!(house.stages().await.is_empty());

        assert!(house.file(&entry, AGREEMENT).await);
        house.approve(&entry).await.unwrap();
        let filed = house.governance.agreements_at_home(house.world.custody.desk().own_request()).await.unwrap();
        assert!(filed.iter().all(|filed| filed.text.as_deref().is_some_and(|text| text.contains("Vendor One"))));
        // Where data cannot be sent safely, nothing is published either.
        let strange = house.write(house.vendor("Vendor One", &[("endpoint", "https://user@evil.example/v1")])).await;
        house.file(&strange, AGREEMENT).await;
        assert!(matches!(house.approve(&strange).await, Err(Error::Invalid { field: "endpoint", .. })));
        // A team that keeps the same register publishes nothing.
        assert_eq!(house.stages().await.len(), 1);
        house.world.sequence().await;
    }

    async fn what_matters_is_announced_before_it_is_in_force(db: TestDb) {
        let house = House::on(db).await;
        let entry = house.published().await;
        assert_eq!(house.stages().await, [(1, Stage::Announced)]);
        // A review that changes nothing for a team is no news; another place of work is.
        house.world.clock.advance(DAY);
        let reviewed = house.change(&entry, house.vendor("Vendor One", &[("rating", "medium-risk")])).await;
        let second = house.world.on_staff("kim@operator.example").await.person;
        let approve = |entry: Entry| {
            let (governance, by) = (house.governance.clone(), second.clone());
            async move { governance.approve_entry(&by.credential, by.request(), entry.id, entry.number).await.unwrap() }
        };
        let reviewed = approve(reviewed).await;
        let moved = house.change(&reviewed, house.vendor("Vendor One", &[("region", "United States"), ("transfer_basis", "adequacy")])).await;
        approve(moved).await;
        house.world.clock.advance(DAY * 29);
        assert_eq!(house.stages().await, [(1, Stage::Replaced), (2, Stage::InForce), (3, Stage::Announced)]);
        house.world.clock.advance(DAY);
        assert_eq!(house.stages().await, [(1, Stage::Replaced), (2, Stage::Replaced), (3, Stage::InForce)]);
        // Nobody has reviewed it for a year and the days of grace.
        house.world.clock.advance(DAY * 360);
        assert_eq!(house.stages().await[2].1, Stage::Suspended);
        let operator = &house.world.operator;
        house.governance.end_entry(&operator.credential, operator.request(), entry.id, "not used".into()).await.unwrap();
        assert!(house.stages().await.iter().all(|(_, stage)| *stage == Stage::Ended));
    }

    async fn an_item_goes_to_whom_the_team_has_chosen_and_nowhere_else(db: TestDb) {
        let house = House::on(db).await;
        let entry = house.published().await;
        let owner = &house.team.owner;
        owner.dataset("notes").await.unwrap();
        let text = b"Seen on Monday. Write to jane.doe@example.org about it.";
        let item = owner.put("notes", "note.txt", text).await.unwrap().item.id;

        assert!(conflict(house.process(&entry, item, Form::Redacted).await).contains("not in force"));
        house.choose(&entry, Choice::Chosen, "United States").await.unwrap_err();
        house.choose(&entry, Choice::Chosen, "European Union").await.unwrap();
        assert!(conflict(house.process(&entry, item, Form::Redacted).await).contains("not in force"));
        house.world.clock.advance(DAY * 31);
        house.choose(&entry, Choice::Objected, "European Union").await.unwrap();
        assert!(conflict(house.process(&entry, item, Form::Redacted).await).contains("objects"));
        house.governance.unchoose_processor(&owner.credential, owner.request(), entry.id).await.unwrap();
        assert!(conflict(house.process(&entry, item, Form::Redacted).await).contains("not chosen"));
        assert!(house.parrot.heard.lock().unwrap().is_empty() && house.egress.processors().is_empty());

        house.choose(&entry, Choice::Chosen, "European Union").await.unwrap();
        assert_eq!(house.process(&entry, item, Form::Redacted).await.unwrap(), "answer of Vendor One: a cat");
        assert_eq!(*house.egress.processors(), ["api.vendor.example:443".to_owned()]);
        assert_eq!(house.process(&entry, item, Form::Original).await.unwrap(), "answer of Vendor One: a cat");
        {
            let heard = house.parrot.heard.lock().unwrap();
            let sent = |index: usize| String::from_utf8(heard[index].bytes.to_vec()).unwrap();
            assert!(!sent(0).contains("jane.doe") && sent(0).contains("Seen on Monday"), "{}", sent(0));
            assert_eq!(sent(1).as_bytes(), text);
        }
        // Both answers are said, and the trail names whom it went to and in which form.
        let said = house.world.custody.annotations(&owner.credential, owner.request(), item, WhichSet::Newest).await.unwrap().unwrap();
        assert_eq!(said.set.annotations.len(), 2);
        house.world.sequence().await;
        let sent = TrailFilter { action: Some("item.process".into()), outcome: Some("done".into()), ..TrailFilter::default() };
        let sent = owner.trail(sent).await.unwrap();
        let details = |index: usize| &sent[index].event["details"];
        assert_eq!(sent.len(), 2);
        assert_eq!((&details(0)["recipient"], &details(0)["form"]), (&"Vendor One".into(), &"original".into()));
        assert_eq!((&details(1)["region"], &details(1)["form"]), (&"European Union".into(), &"redacted".into()));

        // Whoever may not send, sends nothing; nor is there anything to be sent to nobody.
        let worker = house.team.member(Class::Worker).await;
        let processing = Processing { processor: entry.id, item, form: Form::Redacted, prompt: "x".into() };
        let refused = house.governance.process(&worker.credential, worker.request(), processing.clone()).await;
        assert!(matches!(refused, Err(Unprocessed::Refused(Error::NotFound(_)))), "{refused:?}");
        let nobody = Processing { prompt: " ".into(), ..processing };
        assert!(house.governance.process(&owner.credential, owner.request(), nobody).await.is_err());
        assert_eq!(house.parrot.heard.lock().unwrap().len(), 2);
    }

    async fn what_is_no_answer_is_not_said_and_what_cannot_be_cleaned_is_not_sent(db: TestDb) {
        let house = House::on(db).await;
        let entry = house.published().await;
        house.world.clock.advance(DAY * 31);
        house.choose(&entry, Choice::Chosen, "European Union").await.unwrap();
        let owner = &house.team.owner;
        owner.dataset("notes").await.unwrap();
        let unknown = owner.put("notes", "a.bin", b"\x00\x01\xff\xfe").await.unwrap().item.id;
        let unclean = house.process(&entry, unknown, Form::Redacted).await;
        assert!(matches!(unclean, Err(Unprocessed::Refused(Error::NotShown(_)))), "{unclean:?}");
        assert!(house.parrot.heard.lock().unwrap().is_empty());

        let item = owner.put("notes", "a.txt", b"words").await.unwrap().item.id;
        let before = NewAnnotations { set: Set::default(), basis: Basis::Nothing, version: None };
        house.world.custody.annotate(&owner.credential, owner.request(), item, before).await.unwrap();
        for says in [Err(Unanswered::Silence), Err(Unanswered::Status(307)), Ok(String::new()), Ok("x".repeat(1 << 20))] {
            *house.parrot.says.lock().unwrap() = Some(says);
            let nothing = house.process(&entry, item, Form::Redacted).await;
            assert!(matches!(nothing, Err(Unprocessed::Unanswered(_))), "{nothing:?}");
        }
        let said = house.world.custody.annotations(&owner.credential, owner.request(), item, WhichSet::Newest).await.unwrap().unwrap();
        assert!(said.set.annotations.is_empty());
        // What was sent all the same stands in the trail.
        house.world.sequence().await;
        let sent = TrailFilter { action: Some("item.process".into()), outcome: Some("done".into()), ..TrailFilter::default() };
        assert_eq!(owner.trail(sent).await.unwrap().len(), 5);
    }
}
