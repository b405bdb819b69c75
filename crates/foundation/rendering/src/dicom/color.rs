//! From other ways to say a colour to red, green and blue.
//!
//! Promises: eight bits each. Leaves out: profiles of colour.

use redaction::dicom::Image;

use crate::Refused;

/// Lightness and differences of colour to colours, in place (PS3.3, C.7.6.3.1.2).
pub(super) fn from_ybr(pixels: &mut [u8]) {
    for pixel in pixels.chunks_exact_mut(3) {
        let (y, b, r) = (
            f32::from(pixel[0]),
            f32::from(pixel[1]) - 128.0,
            f32::from(pixel[2]) - 128.0,
        );
        let colors = [y + 1.402 * r, y - 0.344_136 * b - 0.714_136 * r, y + 1.772 * b];
        for (channel, color) in pixel.iter_mut().zip(colors) {
            *channel = color.round().clamp(0.0, 255.0) as u8;
        }
    }
}

/// Descriptor and data of red, green and blue (PS3.3, C.7.6.3.1.5 and 6).
const TABLES: [(u32, u32); 3] = [
    (0x0028_1101, 0x0028_1201),
    (0x0028_1102, 0x0028_1202),
    (0x0028_1103, 0x0028_1203),
];

/// Each value is a place in three tables. Places before and behind them mean the first and the last.
pub(super) fn by_palette(image: &Image<'_>, values: &[i32]) -> Result<Vec<u8>, Refused> {
    let [red, green, blue] = TABLES.map(|(descriptor, data)| Table::of(image, descriptor, data));
    let tables = [red?, green?, blue?];
    Ok(values
        .iter()
        .flat_map(|&value| tables.each_ref().map(|table| table.color(value)))
        .collect())
}

struct Table {
    first: i32,
    colors: Vec<u8>,
}

impl Table {
    fn of(image: &Image<'_>, descriptor: u32, data: u32) -> Result<Self, Refused> {
        let described: Vec<u16> = image.numbers(descriptor).take(3).collect();
        let [length, first, bits] = described[..] else {
            return Err(Refused::Unsupported {
                what: "an image of rare colours",
            });
        };
        // No entries cannot be: it says 65,536.
        let length = if length == 0 { 1 << 16 } else { usize::from(length) };
        let colors: Vec<u8> = match bits {
            8 if image.bytes(data).len() < length * 2 => image.bytes(data).to_vec(),
            8 => image.numbers(data).map(|entry| entry as u8).collect(),
            _ => image.numbers(data).map(|entry| (entry >> 8) as u8).collect(),
        };
        if colors.len() < length {
            return Err(Refused::Broken {
                format: "palette of the DICOM file",
            });
        }
        Ok(Self {
            first: i32::from(first as i16),
            colors: colors[..length].to_vec(),
        })
    }

    fn color(&self, value: i32) -> u8 {
        let place = usize::try_from(value.saturating_sub(self.first)).unwrap_or(0);
        self.colors[place.min(self.colors.len() - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greys_stay_grey_and_colours_come_back() {
        let mut pixels = [90, 128, 128, 76, 85, 255, 0, 0, 0];
        from_ybr(&mut pixels);
        assert_eq!(pixels[..6], [90, 90, 90, 254, 0, 0]);
    }

    #[test]
    fn places_outside_of_a_table_mean_its_ends() {
        let table = Table {
            first: 10,
            colors: vec![1, 2, 3],
        };
        assert_eq!(
            [i32::MIN, 9, 10, 12, 13, i32::MAX].map(|value| table.color(value)),
            [1, 1, 1, 3, 3, 3]
        );
    }
}
