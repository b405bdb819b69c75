//! Sessions at a browser, as keys of a kind of their own.
//!
//! Promises: what ends a key ends a session: every act asks about it in its own transaction, and the watch ends what it
//! has in flight on other nodes. Its end moves while somebody is there. What identity knows of it beside (where it was
//! begun, its absolute end) lies in a table of identity's under the same id.

use identity::{Home, NewSession};
use kernel::{KeyId, TenantId, Timestamp};
use operation::{Act, Op, Permit};
use store::params;

use super::{KeyKind, KeyScope, rows};
use crate::contexts;
use crate::error::{Error, Result};
use crate::live::LiveKeys;

const LABEL: &[u8] = b"session at a browser";

/// Adds a session's row.
pub(crate) fn begin<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    home: &Home,
    new: NewSession<'_>,
) -> Result<()> {
    let (id, tenant, now) = (new.token.key(), home.tenant, op.now());
    let scope = KeyScope::default().seal(op, tenant, id, &home.key)?;
    let label = sealing::seal(&home.key, &contexts::key_label(tenant, id), LABEL, op.random());
    let (kind, hash) = (KeyKind::Session.as_str(), new.token.hash());
    let row = params![
        id,
        tenant,
        new.member,
        kind,
        scope,
        label,
        hash,
        now,
        new.ends_at,
        new.fresh_until
    ];
    op.change(permit, INSERT, row)?;
    Ok(())
}

/// Gives a live session another secret, with a fresh proof.
pub(crate) fn renew<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    home: &Home,
    new: NewSession<'_>,
) -> Result<()> {
    let row = params![home.tenant, new.token.key(), new.token.hash(), new.fresh_until];
    match op.change(permit, RENEW, row)? {
        1 => Ok(()),
        _ => Err(Error::Unauthenticated),
    }
}

/// Moves a session's end. One that has ended stays so.
pub(crate) fn prolong(op: &mut Op<'_>, tenant: TenantId, session: KeyId, until: Timestamp) -> Result<()> {
    let now = op.now();
    op.housekeeping()
        .execute(PROLONG, params![tenant, session, until, now])?;
    Ok(())
}

/// Ends sessions, and the temporary credentials that were taken of them.
pub(crate) fn end<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    live: &LiveKeys,
    tenant: TenantId,
    sessions: &[KeyId],
) -> Result<()> {
    let (now, mut ended) = (op.now(), sessions.to_vec());
    for session in sessions {
        for row in op.find_all(rows::TAKEN_OF, params![tenant, *session])? {
            ended.push(row.get(0)?);
        }
        op.change(permit, rows::INVALIDATE, params![tenant, *session, now])?;
    }
    let live = live.clone();
    op.on_commit(move || ended.into_iter().for_each(|key| live.end(key)));
    Ok(())
}

const INSERT: &str = "INSERT INTO api_key (key_id, tenant_id, member_id, kind, scope_sealed, label_sealed, secret_hash, \
     made_at, made_by, expires_at, fresh_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $3, $9, $10)";
const RENEW: &str = "UPDATE api_key SET secret_hash = $3, fresh_until = $4 \
     WHERE tenant_id = $1 AND key_id = $2 AND kind = 'session' AND invalidated_at IS NULL";
const PROLONG: &str = "UPDATE api_key SET expires_at = $3 WHERE tenant_id = $1 AND key_id = $2 AND kind = 'session' \
     AND invalidated_at IS NULL AND expires_at > $4";
