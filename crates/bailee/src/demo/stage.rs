//! What the acts of the story work with: the people with their keys, and what was taken in so far.

use std::sync::Arc;

use kernel::Clock;
use ledger::Policy;
use ledger::checkpoint::{Checkpoint, SignedCheckpoint};
use secrecy::SecretString;

use super::companies::{Company, Role};
use super::visitor::{Call, Site, Step, Trouble, Visitor};

/// Everything so far.
pub(super) struct Stage {
    pub(super) site: Site,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) operator: Visitor,
    pub(super) tenants: Vec<Tenant>,
    pub(super) kept: Vec<Kept>,
    /// Every secret that was shown to anybody.
    pub(super) secrets: Vec<SecretString>,
    /// The log's key, as an outsider noted it at the beginning.
    pub(super) log: Policy,
    /// The log's head, as an outsider noted it on the way.
    pub(super) earlier: Option<Checkpoint>,
    /// What comes before the names of made pieces, and the dataset they all go to: when the files are the user's own.
    pub(super) own: Option<String>,
    /// A key of Veridian's that ends by itself soon.
    pub(super) short_lived: Option<(Visitor, kernel::Timestamp)>,
}

/// A company with its keys.
pub(super) struct Tenant {
    pub(super) company: &'static Company,
    pub(super) id: String,
    pub(super) people: Vec<Person>,
    /// Names and ids.
    pub(super) datasets: Vec<(&'static str, String)>,
    /// Customer-held custody: what is printed and locked away.
    pub(super) recovery: Option<Visitor>,
    /// A key that may only add, and one that may only read.
    pub(super) narrow: Option<(Visitor, Visitor)>,
}

/// Somebody with a key.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) role: &'static Role,
    pub(super) member: String,
    pub(super) visitor: Visitor,
}

/// Something that was taken in.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) slug: &'static str,
    pub(super) dataset: &'static str,
    pub(super) name: String,
    pub(super) item: String,
    /// The event of its taking in.
    pub(super) event: String,
    /// Lowercase hex.
    pub(super) sha256: String,
    pub(super) size: u64,
}

impl Stage {
    /// The company of this name.
    pub(super) fn tenant(&self, slug: &str) -> Step<&Tenant> {
        let found = self.tenants.iter().find(|tenant| tenant.company.slug == slug);
        found.ok_or_else(|| Trouble::unusable(format!("{slug} is no tenant yet")))
    }

    /// The first of this class at this company.
    pub(super) fn person(&self, slug: &str, class: &str) -> Step<&Person> {
        self.tenant(slug)?.person(class)
    }

    /// The made piece of this name.
    pub(super) fn made(&self, slug: &str, name: &str) -> Step<&Kept> {
        let name = self.named(name);
        let found = self
            .kept
            .iter()
            .find(|kept| kept.slug == slug && kept.name == name);
        found.ok_or_else(|| Trouble::unusable(format!("{name} was not taken in")))
    }

    /// What a made piece is called here.
    pub(super) fn named(&self, name: &str) -> String {
        format!("{}{name}", self.own.as_deref().unwrap_or_default())
    }

    /// The log's newest head, as its key verifies it.
    pub(super) async fn head(&self) -> Step<Checkpoint> {
        let served = self
            .site
            .stranger()
            .ask(Call::get("/log/checkpoint"))
            .await?
            .is(200)?;
        let verified = SignedCheckpoint::parse(&served.body).and_then(|signed| signed.verify(&self.log));
        Ok(verified
            .map_err(|error| Trouble::unusable(error.to_string()))?
            .checkpoint()
            .clone())
    }

    /// The company's owner, who sees all its items.
    pub(super) fn owner(&self, slug: &str) -> Step<&Visitor> {
        Ok(&self.person(slug, "owner")?.visitor)
    }
}

impl Tenant {
    /// The first of this class.
    pub(super) fn person(&self, class: &str) -> Step<&Person> {
        let found = self.people.iter().find(|person| person.role.class == class);
        found.ok_or_else(|| Trouble::unusable(format!("{} has no {class}", self.company.slug)))
    }

    /// The id of a dataset.
    pub(super) fn dataset(&self, name: &str) -> Step<&str> {
        let found = self.datasets.iter().find(|(known, _)| *known == name);
        found
            .map(|(_, id)| id.as_str())
            .ok_or_else(|| Trouble::unusable(format!("there is no dataset {name}")))
    }
}
