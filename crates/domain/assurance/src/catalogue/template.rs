//! Sentences with words in braces, which are filled from state.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// What stands where a fact is not known yet.
const UNKNOWN: &str = "(not known yet)";

/// A sentence, as pieces of text and names of facts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Fact(String),
}

/// Braces that do not pair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a brace in the statement has no partner: write {{name-of-a-fact}}")]
pub struct BadTemplate;

impl Template {
    /// The names in braces.
    pub fn facts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Fact(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The sentence with these facts; what is not among them is said to be unknown, never guessed.
    pub fn fill(&self, facts: &BTreeMap<String, String>) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Fact(name) => facts.get(name).map_or_else(|| UNKNOWN.to_owned(), Clone::clone),
        };
        self.0.iter().map(piece).collect()
    }
}

/// As it is written.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(text),
            Piece::Fact(name) => write!(f, "{{{name}}}"),
        })
    }
}

impl TryFrom<String> for Template {
    type Error = BadTemplate;

    fn try_from(text: String) -> Result<Self, BadTemplate> {
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or(BadTemplate)?;
            if before.contains('}') || name.is_empty() || name.contains('{') {
                return Err(BadTemplate);
            }
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Fact(name.to_owned()));
            rest = after;
        }
        if rest.contains('}') {
            return Err(BadTemplate);
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self(pieces))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Result<Template, BadTemplate> {
        Template::try_from(text.to_owned())
    }

    #[test]
    fn facts_stand_where_their_names_stood_and_unknown_ones_are_not_guessed() {
        let sentence = template("After {minutes} minutes, in {places}.").unwrap();
        let facts = BTreeMap::from([("minutes".to_owned(), "30".to_owned())]);
        assert_eq!(sentence.fill(&facts), "After 30 minutes, in (not known yet).");
        assert_eq!(sentence.to_string(), "After {minutes} minutes, in {places}.");
        assert_eq!(sentence.facts().collect::<Vec<_>>(), ["minutes", "places"]);
        assert_eq!(template("Nothing.").unwrap().fill(&facts), "Nothing.");
    }

    #[test]
    fn braces_without_partners_are_refused() {
        for text in ["{", "a } b", "a {b", "{a{b}}", "{}", "a} {b}"] {
            assert_eq!(template(text), Err(BadTemplate), "{text}");
        }
    }
}
