//! The promises of acts that change nothing, on both engines: nothing is told of which the trail may not know.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod house;

use access::{Class, Facts};
use house::{Failure, House, INSERT};
use operation::acts::{CreateDataset, ListDatasets};
use operation::{OperationError, PermitError, Resource};
use serde_json::json;
use store::{StoreError, params};

/// Looks at the number of things, as a member of this class.
async fn look(house: &House, class: Class) -> Result<i64, Failure> {
    let same = house.clone();
    let act = move |op: &mut operation::Op<'_>| {
        same.enter(op, class);
        let permit = op.permit::<ListDatasets>(Resource::tenant(), &Facts::at_home())?;
        let rows = op.list(&permit, "SELECT count(*) FROM thing", &[])?;
        op.record(permit, json!({ "things": rows.len() }))?;
        rows[0].get(0).map_err(Failure::from)
    };
    house.desk.look(house.desk.own_request(), act).await
}

async fn take_the_trail_away(db: &engines::TestDb) {
    let gone = db.write(|tx| tx.execute("DROP TABLE log_pending", &[])).await;
    gone.map_err(|error: StoreError| error).unwrap();
}

engines::on_both! {
    async fn a_look_sees_and_is_recorded_before_it_is_answered(db: TestDb) {
        let house = House::on(&db);
        house.add(Class::Owner, "one").await.unwrap();
        assert_eq!(look(&house, Class::Owner).await.unwrap(), 1);
        let events = house.events().await;
        assert_eq!(events.len(), 2);
        assert_eq!(events[0].event["action"], "dataset.list");
        assert_eq!(events[0].event["outcome"], "done");
    }

    async fn a_refused_look_is_recorded(db: TestDb) {
        let house = House::on(&db);
        let refused = look(&house, Class::Worker).await.unwrap_err();
        assert!(matches!(refused, Failure::Permit(PermitError::Refused(_))), "{refused:?}");
        let events = house.events().await;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].event["outcome"], "refused");
    }

    async fn without_the_trail_nothing_is_told(db: TestDb) {
        let house = House::on(&db);
        take_the_trail_away(&db).await;
        look(&house, Class::Owner).await.unwrap_err();
        look(&house, Class::Worker).await.unwrap_err();
    }

    async fn a_look_that_records_nothing_tells_nothing(db: TestDb) {
        let house = House::on(&db);
        let same = house.clone();
        let forgotten = house.desk.look(house.desk.own_request(), move |op| {
            same.enter(op, Class::Owner);
            let _unspent = op.permit::<ListDatasets>(Resource::tenant(), &Facts::at_home())?;
            Ok::<_, Failure>(())
        }).await;
        assert!(matches!(forgotten, Err(Failure::Operation(OperationError::Unrecorded(1)))), "{forgotten:?}");
    }

    async fn a_look_cannot_change_anything(db: TestDb) {
        let house = House::on(&db);
        let same = house.clone();
        let changed = house.desk.look(house.desk.own_request(), move |op| {
            same.enter(op, Class::Owner);
            let permit = op.permit::<CreateDataset>(Resource::tenant(), &Facts::at_home())?;
            op.change(&permit, INSERT, params!["sneaked in"])?;
            Ok::<_, Failure>(op.record(permit, json!(null))?)
        }).await;
        assert!(matches!(changed, Err(Failure::Store(_))), "{changed:?}");
        assert_eq!(house.things().await, 0);
        assert_eq!(house.events().await.len(), 0);
    }

    async fn the_request_knows_the_event_of_its_look(db: TestDb) {
        let house = House::on(&db);
        let (same, request) = (house.clone(), house.desk.own_request());
        let event = house.desk.look(request.clone(), move |op| {
            same.enter(op, Class::Owner);
            let permit = op.permit::<ListDatasets>(Resource::tenant(), &Facts::at_home())?;
            Ok::<_, Failure>(op.record(permit, json!(null))?)
        }).await.unwrap();
        assert_eq!(request.recorded.event(), Some(event));
    }
}
