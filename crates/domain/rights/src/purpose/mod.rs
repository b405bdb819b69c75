//! Purposes: what personal data is processed for, on which basis, and what people were told of it.
//!
//! Promises: a purpose has one lawful basis, for good: consent is kept apart from contract, interest and the others, and who
//! wants another basis makes another purpose; an interest is weighed in writing before it is one; a notice that was
//! published stays, with its version and the hash of its text. Leaves out: who agreed to what (`consent`).

mod ops;
mod rows;

use kernel::{PurposeId, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use ops::text_of;
pub use rows::all;
pub(crate) use rows::{PurposeRow, find, permitted, permitted_by, resource};

use custody::Result;
/// On which ground personal data is processed.
pub use custody::tenant::LawfulBasis as Basis;

use crate::acts::{check_text, invalid};

/// What personal data is processed for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purpose {
    /// Its id.
    pub id: PurposeId,
    /// Its basis.
    pub basis: Basis,
    /// What it is called and what it says.
    pub terms: Terms,
    /// When it was made.
    pub made_at: Timestamp,
    /// Since when nothing is processed for it any more.
    pub ended_at: Option<Timestamp>,
    /// What people are told of it at present.
    pub notice: Option<Notice>,
}

/// What a purpose is called and what it says. Sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// 1 to 64 lowercase letters, digits and hyphens; a tenant has each once.
    pub word: String,
    /// What is done with the data, in plain words.
    pub says: String,
    /// For a legitimate interest: which it is, and how it was weighed against the person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weighing: Option<String>,
    /// Whether data is sold or shared for it, so that a browser's Global Privacy Control objects to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sells_or_shares: bool,
}

/// A purpose to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPurpose {
    /// Its basis, for good.
    pub basis: Basis,
    /// What it is called and what it says.
    pub terms: Terms,
}

/// What people were told from a moment on. The text is fetched by [`crate::Rights::notice_text`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// From 1, without gaps.
    pub version: u32,
    /// SHA-256 of the text in UTF-8.
    pub hash: [u8; 32],
    /// When it was published.
    pub published_at: Timestamp,
}

/// A purpose as a request names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PurposeRef {
    /// By its id.
    Id(PurposeId),
    /// By its word.
    Word(String),
}

impl PurposeRef {
    /// Text that is an id names an id; any other is a word.
    pub fn parse(text: &str) -> Self {
        text.parse()
            .map_or_else(|_| Self::Word(text.to_owned()), Self::Id)
    }
}

/// The most characters of a notice.
const MOST_NOTICE: usize = 100_000;
/// The most characters of what a purpose says.
const MOST_SAYS: usize = 4_000;

impl NewPurpose {
    fn check(&self) -> Result<()> {
        let Terms {
            word, says, weighing, ..
        } = &self.terms;
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=64).contains(&word.len()) || !word.bytes().all(letters) {
            return Err(invalid(
                "word",
                "use 1 to 64 lowercase letters, digits and hyphens",
            ));
        }
        check_text("says", says, MOST_SAYS)?;
        match (self.basis, weighing) {
            (Basis::LegitimateInterests, Some(weighing)) => check_text("weighing", weighing, MOST_SAYS),
            (Basis::LegitimateInterests, None) => Err(invalid(
                "weighing",
                "say which interest it is and how it was weighed against the person's (GDPR 6(1)(f))",
            )),
            (_, Some(_)) => Err(invalid("weighing", "only a legitimate interest is weighed")),
            (_, None) => Ok(()),
        }
    }
}
