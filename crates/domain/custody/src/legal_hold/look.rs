//! Looking at holds.

use access::Action;
use kernel::{LegalHoldId, Page, PageRequest};
use operation::acts::ListHolds;
use operation::{Permit, Request};
use serde_json::json;
use store::Value;

use super::place::{found, resource, rule};
use super::rows::{HoldRow, on_dataset_sql, page_sql};
use super::{HoldRule, LegalHold};
use crate::dataset::{self, DatasetRef};
use crate::error::Result;
use crate::{Credential, Custody};

impl Custody {
    /// One page of the tenant's holds, newest first, those that were lifted among them.
    pub async fn legal_holds(
        &self,
        credential: &Credential,
        request: Request,
        page: PageRequest,
    ) -> Result<Page<LegalHold>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .look(request, move |op| {
                let session = custody.enter(op, &credential, Action::HoldList)?;
                let permit: Permit<ListHolds> = op.permit(resource(), &session.facts())?;
                let mut wanted = vec![
                    Value::from(session.tenant),
                    Value::from(i64::from(page.limit) + 1),
                ];
                wanted.extend(page.after.as_ref().map(|cursor| Value::from(cursor.key())));
                let rows = op.list(&permit, &page_sql(page.after.is_none()), &wanted)?;
                let told = rows
                    .iter()
                    .map(|row| HoldRow::read(row)?.told(op, &permit, &session));
                let told = told.collect::<Result<Vec<_>>>()?;
                let listed = Page::from_rows(told, page.limit, |hold| hold.id.as_bytes().to_vec());
                op.record(permit, json!({ "count": listed.items.len() }))?;
                Ok(listed)
            })
            .await
    }

    /// One page of the holds that stand and are on this dataset, by itself or with everything, newest first. Those on single items in it
    /// and on people are not among them.
    pub async fn legal_holds_on_dataset(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        page: PageRequest,
    ) -> Result<Page<LegalHold>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .look(request, move |op| {
                let session = custody.enter(op, &credential, Action::HoldList)?;
                let row = dataset::found(op, &session, &dataset, Action::HoldList)?;
                let permit: Permit<ListHolds> = op.permit(resource(), &session.facts())?;
                let mut wanted = vec![
                    Value::from(session.tenant),
                    Value::from(row.id),
                    Value::from(op.now()),
                    Value::from(i64::from(page.limit) + 1),
                ];
                wanted.extend(page.after.as_ref().map(|cursor| Value::from(cursor.key())));
                let rows = op.list(&permit, &on_dataset_sql(page.after.is_none()), &wanted)?;
                let told = rows
                    .iter()
                    .map(|row| HoldRow::read(row)?.told(op, &permit, &session));
                let told = told.collect::<Result<Vec<_>>>()?;
                let listed = Page::from_rows(told, page.limit, |hold| hold.id.as_bytes().to_vec());
                op.record(permit, json!({ "dataset": row.id, "count": listed.items.len() }))?;
                Ok(listed)
            })
            .await
    }

    /// One hold.
    pub async fn legal_hold(
        &self,
        credential: &Credential,
        request: Request,
        hold: LegalHoldId,
    ) -> Result<LegalHold> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::HoldList)?;
                let row = found(op, &session, hold, Action::HoldList)?;
                let permit: Permit<ListHolds> = op.permit(resource(), &session.facts())?;
                let told = row.told(op, &permit, &session)?;
                op.record(permit, json!({ "hold": hold }))?;
                Ok(told)
            })
            .await
    }

    /// What the tenant has settled about its holds.
    pub async fn hold_rule(&self, credential: &Credential, request: Request) -> Result<HoldRule> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::HoldList)?;
                let permit: Permit<ListHolds> = op.permit(resource(), &session.facts())?;
                let rule = rule(op, &session)?;
                op.record(permit, json!({ "rule": rule }))?;
                Ok(rule)
            })
            .await
    }
}
