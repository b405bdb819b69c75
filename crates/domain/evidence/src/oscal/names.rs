//! Ids that stay: UUIDs of version 5 (RFC 9562, section 5.5) of stable names.

use aws_lc_rs::digest;
use serde_json::{Value as Json, json};
use uuid::{Builder, Uuid};

/// The namespace of everything that a Bailee names in OSCAL.
const NAMESPACE: Uuid = Uuid::from_u128(0xd38d_e155_53b5_4e8b_86fa_30c4_6e6d_5bca);
/// The namespace of the properties that are ours.
pub(super) const PROPERTIES: &str = "urn:bailee:ns:oscal";

/// Names of things of one installation.
pub(super) struct Names {
    origin: String,
}

impl Names {
    /// Of the installation whose log has this name.
    pub(super) fn of(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
        }
    }

    /// The id of a thing of this kind and name.
    pub(super) fn id(&self, kind: &str, name: &str) -> String {
        version_5(format!("{}\n{kind}\n{name}", self.origin).as_bytes())
    }

    /// The document under its key, with an id that follows from all that it says.
    pub(super) fn finish(&self, model: &str, mut body: Json) -> Json {
        let id = self.id(model, &body.to_string());
        if let Some(fields) = body.as_object_mut() {
            fields.insert("uuid".to_owned(), Json::String(id));
        }
        json!({ model: body })
    }
}

fn version_5(name: &[u8]) -> String {
    let mut hash = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    hash.update(NAMESPACE.as_bytes());
    hash.update(name);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finish().as_ref()[..16]);
    Builder::from_sha1_bytes(bytes)
        .into_uuid()
        .hyphenated()
        .to_string()
}

/// A property of ours. OSCAL takes no empty ones.
pub(super) fn property(name: &str, value: &str) -> Json {
    let value = value.trim();
    json!({ "name": name, "ns": PROPERTIES, "value": if value.is_empty() { "none" } else { value } })
}

/// Words for a field that must say something.
pub(super) fn words(text: &str, otherwise: &str) -> String {
    match text.trim() {
        "" => otherwise.to_owned(),
        text => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_of_version_5_and_stay() {
        let names = Names::of("log.example/bailee");
        let id = Uuid::parse_str(&names.id("component", "installation")).unwrap();
        assert_eq!(
            (id.get_version_num(), id.get_variant()),
            (5, uuid::Variant::RFC4122)
        );
        assert_eq!(names.id("a", "b"), Names::of("log.example/bailee").id("a", "b"));
        assert_ne!(names.id("a", "b"), Names::of("log.example/other").id("a", "b"));
        assert_ne!(names.id("a", "b"), names.id("b", "a"));
    }

    #[test]
    fn a_document_that_says_something_else_has_another_id() {
        let names = Names::of("log.example/bailee");
        let (one, other) = (
            names.finish("catalog", json!({ "a": 1 })),
            names.finish("catalog", json!({ "a": 2 })),
        );
        assert_ne!(one["catalog"]["uuid"], other["catalog"]["uuid"]);
        assert_eq!(one, names.finish("catalog", json!({ "a": 1 })));
    }
}
