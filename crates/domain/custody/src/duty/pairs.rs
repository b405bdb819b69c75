//! The pairs: those built in, and those that a tenant adds and takes away.

use access::{Action, CONFLICTS, Pair};
use operation::acts::{ListDuties, RuleDuties};
use operation::{Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::{Rule, rows};
use crate::error::{Error, Result};
use crate::{Credential, Custody};

impl Custody {
    /// Whether the caller may see what duties there are, which is the same for every tenant.
    pub async fn see_duties(&self, credential: &Credential, request: Request) -> Result<()> {
        self.duty_pairs(credential, request).await.map(drop)
    }

    /// Every pair of duties that nobody of the tenant holds together: the built-in ones first.
    pub async fn duty_pairs(&self, credential: &Credential, request: Request) -> Result<Vec<Rule>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::DutyList)?;
                let permit: Permit<ListDuties> = op.permit(Resource::tenant(), &session.facts())?;
                let mut rules: Vec<Rule> = CONFLICTS
                    .iter()
                    .map(|(pair, why)| Rule {
                        pair: *pair,
                        why: Some(*why),
                        added: None,
                    })
                    .collect();
                for row in op.list(&permit, rows::PAIRS, params![session.tenant])? {
                    let pair = rows::pair(&row.get::<String>(0)?)?;
                    // A later release may have built it in.
                    if pair.why().is_none() {
                        let added = Some((row.get(1)?, row.get(2)?));
                        rules.push(Rule {
                            pair,
                            why: None,
                            added,
                        });
                    }
                }
                op.record(permit, json!({ "pairs": rules.len() }))?;
                Ok(rules)
            })
            .await
    }

    /// Settles that nobody holds these two together. It counts at once: who holds both does the acts of neither, until one of the
    /// two is ended. May be repeated.
    pub async fn add_duty_pair(&self, credential: &Credential, request: Request, pair: Pair) -> Result<Rule> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::DutyRule)?;
                let permit: Permit<RuleDuties> = op.permit(Resource::tenant(), &session.facts())?;
                if pair.why().is_some() {
                    let problem = "this pair is built in, and counts already";
                    return Err(Error::Conflict(problem.into()));
                }
                let (now, by) = (op.now(), session.member);
                let row = params![session.tenant, pair.to_string(), now, by];
                op.change(&permit, rows::ADD_PAIR, row)?;
                op.record(permit, json!({ "pair": pair.to_string() }))?;
                Ok(Rule {
                    pair,
                    why: None,
                    added: Some((now, by)),
                })
            })
            .await
    }

    /// Takes away a pair that the tenant added.
    ///
    /// Fails with [`Error::Conflict`] for one that is built in, and with [`Error::NotFound`] for one that is not there.
    pub async fn remove_duty_pair(
        &self,
        credential: &Credential,
        request: Request,
        pair: Pair,
    ) -> Result<()> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::DutyRule)?;
                let permit: Permit<RuleDuties> = op.permit(Resource::tenant(), &session.facts())?;
                if let Some(why) = pair.why() {
                    let problem = format!("this pair is built in and cannot be switched off: {why}");
                    return Err(Error::Conflict(problem));
                }
                let row = params![session.tenant, pair.to_string()];
                if op.change(&permit, rows::REMOVE_PAIR, row)? == 0 {
                    return Err(Error::NotFound("pair"));
                }
                op.record(permit, json!({ "pair": pair.to_string(), "removed": true }))?;
                Ok(())
            })
            .await
    }
}
