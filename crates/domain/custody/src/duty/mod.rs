//! Duties: what members of a tenant answer for, and which two of them nobody answers for alone.
//!
//! Promises: nobody is given a duty, a class or a dataset by which they would hold two duties that conflict, whoever gives it; who
//! holds one duty of a pair does none of the acts of the other, whatever their class lets them do, by any key or session of theirs;
//! while somebody holds a duty, nobody else does its acts. It is asked in the transaction of every act. What is refused names the pair
//! and is recorded. The pairs that are built in ([`access::CONFLICTS`]) cannot be switched off; a tenant adds others, which count
//! at once, also for who holds both already: they stand in a list. Leaves out: what one person must not do twice to the same
//! thing, as approving what they wrote, which the policies ask (`limit.own-entry`, `limit.four-eyes`); people with two memberships.

mod conflicts;
mod gate;
mod holders;
mod pairs;
mod rows;

use access::{Class, Duty, Pair};
use kernel::{MemberId, Timestamp};
use serde::Serialize;

pub(crate) use gate::{COUNT, barred, turned_back};
pub(crate) use rows::{check_given, check_key, with_class};

use crate::member::MemberState;

/// The most duties that a tenant gives: they are asked for in every act.
pub const MOST_GIVEN: usize = 200;

/// That a member was given a duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub member: MemberId,
    /// What they are to the tenant.
    pub class: Class,
    /// What they answer for.
    pub duty: Duty,
    /// Since when.
    pub given_at: Timestamp,
    /// Who gave it.
    pub given_by: MemberId,
}

/// Two duties that nobody holds together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The two.
    pub pair: Pair,
    /// Why, where it is built in.
    pub why: Option<&'static str>,
    /// When the tenant added it and who did; nothing where it is built in.
    pub added: Option<(Timestamp, MemberId)>,
}

/// Somebody who holds both duties of a pair, from before it was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// Who.
    pub member: MemberId,
    /// What they are to the tenant.
    pub class: Class,
    /// Whether their keys work.
    pub state: MemberState,
    /// The pairs of which they hold both.
    #[serde(serialize_with = "as_words")]
    pub pairs: Vec<Pair>,
}

fn as_words<S: serde::Serializer>(pairs: &[Pair], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(pairs.iter().map(Pair::to_string))
}
