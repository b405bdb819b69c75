//! SQL of sessions, and the steps that acts on them share.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{KeyId, MemberId, TenantId, Timestamp};
use operation::{Act, Op, Permit};
use sealing::BlindIndexKey;
use secrecy::SecretString;
use store::{Row, StoreError, params};

use super::{SessionEntry, WARNING, Who};
use crate::contexts;
use crate::error::{Error, Result};
use crate::origin::Origin;
use crate::register::{Entered, Home};

/// A session's row.
pub(crate) struct SessionRow {
    pub(crate) session: KeyId,
    pub(crate) member: MemberId,
    begun_at: Timestamp,
    seen_at: Timestamp,
    pub(crate) idle_at: Timestamp,
    pub(crate) ends_at: Timestamp,
    proven: String,
    origin_sealed: Vec<u8>,
}

impl SessionRow {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            session: row.get(0)?,
            member: row.get(1)?,
            begun_at: row.get(2)?,
            seen_at: row.get(3)?,
            idle_at: row.get(4)?,
            ends_at: row.get(5)?,
            proven: row.get(6)?,
            origin_sealed: row.get(7)?,
        })
    }

    /// As it is listed.
    pub(crate) fn entry(&self, home: &Home, current: KeyId) -> Result<SessionEntry> {
        let context = contexts::session(home.tenant, self.session);
        Ok(SessionEntry {
            session: self.session,
            member: self.member,
            begun_at: self.begun_at,
            seen_at: self.seen_at,
            idle_at: self.idle_at,
            ends_at: self.ends_at,
            proven: self.proven.split(' ').map(str::to_owned).collect(),
            origin: Origin::open(&home.key, &context, &self.origin_sealed)?,
            current: self.session == current,
        })
    }

    /// Whose it is, its end by idleness at `idle_at`.
    pub(crate) fn who(&self, entered: &Entered, idle_at: Timestamp) -> Who {
        Who {
            session: self.session,
            tenant: entered.home.tenant,
            slug: entered.home.slug.clone(),
            member: entered.member,
            class: entered.class,
            begun_at: self.begun_at,
            idle_at,
            warn_at: idle_at.minus(WARNING),
            ends_at: self.ends_at,
            fresh_until: entered.fresh_until.unwrap_or_default(),
            csrf: csrf(&entered.home, self.session),
        }
    }
}

/// What forms of the session bring along: follows from its id and the tenant's key, and changes with neither secret nor
/// node.
pub(crate) fn csrf(home: &Home, session: KeyId) -> SecretString {
    let key = BlindIndexKey::derive(&home.key, &[b"csrf"]);
    let token = sealing::blind(&key, "csrf", session.as_bytes());
    URL_SAFE_NO_PAD.encode(token).into()
}

/// A session of the tenant.
pub(crate) fn find(op: &mut Op<'_>, tenant: TenantId, session: KeyId) -> Result<Option<SessionRow>> {
    let row = op.find(FIND, params![tenant, session])?;
    row.map(|row| SessionRow::read(&row)).transpose()
}

/// The row of the caller's own session.
pub(crate) fn own(op: &mut Op<'_>, entered: &Entered) -> Result<SessionRow> {
    find(op, entered.home.tenant, entered.key)?.ok_or(Error::SignedOut)
}

/// The member's sessions that are live, oldest first.
pub(crate) fn live(op: &mut Op<'_>, tenant: TenantId, member: MemberId) -> Result<Vec<SessionRow>> {
    let now = op.now();
    let rows = op.find_all(LIVE, params![tenant, member, now])?;
    rows.iter().map(SessionRow::read).collect()
}

/// What is kept of a new session.
pub(crate) struct NewRow<'a> {
    pub(crate) session: KeyId,
    pub(crate) member: MemberId,
    pub(crate) idle_at: Timestamp,
    pub(crate) ends_at: Timestamp,
    pub(crate) proven: &'a str,
}

pub(crate) fn insert<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    home: &Home,
    new: &NewRow<'_>,
) -> Result<()> {
    let now = op.now();
    let context = contexts::session(home.tenant, new.session);
    let origin = Origin::of(op).seal(op, &home.key, &context)?;
    let row = params![
        new.session,
        home.tenant,
        new.member,
        now,
        new.idle_at,
        new.ends_at,
        new.proven,
        origin
    ];
    op.change(permit, INSERT, row)?;
    Ok(())
}

/// Notes that somebody was there.
pub(super) fn seen(op: &mut Op<'_>, tenant: TenantId, session: KeyId, idle_at: Timestamp) -> Result<()> {
    let now = op.now();
    op.housekeeping()
        .execute(SEEN, params![tenant, session, now, idle_at])?;
    Ok(())
}

pub(crate) fn delete<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: TenantId,
    session: KeyId,
) -> Result<()> {
    op.change(permit, DELETE, params![tenant, session])?;
    Ok(())
}

/// Forgets all sessions and unfinished steps of a member who is shut out, so that none comes back when they are let in
/// again. The register ends the keys they stand for.
pub fn forget_sessions<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: TenantId,
    member: MemberId,
) -> std::result::Result<(), StoreError> {
    for sql in [FORGET, FORGET_STEPS, FORGET_INVITATION] {
        op.change(permit, sql, params![tenant, member])?;
    }
    Ok(())
}

const FIND: &str = "SELECT session_id, member_id, begun_at, seen_at, idle_at, ends_at, proven, origin_sealed \
     FROM browser_session WHERE tenant_id = $1 AND session_id = $2";
const LIVE: &str = "SELECT session_id, member_id, begun_at, seen_at, idle_at, ends_at, proven, origin_sealed \
     FROM browser_session WHERE tenant_id = $1 AND member_id = $2 AND idle_at > $3 AND ends_at > $3 ORDER BY session_id";
const INSERT: &str = "INSERT INTO browser_session (session_id, tenant_id, member_id, begun_at, seen_at, idle_at, ends_at, \
     proven, origin_sealed) VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8)";
const SEEN: &str =
    "UPDATE browser_session SET seen_at = $3, idle_at = $4 WHERE tenant_id = $1 AND session_id = $2";
const DELETE: &str = "DELETE FROM browser_session WHERE tenant_id = $1 AND session_id = $2";
const FORGET: &str = "DELETE FROM browser_session WHERE tenant_id = $1 AND member_id = $2";
const FORGET_STEPS: &str = "DELETE FROM sign_in_step WHERE tenant_id = $1 AND member_id = $2";
const FORGET_INVITATION: &str = "DELETE FROM invitation WHERE tenant_id = $1 AND member_id = $2";
pub(crate) const SWEEP: &str = "DELETE FROM browser_session WHERE idle_at < $1";
