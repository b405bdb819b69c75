//! What the protocol's clients may ask before anything else: what is served, and how a member looks (RFC 7644, section 4).
//! The same for every team and nobody's secret, so it takes no key.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use serde_json::{Value as Json, json};

use super::answers::{list, told};
use super::fault::{Answer, Fault};
use super::person::SCHEMA;
use super::requests::MOST;
use crate::ApiState;

pub(super) fn routes() -> Router<ApiState> {
    Router::new()
        .route("/scim/v2/ServiceProviderConfig", get(async || ok(&served())))
        .route(
            "/scim/v2/ResourceTypes",
            get(async || ok(&list(1, 1, vec![user_type()]))),
        )
        .route("/scim/v2/ResourceTypes/{name}", get(resource_type))
        .route(
            "/scim/v2/Schemas",
            get(async || ok(&list(1, 1, vec![USER.clone()]))),
        )
        .route("/scim/v2/Schemas/{urn}", get(schema))
}

async fn resource_type(Path(name): Path<String>) -> Answer<Response> {
    match name.as_str() {
        "User" => Ok(ok(&user_type())),
        _ => Err(Fault::no_such_thing()),
    }
}

async fn schema(Path(urn): Path<String>) -> Answer<Response> {
    match urn.eq_ignore_ascii_case(SCHEMA) {
        true => Ok(ok(&USER)),
        false => Err(Fault::no_such_thing()),
    }
}

fn ok(document: &Json) -> Response {
    told(StatusCode::OK, document)
}

fn served() -> Json {
    let scheme = json!({
        "type": "oauthbearertoken", "name": "API key", "primary": true,
        "description": "An API key of the team as bearer, best one that is narrowed to member.*",
    });
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": MOST },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": false },
        "authenticationSchemes": [scheme],
        "meta": { "resourceType": "ServiceProviderConfig", "location": "/scim/v2/ServiceProviderConfig" },
    })
}

fn user_type() -> Json {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": "User", "name": "User", "endpoint": "/Users", "description": "A member of the team", "schema": SCHEMA,
        "meta": { "resourceType": "ResourceType", "location": "/scim/v2/ResourceTypes/User" },
    })
}

static USER: LazyLock<Json> = LazyLock::new(|| {
    let name = json!([
        attribute("formatted", "The name as it is shown; the same as displayName"),
        attribute("givenName", "The given name"),
        attribute("familyName", "The family name"),
    ]);
    let value = |says: &str| {
        json!([
            attribute("value", says),
            truth("primary", "Which of several counts")
        ])
    };
    let email = json!([
        read_only(attribute("value", "The address")),
        read_only(attribute("type", "work"))
    ]);
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": SCHEMA, "name": "User", "description": "A member of the team",
        "attributes": [
            unique(attribute("userName", "The e-mail address, which the member signs in with; a team has each once")),
            exact(attribute("externalId", "What the directory calls the member")),
            attribute("displayName", "The name as it is shown"),
            several(attribute("name", "The name and its parts"), false, &name),
            truth("active", "Whether the member is let in; false ends sessions, keys and leases at once"),
            read_only(several(attribute("emails", "The userName again"), true, &email)),
            several(
                attribute("roles", "The one class: user, workforce-manager, worker, auditor or privacy-officer; worker unless said"),
                true,
                &value("The class"),
            ),
        ],
        "meta": { "resourceType": "Schema", "location": format!("/scim/v2/Schemas/{SCHEMA}") },
    })
});

fn attribute(name: &str, says: &str) -> Json {
    json!({
        "name": name, "type": "string", "multiValued": false, "description": says, "required": false,
        "caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": "none",
    })
}

fn with(mut attribute: Json, changes: &[(&str, Json)]) -> Json {
    for (name, value) in changes {
        attribute[*name] = value.clone();
    }
    attribute
}

fn unique(attribute: Json) -> Json {
    with(
        attribute,
        &[("required", true.into()), ("uniqueness", "server".into())],
    )
}

fn exact(attribute: Json) -> Json {
    with(attribute, &[("caseExact", true.into())])
}

fn read_only(attribute: Json) -> Json {
    with(attribute, &[("mutability", "readOnly".into())])
}

fn truth(name: &str, says: &str) -> Json {
    with(attribute(name, says), &[("type", "boolean".into())])
}

fn several(attribute: Json, multi_valued: bool, parts: &Json) -> Json {
    let changes = [
        ("type", "complex".into()),
        ("multiValued", multi_valued.into()),
        ("subAttributes", parts.clone()),
    ];
    with(attribute, &changes)
}
