//! The words by which people are known, each of a kind, and the form in which they are compared.
//!
//! Promises: two spellings of one address or number find one person; what is shown is what was given. Leaves out:
//! whether an address exists, and numbers without a country, which are compared as they are.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::error::{Error, Result};

/// What sort of word it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentifierKind {
    /// An e-mail address; compared without case.
    Email,
    /// A telephone number; compared by its digits, `00` before them being `+`.
    Phone,
    /// What the tenant's own systems call the person; compared as it is.
    External,
    /// The number of a passport or another paper; compared without case, spaces and punctuation.
    Document,
    /// A name in some service; compared without case and without `@` before it.
    Handle,
}

/// One identifier: what was given, and the form in which it is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifier {
    kind: IdentifierKind,
    value: String,
}

impl IdentifierKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Email,
        Self::Phone,
        Self::External,
        Self::Document,
        Self::Handle,
    ];

    /// The word for it in requests and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::External => "external",
            Self::Document => "document",
            Self::Handle => "handle",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl Identifier {
    /// An identifier of this kind.
    ///
    /// Fails when there is nothing in it to compare by, or it is no address or number.
    pub fn new(kind: IdentifierKind, value: &str) -> Result<Self> {
        let identifier = Self {
            kind,
            value: value.trim().nfc().collect(),
        };
        let fits = identifier.value.len() <= 512 && !identifier.value.chars().any(char::is_control);
        match (fits, identifier.compared()) {
            (true, Some(_)) => Ok(identifier),
            _ => Err(Error::invalid("subject", problem(kind))),
        }
    }

    /// From text: `email:ann@example.org`; without a kind before the colon it is the tenant's own name for the person.
    pub fn parse(text: &str) -> Result<Self> {
        let kinded = text
            .trim()
            .split_once(':')
            .and_then(|(word, value)| Some((IdentifierKind::from_word(word)?, value)));
        match kinded {
            Some((kind, value)) => Self::new(kind, value),
            None => Self::new(IdentifierKind::External, text),
        }
    }

    /// What sort of word it is.
    pub fn kind(&self) -> IdentifierKind {
        self.kind
    }

    /// As it was given, without spaces around it.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The form in which it is compared; nothing when there is none.
    pub(crate) fn compared(&self) -> Option<String> {
        let value = self.value.as_str();
        match self.kind {
            IdentifierKind::External => (!value.is_empty()).then(|| value.to_owned()),
            IdentifierKind::Email => {
                let (local, domain) = value.rsplit_once('@')?;
                let whole = !local.is_empty() && domain.contains('.') && !value.contains(char::is_whitespace);
                whole.then(|| value.to_lowercase())
            }
            IdentifierKind::Phone => phone(value),
            IdentifierKind::Document => some(value.chars().filter(|c| c.is_alphanumeric())),
            IdentifierKind::Handle => some(value.strip_prefix('@').unwrap_or(value).chars()),
        }
    }
}

fn some(characters: impl Iterator<Item = char>) -> Option<String> {
    let text: String = characters.flat_map(char::to_lowercase).collect();
    (!text.is_empty()).then_some(text)
}

/// E.164 has at most 15 digits; shorter numbers than 3 name nobody.
fn phone(value: &str) -> Option<String> {
    let punctuation = |c: &char| matches!(c, ' ' | '\u{a0}' | '-' | '.' | '(' | ')' | '/');
    let bare: String = value.chars().filter(|c| !punctuation(c)).collect();
    let (plus, digits) = match bare.strip_prefix('+').or_else(|| bare.strip_prefix("00")) {
        Some(digits) => ("+", digits),
        None => ("", bare.as_str()),
    };
    let fits = (3..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| format!("{plus}{digits}"))
}

fn problem(kind: IdentifierKind) -> &'static str {
    match kind {
        IdentifierKind::Email => "give an address such as ann@example.org, of at most 512 bytes",
        IdentifierKind::Phone => "give a number of 3 to 15 digits such as +372 5123 4567",
        IdentifierKind::External | IdentifierKind::Document | IdentifierKind::Handle => {
            "give 1 to 512 bytes that name one person, such as their customer number"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn compared(text: &str) -> Option<String> {
        Identifier::parse(text).ok()?.compared()
    }

    #[test]
    fn spellings_of_one_thing_are_one() {
        for (one, other) in [
            ("email:Ann@Example.ORG", " email: ann@example.org "),
            ("phone:+372 5123-4567", "phone:00372 (5123) 4567"),
            ("document:AB 12.345/6", "document:ab123456"),
            ("handle:@Ann", "handle:ann"),
            ("patient 7", "external:patient 7"),
            // One letter, or a letter and a mark.
            ("external:Zo\u{eb}", "external:Zoe\u{308}"),
        ] {
            assert_eq!(compared(one), compared(other), "{one}");
            assert!(compared(one).is_some(), "{one}");
        }
        assert_ne!(compared("Patient 7"), compared("patient 7"));
        assert_ne!(compared("phone:+3725123"), compared("phone:3725123"));
    }

    #[test]
    fn what_is_none_of_its_kind_is_refused() {
        let long = "x".repeat(513);
        for bad in [
            "",
            "  ",
            "email:ann",
            "email:@example.org",
            "email:a b@example.org",
            "phone:12",
            "phone:+12345678901234567",
            "phone:call me",
            "document:-/.",
            "handle:@",
            "a\u{7}b",
            &long,
        ] {
            assert!(Identifier::parse(bad).is_err(), "{bad}");
        }
        // An unknown word before a colon is part of the name.
        assert_eq!(compared("crm:7"), Some("crm:7".into()));
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused_and_what_is_taken_is_found_again(text in any::<String>()) {
            if let Ok(taken) = Identifier::parse(&text) {
                let again = Identifier::new(taken.kind(), taken.value()).unwrap();
                prop_assert_eq!(taken.compared(), again.compared());
            }
        }
    }
}
