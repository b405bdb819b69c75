//! What happens to sealed bytes that nothing refers to: those that did not become anything, and those let go of.
//!
//! Promises: bytes that did become something stay, also when the one who cleans up could not know that: the answer to the
//! commit was lost, or the request was dropped while its commit went on.

use std::collections::BTreeSet;

use store::StoreError;
use store::objects::{self, Address, PlaceLabel};

use super::reference::Waiting;
use crate::Custody;

/// What an act let go of, to be removed once it is durable.
#[derive(Default)]
pub struct LetGo {
    /// Places where objects are in the trash.
    places: BTreeSet<PlaceLabel>,
    /// Objects in buckets of the tenant's own.
    own: Vec<Waiting>,
}

impl LetGo {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Objects in this place.
    pub(crate) fn insert(&mut self, place: PlaceLabel) {
        self.places.insert(place);
    }

    /// These objects in buckets of the tenant's own.
    pub(crate) fn wait_for(&mut self, own: Vec<Waiting>) {
        self.own.extend(own);
    }

    /// The other's as well.
    pub fn extend(&mut self, other: Self) {
        self.places.extend(other.places);
        self.own.extend(other.own);
    }
}

impl From<PlaceLabel> for LetGo {
    fn from(place: PlaceLabel) -> Self {
        Self {
            places: [place].into(),
            own: Vec::new(),
        }
    }
}

/// Removes the bytes and the intent of an upload that did not become an item.
pub(crate) struct Cleanup {
    custody: Custody,
    address: Address,
    armed: bool,
}

impl Custody {
    /// A guard for an object whose intent is durable.
    pub(crate) fn cleanup_of(&self, address: &Address) -> Cleanup {
        Cleanup {
            custody: self.clone(),
            address: address.clone(),
            armed: true,
        }
    }

    /// Removes bytes that nothing refers to any more. What fails stays in the trash, which is emptied again later. A
    /// place that does not answer holds up the acts on what lay there, and no others.
    pub(crate) async fn empty_trash_of(&self, let_go: LetGo) {
        self.empty_own_trash(let_go.own).await;
        let emptied = let_go.places.into_iter().map(|label| {
            let custody = self.clone();
            let place = label.clone();
            let work = move || {
                let place = custody.places.get(&place)?;
                objects::empty_trash(&custody.desk.db, place)
            };
            (label, tokio::task::spawn_blocking(work))
        });
        for (place, emptied) in emptied.collect::<Vec<_>>() {
            log(&place, emptied.await);
        }
    }
}

fn log(place: &PlaceLabel, emptied: Result<Result<usize, StoreError>, tokio::task::JoinError>) {
    match emptied {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            tracing::warn!(%place, %error, "deleted items' sealed bytes stay in the trash until it is emptied again");
        }
        Err(error) => tracing::error!(%place, %error, "emptying the trash broke off"),
    }
}

impl Cleanup {
    /// The bytes belong to something now.
    pub(crate) fn disarm(mut self) {
        self.armed = false;
    }

    /// They became nothing: removes them before it returns.
    pub(crate) async fn remove(mut self) {
        self.armed = false;
        let (custody, address) = (self.custody.clone(), self.address.clone());
        let removed = tokio::task::spawn_blocking(move || remove_unless_kept(&custody, &address)).await;
        if let Err(error) = removed {
            tracing::error!(%error, "removing what became nothing broke off");
        }
    }
}

impl Drop for Cleanup {
    /// Also runs when the client goes away and the request is dropped half-way.
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        let (custody, address) = (self.custody.clone(), self.address.clone());
        let remove = move || remove_unless_kept(&custody, &address);
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}

/// If this fails too, the intent stays and the sweep at the next start does it.
fn remove_unless_kept(custody: &Custody, address: &Address) {
    let (db, now) = (&custody.desk.db, custody.desk.clock.now());
    let gone = address.clone();
    let removed = db
        .write_blocking(move |tx| objects::abandon(tx, &gone, now))
        .and_then(|_| objects::empty_trash(db, custody.places.get(&address.place)?));
    if let Err(error) = removed {
        let Address { place, object } = address;
        tracing::warn!(%object, %place, %error, "an unfinished upload stays until the trash is emptied again");
    }
}

#[cfg(test)]
mod tests {
    use store::objects::Address;
    use store::{StoreError, params};

    use super::remove_unless_kept;
    use crate::dataset::{DatasetRef, NewDataset};
    use crate::item::{PutItem, ReadItem, Target};
    use crate::testing::World;

    engines::on_both! {
        async fn cleaning_up_after_a_commit_that_happened_takes_nothing(db: TestDb) {
            let world = World::new(db).await;
            let owner = world.team("clinic").await.owner.key;
            let new = NewDataset { name: "scans".into(), ..NewDataset::default() };
            world.custody.create_dataset(&owner, world.request(), new, None).await.unwrap();
            let put = PutItem::file(Target::Name(DatasetRef::parse("scans"), "chest.dcm".into()), "image/png");
            let large = vec![7u8; 300 << 10];
            let body = futures_util::stream::iter([Ok(large.clone().into())]);
            let stored = world.custody.put(&owner, world.request(), put, body).await.unwrap();
            let object = world.db.read_blocking(|tx| {
                Address::read(&tx.one("SELECT object_id, object_place FROM item_version", params![])?, 0, 1)
            });
            // As if the answer to the commit had been lost, or nobody had waited for it.
            let (custody, address) = (world.custody.clone(), object.unwrap().unwrap());
            tokio::task::spawn_blocking(move || remove_unless_kept(&custody, &address)).await.unwrap();
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
