//! What a directory cannot do.

use access::Class;
use serde_json::json;

use super::directory::{Directory, USERS, narrow_key, place_of};

engines::on_both! {
    async fn its_key_does_nothing_else(db: TestDb) {
        let directory = Directory::on(db).await;
        let (scim, service) = (directory.client(), directory.service.member);
        for path in ["/v1/datasets", "/v1/keys", "/v1/trail", "/v1/tenant", "/v1/access/matrix", "/v1/sessions"] {
            scim.get(path).send().await.expect(403);
        }
        scim.post("/v1/keys").json(json!({ "label": "more", "member": service })).send().await.expect(403);
        scim.post(&format!("/v1/members/{service}/invitation")).send().await.expect(403);
        // Nor does a key of somebody who may not manage members.
        let user = directory.team.member(Class::User).await;
        let key = narrow_key(&directory.server, &directory.team, &user).await;
        let theirs = directory.server.with_key(&key);
        theirs.get(USERS).send().await.expect(403);
        theirs.post(USERS).json(json!({ "userName": "x@clinic.example" })).send().await.expect(403);
        theirs.delete(&format!("{USERS}/{service}")).send().await.expect(403);
    }

    async fn power_over_people_is_given_by_people(db: TestDb) {
        let directory = Directory::on(db).await;
        for role in ["owner", "admin", "operator"] {
            let told = directory.client().post(USERS).json(json!({ "userName": "ada@clinic.example", "roles": [{ "value": role }] })).send().await;
            assert!(told.expect(403).json()["detail"].as_str().unwrap().contains("directory"), "{role}");
        }
        // An admin's key gives what an admin gives.
        let officer = json!({ "userName": "ada@clinic.example", "roles": [{ "value": "privacy-officer" }] });
        directory.client().post(USERS).json(officer.clone()).send().await.expect(403);
        let owners = narrow_key(&directory.server, &directory.team, &directory.team.owner).await;
        let owners = directory.server.with_key(&owners);
        let officer = owners.post(USERS).json(officer).send().await.expect(201).json();
        // It cannot shut out whom an admin cannot, nor itself, nor the last owner.
        let owner = format!("{USERS}/{}", directory.team.owner.member);
        let service = format!("{USERS}/{}", directory.service.member);
        for place in [&place_of(&officer), &owner, &service] {
            directory.client().delete(place).send().await.expect(403);
            let out = json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }] });
            directory.client().patch(place).json(out).send().await.expect(403);
        }
        owners.delete(&owner).send().await.expect(403);
        owners.delete(&service).send().await.expect(204);
    }

    async fn another_team_s_members_are_unknown(db: TestDb) {
        let directory = Directory::on(db).await;
        let rival = directory.server.world.team("rival").await;
        let theirs = format!("{USERS}/{}", rival.owner.member);
        let unknown = format!("{USERS}/{}", directory.server.world.custody.desk().operation_id());
        let patch = json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }] });
        let whole = json!({ "userName": "x@clinic.example" });
        let scim = directory.client();
        for (theirs, unknown) in [
            (scim.get(&theirs).send().await, scim.get(&unknown).send().await),
            (scim.delete(&theirs).send().await, scim.delete(&unknown).send().await),
            (scim.patch(&theirs).json(patch.clone()).send().await, scim.patch(&unknown).json(patch).send().await),
            (scim.put(&theirs).json(whole.clone()).send().await, scim.put(&unknown).json(whole).send().await),
        ] {
            assert_eq!(theirs.expect(404).without_operation(), unknown.without_operation());
        }
        assert!(directory.finds(&format!("id eq \"{}\"", rival.owner.member)).await.is_empty());
        rival.owner.issue_key().await;
    }
}
