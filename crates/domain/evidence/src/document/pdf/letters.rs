//! Letters and how wide they are.
//!
//! The fonts are DejaVu Sans, which may be given on by its own permissive terms: Latin, Greek and Cyrillic with all their marks.

use krilla::geom::Point;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use ttf_parser::Face;

use super::BadFont;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// Both fonts.
pub(super) struct Letters {
    regular: One,
    bold: One,
}

struct One {
    face: Face<'static>,
    font: Font,
    units: f32,
}

impl Letters {
    pub(super) fn load() -> Result<Self, BadFont> {
        Ok(Self {
            regular: One::of(dejavu::sans_condensed::regular())?,
            bold: One::of(dejavu::sans_condensed::bold())?,
        })
    }

    fn one(&self, weight: Weight) -> &One {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// How wide a text is.
    pub(super) fn width(&self, weight: Weight, size: f32, text: &str) -> f32 {
        let one = self.one(weight);
        text.chars().map(|letter| one.letter(letter).1).sum::<f32>() * size
    }

    /// Draws a text at its base line.
    pub(super) fn draw(
        &self,
        surface: &mut Surface<'_>,
        (weight, size): (Weight, f32),
        at: (f32, f32),
        text: &str,
    ) {
        let one = self.one(weight);
        let glyphs: Vec<KrillaGlyph> = text
            .char_indices()
            .map(|(start, letter)| {
                let (glyph_id, x_advance) = one.letter(letter);
                KrillaGlyph {
                    glyph_id: GlyphId::new(u32::from(glyph_id)),
                    text_range: start..start + letter.len_utf8(),
                    x_advance,
                    x_offset: 0.0,
                    y_offset: 0.0,
                    y_advance: 0.0,
                    location: None,
                }
            })
            .collect();
        surface.draw_glyphs(
            Point::from_xy(at.0, at.1),
            &glyphs,
            one.font.clone(),
            text,
            size,
            false,
        );
    }

    /// A text broken into lines that are no wider than this: at spaces and hyphens, and within words that are too long.
    pub(super) fn lines(&self, (weight, size): (Weight, f32), wide: f32, text: &str) -> Vec<String> {
        let one = self.one(weight);
        let space = one.letter(' ').1 * size;
        let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0.0);
        for word in text.split_whitespace() {
            for (number, piece) in word.split_inclusive('-').enumerate() {
                let width = self.width(weight, size, piece);
                let apart = if line.is_empty() || number > 0 { 0.0 } else { space };
                if used + apart + width <= wide {
                    if apart > 0.0 {
                        line.push(' ');
                    }
                    line.push_str(piece);
                    used += apart + width;
                    continue;
                }
                if !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                used = 0.0;
                for letter in piece.chars() {
                    let width = one.letter(letter).1 * size;
                    if used + width > wide && !line.is_empty() {
                        lines.push(std::mem::take(&mut line));
                        used = 0.0;
                    }
                    line.push(letter);
                    used += width;
                }
            }
        }
        if !line.is_empty() || lines.is_empty() {
            lines.push(line);
        }
        lines
    }
}

impl One {
    fn of(bytes: &'static [u8]) -> Result<Self, BadFont> {
        let face = Face::parse(bytes, 0).map_err(|_| BadFont)?;
        let units = f32::from(face.units_per_em());
        Ok(Self {
            font: Font::new(bytes.into(), 0).ok_or(BadFont)?,
            face,
            units,
        })
    }

    /// The glyph of a letter, and its width at size one. What the font does not have is its box.
    fn letter(&self, letter: char) -> (u16, f32) {
        let glyph = self.face.glyph_index(letter).unwrap_or_default();
        let advance = self.face.glyph_hor_advance(glyph).unwrap_or_default();
        (glyph.0, f32::from(advance) / self.units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_it_may_be_and_no_word_is_lost() {
        let letters = Letters::load().unwrap();
        let text = format!("Zażółć gęślą jaźń {} and on", "0123456789abcdef".repeat(20));
        for wide in [20.0, 90.0, 400.0] {
            let lines = letters.lines((Weight::Regular, 9.0), wide, &text);
            let widest = lines
                .iter()
                .map(|line| letters.width(Weight::Regular, 9.0, line))
                .fold(0.0, f32::max);
            assert!(widest <= wide + 0.01, "{widest} > {wide}");
            let kept: String = lines.concat().split_whitespace().collect();
            assert_eq!(kept, text.split_whitespace().collect::<String>());
        }
        assert_eq!(letters.lines((Weight::Bold, 9.0), 100.0, ""), [""]);
    }
}
