//! What happens to sealed bytes that did not become anything: the client went away, the commit was refused.

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
        // If this fails too, the intent stays and the sweep at the next start does it.
        let remove = move || {
            let (db, now) = (&custody.desk.db, custody.desk.clock.now());
            let removed = db
                .write_blocking(move |tx| store::objects::discard(tx, object, now))
                .and_then(|()| store::objects::empty_trash(db, &*custody.objects));
            if let Err(error) = removed {
                tracing::warn!(%object, %error, "an unfinished upload stays until the next sweep");
            }
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}
