//! QuickTime and MP4 (ISO 14496-12): boxes in boxes, and tables of where frames lie.
//!
//! Promises: the number of frames and where each lies follow from the tables and lie inside the file. Leaves out: fragments,
//! edit lists, frames in several forms; of several tracks of pictures the first is shown.

use super::{BROKEN, big, not_drawn};
use crate::Refused;

/// Whether the first box is one that such files begin with.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    matches!(
        bytes.get(4..8),
        Some(b"ftyp" | b"moov" | b"mdat" | b"wide" | b"free" | b"skip")
    )
}

/// A film whose first track of pictures is JPEG.
pub(super) struct Film<'a> {
    bytes: &'a [u8],
    sizes: Sizes<'a>,
    /// Which chunks have how many frames: `stsc`, three numbers a row.
    runs: Table<'a>,
    chunks: Chunks<'a>,
}

impl<'a> Film<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, Refused> {
        let table = first_pictures(bytes).ok_or(BROKEN)?;
        if let Some(refused) = not_drawn(codec_of(table).ok_or(BROKEN)?) {
            return Err(refused);
        }
        Self::of(bytes, table).ok_or(BROKEN)
    }

    fn of(bytes: &'a [u8], table: &'a [u8]) -> Option<Self> {
        let sizes = Sizes::read(inside(table, b"stsz")?, bytes.len())?;
        let runs = Table::read(inside(table, b"stsc")?.get(4..)?, 12)?;
        let chunks = match inside(table, b"stco") {
            Some(short) => Chunks::Short(Table::read(short.get(4..)?, 4)?),
            None => Chunks::Long(Table::read(inside(table, b"co64")?.get(4..)?, 8)?),
        };
        Some(Self {
            bytes,
            sizes,
            runs,
            chunks,
        })
    }

    pub(super) fn frames(&self) -> u32 {
        self.sizes.count
    }

    pub(super) fn frame(&self, number: u32) -> Option<&'a [u8]> {
        let (chunk, first) = self.chunk_of(number)?;
        let start = (first..number).try_fold(self.chunks.start(chunk)?, |start, frame| {
            start.checked_add(u64::from(self.sizes.of(frame)?))
        })?;
        let start = usize::try_from(start).ok()?;
        let length = usize::try_from(self.sizes.of(number)?).ok()?;
        self.bytes.get(start..start.checked_add(length)?)
    }

    /// The chunk that a frame lies in, from 0, and the first frame of that chunk.
    fn chunk_of(&self, number: u32) -> Option<(u32, u32)> {
        let mut frames_before = 0_u64;
        for run in 0..self.runs.rows {
            let first_chunk = self.runs.number(run, 0)?.checked_sub(1)?;
            let per_chunk = u64::from(self.runs.number(run, 4)?);
            // The last run goes on to the end.
            let next = self
                .runs
                .number(run + 1, 0)
                .map_or(Some(u32::MAX), |it| it.checked_sub(1))?;
            let chunks = u64::from(next.checked_sub(first_chunk)?);
            let frames = chunks.checked_mul(per_chunk)?;
            let within = u64::from(number).checked_sub(frames_before)?;
            if within < frames {
                let chunk = first_chunk.checked_add(u32::try_from(within / per_chunk).ok()?)?;
                let first = number.checked_sub(u32::try_from(within % per_chunk).ok()?)?;
                return Some((chunk, first));
            }
            frames_before = frames_before.checked_add(frames)?;
        }
        None
    }
}

/// Rows of numbers behind their count.
#[derive(Clone, Copy)]
struct Table<'a> {
    rows: u32,
    bytes: &'a [u8],
    row: usize,
}

impl<'a> Table<'a> {
    /// `None` when there are fewer bytes than rows are promised.
    fn read(bytes: &'a [u8], row: usize) -> Option<Self> {
        let rows = big(bytes, 0)?;
        let bytes = bytes.get(4..)?;
        let length = usize::try_from(rows).ok()?.checked_mul(row)?;
        Some(Self {
            rows,
            bytes: bytes.get(..length)?,
            row,
        })
    }

    /// The number in this row, so many bytes from its beginning.
    fn number(&self, row: u32, at: usize) -> Option<u32> {
        let start = usize::try_from(row).ok()?.checked_mul(self.row)?;
        big(self.bytes, start.checked_add(at)?)
    }
}

/// `stsz`: how long each frame is, or all of them.
struct Sizes<'a> {
    all: Option<u32>,
    count: u32,
    each: &'a [u8],
}

impl<'a> Sizes<'a> {
    fn read(bytes: &'a [u8], file: usize) -> Option<Self> {
        let (all, count) = (big(bytes, 4)?, big(bytes, 8)?);
        let each = bytes.get(12..)?;
        let needed = match all {
            0 => Table::read(bytes.get(8..)?, 4).map(|_| 0)?,
            all => u64::from(all) * u64::from(count),
        };
        (needed <= u64::try_from(file).ok()?).then_some(Self {
            all: (all > 0).then_some(all),
            count,
            each,
        })
    }

    fn of(&self, frame: u32) -> Option<u32> {
        let each = || big(self.each, usize::try_from(frame).ok()?.checked_mul(4)?);
        self.all.or_else(each).filter(|_| frame < self.count)
    }
}

/// `stco` and `co64`: where chunks begin in the file.
enum Chunks<'a> {
    Short(Table<'a>),
    Long(Table<'a>),
}

impl Chunks<'_> {
    fn start(&self, chunk: u32) -> Option<u64> {
        match self {
            Self::Short(table) => table.number(chunk, 0).map(u64::from),
            Self::Long(table) => {
                let (high, low) = (table.number(chunk, 0)?, table.number(chunk, 4)?);
                Some(u64::from(high) << 32 | u64::from(low))
            }
        }
    }
}

/// The four letters that name how the pictures are coded.
pub(super) fn codec(bytes: &[u8]) -> Option<[u8; 4]> {
    codec_of(first_pictures(bytes)?)
}

fn codec_of(table: &[u8]) -> Option<[u8; 4]> {
    inside(table, b"stsd")?.get(12..)?.first_chunk().copied()
}

/// The tables (`stbl`) of the first track whose handler is of pictures.
fn first_pictures(bytes: &[u8]) -> Option<&[u8]> {
    let tracks = Boxes(inside(bytes, b"moov")?).filter(|(name, _)| name == b"trak");
    let mut media = tracks.filter_map(|(_, track)| inside(track, b"mdia"));
    let pictures =
        media.find(|media| inside(media, b"hdlr").and_then(|it| it.get(8..12)) == Some(b"vide"))?;
    inside(inside(pictures, b"minf")?, b"stbl")
}

/// What is in the first box of this name among these.
fn inside<'a>(boxes: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    Boxes(boxes)
        .find(|(it, _)| it == name)
        .map(|(_, content)| content)
}

/// Boxes that follow each other. Ends at one that is longer than what is left.
struct Boxes<'a>(&'a [u8]);

impl<'a> Iterator for Boxes<'a> {
    type Item = ([u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (size, name) = (big(self.0, 0)?, *self.0.get(4..)?.first_chunk::<4>()?);
        let (head, length) = match size {
            // To the end.
            0 => (8, self.0.len()),
            1 => {
                let length = u64::from(big(self.0, 8)?) << 32 | u64::from(big(self.0, 12)?);
                (16, usize::try_from(length).ok()?)
            }
            size => (8, usize::try_from(size).ok()?),
        };
        let content = self.0.get(head..length)?;
        self.0 = self.0.get(length..)?;
        Some((name, content))
    }
}
