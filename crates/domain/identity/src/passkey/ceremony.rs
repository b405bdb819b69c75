//! What a browser answers, read and verified (WebAuthn Level 2, sections 7.1 and 7.2).
//!
//! Reads text of strangers: refuses with the name of the step that failed, and never panics.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::Value;
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::cose::PublicKey;
use super::{Assertion, Registration, RelyingParty};

/// More than any authenticator answers, without attestation.
const MOST_BYTES: usize = 64 << 10;
/// WebAuthn Level 2, section 7.1, step 24 of later drafts.
const LONGEST_ID: usize = 1023;

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const HAS_CREDENTIAL: u8 = 1 << 6;

/// The step that failed.
pub(super) type Refusal = &'static str;

/// A passkey that was made just now.
#[derive(Debug)]
pub(super) struct NewPasskey {
    pub(super) id: Vec<u8>,
    pub(super) key: Vec<u8>,
    pub(super) count: u32,
}

/// What the server expects of an answer.
pub(super) struct Expected<'a> {
    pub(super) party: &'a RelyingParty,
    pub(super) challenge: [u8; 32],
    /// Whether the authenticator must have verified its person, by finger, face or number.
    pub(super) verified: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

impl Expected<'_> {
    /// A new passkey, if the answer is one to this challenge.
    pub(super) fn registration(&self, answer: &Registration) -> Result<NewPasskey, Refusal> {
        let client_data = decode(&answer.response.client_data)?;
        self.client_data(&client_data, "webauthn.create")?;
        let object = decode(&answer.response.attestation_object)?;
        let data = authenticator_data(&object)?;
        let authenticator = AuthenticatorData::read(&data)?;
        self.authenticator(&authenticator)?;
        let (id, key) = authenticator.credential.ok_or("no-credential")?;
        PublicKey::read(key).ok_or("algorithm")?;
        Ok(NewPasskey {
            id: id.to_vec(),
            key: key.to_vec(),
            count: authenticator.count,
        })
    }

    /// The authenticator's counter, if the answer is one to this challenge by the owner of this key.
    pub(super) fn assertion(&self, answer: &Assertion, key: &[u8]) -> Result<u32, Refusal> {
        let client_data = decode(&answer.response.client_data)?;
        self.client_data(&client_data, "webauthn.get")?;
        let data = decode(&answer.response.authenticator_data)?;
        let authenticator = AuthenticatorData::read(&data)?;
        self.authenticator(&authenticator)?;
        let signature = decode(&answer.response.signature)?;
        let message = [data.as_slice(), digest(&SHA256, &client_data).as_ref()].concat();
        let key = PublicKey::read(key).ok_or("algorithm")?;
        match key.accepts(&message, &signature) {
            true => Ok(authenticator.count),
            false => Err("signature"),
        }
    }

    fn client_data(&self, text: &[u8], kind: &str) -> Result<(), Refusal> {
        let data: ClientData = serde_json::from_slice(text).map_err(|_| "client-data")?;
        let challenge = decode(&data.challenge)?;
        if data.r#type != kind {
            return Err("type");
        }
        if !bool::from(challenge.as_slice().ct_eq(&self.challenge)) {
            return Err("challenge");
        }
        if data.cross_origin || !self.party.origins.contains(&data.origin) {
            return Err("origin");
        }
        Ok(())
    }

    fn authenticator(&self, data: &AuthenticatorData<'_>) -> Result<(), Refusal> {
        if data.party != digest(&SHA256, self.party.id.as_bytes()).as_ref() {
            return Err("relying-party");
        }
        if data.flags & USER_PRESENT == 0 {
            return Err("nobody-present");
        }
        if self.verified && data.flags & USER_VERIFIED == 0 {
            return Err("not-verified");
        }
        Ok(())
    }
}

/// What the authenticator says of itself (section 6.1).
struct AuthenticatorData<'a> {
    party: &'a [u8],
    flags: u8,
    count: u32,
    /// Id and COSE key of a credential that was made.
    credential: Option<(&'a [u8], &'a [u8])>,
}

impl<'a> AuthenticatorData<'a> {
    fn read(data: &'a [u8]) -> Result<Self, Refusal> {
        const CUT_OFF: Refusal = "authenticator-data";
        let (party, rest) = data.split_at_checked(32).ok_or(CUT_OFF)?;
        let (flags, rest) = rest.split_first().ok_or(CUT_OFF)?;
        let (count, rest) = rest.split_first_chunk::<4>().ok_or(CUT_OFF)?;
        let credential = match flags & HAS_CREDENTIAL {
            0 => None,
            _ => Some(credential(rest).ok_or(CUT_OFF)?),
        };
        Ok(Self {
            party,
            flags: *flags,
            count: u32::from_be_bytes(*count),
            credential,
        })
    }
}

/// The make of authenticator, the length of the id, the id, and a key of its own length.
fn credential(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, rest) = rest.split_at_checked(16)?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (id, key) = rest.split_at_checked(length)?;
    if length == 0 || length > LONGEST_ID {
        return None;
    }
    let mut left = key;
    ciborium::from_reader::<Value, _>(&mut left).ok()?;
    Some((id, key.get(..key.len() - left.len())?))
}

/// `authData` out of an attestation object; the attestation itself is not looked at.
fn authenticator_data(object: &[u8]) -> Result<Vec<u8>, Refusal> {
    let Ok(Value::Map(map)) = ciborium::from_reader::<Value, _>(object) else {
        return Err("attestation-object");
    };
    let found = map.into_iter().find(|(key, _)| key.as_text() == Some("authData"));
    let data = found.and_then(|(_, value)| value.into_bytes().ok());
    data.ok_or("attestation-object")
}

/// Base64url, with or without padding, of no more than is sensible.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, Refusal> {
    if text.len() > MOST_BYTES {
        return Err("too-long");
    }
    URL_SAFE_NO_PAD
        .decode(text.trim_end_matches('='))
        .map_err(|_| "base64url")
}
