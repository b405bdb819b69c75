//! Taking a package: what is about the person alone is read by a visit of its own, whose secret leaves this process with nobody.

use std::time::Duration;

use custody::{Credential, Result, Session};
use kernel::{RequestId, SubjectId, VisitId};
use operation::acts::PackRequest;
use operation::{Op, Permit};
use store::params;

use super::rows;
use super::visit::{Token, row_of};
use crate::acts::to_json;

/// How long a package may take to be taken.
const TAKING: Duration = Duration::from_secs(12 * 60 * 60);

/// For somebody at the page: the credential that their package is read by. Nothing for others, who read by their own.
pub(crate) fn begin_taking(
    op: &mut Op<'_>,
    permit: &Permit<PackRequest>,
    session: &Session,
    request: RequestId,
    subject: SubjectId,
) -> Result<Option<Credential>> {
    if session.visit().is_none() {
        return Ok(None);
    }
    let row = row_of(op, session)?;
    let token = Token::generate(VisitId::make(op.now(), op.random()), op.random());
    let asked = row.asked(session)?;
    let params = params![
        token.visit,
        session.tenant(),
        rows::STATE_PACKAGE,
        op.now(),
        op.now().plus(TAKING),
        row.address_blind.clone(),
        None::<Vec<u8>>,
        token.blind(session).to_vec(),
        rows::seal(op, session, token.visit, &to_json(&asked)?),
        None::<Vec<u8>>,
        None::<kernel::Timestamp>,
        subject,
        request,
    ];
    op.change(permit, rows::INSERT, params)?;
    token.credential(session.slug()).map(Some)
}

/// The package was taken, or broke off: its visit is good for nothing any more.
pub(crate) fn end_taking(op: &mut Op<'_>, permit: &Permit<PackRequest>, session: &Session) -> Result<()> {
    if let Some(visited) = session.visit() {
        op.change(permit, rows::END, params![session.tenant(), visited.visit])?;
    }
    Ok(())
}
