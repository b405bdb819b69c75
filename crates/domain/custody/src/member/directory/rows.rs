//! SQL of members whom a directory describes.

use sealing::{BlindIndexKey, Key};

/// The blind index of what a directory calls somebody: exact, for it is theirs to write.
pub(super) fn blind_external(tenant_key: &Key, external: &str) -> [u8; 32] {
    let key = BlindIndexKey::derive(tenant_key, &[b"member external id"]);
    sealing::blind(&key, "member external id", external.as_bytes())
}

pub(super) const COUNT: &str = "SELECT count(*) FROM member WHERE tenant_id = $1";
pub(super) const PAGE: &str = "SELECT member_id, class, state, made_at, profile_sealed FROM member \
     WHERE tenant_id = $1 ORDER BY member_id LIMIT $2 OFFSET $3";
pub(super) const BY_EMAIL: &str = "SELECT member_id, class, state, made_at, profile_sealed FROM member \
     WHERE tenant_id = $1 AND email_blind = $2";
pub(super) const BY_EXTERNAL: &str = "SELECT member_id, class, state, made_at, profile_sealed FROM member \
     WHERE tenant_id = $1 AND external_blind = $2 ORDER BY member_id LIMIT 200";
pub(super) const DESCRIBE: &str = "UPDATE member SET profile_sealed = $3, email_blind = $4, external_blind = $5 \
     WHERE tenant_id = $1 AND member_id = $2";
