//! API keys: how members and their programs act, and how long they can.
//!
//! Promises: a key's secret is shown once and stored as a hash; a key acts in its member's class, narrowed by
//! its scope and never widened; an invalidated key is refused from the next request on, on every node, and
//! what it has in flight ends. Leaves out: sessions of people at a browser (identity).
//!
//! Invalidating is never refused for being the last key. For customer-held custody the wrap of the tenant's
//! key goes with it: after the last key and the recovery code **nobody can open the tenant's data again**.
//! For provider-held custody the data stays sealed under the root key and can be reached again once there is a
//! key again.

mod issue;
mod ops;
mod rows;
mod signing;
#[cfg(test)]
mod tests;
mod watch;

use access::ActionSet;
use kernel::{DatasetId, KeyId, MemberId, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub(crate) use issue::{Holder, NewSecret, insert, invalidate_others};

use crate::error::{Error, Result};
use crate::session::KeyScope;

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
    /// The only actions it may use; all of its member's when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub actions: Option<ActionSet>,
    /// The only datasets it may touch; all when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub datasets: Option<Vec<DatasetId>>,
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
    /// The only actions it is for (`item.download`, `item.*`, `*.list`); all of its member's when absent.
    #[serde(default)]
    pub actions: Option<ActionSet>,
    /// The only datasets it is for; all when absent.
    #[serde(default)]
    pub datasets: Option<Vec<DatasetId>>,
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
        }
    }

    pub(crate) fn from_row(word: &str) -> Result<Self> {
        match word {
            "api" => Ok(Self::Api),
            "recovery" => Ok(Self::Recovery),
            other => Err(Error::Internal(format!("unknown kind of key {other} in a row"))),
        }
    }
}

impl NewKey {
    /// The scope asked for.
    pub(crate) fn scope(&self) -> KeyScope {
        KeyScope {
            actions: self.actions,
            datasets: self.datasets.clone(),
        }
    }

    /// Whether the inputs can be taken, whoever asks.
    pub(crate) fn check(&self, now: Timestamp) -> Result<()> {
        let fits = !self.label.trim().is_empty()
            && self.label.len() <= 100
            && !self.label.chars().any(char::is_control);
        if !fits {
            return Err(Error::invalid("label", "give 1 to 100 bytes on one line"));
        }
        if self.expires_at.is_some_and(|end| end <= now) {
            return Err(Error::invalid("expires_at", "it must lie in the future"));
        }
        if self.actions == Some(ActionSet::NONE) {
            return Err(Error::invalid(
                "actions",
                "name at least one action, or leave it out for all",
            ));
        }
        if self
            .datasets
            .as_ref()
            .is_some_and(|datasets| datasets.is_empty() || datasets.len() > MOST_DATASETS)
        {
            return Err(Error::invalid(
                "datasets",
                "name 1 to 200 datasets, or leave it out for all",
            ));
        }
        Ok(())
    }
}

/// A scope is read with every request of its key, so it stays small.
const MOST_DATASETS: usize = 200;

/// Refuses a scope that reaches further than the issuing key's own.
pub(crate) fn check_narrows(wanted: &KeyScope, issuer: &KeyScope) -> Result<()> {
    let within = |wanted: ActionSet, all: ActionSet| wanted.iter().all(|action| all.contains(action));
    if issuer
        .actions
        .is_some_and(|all| !wanted.actions.is_some_and(|wanted| within(wanted, all)))
    {
        return Err(Error::invalid(
            "actions",
            "name only actions that your own key is good for",
        ));
    }
    let within = |wanted: &[DatasetId], all: &[DatasetId]| wanted.iter().all(|dataset| all.contains(dataset));
    let wanted = wanted.datasets.as_deref();
    if issuer
        .datasets
        .as_deref()
        .is_some_and(|all| !wanted.is_some_and(|wanted| within(wanted, all)))
    {
        return Err(Error::invalid(
            "datasets",
            "name only datasets that your own key is good for",
        ));
    }
    Ok(())
}
