//! Acts on grants: which members may work in a dataset, where their class is limited to granted ones.

use access::{Action, Class, Facts};
use kernel::{MemberId, Page, PageRequest, Timestamp};
use operation::acts::{EndGrant, GiveGrant, ListGrants};
use operation::{Act, Op, Permit, Request, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Row, params};

use super::ops::found;
use super::rows::DatasetRow;
use super::{DatasetRef, Grant};
use crate::error::{Error, Result};
use crate::member;
use crate::session::Session;
use crate::{Credential, Custody};

/// How long a grant holds.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantTerms {
    /// Until when; open when absent.
    #[serde(default)]
    pub ends_at: Option<Timestamp>,
}

const GIVE: &str = "INSERT INTO dataset_grant (tenant_id, dataset_id, member_id, given_at, given_by, ends_at) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (dataset_id, member_id) \
     DO UPDATE SET given_at = excluded.given_at, given_by = excluded.given_by, ends_at = excluded.ends_at";
const END: &str = "DELETE FROM dataset_grant WHERE tenant_id = $1 AND dataset_id = $2 AND member_id = $3";
const PAGE: &str = "SELECT g.dataset_id, g.member_id, m.class, g.given_at, g.ends_at \
     FROM dataset_grant g JOIN member m ON m.member_id = g.member_id \
     WHERE g.tenant_id = $1 AND g.dataset_id = $2 AND g.member_id > $3 ORDER BY g.member_id LIMIT $4";

impl Custody {
    /// Gives a member a dataset. A grant that is there already gets the new terms.
    pub async fn give_grant(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        member: MemberId,
        terms: GrantTerms,
    ) -> Result<Grant> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let now = op.now();
                if terms.ends_at.is_some_and(|end| end <= now) {
                    return Err(Error::invalid("ends_at", "it must lie in the future"));
                }
                let session = custody.enter(op, &credential, Action::GrantGive)?;
                let (row, class, permit) = permitted::<GiveGrant>(op, &session, &dataset, member)?;
                let given = params![session.tenant, row.id, member, now, session.member, terms.ends_at];
                op.change(&permit, GIVE, given)?;
                op.record(permit, json!({ "ends_at": terms.ends_at }))?;
                Ok(Grant { dataset: row.id, member, class, given_at: now, ends_at: terms.ends_at })
            })
            .await
    }

    /// Takes a dataset from a member; [`Error::NotFound`] when they do not have it.
    pub async fn end_grant(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        member: MemberId,
    ) -> Result<()> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::GrantEnd)?;
                let (row, _, permit) = permitted::<EndGrant>(op, &session, &dataset, member)?;
                if op.change(&permit, END, params![session.tenant, row.id, member])? == 0 {
                    return Err(Error::NotFound("grant"));
                }
                op.record(permit, json!(null))?;
                Ok(())
            })
            .await
    }

    /// One page of a dataset's grants, those that have ended by themselves included.
    pub async fn list_grants(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        page: PageRequest,
    ) -> Result<Page<Grant>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::GrantList)?;
                let row = found(op, &session, &dataset, Action::GrantList)?;
                let facts = session.dataset_facts(row.id, row.granted);
                let permit: Permit<ListGrants> = op.permit(Resource::dataset(row.id), &facts)?;
                let after = page.after.as_ref().map(|cursor| cursor.key().to_vec()).unwrap_or_default();
                let after = params![session.tenant, row.id, after, i64::from(page.limit) + 1];
                let grants = op.list(&permit, PAGE, after)?.iter().map(grant).collect::<Result<Vec<_>>>()?;
                let listed = Page::from_rows(grants, page.limit, |grant| grant.member.as_bytes().to_vec());
                op.record(permit, json!({ "count": listed.items.len() }))?;
                Ok(listed)
            })
            .await
    }
}

fn permitted<A: Act>(
    op: &mut Op<'_>,
    session: &Session,
    dataset: &DatasetRef,
    member: MemberId,
) -> Result<(DatasetRow, Class, Permit<A>)> {
    let row = found(op, session, dataset, A::ACTION)?;
    let holder = member::found(op, session, member, A::ACTION)?;
    let facts = Facts { target_class: Some(holder.class), ..session.dataset_facts(row.id, row.granted) };
    let resource = Resource { member: Some(member), ..Resource::dataset(row.id) };
    let permit = op.permit(resource, &facts)?;
    Ok((row, holder.class, permit))
}

fn grant(row: &Row) -> Result<Grant> {
    let class: String = row.get(2)?;
    Ok(Grant {
        dataset: row.get(0)?,
        member: row.get(1)?,
        class: class.parse().map_err(|_| Error::Internal(format!("unknown class {class} in a row")))?,
        given_at: row.get(3)?,
        ends_at: row.get(4)?,
    })
}
