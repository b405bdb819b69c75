//! Sealed bytes outside the database: made once, never changed, read anywhere, removed.
//!
//! Promises of every implementation: after `finish` returns, the object survives loss of power; before, it cannot be
//! opened; an object never changes; `delete` may be repeated. An object's name is its id and says nothing.
//!
//! There may be several [`Places`] at once: the data folder's own and stores elsewhere, each under a label.

mod directory;
mod memory;
mod place;
mod remote;
mod tracking;

pub use directory::DirectoryObjects;
pub use memory::{Act, Fault, MemoryObjects};
pub use place::{Address, HOME, NoLabel, Place, PlaceLabel, Places};
pub use remote::{
    Bucket, BucketError, BucketWriting, Credentials, Found, HEAD_LEN, Head, Locator, MOST_WRITTEN, NoHead,
    PIECE, Remote, RemoteObjects, UnusableLocation, Written,
};
pub use tracking::{
    Emptied, abandon, discard, empty_all_trash, empty_trash, intend, keep, orphans, sweep, unknown_places,
};

use kernel::ObjectId;

use crate::StoreError;

/// The ids of a listing, as they are found.
pub type Listing<'a> = Box<dyn Iterator<Item = Result<ObjectId, StoreError>> + 'a>;

/// Where objects are kept. All calls block.
pub trait Objects: Send + Sync {
    /// Begins an object. [`StoreError::ObjectExists`] when one of this id is there.
    fn create(&self, id: ObjectId) -> Result<Box<dyn ObjectWriter>, StoreError>;

    /// Opens a finished object. [`StoreError::ObjectMissing`] when there is none.
    fn open(&self, id: ObjectId) -> Result<Box<dyn ObjectReader>, StoreError>;

    /// Removes the object, finished or not, durably. Nothing happens when it is not there.
    fn delete(&self, id: ObjectId) -> Result<(), StoreError>;

    /// Everything that is there, in no order, with what a crash left unfinished.
    fn list(&self) -> Result<Listing<'_>, StoreError>;
}

/// An object being written. Dropped unfinished, it leaves nothing behind.
pub trait ObjectWriter: Send {
    /// Appends bytes.
    fn write_all(&mut self, bytes: &[u8]) -> Result<(), StoreError>;

    /// Makes the object durable, and only then visible. After an error the object may or may not be there: delete it.
    fn finish(self: Box<Self>) -> Result<(), StoreError>;
}

/// A finished object. It can be read to its end even if it is deleted meanwhile, unless it lies in a remote place: there
/// reading on may end with [`StoreError::ObjectMissing`].
pub trait ObjectReader: Send + Sync {
    /// Its length in bytes.
    fn len(&self) -> u64;

    /// Whether it has no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads at `offset` until the buffer is full or the object ends; gives the number of bytes read.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, StoreError>;
}
