//! What a tenant chose of sub-processors: nothing until it says so.

use std::fmt;

use access::Action;
use custody::{Credential, Error, Result, Session};
use kernel::{EntryId, MemberId, OperationId, Timestamp};
use operation::acts::{ChooseProcessors, ListProcessors};
use operation::{Op, Permit, Request, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Row, params};

use super::rows::{Notice, Stage, notices};
use crate::Governance;

/// What a tenant may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// It may have data.
    Chosen,
    /// It must not, whatever anybody asks for.
    Objected,
}

impl Choice {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Chosen => "chosen",
            Self::Objected => "objected",
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A choice that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chosen {
    /// What was chosen.
    pub choice: Choice,
    /// The place of work that was accepted with it.
    pub region: String,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: MemberId,
}

/// A sub-processor as a tenant sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// What is published.
    #[serde(flatten)]
    pub notice: Notice,
    /// What the tenant chose; nothing is sent while it chose nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Chosen>,
}

const CURRENT: &str = "SELECT kind, region, made_at, made_by FROM processor_choice \
     WHERE tenant_id = $1 AND entry_id = $2 AND ended_at IS NULL";
const END: &str =
    "UPDATE processor_choice SET ended_at = $3 WHERE tenant_id = $1 AND entry_id = $2 AND ended_at IS NULL";
const INSERT: &str = "INSERT INTO processor_choice (choice_id, tenant_id, entry_id, kind, region, made_at, made_by) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";

impl Governance {
    /// The sub-processors that are announced or in force, and what the tenant chose of each.
    pub async fn list_processors(&self, credential: &Credential, request: Request) -> Result<Vec<Offer>> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::ProcessorList)?;
            let permit: Permit<ListProcessors> = op.permit(Resource::processor(), &session.facts())?;
            let mut offers = Vec::new();
            for notice in live(op)? {
                let chosen = current(op, &session, notice.entry)?;
                offers.push(Offer { notice, chosen });
            }
            op.record(permit, json!({ "processors": offers.len() }))?;
            Ok(offers)
        };
        self.custody.desk().act(request, act).await
    }

    /// Chooses a sub-processor for its product, or objects to it; `region` is the place of work that the tenant has seen.
    pub async fn choose_processor(
        &self,
        credential: &Credential,
        request: Request,
        processor: EntryId,
        choice: Choice,
        region: String,
    ) -> Result<Offer> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::ProcessorChoose)?;
            let permit: Permit<ChooseProcessors> = op.permit(Resource::processor(), &session.facts())?;
            let mut notices = live(op)?;
            notices.retain(|notice| notice.entry == processor);
            // Where it works, or will.
            let accepted = notices.iter().rposition(|notice| notice.terms.region == region);
            let last = notices
                .len()
                .checked_sub(1)
                .ok_or(Error::NotFound("sub-processor"))?;
            let notice = notices.swap_remove(accepted.unwrap_or(last));
            if accepted.is_none() {
                let problem = format!("it works in {}: say that, if you accept it", notice.terms.region);
                return Err(Error::Invalid {
                    field: "region",
                    problem,
                });
            }
            let (now, id) = (op.now(), OperationId::make(op.now(), op.random()));
            op.change(&permit, END, params![session.tenant(), processor, now])?;
            let kind = choice.as_str();
            let values = params![
                id,
                session.tenant(),
                processor,
                kind,
                region.as_str(),
                now,
                session.member()
            ];
            op.change(&permit, INSERT, values)?;
            let chosen = current(op, &session, processor)?;
            op.record(
                permit,
                json!({ "processor": processor, "choice": choice, "region": region }),
            )?;
            Ok(Offer { notice, chosen })
        };
        self.custody.desk().act(request, act).await
    }

    /// Takes back what was chosen: nothing is sent to it any more.
    pub async fn unchoose_processor(
        &self,
        credential: &Credential,
        request: Request,
        processor: EntryId,
    ) -> Result<()> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, Action::ProcessorChoose)?;
            let permit: Permit<ChooseProcessors> = op.permit(Resource::processor(), &session.facts())?;
            let now = op.now();
            if op.change(&permit, END, params![session.tenant(), processor, now])? == 0 {
                return Err(Error::NotFound("choice"));
            }
            op.record(permit, json!({ "processor": processor, "choice": null }))?;
            Ok(())
        };
        self.custody.desk().act(request, act).await
    }
}

fn live(op: &mut Op<'_>) -> Result<Vec<Notice>> {
    let now = op.now();
    let mut notices = notices(op.housekeeping(), now)?;
    notices.retain(|notice| !matches!(notice.stage, Stage::Replaced | Stage::Ended));
    Ok(notices)
}

/// What the tenant chose of a sub-processor.
pub(crate) fn current(op: &mut Op<'_>, session: &Session, entry: EntryId) -> Result<Option<Chosen>> {
    let row = op.find(CURRENT, params![session.tenant(), entry])?;
    row.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<Chosen> {
    Ok(Chosen {
        // A word that this version does not know lets nothing through.
        choice: match row.get::<String>(0)?.as_str() {
            "chosen" => Choice::Chosen,
            _ => Choice::Objected,
        },
        region: row.get(1)?,
        at: row.get(2)?,
        by: row.get(3)?,
    })
}
