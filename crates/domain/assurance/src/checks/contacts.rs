//! Whether somebody answers at the published addresses.
//!
//! Writing as a stranger would, and noting what came back, is for people; what they noted has a date and is approved by somebody else.

use async_trait::async_trait;
use governance::entry::Entry;

use super::evidence::control;
use super::filed::{filed, said};
use super::papers::late_for;
use crate::Site;
use crate::attestation::{Judge, judge};
use crate::catalogue::AttestationEntry;
use crate::check::{Cases, Check, Control, Observation, Trouble};

/// The addresses that have to answer.
const CONTACTS: [&str; 2] = ["security", "privacy"];
/// Within how many hours.
const IN_TIME: u64 = 72;

/// Looks at the answers to test messages.
pub struct ContactsAnswer {
    /// How it is judged what is in date.
    pub judge: Judge,
    /// Whether an answer after so many hours was in time.
    pub in_time: fn(&str) -> bool,
}

impl Default for ContactsAnswer {
    fn default() -> Self {
        Self { judge, in_time }
    }
}

fn in_time(hours: &str) -> bool {
    hours.parse().is_ok_and(|hours: u64| hours <= IN_TIME)
}

#[async_trait]
impl Check for ContactsAnswer {
    fn id(&self) -> &'static str {
        "contacts-answer"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let entries = filed(site, "contact-tests").await?;
        if entries.is_empty() {
            return Ok(Observation::out_of_scope("no test of a contact is on file"));
        }
        let mut cases = Cases::of(self.id());
        for entry in &entries {
            cases.looked_at(format!("{} {}", entry.id, entry.number));
        }
        let answers = |contact: &str| {
            let counts = |entry: &&Entry| said(entry, "contact") == contact && entry.standing.is_good();
            let mut found = entries.iter().filter(counts);
            found.any(|entry| (self.in_time)(said(entry, "hours")))
        };
        let silent = CONTACTS.iter().filter(|contact| !answers(contact));
        let late: Vec<String> = silent
            .map(|contact| {
                format!("no test in date shows that the address for {contact} answers in {IN_TIME} hours")
            })
            .collect();
        let told = control(self.judge, site, &attestation()).await?;
        cases.control(
            "a test that ran out yesterday is late, and one of tomorrow is not",
            matches!(told, Control::AsStated(_)),
        );
        cases.control(
            "an answer that took longer is late, and one in time is not",
            (self.in_time)("72") && !(self.in_time)("73") && !(self.in_time)(""),
        );
        Ok(late_for(cases.seen(), &late))
    }
}

fn attestation() -> AttestationEntry {
    AttestationEntry {
        id: "contact-tests".to_owned(),
        evidence: "Answers to test messages.".to_owned(),
        owner: "security lead".to_owned(),
        register: "contact-tests".to_owned(),
        sorts: CONTACTS.map(str::to_owned).to_vec(),
    }
}
