//! What a member proves with who they are: rows of password, authenticator app and recovery codes.

use kernel::{MemberId, TenantId, Timestamp};
use operation::{Act, Op, Permit, Resource};
use sealing::{BlindIndexKey, Key};
use secrecy::SecretString;
use store::params;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::password::Floor;
use crate::register::{Home, Person};
use crate::totp::{TotpSecret, base32};
use crate::{contexts, oidc, passkey};

/// How many recovery codes are made at a time.
pub(crate) const RECOVERY_CODES: usize = 10;
/// 80 bits: 16 letters.
const RECOVERY_LEN: usize = 10;

/// A member's password as it is kept.
pub(crate) struct Account {
    pub(crate) hash: Zeroizing<String>,
    pub(crate) floor: Floor,
    pub(crate) password_at: Timestamp,
    /// Failures of strangers in a row.
    pub(crate) failures: i64,
}

/// The member's account; nothing before they have accepted an invitation.
pub(crate) fn find(op: &mut Op<'_>, home: &Home, member: MemberId) -> Result<Option<Account>> {
    let Some(row) = op.find(FIND, params![home.tenant, member])? else {
        return Ok(None);
    };
    let sealed: Vec<u8> = row.get(0)?;
    let opened = sealing::open(&home.key, &contexts::password(home.tenant, member), &sealed)?;
    let hash = std::str::from_utf8(&opened).map_err(|_| Error::Altered)?;
    Ok(Some(Account {
        hash: Zeroizing::new(hash.to_owned()),
        floor: Floor::from_row(&row.get::<String>(1)?)?,
        password_at: row.get(2)?,
        failures: row.get(3)?,
    }))
}

/// Sets the password.
pub(crate) fn keep_password<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    home: &Home,
    member: MemberId,
    hash: &str,
    floor: Floor,
) -> Result<()> {
    let context = contexts::password(home.tenant, member);
    let sealed = sealing::seal(&home.key, &context, hash.as_bytes(), op.random());
    let row = params![member, home.tenant, sealed, floor.as_str(), op.now()];
    op.change(permit, KEEP, row)?;
    Ok(())
}

/// Puts the same password's hash with today's parameters in the place of the old one.
pub(crate) fn renew_hash(op: &mut Op<'_>, home: &Home, member: MemberId, hash: &str) -> Result<()> {
    let context = contexts::password(home.tenant, member);
    let sealed = sealing::seal(&home.key, &context, hash.as_bytes(), op.random());
    op.housekeeping()
        .execute(RENEW, params![home.tenant, member, sealed])?;
    Ok(())
}

/// Counts failures of strangers: one more, or none any more.
pub(crate) fn count_failure(
    op: &mut Op<'_>,
    tenant: TenantId,
    member: MemberId,
    failures: i64,
) -> Result<()> {
    op.housekeeping()
        .execute(FAILURES, params![tenant, member, failures])?;
    Ok(())
}

/// Forgets everything that a member proved with before: for an invitation to begin anew.
pub(crate) fn forget_factors<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: TenantId,
    member: MemberId,
) -> Result<()> {
    for sql in [
        FORGET_TOTP,
        passkey::FORGET,
        oidc::FORGET,
        FORGET_CODES,
        FORGET_BROWSERS,
        FORGET_STEPS,
    ] {
        op.change(permit, sql, params![tenant, member])?;
    }
    Ok(())
}

/// Whether the member has an authenticator app.
pub(crate) fn has_totp(op: &mut Op<'_>, tenant: TenantId, member: MemberId) -> Result<bool> {
    Ok(op.find(FIND_TOTP, params![tenant, member])?.is_some())
}

/// Whether the member has a second factor.
pub(crate) fn has_second(op: &mut Op<'_>, tenant: TenantId, member: MemberId) -> Result<bool> {
    Ok(has_totp(op, tenant, member)? || passkey::has_any(op, tenant, member)?)
}

/// Takes the app's secret in, its first code used.
pub(crate) fn keep_totp<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    home: &Home,
    member: MemberId,
    secret: &TotpSecret,
    step: i64,
) -> Result<()> {
    let context = contexts::totp(home.tenant, member);
    let sealed = sealing::seal(&home.key, &context, secret.expose(), op.random());
    op.change(permit, FORGET_TOTP, params![home.tenant, member])?;
    let row = params![member, home.tenant, sealed, op.now(), step];
    op.change(permit, KEEP_TOTP, row)?;
    Ok(())
}

/// Takes the app away.
pub(crate) fn drop_totp<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: TenantId,
    member: MemberId,
) -> Result<()> {
    op.change(permit, FORGET_TOTP, params![tenant, member])?;
    drop_codes_alone(op, permit, tenant, member)
}

/// Recovery codes stand in for a second factor: without one there are none.
pub(crate) fn drop_codes_alone<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    tenant: TenantId,
    member: MemberId,
) -> Result<()> {
    if !has_second(op, tenant, member)? {
        op.change(permit, FORGET_CODES, params![tenant, member])?;
    }
    Ok(())
}

/// Whether the code is the app's at this moment, and was not used before; it is used then.
pub(crate) fn use_totp(op: &mut Op<'_>, home: &Home, member: MemberId, code: &str) -> Result<bool> {
    let Some(row) = op.find(FIND_TOTP, params![home.tenant, member])? else {
        return Ok(false);
    };
    let sealed: Vec<u8> = row.get(0)?;
    let opened = sealing::open(&home.key, &contexts::totp(home.tenant, member), &sealed)?;
    let secret = TotpSecret::from_slice(&opened).ok_or(Error::Altered)?;
    let Some(step) = secret.step_of(code, op.now()) else {
        return Ok(false);
    };
    let used = op
        .housekeeping()
        .execute(USE_TOTP, params![home.tenant, member, step])?;
    Ok(used == 1)
}

/// Makes new recovery codes; the ones before are good no more. They are shown once.
pub(crate) fn new_recovery_codes<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    home: &Home,
    member: MemberId,
) -> Result<Vec<SecretString>> {
    op.change(permit, FORGET_CODES, params![home.tenant, member])?;
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let mut bytes = Zeroizing::new([0u8; RECOVERY_LEN]);
        op.random().fill(&mut *bytes);
        let code = Zeroizing::new(base32(&bytes[..]));
        let row = params![member, blind_code(&home.key, &code), home.tenant, op.now()];
        op.change(permit, KEEP_CODE, row)?;
        codes.push(grouped(&code));
    }
    Ok(codes)
}

/// Whether this is an unused recovery code of the member; it is used then.
pub(crate) fn use_recovery_code(op: &mut Op<'_>, home: &Home, member: MemberId, code: &str) -> Result<bool> {
    if code.len() > 100 {
        return Ok(false);
    }
    let letters = code.chars().filter(char::is_ascii_alphanumeric);
    let code = Zeroizing::new(letters.map(|c| c.to_ascii_uppercase()).collect::<String>());
    let row = params![home.tenant, member, blind_code(&home.key, &code), op.now()];
    Ok(op.housekeeping().execute(USE_CODE, row)? == 1)
}

/// How many recovery codes are left.
pub(crate) fn recovery_codes_left(op: &mut Op<'_>, tenant: TenantId, member: MemberId) -> Result<u32> {
    let row = op.find(COUNT_CODES, params![tenant, member])?;
    Ok(row.map_or(Ok(0), |row| row.get(0))?)
}

/// Words that stand near the member's password.
pub(crate) fn context_words(home: &Home, person: &Person) -> Vec<String> {
    let parts = |text: &str| {
        let words = text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned);
        words.chain([text.to_owned()]).collect::<Vec<_>>()
    };
    [&home.slug, &person.name, &person.email]
        .into_iter()
        .flat_map(|text| parts(text))
        .collect()
}

/// What an event about the member's own factors is about.
pub(crate) fn resource(member: MemberId) -> Resource {
    Resource::factor(member)
}

fn blind_code(tenant_key: &Key, code: &str) -> [u8; 32] {
    let key = BlindIndexKey::derive(tenant_key, &[b"recovery code"]);
    sealing::blind(&key, "recovery code", code.as_bytes())
}

/// `ABCD-EFGH-IJKL-MNOP`.
fn grouped(code: &str) -> SecretString {
    let mut text = String::with_capacity(code.len() + 3);
    for (place, letter) in code.chars().enumerate() {
        if place > 0 && place.is_multiple_of(4) {
            text.push('-');
        }
        text.push(letter);
    }
    text.into()
}

const FIND: &str = "SELECT password_sealed, password_floor, password_at, failures FROM account \
     WHERE tenant_id = $1 AND member_id = $2";
const KEEP: &str = "INSERT INTO account (member_id, tenant_id, password_sealed, password_floor, password_at, failures) \
     VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (member_id) DO UPDATE SET password_sealed = excluded.password_sealed, \
     password_floor = excluded.password_floor, password_at = excluded.password_at, failures = 0";
const RENEW: &str = "UPDATE account SET password_sealed = $3 WHERE tenant_id = $1 AND member_id = $2";
const FAILURES: &str = "UPDATE account SET failures = $3 WHERE tenant_id = $1 AND member_id = $2";
const FIND_TOTP: &str = "SELECT secret_sealed FROM totp WHERE tenant_id = $1 AND member_id = $2";
const KEEP_TOTP: &str = "INSERT INTO totp (member_id, tenant_id, secret_sealed, made_at, last_step) \
     VALUES ($1, $2, $3, $4, $5)";
const USE_TOTP: &str =
    "UPDATE totp SET last_step = $3 WHERE tenant_id = $1 AND member_id = $2 AND last_step < $3";
const KEEP_CODE: &str = "INSERT INTO recovery_code (member_id, code_blind, tenant_id, made_at, used_at) \
     VALUES ($1, $2, $3, $4, NULL)";
const USE_CODE: &str = "UPDATE recovery_code SET used_at = $4 WHERE tenant_id = $1 AND member_id = $2 \
     AND code_blind = $3 AND used_at IS NULL";
const COUNT_CODES: &str = "SELECT count(*) FROM recovery_code WHERE tenant_id = $1 AND member_id = $2 \
     AND used_at IS NULL";
const FORGET_TOTP: &str = "DELETE FROM totp WHERE tenant_id = $1 AND member_id = $2";
const FORGET_CODES: &str = "DELETE FROM recovery_code WHERE tenant_id = $1 AND member_id = $2";
const FORGET_BROWSERS: &str = "DELETE FROM known_browser WHERE tenant_id = $1 AND member_id = $2";
const FORGET_STEPS: &str = "DELETE FROM sign_in_step WHERE tenant_id = $1 AND member_id = $2";
