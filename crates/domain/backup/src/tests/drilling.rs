//! Drills: what is well is said to be, what is not is named.

use std::sync::Arc;

use store::objects::{Place, PlaceLabel, Places};

use super::{Scene, blocking, files, large, quiet};
use crate::{Drill, Drilled, Error, last_run};

/// A drill into a database of its own, with the copies on the shelf for places.
async fn drill(scene: &Scene) -> Result<Drilled, Error> {
    let db = engines::TestDb::sqlite();
    db.migrate(&testkit::migrations()).unwrap();
    let objects = scene.shelf.objects(&PlaceLabel::home()).unwrap();
    let scratch = scene.world.over(&db, Places::of(Place::home("", objects)));
    let drill = Drill {
        shelf: scene.shelf.clone(),
        keys_shelf: scene.keys_shelf.clone(),
        key: Arc::clone(&scene.key),
        custody: scene.world.custody.clone(),
        scratch,
        samples: 20,
        progress: quiet(),
    };
    let drilled = blocking(move || drill.run()).await;
    drop(db);
    drilled
}

engines::on_both! {
    async fn a_drill_opens_samples_and_stands_in_the_trails(db: TestDb) {
        let scene = Scene::new(db).await;
        scene.put("large", &large(1)).await;
        scene.put("small", b"a few bytes").await;
        let made = scene.back_up().await;
        let drilled = drill(&scene).await.unwrap();
        assert_eq!((drilled.restored.backup, drilled.restored.rows), (made.backup, made.rows));
        assert_eq!((drilled.compared, drilled.not_by_us), (1, 0));
        assert!((1..=2).contains(&drilled.opened) && drilled.restored.log.entries > 0, "{drilled:?}");
        let last = scene.world.database().read(|tx| last_run(tx, "drill")).await.unwrap().unwrap();
        assert_eq!(last.backup, made.backup);

        scene.world.sequence().await;
        let trail = scene.owner().trail(custody::trail::TrailFilter::default()).await.unwrap();
        let tried = trail.iter().filter(|entry| entry.event["action"] == "backup.drill").count();
        assert_eq!(tried as u64, drilled.opened, "each tenant sees what was opened");
    }

    async fn a_drill_finds_what_is_damaged(db: TestDb) {
        let scene = Scene::new(db).await;
        scene.put("large", &large(1)).await;
        scene.back_up().await;
        let [copy] = &files(&scene.folder.path().join("data").join("objects-home"))[..] else { panic!("one object") };
        let mut bytes = std::fs::read(copy).unwrap();
        bytes[200_000] ^= 1;
        std::fs::write(copy, &bytes).unwrap();
        let refused = drill(&scene).await.unwrap_err().to_string();
        assert!(refused.contains("object") && refused.contains("damaged"), "{refused}");
        let last = scene.world.database().read(|tx| last_run(tx, "drill")).await.unwrap();
        assert_eq!(last, None);
    }

    async fn what_tenants_hold_themselves_is_counted_and_not_opened(db: TestDb) {
        let scene = Scene::new(db).await;
        let museum = scene.world.customer_held_team("museum").await;
        museum.owner.dataset("paintings").await.unwrap();
        museum.owner.put("paintings", "a", b"bytes").await.unwrap();
        scene.back_up().await;
        let drilled = drill(&scene).await.unwrap();
        assert_eq!((drilled.opened, drilled.not_by_us), (0, 1));
    }
}
