//! Pixels on their way from a decoder to an encoder.
//!
//! Promises: what is cut out is scaled from the pixels of the cut alone, and has eight bits a channel afterwards. Leaves
//! out: where pixels come from.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};

use crate::Refused;
use crate::view::{Cut, Region, Size};

/// How a drawn view is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Small, and not exact: for photographs.
    Jpeg,
    /// Exact: for measured values, drawings and what is transparent.
    Png,
}

impl Format {
    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

/// Up to so many pixels, an exact picture costs little more than one that is not.
const SMALL: u64 = 1 << 20;

impl Format {
    /// What suits a picture that was kept exactly, by the size in which it is kept.
    pub(crate) fn of_exact(size: Size) -> Self {
        match u64::from(size.width) * u64::from(size.height) <= SMALL {
            true => Self::Png,
            false => Self::Jpeg,
        }
    }
}

/// A drawn view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The picture, encoded.
    pub bytes: Vec<u8>,
    /// How.
    pub format: Format,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// Cuts the view out of a picture, makes it as large as wanted and turns it.
pub(crate) fn cut_out(whole: DynamicImage, cut: &Cut) -> Result<DynamicImage, Refused> {
    let mut drawn = match eight_bits(&whole) {
        true => scaled(&whole, cut.region, cut)?,
        // Converted after cutting, so that only what is wanted is copied.
        false => {
            let Region { x, y, width, height } = cut.region;
            let part = narrowed(&whole.crop_imm(x, y, width, height));
            drop(whole);
            scaled(
                &part,
                Region {
                    x: 0,
                    y: 0,
                    ..cut.region
                },
                cut,
            )?
        }
    };
    drawn.apply_orientation(cut.turn);
    Ok(drawn)
}

fn eight_bits(picture: &DynamicImage) -> bool {
    matches!(
        picture,
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_)
    )
}

/// The same with eight bits a channel.
fn narrowed(picture: &DynamicImage) -> DynamicImage {
    let color = picture.color();
    match (color.has_alpha(), color.has_color()) {
        (true, _) => DynamicImage::ImageRgba8(picture.to_rgba8()),
        (false, true) => DynamicImage::ImageRgb8(picture.to_rgb8()),
        (false, false) => DynamicImage::ImageLuma8(picture.to_luma8()),
    }
}

fn scaled(picture: &DynamicImage, region: Region, cut: &Cut) -> Result<DynamicImage, Refused> {
    let broken = Refused::Broken { format: "picture" };
    if (region.width, region.height) == (cut.size.width, cut.size.height) {
        return Ok(picture.crop_imm(region.x, region.y, region.width, region.height));
    }
    let kind = match picture {
        DynamicImage::ImageLuma8(_) => PixelType::U8,
        DynamicImage::ImageRgb8(_) => PixelType::U8x3,
        _ => PixelType::U8x4,
    };
    let source = ImageRef::new(picture.width(), picture.height(), picture.as_bytes(), kind)
        .map_err(|_| broken.clone())?;
    let mut drawn = Image::new(cut.size.width, cut.size.height, kind);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Hamming))
        .crop(
            region.x.into(),
            region.y.into(),
            region.width.into(),
            region.height.into(),
        );
    Resizer::new()
        .resize(&source, &mut drawn, &options)
        .map_err(|_| broken.clone())?;
    let (width, height) = (cut.size.width, cut.size.height);
    let pixels = drawn.into_vec();
    match kind {
        PixelType::U8 => GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
        PixelType::U8x3 => RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
        _ => RgbaImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgba8),
    }
    .ok_or(broken)
}
