//! A run that breaks off anywhere leaves the backups before as they were, and the next one goes on.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use kernel::ObjectId;
use store::StoreError;
use store::objects::{DirectoryObjects, Listing, ObjectReader, ObjectWriter, Objects};

use super::{Scene, blocking, files, large, run};
use crate::{Shelf, newest};

/// A disk that gives up after so many finished objects: the next one is not finished, or is and says that it is not.
#[derive(Clone)]
struct GivesUp {
    left: Arc<AtomicI64>,
    happens: bool,
}

struct Failing {
    real: DirectoryObjects,
    when: GivesUp,
}

struct Unfinished {
    real: Box<dyn ObjectWriter>,
    when: GivesUp,
}

impl Objects for Failing {
    fn create(&self, id: ObjectId) -> Result<Box<dyn ObjectWriter>, StoreError> {
        Ok(Box::new(Unfinished {
            real: self.real.create(id)?,
            when: self.when.clone(),
        }))
    }

    fn open(&self, id: ObjectId) -> Result<Box<dyn ObjectReader>, StoreError> {
        self.real.open(id)
    }

    fn delete(&self, id: ObjectId) -> Result<(), StoreError> {
        self.real.delete(id)
    }

    fn list(&self) -> Result<Listing<'_>, StoreError> {
        self.real.list()
    }
}

impl ObjectWriter for Unfinished {
    fn write_all(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.real.write_all(bytes)
    }

    fn finish(self: Box<Self>) -> Result<(), StoreError> {
        if self.when.left.fetch_sub(1, Ordering::SeqCst) > 0 {
            return self.real.finish();
        }
        if self.when.happens {
            self.real.finish()?;
        }
        Err(StoreError::unavailable("the disk gave up"))
    }
}

fn failing(folder: PathBuf, when: &GivesUp) -> Shelf {
    let (shown, when) = (folder.display().to_string(), when.clone());
    Shelf::with(&shown, move |room| {
        Ok(Arc::new(Failing {
            real: DirectoryObjects::open(folder.join(room))?,
            when: when.clone(),
        }))
    })
}

engines::on_both! {
    async fn a_backup_that_breaks_off_takes_nothing_and_is_gone_on_with(db: TestDb) {
        let scene = Scene::new(db).await;
        let first = scene.put("first", &large(1)).await;
        let whole = scene.back_up().await;
        for number in 2..5 {
            scene.put(&format!("new {number}"), &large(number)).await;
        }
        let (data, keys) = (scene.folder.path().join("data"), scene.folder.path().join("keys"));
        let mut breaks = 0;
        for finished in (0..).step_by(7) {
            let when = GivesUp { left: Arc::new(AtomicI64::new(finished)), happens: finished % 2 == 0 };
            let mut backup = scene.backup();
            (backup.shelf, backup.keys_shelf) = (failing(data.clone(), &when), failing(keys.clone(), &when));
            let outcome = run(backup).await;
            let (shelf, key) = (scene.shelf.clone(), Arc::clone(&scene.key));
            let there = blocking(move || newest(&shelf, &key).unwrap().backup).await;
            match outcome {
                Ok(made) => {
                    assert_eq!(there, made.backup);
                    break;
                }
                // One whose manifest is written, although nobody heard so, is a backup.
                Err(_) if there != whole.backup => {}
                Err(error) => assert!(error.to_string().contains("gave up"), "{error}"),
            }
            breaks += 1;
        }
        assert!(breaks > 4, "{breaks}");
        let after = scene.back_up().await;
        assert_eq!((after.objects, after.copied), (4, 0), "what the runs before copied is taken over");
        let copy = scene.restored_into(engines::TestDb::sqlite()).await;
        copy.outcome.as_ref().unwrap();
        assert!(scene.owner().at(&copy.custody).get(first).await.unwrap() == large(1));

        // Of the runs that broke off nothing is left.
        let (shelf, key) = (scene.shelf.clone(), Arc::clone(&scene.key));
        let named = blocking(move || {
            let all = crate::manifest::all(&shelf).unwrap();
            all.iter().flat_map(|backup| crate::read_manifest(&shelf, &key, *backup).unwrap().parts().collect::<Vec<_>>()).count()
        }).await;
        let parts = files(&data.join("parts")).len() + files(&keys.join("keys")).len();
        assert_eq!(parts, named);
    }

    async fn one_that_is_told_to_stop_stops_and_holds_up_nobody(db: TestDb) {
        let scene = Scene::new(db).await;
        scene.put("a", &large(1)).await;
        let whole = scene.back_up().await;
        let mut backup = scene.backup();
        backup.goes_on = Arc::new(|| false);
        assert!(matches!(run(backup).await, Err(crate::Error::Stopped)));
        let (shelf, key) = (scene.shelf.clone(), Arc::clone(&scene.key));
        assert_eq!(blocking(move || newest(&shelf, &key).unwrap().backup).await, whole.backup);
        let mut other = scene.backup();
        other.holder = "another".to_owned();
        run(other).await.unwrap();
    }

    async fn one_backup_at_a_time(db: TestDb) {
        let scene = Scene::new(db).await;
        let (other, held) = (scene.backup(), std::sync::Mutex::new(None));
        let other = Arc::new(crate::Backup { holder: "another".to_owned(), ..other });
        let mut backup = scene.backup();
        let held = Arc::new(held);
        let (seen, asked) = (Arc::clone(&held), Arc::clone(&other));
        backup.progress = Arc::new(move |_, _, _| {
            let mut seen = seen.lock().unwrap();
            if seen.is_none() {
                let asked = Arc::clone(&asked);
                *seen = Some(std::thread::spawn(move || asked.run().map(drop)).join().unwrap());
            }
        });
        run(backup).await.unwrap();
        assert!(matches!(held.lock().unwrap().take(), Some(Err(crate::Error::Busy))));
        blocking(move || other.run().map(drop)).await.unwrap();
    }
}
