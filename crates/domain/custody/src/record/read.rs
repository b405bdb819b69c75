//! Reading a record: one act, and the event of a download, for it gives everything out.

use access::Action;
use kernel::{ItemId, Page, PageRequest, VersionId};
use operation::acts::ReadItem as Read;
use operation::{Permit, Recorded, Request, Resource};
use serde_json::json;

use super::{Record, RecordHead, kind_of, unknown};
use crate::dataset::DatasetRef;
use crate::error::{Error, Result};
use crate::item::rows::Which;
use crate::item::{self, Changed, Filter, Kind, ReadItem, Verb};
use crate::{Credential, Custody};

impl Custody {
    /// A record with what it says; its newest version when none is named.
    pub async fn record(
        &self,
        credential: &Credential,
        request: Request,
        record: ItemId,
        version: Option<VersionId>,
    ) -> Result<Record> {
        let (custody, credential) = (self.clone(), credential.clone());
        let opened = self
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
                let by = custody.by_session(op, &session, row.id, json!({}))?;
                let read = ReadItem::default();
                custody
                    .open_content(op, permit, &session, &row, &read, by)
                    .map(Some)
            })
            .await?;
        let mut content = opened.ok_or_else(unknown)?.start(self).await?;
        let bytes = match &mut content.body {
            Some(body) => {
                body.whole(usize::try_from(content.item.version.size).unwrap_or_default())
                    .await?
            }
            None => return Err(Error::Altered),
        };
        Record::of(&content.item, &bytes)
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

/// What is not there is called what was asked for.
pub(super) fn as_record(error: Error) -> Error {
    match error {
        Error::NotFound("item") => unknown(),
        other => other,
    }
}
