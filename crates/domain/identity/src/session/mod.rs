//! Sessions at a browser.
//!
//! Promises: a session ends on the server, by the server's clock, after the tenant's time of idleness and after its
//! longest life; what a page asks for by itself does not count as somebody being there; a session that is signed out,
//! revoked, or whose member is shut out is refused by the next act on every node, since every act asks about it anew as
//! it does about a key; secrets are kept as hashes. Leaves out: cookies and forms, which are a surface's.

mod ops;
pub(crate) mod rows;

use std::time::Duration;

use access::Class;
use kernel::{KeyId, MemberId, TenantId, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use subtle::ConstantTimeEq;

pub use rows::forget_sessions;

use crate::origin::Origin;

/// How long before its end by idleness a session's person is warned.
pub const WARNING: Duration = Duration::from_secs(2 * 60);
/// How long a proof of who somebody is counts as fresh.
pub const FRESH: Duration = Duration::from_secs(10 * 60);
/// Ends are moved in steps of at least so much, so that not every click writes.
const STEP: Duration = Duration::from_secs(20);

/// Whether somebody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// A person asked for this.
    Person,
    /// A page asked for it by itself.
    Background,
}

/// Whose session it is, and how it stands.
#[derive(Debug, Clone)]
pub struct Who {
    /// The session's id, under which its acts stand in the trail.
    pub session: KeyId,
    /// The tenant.
    pub tenant: TenantId,
    /// The tenant's short name.
    pub slug: String,
    /// The member.
    pub member: MemberId,
    /// The member's class.
    pub class: Class,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When it ends unless somebody is there.
    pub idle_at: Timestamp,
    /// When to warn of that.
    pub warn_at: Timestamp,
    /// When it ends in any case.
    pub ends_at: Timestamp,
    /// Until when acts are done that ask for a fresh proof; see [`crate::Identity::prove`].
    pub fresh_until: Timestamp,
    /// What every form of the session must bring along.
    pub csrf: SecretString,
}

/// A session in a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionEntry {
    /// Its id.
    pub session: KeyId,
    /// Whose it is.
    pub member: MemberId,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When somebody was last there, to about half a minute.
    pub seen_at: Timestamp,
    /// When it ends unless somebody is there.
    pub idle_at: Timestamp,
    /// When it ends in any case.
    pub ends_at: Timestamp,
    /// What was proven with at its beginning.
    pub proven: Vec<String>,
    /// Where it was begun.
    pub origin: Origin,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl Who {
    /// Whether a form brought the session's token, compared in constant time.
    pub fn is_csrf(&self, text: &str) -> bool {
        self.csrf.expose_secret().as_bytes().ct_eq(text.as_bytes()).into()
    }

    /// Whether acts that ask for a fresh proof are done at this moment.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now < self.fresh_until
    }
}
