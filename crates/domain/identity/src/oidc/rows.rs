//! SQL of providers, of ways to them, and of whom they know.

use std::time::Duration;

use kernel::{KeyId, MemberId, TenantId, Timestamp};
use operation::{Act, Op, Permit};
use sealing::BlindIndexKey;
use store::{Row, params};

use super::settings::Kept;
use crate::contexts;
use crate::error::Result;
use crate::register::Home;

/// The tenant's provider.
pub(super) fn find(op: &mut Op<'_>, home: &Home) -> Result<Option<Kept>> {
    let Some(row) = op.find(FIND, params![home.tenant])? else {
        return Ok(None);
    };
    let sealed: Vec<u8> = row.get(0)?;
    let opened = sealing::open(&home.key, &contexts::provider(home.tenant), &sealed)?;
    Ok(Some(serde_json::from_slice(&opened)?))
}

pub(super) fn keep<A: Act>(op: &mut Op<'_>, permit: &Permit<A>, home: &Home, kept: &Kept) -> Result<()> {
    let text = zeroize::Zeroizing::new(serde_json::to_vec(kept)?);
    let sealed = sealing::seal(&home.key, &contexts::provider(home.tenant), &text, op.random());
    let row = params![home.tenant, sealed, op.now()];
    op.change(permit, KEEP, row)?;
    Ok(())
}

/// Takes the provider away, and forgets whom it knew and who is on the way.
pub(super) fn remove<A: Act>(op: &mut Op<'_>, permit: &Permit<A>, tenant: TenantId) -> Result<bool> {
    forget_subjects(op, permit, tenant)?;
    op.change(permit, FORGET_WAYS, params![tenant])?;
    Ok(op.change(permit, REMOVE, params![tenant])? == 1)
}

/// Another provider means other people by the same words.
pub(super) fn forget_subjects<A: Act>(op: &mut Op<'_>, permit: &Permit<A>, tenant: TenantId) -> Result<()> {
    op.change(permit, FORGET_SUBJECTS, params![tenant])?;
    Ok(())
}

/// A way to be begun.
pub(super) struct NewWay {
    pub(super) state: [u8; 32],
    pub(super) browser: [u8; 32],
    /// Who proves that it is still they, in which session.
    pub(super) again: Option<(MemberId, KeyId)>,
    pub(super) ends_at: Timestamp,
}

pub(super) fn begin_way(op: &mut Op<'_>, tenant: TenantId, way: &NewWay) -> Result<()> {
    let (member, session) = way.again.unzip();
    let row = params![
        way.state,
        tenant,
        way.browser,
        member,
        session,
        op.now(),
        way.ends_at
    ];
    op.housekeeping().execute(BEGIN, row)?;
    Ok(())
}

/// A way that was begun.
pub(super) struct WayRow {
    pub(super) tenant: TenantId,
    pub(super) browser: [u8; 32],
    pub(super) again: Option<(MemberId, KeyId)>,
    pub(super) begun_at: Timestamp,
    pub(super) used: bool,
    pub(super) ends_at: Timestamp,
}

pub(super) fn way(op: &mut Op<'_>, state: [u8; 32]) -> Result<Option<WayRow>> {
    let row = op.find(WAY, params![state])?;
    row.map(|row| read_way(&row)).transpose()
}

/// Whose way this browser is on, for one that came back with another state.
pub(super) fn tenant_of_browser(op: &mut Op<'_>, browser: [u8; 32]) -> Result<Option<TenantId>> {
    let row = op.find(WAY_OF_BROWSER, params![browser])?;
    Ok(row.map(|row| row.get(0)).transpose()?)
}

pub(super) fn use_way(op: &mut Op<'_>, state: [u8; 32]) -> Result<()> {
    let now = op.now();
    op.housekeeping().execute(USE, params![state, now])?;
    Ok(())
}

/// The member whom the provider knows by this.
pub(super) fn member_of(
    op: &mut Op<'_>,
    home: &Home,
    issuer: &str,
    subject: &str,
) -> Result<Option<MemberId>> {
    let blind = blind(home, issuer, subject);
    let row = op.find(MEMBER_OF, params![home.tenant, blind])?;
    Ok(row.map(|row| row.get(0)).transpose()?)
}

/// Whether the provider knows the member, by whatever.
pub(crate) fn is_bound(op: &mut Op<'_>, tenant: TenantId, member: MemberId) -> Result<bool> {
    Ok(op.find(BOUND, params![tenant, member])?.is_some())
}

/// From now on the provider knows the member by this.
pub(super) fn bind<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    home: &Home,
    member: MemberId,
    (issuer, subject): (&str, &str),
) -> Result<()> {
    let row = params![member, home.tenant, blind(home, issuer, subject), op.now()];
    op.change(permit, BIND, row)?;
    Ok(())
}

/// A way is kept for an hour after its end, so that coming back to it is recorded as what it is.
pub(crate) fn forgotten_before(now: Timestamp) -> Timestamp {
    now.minus(Duration::from_secs(60 * 60))
}

fn blind(home: &Home, issuer: &str, subject: &str) -> [u8; 32] {
    let key = BlindIndexKey::derive(&home.key, &[b"subject at a provider"]);
    let length = (issuer.len() as u64).to_be_bytes();
    let words = [&length[..], issuer.as_bytes(), subject.as_bytes()].concat();
    sealing::blind(&key, "subject at a provider", &words)
}

fn read_way(row: &Row) -> Result<WayRow> {
    let (member, session): (Option<MemberId>, Option<KeyId>) = (row.get(2)?, row.get(3)?);
    Ok(WayRow {
        tenant: row.get(0)?,
        browser: row.get(1)?,
        again: member.zip(session),
        begun_at: row.get(4)?,
        used: row.get::<Option<Timestamp>>(5)?.is_some(),
        ends_at: row.get(6)?,
    })
}

const FIND: &str = "SELECT settings_sealed FROM oidc_provider WHERE tenant_id = $1";
const KEEP: &str = "INSERT INTO oidc_provider (tenant_id, settings_sealed, changed_at) VALUES ($1, $2, $3) \
     ON CONFLICT (tenant_id) DO UPDATE SET settings_sealed = excluded.settings_sealed, changed_at = excluded.changed_at";
const REMOVE: &str = "DELETE FROM oidc_provider WHERE tenant_id = $1";
const FORGET_SUBJECTS: &str = "DELETE FROM oidc_subject WHERE tenant_id = $1";
const FORGET_WAYS: &str = "DELETE FROM oidc_way WHERE tenant_id = $1";
const BEGIN: &str = "INSERT INTO oidc_way (state_hash, tenant_id, browser_hash, member_id, session_id, begun_at, used_at, \
     ends_at) VALUES ($1, $2, $3, $4, $5, $6, NULL, $7)";
const WAY: &str = "SELECT tenant_id, browser_hash, member_id, session_id, begun_at, used_at, ends_at FROM oidc_way \
     WHERE state_hash = $1";
const WAY_OF_BROWSER: &str = "SELECT tenant_id FROM oidc_way WHERE browser_hash = $1 LIMIT 1";
const USE: &str = "UPDATE oidc_way SET used_at = $2 WHERE state_hash = $1";
const MEMBER_OF: &str = "SELECT member_id FROM oidc_subject WHERE tenant_id = $1 AND subject_blind = $2";
const BOUND: &str = "SELECT member_id FROM oidc_subject WHERE tenant_id = $1 AND member_id = $2";
const BIND: &str =
    "INSERT INTO oidc_subject (member_id, tenant_id, subject_blind, bound_at) VALUES ($1, $2, $3, $4)";
/// What a provider knows a member by, who begins anew.
pub(crate) const FORGET: &str = "DELETE FROM oidc_subject WHERE tenant_id = $1 AND member_id = $2";
pub(crate) const SWEEP: &str = "DELETE FROM oidc_way WHERE ends_at < $1";
