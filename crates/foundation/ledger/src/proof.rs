//! Proof bundles (C2SP tlog-proof, `.tlog-proof`): one entry's inclusion and the checkpoint it leads to.
//!
//! Promises: strict reading and writing, verification offline against a [`Policy`]. Leaves out: what the
//! entry means; the caller brings its bytes. Receipts add that.

use std::fmt;

use crate::Hash;
use crate::Policy;
use crate::checkpoint::CheckpointError;
use crate::checkpoint::SignedCheckpoint;
use crate::checkpoint::VerifiedCheckpoint;
use crate::note::MAX_NOTE_BYTES;
use crate::text;
use crate::tree::ProofRefused;
use crate::tree::verify_inclusion;

const MAGIC: &str = "c2sp.org/tlog-proof@v1";
/// A path in the largest possible tree.
const MAX_HASHES: usize = 64;
/// The longest extra data that are read, in bytes of base64.
const MAX_EXTRA_TEXT: usize = 64 * 1024;
/// The longest bundle that is read, in bytes.
pub const MAX_PROOF_BYTES: usize = MAX_NOTE_BYTES + MAX_EXTRA_TEXT + 8 * 1024;

/// One entry's proof, not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Data beside the proof that nothing authenticates.
    pub extra: Option<Vec<u8>>,
    /// The entry's place in the log, from 0.
    pub index: u64,
    /// The inclusion proof, leaf's sibling first.
    pub hashes: Vec<Hash>,
    /// The checkpoint it leads to, with every signature line.
    pub checkpoint: SignedCheckpoint,
}

/// Why a proof is not read or believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The bytes are not a proof bundle.
    #[error("not a proof: {0}")]
    Form(&'static str),
    /// Something about the checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The entry is not in the log that the checkpoint is the head of.
    #[error(transparent)]
    Refused(#[from] ProofRefused),
}

impl Proof {
    /// Reads a bundle, verifying nothing.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        if bytes.len() > MAX_PROOF_BYTES {
            return Err(ProofError::Form("it is too long"));
        }
        let mut rest = std::str::from_utf8(bytes).map_err(|_| ProofError::Form("it is not UTF-8"))?;
        if text::take_line(&mut rest) != Some(MAGIC) {
            return Err(ProofError::Form("it does not begin with c2sp.org/tlog-proof@v1"));
        }
        let mut line = text::take_line(&mut rest);
        let extra = line
            .and_then(|line| line.strip_prefix("extra "))
            .map(read_extra)
            .transpose()?;
        if extra.is_some() {
            line = text::take_line(&mut rest);
        }
        let index = line
            .and_then(|line| line.strip_prefix("index "))
            .and_then(text::decimal);
        let index = index.ok_or(ProofError::Form("there is no index"))?;
        let hashes = take_hashes(&mut rest)?;
        Ok(Self {
            extra,
            index,
            hashes,
            checkpoint: SignedCheckpoint::parse(rest.as_bytes())?,
        })
    }

    /// Verifies that `entry` is in the log that the policy trusts. Lines of unknown keys are ignored.
    pub fn verify(&self, entry: &[u8], policy: &Policy) -> Result<VerifiedCheckpoint, ProofError> {
        let verified = self.checkpoint.verify(policy)?;
        let head = verified.checkpoint();
        verify_inclusion(
            &Hash::leaf(entry),
            self.index,
            head.size,
            &self.hashes,
            &head.root,
        )?;
        Ok(verified)
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{MAGIC}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", text::base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

fn read_extra(text: &str) -> Result<Vec<u8>, ProofError> {
    let short = (text.len() <= MAX_EXTRA_TEXT).then_some(text);
    short.and_then(text::from_base64).ok_or(ProofError::Form(
        "the extra data are not base64 of at most 48 KiB",
    ))
}

fn take_hashes(rest: &mut &str) -> Result<Vec<Hash>, ProofError> {
    let mut hashes = Vec::new();
    loop {
        match text::take_line(rest) {
            Some("") => return Ok(hashes),
            Some(line) if hashes.len() < MAX_HASHES => {
                hashes.push(text::hash(line).ok_or(ProofError::Form("a line is not a hash"))?);
            }
            Some(_) => return Err(ProofError::Form("it has more than 64 hashes")),
            None => return Err(ProofError::Form("there is no checkpoint")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = include_str!("../vectors/entry-290.tlog-proof");

    #[test]
    fn extra_data_are_carried() {
        let with_extra = GOOD.replace("@v1\n", "@v1\nextra AAEC\n");
        let proof = Proof::parse(with_extra.as_bytes()).unwrap();
        assert_eq!(proof.extra.as_deref(), Some(&[0, 1, 2][..]));
        assert_eq!(proof.to_string(), with_extra);
    }

    #[test]
    fn other_spellings_are_refused() {
        for bad in [
            GOOD.replace("@v1", "@v2"),
            GOOD.replace("index 290", "index 0290"),
            GOOD.replace("index 290", "index  290"),
            GOOD.replace("index 290\n", ""),
            GOOD.replace("@v1\n", "@v1\nextra AAEC\nextra AAEC\n"),
            GOOD.replace("\n\nlog", "\nlog"),
            GOOD.replace("\n\nlog", "\n\n\nlog"),
            GOOD.replace(
                "index 290\n",
                &format!("index 290\n{}", format!("{}\n", Hash::ZERO).repeat(60)),
            ),
        ] {
            assert!(Proof::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_written_back(place in 0usize..2_000, new in proptest::collection::vec(any::<u8>(), 0..9)) {
            let mut bytes = GOOD.as_bytes().to_vec();
            let start = place % bytes.len();
            bytes.splice(start..(start + new.len()).min(GOOD.len()), new.iter().copied());
            for bytes in [&bytes, &new] {
                if let Ok(proof) = Proof::parse(bytes) {
                    prop_assert_eq!(&proof.to_string().into_bytes(), bytes);
                }
            }
        }
    }
}
