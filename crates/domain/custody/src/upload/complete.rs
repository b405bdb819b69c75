//! The end of an upload: its parts become a version.

use aws_lc_rs::digest;
use kernel::UploadId;
use operation::{Op, Request};
use serde_json::json;
use std::sync::Arc;
use store::params;

use super::begin::{drop_unlisted, found, permit};
use super::rows::{self, Plan, UploadRow};
use super::{MOST_PARTS, NewUpload, Part};
use crate::dataset::DatasetRef;
use crate::dataset::rows::DatasetRow;
use crate::error::{Error, Result};
use crate::item::{
    self, Condition, Kind, LetGo, Notes, ProvidedKey, PutItem, Received, Sealed, SealedBody, Settled, Stored,
    Target,
};
use crate::session::Session;
use crate::{Credential, Custody, IdempotencyKey};

/// Which parts become the version, and under what condition.
#[derive(Debug, Clone)]
pub struct CompleteUpload {
    /// The dataset of the upload.
    pub dataset: DatasetRef,
    /// The upload.
    pub upload: UploadId,
    /// The parts in order, each with its number and the SHA-256 it must still have: a part that was replaced
    /// meanwhile is another part.
    pub parts: Vec<(u32, String)>,
    /// The fewest bytes of every part but the last.
    pub least: u64,
    /// The key of the client's own that the parts came with; one that comes along is compared.
    pub provided_key: Option<ProvidedKey>,
    /// Whether an upload that has such a key is not completed without it.
    pub needs_key: bool,
    /// What the surface keeps about the version.
    pub notes: Notes,
    /// Under what condition it is to happen.
    pub condition: Condition,
    /// Makes a repetition safe.
    pub idempotency: Option<IdempotencyKey>,
}

impl Custody {
    /// Makes a version of the parts named; others that came are dropped. Nothing is moved or sealed again.
    pub async fn complete_upload(
        &self,
        credential: &Credential,
        request: Request,
        complete: CompleteUpload,
    ) -> Result<Stored> {
        check_order(&complete.parts)?;
        let (custody, credential) = (self.clone(), credential.clone());
        let settled: Result<(Stored, LetGo)> = self
            .desk
            .act(request, move |op| {
                let (session, dataset) = custody.enter_for_upload(op, &credential, &complete.dataset)?;
                let permit = permit(op, &session, &dataset)?;
                let upload = found(op, &session, &dataset, complete.upload)?;
                let parts = named(op, &session, &upload, &complete)?;
                let plan = upload.plan()?;
                check_key(&upload, &plan, &complete)?;
                let received = received(&upload, &plan, &parts);
                let put = put(&upload, plan.new, &complete);
                check_places(op, &session, &dataset, &upload)?;
                let Settled::Done(settled) = item::settle(op, &session, &put, &received)? else {
                    return Err(Error::Internal("parts have no place".into()));
                };
                let dropped = drop_unlisted(op, &permit, &session, upload.version, &complete.parts)?;
                op.change(&permit, rows::DELETE, params![session.tenant, upload.id])?;
                // After the item's own event, which the answer names.
                op.record(
                    permit,
                    json!({ "upload": upload.id, "completed": true, "dropped": dropped.parts }),
                )?;
                Ok((settled.stored, dropped.places))
            })
            .await;
        let (stored, let_go) = settled?;
        self.empty_trash_of(let_go).await;
        Ok(stored)
    }
}

fn check_key(upload: &UploadRow, plan: &Plan, complete: &CompleteUpload) -> Result<()> {
    let provided = complete.provided_key.as_ref();
    if provided.is_none() && !complete.needs_key {
        return Ok(());
    }
    item::bytes_key(&upload.key, plan.provided.as_deref(), provided).map(drop)
}

/// Parts that came before the dataset's region was changed lie where the version may not.
fn check_places(op: &mut Op<'_>, session: &Session, dataset: &DatasetRow, upload: &UploadRow) -> Result<()> {
    let other = params![session.tenant, upload.version, &dataset.region];
    match op.find(rows::ELSEWHERE, other)? {
        Some(row) => item::check_region(&row.get(0)?, &dataset.region),
        None => Ok(()),
    }
}

fn check_order(parts: &[(u32, String)]) -> Result<()> {
    let in_order = parts.is_sorted_by(|one, next| one.0 < next.0);
    if parts.is_empty() || parts.len() > MOST_PARTS as usize {
        return Err(Error::invalid("parts", format!("name 1 to {MOST_PARTS} parts")));
    }
    if !in_order {
        return Err(Error::invalid(
            "parts.order",
            "name each part once, in ascending order",
        ));
    }
    Ok(())
}

/// The parts that were named, as they are now.
fn named(
    op: &mut Op<'_>,
    session: &Session,
    upload: &UploadRow,
    complete: &CompleteUpload,
) -> Result<Vec<Part>> {
    let all = params![session.tenant, upload.version, 0i64, i64::from(MOST_PARTS)];
    let rows = op.find_all(&rows::parts_sql(), all)?;
    let mut there = rows
        .iter()
        .map(|row| Ok(rows::read_part(upload, row)?.0))
        .collect::<Result<Vec<Part>>>()?
        .into_iter()
        .peekable();
    let mut parts = Vec::with_capacity(complete.parts.len());
    for (number, sha256) in &complete.parts {
        while there.next_if(|part| part.number < *number).is_some() {}
        match there.next_if(|part| part.number == *number && part.sha256 == *sha256) {
            Some(part) => parts.push(part),
            None => {
                let problem = format!("part {number} has not come, or another came in its place");
                return Err(Error::invalid("parts.missing", problem));
            }
        }
    }
    let all_but_last = &parts[..parts.len().saturating_sub(1)];
    if let Some(small) = all_but_last.iter().find(|part| part.size < complete.least) {
        let problem = format!(
            "part {} has {} bytes; every part but the last needs {}",
            small.number, small.size, complete.least
        );
        return Err(Error::invalid("parts.small", problem));
    }
    Ok(parts)
}

fn received(upload: &UploadRow, plan: &Plan, parts: &[Part]) -> Received {
    let mut digests = digest::Context::new(&digest::SHA256);
    for part in parts {
        digests.update(&hex::decode(&part.sha256).unwrap_or_default());
    }
    let mut sha256 = [0u8; 32];
    sha256.copy_from_slice(digests.finish().as_ref());
    Received {
        version: upload.version,
        key: Arc::new(upload.key.duplicate()),
        sealed: Sealed {
            size: parts.iter().map(|part| part.size).sum(),
            sha256,
            sniffed: parts.first().and_then(|part| part.sniffed.clone()),
            body: SealedBody::Parts(parts.iter().map(|part| part.size).collect()),
        },
        provided: plan.provided.clone(),
        record: None,
    }
}

fn put(upload: &UploadRow, plan: NewUpload, complete: &CompleteUpload) -> PutItem {
    let notes = Notes::from(plan.notes);
    complete
        .notes
        .known()
        .into_iter()
        .for_each(|(name, value)| notes.set(&name, value));
    PutItem {
        kind: Kind::File,
        class: plan.class,
        subject: plan.subject,
        metadata: plan.metadata,
        notes,
        hold: plan.hold,
        revive: true,
        condition: complete.condition.clone(),
        idempotency: complete.idempotency.clone(),
        ..PutItem::file(
            Target::Name(DatasetRef::Id(upload.dataset), plan.name),
            &plan.content_type,
        )
    }
}
