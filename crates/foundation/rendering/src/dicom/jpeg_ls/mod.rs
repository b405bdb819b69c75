//! JPEG-LS (ITU-T T.87): lossless and near-lossless compression, of which the family of decoders in use here has none.
//!
//! Promises: the size is held against what was expected before anything is unpacked; each value takes a bounded number of steps,
//! and a stream that ends early is refused. Leaves out: palettes, restart intervals, sizes that only the end of the
//! stream tells.

mod bits;
mod lines;
mod model;

use self::bits::Bits;
use self::lines::Lines;
use self::model::{Model, Preset};

/// What was in a stream: the values of each component, all of one before those of the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unpacked {
    pub(super) components: usize,
    pub(super) values: Vec<u16>,
}

/// The stream is damaged, or in a form that is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

const FRAME: u8 = 0xF7;
const SCAN: u8 = 0xDA;
const PRESET: u8 = 0xF8;
const END: u8 = 0xD9;

/// Unpacks a stream of this many columns and rows.
pub(super) fn unpack(stream: &[u8], columns: usize, rows: usize) -> Result<Unpacked, Unreadable> {
    let mut stream = stream.strip_prefix(&[0xFF, 0xD8]).ok_or(Unreadable)?;
    let mut frame: Option<Frame> = None;
    let mut preset = None;
    let mut values = Vec::new();
    loop {
        let (marker, segment, rest) = next_segment(stream)?;
        stream = rest;
        match marker {
            FRAME if frame.is_none() => frame = Some(Frame::read(segment, columns, rows)?),
            PRESET => preset = Some(read_preset(segment)?),
            SCAN => {
                let frame = frame.ok_or(Unreadable)?;
                let scan = Scan::read(segment)?;
                stream = scan.unpack(&frame, preset, stream, &mut values)?;
                if values.len() >= frame.components * frame.pixels() {
                    break;
                }
            }
            END | FRAME => return Err(Unreadable),
            _ => {}
        }
    }
    let components = frame.ok_or(Unreadable)?.components;
    Ok(Unpacked { components, values })
}

/// A marker, what belongs to it, and what follows.
fn next_segment(stream: &[u8]) -> Result<(u8, &[u8], &[u8]), Unreadable> {
    let start = stream.iter().position(|&byte| byte != 0xFF).ok_or(Unreadable)?;
    let [marker, high, low] = *stream[start..].first_chunk().ok_or(Unreadable)?;
    if start == 0 {
        return Err(Unreadable);
    }
    let length = usize::from(u16::from_be_bytes([high, low]));
    let behind = &stream[start + 1..];
    let segment = behind.get(2..length).ok_or(Unreadable)?;
    Ok((marker, segment, &behind[length..]))
}

/// What the stream says of the picture (C.2.2).
#[derive(Clone, Copy)]
struct Frame {
    precision: u32,
    columns: usize,
    rows: usize,
    components: usize,
}

impl Frame {
    fn read(segment: &[u8], columns: usize, rows: usize) -> Result<Self, Unreadable> {
        let [precision, high, low, wide_high, wide_low, components] =
            *segment.first_chunk().ok_or(Unreadable)?;
        let said_rows = usize::from(u16::from_be_bytes([high, low]));
        let said_columns = usize::from(u16::from_be_bytes([wide_high, wide_low]));
        let fits = (said_columns, said_rows) == (columns, rows)
            && (2..=16).contains(&precision)
            && matches!(components, 1 | 3)
            && columns > 0
            && rows > 0;
        fits.then_some(Self {
            precision: precision.into(),
            columns,
            rows,
            components: components.into(),
        })
        .ok_or(Unreadable)
    }

    fn pixels(&self) -> usize {
        self.columns * self.rows
    }
}

/// Only coding parameters are read, not tables (C.2.4.1.1).
fn read_preset(segment: &[u8]) -> Result<[u16; 5], Unreadable> {
    let (&kind, numbers) = segment.split_first().ok_or(Unreadable)?;
    let numbers: &[u8; 10] = numbers.first_chunk().ok_or(Unreadable)?;
    if kind != 1 {
        return Err(Unreadable);
    }
    Ok([0, 2, 4, 6, 8].map(|place| u16::from_be_bytes([numbers[place], numbers[place + 1]])))
}

/// What the stream says of one scan (C.2.3).
struct Scan {
    components: usize,
    near: u16,
    /// All values of a line of one component first, or of one pixel.
    by_pixel: bool,
}

impl Scan {
    fn read(segment: &[u8]) -> Result<Self, Unreadable> {
        let (&components, rest) = segment.split_first().ok_or(Unreadable)?;
        let components = usize::from(components);
        let [near, interleave, transform] = *rest
            .get(components * 2..)
            .and_then(<[u8]>::first_chunk)
            .ok_or(Unreadable)?;
        if !matches!((components, interleave, transform), (1, 0..=2, 0) | (3, 1 | 2, 0)) {
            return Err(Unreadable);
        }
        Ok(Self {
            components,
            near: near.into(),
            by_pixel: interleave == 2 && components > 1,
        })
    }

    /// Adds the values of the scan's components, and gives what follows it.
    fn unpack<'a>(
        &self,
        frame: &Frame,
        preset: Option<[u16; 5]>,
        stream: &'a [u8],
        values: &mut Vec<u16>,
    ) -> Result<&'a [u8], Unreadable> {
        let (pixels, first) = (frame.pixels(), values.len());
        if first + self.components * pixels > frame.components * pixels {
            return Err(Unreadable);
        }
        let preset = Preset::new(frame.precision, self.near, preset)?;
        let mut lines = Lines::new(
            Model::new(preset),
            Bits::new(stream),
            frame.columns,
            self.components,
        );
        // Grows by what was really in the stream: a short one never costs a large picture.
        let mut planes = vec![Vec::new(); self.components];
        for _ in 0..frame.rows {
            lines.next(self.by_pixel)?;
            for (component, plane) in planes.iter_mut().enumerate() {
                plane.extend(lines.line(component));
            }
        }
        planes.iter().for_each(|plane| values.extend_from_slice(plane));
        Ok(lines.rest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of T.87, H.4.
    const EXAMPLE: &[u8] = &[
        0xFF, 0xD8, 0xFF, 0xF7, 0, 0x0B, 8, 0, 4, 0, 4, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0,
        0xC0, 0, 0, 0x6C, 0x80, 0x20, 0x8E, 1, 0xC0, 0, 0, 0x57, 0x40, 0, 0, 0x6E, 0xE6, 0, 0, 1, 0xBC, 0x18,
        0, 0, 5, 0xD8, 0, 0, 0x91, 0x60, 0xFF, 0xD9,
    ];

    #[test]
    fn the_example_of_the_standard_is_unpacked() {
        let expected = [
            0, 0, 90, 74, 68, 50, 43, 205, 64, 145, 145, 145, 100, 145, 145, 145,
        ];
        assert_eq!(unpack(EXAMPLE, 4, 4).map(|it| it.values), Ok(expected.to_vec()));
    }

    #[test]
    fn streams_of_another_size_or_cut_ones_are_refused() {
        assert_eq!(unpack(EXAMPLE, 4, 5), Err(Unreadable));
        assert_eq!(unpack(EXAMPLE, 5, 4), Err(Unreadable));
        for length in 0..EXAMPLE.len() - 4 {
            assert_eq!(unpack(&EXAMPLE[..length], 4, 4), Err(Unreadable), "{length}");
        }
    }

    proptest::proptest! {
        #[test]
        fn changed_streams_are_unpacked_or_refused(
            changes in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), proptest::prelude::any::<u8>()), 1..8)
        ) {
            let mut stream = EXAMPLE.to_vec();
            for (place, byte) in changes {
                let place = place.index(stream.len());
                stream[place] = byte;
            }
            if let Ok(unpacked) = unpack(&stream, 4, 4) {
                proptest::prop_assert_eq!(unpacked.values.len(), unpacked.components * 16);
            }
        }
    }
}
