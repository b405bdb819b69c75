//! From measured values to tones of grey (PS3.3, C.11.1 and C.11.2; PS3.4, N.2).
//!
//! Promises: the window that was asked for, or the file's own, or all values there are. Leaves out: presentation states.

use redaction::dicom::Image;

use super::shape::{Photometric, Shape};
use crate::Window;

const TRANSFORMED: u32 = 0x0028_9145;
const WINDOWED: u32 = 0x0028_9132;
const MODALITY_TABLE: u32 = 0x0028_3000;
const WINDOW_TABLE: u32 = 0x0028_3010;

/// The tones of a frame.
pub(super) fn tones(
    image: &Image<'_>,
    shape: &Shape,
    frame: usize,
    asked: Option<Window>,
    values: &[i32],
) -> Vec<u8> {
    let measured = Measured::of(image, frame);
    let curve = Curve::of(image, frame, asked, || range(values, &measured));
    let invert = shape.photometric == Photometric::Inverted;
    let tone = |value: i32| {
        let tone = curve.tone(measured.value(value));
        if invert { 255 - tone } else { tone }
    };
    // Values of few bits come again and again.
    if shape.stored <= 16 {
        let (first, count) = if shape.signed {
            (-(1i32 << (shape.stored - 1)), 1 << shape.stored)
        } else {
            (0, 1 << shape.stored)
        };
        let table: Vec<u8> = (0..count).map(|place: i32| tone(first + place)).collect();
        let place = |value: i32| usize::try_from(value - first).unwrap_or(0).min(table.len() - 1);
        return values.iter().map(|&value| table[place(value)]).collect();
    }
    values.iter().map(|&value| tone(value)).collect()
}

/// The lowest and the highest value.
fn range(values: &[i32], measured: &Measured) -> (f64, f64) {
    let lowest = values.iter().min().map_or(0.0, |&value| measured.value(value));
    let highest = values.iter().max().map_or(1.0, |&value| measured.value(value));
    (lowest.min(highest), lowest.max(highest))
}

/// From stored to measured values.
enum Measured {
    Linear { slope: f64, intercept: f64 },
    Table(Table),
}

impl Measured {
    fn of(image: &Image<'_>, frame: usize) -> Self {
        let first = |tag| image.decimals(frame, TRANSFORMED, tag).first().copied();
        match (first(0x0028_1053), Table::of(image, MODALITY_TABLE)) {
            (Some(slope), _) if slope != 0.0 => Self::Linear {
                slope,
                intercept: first(0x0028_1052).unwrap_or(0.0),
            },
            (_, Some(table)) => Self::Table(table),
            _ => Self::Linear {
                slope: 1.0,
                intercept: 0.0,
            },
        }
    }

    fn value(&self, stored: i32) -> f64 {
        match self {
            Self::Linear { slope, intercept } => f64::from(stored) * slope + intercept,
            Self::Table(table) => table.value(stored.into()),
        }
    }
}

/// From measured values to tones.
enum Curve {
    Linear(Window),
    /// Without the standard's half steps.
    Exact(Window),
    Sigmoid(Window),
    Table(Table),
}

impl Curve {
    fn of(
        image: &Image<'_>,
        frame: usize,
        asked: Option<Window>,
        range: impl FnOnce() -> (f64, f64),
    ) -> Self {
        let first = |tag| image.decimals(frame, WINDOWED, tag).first().copied();
        let own = first(0x0028_1050)
            .zip(first(0x0028_1051))
            .filter(|(_, width)| *width >= 0.0);
        let own = own.map(|(center, width)| Window { center, width });
        match (asked.or(own), image.text(0x0028_1056)) {
            (Some(window), "SIGMOID") => Self::Sigmoid(window),
            (Some(window), "LINEAR_EXACT") => Self::Exact(window),
            (Some(window), _) => Self::Linear(window),
            (None, _) => match Table::of(image, WINDOW_TABLE) {
                Some(table) => Self::Table(table),
                None => {
                    let (lowest, highest) = range();
                    Self::Exact(Window {
                        center: f64::midpoint(lowest, highest),
                        width: highest - lowest,
                    })
                }
            },
        }
    }

    fn tone(&self, value: f64) -> u8 {
        let share = match self {
            Self::Linear(Window { center, width }) if *width > 1.0 => {
                (value - (center - 0.5)) / (width - 1.0) + 0.5
            }
            // As narrow as that, it tells two sides apart.
            Self::Linear(Window { center, .. }) => f64::from(u8::from(value > center - 0.5)),
            Self::Exact(Window { center, width }) if *width > 0.0 => (value - center) / width + 0.5,
            Self::Exact(Window { center, .. }) => f64::from(u8::from(value > *center)),
            Self::Sigmoid(Window { center, width }) => {
                1.0 / (1.0 + (-4.0 * (value - center) / width.max(1e-6)).exp())
            }
            Self::Table(table) => table.value(value) / table.most,
        };
        (share * 255.0).round().clamp(0.0, 255.0) as u8
    }
}

/// A table of values (PS3.3, C.11.1.1). Places before and behind it mean its ends.
struct Table {
    first: f64,
    most: f64,
    values: Vec<u16>,
}

impl Table {
    /// The first of a sequence of tables.
    fn of(image: &Image<'_>, sequence: u32) -> Option<Self> {
        let number = |two: &[u8]| match image.is_big_endian() {
            true => u16::from_be_bytes([two[0], two[1]]),
            false => u16::from_le_bytes([two[0], two[1]]),
        };
        let described: Vec<u16> = image
            .nested(sequence, 0x0028_3002)?
            .chunks_exact(2)
            .map(number)
            .collect();
        let [length, first, bits] = *described.first_chunk()?;
        let length = if length == 0 { 1 << 16 } else { usize::from(length) };
        let data = image.nested(sequence, 0x0028_3006)?;
        let values: Vec<u16> = match bits {
            0..=8 if data.len() < length * 2 => data.iter().map(|&byte| byte.into()).collect(),
            _ => data.chunks_exact(2).map(number).collect(),
        };
        let most = ((1u32 << bits.clamp(1, 16)) - 1).into();
        (values.len() >= length).then(|| Self {
            first: (first as i16).into(),
            most,
            values,
        })
    }

    fn value(&self, place: f64) -> f64 {
        let place = (place - self.first).clamp(0.0, (self.values.len() - 1) as f64);
        self.values[place as usize].into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tones(curve: &Curve, values: [f64; 3]) -> [u8; 3] {
        values.map(|value| curve.tone(value))
    }

    #[test]
    fn windows_follow_the_standard() {
        let window = |center, width| Window { center, width };
        // The example of C.11.2.1.2: center 2048, width 4096 is the whole range of twelve bits.
        assert_eq!(
            tones(&Curve::Linear(window(2048.0, 4096.0)), [0.0, 2047.5, 4095.0]),
            [0, 128, 255]
        );
        assert_eq!(
            tones(&Curve::Linear(window(2048.0, 1.0)), [2047.0, 2048.0, 4095.0]),
            [0, 255, 255]
        );
        assert_eq!(
            tones(&Curve::Exact(window(0.5, 1.0)), [-9.0, 0.5, 1.0]),
            [0, 128, 255]
        );
        assert_eq!(
            tones(&Curve::Sigmoid(window(10.0, 4.0)), [-90.0, 10.0, 90.0]),
            [0, 128, 255]
        );
        assert_eq!(
            tones(&Curve::Exact(window(7.0, 0.0)), [6.0, 7.0, 8.0]),
            [0, 0, 255]
        );
        for curve in [
            Curve::Linear(window(f64::MAX, f64::MAX)),
            Curve::Sigmoid(window(0.0, 0.0)),
        ] {
            let _ = tones(&curve, [f64::MIN, 0.0, f64::MAX]);
        }
    }
}
