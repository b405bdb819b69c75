//! A member as the protocol shows them.

use custody::member::MemberState;
use custody::member::directory::Described;
use serde_json::{Map, Value as Json, json};

use super::requests::Parted;

/// The one kind of resource.
pub(super) const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// Where the member is, from the server's root.
pub(super) fn place(described: &Described) -> String {
    format!("/scim/v2/Users/{}", described.member.id)
}

/// All of the member, or the attributes that are wanted; what is returned always is.
pub(super) fn shown(described: &Described, parts: &Parted) -> Json {
    let mut whole = whole(described);
    let listed = |names: &str| names.split(',').map(name_of).collect::<Vec<_>>();
    let wanted = parts.attributes.as_deref().map(listed);
    let unwanted = parts.excluded_attributes.as_deref().map(listed);
    whole.retain(|name, _| {
        let name = name.to_ascii_lowercase();
        let always = name == "schemas" || name == "id";
        let asked = wanted.as_ref().is_none_or(|wanted| wanted.contains(&name));
        let kept = unwanted.as_ref().is_none_or(|unwanted| !unwanted.contains(&name));
        always || (asked && kept)
    });
    Json::Object(whole)
}

/// The attribute that a name of a list is of: parts of one come along with it.
fn name_of(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase();
    let name = name.rsplit(':').next().unwrap_or_default();
    name.split('.').next().unwrap_or_default().to_owned()
}

fn whole(described: &Described) -> Map<String, Json> {
    let member = &described.member;
    let mut name = json!({ "formatted": member.name });
    for (part, value) in [("givenName", &described.given), ("familyName", &described.family)] {
        if let Some(value) = value {
            name[part] = value.as_str().into();
        }
    }
    let mut whole = json!({
        "schemas": [SCHEMA],
        "id": member.id,
        "userName": member.email,
        "name": name,
        "displayName": member.name,
        "active": member.state == MemberState::Active,
        "emails": [{ "value": member.email, "type": "work", "primary": true }],
        "roles": [{ "value": member.class.as_str(), "primary": true }],
        "meta": { "resourceType": "User", "created": member.made_at, "location": place(described) },
    });
    if let Some(external) = &described.external {
        whole["externalId"] = external.as_str().into();
    }
    match whole {
        Json::Object(whole) => whole,
        _ => Map::new(),
    }
}
