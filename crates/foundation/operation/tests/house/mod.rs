//! One tenant with its keys, at a desk.
#![allow(dead_code, reason = "no test file uses all of it")]

use std::sync::{Arc, LazyLock};

use access::{Class, Facts, Policies, Subject};
use kernel::{Actor, KeyId, MemberId, PageRequest, SystemClock, SystemRandom, TenantId, Timestamp};
use ledger::{KeyKind, Policy, SigningKey};
use operation::acts::{CreateDataset, ReadReceipt, ReadTrail};
use operation::sequencer::Sequencer;
use operation::trail::{self, TrailError, TrailFilter};
use operation::{Caller, Desk, Op, OperationError, PermitError, Resource, TrailKeys, TrailSeal};
use sealing::{Key, LetterboxSecret};
use serde_json::json;
use store::{Migration, StoreError, params};

#[derive(Debug)]
#[allow(dead_code, reason = "shown when a test fails")]
pub(crate) enum Failure {
    Store(StoreError),
    Operation(OperationError),
    Permit(PermitError),
    Trail(TrailError),
    Own(&'static str),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
impl From<OperationError> for Failure {
    fn from(error: OperationError) -> Self {
        Self::Operation(error)
    }
}
impl From<PermitError> for Failure {
    fn from(error: PermitError) -> Self {
        Self::Permit(error)
    }
}
impl From<TrailError> for Failure {
    fn from(error: TrailError) -> Self {
        Self::Trail(error)
    }
}

const THINGS: Migration = Migration {
    id: 900,
    name: "things",
    sql: "CREATE TABLE thing (name {text} NOT NULL PRIMARY KEY) {strict};",
};
pub(crate) const INSERT: &str = "INSERT INTO thing (name) VALUES ($1)";
const COUNT: &str = "SELECT count(*) FROM thing";

/// Read once: that takes a second without optimisation.
static POLICIES: LazyLock<Arc<Policies>> = LazyLock::new(|| Arc::new(Policies::load().unwrap()));

/// One tenant with its keys, at a desk.
#[derive(Clone)]
pub(crate) struct House {
    pub(crate) desk: Desk,
    pub(crate) tenant: TenantId,
    pub(crate) member: MemberId,
    pub(crate) key: KeyId,
    pub(crate) trail_key: Arc<Key>,
    pub(crate) letterbox: Arc<LetterboxSecret>,
}

impl House {
    pub(crate) fn on(db: &store::Db) -> Self {
        let migrations = [store::MIGRATIONS, operation::MIGRATIONS, &[THINGS]].concat();
        db.migrate(&migrations).unwrap();
        let now = Timestamp::from_micros(1_700_000_000_000_000);
        let desk = Desk::new(
            db.clone(),
            Arc::new(SystemClock),
            Arc::new(SystemRandom),
            Arc::clone(&POLICIES),
        );
        Self {
            desk,
            tenant: TenantId::make(now, &SystemRandom),
            member: MemberId::make(now, &SystemRandom),
            key: KeyId::make(now, &SystemRandom),
            trail_key: Arc::new(Key::generate(&SystemRandom)),
            letterbox: Arc::new(LetterboxSecret::generate(&SystemRandom)),
        }
    }

    pub(crate) fn enter(&self, op: &mut Op<'_>, class: Class) {
        op.enter(Caller {
            actor: Actor::Key {
                key: self.key,
                member: self.member,
            },
            tenant: self.tenant,
            subject: Subject::of(class),
            trail: TrailSeal::Key(self.trail_key.duplicate()),
        });
    }

    pub(crate) fn keys(&self) -> TrailKeys {
        TrailKeys {
            key: self.trail_key.duplicate(),
            letterbox: LetterboxSecret::from_key(self.letterbox.as_key().duplicate()),
        }
    }

    /// Adds a thing as a member of this class.
    pub(crate) async fn add(&self, class: Class, name: &'static str) -> Result<kernel::EventId, Failure> {
        let house = self.clone();
        self.desk
            .act(self.desk.own_request(), move |op| {
                house.enter(op, class);
                let permit = op.permit::<CreateDataset>(Resource::tenant(), &Facts::at_home())?;
                op.change(&permit, INSERT, params![name])?;
                Ok(op.record(permit, json!({ "note": "added" }))?)
            })
            .await
    }

    pub(crate) async fn things(&self) -> i64 {
        self.desk
            .db
            .read(|tx| tx.one(COUNT, &[])?.get(0))
            .await
            .map_err(|error: StoreError| error)
            .unwrap()
    }

    pub(crate) async fn events(&self) -> Vec<trail::TrailEntry> {
        let house = self.clone();
        let found: Result<_, Failure> = self
            .desk
            .act(self.desk.own_request(), move |op| {
                house.enter(op, Class::Auditor);
                let permit = op.permit::<ReadTrail>(Resource::trail(), &Facts::at_home())?;
                let page = trail::query(
                    op,
                    &permit,
                    &house.keys(),
                    &TrailFilter::default(),
                    &PageRequest::first(100),
                )?;
                op.record(permit, json!(null))?;
                Ok(page.items)
            })
            .await;
        found.unwrap()
    }

    pub(crate) async fn receipt(&self, event: kernel::EventId) -> Result<String, Failure> {
        let house = self.clone();
        self.desk
            .act(self.desk.own_request(), move |op| {
                house.enter(op, Class::Auditor);
                let permit = op.permit::<ReadReceipt>(Resource::trail(), &Facts::at_home())?;
                let text = trail::receipt(op, &permit, &house.keys(), event)?;
                op.record(permit, json!(null))?;
                Ok(text)
            })
            .await
    }

    pub(crate) fn sequencer(&self) -> (Sequencer, Policy) {
        let signer = SigningKey::generate("log.example/test", KeyKind::Log, &SystemRandom).unwrap();
        let policy = Policy::log_only(signer.verifier().clone()).unwrap();
        (
            Sequencer::new(self.desk.db.clone(), Arc::new(SystemClock), signer, "node"),
            policy,
        )
    }
}
