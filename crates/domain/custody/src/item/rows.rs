//! SQL of items and versions, and the keys their rows carry.

use std::collections::BTreeMap;

use kernel::{DatasetId, ItemId, SubjectId, TaskId, Timestamp, VersionId};
use operation::Op;
use sealing::{BlindIndexKey, Key};
use store::objects::{Address, PlaceLabel};
use store::{Row, params};

use super::quarantine::{self, Quarantine};
use super::{Hold, Item, Kind, Meta, State, Version, hold};
use crate::dataset::{Ingest, Reading, VersionNotes, rule};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{contexts, subject};

const COLUMNS: &str = "i.item_id, i.dataset_id, i.kind, i.name_sealed, i.subject_id, i.state, i.made_at, i.changed_at, \
     i.archived_at, v.version_id, v.number, v.made_at, v.size_bytes, v.key_wrapped, v.meta_sealed, v.object_id, \
     d.key_wrapped, d.state, s.key_wrapped, d.hold_default, v.object_place, d.region, d.version_notes_sealed, \
     d.own_bucket_sealed, d.ingest_sealed, v.quarantined_at, v.quarantine_sealed, d.reading_sealed";
const TABLES: &str = "item i JOIN item_version v ON v.item_id = i.item_id JOIN dataset d ON d.dataset_id = i.dataset_id \
     LEFT JOIN subject s ON s.subject_id = i.subject_id";
/// What member $3 has at moment $4: a grant of the dataset; a live lease of the item, 2 when it gives originals; the
/// task it is of. An item is in at most one live lease. Then how many people it is about for whom processing is restricted.
const GRANTED: &str = "(SELECT count(*) FROM dataset_grant g WHERE g.dataset_id = i.dataset_id \
     AND g.member_id = $3 AND (g.ends_at IS NULL OR g.ends_at > $4)), \
     (SELECT COALESCE(MAX(1 + h.originals), 0) FROM task_item w JOIN task h ON h.task_id = w.task_id \
     WHERE w.item_id = i.item_id AND w.member_id = $3 AND w.state = 'leased' AND h.state = 'live' AND h.ends_at > $4), \
     (SELECT h.task_id FROM task_item w JOIN task h ON h.task_id = w.task_id \
     WHERE w.item_id = i.item_id AND w.member_id = $3 AND w.state = 'leased' AND h.state = 'live' AND h.ends_at > $4 LIMIT 1), \
     (SELECT count(*) FROM item_subject q JOIN subject r ON r.subject_id = q.subject_id \
     WHERE q.item_id = i.item_id AND r.restricted_at IS NOT NULL)";

/// An item with one of its versions, its keys open, its name and metadata still sealed.
pub(crate) struct ItemRow {
    pub(crate) id: ItemId,
    pub(crate) dataset: DatasetId,
    pub(crate) kind: Kind,
    pub(crate) subject: Option<SubjectId>,
    pub(crate) state: State,
    pub(crate) dataset_state: State,
    pub(crate) version: VersionId,
    pub(crate) number: i64,
    pub(crate) size: u64,
    pub(crate) object: Option<Address>,
    /// Where the dataset's new versions go.
    pub(crate) region: PlaceLabel,
    /// The bucket of the tenant's own that the dataset has, under the tenant's key.
    pub(crate) own_bucket_sealed: Option<Vec<u8>>,
    /// What the dataset takes in, with the dataset's wrapped key.
    ingest_sealed: Option<(Vec<u8>, Vec<u8>)>,
    /// For which reasons the dataset's content is read, with the dataset's wrapped key.
    reading_sealed: Option<(Vec<u8>, Vec<u8>)>,
    pub(crate) granted: bool,
    leased: bool,
    lease_originals: bool,
    /// Whether processing is restricted for somebody it is about.
    restricted: bool,
    /// Whether it is one of those that the caller's key is for.
    pub(crate) covered: bool,
    hold_default: Option<String>,
    version_notes: Option<VersionNotes>,
    /// Dataset key, or dataset key and subject key together.
    pub(crate) parent: Key,
    pub(crate) version_key: Key,
    name_sealed: Vec<u8>,
    meta_sealed: Vec<u8>,
    made_at: i64,
    pub(crate) changed_at: i64,
    archived_at: Option<i64>,
    version_made_at: i64,
    /// Since when the version is in quarantine, and why.
    quarantine: Option<(i64, Vec<u8>)>,
}

/// The keys that a page of one dataset's items has in common, opened for the first of them.
#[derive(Default)]
pub(crate) struct DatasetKeys(Option<OpenDataset>);

struct OpenDataset {
    dataset: DatasetId,
    key: Key,
    /// Above items that are about nobody, or about several.
    parent: Key,
}

impl DatasetKeys {
    /// The parent key of the item in this row.
    fn parent(
        &mut self,
        session: &Session,
        row: &Row,
        dataset: DatasetId,
        subject: Option<SubjectId>,
    ) -> Result<Key> {
        let open = match self.0.take().filter(|open| open.dataset == dataset) {
            Some(open) => open,
            None => OpenDataset::open(session, row, dataset)?,
        };
        let open = self.0.insert(open);
        match subject {
            None => Ok(open.parent.duplicate()),
            Some(_) => parent_of(session, &open.key, subject, row.get(18)?),
        }
    }
}

impl DatasetKeys {
    /// Those of this dataset, whose key is open already.
    pub(crate) fn of(dataset: DatasetId, key: Key) -> Self {
        let parent = parent_key(&key, None);
        Self(Some(OpenDataset { dataset, key, parent }))
    }

    /// What the dataset of the row that was looked at last says of new versions.
    fn version_notes(&self, row: &Row) -> Result<Option<VersionNotes>> {
        let sealed = row.get(22)?;
        Ok(self
            .0
            .as_ref()
            .and_then(|open| VersionNotes::of(&open.key, sealed)))
    }
}

impl OpenDataset {
    fn open(session: &Session, row: &Row, dataset: DatasetId) -> Result<Self> {
        let context = contexts::dataset_key(session.tenant, dataset);
        let key = sealing::unwrap(session.tenant_key(), &context, &row.get::<Vec<u8>>(16)?)?;
        Ok(Self {
            dataset,
            parent: parent_key(&key, None),
            key,
        })
    }
}

impl ItemRow {
    pub(crate) fn read(session: &Session, row: &Row) -> Result<Self> {
        Self::read_among(session, row, &mut DatasetKeys::default())
    }

    /// As [`ItemRow::read`], for one of many.
    pub(crate) fn read_among(session: &Session, row: &Row, keys: &mut DatasetKeys) -> Result<Self> {
        let (id, dataset, subject): (ItemId, DatasetId, Option<SubjectId>) =
            (row.get(0)?, row.get(1)?, row.get(4)?);
        let version: VersionId = row.get(9)?;
        let parent = keys.parent(session, row, dataset, subject)?;
        let context = contexts::item_key(session.tenant, id, version);
        let version_key = sealing::unwrap(&parent, &context, &row.get::<Vec<u8>>(13)?)?;
        let name_sealed: Vec<u8> = row.get(3)?;
        // A key that is bound to a task reaches what that leases, and no other lease of the same member counts.
        let leased = row.get::<i64>(29)? > 0
            && match session.task {
                None => true,
                bound => row.get::<Option<TaskId>>(30)? == bound,
            };
        let named = match session.scope.prefixes {
            None => true,
            Some(_) => session
                .scope
                .covers_name(&open_name(session, dataset, id, &parent, &name_sealed)?),
        };
        let with_key =
            |rule: Option<Vec<u8>>| rule.map(|rule| Ok::<_, Error>((rule, row.get(16)?))).transpose();
        let covered = named && (leased || session.task.is_none());
        Ok(Self {
            id,
            dataset,
            covered,
            kind: Kind::from_row(&row.get::<String>(2)?)?,
            subject,
            state: State::from_row(&row.get::<String>(5)?)?,
            dataset_state: State::from_row(&row.get::<String>(17)?)?,
            version,
            number: row.get(10)?,
            size: row.get(12)?,
            object: Address::read(row, 15, 20)?,
            region: row.get(21)?,
            own_bucket_sealed: row.get(23)?,
            ingest_sealed: with_key(row.get(24)?)?,
            reading_sealed: with_key(row.get(27)?)?,
            granted: row.get::<i64>(28)? > 0,
            leased,
            lease_originals: leased && row.get::<i64>(29)? > 1,
            restricted: row.get::<i64>(31)? > 0,
            hold_default: row.get(19)?,
            version_notes: keys.version_notes(row)?,
            parent,
            version_key,
            name_sealed,
            meta_sealed: row.get(14)?,
            made_at: row.get(6)?,
            changed_at: row.get(7)?,
            archived_at: row.get(8)?,
            version_made_at: row.get(11)?,
            quarantine: row.get::<Option<i64>>(25)?.zip(row.get::<Option<Vec<u8>>>(26)?),
        })
    }

    pub(crate) fn meta(&self) -> Result<Meta> {
        let opened = sealing::open(
            &self.version_key,
            &contexts::version_meta(self.version),
            &self.meta_sealed,
        )?;
        serde_json::from_slice(&opened).map_err(|error| Error::Internal(error.to_string()))
    }

    pub(crate) fn name(&self, session: &Session) -> Result<String> {
        open_name(session, self.dataset, self.id, &self.parent, &self.name_sealed)
    }

    pub(crate) fn version(&self) -> Result<Version> {
        let meta = self.meta()?;
        Ok(Version {
            id: self.version,
            number: self.number.unsigned_abs(),
            size: self.size,
            sha256: meta.sha256,
            content_type: meta.content_type,
            class: meta.class,
            made_at: Timestamp::from_micros(self.version_made_at),
            metadata: meta.metadata,
            notes: meta.notes,
            key_provided: meta.provided.is_some(),
            parts: meta.parts,
            reference: meta.reference,
            quarantine: self.quarantine()?,
        })
    }

    /// Why the version is in quarantine and since when, if it is.
    pub(crate) fn quarantine(&self) -> Result<Option<Quarantine>> {
        let open = |(since, sealed): &(i64, Vec<u8>)| {
            quarantine::open(
                &self.version_key,
                self.version,
                Timestamp::from_micros(*since),
                sealed,
            )
        };
        self.quarantine.as_ref().map(open).transpose()
    }

    /// Whether the version is in quarantine; if it is the newest of its item, the item has no other.
    pub(crate) fn is_quarantined(&self) -> bool {
        self.quarantine.is_some()
    }

    pub(crate) fn item(&self, session: &Session) -> Result<Item> {
        self.item_with(session, self.version()?, Timestamp::from_micros(self.changed_at))
    }

    /// The item as it is once this version, which is not in the row, is its newest.
    pub(crate) fn item_with(
        &self,
        session: &Session,
        version: Version,
        changed_at: Timestamp,
    ) -> Result<Item> {
        Ok(Item {
            id: self.id,
            dataset: self.dataset,
            name: self.name(session)?,
            kind: self.kind,
            state: self.state,
            subject: self.subject,
            made_at: Timestamp::from_micros(self.made_at),
            changed_at,
            archived_at: self.archived_at.map(Timestamp::from_micros),
            version,
        })
    }

    /// What the dataset takes in; anything when absent.
    pub(crate) fn ingest(&self, session: &Session) -> Result<Option<Ingest>> {
        let Some((sealed, _)) = &self.ingest_sealed else {
            return Ok(None);
        };
        match self.rule_key(session)? {
            Some(key) => rule::open(
                &key,
                &contexts::dataset_ingest(session.tenant, self.dataset),
                Some(sealed),
            ),
            None => Ok(None),
        }
    }

    /// Whether the dataset's content is read for a reason.
    pub(crate) fn asks_why(&self) -> bool {
        self.reading_sealed.is_some()
    }

    /// For which reasons, if it asks for one.
    pub(crate) fn reading(&self, session: &Session) -> Result<Option<Reading>> {
        let Some((sealed, wrapped)) = &self.reading_sealed else {
            return Ok(None);
        };
        let context = contexts::dataset_key(session.tenant, self.dataset);
        let key = sealing::unwrap(session.tenant_key(), &context, wrapped)?;
        rule::open(
            &key,
            &contexts::dataset_reading(session.tenant, self.dataset),
            Some(sealed),
        )
    }

    /// The dataset's key, where the dataset has a rule of what it takes in.
    pub(crate) fn rule_key(&self, session: &Session) -> Result<Option<Key>> {
        let Some((_, wrapped)) = &self.ingest_sealed else {
            return Ok(None);
        };
        let context = contexts::dataset_key(session.tenant, self.dataset);
        Ok(Some(sealing::unwrap(session.tenant_key(), &context, wrapped)?))
    }

    /// What a new version of it is held by.
    pub(crate) fn hold_for(&self, asked: Option<Hold>, now: Timestamp) -> Option<Hold> {
        hold::of_put(self.hold_default.as_deref(), asked, now)
    }

    /// What surfaces keep about a new version of it.
    pub(crate) fn version_notes(&self, session: &Session) -> Result<BTreeMap<String, String>> {
        let notes = self.version_notes.as_ref();
        notes.map_or_else(|| Ok(BTreeMap::new()), |notes| notes.open(session, self.dataset))
    }

    /// What the policies look at.
    pub(crate) fn facts(&self, session: &Session) -> access::Facts {
        let dataset = session.dataset_facts(self.dataset, self.granted);
        access::Facts {
            state: self.state.into(),
            leased: self.leased || dataset.leased || session.takes(self.subject),
            lease_originals: self.lease_originals || dataset.lease_originals || session.takes(self.subject),
            quarantined: self.is_quarantined(),
            restricted: self.restricted,
            key_covers_name: self.covered,
            ..dataset
        }
    }

    /// Whether the caller holds a live lease of it.
    pub(crate) fn is_leased(&self) -> bool {
        self.leased
    }

    /// Whether processing is restricted for somebody it is about.
    pub(crate) fn is_restricted(&self) -> bool {
        self.restricted
    }

    /// Whether it may stand in a listing: whoever works by lease sees what they hold one of, and nobody what is hidden from them.
    pub(crate) fn is_listed_for(&self, session: &Session) -> bool {
        (self.leased || !session.works_by_lease()) && !self.is_hidden_from(session)
    }

    /// Whether it stands in no listing of theirs: nobody finds what is in quarantine, and what is restricted only who can lift that.
    pub(crate) fn is_hidden_from(&self, session: &Session) -> bool {
        self.is_quarantined() || (self.restricted && !session.finds_restricted())
    }
}

/// Whether the caller's tenant keeps this item, archived or not.
pub fn is_kept(op: &mut Op<'_>, session: &Session, item: ItemId) -> Result<bool> {
    const KEPT: &str = "SELECT 1 FROM item WHERE tenant_id = $1 AND item_id = $2";
    Ok(op.find(KEPT, params![session.tenant, item])?.is_some())
}

/// The key above the keys of an item's versions.
///
/// INVARIANT: an item about one person hangs on both keys, so that destroying either ends it.
pub(crate) fn parent_key(dataset: &Key, subject: Option<&Key>) -> Key {
    match subject {
        Some(subject) => Key::both(dataset, subject, "item parent", &[]),
        None => dataset.derive("item parent", &[]),
    }
}

/// The parent key of an item whose subject's row says this.
pub(crate) fn parent_of(
    session: &Session,
    dataset: &Key,
    subject: Option<SubjectId>,
    wrapped: Option<Vec<u8>>,
) -> Result<Key> {
    match (subject, wrapped) {
        (None, _) => Ok(parent_key(dataset, None)),
        (Some(subject), Some(wrapped)) => {
            let subject = subject::open_key(session, subject, &wrapped)?;
            Ok(parent_key(dataset, Some(&subject)))
        }
        (Some(_), None) => Err(Error::Altered),
    }
}

/// Opens an item's name.
pub(crate) fn open_name(
    session: &Session,
    dataset: DatasetId,
    item: ItemId,
    parent: &Key,
    sealed: &[u8],
) -> Result<String> {
    let opened = sealing::open(
        parent,
        &contexts::item_name(session.tenant, dataset, item),
        sealed,
    )?;
    String::from_utf8(opened.to_vec()).map_err(|_| Error::Altered)
}

/// Which version of an item is meant.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which {
    Newest,
    Version(VersionId),
}

/// Finds an item of the session's tenant by id.
pub(crate) fn find(
    op: &mut Op<'_>,
    session: &Session,
    item: ItemId,
    which: Which,
) -> Result<Option<ItemRow>> {
    find_among(op, session, item, which, &mut DatasetKeys::default())
}

/// As [`find`], by keys that are open already.
pub(crate) fn find_among(
    op: &mut Op<'_>,
    session: &Session,
    item: ItemId,
    which: Which,
    keys: &mut DatasetKeys,
) -> Result<Option<ItemRow>> {
    let now = op.now();
    let found = match which {
        Which::Newest => op.find(
            &format!(
                "SELECT {COLUMNS}, {GRANTED} FROM {TABLES} WHERE i.tenant_id = $1 AND i.item_id = $2 \
                 AND v.version_id = i.version_id"
            ),
            params![session.tenant, item, session.member, now],
        )?,
        Which::Version(version) => op.find(
            &format!(
                "SELECT {COLUMNS}, {GRANTED} FROM {TABLES} WHERE i.tenant_id = $1 AND i.item_id = $2 \
                 AND v.version_id = $5"
            ),
            params![session.tenant, item, session.member, now, version],
        )?,
    };
    found
        .map(|row| ItemRow::read_among(session, &row, keys))
        .transpose()
}

/// Finds an item by its name in a dataset.
pub(crate) fn find_by_name(
    op: &mut Op<'_>,
    session: &Session,
    dataset: DatasetId,
    name: &str,
) -> Result<Option<ItemRow>> {
    let sql = format!(
        "SELECT {COLUMNS}, {GRANTED} FROM {TABLES} WHERE i.tenant_id = $1 AND i.dataset_id = $2 \
         AND i.name_blind = $5 AND v.version_id = i.version_id"
    );
    let blind = blind_name(session, dataset, name);
    let found = op.find(
        &sql,
        params![session.tenant, dataset, session.member, op.now(), blind],
    )?;
    found.map(|row| ItemRow::read(session, &row)).transpose()
}

/// A page of a dataset's items after an id $5. $6 narrows by state ('' for all), $8 by person.
pub(crate) fn page_sql(state: Option<State>, by_subject: bool) -> String {
    let subject = match by_subject {
        true => {
            "AND i.subject_id IN (SELECT p.subject_id FROM subject p WHERE p.tenant_id = $1 AND p.person_id = $8)"
        }
        false => "",
    };
    // Said again to the letter, so that the few are found by their own index and not among all the others.
    let archived = match state {
        Some(State::Archived) => "AND i.state = 'archived'",
        Some(State::Active) | None => "",
    };
    format!(
        "SELECT {COLUMNS}, {GRANTED} FROM {TABLES} WHERE i.tenant_id = $1 AND i.dataset_id = $2 AND i.item_id > $5 \
         AND v.version_id = i.version_id AND ($6 = '' OR i.state = $6) {archived} {subject} ORDER BY i.item_id LIMIT $7"
    )
}

/// Items about subject $5, alone or with others, after id $6: a range of the links' primary key.
pub(crate) fn about_sql() -> String {
    format!(
        "SELECT {COLUMNS}, {GRANTED}, l.source, l.made_by, l.made_at FROM item_subject l JOIN {TABLES_BY_LINK} \
         WHERE l.tenant_id = $1 AND i.tenant_id = $2 AND l.subject_id = $5 AND l.item_id > $6 \
         AND v.version_id = i.version_id ORDER BY l.item_id LIMIT $7"
    )
}

const TABLES_BY_LINK: &str = "item i ON i.item_id = l.item_id JOIN item_version v ON v.item_id = i.item_id \
     JOIN dataset d ON d.dataset_id = i.dataset_id LEFT JOIN subject s ON s.subject_id = i.subject_id";

/// As [`page_sql`] without a subject, of the items that the member holds live leases of.
pub(crate) fn leased_page_sql() -> String {
    format!(
        "SELECT {COLUMNS}, {GRANTED} FROM task t JOIN task_item l ON l.task_id = t.task_id JOIN {TABLES_BY_LEASE} \
         WHERE t.tenant_id = $1 AND t.dataset_id = $2 AND t.member_id = $3 AND t.state = 'live' AND t.ends_at > $4 \
         AND l.state = 'leased' AND l.item_id > $5 AND v.version_id = i.version_id AND ($6 = '' OR i.state = $6) \
         ORDER BY l.item_id LIMIT $7"
    )
}

/// Active items after id $5 about whose newest version something is said.
pub(crate) fn annotated_page_sql() -> String {
    format!(
        "SELECT {COLUMNS}, {GRANTED} FROM {TABLES} WHERE i.tenant_id = $1 AND i.dataset_id = $2 AND i.item_id > $5 \
         AND v.version_id = i.version_id AND i.state = 'active' \
         AND EXISTS (SELECT 1 FROM annotation_set a WHERE a.version_id = i.version_id) ORDER BY i.item_id LIMIT $6"
    )
}

const TABLES_BY_LEASE: &str = "item i ON i.item_id = l.item_id JOIN item_version v ON v.item_id = i.item_id \
     JOIN dataset d ON d.dataset_id = i.dataset_id LEFT JOIN subject s ON s.subject_id = i.subject_id";

/// Items whose indexed field has this blinded value.
pub(crate) fn search_sql() -> String {
    format!(
        "SELECT {COLUMNS}, {GRANTED} FROM field_index f JOIN {TABLES_BY_INDEX} WHERE f.tenant_id = $1 \
         AND f.dataset_id = $2 AND f.value_blind = $5 AND f.item_id > $6 AND v.version_id = i.version_id \
         ORDER BY f.item_id LIMIT $7"
    )
}

/// As [`search_sql`], of active records that have so many further entries as well: $8 and on.
pub(crate) fn records_sql(further: usize) -> String {
    let further: String = (8..8 + further)
        .map(|number| {
            format!(
                "AND EXISTS (SELECT 1 FROM field_index g WHERE g.dataset_id = $2 AND g.value_blind = ${number} \
                 AND g.item_id = f.item_id) "
            )
        })
        .collect();
    format!(
        "SELECT {COLUMNS}, {GRANTED} FROM field_index f JOIN {TABLES_BY_INDEX} WHERE f.tenant_id = $1 \
         AND f.dataset_id = $2 AND f.value_blind = $5 AND f.item_id > $6 AND v.version_id = i.version_id \
         AND i.state = 'active' {further}ORDER BY f.item_id LIMIT $7"
    )
}

const TABLES_BY_INDEX: &str = "item i ON i.item_id = f.item_id JOIN item_version v ON v.item_id = i.item_id \
     JOIN dataset d ON d.dataset_id = i.dataset_id LEFT JOIN subject s ON s.subject_id = i.subject_id";

/// How many items one statement finds by their ids.
pub(crate) const MOST_AMONG: usize = 64;

/// Items of a dataset by their ids, with their newest versions; fewer ids than [`MOST_AMONG`] are filled up.
pub(crate) fn among(
    op: &mut Op<'_>,
    session: &Session,
    dataset: DatasetId,
    items: &[ItemId],
) -> Result<Vec<ItemRow>> {
    let (mut found, mut keys) = (Vec::with_capacity(items.len()), DatasetKeys::default());
    for group in items.chunks(MOST_AMONG) {
        let mut values = params![session.tenant, dataset, session.member, op.now()].to_vec();
        // One text for every number of ids, so that it is prepared once.
        let filled = group.iter().chain(std::iter::repeat(&group[0])).take(MOST_AMONG);
        values.extend(filled.map(|item| store::Value::from(*item)));
        for row in op.find_all(&AMONG, &values)? {
            found.push(ItemRow::read_among(session, &row, &mut keys)?);
        }
    }
    Ok(found)
}

static AMONG: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
    let ids: Vec<String> = (5..5 + MOST_AMONG).map(|number| format!("${number}")).collect();
    format!(
        "SELECT {COLUMNS}, {GRANTED} FROM {TABLES} WHERE i.tenant_id = $1 AND i.dataset_id = $2 \
         AND i.item_id IN ({}) AND v.version_id = i.version_id",
        ids.join(", ")
    )
});

/// All versions of an item but those in quarantine, oldest first, after a number.
pub(crate) fn versions_sql() -> String {
    format!(
        "SELECT {COLUMNS}, {GRANTED} FROM {TABLES} WHERE i.tenant_id = $1 AND i.item_id = $2 AND v.number > $5 \
         AND v.quarantined_at IS NULL ORDER BY v.number LIMIT $6"
    )
}

/// A page of what is in quarantine in a dataset, after a version's id.
pub(crate) fn quarantine_sql() -> String {
    format!(
        "SELECT {COLUMNS}, {GRANTED} FROM {TABLES} WHERE v.tenant_id = $1 AND i.dataset_id = $2 \
         AND v.quarantined_at IS NOT NULL AND v.version_id > $5 ORDER BY v.version_id LIMIT $6"
    )
}

pub(crate) const INSERT_ITEM: &str = "INSERT INTO item (item_id, tenant_id, dataset_id, kind, name_blind, name_sealed, \
     subject_id, state, made_at, changed_at, archived_at, version_id) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', $8, $8, NULL, $9)";
pub(crate) const INSERT_VERSION: &str = "INSERT INTO item_version (version_id, tenant_id, item_id, number, made_at, \
     made_by, size_bytes, key_wrapped, meta_sealed, object_id, object_place, inline_sealed, \
     quarantined_at, quarantine_sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
pub(crate) const NEW_VERSION: &str =
    "UPDATE item SET version_id = $3, changed_at = $4 WHERE tenant_id = $1 AND item_id = $2";
pub(crate) const UPDATE_STATE: &str =
    "UPDATE item SET state = $3, changed_at = $4, archived_at = $5 WHERE tenant_id = $1 AND item_id = $2";
pub(crate) const NEWEST_NUMBER: &str = "SELECT v.number FROM item i JOIN item_version v ON v.version_id = i.version_id \
     WHERE i.tenant_id = $1 AND i.item_id = $2";
pub(crate) const INSERT_LINK: &str = "INSERT INTO item_subject (subject_id, item_id, tenant_id, source, made_by, made_at) \
     VALUES ($1, $2, $3, $4, $5, $6)";
pub(crate) const DELETE_LINKS: &str = "DELETE FROM item_subject WHERE tenant_id = $1 AND item_id = $2";
pub(crate) const DELETE_LINK: &str =
    "DELETE FROM item_subject WHERE tenant_id = $1 AND item_id = $2 AND subject_id = $3";
pub(crate) const LINKS: &str =
    "SELECT subject_id FROM item_subject WHERE tenant_id = $1 AND item_id = $2 ORDER BY subject_id";
pub(crate) const VERSION_KEYS: &str =
    "SELECT version_id, key_wrapped FROM item_version WHERE tenant_id = $1 AND item_id = $2";
pub(crate) const REWRAP_VERSION: &str =
    "UPDATE item_version SET key_wrapped = $3 WHERE tenant_id = $1 AND version_id = $2";
pub(crate) const REHANG: &str =
    "UPDATE item SET subject_id = $3, name_sealed = $4 WHERE tenant_id = $1 AND item_id = $2";
pub(crate) const INLINE: &str =
    "SELECT inline_sealed FROM item_version WHERE tenant_id = $1 AND version_id = $2";
pub(crate) const OBJECTS: &str = "SELECT object_id, object_place FROM item_version WHERE tenant_id = $1 AND item_id = $2 AND object_id IS NOT NULL";
pub(crate) const DELETE_ITEM: &str = "DELETE FROM item WHERE tenant_id = $1 AND item_id = $2";
pub(crate) const DELETE_VERSIONS: &str = "DELETE FROM item_version WHERE tenant_id = $1 AND item_id = $2";
pub(crate) const DELETE_INDEX: &str = "DELETE FROM field_index WHERE tenant_id = $1 AND item_id = $2";
pub(crate) const INSERT_INDEX: &str = "INSERT INTO field_index (dataset_id, value_blind, item_id, tenant_id) VALUES ($1, $2, $3, $4) \
     ON CONFLICT DO NOTHING";

/// The blind index of an item's name, one key per tenant and a different value in every dataset.
pub(crate) fn blind_name(session: &Session, dataset: DatasetId, name: &str) -> [u8; 32] {
    let key = BlindIndexKey::derive(session.tenant_key(), &[b"item name", dataset.as_bytes()]);
    sealing::blind(&key, "item name", name.as_bytes())
}
