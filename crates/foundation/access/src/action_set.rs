//! Sets of actions, as an API key's scope states them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Action;

/// Some of the actions; stored and sent as a list of their texts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ActionSet([u64; WORDS]);

/// One bit for every action.
const WORDS: usize = Action::ALL.len().div_ceil(64);

/// Text that names no action and no group of actions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` matches no action: write an action (`item.view`), a noun (`item.*`), a verb (`*.list`) or `*`"
)]
pub struct BadActionSet(String);

impl ActionSet {
    /// No action.
    pub const NONE: Self = Self([0; WORDS]);

    /// Reads actions (`item.view`), nouns (`item.*`), verbs (`*.list`) and `*`.
    ///
    /// A pattern is resolved when it is read: actions of later releases do not slip into a stored scope.
    pub fn parse<T: AsRef<str>>(patterns: impl IntoIterator<Item = T>) -> Result<Self, BadActionSet> {
        let mut set = Self::NONE;
        for pattern in patterns {
            let pattern = pattern.as_ref();
            let mut found = Action::ALL
                .into_iter()
                .filter(|action| matches(pattern, *action))
                .peekable();
            if found.peek().is_none() {
                return Err(BadActionSet(pattern.chars().take(60).collect()));
            }
            found.for_each(|action| set.insert(action));
        }
        Ok(set)
    }

    /// Whether the action is in the set.
    pub const fn contains(self, action: Action) -> bool {
        self.0[action.index() / 64] & (1 << (action.index() % 64)) != 0
    }

    fn insert(&mut self, action: Action) {
        self.0[action.index() / 64] |= 1 << (action.index() % 64);
    }

    /// The actions of the set, in the order of [`Action::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Action> {
        Action::ALL
            .into_iter()
            .filter(move |action| self.contains(*action))
    }
}

fn matches(pattern: &str, action: Action) -> bool {
    match pattern.split_once('.') {
        Some(("*", verb)) => verb == action.verb(),
        Some((noun, "*")) => noun == action.noun(),
        Some(_) => pattern == action.as_str(),
        None => pattern == "*",
    }
}

impl FromIterator<Action> for ActionSet {
    fn from_iter<I: IntoIterator<Item = Action>>(actions: I) -> Self {
        let mut set = Self::NONE;
        actions.into_iter().for_each(|action| set.insert(action));
        set
    }
}

impl fmt::Debug for ActionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Action::as_str)).finish()
    }
}

impl Serialize for ActionSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for ActionSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let patterns = Vec::<String>::deserialize(deserializer)?;
        Self::parse(&patterns).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_stand_for_nouns_and_verbs() {
        let set = ActionSet::parse(["item.*", "*.list"]).unwrap();
        assert!(set.contains(Action::ItemDelete) && set.contains(Action::KeyList));
        assert!(!set.contains(Action::KeyIssue) && !set.contains(Action::DatasetView));
        assert_eq!(ActionSet::parse(["*"]).unwrap().iter().count(), Action::ALL.len());
        for nothing in ["item", "items.*", "*.fly", "*.*", "item.read", ""] {
            assert_eq!(ActionSet::parse([nothing]), Err(BadActionSet(nothing.to_owned())));
        }
    }

    #[test]
    fn a_set_survives_storage() {
        let set: ActionSet = [Action::ItemView, Action::AccessRead].into_iter().collect();
        let text = serde_json::to_string(&set).unwrap();
        assert_eq!(text, r#"["item.view","access.read"]"#);
        assert_eq!(serde_json::from_str::<ActionSet>(&text).unwrap(), set);
    }

    proptest! {
        #[test]
        fn foreign_text_never_gives_more_than_it_says(text in ".{0,80}") {
            if let Ok(set) = ActionSet::parse([&text]) {
                prop_assert!(set.iter().all(|action| matches(&text, action)));
            }
        }
    }
}
