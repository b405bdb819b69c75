//! Signed notes (C2SP signed-note): a text and lines of signatures.
//!
//! Promises: strict reading, so that a note has one spelling and is written back as it was read; bounds on
//! size; unknown keys are reported and otherwise ignored, a known key whose signature fails spoils the note.
//! Leaves out: the meaning of the text, see [`crate::checkpoint`].

use std::fmt;

use crate::KeyKind;
use crate::SigningKey;
use crate::VerifierKey;
use crate::is_key_name;
use crate::text;

/// The longest note that is read, in bytes.
pub const MAX_NOTE_BYTES: usize = 512 * 1024;
/// The most signatures that one note may have.
pub const MAX_SIGNATURES: usize = 64;
/// How a signature line begins: an em dash and a space.
const DASH: &str = "\u{2014} ";

/// A text with signatures that nobody has verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// One signature line: `— <name> <base64(u32be key id ‖ signature)>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    name: String,
    key_id: u32,
    bytes: Vec<u8>,
}

/// A signature that has been verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedSignature {
    /// Whose.
    pub key: VerifierKey,
    /// When a witness signed, in seconds since 1970-01-01T00:00:00Z; a log's own signature has no time.
    pub time: Option<u64>,
}

/// The outcome of [`Note::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// At least one, in the order of the lines.
    pub signatures: Vec<VerifiedSignature>,
    /// Names on the lines of keys that were not given. Anyone can add such a line.
    pub unknown: Vec<String>,
}

/// Why a note is not read, made or believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The bytes are not a note.
    #[error("not a signed note: {0}")]
    Form(&'static str),
    /// A known key's signature fails.
    #[error("the signature of {0} does not fit the text: the text or the signature was changed")]
    BadSignature(String),
    /// None of the keys signed.
    #[error("none of the given keys signed this note")]
    NoKnownSignature,
    /// Two of the given keys cannot be told apart.
    #[error("two different keys of {0} have the same id: remove one of them")]
    Ambiguous(String),
    /// A log's key where a witness's is needed, or the other way round.
    #[error("the key is of the other kind: a log signs with type 0x01, a witness with type 0x04")]
    WrongKind,
}

impl Note {
    /// A note with this text and no signature yet. The text ends in a newline.
    pub fn unsigned(text: &str) -> Result<Self, NoteError> {
        check_characters(text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::Form("the text must end in a newline"));
        }
        Ok(Self {
            text: text.to_owned(),
            signatures: Vec::new(),
        })
    }

    /// Reads a note, verifying nothing.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::Form("it is longer than 512 KiB"));
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::Form("it is not UTF-8"))?;
        check_characters(whole)?;
        let end = whole
            .rfind("\n\n")
            .ok_or(NoteError::Form("there is no empty line before the signatures"))?;
        let (text, mut rest) = (&whole[..=end], &whole[end + 2..]);
        let mut signatures = Vec::new();
        while !rest.is_empty() {
            if signatures.len() == MAX_SIGNATURES {
                return Err(NoteError::Form("it has more than 64 signatures"));
            }
            signatures.push(Signature::take(&mut rest)?);
        }
        if signatures.is_empty() {
            return Err(NoteError::Form("it has no signature"));
        }
        Ok(Self {
            text: text.to_owned(),
            signatures,
        })
    }

    /// The text, with its final newline. Believe it only after [`Note::verify`].
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a log's signature.
    pub fn sign(&mut self, key: &SigningKey) -> Result<(), NoteError> {
        if key.verifier().kind() != KeyKind::Log {
            return Err(NoteError::WrongKind);
        }
        self.add(Signature::by(key, key.sign(self.text.as_bytes())))
    }

    /// Makes a witness's line at `seconds` since 1970-01-01T00:00:00Z (C2SP tlog-cosignature). Verify first.
    pub fn cosignature(&self, key: &SigningKey, seconds: u64) -> Result<Signature, NoteError> {
        if key.verifier().kind() != KeyKind::Cosignature {
            return Err(NoteError::WrongKind);
        }
        let signature = key.sign(&cosigned_message(&self.text, seconds));
        Ok(Signature::by(
            key,
            [&seconds.to_be_bytes(), signature.as_slice()].concat(),
        ))
    }

    /// Adds a line, such as a witness's answer. It is not verified.
    pub fn add(&mut self, signature: Signature) -> Result<(), NoteError> {
        if self.signatures.len() == MAX_SIGNATURES {
            return Err(NoteError::Form("it has more than 64 signatures"));
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// Verifies every line whose name and id are one of the keys'. Several lines of one key must all be good;
    /// the first is reported.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<Verified, NoteError> {
        let mut verified = Verified {
            signatures: Vec::<VerifiedSignature>::new(),
            unknown: Vec::new(),
        };
        for line in &self.signatures {
            let Some(key) = line.key_among(keys)? else {
                verified.unknown.push(line.name.clone());
                continue;
            };
            let time = line.verify(&self.text, key)?;
            if verified.signatures.iter().all(|known| known.key != *key) {
                verified.signatures.push(VerifiedSignature {
                    key: key.clone(),
                    time,
                });
            }
        }
        if verified.signatures.is_empty() {
            Err(NoteError::NoKnownSignature)
        } else {
            Ok(verified)
        }
    }
}

impl fmt::Display for Note {
    /// The note as it is published. Without any signature it cannot be read back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| write!(f, "{line}"))
    }
}

impl Signature {
    /// Reads one line with its newline, as a witness answers it.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        let mut rest = std::str::from_utf8(bytes).map_err(|_| NoteError::Form("it is not UTF-8"))?;
        if rest.len() > MAX_NOTE_BYTES {
            return Err(NoteError::Form("it is longer than 512 KiB"));
        }
        let signature = Self::take(&mut rest)?;
        if rest.is_empty() {
            Ok(signature)
        } else {
            Err(NoteError::Form("there is more than one line"))
        }
    }

    /// The name on the line.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id on the line.
    pub const fn key_id(&self) -> u32 {
        self.key_id
    }

    fn by(key: &SigningKey, bytes: Vec<u8>) -> Self {
        Self {
            name: key.verifier().name().to_owned(),
            key_id: key.verifier().id(),
            bytes,
        }
    }

    fn take(rest: &mut &str) -> Result<Self, NoteError> {
        const BAD: NoteError = NoteError::Form("a signature line is not `\u{2014} <name> <base64>`");
        let line = text::take_line(rest)
            .and_then(|line| line.strip_prefix(DASH))
            .ok_or(BAD)?;
        let (name, payload) = line.split_once(' ').ok_or(BAD)?;
        let payload = text::from_base64(payload).ok_or(BAD)?;
        let (key_id, bytes) = payload.split_first_chunk().ok_or(BAD)?;
        if !is_key_name(name) || bytes.is_empty() {
            return Err(BAD);
        }
        Ok(Self {
            name: name.to_owned(),
            key_id: u32::from_be_bytes(*key_id),
            bytes: bytes.to_vec(),
        })
    }

    fn key_among<'k>(&self, keys: &'k [VerifierKey]) -> Result<Option<&'k VerifierKey>, NoteError> {
        let mut matching = keys
            .iter()
            .filter(|key| key.name() == self.name && key.id() == self.key_id);
        let found = matching.next();
        if matching.any(|other| Some(other) != found) {
            return Err(NoteError::Ambiguous(self.name.clone()));
        }
        Ok(found)
    }

    /// Gives the time of a cosignature.
    fn verify(&self, text: &str, key: &VerifierKey) -> Result<Option<u64>, NoteError> {
        let (time, good) = match (key.kind(), self.bytes.split_first_chunk()) {
            (KeyKind::Log, _) => (None, key.accepts(text.as_bytes(), &self.bytes)),
            (KeyKind::Cosignature, Some((seconds, signature))) => {
                let seconds = u64::from_be_bytes(*seconds);
                (
                    Some(seconds),
                    key.accepts(&cosigned_message(text, seconds), signature),
                )
            }
            (KeyKind::Cosignature, None) => (None, false),
        };
        if good {
            Ok(time)
        } else {
            Err(NoteError::BadSignature(self.name.clone()))
        }
    }
}

impl fmt::Display for Signature {
    /// The line with its newline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = [&self.key_id.to_be_bytes(), self.bytes.as_slice()].concat();
        writeln!(f, "{DASH}{} {}", self.name, text::base64(&payload))
    }
}

/// A witness signs the time along with the text, so that a cosignature also says when.
fn cosigned_message(text: &str, seconds: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {seconds}\n{text}").into_bytes()
}

fn check_characters(text: &str) -> Result<(), NoteError> {
    let control = |byte: u8| byte < 0x20 && byte != b'\n';
    if text.bytes().any(control) {
        return Err(NoteError::Form("it has a control character other than a newline"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
