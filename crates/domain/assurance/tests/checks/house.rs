//! An installation with its assurance.

use std::sync::Arc;
use std::time::Duration;

use access::Policies;
use assurance::check::{Check, Outcome};
use assurance::door::Page;
use assurance::{Assurance, ClaimState, Kept};
use custody::Custody;
use engines::TestDb;
use governance::Governance;
use governance::egress::{Egress, OwnHosts};
use governance::entry::{Covers, Entry, Evidence, NewEntry};
use kernel::{Clock as _, MemberId, Timestamp};
use serde_json::{Value as Json, json};
use store::{Value, params};
use testkit::{OwnDoor, Pages, World};

pub(crate) struct House {
    pub(crate) assurance: Assurance,
    pub(crate) world: World,
    pub(crate) door: Option<Arc<OwnDoor>>,
}

impl House {
    /// A sound one, whose log has its first entries.
    pub(crate) async fn on(db: TestDb) -> Self {
        let world = World::on(db).await;
        world.team("clinic").await;
        world.sequence().await;
        Self {
            assurance: assurance(&world, world.custody.clone()),
            world,
            door: None,
        }
    }

    /// The same with a door of its own, as a server has one.
    pub(crate) async fn with_door(db: TestDb) -> Self {
        let house = Self::on(db).await;
        let (inside, clock) = (house.assurance.clone(), house.world.clock.clone());
        let pages: Pages = Arc::new(move |path| {
            let (inside, now) = (inside.clone(), clock.now());
            Box::pin(async move { page(&inside, now, &path).await })
        });
        let door = OwnDoor::open(house.world.clock.now(), pages).await;
        Self {
            assurance: house.doored_with(house.assurance.clone(), &door),
            door: Some(door),
            ..house
        }
    }

    fn doored(&self, assurance: Assurance) -> Assurance {
        match &self.door {
            Some(door) => self.doored_with(assurance, door),
            None => assurance,
        }
    }

    /// As a server has it: with a door, and with a gate to elsewhere.
    fn doored_with(&self, assurance: Assurance, door: &Arc<OwnDoor>) -> Assurance {
        let own = OwnHosts {
            hosts: vec!["smtp.example.org:465".into(), "*.objects.example.org:443".into()],
            purpose: "a test".into(),
            key: "test".into(),
            chosen: true,
        };
        let egress = Egress::new(vec![own], Arc::new(self.world.clock.clone()));
        assurance.with_door(door.clone()).with_egress(Arc::new(egress))
    }

    /// What the letters say that wait to be sent.
    pub(crate) async fn letters(&self) -> Vec<String> {
        let (key, now) = (
            self.world.custody.outbox_key().await.unwrap(),
            self.world.custody.desk().clock.now(),
        );
        let minute = Duration::from_secs(60);
        let taken = self
            .world
            .database()
            .write(move |tx| key.take(tx, now, 9, minute));
        taken
            .await
            .unwrap()
            .iter()
            .map(|letter| letter.text().to_owned())
            .collect()
    }

    /// The same with these checks alone.
    pub(crate) fn with(&self, checks: Vec<Arc<dyn Check>>) -> Assurance {
        let folders = vec![self.world.objects_folder().to_owned()];
        let made = Assurance::with_checks(self.world.custody.clone(), folders, "test", checks).unwrap();
        self.doored(
            made.with_people(self.world.people.clone())
                .with_program(testkit::program())
                .with_ear(testkit::ear()),
        )
    }

    /// The same with a rule more.
    pub(crate) fn with_policy(&self, rule: &str) -> Assurance {
        self.under(testkit::policies_with(rule))
    }

    /// The same without one of the policies.
    pub(crate) fn without_policy(&self, id: &str) -> Assurance {
        self.under(testkit::policies().without(id).unwrap())
    }

    fn under(&self, policies: impl Into<Arc<Policies>>) -> Assurance {
        self.doored(assurance(&self.world, self.world.under(policies)))
    }

    /// Runs one check.
    pub(crate) async fn run(&self, check: &str) -> Kept {
        one(&self.assurance, check).await
    }

    /// Does something by SQL that no act would do.
    pub(crate) async fn by_sql(&self, sql: &'static str, values: Vec<Value>) {
        let changed = self.world.database().write(move |tx| tx.execute(sql, &values));
        assert!(changed.await.unwrap() > 0, "{sql} changed nothing");
    }

    /// Does one thing after the other by SQL that no act would do.
    pub(crate) async fn sabotage(&self, statements: &'static [&'static str]) {
        for sql in statements {
            self.world.by_sql(sql, vec![]).await;
        }
    }

    /// Writes into a register of the operator's, and has it approved as if by a colleague, of whom this installation has none.
    pub(crate) async fn put_on_file(&self, register: &str, values: &[(&str, &str)]) -> Entry {
        let entry = self.write_down(register, values).await;
        self.by_sql(
            "UPDATE register_version SET approved_at = made_at, approved_by = made_by WHERE entry_id = $1",
            params![entry.id].to_vec(),
        )
        .await;
        self.by_sql(
            "UPDATE register_entry SET approved = 1, \
             sort = (SELECT v.sort FROM register_version v WHERE v.entry_id = register_entry.entry_id), \
             valid_until = (SELECT v.valid_until FROM register_version v WHERE v.entry_id = register_entry.entry_id) \
             WHERE entry_id = $1",
            params![entry.id].to_vec(),
        )
        .await;
        entry
    }

    /// Writes into a register of the operator's. Nobody has approved it.
    pub(crate) async fn write_down(&self, register: &str, values: &[(&str, &str)]) -> Entry {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let today = self.today();
        let new = NewEntry {
            title: "Evidence".into(),
            owner: None,
            received_on: today,
            covers: Some(Covers {
                from: today,
                to: today,
            }),
            valid_until: None,
            evidence: Evidence::Document {
                name: "report.pdf".into(),
                sha256: "ab".repeat(32),
            },
            values: values.iter().map(owned).collect(),
        };
        let operator = &self.world.operator;
        let written = Governance::new(self.world.custody.clone());
        let written = written.add_entry(&operator.credential, operator.request(), register, new, None);
        written.await.unwrap()
    }

    /// Takes somebody in at the operator's, and shuts them out.
    pub(crate) async fn who_left(&self) -> MemberId {
        let invited = self.world.invite_staff("gone@operator.example").await;
        let member = invited.unwrap().staff.id;
        self.shut_out(member).await;
        member
    }

    /// Shuts somebody of the operator's out.
    pub(crate) async fn shut_out(&self, member: MemberId) {
        let operator = &self.world.operator;
        let shut = self
            .world
            .custody
            .disable_staff(&operator.credential, operator.request(), member);
        shut.await.unwrap();
    }

    pub(crate) fn today(&self) -> jiff::civil::Date {
        let micros = self.world.custody.desk().clock.now().as_micros();
        let moment = jiff::Timestamp::from_microsecond(micros).unwrap();
        jiff::tz::TimeZone::UTC.to_datetime(moment).date()
    }

    /// How a claim stands.
    pub(crate) async fn claim(&self, id: &str) -> ClaimState {
        let claims = self.assurance.claims().await.unwrap();
        claims.into_iter().find(|claim| claim.id == id).unwrap()
    }

    pub(crate) fn later(&self, by: Duration) {
        self.world.clock.advance(by);
    }
}

fn assurance(world: &World, custody: Custody) -> Assurance {
    let people = testkit::people(&custody);
    let made = Assurance::new(custody, vec![world.objects_folder().to_owned()], "test").unwrap();
    let made = made.with_people(people).with_program(testkit::program());
    made.with_ear(testkit::ear())
}

/// The pages of a server, as far as checks look at them.
async fn page(assurance: &Assurance, now: Timestamp, path: &str) -> Page {
    let (status, kind, body) = match path {
        "/trust.json" => (200, "application/json", twin(assurance, now).await.to_string()),
        "/" => (200, "text/html", front(assurance).await),
        _ => (404, "text/html", "<p>There is nothing here.</p>".to_owned()),
    };
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Page {
        status,
        headers: vec![
            header("content-type", kind),
            header("content-security-policy", "default-src 'none'"),
        ],
        body: body.into_bytes(),
    }
}

async fn twin(assurance: &Assurance, now: Timestamp) -> Json {
    let (claims, results) = assurance.claims_at(now).await.unwrap();
    let claims: Vec<Json> = claims
        .iter()
        .map(|claim| json!({ "id": claim.id, "statement": claim.statement, "state": claim.state }))
        .collect();
    let named = |(check, kept): (&String, &Kept)| {
        (
            check.clone(),
            json!({ "ran_at": kept.ran_at, "event": kept.event }),
        )
    };
    let results: serde_json::Map<String, Json> = results.iter().map(named).collect();
    json!({ "as_of": now, "claims": claims, "results": results })
}

async fn front(assurance: &Assurance) -> String {
    let claims = assurance.claims().await.unwrap();
    let line = |claim: &ClaimState| {
        let (state, id) = (claim.state.as_str(), &claim.id);
        format!("<li><b class=\"{state}\">{state}</b><a href=\"/trust/claims/{id}\">{id}</a>")
    };
    claims.iter().map(line).collect()
}

/// What an entry of the register of scans says about a scan from outside.
pub(crate) const OUTSIDE: [(&str, &str); 3] =
    [("kind", "outside"), ("scanner", "A vendor"), ("open_high", "0")];

/// Runs one check there.
pub(crate) async fn one(assurance: &Assurance, check: &str) -> Kept {
    assurance.run_now(&[check.to_owned()]).await.unwrap().remove(0)
}

/// What it came to; the reason if it is another.
pub(crate) fn expect(kept: &Kept, outcome: Outcome) {
    assert_eq!(
        kept.finding.outcome, outcome,
        "{}: {} ({})",
        kept.check, kept.finding.reason, kept.finding.control
    );
}
