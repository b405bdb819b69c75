//! As Entra ID sends it.

use serde_json::json;

use super::directory::{Directory, USERS, place_of};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

engines::on_both! {
    async fn entra_takes_in_changes_and_shuts_out(db: TestDb) {
        let entra = Directory::on(db).await;
        // How it tries the connection.
        assert!(entra.finds("userName eq \"7c3dbf25-1ac8-4e14-8a0c-2b7e4c3d7f11\"").await.is_empty());
        let ada = entra.takes(json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
            "externalId": "ada.king",
            "userName": "ada@clinic.example",
            "active": true,
            "displayName": "Ada King",
            "emails": [{ "primary": true, "type": "work", "value": "ada@clinic.example" }],
            "meta": { "resourceType": "User" },
            "name": { "formatted": "Ada King", "familyName": "King", "givenName": "Ada" },
            "roles": [{ "primary": true, "type": "WindowsAzureActiveDirectoryRole", "value": "user" }],
            (ENTERPRISE): { "department": "Radiology" }
        })).await;
        assert_eq!(ada["roles"][0]["value"], "user");
        assert_eq!(entra.finds("externalId eq \"ada.king\"").await, std::slice::from_ref(&ada));
        assert_eq!(entra.finds(&format!("id eq \"{}\"", ada["id"].as_str().unwrap())).await, std::slice::from_ref(&ada));

        let changed = entra.patches(&ada, json!([
            { "op": "Replace", "path": "name.familyName", "value": "Lovelace" },
            { "op": "Replace", "path": "displayName", "value": "Ada Lovelace" },
            { "op": "Add", "path": "emails[type eq \"work\"].value", "value": "lovelace@clinic.example" },
            { "op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Oncology" },
            { "op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "auditor" }
        ])).await;
        assert_eq!(
            (&changed["displayName"], &changed["name"]["familyName"], &changed["roles"][0]["value"], &changed["emails"][0]["value"]),
            (&json!("Ada Lovelace"), &json!("Lovelace"), &json!("auditor"), &json!("ada@clinic.example"))
        );
        let renamed = entra.patches(&ada, json!([{ "op": "Add", "value": { "name.givenName": "Augusta", "userName": "lovelace@clinic.example" } }])).await;
        assert_eq!(
            (&renamed["userName"], &renamed["emails"][0]["value"], &renamed["name"]["givenName"]),
            (&json!("lovelace@clinic.example"), &json!("lovelace@clinic.example"), &json!("Augusta"))
        );
        let lowest = entra.patches(&ada, json!([{ "op": "Remove", "path": "roles" }, { "op": "Remove", "path": "externalId" }])).await;
        assert_eq!((&lowest["roles"][0]["value"], lowest.get("externalId")), (&json!("worker"), None));

        let out = entra.patches(&ada, json!([{ "op": "Replace", "path": "active", "value": "False" }])).await;
        assert_eq!(out["active"], json!(false));
        entra.patches(&ada, json!([{ "op": "Replace", "path": "active", "value": "True" }])).await;
        let place = place_of(&ada);
        let gone = entra.client().delete(&place).send().await.expect(204);
        assert!(gone.bytes.is_empty() && !gone.header("bailee-event").is_empty());
        // The trail names them still, so they stay, shut out, and come back as themselves.
        assert_eq!(entra.client().get(&place).send().await.expect(200).json()["active"], json!(false));
        let again = entra.client().post(USERS).json(json!({ "userName": "lovelace@clinic.example" })).send().await.expect(409);
        assert_eq!(again.json()["scimType"], "uniqueness");
    }

    async fn a_patch_is_done_as_a_whole_or_not_at_all(db: TestDb) {
        let entra = Directory::on(db).await;
        let ada = entra.takes(json!({ "userName": "ada@clinic.example", "displayName": "Ada" })).await;
        entra.takes(json!({ "userName": "bob@clinic.example" })).await;
        for (last, status) in [
            (json!({ "op": "Replace", "path": "userName", "value": "bob@clinic.example" }), 409),
            (json!({ "op": "Replace", "path": "roles", "value": [{ "value": "admin" }] }), 403),
            (json!({ "op": "Remove", "path": "userName" }), 400),
        ] {
            let operations = json!([{ "op": "Replace", "path": "displayName", "value": "Somebody" }, { "op": "Replace", "path": "active", "value": "False" }, last]);
            let sent = json!({ "Operations": operations });
            entra.client().patch(&place_of(&ada)).json(sent).send().await.expect(status);
            assert_eq!(entra.client().get(&place_of(&ada)).send().await.expect(200).json(), ada);
        }
    }
}
