//! What the datasets of a tenant say of the data in them, all at once, for a register of what is processed.
//!
//! Promises: each dataset as it is set up at this moment, with its kinds of records, whether anything is in it, and for how long rules
//! keep that. Leaves out: opening items. Whether they are about people is looked up among the oldest and the newest of each dataset
//! ([`LOOKED_AT`]), so that it costs the same however many there are.

use kernel::DatasetId;
use operation::{Act, Op, Permit};
use store::params;

use super::Dataset;
use super::rows::{self, DatasetRow};
use crate::error::Result;
use crate::item::Kind;
use crate::record::RecordKind;
use crate::retention::{self, Limit};
use crate::session::Session;

/// How many of the oldest and of the newest items of a dataset are looked at for people.
pub const LOOKED_AT: i64 = 2_000;

/// What a dataset says of the data in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surveyed {
    /// The dataset.
    pub dataset: Dataset,
    /// The kinds of records that it takes.
    pub kinds: Vec<RecordKind>,
    /// Whether there are items in it.
    pub has_items: bool,
    /// Whether people are known whom some of its items are about.
    pub has_people: bool,
    /// For how long files are kept in it, and records, where a rule says.
    pub limits: Vec<Limit>,
}

impl Surveyed {
    /// Whether it says that there is personal data in it, or is seen to have some.
    pub fn is_personal(&self) -> bool {
        let of_kind =
            |kind: &RecordKind| kind.subject.is_some() || kind.fields.iter().any(|field| field.personal);
        let has_purposes = self
            .dataset
            .ingest
            .as_ref()
            .is_some_and(|rule| !rule.purposes.is_empty());
        self.has_people
            || has_purposes
            || self.dataset.fields.iter().any(|field| field.personal)
            || self.kinds.iter().any(of_kind)
    }
}

/// Every dataset of the tenant, oldest first.
pub fn survey<A: Act>(op: &mut Op<'_>, permit: &Permit<A>, session: &Session) -> Result<Vec<Surveyed>> {
    let now = op.now().as_micros();
    let (tenant, member) = (session.tenant.as_bytes(), session.member.as_bytes());
    let all = params![tenant, Vec::<u8>::new(), member, now, i64::MAX];
    let found = op.list(permit, &rows::page_sql(), all)?;
    let limits = retention::limits(op, session.tenant)?;
    let mut surveyed = Vec::with_capacity(found.len());
    for row in &found {
        let row = DatasetRow::read(session, row)?;
        let has_items = op
            .find(rows::HAS_ITEMS, params![session.tenant, row.id])?
            .is_some();
        surveyed.push(Surveyed {
            dataset: row.dataset(session)?,
            kinds: row.settings(session)?.kinds,
            has_items,
            has_people: has_items && has_people(op, session, row.id)?,
            limits: [Kind::File, Kind::Record]
                .into_iter()
                .filter_map(|kind| limits.of(row.id, kind))
                .collect(),
        });
    }
    Ok(surveyed)
}

fn has_people(op: &mut Op<'_>, session: &Session, dataset: DatasetId) -> Result<bool> {
    for order in ["DESC", "ASC"] {
        let sql = format!(
            "SELECT s.subject_id FROM (SELECT item_id FROM item WHERE tenant_id = $1 AND dataset_id = $2 ORDER BY item_id {order} LIMIT $3) n \
             JOIN item_subject s ON s.item_id = n.item_id LIMIT 1"
        );
        if op
            .find(&sql, params![session.tenant, dataset, LOOKED_AT])?
            .is_some()
        {
            return Ok(true);
        }
    }
    Ok(false)
}
