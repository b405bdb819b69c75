//! Where chunks lie: arithmetic on lengths, no cipher.

use std::ops::Range;

use super::HEADER_LEN;
use crate::Refused;

/// Bytes each chunk grows by when sealed.
pub const TAG_LEN: usize = 16;

/// Plaintext bytes of every chunk but the last: a power of two from 4 KiB to 1 MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkSize(u8);

impl ChunkSize {
    /// 64 KiB: range reads stay small, and the sixteen bytes of each tag do not count.
    pub const DEFAULT: Self = Self(16);
    /// 4 KiB.
    pub const SMALLEST: Self = Self(12);
    /// 1 MiB.
    pub const LARGEST: Self = Self(20);

    /// The chunk size of 2^`log2` bytes.
    ///
    /// # Errors
    /// [`Refused::ChunkSize`] outside 12 to 20.
    pub fn from_log2(log2: u8) -> Result<Self, Refused> {
        let allowed = Self::SMALLEST.0..=Self::LARGEST.0;
        if allowed.contains(&log2) {
            Ok(Self(log2))
        } else {
            Err(Refused::ChunkSize(log2))
        }
    }

    /// The exponent, as the header holds it.
    pub fn log2(self) -> u8 {
        self.0
    }

    /// Plaintext bytes of a full chunk.
    pub const fn bytes(self) -> usize {
        1 << self.0
    }

    /// Whether a chunk with so many plaintext bytes may stand at this place.
    pub(super) fn allows(self, plaintext_len: usize, index: u32, last: bool) -> bool {
        if last {
            plaintext_len <= self.bytes() && (plaintext_len > 0 || index == 0)
        } else {
            plaintext_len == self.bytes()
        }
    }
}

/// The lengths of one stream, from its plaintext length or its sealed length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    plaintext_len: u64,
    chunk_size: ChunkSize,
}

/// One chunk of a stream: what [`super::StreamOpener::open_chunk`] needs, and where its bytes lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkSpan {
    /// The number of the chunk, from 0.
    pub index: u32,
    /// Whether it is the last.
    pub last: bool,
    /// Its sealed bytes, as offsets from the beginning of the header.
    pub sealed: Range<u64>,
}

/// What to read, open and cut for one range of plaintext.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The chunks that hold the range, in order; never none.
    pub chunks: Range<u64>,
    /// The sealed bytes of them all, as offsets from the beginning of the header.
    pub sealed: Range<u64>,
    /// Plaintext bytes to drop at the beginning of the first chunk.
    pub skip: usize,
    /// Plaintext bytes to keep after that.
    pub keep: u64,
}

impl Layout {
    /// The layout of a stream with so many bytes of plaintext.
    ///
    /// # Errors
    /// [`Refused::TooLong`] if it would take more than 2^32 chunks.
    pub fn new(plaintext_len: u64, chunk_size: ChunkSize) -> Result<Self, Refused> {
        let layout = Self {
            plaintext_len,
            chunk_size,
        };
        if layout.chunk_count() > 1 << 32 {
            Err(Refused::TooLong)
        } else {
            Ok(layout)
        }
    }

    /// The layout of a stream with so many bytes in all, header included.
    ///
    /// # Errors
    /// [`Refused::ImpossibleLength`] if no plaintext has this sealed length; [`Refused::TooLong`].
    pub fn from_sealed_len(sealed_len: u64, chunk_size: ChunkSize) -> Result<Self, Refused> {
        let impossible = Refused::ImpossibleLength(sealed_len);
        let Some(body) = sealed_len.checked_sub(HEADER_LEN as u64) else {
            return Err(impossible);
        };
        let chunks = body.div_ceil(sealed_chunk(chunk_size));
        let Some(plaintext_len) = body.checked_sub(chunks * TAG_LEN as u64) else {
            return Err(impossible);
        };
        let layout = Self::new(plaintext_len, chunk_size)?;
        // A last chunk that is cut within its tag, or empty behind others, does not come back the same.
        if layout.sealed_len() == sealed_len {
            Ok(layout)
        } else {
            Err(impossible)
        }
    }

    /// Bytes of plaintext.
    pub fn plaintext_len(&self) -> u64 {
        self.plaintext_len
    }

    /// The chunk size.
    pub fn chunk_size(&self) -> ChunkSize {
        self.chunk_size
    }

    /// How many chunks: 1 to 2^32.
    pub fn chunk_count(&self) -> u64 {
        self.plaintext_len.div_ceil(self.chunk_size.bytes() as u64).max(1)
    }

    /// Bytes in all, header included.
    pub fn sealed_len(&self) -> u64 {
        HEADER_LEN as u64 + self.plaintext_len + self.chunk_count() * TAG_LEN as u64
    }

    /// One chunk.
    ///
    /// # Errors
    /// [`Refused::OutOfRange`] if there is no such chunk.
    pub fn chunk(&self, index: u64) -> Result<ChunkSpan, Refused> {
        let count = self.chunk_count();
        let (true, Ok(number)) = (index < count, u32::try_from(index)) else {
            return Err(Refused::OutOfRange(self.plaintext_len));
        };
        let sealed = self.sealed_start(index)..self.sealed_start(index + 1).min(self.sealed_len());
        Ok(ChunkSpan {
            index: number,
            last: index + 1 == count,
            sealed,
        })
    }

    /// What to read for plaintext bytes `range`. An empty range still names one chunk, so that even
    /// "nothing" is answered only after a chunk was verified.
    ///
    /// # Errors
    /// [`Refused::OutOfRange`] if it is reversed or ends behind the plaintext.
    pub fn range(&self, range: Range<u64>) -> Result<Span, Refused> {
        if range.start > range.end || range.end > self.plaintext_len {
            return Err(Refused::OutOfRange(self.plaintext_len));
        }
        let size = self.chunk_size.bytes() as u64;
        let first = (range.start / size).min(self.chunk_count() - 1);
        let end = range.end.div_ceil(size).max(first + 1);
        Ok(Span {
            chunks: first..end,
            sealed: self.sealed_start(first)..self.sealed_start(end).min(self.sealed_len()),
            skip: (range.start - first * size) as usize,
            keep: range.end - range.start,
        })
    }

    fn sealed_start(&self, index: u64) -> u64 {
        HEADER_LEN as u64 + index * sealed_chunk(self.chunk_size)
    }
}

fn sealed_chunk(chunk_size: ChunkSize) -> u64 {
    (chunk_size.bytes() + TAG_LEN) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SMALL: ChunkSize = ChunkSize::SMALLEST;

    #[test]
    fn lengths_at_the_borders() {
        for (plaintext, chunks) in [
            (0, 1),
            (1, 1),
            (4_095, 1),
            (4_096, 1),
            (4_097, 2),
            (8_192, 2),
            (8_193, 3),
        ] {
            let layout = Layout::new(plaintext, SMALL).unwrap();
            assert_eq!(layout.chunk_count(), chunks, "{plaintext}");
            assert_eq!(layout.sealed_len(), 72 + plaintext + 16 * chunks);
        }
    }

    #[test]
    fn a_stream_ends_at_two_to_the_thirty_two_chunks() {
        let most = (1u64 << 32) * 4_096;
        let layout = Layout::new(most, SMALL).unwrap();
        assert_eq!(layout.chunk((1 << 32) - 1).unwrap().index, u32::MAX);
        assert!(layout.chunk((1 << 32) - 1).unwrap().last);
        assert_eq!(layout.chunk(1 << 32), Err(Refused::OutOfRange(most)));
        assert_eq!(Layout::new(most + 1, SMALL), Err(Refused::TooLong));
        assert_eq!(
            Layout::from_sealed_len(layout.sealed_len() + 17, SMALL),
            Err(Refused::TooLong)
        );
        assert!(Layout::new(u64::MAX, ChunkSize::LARGEST).is_err());
        assert!(Layout::from_sealed_len(u64::MAX, ChunkSize::LARGEST).is_err());
    }

    #[test]
    fn impossible_sealed_lengths_are_refused() {
        let full = 72 + 4_096 + 16;
        for length in [0, 71, 72, 87, full + 1, full + 15, full + 16] {
            assert_eq!(
                Layout::from_sealed_len(length, SMALL),
                Err(Refused::ImpossibleLength(length))
            );
        }
        for (length, plaintext) in [(88, 0), (89, 1), (full, 4_096), (full + 17, 4_097)] {
            assert_eq!(
                Layout::from_sealed_len(length, SMALL).unwrap().plaintext_len(),
                plaintext
            );
        }
    }

    #[test]
    fn ranges_name_the_chunks_they_need() {
        let layout = Layout::new(10_000, SMALL).unwrap();
        let span = layout.range(4_000..4_200).unwrap();
        assert_eq!(
            span,
            Span {
                chunks: 0..2,
                sealed: 72..72 + 2 * 4_112,
                skip: 4_000,
                keep: 200
            }
        );
        let span = layout.range(8_192..10_000).unwrap();
        assert_eq!(
            span,
            Span {
                chunks: 2..3,
                sealed: 8_296..layout.sealed_len(),
                skip: 0,
                keep: 1_808
            }
        );
        assert_eq!(layout.range(10_000..10_000).unwrap().chunks, 2..3);
        assert_eq!(layout.range(0..0).unwrap().chunks, 0..1);
        assert_eq!(layout.range(9_999..10_001), Err(Refused::OutOfRange(10_000)));
        #[allow(clippy::reversed_empty_ranges, reason = "what is refused")]
        let reversed = layout.range(5..4);
        assert_eq!(reversed, Err(Refused::OutOfRange(10_000)));
        assert_eq!(
            Layout::new(8_192, SMALL)
                .unwrap()
                .range(8_192..8_192)
                .unwrap()
                .chunks,
            1..2
        );
    }

    #[test]
    fn only_documented_chunk_sizes_exist() {
        assert_eq!(ChunkSize::from_log2(11), Err(Refused::ChunkSize(11)));
        assert_eq!(ChunkSize::from_log2(21), Err(Refused::ChunkSize(21)));
        assert_eq!(ChunkSize::from_log2(16), Ok(ChunkSize::DEFAULT));
    }

    proptest! {
        #[test]
        fn a_sealed_length_tells_the_plaintext_length(length in 0u64..1 << 40, log2 in 12u8..=20) {
            let layout = Layout::new(length, ChunkSize::from_log2(log2).unwrap()).unwrap();
            prop_assert_eq!(Layout::from_sealed_len(layout.sealed_len(), layout.chunk_size()), Ok(layout));
        }

        #[test]
        fn any_sealed_length_is_exact_or_refused(length: u64, log2 in 12u8..=20) {
            if let Ok(layout) = Layout::from_sealed_len(length, ChunkSize::from_log2(log2).unwrap()) {
                prop_assert_eq!(layout.sealed_len(), length);
            }
        }

        #[test]
        fn chunks_of_a_range_cover_it_without_a_gap(length in 0u64..1 << 24, a: u64, b: u64) {
            let layout = Layout::new(length, SMALL).unwrap();
            let (start, end) = ((a % (length + 1)).min(b % (length + 1)), (a % (length + 1)).max(b % (length + 1)));
            let span = layout.range(start..end).unwrap();
            let mut at = span.sealed.start;
            for index in span.chunks.clone() {
                let chunk = layout.chunk(index).unwrap();
                prop_assert_eq!(chunk.sealed.start, at);
                at = chunk.sealed.end;
            }
            prop_assert_eq!(at, span.sealed.end);
            prop_assert_eq!(span.chunks.start * 4_096 + span.skip as u64, start);
            prop_assert!(end <= (span.chunks.end * 4_096).min(length));
        }
    }
}
