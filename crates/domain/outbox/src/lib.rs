#![doc = include_str!("../README.md")]

mod address;
mod error;
mod key;
mod letter;
mod list;
mod put;
mod rows;
mod send;
mod sweep;
mod trouble;

use store::Migration;

pub use address::{Address, BadAddress};
pub use error::{Error, Result};
pub use key::OutboxKey;
pub use letter::{BadLetter, Kind, Language, Letter, MOST_TEXT};
pub use list::{Entry, Figures, State, Which, figures, list};
pub use put::{put, put_in};
pub use send::{Fate, Taken, is_due};
pub use sweep::{KEPT, again, sweep};
pub use trouble::{Cause, Trouble};

/// The tables of this crate.
pub const MIGRATIONS: &[Migration] = &[Migration {
    id: 160,
    name: "letters",
    sql: include_str!("outbox.sql"),
}];
