//! SQL of what was erased, and of erasing it again.

use kernel::Timestamp;
use store::{Row, StoreError};

use super::{Erased, What};

/// Of what was erased twice the first time counts.
pub(super) const NOTE: &str = "INSERT INTO erasure (what_id, tenant_id, kind, at) VALUES ($1, $2, $3, $4) ON CONFLICT (what_id) DO NOTHING";
pub(super) const SINCE: &str = "SELECT what_id, tenant_id, kind, at FROM erasure WHERE (at, what_id) > ($1, $2) \
     ORDER BY at, what_id LIMIT $3";
pub(super) const UNFINISHED: &str = "SELECT begun_at FROM restoration WHERE one = 1 AND done_at IS NULL";

pub(super) const LETTERBOX: &str = "SELECT letterbox FROM tenant WHERE tenant_id = $1";
pub(super) const ITEM: &str = "SELECT dataset_id FROM item WHERE tenant_id = $1 AND item_id = $2";
pub(super) const VERSION: &str = "SELECT i.item_id, i.dataset_id, i.version_id FROM item_version v \
     JOIN item i ON i.item_id = v.item_id WHERE v.tenant_id = $1 AND v.version_id = $2";
/// Those that were cleaned first, the newest of them first.
pub(super) const OTHER_VERSIONS: &str = "SELECT version_id FROM item_version WHERE item_id = $1 AND version_id <> $2 \
     ORDER BY CASE WHEN quarantined_at IS NULL THEN 0 ELSE 1 END, number DESC LIMIT 1";
pub(super) const OBJECTS_OF_VERSION: &str = "SELECT object_id, object_place FROM item_version \
     WHERE version_id = $1 AND object_id IS NOT NULL \
     UNION ALL SELECT object_id, object_place FROM version_part WHERE version_id = $1 AND object_id IS NOT NULL";
pub(super) const OBJECTS_OF_ITEM: &str = "SELECT object_id, object_place FROM item_version \
     WHERE item_id = $1 AND object_id IS NOT NULL \
     UNION ALL SELECT object_id, object_place FROM version_part WHERE object_id IS NOT NULL AND version_id IN \
     (SELECT version_id FROM item_version WHERE item_id = $1)";
pub(super) const ITEMS_OF_DATASET: &str =
    "SELECT item_id FROM item WHERE tenant_id = $1 AND dataset_id = $2 ORDER BY item_id LIMIT $3";
pub(super) const ITEMS_OF_SUBJECT: &str =
    "SELECT item_id FROM item WHERE tenant_id = $1 AND subject_id = $2 ORDER BY item_id LIMIT $3";
pub(super) const DATASET: &str = "SELECT 1 FROM dataset WHERE tenant_id = $1 AND dataset_id = $2";
pub(super) const SUBJECT: &str = "SELECT 1 FROM subject WHERE tenant_id = $1 AND subject_id = $2";
pub(super) const FORGET_SUBJECT: &str = "DELETE FROM subject WHERE tenant_id = $1 AND subject_id = $2";
pub(super) const UPLOADED: &str = "SELECT p.object_id, p.object_place FROM version_part p JOIN upload u \
     ON u.version_id = p.version_id WHERE u.tenant_id = $1 AND u.dataset_id = $2 AND p.object_id IS NOT NULL";
pub(super) const FORGET_UPLOADED: &str = "DELETE FROM version_part WHERE version_id IN \
     (SELECT version_id FROM upload WHERE tenant_id = $1 AND dataset_id = $2)";
pub(super) const FORGET_UPLOADS: &str = "DELETE FROM upload WHERE tenant_id = $1 AND dataset_id = $2";
/// Names are sealed, so that what is erased cannot be taken out of their pages without keys: they are made anew.
pub(super) const FORGET_NAMES: &str = "DELETE FROM name_page WHERE tenant_id = $1 AND dataset_id = $2";
pub(super) const UNPLACE: &str =
    "UPDATE item SET placed = 0 WHERE tenant_id = $1 AND dataset_id = $2 AND placed <> 0";
pub(super) const LIVE_KEY: &str =
    "SELECT 1 FROM api_key WHERE tenant_id = $1 AND key_id = $2 AND invalidated_at IS NULL";
pub(super) const END_KEY: &str = "UPDATE api_key SET invalidated_at = $3, tenant_key_wrapped = NULL, signing_sealed = NULL \
     WHERE tenant_id = $1 AND (key_id = $2 OR parent_key = $2) AND invalidated_at IS NULL";
pub(super) const LIVE_LINK: &str =
    "SELECT 1 FROM share WHERE tenant_id = $1 AND share_id = $2 AND withdrawn_at IS NULL";
pub(super) const END_LINK: &str = "UPDATE share SET withdrawn_at = $3, key_wrapped = NULL \
     WHERE tenant_id = $1 AND share_id = $2 AND withdrawn_at IS NULL";
pub(super) const SHRED_KEYS: &str = "UPDATE api_key SET tenant_key_wrapped = NULL WHERE tenant_id = $1";
/// A link has a wrap of its dataset's key that is not under the tenant's.
pub(super) const SHRED_LINKS: &str =
    "UPDATE share SET withdrawn_at = COALESCE(withdrawn_at, $2), key_wrapped = NULL WHERE tenant_id = $1";
pub(super) const END_KEYS: &str = "UPDATE api_key SET invalidated_at = COALESCE(invalidated_at, $2), signing_sealed = NULL WHERE tenant_id = $1";
pub(super) const SHRED: &str = "UPDATE tenant SET key_wrapped = NULL WHERE tenant_id = $1";

pub(super) fn read(row: &Row) -> Result<Erased, StoreError> {
    let word: String = row.get(2)?;
    let what: What = word.parse().map_err(|_| StoreError::Kind {
        position: 2,
        wanted: "the kind of what was erased",
        found: word,
    })?;
    Ok(Erased {
        what,
        id: row.get(0)?,
        tenant: row.get(1)?,
        at: row.get::<Timestamp>(3)?,
    })
}
