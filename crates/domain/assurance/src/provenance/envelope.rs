//! DSSE envelopes (<https://github.com/secure-systems-lab/dsse>, protocol 1.0).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::Deserialize;
use serde_json::{Value, json};

use super::PublicKey;

/// What in-toto statements are called in envelopes.
const IN_TOTO: &str = "application/vnd.in-toto+json";
/// The most signatures that are tried.
const MOST_SIGNATURES: usize = 16;

#[derive(Deserialize)]
struct Envelope {
    payload: String,
    #[serde(rename = "payloadType")]
    kind: String,
    signatures: Vec<Signature>,
}

#[derive(Deserialize)]
struct Signature {
    sig: String,
}

/// What is in an envelope that one of these keys signed. Which key a signature claims to be by is a hint, and not asked.
pub(super) fn payload(text: &str, keys: &[PublicKey]) -> Option<Vec<u8>> {
    let envelope: Envelope = serde_json::from_str(text).ok()?;
    let payload = decoded(&envelope.payload)?;
    let signed = signed(&envelope.kind, &payload);
    let mut signatures = envelope.signatures.iter().take(MOST_SIGNATURES);
    let is_known = signatures.any(|signature| {
        let signature = decoded(&signature.sig);
        signature.is_some_and(|signature| keys.iter().any(|key| key.verifies(&signed, &signature)))
    });
    (envelope.kind == IN_TOTO && is_known).then_some(payload)
}

/// Both alphabets may be used.
fn decoded(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

/// An envelope around a statement, on one line, signed so.
pub fn enclose(statement: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let payload = statement.to_string().into_bytes();
    let signature = sign(&signed(IN_TOTO, &payload));
    let text = |bytes: &[u8]| STANDARD.encode(bytes);
    json!({
        "payload": text(&payload), "payloadType": IN_TOTO, "signatures": [{ "sig": text(&signature) }],
    })
    .to_string()
}

/// The bytes that are signed, PAE in the protocol.
fn signed(kind: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len());
    [head.as_bytes(), payload].concat()
}
