//! Loading the policies and asking them.

use std::str::FromStr as _;
use std::sync::Arc;

use cedar_policy::{
    Authorizer, EntityId, EntityTypeName, EntityUid, Policy, PolicyId, PolicySet, Schema, ValidationMode,
    Validator,
};

use crate::decision::{Answer, Decision, Reason};
use crate::facts::{Expressions, Facts, State, pack};
use crate::matrix::Matrix;
use crate::slice::{Outcome, Slice};
use crate::{Action, Class, Subject};

/// The schema's text.
pub const SCHEMA: &str = include_str!("../policies/bailee.cedarschema");

/// The policies' texts with the names of their files.
pub const SOURCES: [(&str, &str); 3] = [
    ("rights.cedar", include_str!("../policies/rights.cedar")),
    ("limits.cedar", include_str!("../policies/limits.cedar")),
    ("ceilings.cedar", include_str!("../policies/ceilings.cedar")),
];

/// Why policies cannot be used. None of these can happen with [`SOURCES`]; a test loads them.
#[derive(Debug, thiserror::Error)]
pub enum BadPolicies {
    /// The schema cannot be read.
    #[error("the schema cannot be read: {0}")]
    Schema(String),
    /// A file of policies cannot be read.
    #[error("the policies in `{file}` cannot be read: {problem}")]
    Text {
        /// The file's name.
        file: String,
        /// What the parser says.
        problem: String,
    },
    /// A policy has no `@id` or no `@says`, or an unknown `@answer`.
    #[error("a policy in `{file}` needs @{annotation}: write it above `permit` or `forbid`")]
    Annotation {
        /// The file's name.
        file: String,
        /// The annotation that is missing or wrong.
        annotation: &'static str,
    },
    /// Two policies have the same id.
    #[error("the id `{0}` is used twice: give each policy its own")]
    Twice(String),
    /// The policies do not fit the schema in strict mode.
    #[error("the policies do not fit the schema: {0}")]
    Invalid(String),
    /// More policies apply to one action than a decision has room for.
    #[error("more than {most} policies apply to `{action}`: merge some")]
    TooMany {
        /// The crowded action.
        action: Action,
        /// The most that one action can have.
        most: usize,
    },
    /// There is no policy with this id.
    #[error("there is no policy `{0}`")]
    NoSuchPolicy(String),
}

/// The policies in force, cut ahead of time into one slice for each action and class.
///
/// Load once and share: asking takes `&self` from any thread.
pub struct Policies {
    engine: Authorizer,
    expressions: Arc<Expressions>,
    /// Sorted by id.
    all: Vec<(Policy, Reason)>,
    /// Ordered by action, then class.
    slices: Vec<Arc<Slice>>,
}

impl Policies {
    /// The policies of this release.
    pub fn load() -> Result<Self, BadPolicies> {
        Self::from_sources(&SOURCES)
    }

    /// Policies from other texts, for checks that want to see a difference: pairs of file name and text.
    pub fn from_sources(sources: &[(&str, &str)]) -> Result<Self, BadPolicies> {
        let mut all = Vec::new();
        for (file, text) in sources {
            read(file, text, &mut all)?;
        }
        Self::from_policies(all)
    }

    /// These policies with one left out, as the control case of a check that the table tells the truth.
    pub fn without(&self, id: &str) -> Result<Self, BadPolicies> {
        let rest: Vec<_> = self
            .all
            .iter()
            .filter(|(_, reason)| reason.id.as_str() != id)
            .cloned()
            .collect();
        if rest.len() == self.all.len() {
            return Err(BadPolicies::NoSuchPolicy(id.to_owned()));
        }
        // What the policy cannot touch is shared, with all that is remembered of it.
        let cut = |(place, slice): (usize, &Arc<Slice>)| match Action::ALL.get(place / Class::ALL.len()) {
            Some(action) if slice.has(id) => slice.cut_anew(*action, &rest).map(Arc::new),
            _ => Ok(Arc::clone(slice)),
        };
        let slices = self.slices.iter().enumerate().map(cut);
        Ok(Self {
            engine: Authorizer::new(),
            expressions: Arc::clone(&self.expressions),
            slices: slices.collect::<Result<_, _>>()?,
            all: rest,
        })
    }

    /// Whether this subject may do this, and why.
    pub fn decide(&self, subject: &Subject, action: Action, facts: &Facts) -> Decision {
        let code = pack(subject, action, facts);
        self.slice(action, subject.class)
            .map_or_else(Decision::nothing_permits, |slice| {
                slice.explain(slice.recall(&self.engine, &self.expressions, code))
            })
    }

    /// As [`Policies::decide`], but asks the engine even if the answer is remembered.
    pub fn decide_afresh(&self, subject: &Subject, action: Action, facts: &Facts) -> Decision {
        let code = pack(subject, action, facts);
        self.slice(action, subject.class)
            .map_or_else(Decision::nothing_permits, |slice| {
                slice.explain(slice.ask(&self.engine, &self.expressions, code))
            })
    }

    /// As [`Policies::decide`] without the reasons: for menus and tables, not for letting an act happen.
    pub fn would_allow(&self, subject: &Subject, action: Action, facts: &Facts) -> bool {
        self.slice(action, subject.class).is_some_and(|slice| {
            let outcome: Outcome =
                slice.recall(&self.engine, &self.expressions, pack(subject, action, facts));
            outcome.is_allowed()
        })
    }

    /// What this subject may do to a thing with these facts.
    pub fn actions_of<'a>(
        &'a self,
        subject: &'a Subject,
        facts: &'a Facts,
    ) -> impl Iterator<Item = Action> + 'a {
        Action::ALL
            .into_iter()
            .filter(|action| self.would_allow(subject, *action, facts))
    }

    /// Every policy by id, with its sentence, sorted by id.
    pub fn reasons(&self) -> impl Iterator<Item = &Reason> {
        self.all.iter().map(|(_, reason)| reason)
    }

    /// The full table of rights, computed from these policies.
    pub fn matrix(&self) -> Matrix {
        Matrix::of(self)
    }

    fn slice(&self, action: Action, class: Class) -> Option<&Slice> {
        let place = action.index() * Class::ALL.len() + class.index();
        self.slices.get(place).map(Arc::as_ref)
    }

    fn from_policies(mut all: Vec<(Policy, Reason)>) -> Result<Self, BadPolicies> {
        all.sort_by(|(_, one), (_, other)| one.id.cmp(&other.id));
        validate(&all)?;
        let classes = uids("Class", Class::ALL.map(Class::as_str))?;
        let mut slices = Vec::with_capacity(Action::ALL.len() * classes.len());
        for action in Action::ALL {
            let action_uid = uid("Action", action.as_str())?;
            let resource = uid(action.resource().as_str(), "it")?;
            for class in &classes {
                let question = (action, action_uid.clone());
                let slice = Slice::new(class.clone(), question, resource.clone(), &all)?;
                slices.push(Arc::new(slice));
            }
        }
        let expressions = Expressions::new(classes, uids("State", State::ALL.map(State::as_str))?);
        Ok(Self {
            engine: Authorizer::new(),
            expressions: Arc::new(expressions),
            all,
            slices,
        })
    }
}

impl std::fmt::Debug for Policies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.reasons().map(|reason| &reason.id))
            .finish()
    }
}

fn read(file: &str, text: &str, all: &mut Vec<(Policy, Reason)>) -> Result<(), BadPolicies> {
    let bad_text = |problem: String| BadPolicies::Text {
        file: file.to_owned(),
        problem,
    };
    let set = PolicySet::from_str(text).map_err(|problem| bad_text(problem.to_string()))?;
    if set.templates().next().is_some() {
        return Err(bad_text("templates are not used here".to_owned()));
    }
    for policy in set.policies() {
        let missing = |annotation| BadPolicies::Annotation {
            file: file.to_owned(),
            annotation,
        };
        let id = policy.annotation("id").ok_or_else(|| missing("id"))?;
        let says = policy.annotation("says").ok_or_else(|| missing("says"))?;
        let answer = match policy.annotation("answer") {
            None => Answer::Forbidden,
            Some("unknown") => Answer::Unknown,
            Some(_) => return Err(missing("answer(\"unknown\")")),
        };
        all.push((policy.new_id(PolicyId::new(id)), Reason::new(id, says, answer)));
    }
    Ok(())
}

/// Strict mode; a warning (a policy that can never apply, a look-alike letter) is as bad as an error.
fn validate(all: &[(Policy, Reason)]) -> Result<(), BadPolicies> {
    let mut set = PolicySet::new();
    for (policy, reason) in all {
        set.add(policy.clone())
            .map_err(|_| BadPolicies::Twice(reason.id.to_string()))?;
    }
    let result = Validator::new(schema()?).validate(&set, ValidationMode::Strict);
    let errors = result.validation_errors().map(ToString::to_string);
    let problems: Vec<String> = errors
        .chain(result.validation_warnings().map(ToString::to_string))
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(BadPolicies::Invalid(problems.join("; ")))
    }
}

fn schema() -> Result<Schema, BadPolicies> {
    let (schema, _) =
        Schema::from_cedarschema_str(SCHEMA).map_err(|problem| BadPolicies::Schema(problem.to_string()))?;
    Ok(schema)
}

fn uids<const N: usize>(kind: &str, names: [&str; N]) -> Result<Vec<EntityUid>, BadPolicies> {
    names.into_iter().map(|name| uid(kind, name)).collect()
}

fn uid(kind: &str, name: &str) -> Result<EntityUid, BadPolicies> {
    let kind = EntityTypeName::from_str(kind).map_err(|problem| BadPolicies::Schema(problem.to_string()))?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(name)))
}

#[cfg(test)]
mod tests {
    use cedar_policy::{Decision as Verdict, Entities, Request};

    use super::*;
    use crate::ReasonId;

    /// Of an action with few facts many combinations, of one with many a part that meets each fact both ways.
    fn each_question(policies: &Policies, step: usize, mut ask: impl FnMut(&Slice, usize)) {
        for slice in &policies.slices {
            let step = step.min((slice.combinations() / 16) | 1);
            for code in (0..slice.combinations()).step_by(step) {
                ask(slice, code);
            }
        }
    }

    #[test]
    fn every_question_has_exactly_the_shape_the_schema_asks_for() {
        let policies = Policies::load().unwrap();
        let schema = schema().unwrap();
        each_question(&policies, 101, |slice, code| {
            let request = slice.request_for_test(&policies.expressions, code);
            let part = |uid: Option<&EntityUid>| uid.unwrap().clone();
            let (principal, action) = (part(request.principal()), part(request.action()));
            let context = request.context().unwrap().clone();
            Request::new(
                principal,
                action,
                part(request.resource()),
                context,
                Some(&schema),
            )
            .unwrap();
        });
    }

    #[test]
    fn a_slice_answers_as_all_policies_together_would() {
        let policies = Policies::load().unwrap();
        let mut whole = PolicySet::new();
        policies
            .all
            .iter()
            .for_each(|(policy, _)| whole.add(policy.clone()).unwrap());
        each_question(&policies, 193, |slice, code| {
            let request = slice.request_for_test(&policies.expressions, code);
            let response = policies
                .engine
                .is_authorized(&request, &whole, &Entities::empty());
            let decision = slice.explain(slice.ask(&policies.engine, &policies.expressions, code));
            assert_eq!(
                decision.allowed,
                response.decision() == Verdict::Allow,
                "{request:?}"
            );
            let mut ids: Vec<String> = response.diagnostics().reason().map(ToString::to_string).collect();
            ids.sort();
            if ids.is_empty() {
                ids.push(ReasonId::NOTHING_PERMITS.to_owned());
            }
            assert_eq!(
                decision.reason_ids().map(ToString::to_string).collect::<Vec<_>>(),
                ids
            );
        });
    }

    #[test]
    fn a_remembered_answer_is_the_engines_answer() {
        let policies = Policies::load().unwrap();
        each_question(&policies, 173, |slice, code| {
            let first = slice.recall(&policies.engine, &policies.expressions, code);
            let again = slice.recall(&policies.engine, &policies.expressions, code);
            assert_eq!(first, slice.ask(&policies.engine, &policies.expressions, code));
            assert_eq!(first, again);
        });
    }

    #[test]
    fn policies_that_are_not_sound_do_not_load() {
        let load = |text| {
            Policies::from_sources(&[("some.cedar", text)])
                .unwrap_err()
                .to_string()
        };
        assert!(load("permit (principal, action").contains("cannot be read"));
        assert!(load("permit (principal, action, resource);").contains("needs @id"));
        assert!(load(r#"@id("a") permit (principal, action, resource);"#).contains("needs @says"));
        assert!(
            load(r#"@id("a") @says("") @answer("no") forbid (principal, action, resource);"#)
                .contains("@answer")
        );
        let unknown_fact =
            r#"@id("a") @says("") permit (principal, action, resource) when { context.rich };"#;
        assert!(load(unknown_fact).contains("do not fit the schema"));
        let wrong_fact = r#"@id("a") @says("") permit (principal, action == Action::"trail.read", resource) when { context.leased };"#;
        assert!(load(wrong_fact).contains("do not fit the schema"));
        let never = r#"@id("a") @says("") permit (principal, action, resource) when { false };"#;
        assert!(load(never).contains("do not fit the schema"));
        let twice = r#"@id("a") @says("") permit (principal, action, resource);"#.repeat(2);
        assert!(load(&twice).contains("used twice"));
    }
}
