//! What the program that runs knows of itself, for checks that compare it with what is on file.
//!
//! Promises: nothing here is secret. Leaves out: how the program finds it out.

use crate::provenance::Provenance;

/// What a program says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The services that it runs, by their words in the register of services.
    pub services: Vec<&'static str>,
    /// SHA-256 of the configuration that it started with, secrets left out.
    pub configuration: [u8; 32],
    /// What is on file about how it was built, where somebody's word about that counts.
    pub provenance: Option<Provenance>,
}
