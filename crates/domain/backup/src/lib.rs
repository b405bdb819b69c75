#![doc = include_str!("../README.md")]

mod copy;
mod drill;
mod dump;
mod error;
mod key;
mod list;
mod load;
mod log;
mod look;
mod manifest;
mod part;
mod restore;
mod run;
mod shelf;
#[cfg(test)]
mod tests;
mod values;

pub use drill::{Drill, Drilled};
pub use error::{Error, Result};
pub use key::{BackupKey, BadBackupKey};
pub use list::List;
pub use log::{Continues, LogHeld, Newer};
pub use look::Shelved;
pub use manifest::{Manifest, newest, read as read_manifest};
pub use restore::{Bytes, Restore, Restored};
pub use run::{Backup, Made, Run, last_run};
pub use shelf::Shelf;

/// Where long work says what it does, how far it is, and of how many where that is known. Called from several threads.
pub type Progress = std::sync::Arc<dyn Fn(&'static str, u64, Option<u64>) + Send + Sync>;

/// Whether a column holds a wrapped key, and so goes into the archive of keys.
///
/// Names promise it (`domain/fields.toml`, class `key`), except for two.
fn is_key(table: &str, column: &str) -> bool {
    column.ends_with("_wrapped")
        || matches!(
            (table, column),
            ("installation", "root_check") | ("tenant", "letterbox_sealed")
        )
}

/// Tables whose rows mean something on the machine and in the moment alone, and none after a restoration: who holds what, what is
/// half-way, who is signed in at a browser, and letters, which a restoration would send once more and an old backup would keep
/// beyond their wiping.
const LEFT_OUT: &[&str] = &[
    "migration",
    "lease",
    "outbox_letter",
    "object_intent",
    "restoration",
    "browser_session",
    "sign_in_step",
    "passkey_ceremony",
    "oidc_way",
];
