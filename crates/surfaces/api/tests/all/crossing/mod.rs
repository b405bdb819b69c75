//! Every route, tried by every class on its own tenant's things and on another's.
//!
//! The routes come from the OpenAPI document, so a route that nobody thought of here fails by its name. What is
//! expected comes from the policies; only what custody decides beside them is said here.

mod rules;
mod samples;

use crate::common::{Reply, Server, text_at};
use access::{Class, Policies};
use http::Method;
use rules::{Rule, Told, expected, rule};
use samples::{Ask, meant, sample};
use secrecy::ExposeSecret as _;
use testkit::{OnStaff, Person, Team};

engines::on_both! {
    async fn every_class_gets_what_the_policies_say(db: TestDb) {
        let stage = Stage::on(db).await;
        let policies = Policies::load().unwrap();
        let mut seen = Vec::new();
        for route in routes_for_keys() {
            for person in &stage.people {
                // An access is its asker's alone, and another on the staff asked.
                if route.operation == "operator-access.take" && person.credential.is_session() {
                    continue;
                }
                let ask = stage.ask(&route, &stage.clinic).await;
                let expected = expected(&policies, &route.operation, person.class);
                let (ask, client) = stage.about_to_share(&route, ask, person).await;
                let reply = ask.send(&client, &route.method).await;
                let told = told(&reply, &route, person.class);
                assert_eq!(told, expected, "{} {} by {}: {}", route.method, route.path, person.class, reply.text());
                if told == Told::Hidden {
                    stage.is_as_unknown(&route, &ask, &ask, person).await;
                }
                seen.push(told);
                stage.ask_for_nothing(&route).await;
            }
        }
        // A table of one answer would prove nothing.
        for told in [Told::Allowed, Told::Forbidden, Told::Hidden] {
            assert!(seen.iter().filter(|seen| **seen == told).count() > 20, "{told:?} in {}", seen.len());
        }
    }

    async fn staff_reach_nothing_that_a_team_keeps(db: TestDb) {
        let stage = Stage::on(db).await;
        let (sam, mut reached) = (&stage.staff.person, std::collections::BTreeSet::new());
        for route in routes_for_keys() {
            let ask = stage.ask(&route, &stage.clinic).await;
            let (ask, client) = stage.about_to_share(&route, ask, sam).await;
            let reply = ask.send(&client, &route.method).await;
            match told(&reply, &route, sam.class) {
                Told::Allowed => { reached.insert(route.operation.clone()); }
                // Whether there is such a thing is not theirs to know.
                Told::Forbidden | Told::Hidden => assert!(reply.header("bailee-event").is_empty()),
            }
            stage.ask_for_nothing(&route).await;
        }
        // Their own registers, what is asked of them, and what the installation claims.
        let of_the_operator = ["register.", "admission.", "assurance.", "duty."];
        let is_own = |name: &String| of_the_operator.iter().any(|noun| name.starts_with(noun));
        let (own, mut others): (Vec<_>, Vec<_>) = reached.into_iter().partition(is_own);
        assert!(!own.is_empty());
        others.retain(|name| !matches!(name.as_str(), "health" | "openapi"));
        assert_eq!(others, [
            "key.lend", "operator-access.ask", "operator-access.list", "session.list.factors", "session.list.passkeys",
            "staff.disable", "staff.invite", "staff.list", "tenant.create", "tenant.list", "tenant.list.certificates", "trail.read",
        ]);
    }

    async fn another_tenants_ids_answer_like_unknown_ones(db: TestDb) {
        let stage = Stage::on(db).await;
        for route in routes_for_keys() {
            let (own, foreign) = (stage.ask(&route, &stage.clinic).await, stage.ask(&route, &stage.rival).await);
            assert_eq!(own.ids.len(), foreign.ids.len());
            // Registers, checks, duties, documents and sets of criteria are named by words that every team has, and sub-processors are published.
            let has_ids =
                ["{register}", "{check}", "{duty}", "{pair}", "{document}", "{set}", "{processor}"].iter().fold(route.path.clone(), |path, word| path.replace(word, "")).contains('{');
            assert!(has_ids <= !own.ids.is_empty(), "{} says no ids", route.path);
            // Every mixture of own and foreign ids that has a foreign one.
            for mixture in 1..1_u32 << own.ids.len() {
                let mixed = own.mixed(&foreign, mixture);
                for person in &stage.people {
                    // No tenant is foreign to the operator whom it lets in.
                    if route.operation == "operator-access.take" && person.class == Class::Operator {
                        continue;
                    }
                    let told = stage.is_as_unknown(&route, &mixed, &foreign, person).await;
                    let is_filter = ["/v1/trail", "/v1/keys"].contains(&route.path.as_str()) || route.is_bulk();
                    assert!(told >= 400 || is_filter, "{} {} by {}", route.method, mixed.path, person.class);
                }
            }
            stage.ask_for_nothing(&route).await;
        }
    }

    async fn every_write_names_the_event_that_stands_for_it(db: TestDb) {
        let stage = Stage::on(db).await;
        let lab = stage.server.world.customer_held_team("lab").await;
        let mut writes = 0;
        for route in routes_for_keys().iter().filter(|route| route.writes()) {
            let ask = stage.ask(route, &stage.clinic).await;
            let (writer, reader) = match route.operation.as_str() {
                "operator-access.ask" | "operator-access.take" | "assurance.run" => {
                    (stage.server.by(&stage.server.world.operator), &stage.server.world.operator)
                }
                operation if operation == "tenant.create" || operation.starts_with("staff.") => {
                    (stage.by(&stage.staff.person), &stage.server.world.operator)
                }
                "recovery.use" => {
                    let code = lab.recovery_code.as_ref().unwrap();
                    (stage.server.with_key(code.expose_secret()), &lab.owner)
                }
                _ => (stage.server.by(&stage.clinic.owner), &stage.clinic.owner),
            };
            let (ask, writer) = match route.operation.starts_with("share.") {
                true => stage.about_to_share(route, ask, &stage.clinic.owner).await,
                false => (ask, writer),
            };
            let written = ask.send(&writer, &route.method).await;
            assert!((200..300).contains(&written.status), "{} {}: {}", route.method, route.path, written.text());
            stage.ask_for_nothing(route).await;
            let event = written.header("bailee-event");
            assert!(!event.is_empty(), "{} {} names no event", route.method, route.path);
            // Whoever may read the trail finds there exactly what this request did.
            let entry = stage.server.by(reader).get(&format!("/v1/trail/{event}")).send().await.expect(200).json();
            assert_eq!(text_at(&entry, "/event/operation"), written.header("bailee-operation"), "{}", route.path);
            let action = text_at(&entry, "/event/action");
            let expected = match route.operation.as_str() {
                _ if route.is_bulk() => "item.browse".to_owned(),
                // First what is said, then that the work is done.
                "task.submit.annotated" => "item.annotate".to_owned(),
                operation => operation.split('.').take(2).collect::<Vec<_>>().join("."),
            };
            assert_eq!(action, expected, "{} {}", route.method, route.path);
            assert_eq!(text_at(&entry, "/event/outcome"), "done");
            writes += 1;
        }
        assert!(writes > 20, "{writes}");
        let refused = stage.server.by(&stage.clinic.owner).post("/v1/tenants").json(serde_json::json!({})).send().await;
        assert!(refused.status >= 400 && refused.header("bailee-event").is_empty());
    }

    async fn without_a_valid_key_there_is_nothing_but_the_public_routes(db: TestDb) {
        let stage = Stage::on(db).await;
        let valid = secrecy::ExposeSecret::expose_secret(&stage.clinic.owner.credential.to_text()).to_owned();
        let (start, _) = valid.split_at(valid.len() - 43);
        let wrong_secret = format!("{start}{}", "A".repeat(43));
        let unknown = format!("bailee_{}_{}", "0".repeat(32), "A".repeat(43));
        let server = &stage.server;
        let dead = stage.clinic.owner.issue_key().await;
        stage.clinic.owner.invalidate(&dead).await.unwrap();
        let dead = secrecy::ExposeSecret::expose_secret(&dead.to_text()).to_owned();
        for route in routes() {
            if matches!(rule(&route.operation), Some(Rule::Door)) {
                continue;
            }
            let is_public = matches!(rule(&route.operation), Some(Rule::Public));
            let ask = stage.ask(&route, &stage.clinic).await;
            let mut answers = Vec::new();
            let strangers = [
                server.nobody(), server.with_key("nonsense"), server.with_key(&unknown), server.with_key(&wrong_secret),
                server.with_key(&dead),
            ];
            for stranger in strangers {
                let reply = ask.send(&stranger, &route.method).await;
                assert_eq!(reply.status, if is_public { 200 } else { 401 }, "{} {}", route.method, route.path);
                assert!(is_public || reply.header("www-authenticate") == "Bearer");
                answers.push(reply.without_operation());
            }
            assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{} {}", route.method, route.path);
            stage.ask_for_nothing(&route).await;
        }
    }
}

/// One operation of the document.
struct Route {
    method: Method,
    path: String,
    operation: String,
}

impl Route {
    fn writes(&self) -> bool {
        !matches!(self.method, Method::GET | Method::HEAD)
    }

    fn is_bulk(&self) -> bool {
        self.operation.ends_with(".many")
    }
}

/// What an API key is asked for: neither the door nor one's own session.
fn routes_for_keys() -> Vec<Route> {
    let mut routes = routes();
    routes.retain(|route| !matches!(rule(&route.operation), Some(Rule::Door | Rule::Session)));
    routes
}

fn routes() -> Vec<Route> {
    let document = serde_json::to_value(api::openapi()).unwrap();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let operation = text_at(operation, "/operationId");
            assert!(
                rule(&operation).is_some(),
                "{method} {path} ({operation}) has no row here: say who may"
            );
            routes.push(Route {
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                operation,
            });
        }
    }
    routes
}

/// Two teams, and somebody of each class of the first.
struct Stage {
    server: Server,
    /// A bucket that datasets may have for their own.
    bucket: engines::Elsewhere,
    clinic: Team,
    rival: Team,
    /// Somebody on the staff, by their session.
    staff: OnStaff,
    people: Vec<Person>,
}

impl Stage {
    async fn on(db: engines::TestDb) -> Self {
        let mut world = testkit::World::on(db).await;
        let bucket = engines::Elsewhere::start().unwrap();
        let live = bucket.endpoint().replace("http://", "");
        let hosts = format!("{} {live}", samples::OWN_BUCKET_HOST);
        world.custody = world.custody.with_own_buckets(hosts.parse().unwrap());
        world.people = world.people.with_providers(samples::providers());
        let server = Server::over(world);
        let (clinic, rival) = (
            server.world.team("clinic").await,
            server.world.team("rival").await,
        );
        let staff = server.world.on_staff("sam@operator.example").await;
        let mut people = vec![
            clinic.owner.clone(),
            server.world.operator.clone(),
            staff.person.clone(),
        ];
        for class in Class::ALL.into_iter().filter(|class| {
            !matches!(
                class,
                Class::Owner | Class::Operator | Class::Public | Class::DataSubject
            )
        }) {
            people.push(clinic.member(class).await);
        }
        Self {
            server,
            bucket,
            clinic,
            rival,
            staff,
            people,
        }
    }

    /// A request as this person: by their key, or for staff by their session.
    fn by(&self, person: &Person) -> crate::common::Client<'_> {
        match person.credential.is_session() {
            true => self.server.with_key(self.staff.cookie.expose_secret()),
            false => self.server.by(person),
        }
    }

    async fn ask(&self, route: &Route, team: &Team) -> Ask {
        let ask = sample(&route.operation, &self.server, &self.bucket, team).await;
        ask.unwrap_or_else(|| {
            panic!(
                "{} {} has no sample here: say what to send",
                route.method, route.path
            )
        })
    }

    /// Takes away what a route about admission left behind, so that everybody is let in again.
    async fn ask_for_nothing(&self, route: &Route) {
        if !route.operation.starts_with("admission.") {
            return;
        }
        for head in [&self.clinic.owner, &self.rival.owner, &self.server.world.operator] {
            let client = self.server.by(head);
            let standing = client.get("/v1/admission").send().await.expect(200).json();
            for step in standing["steps"].as_array().unwrap() {
                let path = format!("/v1/admission/steps/{}", text_at(step, "/id"));
                client.delete(&path).send().await.expect(204);
            }
        }
    }

    /// To share takes a key that was meant for it, and the confirmation of the warning.
    async fn about_to_share(
        &self,
        route: &Route,
        ask: Ask,
        person: &Person,
    ) -> (Ask, crate::common::Client<'_>) {
        if !route.operation.starts_with("share.") || person.class == Class::Operator {
            return (ask, self.by(person));
        }
        let client = self.server.by(&meant(&self.clinic, person).await);
        match route.operation.as_str() {
            "share.create" => (ask.confirmed(&client).await, client),
            _ => (ask, client),
        }
    }

    /// Fails the test unless the answer is the one that ids nobody has would get. Gives its status.
    async fn is_as_unknown(&self, route: &Route, ask: &Ask, to_hide: &Ask, person: &Person) -> u16 {
        let client = self.by(person);
        let unknown: Vec<String> = to_hide
            .ids
            .iter()
            .map(|_| self.server.world.custody.desk().operation_id().to_string())
            .collect();
        let of_nobody = ask.with(&to_hide.ids, &unknown);
        let (first, second) = (
            ask.send(&client, &route.method).await,
            of_nobody.send(&client, &route.method).await,
        );
        let first_told = masked(&first, &ask.ids);
        let second_told = masked(&second, &of_nobody.ids);
        assert_eq!(
            first_told, second_told,
            "{} {} by {}",
            route.method, ask.path, person.class
        );
        first.status
    }
}

fn told(reply: &Reply, route: &Route, class: Class) -> Told {
    match reply.status {
        200..=299 => Told::Allowed,
        403 => Told::Forbidden,
        404 => Told::Hidden,
        other => panic!(
            "{} {} by {class} answered {other}: {}",
            route.method,
            route.path,
            reply.text()
        ),
    }
}

/// The answer without the operation's id, and with the ids that were asked for made alike.
fn masked(reply: &Reply, ids: &[String]) -> (u16, String, String) {
    let (status, headers, body) = reply.without_operation();
    let mut body = body;
    // A bulk act that matches nothing happens, as an operation with an id.
    if let Some(members) = body.as_object_mut() {
        members.remove("operation");
    }
    let mask = |text: String| ids.iter().fold(text, |text, id| text.replace(id, "<id>"));
    (status, mask(format!("{headers:?}")), mask(body.to_string()))
}
