//! Passkeys: WebAuthn Level 2, as the only step or as the second.
//!
//! Promises: a challenge is random, good once, for five minutes, for one purpose and one tenant; the browser's origin
//! and the relying party's id are those that the operator named, exactly; a credential belongs to one member of the
//! whole installation; where a passkey is the only step, the authenticator has verified its person; a counter that went
//! back is noted in the trail. Leaves out: attestation, which is asked of nobody and not looked at: which make of
//! authenticator somebody has is no reason to trust them.
//!
//! Signatures are checked by `aws-lc-rs`, as everything else is here; what is around them is a page of JSON, a page of
//! CBOR and a fixed layout, which `ceremony` reads.

mod ceremony;
mod cose;
mod making;
mod ops;
mod rows;
#[cfg(test)]
mod tests;

use kernel::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

pub(crate) use making::{Made, offer_to_make, refused_answer};
pub(crate) use ops::use_as_proof;
pub(crate) use rows::{FORGET, SWEEP, has_any};

/// For whom browsers make passkeys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// A name, such as `bailee.example`: the host of the pages, or a domain above it. Passkeys are bound to it for good.
    pub id: String,
    /// Where the pages are, exactly, such as `https://bailee.example`.
    pub origins: Vec<String>,
}

/// What a page gives to the browser.
#[derive(Debug)]
pub struct PasskeyOffer {
    /// Names the ceremony; its answer brings it along.
    pub ticket: SecretString,
    /// When it ends.
    pub ends_at: Timestamp,
    /// What `navigator.credentials` takes, as `PublicKeyCredential.parse…FromJSON` reads it.
    pub options: Json,
}

/// What a browser answers when a passkey was made: `PublicKeyCredential.toJSON()`.
#[derive(Debug, Clone, Deserialize)]
pub struct Registration {
    /// The authenticator's part.
    pub response: RegistrationResponse,
}

/// The authenticator's part of a registration; base64url without padding.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationResponse {
    /// What the browser saw.
    #[serde(rename = "clientDataJSON")]
    pub client_data: String,
    /// What the authenticator made.
    pub attestation_object: String,
}

/// What a browser answers when a passkey was used: `PublicKeyCredential.toJSON()`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assertion {
    /// The credential's id.
    pub raw_id: String,
    /// The authenticator's part.
    pub response: AssertionResponse,
}

/// The authenticator's part of an assertion; base64url without padding.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssertionResponse {
    /// What the browser saw.
    #[serde(rename = "clientDataJSON")]
    pub client_data: String,
    /// What the authenticator says of itself.
    pub authenticator_data: String,
    /// Over both.
    pub signature: String,
    /// Whose it is, as the authenticator was told.
    #[serde(default)]
    pub user_handle: Option<String>,
}

/// A passkey used as a proof beside something else.
#[derive(Debug, Clone)]
pub struct PasskeyProof {
    /// The ceremony's ticket.
    pub ticket: SecretString,
    /// The browser's answer.
    pub assertion: Box<Assertion>,
}

/// A passkey in a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PasskeyEntry {
    /// Names it for [`crate::Identity::remove_passkey`].
    pub id: String,
    /// What its person calls it.
    pub label: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

/// What is sealed of a passkey.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Its id, hex.
    pub(crate) id: String,
    /// Its public key as the authenticator gave it (COSE), hex.
    pub(crate) key: String,
    pub(crate) label: String,
}
