//! Listing items in the order of their names, by prefix, folded at a delimiter: what S3 calls listing objects.
//!
//! Promises: names in UTF-8 byte order, whatever order they came in; a page costs the same wherever it begins;
//! archived items are not there, nor those that are in quarantine. A page may hold fewer than asked for and still have more behind it, when much of
//! what it went through is archived.

use std::collections::HashMap;
use std::ops::Bound;

use access::Action;
use kernel::ItemId;
use operation::acts::BrowseItems;
use operation::{Op, Permit, Request, Resource};
use serde_json::json;

use super::rows::{self, ItemRow};
use super::{Item, State};
use crate::dataset::names::{self, Names, behind};
use crate::dataset::rows::DatasetRow;
use crate::dataset::{self, DatasetRef};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody, task};

/// Which names are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListNames {
    /// Only names that begin so.
    pub prefix: String,
    /// Only what comes after this name or folded prefix.
    pub after: Option<String>,
    /// Names that have this after the prefix are folded into one entry that ends with it.
    pub delimiter: Option<String>,
    /// The most entries of the page; folded ones count as one.
    pub limit: u32,
}

impl ListNames {
    /// What the name is folded into, if it is.
    pub(super) fn folded<'n>(&self, name: &'n str) -> Option<&'n str> {
        let delimiter = self
            .delimiter
            .as_deref()
            .filter(|delimiter| !delimiter.is_empty())?;
        let rest = name.get(self.prefix.len()..)?;
        let end = self.prefix.len() + rest.find(delimiter)? + delimiter.len();
        name.get(..end)
    }

    /// Where the walk begins: at the prefix, or behind what the page before ended with.
    pub(super) fn start(&self) -> Option<Bound<Vec<u8>>> {
        let prefix = self.prefix.as_bytes();
        match self.after.as_deref().filter(|after| after.as_bytes() >= prefix) {
            None => Some(Bound::Included(prefix.to_vec())),
            Some(after) if self.folded(after) == Some(after) => behind(after.as_bytes()).map(Bound::Included),
            Some(after) => Some(Bound::Excluded(after.as_bytes().to_vec())),
        }
    }
}

/// One entry of a listing by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// An item.
    Item(Box<Item>),
    /// What names have in common up to the delimiter and with it.
    Prefix(String),
}

impl Named {
    /// What the entry is sorted by.
    pub fn name(&self) -> &str {
        match self {
            Self::Item(item) => &item.name,
            Self::Prefix(prefix) => prefix,
        }
    }
}

/// One page of names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamePage {
    /// In byte order.
    pub entries: Vec<Named>,
    /// Where the next page begins: the next request's `after`. Nothing when this page is the last.
    pub more: Option<String>,
}

/// How many names one page goes through before it is returned even if not full, so that a dataset of archived items
/// cannot hold a transaction for long.
pub(super) const MOST_LOOKED_AT: usize = 20_000;

impl Custody {
    /// One page of a dataset's active items in the order of their names.
    pub async fn list_names(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        wanted: ListNames,
    ) -> Result<NamePage> {
        // As a rule there is nothing to put in place, and who only looks keeps nobody from writing.
        let in_place = self
            .list_in_place(credential, request.clone(), &dataset, &wanted)
            .await?;
        if let Some(page) = in_place {
            return Ok(page);
        }
        loop {
            let listed = self
                .list_placed(credential, request.clone(), &dataset, &wanted)
                .await?;
            if let Some(page) = listed {
                return Ok(page);
            }
        }
    }

    /// Lists if no names wait to be put in place.
    async fn list_in_place(
        &self,
        credential: &Credential,
        request: Request,
        dataset: &DatasetRef,
        wanted: &ListNames,
    ) -> Result<Option<NamePage>> {
        let (custody, credential) = (self.clone(), credential.clone());
        let (dataset, wanted) = (dataset.clone(), wanted.clone());
        self.desk
            .look(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemBrowse)?;
                let dataset = dataset::found(op, &session, &dataset, Action::ItemBrowse)?;
                if names::wait_to_be_placed(op, &session, &dataset)? {
                    return Ok(None);
                }
                let facts = task::listing_facts(op, &session, &dataset, &wanted.prefix)?;
                let permit: Permit<BrowseItems> = op.permit(Resource::dataset(dataset.id), &facts)?;
                let mut walk = Walk::new(op, &session, &dataset, &wanted, &permit)?;
                let page = walk.page(op)?;
                op.record(permit, json!({ "count": page.entries.len() }))?;
                Ok(Some(page))
            })
            .await
    }

    /// Puts new names in place and lists; nothing is listed when there were more new names than one act takes.
    async fn list_placed(
        &self,
        credential: &Credential,
        request: Request,
        dataset: &DatasetRef,
        wanted: &ListNames,
    ) -> Result<Option<NamePage>> {
        let (custody, credential) = (self.clone(), credential.clone());
        let (dataset, wanted) = (dataset.clone(), wanted.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemBrowse)?;
                let dataset = dataset::found(op, &session, &dataset, Action::ItemBrowse)?;
                let facts = task::listing_facts(op, &session, &dataset, &wanted.prefix)?;
                let permit: Permit<BrowseItems> = op.permit(Resource::dataset(dataset.id), &facts)?;
                let mut walk = Walk::new(op, &session, &dataset, &wanted, &permit)?;
                if !walk.names.place_new(op, &permit)? {
                    op.record(permit, json!({ "count": 0, "names": "put in place" }))?;
                    return Ok(None);
                }
                let page = walk.page(op)?;
                walk.take_out_stale(op)?;
                op.record(permit, json!({ "count": page.entries.len() }))?;
                Ok(Some(page))
            })
            .await
    }
}

/// One walk over names, within one act.
struct Walk<'a> {
    session: &'a Session,
    dataset: &'a DatasetRow,
    wanted: &'a ListNames,
    permit: &'a Permit<BrowseItems>,
    names: Names<'a>,
    /// Names whose items are gone.
    stale: Vec<Vec<u8>>,
    entries: Vec<Named>,
}

impl<'a> Walk<'a> {
    fn new(
        op: &mut Op<'_>,
        session: &'a Session,
        dataset: &'a DatasetRow,
        wanted: &'a ListNames,
        permit: &'a Permit<BrowseItems>,
    ) -> Result<Self> {
        Ok(Self {
            session,
            dataset,
            wanted,
            permit,
            names: Names::visible(op, permit, session, dataset)?,
            stale: Vec::new(),
            entries: Vec::new(),
        })
    }

    fn page(&mut self, op: &mut Op<'_>) -> Result<NamePage> {
        let limit = self.wanted.limit as usize;
        let mut from = self.wanted.start();
        let mut looked_at = 0;
        let mut last = None;
        while let Some(bound) = from.take() {
            // One more than fits tells whether there is another page.
            let missing = (limit + 1).saturating_sub(self.entries.len());
            let most = missing.clamp(1, 256);
            let found = self.names.next(
                op,
                self.permit,
                as_slice(&bound),
                self.wanted.prefix.as_bytes(),
                most,
            )?;
            looked_at += found.len();
            last = found.last().map(|(name, _)| name.clone()).or(last);
            let ended = found.len() < most;
            let jump = self.take(op, found)?;
            if self.entries.len() > limit || looked_at >= MOST_LOOKED_AT {
                break;
            }
            from = match jump {
                Some(jump) => Some(Bound::Included(jump)),
                None if ended => None,
                None => last.clone().map(Bound::Excluded),
            };
        }
        let unfinished = looked_at >= MOST_LOOKED_AT && self.entries.len() <= limit;
        self.cut(limit, unfinished.then_some(last).flatten())
    }

    /// Takes out the names that were met and whose items are gone. Where nothing may be changed they are passed over.
    fn take_out_stale(&mut self, op: &mut Op<'_>) -> Result<()> {
        match std::mem::take(&mut self.stale) {
            stale if stale.is_empty() => Ok(()),
            stale => self.names.take_out(op, self.permit, stale),
        }
    }

    /// Turns names into entries. Gives where to go on when a folded prefix makes the rest of them one entry.
    fn take(&mut self, op: &mut Op<'_>, found: Vec<(Vec<u8>, ItemId)>) -> Result<Option<Vec<u8>>> {
        let ids: Vec<ItemId> = found.iter().map(|(_, item)| *item).collect();
        let rows = rows::among(op, self.session, self.dataset.id, &ids)?;
        let mut rows: HashMap<ItemId, ItemRow> = rows.into_iter().map(|row| (row.id, row)).collect();
        for (name, item) in found {
            let Some(row) = rows.remove(&item) else {
                self.stale.push(name);
                continue;
            };
            if row.state == State::Archived || row.is_hidden_from(self.session) {
                continue;
            }
            let name = String::from_utf8(name).map_err(|_| Error::Altered)?;
            let Some(prefix) = self.wanted.folded(&name) else {
                self.entries.push(Named::Item(Box::new(row.item(self.session)?)));
                continue;
            };
            let next = behind(prefix.as_bytes());
            // A prefix that the page before ended with, or that began before it, is not said again.
            if self.wanted.after.as_deref().is_none_or(|after| prefix > after) {
                self.entries.push(Named::Prefix(prefix.to_owned()));
            }
            return Ok(next);
        }
        Ok(None)
    }

    fn cut(&mut self, limit: usize, stopped_at: Option<Vec<u8>>) -> Result<NamePage> {
        let mut entries = std::mem::take(&mut self.entries);
        if entries.len() > limit {
            entries.truncate(limit);
            let more = entries.last().map(|entry| entry.name().to_owned());
            return Ok(NamePage { entries, more });
        }
        let more = stopped_at
            .map(|name| String::from_utf8(name).map_err(|_| Error::Altered))
            .transpose()?;
        Ok(NamePage { entries, more })
    }
}

pub(super) fn as_slice(bound: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    match bound {
        Bound::Included(name) => Bound::Included(name),
        Bound::Excluded(name) => Bound::Excluded(name),
        Bound::Unbounded => Bound::Unbounded,
    }
}
