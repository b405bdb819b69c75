//! What the public sees by a link.
//!
//! Promises: every look is one act that asks anew whether the link lives, is decided by the policies for the class `public`, and stands in the
//! tenant's trail before anything leaves; nothing but the link's own secret opens anything. Leaves out: annotations, metadata,
//! labels, and items by reference, whose bytes the link's key does not reach.

use access::{Action, Facts, Subject};
use kernel::{Actor, Cursor, ExportId, ItemId, Page, PageRequest, SubjectId, Timestamp, VersionId};
use operation::acts::{BrowseItems, ReadItem as Read, ViewDataset, ViewItem};
use operation::{Act, Caller, Op, Permit, Request, Resource, TrailSeal};
use rendering::{Rendered, View};
use sealing::Key;
use serde_json::{Value as Json, json};
use store::params;

use super::Link;
use super::rows::{self, LinkRow};
use crate::dataset::{Settings, State};
use crate::error::{Error, Result};
use crate::item::rows::{DatasetKeys, ItemRow, Which, find_among, page_sql};
use crate::item::{By, Content, Item, Looked, ReadItem, told_view};
use crate::live::{LiveLease, Liveness};
use crate::session::{Home, Session};
use crate::{Custody, contexts, export};

/// What a link shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What the dataset is called.
    pub dataset: String,
    /// The export, if not the dataset itself is shared.
    pub export: Option<u64>,
    /// Until when.
    pub ends_at: Timestamp,
    /// Whether original bytes can be taken.
    pub originals: bool,
}

/// An item as the public sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownItem {
    /// Its id.
    pub id: ItemId,
    /// Its name.
    pub name: String,
    /// Bytes of content.
    pub size: u64,
    /// Media type.
    pub content_type: String,
    /// SHA-256 of the content in lowercase hex.
    pub sha256: String,
    /// When this version came in.
    pub made_at: Timestamp,
}

/// Somebody who came with a live link, for as long as the act lasts.
struct Visit {
    session: Session,
    row: LinkRow,
    key: Key,
}

impl Custody {
    /// What a link shows, and a page of its items. A page may hold fewer than asked for and still have a next.
    pub async fn shown(
        &self,
        link: &Link,
        request: Request,
        page: PageRequest,
    ) -> Result<(Shown, Page<ShownItem>)> {
        let (custody, link) = (self.clone(), link.clone());
        self.desk
            .look(request, move |op| {
                let visit = custody.enter_public(op, &link, Action::ItemBrowse)?;
                let shown = visit.shown(op)?;
                let permit: Permit<BrowseItems> =
                    op.permit(Resource::dataset(visit.row.dataset), &visit.facts())?;
                let listed = visit.page(op, &permit, &page)?;
                op.record(permit, json!({ "count": listed.items.len() }))?;
                Ok((shown, listed))
            })
            .await
    }

    /// What a link shows, and one of its items.
    pub async fn shown_item(
        &self,
        link: &Link,
        request: Request,
        item: ItemId,
    ) -> Result<(Shown, ShownItem)> {
        let (custody, link) = (self.clone(), link.clone());
        self.desk
            .act(request, move |op| {
                let visit = custody.enter_public(op, &link, Action::ItemBrowse)?;
                let shown = visit.shown(op)?;
                let (_, described, permit) = visit.reach::<BrowseItems>(op, item)?;
                op.record(permit, json!(null))?;
                Ok((shown, described.into()))
            })
            .await
    }

    /// A picture of an item that a link shows. Where the link does not give originals, it carries a mark.
    pub async fn look_by_link(
        &self,
        link: &Link,
        request: Request,
        item: ItemId,
        view: View,
    ) -> Result<Looked<Rendered>> {
        let (custody, link, what) = (self.clone(), link.clone(), told_view(&view));
        let open = self
            .desk
            .act(request, move |op| {
                let visit = custody.enter_public(op, &link, Action::ItemView)?;
                let (row, _, permit) = visit.reach::<ViewItem>(op, item)?;
                let mark = (!visit.row.originals).then(|| mark(&link, op.now()));
                let by = custody.by_link(&link, &visit, what.clone());
                custody.open_view(op, permit, &visit.session, &row, mark, by)
            })
            .await?;
        self.draw_picture(open, view).await
    }

    /// Opens an item that a link shows for streaming, if the link gives originals.
    pub async fn read_by_link(
        &self,
        link: &Link,
        request: Request,
        item: ItemId,
        read: ReadItem,
    ) -> Result<Content> {
        let (custody, link) = (self.clone(), link.clone());
        let opened = self
            .desk
            .act(request, move |op| {
                let visit = custody.enter_public(op, &link, Action::ItemDownload)?;
                let (row, _, permit) = visit.reach::<Read>(op, item)?;
                let by = custody
                    .by_link(&link, &visit, json!({}))
                    .with_settings(visit.settings()?);
                custody.open_content(op, permit, &visit.session, &row, &read, by)
            })
            .await?;
        opened.start(self).await
    }

    /// From a link to a caller: as [`Custody::enter`] does it for credentials.
    fn enter_public(&self, op: &mut Op<'_>, link: &Link, action: Action) -> Result<Visit> {
        let now = op.now();
        let unknown = || Error::NotFound("share");
        let found = op.find(rows::FIND_LINK, params![link.share])?;
        let row = LinkRow::read(&found.ok_or_else(unknown)?)?;
        if !link.matches(&row.secret_hash) {
            return Err(unknown());
        }
        op.enter(Caller {
            actor: Actor::Public { share: link.share },
            tenant: row.tenant,
            subject: Subject::of(access::Class::Public),
            trail: TrailSeal::Letterbox(row.letterbox),
        });
        let Some(wrapped) = row.wrapped(now) else {
            op.refuse(
                action,
                rows::of(row.dataset),
                json!({ "reasons": ["share-ended"] }),
            )?;
            return Err(unknown());
        };
        let context = contexts::share_key(row.tenant, row.dataset, link.share);
        let key = sealing::unwrap(&link.key(), &context, wrapped)?;
        let home = Home {
            tenant: row.tenant,
            tenant_key: link.stand_in(),
            letterbox: row.letterbox,
            letterbox_sealed: row.letterbox_sealed.clone(),
            slug: String::new(),
        };
        let session = Session::public(link.share, home)?;
        Ok(Visit { session, row, key })
    }

    /// Taken inside the act, so that whatever withdraws the link after it finds the stream.
    fn by_link(&self, link: &Link, visit: &Visit, says: Json) -> By {
        let flag = self.shares.begin(link.share);
        let until = LiveLease {
            flag: flag.clone(),
            ends_at: visit.row.ends_at,
            clock: self.desk.clock.clone(),
        };
        By::new(Liveness::new(flag, Some(until)), says)
    }
}

impl Visit {
    /// Facts about what the link shares.
    fn facts(&self) -> Facts {
        Facts {
            dataset_granted: true,
            leased: true,
            lease_originals: self.row.originals,
            state: self.row.dataset_state.into(),
            ..self.session.facts()
        }
    }

    /// Facts about one of its items.
    fn facts_of(&self, row: &ItemRow) -> Facts {
        let state = match (row.state, row.dataset_state) {
            (State::Active, State::Active) => State::Active,
            _ => State::Archived,
        };
        let shared = self.facts();
        Facts {
            dataset_granted: shared.dataset_granted,
            leased: shared.leased,
            lease_originals: shared.lease_originals,
            state: state.into(),
            ..row.facts(&self.session)
        }
    }

    /// What the dataset is called is all that is told of it.
    fn shown(&self, op: &mut Op<'_>) -> Result<Shown> {
        op.check::<ViewDataset>(Resource::dataset(self.row.dataset), &self.facts())?;
        let settings = self.settings()?;
        Ok(Shown {
            dataset: settings.name,
            export: self.row.number,
            ends_at: self.row.ends_at,
            originals: self.row.originals,
        })
    }

    fn settings(&self) -> Result<Settings> {
        let context = contexts::dataset_settings(self.session.tenant, self.row.dataset);
        let opened = sealing::open(&self.key, &context, &self.row.settings_sealed)?;
        serde_json::from_slice(&opened).map_err(|error| Error::Internal(error.to_string()))
    }

    fn keys(&self) -> DatasetKeys {
        DatasetKeys::of(self.row.dataset, self.key.duplicate())
    }

    /// One item, if the link shows it and the policies let the public do this.
    fn reach<A: Act>(&self, op: &mut Op<'_>, item: ItemId) -> Result<(ItemRow, Item, Permit<A>)> {
        let found = match self.version_shown(op, item)? {
            Some(version) => find_among(op, &self.session, item, Which::Version(version), &mut self.keys())?,
            None => None,
        };
        let shown = match found {
            Some(row) => self.seen(op, &row)?.map(|described| (described, row)),
            None => None,
        };
        let Some((described, row)) = shown else {
            let details = json!({ "reasons": ["unknown"], "asked": item });
            op.refuse(A::ACTION, Resource::dataset(self.row.dataset), details)?;
            return Err(Error::NotFound("item"));
        };
        let resource = Resource::version(row.dataset, row.id, row.version);
        let permit = op.permit(resource, &self.facts_of(&row))?;
        Ok((row, described, permit))
    }

    /// Which version of an item the link shows, if it shows one. What is about exactly one person hangs on that person's key, which
    /// no link has.
    fn version_shown(&self, op: &mut Op<'_>, item: ItemId) -> Result<Option<VersionId>> {
        let Some(place) = op.find(rows::PLACE_OF, params![self.session.tenant, item])? else {
            return Ok(None);
        };
        let elsewhere = place.get::<kernel::DatasetId>(0)? != self.row.dataset;
        if elsewhere || place.get::<Option<SubjectId>>(1)?.is_some() {
            return Ok(None);
        }
        match self.row.export {
            None => Ok(Some(place.get(2)?)),
            Some(id) => Ok(export::entry_of(op, &self.session, id, item)?.map(|entry| entry.version)),
        }
    }

    fn page(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<BrowseItems>,
        page: &PageRequest,
    ) -> Result<Page<ShownItem>> {
        match self.row.export {
            Some(export) => self.page_of_export(op, export, page),
            None => self.page_of_dataset(op, permit, page),
        }
    }

    fn page_of_dataset(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<BrowseItems>,
        page: &PageRequest,
    ) -> Result<Page<ShownItem>> {
        let after = page
            .after
            .as_ref()
            .map(|cursor| cursor.key().to_vec())
            .unwrap_or_default();
        let (session, now, limit) = (&self.session, op.now(), i64::from(page.limit) + 1);
        let (dataset, member, state) = (self.row.dataset, session.member, State::Active.as_str());
        let values = params![session.tenant, dataset, member, now, after, state, limit];
        let found = op.list(permit, &page_sql(Some(State::Active), false), values)?;
        let found = Page::from_rows(found, page.limit, |row| row.get::<Vec<u8>>(0).unwrap_or_default());
        let (mut keys, mut items) = (self.keys(), Vec::new());
        for row in &found.items {
            // Not even read: the keys at hand do not open it.
            if row.get::<Option<SubjectId>>(4)?.is_none() {
                let row = ItemRow::read_among(session, row, &mut keys)?;
                // About several people it opens, and is nothing for the public either.
                if self.version_shown(op, row.id)?.is_none() {
                    continue;
                }
                items.extend(self.seen(op, &row)?.map(ShownItem::from));
            }
        }
        let next = found.next;
        Ok(Page { items, next })
    }

    fn page_of_export(
        &self,
        op: &mut Op<'_>,
        export: ExportId,
        page: &PageRequest,
    ) -> Result<Page<ShownItem>> {
        let after = page
            .after
            .as_ref()
            .map_or(Ok([0; 8]), |cursor: &Cursor| cursor.key().try_into());
        let after = after.map_err(|_| Error::invalid("cursor", kernel::BadCursor.to_string()))?;
        let limit = i64::from(page.limit) + 1;
        let found = export::entries_after(op, &self.session, export, i64::from_be_bytes(after), limit)?;
        let found = Page::from_rows(found, page.limit, |entry| entry.position.to_be_bytes().to_vec());
        let (mut keys, mut items) = (self.keys(), Vec::new());
        for entry in &found.items {
            if let Some(version) = self.version_shown(op, entry.item)? {
                let row = find_among(op, &self.session, entry.item, Which::Version(version), &mut keys)?;
                let seen = row.map(|row| self.seen(op, &row)).transpose()?.flatten();
                items.extend(seen.map(ShownItem::from));
            }
        }
        let next = found.next;
        Ok(Page { items, next })
    }

    /// The item, if the public may look at it. Otherwise it is as unknown as one that is not there.
    fn seen(&self, op: &mut Op<'_>, row: &ItemRow) -> Result<Option<Item>> {
        if !op.would_permit::<ViewItem>(&self.facts_of(row))? {
            return Ok(None);
        }
        Ok(Some(row.item(&self.session)?).filter(is_shown))
    }
}

/// Whether the link's key reaches the bytes.
fn is_shown(item: &Item) -> bool {
    item.version.reference.is_none() && !item.version.key_provided
}

/// Which link, and when.
fn mark(link: &Link, now: Timestamp) -> String {
    let (id, now) = (link.share.to_string().replace('-', ""), now.to_string());
    let id = id.get(id.len().saturating_sub(8)..).unwrap_or_default();
    let minute = now.get(..16).unwrap_or(&now).replace('T', " ");
    format!("public link {id} {minute} UTC")
}

impl From<Item> for ShownItem {
    fn from(item: Item) -> Self {
        Self {
            id: item.id,
            name: item.name,
            size: item.version.size,
            content_type: item.version.content_type,
            sha256: item.version.sha256,
            made_at: item.version.made_at,
        }
    }
}
