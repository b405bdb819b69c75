//! What each sealed box is bound to. The words are part of the stored format and never change.

use kernel::{KeyId, MemberId, OperationId, TenantId};
use sealing::Context;

/// The hash of a member's password, under the tenant key.
pub(crate) fn password(tenant: TenantId, member: MemberId) -> Context {
    of_member("password hash", tenant, member)
}

/// What a member's authenticator app shares with the server.
pub(crate) fn totp(tenant: TenantId, member: MemberId) -> Context {
    of_member("totp secret", tenant, member)
}

/// A member's passkey, by the hash of its id.
pub(crate) fn passkey(tenant: TenantId, member: MemberId, hash: &[u8; 32]) -> Context {
    of_member("passkey", tenant, member).with(hash)
}

/// What a step of signing in keeps for the next one.
pub(crate) fn step(tenant: TenantId, member: MemberId, hash: &[u8; 32]) -> Context {
    of_member("step of signing in", tenant, member).with(hash)
}

/// A tenant's provider of single sign-on, with the secret for it.
pub(crate) fn provider(tenant: TenantId) -> Context {
    Context::new("single sign-on provider").with(tenant.as_bytes())
}

/// Where a session was begun.
pub(crate) fn session(tenant: TenantId, session: KeyId) -> Context {
    Context::new("session origin")
        .with(tenant.as_bytes())
        .with(session.as_bytes())
}

/// Where an attempt to sign in came from.
pub(crate) fn sign_in(tenant: TenantId, attempt: OperationId) -> Context {
    Context::new("sign-in origin")
        .with(tenant.as_bytes())
        .with(attempt.as_bytes())
}

fn of_member(what: &'static str, tenant: TenantId, member: MemberId) -> Context {
    Context::new(what).with(tenant.as_bytes()).with(member.as_bytes())
}
