//! What uploads are under way, and which parts have come.

use access::Action;
use kernel::{Page, PageRequest, UploadId, VersionId};
use operation::acts::BrowseItems;
use operation::{Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::begin::{found, permit};
use super::rows::{self, UploadRow};
use super::{NewUpload, Part, Upload};
use crate::dataset::DatasetRef;
use crate::error::Result;
use crate::item;
use crate::{Credential, Custody};

impl Custody {
    /// Uploads under way in a dataset, oldest first, with what their items will be.
    pub async fn list_uploads(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        page: PageRequest,
    ) -> Result<Page<Upload>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let (session, dataset) = custody.enter_for_upload(op, &credential, &dataset)?;
                let permit = permit(op, &session, &dataset)?;
                let after = page
                    .after
                    .as_ref()
                    .map(|cursor| cursor.key().to_vec())
                    .unwrap_or_default();
                let limit = i64::from(page.limit) + 1;
                let rows = op.list(
                    &permit,
                    &rows::page_sql(),
                    params![session.tenant, dataset.id, after, limit],
                )?;
                let uploads = rows.iter().map(|row| upload(&UploadRow::read(&session, row)?));
                let uploads = uploads.collect::<Result<Vec<_>>>()?;
                let mut listed = Page::from_rows(uploads, page.limit, |upload| upload.id.as_bytes().to_vec());
                // A key for some names sees what is on its way to them.
                listed.items.retain(|upload| session.covers_name(&upload.name));
                op.record(permit, json!({ "uploads": listed.items.len() }))?;
                Ok(listed)
            })
            .await
    }

    /// Parts of a version that came in parts, in order: at most so many after the first ones, which are skipped.
    pub async fn version_parts(
        &self,
        credential: &Credential,
        request: Request,
        version: (DatasetRef, String, VersionId),
        skip: u32,
        limit: u32,
    ) -> Result<Vec<Part>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemBrowse)?;
                let (dataset, name, version) = &version;
                let row = item::found_named(op, &session, dataset, name, Some(*version), Action::ItemBrowse)?;
                let resource = Resource::version(row.dataset, row.id, row.version);
                let permit: Permit<BrowseItems> = op.permit(resource, &row.facts(&session))?;
                let most = i64::from(skip) + i64::from(limit);
                let params = params![session.tenant, row.version, 0i64, most];
                let parts = op
                    .list(&permit, &rows::parts_sql(), params)?
                    .iter()
                    .skip(skip as usize)
                    .map(|part| Ok(rows::read_part_of(row.version, &row.version_key, part)?.0))
                    .collect::<Result<Vec<_>>>()?;
                op.record(permit, json!({ "parts": parts.len() }))?;
                Ok(parts)
            })
            .await
    }

    /// One upload: what its item will be, and its parts after a number, in order; one more part than `limit` tells
    /// that there are more.
    pub async fn list_parts(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        upload: UploadId,
        after: u32,
        limit: u32,
    ) -> Result<(NewUpload, Vec<Part>)> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let (session, dataset) = custody.enter_for_upload(op, &credential, &dataset)?;
                let permit = permit(op, &session, &dataset)?;
                let row = found(op, &session, &dataset, upload)?;
                let rows = op.list(
                    &permit,
                    &rows::parts_sql(),
                    params![
                        session.tenant,
                        row.version,
                        i64::from(after),
                        i64::from(limit) + 1
                    ],
                )?;
                let parts = rows
                    .iter()
                    .map(|part| Ok(rows::read_part(&row, part)?.0))
                    .collect::<Result<Vec<_>>>()?;
                op.record(permit, json!({ "upload": upload, "parts": parts.len() }))?;
                Ok((row.plan()?.new, parts))
            })
            .await
    }
}

fn upload(row: &UploadRow) -> Result<Upload> {
    let plan = row.plan()?.new;
    Ok(Upload {
        id: row.id,
        dataset: row.dataset,
        name: plan.name,
        notes: plan.notes,
        made_at: row.made_at,
        event: None,
    })
}
