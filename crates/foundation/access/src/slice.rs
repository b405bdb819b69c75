//! The policies that can matter for one class and one action, with a memory of their answers.
//!
//! A decision depends on nothing but the packed facts, so an answer of the engine may be kept as long as the
//! policies stand: the memory is exact, bounded by the number of combinations, and never needs forgetting.

use std::sync::atomic::{AtomicU64, Ordering};

use cedar_policy::{
    ActionConstraint, Authorizer, Context, Decision as Verdict, Entities, EntityUid, Policy, PolicySet,
    PrincipalConstraint, Request, ResourceConstraint,
};

use crate::decision::{Decision, Reason};
use crate::facts::Expressions;
use crate::policies::BadPolicies;
use crate::{Action, Resource};

/// What stays the same in every request of a slice.
pub(crate) struct Slice {
    principal: EntityUid,
    action: EntityUid,
    resource: EntityUid,
    kind: Resource,
    policies: PolicySet,
    /// Sorted by id; the place in this list is the policy's bit in an [`Outcome`].
    reasons: Vec<Reason>,
    memory: Box<[AtomicU64]>,
}

/// An answer in one word: flags above, one bit for each policy of the slice that settled it below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome(u64);

impl Outcome {
    const KNOWN: u64 = 1 << 63;
    const ALLOWED: u64 = 1 << 62;
    const NOT_EVALUATED: u64 = 1 << 61;
    /// Bits left for policies.
    const MOST_POLICIES: usize = 61;

    /// Whether it may happen.
    pub(crate) const fn is_allowed(self) -> bool {
        self.0 & Self::ALLOWED != 0
    }
}

impl Slice {
    /// Picks from `all` (sorted by id) what can apply.
    pub(crate) fn new(
        principal: EntityUid,
        action: (Action, EntityUid),
        resource: EntityUid,
        all: &[(Policy, Reason)],
    ) -> Result<Self, BadPolicies> {
        let (action, action_uid) = action;
        let mut policies = PolicySet::new();
        let mut reasons = Vec::new();
        for (policy, reason) in all {
            if can_apply(policy, &principal, &action_uid, &resource) {
                policies
                    .add(policy.clone())
                    .map_err(|_| BadPolicies::Twice(reason.id.to_string()))?;
                reasons.push(reason.clone());
            }
        }
        if reasons.len() > Outcome::MOST_POLICIES {
            return Err(BadPolicies::TooMany {
                action,
                most: Outcome::MOST_POLICIES,
            });
        }
        let kind = action.resource();
        let memory = (0..kind.combinations()).map(|_| AtomicU64::new(0)).collect();
        Ok(Self {
            principal,
            action: action_uid,
            resource,
            kind,
            policies,
            reasons,
            memory,
        })
    }

    /// Whether the policy of this id can apply here.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.reasons.iter().any(|reason| reason.id.as_str() == id)
    }

    /// The same question under other policies.
    pub(crate) fn cut_anew(&self, action: Action, all: &[(Policy, Reason)]) -> Result<Self, BadPolicies> {
        let question = (action, self.action.clone());
        Self::new(self.principal.clone(), question, self.resource.clone(), all)
    }

    /// The engine's answer for packed facts, from memory if it was asked before.
    pub(crate) fn recall(&self, engine: &Authorizer, expressions: &Expressions, code: usize) -> Outcome {
        let Some(cell) = self.memory.get(code) else {
            return self.ask(engine, expressions, code);
        };
        // Relaxed: the word is the whole message, and two threads that both ask write the same word.
        let word = cell.load(Ordering::Relaxed);
        if word != 0 {
            return Outcome(word);
        }
        let outcome = self.ask(engine, expressions, code);
        cell.store(outcome.0, Ordering::Relaxed);
        outcome
    }

    /// The engine's answer for packed facts, asked now.
    pub(crate) fn ask(&self, engine: &Authorizer, expressions: &Expressions, code: usize) -> Outcome {
        let Some(request) = self.request(expressions, code) else {
            return Outcome(Outcome::KNOWN | Outcome::NOT_EVALUATED);
        };
        let response = engine.is_authorized(&request, &self.policies, &Entities::empty());
        let mut word = Outcome::KNOWN;
        for id in response.diagnostics().reason() {
            let place = self
                .reasons
                .binary_search_by(|reason| reason.id.as_str().cmp(id.as_ref()));
            word |= place.map_or(Outcome::NOT_EVALUATED, |bit| 1 << bit);
        }
        // Cedar skips a policy that it cannot evaluate. A skipped forbid would be a hole: refuse instead.
        if response.diagnostics().errors().next().is_some() {
            word |= Outcome::NOT_EVALUATED;
        }
        if response.decision() == Verdict::Allow && word & Outcome::NOT_EVALUATED == 0 {
            word |= Outcome::ALLOWED;
        }
        Outcome(word)
    }

    /// The answer with its reasons written out.
    pub(crate) fn explain(&self, outcome: Outcome) -> Decision {
        if outcome.0 & Outcome::NOT_EVALUATED != 0 {
            return Decision::not_evaluated();
        }
        let settled = self
            .reasons
            .iter()
            .enumerate()
            .filter(|(bit, _)| outcome.0 & (1 << bit) != 0);
        let reasons: Vec<Reason> = settled.map(|(_, reason)| reason.clone()).collect();
        if reasons.is_empty() {
            return Decision::nothing_permits();
        }
        Decision {
            allowed: outcome.is_allowed(),
            reasons,
        }
    }

    fn request(&self, expressions: &Expressions, code: usize) -> Option<Request> {
        let context = Context::from_pairs(expressions.context(self.kind, code)).ok()?;
        // Not checked against the schema here: a test does that for every combination of facts.
        let (principal, action) = (self.principal.clone(), self.action.clone());
        Request::new(principal, action, self.resource.clone(), context, None).ok()
    }

    /// How many different questions the slice can be asked.
    #[cfg(test)]
    pub(crate) fn combinations(&self) -> usize {
        self.memory.len()
    }

    /// The request for packed facts, for tests that check it against schema and whole policy set.
    #[cfg(test)]
    pub(crate) fn request_for_test(&self, expressions: &Expressions, code: usize) -> Request {
        self.request(expressions, code).unwrap()
    }
}

/// Whether the policy's head leaves room for this question; unsure counts as yes.
///
/// INVARIANT: the schema has no hierarchy of classes, actions or resources, so `in` a list means `is one of`.
fn can_apply(policy: &Policy, principal: &EntityUid, action: &EntityUid, resource: &EntityUid) -> bool {
    let principal_fits = match policy.principal_constraint() {
        PrincipalConstraint::Eq(only) => only == *principal,
        _ => true,
    };
    let action_fits = match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(only) => only == *action,
        ActionConstraint::In(some) => some.contains(action),
    };
    let resource_fits = match policy.resource_constraint() {
        ResourceConstraint::Is(kind) => kind == *resource.type_name(),
        _ => true,
    };
    principal_fits && action_fits && resource_fits
}
