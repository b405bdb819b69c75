//! What happens to sealed bytes that did not become anything: the client went away, the commit was refused.
//!
//! Promises: bytes that did become something stay, also when the one who cleans up could not know that: the answer to the
//! commit was lost, or the request was dropped while its commit went on.

use kernel::ObjectId;

use crate::Custody;

/// Removes the bytes and the intent of an upload that did not become an item.
pub(crate) struct Cleanup {
    custody: Custody,
    object: ObjectId,
    armed: bool,
}

impl Custody {
    /// A guard for an object whose intent is durable.
    pub(crate) fn cleanup_of(&self, object: ObjectId) -> Cleanup {
        Cleanup {
            custody: self.clone(),
            object,
            armed: true,
        }
    }
}

impl Cleanup {
    /// The bytes belong to something now.
    pub(crate) fn disarm(mut self) {
        self.armed = false;
    }
}

impl Drop for Cleanup {
    /// Also runs when the client goes away and the request is dropped half-way.
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        let (custody, object) = (self.custody.clone(), self.object);
        let remove = move || remove_unless_kept(&custody, object);
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}

/// If this fails too, the intent stays and the sweep at the next start does it.
fn remove_unless_kept(custody: &Custody, object: ObjectId) {
    let (db, now) = (&custody.desk.db, custody.desk.clock.now());
    let removed = db
        .write_blocking(move |tx| store::objects::abandon(tx, object, now))
        .and_then(|_| store::objects::empty_trash(db, &*custody.objects));
    if let Err(error) = removed {
        tracing::warn!(%object, %error, "an unfinished upload stays until the next sweep");
    }
}

#[cfg(test)]
mod tests {
    use kernel::ObjectId;
    use store::{StoreError, params};

    use super::remove_unless_kept;
    use crate::dataset::{DatasetRef, NewDataset};
    use crate::item::{PutItem, ReadItem, Target};
    use crate::testing::World;

    engines::on_both! {
        async fn cleaning_up_after_a_commit_that_happened_takes_nothing(db: TestDb) {
            let world = World::new(db).await;
            let owner = world.team("clinic").await.owner.key;
            let new = NewDataset { name: "scans".into(), description: String::new(), fields: Vec::new() };
            world.custody.create_dataset(&owner, world.request(), new, None).await.unwrap();
            let put = PutItem::file(Target::Name(DatasetRef::parse("scans"), "chest.dcm".into()), "image/png");
            let large = vec![7u8; 300 << 10];
            let body = futures_util::stream::iter([Ok(large.clone().into())]);
            let stored = world.custody.put(&owner, world.request(), put, body).await.unwrap();
            let object = world.db.read_blocking(|tx| {
                tx.one("SELECT object_id FROM item_version", params![])?.get::<ObjectId>(0)
            });
            // As if the answer to the commit had been lost, or nobody had waited for it.
            let (custody, object) = (world.custody.clone(), object.unwrap());
            tokio::task::spawn_blocking(move || remove_unless_kept(&custody, object)).await.unwrap();
            let read = world.custody.read(&owner, world.request(), stored.item.id, ReadItem::default()).await;
            let mut body = read.unwrap().body.unwrap();
            let mut back = Vec::new();
            while let Some(piece) = body.next().await {
                back.extend_from_slice(&piece.unwrap());
            }
            assert!(back == large, "the bytes are another's or cut");
            let tracked = world.db.read_blocking(|tx| {
                Ok::<_, StoreError>(tx.all("SELECT 1 FROM object_trash", &[])?.len())
            });
            assert_eq!(tracked, Ok(0));
        }
    }
}
