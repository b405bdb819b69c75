#![doc = include_str!("../README.md")]

mod control;
pub mod criteria;
mod document;
mod error;
mod gather;
pub mod oscal;
pub mod pack;
pub mod period;
pub mod processing;
pub mod runs;
pub mod soc2;
mod standing;
mod table;

use assurance::Assurance;
use custody::Custody;
use serde_json::json;

pub use error::{Error, Result};
pub use period::Period;

/// Reports of one installation. Cheap to clone.
#[derive(Clone)]
pub struct Evidence {
    custody: Custody,
    assurance: Assurance,
    speaker: String,
}

impl Evidence {
    /// Reports of what this assurance keeps.
    pub fn new(custody: Custody, assurance: Assurance) -> Self {
        Self {
            custody,
            assurance,
            speaker: "The operator".to_owned(),
        }
    }

    /// The same, in the name of this company.
    #[must_use]
    pub fn named(self, speaker: &str) -> Self {
        Self {
            speaker: speaker.to_owned(),
            ..self
        }
    }

    /// The days from one to another, both included, as `2026-01-31`.
    ///
    /// # Errors
    /// [`Error::Period`] for days that cannot be reported on.
    pub fn period(&self, from: &str, to: &str) -> Result<Period> {
        Ok(Period::parse(from, to, self.custody.desk().clock.now())?)
    }

    /// Records that the server made a report for whoever is on its machine.
    async fn record(&self, report: &str, period: &Period) -> Result<()> {
        let details =
            json!({ "report": report, "from": period.first().to_string(), "to": period.last().to_string() });
        let request = self.custody.desk().own_request();
        self.custody
            .record_assurance(request, details, |_, _| Ok::<_, custody::Error>(()))
            .await?;
        Ok(())
    }
}
