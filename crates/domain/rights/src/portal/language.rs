//! Languages, and messages in plain files: one a language, `key = text` a line.
//!
//! Promises: a key that is not there is written as it is called, so that a page never fails for it; a test holds the files to the
//! same keys and the same gaps. Leaves out: plurals and genders, which the sentences do without; so no library is needed.

use std::collections::BTreeMap;

use crate::words::words;

words! {
    /// A language that the page is written in.
    Language {
        /// English.
        English "en",
        /// German.
        German "de",
        /// French.
        French "fr",
        /// Spanish.
        Spanish "es",
        /// Estonian.
        Estonian "et",
    }
}

impl Language {
    /// What it calls itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Spanish => "Español",
            Self::Estonian => "Eesti",
        }
    }

    /// The one of these that somebody likes best (RFC 9110, 12.5.4), the first of them where they like none.
    pub fn chosen(among: &[Self], accept: &str) -> Self {
        let mut best = (among.first().copied().unwrap_or(Self::English), 0);
        for range in accept.split(',').take(32) {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let word = tag
                .split('-')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase();
            let weight = thousandths(weight.trim());
            let known = Self::from_word(&word).filter(|known| among.contains(known));
            match known {
                Some(known) if weight > best.1 => best = (known, weight),
                _ => {}
            }
        }
        best.0
    }
}

/// The weight of a language range in thousandths; nothing where it is none.
fn thousandths(weight: &str) -> u16 {
    let number = weight
        .strip_prefix("q=")
        .and_then(|text| text.parse::<f32>().ok());
    number
        .filter(|number| (0.0..=1.0).contains(number))
        .map_or(0, |number| (number * 1000.0) as u16)
}

/// The messages of one language.
#[derive(Debug)]
pub struct Messages(BTreeMap<&'static str, String>);

impl Messages {
    /// Reads a file: `key = text` a line; a line that begins with two blanks goes on with the text on a new line; `#` begins a
    /// remark.
    pub fn parse(text: &'static str) -> Self {
        let mut messages: BTreeMap<&'static str, String> = BTreeMap::new();
        let mut last = None;
        for line in text.lines() {
            if let (Some(key), Some(more)) = (last, line.strip_prefix("  ")) {
                let known: &mut String = messages.entry(key).or_default();
                known.push('\n');
                known.push_str(more);
            } else if let Some((key, says)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
                messages.insert(key.trim(), says.trim().to_owned());
                last = Some(key.trim());
            } else if line.is_empty() && last.is_some() {
                last = None;
            }
        }
        Self(messages)
    }

    /// What stands under the key; the key itself where nothing does.
    pub fn get<'m>(&'m self, key: &'m str) -> &'m str {
        self.0.get(key).map_or(key, String::as_str)
    }

    /// The same with what belongs into its gaps, `{name}`. What is put in is not looked through for gaps again.
    pub fn with(&self, key: &str, values: &[(&str, &str)]) -> String {
        let (mut rest, mut text) = (self.get(key), String::new());
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let (name, behind) = after.split_once('}').unwrap_or((after, ""));
            let value = values.iter().find(|(known, _)| *known == name);
            text.push_str(value.map_or("", |(_, value)| value));
            rest = behind;
        }
        text + rest
    }

    /// Every key with the gaps of its text, sorted: what two languages have to have in common.
    pub fn shape(&self) -> Vec<(&'static str, Vec<&str>)> {
        self.0.iter().map(|(key, text)| (*key, gaps_of(text))).collect()
    }
}

fn gaps_of(text: &str) -> Vec<&str> {
    let found = text.split('{').skip(1).filter_map(|part| part.split_once('}'));
    let mut gaps: Vec<&str> = found.map(|(name, _)| name).collect();
    gaps.sort_unstable();
    gaps.dedup();
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TWO: [Language; 2] = [Language::German, Language::English];

    #[test]
    fn the_language_is_the_one_somebody_likes_best() {
        let chosen = |accept| Language::chosen(&TWO, accept);
        assert_eq!(chosen("en-GB,en;q=0.8,de;q=0.9"), Language::English);
        assert_eq!(chosen("fr,de;q=0.4,en;q=0.5"), Language::English);
        assert_eq!(chosen("fr"), Language::German);
        assert_eq!(chosen("en;q=0,de;q=nonsense"), Language::German);
        assert_eq!(chosen(""), Language::German);
    }

    #[test]
    fn gaps_are_filled_once() {
        let messages =
            Messages::parse("# a remark\nhello = Dear {name}, {what}\n  and more\n\nplain = a = b\n");
        assert_eq!(
            messages.with("hello", &[("name", "{what}"), ("what", "well")]),
            "Dear {what}, well\nand more"
        );
        assert_eq!(messages.get("plain"), "a = b");
        assert_eq!(messages.get("missing"), "missing");
        assert_eq!(
            messages.shape(),
            [("hello", vec!["name", "what"]), ("plain", vec![])]
        );
    }

    proptest! {
        #[test]
        fn any_header_chooses_something(accept in ".{0,80}") {
            prop_assert!(TWO.contains(&Language::chosen(&TWO, &accept)));
        }
    }
}
