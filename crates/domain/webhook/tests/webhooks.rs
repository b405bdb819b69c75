//! Teams that have addresses told of their events: what is said, to whom, how often, and what is not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use access::Class;
use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use custody::item::{PutItem, Target};
use custody::subject::AfterErasure;
use custody::trail::TrailFilter;
use engines::{TestDb, on_both};
use kernel::{Clock as _, PageRequest, WebhookId};
use operation::Request;
use rights::Rights;
use rights::erasure::Erase;
use rights::request::{Channel, Decision, Details, Kind, NewRequest, Place, Proof, TaskState};
use secrecy::ExposeSecret as _;
use serde_json::Value as Json;
use store::params;
use testkit::{Person, Team, World, pieces};
use webhook::{
    Answer, Cause, Change, Courier, Delivery, DeliveryState, Error, Made, NewWebhook, Parcel, Result, State,
    Webhooks,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const URL: &str = "https://hooks.example.org/bailee?room=7";

/// Somebody who takes messages, and answers as told; otherwise that it took them.
#[derive(Default)]
struct Door {
    answers: Mutex<VecDeque<Answer>>,
    taken: Mutex<Vec<Parcel>>,
}

#[async_trait]
impl Courier for Door {
    async fn carry(&self, parcel: Parcel) -> Answer {
        self.taken.lock().unwrap().push(parcel);
        let answer = self.answers.lock().unwrap().pop_front();
        answer.unwrap_or(Answer::Status(204))
    }
}

impl Door {
    fn answers(&self, answers: impl IntoIterator<Item = Answer>) {
        self.answers.lock().unwrap().extend(answers);
    }

    /// What came since this was asked last.
    fn taken(&self) -> Vec<Parcel> {
        std::mem::take(&mut self.taken.lock().unwrap())
    }
}

struct Site {
    world: World,
    team: Team,
    hooks: Webhooks,
    door: Door,
}

impl Site {
    async fn on(db: TestDb) -> Self {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        Self {
            hooks: Webhooks::new(world.custody.clone()),
            team,
            world,
            door: Door::default(),
        }
    }

    async fn create(&self, by: &Person, url: &str, events: &[&str]) -> Result<Made> {
        let events = events.iter().map(|pattern| (*pattern).to_owned()).collect();
        let url = url.to_owned();
        self.hooks
            .create(&by.credential, by.request(), NewWebhook { url, events })
            .await
    }

    /// Everything that is due is told; what came to the door.
    async fn round(&self) -> Vec<Parcel> {
        self.world.sequence().await;
        self.hooks.spread().await.unwrap();
        loop {
            let taken = self.hooks.take(&[], 64).await.unwrap();
            if taken.is_empty() {
                return self.door.taken();
            }
            for series in taken {
                self.hooks.deliver(series, &self.door).await.unwrap();
            }
        }
    }

    async fn deliveries(&self, id: WebhookId) -> Vec<Delivery> {
        let (owner, page) = (&self.team.owner, PageRequest::first(100));
        let listed = self
            .hooks
            .deliveries(&owner.credential, owner.request(), id, page);
        listed.await.unwrap().items
    }

    async fn state(&self, id: WebhookId) -> State {
        let owner = &self.team.owner;
        let found = self.hooks.view(&owner.credential, owner.request(), id).await;
        found.unwrap().state
    }

    async fn letters(&self) -> Vec<(String, String)> {
        let (key, now) = (
            self.world.custody.outbox_key().await.unwrap(),
            self.world.clock.now(),
        );
        let taken = self
            .world
            .database()
            .write(move |tx| key.take(tx, now, 50, Duration::from_secs(60)));
        let taken = taken.await.unwrap();
        let mine = taken.iter().filter(|letter| letter.kind == "webhook.stopped");
        mine.map(|letter| (letter.to.as_str().to_owned(), letter.text().to_owned()))
            .collect()
    }
}

/// HMAC as RFC 2104 has it, by hand: nothing of what signs is used to verify.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(byte, own)| *byte ^= own);
        block
    };
    let inner = digest(&SHA256, &[&pad(0x36)[..], text].concat());
    digest(&SHA256, &[&pad(0x5c)[..], inner.as_ref()].concat())
        .as_ref()
        .to_vec()
}

/// Which of these secrets, as their holder was shown them, signed the message.
fn signers(parcel: &Parcel, secrets: &[&Made]) -> Vec<bool> {
    let signed = [
        format!("{}.{}.", parcel.id, parcel.seconds).as_bytes(),
        &parcel.body,
    ]
    .concat();
    let signatures: Vec<&str> = parcel.signature.split(' ').collect();
    let by = |made: &&Made| {
        let text = made.secret.expose_secret().strip_prefix("whsec_").unwrap();
        let key = BASE64_STANDARD.decode(text).unwrap();
        let wanted = format!("v1,{}", BASE64_STANDARD.encode(hmac(&key, &signed)));
        signatures.contains(&wanted.as_str())
    };
    secrets.iter().map(by).collect()
}

fn json(parcel: &Parcel) -> Json {
    serde_json::from_slice(&parcel.body).unwrap()
}

fn ids(parcels: &[Parcel]) -> BTreeSet<String> {
    parcels.iter().map(|parcel| parcel.id.clone()).collect()
}

on_both! {
    async fn a_program_hears_of_requests_and_settles_what_is_elsewhere(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        let rights = Rights::new(site.world.custody.clone());
        let place = Place {
            word: "accounts".into(),
            name: "The accounts".into(),
            data: "invoices".into(),
            answers: "the accountant".into(),
            contact: "accounts@office.example".into(),
            kinds: vec![Kind::Objection],
        };
        rights.settle_places(&owner.credential, owner.request(), vec![place]).await.unwrap();
        site.create(owner, URL, &["request.*"]).await.unwrap();
        site.round().await;
        let details = Details { name: None, contact: "anna@person.example".into(), words: "Leave it alone.".into() };
        let new = NewRequest { kind: Kind::Objection, channel: Channel::Staff, received_at: None, subject: None, details };
        let id = rights.open_request(&owner.credential, owner.request(), new, None).await.unwrap().id;
        let checked = rights.accept_identity(&owner.credential, owner.request(), id, Proof::StaffCheck, "called back".into());
        checked.await.unwrap();
        rights.decide_request(&owner.credential, owner.request(), id, Decision::Grant).await.unwrap();
        let types = |parcels: &[Parcel]| -> Vec<String> {
            let said = parcels.iter().map(|parcel| serde_json::from_slice::<Json>(&parcel.body).unwrap());
            said.map(|said| said["type"].as_str().unwrap_or_default().to_owned()).collect()
        };
        let heard = site.round().await;
        assert_eq!(types(&heard), ["request.open", "request.identify", "request.decide"]);
        for parcel in &heard {
            let text = String::from_utf8(parcel.body.to_vec()).unwrap();
            assert!(!text.contains("anna@") && !text.contains("accounts"), "{text}");
        }
        // The answer waits for what the program does elsewhere; its key is for that, and for no more.
        let answer = async || rights.answer_request(&owner.credential, owner.request(), id, Some("It is done.".into())).await;
        assert!(matches!(answer().await, Err(Error::Conflict(_))));
        let program = owner.with_key(&owner.issue_key_naming(owner.member, &["request.task", "request.view"]).await);
        let tasks = rights.tasks(&program.credential, program.request(), id).await.unwrap();
        assert_eq!((tasks.len(), tasks[0].state), (1, TaskState::Open));
        let waived = rights.waive_task(&program.credential, program.request(), id, "accounts".into(), "no".into());
        assert!(matches!(waived.await, Err(Error::Forbidden { .. })));
        let done = rights.do_task(&program.credential, program.request(), id, "accounts".into(), "ticket 7 is closed".into());
        done.await.unwrap();
        answer().await.unwrap();
        let heard = types(&site.round().await);
        for step in ["request.task", "request.answer"] {
            assert!(heard.iter().any(|kind| kind == step), "{heard:?}");
        }
    }

    async fn what_happens_is_told_signed_in_order_and_once(db: TestDb) {
        let site = Site::on(db).await;
        let (owner, other) = (&site.team.owner, site.world.team("other").await);
        let dataset = owner.dataset("scans").await.unwrap();
        owner.put("scans", "before.txt", b"before").await.unwrap();
        site.world.clock.advance(Duration::from_secs(1));
        let made = site.create(owner, URL, &["item.create", "item.archive"]).await.unwrap();
        other.owner.dataset("theirs").await.unwrap();
        other.owner.put("theirs", "theirs.txt", b"theirs").await.unwrap();
        let first = owner.put("scans", "first.txt", b"first").await.unwrap().item.id;
        owner.item(first).await.unwrap();
        site.world.clock.advance(Duration::from_secs(1));
        let second = owner.put("scans", "second.txt", b"second").await.unwrap().item.id;

        let came = site.round().await;
        let told: Vec<_> = came.iter().map(|parcel| json(parcel)["data"]["item"].clone()).collect();
        assert_eq!(told, [first.to_string(), second.to_string()]);
        for parcel in &came {
            assert_eq!((parcel.target.url(), parcel.target.host()), (URL, "hooks.example.org:443"));
            assert_eq!(signers(parcel, &[&made]), [true]);
            assert_eq!(parcel.seconds, site.world.clock.now().as_micros() / 1_000_000);
        }
        // What a message says is what the trail says, and no more than this.
        let said = json(&came[0]);
        let filter = TrailFilter { action: Some("item.create".into()), item: Some(first), ..TrailFilter::default() };
        let entry = owner.trail(filter).await.unwrap().remove(0);
        let wanted = serde_json::json!({
            "type": "item.create", "timestamp": entry.at,
            "data": {
                "event": entry.id, "outcome": "done", "dataset": dataset.id, "item": first, "index": entry.index, "sequence": entry.sequence
            }
        });
        assert_eq!(said, wanted);
        assert_eq!(site.round().await.len(), 0, "something was told twice");

        // Another secret: for a while both, then the new one alone.
        let rotated = site.hooks.rotate(&owner.credential, owner.request(), made.webhook.id, 24).await.unwrap();
        owner.put("scans", "third.txt", b"third").await.unwrap();
        let came = site.round().await;
        assert_eq!(signers(&came[0], &[&made, &rotated]), [true, true]);
        site.world.clock.advance(DAY);
        owner.put("scans", "fourth.txt", b"fourth").await.unwrap();
        let came = site.round().await;
        assert_eq!(signers(&came[0], &[&made, &rotated]), [false, true]);
        let at_once = site.hooks.rotate(&owner.credential, owner.request(), made.webhook.id, 0).await.unwrap();
        site.hooks.test(&owner.credential, owner.request(), made.webhook.id).await.unwrap();
        let came = site.round().await;
        assert_eq!(signers(&came[0], &[&rotated, &at_once]), [false, true]);
        assert_eq!(json(&came[0])["type"], "webhook.test");
        assert_eq!(json(&came[0])["data"], serde_json::json!({}));

        // The log has them all; what happens while it is off is not told.
        let log = site.deliveries(made.webhook.id).await;
        assert_eq!(log.len(), 5);
        assert!(log.iter().all(|one| one.state == DeliveryState::Delivered && one.attempts == 1));
        assert_eq!(log[4].last.as_ref().unwrap().status, Some(204));
        let switch = |on| Change { on: Some(on), ..Change::default() };
        site.hooks.change(&owner.credential, owner.request(), made.webhook.id, switch(false)).await.unwrap();
        owner.put("scans", "unheard.txt", b"unheard").await.unwrap();
        assert_eq!(site.round().await.len(), 0);
        let sent = site.hooks.test(&owner.credential, owner.request(), made.webhook.id).await;
        assert!(matches!(sent, Err(Error::Conflict(_))));
        site.world.clock.advance(Duration::from_secs(1));
        site.hooks.change(&owner.credential, owner.request(), made.webhook.id, switch(true)).await.unwrap();
        let heard = owner.put("scans", "heard.txt", b"heard").await.unwrap().item.id;
        let came = site.round().await;
        assert_eq!(came.len(), 1);
        assert_eq!(json(&came[0])["data"]["item"], heard.to_string());
    }

    async fn what_fails_is_tried_again_then_given_up_and_its_webhook_switched_off(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        owner.dataset("scans").await.unwrap();
        let id = site.create(owner, URL, &["item.create"]).await.unwrap().webhook.id;
        owner.put("scans", "first.txt", b"first").await.unwrap();
        owner.put("scans", "second.txt", b"second").await.unwrap();
        // Somebody is there and has trouble with the first; the second arrives meanwhile.
        site.door.answers([Answer::Status(500)]);
        let first = ids(&site.round().await);
        assert_eq!(first.len(), 2);
        assert_eq!(site.round().await.len(), 0, "it was tried before its time");
        site.world.clock.advance(Duration::from_secs(5));
        let again = ids(&site.round().await);
        assert!(again.len() == 1 && again.is_subset(&first));
        let log = site.deliveries(id).await;
        let (one, attempts) = site.hooks.delivery(&owner.credential, owner.request(), id, log[1].id).await.unwrap();
        assert_eq!((one.state, one.attempts), (DeliveryState::Delivered, 2));
        let told: Vec<_> = attempts.iter().map(|it| (it.number, it.status, it.trouble)).collect();
        assert_eq!(told, [(2, Some(204), None), (1, Some(500), Some(Cause::Refused))]);

        // Once more, because somebody asks for it: the same message under the same id.
        let replayed = site.hooks.replay(&owner.credential, owner.request(), id, log[0].id).await.unwrap();
        assert_eq!(replayed.state, DeliveryState::Waiting);
        assert_eq!(ids(&site.round().await), BTreeSet::from([format!("msg_{}", log[0].id)]));

        // Nobody is there: the others wait with the first, and in the end all is over.
        owner.put("scans", "third.txt", b"third").await.unwrap();
        owner.put("scans", "fourth.txt", b"fourth").await.unwrap();
        site.door.answers(std::iter::repeat_n(Answer::Trouble(Cause::TooSlow), 10));
        assert_eq!(site.round().await.len(), 1, "more were tried where nobody answers");
        assert_eq!(site.state(id).await, State::On);
        for _ in 0..8 {
            site.world.clock.advance(DAY);
            site.round().await;
        }
        assert_eq!(site.state(id).await, State::On, "it was switched off too early");
        assert_eq!(site.letters().await, []);
        site.world.clock.advance(DAY);
        site.round().await;
        assert_eq!(site.state(id).await, State::Stopped);
        let letters = site.letters().await;
        assert_eq!(letters.len(), 1);
        assert!(letters[0].0 == "olivia@clinic.example" && letters[0].1.contains(&id.to_string()), "{letters:?}");
        let filter = TrailFilter { action: Some("webhook.stop".into()), ..TrailFilter::default() };
        assert_eq!(owner.trail(filter).await.unwrap().len(), 1);
        let log = site.deliveries(id).await;
        let last = log[1].last.as_ref().unwrap();
        assert_eq!((log[1].attempts, last.trouble), (10, Some(Cause::TooSlow)));
        assert_eq!(log[1].state, DeliveryState::GivenUp);
        // Who says that it is gone is believed at once.
        let gone = site.create(owner, "https://gone.example/", &["*"]).await.unwrap().webhook.id;
        site.door.answers([Answer::Status(410)]);
        site.round().await;
        assert_eq!(site.state(gone).await, State::Stopped);
    }

    async fn a_message_names_nobody_and_nothing_that_is_sealed(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        let officer = site.team.member(Class::PrivacyOfficer).await;
        site.create(owner, URL, &["*"]).await.unwrap();
        owner.dataset("anna-dataset").await.unwrap();
        let put = PutItem {
            subject: Some("email:anna@person.example".into()),
            ..PutItem::file(Target::Name(custody::dataset::DatasetRef::parse("anna-dataset"), "Anna.txt".into()), "text/plain")
        };
        let item = owner.put_as(put, pieces(b"Anna's words")).await.unwrap().item;
        let subject = site.world.database().read(move |tx| {
            let row = tx.one("SELECT subject_id FROM item WHERE item_id = $1", params![item.id])?;
            row.get::<kernel::SubjectId>(0)
        });
        let subject = subject.await.unwrap();
        let because = Request { reason: Some("Anna asked for it".into()), ..officer.request() };
        let rights = Rights::new(site.world.custody.clone());
        let erase = Erase { subject, afterwards: AfterErasure::Refuse };
        rights.erase(&officer.credential, because, erase).await.unwrap();
        let came = site.round().await;
        let acts: BTreeSet<String> = came.iter().map(|parcel| json(parcel)["type"].as_str().unwrap().to_owned()).collect();
        assert!(acts.contains("item.create") && acts.contains("subject.erase") && acts.contains("webhook.create"), "{acts:?}");
        let all: String = came.iter().map(|parcel| String::from_utf8(parcel.body.clone()).unwrap()).collect();
        for marker in [
            subject.to_string(), owner.member.to_string(), officer.member.to_string(), owner.credential.key.to_string(),
            site.team.id.to_string(), "Anna".into(), "anna".into(), "hooks.example.org".into(), "clinic".into(),
        ] {
            assert!(!all.contains(&marker), "{marker} was told");
        }
        // Nor do the rows hold address or secret in clear.
        let rows = site.world.database().read(|tx| tx.all("SELECT target_sealed, secret_sealed, target_blind FROM webhook", &[]));
        for row in rows.await.unwrap() {
            for column in 0..3 {
                let bytes: Vec<u8> = row.get(column).unwrap();
                assert!(!bytes.windows(5).any(|window| window == b"hooks"));
            }
        }
    }

    async fn only_owners_and_admins_of_the_team_have_to_do_with_it(db: TestDb) {
        let site = Site::on(db).await;
        let (owner, other) = (&site.team.owner, site.world.customer_held_team("other").await);
        let made = site.create(owner, URL, &["item.*"]).await.unwrap();
        let id = made.webhook.id;
        let test = site.hooks.test(&owner.credential, owner.request(), id).await.unwrap().id;
        let all = async |by: &Person| {
            let (hooks, key, page) = (&site.hooks, &by.credential, || PageRequest::first(10));
            [
                hooks.view(key, by.request(), id).await.map(drop),
                hooks.change(key, by.request(), id, Change { on: Some(false), ..Change::default() }).await.map(drop),
                hooks.rotate(key, by.request(), id, 1).await.map(drop),
                hooks.test(key, by.request(), id).await.map(drop),
                hooks.deliveries(key, by.request(), id, page()).await.map(drop),
                hooks.delivery(key, by.request(), id, test).await.map(drop),
                hooks.replay(key, by.request(), id, test).await.map(drop),
                hooks.delete(key, by.request(), id).await,
            ]
        };
        for class in [Class::User, Class::WorkforceManager, Class::Worker, Class::Auditor, Class::PrivacyOfficer] {
            let member = site.team.member(class).await;
            for told in all(&member).await {
                assert!(matches!(told, Err(Error::Forbidden { .. })), "{class}: {told:?}");
            }
            assert!(matches!(site.create(&member, URL, &["*"]).await, Err(Error::Forbidden { .. })), "{class}");
        }
        for told in all(&other.owner).await {
            assert!(matches!(told, Err(Error::NotFound("webhook"))), "{told:?}");
        }
        // One of each address, and whoever asks for nonsense is told what is wanted.
        let admin = site.team.member(Class::Admin).await;
        assert!(matches!(site.create(&admin, URL, &["*"]).await, Err(Error::Conflict(_))));
        for (url, events) in [("http://hooks.example.org/", &["*"][..]), (URL, &[]), (URL, &["item.nothing"]), (URL, &["nobody.*"])] {
            assert!(matches!(site.create(&admin, url, events).await, Err(Error::Invalid { .. })), "{url} {events:?}");
        }
        // Nobody of a team that holds its key itself is needed for its messages either.
        let theirs = site.create(&other.owner, URL, &["dataset.create"]).await.unwrap();
        other.owner.dataset("theirs").await.unwrap();
        let came = site.round().await;
        assert_eq!(came.len(), 2);
        assert!(came.iter().any(|parcel| signers(parcel, &[&theirs]) == [true]));
        // Once an admin has switched it off, nothing more is sent; in the end it is deleted.
        let done = all(&admin).await.map(|told| told.is_ok());
        assert_eq!(done, [true, true, true, false, true, true, false, true]);
        let listed = site.hooks.list(&owner.credential, owner.request(), PageRequest::first(10)).await.unwrap();
        assert_eq!(listed.items, []);
    }

    async fn two_nodes_at_once_carry_each_message_once_and_old_ones_are_forgotten(db: TestDb) {
        let site = Site::on(db).await;
        let owner = &site.team.owner;
        owner.dataset("scans").await.unwrap();
        let id = site.create(owner, URL, &["item.create"]).await.unwrap().webhook.id;
        for number in 0..10 {
            owner.put("scans", &format!("{number}.txt"), b"words").await.unwrap();
        }
        site.world.sequence().await;
        let other = Webhooks::new(site.world.reopened_with(site.world.root_key()));
        let (one, two) = tokio::join!(site.hooks.spread(), other.spread());
        assert_eq!(one.unwrap() + two.unwrap(), 10);
        let doors = Arc::new(Door::default());
        let carry = async |hooks: &Webhooks| {
            for series in hooks.take(&[], 64).await.unwrap() {
                hooks.deliver(series, &*doors).await.unwrap();
            }
        };
        tokio::join!(carry(&site.hooks), carry(&other));
        tokio::join!(carry(&site.hooks), carry(&other));
        let came = doors.taken();
        assert_eq!((came.len(), ids(&came).len()), (10, 10));
        // A webhook whose messages are being carried has to wait with what is new.
        owner.put("scans", "late.txt", b"late").await.unwrap();
        site.world.sequence().await;
        site.hooks.spread().await.unwrap();
        assert_eq!(site.hooks.take(&[id], 64).await.unwrap().len(), 0);
        // A node that dies with it leaves it to be taken when its time is over.
        assert_eq!(site.hooks.take(&[], 64).await.unwrap().len(), 1);
        assert_eq!(other.take(&[], 64).await.unwrap().len(), 0);
        site.world.clock.advance(DAY);
        assert_eq!(site.round().await.len(), 1);
        site.world.clock.advance(DAY * 31);
        site.hooks.sweep().await.unwrap();
        assert_eq!(site.deliveries(id).await, []);
    }
}
