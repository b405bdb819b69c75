//! What people ask assurance: each is an act of theirs, decided by the policies and recorded in their trail.
//!
//! Promises: nothing is told or run before the policies allowed it. Leaves out: what the public is told, which is the same for all.

use std::collections::BTreeMap;

use access::Action;
use custody::{Credential, Custody};
use operation::acts::{ReadAssurance, RunAssurance};
use operation::{Act, Op, Permit, Request, Resource};
use serde_json::{Value as Json, json};

use crate::claim::ClaimState;
use crate::error::{Error, Result};
use crate::rows::Kept;
use crate::runner::Assurance;

impl Assurance {
    /// How every claim stands, for somebody who may know.
    pub async fn claims_for(&self, credential: &Credential, request: Request) -> Result<Vec<ClaimState>> {
        self.reads(credential, request, json!({ "claims": true })).await?;
        self.claims().await
    }

    /// The newest result of each check, for somebody who may know.
    pub async fn results_for(
        &self,
        credential: &Credential,
        request: Request,
    ) -> Result<BTreeMap<String, Kept>> {
        self.reads(credential, request, json!({ "checks": true })).await?;
        self.results().await
    }

    /// The newest results of one check, newest first, for somebody who may know.
    ///
    /// # Errors
    /// [`Error::UnknownCheck`].
    pub async fn history_for(
        &self,
        credential: &Credential,
        request: Request,
        check: &str,
        limit: u32,
    ) -> Result<Vec<Kept>> {
        // What the catalogue does not have stands in no trail.
        let known = self.catalogue().check(check).map(|entry| entry.id.clone());
        self.reads(credential, request, json!({ "check": known })).await?;
        let known = known.ok_or_else(|| Error::UnknownCheck(check.to_owned()))?;
        self.history(&known, limit).await
    }

    /// Runs one check now, for somebody who may have it run.
    ///
    /// # Errors
    /// As [`Assurance::run_now`].
    pub async fn run_for(&self, credential: &Credential, request: Request, check: &str) -> Result<Kept> {
        let known = self.built().find(|built| *built == check);
        let asked = (Action::AssuranceRun, json!({ "check": known }));
        entered::<RunAssurance>(&self.site().custody, credential, request, asked).await?;
        let unknown = || Error::UnknownCheck(check.to_owned());
        let known = known.ok_or_else(unknown)?;
        let ran = self.run_now(&[known.to_owned()]).await?;
        ran.into_iter().next().ok_or_else(unknown)
    }

    /// Asks whether somebody may know what is claimed and what shows it, and records that they were told, with these details.
    ///
    /// # Errors
    /// [`Error::Custody`], as every act.
    pub async fn reads(&self, credential: &Credential, request: Request, details: Json) -> Result<()> {
        let asked = (Action::AssuranceRead, details);
        entered::<ReadAssurance>(&self.site().custody, credential, request, asked).await
    }
}

async fn entered<A: Act>(
    custody: &Custody,
    credential: &Credential,
    request: Request,
    (action, details): (Action, Json),
) -> Result<()> {
    let (inside, credential) = (custody.clone(), credential.clone());
    let act = move |op: &mut Op<'_>| {
        let session = inside.enter(op, &credential, action)?;
        let permit: Permit<A> = op.permit(Resource::tenant(), &session.facts())?;
        op.record(permit, &details)?;
        Ok::<_, custody::Error>(())
    };
    Ok(custody.desk().act(request, act).await?)
}
