//! The way back where keys were lost, and commands of the client that need the real binary: standard input, searching.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by these"
)]

mod support;

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use support::place::{finish_within, text};
use support::{Api, Engine, Place, Postgres, Server, Team, run};

macro_rules! on_both {
    ($($name:ident => $body:expr;)*) => {
        $(mod $name {
            use super::*;

            #[test]
            fn sqlite() {
                run($body(Engine::Sqlite));
            }

            #[test]
            fn postgres() {
                run($body(Engine::Postgres));
            }
        })*
    };
}

on_both! {
    keys_by_the_root_key_work_at_a_running_server => async |engine| {
        let house = House::open(engine);
        let lost = Server::operator_key(&house.place);
        let operator = Api::new(&house.server, &lost);
        let team = Team::make(&operator, "clinic", "provider-held").await;

        let desk = house.root(&["operator", "--label", "desk", "--reason", "ticket 7"]);
        let new = operator.with_key(desk["secret"].as_str().unwrap());
        assert_eq!(new.get("/v1/tenants").await.unwrap()["items"].as_array().unwrap().len(), 2);
        let entry = new.get(&format!("/v1/trail/{}", desk["event"].as_str().unwrap())).await.unwrap();
        assert_eq!((&entry["event"]["actor"]["kind"], &entry["event"]["reason"]), (&json!("system"), &json!("ticket 7")));
        assert!(operator.get("/v1/tenants").await.is_ok(), "the other still works");
        let only = house.root(&["operator", "--invalidate-others"]);
        assert_eq!(only["invalidated"].as_array().unwrap().len(), 2);
        for ended in [&operator, &new] {
            assert_eq!(ended.get("/v1/tenants").await.unwrap_err().status(), Some(401));
        }
        let last = operator.with_key(only["secret"].as_str().unwrap());
        last.invalidate_key(only["key"].as_str().unwrap()).await.unwrap();
        let doctor = text(&house.place.run(&["doctor", "--quick"]).stdout);
        assert!(doctor.contains("`bailee keys operator` issues a new one"), "{doctor}");
        assert!(house.root(&["operator"])["invalidated"].as_array().unwrap().is_empty());

        team.owner.invalidate_key(&team.owner_key).await.unwrap();
        let silent = house.place.run(&["keys", "owner", "--tenant", "clinic"]);
        assert_eq!(silent.status.code(), Some(2), "{}", text(&silent.stderr));
        let back = house.root(&["owner", "--tenant", "clinic", "--reason", "letter of 1 May"]);
        assert_eq!(back["member"], json!(team.owner_member));
        let owner = operator.with_key(back["secret"].as_str().unwrap());
        let trail = owner.get("/v1/trail?action=root.issue").await.unwrap();
        assert_eq!(trail["items"][0]["event"]["reason"], "letter of 1 May");
        // What the command recorded gets its place in the log like everything else.
        let receipt = owner.receipt(back["event"].as_str().unwrap()).await.unwrap();
        assert!(receipt.contains("root.issue"));
        house.server.stop();
    };
    a_tenant_that_holds_its_key_comes_back_by_its_code_alone => async |engine| {
        let house = House::open(engine);
        let operator = Api::new(&house.server, &Server::operator_key(&house.place));
        let team = Team::make(&operator, "lab", "customer-held").await;
        team.owner.invalidate_key(&team.owner_key).await.unwrap();
        let refused = house.place.run(&["keys", "owner", "--tenant", "lab", "--reason", "they asked"]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(text(&refused.stderr).contains("bailee recover"), "{}", text(&refused.stderr));

        let code = team.recovery_code.as_deref().unwrap();
        let recovered = house.client(code, &["recover"], b"");
        let owner = operator.with_key(json_of(&recovered)["secret"].as_str().unwrap());
        let trail = owner.get("/v1/trail?action=root.issue").await.unwrap();
        assert_eq!(trail["items"][0]["event"]["outcome"], "refused", "the attempt is seen");
        let with_a_key = house.client(owner.key(), &["recover"], b"");
        assert_eq!(with_a_key.status.code(), Some(1));
        house.server.stop();
    };
    checks_run_beside_a_running_server_and_claims_say_why => async |engine| {
        let house = House::open(engine);
        let ran = json_of(&house.round_of_checks(&[]));
        let ran = ran["ran"].as_array().unwrap();
        let red: Vec<&Value> = ran.iter().filter(|it| it["outcome"].as_str().unwrap().starts_with("broken")).collect();
        assert!(ran.len() >= 30 && red.is_empty(), "{red:#?}");
        let told = json_of(&house.place.run(&["claims", "--json"]));
        let claims = told["claims"].as_array().unwrap();
        let sources: usize = claims.iter().map(|claim| claim["sources"].as_array().unwrap().len()).sum();
        assert_eq!(sources, 222);
        let silent = claims.iter().find(|claim| claim["state"] != "holds" && claim["reason"].is_null());
        assert_eq!(silent, None);
        let green = json_of(&house.place.run(&["claims", "--json", "--state", "holds"]));
        assert!(!green["claims"].as_array().unwrap().is_empty());
        let due = json_of(&house.round_of_checks(&["--due"]));
        assert_eq!(due["ran"], json!([]), "everything ran just now");
        let unknown = house.place.run(&["checks", "run", "compliance"]);
        assert_eq!(unknown.status.code(), Some(1));
        let operator = Api::new(&house.server, &Server::operator_key(&house.place));
        let trail = operator.get("/v1/trail?action=assurance.record").await.unwrap();
        assert_eq!(trail["items"][0]["event"]["actor"], json!({ "kind": "system" }));
        house.server.stop();
    };
    what_comes_through_a_pipe_is_kept_and_found => async |engine| {
        let house = House::open(engine);
        let team = Team::first(&house.server, &Server::operator_key(&house.place)).await;
        let fields = json!([{ "name": "email", "personal": true, "searchable": true }, { "name": "age", "searchable": true }]);
        team.owner.post("/v1/datasets", json!({ "name": "people", "fields": fields })).await.unwrap();
        let key = team.owner.key();
        let large: Vec<u8> = (0..3_000_000_u32).map(|number| number.to_le_bytes()[number as usize % 3]).collect();
        for (name, bytes) in [("large", large.as_slice()), ("small", b"few"), ("empty", b"")] {
            let put = house.client(key, &["put", "-", "--name", name, "-d", "people"], bytes);
            let item = json_of(&put)["item"]["id"].as_str().unwrap().to_owned();
            assert_eq!(team.owner.read(&item).await.unwrap().0, bytes, "{name}");
        }
        let nameless = house.client(key, &["put", "-", "-d", "people"], b"few");
        assert_eq!(nameless.status.code(), Some(2), "{}", text(&nameless.stderr));

        let record = br#"{ "email": "Ann@Example.org", "age": 41 }"#;
        assert!(house.client(key, &["put", "-", "--name", "ann", "--record", "-d", "people"], record).status.success());
        let names = |words: &[&str], input: &[u8]| {
            let found = house.client(key, &[&["search", "people"], words].concat(), input);
            assert!(found.status.success(), "{}", text(&found.stderr));
            let lines = text(&found.stdout);
            lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["name"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&["email", "ann@example.org"], b""), ["ann"]);
        assert_eq!(names(&["email", "-"], b"ann@example.org\n"), ["ann"]);
        assert_eq!(names(&["age", "41"], b""), ["ann"]);
        assert!(names(&["age", "4"], b"").is_empty());
        house.server.stop();
    };
    a_mail_server_pipes_messages_in_and_hears_what_became_of_them => async |engine| {
        let house = House::open(engine);
        let operator = Api::new(&house.server, &Server::operator_key(&house.place));
        let team = Team::make(&operator, "clinic", "provider-held").await;
        let take = |tenant: &str, message: &[u8]| {
            let command = house.place.command(&["mail", "in", "--tenant", tenant, "--json"]);
            let output = piped(command, message);
            (output.status.code(), output)
        };
        let message = b"From: Anna <anna@person.example>\r\nMessage-ID: <1@person.example>\r\nSubject: Erasure\r\n\r\nAll of it.\r\n";
        let made = json_of(&take("clinic", message).1);
        let again = json_of(&take("clinic", message).1);
        assert_eq!((made["request"].as_str(), again["repeated"].as_bool()), (again["request"].as_str(), Some(true)));
        let request = team.owner.get(&format!("/v1/requests/{}", made["request"].as_str().unwrap())).await.unwrap();
        assert!(request.to_string().contains("All of it.") && request.to_string().contains("erasure"), "{request}");
        let bounce = json_of(&take("clinic", &[b"Return-Path: <>\r\n", message.as_slice()].concat()).1);
        assert_eq!(bounce, json!({ "request": null, "because": "no-return-path" }));
        let waiting = json_of(&house.place.run(&["mail", "list", "--json"]));
        assert_eq!(waiting["letters"].as_array().unwrap().len(), 1, "one answer");
        // What can never be taken goes back, what may be taken later comes again.
        let large = vec![b'a'; (10 << 20) + 1];
        let bad: [(&str, &[u8], i32, &str); 4] = [
            ("clinic", b"", 65, "no header"),
            ("clinic", b"Subject: x\r\n\r\nHello", 65, "who wrote it"),
            ("clinic", &large, 65, "10 MiB"),
            ("nowhere", message, 67, "nobody here"),
        ];
        for (tenant, message, code, says) in bad {
            let (status, output) = take(tenant, message);
            let said = text(&output.stderr);
            assert!(status == Some(code) && said.contains(says), "{status:?}: {said}");
        }
        let elsewhere = house.place.command(&["mail", "in", "--tenant", "clinic", "--data", "nowhere"]);
        assert_eq!(piped(elsewhere, message).status.code(), Some(75));
        house.server.stop();
    };
}

/// An installation that runs.
struct House {
    server: Server,
    place: Place,
    // Dropped last: the server uses it.
    _postgres: Option<Postgres>,
}

impl House {
    fn open(engine: Engine) -> Self {
        let (place, postgres) = match engine {
            Engine::Sqlite => (Place::on_sqlite(), None),
            Engine::Postgres => {
                let postgres = Postgres::start();
                (Place::on_postgres(postgres.database("bailee")), Some(postgres))
            }
        };
        Self {
            server: Server::start(&place),
            place,
            _postgres: postgres,
        }
    }

    /// Runs checks on the server's own machine, with more patience than other commands are given: a round is much for a debug build.
    fn round_of_checks(&self, words: &[&str]) -> Output {
        let arguments = [&["checks", "run", "--json"], words].concat();
        finish_within(Duration::from_secs(400), self.place.command(&arguments))
    }

    /// Runs `bailee keys` on the server's own machine.
    fn root(&self, words: &[&str]) -> Value {
        json_of(&self.place.run(&[&["keys"], words, &["--json"]].concat()))
    }

    /// Runs a command of the client with this key and this standard input.
    fn client(&self, key: &str, words: &[&str], input: &[u8]) -> Output {
        let ca = self.server.ca.to_str().unwrap();
        let words = [words, &["--json", "--server", &self.server.url, "--ca", ca]].concat();
        let mut command = self.place.command(&words);
        command.env("BAILEE_API_KEY", key);
        piped(command, input)
    }
}

/// Runs a command with this standard input.
fn piped(mut command: Command, input: &[u8]) -> Output {
    let streams = [Stdio::piped(), Stdio::piped(), Stdio::piped()];
    let [stdin, stdout, stderr] = streams;
    let mut child = command
        .stdin(stdin)
        .stdout(stdout)
        .stderr(stderr)
        .spawn()
        .unwrap();
    let (mut pipe, input) = (child.stdin.take().unwrap(), input.to_vec());
    // A command that does not read its input closes the pipe.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn json_of(output: &Output) -> Value {
    let (said, told) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{told}{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}
