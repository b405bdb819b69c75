//! Pages of companies: a tenant may have one, on which it says in a profile of its choice what holds for what it keeps here.
//!
//! Promises: nobody has a page who did not publish one by an act of its own, which stands in its trail and can be taken back; which words
//! there are to choose from is the operator's, in whose name nothing else is said. Leaves out: how the page looks.

use std::sync::atomic::Ordering;

use access::Action;
use custody::{Credential, Error, Result};
use kernel::{MemberId, Timestamp};
use operation::acts::{ChangeTenant, ViewTenant};
use operation::{Op, Permit, Request, Resource};
use serde::Serialize;
use serde_json::json;
use store::{Row, StoreError, Tx, params};

use crate::runner::Assurance;

const LONGEST_SPEAKER: usize = 100;

/// A company's page, as the company has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CompanyPage {
    /// What the company is called there.
    pub speaker: String,
    /// The profile that the page keeps to.
    pub profile: String,
    /// When it was published so.
    pub published_at: Timestamp,
    /// By whom.
    pub published_by: MemberId,
}

/// A page that is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The company's short name.
    pub slug: String,
    /// What it is called there.
    pub speaker: String,
    /// The profile that the page keeps to.
    pub profile: String,
}

const OF_TENANT: &str =
    "SELECT speaker, profile, published_at, published_by FROM company_page WHERE tenant_id = $1";
const PUBLISH: &str = "INSERT INTO company_page (tenant_id, speaker, profile, published_at, published_by) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id) DO UPDATE SET speaker = excluded.speaker, \
     profile = excluded.profile, published_at = excluded.published_at, published_by = excluded.published_by";
const WITHDRAW: &str = "DELETE FROM company_page WHERE tenant_id = $1";
/// A tenant whose data is gone says nothing any more.
const ALL: &str = "SELECT t.slug, p.speaker, p.profile FROM company_page p JOIN tenant t ON t.tenant_id = p.tenant_id \
     WHERE NOT EXISTS (SELECT 1 FROM deletion_certificate d WHERE d.tenant_id = p.tenant_id) ORDER BY t.slug";

impl Assurance {
    /// The page of the caller's tenant, if it has one.
    pub async fn company_page(
        &self,
        credential: &Credential,
        request: Request,
    ) -> Result<Option<CompanyPage>> {
        let (custody, credential) = (self.site().custody.clone(), credential.clone());
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::TenantView)?;
            let permit: Permit<ViewTenant> = op.permit(Resource::tenant(), &session.facts())?;
            let row = op.find(OF_TENANT, params![session.tenant()])?;
            let page = row.as_ref().map(read).transpose()?;
            op.record(permit, json!({ "trust_page": page.is_some() }))?;
            Ok(page)
        };
        self.site().custody.desk().act(request, act).await
    }

    /// Publishes a page for the caller's tenant, or changes how it speaks.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name that no line can hold and a profile that there is not.
    pub async fn publish_company_page(
        &self,
        credential: &Credential,
        request: Request,
        (speaker, profile): (String, String),
    ) -> Result<CompanyPage> {
        let speaker = speaker.trim().to_owned();
        let is_line = !speaker.is_empty() && !speaker.chars().any(char::is_control);
        if !is_line || speaker.chars().count() > LONGEST_SPEAKER {
            let problem = format!("give 1 to {LONGEST_SPEAKER} characters on one line");
            return Err(Error::Invalid {
                field: "name",
                problem,
            });
        }
        if self.profiles().get(&profile).is_none() {
            let names: Vec<&str> = self.profiles().all().map(|profile| profile.name()).collect();
            let problem = format!("choose one of {}", names.join(", "));
            return Err(Error::Invalid {
                field: "profile",
                problem,
            });
        }
        let (custody, credential) = (self.site().custody.clone(), credential.clone());
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::TenantChange)?;
            let permit: Permit<ChangeTenant> = op.permit(Resource::tenant(), &session.facts())?;
            let page = CompanyPage {
                speaker: speaker.clone(),
                profile: profile.clone(),
                published_at: op.now(),
                published_by: session.member(),
            };
            let row = params![
                session.tenant(),
                page.speaker.as_str(),
                page.profile.as_str(),
                page.published_at,
                page.published_by
            ];
            op.change(&permit, PUBLISH, row)?;
            op.record(
                permit,
                json!({ "trust_page": { "profile": page.profile, "name": page.speaker } }),
            )?;
            Ok::<_, Error>(page)
        };
        let page = self.site().custody.desk().act(request, act).await?;
        self.edition.fetch_add(1, Ordering::Relaxed);
        Ok(page)
    }

    /// Takes the page of the caller's tenant back.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it has none.
    pub async fn withdraw_company_page(&self, credential: &Credential, request: Request) -> Result<()> {
        let (custody, credential) = (self.site().custody.clone(), credential.clone());
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::TenantChange)?;
            let permit: Permit<ChangeTenant> = op.permit(Resource::tenant(), &session.facts())?;
            if op.change(&permit, WITHDRAW, params![session.tenant()])? == 0 {
                return Err(Error::NotFound("trust page"));
            }
            op.record(permit, json!({ "trust_page": null }))?;
            Ok::<_, Error>(())
        };
        self.site().custody.desk().act(request, act).await?;
        self.edition.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Another number whenever this process published something or took it back.
    pub fn edition(&self) -> u64 {
        self.edition.load(Ordering::Relaxed)
    }

    /// Every page that is published. It is for everybody.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub async fn company_pages(&self) -> crate::Result<Vec<Published>> {
        Ok(self.site().db().read(all).await?)
    }
}

fn all(tx: &mut Tx) -> std::result::Result<Vec<Published>, StoreError> {
    let published = |row: &Row| {
        Ok(Published {
            slug: row.get(0)?,
            speaker: row.get(1)?,
            profile: row.get(2)?,
        })
    };
    tx.all(ALL, &[])?.iter().map(published).collect()
}

fn read(row: &Row) -> Result<CompanyPage> {
    Ok(CompanyPage {
        speaker: row.get(0)?,
        profile: row.get(1)?,
        published_at: row.get(2)?,
        published_by: row.get(3)?,
    })
}
