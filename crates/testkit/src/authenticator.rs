//! What people prove with who they are: a passkey's authenticator with its browser, and an app that shows codes.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::Value;
use identity::{PasskeyOffer, PasskeyProof, Registration};
use serde_json::{Value as Json, json};

/// Holds one passkey.
pub struct Authenticator {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    handle: String,
    /// What it counts, and says.
    pub count: u32,
    /// Whether it verifies its person.
    pub verifies: bool,
    /// Where its browser is.
    pub origin: &'static str,
}

impl Authenticator {
    /// One that holds nothing yet; ids tell several apart.
    pub fn new(id: u8) -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            id: vec![id; 20],
            handle: String::new(),
            count: 0,
            verifies: true,
            origin: "https://bailee.example",
        }
    }

    /// Makes the passkey: what `PublicKeyCredential.toJSON()` gives for these options.
    pub fn made(&mut self, options: &Json) -> Json {
        self.handle = options["user"]["id"].as_str().unwrap().to_owned();
        let point = self.key.public_key().as_ref();
        let key = Value::Map(vec![
            (1.into(), 2.into()),
            (3.into(), (-7).into()),
            ((-1).into(), 1.into()),
            ((-2).into(), Value::Bytes(point[1..33].to_vec())),
            ((-3).into(), Value::Bytes(point[33..].to_vec())),
        ]);
        let mut data = self.data(options["rp"]["id"].as_str().unwrap(), 1 << 6);
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
        json!({ "type": "public-key", "response": {
            "clientDataJSON": text(&self.seen(options, "webauthn.create")),
            "attestationObject": text(&bytes),
        } })
    }

    /// Uses it: what `PublicKeyCredential.toJSON()` gives for these options.
    pub fn used(&mut self, options: &Json) -> Json {
        self.count += 1;
        let seen = self.seen(options, "webauthn.get");
        let data = self.data(options["rpId"].as_str().unwrap(), 0);
        let message = [data.as_slice(), digest(&SHA256, &seen).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &message).unwrap();
        json!({ "type": "public-key", "rawId": text(&self.id), "response": {
            "clientDataJSON": text(&seen),
            "authenticatorData": text(&data),
            "signature": text(signature.as_ref()),
            "userHandle": self.handle,
        } })
    }

    /// As [`Authenticator::made`], for whoever speaks with `identity` itself.
    pub fn make(&mut self, offer: &PasskeyOffer) -> Registration {
        serde_json::from_value(self.made(&offer.options)).unwrap()
    }

    /// As [`Authenticator::used`], for whoever speaks with `identity` itself.
    pub fn answer(&mut self, offer: &PasskeyOffer) -> PasskeyProof {
        PasskeyProof {
            ticket: offer.ticket.clone(),
            assertion: Box::new(serde_json::from_value(self.used(&offer.options)).unwrap()),
        }
    }

    fn seen(&self, options: &Json, kind: &str) -> Vec<u8> {
        let seen = json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin });
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

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The code that an app with this base32 secret shows at this second: RFC 6238, written a second time so that the tests
/// have a view of their own.
pub fn code_of_app(secret: &str, seconds: i64) -> String {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: Vec<bool> = secret
        .chars()
        .flat_map(|c| {
            let value = LETTERS.find(c).unwrap();
            (0..5).rev().map(move |bit| value >> bit & 1 == 1)
        })
        .collect();
    let key: Vec<u8> = bits
        .chunks_exact(8)
        .map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit)))
        .collect();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = aws_lc_rs::hmac::sign(&key, &(seconds / 30).to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes(tag[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}
