//! A letter before it is written.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use kernel::TenantId;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::Address;

/// The most bytes of what a letter says.
pub const MOST_TEXT: usize = 64 << 10;
const MOST_SUBJECT: usize = 200;
const MOST_ABOUT: usize = 200;
/// How long a letter is tried that does not say how long it is good for.
const GOOD_FOR: Duration = Duration::from_secs(4 * 24 * 60 * 60);

/// What sort of letter it is, such as `portal.code`: stays in clear after the letter is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind(&'static str);

impl Kind {
    /// A kind with this word: the crate that writes it, a dot, and what it is.
    pub const fn new(word: &'static str) -> Self {
        Self(word)
    }

    /// The word.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// The language a letter is in, as in a `Content-Language` header: `en`, `de`, `pt-BR`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(String);

impl Language {
    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Language {
    fn default() -> Self {
        Self("en".to_owned())
    }
}

impl FromStr for Language {
    type Err = BadLetter;

    /// Two or three letters, and further parts of two to eight letters or digits (RFC 5646), 35 characters at most.
    fn from_str(text: &str) -> Result<Self, BadLetter> {
        let mut parts = text.split('-');
        let first = parts.next().unwrap_or_default();
        let is_language =
            (2..=3).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_part = |part: &str| {
            (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let fits = text.len() <= 35 && is_language && parts.all(is_part);
        fits.then(|| Self(text.to_owned())).ok_or(BadLetter::Language)
    }
}

impl TryFrom<String> for Language {
    type Error = BadLetter;

    fn try_from(text: String) -> Result<Self, BadLetter> {
        text.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0
    }
}

/// Why something is no letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLetter {
    /// See [`Letter::new`].
    #[error("a subject is one line of 1 to {MOST_SUBJECT} bytes without control characters")]
    Subject,
    /// See [`Letter::new`].
    #[error(
        "a letter says something, in at most {MOST_TEXT} bytes, without control characters but line ends and tabs"
    )]
    Text,
    /// See [`Language`].
    #[error("give a language as a tag, such as en or pt-BR")]
    Language,
    /// See [`Letter::once`].
    #[error(
        "what a letter is written once about is 1 to {MOST_ABOUT} printable ASCII characters: ids and dates, no names"
    )]
    About,
}

/// A letter to one person. It does not print what it says.
#[derive(Clone)]
pub struct Letter {
    pub(crate) kind: Kind,
    pub(crate) to: Address,
    pub(crate) says: Says,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) good_for: Option<Duration>,
    pub(crate) about: Option<String>,
}

/// What a letter says, checked.
#[derive(Clone)]
pub(crate) struct Says {
    pub(crate) subject: Zeroizing<String>,
    pub(crate) text: Zeroizing<String>,
    pub(crate) language: Language,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Letter({})", self.kind.as_str())
    }
}

impl Letter {
    /// A letter of plain text. Line ends may be `\n` or `\r\n`.
    ///
    /// # Errors
    /// [`BadLetter::Subject`], [`BadLetter::Text`].
    pub fn new(kind: Kind, to: Address, subject: &str, text: &str) -> Result<Self, BadLetter> {
        Ok(Self {
            kind,
            to,
            says: Says::check(subject, text, Language::default())?,
            tenant: None,
            good_for: None,
            about: None,
        })
    }

    /// The same, in another language than English.
    #[must_use]
    pub fn in_language(mut self, language: Language) -> Self {
        self.says.language = language;
        self
    }

    /// The same, on behalf of a tenant.
    #[must_use]
    pub fn of_tenant(self, tenant: TenantId) -> Self {
        Self {
            tenant: Some(tenant),
            ..self
        }
    }

    /// The same, not to be sent any more after so long, and then wiped at once: a code, a link that ends.
    #[must_use]
    pub fn good_for(self, good_for: Duration) -> Self {
        Self {
            good_for: Some(good_for),
            ..self
        }
    }

    /// The same, written only if none of its kind was written about this before. `about` stays in clear: ids and dates, never names.
    ///
    /// # Errors
    /// [`BadLetter::About`].
    pub fn once(self, about: &str) -> Result<Self, BadLetter> {
        let fits =
            (1..=MOST_ABOUT).contains(&about.len()) && about.bytes().all(|byte| byte.is_ascii_graphic());
        let about = fits.then(|| about.to_owned()).ok_or(BadLetter::About)?;
        Ok(Self {
            about: Some(about),
            ..self
        })
    }

    /// How long it is tried.
    pub(crate) fn tried_for(&self) -> Duration {
        self.good_for.unwrap_or(GOOD_FOR)
    }
}

impl Says {
    pub(crate) fn check(subject: &str, text: &str, language: Language) -> Result<Self, BadLetter> {
        let is_one_line = (1..=MOST_SUBJECT).contains(&subject.len()) && !subject.chars().any(breaks);
        if !is_one_line || subject.trim().is_empty() {
            return Err(BadLetter::Subject);
        }
        let text = text.replace("\r\n", "\n");
        let is_plain = !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
        if text.trim().is_empty() || text.len() > MOST_TEXT || !is_plain {
            return Err(BadLetter::Text);
        }
        Ok(Self {
            subject: Zeroizing::new(subject.to_owned()),
            text: Zeroizing::new(text),
            language,
        })
    }
}

/// Control characters, and what Unicode knows as ends of lines besides.
fn breaks(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn letter(subject: &str, text: &str) -> Result<Letter, BadLetter> {
        Letter::new(
            Kind::new("test.note"),
            "a@b.example".parse().unwrap(),
            subject,
            text,
        )
    }

    #[test]
    fn a_subject_is_one_line_and_a_text_has_an_end() {
        assert_eq!(&*letter("Hello", "One\r\ntwo\n").unwrap().says.text, "One\ntwo\n");
        for bad in [
            "",
            " ",
            "a\nBcc: b@c.example",
            "a\r",
            "a\u{2028}b",
            "a\0",
            &"a".repeat(201),
        ] {
            assert_eq!(letter(bad, "text").unwrap_err(), BadLetter::Subject, "{bad:?}");
        }
        for bad in ["", " \n", "a\rb", "\u{1b}[2J", &"a".repeat(MOST_TEXT + 1)] {
            assert_eq!(letter("Hello", bad).unwrap_err(), BadLetter::Text);
        }
    }

    #[test]
    fn languages_and_what_a_letter_is_about_are_words() {
        for good in ["en", "gsw", "pt-BR", "zh-Hant-TW"] {
            assert_eq!(good.parse::<Language>().unwrap().as_str(), good);
        }
        for bad in ["", "e", "EN", "en-", "en_GB", "en\r\nX: y", "english"] {
            assert_eq!(bad.parse::<Language>(), Err(BadLetter::Language), "{bad:?}");
        }
        assert!(letter("a", "b").unwrap().once("request/1/2026-01-01").is_ok());
        for bad in ["", "a b", "a\nb", "ä"] {
            assert_eq!(
                letter("a", "b").unwrap().once(bad).unwrap_err(),
                BadLetter::About,
                "{bad:?}"
            );
        }
    }

    #[test]
    fn a_letter_does_not_print_what_it_says() {
        let shown = format!("{:?}", letter("Secret subject", "Secret text").unwrap());
        assert_eq!(shown, "Letter(test.note)");
    }

    proptest! {
        #[test]
        fn no_subject_holds_a_line_break(subject: String, near in "[a-z \r\n\t\u{85}\u{2028}]{0,20}") {
            for subject in [subject, near] {
                if let Ok(letter) = letter(&subject, "text") {
                    prop_assert_eq!(letter.says.subject.lines().count(), 1);
                    let ends = ['\r', '\n', '\0', '\u{85}'];
                    prop_assert!(!letter.says.subject.contains(ends));
                }
            }
        }
    }
}
