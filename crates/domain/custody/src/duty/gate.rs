//! The gate: what duties keep from whoever acts, asked in every act.
//!
//! A tenant that gives no duties and adds no pairs pays a count in the statement that finds a key, and nothing else.

use access::{Action, ActionSet, Bar, Duty, DutySet, Pair};
use kernel::{MemberId, TenantId};
use operation::{Op, Resource};
use serde_json::json;
use store::params;

use super::rows;
use crate::error::{Error, Result};

/// How many duties and pairs of the tenant of member `m` there are: part of the statement that finds a key.
pub(crate) const COUNT: &str = "((SELECT count(*) FROM duty_holder h WHERE h.tenant_id = m.tenant_id) \
     + (SELECT count(*) FROM duty_pair d WHERE d.tenant_id = m.tenant_id))";
/// Duties that active members of tenant $1 were given, and whether member $2 is one of them.
const HELD: &str = "SELECT h.duty, max(CASE WHEN h.member_id = $2 THEN 1 ELSE 0 END) FROM duty_holder h \
     JOIN member m ON m.member_id = h.member_id WHERE h.tenant_id = $1 AND m.state = 'active' GROUP BY h.duty";

/// What duties keep from a member: whatever an act goes on to ask, the policies permit none of these.
pub(crate) struct Barred {
    own: DutySet,
    held: DutySet,
    added: Vec<Pair>,
}

impl Barred {
    /// The acts.
    pub(crate) fn actions(&self) -> ActionSet {
        let acts = Duty::ALL.into_iter().flat_map(|duty| duty.acts().iter().copied());
        acts.filter(|action| self.bar(*action).is_some()).collect()
    }

    fn bar(&self, action: Action) -> Option<Bar> {
        access::bar(action, self.own, self.held, &self.added)
    }
}

/// What duties keep from this member of the tenant. `by_class` is what their class brings along.
pub(crate) fn barred(
    op: &mut Op<'_>,
    tenant: TenantId,
    member: MemberId,
    by_class: Option<Duty>,
) -> Result<Barred> {
    let (mut own, mut held) = (by_class.into_iter().collect::<DutySet>(), DutySet::default());
    for row in op.find_all(HELD, params![tenant, member])? {
        let duty = rows::duty(&row.get::<String>(0)?)?;
        held = held.with(duty);
        if row.get::<i64>(1)? > 0 {
            own = own.with(duty);
        }
    }
    let added = rows::added(op, tenant)?;
    // No built-in pair keeps an act from who works on a dataset, so this is asked where a tenant added one.
    let is_about_work = |pair: &Pair| pair.duties().contains(&Duty::Work);
    if added.iter().any(is_about_work) && rows::works(op, tenant, member)? {
        own = own.with(Duty::Work);
    }
    Ok(Barred { own, held, added })
}

/// Records that the act was kept from whoever tried it, and says by what; nothing where it was not.
pub(crate) fn turned_back(op: &mut Op<'_>, action: Action, barred: &Barred) -> Result<Option<Error>> {
    let Some(bar) = barred.bar(action) else {
        return Ok(None);
    };
    let reasons = vec![bar.id()];
    op.refuse(action, Resource::tenant(), json!({ "reasons": reasons }))?;
    Ok(Some(Error::Forbidden { action, reasons }))
}
