//! in-toto statements (<https://github.com/in-toto/attestation>): provenance as SLSA has it, and results of tests.

use serde::Deserialize;
use serde_json::Value;

const STATEMENT: &str = "https://in-toto.io/Statement/v1";
const PROVENANCE: &str = "https://slsa.dev/provenance/v1";
const TEST_RESULT: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// What somebody says about some files.
pub(super) struct Statement {
    subjects: Vec<Subject>,
    pub(super) says: Says,
}

/// What is said.
pub(super) enum Says {
    /// Who built it, and who approved that.
    Built { builder: String, approvers: Vec<String> },
    /// Whether its tests passed.
    Tested(bool),
}

#[derive(Deserialize)]
struct Written {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_kind: String,
    predicate: Value,
}

#[derive(Deserialize)]
struct Subject {
    digest: Digest,
}

#[derive(Deserialize)]
struct Digest {
    sha256: Option<String>,
}

impl Statement {
    /// Nothing for what is none, or says something that is not asked here.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let written: Written = serde_json::from_slice(bytes).ok()?;
        let predicate = &written.predicate;
        let says = match written.predicate_kind.as_str() {
            PROVENANCE => Says::Built {
                builder: word(predicate.pointer("/runDetails/builder/id")),
                approvers: words(predicate.pointer("/runDetails/metadata/bailee_approvedBy")),
            },
            TEST_RESULT => Says::Tested(predicate.get("result")?.as_str()? == "PASSED"),
            _ => return None,
        };
        (written.kind == STATEMENT).then_some(Self {
            subjects: written.subject,
            says,
        })
    }

    /// Whether one of its files is this one.
    pub(super) fn is_about(&self, sha256: &[u8; 32]) -> bool {
        let mut named = self
            .subjects
            .iter()
            .filter_map(|subject| subject.digest.sha256.as_ref());
        named.any(|digest| hex::decode(digest).is_ok_and(|digest| digest == sha256))
    }
}

impl Says {
    pub(super) fn tests(&self) -> Option<bool> {
        match self {
            Self::Tested(passed) => Some(*passed),
            Self::Built { .. } => None,
        }
    }

    pub(super) fn names_a_builder(&self) -> bool {
        matches!(self, Self::Built { builder, .. } if !builder.trim().is_empty())
    }

    pub(super) fn approvers(&self) -> &[String] {
        match self {
            Self::Built { approvers, .. } => approvers,
            Self::Tested(_) => &[],
        }
    }
}

fn word(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn words(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}
