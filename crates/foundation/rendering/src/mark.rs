//! The mark: who looks, and when, all over the picture.
//!
//! Promises: every part of the picture of about twice the mark's own size has a whole copy of it, so that it cannot be cropped off;
//! it can be read on dark and on light; a picture too small for one line has it in several, and one too small for
//! letters is made larger.
//!
//! Leaves out: marks that cannot be seen, and letters that the font does not have, which become a filled box.

use font8x8::{BASIC_FONTS, GREEK_FONTS, HIRAGANA_FONTS, LATIN_FONTS, UnicodeFonts};
use image::imageops::FilterType;
use image::{DynamicImage, Pixel};

/// Pixels of a letter, before it is made larger.
const LETTER: u32 = 8;
/// Letters of space behind each copy.
const GAP: u32 = 4;
/// Lines of space below each copy.
const LINES_BETWEEN: u32 = 3;
/// A marked picture is at least so wide and high, that is eight letters.
const SMALLEST: u32 = 8 * LETTER;
/// For each so many pixels of the shorter side, letters become larger by their own size.
const SIDE_PER_SCALE: u32 = 640;
/// How much of a letter's colour covers the picture, of 255.
const INK: u32 = 110;
/// The longest mark, in letters.
const LONGEST: usize = 120;

/// The picture with this mark, or as it is without one.
pub(crate) fn marked(picture: DynamicImage, mark: Option<&str>) -> DynamicImage {
    let Some(mark) = mark.filter(|mark| !mark.trim().is_empty()) else {
        return picture;
    };
    let mut picture = enlarged(picture);
    let stamp = Stamp::new(mark, picture.width(), picture.height());
    match &mut picture {
        DynamicImage::ImageLuma8(pixels) => stamp.draw(pixels),
        DynamicImage::ImageRgb8(pixels) => stamp.draw(pixels),
        DynamicImage::ImageRgba8(pixels) => stamp.draw(pixels),
        // Nothing else is drawn here; were it, it would not go out unmarked.
        other => {
            let mut pixels = other.to_rgba8();
            stamp.draw(&mut pixels);
            return DynamicImage::ImageRgba8(pixels);
        }
    }
    picture
}

fn enlarged(picture: DynamicImage) -> DynamicImage {
    let (width, height) = (picture.width(), picture.height());
    if width >= SMALLEST && height >= SMALLEST {
        return picture;
    }
    picture.resize_exact(width.max(SMALLEST), height.max(SMALLEST), FilterType::Nearest)
}

/// The mark as rows of letters, and how they are laid out.
struct Stamp {
    rows: Vec<Vec<[u8; 8]>>,
    scale: u32,
    /// From one copy to the next, in letters and in lines.
    step: (u32, u32),
}

impl Stamp {
    fn new(mark: &str, width: u32, height: u32) -> Self {
        let letters: Vec<_> = mark.chars().take(LONGEST).map(letter).collect();
        let scale = (width.min(height) / SIDE_PER_SCALE).max(1);
        let fit = ((width / (LETTER * scale)) as usize).max(1);
        let rows: Vec<_> = letters.chunks(fit).map(<[_]>::to_vec).collect();
        let longest = rows.iter().map(Vec::len).max().unwrap_or(1) as u32;
        let step = match rows.len() {
            1 => (longest + GAP, 1 + LINES_BETWEEN),
            // As wide as the picture: nothing stands beside it.
            several => (longest, several as u32 + 1),
        };
        Self { rows, scale, step }
    }

    fn draw<P>(&self, pixels: &mut image::ImageBuffer<P, Vec<u8>>)
    where
        P: Pixel<Subpixel = u8>,
    {
        let shadow = self.scale.div_ceil(2);
        for (y, row) in pixels.rows_mut().enumerate() {
            let y = y as u32;
            let above = y.checked_sub(shadow);
            // Most rows lie between the lines.
            if !self.has_letters(y) && !above.is_some_and(|above| self.has_letters(above)) {
                continue;
            }
            for (x, pixel) in row.enumerate() {
                let x = x as u32;
                let left = x.checked_sub(shadow);
                if self.covers(x, y) {
                    blend(pixel, 255);
                } else if left.zip(above).is_some_and(|(x, y)| self.covers(x, y)) {
                    blend(pixel, 0);
                }
            }
        }
    }

    /// Whether any letter stands in this row of pixels.
    fn has_letters(&self, y: u32) -> bool {
        let line = y / self.scale / LETTER;
        ((line % self.step.1) as usize) < self.rows.len()
    }

    /// Whether a letter of any copy covers this pixel.
    fn covers(&self, x: u32, y: u32) -> bool {
        let (column, line) = (x / self.scale / LETTER, y / self.scale / LETTER);
        let row = line % self.step.1;
        // Every other band begins half a copy later, so that no straight cut runs beside all copies.
        let shift = match self.rows.len() {
            1 if (line / self.step.1) % 2 == 1 => self.step.0 / 2,
            _ => 0,
        };
        let place = (column + shift) % self.step.0;
        let glyph = self
            .rows
            .get(row as usize)
            .and_then(|row| row.get(place as usize));
        let (in_x, in_y) = (x / self.scale % LETTER, y / self.scale % LETTER);
        glyph.is_some_and(|glyph| glyph[in_y as usize] >> in_x & 1 == 1)
    }
}

fn letter(letter: char) -> [u8; 8] {
    let found = BASIC_FONTS.get(letter).or_else(|| LATIN_FONTS.get(letter));
    found
        .or_else(|| GREEK_FONTS.get(letter))
        .or_else(|| HIRAGANA_FONTS.get(letter))
        .unwrap_or([0x7e; 8])
}

/// Lays ink over a pixel, and makes it cover what is behind it.
fn blend<P: Pixel<Subpixel = u8>>(pixel: &mut P, ink: u32) {
    pixel.apply_with_alpha(
        |channel| ((u32::from(channel) * (255 - INK) + ink * INK) / 255) as u8,
        |alpha| alpha.max(INK as u8),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayImage, Luma};

    const MARK: &str = "Wanda W. 2026-11-22 14:03 UTC";

    fn grey(width: u32, height: u32) -> DynamicImage {
        DynamicImage::ImageLuma8(GrayImage::from_pixel(width, height, Luma([128])))
    }

    /// Which pixels the mark made lighter.
    fn lit(picture: &DynamicImage) -> Vec<bool> {
        picture
            .to_luma8()
            .pixels()
            .map(|pixel| pixel.0[0] > 128)
            .collect()
    }

    #[test]
    fn every_window_of_twice_its_size_has_a_whole_copy() {
        let marked = marked(grey(800, 600), Some(MARK)).to_luma8();
        let stamp = Stamp::new(MARK, 800, 600);
        let (width, height) = (stamp.step.0 * 8 * 2, stamp.step.1 * 8 * 2);
        let copy = |x: u32, y: u32| {
            (0..MARK.len() as u32 * 8).all(|dx| {
                (0..8).all(|dy| {
                    let glyph = stamp.rows[0][dx as usize / 8];
                    (marked.get_pixel(x + dx, y + dy).0[0] > 128) == (glyph[dy as usize] >> (dx % 8) & 1 == 1)
                })
            })
        };
        for (left, top) in [(0, 0), (37, 91), (800 - width, 600 - height), (123, 250)] {
            let (right, bottom) = (left + width - MARK.len() as u32 * 8, top + height - 8);
            let found = (top..bottom).any(|y| (left..right).any(|x| copy(x, y)));
            assert!(
                found,
                "no copy between {left},{top} and {width} by {height} pixels further"
            );
        }
    }

    #[test]
    fn it_can_be_seen_on_black_and_on_white() {
        for background in [0u8, 255] {
            let plain = GrayImage::from_pixel(300, 200, Luma([background]));
            let marked = marked(DynamicImage::ImageLuma8(plain), Some(MARK)).to_luma8();
            let changed = marked
                .pixels()
                .filter(|pixel| pixel.0[0].abs_diff(background) > 80)
                .count();
            assert!(changed > 300 * 200 / 50, "{changed}");
        }
    }

    #[test]
    fn small_pictures_have_all_of_it_in_several_lines() {
        for (width, height) in [(1, 1), (64, 64), (100, 70), (3, 500), (900, 2)] {
            let whole = marked(grey(width, height), Some("Wanda 14:03"));
            assert!(whole.width() >= SMALLEST && whole.height() >= SMALLEST);
            let (inks, longer) = (
                lit(&whole),
                lit(&marked(grey(width, height), Some("Wanda 14:04"))),
            );
            assert_ne!(inks, longer, "{width} by {height}: the last letter is there");
        }
    }

    #[test]
    fn no_mark_is_no_change() {
        assert_eq!(marked(grey(9, 9), None), grey(9, 9));
        assert_eq!(marked(grey(9, 9), Some(" ")), grey(9, 9));
    }

    #[test]
    fn letters_that_the_font_lacks_are_seen_all_the_same() {
        assert_ne!(letter('Ж'), [0; 8]);
        assert_ne!(letter('ü'), letter('Ж'));
    }
}
