//! A team whose directory keeps its members.

use access::Class;
use serde_json::{Value, json};
use testkit::{Person, Team};

use crate::common::{Client, Server, text_at};

pub(crate) const USERS: &str = "/scim/v2/Users";

/// A directory with a key that is good for members and for nothing else.
pub(crate) struct Directory {
    pub(crate) server: Server,
    pub(crate) team: Team,
    /// The member whose key it has: an admin who is nobody.
    pub(crate) service: Person,
    key: String,
}

impl Directory {
    pub(crate) async fn on(db: engines::TestDb) -> Self {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let service = team.member(Class::Admin).await;
        let key = narrow_key(&server, &team, &service).await;
        Self {
            server,
            team,
            service,
            key,
        }
    }

    pub(crate) fn client(&self) -> Client<'_> {
        self.server.with_key(&self.key)
    }

    /// Takes somebody in, and gives what is told of them.
    pub(crate) async fn takes(&self, user: Value) -> Value {
        let reply = self.client().post(USERS).json(user).send().await.expect(201);
        let (place, told) = (reply.header("location").to_owned(), reply.json());
        assert_eq!(
            (place.as_str(), &told["meta"]["location"]),
            (place_of(&told).as_str(), &json!(place))
        );
        assert!(!reply.header("bailee-event").is_empty());
        told
    }

    /// Sends operations about somebody, and gives what is told of them then.
    pub(crate) async fn patches(&self, user: &Value, operations: Value) -> Value {
        let body =
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
        let reply = self
            .client()
            .patch(&place_of(user))
            .header("content-type", "application/scim+json");
        let text = body.to_string();
        reply
            .body(axum::body::Body::from(text))
            .send()
            .await
            .expect(200)
            .json()
    }

    /// Those whom a filter finds.
    pub(crate) async fn finds(&self, filter: &str) -> Vec<Value> {
        let filter = filter.replace(' ', "%20").replace('"', "%22").replace('@', "%40");
        let reply = self
            .client()
            .get(&format!("{USERS}?filter={filter}"))
            .send()
            .await;
        let listed = reply.expect(200).json();
        let found = listed["Resources"].as_array().unwrap().clone();
        assert_eq!(listed["totalResults"], json!(found.len()));
        found
    }

    /// What the directory's key did, newest first.
    pub(crate) async fn acts(&self) -> Vec<String> {
        let owner = self.server.by(&self.team.owner);
        let page = owner.get("/v1/trail?limit=200").send().await.expect(200).json();
        let key = &self.key["bailee_".len().."bailee_".len() + 32];
        let entries = page["items"].as_array().unwrap().iter();
        let by_directory =
            |entry: &&Value| entry["event"]["actor"].to_string().replace('-', "").contains(key);
        let act = |entry: &Value| {
            format!(
                "{} {}",
                text_at(entry, "/event/action"),
                text_at(entry, "/event/outcome")
            )
        };
        entries.filter(by_directory).map(act).collect()
    }
}

pub(crate) fn place_of(user: &Value) -> String {
    format!("{USERS}/{}", user["id"].as_str().unwrap())
}

/// A key of this member's for members and nothing else.
pub(crate) async fn narrow_key(server: &Server, team: &Team, member: &Person) -> String {
    let new = json!({ "label": "directory", "member": member.member, "actions": ["member.*"] });
    let issued = server.by(&team.owner).post("/v1/keys").json(new).send().await;
    text_at(&issued.expect(201).json(), "/secret")
}
