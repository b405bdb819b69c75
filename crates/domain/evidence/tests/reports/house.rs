//! An installation with checks that come to what the test wants.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use assurance::Assurance;
use assurance::Site;
use assurance::check::{Check, Control, Observation, Promise, Trouble};
use async_trait::async_trait;
use engines::TestDb;
use evidence::{Evidence, Period};
use testkit::World;

pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// A daily check and an hourly one, of the catalogue.
pub(crate) const DAILY: &str = "looking-is-not-taking";
pub(crate) const HOURLY: &str = "log-verifies";

/// What a check is to see next.
#[derive(Clone, Default)]
pub(crate) struct Wanted(Arc<Mutex<Option<Promise>>>);

struct Staged {
    id: &'static str,
    wanted: Wanted,
}

#[async_trait]
impl Check for Staged {
    fn id(&self) -> &'static str {
        self.id
    }

    async fn observe(&self, _: &Site) -> Result<Observation, Trouble> {
        let promise = self.wanted.0.lock().unwrap().clone();
        Ok(Observation {
            promise: promise.unwrap_or(Promise::Kept),
            control: Control::AsStated("what was planted was found".into()),
            inputs: [7; 32],
            facts: BTreeMap::new(),
        })
    }
}

/// An installation on its first day, 2026-01-05.
pub(crate) struct House {
    pub(crate) world: World,
    pub(crate) assurance: Assurance,
    pub(crate) evidence: Evidence,
    wanted: Wanted,
}

impl House {
    pub(crate) async fn on(db: TestDb) -> Self {
        let (world, wanted) = (World::on(db).await, Wanted::default());
        let checks: Vec<Arc<dyn Check>> = vec![
            Arc::new(Staged {
                id: DAILY,
                wanted: Wanted::default(),
            }),
            Arc::new(Staged {
                id: HOURLY,
                wanted: wanted.clone(),
            }),
        ];
        let folders = vec![world.objects_folder().to_owned()];
        let assurance = Assurance::with_checks(world.custody.clone(), folders, "test", checks).unwrap();
        let evidence = Evidence::new(world.custody.clone(), assurance.clone()).named("Curlew Custody Ltd");
        Self {
            world,
            assurance,
            evidence,
            wanted,
        }
    }

    /// What the hourly check sees from now on.
    pub(crate) fn sees(&self, promise: Promise) {
        *self.wanted.0.lock().unwrap() = Some(promise);
    }

    /// So many hours, in each of which what is due runs.
    pub(crate) async fn hours(&self, hours: u32) {
        for _ in 0..hours {
            self.assurance.run_due().await.unwrap();
            self.world.clock.advance(HOUR);
        }
        self.world.sequence().await;
    }

    pub(crate) fn period(&self, from: &str, to: &str) -> Period {
        self.evidence.period(from, to).unwrap()
    }
}

/// A file of a folder.
pub(crate) fn text(folder: &std::path::Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).unwrap()
}
