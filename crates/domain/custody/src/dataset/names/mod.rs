//! The names of a dataset's items, in order.
//!
//! Promises: a page of a listing costs the same at the end of a million names as at the start; names lie in the
//! database sealed, also here; a deleted item's name goes in the act that deletes it. A new item is not put in
//! place by the act that makes it, which would make one page the place where all writers meet: whoever lists first
//! puts new names in place, in batches. Leaves out: what is shown of an item (`item::by_name`).

mod pages;
mod tree;

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};

use kernel::{DatasetId, ItemId};
use operation::{Act, Op, Permit};
use store::params;

use self::pages::{OpenedPages, SealedPages};
use self::tree::Entry;
use crate::dataset::DatasetRef;
use crate::dataset::rows::DatasetRow;
use crate::error::Result;
use crate::item::rows as items;
use crate::session::Session;
use crate::task;

/// New names that one transaction puts in place: tens of milliseconds.
const MOST_PLACED: i64 = 10_000;

const UNPLACED: &str = "SELECT i.item_id, i.name_sealed, s.subject_id, s.key_wrapped FROM item i \
     LEFT JOIN subject s ON s.subject_id = i.subject_id \
     WHERE i.dataset_id = $2 AND i.placed = 0 AND i.tenant_id = $1 ORDER BY i.item_id LIMIT $3";
const ANY_UNPLACED: &str =
    "SELECT 1 FROM item WHERE dataset_id = $2 AND placed = 0 AND tenant_id = $1 LIMIT 1";
const PLACED: &str = "UPDATE item SET placed = 1 WHERE item_id = $1";

/// The names of one dataset, within one act.
pub(crate) struct Names<'a> {
    session: &'a Session,
    dataset: &'a DatasetRow,
    opened: OpenedPages,
    /// For whoever works by lease: the names of what they hold one of, and nothing else.
    leased: Option<BTreeMap<Vec<u8>, ItemId>>,
}

impl<'a> Names<'a> {
    /// What the session may see: all names, or those of the items it holds leases of.
    pub(crate) fn visible<A: Act>(
        op: &mut Op<'_>,
        permit: &Permit<A>,
        session: &'a Session,
        dataset: &'a DatasetRow,
    ) -> Result<Self> {
        let leased = match session.works_by_lease() {
            true => Some(task::leased_names(op, permit, session, dataset)?),
            false => None,
        };
        Ok(Self {
            leased,
            ..Self::new(session, dataset)
        })
    }

    /// Nothing is read yet.
    pub(crate) fn new(session: &'a Session, dataset: &'a DatasetRow) -> Self {
        Self {
            session,
            dataset,
            opened: OpenedPages::new(),
            leased: None,
        }
    }

    /// Puts new names in place. False when there are more than one act takes.
    pub(crate) fn place_new<A: Act>(&mut self, op: &mut Op<'_>, permit: &Permit<A>) -> Result<bool> {
        if self.leased.is_some() {
            return Ok(true);
        }
        let wanted = params![self.session.tenant, self.dataset.id, MOST_PLACED];
        let rows = op.list(permit, UNPLACED, wanted)?;
        let mut entries = Vec::with_capacity(rows.len());
        for row in &rows {
            let item: ItemId = row.get(0)?;
            let (subject, wrapped) = (row.get(2)?, row.get::<Option<Vec<u8>>>(3)?);
            let parent = items::parent_of(self.session, &self.dataset.key, subject, wrapped)?;
            let name = items::open_name(
                self.session,
                self.dataset.id,
                item,
                &parent,
                &row.get::<Vec<u8>>(1)?,
            )?;
            entries.push(Entry {
                name: name.into_bytes(),
                item,
            });
            op.change(permit, PLACED, params![item])?;
        }
        let complete = (rows.len() as i64) < MOST_PLACED;
        tree::insert(&mut self.pages(op, permit), entries)?;
        Ok(complete)
    }

    /// Takes names out, of items that are being deleted or were found gone.
    pub(crate) fn take_out<A: Act>(
        &mut self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        names: Vec<Vec<u8>>,
    ) -> Result<()> {
        tree::remove(&mut self.pages(op, permit), names)
    }

    /// Up to `most` names from a bound on that begin with the prefix.
    pub(crate) fn next<A: Act>(
        &mut self,
        op: &mut Op<'_>,
        permit: &Permit<A>,
        from: Bound<&[u8]>,
        prefix: &[u8],
        most: usize,
    ) -> Result<Vec<(Vec<u8>, ItemId)>> {
        if let Some(leased) = &self.leased {
            let names = leased.range::<[u8], _>((from, Bound::Unbounded));
            let fitting = names.filter(|(name, _)| name.starts_with(prefix));
            return Ok(fitting
                .take(most)
                .map(|(name, item)| (name.clone(), *item))
                .collect());
        }
        let mut found = Vec::new();
        tree::walk(&mut self.pages(op, permit), from, &mut |name, item| {
            if !name.starts_with(prefix) {
                return ControlFlow::Break(());
            }
            found.push((name.to_vec(), item));
            if found.len() < most {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        Ok(found)
    }

    fn pages<'b, 'op, A: Act>(
        &'b mut self,
        op: &'b mut Op<'op>,
        permit: &'b Permit<A>,
    ) -> SealedPages<'b, 'op, A> {
        SealedPages::new(op, permit, self.session, self.dataset, &mut self.opened)
    }
}

/// Takes the name of an item that is being deleted out of its dataset's names.
pub(crate) fn forget<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    dataset: DatasetId,
    name: &str,
) -> Result<()> {
    let dataset = DatasetRef::Id(dataset);
    match crate::dataset::rows::find(op, session, &dataset)? {
        Some(dataset) => Names::new(session, &dataset).take_out(op, permit, vec![name.as_bytes().to_vec()]),
        None => Ok(()),
    }
}

/// The first name behind all that begin with the prefix; nothing when there can be none.
pub(crate) fn behind(prefix: &[u8]) -> Option<Vec<u8>> {
    let kept = prefix.iter().rposition(|byte| *byte != 0xff)?;
    let mut next = prefix[..=kept].to_vec();
    next[kept] += 1;
    Some(next)
}

/// Whether a name was given since names were last put in place. A fact, which says nothing of the name.
pub(crate) fn wait_to_be_placed(op: &mut Op<'_>, session: &Session, dataset: &DatasetRow) -> Result<bool> {
    let any = op.find(ANY_UNPLACED, params![session.tenant, dataset.id])?;
    Ok(any.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_a_prefix_is_the_next_name_that_lacks_it() {
        assert_eq!(behind(b"a/"), Some(b"a0".to_vec()));
        assert_eq!(behind(b"a\xff"), Some(b"b".to_vec()));
        assert_eq!(behind(b"\xff\xff"), None);
        assert_eq!(behind(b""), None);
    }
}
