//! SQL of packages.

use custody::{Result, Session};
use kernel::RequestId;
use operation::Op;
use store::params;

use super::Offer;

pub(super) const OFFER: &str = "INSERT INTO person_package (request_id, tenant_id, offered_at, until_at, member_id) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (request_id) DO UPDATE SET offered_at = excluded.offered_at, \
     until_at = excluded.until_at, member_id = excluded.member_id";
const FIND: &str = "SELECT offered_at, until_at FROM person_package WHERE tenant_id = $1 AND request_id = $2";

/// What is or was offered for a request.
pub(crate) fn find(op: &mut Op<'_>, session: &Session, request: RequestId) -> Result<Option<Offer>> {
    let row = op.find(FIND, params![session.tenant(), request])?;
    let offer = row.map(|row| {
        Ok(Offer {
            request,
            offered_at: row.get(0)?,
            until_at: row.get(1)?,
        })
    });
    offer.transpose()
}
