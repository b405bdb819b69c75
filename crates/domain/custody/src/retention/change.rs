//! Settling how long things are kept.

use access::Action;
use kernel::DatasetId;
use operation::acts::{ChangeDataset, ChangeTenant, ViewDataset, ViewTenant};
use operation::{Act, Op, Permit, Request, Resource};
use serde_json::{Value as Json, json};
use store::params;

use super::book::Book;
use super::{CountsFrom, Retention, Rule, Settled, rows};
use crate::dataset::{DatasetRef, permitted};
use crate::error::{Error, Result};
use crate::item::Kind;
use crate::session::Session;
use crate::{Credential, Custody, contexts};

impl Custody {
    /// What is settled for the whole tenant.
    pub async fn retention(&self, credential: &Credential, request: Request) -> Result<Retention> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::TenantView)?;
                let permit: Permit<ViewTenant> = op.permit(Resource::tenant(), &session.facts())?;
                let retention = read(op, &permit, &session, session.tenant.as_bytes())?;
                op.record(permit, json!({ "retention": true }))?;
                Ok(retention)
            })
            .await
    }

    /// Settles it for the whole tenant. What was announced under other rules is announced anew.
    pub async fn set_retention(
        &self,
        credential: &Credential,
        request: Request,
        retention: Retention,
    ) -> Result<Retention> {
        retention.check()?;
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::TenantChange)?;
                let permit: Permit<ChangeTenant> = op.permit(Resource::tenant(), &session.facts())?;
                check_grounds(op, &session, None, &retention)?;
                write(op, &permit, &session, session.tenant.as_bytes(), &retention)?;
                op.record(permit, told(&retention))?;
                Ok(retention.clone())
            })
            .await
    }

    /// What is settled for a dataset itself.
    pub async fn dataset_retention(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
    ) -> Result<Retention> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::DatasetView)?;
                let (row, permit) = permitted::<ViewDataset>(op, &session, &dataset)?;
                let retention = read(op, &permit, &session, row.id.as_bytes())?;
                op.record(permit, json!({ "retention": true }))?;
                Ok(retention)
            })
            .await
    }

    /// Settles it for a dataset. Longer than the tenant or the contract says takes a ground.
    pub async fn set_dataset_retention(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        retention: Retention,
    ) -> Result<Retention> {
        retention.check()?;
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::DatasetChange)?;
                let (row, permit) = permitted::<ChangeDataset>(op, &session, &dataset)?;
                check_grounds(op, &session, Some(row.id), &retention)?;
                write(op, &permit, &session, row.id.as_bytes(), &retention)?;
                op.record(permit, told(&retention))?;
                Ok(retention.clone())
            })
            .await
    }
}

/// A ground for whatever is kept longer than what is above says.
pub(super) fn check_grounds(
    op: &mut Op<'_>,
    session: &Session,
    dataset: Option<DatasetId>,
    retention: &Retention,
) -> Result<()> {
    let book = Book::of(op.housekeeping(), session.tenant)?;
    for rule in retention.rules.iter().filter(|rule| rule.ground.is_none()) {
        let kinds = rule
            .kind
            .map_or(vec![Kind::File, Kind::Record], |kind| vec![kind]);
        let above = kinds.into_iter().filter_map(|kind| match dataset {
            Some(_) => book.above(kind),
            None => book.contract_rule(),
        });
        // What counts from later on is kept longer as well.
        let shortest = above
            .filter(|above| {
                rule.days > above.days
                    || (above.from == CountsFrom::Put && rule.counts_from != CountsFrom::Put)
            })
            .map(|above| above.days)
            .min();
        if let Some(days) = shortest {
            let problem = format!(
                "this keeps things longer than the {days} days that are settled above it: say on which ground"
            );
            return Err(Error::invalid("ground", problem));
        }
    }
    Ok(())
}

pub(super) fn read<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    scope: &[u8; 16],
) -> Result<Retention> {
    let found = op.find_all(rows::OF_SCOPE, params![session.tenant, scope])?;
    let mut rules = Vec::with_capacity(found.len());
    for row in found {
        let word: String = row.get(0)?;
        let sealed: Option<Vec<u8>> = row.get(4)?;
        let context = contexts::retention_ground(session.tenant, scope, &word);
        let ground = sealed
            .map(|sealed| op.open(permit, session.tenant_key(), &context, &sealed))
            .transpose()?;
        let ground = ground.map(|opened| String::from_utf8(opened.to_vec()).map_err(|_| Error::Altered));
        rules.push(Rule {
            kind: rows::kind(&word)?,
            days: row.get(1)?,
            counts_from: CountsFrom::from_row(&row.get::<String>(2)?)?,
            notice_days: row.get(3)?,
            ground: ground.transpose()?,
        });
    }
    let window = op.find(rows::WINDOW_OF, params![session.tenant, scope])?;
    Ok(Retention {
        rules,
        archive_days: window.map(|row| row.get(0)).transpose()?,
    })
}

fn write<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    scope: &[u8; 16],
    retention: &Retention,
) -> Result<()> {
    let settled = Settled {
        by: session.member,
        at: op.now(),
    };
    forget(op, permit, session, scope)?;
    for rule in &retention.rules {
        insert_rule(op, permit, session, scope, rule, settled)?;
    }
    match retention.archive_days {
        Some(days) => insert_window(op, permit, session, scope, days, settled),
        None => Ok(()),
    }
}

pub(super) fn insert_rule<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    scope: &[u8; 16],
    rule: &Rule,
    settled: Settled,
) -> Result<()> {
    let word = rows::kind_word(rule.kind);
    let context = contexts::retention_ground(session.tenant, scope, word);
    let ground = rule.ground.as_ref().map(|ground| {
        sealing::seal(
            session.tenant_key(),
            &context,
            ground.trim().as_bytes(),
            op.random(),
        )
    });
    let row = params![
        scope,
        word,
        session.tenant,
        i64::from(rule.days),
        rule.counts_from.as_str(),
        i64::from(rule.notice_days),
        ground,
        settled.by,
        settled.at
    ];
    op.change(permit, rows::INSERT_RULE, row)?;
    Ok(())
}

pub(super) fn insert_window<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    scope: &[u8; 16],
    days: u32,
    settled: Settled,
) -> Result<()> {
    let row = params![scope, session.tenant, i64::from(days), settled.by, settled.at];
    op.change(permit, rows::INSERT_WINDOW, row)?;
    Ok(())
}

/// Forgets what is settled for a tenant or a dataset.
pub(crate) fn forget<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    scope: &[u8; 16],
) -> Result<()> {
    op.change(permit, rows::FORGET_RULES, params![session.tenant, scope])?;
    op.change(permit, rows::FORGET_WINDOW, params![session.tenant, scope])?;
    Ok(())
}

/// What the trail says; that there is a ground, and not which.
pub(super) fn told(retention: &Retention) -> Json {
    let rules = retention.rules.iter().map(|rule| {
        json!({ "kind": rule.kind, "days": rule.days, "counts_from": rule.counts_from, "notice_days": rule.notice_days,
            "ground": rule.ground.is_some() })
    });
    json!({ "retention": rules.collect::<Vec<_>>(), "archive_days": retention.archive_days })
}
