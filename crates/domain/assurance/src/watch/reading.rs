//! Who reads very much in a short time.
//!
//! One statement over the entries of the last hour, by their ids; nothing is opened.

use std::time::Duration;

use kernel::{MemberId, ObjectId, TenantId, Timestamp};
use serde_json::json;
use store::{StoreError, Tx, params};

use super::note;
use crate::checks::first_id_at;
use crate::error::Result;
use crate::runner::Assurance;

pub(crate) const RULE: &str = "mass-reading";
/// How often it is looked.
pub(crate) const EVERY: Duration = Duration::from_secs(5 * 60);
/// Over which time is counted.
const WITHIN: Duration = Duration::from_secs(60 * 60);
/// More readings than this by one person, or of one team by nobody's key, are told.
pub(crate) const MOST: i64 = 1_000;
/// Who was told of is told of again after this.
const AGAIN: Duration = Duration::from_secs(24 * 60 * 60);

/// Somebody who read very much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reader {
    pub(crate) tenant: TenantId,
    /// Nobody in particular: by links.
    pub(crate) member: Option<MemberId>,
    pub(crate) reads: i64,
}

const READERS: &str = "SELECT e.tenant_id, e.member_id, count(*) FROM event e WHERE e.event_id >= $1 AND e.outcome = 'done' \
     AND e.action IN ('item.download', 'item.view', 'export.download') \
     GROUP BY e.tenant_id, e.member_id HAVING count(*) > $2";
const TOLD: &str = "SELECT 1 FROM watch_finding f WHERE f.tenant_id = $1 AND f.found_at > $2 \
     AND (f.member_id = $3 OR ($3 IS NULL AND f.member_id IS NULL)) LIMIT 1";
const KEEP: &str = "INSERT INTO watch_finding (finding_id, tenant_id, member_id, found_at, reads, event_id) \
     VALUES ($1, $2, $3, $4, $5, $6)";

/// Who read very much within the last hour.
pub(crate) fn readers(tx: &mut Tx, now: Timestamp) -> std::result::Result<Vec<Reader>, StoreError> {
    let rows = tx.all(READERS, params![first_id_at(now.minus(WITHIN)), MOST])?;
    let read = rows.iter().map(|row| {
        Ok(Reader {
            tenant: row.get(0)?,
            member: row.get(1)?,
            reads: row.get(2)?,
        })
    });
    read.collect()
}

/// Of those, who was not told of yet.
pub(crate) fn untold(tx: &mut Tx, now: Timestamp) -> std::result::Result<Vec<Reader>, StoreError> {
    let mut untold = Vec::new();
    for reader in readers(tx, now)? {
        let told = params![reader.tenant, now.minus(AGAIN), reader.member];
        if tx.optional(TOLD, told)?.is_none() {
            untold.push(reader);
        }
    }
    Ok(untold)
}

impl Assurance {
    pub(super) async fn watch_reading(&self) -> Result<()> {
        let now = self.site().now();
        for reader in self.site().db().read(move |tx| untold(tx, now)).await? {
            self.tell(reader, now).await?;
        }
        Ok(self.site().db().write(move |tx| note(tx, RULE, now)).await?)
    }

    async fn tell(&self, reader: Reader, now: Timestamp) -> Result<()> {
        let Reader {
            tenant,
            member,
            reads,
        } = reader;
        let details = json!({
            "alarm": true, "watch": RULE, "tenant": tenant, "member": member, "reads": reads, "most": MOST,
        });
        let id = ObjectId::make(now, &*self.site().custody.desk().random);
        let custody = &self.site().custody;
        let recorded = custody.record_assurance(self.site().request(), details, move |tx, event| {
            tx.execute(KEEP, params![id, tenant, member, now, reads, event])
                .map(drop)
        });
        recorded.await?;
        let member = member.map(|member| member.to_string()).unwrap_or_default();
        tracing::warn!(%tenant, member, reads, "somebody reads very much");
        Ok(())
    }
}
