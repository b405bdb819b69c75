//! Receipts: one text file that proves one event to somebody who has nothing but the log's key.
//!
//! Promises: every byte of a receipt is bound by the log's or a witness's signature, or by strict reading:
//! a receipt with any byte changed, added or left out does not verify. Whole cosignature lines can be left out
//! as long as the policy's quorum stays. Leaves out: who the chain belongs to, which the event itself says.
//!
//! ```text
//! bailee receipt v1
//! event {"action":"item.read", …}
//! salt <base64>
//! sequence 17
//! previous <base64>
//! c2sp.org/tlog-proof@v1
//! index 290
//! <base64> …
//!
//! <checkpoint with signatures>
//! ```

use std::fmt;

use serde_json::Value;

use crate::Hash;
use crate::Policy;
use crate::Salt;
use crate::canonical;
use crate::canonical::MAX_EVENT_BYTES;
use crate::canonical::NotCanonical;
use crate::checkpoint::VerifiedCheckpoint;
use crate::commit;
use crate::link;
use crate::proof::MAX_PROOF_BYTES;
use crate::proof::Proof;
use crate::proof::ProofError;
use crate::text;

const MAGIC: &str = "bailee receipt v1";
/// The longest receipt that is read, in bytes.
pub const MAX_RECEIPT_BYTES: usize = MAX_EVENT_BYTES + MAX_PROOF_BYTES + 1_024;

/// A receipt that nobody has verified yet. What it says can be had only through [`Receipt::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    event: String,
    salt: Salt,
    sequence: u64,
    previous: Hash,
    proof: Proof,
}

/// What a verified receipt proves.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedReceipt {
    /// The event.
    pub event: Value,
    /// The event's canonical text.
    pub event_text: String,
    /// The entry's place in the log, from 0.
    pub index: u64,
    /// The event's place in its chain, from 0.
    pub sequence: u64,
    /// The link before it, [`Hash::ZERO`] at place 0.
    pub previous: Hash,
    /// Its own link, which is the log entry. The next event of the chain names it.
    pub link: Hash,
    /// The head of the log, and who cosigned it when.
    pub checkpoint: VerifiedCheckpoint,
}

/// Why a receipt is not read or believed.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// The bytes are not a receipt.
    #[error("not a receipt: {0}")]
    Form(&'static str),
    /// The event is not canonical JSON.
    #[error("the event in the receipt is not canonical: {0}")]
    Event(#[from] NotCanonical),
    /// The proof or its checkpoint.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// A signature line is of a key that the policy does not name, so nothing says that it is unchanged.
    #[error(
        "{0} signed too, and its key is not given: give its key, or allow signatures of unknown witnesses"
    )]
    UnknownSigner(String),
    /// The log's line is not the first, or a key has two lines.
    #[error(
        "the signature lines are not the log's and then each witness's once: use the receipt as it was issued"
    )]
    SignatureLines,
}

impl Receipt {
    /// Puts a receipt together. `event` must be canonical, `proof` must have no extra data.
    pub fn new(
        event: &str,
        salt: Salt,
        sequence: u64,
        previous: Hash,
        proof: Proof,
    ) -> Result<Self, ReceiptError> {
        canonical::parse(event.as_bytes())?;
        if (sequence == 0) != (previous == Hash::ZERO) {
            return Err(ReceiptError::Form(
                "exactly the first entry of a chain has zeros for the previous link",
            ));
        }
        if proof.extra.is_some() {
            return Err(ReceiptError::Form(
                "it has extra data, which nothing authenticates",
            ));
        }
        Ok(Self {
            event: event.to_owned(),
            salt,
            sequence,
            previous,
            proof,
        })
    }

    /// Reads a receipt, verifying nothing.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        if bytes.len() > MAX_RECEIPT_BYTES {
            return Err(ReceiptError::Form("it is too long"));
        }
        let mut rest = std::str::from_utf8(bytes).map_err(|_| ReceiptError::Form("it is not UTF-8"))?;
        if text::take_line(&mut rest) != Some(MAGIC) {
            return Err(ReceiptError::Form("it does not begin with `bailee receipt v1`"));
        }
        let event =
            take_field(&mut rest, "event ").ok_or(ReceiptError::Form("its second line is no event"))?;
        let salt = take_field(&mut rest, "salt ").and_then(text::hash);
        let salt = *salt
            .ok_or(ReceiptError::Form("its third line is no salt"))?
            .as_bytes();
        let sequence = take_field(&mut rest, "sequence ").and_then(text::decimal);
        let sequence = sequence.ok_or(ReceiptError::Form("its fourth line is no sequence number"))?;
        let previous = take_field(&mut rest, "previous ").and_then(text::hash);
        let previous = previous.ok_or(ReceiptError::Form("its fifth line is no previous link"))?;
        Self::new(event, salt, sequence, previous, Proof::parse(rest.as_bytes())?)
    }

    /// Verifies every byte against keys that come from elsewhere.
    ///
    /// A signature of a key that the policy does not name is refused, because nothing would notice its change.
    pub fn verify(&self, policy: &Policy) -> Result<VerifiedReceipt, ReceiptError> {
        let verified = self.verify_ignoring_unknown(policy)?;
        if let Some(name) = verified.checkpoint.unknown().first() {
            return Err(ReceiptError::UnknownSigner(name.clone()));
        }
        let lines = self.proof.checkpoint.note().signatures();
        let log = policy.log();
        let log_first = lines
            .first()
            .is_some_and(|line| line.name() == log.name() && line.key_id() == log.id());
        if !log_first || lines.len() != 1 + verified.checkpoint.cosignatures().len() {
            return Err(ReceiptError::SignatureLines);
        }
        Ok(verified)
    }

    /// Verifies like [`Receipt::verify`], but tolerates signature lines that it cannot check. The event, its place
    /// and the head of the log are as certain; those lines prove nothing and are named in
    /// [`VerifiedCheckpoint::unknown`].
    pub fn verify_ignoring_unknown(&self, policy: &Policy) -> Result<VerifiedReceipt, ReceiptError> {
        let link = link(
            self.sequence,
            &self.previous,
            &commit(&self.salt, self.event.as_bytes()),
        );
        let checkpoint = self.proof.verify(link.as_bytes(), policy)?;
        Ok(VerifiedReceipt {
            event: canonical::parse(self.event.as_bytes())?,
            event_text: self.event.clone(),
            index: self.proof.index,
            sequence: self.sequence,
            previous: self.previous,
            link,
            checkpoint,
        })
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{MAGIC}\nevent {}\nsalt {}",
            self.event,
            text::base64(&self.salt)
        )?;
        writeln!(f, "sequence {}\nprevious {}", self.sequence, self.previous)?;
        self.proof.fmt(f)
    }
}

fn take_field<'a>(rest: &mut &'a str, name: &str) -> Option<&'a str> {
    text::take_line(rest)?.strip_prefix(name)
}

#[cfg(test)]
mod tests;
