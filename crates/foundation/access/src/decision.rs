//! What comes back: yes or no, and why.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// The stable id of a policy, as in `limit.hold`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReasonId(Arc<str>);

impl ReasonId {
    /// No policy permits.
    pub const NOTHING_PERMITS: &'static str = "nothing-permits";
    /// The engine could not evaluate a policy.
    pub const NOT_EVALUATED: &'static str = "not-evaluated";

    pub(crate) fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReasonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for ReasonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for ReasonId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// How a refusal is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Say that it is not allowed, and why.
    Forbidden,
    /// Answer exactly as for an id that does not exist.
    Unknown,
}

/// One policy that settled a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The policy's stable id.
    pub id: ReasonId,
    /// The policy in one plain sentence, without capital and full stop.
    pub says: Arc<str>,
    /// How a refusal for this reason is told; [`Answer::Forbidden`] for permits, where it has no meaning.
    pub answer: Answer,
}

impl Reason {
    pub(crate) fn new(id: &str, says: &str, answer: Answer) -> Self {
        Self {
            id: ReasonId::new(id),
            says: says.into(),
            answer,
        }
    }
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Decision {
    /// Whether it may happen.
    pub allowed: bool,
    /// The policies that settled it, sorted by id, never empty: the permits of a yes, the forbids of a no, or
    /// [`ReasonId::NOTHING_PERMITS`].
    pub reasons: Vec<Reason>,
}

impl Decision {
    pub(crate) fn nothing_permits() -> Self {
        Self::refused(ReasonId::NOTHING_PERMITS, "no rule gives this class this right")
    }

    pub(crate) fn not_evaluated() -> Self {
        let says = "the rules could not be evaluated, so the answer is no: tell the operator";
        Self::refused(ReasonId::NOT_EVALUATED, says)
    }

    fn refused(id: &str, says: &str) -> Self {
        Self {
            allowed: false,
            reasons: vec![Reason::new(id, says, Answer::Forbidden)],
        }
    }

    /// The ids of the reasons, for the record of the act.
    pub fn reason_ids(&self) -> impl Iterator<Item = &ReasonId> {
        self.reasons.iter().map(|reason| &reason.id)
    }

    /// Whether this policy is among the reasons.
    pub fn is_because(&self, id: &str) -> bool {
        self.reason_ids().any(|reason| reason.as_str() == id)
    }

    /// How to tell a refusal: one reason to look unknown is enough.
    pub fn answer(&self) -> Answer {
        let hidden = !self.allowed && self.reasons.iter().any(|reason| reason.answer == Answer::Unknown);
        if hidden {
            Answer::Unknown
        } else {
            Answer::Forbidden
        }
    }
}
