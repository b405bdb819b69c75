//! A team with somebody who is about to sign in.

use access::Class;
use serde_json::{Value, json};
use testkit::{Person, Team, code_of_app};

use crate::common::{Reply, Server, text_at};

pub(crate) const PASSWORD: &str = "nine lanterns over a quiet harbour";
pub(crate) const NEXT: &str = "four grey horses on a hill";

/// A team, and a user of it who has not signed in yet.
pub(crate) struct Desk {
    pub(crate) server: Server,
    pub(crate) team: Team,
    pub(crate) user: Person,
    pub(crate) email: String,
}

impl Desk {
    /// One that asks everybody for a second factor.
    pub(crate) async fn on(db: engines::TestDb) -> Self {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let user = team.member(Class::User).await;
        let place = format!("/v1/members/{}", user.member);
        let record = server.by(&team.owner).get(&place).send().await.expect(200).json();
        let email = text_at(&record, "/email");
        Self {
            server,
            team,
            user,
            email,
        }
    }

    /// One that asks for none.
    pub(crate) async fn of_passwords(db: engines::TestDb) -> Self {
        let desk = Self::on(db).await;
        let rule = json!({
            "password_floor": "nist", "second_factor": "whoever-wants", "idle_minutes": 30, "absolute_hours": 12
        });
        let owner = desk.server.by(&desk.team.owner);
        owner
            .put("/v1/tenant/sign-in")
            .json(rule)
            .send()
            .await
            .expect(200);
        desk
    }

    /// The token of an invitation for the user.
    pub(crate) async fn invitation(&self) -> String {
        let place = format!("/v1/members/{}/invitation", self.user.member);
        let made = self.server.by(&self.team.owner).post(&place).send().await;
        text_at(&made.expect(201).json(), "/token")
    }

    /// What comes of accepting an invitation with this password.
    pub(crate) async fn accepted(&self, password: &str) -> Value {
        let given = json!({ "token": self.invitation().await, "password": password });
        self.at_door("/v1/sign-in/invitation/accept", given).await
    }

    /// The session that comes of it where no second factor is asked for.
    pub(crate) async fn accept(&self, password: &str) -> String {
        text_at(&self.accepted(password).await, "/signed_in/token")
    }

    pub(crate) async fn sign_in(&self, password: &str) -> Reply {
        self.sign_in_as("clinic", &self.email, password).await
    }

    pub(crate) async fn sign_in_as(&self, team: &str, email: &str, password: &str) -> Reply {
        let given = json!({ "team": team, "email": email, "password": password });
        self.server.nobody().post("/v1/sign-in").json(given).send().await
    }

    /// The ticket of a step that asks for a second factor, and which ones the person has.
    pub(crate) async fn second_step(&self, password: &str) -> (String, Value) {
        let next = self.sign_in(password).await.expect(200).json();
        (
            text_at(&next, "/next/ticket"),
            next["next"]["step"]["second"].clone(),
        )
    }

    /// Posts to the door and gives the answer, which must be a good one.
    pub(crate) async fn at_door(&self, path: &str, given: Value) -> Value {
        let reply = self
            .server
            .nobody()
            .post(path)
            .json(given)
            .send()
            .await
            .expect(200);
        assert_eq!(reply.header("cache-control"), "no-store");
        reply.json()
    }

    /// Posts to the door and gives the status.
    pub(crate) async fn knock(&self, path: &str, given: Value) -> u16 {
        self.server.nobody().post(path).json(given).send().await.status
    }

    /// The code that an app with this secret shows now.
    pub(crate) fn code(&self, secret: &str) -> String {
        use kernel::Clock as _;
        code_of_app(secret, self.server.world.clock.now().as_seconds())
    }
}

pub(crate) fn password(password: &str) -> Value {
    json!({ "password": password })
}
