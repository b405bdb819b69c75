//! Steps between the password and the session.

use std::time::Duration;

use kernel::{MemberId, OperationId, TenantId, Timestamp};
use operation::Op;
use secrecy::SecretString;
use store::params;
use zeroize::Zeroizing;

use crate::contexts;
use crate::error::{Error, Result};
use crate::register::{Home, Register};
use crate::token::{Step, Token};

/// How long a step may take.
const LIFE: Duration = Duration::from_secs(10 * 60);
/// How often it may be tried.
const TRIES: i64 = 5;

/// What a step waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepKind {
    /// A second factor.
    Second,
    /// The first code of a new authenticator app.
    Enrol,
}

impl StepKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Enrol => "enrol",
        }
    }
}

/// A step to be begun.
pub(crate) struct NewStep<'a> {
    pub(crate) kind: StepKind,
    pub(crate) member: MemberId,
    /// What was proven with so far.
    pub(crate) proven: &'a str,
    pub(crate) attempt: Option<OperationId>,
    /// What the next form must find here.
    pub(crate) state: &'a [u8],
}

/// A step that somebody came with.
pub(crate) struct TakenStep {
    pub(crate) home: Home,
    pub(crate) member: MemberId,
    pub(crate) proven: String,
    pub(crate) attempt: Option<OperationId>,
    pub(crate) state: Zeroizing<Vec<u8>>,
    hash: [u8; 32],
}

/// Begins a step; gives its ticket and its end.
pub(crate) fn begin(op: &mut Op<'_>, home: &Home, new: &NewStep<'_>) -> Result<(SecretString, Timestamp)> {
    let token = Token::<Step>::generate(op.random());
    let (hash, ends_at) = (token.hash(), op.now().plus(LIFE));
    let context = contexts::step(home.tenant, new.member, &hash);
    let state = sealing::seal(&home.key, &context, new.state, op.random());
    let (kind, tenant) = (new.kind.as_str(), home.tenant);
    let row = params![
        hash,
        tenant,
        new.member,
        kind,
        new.proven,
        new.attempt,
        state,
        ends_at
    ];
    op.housekeeping().execute(INSERT, row)?;
    Ok((token.to_text(), ends_at))
}

/// Finds the step of this ticket and counts the try; it counts whatever becomes of the act, as long as that commits.
pub(crate) fn take<R: Register>(
    op: &mut Op<'_>,
    register: &R,
    kind: StepKind,
    ticket: &str,
) -> Result<TakenStep> {
    let token = Token::<Step>::parse(ticket).ok_or(Error::StepOver)?;
    let (hash, now) = (token.hash(), op.now());
    let found = op.find(FIND, params![hash, kind.as_str(), now, TRIES])?;
    let row = found.ok_or(Error::StepOver)?;
    let (tenant, member): (TenantId, MemberId) = (row.get(0)?, row.get(1)?);
    op.housekeeping().execute(TRY, params![hash])?;
    let home = home_of_step(op, register, tenant)?;
    let state = sealing::open(
        &home.key,
        &contexts::step(tenant, member, &hash),
        &row.get::<Vec<u8>>(4)?,
    )?;
    Ok(TakenStep {
        home,
        member,
        proven: row.get(2)?,
        attempt: row.get(3)?,
        state,
        hash,
    })
}

/// Whose step this ticket is for, without trying it.
pub(crate) fn look<R: Register>(
    op: &mut Op<'_>,
    register: &R,
    kind: StepKind,
    ticket: &str,
) -> Result<(Home, MemberId)> {
    let token = Token::<Step>::parse(ticket).ok_or(Error::StepOver)?;
    let now = op.now();
    let found = op.find(FIND, params![token.hash(), kind.as_str(), now, TRIES])?;
    let row = found.ok_or(Error::StepOver)?;
    Ok((home_of_step(op, register, row.get(0)?)?, row.get(1)?))
}

/// The step of another door is none here.
fn home_of_step<R: Register>(op: &mut Op<'_>, register: &R, tenant: TenantId) -> Result<Home> {
    register.home_of(op, tenant).map_err(|error| match error {
        Error::NotFound(_) => Error::StepOver,
        other => other,
    })
}

/// The step is done.
pub(crate) fn end(op: &mut Op<'_>, step: &TakenStep) -> Result<()> {
    op.housekeeping().execute(END, params![step.hash])?;
    Ok(())
}

const INSERT: &str = "INSERT INTO sign_in_step (token_hash, tenant_id, member_id, kind, proven, sign_in_id, \
     state_sealed, ends_at, tries) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)";
const FIND: &str = "SELECT tenant_id, member_id, proven, sign_in_id, state_sealed FROM sign_in_step \
     WHERE token_hash = $1 AND kind = $2 AND ends_at > $3 AND tries < $4";
const TRY: &str = "UPDATE sign_in_step SET tries = tries + 1 WHERE token_hash = $1";
const END: &str = "DELETE FROM sign_in_step WHERE token_hash = $1";
pub(crate) const SWEEP: &str = "DELETE FROM sign_in_step WHERE ends_at < $1";
