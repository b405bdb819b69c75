//! Whether anything happens of which the trail does not know, tried in a scratch installation whose trail is broken on purpose.
//!
//! What is looked at: a database of its own in a temporary folder, embedded whatever the installation's is, under the policies in
//! force; it is gone when the check ends. Nothing of the installation is touched.

use std::sync::Arc;

use access::Class;
use async_trait::async_trait;
use custody::installation::{FirstStart, ProbeTeam};
use custody::member::NewMember;
use custody::{Custody, Limits, Roots};
use kernel::ItemId;
use operation::Desk;
use sealing::{Key, LocalRoot};
use store::objects::{DirectoryObjects, Places};
use store::{Db, Options, StoreError, Tx};
use tempfile::TempDir;

use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};
use crate::probe::Actor;

/// Makes the trail unwritable and tries to do something.
pub struct ActAndEntryAreOne;

/// Where entries of the trail are written: what happened, and what waits for its place in the log.
const TRAIL: [&str; 2] = ["event", "log_pending"];
/// What acts change.
const CHANGED: [&str; 6] = [
    "dataset",
    "item",
    "item_version",
    "member",
    "api_key",
    "name_page",
];

#[async_trait]
impl Check for ActAndEntryAreOne {
    fn id(&self) -> &'static str {
        "act-and-entry-are-one"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let scratch = Scratch::make(site).await?;
        let mut cases = Cases::of(self.id());
        for table in TRAIL {
            scratch.rename(table, "aside").await?;
            let before = scratch.counts().await?;
            for (what, done) in scratch.try_all().await {
                cases.must(&format!("{what} fails without {table}"), !done);
            }
            let changed = before != scratch.counts().await?;
            cases.must(&format!("nothing is changed without {table}"), !changed);
            scratch.rename("aside", table).await?;
        }
        for (what, done) in scratch.try_all().await {
            cases.control(&format!("{what} works where the trail can be written"), done);
        }
        Ok(cases.seen())
    }
}

/// A whole installation that nobody needs.
pub(super) struct Scratch {
    pub(super) owner: Actor,
    pub(super) item: ItemId,
    db: Db,
    // Dropped last: what is above uses it.
    _folder: TempDir,
}

impl Scratch {
    pub(super) async fn make(site: &Site) -> Result<Self, Trouble> {
        let made = tokio::task::spawn_blocking(|| {
            let folder = tempfile::tempdir().map_err(|error| Trouble(error.to_string()))?;
            let db = Db::sqlite(folder.path().join("scratch.db"), Options::default())?;
            db.migrate(&custody::all_migrations())?;
            let objects = DirectoryObjects::open(folder.path())?;
            Ok::<_, Trouble>((folder, db, Places::from(Arc::new(objects))))
        });
        let (folder, db, places) = made.await.map_err(|error| Trouble(error.to_string()))??;
        let live = site.custody.desk();
        let (clock, random, policies) = (live.clock.clone(), live.random.clone(), live.policies.clone());
        let root = LocalRoot::new(Key::generate(&*random));
        let desk = Desk::new(db.clone(), clock, random, policies);
        let roots = Roots::new(Arc::new(root), Vec::new());
        let custody = Custody::new(desk, places, roots, Limits::default(), "scratch");
        custody.install(first_start()).await?;
        let owner = Actor::owner_of(&custody, ProbeTeam::One).await?;
        let dataset = owner.plain("scratch").await?;
        let item = owner.put(&dataset, "there", b"there already").await?.item.id;
        Ok(Self {
            owner,
            item,
            db,
            _folder: folder,
        })
    }

    pub(super) async fn rename(&self, table: &'static str, to: &'static str) -> Result<(), Trouble> {
        let sql = format!("ALTER TABLE {table} RENAME TO {to}");
        let renamed = self.db.write(move |tx| tx.execute(&sql, &[]).map(drop));
        Ok(renamed.await?)
    }

    /// Does something that no act would do.
    pub(super) async fn by_sql(&self, sql: &'static str) -> Result<(), Trouble> {
        Ok(self.db.write(move |tx| tx.execute(sql, &[]).map(drop)).await?)
    }

    async fn counts(&self) -> Result<Vec<i64>, Trouble> {
        let read = self.db.read(|tx: &mut Tx| {
            let count = |table: &&str| tx.one(&format!("SELECT count(*) FROM {table}"), &[])?.get(0);
            CHANGED.iter().map(count).collect::<Result<_, StoreError>>()
        });
        Ok(read.await?)
    }

    /// One act of each sort, and whether it was done.
    async fn try_all(&self) -> [(&'static str, bool); 5] {
        let (owner, custody) = (&self.owner, &self.owner.custody);
        let word = hex::encode(custody.desk().operation_id().as_bytes());
        let put = async {
            let dataset = owner.plain("scratch").await?;
            owner.put(&dataset, &word, b"new").await
        };
        let joined = NewMember {
            name: "Scratch".to_owned(),
            email: format!("{word}@probe.invalid"),
            class: Class::User,
        };
        let joined = custody.invite_member(&owner.key, owner.request(), joined, None);
        [
            (
                "making a dataset",
                owner.plain(&format!("scratch-{word}")).await.is_ok(),
            ),
            ("taking something in", put.await.is_ok()),
            ("reading", owner.get(self.item).await.is_ok()),
            ("taking a member in", joined.await.is_ok()),
            ("issuing a key", owner.key_for(owner.member, None).await.is_ok()),
        ]
    }
}

fn first_start() -> FirstStart {
    FirstStart {
        log_origin: "probe.invalid/scratch".to_owned(),
        operator_name: "Scratch".to_owned(),
        operator_email: "scratch@probe.invalid".to_owned(),
    }
}
