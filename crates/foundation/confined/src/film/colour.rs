//! Brightness and two differences of colour become red, green and blue (ITU-T H.273).
//!
//! Promises: the matrix and the range that the film names; where it names none, those that its size makes likely. Leaves out: primaries
//! and transfer, which are taken for a screen's.

use rendering::{Pixels, Size};
use rust_h264::decoder::{ChromaFormat, Frame};
use rust_h264::nal::SpsInfo;

/// Films of so many lines and more are in the colours of high definition where they do not say.
const HIGH_DEFINITION: u32 = 720;

/// Numbers are whole: this many stand for one.
const ONE: f64 = 65_536.0;

/// The pixels of a frame; nothing when it has fewer of them than it says.
pub(super) fn pixels(frame: &Frame, info: &SpsInfo) -> Option<Pixels> {
    let conversion = Conversion::of(info, frame.bit_depth);
    let size = Size {
        width: frame.width,
        height: frame.height,
    };
    let (width, height) = (
        usize::try_from(frame.width).ok()?,
        usize::try_from(frame.height).ok()?,
    );
    let chroma_width = width / 2;
    let rows_shared = match frame.chroma_format {
        ChromaFormat::Yuv420 => 2,
        ChromaFormat::Yuv422 => 1,
    };
    let bytes = frame.bytes_per_sample();
    let mut pixels = Vec::with_capacity(width.checked_mul(height)?.checked_mul(3)?);
    for row in 0..height {
        let luma = frame.y.get(row * width * bytes..(row + 1) * width * bytes)?;
        let chroma = row / rows_shared * chroma_width * bytes..(row / rows_shared + 1) * chroma_width * bytes;
        let (blue, red) = (frame.u.get(chroma.clone())?, frame.v.get(chroma)?);
        for column in 0..width {
            let beside = (column / 2).min(chroma_width.checked_sub(1)?);
            let sample = |plane: &[u8], at: usize| i32::from(frame.sample(plane, at));
            pixels.extend(conversion.of_pixel(
                sample(luma, column),
                sample(blue, beside),
                sample(red, beside),
            ));
        }
    }
    Pixels::new(size, pixels)
}

/// How numbers of a film become those of a screen.
struct Conversion {
    black: i32,
    middle: i32,
    luma: i32,
    red_of_red: i32,
    green_of_blue: i32,
    green_of_red: i32,
    blue_of_blue: i32,
}

impl Conversion {
    fn of(info: &SpsInfo, bits: u8) -> Self {
        // What red and blue add to brightness.
        let (red, blue) = match info.matrix {
            1 => (0.2126, 0.0722),
            4 => (0.30, 0.11),
            5 | 6 => (0.299, 0.114),
            7 => (0.212, 0.087),
            9 | 10 => (0.2627, 0.0593),
            _ if info.height >= HIGH_DEFINITION => (0.2126, 0.0722),
            _ => (0.299, 0.114),
        };
        let green = 1.0 - red - blue;
        let finer = f64::from(1_u16 << (bits.clamp(8, 15) - 8));
        let (black, luma, chroma) = match info.full_range {
            true => (0.0, 255.0, 255.0),
            false => (16.0, 219.0, 224.0),
        };
        let fixed = |of: f64| (of * ONE).round() as i32;
        let (luma, chroma) = (255.0 / (luma * finer), 255.0 / (chroma * finer));
        Self {
            black: (black * finer) as i32,
            middle: (128.0 * finer) as i32,
            luma: fixed(luma),
            red_of_red: fixed(chroma * 2.0 * (1.0 - red)),
            green_of_blue: fixed(chroma * 2.0 * (1.0 - blue) * blue / green),
            green_of_red: fixed(chroma * 2.0 * (1.0 - red) * red / green),
            blue_of_blue: fixed(chroma * 2.0 * (1.0 - blue)),
        }
    }

    fn of_pixel(&self, luma: i32, blue: i32, red: i32) -> [u8; 3] {
        let bright = (luma - self.black) * self.luma;
        let (blue, red) = (blue - self.middle, red - self.middle);
        [
            bright + red * self.red_of_red,
            bright - blue * self.green_of_blue - red * self.green_of_red,
            bright + blue * self.blue_of_blue,
        ]
        .map(|fixed| ((fixed + (1 << 15)) >> 16).clamp(0, 255) as u8)
    }
}
