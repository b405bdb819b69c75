//! Whether the program that runs has signed statements about how it came to be: DSSE envelopes around in-toto statements.
//!
//! Promises: only what a known key signed and what names this very program by its SHA-256 counts; foreign bytes of any kind are no
//! statement and never a panic. Leaves out: who holds the keys, and whether what is signed is true.

mod envelope;
mod key;
mod statement;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub use envelope::enclose;
pub use key::{BadKey, PublicKey, keys_of};
use statement::{Says, Statement};

/// The most bytes of statements that are read.
pub const MOST_BYTES: usize = 1 << 20;
/// The most envelopes, one a line.
const MOST_ENVELOPES: usize = 64;

/// A program, what is on file about it, and whose word counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// SHA-256 of the program.
    pub program: [u8; 32],
    /// DSSE envelopes, one a line.
    pub statements: String,
    /// The keys that may have signed.
    pub keys: Vec<PublicKey>,
}

impl Provenance {
    /// What is not shown of this program; nothing when all is.
    pub fn lacks(&self) -> Vec<&'static str> {
        let said = self.said();
        if said.is_empty() {
            return vec!["any statement about this program that a known key signed"];
        }
        let tests: Vec<bool> = said.iter().filter_map(Says::tests).collect();
        let builds = said.iter().any(Says::names_a_builder);
        let enough = said.iter().any(|says| approvers(says).len() >= 2);
        [
            (!builds, "who built it"),
            (
                tests.is_empty() || tests.contains(&false),
                "that its tests passed",
            ),
            (!enough, "two different people who approved it"),
        ]
        .into_iter()
        .filter_map(|(lacks, what)| lacks.then_some(what))
        .collect()
    }

    /// What signed statements say about this program.
    fn said(&self) -> Vec<Says> {
        let lines = self.statements.get(..self.statements.len().min(MOST_BYTES));
        let lines = lines.unwrap_or_default().lines().take(MOST_ENVELOPES);
        lines
            .filter_map(|line| envelope::payload(line, &self.keys))
            .filter_map(|payload| Statement::parse(&payload))
            .filter(|statement| statement.is_about(&self.program))
            .map(|statement| statement.says)
            .collect()
    }
}

/// The different people of one statement, whatever the case of their names.
fn approvers(says: &Says) -> BTreeSet<String> {
    let names = says.approvers().iter().map(|name| name.trim().to_lowercase());
    names.filter(|name| !name.is_empty()).collect()
}
