//! As Okta sends it.

use serde_json::json;

use super::directory::{Directory, place_of};

engines::on_both! {
    async fn okta_takes_in_changes_and_shuts_out(db: TestDb) {
        let okta = Directory::on(db).await;
        assert!(okta.finds("userName eq \"ada.king@clinic.example\"").await.is_empty());
        let sent = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": "ada.king@clinic.example",
            "name": { "givenName": "Ada", "familyName": "King" },
            "emails": [{ "primary": true, "value": "ada.king@clinic.example", "type": "work" }],
            "displayName": "Ada King",
            "locale": "en-US",
            "externalId": "00ujl29u0le5T6Aj10h7",
            "groups": [],
            "password": "1mz050nq",
            "active": true
        });
        let ada = okta.takes(sent.clone()).await;
        assert_eq!(
            (&ada["userName"], &ada["name"]["familyName"], &ada["externalId"], &ada["active"], &ada["roles"][0]["value"]),
            (&json!("ada.king@clinic.example"), &json!("King"), &json!("00ujl29u0le5T6Aj10h7"), &json!(true), &json!("worker"))
        );
        assert!(!ada.to_string().contains("1mz050nq"));
        assert_eq!(okta.finds("userName eq \"Ada.King@clinic.example\"").await, std::slice::from_ref(&ada));

        // The whole again, with another name. What it does not speak of stays.
        let place = place_of(&ada);
        let mut married = sent.clone();
        married["name"]["familyName"] = json!("Lovelace");
        married["displayName"] = json!("Ada Lovelace");
        married.as_object_mut().unwrap().remove("active");
        let put = okta.client().put(&place).json(married).send().await.expect(200);
        assert_eq!((&put.json()["displayName"], &put.json()["active"]), (&json!("Ada Lovelace"), &json!(true)));
        assert_eq!(put.json()["name"], json!({ "formatted": "Ada Lovelace", "givenName": "Ada", "familyName": "Lovelace" }));
        assert!(!put.header("bailee-event").is_empty());

        let out = okta.patches(&ada, json!([{ "op": "replace", "value": { "active": false } }])).await;
        assert_eq!((&out["active"], &out["displayName"]), (&json!(false), &json!("Ada Lovelace")));
        let again = okta.patches(&ada, json!([{ "op": "replace", "value": { "active": false } }])).await;
        assert_eq!(again, out);
        let back = okta.patches(&ada, json!([{ "op": "replace", "value": { "active": true } }])).await;
        assert_eq!((&back["active"], &back["id"]), (&json!(true), &ada["id"]));
        let acts = okta.acts().await;
        let changes: Vec<&str> = acts.iter().rev().map(String::as_str).filter(|act| !act.starts_with("member.list")).collect();
        let mut expected = vec!["member.invite done", "member.change done", "member.view done", "member.disable done"];
        expected.extend(["member.view done", "member.view done", "member.enable done", "member.view done"]);
        assert_eq!(sorted(changes), sorted(expected), "each act has its entry, and what was so already is none");
    }
}

fn sorted(mut acts: Vec<&str>) -> Vec<&str> {
    acts.sort_unstable();
    acts
}
