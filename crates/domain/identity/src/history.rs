//! Where and how somebody signed in, or tried to, in their name.
//!
//! Promises: each attempt on somebody's account has a row from before it is looked at, refused until it was right;
//! addresses are sealed. Leaves out: attempts on people there are none of, which stand in the trail alone.

use std::time::Duration;

use access::Action;
use kernel::{MemberId, OperationId, Timestamp};
use operation::acts::ListSessions;
use operation::{Op, Permit, Request, Resource};
use serde::Serialize;
use serde_json::json;
use store::{Row, params};

use crate::error::Result;
use crate::origin::Origin;
use crate::register::{Home, Register};
use crate::{Identity, contexts};

/// How long attempts are kept beside the trail.
const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// The most that are shown.
const MOST: i64 = 100;
/// The word for an attempt that was not right, or is not finished.
const REFUSED: &str = "refused";

/// One attempt to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignInEntry {
    /// Its id.
    pub id: OperationId,
    /// When.
    pub at: Timestamp,
    /// What was proven with, or nothing when it was refused or not finished.
    pub proven: Option<Vec<String>>,
    /// Where from.
    pub origin: Origin,
}

impl<R: Register> Identity<R> {
    /// The newest hundred attempts to sign in as a member, newest first; as the caller when nobody is named.
    pub async fn sign_ins(
        &self,
        credential: &R::Credential,
        request: Request,
        member: Option<MemberId>,
    ) -> Result<Vec<SignInEntry>> {
        let (identity, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let entered = identity.register.enter(op, &credential, Action::SessionList)?;
                let person = identity.someone(op, &entered, member, Action::SessionList)?;
                let facts = entered.of(&person);
                let permit: Permit<ListSessions> = op.permit(Resource::member(person.member), &facts)?;
                let filter = params![entered.home.tenant, person.member, MOST];
                let rows = op.list(&permit, PAGE, filter)?;
                let entries = rows.iter().map(|row| entry(&entered.home, row));
                let entries = entries.collect::<Result<Vec<_>>>()?;
                op.record(permit, json!({ "of": "sign-ins", "count": entries.len() }))?;
                Ok(entries)
            })
            .await
    }
}

/// Writes an attempt down, refused as long as nothing else is said.
pub(crate) fn begin(op: &mut Op<'_>, home: &Home, member: MemberId) -> Result<OperationId> {
    let (id, now) = (OperationId::make(op.now(), op.random()), op.now());
    let origin = Origin::of(op).seal(op, &home.key, &contexts::sign_in(home.tenant, id))?;
    let row = params![id, home.tenant, member, now, REFUSED, origin];
    op.housekeeping().execute(INSERT, row)?;
    Ok(id)
}

/// It was right.
pub(crate) fn finish(op: &mut Op<'_>, home: &Home, id: OperationId, proven: &str) -> Result<()> {
    op.housekeeping()
        .execute(FINISH, params![home.tenant, id, proven])?;
    Ok(())
}

/// Before this moment, attempts are forgotten.
pub(crate) fn forgotten_before(now: Timestamp) -> Timestamp {
    now.minus(KEPT)
}

fn entry(home: &Home, row: &Row) -> Result<SignInEntry> {
    let (id, outcome): (OperationId, String) = (row.get(0)?, row.get(2)?);
    let sealed: Vec<u8> = row.get(3)?;
    Ok(SignInEntry {
        id,
        at: row.get(1)?,
        proven: (outcome != REFUSED).then(|| outcome.split(' ').map(str::to_owned).collect()),
        origin: Origin::open(&home.key, &contexts::sign_in(home.tenant, id), &sealed)?,
    })
}

const INSERT: &str = "INSERT INTO sign_in (sign_in_id, tenant_id, member_id, happened_at, outcome, origin_sealed) \
     VALUES ($1, $2, $3, $4, $5, $6)";
const FINISH: &str = "UPDATE sign_in SET outcome = $3 WHERE tenant_id = $1 AND sign_in_id = $2";
const PAGE: &str = "SELECT sign_in_id, happened_at, outcome, origin_sealed FROM sign_in \
     WHERE tenant_id = $1 AND member_id = $2 ORDER BY sign_in_id DESC LIMIT $3";
pub(crate) const SWEEP: &str = "DELETE FROM sign_in WHERE happened_at < $1";
