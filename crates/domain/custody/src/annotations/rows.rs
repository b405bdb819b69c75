//! SQL of annotations, and the seal around them.

use annotation::Set;
use kernel::{AnnotationSetId, ItemId, TaskId, VersionId};
use operation::{Act, Op, Permit};
use sealing::Key;
use store::{Row, params};
use zeroize::Zeroizing;

use super::{Annotations, Basis, MOST_BYTES, Made, WhichSet};
use crate::contexts;
use crate::error::{Error, Result};
use crate::item::rows::ItemRow;
use crate::session::Session;

const COLUMNS: &str = "set_id, item_id, version_id, number, made_by, task_id, made_at";
const NEWEST: &str = "SELECT set_id, number, made_by FROM annotation_set WHERE tenant_id = $1 AND version_id = $2 \
     ORDER BY number DESC LIMIT 1";
const INSERT: &str = "INSERT INTO annotation_set (set_id, tenant_id, item_id, version_id, number, made_at, made_by, \
     task_id, set_sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// What is said about a version at present.
pub(super) struct Newest {
    pub(super) id: AnnotationSetId,
    pub(super) number: i64,
    pub(super) member: kernel::MemberId,
}

pub(super) fn newest(op: &mut Op<'_>, session: &Session, version: VersionId) -> Result<Option<Newest>> {
    let found = op.find(NEWEST, params![session.tenant, version])?;
    let read = |row: Row| {
        Ok(Newest {
            id: row.get(0)?,
            number: row.get(1)?,
            member: row.get(2)?,
        })
    };
    found.map(read).transpose()
}

/// The version that a set is about, if it is about one of this item's.
pub(super) fn version_of(
    op: &mut Op<'_>,
    session: &Session,
    item: ItemId,
    set: AnnotationSetId,
) -> Result<Option<VersionId>> {
    const VERSION: &str =
        "SELECT version_id FROM annotation_set WHERE tenant_id = $1 AND item_id = $2 AND set_id = $3";
    let found = op.find(VERSION, params![session.tenant, item, set])?;
    found.map(|row| Ok(row.get(0)?)).transpose()
}

/// What is said about the version in the row.
pub(crate) fn find<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &ItemRow,
    which: WhichSet,
) -> Result<Option<Annotations>> {
    Ok(find_sized(op, permit, session, row, which)?.map(|(found, _)| found))
}

/// As [`find`], with the bytes that it had sealed.
pub(crate) fn find_sized<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &ItemRow,
    which: WhichSet,
) -> Result<Option<(Annotations, usize)>> {
    let mut values = params![session.tenant, row.version].to_vec();
    let this = match which {
        WhichSet::Set(set) => {
            values.push(set.into());
            "AND set_id = $3"
        }
        WhichSet::Newest | WhichSet::OfVersion(_) => "",
    };
    let sql = format!(
        "SELECT {COLUMNS}, set_sealed FROM annotation_set WHERE tenant_id = $1 AND version_id = $2 {this} \
         ORDER BY number DESC LIMIT 1"
    );
    let Some(found) = op.find(&sql, &values)? else {
        return Ok(None);
    };
    let made = made(&found)?;
    let sealed: Vec<u8> = found.get(7)?;
    let set = open(op, permit, &row.version_key, made.version, made.id, &sealed)?;
    Ok(Some((Annotations { made, set }, sealed.len())))
}

/// The states after a number, oldest first.
pub(super) fn page<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    version: VersionId,
    after: i64,
    limit: i64,
) -> Result<Vec<Made>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM annotation_set WHERE tenant_id = $1 AND version_id = $2 AND number > $3 \
         ORDER BY number LIMIT $4"
    );
    let rows = op.list(permit, &sql, params![session.tenant, version, after, limit])?;
    rows.iter().map(made).collect()
}

fn open<A: Act>(
    op: &Op<'_>,
    permit: &Permit<A>,
    version_key: &Key,
    version: VersionId,
    set: AnnotationSetId,
    sealed: &[u8],
) -> Result<Set> {
    let opened = op.open(permit, version_key, &contexts::annotations(version, set), sealed)?;
    serde_json::from_slice(&opened).map_err(|error| Error::Internal(error.to_string()))
}

/// What somebody says, checked and written as JSON.
pub(super) fn text_of(set: &Set) -> Result<Zeroizing<Vec<u8>>> {
    set.check()
        .map_err(|fault| Error::invalid("annotations", fault.to_string()))?;
    let text = serde_json::to_vec(set).map_err(|error| Error::Internal(error.to_string()))?;
    if text.len() > MOST_BYTES {
        let problem = format!("what is said about one item may have {MOST_BYTES} bytes as JSON");
        return Err(Error::invalid("annotations", problem));
    }
    Ok(Zeroizing::new(text))
}

/// Keeps a further state, if the author has seen the newest.
pub(super) fn keep<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    row: &ItemRow,
    (set, text): (&Set, &[u8]),
    basis: Option<&Basis>,
    task: Option<TaskId>,
) -> Result<Annotations> {
    let newest = newest(op, session, row.version)?;
    let seen = match (basis, &newest) {
        (None, _) | (Some(Basis::Nothing), None) => true,
        (Some(Basis::OneOf(seen)), Some(newest)) => seen.contains(&newest.id),
        (Some(Basis::Nothing), Some(_)) | (Some(Basis::OneOf(_)), None) => false,
    };
    if !seen {
        return Err(Error::ConditionFailed);
    }
    let (now, id) = (op.now(), AnnotationSetId::make(op.now(), op.random()));
    let number = newest.map_or(1, |newest| newest.number + 1);
    let sealed = sealing::seal(
        &row.version_key,
        &contexts::annotations(row.version, id),
        text,
        op.random(),
    );
    let values = params![
        id,
        session.tenant,
        row.id,
        row.version,
        number,
        now,
        session.member,
        task,
        sealed
    ];
    // Somebody else's may have come in between.
    let taken = |error: store::StoreError| match error.is_unique() {
        true => Error::ConditionFailed,
        false => error.into(),
    };
    op.change(permit, INSERT, values).map_err(taken)?;
    let made = Made {
        id,
        item: row.id,
        version: row.version,
        number: number.unsigned_abs(),
        member: session.member,
        task,
        at: now,
    };
    Ok(Annotations {
        made,
        set: set.clone(),
    })
}

fn made(row: &Row) -> Result<Made> {
    Ok(Made {
        id: row.get(0)?,
        item: row.get(1)?,
        version: row.get(2)?,
        number: row.get::<i64>(3)?.unsigned_abs(),
        member: row.get(4)?,
        task: row.get(5)?,
        at: row.get(6)?,
    })
}
