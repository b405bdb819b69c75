//! An installation in which there is something to break.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use access::{Class, Policies};
use assurance::Assurance;
use engines::TestDb;
use kernel::{Random, SystemRandom};

use crate::deeds::Deed;
use crate::elsewhere::Elsewhere;
use crate::house::{House, assurance};

/// There is something to look at for checks that would have nothing to say: steps that nobody misses yet, a bucket, a drill.
const FURNISHED: &[&str] = &[
    "INSERT INTO admission_step (step_id, tenant_id, kind, revision, step_sealed, changed_at, changed_by) \
     SELECT tenant_id, tenant_id, 'policy', 1, tenant_id, 9000000000000000, tenant_id FROM tenant WHERE slug = 'lab'",
    "INSERT INTO admission_step (step_id, tenant_id, kind, revision, step_sealed, changed_at, changed_by) \
     SELECT dataset_id, tenant_id, 'training', 1, tenant_id, 9000000000000000, tenant_id FROM dataset \
     WHERE dataset_id IN (SELECT dataset_id FROM item)",
    "UPDATE dataset SET own_bucket_sealed = settings_sealed WHERE dataset_id NOT IN (SELECT dataset_id FROM item)",
    "INSERT INTO backup_run (run_id, kind, shelf, backup_id, begun_at, done_at) \
     SELECT dataset_id, 'drill', 'there', dataset_id, made_at, made_at FROM dataset WHERE own_bucket_sealed IS NOT NULL",
];

/// What is on file.
const ON_FILE: &[(&str, &[(&str, &str)])] = &[
    (
        "vulnerability-scans",
        &[("kind", "dependencies"), ("scanner", "Ours"), ("open_high", "0")],
    ),
    ("vulnerability-scans", &OUTSIDE),
    (
        "penetration-tests",
        &[("firm", "A firm"), ("scope", "all of it"), ("open_high", "0")],
    ),
    (
        "impact-assessments",
        &[
            ("processing", "Support"),
            ("decision", "go-on"),
            ("residual_risk", "low"),
        ],
    ),
    (
        "incidents",
        &[
            ("noticed_on", "TODAY"),
            ("severity", "high"),
            ("breach", "under-assessment"),
        ],
    ),
    ("policies", &[("version", "1"), ("area", "security")]),
    ("training", &[("course", "privacy")]),
    ("on-call", &[("answered_by", "Somebody"), ("minutes", "4")]),
    (
        "services",
        &[
            ("service", "database"),
            ("threshold", "a second"),
            ("route", "letters"),
        ],
    ),
    (
        "services",
        &[
            ("service", "checks"),
            ("threshold", "an hour"),
            ("route", "letters"),
        ],
    ),
    ("configurations", &[("change", "the first")]),
    (
        "contact-tests",
        &[
            ("contact", "security"),
            ("answered_by", "Somebody"),
            ("hours", "5"),
        ],
    ),
    (
        "contact-tests",
        &[
            ("contact", "privacy"),
            ("answered_by", "Somebody"),
            ("hours", "9"),
        ],
    ),
];

/// A scan from outside.
pub(crate) const OUTSIDE: [(&str, &str); 3] =
    [("kind", "outside"), ("scanner", "A vendor"), ("open_high", "0")];

/// Chance that is overheard: of every word that it makes, a copy in clear is written into a file and into the log.
struct Overheard(PathBuf);

impl Random for Overheard {
    fn fill(&self, bytes: &mut [u8]) {
        SystemRandom.fill(bytes);
        let word: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.0)
            .unwrap();
        writeln!(file, "{word}").unwrap();
        tracing::warn!(word, "overheard");
    }
}

impl House {
    /// One that shows itself to its checks, and in which there is something for each of them to look at.
    pub(crate) async fn furnished(db: TestDb) -> Self {
        let mut house = Self::on(db).await;
        let gallery = house.world.team("gallery").await;
        gallery.owner.dataset("own").await.unwrap();
        gallery.member(Class::User).await;
        house.by_sql(FURNISHED).await;
        for (register, values) in ON_FILE {
            house.put_on_file(register, values).await;
        }
        house.somebody_left().await;
        house.announce_vendors().await;
        house.elsewhere = Some(Elsewhere::of(&house.world).await);
        house.assurance = house.furnishing(house.assurance.clone());
        house
    }

    /// The installation as it stands after this, as far as it is not as before.
    pub(crate) async fn broken_by(&self, deed: &Deed) -> Assurance {
        match deed {
            Deed::Rules { lifted, more } => return self.furnishing(self.under(rules(lifted, more))),
            Deed::Rows { breaks, .. } => self.by_sql(breaks).await,
            Deed::Told { breaks, .. } => self.tell(breaks).await,
            Deed::Door { breaks, .. } => breaks(&self.door),
            Deed::Started(other) => return self.assurance.clone().with_program(other(testkit::program())),
            Deed::Shelf { below, hurt } => self.elsewhere().hurt(below, *hurt),
            Deed::Gate { breaks, .. } => breaks(&self.elsewhere().egress),
            Deed::Leaks => {
                let custody = self.world.with_random(Arc::new(Overheard(self.overheard())));
                return self.furnishing(assurance(&self.world, custody));
            }
        }
        self.assurance.clone()
    }

    /// Takes it back.
    pub(crate) async fn mend(&self, deed: &Deed) {
        match deed {
            Deed::Rules { .. } | Deed::Started(_) => {}
            Deed::Rows { mends, .. } => self.by_sql(mends).await,
            Deed::Told { mends, .. } => self.tell(mends).await,
            Deed::Door { mends, .. } => mends(&self.door),
            Deed::Shelf { .. } => self.elsewhere().bring_back(),
            Deed::Gate { mends, .. } => mends(&self.elsewhere().egress),
            Deed::Leaks => std::fs::remove_file(self.overheard()).unwrap(),
        }
    }

    fn overheard(&self) -> PathBuf {
        self.world.objects_folder().join("overheard")
    }

    /// What one engine needs no words for is empty.
    async fn tell(&self, said: &'static [(&'static str, &'static str)]) {
        for (sqlite, postgres) in said {
            let words = match self.world.database().engine() {
                engines::Engine::Sqlite => sqlite,
                engines::Engine::Postgres => postgres,
            };
            if !words.is_empty() {
                self.world.by_sql(words, Vec::new()).await;
            }
        }
    }

    fn elsewhere(&self) -> &Elsewhere {
        self.elsewhere.as_ref().unwrap()
    }

    fn furnishing(&self, assurance: Assurance) -> Assurance {
        assurance
            .with_door(self.door.clone())
            .with_egress(self.elsewhere().egress.clone())
            .with_backups(Some(self.elsewhere().shelved.clone()))
    }
}

/// The rules of this release, changed.
fn rules(lifted: &[&str], more: &str) -> Arc<Policies> {
    let known = match more {
        "" => testkit::policies(),
        more => testkit::policies_with(more),
    };
    lifted
        .iter()
        .fold(known, |rules, id| Arc::new(rules.without(id).unwrap()))
}
