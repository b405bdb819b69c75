//! SQL of the installation and of what is wrapped by its root key.

use kernel::TenantId;
use store::{Row, StoreError, Tx};

use super::Installation;

/// The installation's row.
#[derive(Debug, Clone)]
pub(super) struct InstallationRow {
    pub(super) installation: Installation,
    pub(super) root_check: Vec<u8>,
    pub(super) log_key_wrapped: Vec<u8>,
}

/// A tenant's key as some root wrapped it.
pub(super) struct WrappedKey {
    pub(super) tenant: TenantId,
    pub(super) root_id: String,
    pub(super) wrapped: Vec<u8>,
}

impl WrappedKey {
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: row.get(0)?,
            root_id: row.get(1)?,
            wrapped: row.get(2)?,
        })
    }
}

/// The installation's row, if there was a first start.
pub(super) fn find(tx: &mut Tx) -> Result<Option<InstallationRow>, StoreError> {
    tx.optional(FIND, &[])?.map(|row| read(&row)).transpose()
}

fn read(row: &Row) -> Result<InstallationRow, StoreError> {
    Ok(InstallationRow {
        installation: Installation {
            made_at: row.get(0)?,
            operator_tenant: row.get(1)?,
            root_id: row.get(2)?,
            log_origin: row.get(3)?,
            log_verifier: row.get(4)?,
        },
        root_check: row.get(5)?,
        log_key_wrapped: row.get(6)?,
    })
}

const FIND: &str = "SELECT made_at, operator_tenant, root_id, log_origin, log_verifier, root_check, log_key_wrapped \
     FROM installation WHERE one = 1";
pub(super) const INSERT: &str = "INSERT INTO installation (one, made_at, operator_tenant, root_id, root_check, \
     log_origin, log_verifier, log_key_wrapped) VALUES (1, $1, $2, $3, $4, $5, $6, $7)";
pub(super) const UPDATE_ROOT: &str = "UPDATE installation SET root_id = $2, root_check = $3, log_key_wrapped = $4 \
     WHERE one = 1 AND root_id = $1";

/// How many tenants' keys each root wraps.
pub(super) const TENANTS_BY_ROOT: &str = "SELECT root_id, count(*) FROM tenant WHERE root_id IS NOT NULL \
     GROUP BY root_id ORDER BY root_id";
pub(super) const WRAPPED_BY: &str = "SELECT tenant_id, root_id, key_wrapped FROM tenant WHERE tenant_id = $1";
/// What is known of the tenant of slug $1 without any key.
pub(super) const BY_SLUG: &str = "SELECT tenant_id, custody_mode, letterbox FROM tenant WHERE slug = $1";
/// The longest standing active member of class $2.
pub(super) const FIRST_OF_CLASS: &str = "SELECT member_id FROM member \
     WHERE tenant_id = $1 AND class = $2 AND state = 'active' ORDER BY member_id LIMIT 1";
/// Tenants whose keys are wrapped by another root than $1.
pub(super) const WRAPPED_BY_OTHERS: &str = "SELECT tenant_id, root_id, key_wrapped FROM tenant \
     WHERE root_id IS NOT NULL AND root_id <> $1 ORDER BY tenant_id LIMIT $2";
/// Changes nothing when another run was faster.
pub(super) const REWRAP: &str = "UPDATE tenant SET root_id = $3, key_wrapped = $4 \
     WHERE tenant_id = $1 AND root_id = $2";
/// Everything that opens version $1, and what its trail is sealed for.
pub(super) const VERSION: &str = "SELECT v.tenant_id, v.item_id, i.dataset_id, t.root_id, v.key_wrapped, v.meta_sealed, \
     v.object_id, v.object_place, v.inline_sealed, d.key_wrapped, i.subject_id, s.key_wrapped, t.letterbox \
     FROM item_version v JOIN item i ON i.item_id = v.item_id JOIN dataset d ON d.dataset_id = i.dataset_id \
     JOIN tenant t ON t.tenant_id = v.tenant_id LEFT JOIN subject s ON s.subject_id = i.subject_id \
     WHERE v.version_id = $1";
pub(super) const PARTS: &str = "SELECT part_id, object_id, object_place, inline_sealed FROM version_part \
     WHERE tenant_id = $1 AND version_id = $2 ORDER BY number";
