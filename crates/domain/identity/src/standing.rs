//! How somebody stands at the door, for whoever keeps people and is asked in an act of their own.

use kernel::{MemberId, TenantId, Timestamp};
use operation::{Act, Op, Permit};
use store::params;

use crate::account;
use crate::error::Result;
use crate::session::forget_sessions;

/// How somebody stands at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether they have a password and a second factor.
    pub signs_in: bool,
    /// Until when an invitation is open that nobody has accepted.
    pub invited_until: Option<Timestamp>,
}

/// How the member stands.
pub fn standing(op: &mut Op<'_>, tenant: TenantId, member: MemberId) -> Result<Standing> {
    let now = op.now();
    let invitation = op.find(INVITED, params![tenant, member, now])?;
    let has_password = op.find(HAS_PASSWORD, params![tenant, member])?.is_some();
    Ok(Standing {
        signs_in: has_password && account::has_second(op, tenant, member)?,
        invited_until: invitation.map(|row| row.get(0)).transpose()?,
    })
}

/// Forgets all that a member proves with who they are, with their sessions and their invitation. The register ends the keys
/// that sessions stand for. The history of attempts stays.
pub fn forget_person<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: TenantId,
    member: MemberId,
) -> Result<()> {
    forget_sessions(op, permit, tenant, member)?;
    account::forget_factors(op, permit, tenant, member)?;
    op.change(permit, FORGET_ACCOUNT, params![tenant, member])?;
    Ok(())
}

const INVITED: &str =
    "SELECT ends_at FROM invitation WHERE tenant_id = $1 AND member_id = $2 AND ends_at > $3";
const HAS_PASSWORD: &str = "SELECT 1 FROM account WHERE tenant_id = $1 AND member_id = $2";
const FORGET_ACCOUNT: &str = "DELETE FROM account WHERE tenant_id = $1 AND member_id = $2";
