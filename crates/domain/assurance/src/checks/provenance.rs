//! Whether the program that runs is one that two people approved, with tests that passed.
//!
//! Whose word counts the operator says by configuring keys. What a builder signs without looking no program can know.

use async_trait::async_trait;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};
use crate::provenance::{Provenance, PublicKey, enclose};

/// Compares the running program with signed statements about it.
pub struct BinaryHasProvenance {
    /// What is not shown.
    pub lacks: fn(&Provenance) -> Vec<&'static str>,
}

impl Default for BinaryHasProvenance {
    fn default() -> Self {
        Self {
            lacks: Provenance::lacks,
        }
    }
}

#[async_trait]
impl Check for BinaryHasProvenance {
    fn id(&self) -> &'static str {
        "binary-has-provenance"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let program = site.program.as_ref();
        let Some(provenance) = program.and_then(|program| program.provenance.as_ref()) else {
            return Ok(Observation::out_of_scope(
                "no keys are configured whose word about the program counts (`provenance.keys`)",
            ));
        };
        let mut cases = Cases::of(self.id());
        cases.looked_at(provenance.program);
        cases.looked_at(&provenance.statements);
        for what in (self.lacks)(provenance) {
            cases.must(&format!("it is shown {what}"), false);
        }
        self.try_probes(site, &mut cases)?;
        Ok(cases.seen())
    }
}

const PROBE: [u8; 32] = [7; 32];

impl BinaryHasProvenance {
    /// Statements about a program that there is not, by a builder of this run.
    fn try_probes(&self, site: &Site, cases: &mut Cases) -> Result<(), Trouble> {
        let (builder, stranger) = (builder(site)?, builder(site)?);
        let tests = |result: &str| tested(&PROBE, result);
        let two = built(&PROBE, &["one", "two"]);
        let passes = |said: &[Value], by: &Ed25519KeyPair| {
            let lines = said
                .iter()
                .map(|said| enclose(said, |bytes| by.sign(bytes).as_ref().to_vec()));
            let probe = Provenance {
                program: PROBE,
                statements: lines.collect::<Vec<_>>().join("\n"),
                keys: key_of(&builder).into_iter().collect(),
            };
            (self.lacks)(&probe).is_empty()
        };
        let whole = [two.clone(), tests("PASSED")];
        cases.control("a program with all of it passes", passes(&whole, &builder));
        let flagged = [
            (
                "one that a stranger signed for is flagged",
                passes(&whole, &stranger),
            ),
            ("one without a statement is", passes(&[], &builder)),
            (
                "one whose tests failed is",
                passes(&[two.clone(), tests("FAILED")], &builder),
            ),
            ("one without tests is", passes(&[two], &builder)),
            (
                "one that one person approved twice is",
                passes(&[built(&PROBE, &["one", "One "]), tests("PASSED")], &builder),
            ),
            (
                "another program is",
                passes(
                    &[built(&[8; 32], &["one", "two"]), tested(&[8; 32], "PASSED")],
                    &builder,
                ),
            ),
        ];
        for (what, passed) in flagged {
            cases.control(what, !passed);
        }
        Ok(())
    }
}

fn builder(site: &Site) -> Result<Ed25519KeyPair, Trouble> {
    let mut seed = [0; 32];
    site.custody.desk().random.fill(&mut seed);
    Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| Trouble("no key could be made".to_owned()))
}

fn key_of(pair: &Ed25519KeyPair) -> Option<PublicKey> {
    pair.public_key().as_ref().try_into().ok().map(PublicKey::Ed25519)
}

fn built(program: &[u8; 32], approvers: &[&str]) -> Value {
    about(
        program,
        "https://slsa.dev/provenance/v1",
        &json!({ "runDetails": { "builder": { "id": "https://probe.invalid" }, "metadata": { "bailee_approvedBy": approvers } } }),
    )
}

fn tested(program: &[u8; 32], result: &str) -> Value {
    let kind = "https://in-toto.io/attestation/test-result/v0.1";
    about(program, kind, &json!({ "result": result }))
}

fn about(program: &[u8; 32], kind: &str, predicate: &Value) -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "bailee", "digest": { "sha256": hex::encode(program) } }],
        "predicateType": kind, "predicate": predicate,
    })
}
