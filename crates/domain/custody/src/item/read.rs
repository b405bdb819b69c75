//! Reading an item: what it is, and its bytes.
//!
//! Promises: the event of a read is durable before the first byte leaves; a range opens only the chunks it
//! needs; bytes whose seal is broken are never returned, and the trail names the item.

use access::Action;
use kernel::{EventId, ItemId, Page, PageRequest, VersionId};
use operation::acts::{BrowseItems, ReadItem as Read, RestoreItem};
use operation::{Act, Op, Permit, Request};
use serde_json::{Value as Json, json};
use store::params;

use super::rows::{self, ItemRow, Which};
use super::stream::{ItemStream, Segment};
use super::{Item, State, Version};
use super::{ProvidedKey, provided, segments};
use crate::dataset::{self, DatasetRef, Settings, purposes, reading};
use crate::error::{Error, Result};
use crate::live::Liveness;
use crate::session::Session;
use crate::{Credential, Custody, record, task};

/// Which content is wanted.
#[derive(Debug, Clone, Default)]
pub struct ReadItem {
    /// One version; the newest when absent.
    pub version: Option<VersionId>,
    /// Part of it; everything when absent.
    pub range: Option<Range>,
    /// Do not send what the client has already.
    pub condition: Condition,
    /// The key that the version's bytes were sealed with beside its own, if they were.
    pub provided_key: Option<ProvidedKey>,
    /// Reads what is archived as well, which takes the right to restore it; for clients to whom archiving is a marker
    /// above the versions.
    pub under_marker: bool,
    /// Only what a HEAD request shows.
    pub head: bool,
    /// It goes into the package that answers a person's request, which is why it is read.
    pub answers_a_request: bool,
}

/// One byte range, as RFC 9110 section 14.1.2 names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// From a first byte to a last, both included; to the end when the last is absent.
    From(u64, Option<u64>),
    /// So many bytes at the end.
    Last(u64),
}

impl Range {
    /// The half-open range within `size` bytes; nothing if none of it lies there.
    pub fn within(self, size: u64) -> Option<std::ops::Range<u64>> {
        let range = match self {
            Self::From(first, last) => first..last.map_or(size, |last| last.saturating_add(1).min(size)),
            Self::Last(count) => size.saturating_sub(count)..size,
        };
        (range.start < range.end).then_some(range)
    }
}

/// Entity tags a request names (RFC 9110 section 13.1). An item's entity tag is its version's id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// `If-Match`: one of these must be current. `*` is [`Tags::Any`].
    pub if_match: Option<Tags>,
    /// `If-None-Match`: none of these may be current.
    pub if_none_match: Option<Tags>,
}

/// The tags of one condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tags {
    /// `*`: any version.
    Any,
    /// These; tags that are not version ids match nothing.
    These(Vec<VersionId>),
}

impl Tags {
    fn hold(&self, version: VersionId) -> bool {
        match self {
            Self::Any => true,
            Self::These(tags) => tags.contains(&version),
        }
    }
}

impl Condition {
    /// For a write that would make a new item.
    pub(crate) fn check_absent(&self) -> Result<()> {
        if self.if_match.is_some() {
            Err(Error::ConditionFailed)
        } else {
            Ok(())
        }
    }

    /// For a write to an item whose newest version is this.
    pub(crate) fn check_present(&self, version: VersionId) -> Result<()> {
        let matched = self.if_match.as_ref().is_none_or(|tags| tags.hold(version));
        let unmatched = self.if_none_match.as_ref().is_none_or(|tags| !tags.hold(version));
        if matched && unmatched {
            Ok(())
        } else {
            Err(Error::ConditionFailed)
        }
    }

    /// For a read: whether the client has this version already. An unmet `If-Match` is an error.
    fn has_already(&self, version: VersionId) -> Result<bool> {
        if self.if_match.as_ref().is_some_and(|tags| !tags.hold(version)) {
            return Err(Error::ConditionFailed);
        }
        Ok(self.if_none_match.as_ref().is_some_and(|tags| tags.hold(version)))
    }
}

/// The answer to a read.
#[derive(Debug)]
pub struct Content {
    /// The item and the version that was read.
    pub item: Item,
    /// The entry of the trail.
    pub event: EventId,
    /// Which bytes follow.
    pub range: std::ops::Range<u64>,
    /// The bytes; nothing when the client has them already, or for HEAD.
    pub body: Option<ItemStream>,
    /// True when a condition says that the client has this version.
    pub not_modified: bool,
}

impl Custody {
    /// What an item is: name, kind, state, newest version.
    pub async fn item(&self, credential: &Credential, request: Request, item: ItemId) -> Result<Item> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemBrowse)?;
                let row = found(op, &session, item, Which::Newest, Action::ItemBrowse)?;
                let permit: Permit<BrowseItems> = op.permit(
                    operation::Resource::item(row.dataset, row.id),
                    &row.facts(&session),
                )?;
                let item = row
                    .item(&session)
                    .inspect_err(|error| note_altered(op, &row, Action::ItemBrowse, error))?;
                op.record(permit, json!(null))?;
                Ok(item)
            })
            .await
    }

    /// The versions of an item, oldest first.
    pub async fn versions(
        &self,
        credential: &Credential,
        request: Request,
        item: ItemId,
        page: PageRequest,
    ) -> Result<Page<Version>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .look(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemBrowse)?;
                let row = found(op, &session, item, Which::Newest, Action::ItemBrowse)?;
                let permit: Permit<BrowseItems> = op.permit(
                    operation::Resource::item(row.dataset, row.id),
                    &row.facts(&session),
                )?;
                let listed = versions_page(op, &permit, &session, item, &page)?;
                op.record(permit, json!({ "versions": listed.items.len() }))?;
                Ok(listed)
            })
            .await
    }

    /// Opens an item's content for streaming.
    pub async fn read(
        &self,
        credential: &Credential,
        request: Request,
        item: ItemId,
        read: ReadItem,
    ) -> Result<Content> {
        let (custody, credential) = (self.clone(), credential.clone());
        let opened = self
            .desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemDownload)?;
                let which = read.version.map_or(Which::Newest, Which::Version);
                let row = found(op, &session, item, which, Action::ItemDownload)?;
                let resource = operation::Resource::version(row.dataset, row.id, row.version);
                let permit: Permit<Read> = op.permit(resource, &row.facts(&session))?;
                let by = custody.by_session(op, &session, row.id, json!({}))?;
                custody.open_content(op, permit, &session, &row, &read, by)
            })
            .await?;
        opened.start(self).await
    }

    /// What an item of this name is: as [`Custody::item`], in one act.
    pub async fn item_named(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        name: &str,
        version: Option<VersionId>,
    ) -> Result<Item> {
        let (custody, credential, name) = (self.clone(), credential.clone(), name.to_owned());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemBrowse)?;
                let row = found_named(op, &session, &dataset, &name, version, Action::ItemBrowse)?;
                let resource = operation::Resource::item(row.dataset, row.id);
                let permit: Permit<BrowseItems> = op.permit(resource, &row.facts(&session))?;
                let item = row
                    .item(&session)
                    .inspect_err(|error| note_altered(op, &row, Action::ItemBrowse, error))?;
                op.record(permit, json!(null))?;
                Ok(item)
            })
            .await
    }

    /// Opens the content of the item of this name for streaming: as [`Custody::read`], in one act.
    pub async fn read_named(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        name: &str,
        read: ReadItem,
    ) -> Result<Content> {
        let (custody, credential, name) = (self.clone(), credential.clone(), name.to_owned());
        let opened = self
            .desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemDownload)?;
                let row = found_named(op, &session, &dataset, &name, read.version, Action::ItemDownload)?;
                let resource = operation::Resource::version(row.dataset, row.id, row.version);
                let permit: Permit<Read> = op.permit(resource, &row.facts(&session))?;
                let by = custody.by_session(op, &session, row.id, json!({}))?;
                custody.open_content(op, permit, &session, &row, &read, by)
            })
            .await?;
        opened.start(self).await
    }

    /// By what a caller's own bytes of this item flow. `says` is an object: what else the entry of the trail says.
    pub(crate) fn by_session(
        &self,
        op: &mut Op<'_>,
        session: &Session,
        item: ItemId,
        says: Json,
    ) -> Result<By> {
        let lease = task::lease_of(op, session, item)?;
        let mut says = says;
        if let Some(lease) = lease {
            says["task"] = json!(lease.task);
        }
        let live = match session.visit() {
            Some(visited) => self.liveness_of_visit(visited.ends_at),
            None => self.liveness(session.key, lease),
        };
        Ok(By::new(live, says))
    }

    /// Spends the permit: what is read is in the trail before the stream is begun.
    pub(crate) fn open_content<A: Act>(
        &self,
        op: &mut Op<'_>,
        permit: Permit<A>,
        session: &Session,
        row: &ItemRow,
        read: &ReadItem,
        by: By,
    ) -> Result<Opened> {
        purposes::check_use(op, session, row, A::ACTION)?;
        // What HEAD shows is what a listing shows, and a person's request says why it is answered.
        if !read.head && !read.answers_a_request {
            reading::check(op, session, row, A::ACTION)?;
        }
        let under_marker = read.under_marker && row.state == State::Archived;
        // Whom it is about restores nothing, and is given what is archived as well.
        if under_marker && !session.takes(row.subject) {
            op.check::<RestoreItem>(
                operation::Resource::item(row.dataset, row.id),
                &row.facts(session),
            )?;
        }
        check_active(row, under_marker)?;
        let described = row
            .item(session)
            .inspect_err(|error| note_altered(op, row, A::ACTION, error))?;
        if !read.head && !read.answers_a_request && !by.masks {
            record::check_original(op, session, row, by.settings.as_ref())?;
        }
        let not_modified = read.condition.has_already(row.version)?;
        let range = match read.range {
            None => 0..row.size,
            Some(range) => match range.within(row.size) {
                Some(range) => range,
                None => return Err(outside(op, row, A::ACTION)?),
            },
        };
        let segments = if not_modified || read.head {
            None
        } else {
            // Opened a second time only for the few that a provided key belongs to.
            let check = match described.version.key_provided {
                true => row.meta()?.provided,
                false => None,
            };
            let provided = read.provided_key.as_ref();
            let key = provided::bytes_key(&row.version_key, check.as_deref(), provided)?;
            Some(segments::find(
                op,
                session,
                row,
                &key,
                &described.version,
                &range,
            )?)
        };
        let partial = read.range.is_some().then(|| json!([range.start, range.end]));
        let By { live, says, .. } = by;
        let mut details = says;
        details["range"] = json!(partial);
        details["not_modified"] = json!(not_modified);
        details["head"] = json!(read.head);
        details["sha256"] = json!(described.version.sha256);
        let event = op.record(permit, details)?;
        let witness = session.witness(A::ACTION);
        Ok(Opened {
            described,
            event,
            range,
            not_modified,
            segments,
            witness,
            live,
        })
    }
}

/// By what bytes flow, and what their entry of the trail says of it.
pub(crate) struct By {
    pub(crate) live: Liveness,
    /// An object.
    pub(crate) says: Json,
    /// Whoever opens them masks what is masked before anything leaves.
    masks: bool,
    /// What the dataset says of itself, where whoever asks has no key to it.
    settings: Option<Settings>,
}

impl By {
    pub(crate) fn new(live: Liveness, says: Json) -> Self {
        Self {
            live,
            says,
            masks: false,
            settings: None,
        }
    }

    /// For a reader that masks what it has opened.
    pub(crate) fn masking(self) -> Self {
        Self { masks: true, ..self }
    }

    /// For somebody who comes with a key to the dataset alone.
    pub(crate) fn with_settings(self, settings: Settings) -> Self {
        Self {
            settings: Some(settings),
            ..self
        }
    }
}

/// What is archived is shown to nobody, but to who looks under the marker that archiving is to some clients.
pub(crate) fn check_active(row: &ItemRow, under_marker: bool) -> Result<()> {
    if (row.state == State::Archived && !under_marker) || row.dataset_state == State::Archived {
        return Err(Error::Conflict(
            "the item or its dataset is archived; restore it to read it".into(),
        ));
    }
    Ok(())
}

/// Tells the size, which is something read of the item: so the attempt is recorded.
fn outside(op: &mut Op<'_>, row: &ItemRow, action: Action) -> Result<Error> {
    let resource = operation::Resource::version(row.dataset, row.id, row.version);
    let reasons = json!({ "reasons": ["range-not-satisfiable"] });
    op.refuse(action, resource, reasons)?;
    Ok(Error::RangeNotSatisfiable { size: row.size })
}

/// What the transaction hands to the stream.
pub(crate) struct Opened {
    described: Item,
    event: EventId,
    range: std::ops::Range<u64>,
    not_modified: bool,
    segments: Option<Vec<Segment>>,
    witness: crate::session::Witness,
    live: Liveness,
}

impl Opened {
    pub(crate) async fn start(self, custody: &Custody) -> Result<Content> {
        let body = match self.segments {
            None => None,
            Some(segments) => {
                let started = ItemStream::start(custody, segments, &self.described, self.witness, self.live);
                Some(started.await?)
            }
        };
        Ok(Content {
            item: self.described,
            event: self.event,
            range: self.range,
            body,
            not_modified: self.not_modified,
        })
    }
}

/// The item of this name, or the refusal that an unknown one gets.
pub(crate) fn found_named(
    op: &mut Op<'_>,
    session: &Session,
    dataset: &DatasetRef,
    name: &str,
    version: Option<VersionId>,
    action: Action,
) -> Result<ItemRow> {
    let dataset = dataset::found(op, session, dataset, action)?;
    match (rows::find_by_name(op, session, dataset.id, name)?, version) {
        (Some(row), None) => Ok(row),
        (Some(row), Some(version)) => found(op, session, row.id, Which::Version(version), action),
        (None, _) => {
            let facts = session.named_facts(dataset.id, dataset.granted, name);
            // Whoever may not list the dataset does not learn that a name is free.
            op.check::<BrowseItems>(operation::Resource::dataset(dataset.id), &facts)?;
            op.refuse(
                action,
                operation::Resource::dataset(dataset.id),
                json!({ "reasons": ["unknown"] }),
            )?;
            Err(Error::NotFound("item"))
        }
    }
}

/// The item, or the refusal that an unknown one gets. Unknown, foreign and unassigned answer alike.
pub(crate) fn found(
    op: &mut Op<'_>,
    session: &Session,
    item: ItemId,
    which: Which,
    action: Action,
) -> Result<ItemRow> {
    match rows::find(op, session, item, which) {
        Ok(Some(row)) if row.covered => Ok(row),
        Ok(found) => {
            let reason = found.map_or("unknown", |_| "limit.key-names");
            let details = json!({ "reasons": [reason], "asked": item });
            op.refuse(
                action,
                operation::Resource {
                    kind: "item",
                    ..Default::default()
                },
                details,
            )?;
            Err(Error::NotFound("item"))
        }
        // The keys of the row do not open: name the item that was altered.
        Err(Error::Altered) => {
            let resource = operation::Resource {
                kind: "item",
                item: Some(item),
                ..Default::default()
            };
            op.fail(action, resource, json!({ "cause": "altered" }))?;
            Err(Error::Altered)
        }
        Err(other) => Err(other),
    }
}

pub(super) fn note_altered(op: &mut Op<'_>, row: &ItemRow, action: Action, error: &Error) {
    if matches!(error, Error::Altered) {
        let resource = operation::Resource::version(row.dataset, row.id, row.version);
        if let Err(error) = op.fail(action, resource, json!({ "cause": "altered" })) {
            tracing::error!(item = %row.id, %error, "altered bytes were found and could not be drafted for the trail");
        }
    }
}

fn versions_page(
    op: &mut Op<'_>,
    permit: &Permit<BrowseItems>,
    session: &Session,
    item: ItemId,
    page: &PageRequest,
) -> Result<Page<Version>> {
    let after = page
        .after
        .as_ref()
        .map_or(Ok([0u8; 8]), |cursor| cursor.key().try_into());
    let after =
        i64::from_be_bytes(after.map_err(|_| Error::invalid("cursor", kernel::BadCursor.to_string()))?);
    let now = op.now();
    let limit = i64::from(page.limit) + 1;
    let params = params![session.tenant, item, session.member, now, after, limit];
    let rows = op.list(permit, &rows::versions_sql(), params)?;
    let versions = rows
        .iter()
        .map(|row| ItemRow::read(session, row)?.version())
        .collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(versions, page.limit, |version| {
        version.number.to_be_bytes().to_vec()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_to_what_there_is() {
        assert_eq!(Range::From(0, None).within(10), Some(0..10));
        assert_eq!(Range::From(2, Some(4)).within(10), Some(2..5));
        assert_eq!(Range::From(2, Some(400)).within(10), Some(2..10));
        assert_eq!(Range::Last(3).within(10), Some(7..10));
        assert_eq!(Range::Last(30).within(10), Some(0..10));
        assert_eq!(Range::From(10, None).within(10), None);
        assert_eq!(Range::Last(0).within(10), None);
        assert_eq!(Range::From(5, Some(2)).within(10), None);
        assert_eq!(Range::From(0, Some(u64::MAX)).within(10), Some(0..10));
    }
}
