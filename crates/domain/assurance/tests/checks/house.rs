//! An installation with its assurance.

use std::sync::Arc;
use std::time::Duration;

use access::{Policies, SOURCES};
use assurance::check::{Check, Outcome};
use assurance::{Assurance, Kept};
use custody::{Custody, Limits, Roots};
use engines::TestDb;
use kernel::SystemRandom;
use operation::Desk;
use sealing::LocalRoot;
use store::Value;
use testkit::World;

pub(crate) struct House {
    pub(crate) assurance: Assurance,
    pub(crate) world: World,
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
        }
    }

    /// The same with these checks alone.
    pub(crate) fn with(&self, checks: Vec<Arc<dyn Check>>) -> Assurance {
        let folders = vec![self.world.objects_folder().to_owned()];
        Assurance::with_checks(self.world.custody.clone(), folders, "test", checks).unwrap()
    }

    /// The same with other policies: those of this release with further text.
    pub(crate) fn with_policy(&self, text: &str) -> Assurance {
        let sources: Vec<(&str, &str)> = SOURCES.into_iter().chain([("test.cedar", text)]).collect();
        self.under(Policies::from_sources(&sources).unwrap())
    }

    /// The same without one of the policies.
    pub(crate) fn without_policy(&self, id: &str) -> Assurance {
        self.under(Policies::load().unwrap().without(id).unwrap())
    }

    fn under(&self, policies: Policies) -> Assurance {
        let world = &self.world;
        let desk = Desk::new(
            world.database().clone(),
            Arc::new(world.clock.clone()),
            Arc::new(SystemRandom),
            Arc::new(policies),
        );
        let roots = Roots::new(Arc::new(LocalRoot::new(world.root_key())), Vec::new());
        let places = world.custody.places().clone();
        let custody = Custody::new(desk, places, roots, Limits::default(), "test");
        assurance(world, custody)
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

    pub(crate) fn later(&self, by: Duration) {
        self.world.clock.advance(by);
    }
}

fn assurance(world: &World, custody: Custody) -> Assurance {
    Assurance::new(custody, vec![world.objects_folder().to_owned()], "test").unwrap()
}

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
