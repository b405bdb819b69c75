//! One part of an upload: received, sealed under a key of its own below the version's, and counted in.

use std::collections::BTreeMap;
use std::sync::Arc;

use access::Action;
use bytes::Bytes;
use futures_util::Stream;
use kernel::{ObjectId, PartId, UploadId, VersionId};
use operation::acts::CreateItem;
use operation::{Op, Permit, Request, Resource};
use sealing::Key;
use serde_json::json;
use store::objects::{Address, PlaceLabel};
use store::params;

use super::begin::{drop_parts, facts, found, permit};
use super::rows::{self, PartMeta, UploadRow};
use super::{MOST_PARTS, NewUpload, Part};
use crate::dataset::ingest::{self, Gate, Offered};
use crate::dataset::own_bucket::check_takes_bytes;
use crate::dataset::rows::DatasetRow;
use crate::dataset::{DatasetRef, Ingest};
use crate::error::{Error, Result};
use crate::item::{
    BodyError, Cleanup, Declared, LetGo, Notes, Place, ProvidedKey, Sealed, SealedBody, begin, bytes_key,
    check_region,
};
use crate::session::Session;
use crate::{Credential, Custody, contexts};

/// What comes with a part's bytes.
#[derive(Debug, Clone)]
pub struct PutPart {
    /// The dataset of the upload.
    pub dataset: DatasetRef,
    /// The upload.
    pub upload: UploadId,
    /// 1 to [`MOST_PARTS`].
    pub number: u32,
    /// The length the client declared.
    pub length: Option<u64>,
    /// The SHA-256 the client declared.
    pub sha256: Option<[u8; 32]>,
    /// The key that the upload was begun with, if it was.
    pub provided_key: Option<ProvidedKey>,
    /// Names and values to keep with the part, set while the body comes.
    pub notes: Notes,
    /// Notes that the upload must have been begun with.
    pub begun_with: BTreeMap<String, String>,
}

/// A part that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenPart {
    /// The part.
    pub part: Part,
    /// What the surface keeps about the item that the upload will make.
    pub upload_notes: BTreeMap<String, String>,
}

/// What a part needs to know of its upload.
struct Begun {
    version: VersionId,
    key: Key,
    notes: BTreeMap<String, String>,
    region: PlaceLabel,
    /// What its bytes are held to while they come.
    gate: Gate,
}

impl Custody {
    /// Takes in a part; one of the same number that came before is replaced. On any error nothing is kept.
    pub async fn put_part<S>(
        &self,
        credential: &Credential,
        request: Request,
        put: PutPart,
        body: S,
    ) -> Result<TakenPart>
    where
        S: Stream<Item = std::result::Result<Bytes, BodyError>> + Unpin,
    {
        if !(1..=MOST_PARTS).contains(&put.number) {
            return Err(Error::invalid(
                "part",
                format!("parts are numbered from 1 to {MOST_PARTS}"),
            ));
        }
        let part = PartId::make(self.desk.clock.now(), &*self.desk.random);
        let mut begun = self.open_upload(credential, request.clone(), &put).await?;
        let place = Place {
            key: Arc::new(part_key(&begun.key, part)),
            context: contexts::part_bytes(begun.version, part),
        };
        let declared = Declared {
            length: put.length,
            sha256: put.sha256,
        };
        let received = self
            .receive_part(place, begun.region, &declared, &mut begun.gate, body)
            .await;
        let (sealed, cleanup) = match received {
            Ok(received) => received,
            Err(error) => return Err(self.turned_part_away(credential, request, put, error).await),
        };
        let (kept, let_go) = self.keep_part(credential, request, put, part, sealed).await?;
        if let Some(cleanup) = cleanup {
            cleanup.disarm();
        }
        self.empty_trash_of(let_go).await;
        Ok(TakenPart {
            part: kept,
            upload_notes: begun.notes,
        })
    }

    /// Seals the bytes: a small part for its row, a large one into an object that is removed again unless the
    /// guard is disarmed.
    async fn receive_part<S>(
        &self,
        place: Place,
        region: PlaceLabel,
        declared: &Declared,
        gate: &mut Gate,
        mut body: S,
    ) -> Result<(Sealed, Option<Cleanup>)>
    where
        S: Stream<Item = std::result::Result<Bytes, BodyError>> + Unpin,
    {
        if declared
            .length
            .is_some_and(|length| length > self.limits.item_bytes)
        {
            return Err(Error::TooLarge {
                limit: self.limits.item_bytes,
            });
        }
        let beginning = begin(&mut body, self.limits.inline_bytes).await?;
        // Content does not lie in rows when the database is in another region than the dataset.
        if region.is_home() && beginning.whole && beginning.bytes.len() <= self.limits.inline_bytes {
            gate.pass(&beginning.bytes)?;
            gate.end()?;
            return Ok((self.seal_small(&place, declared, &beginning.bytes)?, None));
        }
        let now = self.desk.clock.now();
        let address = Address {
            place: region,
            object: ObjectId::make(now, &*self.desk.random),
        };
        let (node, intended) = (self.node.clone(), address.clone());
        self.desk
            .db
            .write(move |tx| store::objects::intend(tx, &intended, &node, now))
            .await?;
        let cleanup = self.cleanup_of(&address);
        let sealed = match beginning.whole {
            // A body that has ended must not be asked for more.
            true => {
                let nothing = futures_util::stream::empty();
                self.seal_large(place, declared, gate, &address, beginning, nothing)
                    .await?
            }
            false => {
                self.seal_large(place, declared, gate, &address, beginning, body)
                    .await?
            }
        };
        Ok((sealed, Some(cleanup)))
    }

    /// Asks the policies before the body is read.
    async fn open_upload(&self, credential: &Credential, request: Request, put: &PutPart) -> Result<Begun> {
        let (custody, credential) = (self.clone(), credential.clone());
        let (dataset, upload, provided) = (put.dataset.clone(), put.upload, put.provided_key.clone());
        let begun_with = put.begun_with.clone();
        let (number, length) = (put.number, put.length.unwrap_or_default());
        self.desk
            .act(request, move |op| {
                let (session, dataset) = custody.enter_for_upload(op, &credential, &dataset)?;
                let facts = facts(&session, &dataset);
                op.check::<CreateItem>(Resource::dataset(dataset.id), &facts)?;
                check_takes_bytes(dataset.own_bucket_sealed.as_deref())?;
                let row = found(op, &session, &dataset, upload)?;
                let plan = row.plan()?;
                let key = bytes_key(&row.key, plan.provided.as_deref(), provided.as_ref())?;
                let notes = &plan.new.notes;
                if begun_with
                    .iter()
                    .any(|(name, value)| notes.get(name) != Some(value))
                {
                    let problem = "the upload was begun otherwise; say the same or leave it out";
                    return Err(Error::invalid("upload.notes", problem));
                }
                let gate = gate(op, &session, &dataset, &row, &plan.new, number, length)?;
                Ok(Begun {
                    version: row.version,
                    key,
                    notes: plan.new.notes,
                    region: custody.place_for(&dataset.region)?,
                    gate,
                })
            })
            .await
    }

    /// Leaves in the trail that a part was turned away while it came. Other errors are told as they are.
    async fn turned_part_away(
        &self,
        credential: &Credential,
        request: Request,
        put: PutPart,
        error: Error,
    ) -> Error {
        let Error::NotTaken { what, takes } = error else {
            return error;
        };
        let (custody, credential) = (self.clone(), credential.clone());
        let acted: Result<()> = self
            .desk
            .act(request, move |op| {
                let (_, dataset) = custody.enter_for_upload(op, &credential, &put.dataset)?;
                let (resource, takes) = (Resource::dataset(dataset.id), takes.clone());
                ingest::refused(op, Action::ItemCreate, resource, Error::NotTaken { what, takes })
            })
            .await;
        acted
            .err()
            .unwrap_or_else(|| Error::Internal("a refusal was let pass".into()))
    }

    async fn keep_part(
        &self,
        credential: &Credential,
        request: Request,
        put: PutPart,
        part: PartId,
        sealed: Sealed,
    ) -> Result<(Part, LetGo)> {
        let (custody, credential) = (self.clone(), credential.clone());
        let notes = put.notes.known();
        self.desk
            .act(request, move |op| {
                let (session, dataset) = custody.enter_for_upload(op, &credential, &put.dataset)?;
                let permit = permit(op, &session, &dataset)?;
                let row = found(op, &session, &dataset, put.upload)?;
                let home = PlaceLabel::home();
                let lies = match &sealed.body {
                    SealedBody::Object(address) => &address.place,
                    SealedBody::Inline(_) | SealedBody::Parts(_) | SealedBody::Reference(..) => &home,
                };
                check_region(lies, &dataset.region)?;
                admit_again(op, &session, &dataset, &row, put.number, &sealed)?;
                let replaced =
                    drop_parts(op, &permit, &session, row.version, |number| number == i64::from(put.number))?;
                insert(op, &permit, &session, &row, part, put.number, &sealed, &notes)?;
                let kept = Part {
                    number: put.number,
                    size: sealed.size,
                    sha256: hex::encode(sealed.sha256),
                    sniffed: sealed.sniffed.clone(),
                    made_at: op.now(),
                    notes: notes.clone(),
                };
                op.record(
                    permit,
                    json!({ "upload": put.upload, "part": kept.number, "sha256": kept.sha256, "size": kept.size }),
                )?;
                Ok((kept, replaced.places))
            })
            .await
    }
}

/// What a part of so many declared bytes is held to, if it is let in at all.
fn gate(
    op: &mut Op<'_>,
    session: &Session,
    dataset: &DatasetRow,
    upload: &UploadRow,
    new: &NewUpload,
    number: u32,
    length: u64,
) -> Result<Gate> {
    let rule = dataset.ingest(session)?;
    let beside = beside(op, session, upload, rule.as_ref(), number)?;
    let offered = new.offered(beside.saturating_add(length));
    let resource = Resource::dataset(dataset.id);
    ingest::admit(op, Action::ItemCreate, resource, rule.as_ref(), &offered)?;
    Ok(Gate::of(rule, &new.content_type, new.class.as_deref()).beside(beside, number == 1))
}

/// The bytes of the other parts, which count where there is a limit.
fn beside(
    op: &mut Op<'_>,
    session: &Session,
    upload: &UploadRow,
    rule: Option<&Ingest>,
    number: u32,
) -> Result<u64> {
    match rule.and_then(Ingest::most) {
        Some(_) => rows::bytes_beside(op, session, upload.version, number),
        None => Ok(0),
    }
}

/// Parts come several at a time: what was let in by itself may be too much with those that came meanwhile.
fn admit_again(
    op: &mut Op<'_>,
    session: &Session,
    dataset: &DatasetRow,
    upload: &UploadRow,
    number: u32,
    sealed: &Sealed,
) -> Result<()> {
    let Some(rule) = dataset.ingest(session)? else {
        return Ok(());
    };
    let beside = beside(op, session, upload, Some(&rule), number)?;
    let plan = upload.plan()?.new;
    let offered = Offered {
        sniffed: (number == 1).then_some(sealed.sniffed.as_deref()),
        ..plan.offered(beside.saturating_add(sealed.size))
    };
    ingest::admit(
        op,
        Action::ItemCreate,
        Resource::dataset(dataset.id),
        Some(&rule),
        &offered,
    )
}

/// The key of one part, below the key of the version it will belong to.
pub(crate) fn part_key(version: &Key, part: PartId) -> Key {
    version.derive("part", &[part.as_bytes()])
}

#[allow(
    clippy::too_many_arguments,
    reason = "one row's parts, gathered from as many places"
)]
fn insert(
    op: &mut Op<'_>,
    permit: &Permit<CreateItem>,
    session: &Session,
    upload: &UploadRow,
    part: PartId,
    number: u32,
    sealed: &Sealed,
    notes: &BTreeMap<String, String>,
) -> Result<()> {
    let meta = PartMeta {
        sha256: hex::encode(sealed.sha256),
        sniffed: sealed.sniffed.clone(),
        notes: notes.clone(),
    };
    let meta = serde_json::to_vec(&meta).map_err(|error| Error::Internal(error.to_string()))?;
    let context = contexts::part_meta(upload.version, part);
    let meta_sealed = sealing::seal(&upload.key, &context, &meta, op.random());
    let (address, inline) = match &sealed.body {
        SealedBody::Inline(bytes) => (None, Some(bytes.to_vec())),
        SealedBody::Object(address) => {
            store::objects::keep(op.housekeeping(), address)?;
            (Some(address), None)
        }
        SealedBody::Parts(_) | SealedBody::Reference(..) => {
            return Err(Error::Internal("a part of parts".into()));
        }
    };
    let size = i64::try_from(sealed.size).unwrap_or(i64::MAX);
    let (tenant, now) = (session.tenant, op.now());
    let row = params![
        upload.version,
        i64::from(number),
        tenant,
        part,
        size,
        meta_sealed,
        address.map(|address| address.object),
        address.map(|address| &address.place),
        inline,
        now
    ];
    op.change(permit, rows::INSERT_PART, row)?;
    Ok(())
}
