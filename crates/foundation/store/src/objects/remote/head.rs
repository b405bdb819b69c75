//! The first bytes of a remote object's head: how long the content is and where it lies.
//!
//! ```text
//! offset  bytes
//!      0      8  magic "BAILEEO1"
//!      8      8  length of the content, big-endian
//!     16      4  size of a piece, big-endian; 0 when the content follows the head
//!     20      4  zero
//! ```
//!
//! Content of more than one piece lies in pieces of that size beside the head, numbered from 1, the last one shorter.

use std::ops::Range;

/// How many bytes a head has.
pub const HEAD_LEN: usize = 24;
const MAGIC: [u8; 8] = *b"BAILEEO1";

/// What a head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    length: u64,
    piece: u32,
}

/// Bytes that are no head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are no head of an object")]
pub struct NoHead;

/// Where an offset of the content lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// The piece's number; nothing when the content follows the head.
    pub(super) number: Option<u64>,
    /// The bytes of the remote object, from the offset to the piece's end or that of the content.
    pub(super) bytes: Range<u64>,
    /// The length that the remote object must have.
    pub(super) stored: u64,
}

impl Head {
    /// Content of this length after the head.
    pub(super) const fn whole(length: u64) -> Self {
        Self { length, piece: 0 }
    }

    /// Content of this length in pieces of this size.
    pub(super) const fn in_pieces(length: u64, piece: u32) -> Self {
        Self { length, piece }
    }

    /// Reads a head. Bytes after it are not looked at.
    ///
    /// # Errors
    /// [`NoHead`] for anything that no writer makes.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoHead> {
        let bytes: &[u8; HEAD_LEN] = bytes.first_chunk().ok_or(NoHead)?;
        let (magic, rest) = bytes.split_first_chunk::<8>().ok_or(NoHead)?;
        let (length, rest) = rest.split_first_chunk::<8>().ok_or(NoHead)?;
        let (piece, zero) = rest.split_first_chunk::<4>().ok_or(NoHead)?;
        let head = Self {
            length: u64::from_be_bytes(*length),
            piece: u32::from_be_bytes(*piece),
        };
        let pieces_fit = head.piece == 0 || head.length > u64::from(head.piece);
        // Lengths near 2^64 would overflow sums of offsets; no object comes near.
        let fits = *magic == MAGIC && zero == [0; 4] && pieces_fit && head.length <= 1 << 62;
        fits.then_some(head).ok_or(NoHead)
    }

    /// The head as it is stored.
    pub fn to_bytes(self) -> [u8; HEAD_LEN] {
        let mut bytes = [0; HEAD_LEN];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..16].copy_from_slice(&self.length.to_be_bytes());
        bytes[16..20].copy_from_slice(&self.piece.to_be_bytes());
        bytes
    }

    /// Bytes of content.
    pub const fn length(self) -> u64 {
        self.length
    }

    /// How long the remote object with the head must be.
    pub(super) const fn stored(self) -> u64 {
        match self.piece {
            0 => HEAD_LEN as u64 + self.length,
            _ => HEAD_LEN as u64,
        }
    }

    /// Where the content's bytes from this offset lie, as far as one remote object has them. The offset must lie in the
    /// content.
    pub(super) fn span(self, offset: u64) -> Span {
        if self.piece == 0 {
            let head = HEAD_LEN as u64;
            return Span {
                number: None,
                bytes: head + offset..head + self.length,
                stored: head + self.length,
            };
        }
        let piece = u64::from(self.piece);
        let begins = offset / piece * piece;
        let stored = piece.min(self.length - begins);
        Span {
            number: Some(offset / piece + 1),
            bytes: offset - begins..stored,
            stored,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_span_ends_with_its_piece() {
        let head = Head::in_pieces(2500, 1000);
        let spans = [0, 999, 1000, 2400].map(|offset| head.span(offset));
        let told = spans.map(|span| (span.number.unwrap(), span.bytes, span.stored));
        assert_eq!(
            told,
            [
                (1, 0..1000, 1000),
                (1, 999..1000, 1000),
                (2, 0..1000, 1000),
                (3, 400..500, 500)
            ]
        );
        assert_eq!(Head::whole(10).span(4).bytes, 28..34);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(mut bytes in proptest::collection::vec(any::<u8>(), 0..40), magic: bool, offset: u64) {
            if magic && bytes.len() >= 8 {
                bytes[..8].copy_from_slice(&MAGIC);
            }
            if let Ok(head) = Head::parse(&bytes) {
                prop_assert_eq!(&head.to_bytes()[..], &bytes[..HEAD_LEN]);
                prop_assume!(head.length() > 0);
                let span = head.span(offset % head.length());
                prop_assert!(span.bytes.start < span.bytes.end && span.bytes.end <= span.stored);
            }
        }

        #[test]
        fn a_head_comes_back(length in 0..1_u64 << 62, piece: u32) {
            let head = if u64::from(piece) < length { Head::in_pieces(length, piece) } else { Head::whole(length) };
            prop_assert_eq!(Head::parse(&head.to_bytes()), Ok(head));
        }
    }
}
