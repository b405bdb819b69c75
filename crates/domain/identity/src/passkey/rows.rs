//! SQL of passkeys and of ceremonies under way.

use aws_lc_rs::digest::{SHA256, digest};
use kernel::{MemberId, TenantId, Timestamp};
use operation::{Act, Op, Permit};
use sealing::Context;
use store::{Row, params};

use super::Kept;
use crate::contexts;
use crate::error::{Error, Result};
use crate::register::Home;
use crate::token::{Ceremony, Token};

/// A passkey's row.
pub(super) struct PasskeyRow {
    pub(super) hash: [u8; 32],
    pub(super) member: MemberId,
    pub(super) made_at: Timestamp,
    pub(super) used_at: Option<Timestamp>,
    pub(super) count: u32,
    sealed: Vec<u8>,
}

impl PasskeyRow {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            hash: row.get(0)?,
            member: row.get(1)?,
            made_at: row.get(2)?,
            used_at: row.get(3)?,
            count: row.get(4)?,
            sealed: row.get(5)?,
        })
    }

    pub(super) fn open(&self, home: &Home) -> Result<Kept> {
        let context = context(home, self.member, &self.hash);
        Ok(serde_json::from_slice(&sealing::open(
            &home.key,
            &context,
            &self.sealed,
        )?)?)
    }
}

/// How a credential is known: by a hash of its id.
pub(super) fn hash_of(id: &[u8]) -> [u8; 32] {
    let mut hash = [0u8; 32];
    hash.copy_from_slice(digest(&SHA256, id).as_ref());
    hash
}

/// Whether the member has a passkey.
pub(crate) fn has_any(op: &mut Op<'_>, tenant: TenantId, member: MemberId) -> Result<bool> {
    Ok(!of_member(op, tenant, member)?.is_empty())
}

/// The member's passkeys, oldest first.
pub(super) fn of_member(op: &mut Op<'_>, tenant: TenantId, member: MemberId) -> Result<Vec<PasskeyRow>> {
    let rows = op.find_all(OF_MEMBER, params![tenant, member])?;
    rows.iter().map(PasskeyRow::read).collect()
}

/// The tenant's passkey with this credential.
pub(super) fn find(op: &mut Op<'_>, tenant: TenantId, hash: [u8; 32]) -> Result<Option<PasskeyRow>> {
    let row = op.find(FIND, params![tenant, hash])?;
    row.map(|row| PasskeyRow::read(&row)).transpose()
}

/// Adds a passkey. Fails with [`Error::Conflict`] for a credential that the installation knows.
pub(super) fn insert<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    home: &Home,
    member: MemberId,
    passkey: (&[u8], u32),
    kept: &Kept,
) -> Result<()> {
    let (hash, now) = (hash_of(passkey.0), op.now());
    let text = serde_json::to_vec(kept)?;
    let sealed = sealing::seal(&home.key, &context(home, member, &hash), &text, op.random());
    let row = params![hash, home.tenant, member, now, passkey.1, sealed];
    op.change(permit, INSERT, row).map_err(known_already)?;
    Ok(())
}

/// Notes the use and the counter.
pub(super) fn used(op: &mut Op<'_>, tenant: TenantId, hash: [u8; 32], count: u32) -> Result<()> {
    let now = op.now();
    op.housekeeping()
        .execute(USED, params![tenant, hash, now, count])?;
    Ok(())
}

/// Takes a passkey away; says whether it was there.
pub(super) fn delete<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: TenantId,
    member: MemberId,
    hash: &[u8],
) -> Result<bool> {
    Ok(op.change(permit, DELETE, params![tenant, member, hash])? == 1)
}

/// A ceremony that somebody came back to: it is over with that.
pub(super) struct Begun {
    pub(super) tenant: TenantId,
    pub(super) member: Option<MemberId>,
    pub(super) challenge: [u8; 32],
}

/// Begins a ceremony; with a member when it is known whose passkey is meant.
pub(super) fn begin(
    op: &mut Op<'_>,
    tenant: TenantId,
    member: Option<MemberId>,
    purpose: &str,
    ends_at: Timestamp,
) -> Result<Token<Ceremony>> {
    let token = Token::<Ceremony>::generate(op.random());
    let row = params![token.hash(), tenant, member, purpose, ends_at];
    op.housekeeping().execute(BEGIN, row)?;
    Ok(token)
}

/// Takes the ceremony of this ticket, for this purpose.
pub(super) fn take(op: &mut Op<'_>, ticket: &str, purpose: &str) -> Result<Begun> {
    let token = Token::<Ceremony>::parse(ticket).ok_or(Error::StepOver)?;
    let (hash, now) = (token.hash(), op.now());
    let row = op
        .find(TAKE, params![hash, purpose, now])?
        .ok_or(Error::StepOver)?;
    op.housekeeping().execute(END, params![hash])?;
    Ok(Begun {
        tenant: row.get(0)?,
        member: row.get(1)?,
        challenge: token.challenge(),
    })
}

fn context(home: &Home, member: MemberId, hash: &[u8; 32]) -> Context {
    contexts::passkey(home.tenant, member, hash)
}

fn known_already(error: store::StoreError) -> Error {
    if error.is_unique() {
        return Error::Conflict("this passkey is known already; use another authenticator".into());
    }
    error.into()
}

const OF_MEMBER: &str = "SELECT credential_hash, member_id, made_at, used_at, use_count, passkey_sealed FROM passkey \
     WHERE tenant_id = $1 AND member_id = $2 ORDER BY made_at, credential_hash";
const FIND: &str = "SELECT credential_hash, member_id, made_at, used_at, use_count, passkey_sealed FROM passkey \
     WHERE tenant_id = $1 AND credential_hash = $2";
const INSERT: &str = "INSERT INTO passkey (credential_hash, tenant_id, member_id, made_at, used_at, use_count, \
     passkey_sealed) VALUES ($1, $2, $3, $4, NULL, $5, $6)";
const USED: &str =
    "UPDATE passkey SET used_at = $3, use_count = $4 WHERE tenant_id = $1 AND credential_hash = $2";
const DELETE: &str = "DELETE FROM passkey WHERE tenant_id = $1 AND member_id = $2 AND credential_hash = $3";
const BEGIN: &str = "INSERT INTO passkey_ceremony (token_hash, tenant_id, member_id, purpose, ends_at) \
     VALUES ($1, $2, $3, $4, $5)";
const TAKE: &str = "SELECT tenant_id, member_id FROM passkey_ceremony \
     WHERE token_hash = $1 AND purpose = $2 AND ends_at > $3";
const END: &str = "DELETE FROM passkey_ceremony WHERE token_hash = $1";
/// All passkeys of a member, who begins anew.
pub(crate) const FORGET: &str = "DELETE FROM passkey WHERE tenant_id = $1 AND member_id = $2";
pub(crate) const SWEEP: &str = "DELETE FROM passkey_ceremony WHERE ends_at < $1";
