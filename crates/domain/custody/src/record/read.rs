//! Reading a record: one act, and the event of a download, for it gives everything out that whoever asks may see.

use access::Action;
use kernel::{ItemId, Page, PageRequest, VersionId};
use operation::acts::{ReadItem as Read, UnmaskRecord};
use operation::{Op, Permit, Recorded, Request, Resource};
use serde_json::{Value as Json, json};

use super::cover::{self, Cover};
use super::{Record, RecordHead, kind, kind_of, unknown};
use crate::dataset::DatasetRef;
use crate::error::{Error, Result};
use crate::item::rows::{ItemRow, Which};
use crate::item::{self, Changed, Filter, Kind, ReadItem, Verb};
use crate::session::Session;
use crate::{Credential, Custody};

/// For what a record is opened.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// To be seen as whoever asks may see it.
    AsMay,
    /// To be seen masked, but for this field.
    But(String),
    /// To be put right: whole, and shown to nobody.
    ForChange,
}

impl Custody {
    /// A record with what it says; its newest version when none is named. What is masked is masked for who has no right to it, and the
    /// answer names it; who has the right sees it whole, and the trail says which fields that was.
    pub async fn record(
        &self,
        credential: &Credential,
        request: Request,
        record: ItemId,
        version: Option<VersionId>,
    ) -> Result<Record> {
        let opened = self.open_record(credential, request, record, version, Wanted::AsMay);
        let (mut record, cover) = opened.await?;
        record.masked = cover.put_on(&mut record.values, None);
        Ok(record)
    }

    /// A record with one of its masked fields shown, for the reason that the request gives, which the trail keeps; the others stay masked.
    pub async fn record_but(
        &self,
        credential: &Credential,
        request: Request,
        record: ItemId,
        version: Option<VersionId>,
        field: String,
    ) -> Result<Record> {
        if request.reason.is_none() {
            let problem = "say why this field is to be shown; the trail keeps it";
            return Err(Error::invalid("bailee-reason", problem));
        }
        kind::check_field_name(&field).map_err(|_| no_such_field())?;
        let opened = self.open_record(credential, request, record, version, Wanted::But(field.clone()));
        let (mut record, cover) = opened.await?;
        if !record.values.contains_key(&field) {
            return Err(no_such_field());
        }
        record.masked = cover.put_on(&mut record.values, Some(&field));
        Ok(record)
    }

    /// Opens a record whole. What of it is covered for whoever asks is the caller's to put on.
    pub(super) async fn open_record(
        &self,
        credential: &Credential,
        request: Request,
        record: ItemId,
        version: Option<VersionId>,
        wanted: Wanted,
    ) -> Result<(Record, Cover)> {
        let (custody, credential) = (self.clone(), credential.clone());
        let opened: Result<_> = self
            .desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemDownload)?;
                let which = version.map_or(Which::Newest, Which::Version);
                let row =
                    item::found(op, &session, record, which, Action::ItemDownload).map_err(as_record)?;
                let resource = Resource::version(row.dataset, row.id, row.version);
                let permit: Permit<Read> = op
                    .permit(resource, &row.facts(&session))
                    .map_err(|error| as_record(error.into()))?;
                if row.kind != Kind::Record || kind_of(&row.version()?.content_type).is_none() {
                    op.record(permit, json!({ "record": false }))?;
                    return Ok(None);
                }
                let (cover, says) = covered(op, &session, &row, &wanted)?;
                let by = custody.by_session(op, &session, row.id, says)?.masking();
                let read = ReadItem::default();
                let opened = custody.open_content(op, permit, &session, &row, &read, by)?;
                Ok(Some((opened, cover)))
            })
            .await;
        let (opened, cover) = opened?.ok_or_else(unknown)?;
        let mut content = opened.start(self).await?;
        let bytes = match &mut content.body {
            Some(body) => {
                body.whole(usize::try_from(content.item.version.size).unwrap_or_default())
                    .await?
            }
            None => return Err(Error::Altered),
        };
        Ok((Record::of(&content.item, &bytes)?, cover))
    }

    /// Deletes an archived record for good, as any item; what is none is not there.
    pub async fn delete_record(
        &self,
        credential: &Credential,
        request: Request,
        record: ItemId,
    ) -> Result<Changed> {
        let looking = Request {
            recorded: Recorded::default(),
            ..request.clone()
        };
        let item = self.item(credential, looking, record).await.map_err(as_record)?;
        RecordHead::of(&item).ok_or_else(unknown)?;
        self.change_state(credential, request, record, Verb::Delete, None)
            .await
    }

    /// A page of a dataset's records, oldest first, without what they say; of one kind, if one is named. A page may hold fewer
    /// than asked for and still have a next.
    pub async fn list_records(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        kind: Option<String>,
        page: PageRequest,
    ) -> Result<Page<RecordHead>> {
        let filter = Filter {
            kind: Some(Kind::Record),
            state: Some(item::State::Active),
            ..Filter::default()
        };
        let listed = self
            .list_items(credential, request, dataset, filter, page)
            .await?;
        let heads = listed.items.iter().filter_map(RecordHead::of);
        let meant = heads.filter(|head| kind.as_ref().is_none_or(|kind| *kind == head.kind));
        Ok(Page {
            items: meant.collect(),
            next: listed.next,
        })
    }
}

/// What is covered for whoever asks, and what the entry of the trail says of that.
fn covered(op: &mut Op<'_>, session: &Session, row: &ItemRow, wanted: &Wanted) -> Result<(Cover, Json)> {
    let cover = cover::cover_of(op, session, row)?;
    let fields = cover.told();
    match wanted {
        Wanted::But(field) => {
            if !cover.is_open(field) {
                cover::require_one(op, session, row)?;
            }
            Ok((cover, json!({ "revealed": field })))
        }
        _ if fields.is_null() => Ok((cover, json!({}))),
        _ if op.would_permit::<UnmaskRecord>(&row.facts(session))? => {
            let says = match wanted {
                Wanted::ForChange => json!({ "for": "change", "unmasked": fields }),
                _ => json!({ "unmasked": fields }),
            };
            Ok((Cover::Nothing, says))
        }
        Wanted::ForChange => Ok((cover, json!({ "for": "change", "masked": fields }))),
        Wanted::AsMay => Ok((cover, json!({ "masked": fields }))),
    }
}

fn no_such_field() -> Error {
    Error::invalid("reveal", "name a field that the record has")
}

/// What is not there is called what was asked for.
pub(super) fn as_record(error: Error) -> Error {
    match error {
        Error::NotFound("item") => unknown(),
        other => other,
    }
}
