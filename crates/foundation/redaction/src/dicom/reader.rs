//! Elements, one after the other, out of borrowed bytes.
//!
//! Promises: never reads behind the end, never allocates, and every step moves forward. Leaves out: what elements
//! mean.

use super::refused::Refused;
use super::syntax::Encoding;
use super::tag::Tag;
use super::vr::{Kind, Vr, known};

/// What stands before a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) tag: Tag,
    /// As written; in implicit form and for items, what the dictionary says or `UN`.
    pub(super) vr: Vr,
    /// In bytes; nothing when the value goes on until its end is marked.
    pub(super) length: Option<usize>,
    /// Where the tag begins.
    pub(super) at: usize,
}

/// A place in a data set, and where it must end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    pub(super) encoding: Encoding,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize, encoding: Encoding) -> Self {
        Self { bytes, at, encoding }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_done(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// What is left, unread.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The bytes from a place already passed up to here.
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    /// The next tag, value representation and length.
    pub(super) fn header(&mut self) -> Result<Header, Refused> {
        let at = self.at;
        let tag = self.tag()?;
        if tag.is_delimiter() {
            let length = self.long_length()?;
            return Ok(Header {
                tag,
                vr: Vr::UN,
                length,
                at,
            });
        }
        if !self.encoding.explicit {
            let vr = known(tag).map_or(Vr::UN, |known| known.vr);
            let length = self.long_length()?;
            return Ok(Header { tag, vr, length, at });
        }
        let vr = Vr(self.array()?);
        if vr.kind().is_none() {
            return Err(Refused::UnknownRepresentation {
                tag: tag.to_string(),
                at,
            });
        }
        let length = if vr.has_long_length() {
            let _reserved: [u8; 2] = self.array()?;
            self.long_length()?
        } else {
            Some(self.encoding.u16(self.array()?).into())
        };
        Ok(Header { tag, vr, length, at })
    }

    /// The next bytes.
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Refused> {
        let end = self.at.checked_add(length).ok_or(self.truncated())?;
        let taken = self.bytes.get(self.at..end).ok_or(self.truncated())?;
        self.at = end;
        Ok(taken)
    }

    /// A reader of the next bytes, which end there; this one goes on behind them.
    pub(super) fn part(&mut self, length: usize, encoding: Encoding) -> Result<Self, Refused> {
        let at = self.at;
        self.take(length)?;
        let bytes = self.bytes.get(..self.at).unwrap_or_default();
        Ok(Self { bytes, at, encoding })
    }

    /// The same place, read in another encoding; goes on with [`Reader::resume`].
    pub(super) fn recoded(&self, encoding: Encoding) -> Self {
        Self { encoding, ..*self }
    }

    /// Goes on where the other one stopped.
    pub(super) fn resume(&mut self, other: &Self) {
        self.at = other.at;
    }

    pub(super) fn truncated(&self) -> Refused {
        Refused::Truncated { at: self.at }
    }

    fn tag(&mut self) -> Result<Tag, Refused> {
        let group = self.encoding.u16(self.array()?);
        let element = self.encoding.u16(self.array()?);
        Ok(Tag::new(group, element))
    }

    fn long_length(&mut self) -> Result<Option<usize>, Refused> {
        let length = self.encoding.u32(self.array()?);
        Ok((length != u32::MAX).then_some(length as usize))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Refused> {
        let truncated = self.truncated();
        self.take(N)?.first_chunk().copied().ok_or(truncated)
    }
}

impl Header {
    /// What kind of value it is: as written, unless that is mere bytes and the dictionary knows better.
    pub(super) fn effective_vr(&self) -> Vr {
        if !matches!(&self.vr.0, b"OB" | b"OW" | b"UN") || self.tag.is_private() {
            return self.vr;
        }
        match known(self.tag).map(|known| known.vr) {
            Some(vr) if self.vr == Vr::UN || !matches!(vr.kind(), Some(Kind::Binary(_) | Kind::Sequence)) => {
                vr
            }
            _ => self.vr,
        }
    }

    /// In which encoding the items of this sequence stand. Unknown values are always implicit (PS3.5, 6.2.2).
    pub(super) fn item_encoding(&self, around: Encoding) -> Encoding {
        if around.explicit && self.vr == Vr::UN {
            Encoding::IMPLICIT
        } else {
            around
        }
    }

    /// Whether the value consists of items: it is a sequence, or it has no length and is not pixels.
    pub(super) fn has_items(&self) -> bool {
        self.effective_vr() == Vr::SQ || (self.length.is_none() && self.vr == Vr::UN)
    }
}
