//! `PATCH` (RFC 7644, section 3.5.2), as Okta and Entra ID send it.

use serde_json::{Map, Value as Json};

use super::draft::Draft;
use super::fault::{Answer, Fault};
use super::path::{self, Attribute};

/// The most operations of one request.
const MOST: usize = 1_000;

/// What the operations say, one after the other. Nothing is done unless all can be read.
pub(super) fn read(body: &Map<String, Json>) -> Answer<Draft> {
    let operations = member(body, "operations").and_then(Json::as_array);
    let operations = operations.filter(|operations| (1..=MOST).contains(&operations.len()));
    let problem = "send 1 to 1,000 Operations, each with op, path and value";
    let mut draft = Draft::default();
    for operation in operations.ok_or_else(|| Fault::syntax(problem))? {
        let operation = operation.as_object().ok_or_else(|| Fault::syntax(problem))?;
        apply(&mut draft, operation)?;
    }
    Ok(draft)
}

fn apply(draft: &mut Draft, operation: &Map<String, Json>) -> Answer<()> {
    let op = member(operation, "op").and_then(Json::as_str);
    let op = op.unwrap_or_default().to_ascii_lowercase();
    let path = member(operation, "path").filter(|path| !path.is_null());
    let path = match path.map(|path| path.as_str().ok_or_else(Fault::path)) {
        None => None,
        Some(path) => Some(path::read(path?)?),
    };
    let value = member(operation, "value");
    match (op.as_str(), path, value) {
        ("add" | "replace", Some(attribute), Some(value)) => draft.say(attribute, value),
        ("add" | "replace", None, Some(Json::Object(attributes))) => draft.say_all(attributes),
        ("remove", Some(attribute), _) => draft.forget(attribute),
        ("remove", None, _) => Err(Fault::no_target()),
        ("add" | "replace", Some(Attribute::Other), None) => Ok(()),
        ("add" | "replace", ..) => Err(Fault::syntax(
            "say in value what is to be there; without a path, an object",
        )),
        _ => Err(Fault::syntax("op is add, replace or remove")),
    }
}

/// A member by its name, whatever the case of its letters.
fn member<'a>(object: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    let mut members = object.iter();
    members
        .find(|(other, _)| other.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn of(operations: Json) -> Answer<Draft> {
        let body =
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
        read(body.as_object().unwrap())
    }

    #[test]
    fn what_okta_and_entra_send_says_the_same() {
        let plain = of(json!([{ "op": "replace", "path": "active", "value": false }])).unwrap();
        for other in [
            json!([{ "op": "replace", "value": { "active": false } }]),
            json!([{ "op": "Replace", "path": "active", "value": "False" }]),
            json!([{ "op": "Add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active", "value": false }]),
            json!([{ "op": "replace", "value": { "active": "false", "title": "x" } }, { "op": "add", "path": "title", "value": 1 }]),
        ] {
            assert_eq!(of(other.clone()).unwrap(), plain, "{other}");
        }
        let dotted =
            of(json!([{ "op": "Add", "value": { "name.givenName": "Ada", "displayName": "Ada" } }])).unwrap();
        let single = of(json!([
            { "op": "add", "path": "name", "value": { "givenName": "Ada" } }, { "op": "add", "path": "displayName", "value": "Ada" }
        ]));
        assert_eq!(dotted, single.unwrap());
    }

    #[test]
    fn the_last_word_counts_and_one_that_cannot_be_read_spoils_all() {
        let last = of(json!([
            { "op": "replace", "path": "active", "value": true }, { "op": "replace", "path": "active", "value": false }
        ]));
        assert_eq!(
            last.unwrap(),
            of(json!([{ "op": "replace", "path": "active", "value": false }])).unwrap()
        );
        for wrong in [
            json!([]),
            json!({}),
            json!([{ "op": "remove" }]),
            json!([{ "op": "move", "path": "active", "value": true }]),
            json!([{ "op": "replace", "path": "active" }]),
            json!([{ "op": "replace", "value": "x" }]),
            json!([{ "op": "replace", "path": "a b", "value": 1 }]),
            json!([{ "op": "replace", "path": 7, "value": 1 }]),
            json!([{ "op": "replace", "path": "active", "value": false }, { "op": "remove", "path": "userName" }]),
            json!(["x"]),
        ] {
            assert!(of(wrong.clone()).is_err(), "{wrong}");
        }
    }

    fn any_json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            "\\PC{0,12}|active|userName|roles|False".prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                proptest::collection::hash_map(
                    "op|path|value|Operations|name|roles|primary|\\PC{0,6}",
                    inner,
                    0..4
                )
                .prop_map(|members| members.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_document_is_read_or_refused(operations in any_json()) {
            let _ = of(operations);
        }
    }
}
