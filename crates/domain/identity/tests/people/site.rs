//! People of a team at their browsers.
#![allow(dead_code, reason = "every test crate uses a part")]

use std::time::Duration;

use access::Class;
use engines::TestDb;
use identity::{Attempt, Error, Result, Rule, SecondFactorFor, SignIn, SignedIn, Step};
use kernel::{Clock as _, MemberId};
use operation::{Client, Request};
use secrecy::{ExposeSecret, SecretString};
use testkit::custody::trail::TrailFilter;
use testkit::{Person, Team, World};

/// Taken everywhere.
pub(crate) const PASSWORD: &str = "four grey horses";
/// Where people sit.
pub(crate) const OFFICE: &str = "192.0.2.7";

/// A team whose members sign in.
pub(crate) struct Site {
    pub(crate) team: Team,
    pub(crate) world: World,
}

/// Somebody at a browser.
pub(crate) struct AtBrowser {
    pub(crate) cookie: SecretString,
    pub(crate) browser: Option<SecretString>,
    pub(crate) session: kernel::KeyId,
}

impl Site {
    pub(crate) async fn on(db: TestDb) -> Self {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        Self { team, world }
    }

    /// One whose people need no second factor.
    pub(crate) async fn of_passwords(db: TestDb) -> Self {
        let site = Self::on(db).await;
        let rule = Rule {
            second_factor: SecondFactorFor::WhoeverWants,
            ..Rule::default()
        };
        site.set_rule(rule).await.unwrap();
        site
    }

    pub(crate) async fn set_rule(&self, rule: Rule) -> Result<Rule> {
        let owner = &self.team.owner;
        self.world
            .people
            .set_rule(&owner.credential, owner.request(), rule)
            .await
    }

    /// A request from this address.
    pub(crate) fn from(&self, address: &str) -> Request {
        Request {
            client: Some(Client {
                address: Some(address.into()),
                agent: Some("a browser".into()),
                origin: None,
            }),
            ..self.world.custody.desk().own_request()
        }
    }

    pub(crate) fn request(&self) -> Request {
        self.from(OFFICE)
    }

    pub(crate) async fn invite(&self, by: &Person, member: MemberId) -> Result<identity::Invitation> {
        self.world
            .people
            .make_invitation(&by.credential, self.request(), member)
            .await
    }

    /// Accepts an invitation for the member, where no second factor is asked for.
    pub(crate) async fn let_in(&self, member: MemberId) -> AtBrowser {
        let invitation = self.invite(&self.team.owner, member).await.unwrap();
        let password = PASSWORD.into();
        let accepted = self
            .world
            .people
            .accept_invitation(self.request(), &invitation.token, &password);
        at_browser(session(accepted.await.unwrap()))
    }

    /// A member of this class who has signed in once.
    pub(crate) async fn member(&self, class: Class) -> (Person, AtBrowser) {
        let person = self.team.member(class).await;
        let at_browser = self.let_in(person.member).await;
        (person, at_browser)
    }

    pub(crate) async fn email(&self, person: &Person) -> String {
        let custody = person.custody();
        let owner = &self.team.owner;
        let member = custody.member(&owner.credential, owner.request(), person.member);
        member.await.unwrap().email
    }

    /// Tries a password from an address.
    pub(crate) async fn try_from(
        &self,
        address: &str,
        email: &str,
        password: &str,
        browser: Option<&SecretString>,
    ) -> Result<SignIn> {
        let attempt = Attempt {
            tenant: "clinic".into(),
            email: email.into(),
            password: password.into(),
            browser: browser.cloned(),
        };
        self.world.people.sign_in(self.from(address), attempt).await
    }

    pub(crate) async fn try_password(&self, email: &str, password: &str) -> Result<SignIn> {
        self.try_from(OFFICE, email, password, None).await
    }

    /// Signs in where no second factor is asked for.
    pub(crate) async fn sign_in(&self, email: &str) -> AtBrowser {
        at_browser(session(self.try_password(email, PASSWORD).await.unwrap()))
    }

    /// The code that an app with this base32 secret shows now.
    pub(crate) fn code(&self, secret: &SecretString) -> SecretString {
        testkit::code_of_app(secret.expose_secret(), self.world.clock.now().as_seconds()).into()
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.world.clock.advance(Duration::from_secs(seconds));
    }

    /// How many entries of the tenant's trail are alarms about signing in.
    pub(crate) async fn alarms(&self) -> usize {
        let filter = TrailFilter {
            action: Some("session.begin".into()),
            ..TrailFilter::default()
        };
        let entries = self.team.owner.trail(filter).await.unwrap();
        let alarms = entries
            .iter()
            .filter(|entry| entry.event["details"]["alarm"] == true);
        alarms.count()
    }

    /// Causes of refusals in the tenant's trail, oldest first.
    pub(crate) async fn refusals(&self) -> Vec<String> {
        let filter = TrailFilter {
            outcome: Some("refused".into()),
            ..TrailFilter::default()
        };
        let entries = self.team.owner.trail(filter).await.unwrap();
        let reason =
            |event: &serde_json::Value| event["details"]["reasons"][0].as_str().unwrap_or("?").to_owned();
        entries.iter().rev().map(|entry| reason(&entry.event)).collect()
    }
}

pub(crate) fn session(signed_in: SignIn) -> SignedIn {
    match signed_in {
        SignIn::Session(signed_in) => signed_in,
        SignIn::Next(step) => panic!("a session was expected, not {step:?}"),
    }
}

pub(crate) fn at_browser(signed_in: SignedIn) -> AtBrowser {
    AtBrowser {
        session: signed_in.who.session,
        cookie: signed_in.cookie,
        browser: signed_in.browser,
    }
}

/// Ticket and secret of an app that is to be set up.
pub(crate) fn to_enrol(accepted: SignIn) -> (SecretString, SecretString) {
    match accepted {
        SignIn::Next(next) => match next.step {
            Step::Enrol { secret, .. } => (next.ticket, secret),
            Step::Second { .. } => panic!("an app to set up was expected"),
        },
        SignIn::Session(_) => panic!("a step was expected"),
    }
}

/// The ticket of a step that asks for a code.
pub(crate) fn to_code(signed_in: SignIn) -> SecretString {
    match signed_in {
        SignIn::Next(next) if matches!(next.step, Step::Second { .. }) => next.ticket,
        other => panic!("a code was to be asked for, not {other:?}"),
    }
}

pub(crate) fn is_not_proven<T>(outcome: &Result<T>) -> bool {
    matches!(outcome, Err(Error::NotProven))
}
