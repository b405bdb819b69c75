//! The page of a tenant for the people its data is about, without an account.
//!
//! Promises: nothing is looked up before an address is proven by a code, so that known and unknown people get the same answer by the
//! same work; a code is random, good for a quarter of an hour and five tries, and kept as a keyed hash, like the secret of a visit;
//! codes are counted for each address and each network; what is asked for becomes a request when its code was right, and counts from
//! when it was sent; a visitor reaches what came from their address and what is about whom the tenant knows by it; every act is in
//! the tenant's trail with the visit as its actor.
//!
//! Leaves out: pages and forms (a surface), sending the letters (`outbox`). A tenant that holds its key itself cannot have this
//! page: its key is not here, so no code could be compared, nobody be found and nothing be shown.

mod code;
mod colour;
mod language;
mod letter;
mod mailed;
mod own;
mod prove;
mod rows;
mod settings;
mod take;
mod visit;

pub use colour::Colour;
pub use language::{Language, Messages};
pub use mailed::{Arrived, MOST_MAIL_ANSWERS, MOST_MAILED, Message, NoPerson};
pub use own::{OwnDisclosures, OwnPurpose, OwnRequest};
pub use prove::Proven;
pub use settings::{Portal, portal_of};
pub use visit::{Asked, Begun, NewVisit, Token};

pub(crate) use letter::news;
pub(crate) use rows::is_own;
pub(crate) use take::{begin_taking, end_taking};

/// How long a code is good, in minutes.
pub const CODE_MINUTES: u64 = 15;
/// How often a code may be tried.
pub const MOST_TRIES: u32 = 5;
/// How long a visit lasts once it is proven, in minutes.
pub const VISIT_MINUTES: u64 = 30;
/// How many codes are sent to one address within an hour.
pub const MOST_PER_ADDRESS: i64 = 5;
/// How many codes are asked for from one network within an hour.
pub const MOST_PER_NETWORK: i64 = 30;
