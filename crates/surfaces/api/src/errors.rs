//! The one map from what custody says to what a client is told.
//!
//! Promises: unknown, foreign and unassigned things answer with the same bytes, whichever kind of thing was
//! asked for; causes of faults go to the log and never to the client; a refusal says which rule it was and
//! what to do. Leaves out: faults of the request's own form, which the extractors answer.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use access::{Action, Policies};
use axum::response::{IntoResponse, Response};
use custody::Error;
use custody::dataset::NotTaken;
use web::{Kind, Problem};

/// What a handler gives back instead of an answer.
pub(crate) struct Failure(Problem);

/// The result of a handler.
pub(crate) type Answer<T> = Result<T, Failure>;

impl Failure {
    /// The problem, for a surface that tells it in words of its own.
    pub(crate) fn into_problem(self) -> Problem {
        self.0
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(problem_of(error))
    }
}

impl From<identity::Error> for Failure {
    fn from(error: identity::Error) -> Self {
        Self(problem_of_identity(error))
    }
}

impl From<assurance::Error> for Failure {
    fn from(error: assurance::Error) -> Self {
        use assurance::Error;
        let told = error.to_string();
        Self(match error {
            Error::Busy => Problem::new(Kind::Conflict, told),
            Error::UnknownCheck(_) => problem_of(custody::Error::NotFound("check")),
            Error::Custody(error) => problem_of(error),
            Error::Store(error) => problem_of(error.into()),
            Error::Trouble(_) => Problem::unavailable(told),
            Error::Misfit(_) | Error::Catalogue(_) | Error::Profile(_) | Error::Letter(_) => {
                Problem::internal(told)
            }
        })
    }
}

impl From<evidence::Error> for Failure {
    fn from(error: evidence::Error) -> Self {
        use evidence::Error;
        let told = error.to_string();
        Self(match error {
            Error::Period(_) => problem_of(custody::Error::Invalid {
                field: "period",
                problem: told,
            }),
            Error::Sample => problem_of(custody::Error::Invalid {
                field: "sample",
                problem: told,
            }),
            Error::UnknownSet(_) => problem_of(custody::Error::NotFound("set of criteria")),
            Error::UnknownDocument(_) => problem_of(custody::Error::NotFound("document")),
            Error::Assurance(error) => return error.into(),
            Error::Custody(error) => problem_of(error),
            Error::Store(error) => problem_of(error.into()),
            Error::File { .. } | Error::BrokenOff(_) => Problem::internal(told),
        })
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

fn problem_of(error: Error) -> Problem {
    let told = error.to_string();
    match error {
        Error::Unauthenticated | Error::Expired => Problem::unauthenticated(),
        // INVARIANT: the noun is not told. A hidden dataset is refused as an item by some acts, and a
        // different word would give away that it is there.
        Error::NotFound(_) => {
            Problem::not_found("there is no such thing, or it is not yours to see; check the id or name")
        }
        Error::Forbidden { action, reasons } => refusal(action, reasons),
        Error::NotAdmitted { .. } => Problem::new(Kind::NotAdmitted, told),
        Error::Invalid { field, problem } => Problem::invalid(field, problem),
        Error::Conflict(detail) => Problem::new(Kind::Conflict, detail),
        Error::ConditionFailed => web::conditions::condition_failed(),
        Error::RangeNotSatisfiable { size } => Problem::range_not_satisfiable(size),
        Error::ReplayMismatch => Problem::new(Kind::IdempotencyMismatch, told).at("idempotency-key"),
        Error::Interrupted(cause) => web::extract::interrupted().because(cause),
        Error::Mismatch(_) => Problem::new(Kind::Mismatch, told),
        Error::TooLarge { limit } => Problem::too_large(limit),
        Error::NotTaken { what, .. } => match what {
            NotTaken::Type => Problem::new(Kind::UnsupportedMediaType, told).at("content-type"),
            NotTaken::Size => Problem::new(Kind::TooLarge, told),
            NotTaken::Class => Problem::invalid("class", told),
            NotTaken::Redaction => Problem::invalid("body", told),
            NotTaken::Purpose => Problem::invalid("subject", told),
        },
        Error::NoReason { reason, .. } => {
            Problem::forbidden(told, vec![reason.to_owned()]).at("bailee-reason")
        }
        Error::Masked(_) => Problem::forbidden(told, vec!["record.masked".to_owned()]),
        Error::NotShown(detail) => Problem::new(Kind::NotShown, detail),
        Error::Gone(detail) => Problem::new(Kind::Gone, detail),
        Error::Altered => Problem::new(Kind::Altered, told),
        Error::NotYetSequenced => Problem::new(Kind::NotSequencedYet, told),
        Error::Unavailable(cause) => Problem::unavailable(cause),
        Error::Internal(cause) => Problem::internal(cause),
    }
}

fn problem_of_identity(error: identity::Error) -> Problem {
    use identity::Error;
    let told = error.to_string();
    match error {
        Error::SignedOut => Problem::unauthenticated(),
        Error::NotFound(noun) => problem_of(custody::Error::NotFound(noun)),
        Error::Forbidden { action, reasons } => refusal(action, reasons),
        Error::Invalid { field, problem } => Problem::invalid(field, problem),
        Error::NotProven | Error::StepOver | Error::NotInvited => Problem::new(Kind::NotProven, told),
        Error::Wait { .. } | Error::Busy => Problem::new(Kind::Wait, told),
        Error::Conflict(_) | Error::CustomerHeld | Error::Provider(_) => Problem::new(Kind::Conflict, told),
        Error::Altered => Problem::new(Kind::Altered, told),
        Error::Unavailable(cause) => Problem::unavailable(cause),
        Error::Internal(cause) => Problem::internal(cause),
    }
}

/// Rules about the state of a thing: whoever asks, something else must be done first.
const STATE_RULES: [&str; 6] = [
    "limit.archive-first",
    "limit.archived",
    "limit.hold",
    "limit.not-in-quarantine",
    "limit.quarantine",
    "limit.restore",
];

fn refusal(action: Action, reasons: Vec<String>) -> Problem {
    let sentences: Vec<&str> = reasons.iter().filter_map(|id| sentence(id)).collect();
    let because = if sentences.is_empty() {
        String::new()
    } else {
        format!(": {}", sentences.join("; "))
    };
    if !reasons.is_empty() && reasons.iter().all(|id| STATE_RULES.contains(&id.as_str())) {
        return Problem::new(Kind::Conflict, format!("cannot {} now{because}", action.says()));
    }
    let ask = "an admin of the team can change who may";
    Problem::forbidden(
        format!("this key may not {}{because}; {ask}", action.says()),
        reasons,
    )
}

/// What the policy of this id says in plain words.
fn sentence(id: &str) -> Option<&'static str> {
    static SENTENCES: LazyLock<BTreeMap<String, Arc<str>>> = LazyLock::new(|| {
        // Policies that do not load stop the server at its start; here they would only leave the sentence out.
        let policies = Policies::load().ok();
        let reasons = policies.iter().flat_map(Policies::reasons);
        let duties = access::Bar::all().map(|bar| (bar.id(), bar.says().into()));
        reasons
            .map(|reason| (reason.id.to_string(), Arc::clone(&reason.says)))
            .chain(duties)
            .collect()
    });
    match id {
        "directory-class" => {
            Some("a directory neither gives nor takes the classes owner and admin: an owner does that")
        }
        "not-at-a-browser" => Some(
            "only a session changes what its member signs in with: sign in, and send the session's token",
        ),
        "not-a-recovery-code" => Some("only a recovery code makes a key this way; send it as the bearer"),
        "view.pixels" => Some(
            "people may be named in the pixels of this DICOM file, which only who may take it away looks at: clean it first",
        ),
        "key-for-other-origins" => {
            Some("this key is bound to pages of other origins: add this one to a new key")
        }
        "key-of-no-page" => Some(
            "this key does more than a page may, and everybody can read it there: make one that is bound to `origins`, and invalidate this one",
        ),
        "key-for-pages" => Some("this key is for pages: it works at `/v1/consents/browser` alone"),
        "purpose.no-consent" => Some("the person has not agreed to this purpose: ask them"),
        "purpose.withdrawn" => Some("the person has taken their consent to this purpose back"),
        "purpose.objected" => Some("the person objects to this purpose"),
        "purpose.restricted" => {
            Some("processing is restricted for this person: a privacy officer can lift that")
        }
        "purpose.ended" => Some("the purpose has ended"),
        "purpose.not-of-dataset" => Some(
            "the dataset is kept for other purposes: name one of them, or ask the people anew for this one",
        ),
        "purpose.unknown" => {
            Some("the dataset is kept for a purpose that there is not: make it, or give the dataset another")
        }
        id => SENTENCES.get(id).map(|says| &**says),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noun_of_what_is_not_found_is_not_told() {
        let document = |noun| problem_of(Error::NotFound(noun)).document(None);
        assert_eq!(document("dataset"), document("item"));
    }

    #[test]
    fn causes_stay_at_home() {
        for error in [
            Error::Internal("disk 7".into()),
            Error::Unavailable("disk 7".into()),
            Error::Interrupted("disk 7".into()),
        ] {
            let document = problem_of(error).document(None);
            assert!(!format!("{document:?}").contains("disk 7"), "{document:?}");
        }
    }

    #[test]
    fn a_refusal_names_the_rule_and_what_to_do() {
        let forbidden = |reason: &str| {
            problem_of(Error::Forbidden {
                action: Action::ItemDelete,
                reasons: vec![reason.into()],
            })
            .document(None)
        };
        let by_class = forbidden("nothing-permits");
        assert_eq!(
            (by_class.status, by_class.reasons),
            (403, vec!["nothing-permits".to_owned()])
        );
        let by_key = forbidden("limit.key-action");
        assert!(
            by_key.detail.contains("use a key whose scope has it"),
            "{}",
            by_key.detail
        );
        let by_state = forbidden("limit.archive-first");
        assert_eq!(by_state.status, 409);
        assert!(
            by_state.detail.contains("archive it first"),
            "{}",
            by_state.detail
        );
    }
}
