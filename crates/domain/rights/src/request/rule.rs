//! How a tenant's requests are counted, checked and answered.

use std::collections::BTreeMap;

use access::Action;
use custody::{Credential, Result, Session};
use operation::acts::{ListRequests, SettleRequests};
use operation::{Act, Op, Permit, Request};
use sealing::{Context, Key};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::params;

use super::dates::Settled;
use super::{Kind, Proof, rows};
use crate::Rights;
use crate::acts::{from_json, invalid, to_json};
use crate::words::words;

words! {
    /// Whose periods count.
    Law {
        /// The General Data Protection Regulation: one month, counted by Regulation 1182/71.
        Gdpr "gdpr",
        /// 45 CFR 164.524 and 164.526: 30 and 60 days.
        Hipaa "hipaa",
        /// Both: what is due sooner.
        Both "both",
    }
}

/// How a tenant's requests are counted, checked and answered. Sealed in `person_request_rule.rule_sealed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// Days within which the tenant promises to answer, whatever the law gives; 1 to 30.
    pub own_days: u16,
    /// Whose periods count.
    pub law: Law,
    /// Where the one who answers is: a name of the time zone database, or a POSIX rule.
    pub zone: String,
    /// Whose public holidays count, by ISO 3166-1 code.
    pub country: Option<String>,
    /// Further public holidays, one a line: `12-25` every year, `easter-2`, `2026-06-05` once.
    pub holidays: String,
    /// Who decides is not who answers.
    pub four_eyes: bool,
    /// The least proof for a kind, where it is another than [`Rule::proof_for`] says by itself.
    pub proofs: BTreeMap<Kind, Proof>,
    /// How many days before the own promise ends somebody is reminded; 0 to 30.
    pub remind_days: u16,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            own_days: 7,
            law: Law::Gdpr,
            zone: "UTC".into(),
            country: None,
            holidays: String::new(),
            four_eyes: false,
            proofs: BTreeMap::new(),
            remind_days: 2,
        }
    }
}

impl Rule {
    /// The least proof that is enough for a kind: more where data is handed out or destroyed for good than where it is only
    /// left alone.
    pub fn proof_for(&self, kind: Kind) -> Proof {
        let usual = match kind {
            Kind::Access | Kind::Portability | Kind::Erasure => Proof::StaffCheck,
            Kind::Rectification | Kind::Restriction | Kind::Objection | Kind::ConsentWithdrawal => {
                Proof::MailCode
            }
        };
        self.proofs.get(&kind).copied().unwrap_or(usual)
    }

    fn check(&self) -> Result<()> {
        if !(1..=30).contains(&self.own_days) {
            return Err(invalid("own_days", "promise an answer within 1 to 30 days"));
        }
        if self.remind_days > 30 {
            return Err(invalid("remind_days", "remind 0 to 30 days ahead"));
        }
        if self.holidays.len() > 8_192 {
            return Err(invalid("holidays", "list at most 8,192 bytes"));
        }
        Settled::new(self.clone()).map(drop)
    }
}

const FIND: &str = "SELECT rule_sealed FROM person_request_rule WHERE tenant_id = $1";
const KEEP: &str = "INSERT INTO person_request_rule (tenant_id, rule_sealed) VALUES ($1, $2) \
     ON CONFLICT (tenant_id) DO UPDATE SET rule_sealed = excluded.rule_sealed";

impl Rights {
    /// How requests are counted, checked and answered.
    pub async fn request_rule(&self, credential: &Credential, request: Request) -> Result<Rule> {
        self.look(credential, request, Action::RequestList, |op, session| {
            let permit: Permit<ListRequests> = op.permit(rows::resource(), &session.facts())?;
            let rule = settled(op, session)?.rule;
            op.record(permit, json!({ "rule": true }))?;
            Ok(rule)
        })
        .await
    }

    /// Settles it anew. Requests that are not closed are counted anew at once.
    pub async fn settle_requests(
        &self,
        credential: &Credential,
        request: Request,
        rule: Rule,
    ) -> Result<Rule> {
        rule.check()?;
        let settle = move |op: &mut Op<'_>, session: &Session| {
            let permit: Permit<SettleRequests> = op.permit(rows::resource(), &session.facts())?;
            let sealed = sealing::seal(&key(session), &context(session), &to_json(&rule)?, op.random());
            op.change(&permit, KEEP, params![session.tenant(), sealed])?;
            let counted = count_anew(op, &permit, session, &Settled::new(rule.clone())?)?;
            let told = json!({
                "own_days": rule.own_days, "law": rule.law, "country": rule.country, "four_eyes": rule.four_eyes,
                "proofs": rule.proofs, "counted_anew": counted,
            });
            op.record(permit, told)?;
            Ok(rule.clone())
        };
        self.act(credential, request, Action::RequestRule, settle).await
    }
}

fn count_anew<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    settled: &Settled,
) -> Result<usize> {
    let live = rows::live(op, session)?;
    for id in &live {
        if let Some(mut row) = rows::find(op, session, *id)? {
            row.count(op, settled)?;
            row.save(op, permit, session)?;
        }
    }
    Ok(live.len())
}

/// The tenant's rule, or the usual one, within an act that shows what holds.
pub fn of<A: Act>(op: &mut Op<'_>, _permit: &Permit<A>, session: &Session) -> Result<Rule> {
    Ok(settled(op, session)?.rule)
}

/// What the tenant has settled; the usual where it has not.
pub(super) fn settled(op: &mut Op<'_>, session: &Session) -> Result<Settled> {
    let row = op.find(FIND, params![session.tenant()])?;
    let rule = row.map(|row| {
        let opened = sealing::open(&key(session), &context(session), &row.get::<Vec<u8>>(0)?)?;
        from_json(&opened)
    });
    Settled::new(rule.transpose()?.unwrap_or_default())
}

fn key(session: &Session) -> Key {
    session.derive("rights request rule", &[])
}

fn context(session: &Session) -> Context {
    Context::new("rights request rule").with(session.tenant().as_bytes())
}
