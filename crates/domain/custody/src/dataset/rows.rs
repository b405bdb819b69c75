//! SQL of datasets.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use kernel::{DatasetId, MemberId, Timestamp};
use operation::Op;
use sealing::{BlindIndexKey, Key};
use store::objects::PlaceLabel;
use store::{Row, params};

use super::{Dataset, DatasetRef, Ingest, Reading, Settings, State, VersionNotes, rule};
use crate::contexts;
use crate::error::{Error, Result};
use crate::item::{Hold, hold};
use crate::member::named::AT_ONCE;
use crate::session::Session;

const COLUMNS: &str = "d.dataset_id, d.settings_sealed, d.key_wrapped, d.state, d.made_at, d.archived_at, d.hold_default, \
     d.region, d.version_notes_sealed, d.own_bucket_sealed, d.ingest_sealed, d.made_by, \
     d.reading_sealed, (SELECT count(*) FROM share h WHERE h.dataset_id = d.dataset_id AND h.withdrawn_at IS NULL AND h.ends_at > $4)";

/// Live grants of member $3 at moment $4.
const GRANTED: &str = "(SELECT count(*) FROM dataset_grant g WHERE g.dataset_id = d.dataset_id \
     AND g.member_id = $3 AND (g.ends_at IS NULL OR g.ends_at > $4))";

/// A dataset's row with its key open. What it says about itself is still sealed.
pub(crate) struct DatasetRow {
    pub(crate) id: DatasetId,
    pub(crate) key: Key,
    pub(crate) state: State,
    pub(crate) granted: bool,
    /// Who made it.
    pub(crate) made_by: Option<MemberId>,
    /// Whether the public reaches it, or an export of it, by a live link.
    shared: bool,
    /// Where the bytes of new versions go.
    pub(crate) region: PlaceLabel,
    /// The bucket of the tenant's own, under the tenant's key.
    pub(crate) own_bucket_sealed: Option<Vec<u8>>,
    ingest_sealed: Option<Vec<u8>>,
    reading_sealed: Option<Vec<u8>>,
    settings_sealed: Vec<u8>,
    made_at: i64,
    archived_at: Option<i64>,
    hold_default: Option<String>,
    version_notes: Option<VersionNotes>,
}

impl DatasetRow {
    pub(crate) fn read(session: &Session, row: &Row) -> Result<Self> {
        let id = DatasetId::from_bytes(&row.get::<Vec<u8>>(0)?).map_err(|_| Error::Altered)?;
        let context = contexts::dataset_key(session.tenant, id);
        let key = sealing::unwrap(session.tenant_key(), &context, &row.get::<Vec<u8>>(2)?)?;
        Ok(Self {
            id,
            version_notes: VersionNotes::of(&key, row.get(8)?),
            key,
            state: State::from_row(&row.get::<String>(3)?)?,
            region: row.get(7)?,
            own_bucket_sealed: row.get(9)?,
            ingest_sealed: row.get(10)?,
            made_by: row.get(11)?,
            reading_sealed: row.get(12)?,
            shared: row.get::<i64>(13)? > 0,
            granted: row.get::<i64>(14)? > 0,
            settings_sealed: row.get(1)?,
            made_at: row.get(4)?,
            archived_at: row.get(5)?,
            hold_default: row.get(6)?,
        })
    }

    /// What a new version in it is held by.
    pub(crate) fn hold_for(&self, asked: Option<Hold>, now: Timestamp) -> Option<Hold> {
        hold::of_put(self.hold_default.as_deref(), asked, now)
    }

    /// What surfaces keep about a new version in it.
    pub(crate) fn version_notes(&self, session: &Session) -> Result<BTreeMap<String, String>> {
        let notes = self.version_notes.as_ref();
        notes.map_or_else(|| Ok(BTreeMap::new()), |notes| notes.open(session, self.id))
    }

    /// What it takes in; anything when absent.
    pub(crate) fn ingest(&self, session: &Session) -> Result<Option<Ingest>> {
        rule::open(
            &self.key,
            &contexts::dataset_ingest(session.tenant, self.id),
            self.ingest_sealed.as_deref(),
        )
    }

    /// For which reasons its content is read; without one when absent.
    pub(crate) fn reading(&self, session: &Session) -> Result<Option<Reading>> {
        rule::open(
            &self.key,
            &contexts::dataset_reading(session.tenant, self.id),
            self.reading_sealed.as_deref(),
        )
    }

    /// Opens what the dataset says about itself. Settings are facts of the act (declared fields, for
    /// example), so they open without a permit of their own; what shows them to anybody takes one.
    pub(crate) fn settings(&self, session: &Session) -> Result<Settings> {
        let context = contexts::dataset_settings(session.tenant, self.id);
        let opened = sealing::open(&self.key, &context, &self.settings_sealed)?;
        serde_json::from_slice(&opened).map_err(|error| Error::Internal(error.to_string()))
    }

    pub(crate) fn dataset(&self, session: &Session) -> Result<Dataset> {
        let settings = self.settings(session)?;
        Ok(Dataset {
            id: self.id,
            name: settings.name,
            description: settings.description,
            fields: settings.fields,
            notes: settings.notes,
            hold_default: self.hold_default.clone(),
            region: self.region.to_string(),
            work: settings.work,
            review: settings.review,
            version_notes: self.version_notes(session)?,
            ingest: self.ingest(session)?,
            reading: self.reading(session)?,
            state: self.state,
            shared: self.shared,
            made_at: Timestamp::from_micros(self.made_at),
            archived_at: self.archived_at.map(Timestamp::from_micros),
        })
    }
}

/// Finds a dataset of the session's tenant.
pub(crate) fn find(op: &mut Op<'_>, session: &Session, dataset: &DatasetRef) -> Result<Option<DatasetRow>> {
    let now = op.now().as_micros();
    let (sql, key) = match dataset {
        DatasetRef::Id(id) => (
            format!(
                "SELECT {COLUMNS}, {GRANTED} FROM dataset d WHERE d.tenant_id = $1 AND d.dataset_id = $2"
            ),
            id.as_bytes().to_vec(),
        ),
        DatasetRef::Name(name) => (
            format!(
                "SELECT {COLUMNS}, {GRANTED} FROM dataset d WHERE d.tenant_id = $1 AND d.name_blind = $2"
            ),
            blind_name(session, name).to_vec(),
        ),
    };
    let row = op.find(
        &sql,
        params![session.tenant.as_bytes(), key, session.member.as_bytes(), now],
    )?;
    row.map(|row| DatasetRow::read(session, &row)).transpose()
}

/// One page of datasets after the cursor, each with whether the member has a live grant.
pub(crate) fn page_sql() -> String {
    format!(
        "SELECT {COLUMNS}, {GRANTED} FROM dataset d WHERE d.tenant_id = $1 AND d.dataset_id > $2 \
         ORDER BY d.dataset_id LIMIT $5"
    )
}

/// Datasets by their ids $2 and from $5 on, each with whether member $3 has a live grant at moment $4.
pub(super) static AMONG: LazyLock<String> = LazyLock::new(|| {
    let rest: Vec<String> = (5..4 + AT_ONCE).map(|number| format!("${number}")).collect();
    format!(
        "SELECT {COLUMNS}, {GRANTED} FROM dataset d WHERE d.tenant_id = $1 AND d.dataset_id IN ($2, {})",
        rest.join(", ")
    )
});

pub(crate) const INSERT: &str = "INSERT INTO dataset (dataset_id, tenant_id, name_blind, settings_sealed, key_wrapped, \
     state, made_at, archived_at, region, ingest_sealed, made_by, reading_sealed) VALUES ($1, $2, $3, $4, $5, 'active', $6, NULL, $7, $8, $9, $10)";
pub(crate) const UPDATE_SETTINGS: &str = "UPDATE dataset SET settings_sealed = $3, name_blind = $4, hold_default = $5, \
     region = $6, version_notes_sealed = $7, ingest_sealed = $8, reading_sealed = $9 WHERE tenant_id = $1 AND dataset_id = $2";
/// As [`UPDATE_SETTINGS`], of what no column repeats.
pub(super) const KEEP_SETTINGS: &str =
    "UPDATE dataset SET settings_sealed = $3 WHERE tenant_id = $1 AND dataset_id = $2";
pub(crate) const UPDATE_STATE: &str =
    "UPDATE dataset SET state = $3, archived_at = $4 WHERE tenant_id = $1 AND dataset_id = $2";
pub(crate) const SET_OWN_BUCKET: &str =
    "UPDATE dataset SET own_bucket_sealed = $3 WHERE tenant_id = $1 AND dataset_id = $2";
pub(crate) const DELETE: &str = "DELETE FROM dataset WHERE tenant_id = $1 AND dataset_id = $2";
pub(crate) const HAS_ITEMS: &str =
    "SELECT item_id FROM item WHERE tenant_id = $1 AND dataset_id = $2 LIMIT 1";

/// The blind index of a dataset's name.
pub(crate) fn blind_name(session: &Session, name: &str) -> [u8; 32] {
    let key = BlindIndexKey::derive(session.tenant_key(), &[b"dataset name"]);
    sealing::blind(&key, "dataset name", name.as_bytes())
}
