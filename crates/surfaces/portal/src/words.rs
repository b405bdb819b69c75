//! The messages of the pages, a file for each language.

use std::sync::LazyLock;

use kernel::Timestamp;
use rights::portal::{Language, Messages};

static PAGES: LazyLock<[Messages; 5]> =
    LazyLock::new(|| Language::ALL.map(|language| Messages::parse(file(language))));

const fn file(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../messages/en.txt"),
        Language::German => include_str!("../messages/de.txt"),
        Language::French => include_str!("../messages/fr.txt"),
        Language::Spanish => include_str!("../messages/es.txt"),
        Language::Estonian => include_str!("../messages/et.txt"),
    }
}

/// The words of a language.
pub fn words(language: Language) -> &'static Messages {
    &PAGES[language as usize]
}

/// A day as a number that every language reads the same way (ISO 8601).
pub(crate) fn day(at: Timestamp) -> String {
    at.to_string().get(..10).unwrap_or_default().to_owned()
}

/// A moment to the minute.
pub(crate) fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    let short = text.get(..16).unwrap_or(&text);
    format!("{} UTC", short.replace('T', " "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rights::consent::Standing;
    use rights::purpose::Basis;
    use rights::request::{Kind, State};

    #[test]
    fn every_language_has_the_same_keys_with_the_same_gaps() {
        let english = words(Language::English).shape();
        assert!(english.len() > 60);
        for language in Language::ALL {
            let shape = words(language).shape();
            let missing: Vec<_> = english.iter().filter(|key| !shape.contains(key)).collect();
            let spare: Vec<_> = shape.iter().filter(|key| !english.contains(key)).collect();
            assert!(
                missing.is_empty() && spare.is_empty(),
                "{language:?}: {missing:?} {spare:?}"
            );
        }
    }

    #[test]
    fn there_is_a_word_for_everything_that_can_be_shown() {
        let known = words(Language::English);
        let has = |key: String| assert_ne!(known.get(&key), key, "{key}");
        for kind in Kind::ALL {
            has(format!("kind.{}", kind.as_str()));
            has(format!("kind.{}.says", kind.as_str()));
        }
        State::ALL
            .into_iter()
            .for_each(|state| has(format!("state.{}", state.as_str())));
        Standing::ALL
            .into_iter()
            .for_each(|stands| has(format!("standing.{}", stands.as_str())));
        for basis in [Basis::Consent, Basis::LegitimateInterests, Basis::PublicTask] {
            has(format!("basis.{}", basis.as_str()));
        }
    }
}
