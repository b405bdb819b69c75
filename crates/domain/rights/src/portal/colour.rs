//! Colours as tenants name them, and whether they can be read.

use serde::{Deserialize, Serialize};

/// A colour of sRGB, as `#0b6b57`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour([u8; 3]);

/// What text and large parts of a page have to differ by (WCAG 2.2, 1.4.3), in hundredths.
const ENOUGH: u32 = 450;

/// The grounds that a page lies on, by the tokens of the style: in light and in dark.
const LIGHT: [Colour; 2] = [Colour([0xf6, 0xf8, 0xf7]), Colour([0xff, 0xff, 0xff])];
const DARK: [Colour; 2] = [Colour([0x0e, 0x13, 0x12]), Colour([0x15, 0x1b, 0x19])];

impl Colour {
    /// From its parts.
    pub(super) const fn of(parts: [u8; 3]) -> Self {
        Self(parts)
    }

    /// Reads `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().strip_prefix('#')?;
        let mut bytes = [0; 3];
        hex::decode_to_slice(digits, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// The least contrast to the grounds of light pages, in hundredths.
    pub fn on_light(self) -> u32 {
        self.least(&LIGHT)
    }

    /// The same to those of dark pages.
    pub fn on_dark(self) -> u32 {
        self.least(&DARK)
    }

    /// Whether a contrast in hundredths is enough for text.
    pub const fn is_enough(contrast: u32) -> bool {
        contrast >= ENOUGH
    }

    /// What text on this colour is written in: black or white, of which one always differs enough.
    pub fn ink(self) -> Self {
        let (white, black) = (Self([255; 3]), Self([0; 3]));
        match self.contrast(white) >= self.contrast(black) {
            true => white,
            false => black,
        }
    }

    /// WCAG 2.2, contrast ratio, in hundredths.
    pub fn contrast(self, other: Self) -> u32 {
        let (one, two) = (self.luminance(), other.luminance());
        let (lighter, darker) = (one.max(two), one.min(two));
        // Between 1 and 21. A hair more, so that what is a whole number of hundredths stays that.
        ((lighter + 0.05) / (darker + 0.05) * 100.0 + 1e-6) as u32
    }

    fn least(self, grounds: &[Self]) -> u32 {
        let contrasts = grounds.iter().map(|ground| self.contrast(*ground));
        contrasts.min().unwrap_or_default()
    }

    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|byte| {
            let part = f64::from(byte) / 255.0;
            match part <= 0.04045 {
                true => part / 12.92,
                false => ((part + 0.055) / 1.055).powf(2.4),
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{}", hex::encode(self.0))
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

impl TryFrom<String> for Colour {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("write a colour as #rrggbb, such as #0b6b57")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        let colour = |text| Colour::parse(text).unwrap();
        assert_eq!(colour("#000000").contrast(colour("#ffffff")), 2100);
        assert_eq!(colour("#777777").contrast(colour("#ffffff")), 447);
        assert!(Colour::is_enough(colour("#0b6b57").on_light()));
        assert!(!Colour::is_enough(colour("#0b6b57").on_dark()));
        assert!(!Colour::is_enough(colour("#ffcc00").on_light()));
    }

    proptest! {
        #[test]
        fn any_text_is_a_colour_or_none(text in "#?[0-9a-fA-F]{0,8}|.{0,10}") {
            if let Some(colour) = Colour::parse(&text) {
                prop_assert_eq!(colour.to_string(), text.trim().to_lowercase());
            }
        }

        #[test]
        fn there_is_always_an_ink_that_can_be_read(red: u8, green: u8, blue: u8) {
            let colour = Colour([red, green, blue]);
            prop_assert!(Colour::is_enough(colour.contrast(colour.ink())));
        }
    }
}
