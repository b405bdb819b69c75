//! Members: the people of a tenant, each in one class.
//!
//! Promises: name and e-mail address are sealed under the tenant's key and found by keyed hash alone; a
//! disabled member's keys are refused from the next request on, and what they have in flight ends; a tenant
//! always keeps an active owner. Leaves out: passwords, passkeys and single sign-on (identity).

pub mod directory;
pub(crate) mod named;
mod ops;
pub(crate) mod rows;
#[cfg(test)]
mod tests;

use access::Class;
use kernel::{MemberId, Timestamp};
use serde::{Deserialize, Serialize};

pub use named::MOST_NAMED;
pub(crate) use ops::{found, insert, take_in};
pub use rows::{Reached, is_active, reached};
pub(crate) use rows::{by_email, by_id};

use crate::error::{Error, Result};

/// A person of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Their id.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// Their e-mail address, unique in the tenant.
    pub email: String,
    /// What they are to the tenant.
    pub class: Class,
    /// Whether their keys work.
    pub state: MemberState,
    /// Since when they are a member.
    pub made_at: Timestamp,
}

/// Whether a member's keys work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MemberState {
    /// They work.
    Active,
    /// They are refused, and work again when the member is enabled.
    Disabled,
}

/// A person to be invited.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// Their name.
    pub name: String,
    /// Their e-mail address; a tenant has each one once, whatever the case of its letters.
    pub email: String,
    /// What they are to be.
    pub class: Class,
}

/// What to change.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberChange {
    /// The new class. Their keys act in it from the next request on.
    pub class: Class,
}

/// What is sealed in `member.profile_sealed`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) email: String,
    /// What a directory says besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) given: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) family: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) external: Option<String>,
}

impl MemberState {
    /// The word in rows.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }

    pub(crate) fn from_row(word: &str) -> Result<Self> {
        match word {
            "active" => Ok(Self::Active),
            "disabled" => Ok(Self::Disabled),
            other => Err(Error::Internal(format!("unknown state {other} in a row"))),
        }
    }
}

/// Names of people and companies: 1 to 200 bytes that can be printed on one line.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let fits = !name.trim().is_empty() && name.len() <= 200 && !name.chars().any(char::is_control);
    fits.then_some(())
        .ok_or_else(|| Error::invalid("name", "give 1 to 200 bytes on one line"))
}

/// Something on both sides of one `@` and no spaces: whether mail arrives is found out by sending some.
pub(crate) fn check_email(email: &str) -> Result<()> {
    let fits = |(local, domain): (&str, &str)| !local.is_empty() && domain.len() > 2 && !domain.contains('@');
    let plain = |c: char| !c.is_whitespace() && !c.is_control();
    let email = email.trim();
    if email.len() <= 254 && email.chars().all(plain) && email.split_once('@').is_some_and(fits) {
        return Ok(());
    }
    Err(Error::invalid(
        "email",
        "give one address, such as name@example.org",
    ))
}
