//! Whether the server runs with a configuration that two people have seen.
//!
//! What is compared is a hash of all values but secrets, which the server takes when it starts. Several nodes may have several
//! configurations, so every entry in force counts; one that no server may have any more is ended.

use async_trait::async_trait;
use governance::entry::{Entry, Evidence};

use super::filed::filed;
use super::papers::late_for;
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};

/// Compares the configuration in force with the approved ones.
pub struct ConfigurationIsApproved {
    /// Whether the hash on file is that of what runs.
    pub same: fn(&str, &[u8; 32]) -> bool,
}

impl Default for ConfigurationIsApproved {
    fn default() -> Self {
        Self { same }
    }
}

fn same(filed: &str, running: &[u8; 32]) -> bool {
    hex::decode(filed).is_ok_and(|filed| filed == running)
}

#[async_trait]
impl Check for ConfigurationIsApproved {
    fn id(&self) -> &'static str {
        "configuration-is-approved"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let Some(program) = &site.program else {
            return Ok(Observation::out_of_scope(
                "this process does not know what the server is configured to do",
            ));
        };
        let entries = filed(site, "configurations").await?;
        if entries.is_empty() {
            return Ok(Observation::out_of_scope("no approved configuration is on file"));
        }
        let running = &program.configuration;
        let mut cases = Cases::of(self.id());
        cases.looked_at(running);
        for entry in &entries {
            cases.looked_at(format!("{} {}", entry.id, entry.number));
        }
        let names = |entry: &&Entry, running: &[u8; 32]| {
            hash_of(entry).is_some_and(|hash| (self.same)(hash, running))
        };
        let named: Vec<&Entry> = entries.iter().filter(|entry| names(entry, running)).collect();
        cases.must(
            "the configuration in force is an approved one (`bailee config --hash`)",
            !named.is_empty(),
        );
        let mut changed = *running;
        changed[0] ^= 1;
        let (filed, other) = (hex::encode(running), hex::encode(changed));
        cases.control("the same configuration is known", (self.same)(&filed, running));
        cases.control(
            "one with a value changed is flagged",
            !(self.same)(&other, running) && !entries.iter().any(|entry| names(&entry, &changed)),
        );
        let is_late = !named.is_empty() && !named.iter().any(|entry| entry.standing.is_good());
        let late = is_late.then(|| "the approval of the configuration in force is past its date".to_owned());
        Ok(late_for(cases.seen(), late.as_slice()))
    }
}

fn hash_of(entry: &Entry) -> Option<&str> {
    match &entry.says.evidence {
        Evidence::Document { sha256, .. } => Some(sha256),
        _ => None,
    }
}
