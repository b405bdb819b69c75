//! Where checks look: the live installation.

use std::path::PathBuf;
use std::sync::Arc;

use backup::Shelved;
use custody::{Custody, People};
use governance::Governance;
use governance::egress::Egress;
use kernel::Timestamp;
use operation::Request;
use store::Db;
use tokio::sync::Mutex;

use crate::check::Trouble;
use crate::door::Door;
use crate::probe::Probes;
use crate::profile::Profiles;
use crate::program::Program;
use crate::{Catalogue, Ear};

/// The live installation. Cheap to clone.
#[derive(Clone)]
pub struct Site {
    /// The custody.
    pub custody: Custody,
    /// The registers.
    pub governance: Governance,
    /// How people sign in, where that is not as an installation without further settings does it.
    pub(crate) people: Option<People>,
    /// The server's own door, where this is a server.
    pub(crate) door: Option<Arc<dyn Door>>,
    /// The keeper of the gate, where this is a server.
    pub(crate) egress: Option<Arc<Egress>>,
    /// What the program that runs knows of itself, where it said so.
    pub(crate) program: Option<Arc<Program>>,
    /// Where the lines of the log come by, where they do.
    pub(crate) ear: Option<Ear>,
    /// Where backups lie, where that is known here.
    pub(crate) backups: Option<Shelved>,
    /// The folders whose files hold what is stored.
    pub folders: Arc<[PathBuf]>,
    /// The catalogue in force.
    pub catalogue: Arc<Catalogue>,
    /// What is made public of it.
    pub profiles: Arc<Profiles>,
    probes: Arc<Mutex<Option<Arc<Probes>>>>,
}

impl Site {
    pub(crate) fn new(
        custody: Custody,
        folders: Vec<PathBuf>,
        (catalogue, profiles): (Arc<Catalogue>, Arc<Profiles>),
    ) -> Self {
        Self {
            governance: Governance::new(custody.clone()),
            people: None,
            door: None,
            egress: None,
            program: None,
            ear: None,
            backups: None,
            custody,
            folders: folders.into(),
            catalogue,
            profiles,
            probes: Arc::default(),
        }
    }

    /// What is claimed, and what of it is made public.
    pub(crate) fn said(&self) -> (Arc<Catalogue>, Arc<Profiles>) {
        (Arc::clone(&self.catalogue), Arc::clone(&self.profiles))
    }

    /// The database, for ids, dates and sealed bytes that stay sealed.
    pub(crate) fn db(&self) -> &Db {
        &self.custody.desk().db
    }

    /// The moment.
    pub(crate) fn now(&self) -> Timestamp {
        self.custody.desk().clock.now()
    }

    /// A request of the server's own.
    pub(crate) fn request(&self) -> Request {
        self.custody.desk().own_request()
    }

    /// How people sign in.
    pub(crate) fn people(&self) -> Result<People, Trouble> {
        match &self.people {
            Some(people) => Ok(people.clone()),
            None => Ok(self.custody.people(identity::Settings::default())?),
        }
    }

    /// The probe teams, with keys that are good for the rest of this run.
    pub(crate) async fn probes(&self) -> Result<Arc<Probes>, Trouble> {
        let mut kept = self.probes.lock().await;
        if let Some(probes) = kept.as_ref().filter(|probes| probes.are_good(self.now())) {
            return Ok(Arc::clone(probes));
        }
        let made = Arc::new(Probes::make(&self.custody).await?);
        *kept = Some(Arc::clone(&made));
        Ok(made)
    }

    /// A random word for names and marks.
    pub(crate) fn random_word(&self) -> String {
        let mut bytes = [0; 16];
        self.custody.desk().random.fill(&mut bytes);
        hex::encode(bytes)
    }
}
