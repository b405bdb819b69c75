//! The promises of an operation, on both engines: permit, change and entry together or not at all.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::sync::Arc;

use access::{Class, Facts, Policies, Subject};
use kernel::{Actor, KeyId, MemberId, PageRequest, SystemClock, SystemRandom, TenantId, Timestamp};
use ledger::{KeyKind, Policy, Receipt, SigningKey};
use operation::acts::{CreateDataset, ListDatasets, ReadReceipt, ReadTrail};
use operation::sequencer::Sequencer;
use operation::trail::{self, TrailError, TrailFilter};
use operation::{Caller, Desk, Op, OperationError, PermitError, Resource, TrailKeys, TrailSeal};
use sealing::{Key, LetterboxSecret};
use serde_json::json;
use store::{Migration, StoreError, params};

#[derive(Debug)]
#[allow(dead_code, reason = "shown when a test fails")]
enum Failure {
    Store(StoreError),
    Operation(OperationError),
    Permit(PermitError),
    Trail(TrailError),
    Own(&'static str),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
impl From<OperationError> for Failure {
    fn from(error: OperationError) -> Self {
        Self::Operation(error)
    }
}
impl From<PermitError> for Failure {
    fn from(error: PermitError) -> Self {
        Self::Permit(error)
    }
}
impl From<TrailError> for Failure {
    fn from(error: TrailError) -> Self {
        Self::Trail(error)
    }
}

const THINGS: Migration = Migration {
    id: 900,
    name: "things",
    sql: "CREATE TABLE thing (name {text} NOT NULL PRIMARY KEY) {strict};",
};
const INSERT: &str = "INSERT INTO thing (name) VALUES ($1)";
const COUNT: &str = "SELECT count(*) FROM thing";

/// One tenant with its keys, at a desk.
#[derive(Clone)]
struct House {
    desk: Desk,
    tenant: TenantId,
    member: MemberId,
    key: KeyId,
    trail_key: Arc<Key>,
    letterbox: Arc<LetterboxSecret>,
}

impl House {
    fn on(db: &store::Db) -> Self {
        let migrations = [store::MIGRATIONS, operation::MIGRATIONS, &[THINGS]].concat();
        db.migrate(&migrations).unwrap();
        let now = Timestamp::from_micros(1_700_000_000_000_000);
        let desk = Desk {
            db: db.clone(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            policies: Arc::new(Policies::load().unwrap()),
        };
        Self {
            desk,
            tenant: TenantId::make(now, &SystemRandom),
            member: MemberId::make(now, &SystemRandom),
            key: KeyId::make(now, &SystemRandom),
            trail_key: Arc::new(Key::generate(&SystemRandom)),
            letterbox: Arc::new(LetterboxSecret::generate(&SystemRandom)),
        }
    }

    fn enter(&self, op: &mut Op<'_>, class: Class) {
        op.enter(Caller {
            actor: Actor::Key {
                key: self.key,
                member: self.member,
            },
            tenant: self.tenant,
            subject: Subject::of(class),
            trail: TrailSeal::Key(self.trail_key.duplicate()),
        });
    }

    fn keys(&self) -> TrailKeys {
        TrailKeys {
            key: self.trail_key.duplicate(),
            letterbox: LetterboxSecret::from_key(self.letterbox.as_key().duplicate()),
        }
    }

    /// Adds a thing as a member of this class.
    async fn add(&self, class: Class, name: &'static str) -> Result<kernel::EventId, Failure> {
        let house = self.clone();
        self.desk
            .act(self.desk.own_request(), move |op| {
                house.enter(op, class);
                let permit = op.permit::<CreateDataset>(Resource::tenant(), &Facts::at_home())?;
                op.change(&permit, INSERT, params![name])?;
                Ok(op.record(permit, json!({ "note": "added" }))?)
            })
            .await
    }

    async fn things(&self) -> i64 {
        self.desk
            .db
            .read(|tx| tx.one(COUNT, &[])?.get(0))
            .await
            .map_err(|error: StoreError| error)
            .unwrap()
    }

    async fn events(&self) -> Vec<trail::TrailEntry> {
        let house = self.clone();
        let found: Result<_, Failure> = self
            .desk
            .act(self.desk.own_request(), move |op| {
                house.enter(op, Class::Auditor);
                let permit = op.permit::<ReadTrail>(Resource::trail(), &Facts::at_home())?;
                let page = trail::query(
                    op,
                    &permit,
                    &house.keys(),
                    &TrailFilter::default(),
                    &PageRequest::first(100),
                )?;
                op.record(permit, json!(null))?;
                Ok(page.items)
            })
            .await;
        found.unwrap()
    }

    async fn receipt(&self, event: kernel::EventId) -> Result<String, Failure> {
        let house = self.clone();
        self.desk
            .act(self.desk.own_request(), move |op| {
                house.enter(op, Class::Auditor);
                let permit = op.permit::<ReadReceipt>(Resource::trail(), &Facts::at_home())?;
                let text = trail::receipt(op, &permit, &house.keys(), event)?;
                op.record(permit, json!(null))?;
                Ok(text)
            })
            .await
    }

    fn sequencer(&self) -> (Sequencer, Policy) {
        let signer = SigningKey::generate("log.example/test", KeyKind::Log, &SystemRandom).unwrap();
        let policy = Policy::log_only(signer.verifier().clone()).unwrap();
        (
            Sequencer::new(self.desk.db.clone(), Arc::new(SystemClock), signer, "node"),
            policy,
        )
    }
}

engines::on_both! {
    async fn an_act_and_its_entry_come_together(db: TestDb) {
        let house = House::on(&db);
        let event = house.add(Class::Owner, "one").await.unwrap();
        assert_eq!(house.things().await, 1);
        let events = house.events().await;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].id, event);
        assert_eq!(events[0].event["action"], "dataset.create");
        assert_eq!(events[0].event["outcome"], "done");
        assert_eq!(events[0].event["actor"]["key"], house.key.to_string());
    }

    async fn a_refusal_changes_nothing_and_is_recorded(db: TestDb) {
        let house = House::on(&db);
        let refused = house.add(Class::Worker, "one").await.unwrap_err();
        assert!(matches!(refused, Failure::Permit(PermitError::Refused(_))), "{refused:?}");
        assert_eq!(house.things().await, 0);
        let events = house.events().await;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].event["outcome"], "refused");
        assert!(events[0].event["details"]["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty()));
    }

    async fn an_act_that_records_nothing_is_rolled_back(db: TestDb) {
        let house = House::on(&db);
        let same = house.clone();
        let forgotten: Result<(), Failure> = house.desk.act(house.desk.own_request(), move |op| {
            same.enter(op, Class::Owner);
            let permit = op.permit::<CreateDataset>(Resource::tenant(), &Facts::at_home())?;
            op.change(&permit, INSERT, params!["forgotten"])?;
            Ok(())
        }).await;
        assert!(matches!(forgotten, Err(Failure::Operation(OperationError::Unrecorded(1)))), "{forgotten:?}");
        assert_eq!(house.things().await, 0);
        assert_eq!(house.events().await.len(), 0);
    }

    async fn a_request_knows_the_first_event_that_it_left(db: TestDb) {
        let house = House::on(&db);
        let request = house.desk.own_request();
        let add = |class: Class, names: [&'static str; 2]| {
            let (same, request) = (house.clone(), request.clone());
            async move {
                let (desk, house) = (same.desk.clone(), same);
                desk.act(request, move |op| {
                    house.enter(op, class);
                    let mut events = Vec::new();
                    for name in names {
                        let permit = op.permit::<CreateDataset>(Resource::tenant(), &Facts::at_home())?;
                        op.change(&permit, INSERT, params![name])?;
                        events.push(op.record(permit, json!(null))?);
                    }
                    Ok::<_, Failure>(events)
                }).await
            }
        };
        add(Class::Worker, ["one", "two"]).await.unwrap_err();
        add(Class::Owner, ["twice", "twice"]).await.unwrap_err();
        assert_eq!(request.recorded.event(), None);
        let events = add(Class::Owner, ["one", "two"]).await.unwrap();
        assert_eq!(request.recorded.event(), Some(events[0]));
        add(Class::Owner, ["three", "four"]).await.unwrap();
        assert_eq!(request.recorded.event(), Some(events[0]));
    }

    async fn without_the_trail_nothing_happens(db: TestDb) {
        let house = House::on(&db);
        db.write(|tx| tx.execute("DROP TABLE log_pending", &[])).await.map_err(|error: StoreError| error).unwrap();
        house.add(Class::Owner, "unwitnessed").await.unwrap_err();
        assert_eq!(house.things().await, 0);
        let (bytes, strict) = if db.engine() == store::Engine::Sqlite { ("BLOB", "STRICT") } else { ("BYTEA", "") };
        let back = format!(
            "CREATE TABLE log_pending (event_id {bytes} NOT NULL PRIMARY KEY, tenant_id {bytes} NOT NULL, \
             commitment {bytes} NOT NULL) {strict}"
        );
        db.write(move |tx| tx.execute(&back, &[])).await.map_err(|error: StoreError| error).unwrap();
        house.add(Class::Owner, "witnessed").await.unwrap();
        assert_eq!(house.things().await, 1);
    }

    async fn a_failure_after_the_entry_takes_the_entry_back(db: TestDb) {
        let house = House::on(&db);
        let same = house.clone();
        let failed: Result<(), Failure> = house.desk.act(house.desk.own_request(), move |op| {
            same.enter(op, Class::Owner);
            let permit = op.permit::<ListDatasets>(Resource::tenant(), &Facts::at_home())?;
            op.record(permit, json!(null))?;
            Err(Failure::Own("after the entry"))
        }).await;
        assert!(matches!(failed, Err(Failure::Own(_))));
        assert_eq!(house.events().await.len(), 0);
    }

    async fn letters_are_read_by_the_tenant_alone(db: TestDb) {
        let house = House::on(&db);
        let same = house.clone();
        let _: Result<(), Failure> = house.desk.act(house.desk.own_request(), move |op| {
            op.enter(Caller {
                actor: Actor::System,
                tenant: same.tenant,
                subject: Subject::of(Class::Owner),
                trail: TrailSeal::Letterbox(same.letterbox.public()),
            });
            let permit = op.permit::<ListDatasets>(Resource::tenant(), &Facts::at_home())?;
            op.record(permit, json!({ "note": "from outside" }))?;
            Ok(())
        }).await;
        let events = house.events().await;
        assert_eq!(events[0].event["details"]["note"], "from outside");
        let stranger = House { letterbox: Arc::new(LetterboxSecret::generate(&SystemRandom)), ..house.clone() };
        let read = stranger.clone();
        let refused: Result<(), Failure> = stranger.desk.act(stranger.desk.own_request(), move |op| {
            read.enter(op, Class::Auditor);
            let permit = op.permit::<ReadTrail>(Resource::trail(), &Facts::at_home())?;
            let letter = TrailFilter { action: Some("dataset.list".into()), ..TrailFilter::default() };
            trail::query(op, &permit, &read.keys(), &letter, &PageRequest::first(10))?;
            op.record(permit, json!(null))?;
            Ok(())
        }).await;
        assert!(matches!(refused, Err(Failure::Trail(TrailError::Altered))), "{refused:?}");
    }

    async fn receipts_prove_every_event_and_chains_have_no_gaps(db: TestDb) {
        let house = House::on(&db);
        let (sequencer, policy) = house.sequencer();
        let early = house.add(Class::Owner, "first").await.unwrap();
        assert!(matches!(house.receipt(early).await, Err(Failure::Trail(TrailError::NotYetSequenced))));
        for name in ["a", "b", "c", "d"] {
            house.add(Class::Owner, name).await.unwrap();
            sequencer.run().await.unwrap();
        }
        assert_eq!(sequencer.run().await.unwrap(), 0);
        let events = house.events().await;
        let mut numbers: Vec<u64> = events.iter().filter_map(|event| event.sequence).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..5).collect::<Vec<_>>());
        for event in events {
            let text = house.receipt(event.id).await.unwrap();
            let proved = Receipt::parse(text.as_bytes()).unwrap().verify(&policy).unwrap();
            assert_eq!(proved.event["id"], event.id.to_string());
        }
    }

    async fn an_event_altered_in_the_database_is_not_shown(db: TestDb) {
        let house = House::on(&db);
        let event = house.add(Class::Owner, "one").await.unwrap();
        let changed = db.write(move |tx| {
            let row = tx.one("SELECT sealed FROM event WHERE event_id = $1", params![event])?;
            let mut sealed: Vec<u8> = row.get(0)?;
            if let Some(last) = sealed.last_mut() {
                *last ^= 1;
            }
            tx.execute("UPDATE event SET sealed = $2 WHERE event_id = $1", params![event, sealed])
        }).await.map_err(|error: StoreError| error).unwrap();
        assert_eq!(changed, 1);
        let (sequencer, _) = house.sequencer();
        sequencer.run().await.unwrap();
        assert!(matches!(house.receipt(event).await, Err(Failure::Trail(TrailError::Altered))));
    }

    async fn many_writers_and_one_sequencer_lose_nothing(db: TestDb) {
        let house = House::on(&db);
        let (sequencer, policy) = house.sequencer();
        let names: Vec<&'static str> = (0..40).map(|number| &*Box::leak(format!("thing {number}").into_boxed_str())).collect();
        let mut acts: Vec<_> = names.into_iter().map(|name| {
            let house = house.clone();
            tokio::spawn(async move { house.add(Class::Owner, name).await.unwrap() })
        }).collect();
        let rival = Sequencer::clone(&sequencer);
        let second = tokio::spawn(async move { rival.run().await.unwrap() });
        sequencer.run().await.unwrap();
        second.await.unwrap();
        for act in acts.drain(..) {
            act.await.unwrap();
        }
        sequencer.run().await.unwrap();
        assert_eq!(house.things().await, 40);
        let log = operation::log::StoredLog((*db).clone());
        let note = operation::log::checkpoint(&db).await.unwrap().unwrap();
        let head = ledger::checkpoint::SignedCheckpoint::parse(note.as_bytes()).unwrap().verify(&policy).unwrap();
        let report = std::thread::spawn(move || {
            ledger::audit::audit(&log, head.checkpoint(), None, ledger::audit::EntryRule::Links, |_| {}).unwrap()
        }).join().unwrap();
        assert_eq!(report.entries, 40);
    }
}
