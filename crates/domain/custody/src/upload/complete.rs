//! The end of an upload: its parts become a version.

use std::sync::Arc;

use access::Action;
use aws_lc_rs::digest;
use kernel::{DatasetId, PartId, UploadId};
use operation::{Op, Request};
use serde_json::json;
use store::objects::Address;
use store::{Row, params};

use super::begin::{drop_parts, drop_unlisted, found, permit};
use super::rows::{self, Plan, UploadRow};
use super::{MOST_PARTS, NewUpload, Part, part_key};
use crate::dataset::rows::DatasetRow;
use crate::dataset::{self, DatasetRef};
use crate::error::{Error, Result};
use crate::item::cleaning::{CleanBody, Cleaning, Looked, Verdict, claim, unclean};
use crate::item::stream::{self, Segment};
use crate::item::{
    self, Condition, Kind, LetGo, Notes, ProvidedKey, PutItem, Received, Sealed, SealedBody, Settled, Stored,
    Target,
};
use crate::session::Session;
use crate::{Credential, Custody, IdempotencyKey, contexts};

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
    /// Makes a version of the parts named; others that came are dropped. Nothing is moved or sealed again, unless the dataset
    /// cleans what it takes in: then they are opened together, cleaned, and sealed as one.
    pub async fn complete_upload(
        &self,
        credential: &Credential,
        request: Request,
        complete: CompleteUpload,
    ) -> Result<Stored> {
        check_order(&complete.parts)?;
        let settled = self.settle_upload(credential, request.clone(), complete.clone(), Verdict::Unseen);
        let waiting = match settled.await? {
            Completed::Done(stored) => return Ok(*stored),
            Completed::Unclean(waiting) => *waiting,
        };
        // To the end: what is clean lies in memory until it is sealed.
        let turn = Arc::new(self.cleanings.turn().await?);
        let Waiting {
            dataset,
            cleaning,
            put,
            segments,
        } = waiting;
        let bytes = stream::open_whole(self, segments).await?;
        let (bytes, looked) = cleaning.clean(Arc::clone(&turn), bytes, claim(&put)).await?;
        drop(bytes);
        match looked {
            Looked::Clean(bytes, clean) => {
                let upload = Some((dataset, complete.upload));
                let clean = CleanBody { upload, ..clean };
                self.put_clean(credential, request, put, bytes, clean).await
            }
            Looked::Unclean(reason) if cleaning.quarantines(Kind::File) => {
                let settled = self.settle_upload(credential, request, complete, Verdict::Held(reason));
                match settled.await? {
                    Completed::Done(stored) => Ok(*stored),
                    Completed::Unclean(_) => Err(Error::Internal("what is held was to be looked at".into())),
                }
            }
            Looked::Unclean(reason) => {
                Err(self.turned_away(credential, request, put, unclean(&reason)).await)
            }
        }
    }

    /// Makes a version of the parts as they lie there, unless they are to be cleaned first.
    async fn settle_upload(
        &self,
        credential: &Credential,
        request: Request,
        complete: CompleteUpload,
        verdict: Verdict,
    ) -> Result<Completed> {
        let (custody, credential) = (self.clone(), credential.clone());
        let settled: Result<(Completed, LetGo)> = self
            .desk
            .act(request, move |op| {
                let (session, dataset) = custody.enter_for_upload(op, &credential, &complete.dataset)?;
                let permit = permit(op, &session, &dataset)?;
                let upload = found(op, &session, &dataset, complete.upload)?;
                let parts = named(op, &session, &upload, &complete)?;
                let plan = upload.plan()?;
                check_key(&upload, &plan, &complete)?;
                let received = received(&upload, &plan, &parts, verdict.clone());
                let put = put(&upload, plan.new.clone(), &complete);
                check_places(op, &session, &dataset, &upload)?;
                let settled = match item::settle(op, &session, &put, &received)? {
                    Settled::Done(settled) => settled,
                    Settled::Unclean(cleaning) => {
                        let segments = segments(op, &session, &upload, &plan, &complete, &parts)?;
                        op.record(permit, json!({ "upload": upload.id, "opened": "to be cleaned" }))?;
                        let waiting = Waiting {
                            dataset: dataset.id,
                            cleaning: *cleaning,
                            put,
                            segments,
                        };
                        return Ok((Completed::Unclean(Box::new(waiting)), LetGo::new()));
                    }
                    Settled::Elsewhere => return Err(Error::Internal("parts have no place".into())),
                };
                let dropped = drop_unlisted(op, &permit, &session, upload.version, &complete.parts)?;
                op.change(&permit, rows::DELETE, params![session.tenant, upload.id])?;
                // After the item's own event, which the answer names.
                op.record(
                    permit,
                    json!({ "upload": upload.id, "completed": true, "dropped": dropped.parts }),
                )?;
                Ok((Completed::Done(Box::new(settled.stored)), dropped.places))
            })
            .await;
        let (completed, let_go) = settled?;
        self.empty_trash_of(let_go).await;
        Ok(completed)
    }
}

/// How an attempt to complete an upload ended.
enum Completed {
    /// It is a version.
    Done(Box<Stored>),
    /// The dataset takes it in clean.
    Unclean(Box<Waiting>),
}

/// Parts that are to be cleaned before they become a version.
struct Waiting {
    dataset: DatasetId,
    cleaning: Cleaning,
    put: PutItem,
    segments: Vec<Segment>,
}

/// Ends an upload whose parts were cleaned into one body, in the act that makes that a version.
pub(crate) fn end(
    op: &mut Op<'_>,
    session: &Session,
    (dataset, upload): (DatasetId, UploadId),
) -> Result<LetGo> {
    let dataset = dataset::found(op, session, &DatasetRef::Id(dataset), Action::ItemCreate)?;
    let permit = permit(op, session, &dataset)?;
    let upload = found(op, session, &dataset, upload)?;
    let dropped = drop_parts(op, &permit, session, upload.version, |_| true)?;
    op.change(&permit, rows::DELETE, params![session.tenant, upload.id])?;
    op.record(
        permit,
        json!({ "upload": upload.id, "completed": true, "cleaned": true, "dropped": dropped.parts }),
    )?;
    Ok(dropped.places)
}

/// Where the parts that were named lie, with the keys that open them.
fn segments(
    op: &mut Op<'_>,
    session: &Session,
    upload: &UploadRow,
    plan: &Plan,
    complete: &CompleteUpload,
    parts: &[Named],
) -> Result<Vec<Segment>> {
    let key = item::bytes_key(
        &upload.key,
        plan.provided.as_deref(),
        complete.provided_key.as_ref(),
    )?;
    let mut found = Vec::with_capacity(parts.len());
    for part in parts {
        found.push(Segment {
            key: part_key(&key, part.id),
            context: contexts::part_bytes(upload.version, part.id),
            size: part.part.size,
            range: 0..part.part.size,
            source: item::segments::part_source(op, session, part.id, part.address.clone())?,
        });
    }
    Ok(found)
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

/// A part that was named.
struct Named {
    part: Part,
    id: PartId,
    address: Option<Address>,
}

impl Named {
    fn read(upload: &UploadRow, row: &Row) -> Result<Self> {
        let (part, address) = rows::read_part(upload, row)?;
        Ok(Self {
            part,
            id: rows::part_id(row)?,
            address,
        })
    }
}

/// The parts that were named, as they are now.
fn named(
    op: &mut Op<'_>,
    session: &Session,
    upload: &UploadRow,
    complete: &CompleteUpload,
) -> Result<Vec<Named>> {
    let all = params![session.tenant, upload.version, 0i64, i64::from(MOST_PARTS)];
    let rows = op.find_all(&rows::parts_sql(), all)?;
    let mut there = rows
        .iter()
        .map(|row| Named::read(upload, row))
        .collect::<Result<Vec<Named>>>()?
        .into_iter()
        .peekable();
    let mut parts = Vec::with_capacity(complete.parts.len());
    for (number, sha256) in &complete.parts {
        while there.next_if(|named| named.part.number < *number).is_some() {}
        match there.next_if(|named| named.part.number == *number && named.part.sha256 == *sha256) {
            Some(part) => parts.push(part),
            None => {
                let problem = format!("part {number} has not come, or another came in its place");
                return Err(Error::invalid("parts.missing", problem));
            }
        }
    }
    let all_but_last = &parts[..parts.len().saturating_sub(1)];
    let mut sizes = all_but_last.iter().map(|named| &named.part);
    if let Some(small) = sizes.find(|part| part.size < complete.least) {
        let problem = format!(
            "part {} has {} bytes; every part but the last needs {}",
            small.number, small.size, complete.least
        );
        return Err(Error::invalid("parts.small", problem));
    }
    Ok(parts)
}

fn received(upload: &UploadRow, plan: &Plan, parts: &[Named], verdict: Verdict) -> Received {
    let mut digests = digest::Context::new(&digest::SHA256);
    for Named { part, .. } in parts {
        digests.update(&hex::decode(&part.sha256).unwrap_or_default());
    }
    let mut sha256 = [0u8; 32];
    sha256.copy_from_slice(digests.finish().as_ref());
    Received {
        version: upload.version,
        key: Arc::new(upload.key.duplicate()),
        sealed: Sealed {
            size: parts.iter().map(|named| named.part.size).sum(),
            sha256,
            sniffed: parts.first().and_then(|named| named.part.sniffed.clone()),
            body: SealedBody::Parts(parts.iter().map(|named| named.part.size).collect()),
        },
        provided: plan.provided.clone(),
        record: None,
        verdict,
    }
}

fn put(upload: &UploadRow, plan: NewUpload, complete: &CompleteUpload) -> PutItem {
    let notes = Notes::from(plan.notes).of_the_bytes_of(&complete.notes);
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
        provided_key: complete.provided_key.clone(),
        revive: true,
        condition: complete.condition.clone(),
        idempotency: complete.idempotency.clone(),
        ..PutItem::file(
            Target::Name(DatasetRef::Id(upload.dataset), plan.name),
            &plan.content_type,
        )
    }
}
