//! Passwords: which ones are taken, and how they are kept.
//!
//! Promises: by NIST SP 800-63B-4, section 3.1.1.2: fifteen characters where the password stands alone, eight beside a
//! second factor, any characters, none demanded; Unicode is normalised (NFC) and every code point counts one; common
//! passwords and words about the person, the team and this service are refused; nothing is cut off. A tenant may choose
//! [`Floor::EightWithDigit`] instead, which is weaker and says so. Leaves out: changing by the calendar, hints and
//! questions, which the same source forbids.

mod blocklist;
mod hash;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

pub use hash::Cost;
pub(crate) use hash::Hasher;

use crate::error::{Error, Result};

/// The most characters of a password.
pub const LONGEST: usize = 256;
/// The most bytes that are looked at at all.
const MOST_BYTES: usize = 4 * LONGEST;

/// The weakest password that a tenant takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Floor {
    /// Fifteen characters alone, eight beside a second factor; nothing else is demanded.
    #[default]
    Nist,
    /// Eight characters with a digit and a lowercase letter. Below NIST SP 800-63B-4, which wants length instead.
    EightWithDigit,
}

/// What a password must be in one place, for pages that say so before somebody types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Demands {
    /// Characters at least.
    pub shortest: usize,
    /// Characters at most.
    pub longest: usize,
    /// Whether a digit and a lowercase letter must be in it.
    pub digit_and_lowercase: bool,
}

impl Floor {
    /// The word in rows and documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nist => "nist",
            Self::EightWithDigit => "eight-with-digit",
        }
    }

    pub(crate) fn from_row(word: &str) -> Result<Self> {
        match word {
            "nist" => Ok(Self::Nist),
            "eight-with-digit" => Ok(Self::EightWithDigit),
            other => Err(Error::Internal(format!("unknown floor {other} in a row"))),
        }
    }

    /// Why an owner should think twice, if so.
    pub const fn warning(self) -> Option<&'static str> {
        match self {
            Self::Nist => None,
            Self::EightWithDigit => Some(
                "below NIST SP 800-63B-4, which asks for fifteen characters where a password stands alone and for no digits or letters in particular",
            ),
        }
    }

    /// What a password must be beside a second factor, or alone.
    pub const fn demands(self, second_factor: bool) -> Demands {
        let digit_and_lowercase = matches!(self, Self::EightWithDigit);
        let short = second_factor || digit_and_lowercase;
        Demands {
            shortest: if short { 8 } else { 15 },
            longest: LONGEST,
            digit_and_lowercase,
        }
    }
}

/// A password as it is hashed: normalised, and short enough to look at.
pub(crate) struct Password(Zeroizing<String>);

impl Password {
    /// Normalises; nothing for text that no password of ours can be.
    pub(crate) fn read(text: &SecretString) -> Option<Self> {
        let text = text.expose_secret();
        if text.len() > MOST_BYTES {
            return None;
        }
        let normal = Zeroizing::new(text.nfc().collect::<String>());
        (normal.chars().count() <= LONGEST).then_some(Self(normal))
    }

    /// Whether it can be somebody's new password. `context` has words that stand near: names, the address, the team.
    pub(crate) fn choose(text: &SecretString, demands: Demands, context: &[String]) -> Result<Self> {
        let refuse = |problem: String| Error::invalid("password", problem);
        let too_long = || refuse(format!("use at most {LONGEST} characters"));
        let password = Self::read(text).ok_or_else(too_long)?;
        let shortest = demands.shortest;
        if password.0.chars().count() < shortest {
            return Err(refuse(format!(
                "use at least {shortest} characters; several words in a row are easy to keep in mind"
            )));
        }
        if demands.digit_and_lowercase && !password.has_digit_and_lowercase() {
            return Err(refuse("this team asks for a digit and a lowercase letter".into()));
        }
        match blocklist::cause(&password.0, context) {
            Some(cause) => Err(refuse(format!("{cause}; choose another one"))),
            None => Ok(password),
        }
    }

    fn has_digit_and_lowercase(&self) -> bool {
        self.0.chars().any(|c| c.is_ascii_digit()) && self.0.chars().any(char::is_lowercase)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn choose(text: &str, floor: Floor, second_factor: bool) -> Result<()> {
        let context = ["clinic".to_owned(), "ada".to_owned(), "lovelace".to_owned()];
        Password::choose(&text.into(), floor.demands(second_factor), &context).map(|_| ())
    }

    #[test]
    fn length_counts_alone_and_beside_a_second_factor() {
        assert!(choose("fourteen chars", Floor::Nist, false).is_err());
        assert!(choose("fifteen chars..", Floor::Nist, false).is_ok());
        assert!(choose("seven.c", Floor::Nist, true).is_err());
        assert!(choose("eight.ch", Floor::Nist, true).is_ok());
        assert!(choose(&"long ".repeat(52), Floor::Nist, true).is_err());
    }

    #[test]
    fn characters_are_demanded_only_where_a_team_chose_so() {
        assert!(choose("horsesandstables", Floor::Nist, false).is_ok());
        assert!(choose("horsesandstables", Floor::EightWithDigit, false).is_err());
        assert!(choose("HORSE2ST", Floor::EightWithDigit, false).is_err());
        assert!(choose("horse2st", Floor::EightWithDigit, false).is_ok());
        assert!(Floor::EightWithDigit.warning().is_some() && Floor::Nist.warning().is_none());
    }

    #[test]
    fn every_code_point_counts_one_after_normalising() {
        let composed = Password::read(&"Zu\u{308}rich".into()).unwrap();
        assert_eq!(composed.as_bytes(), "Z\u{fc}rich".as_bytes());
        assert!(
            choose(
                "\u{1f40e}\u{1f40f}\u{1f410}\u{1f411}\u{1f412}\u{1f413}\u{1f414}",
                Floor::Nist,
                true
            )
            .is_err()
        );
        assert!(
            choose(
                "\u{1f40e}\u{1f40a}\u{1f410}\u{1f401}\u{1f412}\u{1f423}\u{1f414}\u{1f405}",
                Floor::Nist,
                true
            )
            .is_ok()
        );
        assert!(Password::read(&"x".repeat(256).into()).is_some());
        assert!(Password::read(&"x".repeat(257).into()).is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused(text in ".{0,300}", context in proptest::collection::vec(".{0,20}", 0..4)) {
            let _ = Password::choose(&text.into(), Floor::Nist.demands(true), &context);
        }
    }
}
