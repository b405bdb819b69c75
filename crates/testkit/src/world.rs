//! One installation with its teams.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use access::{Class, Policies, SOURCES};
use custody::installation::FirstStart;
use custody::member::NewMember;
use custody::tenant::{Basis, Business, Contract, CustodyMode, LawfulBasis, NewOwner, NewTenant};
use custody::{Credential, Custody, Limits, People, Roots};
use engines::TestDb;
use identity::Door;
use kernel::{Clock as _, Random, SystemRandom, TenantId};
use operation::Desk;
use operation::sequencer::Sequencer;
use sealing::{Key, LocalRoot};
use secrecy::{ExposeSecret, SecretString};
use store::objects::{DirectoryObjects, Place, Places};
use tempfile::TempDir;

use crate::{HandClock, Person};

/// An installation in a temporary folder, on the engine that the test was given.
pub struct World {
    /// The custody under test.
    pub custody: Custody,
    /// Who signs in there.
    pub people: People,
    /// Who signs in there by the door of the staff.
    pub staff: People,
    /// Moved by the test alone.
    pub clock: HandClock,
    /// Staff of the installation.
    pub operator: Person,
    /// What verifies the installation's receipts.
    pub policy: ledger::Policy,
    sequencer: Sequencer,
    root: Key,
    objects: TempDir,
    others: Vec<Place>,
    // Dropped last: everything above uses it.
    db: TestDb,
}

/// A tenant with its owner.
pub struct Team {
    /// Its id.
    pub id: TenantId,
    /// Its owner, with an unnarrowed key.
    pub owner: Person,
    /// Customer-held custody only.
    pub recovery_code: Option<SecretString>,
}

impl World {
    /// An installation on its first day.
    pub async fn on(db: TestDb) -> Self {
        Self::with_places(db, Vec::new()).await
    }

    /// One that offers these places beside its home.
    pub async fn with_places(db: TestDb, others: Vec<Place>) -> Self {
        db.migrate(&migrations()).unwrap();
        let objects = tempfile::tempdir().unwrap();
        let (clock, root) = (HandClock::default(), Key::generate(&SystemRandom));
        let custody = assemble(&db, places(objects.path(), &others), &clock, &root);
        let first = FirstStart {
            log_origin: "log.example/bailee".into(),
            operator_name: "Olga Operator".into(),
            operator_email: "olga@operator.example".into(),
        };
        let installed = custody.install(first).await.unwrap();
        let verifier = installed.log_verifier.parse().unwrap();
        let signer = custody.log_signer().await.unwrap();
        let sequencer = Sequencer::new((*db).clone(), Arc::new(clock.clone()), signer, "test");
        sequencer.publish_first().await.unwrap();
        let operator = Person::with(
            &custody,
            credential(&installed.key.secret),
            installed.operator.id,
            Class::Operator,
        );
        let policy = ledger::Policy::log_only(verifier).unwrap();
        let people = people(&custody);
        let staff = people.at(custody.at_door(Door::Staff));
        Self {
            custody,
            people,
            staff,
            clock,
            operator,
            policy,
            sequencer,
            root,
            objects,
            others,
            db,
        }
    }

    /// The same installation as another process would open it, with this root key.
    pub fn reopened_with(&self, root: Key) -> Custody {
        let places = places(self.objects.path(), &self.others);
        assemble(&self.db, places, &self.clock, &root)
    }

    /// The installation's root key, for tests that play the thief of the whole machine.
    pub fn root_key(&self) -> Key {
        self.root.duplicate()
    }

    /// The database under the custody, for tests that play somebody with full access to it.
    pub fn database(&self) -> &store::Db {
        &self.db
    }

    /// Does by SQL what no act would do. The values stand where the statement has `$1` and so on.
    pub async fn by_sql(&self, sql: &'static str, values: Vec<store::Value>) {
        let done = self.db.write(move |tx| tx.execute(sql, &values));
        done.await.unwrap();
    }

    /// Tells the database something in its own words, where the engines do not share any.
    pub async fn tell(&self, sqlite: &'static str, postgres: &'static str) {
        let said = match self.db.engine() {
            store::Engine::Sqlite => sqlite,
            store::Engine::Postgres => postgres,
        };
        self.by_sql(said, Vec::new()).await;
    }

    /// The same installation as somebody left it who changed its policies.
    pub fn under(&self, policies: impl Into<Arc<Policies>>) -> Custody {
        let places = places(self.objects.path(), &self.others);
        governed(&self.db, places, &self.clock, &self.root, policies.into())
    }

    /// The same installation in a process whose randomness comes from somewhere else.
    pub fn with_random(&self, random: Arc<dyn Random>) -> Custody {
        let mut desk = self.custody.desk().clone();
        desk.random = random;
        let roots = Roots::new(Arc::new(LocalRoot::new(self.root.duplicate())), Vec::new());
        let places = places(self.objects.path(), &self.others);
        Custody::new(desk, places, roots, Limits::default(), "test")
    }

    /// Where sealed objects lie.
    pub fn objects_folder(&self) -> &Path {
        self.objects.path()
    }

    /// The same installation in another database, its objects in this folder: what is to come of a backup.
    pub fn in_place_of(&self, db: &store::Db, objects: &Path) -> Custody {
        assemble(db, places(objects, &self.others), &self.clock, &self.root)
    }

    /// As [`World::in_place_of`], with places of any kind.
    pub fn over(&self, db: &store::Db, places: Places) -> Custody {
        assemble(db, places, &self.clock, &self.root)
    }

    /// Another process that knows of its home alone.
    pub fn at_home(&self) -> Custody {
        assemble(
            &self.db,
            places(self.objects.path(), &[]),
            &self.clock,
            &self.root,
        )
    }

    /// The files of all sealed objects.
    pub fn object_files(&self) -> Vec<PathBuf> {
        fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    collect(&path, found)
                } else {
                    found.push(path)
                }
            }
        }
        let mut found = Vec::new();
        collect(self.objects.path(), &mut found);
        found
    }

    /// The letters that wait, as kind, address, subject and text, oldest first; they are sent by this.
    pub async fn letters(&self) -> Vec<[String; 4]> {
        let key = self.custody.outbox_key().await.unwrap();
        let now = self.clock.now();
        let read = self.db.write(move |tx| {
            let taken = key.take(tx, now, 50, Duration::from_secs(60))?;
            let mut letters = Vec::new();
            for letter in taken {
                let (to, subject, text) = (letter.to.as_str(), letter.subject(), letter.text());
                letters.push([letter.kind.as_str(), to, subject, text].map(str::to_owned));
                key.settle(tx, &letter, outbox::Fate::Sent, now)?;
            }
            Ok::<_, outbox::Error>(letters)
        });
        read.await.unwrap()
    }

    /// Gives every recorded event its place in the log.
    pub async fn sequence(&self) {
        self.sequencer.run().await.unwrap();
    }

    /// A team with a contract in force, its tenant key under the installation's root.
    pub async fn team(&self, slug: &str) -> Team {
        self.make(slug, CustodyMode::ProviderHeld, Some(contract())).await
    }

    /// A team that holds its key itself.
    pub async fn customer_held_team(&self, slug: &str) -> Team {
        self.make(slug, CustodyMode::CustomerHeld, Some(contract())).await
    }

    /// A team that has not signed anything.
    pub async fn team_without_contract(&self, slug: &str) -> Team {
        self.make(slug, CustodyMode::ProviderHeld, None).await
    }

    async fn make(&self, slug: &str, custody: CustodyMode, contract: Option<Contract>) -> Team {
        let new = NewTenant {
            slug: slug.into(),
            name: format!("The {slug} company"),
            business: Business::TrainingData,
            custody,
            contract,
            owner: NewOwner {
                name: format!("Olivia Owner of {slug}"),
                email: format!("olivia@{slug}.example"),
            },
        };
        let made = self
            .custody
            .create_tenant(&self.operator.credential, self.operator.request(), new, None)
            .await
            .unwrap();
        let owner = Person::with(
            &self.custody,
            credential(&made.key.secret),
            made.owner.id,
            Class::Owner,
        );
        Team {
            id: made.tenant.id,
            owner,
            recovery_code: made.recovery_code,
        }
    }
}

impl Team {
    /// A further member of this class, with an unnarrowed key.
    pub async fn member(&self, class: Class) -> Person {
        let custody = self.owner.custody();
        let email = format!("{class}-{}@people.example", custody.desk().operation_id());
        let new = NewMember {
            name: format!("A {class}"),
            email,
            class,
        };
        let member = custody
            .invite_member(&self.owner.credential, self.owner.request(), new, None)
            .await
            .unwrap();
        let key = self.owner.issue_key_for(member.id).await;
        Person::with(custody, key, member.id, class)
    }
}

/// Every table of an installation.
pub fn migrations() -> Vec<store::Migration> {
    [
        governance::all_migrations().as_slice(),
        rights::MIGRATIONS,
        webhook::MIGRATIONS,
        assurance::MIGRATIONS,
    ]
    .concat()
}

/// A plain contract that has no end.
fn contract() -> Contract {
    Contract {
        owner: "The company that owns the data".into(),
        purpose: "Training image models".into(),
        basis: Basis::LawfulBasis(LawfulBasis::Contract),
        region: "eu-north".into(),
        retention_days: Some(365),
        starts_at: None,
        ends_at: None,
    }
}

/// The people of a custody, their passwords hashed as cheaply as can be.
pub fn people(custody: &Custody) -> People {
    let cost = identity::Cost {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
        at_once: 4,
    };
    let settings = identity::Settings {
        cost,
        party: Some(identity::RelyingParty {
            id: "bailee.example".into(),
            origins: vec!["https://bailee.example".into()],
        }),
        ..identity::Settings::default()
    };
    custody.people(settings).unwrap()
}

fn places(folder: &Path, others: &[Place]) -> Places {
    let home = Arc::new(DirectoryObjects::open(folder).unwrap());
    let others = others.iter().cloned();
    others.fold(Places::from(home), Places::with)
}

fn assemble(db: &store::Db, places: Places, clock: &HandClock, root: &Key) -> Custody {
    governed(db, places, clock, root, policies())
}

/// The policies of this release. Reading them and asking them for the first time takes longer than most tests, so all worlds of
/// a process share what is remembered: it is exact, and the same in each.
pub fn policies() -> Arc<Policies> {
    static POLICIES: LazyLock<Arc<Policies>> = LazyLock::new(|| Arc::new(Policies::load().unwrap()));
    Arc::clone(&POLICIES)
}

/// Policies of this release with one rule more, by the rule.
static MORE: Mutex<BTreeMap<String, Arc<Policies>>> = Mutex::new(BTreeMap::new());

/// The policies of this release with one rule more, in the words of Cedar and without annotations.
pub fn policies_with(rule: &str) -> Arc<Policies> {
    let mut known = MORE.lock().unwrap();
    if !known.contains_key(rule) {
        known.extend(read_rules(&[rule]));
    }
    Arc::clone(&known[rule])
}

/// Reads many rules at once for [`policies_with`], which takes no longer than one.
pub fn know_rules<'r>(rules: impl IntoIterator<Item = &'r str>) {
    let mut known = MORE.lock().unwrap();
    let asked: BTreeSet<&str> = rules.into_iter().collect();
    let fresh: Vec<&str> = asked
        .into_iter()
        .filter(|rule| !known.contains_key(*rule))
        .collect();
    known.extend(read_rules(&fresh));
}

/// Each of these rules alone beside those of this release: taking rules away is quick.
fn read_rules(rules: &[&str]) -> Vec<(String, Arc<Policies>)> {
    if rules.is_empty() {
        return Vec::new();
    }
    let id = |number: usize| format!("test.more-{number}");
    let annotated = |(number, rule)| format!("@id(\"{}\") @says(\"for this test\") {rule}\n", id(number));
    let text: String = rules.iter().enumerate().map(annotated).collect();
    let own = ("test.cedar", text.as_str());
    let sources: Vec<(&str, &str)> = SOURCES.into_iter().chain([own]).collect();
    let all = Arc::new(Policies::from_sources(&sources).unwrap());
    let alone = |(number, rule): (usize, &&str)| {
        let others = (0..rules.len()).filter(|other| *other != number);
        let alone = others.fold(Arc::clone(&all), |left, other| {
            Arc::new(left.without(&id(other)).unwrap())
        });
        ((*rule).to_owned(), alone)
    };
    rules.iter().enumerate().map(alone).collect()
}

fn governed(
    db: &store::Db,
    places: Places,
    clock: &HandClock,
    root: &Key,
    policies: Arc<Policies>,
) -> Custody {
    let desk = Desk::new(
        db.clone(),
        Arc::new(clock.clone()),
        Arc::new(SystemRandom),
        policies,
    );
    let roots = Roots::new(Arc::new(LocalRoot::new(root.duplicate())), Vec::new());
    Custody::new(desk, places, roots, Limits::default(), "test")
        .with_purposes(Arc::new(rights::consent::Standings))
}

fn credential(secret: &SecretString) -> Credential {
    Credential::parse(secret.expose_secret()).unwrap()
}
