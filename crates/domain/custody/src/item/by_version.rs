//! Listing all versions in the order of their items' names, newest first: what S3 calls listing object versions.
//!
//! Promises: as the listing by name, but archived items are there, versions in quarantine are not, and markers stand where something was archived.

use std::collections::HashMap;
use std::ops::Bound;

use access::Action;
use kernel::{ItemId, Timestamp, VersionId};
use operation::acts::BrowseItems;
use operation::{Op, Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::by_name::{ListNames, MOST_LOOKED_AT, as_slice};
use super::marker::{self, Marker};
use super::rows::{self, ItemRow};
use super::{Item, State};
use crate::dataset::names::{Names, behind};
use crate::dataset::rows::DatasetRow;
use crate::dataset::{self, DatasetRef};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody, task};

/// Where a page of versions begins: after this version of the name, or after all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionCursor {
    /// The name, or a folded prefix.
    pub name: String,
    /// What was shown of it.
    pub version: VersionsShown,
}

/// How much of an item's versions the page before has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionsShown {
    /// Everything.
    All,
    /// Down to this version or marker.
    DownTo(VersionId),
}

/// One entry of a listing of versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedVersion {
    /// The item was archived then; `latest` when it is so since.
    Marker {
        /// Its name.
        name: String,
        /// The marker.
        id: VersionId,
        /// When.
        at: Timestamp,
        /// Whether it is the newest thing to say about an archived item.
        latest: bool,
    },
    /// A version; `latest` when it is what a read without a version gives.
    Version {
        /// The item with this version in the place of its newest.
        item: Box<Item>,
        /// Whether it is the newest of an active item.
        latest: bool,
    },
    /// What names have in common up to the delimiter and with it.
    Prefix(String),
}

/// One page of versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionPage {
    /// By name in byte order, then newest first.
    pub entries: Vec<NamedVersion>,
    /// Where the next page begins. Nothing when this page is the last.
    pub more: Option<VersionCursor>,
}

impl NamedVersion {
    fn id(&self) -> Option<VersionId> {
        match self {
            Self::Marker { id, .. } => Some(*id),
            Self::Version { item, .. } => Some(item.version.id),
            Self::Prefix(_) => None,
        }
    }

    fn cursor(&self) -> VersionCursor {
        let (name, version) = match self {
            Self::Marker { name, id, .. } => (name, VersionsShown::DownTo(*id)),
            Self::Version { item, .. } => (&item.name, VersionsShown::DownTo(item.version.id)),
            Self::Prefix(prefix) => (prefix, VersionsShown::All),
        };
        VersionCursor {
            name: name.clone(),
            version,
        }
    }
}

impl Custody {
    /// One page of all versions of a dataset's items. `wanted.after` is not looked at; `after` is.
    pub async fn list_versions_by_name(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        wanted: ListNames,
        after: Option<VersionCursor>,
    ) -> Result<VersionPage> {
        let wanted = ListNames {
            after: after.as_ref().map(|cursor| cursor.name.clone()),
            ..wanted
        };
        loop {
            let listed = self
                .list_placed_versions(credential, request.clone(), &dataset, &wanted, after.as_ref())
                .await?;
            if let Some(page) = listed {
                return Ok(page);
            }
        }
    }

    /// Puts new names in place and lists; nothing is listed when there were more new names than one act takes.
    async fn list_placed_versions(
        &self,
        credential: &Credential,
        request: Request,
        dataset: &DatasetRef,
        wanted: &ListNames,
        after: Option<&VersionCursor>,
    ) -> Result<Option<VersionPage>> {
        let (custody, credential) = (self.clone(), credential.clone());
        let (dataset, wanted, after) = (dataset.clone(), wanted.clone(), after.cloned());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemBrowse)?;
                let dataset = dataset::found(op, &session, &dataset, Action::ItemBrowse)?;
                let facts = task::listing_facts(op, &session, &dataset, &wanted.prefix)?;
                let permit: Permit<BrowseItems> = op.permit(Resource::dataset(dataset.id), &facts)?;
                let mut names = Names::visible(op, &permit, &session, &dataset)?;
                if !names.place_new(op, &permit)? {
                    op.record(permit, json!({ "count": 0, "names": "put in place" }))?;
                    return Ok(None);
                }
                let walk = Walk {
                    session: &session,
                    dataset: &dataset,
                    wanted: &wanted,
                    permit: &permit,
                };
                let page = walk.page(op, names, after.as_ref())?;
                op.record(permit, json!({ "count": page.entries.len(), "versions": true }))?;
                Ok(Some(page))
            })
            .await
    }
}

struct Walk<'a> {
    session: &'a Session,
    dataset: &'a DatasetRow,
    wanted: &'a ListNames,
    permit: &'a Permit<BrowseItems>,
}

impl Walk<'_> {
    fn page(
        &self,
        op: &mut Op<'_>,
        mut names: Names<'_>,
        after: Option<&VersionCursor>,
    ) -> Result<VersionPage> {
        let limit = self.wanted.limit as usize;
        let mut entries = Vec::new();
        if let Some(after) = after {
            self.rest_of(op, after, &mut entries)?;
        }
        let (mut from, mut looked_at) = (self.wanted.start(), 0);
        while let Some(bound) = from.take() {
            if entries.len() > limit || looked_at >= MOST_LOOKED_AT {
                break;
            }
            let most = (limit + 1).saturating_sub(entries.len()).clamp(1, 64);
            let found = names.next(
                op,
                self.permit,
                as_slice(&bound),
                self.wanted.prefix.as_bytes(),
                most,
            )?;
            looked_at += found.len();
            let (ended, last) = (found.len() < most, found.last().map(|(name, _)| name.clone()));
            let jump = self.take(op, found, limit, &mut entries)?;
            from = match jump {
                Some(jump) => Some(Bound::Included(jump)),
                None if ended => None,
                None => last.map(Bound::Excluded),
            };
        }
        let more = entries.len() > limit || from.is_some();
        entries.truncate(limit);
        let more = entries.last().filter(|_| more).map(NamedVersion::cursor);
        Ok(VersionPage { entries, more })
    }

    /// What the page before did not show of the item it ended with.
    fn rest_of(&self, op: &mut Op<'_>, after: &VersionCursor, entries: &mut Vec<NamedVersion>) -> Result<()> {
        if after.version == VersionsShown::All || !after.name.starts_with(&self.wanted.prefix) {
            return Ok(());
        }
        let row = rows::find_by_name(op, self.session, self.dataset.id, &after.name)?;
        let Some(row) = row.filter(|row| row.is_listed_for(self.session)) else {
            return Ok(());
        };
        let mut versions = Vec::new();
        let markers = marker::among(op, self.permit, self.session, &[row.id])?.remove(&row.id);
        self.versions(op, &row, markers.unwrap_or_default(), &mut versions)?;
        if let VersionsShown::DownTo(last) = after.version {
            let at = versions.iter().position(|entry| entry.id() == Some(last));
            // What was shown last may be deleted meanwhile: ids grow with their age.
            let rest = at.map_or_else(
                || {
                    versions
                        .iter()
                        .position(|entry| entry.id().is_some_and(|id| id < last))
                },
                |at| Some(at + 1),
            );
            entries.extend(versions.into_iter().skip(rest.unwrap_or(usize::MAX)));
        }
        Ok(())
    }

    fn take(
        &self,
        op: &mut Op<'_>,
        found: Vec<(Vec<u8>, ItemId)>,
        limit: usize,
        entries: &mut Vec<NamedVersion>,
    ) -> Result<Option<Vec<u8>>> {
        let ids: Vec<ItemId> = found.iter().map(|(_, item)| *item).collect();
        let rows = rows::among(op, self.session, self.dataset.id, &ids)?;
        let mut rows: HashMap<ItemId, ItemRow> = rows.into_iter().map(|row| (row.id, row)).collect();
        let mut markers = marker::among(op, self.permit, self.session, &ids)?;
        for (name, item) in found {
            let Some(row) = rows.remove(&item).filter(|row| !row.is_hidden_from(self.session)) else {
                continue;
            };
            let name = String::from_utf8(name).map_err(|_| Error::Altered)?;
            if let Some(prefix) = self.wanted.folded(&name) {
                if self.wanted.after.as_deref().is_none_or(|after| prefix > after) {
                    entries.push(NamedVersion::Prefix(prefix.to_owned()));
                }
                return Ok(behind(prefix.as_bytes()));
            }
            let markers = markers.remove(&item).unwrap_or_default();
            self.versions(op, &row, markers, entries)?;
            if entries.len() > limit {
                break;
            }
        }
        Ok(None)
    }

    /// The item's versions with the markers that stand above them, newest first.
    fn versions(
        &self,
        op: &mut Op<'_>,
        row: &ItemRow,
        mut markers: Vec<Marker>,
        entries: &mut Vec<NamedVersion>,
    ) -> Result<()> {
        let described = row.item(self.session)?;
        let mut latest = row.state == State::Archived;
        let mut above = |number: i64, entries: &mut Vec<NamedVersion>| {
            while let Some(marker) = markers.pop_if(|marker| marker.above >= number) {
                entries.push(NamedVersion::Marker {
                    name: described.name.clone(),
                    id: marker.id,
                    at: marker.at,
                    latest: std::mem::take(&mut latest),
                });
            }
        };
        if row.number == 1 {
            above(1, entries);
            entries.push(version(described.clone(), row));
            return Ok(());
        }
        let params = params![
            self.session.tenant,
            row.id,
            self.session.member,
            op.now(),
            0i64,
            i64::MAX
        ];
        let all = op.list(self.permit, &rows::versions_sql(), params)?;
        for found in all.iter().rev() {
            let found = ItemRow::read(self.session, found)?;
            above(found.number, entries);
            let item = Item {
                version: found.version()?,
                ..described.clone()
            };
            entries.push(version(item, row));
        }
        // Versions below them are gone, and they are there still.
        above(0, entries);
        Ok(())
    }
}

fn version(item: Item, newest: &ItemRow) -> NamedVersion {
    let latest = newest.state == State::Active && item.version.id == newest.version;
    NamedVersion::Version {
        item: Box::new(item),
        latest,
    }
}
