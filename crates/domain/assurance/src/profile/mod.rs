//! Profiles: which claims an operator makes public, under which headings, in which words, and what it adds of its own.
//!
//! Promises: a profile that was read is whole by the rules of the catalogue: each of its sentences is bound to checks or to what is on file, each
//! word in braces is found out by one of them, and nothing is worded so that nobody can be held to it. It leaves claims out, words them
//! and adds some; how one stands follows from what is behind it, whoever words it. Leaves out: pages.

mod load;
mod ready;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalogue::{Catalogue, Claim};

pub use load::{BadProfile, Fault};
pub use ready::{READY, ready};

/// The name of the profile that shows the whole catalogue in its own words.
pub const EVERYTHING: &str = "everything";

/// What is said in public, in which order and in which words.
#[derive(Debug, Clone)]
pub struct Profile {
    name: String,
    said: Vec<Said>,
}

/// A sentence of a profile. Its theme is the heading that it stands under.
#[derive(Debug, Clone)]
pub struct Said {
    /// The claim as it is said here.
    pub claim: Claim,
    /// Whose words these are.
    pub words: Words,
}

/// Whose words a sentence is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// Those of the catalogue.
    Catalogue,
    /// The operator's; those of the catalogue are kept beside them.
    Own {
        /// The sentence of the catalogue, its braces as they are written.
        instead_of: String,
    },
    /// The claim is the operator's own.
    Added,
}

impl Profile {
    /// The whole catalogue, in its own order and words.
    pub fn everything(catalogue: &Catalogue) -> Self {
        let said = catalogue.claims().iter().map(|claim| Said {
            claim: claim.clone(),
            words: Words::Catalogue,
        });
        Self {
            name: EVERYTHING.to_owned(),
            said: said.collect(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The sentences, in their order.
    pub fn said(&self) -> &[Said] {
        &self.said
    }

    /// The claims, in their order.
    pub fn claims(&self) -> impl Iterator<Item = &Claim> {
        self.said.iter().map(|said| &said.claim)
    }

    /// The sentence of this name.
    pub fn find(&self, claim: &str) -> Option<&Said> {
        self.said.iter().find(|said| said.claim.id == claim)
    }

    /// The headings, in their order.
    pub fn headings(&self) -> Vec<&str> {
        let mut headings: Vec<&str> = self.claims().map(|claim| claim.theme.as_str()).collect();
        headings.dedup();
        headings
    }

    /// Under which name the versions of a sentence are kept that a company's page shows in this profile: what another page
    /// says of the same claim may be worded otherwise, or have begun at another time.
    pub fn history_of(&self, claim: &str) -> String {
        format!("{}/{claim}", self.name)
    }
}

/// The profiles of an installation.
#[derive(Debug, Clone)]
pub struct Profiles {
    front: Arc<Profile>,
    all: BTreeMap<String, Arc<Profile>>,
}

impl Profiles {
    /// The ready ones, with the whole catalogue on the installation's own page.
    ///
    /// # Errors
    /// [`BadProfile`] never comes of those that are built in; a test reads them.
    pub fn ready(catalogue: &Catalogue) -> Result<Self, BadProfile> {
        let front = Arc::new(Profile::everything(catalogue));
        let mut profiles = Self {
            all: BTreeMap::from([(EVERYTHING.to_owned(), Arc::clone(&front))]),
            front,
        };
        for (name, text) in READY {
            profiles.add(Profile::read(catalogue, name, name, text)?)?;
        }
        Ok(profiles)
    }

    /// Adds one.
    ///
    /// # Errors
    /// [`BadProfile`] when there is one of this name.
    pub fn add(&mut self, profile: Profile) -> Result<(), BadProfile> {
        let name = profile.name.clone();
        if self.all.contains_key(&name) {
            return Err(BadProfile::new(&name, Fault::Taken(name.clone())));
        }
        self.all.insert(name, Arc::new(profile));
        Ok(())
    }

    /// The same, with this one on the installation's own page; `None` when there is none of the name.
    #[must_use]
    pub fn with_front(mut self, name: &str) -> Option<Self> {
        self.front = self.get(name)?;
        Some(self)
    }

    /// The one of the installation's own page.
    pub fn front(&self) -> &Arc<Profile> {
        &self.front
    }

    /// The one of this name.
    pub fn get(&self, name: &str) -> Option<Arc<Profile>> {
        self.all.get(name).cloned()
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Profile>> {
        self.all.values()
    }

    /// Everything that is watched: each claim of the catalogue, as the installation's own page words it, and what that page adds;
    /// each with whether it stands on that page.
    pub fn watched(&self, catalogue: &Catalogue) -> Vec<(Claim, bool)> {
        let of_catalogue = catalogue.claims().iter().map(|claim| {
            let said = self.front.find(&claim.id).map(|said| said.claim.clone());
            let is_public = said.is_some();
            (said.unwrap_or_else(|| claim.clone()), is_public)
        });
        let is_added = |said: &&Said| said.words == Words::Added;
        let added = self.front.said.iter().filter(is_added);
        let added = added.map(|said| (said.claim.clone(), true));
        of_catalogue.chain(added).collect()
    }
}
