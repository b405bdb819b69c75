//! Whom a verifier trusts: one log, and how many of which witnesses.

use crate::KeyKind;
use crate::VerifierKey;

/// A log's key and a quorum of witnesses. Comes from outside, never from what is being verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// INVARIANT: the log's key first, then witnesses, no public key twice.
    keys: Vec<VerifierKey>,
    quorum: usize,
}

/// Why keys make no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPolicy {
    /// More witnesses are asked for than are named.
    #[error("{quorum} witnesses are asked for and {named} named: name more or ask for fewer")]
    Quorum {
        /// How many must sign.
        quorum: usize,
        /// How many could.
        named: usize,
    },
    /// One key would count twice.
    #[error("{0} has the same key as another name: name every witness once")]
    SameKey(String),
    /// A log's key among the witnesses, or the other way round.
    #[error("{0} is a key of the other kind: a log's key has type 0x01, a witness's type 0x04")]
    Kind(String),
}

impl Policy {
    /// Trusts the log's own signature alone.
    pub fn log_only(log: VerifierKey) -> Result<Self, BadPolicy> {
        Self::new(log, Vec::new(), 0)
    }

    /// Trusts what the log and at least `quorum` of the witnesses signed.
    pub fn new(log: VerifierKey, witnesses: Vec<VerifierKey>, quorum: usize) -> Result<Self, BadPolicy> {
        if quorum > witnesses.len() {
            return Err(BadPolicy::Quorum {
                quorum,
                named: witnesses.len(),
            });
        }
        let mut keys = Vec::with_capacity(1 + witnesses.len());
        add(&mut keys, log, KeyKind::Log)?;
        for witness in witnesses {
            add(&mut keys, witness, KeyKind::Cosignature)?;
        }
        Ok(Self { keys, quorum })
    }

    /// The log's key.
    pub fn log(&self) -> &VerifierKey {
        &self.keys[0]
    }

    /// How many witnesses must have signed.
    pub const fn quorum(&self) -> usize {
        self.quorum
    }

    /// The log's key and then the witnesses'.
    pub fn keys(&self) -> &[VerifierKey] {
        &self.keys
    }
}

/// One public key under two names would let one holder count as two.
fn add(keys: &mut Vec<VerifierKey>, key: VerifierKey, kind: KeyKind) -> Result<(), BadPolicy> {
    if key.kind() != kind {
        return Err(BadPolicy::Kind(key.name().to_owned()));
    }
    if keys.iter().any(|known| known.public() == key.public()) {
        return Err(BadPolicy::SameKey(key.name().to_owned()));
    }
    keys.push(key);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, kind: KeyKind, byte: u8) -> VerifierKey {
        VerifierKey::new(name, kind, [byte; 32]).unwrap()
    }

    #[test]
    fn a_quorum_needs_distinct_witnesses() {
        let log = key("log", KeyKind::Log, 1);
        let witness = |name, byte| key(name, KeyKind::Cosignature, byte);
        assert!(Policy::new(log.clone(), vec![witness("a", 2), witness("b", 3)], 2).is_ok());
        assert_eq!(
            Policy::new(log.clone(), vec![witness("a", 2), witness("b", 2)], 2),
            Err(BadPolicy::SameKey("b".into()))
        );
        assert_eq!(
            Policy::new(log.clone(), vec![], 1),
            Err(BadPolicy::Quorum { quorum: 1, named: 0 })
        );
        assert_eq!(
            Policy::new(log.clone(), vec![log], 0),
            Err(BadPolicy::Kind("log".into()))
        );
    }
}
