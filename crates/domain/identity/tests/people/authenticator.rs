//! An authenticator and its browser, for tests.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::Value;
use identity::{PasskeyOffer, PasskeyProof, Registration};
use serde_json::{Value as Json, json};

/// Holds one passkey.
pub(crate) struct Authenticator {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    handle: String,
    /// What it counts, and says.
    pub(crate) count: u32,
    /// Whether it verifies its person.
    pub(crate) verifies: bool,
    /// Where its browser is.
    pub(crate) origin: &'static str,
}

impl Authenticator {
    pub(crate) fn new(id: u8) -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            id: vec![id; 20],
            handle: String::new(),
            count: 0,
            verifies: true,
            origin: "https://bailee.example",
        }
    }

    /// Makes the passkey.
    pub(crate) fn make(&mut self, offer: &PasskeyOffer) -> Registration {
        self.handle = offer.options["user"]["id"].as_str().unwrap().to_owned();
        let point = self.key.public_key().as_ref();
        let key = Value::Map(vec![
            (1.into(), 2.into()),
            (3.into(), (-7).into()),
            ((-1).into(), 1.into()),
            ((-2).into(), Value::Bytes(point[1..33].to_vec())),
            ((-3).into(), Value::Bytes(point[33..].to_vec())),
        ]);
        let mut data = self.data(offer.options["rp"]["id"].as_str().unwrap(), 1 << 6);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        ciborium::into_writer(&key, &mut data).unwrap();
        let object = Value::Map(vec![
            ("fmt".into(), "none".into()),
            ("attStmt".into(), Value::Map(Vec::new())),
            ("authData".into(), Value::Bytes(data)),
        ]);
        let mut bytes = Vec::new();
        ciborium::into_writer(&object, &mut bytes).unwrap();
        let answer = json!({ "response": {
            "clientDataJSON": URL_SAFE_NO_PAD.encode(self.seen(offer, "webauthn.create")),
            "attestationObject": URL_SAFE_NO_PAD.encode(bytes),
        } });
        serde_json::from_value(answer).unwrap()
    }

    /// Uses it.
    pub(crate) fn answer(&mut self, offer: &PasskeyOffer) -> PasskeyProof {
        self.count += 1;
        let seen = self.seen(offer, "webauthn.get");
        let data = self.data(offer.options["rpId"].as_str().unwrap(), 0);
        let message = [data.as_slice(), digest(&SHA256, &seen).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &message).unwrap();
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let answer: Json = json!({ "rawId": text(&self.id), "response": {
            "clientDataJSON": text(&seen),
            "authenticatorData": text(&data),
            "signature": text(signature.as_ref()),
            "userHandle": self.handle,
        } });
        PasskeyProof {
            ticket: offer.ticket.clone(),
            assertion: Box::new(serde_json::from_value(answer).unwrap()),
        }
    }

    fn seen(&self, offer: &PasskeyOffer, kind: &str) -> Vec<u8> {
        let seen = json!({ "type": kind, "challenge": offer.options["challenge"], "origin": self.origin });
        serde_json::to_vec(&seen).unwrap()
    }

    fn data(&self, party: &str, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { 1 << 2 } else { 0 };
        let mut data = digest(&SHA256, party.as_bytes()).as_ref().to_vec();
        data.push(flags | 1 | verified);
        data.extend(self.count.to_be_bytes());
        data
    }
}
