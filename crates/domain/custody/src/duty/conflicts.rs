//! Who holds both duties of a pair all the same, from before it was added.

use access::{Action, Class, held_together};
use kernel::{MemberId, Page, PageRequest};
use operation::acts::ListDuties;
use operation::{Op, Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::{Conflict, rows};
use crate::error::{Error, Result};
use crate::member::MemberState;
use crate::session::Session;
use crate::{Credential, Custody};

/// Members looked at in one go.
const BATCH: i64 = 200;

impl Custody {
    /// One page of the members who hold two duties that conflict. They do the acts of neither.
    pub async fn duty_conflicts(
        &self,
        credential: &Credential,
        request: Request,
        page: PageRequest,
    ) -> Result<Page<Conflict>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::DutyList)?;
                let permit: Permit<ListDuties> = op.permit(Resource::tenant(), &session.facts())?;
                let found = conflicts(op, &permit, &session, &page)?;
                let listed = Page::from_rows(found, page.limit, |it| it.member.as_bytes().to_vec());
                op.record(permit, json!({ "count": listed.items.len() }))?;
                Ok(listed)
            })
            .await
    }
}

fn conflicts(
    op: &mut Op<'_>,
    permit: &Permit<ListDuties>,
    session: &Session,
    page: &PageRequest,
) -> Result<Vec<Conflict>> {
    let (added, now) = (rows::added(op, session.tenant)?, op.now());
    let mut after = page
        .after
        .as_ref()
        .map(|cursor| cursor.key().to_vec())
        .unwrap_or_default();
    let mut found = Vec::new();
    loop {
        let batch = op.list(
            permit,
            rows::CANDIDATES,
            params![session.tenant, after.clone(), now, BATCH],
        )?;
        for row in &batch {
            let (member, class): (MemberId, String) = (row.get(0)?, row.get(1)?);
            let class: Class = class
                .parse()
                .map_err(|_| Error::Internal(format!("unknown class {class} in a row")))?;
            let held = rows::with_class(op, session, member, class)?;
            let pairs: Vec<_> = held_together(held, &added).collect();
            if !pairs.is_empty() {
                let state = MemberState::from_row(&row.get::<String>(2)?)?;
                found.push(Conflict {
                    member,
                    class,
                    state,
                    pairs,
                });
            }
            if found.len() > page.limit as usize {
                return Ok(found);
            }
            after = member.as_bytes().to_vec();
        }
        if batch.len() < BATCH as usize {
            return Ok(found);
        }
    }
}
