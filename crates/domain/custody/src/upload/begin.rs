//! Beginning an upload, and giving it up.

use access::Action;
use kernel::{DatasetId, EventId, UploadId, VersionId};
use operation::acts::CreateItem;
use operation::{Act, Op, Permit, Request, Resource};
use sealing::Key;
use serde_json::json;
use store::objects::Address;
use store::params;

use super::rows::{self, UploadRow};
use super::{NewUpload, Upload};
use crate::dataset::ingest::{self, Offered};
use crate::dataset::own_bucket::check_takes_bytes;
use crate::dataset::rows::DatasetRow;
use crate::dataset::{self, DatasetRef};
use crate::error::{Error, Result};
use crate::item::{self, LetGo, check_header_text, check_metadata, check_name};
use crate::session::Session;
use crate::{Credential, Custody, contexts};

impl Custody {
    /// Begins an upload. Whether its item may be made or changed is asked now and again at the end.
    pub async fn begin_upload(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        new: NewUpload,
    ) -> Result<Upload> {
        check_name(&new.name)?;
        check_header_text("content-type", &new.content_type, 256)?;
        ingest::check_class(new.class.as_deref())?;
        check_metadata(&new.metadata)?;
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let (session, dataset) = custody.enter_for_upload(op, &credential, &dataset)?;
                let facts = item::create_facts(&session, &dataset, &new.name);
                let permit = op.permit(Resource::dataset(dataset.id), &facts)?;
                check_takes_bytes(dataset.own_bucket_sealed.as_deref())?;
                let rule = dataset.ingest(&session)?;
                let offered = new.offered(0);
                let resource = Resource::dataset(dataset.id);
                ingest::admit(op, Action::ItemCreate, resource, rule.as_ref(), &offered)?;
                let made = insert(op, &permit, &session, &dataset, &new)?;
                let event = op.record(permit, json!({ "upload": made.id }))?;
                Ok(Upload {
                    event: Some(event),
                    ..made
                })
            })
            .await
    }

    /// Gives an upload up. Its parts are gone.
    pub async fn abort_upload(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        upload: UploadId,
    ) -> Result<EventId> {
        let (custody, credential) = (self.clone(), credential.clone());
        let aborted: Result<(EventId, LetGo)> = self
            .desk
            .act(request, move |op| {
                let (session, dataset) = custody.enter_for_upload(op, &credential, &dataset)?;
                let permit = permit(op, &session, &dataset)?;
                let row = found(op, &session, &dataset, upload)?;
                let dropped = drop_parts(op, &permit, &session, row.version, |_| true)?;
                op.change(&permit, rows::DELETE, params![session.tenant, upload])?;
                let details = json!({ "upload": upload, "aborted": true, "parts": dropped.parts });
                Ok((op.record(permit, details)?, dropped.places))
            })
            .await;
        let (event, let_go) = aborted?;
        self.empty_trash_of(let_go).await;
        Ok(event)
    }

    pub(super) fn enter_for_upload(
        &self,
        op: &mut Op<'_>,
        credential: &Credential,
        dataset: &DatasetRef,
    ) -> Result<(Session, DatasetRow)> {
        let session = self.enter(op, credential, Action::ItemCreate)?;
        let dataset = dataset::found(op, &session, dataset, Action::ItemCreate)?;
        Ok((session, dataset))
    }
}

/// Leave to work on uploads of the dataset. Whether an upload is one of those that the key is for is asked by [`found`].
pub(super) fn permit(op: &mut Op<'_>, session: &Session, dataset: &DatasetRow) -> Result<Permit<CreateItem>> {
    Ok(op.permit(Resource::dataset(dataset.id), &facts(session, dataset))?)
}

pub(super) fn facts(session: &Session, dataset: &DatasetRow) -> access::Facts {
    access::Facts {
        key_covers_name: true,
        ..item::create_facts(session, dataset, "")
    }
}

impl NewUpload {
    /// What the dataset's rule looks at before the first bytes have come.
    pub(super) fn offered(&self, size: u64) -> Offered<'_> {
        Offered {
            content_type: &self.content_type,
            sniffed: None,
            size,
            class: self.class.as_deref(),
            comes_here: true,
        }
    }
}

/// Parts that were let go of.
#[derive(Default)]
pub(crate) struct Dropped {
    /// How many.
    pub(crate) parts: usize,
    /// Where their objects are.
    pub(crate) places: LetGo,
}

/// The upload, or the answer that unknown and foreign ones get, and those of names that the key is not for.
pub(super) fn found(
    op: &mut Op<'_>,
    session: &Session,
    dataset: &DatasetRow,
    upload: UploadId,
) -> Result<UploadRow> {
    let row = rows::find(op, session, dataset.id, upload)?.ok_or(Error::NotFound("upload"))?;
    if row.covered(session)? {
        return Ok(row);
    }
    let reasons = json!({ "reasons": ["limit.key-names"], "upload": upload });
    op.refuse(Action::ItemCreate, Resource::dataset(dataset.id), reasons)?;
    Err(Error::NotFound("upload"))
}

/// Gives up every upload of a dataset that is being deleted.
pub(crate) fn drop_all<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    dataset: DatasetId,
) -> Result<usize> {
    let uploads = op.find_all(rows::OF_DATASET, params![session.tenant, dataset])?;
    for row in &uploads {
        let (upload, version): (UploadId, VersionId) = (row.get(0)?, row.get(1)?);
        drop_parts(op, permit, session, version, |_| true)?;
        op.change(permit, rows::DELETE, params![session.tenant, upload])?;
    }
    Ok(uploads.len())
}

/// Lets go of parts that came and are not named.
pub(super) fn drop_unlisted<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    version: VersionId,
    named: &[(u32, String)],
) -> Result<Dropped> {
    let is_named = |number: i64| {
        named
            .binary_search_by_key(&number, |(named, _)| i64::from(*named))
            .is_ok()
    };
    drop_parts(op, permit, session, version, |number| !is_named(number))
}

/// Lets go of the parts whose number is chosen.
pub(super) fn drop_parts<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    version: VersionId,
    chosen: impl Fn(i64) -> bool,
) -> Result<Dropped> {
    let mut dropped = Dropped::default();
    for row in op.find_all(rows::ALL_PARTS, params![session.tenant, version])? {
        let number: i64 = row.get(0)?;
        if !chosen(number) {
            continue;
        }
        let object: Vec<Address> = Address::read(&row, 1, 2)?.into_iter().collect();
        dropped.places.extend(item::discard(op, object)?);
        op.change(
            permit,
            rows::DELETE_PART,
            params![session.tenant, version, number],
        )?;
        dropped.parts += 1;
    }
    Ok(dropped)
}

fn insert(
    op: &mut Op<'_>,
    permit: &Permit<CreateItem>,
    session: &Session,
    dataset: &DatasetRow,
    new: &NewUpload,
) -> Result<Upload> {
    let (now, random) = (op.now(), op.random());
    let (id, version) = (UploadId::make(now, random), VersionId::make(now, random));
    let key = Key::generate(random);
    let context = contexts::upload_key(session.tenant, dataset.id, id);
    let wrapped = sealing::wrap(&dataset.key, &context, &key, random);
    let mut notes = dataset.version_notes(session)?;
    notes.extend(new.notes.clone());
    let plan = rows::Plan {
        provided: new.provided_key.as_ref().map(|provided| provided.check(&key)),
        new: NewUpload {
            notes: notes.clone(),
            ..new.clone()
        },
    };
    let plan = serde_json::to_vec(&plan).map_err(|error| Error::Internal(error.to_string()))?;
    let plan_sealed = sealing::seal(&key, &contexts::upload_plan(id), &plan, random);
    let row = params![
        id,
        session.tenant,
        dataset.id,
        version,
        session.member,
        wrapped,
        plan_sealed,
        now
    ];
    op.change(permit, rows::INSERT, row)?;
    Ok(Upload {
        id,
        dataset: dataset.id,
        name: new.name.clone(),
        notes,
        made_at: now,
        event: None,
    })
}
