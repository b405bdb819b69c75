//! API keys: how members and their programs act, and how long they can.
//!
//! Promises: a key's secret is shown once and stored as a hash; a key acts in its member's class, narrowed by
//! its scope and never widened; an invalidated key is refused from the next request on, on every node, and
//! what it has in flight ends. Sessions at a browser are keys of a kind of their own (`crate::people`), which are not
//! listed here. Leaves out: how people prove who they are (identity).
//!
//! Invalidating is never refused for being the last key. For customer-held custody the wrap of the tenant's
//! key goes with it: after the last key and the recovery code **nobody can open the tenant's data again**.
//! For provider-held custody the data stays sealed under the root key and can be reached again once there is a
//! key again.

mod address;
mod issue;
mod ops;
mod origin;
mod rows;
mod scope;
pub(crate) mod session;
mod signers;
mod signing;
mod temporary;
#[cfg(test)]
mod tests;
mod watch;

use kernel::{KeyId, MemberId, TaskId, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use address::{AddressRange, BadRange};
pub(crate) use issue::{Holder, NewSecret, insert, invalidate, invalidate_others};
pub use origin::{BadOrigin, Origin};
pub use scope::KeyScope;
pub(crate) use signers::Signers;
pub use signing::Signer;
pub use temporary::{Identity, LONGEST_LIFE, NewTemporary, SHORTEST_LIFE, USUAL_LIFE};

use crate::error::{Error, Result};

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id, which is part of its text.
    pub id: KeyId,
    /// The member it acts for.
    pub member: MemberId,
    /// What it is.
    pub kind: KeyKind,
    /// What its maker called it.
    pub label: String,
    /// What it is narrowed to.
    pub scope: KeyScope,
    /// The key it was taken of, for a temporary one: it ends with that.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent: Option<KeyId>,
    /// The task it is bound to, for a temporary one: it reaches what that leases, and ends with it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub task: Option<TaskId>,
    /// When it was issued.
    pub made_at: Timestamp,
    /// When it stops working by itself; never when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
    /// When it was invalidated, if it was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invalidated_at: Option<Timestamp>,
    /// When it last acted, or tried to after it had stopped working; read from the trail.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_used_at: Option<Timestamp>,
}

/// What a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    /// For everyday use.
    Api,
    /// A recovery code: makes a new owner's key and does nothing else.
    Recovery,
    /// Taken of another key, for a while.
    Temporary,
    /// A session at a browser: listed and ended as such, and not as a key.
    Session,
}

/// A key to be issued.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// The member it is for; the caller when absent.
    #[serde(default)]
    pub member: Option<MemberId>,
    /// What to call it.
    pub label: String,
    /// When it is to stop working; never when absent.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// What it is to be narrowed to.
    #[serde(default)]
    pub scope: KeyScope,
}

/// A key that was issued just now.
#[derive(Debug)]
pub struct IssuedKey {
    /// The key.
    pub key: ApiKey,
    /// Its text, `bailee_…`. It is not stored: show it once. For S3 clients it is the session token.
    pub secret: SecretString,
    /// What S3 clients name it: their access key id.
    pub access_key: String,
    /// What S3 clients sign with: their secret access key.
    pub signing_secret: SecretString,
}

impl KeyKind {
    /// The word in rows.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Recovery => "recovery",
            Self::Temporary => "temporary",
            Self::Session => "session",
        }
    }

    pub(crate) fn from_row(word: &str) -> Result<Self> {
        match word {
            "api" => Ok(Self::Api),
            "recovery" => Ok(Self::Recovery),
            "temporary" => Ok(Self::Temporary),
            "session" => Ok(Self::Session),
            other => Err(Error::Internal(format!("unknown kind of key {other} in a row"))),
        }
    }
}

impl NewKey {
    /// Whether the inputs can be taken, whoever asks.
    pub(crate) fn check(&self, now: Timestamp) -> Result<()> {
        check_label(&self.label)?;
        if self.expires_at.is_some_and(|end| end <= now) {
            return Err(Error::invalid("expires_at", "it must lie in the future"));
        }
        self.scope.check()
    }
}

fn check_label(label: &str) -> Result<()> {
    let fits = !label.trim().is_empty() && label.len() <= 100 && !label.chars().any(char::is_control);
    match fits {
        true => Ok(()),
        false => Err(Error::invalid("label", "give 1 to 100 bytes on one line")),
    }
}
