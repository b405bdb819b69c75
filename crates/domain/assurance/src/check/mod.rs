//! A check, what it saw, and what follows from it.
//!
//! Promises: only [`Finding::of`] turns what was seen into an outcome, and it says [`Outcome::Holds`] of nothing whose
//! control case did not come out as stated; a check that fails, panics or takes too long is broken, never green.
//! Leaves out: when checks run and where results are kept.

mod control;
mod inputs;
mod run;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub(crate) use control::{Cases, planted};
pub(crate) use inputs::Inputs;
pub use run::run;

use crate::Site;

/// Something that looks whether promises are kept.
#[async_trait]
pub trait Check: Send + Sync + 'static {
    /// Its name in the catalogue.
    fn id(&self) -> &'static str;

    /// How long it may take; longer is broken.
    fn limit(&self) -> Duration {
        Duration::from_secs(120)
    }

    /// Looks, at the promise and at the control case, in one run.
    async fn observe(&self, site: &Site) -> Result<Observation, Trouble>;
}

/// Why a check could not look.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Trouble(pub String);

impl From<custody::Error> for Trouble {
    fn from(error: custody::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<identity::Error> for Trouble {
    fn from(error: identity::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<store::StoreError> for Trouble {
    fn from(error: store::StoreError) -> Self {
        Self(error.to_string())
    }
}

/// What a check saw of the promise itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promise {
    /// It is kept.
    Kept,
    /// Something is overdue.
    Late(String),
    /// It is broken.
    Broken(String),
    /// There is nothing here to look at yet; no control case belongs to that.
    OutOfScope(String),
}

/// How the control case came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// As stated: what was planted was found, what had to work did.
    AsStated(String),
    /// Otherwise: what the check says about the promise is worth nothing.
    Otherwise(String),
}

/// All that a check saw in one run.
#[derive(Debug, Clone)]
pub struct Observation {
    /// The promise.
    pub promise: Promise,
    /// The control case.
    pub control: Control,
    /// Hash of what was looked at.
    pub inputs: [u8; 32],
    /// What statements can be filled with.
    pub facts: BTreeMap<String, String>,
}

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The promise is kept, and the control case shows that the check would have noticed otherwise.
    Holds,
    /// There is nothing to check here, for the reason given.
    OutOfScope,
    /// Something is overdue.
    Late,
    /// The check itself cannot be believed.
    BrokenCheck,
    /// The promise is broken.
    BrokenPromise,
}

impl Outcome {
    const ALL: [Self; 5] = [
        Self::Holds,
        Self::OutOfScope,
        Self::Late,
        Self::BrokenCheck,
        Self::BrokenPromise,
    ];

    /// The word in rows and documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::OutOfScope => "out-of-scope",
            Self::Late => "late",
            Self::BrokenCheck => "broken-check",
            Self::BrokenPromise => "broken-promise",
        }
    }

    /// The outcome of this word; a word that nobody wrote counts as a broken check.
    pub(crate) fn from_row(word: &str) -> Self {
        let found = Self::ALL.into_iter().find(|outcome| outcome.as_str() == word);
        found.unwrap_or(Self::BrokenCheck)
    }
}

/// An outcome with what explains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What the check came to.
    pub outcome: Outcome,
    /// Why, where it does not simply hold.
    pub reason: String,
    /// How the control case came out.
    pub control: String,
    /// Hash of what was looked at.
    pub inputs: [u8; 32],
    /// What statements can be filled with; nothing of a check that cannot be believed.
    pub facts: BTreeMap<String, String>,
}

impl Finding {
    /// What follows from what was seen.
    pub fn of(seen: Result<Observation, Trouble>) -> Self {
        let seen = match seen {
            Ok(seen) => seen,
            Err(Trouble(why)) => return Self::broken(why),
        };
        let control = match seen.control {
            Control::AsStated(how) => how,
            Control::Otherwise(how) => {
                return Self {
                    control: how.clone(),
                    inputs: seen.inputs,
                    ..Self::broken(format!("the control case did not come out as stated: {how}"))
                };
            }
        };
        let (outcome, reason) = match seen.promise {
            Promise::Kept => (Outcome::Holds, String::new()),
            Promise::Late(why) => (Outcome::Late, why),
            Promise::Broken(why) => (Outcome::BrokenPromise, why),
            Promise::OutOfScope(why) => (Outcome::OutOfScope, why),
        };
        Self {
            outcome,
            reason,
            control,
            inputs: seen.inputs,
            facts: seen.facts,
        }
    }

    /// Of a check that cannot be believed.
    pub(crate) fn broken(reason: String) -> Self {
        Self {
            outcome: Outcome::BrokenCheck,
            reason,
            control: String::new(),
            inputs: [0; 32],
            facts: BTreeMap::new(),
        }
    }
}

impl Observation {
    /// Of something that there is nothing of here.
    pub fn out_of_scope(reason: impl Into<String>) -> Self {
        Self {
            promise: Promise::OutOfScope(reason.into()),
            control: Control::AsStated("none: nothing was looked at".to_owned()),
            inputs: [0; 32],
            facts: BTreeMap::new(),
        }
    }

    /// The same, with something to fill statements with.
    #[must_use]
    pub fn with_fact(mut self, name: &str, value: impl Into<String>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(promise: Promise, control: Control) -> Outcome {
        let observation = Observation {
            promise,
            control,
            inputs: [1; 32],
            facts: BTreeMap::new(),
        };
        Finding::of(Ok(observation)).outcome
    }

    #[test]
    fn without_its_control_case_nothing_holds() {
        for promise in [
            Promise::Kept,
            Promise::Late("old".into()),
            Promise::Broken("no".into()),
            Promise::OutOfScope("none".into()),
        ] {
            let wrong = Control::Otherwise("nothing was found".into());
            assert_eq!(seen(promise, wrong), Outcome::BrokenCheck);
        }
        assert_eq!(
            Finding::of(Err(Trouble("no".into()))).outcome,
            Outcome::BrokenCheck
        );
    }

    #[test]
    fn with_it_the_promise_decides() {
        let right = || Control::AsStated("found".into());
        assert_eq!(seen(Promise::Kept, right()), Outcome::Holds);
        assert_eq!(seen(Promise::Late("x".into()), right()), Outcome::Late);
        assert_eq!(seen(Promise::Broken("x".into()), right()), Outcome::BrokenPromise);
        assert_eq!(
            seen(Promise::OutOfScope("x".into()), right()),
            Outcome::OutOfScope
        );
    }

    #[test]
    fn words_come_back_and_foreign_ones_are_not_green() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::from_row(outcome.as_str()), outcome);
        }
        assert_eq!(Outcome::from_row("compliant"), Outcome::BrokenCheck);
    }
}
