//! Trying whether a version can be opened, from the root key down to its last byte.
//!
//! Promises: what is opened is compared and given to nobody; that it was opened stands in its tenant's trail. Leaves out what
//! the installation cannot open by itself: tenants that hold their keys, bytes under keys of clients, objects of tenants' own.

use access::Facts;
use aws_lc_rs::digest::{self, SHA256};
use kernel::{DatasetId, ItemId, PartId, SubjectId, TenantId, VersionId};
use operation::acts::DrillBackup;
use operation::{Op, Permit, Request, Resource, TrailSeal};
use sealing::{Context, HEADER_LEN, Header, Key, Layout, LetterboxPublic, StreamOpener};
use serde_json::json;
use store::objects::{Address, ObjectReader};
use store::{Row, params};
use zeroize::Zeroizing;

use super::{rows, system};
use crate::error::{Error, Result};
use crate::item::{Meta, parent_key};
use crate::upload::part_key;
use crate::{Custody, contexts};

/// How trying one version came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// It opened: so many bytes of content.
    Opened(u64),
    /// A key is needed that is not the installation's.
    NotByUs,
}

/// What is left to do once the keys are open.
struct Plan {
    segments: Vec<Segment>,
    /// Of the whole content, where it was sealed in one.
    sha256: Option<String>,
}

struct Segment {
    key: Key,
    context: Context,
    source: Source,
}

enum Source {
    Row(Vec<u8>),
    Object(Address),
}

impl Custody {
    /// Opens a version and compares it with its digest. For plain threads.
    ///
    /// # Errors
    /// [`Error::Altered`] when it does not open or is another.
    pub fn try_version(&self, request: Request, version: VersionId) -> Result<Tried> {
        let custody = self.clone();
        let plan = self
            .desk
            .act_blocking(request, move |op| custody.plan(op, version))?;
        let Some(plan) = plan else {
            return Ok(Tried::NotByUs);
        };
        let (mut hash, mut bytes) = (digest::Context::new(&SHA256), 0);
        for segment in &plan.segments {
            bytes += self.open(segment, &mut hash)?;
        }
        match plan.sha256 {
            Some(wanted) if wanted != hex::encode(hash.finish()) => Err(Error::Altered),
            _ => Ok(Tried::Opened(bytes)),
        }
    }

    /// Records in the trails of their tenants that these versions were tried in a copy. For plain threads.
    pub fn record_tried(&self, request: Request, versions: &[VersionId]) -> Result<()> {
        let versions = versions.to_vec();
        self.desk.act_blocking(request, move |op| {
            for version in &versions {
                if let Some(row) = op.find(rows::VERSION, params![*version])? {
                    let permit = permit(op, &row, *version)?;
                    op.record(permit, json!({ "in": "a copy", "opened": true }))?;
                }
            }
            Ok(())
        })
    }

    fn plan(&self, op: &mut Op<'_>, version: VersionId) -> Result<Option<Plan>> {
        let row = op
            .find(rows::VERSION, params![version])?
            .ok_or(Error::NotFound("version"))?;
        if row.get::<Option<String>>(3)?.is_none() {
            return Ok(None);
        }
        let permit = permit(op, &row, version)?;
        let key = self.version_key(op, &row, version)?;
        let meta = op.open(
            &permit,
            &key,
            &contexts::version_meta(version),
            &row.get::<Vec<u8>>(5)?,
        )?;
        let meta: Meta = serde_json::from_slice(&meta).map_err(|_| Error::Altered)?;
        op.record(permit, json!({ "in": "a copy" }))?;
        if meta.provided.is_some() || meta.reference.is_some() {
            return Ok(None);
        }
        let segments = match meta.parts.is_empty() {
            true => vec![Segment {
                key,
                context: contexts::version_bytes(version),
                source: source(&row, 6, 8)?,
            }],
            false => parts(op, &row, version, &key)?,
        };
        let sha256 = meta.parts.is_empty().then_some(meta.sha256);
        Ok(Some(Plan { segments, sha256 }))
    }

    fn version_key(&self, op: &mut Op<'_>, row: &Row, version: VersionId) -> Result<Key> {
        let (tenant, item, dataset): (TenantId, ItemId, DatasetId) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let tenant_key = system::tenant_key(op, &self.roots, tenant)?;
        let wrapped: Vec<u8> = row.get(9)?;
        let dataset_key = sealing::unwrap(&tenant_key, &contexts::dataset_key(tenant, dataset), &wrapped)?;
        let subject = match (row.get::<Option<SubjectId>>(10)?, row.get::<Option<Vec<u8>>>(11)?) {
            (Some(subject), Some(wrapped)) => {
                let context = contexts::subject_key(tenant, subject);
                Some(sealing::unwrap(&tenant_key, &context, &wrapped)?)
            }
            _ => None,
        };
        let parent = parent_key(&dataset_key, subject.as_ref());
        let context = contexts::item_key(tenant, item, version);
        Ok(sealing::unwrap(&parent, &context, &row.get::<Vec<u8>>(4)?)?)
    }

    fn open(&self, segment: &Segment, hash: &mut digest::Context) -> Result<u64> {
        match &segment.source {
            Source::Row(sealed) => open_all(segment, sealed.len() as u64, hash, |at, into| {
                let from = usize::try_from(at).map_err(|_| Error::Altered)?;
                let bytes = sealed.get(from..from + into.len()).ok_or(Error::Altered)?;
                into.copy_from_slice(bytes);
                Ok(())
            }),
            Source::Object(address) => {
                let object: Box<dyn ObjectReader> =
                    self.places.get(&address.place)?.objects.open(address.object)?;
                open_all(segment, object.len(), hash, |at, into| {
                    match object.read_at(at, into)? == into.len() {
                        true => Ok(()),
                        false => Err(Error::Altered),
                    }
                })
            }
        }
    }
}

fn permit(op: &mut Op<'_>, row: &Row, version: VersionId) -> Result<Permit<DrillBackup>> {
    let (tenant, item, dataset): (TenantId, ItemId, DatasetId) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let seal = TrailSeal::Letterbox(LetterboxPublic(row.get(12)?));
    op.enter(system::caller(tenant, seal));
    let facts = Facts {
        same_tenant: true,
        root_at_hand: true,
        ..Facts::default()
    };
    Ok(op.permit(Resource::version(dataset, item, version), &facts)?)
}

fn parts(op: &mut Op<'_>, row: &Row, version: VersionId, key: &Key) -> Result<Vec<Segment>> {
    let tenant: TenantId = row.get(0)?;
    let found = op.find_all(rows::PARTS, params![tenant, version])?;
    let one = |row: &Row| {
        let part: PartId = row.get(0)?;
        Ok(Segment {
            key: part_key(key, part),
            context: contexts::part_bytes(version, part),
            source: source(row, 1, 3)?,
        })
    };
    found.iter().map(one).collect()
}

/// The bytes of a row whose columns from `object` on are an object and its place, and which has others in it.
fn source(row: &Row, object: usize, inline: usize) -> Result<Source> {
    match Address::read(row, object, object + 1)? {
        Some(address) => Ok(Source::Object(address)),
        None => Ok(Source::Row(
            row.get::<Option<Vec<u8>>>(inline)?.ok_or(Error::Altered)?,
        )),
    }
}

fn open_all(
    segment: &Segment,
    length: u64,
    hash: &mut digest::Context,
    read: impl Fn(u64, &mut [u8]) -> Result<()>,
) -> Result<u64> {
    let mut header = [0u8; HEADER_LEN];
    read(0, &mut header)?;
    let opener = StreamOpener::new(&segment.key, &segment.context, &header)?;
    let layout = Layout::from_sealed_len(length, Header::parse(&header)?.chunk_size())?;
    let mut chunk = Zeroizing::new(Vec::new());
    for index in 0..layout.chunk_count() {
        let span = layout.chunk(index)?;
        let length = usize::try_from(span.sealed.end - span.sealed.start).map_err(|_| Error::Altered)?;
        chunk.resize(length, 0);
        read(span.sealed.start, &mut chunk)?;
        hash.update(opener.open_chunk(span.index, span.last, &mut chunk)?);
    }
    Ok(layout.plaintext_len())
}
