//! Where the sealed bytes of a version lie: in its row, in an object, or in parts that came one by one.

use std::ops::Range;

use kernel::{ItemId, PartId};
use operation::Op;
use sealing::Key;
use store::objects::Address;
use store::params;
use zeroize::Zeroizing;

use super::Version;
use super::reference::Pinned;
use super::rows::{self, ItemRow};
use super::stream::{self, Segment, Source};
use crate::contexts;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::upload::part_key;

const PARTS: &str = "SELECT part_id, size_bytes, object_id, object_place FROM version_part \
     WHERE tenant_id = $1 AND version_id = $2 ORDER BY number";
const INLINE_PART: &str = "SELECT inline_sealed FROM version_part WHERE tenant_id = $1 AND part_id = $2";

const PART_OBJECTS: &str = "SELECT p.object_id, p.object_place FROM item_version v JOIN version_part p ON p.version_id = v.version_id \
     WHERE v.tenant_id = $1 AND v.item_id = $2 AND p.object_id IS NOT NULL";
/// Removes the rows of all parts of all versions of an item.
pub(super) const DELETE_PARTS: &str = "DELETE FROM version_part WHERE tenant_id = $1 AND version_id IN \
     (SELECT version_id FROM item_version WHERE item_id = $2)";

/// The segments that the range touches, in order.
pub(super) fn find(
    op: &mut Op<'_>,
    session: &Session,
    row: &ItemRow,
    key: &Key,
    version: &Version,
    range: &Range<u64>,
) -> Result<Vec<Segment>> {
    if let Some(reference) = &version.reference {
        return Ok(vec![Segment {
            key: key.duplicate(),
            context: contexts::version_bytes(row.version),
            size: row.size,
            range: range.clone(),
            source: Source::Reference(Pinned::of(session, row, reference)?),
        }]);
    }
    if version.parts.is_empty() {
        return Ok(vec![whole(op, session, row, key, range)?]);
    }
    let parts = op.find_all(PARTS, params![session.tenant, row.version])?;
    if parts.len() != version.parts.len() {
        return Err(Error::Altered);
    }
    let (mut found, mut begins) = (Vec::new(), 0u64);
    for (part, size) in parts.iter().zip(&version.parts) {
        let (id, stored): (PartId, u64) = (part.get(0)?, part.get(1)?);
        let address = Address::read(part, 2, 3)?;
        // INVARIANT: the sealed meta names the size of every part, so none can be exchanged for another's row.
        if stored != *size {
            return Err(Error::Altered);
        }
        let ends = begins + size;
        let wanted = range.start.max(begins)..range.end.min(ends);
        if wanted.start < wanted.end {
            found.push(Segment {
                key: part_key(key, id),
                context: contexts::part_bytes(row.version, id),
                size: *size,
                range: wanted.start - begins..wanted.end - begins,
                source: part_source(op, session, id, address)?,
            });
        }
        begins = ends;
    }
    Ok(found)
}

fn whole(
    op: &mut Op<'_>,
    session: &Session,
    row: &ItemRow,
    key: &Key,
    range: &Range<u64>,
) -> Result<Segment> {
    let source = match &row.object {
        Some(address) => Source::Object(address.clone()),
        None => inline(op, rows::INLINE, params![session.tenant, row.version])?,
    };
    Ok(Segment {
        key: key.duplicate(),
        context: contexts::version_bytes(row.version),
        size: row.size,
        range: range.clone(),
        source,
    })
}

/// The content of a small version, where it lies in its row and needs no key of the client's; nothing otherwise. A step of an
/// act that gives nothing of it out.
pub(super) fn row_content(
    op: &mut Op<'_>,
    session: &Session,
    row: &ItemRow,
) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let version = row.version()?;
    let elsewhere = row.object.is_some() || version.reference.is_some() || !version.parts.is_empty();
    if elsewhere || version.key_provided {
        return Ok(None);
    }
    let segment = whole(op, session, row, &row.version_key, &(0..row.size))?;
    let Source::Inline(sealed) = &segment.source else {
        return Ok(None);
    };
    let opened = stream::open_inline(&segment, sealed.clone())?;
    Ok(Some(Zeroizing::new(opened.to_vec())))
}

/// Where the sealed bytes of a part lie.
pub(crate) fn part_source(
    op: &mut Op<'_>,
    session: &Session,
    part: PartId,
    address: Option<Address>,
) -> Result<Source> {
    match address {
        Some(address) => Ok(Source::Object(address)),
        None => inline(op, INLINE_PART, params![session.tenant, part]),
    }
}

fn inline(op: &mut Op<'_>, sql: &str, params: &[store::Value]) -> Result<Source> {
    let found = op.find(sql, params)?;
    let sealed: Option<Vec<u8>> = found.map(|row| row.get(0)).transpose()?.flatten();
    sealed.map(Source::Inline).ok_or(Error::Altered)
}

/// The objects of all parts of all versions of an item, for whoever lets go of it.
pub(super) fn all_part_objects(op: &mut Op<'_>, session: &Session, item: ItemId) -> Result<Vec<Address>> {
    addresses(&op.find_all(PART_OBJECTS, params![session.tenant, item])?)
}

/// The objects that rows of two columns name: id and place.
pub(crate) fn addresses(rows: &[store::Row]) -> Result<Vec<Address>> {
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        found.extend(Address::read(row, 0, 1)?);
    }
    Ok(found)
}
