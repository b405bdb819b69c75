//! SQL of uploads and their parts.
//!
//! A part's row names the version it will belong to, so that completing an upload moves no part.

use kernel::{DatasetId, PartId, Timestamp, UploadId, VersionId};
use operation::Op;
use sealing::Key;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::objects::Address;
use store::{Row, params};

use super::{NewUpload, Part};
use crate::contexts;
use crate::error::{Error, Result};
use crate::session::Session;

const COLUMNS: &str =
    "u.upload_id, u.dataset_id, u.version_id, u.key_wrapped, u.plan_sealed, u.made_at, d.key_wrapped";
const TABLES: &str = "upload u JOIN dataset d ON d.dataset_id = u.dataset_id";
const PART_COLUMNS: &str =
    "p.number, p.size_bytes, p.meta_sealed, p.made_at, p.object_id, p.part_id, p.object_place";

pub(super) const INSERT: &str = "INSERT INTO upload (upload_id, tenant_id, dataset_id, version_id, member_id, key_wrapped, \
     plan_sealed, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
pub(super) const DELETE: &str = "DELETE FROM upload WHERE tenant_id = $1 AND upload_id = $2";
pub(super) const INSERT_PART: &str = "INSERT INTO version_part (version_id, number, tenant_id, part_id, size_bytes, \
     meta_sealed, object_id, object_place, inline_sealed, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
pub(super) const DELETE_PART: &str =
    "DELETE FROM version_part WHERE tenant_id = $1 AND version_id = $2 AND number = $3";
pub(super) const DELETE_PARTS: &str = "DELETE FROM version_part WHERE tenant_id = $1 AND version_id = $2";
pub(super) const OF_DATASET: &str =
    "SELECT upload_id, version_id FROM upload WHERE tenant_id = $1 AND dataset_id = $2";
pub(super) const FORGOTTEN: &str = "SELECT u.upload_id, u.version_id, u.tenant_id, u.dataset_id, t.letterbox FROM upload u \
     JOIN tenant t ON t.tenant_id = u.tenant_id WHERE u.made_at < $1 ORDER BY u.made_at LIMIT 100";
pub(super) const ALL_PARTS: &str =
    "SELECT number, object_id, object_place FROM version_part WHERE tenant_id = $1 AND version_id = $2";
/// A part that lies elsewhere than in the place $3; what lies in rows lies at home.
pub(super) const ELSEWHERE: &str = "SELECT COALESCE(object_place, 'home') FROM version_part \
     WHERE tenant_id = $1 AND version_id = $2 AND COALESCE(object_place, 'home') <> $3 LIMIT 1";

/// The bytes of an upload's parts beside the one of this number.
const BESIDE: &str = "SELECT CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) FROM version_part \
     WHERE tenant_id = $1 AND version_id = $2 AND number <> $3";

/// How many bytes the upload's parts have beside the one of this number.
pub(super) fn bytes_beside(
    op: &mut Op<'_>,
    session: &Session,
    version: VersionId,
    number: u32,
) -> Result<u64> {
    let row = op.find(BESIDE, params![session.tenant, version, i64::from(number)])?;
    Ok(row.map_or(Ok(0), |row| row.get(0))?)
}

/// An upload's row with its keys open.
pub(super) struct UploadRow {
    pub(super) id: UploadId,
    pub(super) dataset: DatasetId,
    pub(super) version: VersionId,
    /// What becomes the version's key.
    pub(super) key: Key,
    pub(super) made_at: Timestamp,
    plan_sealed: Vec<u8>,
}

impl UploadRow {
    pub(super) fn read(session: &Session, row: &Row) -> Result<Self> {
        let (id, dataset): (UploadId, DatasetId) = (row.get(0)?, row.get(1)?);
        let context = contexts::dataset_key(session.tenant, dataset);
        let dataset_key = sealing::unwrap(session.tenant_key(), &context, &row.get::<Vec<u8>>(6)?)?;
        let context = contexts::upload_key(session.tenant, dataset, id);
        Ok(Self {
            id,
            dataset,
            version: row.get(2)?,
            key: sealing::unwrap(&dataset_key, &context, &row.get::<Vec<u8>>(3)?)?,
            made_at: Timestamp::from_micros(row.get(5)?),
            plan_sealed: row.get(4)?,
        })
    }

    /// Whether its item will be one of those that the caller's key is for.
    pub(super) fn covered(&self, session: &Session) -> Result<bool> {
        match (&session.scope.prefixes, session.task) {
            (None, None) => Ok(true),
            _ => Ok(session.covers_name(&self.plan()?.new.name)),
        }
    }

    /// What the item will be.
    pub(super) fn plan(&self) -> Result<Plan> {
        let opened = sealing::open(&self.key, &contexts::upload_plan(self.id), &self.plan_sealed)?;
        serde_json::from_slice(&opened).map_err(|error| Error::Internal(error.to_string()))
    }
}

/// What is sealed in `upload.plan_sealed`.
#[derive(Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) new: NewUpload,
    /// Recognises the key that must come with every part, if one must.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) provided: Option<String>,
}

/// Finds an upload of the session's tenant in a dataset.
pub(super) fn find(
    op: &mut Op<'_>,
    session: &Session,
    dataset: DatasetId,
    upload: UploadId,
) -> Result<Option<UploadRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE u.tenant_id = $1 AND u.dataset_id = $2 AND u.upload_id = $3"
    );
    op.find(&sql, params![session.tenant, dataset, upload])?
        .map(|row| UploadRow::read(session, &row))
        .transpose()
}

/// Uploads of a dataset after an id.
pub(super) fn page_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE u.tenant_id = $1 AND u.dataset_id = $2 AND u.upload_id > $3 \
         ORDER BY u.upload_id LIMIT $4"
    )
}

/// Parts of an upload after a number.
pub(super) fn parts_sql() -> String {
    format!(
        "SELECT {PART_COLUMNS} FROM version_part p WHERE p.tenant_id = $1 AND p.version_id = $2 AND p.number > $3 \
         ORDER BY p.number LIMIT $4"
    )
}

/// What is sealed in `version_part.meta_sealed`.
#[derive(Serialize, Deserialize)]
pub(super) struct PartMeta {
    pub(super) sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sniffed: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) notes: BTreeMap<String, String>,
}

/// The id of the part in a row of [`parts_sql`].
pub(super) fn part_id(row: &Row) -> Result<PartId> {
    Ok(row.get(5)?)
}

/// A part of an upload as its row says it.
pub(super) fn read_part(upload: &UploadRow, row: &Row) -> Result<(Part, Option<Address>)> {
    read_part_of(upload.version, &upload.key, row)
}

/// The same of what the upload has become.
pub(super) fn read_part_of(version: VersionId, key: &Key, row: &Row) -> Result<(Part, Option<Address>)> {
    let part = part_id(row)?;
    let context = contexts::part_meta(version, part);
    let opened = sealing::open(key, &context, &row.get::<Vec<u8>>(2)?)?;
    let meta: PartMeta =
        serde_json::from_slice(&opened).map_err(|error| Error::Internal(error.to_string()))?;
    let number = u32::try_from(row.get::<i64>(0)?).map_err(|_| Error::Altered)?;
    let part = Part {
        number,
        size: row.get(1)?,
        sha256: meta.sha256,
        sniffed: meta.sniffed,
        made_at: Timestamp::from_micros(row.get(3)?),
        notes: meta.notes,
    };
    Ok((part, Address::read(row, 4, 6)?))
}
