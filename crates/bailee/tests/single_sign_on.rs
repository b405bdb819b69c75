//! People sign in at a team's own provider, which is a real one: `oidc-provider` in a process of its own, spoken to by the
//! real binary, and by a browser that keeps cookies by their rules.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by these"
)]

mod support;

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use reqwest::{Method, Url};
use serde_json::{Value, json};
use support::api::{client, id_of};
use support::browser::{Browser, Page};
use support::{Api, Engine, Place, Postgres, Server, Team, run};

/// The folder with the provider, which `cargo xtask test` prepares.
const PROVIDER_VARIABLE: &str = "BAILEE_TEST_PROVIDER";
const PASSWORD: &str = "nine lanterns over a quiet harbour";
const PATH: &str = "/v1/tenant/single-sign-on";

mod a_team_signs_in_at_its_own_provider {
    use super::*;

    #[test]
    fn sqlite() {
        run(whole_way(Engine::Sqlite));
    }

    #[test]
    fn postgres() {
        run(whole_way(Engine::Postgres));
    }
}

async fn whole_way(engine: Engine) {
    let house = House::open(engine).await;
    let mut browser = Browser::new(&house.server);
    house.everybody_of_the_domain_comes_in(&mut browser).await;
    house.nobody_else_does().await;
    house.a_way_is_good_once(&browser).await;
    house.a_way_is_for_one_team().await;
    house.passwords_are_off_where_it_is_enforced(&mut browser).await;
    let mut reasons = house.refusals(&house.first).await;
    reasons.reverse();
    let expected = [
        "other-domain",
        "email-not-verified",
        "state-used",
        "other-browser",
        "other-browser",
        "other-browser",
        "single-sign-on-only",
    ];
    assert_eq!(reasons, expected);
    assert_eq!(house.refusals(&house.second).await, ["other-browser"]);
}

/// A server with two teams, and a provider that both use.
struct House {
    first: Team,
    second: Team,
    server: Server,
    provider: Provider,
    _place: Place,
    _postgres: Option<Postgres>,
}

impl House {
    async fn open(engine: Engine) -> Self {
        let provider = Provider::start();
        let (place, postgres) = match engine {
            Engine::Sqlite => (Place::on_sqlite(), None),
            Engine::Postgres => {
                let postgres = Postgres::start();
                (
                    Place::on_postgres(postgres.database("single_sign_on")),
                    Some(postgres),
                )
            }
        };
        let place = place.with("BAILEE_SIGN_IN_PROVIDERS", provider.host());
        let server = Server::start(&place);
        let operator = Api::new(&server, &Server::operator_key(&place));
        let house = Self {
            first: Team::make(&operator, "first", "provider-held").await,
            second: Team::make(&operator, "second", "provider-held").await,
            server,
            provider,
            _place: place,
            _postgres: postgres,
        };
        for team in [&house.first, &house.second] {
            house.set(team, json!({})).await;
        }
        house
    }

    /// Registers the server at the provider and the provider at the server.
    async fn set(&self, team: &Team, more: Value) {
        let callback = format!("{}/console/oidc/callback", self.server.url);
        let registered = self
            .provider
            .register(&client(&self.server, true), &callback)
            .await;
        let mut settings = json!({
            "name": "Test ID", "issuer": self.provider.issuer, "client_id": registered["client_id"],
            "client_secret": registered["client_secret"], "domains": ["first.example"], "just_in_time": true,
        });
        for (name, value) in more.as_object().unwrap() {
            settings[name] = value.clone();
        }
        let put = team.owner.request(Method::PUT, PATH).json(&settings);
        let set: Value = Api::send(put).await.unwrap().json().await.unwrap();
        assert_eq!(set["callback"], callback);
    }

    /// To the provider and through its forms, as far as this server's callback, which is not gone to.
    async fn at_provider(&self, browser: &mut Browser, team: &str, login: &str) -> Page {
        let page = browser
            .go(&format!("{}/console/sign-in?team={team}", self.server.url))
            .await;
        assert!(page.text.contains("Sign in with Test ID"), "{}", page.text);
        let page = browser.click(&page, &format!("/console/oidc/begin/{team}")).await;
        assert!(
            page.url.as_str().starts_with(&self.provider.issuer),
            "{}",
            page.url
        );
        let page = browser
            .fill(&page, "/interaction/", &[("login", login), ("password", "x")])
            .await;
        assert!(page.text.contains("value=\"consent\""), "{}", page.text);
        page
    }

    async fn sign_in(&self, browser: &mut Browser, team: &str, login: &str) -> Page {
        let page = self.at_provider(browser, team, login).await;
        browser.fill(&page, "/interaction/", &[]).await
    }

    async fn everybody_of_the_domain_comes_in(&self, browser: &mut Browser) {
        let page = self.sign_in(browser, "first", "ada@first.example").await;
        assert_eq!(
            (page.status, page.heading().as_str()),
            (200, "You are signed in"),
            "{}",
            page.text
        );
        let home = browser.led_on(&page).await;
        assert_eq!(home.url.path(), "/console");
        assert!(home.text.contains("Somebody called ada"), "{}", home.text);
        let members = self.first.owner.get("/v1/members").await.unwrap();
        let ada = find(&members, "email", "ada@first.example");
        assert_eq!(
            (&ada["class"], &ada["name"]),
            (&json!("worker"), &json!("Somebody called ada"))
        );
        let sessions = self
            .first
            .owner
            .get(&format!("/v1/sessions?member={}", id_of(ada)))
            .await
            .unwrap();
        assert_eq!(sessions["items"][0]["proven"], json!(["single-sign-on"]));
    }

    async fn nobody_else_does(&self) {
        for login in ["eve@second.example", "unverified.bob@first.example"] {
            let mut browser = Browser::new(&self.server);
            let page = self.sign_in(&mut browser, "first", login).await;
            assert_eq!(page.status, 422, "{login}: {}", page.text);
            assert!(
                page.text.contains("did not let you in") && !browser.has_session(),
                "{}",
                page.text
            );
        }
    }

    async fn a_way_is_good_once(&self, before: &Browser) {
        let used = before
            .visited
            .iter()
            .rev()
            .find(|url| url.path().ends_with("/callback"))
            .unwrap();
        let mut browser = Browser::new(&self.server);
        let page = self.sign_in(&mut browser, "first", "cleo@first.example").await;
        assert_eq!(page.status, 200);
        let own = browser.visited.last().unwrap().clone();
        // The way's cookie is forgotten with its end, so a browser that keeps it all the same is played here.
        let mut stubborn = Browser::new(&self.server);
        let page = self
            .at_provider(&mut stubborn, "first", "dora@first.example")
            .await;
        let kept = stubborn.cookies_here(&self.server.url);
        browser_ends(stubborn.fill(&page, "/interaction/", &[]).await, 200);
        let callback = stubborn.visited.last().unwrap().clone();
        stubborn.restore(&self.server.url, kept);
        browser_ends(stubborn.go(callback.as_str()).await, 422);
        // Without the cookie it is nobody's way.
        for url in [used, &own] {
            browser_ends(Browser::new(&self.server).go(url.as_str()).await, 422);
        }
    }

    async fn a_way_is_for_one_team(&self) {
        let (mut ours, mut theirs) = (Browser::new(&self.server), Browser::new(&self.server));
        let our_page = self.at_provider(&mut ours, "first", "emma@first.example").await;
        self.at_provider(&mut theirs, "second", "emma@first.example")
            .await;
        let state_of = |browser: &Browser| {
            let asked = browser
                .visited
                .iter()
                .find(|url| url.query_pairs().any(|(name, _)| name == "state"));
            let asked = asked.unwrap().clone();
            asked
                .query_pairs()
                .find(|(name, _)| name == "state")
                .unwrap()
                .1
                .into_owned()
        };
        let (our_state, their_state) = (state_of(&ours), state_of(&theirs));
        let kept = ours.cookies_here(&self.server.url);
        let page = ours.fill(&our_page, "/interaction/", &[]).await;
        browser_ends(page, 200);
        let used = ours.visited.last().unwrap().clone();
        // Another team's state in a browser that is on the way to ours, and ours in theirs.
        ours.restore(&self.server.url, kept);
        browser_ends(ours.go(with_state(&used, &their_state).as_str()).await, 422);
        browser_ends(theirs.go(with_state(&used, &our_state).as_str()).await, 422);
        assert!(!theirs.has_session());
    }

    async fn passwords_are_off_where_it_is_enforced(&self, signed_in: &mut Browser) {
        let owner = &self.first.owner;
        let members = owner.get("/v1/members").await.unwrap();
        let boss = members["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|member| member["class"] == "owner")
            .unwrap();
        let udo = json!({ "name": "Udo User", "email": "udo@first.example", "class": "user" });
        let udo = owner.post("/v1/members", udo).await.unwrap();
        for member in [boss, &udo] {
            self.choose_password(&id_of(member)).await;
        }
        self.set(
            &self.first,
            json!({ "enforced": true, "break_glass": id_of(boss) }),
        )
        .await;
        let page = self.try_password("udo@first.example").await;
        assert_eq!(page.status, 422, "{}", page.text);
        let page = self.try_password(boss["email"].as_str().unwrap()).await;
        assert_eq!(
            page.heading(),
            "Set up a second factor",
            "the owner who gets in without the provider"
        );
        // The provider knows the browser still, and asks for its consent to what has a new name there.
        let page = signed_in
            .go(&format!("{}/console/oidc/begin/first", self.server.url))
            .await;
        let page = signed_in.fill(&page, "/interaction/", &[]).await;
        assert_eq!(page.heading(), "You are signed in", "{}", page.text);
    }

    async fn choose_password(&self, member: &str) {
        let made = self
            .first
            .owner
            .post(&format!("/v1/members/{member}/invitation"), json!({}))
            .await
            .unwrap();
        let mut browser = Browser::new(&self.server);
        let url = format!(
            "{}/console/invitation/{}",
            self.server.url,
            made["token"].as_str().unwrap()
        );
        let page = browser.go(&url).await;
        let chosen = [("password", PASSWORD), ("again", PASSWORD)];
        let page = browser.fill(&page, "/console/invitation", &chosen).await;
        assert_eq!(page.heading(), "Set up a second factor", "{}", page.text);
    }

    async fn try_password(&self, email: &str) -> Page {
        let mut browser = Browser::new(&self.server);
        let page = browser.go(&format!("{}/console/sign-in", self.server.url)).await;
        let given = [("team", "first"), ("email", email), ("password", PASSWORD)];
        browser.fill(&page, "/console/sign-in", &given).await
    }

    /// Reasons of refused sign-ins, newest first.
    async fn refusals(&self, team: &Team) -> Vec<String> {
        let found = team
            .owner
            .get("/v1/trail?outcome=refused&action=session.begin&limit=100")
            .await
            .unwrap();
        let reason = |entry: &Value| {
            entry["event"]["details"]["reasons"][0]
                .as_str()
                .unwrap()
                .to_owned()
        };
        found["items"].as_array().unwrap().iter().map(reason).collect()
    }
}

fn browser_ends(page: Page, status: u16) {
    assert_eq!(page.status, status, "{}: {}", page.url, page.text);
}

fn with_state(url: &Url, state: &str) -> Url {
    let pairs = url.query_pairs().map(|(name, value)| match &*name {
        "state" => ("state".to_owned(), state.to_owned()),
        name => (name.to_owned(), value.into_owned()),
    });
    let pairs: Vec<_> = pairs.collect();
    let mut changed = url.clone();
    changed.query_pairs_mut().clear().extend_pairs(pairs);
    changed
}

fn find<'a>(page: &'a Value, field: &str, value: &str) -> &'a Value {
    let items = page["items"].as_array().unwrap();
    let found = items.iter().find(|item| item[field] == value);
    found.unwrap_or_else(|| panic!("no {value} in {page}"))
}

/// The provider's process. It ends with its input.
struct Provider {
    issuer: String,
    child: Child,
    // Kept open: what it says later must have somewhere to go.
    _said: BufReader<ChildStdout>,
}

impl Provider {
    fn start() -> Self {
        let folder = std::env::var_os(PROVIDER_VARIABLE).map(PathBuf::from);
        let usual = || PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../provider");
        let program = folder.unwrap_or_else(usual).join("provider.mjs");
        assert!(
            program.exists(),
            "{} is missing; `cargo xtask test --only tests -- -p bailee` installs it, {PROVIDER_VARIABLE} names another folder",
            program.display()
        );
        let mut command = Command::new("node");
        command
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (mut said, mut issuer) = (BufReader::new(child.stdout.take().unwrap()), String::new());
        said.read_line(&mut issuer).unwrap();
        Self {
            issuer: issuer.trim().to_owned(),
            child,
            _said: said,
        }
    }

    fn host(&self) -> &str {
        self.issuer.strip_prefix("http://").unwrap()
    }

    /// Dynamic registration (RFC 7591).
    async fn register(&self, client: &reqwest::Client, callback: &str) -> Value {
        let wanted = json!({ "redirect_uris": [callback] });
        let answer = client
            .post(format!("{}/reg", self.issuer))
            .json(&wanted)
            .send()
            .await
            .unwrap();
        let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
        assert_eq!(status, 201, "{text}");
        serde_json::from_str(&text).unwrap()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
