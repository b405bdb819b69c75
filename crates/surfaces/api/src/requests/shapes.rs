//! The shapes of requests of people on the wire.

use std::collections::BTreeMap;

use kernel::{MemberId, RequestId, SubjectId, Timestamp};
use rights::request as domain;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::Problem;

use crate::words::{Channel, Ground, Law, Proof, RequestKind, RequestState, RequestStep, Verdict};

/// What a person asks for, as listings show it: nothing in it names them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PersonRequest {
    #[schema(value_type = Uuid)]
    id: RequestId,
    kind: RequestKind,
    channel: Channel,
    state: RequestState,
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// Whom it is about, if the team knew them when it came in.
    #[schema(value_type = Uuid, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<SubjectId>,
    /// The least proof of who asks that is enough.
    proof_wanted: Proof,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    proof_given: Option<Proof>,
    /// The first moment at which the team's own promise is broken; absent while the request stands still.
    #[schema(value_type = String, format = DateTime, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    own_due_at: Option<Timestamp>,
    /// The first moment at which it is too late by law; absent while that stands still, and where no law sets a period.
    #[schema(value_type = String, format = DateTime, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    law_due_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    extended_at: Option<Timestamp>,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Verdict>,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ground: Option<Ground>,
    #[schema(value_type = Uuid, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<MemberId>,
    #[schema(value_type = String, format = DateTime, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
    /// Which earlier one it seems to repeat: of the same kind, about the same person or from the same address. Nothing follows from
    /// it by itself.
    #[schema(value_type = Uuid, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    likely_same_as: Option<RequestId>,
    /// Which one it was closed as the same as.
    #[schema(value_type = Uuid, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    same_as: Option<RequestId>,
}

/// A request to be taken in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "kind": "access", "channel": "staff", "contact": "anna@person.example",
    "words": "Please show me everything you have about me." }))]
pub(super) struct NewPersonRequest {
    kind: RequestKind,
    channel: Channel,
    /// When it reached anybody of the team; now when absent, and not more than a year ago.
    #[schema(value_type = String, format = DateTime, nullable = false)]
    received_at: Option<Timestamp>,
    /// A word by which the team knows the person, such as their customer number.
    #[schema(nullable = false)]
    subject: Option<String>,
    /// Their name as they gave it.
    #[schema(nullable = false)]
    name: Option<String>,
    /// Where they can be reached.
    contact: String,
    /// What they ask for, in their words.
    words: String,
}

/// Everything about a request.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RequestFile {
    request: PersonRequest,
    /// What names the person and what they ask for; absent once their key was destroyed.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<RequestDetails>,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    draft: Option<String>,
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    /// Whether a document waits to be looked at.
    has_document: bool,
    /// When it stood still.
    pauses: Vec<Pause>,
    /// What was done, in order.
    steps: Vec<Taken>,
}

/// What names the person, and what they ask for.
#[derive(Debug, Serialize, ToSchema)]
struct RequestDetails {
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    contact: String,
    words: String,
}

/// From when to when a request stood still.
#[derive(Debug, Serialize, ToSchema)]
struct Pause {
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// Absent while it lasts.
    #[schema(value_type = String, format = DateTime, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Timestamp>,
}

/// One step that was taken.
#[derive(Debug, Serialize, ToSchema)]
struct Taken {
    number: u32,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    #[schema(value_type = Uuid)]
    member: MemberId,
    step: RequestStep,
    /// What was said about it.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// Somebody is to be reminded.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Reminder {
    request: PersonRequest,
    /// The law's period is over.
    is_late: bool,
    /// What the team promised is over.
    is_behind_promise: bool,
}

/// A draft of the answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "text": "This is what we keep about you." }))]
pub(super) struct Draft {
    /// At most 100,000 characters.
    pub(super) text: String,
}

/// The answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "text": "This is what we keep about you." }))]
pub(super) struct Answered {
    /// At most 100,000 characters; the draft when absent.
    #[schema(nullable = false)]
    pub(super) text: Option<String>,
}

/// What is decided.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "decision": "refuse", "ground": "legal-claims", "reasons": "A case is open at the court." }))]
pub(super) struct Decision {
    decision: Verdict,
    /// For a refusal: one that fits the kind of request.
    #[schema(nullable = false)]
    ground: Option<Ground>,
    /// For a refusal: why the ground applies.
    #[schema(nullable = false)]
    reasons: Option<String>,
}

/// More time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reasons": "The data lies in three archives.", "told_by": "mail" }))]
pub(super) struct Extension {
    /// What the person was told.
    pub(super) reasons: String,
    /// How they were told.
    pub(super) told_by: Channel,
}

/// How it is known that the person took the request back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "note": "called, has changed their mind" }))]
pub(super) struct Withdrawal {
    pub(super) note: String,
}

/// That it is the same as another one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "same_as": "0198f1f0-0000-7000-8000-000000000000", "note": "asked by mail and at the page on one day" }))]
pub(super) struct Same {
    /// The earlier one, of the same kind: it is worked on, or was answered at most seven days before this one came.
    #[schema(value_type = Uuid)]
    pub(super) same_as: RequestId,
    /// How that is known.
    pub(super) note: String,
}

/// Which proof the person is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "proof": "mail-code" }))]
pub(super) struct AskedProof {
    pub(super) proof: Proof,
}

/// The request, and the code to be sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AskedIdentity {
    pub(super) request: PersonRequest,
    /// Eight digits, shown once.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
}

/// The code that the person sent back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "code": "1234 5678" }))]
pub(super) struct Code {
    pub(super) code: String,
}

/// How it was found out that it is they.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "proof": "staff-check", "note": "called back at the number that we know" }))]
pub(super) struct ProofGiven {
    /// `staff-check` or `document`.
    pub(super) proof: Proof,
    pub(super) note: String,
}

/// Why the document proves nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "note": "cannot be read" }))]
pub(super) struct Rejection {
    pub(super) note: String,
}

/// How requests are counted, checked and answered.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({ "own_days": 7, "law": "gdpr", "zone": "Europe/Tallinn", "country": "EE", "four_eyes": true,
    "proofs": { "objection": "mail-code" } }))]
pub(super) struct RequestRule {
    /// Days within which the team promises to answer, 1 to 30; 7 when absent.
    own_days: u16,
    law: Law,
    /// Where days begin and end: a name of the time zone database, or a POSIX rule; UTC when absent.
    zone: String,
    /// Whose public holidays count, by ISO 3166-1 code: DE, EE, ES, FR.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    /// Further public holidays, one a line: `12-25` every year, `easter-2`, `2026-06-05` once.
    holidays: String,
    /// Who decides is not who answers.
    four_eyes: bool,
    /// The least proof by kind, where it is not the usual one.
    #[schema(value_type = BTreeMap<String, Proof>)]
    proofs: BTreeMap<domain::Kind, domain::Proof>,
    /// How many days before the own promise ends somebody is reminded, 0 to 30; 2 when absent.
    remind_days: u16,
}

impl Default for RequestRule {
    fn default() -> Self {
        domain::Rule::default().into()
    }
}

impl Decision {
    pub(super) fn into_domain(self) -> Result<domain::Decision, Problem> {
        match (self.decision, self.ground, self.reasons) {
            (Verdict::Grant, None, None) => Ok(domain::Decision::Grant),
            (Verdict::Grant, ..) => Err(Problem::invalid(
                "ground",
                "what is granted has neither ground nor reasons",
            )),
            (Verdict::Refuse, Some(ground), Some(reasons)) => Ok(domain::Decision::Refuse {
                ground: ground.into(),
                reasons,
            }),
            (Verdict::Refuse, None, _) => Err(Problem::invalid("ground", "name the ground of the refusal")),
            (Verdict::Refuse, _, None) => Err(Problem::invalid("reasons", "say why the ground applies")),
        }
    }
}

impl From<NewPersonRequest> for domain::NewRequest {
    fn from(new: NewPersonRequest) -> Self {
        Self {
            kind: new.kind.into(),
            channel: new.channel.into(),
            received_at: new.received_at,
            subject: new.subject,
            details: domain::Details {
                name: new.name,
                contact: new.contact,
                words: new.words,
            },
        }
    }
}

impl From<domain::PersonRequest> for PersonRequest {
    fn from(request: domain::PersonRequest) -> Self {
        Self {
            id: request.id,
            kind: request.kind.into(),
            channel: request.channel.into(),
            state: request.state.into(),
            received_at: request.received_at,
            subject: request.subject,
            proof_wanted: request.proof_wanted.into(),
            proof_given: request.proof_given.map(Into::into),
            own_due_at: request.own_due_at,
            law_due_at: request.law_due_at,
            extended_at: request.extended_at,
            decision: request.decision.map(Into::into),
            ground: request.ground.map(Into::into),
            decided_by: request.decided_by,
            closed_at: request.closed_at,
            likely_same_as: request.likely_same_as,
            same_as: request.same_as,
        }
    }
}

impl From<domain::RequestFile> for RequestFile {
    fn from(file: domain::RequestFile) -> Self {
        let details = file.details.map(|details| RequestDetails {
            name: details.name,
            contact: details.contact,
            words: details.words,
        });
        let pauses = file.pauses.into_iter().map(|pause| Pause {
            from: pause.from,
            to: pause.to,
        });
        let steps = file.steps.into_iter().map(|taken| Taken {
            number: taken.number,
            at: taken.at,
            member: taken.member,
            step: taken.step.into(),
            note: taken.note,
        });
        Self {
            request: file.request.into(),
            details,
            draft: file.draft,
            answer: file.answer,
            has_document: file.has_document,
            pauses: pauses.collect(),
            steps: steps.collect(),
        }
    }
}

impl From<domain::Reminder> for Reminder {
    fn from(reminder: domain::Reminder) -> Self {
        Self {
            request: reminder.request.into(),
            is_late: reminder.is_late,
            is_behind_promise: reminder.is_behind_promise,
        }
    }
}

impl From<domain::Rule> for RequestRule {
    fn from(rule: domain::Rule) -> Self {
        Self {
            own_days: rule.own_days,
            law: rule.law.into(),
            zone: rule.zone,
            country: rule.country,
            holidays: rule.holidays,
            four_eyes: rule.four_eyes,
            proofs: rule.proofs,
            remind_days: rule.remind_days,
        }
    }
}

impl From<RequestRule> for domain::Rule {
    fn from(rule: RequestRule) -> Self {
        Self {
            own_days: rule.own_days,
            law: rule.law.into(),
            zone: rule.zone,
            country: rule.country,
            holidays: rule.holidays,
            four_eyes: rule.four_eyes,
            proofs: rule.proofs,
            remind_days: rule.remind_days,
        }
    }
}
