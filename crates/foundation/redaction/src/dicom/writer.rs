//! Elements into bytes.
//!
//! Promises: lengths are even and true, and what does not fit a length is refused. Leaves out: which elements.

use super::reader::Header;
use super::refused::Refused;
use super::syntax::Encoding;
use super::tag::Tag;
use super::vr::Vr;

/// The bytes written so far.
#[derive(Debug)]
pub(super) struct Writer {
    bytes: Vec<u8>,
}

/// A length that is written when what it counts is complete.
#[must_use]
pub(super) struct Open {
    /// Where the length stands; nothing when the end is marked instead.
    length_at: Option<usize>,
    end: Tag,
    encoding: Encoding,
}

/// Which attribute begins, and in which encoding.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) encoding: Encoding,
    pub(super) tag: Tag,
}

impl Writer {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    pub(super) fn at(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// A whole element; a value of odd length is padded as its representation wants.
    pub(super) fn element(
        &mut self,
        encoding: Encoding,
        tag: Tag,
        vr: Vr,
        value: &[u8],
    ) -> Result<(), Refused> {
        let padded = value.len() + value.len() % 2;
        if encoding.explicit && !vr.has_long_length() && padded > usize::from(u16::MAX) {
            return Err(Refused::TooLong);
        }
        self.header(encoding, tag, vr, Some(padded))?;
        self.bytes.extend_from_slice(value);
        if value.len() % 2 == 1 {
            self.bytes.push(vr.padding());
        }
        Ok(())
    }

    /// An element of which the value, marks of its end included, is given as it is.
    pub(super) fn copy(&mut self, encoding: Encoding, header: &Header, value: &[u8]) -> Result<(), Refused> {
        if header.length.is_some() {
            return self.element(encoding, header.tag, header.vr, value);
        }
        self.header(encoding, header.tag, header.vr, None)?;
        self.bytes.extend_from_slice(value);
        Ok(())
    }

    /// Begins a sequence whose items stand in `inner`; [`Writer::close`] ends it. `has_length` decides how its end is
    /// known.
    pub(super) fn sequence(
        &mut self,
        place: Place,
        vr: Vr,
        inner: Encoding,
        has_length: bool,
    ) -> Result<Open, Refused> {
        self.header(place.encoding, place.tag, vr, has_length.then_some(0))?;
        let encoding = if has_length { place.encoding } else { inner };
        Ok(self.opened(encoding, Tag::SEQUENCE_END, has_length))
    }

    /// Begins an item; [`Writer::close`] ends it.
    pub(super) fn item(&mut self, encoding: Encoding, has_length: bool) -> Open {
        self.tag(encoding, Tag::ITEM);
        let length = if has_length { 0 } else { u32::MAX };
        self.bytes.extend_from_slice(&encoding.u32_bytes(length));
        self.opened(encoding, Tag::ITEM_END, has_length)
    }

    /// Ends a sequence or item.
    pub(super) fn close(&mut self, open: Open) -> Result<(), Refused> {
        let Some(at) = open.length_at else {
            self.tag(open.encoding, open.end);
            self.bytes.extend_from_slice(&[0; 4]);
            return Ok(());
        };
        let length = self.bytes.len().saturating_sub(at + 4);
        let length = u32::try_from(length)
            .ok()
            .filter(|&it| it != u32::MAX)
            .ok_or(Refused::TooLong)?;
        self.overwrite(at, open.encoding.u32_bytes(length));
        Ok(())
    }

    /// Four bytes written before are exchanged.
    pub(super) fn overwrite(&mut self, at: usize, four: [u8; 4]) {
        if let Some(place) = self.bytes.get_mut(at..at + 4) {
            place.copy_from_slice(&four);
        }
    }

    fn opened(&self, encoding: Encoding, end: Tag, has_length: bool) -> Open {
        Open {
            length_at: has_length.then(|| self.bytes.len().saturating_sub(4)),
            end,
            encoding,
        }
    }

    fn header(&mut self, encoding: Encoding, tag: Tag, vr: Vr, length: Option<usize>) -> Result<(), Refused> {
        let length = length
            .map_or(Ok(u32::MAX), u32::try_from)
            .map_err(|_| Refused::TooLong)?;
        self.tag(encoding, tag);
        if !encoding.explicit {
            self.bytes.extend_from_slice(&encoding.u32_bytes(length));
            return Ok(());
        }
        self.bytes.extend_from_slice(&vr.0);
        if vr.has_long_length() {
            self.bytes.extend_from_slice(&[0; 2]);
            self.bytes.extend_from_slice(&encoding.u32_bytes(length));
        } else {
            let short = u16::try_from(length).map_err(|_| Refused::TooLong)?;
            self.bytes.extend_from_slice(&encoding.u16_bytes(short));
        }
        Ok(())
    }

    fn tag(&mut self, encoding: Encoding, tag: Tag) {
        self.bytes.extend_from_slice(&encoding.u16_bytes(tag.group()));
        self.bytes.extend_from_slice(&encoding.u16_bytes(tag.element()));
    }
}
