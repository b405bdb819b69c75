//! Looking at accesses, and at what was read by one.

use access::{Action, Class};
use kernel::{OperatorAccessId, Page, PageRequest};
use operation::acts::{ListOperatorAccess, ReadTrail};
use operation::trail::{self, TrailEntry, TrailFilter};
use operation::{Permit, Request, Resource};
use serde_json::json;
use store::{Row, Value};

use super::OperatorAccess;
use super::decide::found;
use super::rows::{AccessRow, page_sql};
use crate::error::Result;
use crate::{Credential, Custody};

impl Custody {
    /// One page of accesses, newest first: to the caller's tenant; for the operator's staff, those that they asked for, without the
    /// reasons.
    pub async fn operator_accesses(
        &self,
        credential: &Credential,
        request: Request,
        page: PageRequest,
    ) -> Result<Page<OperatorAccess>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::OperatorAccessList)?;
                let permit: Permit<ListOperatorAccess> = op.permit(Resource::tenant(), &session.facts())?;
                let asker = session.class == Class::Operator;
                let whose = match asker {
                    true => Value::from(session.member),
                    false => Value::from(session.tenant),
                };
                let mut wanted = vec![whose, Value::from(i64::from(page.limit) + 1)];
                wanted.extend(page.after.as_ref().map(|cursor| Value::from(cursor.key())));
                let (now, sql) = (op.now(), page_sql(asker, page.after.is_none()));
                let rows = op.list(&permit, &sql, &wanted)?;
                let read = |row: &Row| {
                    let row = AccessRow::read(row, now)?;
                    if asker { Ok(row.access) } else { row.told(&session) }
                };
                let rows = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
                let listed = Page::from_rows(rows, page.limit, |access| access.id.as_bytes().to_vec());
                op.record(permit, json!({ "count": listed.items.len() }))?;
                Ok(listed)
            })
            .await
    }

    /// One page of what was done by an access's key, newest first, as the trail has it. Empty while nobody has taken the key.
    pub async fn operator_reads(
        &self,
        credential: &Credential,
        request: Request,
        id: OperatorAccessId,
        page: PageRequest,
    ) -> Result<Page<TrailEntry>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .look(request, move |op| {
                let session = custody.enter(op, &credential, Action::TrailRead)?;
                let row = found::<ReadTrail>(op, &session, id)?;
                let permit: Permit<ReadTrail> = op.permit(Resource::trail(), &session.facts())?;
                let listed = match row.access.key {
                    None => Page::from_rows(Vec::new(), page.limit, |_: &TrailEntry| Vec::new()),
                    Some(key) => {
                        let filter = TrailFilter {
                            key: Some(key),
                            ..TrailFilter::default()
                        };
                        trail::query(op, &permit, &session.trail_keys()?, &filter, &page)?
                    }
                };
                op.record(
                    permit,
                    json!({ "operator_access": id, "count": listed.items.len() }),
                )?;
                Ok(listed)
            })
            .await
    }
}
