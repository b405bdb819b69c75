//! What a hold covers: asked by every act that would delete something.
//!
//! INVARIANT: whatever deletes versions, items, datasets, people or exports asks here first, in its own transaction.

use kernel::{DatasetId, ItemId, SubjectId, Timestamp};
use operation::{Act, Op, Permit};
use store::params;

use crate::error::Result;
use crate::item::Hold;
use crate::session::Session;

/// What keeps something from being deleted now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeps {
    /// A legal hold; otherwise a lock with an end.
    pub legal: bool,
    /// Until when, if that is known: of several the latest, and nothing where one has no end.
    pub until: Option<Timestamp>,
}

/// Ends of the holds that stand at $3 in tenant $1 and cover item $2.
const ON_ITEM: &str = "SELECT h.until FROM legal_hold h WHERE h.tenant_id = $1 AND h.lifted_at IS NULL \
     AND (h.until IS NULL OR h.until > $3) AND (h.covers = 'tenant' \
     OR (h.covers = 'item' AND h.target_id = $2) \
     OR (h.covers = 'dataset' AND h.target_id = (SELECT i.dataset_id FROM item i WHERE i.item_id = $2)) \
     OR EXISTS (SELECT 1 FROM legal_hold_item p WHERE p.hold_id = h.hold_id AND p.item_id = $2) \
     OR EXISTS (SELECT 1 FROM legal_hold_subject c JOIN subject t ON t.subject_id = c.subject_id \
     JOIN subject s ON s.person_id = t.person_id JOIN item_subject l ON l.subject_id = s.subject_id \
     WHERE c.hold_id = h.hold_id AND l.item_id = $2))";
/// The same holds as long as they are by person.
const BY_PERSON: &str = "SELECT h.hold_id FROM legal_hold h WHERE h.tenant_id = $1 AND h.lifted_at IS NULL \
     AND (h.until IS NULL OR h.until > $3) AND h.covers = 'subject' \
     AND EXISTS (SELECT 1 FROM legal_hold_subject c JOIN subject t ON t.subject_id = c.subject_id \
     JOIN subject s ON s.person_id = t.person_id JOIN item_subject l ON l.subject_id = s.subject_id \
     WHERE c.hold_id = h.hold_id AND l.item_id = $2)";
const PIN: &str =
    "INSERT INTO legal_hold_item (hold_id, item_id, tenant_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
/// What is gone is not covered any more.
pub(crate) const UNPIN: &str = "DELETE FROM legal_hold_item WHERE tenant_id = $1 AND item_id = $2";
const ON_DATASET: &str = "SELECT h.until FROM legal_hold h WHERE h.tenant_id = $1 AND h.lifted_at IS NULL \
     AND (h.until IS NULL OR h.until > $3) AND (h.covers = 'tenant' OR (h.covers = 'dataset' AND h.target_id = $2))";
const ON_PERSON: &str = "SELECT h.until FROM legal_hold h WHERE h.tenant_id = $1 AND h.lifted_at IS NULL \
     AND (h.until IS NULL OR h.until > $3) AND (h.covers = 'tenant' \
     OR EXISTS (SELECT 1 FROM legal_hold_subject c JOIN subject t ON t.subject_id = c.subject_id \
     JOIN subject s ON s.person_id = t.person_id WHERE c.hold_id = h.hold_id AND s.subject_id = $2))";
const ON_TENANT: &str = "SELECT h.until FROM legal_hold h WHERE h.tenant_id = $1 AND h.lifted_at IS NULL \
     AND (h.until IS NULL OR h.until > $2)";

/// A condition over an item `i` that no hold and no lock covers at moment $1, for jobs that look for work over all tenants.
pub const UNHELD: &str = "NOT EXISTS (SELECT 1 FROM item_hold k WHERE k.item_id = i.item_id AND (k.legal <> 0 OR k.until > $1)) \
     AND NOT EXISTS (SELECT 1 FROM legal_hold h WHERE h.tenant_id = i.tenant_id AND h.lifted_at IS NULL \
     AND (h.until IS NULL OR h.until > $1) AND (h.covers = 'tenant' \
     OR (h.covers = 'item' AND h.target_id = i.item_id) OR (h.covers = 'dataset' AND h.target_id = i.dataset_id) \
     OR EXISTS (SELECT 1 FROM legal_hold_item p WHERE p.hold_id = h.hold_id AND p.item_id = i.item_id) \
     OR EXISTS (SELECT 1 FROM legal_hold_subject c JOIN subject t ON t.subject_id = c.subject_id \
     JOIN subject s ON s.person_id = t.person_id JOIN item_subject l ON l.subject_id = s.subject_id \
     WHERE c.hold_id = h.hold_id AND l.item_id = i.item_id)))";

/// The same over an erasure `e` of a person.
pub const PERSON_UNHELD: &str = "NOT EXISTS (SELECT 1 FROM legal_hold h WHERE h.tenant_id = e.tenant_id AND h.lifted_at IS NULL \
     AND (h.until IS NULL OR h.until > $1) AND (h.covers = 'tenant' \
     OR EXISTS (SELECT 1 FROM legal_hold_subject c JOIN subject t ON t.subject_id = c.subject_id \
     JOIN subject s ON s.person_id = t.person_id WHERE c.hold_id = h.hold_id AND s.subject_id = e.person_id)))";

/// What covers the item.
pub(crate) fn on_item(op: &mut Op<'_>, session: &Session, item: ItemId) -> Result<Option<Keeps>> {
    let now = op.now();
    found(op, ON_ITEM, params![session.tenant, item, now])
}

/// What covers the dataset as a whole.
pub(crate) fn holds_dataset(op: &mut Op<'_>, session: &Session, dataset: DatasetId) -> Result<bool> {
    let now = op.now();
    Ok(found(op, ON_DATASET, params![session.tenant, dataset, now])?.is_some())
}

/// What covers a person as a whole, what they are known by included.
pub fn holds_person(op: &mut Op<'_>, session: &Session, person: SubjectId) -> Result<Option<Keeps>> {
    let now = op.now();
    found(op, ON_PERSON, params![session.tenant, person, now])
}

/// Whether anything of the tenant's is on hold.
pub(crate) fn holds_tenant(op: &mut Op<'_>, tenant: kernel::TenantId) -> Result<bool> {
    let now = op.now();
    Ok(op.find(ON_TENANT, params![tenant, now])?.is_some())
}

/// What is about somebody on hold stays covered when it is said to be about somebody else.
pub(crate) fn pin<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    item: ItemId,
) -> Result<()> {
    let now = op.now();
    for hold in op.find_all(BY_PERSON, params![session.tenant, item, now])? {
        let hold: kernel::LegalHoldId = hold.get(0)?;
        op.change(permit, PIN, params![hold, item, session.tenant])?;
    }
    Ok(())
}

impl Keeps {
    /// What a lock of a version keeps.
    pub(crate) fn of_lock(lock: &Hold) -> Self {
        Self {
            legal: lock.legal,
            until: lock.retention.map(|lock| lock.until).filter(|_| !lock.legal),
        }
    }

    /// Both at once.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            legal: self.legal || other.legal,
            until: self.until.zip(other.until).map(|(one, other)| one.max(other)),
        }
    }
}

fn found(op: &mut Op<'_>, sql: &str, values: &[store::Value]) -> Result<Option<Keeps>> {
    let rows = op.find_all(sql, values)?;
    let ends = rows.iter().map(|row| Ok(row.get::<Option<Timestamp>>(0)?));
    let ends = ends.collect::<Result<Vec<_>>>()?;
    let keeps = ends.into_iter().map(|until| Keeps { legal: true, until });
    Ok(keeps.reduce(Keeps::and))
}
