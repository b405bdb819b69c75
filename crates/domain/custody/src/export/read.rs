//! Looking at exports and at what is in them, and deleting them.

use access::Action;
use kernel::{EventId, Page, PageRequest};
use operation::acts::{DeleteExport, ListExports};
use operation::{Op, Permit, Request};
use serde_json::json;
use store::params;

use super::rows::{self, EntryRow, ExportRow};
use super::{Entry, EntryState, Export};
use crate::dataset::{self, DatasetRef, State};
use crate::error::{Error, Result};
use crate::item::rows::{Which, find as find_item};
use crate::session::Session;
use crate::{Credential, Custody, legal_hold, share};

impl Custody {
    /// The exports of a dataset, oldest first.
    pub async fn exports(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        page: PageRequest,
    ) -> Result<Page<Export>> {
        let after = number_of(&page)?;
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .look(request, move |op| {
                let (session, dataset, permit) = custody.list_permit(op, &credential, &dataset)?;
                let limit = i64::from(page.limit) + 1;
                let values = params![session.tenant, dataset, after, limit];
                let found = op.list(&permit, &rows::page_sql(), values)?;
                let found = found.iter().map(|row| Ok(ExportRow::read(row)?.export));
                let page = Page::from_rows(found.collect::<Result<Vec<_>>>()?, page.limit, |export| {
                    export.number.to_be_bytes().to_vec()
                });
                op.record(permit, json!({ "count": page.items.len() }))?;
                Ok(page)
            })
            .await
    }

    /// One export.
    pub async fn export(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        number: u64,
    ) -> Result<Export> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let (session, dataset, permit) = custody.list_permit(op, &credential, &dataset)?;
                let found = rows::find(op, &session, dataset, number, Action::ExportList)?;
                op.record(permit, json!({ "export": number }))?;
                Ok(found.export)
            })
            .await
    }

    /// What is in an export, in the order of its manifest, with what has become of it since.
    pub async fn export_entries(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        number: u64,
        page: PageRequest,
    ) -> Result<Page<Entry>> {
        let after = number_of(&page)?;
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .look(request, move |op| {
                let (session, dataset, permit) = custody.list_permit(op, &credential, &dataset)?;
                let found = rows::find(op, &session, dataset, number, Action::ExportList)?;
                let limit = i64::from(page.limit) + 1;
                let entries = rows::entries_after(op, &session, found.id, after, limit)?;
                let entries =
                    Page::from_rows(entries, page.limit, |entry| entry.position.to_be_bytes().to_vec());
                let described = entries.items.iter().map(|entry| described(op, &session, entry));
                let items = described.collect::<Result<Vec<_>>>()?;
                op.record(permit, json!({ "export": number, "count": items.len() }))?;
                let next = entries.next;
                Ok(Page { items, next })
            })
            .await
    }

    /// Deletes an export: its manifest, and every link by which it is shared. The items stay.
    pub async fn delete_export(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        number: u64,
    ) -> Result<EventId> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ExportDelete)?;
                let row = dataset::found(op, &session, &dataset, Action::ExportDelete)?;
                let facts = session.dataset_facts(row.id, row.granted);
                let permit: Permit<DeleteExport> = op.permit(rows::of(row.id), &facts)?;
                let found = rows::find(op, &session, row.id, number, Action::ExportDelete)?;
                if legal_hold::holds_dataset(op, &session, row.id)? {
                    return Err(Error::Conflict(
                        "the dataset is on legal hold, and its exports stay with it: lift the hold first"
                            .into(),
                    ));
                }
                let withdrawn = share::withdraw_all_of(&custody, op, &permit, &session, found.id)?;
                let export = params![session.tenant, found.id];
                op.change(&permit, rows::DELETE_ENTRIES, export)?;
                op.change(&permit, rows::DELETE, export)?;
                Ok(op.record(permit, json!({ "export": number, "withdrawn": withdrawn }))?)
            })
            .await
    }

    fn list_permit(
        &self,
        op: &mut Op<'_>,
        credential: &Credential,
        dataset: &DatasetRef,
    ) -> Result<(Session, kernel::DatasetId, Permit<ListExports>)> {
        let session = self.enter(op, credential, Action::ExportList)?;
        let row = dataset::found(op, &session, dataset, Action::ExportList)?;
        let facts = session.dataset_facts(row.id, row.granted);
        let permit = op.permit(rows::of(row.id), &facts)?;
        Ok((session, row.id, permit))
    }
}

/// What has become of an item since it was exported.
fn described(op: &mut Op<'_>, session: &Session, entry: &EntryRow) -> Result<Entry> {
    let found = find_item(op, session, entry.item, Which::Version(entry.version))?;
    let state = match &found {
        None => EntryState::Gone,
        Some(row) if row.state == State::Archived => EntryState::Archived,
        Some(_) => EntryState::There,
    };
    let content = found.map(|row| row.item(session)).transpose()?;
    Ok(Entry {
        position: entry.position.unsigned_abs(),
        item: entry.item,
        version: entry.version,
        annotations: entry.set,
        state,
        content,
    })
}

/// The number after which a page begins.
pub(super) fn number_of(page: &PageRequest) -> Result<i64> {
    let key = page
        .after
        .as_ref()
        .map_or(Ok([0; 8]), |cursor| cursor.key().try_into());
    let key = key.map_err(|_| Error::invalid("cursor", kernel::BadCursor.to_string()))?;
    Ok(i64::from_be_bytes(key))
}
