//! SQL of ends of contracts.

use store::Row;

use super::{Certificate, ContractNotice, NoticeKind};
use crate::error::{Error, Result};
use crate::legal_hold::UNHELD;

pub(super) const END: &str = "SELECT c.ends_at, e.delete_after_days FROM contract c \
     LEFT JOIN contract_end e ON e.tenant_id = c.tenant_id WHERE c.tenant_id = $1 ORDER BY c.version DESC LIMIT 1";
pub(super) const OVERRIDE: &str =
    "SELECT delete_after_days, reason_sealed FROM contract_end WHERE tenant_id = $1";
pub(super) const FORGET_OVERRIDE: &str = "DELETE FROM contract_end WHERE tenant_id = $1";
pub(super) const SET_OVERRIDE: &str = "INSERT INTO contract_end (tenant_id, delete_after_days, reason_sealed, settled_by, settled_at) \
     VALUES ($1, $2, $3, $4, $5)";
pub(super) const NOTICES: &str = "SELECT kind, about_at, made_at FROM contract_notice WHERE tenant_id = $1 ORDER BY made_at, kind LIMIT 100";
pub(super) const NOTICED: &str =
    "SELECT 1 FROM contract_notice WHERE tenant_id = $1 AND kind = $2 AND about_at = $3";
pub(super) const NOTICE: &str =
    "INSERT INTO contract_notice (tenant_id, kind, about_at, made_at) VALUES ($1, $2, $3, $4)";

/// Tenants after id $1 whose contract ends by $2, and that were not deleted.
pub(super) const ENDING: &str = "SELECT t.tenant_id, t.custody_mode, t.letterbox, t.key_wrapped, t.slug FROM tenant t \
     JOIN contract c ON c.tenant_id = t.tenant_id WHERE t.tenant_id > $1 AND c.ends_at <= $2 \
     AND c.version = (SELECT MAX(n.version) FROM contract n WHERE n.tenant_id = t.tenant_id) \
     AND NOT EXISTS (SELECT 1 FROM deletion_certificate d WHERE d.tenant_id = t.tenant_id) ORDER BY t.tenant_id LIMIT 100";
pub(super) const ANY_ITEM: &str = "SELECT 1 FROM item WHERE tenant_id = $1 LIMIT 1";
pub(super) const WEIGHED: &str =
    "SELECT count(*), CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) FROM item_version WHERE item_id = $1";
pub(super) const BEGIN: &str = "INSERT INTO tenant_ending (tenant_id, begun_at, items, versions, size_bytes) VALUES ($1, $2, 0, 0, 0) \
     ON CONFLICT DO NOTHING";
pub(super) const CAME_TO: &str = "UPDATE tenant_ending SET items = items + $2, versions = versions + $3, size_bytes = size_bytes + $4 \
     WHERE tenant_id = $1";
pub(super) const COUNTED: &str = "SELECT items, versions, size_bytes FROM tenant_ending WHERE tenant_id = $1";
pub(super) const DATASETS: &str = "SELECT count(*) FROM dataset WHERE tenant_id = $1";
pub(super) const SUBJECTS: &str = "SELECT count(*) FROM subject WHERE tenant_id = $1";
pub(super) const UPLOADED: &str =
    "SELECT object_id, object_place FROM version_part WHERE tenant_id = $1 AND object_id IS NOT NULL";
/// What is left of content and of whom it is about, in an order that references allow.
pub(super) const FORGET: [&str; 4] = [
    "DELETE FROM version_part WHERE tenant_id = $1",
    "DELETE FROM upload WHERE tenant_id = $1",
    "DELETE FROM name_page WHERE tenant_id = $1",
    "DELETE FROM subject_identifier WHERE tenant_id = $1",
];
const CERTIFICATE: &str = "certificate_id, tenant_id, slug, made_at, event_id, statement";
pub(super) const CERTIFY: &str = "INSERT INTO deletion_certificate (certificate_id, tenant_id, slug, made_at, event_id, statement) \
     VALUES ($1, $2, $3, $4, $5, $6)";

/// Items of tenant $2 that nothing keeps at $1.
pub(super) fn to_delete() -> String {
    format!(
        "SELECT i.item_id, i.dataset_id FROM item i WHERE i.tenant_id = $2 AND {UNHELD} ORDER BY i.item_id LIMIT $3"
    )
}

/// Certificates before id $2, newest first. The first page begins where there is no $2.
pub(super) fn page_sql(begins: bool) -> String {
    let before = if begins { "" } else { "WHERE certificate_id < $2" };
    format!("SELECT {CERTIFICATE} FROM deletion_certificate {before} ORDER BY certificate_id DESC LIMIT $1")
}

pub(super) fn certificate(row: &Row) -> Result<Certificate> {
    Ok(Certificate {
        id: row.get(0)?,
        tenant: row.get(1)?,
        slug: row.get(2)?,
        made_at: row.get(3)?,
        event: row.get(4)?,
        statement: row.get(5)?,
    })
}

pub(super) fn notice(row: &Row) -> Result<ContractNotice> {
    let word: String = row.get(0)?;
    let kind = NoticeKind::ALL.into_iter().find(|kind| kind.as_str() == word);
    Ok(ContractNotice {
        kind: kind.ok_or_else(|| Error::Internal(format!("unknown notice {word} in a row")))?,
        about_at: row.get(1)?,
        made_at: row.get(2)?,
    })
}
