//! SQL of shares.

use kernel::{DatasetId, ExportId, MemberId, ShareId, TenantId, Timestamp};
use operation::Resource;
use sealing::LetterboxPublic;
use store::{Row, StoreError, Tx, params};

use super::Share;
use crate::dataset::State;
use crate::error::{Error, Result};

const COLUMNS: &str =
    "h.share_id, h.dataset_id, e.number, h.made_at, h.made_by, h.ends_at, h.withdrawn_at, h.originals";
pub(super) const INSERT: &str = "INSERT INTO share (share_id, tenant_id, dataset_id, export_id, made_at, made_by, ends_at, originals, \
     secret_hash, key_wrapped, confirmation) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
/// What the link would open is gone with it.
pub(super) const WITHDRAW: &str = "UPDATE share SET withdrawn_at = $3, key_wrapped = NULL \
     WHERE tenant_id = $1 AND share_id = $2 AND withdrawn_at IS NULL";
pub(super) const LIVE_OF_EXPORT: &str =
    "SELECT share_id FROM share WHERE tenant_id = $1 AND export_id = $2 AND withdrawn_at IS NULL";
/// Items that a link to the whole dataset would show.
pub(super) const SHOWN: &str = "SELECT count(*) FROM item i JOIN item_version v ON v.version_id = i.version_id \
     WHERE i.tenant_id = $1 AND i.dataset_id = $2 AND i.state = 'active' AND v.quarantined_at IS NULL \
     AND NOT EXISTS (SELECT 1 FROM item_subject q WHERE q.item_id = i.item_id)";
/// The share of the link that somebody came with.
pub(super) const FIND_LINK: &str = "SELECT h.tenant_id, h.dataset_id, h.export_id, e.number, h.ends_at, h.withdrawn_at, h.originals, \
     h.secret_hash, h.key_wrapped, d.state, d.settings_sealed, t.letterbox, t.letterbox_sealed \
     FROM share h JOIN tenant t ON t.tenant_id = h.tenant_id JOIN dataset d ON d.dataset_id = h.dataset_id \
     LEFT JOIN dataset_export e ON e.export_id = h.export_id WHERE h.share_id = $1";
/// Of an item: where it lies and whether it is about anybody, alone or with others.
pub(super) const PLACE_OF: &str = "SELECT i.dataset_id, (SELECT q.subject_id FROM item_subject q WHERE q.item_id = i.item_id LIMIT 1), i.version_id \
     FROM item i WHERE i.tenant_id = $1 AND i.item_id = $2";

/// A share of the tenant's dataset.
pub(super) fn find_sql() -> String {
    format!("{} AND h.share_id = $3", select())
}

/// A page of the shares of a dataset, after an id.
pub(super) fn page_sql() -> String {
    format!("{} AND h.share_id > $3 ORDER BY h.share_id LIMIT $4", select())
}

fn select() -> String {
    format!(
        "SELECT {COLUMNS} FROM share h LEFT JOIN dataset_export e ON e.export_id = h.export_id \
         WHERE h.tenant_id = $1 AND h.dataset_id = $2"
    )
}

/// What the trail says an act on a share was about.
pub(super) fn of(dataset: DatasetId) -> Resource {
    Resource {
        kind: "share",
        ..Resource::dataset(dataset)
    }
}

pub(super) fn share(row: &Row) -> Result<Share> {
    let made_by: MemberId = row.get(4)?;
    Ok(Share {
        id: row.get(0)?,
        dataset: row.get(1)?,
        export: row.get::<Option<i64>>(2)?.map(i64::unsigned_abs),
        made_at: row.get(3)?,
        made_by,
        ends_at: row.get(5)?,
        withdrawn_at: row.get(6)?,
        originals: row.get::<i64>(7)? != 0,
    })
}

/// The share of a link.
pub(super) struct LinkRow {
    pub(super) tenant: TenantId,
    pub(super) dataset: DatasetId,
    pub(super) export: Option<ExportId>,
    pub(super) number: Option<u64>,
    pub(super) ends_at: Timestamp,
    withdrawn_at: Option<Timestamp>,
    pub(super) originals: bool,
    pub(super) secret_hash: Vec<u8>,
    key_wrapped: Option<Vec<u8>>,
    pub(super) dataset_state: State,
    pub(super) settings_sealed: Vec<u8>,
    pub(super) letterbox: LetterboxPublic,
    pub(super) letterbox_sealed: Vec<u8>,
}

impl LinkRow {
    /// A row of [`FIND_LINK`].
    pub(super) fn read(row: &Row) -> Result<Self> {
        let letterbox: [u8; 32] = row.get::<Vec<u8>>(11)?.try_into().map_err(|_| Error::Altered)?;
        Ok(Self {
            tenant: row.get(0)?,
            dataset: row.get(1)?,
            export: row.get(2)?,
            number: row.get::<Option<i64>>(3)?.map(i64::unsigned_abs),
            ends_at: row.get(4)?,
            withdrawn_at: row.get(5)?,
            originals: row.get::<i64>(6)? != 0,
            secret_hash: row.get(7)?,
            key_wrapped: row.get(8)?,
            dataset_state: State::from_row(&row.get::<String>(9)?)?,
            settings_sealed: row.get(10)?,
            letterbox: LetterboxPublic(letterbox),
            letterbox_sealed: row.get(12)?,
        })
    }

    /// What the link opens, as long as it opens something.
    pub(super) fn wrapped(&self, now: Timestamp) -> Option<&[u8]> {
        let live = self.withdrawn_at.is_none() && self.ends_at > now;
        self.key_wrapped.as_deref().filter(|_| live)
    }
}

/// Those of these shares whose links show nothing any more.
pub(crate) fn ended_of(
    tx: &mut Tx,
    shares: &[ShareId],
    now: Timestamp,
) -> std::result::Result<Vec<ShareId>, StoreError> {
    const LIVE: &str = "SELECT 1 FROM share h JOIN dataset d ON d.dataset_id = h.dataset_id \
         WHERE h.share_id = $1 AND h.withdrawn_at IS NULL AND h.ends_at > $2 AND d.state = 'active'";
    let mut ended = Vec::new();
    for share in shares {
        if tx.optional(LIVE, params![share, now])?.is_none() {
            ended.push(*share);
        }
    }
    Ok(ended)
}
