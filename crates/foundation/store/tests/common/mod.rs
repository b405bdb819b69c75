//! What several test files need.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its share")]

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use engines::TestDb;
use kernel::{ObjectId, Random, SystemRandom, Timestamp};
use store::{Migration, StoreError};

/// A moment for tests.
pub const NOON: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// A table with one column of each kind, and one with a key.
pub const TABLES: &[Migration] = &[
    Migration {
        id: 100,
        name: "every kind",
        sql: "CREATE TABLE kinds (id {int} NOT NULL PRIMARY KEY, words {text}, number {int}, raw {bytes}, truth {bool})
              {strict};",
    },
    Migration {
        id: 101,
        name: "a counter",
        sql: "CREATE TABLE counter (name {text} NOT NULL PRIMARY KEY, value {int} NOT NULL) {strict};",
    },
];

/// The database with [`TABLES`] and the store's own.
pub fn with_tables(db: &TestDb) {
    db.migrate(&[store::MIGRATIONS, TABLES].concat()).unwrap();
}

/// A new object's id.
pub fn object() -> ObjectId {
    ObjectId::make(NOON, &SystemRandom)
}

/// Unpredictable bytes.
pub fn bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    SystemRandom.fill(&mut bytes);
    bytes
}

/// Polls once, which hands the work to the database, and does not wait.
pub fn begin<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> Pin<Box<dyn Future<Output = T> + Send>> {
    let mut future = Box::pin(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Pending => future,
        Poll::Ready(done) => Box::pin(std::future::ready(done)),
    }
}

/// Text of an error, for comparing without its details.
pub fn unavailable(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable { .. })
}
