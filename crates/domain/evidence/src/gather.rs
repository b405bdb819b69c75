//! What a report needs besides the runs: gathered once, before anything is written.

use std::collections::BTreeMap;

use assurance::attestation::OnFile;
use assurance::{Catalogue, ClaimState};
use custody::installation::Installation;

use crate::error::Result;
use crate::{Evidence, Period};

/// How things stand when the report is made.
pub(crate) struct Gathered {
    pub(crate) installation: Installation,
    pub(crate) catalogue: Catalogue,
    pub(crate) claims: Vec<ClaimState>,
    pub(crate) on_file: BTreeMap<String, OnFile>,
    pub(crate) period: Period,
    pub(crate) speaker: String,
}

impl Evidence {
    pub(crate) async fn gather(&self, period: Period) -> Result<Gathered> {
        let installation = self.custody.installation().await?;
        let installation =
            installation.ok_or_else(|| custody::Error::Conflict("nothing is installed here yet".into()))?;
        let period = period.since(installation.made_at)?;
        Ok(Gathered {
            installation,
            catalogue: self.assurance.catalogue().clone(),
            claims: self.assurance.claims().await?,
            on_file: self.assurance.on_file().await?,
            period,
            speaker: self.speaker.clone(),
        })
    }
}
