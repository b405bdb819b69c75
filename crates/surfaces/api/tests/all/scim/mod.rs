//! SCIM, as the directories speak it that teams have.

mod directory;
mod entra;
mod limits;
mod okta;
mod shut_out;

use directory::{Directory, USERS};
use serde_json::{Value, json};

engines::on_both! {
    async fn what_is_served_is_told_without_a_key(db: TestDb) {
        let directory = Directory::on(db).await;
        let nobody = directory.server.nobody();
        let config = nobody.get("/scim/v2/ServiceProviderConfig").send().await.expect(200);
        assert_eq!(config.header("content-type"), "application/scim+json");
        assert_eq!((&config.json()["patch"]["supported"], &config.json()["bulk"]["supported"]), (&json!(true), &json!(false)));
        let types = nobody.get("/scim/v2/ResourceTypes").send().await.expect(200).json();
        assert_eq!((&types["totalResults"], &types["Resources"][0]["endpoint"]), (&json!(1), &json!("/Users")));
        nobody.get("/scim/v2/ResourceTypes/User").send().await.expect(200);
        let schemas = nobody.get("/scim/v2/Schemas").send().await.expect(200).json();
        let id = schemas["Resources"][0]["id"].as_str().unwrap();
        let user = nobody.get(&format!("/scim/v2/Schemas/{id}")).send().await.expect(200).json();
        // What is shown of a member is what the schema says.
        let ada = directory.takes(json!({ "userName": "ada@clinic.example", "externalId": "1" })).await;
        let mut said: Vec<&str> = user["attributes"].as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap()).collect();
        said.extend(["schemas", "id", "meta"]);
        let mut shown: Vec<&str> = ada.as_object().unwrap().keys().map(String::as_str).collect();
        said.sort_unstable();
        shown.sort_unstable();
        assert_eq!(said, shown);
    }

    async fn faults_are_told_in_words_of_the_protocol(db: TestDb) {
        let directory = Directory::on(db).await;
        let scim = directory.client();
        let one = |end: &str| format!("{USERS}/{end}");
        let person = one(directory.takes(json!({ "userName": "ada@clinic.example" })).await["id"].as_str().unwrap());
        let (unknown, patch) = (directory.server.world.custody.desk().operation_id(), |ops: Value| json!({ "Operations": ops }));
        for (reply, status, scim_type) in [
            (scim.get("/scim/v2/Groups").send().await, 404, None),
            (scim.delete(USERS).send().await, 405, None),
            (scim.get(&one("nonsense")).send().await, 404, None),
            (scim.get(&one(&unknown.to_string())).send().await, 404, None),
            (scim.get(&format!("{USERS}?filter=title%20eq%20%22x%22")).send().await, 400, Some("invalidFilter")),
            (scim.get(&format!("{USERS}?count=many")).send().await, 400, Some("invalidValue")),
            (scim.post(USERS).bytes(b"{").send().await, 400, Some("invalidSyntax")),
            (scim.post(USERS).json(json!([])).send().await, 400, Some("invalidSyntax")),
            (scim.post(USERS).json(json!({ "displayName": "x" })).send().await, 400, Some("invalidValue")),
            (scim.post(USERS).json(json!({ "userName": "no-address" })).send().await, 400, Some("invalidValue")),
            (scim.post(USERS).json(json!({ "userName": "ADA@clinic.example" })).send().await, 409, Some("uniqueness")),
            (scim.patch(&person).json(patch(json!([{ "op": "remove" }]))).send().await, 400, Some("noTarget")),
            (scim.patch(&person).json(patch(json!([{ "op": "add", "path": "a b", "value": 1 }]))).send().await, 400, Some("invalidPath")),
            (directory.server.nobody().get(USERS).send().await, 401, None),
            (directory.server.with_key("nonsense").get(USERS).send().await, 401, None),
        ] {
            let reply = reply.expect(status);
            let document = reply.json();
            assert_eq!(reply.header("content-type"), "application/scim+json", "{document}");
            assert_eq!(document["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
            assert_eq!(document["status"], json!(status.to_string()));
            assert_eq!(document.get("scimType").and_then(Value::as_str), scim_type, "{document}");
            assert!(!document["detail"].as_str().unwrap().is_empty() && !reply.header("bailee-operation").is_empty());
        }
    }

    async fn members_are_listed_in_pages_counted_from_one(db: TestDb) {
        let directory = Directory::on(db).await;
        for name in ["a", "b", "c"] {
            directory.takes(json!({ "userName": format!("{name}@clinic.example") })).await;
        }
        let page = async |query: &str| {
            let listed = directory.client().get(&format!("{USERS}?{query}")).send().await.expect(200).json();
            let names = listed["Resources"].as_array().unwrap().iter();
            let names: Vec<String> = names.map(|user| user["userName"].as_str().unwrap_or("-").to_owned()).collect();
            (listed["totalResults"].as_u64().unwrap(), listed["startIndex"].as_u64().unwrap(), names)
        };
        // The owner and the directory itself are members, too.
        let names = |names: &[&str]| names.iter().map(|name| format!("{name}@clinic.example")).collect::<Vec<_>>();
        assert_eq!(page("startIndex=3&count=2").await, (5, 3, names(&["a", "b"])));
        assert_eq!(page("startIndex=5&count=2").await, (5, 5, names(&["c"])));
        assert_eq!(page("startIndex=9").await, (5, 9, vec![]));
        assert_eq!(page("count=0").await, (5, 1, vec![]));
        assert_eq!(page("startIndex=-4&count=-1").await, (5, 1, vec![]));
        assert_eq!(page("startIndex=3&count=1&attributes=displayName,name.givenName").await, (5, 3, vec!["-".to_owned()]));
        assert_eq!(page("startIndex=3&count=1&excludedAttributes=roles").await, (5, 3, names(&["a"])));
    }
}
