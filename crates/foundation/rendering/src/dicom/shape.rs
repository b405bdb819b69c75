//! How pixels are stored.
//!
//! Promises: shapes that the standard does not know, or that are larger than the limits, are refused. Leaves out: where
//! they stand.

use redaction::dicom::{Held, Image};

use crate::{Limits, Refused};

/// What the image pixel module says (PS3.3, C.7.6.3), checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) columns: u32,
    pub(super) rows: u32,
    pub(super) frames: u32,
    /// Values of a pixel: 1 or 3.
    pub(super) samples: u32,
    /// Bits that each value takes: 1, 8, 16 or 32.
    pub(super) allocated: u32,
    /// Bits of them that count.
    pub(super) stored: u32,
    pub(super) signed: bool,
    /// All values of one colour first.
    pub(super) planar: bool,
    /// Two pixels share their two values of colour.
    pub(super) halved: bool,
    pub(super) photometric: Photometric,
}

/// What values mean (PS3.3, C.7.6.3.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Photometric {
    /// The lowest value is white.
    Inverted,
    /// The lowest value is black.
    Plain,
    /// A value is a place in a table of colours.
    Palette,
    /// Red, green, blue.
    Color,
    /// Lightness and two differences of colour, which a decompressor may have turned into colours already.
    Ybr,
}

impl Shape {
    pub(super) fn of(image: &Image<'_>, limits: &Limits) -> Result<Self, Refused> {
        let missing = Refused::Broken {
            format: "DICOM image",
        };
        match image.pixels {
            None => {
                return Err(Refused::Unsupported {
                    what: "a DICOM file without pixels",
                });
            }
            Some(Held::Floating) => {
                return Err(Refused::Unsupported {
                    what: "an image of floating point numbers",
                });
            }
            Some(_) => {}
        }
        let number = |tag| image.number(tag).map(u32::from);
        let text = image.text(0x0028_0004);
        let shape = Self {
            rows: number(0x0028_0010).ok_or(missing.clone())?,
            columns: number(0x0028_0011).ok_or(missing.clone())?,
            frames: frames(image)?,
            samples: number(0x0028_0002).unwrap_or(1),
            allocated: number(0x0028_0100).ok_or(missing.clone())?,
            stored: number(0x0028_0101).or(number(0x0028_0100)).unwrap_or(8),
            signed: number(0x0028_0103) == Some(1),
            planar: number(0x0028_0006) == Some(1),
            halved: text == "YBR_FULL_422" && compressed(image).is_none(),
            photometric: photometric(text)?,
        };
        // Retired, and bytes would have to be swapped across the borders of frames.
        if image.is_big_endian() && image.in_words && shape.allocated == 8 {
            return Err(Refused::Unsupported {
                what: "an image of a rare shape",
            });
        }
        shape.checked(limits)
    }

    fn checked(self, limits: &Limits) -> Result<Self, Refused> {
        let fits = matches!(self.samples, 1 | 3)
            && matches!(self.allocated, 1 | 8 | 16 | 32)
            && (1..=self.allocated).contains(&self.stored)
            && self.rows > 0
            && self.columns > 0
            && (self.samples == 1 || matches!(self.allocated, 8 | 16))
            && (self.samples == 3) == matches!(self.photometric, Photometric::Color | Photometric::Ybr);
        if !fits {
            return Err(Refused::Unsupported {
                what: "an image of a rare shape",
            });
        }
        // Values are held in 32 bits while they are worked on.
        if self.pixels() as u64 > limits.pixels.min(limits.unpacked_bytes / 4) {
            return Err(Refused::TooLarge {
                what: "pixels",
                limit: limits.pixels.min(limits.unpacked_bytes / 4),
            });
        }
        Ok(self)
    }

    /// The pixels of a frame.
    pub(super) fn pixels(&self) -> usize {
        self.rows as usize * self.columns as usize
    }

    /// The values of a frame.
    pub(super) fn values(&self) -> usize {
        self.pixels() * self.samples as usize
    }

    /// The bits of a frame as it is stored without compression.
    pub(super) fn bits(&self) -> usize {
        let values = if self.halved {
            self.pixels() * 2
        } else {
            self.values()
        };
        values * self.allocated as usize
    }

    /// The same without compression, as an unpacker leaves it.
    pub(super) fn unpacked(&self) -> Self {
        Self {
            planar: true,
            halved: false,
            ..*self
        }
    }
}

fn compressed(image: &Image<'_>) -> Option<()> {
    matches!(image.pixels, Some(Held::Pieces(_))).then_some(())
}

fn frames(image: &Image<'_>) -> Result<u32, Refused> {
    match image.text(0x0028_0008) {
        "" => Ok(1),
        text => match text.parse() {
            Ok(0) | Err(_) => Err(Refused::Broken {
                format: "DICOM image",
            }),
            Ok(frames) => Ok(frames),
        },
    }
}

fn photometric(text: &str) -> Result<Photometric, Refused> {
    Ok(match text {
        "MONOCHROME1" => Photometric::Inverted,
        "MONOCHROME2" | "" => Photometric::Plain,
        "PALETTE COLOR" => Photometric::Palette,
        "RGB" => Photometric::Color,
        "YBR_FULL" | "YBR_FULL_422" | "YBR_RCT" | "YBR_ICT" | "YBR_PARTIAL_420" => Photometric::Ybr,
        _ => {
            return Err(Refused::Unsupported {
                what: "an image of rare colours",
            });
        }
    })
}
