//! An installation with its public page.

use std::sync::Arc;
use std::time::Duration;

use access::Policies;
use assurance::door::Page;
use assurance::{Assurance, Kept, Profiles};
use axum::Router;
use axum::body::Body;
use custody::Custody;
use engines::TestDb;
use governance::Governance;
use governance::entry::{Covers, Evidence, NewEntry};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use kernel::{Clock as _, EntryId, SystemRandom};
use serde_json::Value as Json;
use testkit::{OwnDoor, Pages, World};
use tower::ServiceExt as _;
use trust::{Settings, TrustState};
use web::Kit;

use crate::elsewhere::Elsewhere;
use crate::furnished::OUTSIDE;

pub(crate) struct House {
    pub(crate) world: World,
    pub(crate) assurance: Assurance,
    /// Shows what the router answers.
    pub(crate) door: Arc<OwnDoor>,
    /// Of one that is furnished.
    pub(crate) elsewhere: Option<Elsewhere>,
    router: Router,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).unwrap()
    }
}

impl House {
    /// A sound one, with a team that has an item.
    pub(crate) async fn on(db: TestDb) -> Self {
        Self::with(
            db,
            Settings {
                security: None,
                ..crate::samples::settings()
            },
        )
        .await
    }

    pub(crate) async fn with(db: TestDb, settings: Settings) -> Self {
        Self::made(db, settings, |assurance| assurance).await
    }

    /// One whose pages keep to these profiles.
    pub(crate) async fn saying(db: TestDb, profiles: Profiles) -> Self {
        Self::made(db, crate::samples::settings(), |made| {
            made.with_profiles(profiles)
        })
        .await
    }

    async fn made(db: TestDb, settings: Settings, finish: impl FnOnce(Assurance) -> Assurance) -> Self {
        let world = World::on(db).await;
        let team = world.team("lab").await;
        team.owner.dataset("scans").await.unwrap();
        team.owner.put("scans", "one", b"bytes").await.unwrap();
        world.sequence().await;
        let assurance = finish(assurance(&world, world.custody.clone()));
        let state = TrustState::new(
            world.custody.desk().clone(),
            &world.policy.log().to_string(),
            assurance.clone(),
            settings,
        );
        let kit = Kit::new(Arc::new(world.clock.clone()), Arc::new(SystemRandom));
        let router = kit.dress(trust::router(state));
        let inside = router.clone();
        let pages: Pages = Arc::new(move |path| Box::pin(page(inside.clone(), path)));
        let door = OwnDoor::open(world.clock.now(), pages).await;
        Self {
            router,
            door,
            elsewhere: None,
            world,
            assurance,
        }
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        let (head, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Answer {
            status: head.status,
            headers: head.headers,
            bytes,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// The page for machines, made anew.
    pub(crate) async fn twin(&self) -> Json {
        self.later(Duration::from_secs(11));
        serde_json::from_slice(&self.get("/trust.json").await.bytes).unwrap()
    }

    pub(crate) fn later(&self, by: Duration) {
        self.world.clock.advance(by);
    }

    /// The same installation as somebody left it who changed its policies.
    pub(crate) fn under(&self, policies: impl Into<Arc<Policies>>) -> Assurance {
        assurance(&self.world, self.world.under(policies))
    }

    /// Does something by SQL that no act would do.
    pub(crate) async fn by_sql(&self, statements: &'static [&'static str]) {
        for sql in statements {
            self.world.by_sql(sql, Vec::new()).await;
        }
    }

    /// Puts on file that somebody left the operator, of whom nothing is open.
    pub(crate) async fn somebody_left(&self) {
        let (custody, operator) = (&self.world.custody, &self.world.operator);
        let invited = self.world.invite_staff("gone@operator.example").await;
        let member = invited.unwrap().staff.id;
        let shut = custody.disable_staff(&operator.credential, operator.request(), member);
        shut.await.unwrap();
        let id = member.to_string();
        self.put_on_file("leavers", &[("member", id.as_str()), ("last_day", "2020-01-31")])
            .await;
    }

    /// Puts a scan from outside on file.
    pub(crate) async fn scan_from_outside(&self) {
        self.put_on_file("vulnerability-scans", &OUTSIDE).await;
    }

    /// Puts something on file. The word `TODAY` stands for the day.
    pub(crate) async fn put_on_file(&self, register: &str, said: &[(&str, &str)]) {
        self.file(register, self.evidence(said)).await;
    }

    /// Evidence of today, about today.
    pub(crate) fn evidence(&self, said: &[(&str, &str)]) -> NewEntry {
        let micros = self.world.custody.desk().clock.now().as_micros();
        let moment = jiff::Timestamp::from_microsecond(micros).unwrap();
        let today = jiff::tz::TimeZone::UTC.to_datetime(moment).date();
        let day = today.to_string();
        let filled = |(name, value): &(&str, &str)| ((*name).to_owned(), value.replace("TODAY", &day));
        NewEntry {
            title: "Evidence".into(),
            owner: None,
            received_on: today,
            covers: Some(Covers {
                from: today,
                to: today,
            }),
            valid_until: None,
            evidence: Evidence::Document {
                name: "scan.pdf".into(),
                sha256: "ab".repeat(32),
            },
            values: said.iter().map(filled).collect(),
        }
    }

    /// Puts it on file, approved as if by a colleague, of whom this installation has none.
    pub(crate) async fn file(&self, register: &str, new: NewEntry) -> EntryId {
        let operator = &self.world.operator;
        let registers = Governance::new(self.world.custody.clone());
        let written = registers.add_entry(&operator.credential, operator.request(), register, new, None);
        let entry = written.await.unwrap().id;
        for sql in [
            "UPDATE register_version SET approved_at = made_at, approved_by = made_by WHERE entry_id = $1",
            "UPDATE register_entry SET approved = 1, \
             sort = (SELECT v.sort FROM register_version v WHERE v.entry_id = register_entry.entry_id), \
             valid_until = (SELECT v.valid_until FROM register_version v WHERE v.entry_id = register_entry.entry_id) \
             WHERE entry_id = $1",
        ] {
            self.world.by_sql(sql, vec![entry.into()]).await;
        }
        entry
    }
}

pub(crate) fn assurance(world: &World, custody: Custody) -> Assurance {
    let people = testkit::people(&custody);
    let made = Assurance::new(custody, vec![world.objects_folder().to_owned()], "test").unwrap();
    let made = made.with_people(people).with_program(testkit::program());
    made.with_ear(testkit::ear())
}

/// What a stranger is answered.
async fn page(router: Router, path: String) -> Page {
    let asked = Request::get(path).body(Body::empty()).unwrap();
    let (head, body) = router.oneshot(asked).await.unwrap().into_parts();
    let said = head.headers.iter();
    Page {
        status: head.status.as_u16(),
        headers: said
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
        body: body.collect().await.unwrap().to_bytes().to_vec(),
    }
}

/// Runs one check there.
pub(crate) async fn one(assurance: &Assurance, check: &str) -> Kept {
    assurance.run_now(&[check.to_owned()]).await.unwrap().remove(0)
}
