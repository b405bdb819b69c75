//! Words for tests: an installation with teams, people and a clock that moves when told to.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use access::{Class, Policies};
use engines::TestDb;
use kernel::{Clock, MemberId, PageRequest, SystemRandom, TenantId, Timestamp};
use operation::{Desk, Request};
use sealing::{Key, LocalRoot};
use secrecy::{ExposeSecret as _, SecretString};
use store::objects::MemoryObjects;
use store::{StoreError, params};

use crate::installation::FirstStart;
use crate::key::NewKey;
use crate::member::NewMember;
use crate::tenant::{Basis, Business, Contract, CustodyMode, LawfulBasis, NewOwner, NewTenant};
use crate::{Credential, Custody, Limits, Roots};

/// One day.
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A clock that stands still until a test moves it.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap();
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    /// Each look is a microsecond later, so that ids sort in the order in which things were done.
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

/// An installation after its first start. Declared first, gone first: the database outlives what uses it.
pub(crate) struct World {
    pub(crate) custody: Custody,
    pub(crate) operator: Credential,
    pub(crate) operator_tenant: TenantId,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) db: TestDb,
}

/// A tenant with its owner.
pub(crate) struct Team {
    pub(crate) tenant: TenantId,
    pub(crate) owner: Person,
    pub(crate) recovery: Option<Credential>,
}

/// A member with a key.
pub(crate) struct Person {
    pub(crate) member: MemberId,
    pub(crate) key: Credential,
}

/// The root key of tests with this number.
pub(crate) fn root(number: u8) -> Arc<LocalRoot> {
    Arc::new(LocalRoot::new(Key::from_bytes([number; 32])))
}

/// Custody in an empty database, before the first start.
pub(crate) fn empty(db: &TestDb, clock: &Arc<TestClock>, roots: Roots) -> Custody {
    static POLICIES: OnceLock<Arc<Policies>> = OnceLock::new();
    let policies = POLICIES.get_or_init(|| Arc::new(Policies::load().unwrap()));
    let desk = Desk {
        db: (**db).clone(),
        clock: clock.clone(),
        random: Arc::new(SystemRandom),
        policies: policies.clone(),
    };
    Custody::new(
        desk,
        Arc::new(MemoryObjects::default()),
        roots,
        Limits::default(),
        "test",
    )
}

/// A clock at some moment in November 2023.
pub(crate) fn clock() -> Arc<TestClock> {
    Arc::new(TestClock(AtomicI64::new(1_700_000_000_000_000)))
}

/// How every installation of a test is first started.
pub(crate) fn first_start() -> FirstStart {
    FirstStart {
        log_origin: "log.example/test".into(),
        operator_name: "Olga Operator".into(),
        operator_email: "olga@operator.example".into(),
    }
}

/// A contract without end that begins when it is signed.
pub(crate) fn contract() -> Contract {
    Contract {
        owner: "Clinic Holding AG".into(),
        purpose: "second opinions".into(),
        basis: Basis::LawfulBasis(LawfulBasis::Consent),
        region: "eu-central-1".into(),
        retention_days: Some(365),
        starts_at: None,
        ends_at: None,
    }
}

/// The key in a text that was shown once.
pub(crate) fn credential(text: &SecretString) -> Credential {
    Credential::parse(text.expose_secret()).unwrap()
}

/// The first page, as long as pages get.
pub(crate) fn first_page() -> PageRequest {
    PageRequest::first(PageRequest::MAX)
}

impl World {
    pub(crate) async fn new(db: TestDb) -> Self {
        db.migrate(&crate::all_migrations()).unwrap();
        let clock = clock();
        let custody = empty(&db, &clock, Roots::new(root(1), vec![]));
        let installed = custody.install(first_start()).await.unwrap();
        let (operator, operator_tenant) = (credential(&installed.key.secret), installed.operator_tenant);
        Self {
            custody,
            operator,
            operator_tenant,
            clock,
            db,
        }
    }

    /// A second process on the same database.
    pub(crate) fn another_node(&self, roots: Roots) -> Custody {
        empty(&self.db, &self.clock, roots)
    }

    pub(crate) fn request(&self) -> Request {
        self.custody.desk.own_request()
    }

    /// A tenant with a contract in force, its key under the root key.
    pub(crate) async fn team(&self, slug: &str) -> Team {
        self.team_held(slug, CustodyMode::ProviderHeld).await
    }

    /// A tenant with a contract in force.
    pub(crate) async fn team_held(&self, slug: &str, custody: CustodyMode) -> Team {
        let new = NewTenant {
            contract: Some(contract()),
            ..new_tenant(slug, custody)
        };
        let made = self
            .custody
            .create_tenant(&self.operator, self.request(), new, None)
            .await
            .unwrap();
        let owner = Person {
            member: made.owner.id,
            key: credential(&made.key.secret),
        };
        let recovery = made.recovery_code.as_ref().map(credential);
        Team {
            tenant: made.tenant.id,
            owner,
            recovery,
        }
    }

    /// A new member with a key, both from the team's owner.
    pub(crate) async fn member(&self, team: &Team, name: &str, class: Class) -> Person {
        let new = NewMember {
            name: name.into(),
            email: format!("{name}@team.example"),
            class,
        };
        let member = self
            .custody
            .invite_member(&team.owner.key, self.request(), new, None)
            .await
            .unwrap();
        Person {
            member: member.id,
            key: self.key_for(&team.owner, member.id).await,
        }
    }

    /// A key with all rights of the member, issued by somebody who may.
    pub(crate) async fn key_for(&self, issuer: &Person, member: MemberId) -> Credential {
        let new = NewKey {
            member: Some(member),
            label: "laptop".into(),
            ..NewKey::default()
        };
        let issued = self
            .custody
            .issue_key(&issuer.key, self.request(), new, None)
            .await
            .unwrap();
        credential(&issued.secret)
    }

    /// Whether the key can be used at all.
    pub(crate) async fn works(&self, key: &Credential) -> bool {
        let listed = self
            .custody
            .list_keys(key, self.request(), None, first_page())
            .await;
        !matches!(listed, Err(crate::Error::Unauthenticated))
    }

    /// What the tenant's trail says from its beginning: actions and how they ended.
    pub(crate) async fn acts(&self, tenant: TenantId) -> Vec<String> {
        const ACTS: &str = "SELECT action, outcome FROM event WHERE tenant_id = $1 ORDER BY event_id";
        let acts = self.db.read(move |tx| {
            let rows = tx.all(ACTS, params![tenant])?;
            let act = |row: &store::Row| Ok(format!("{} {}", row.get::<String>(0)?, row.get::<String>(1)?));
            rows.iter().map(act).collect::<Result<Vec<_>, StoreError>>()
        });
        acts.await.unwrap()
    }
}

/// A tenant without a contract.
pub(crate) fn new_tenant(slug: &str, custody: CustodyMode) -> NewTenant {
    NewTenant {
        slug: slug.into(),
        name: format!("The {slug} company"),
        business: Business::TrainingData,
        custody,
        contract: None,
        owner: NewOwner {
            name: "Ada Owner".into(),
            email: format!("ada@{slug}.example"),
        },
    }
}
