//! What leases give: which items may be listed, and how long bytes may flow.

use std::collections::BTreeMap;

use access::Facts;
use kernel::{ItemId, KeyId, TaskId, Timestamp};
use operation::{Act, Op, Permit};
use store::{StoreError, Tx, params};

use super::rows;
use crate::Custody;
use crate::dataset::rows::DatasetRow;
use crate::error::Result;
use crate::item::rows::{ItemRow, leased_page_sql};
use crate::live::{Flag, LiveLease, Liveness};
use crate::session::Session;

/// The lease by which a member has an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) task: TaskId,
    pub(crate) item: ItemId,
    ends_at: Timestamp,
}

/// The live lease that the caller needs for the item; nothing for those who need none.
pub(crate) fn lease_of(op: &mut Op<'_>, session: &Session, item: ItemId) -> Result<Option<Lease>> {
    if !session.works_by_lease() {
        return Ok(None);
    }
    let now = op.now();
    let found = op.find(rows::LEASE_OF, params![session.tenant, session.member, item, now])?;
    let read = |row: store::Row| {
        Ok(Lease {
            task: row.get(0)?,
            item,
            ends_at: row.get(1)?,
        })
    };
    found.map(read).transpose()
}

/// Facts of listing a dataset: whoever works by lease may while they hold one of some item in it.
///
/// `prefix` is what the names listed begin with.
pub(crate) fn listing_facts(
    op: &mut Op<'_>,
    session: &Session,
    dataset: &DatasetRow,
    prefix: &str,
) -> Result<Facts> {
    let now = op.now();
    let held = params![session.tenant, session.member, dataset.id, now];
    let held = match session.works_by_lease() {
        true => op.find_all(rows::LEASE_IN, held)?,
        false => Vec::new(),
    };
    let tasks = held.iter().map(|row| Ok(row.get::<TaskId>(0)?));
    let tasks = tasks.collect::<Result<Vec<_>>>()?;
    let leased = session
        .task
        .map_or(!tasks.is_empty(), |bound| tasks.contains(&bound));
    let covered = session.scope.covers_name(prefix) && (leased || session.task.is_none());
    let facts = session.dataset_facts(dataset.id, dataset.granted);
    Ok(Facts {
        leased: leased || facts.leased,
        key_covers_name: covered,
        ..facts
    })
}

/// The names of the items that the caller holds live leases of. They are few: tasks and their batches are bounded.
pub(crate) fn leased_names<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    dataset: &DatasetRow,
) -> Result<BTreeMap<Vec<u8>, ItemId>> {
    let (now, all) = (op.now(), i64::MAX);
    let wanted = params![
        session.tenant,
        dataset.id,
        session.member,
        now,
        Vec::new(),
        "",
        all
    ];
    let mut names = BTreeMap::new();
    for row in op.list(permit, &leased_page_sql(), wanted)? {
        let row = ItemRow::read(session, &row)?;
        if !row.covered {
            continue;
        }
        names.insert(row.name(session)?.into_bytes(), row.id);
    }
    Ok(names)
}

/// Those of these leases that have ended, or whose holder has lost the dataset.
pub(crate) fn ended_of(
    tx: &mut Tx,
    leases: &[(TaskId, ItemId)],
    now: Timestamp,
) -> std::result::Result<Vec<(TaskId, ItemId)>, StoreError> {
    let mut ended = Vec::new();
    for (task, item) in leases {
        if tx
            .optional(rows::STILL_LEASED, params![task, item, now])?
            .is_none()
        {
            ended.push((*task, *item));
        }
    }
    Ok(ended)
}

impl Custody {
    /// What a stream of this key flows by. Taken inside the act that opens it, so that whatever ends the key or the
    /// lease after that act finds the stream here.
    pub(crate) fn liveness(&self, key: KeyId, lease: Option<Lease>) -> Liveness {
        let lease = lease.map(|lease| LiveLease {
            flag: self.leases.begin((lease.task, lease.item)),
            ends_at: lease.ends_at,
            clock: self.desk.clock.clone(),
        });
        Liveness::new(self.live.begin(key), lease)
    }

    /// What a stream of a visitor's flows by: the visit's own end. Each item is an act of its own, which asks for more.
    pub(crate) fn liveness_of_visit(&self, ends_at: Timestamp) -> Liveness {
        let visit = LiveLease {
            flag: Flag::live(),
            ends_at,
            clock: self.desk.clock.clone(),
        };
        Liveness::new(Flag::live(), Some(visit))
    }
}
