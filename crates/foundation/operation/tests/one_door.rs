//! The promises of an operation, on both engines: permit, change and entry together or not at all.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod house;

use std::sync::Arc;

use access::{Class, Facts, Subject};
use house::{Failure, House, INSERT};
use kernel::{Actor, PageRequest, SystemRandom};
use ledger::Receipt;
use operation::acts::{CreateDataset, ListDatasets, ReadTrail};
use operation::sequencer::Sequencer;
use operation::trail::{self, TrailError, TrailFilter};
use operation::{Caller, OperationError, PermitError, Resource, TrailSeal};
use sealing::LetterboxSecret;
use serde_json::json;
use store::{StoreError, params};

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
