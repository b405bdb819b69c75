use std::collections::BTreeSet;

use futures_util::stream;

use super::{Bulk, Progress};
use crate::dataset::{DatasetRef, NewDataset};
use crate::item::{BodyError, Filter, PutItem, Target, Verb};
use crate::testing::{Person, World};
use crate::trail::TrailFilter;
use crate::{Error, IdempotencyKey};

/// More than one batch, and fewer than two.
const ITEMS: u64 = 230;

engines::on_both! {
    async fn a_repeated_act_goes_on_where_it_broke_off(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        fill(&world, &team.owner).await;
        let (first, second) = (world.request(), world.request());
        let key = &team.owner.key;
        let begun = Progress::beginning(first.operation, false);
        let (half, _) = world.custody.run_batch(key, first.clone(), archive("a"), begun).await.unwrap();
        assert_eq!((half.answer.changed, half.complete), (200, false));
        // Here it broke off.
        let whole = world.custody.change_states(key, second, archive("a")).await.unwrap();
        assert_eq!((whole.matched, whole.changed, whole.operation), (ITEMS, ITEMS, first.operation));
        assert_eq!((whole.events.len(), whole.bytes), (100, 4 * ITEMS));
        let again = world.custody.change_states(key, world.request(), archive("a")).await.unwrap();
        assert_eq!(again, whole);
        assert_eq!(archived(&world, &team.owner).await, ITEMS);
        // Without the key, or with another, it is another act.
        let anew = world.custody.change_states(key, world.request(), archive("b")).await.unwrap();
        assert_eq!((anew.matched, anew.changed), (0, 0));
    }

    async fn two_at_once_under_one_key_are_one_act(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        fill(&world, &team.owner).await;
        let act = || world.custody.change_states(&team.owner.key, world.request(), archive("a"));
        let (one, other) = tokio::join!(act(), act());
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!((one.changed, &one), (ITEMS, &other));
        assert_eq!(archived(&world, &team.owner).await, ITEMS);
    }

    async fn one_key_stands_for_one_bulk_request(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        fill(&world, &team.owner).await;
        let dry = Bulk { dry_run: true, ..archive("a") };
        let counted = world.custody.change_states(&team.owner.key, world.request(), dry).await.unwrap();
        assert_eq!((counted.matched, counted.changed), (ITEMS, 0));
        let other = Bulk { idempotency: Some(IdempotencyKey::new("a", &[b"another"])), ..archive("a") };
        let refused = world.custody.change_states(&team.owner.key, world.request(), other).await;
        assert!(matches!(refused, Err(Error::ReplayMismatch)), "{refused:?}");
        assert_eq!(archived(&world, &team.owner).await, 0);
    }
}

fn archive(key: &str) -> Bulk {
    Bulk {
        dataset: DatasetRef::parse("scans"),
        verb: Verb::Archive,
        filter: Filter::default(),
        dry_run: false,
        idempotency: Some(IdempotencyKey::new(key, &[b"archive all"])),
    }
}

async fn fill(world: &World, owner: &Person) {
    let new = NewDataset {
        name: "scans".into(),
        ..NewDataset::default()
    };
    let made = world
        .custody
        .create_dataset(&owner.key, world.request(), new, None);
    made.await.unwrap();
    for number in 0..ITEMS {
        let target = Target::Name(DatasetRef::parse("scans"), format!("scan-{number}"));
        let put = PutItem::file(target, "image/png");
        let body = stream::iter([Ok::<_, BodyError>(bytes::Bytes::from_static(b"scan"))]);
        world
            .custody
            .put(&owner.key, world.request(), put, body)
            .await
            .unwrap();
    }
}

/// How many different items the trail says were archived. None is archived twice.
async fn archived(world: &World, owner: &Person) -> u64 {
    let filter = TrailFilter {
        action: Some("item.archive".into()),
        outcome: Some("done".into()),
        ..TrailFilter::default()
    };
    let found = world
        .custody
        .trail(&owner.key, world.request(), filter, crate::testing::first_page());
    let items: Vec<String> = found
        .await
        .unwrap()
        .items
        .iter()
        .map(|entry| entry.event["resource"]["item"].to_string())
        .collect();
    assert_eq!(items.iter().collect::<BTreeSet<_>>().len(), items.len());
    items.len() as u64
}
