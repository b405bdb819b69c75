//! The pages of a dataset's names as rows: each sealed under a key of its own, new with every writing.
//!
//! Promises: a page read twice in one act is opened once; a page that is written again gets a new key, so that
//! an older copy of its bytes cannot be opened with the keys of today, and a name that was taken out is gone.

use std::collections::HashMap;

use kernel::DatasetId;
use operation::{Act, Op, Permit};
use sealing::Key;
use store::params;
use zeroize::Zeroizing;

use super::tree::{NotAPage, PageId, Pages};
use crate::contexts;
use crate::dataset::rows::DatasetRow;
use crate::error::{Error, Result};
use crate::session::Session;

const FIND: &str =
    "SELECT key_wrapped, page_sealed FROM name_page WHERE tenant_id = $1 AND dataset_id = $2 AND page = $3";
const WRITE: &str = "INSERT INTO name_page (tenant_id, dataset_id, page, key_wrapped, page_sealed) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (dataset_id, page) \
     DO UPDATE SET key_wrapped = excluded.key_wrapped, page_sealed = excluded.page_sealed";
const REMOVE: &str = "DELETE FROM name_page WHERE tenant_id = $1 AND dataset_id = $2 AND page = $3";

/// One dataset's pages, within one act.
pub(super) struct SealedPages<'a, 'op, A: Act> {
    op: &'a mut Op<'op>,
    permit: &'a Permit<A>,
    session: &'a Session,
    dataset: DatasetId,
    key: &'a Key,
    opened: &'a mut OpenedPages,
}

/// Pages that were opened in this act.
pub(super) type OpenedPages = HashMap<PageId, Option<Zeroizing<Vec<u8>>>>;

impl<'a, 'op, A: Act> SealedPages<'a, 'op, A> {
    pub(super) fn new(
        op: &'a mut Op<'op>,
        permit: &'a Permit<A>,
        session: &'a Session,
        dataset: &'a DatasetRow,
        opened: &'a mut OpenedPages,
    ) -> Self {
        Self {
            op,
            permit,
            session,
            dataset: dataset.id,
            key: &dataset.key,
            opened,
        }
    }

    fn fetch(&mut self, page: PageId) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let found = self
            .op
            .find(FIND, params![self.session.tenant, self.dataset, number(page)])?;
        let Some(row) = found else { return Ok(None) };
        let context = contexts::name_page(self.session.tenant, self.dataset, page.0);
        let key = sealing::unwrap(self.key, &context, &row.get::<Vec<u8>>(0)?)?;
        Ok(Some(self.op.open(
            self.permit,
            &key,
            &context,
            &row.get::<Vec<u8>>(1)?,
        )?))
    }
}

impl<A: Act> Pages for SealedPages<'_, '_, A> {
    type Error = Error;

    fn read(&mut self, page: PageId) -> Result<Option<Vec<u8>>> {
        if !self.opened.contains_key(&page) {
            let fetched = self.fetch(page)?;
            self.opened.insert(page, fetched);
        }
        let opened = self.opened.get(&page).and_then(Option::as_ref);
        Ok(opened.map(|bytes| bytes.to_vec()))
    }

    fn write(&mut self, page: PageId, bytes: &[u8]) -> Result<()> {
        let context = contexts::name_page(self.session.tenant, self.dataset, page.0);
        let random = self.op.random();
        let key = Key::generate(random);
        let wrapped = sealing::wrap(self.key, &context, &key, random);
        let sealed = sealing::seal(&key, &context, bytes, random);
        let row = params![self.session.tenant, self.dataset, number(page), wrapped, sealed];
        self.op.change(self.permit, WRITE, row)?;
        self.opened.insert(page, Some(Zeroizing::new(bytes.to_vec())));
        Ok(())
    }

    fn remove(&mut self, page: PageId) -> Result<()> {
        let row = params![self.session.tenant, self.dataset, number(page)];
        self.op.change(self.permit, REMOVE, row)?;
        self.opened.insert(page, None);
        Ok(())
    }

    /// Random, so that acts on several nodes do not meet in a counter; 0 is the root.
    fn fresh(&mut self) -> PageId {
        let mut bytes = [0u8; 8];
        self.op.random().fill(&mut bytes);
        PageId((u64::from_be_bytes(bytes) >> 1).max(1))
    }
}

impl From<NotAPage> for Error {
    fn from(_: NotAPage) -> Self {
        Self::Altered
    }
}

/// Page numbers fit: they have 63 bits.
fn number(page: PageId) -> i64 {
    i64::try_from(page.0).unwrap_or(i64::MAX)
}
