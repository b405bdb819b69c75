//! From pixels to a file of them.
//!
//! Promises: pixels are all that is written: no comment, no profile, no date, nothing of what stood beside them in the file
//! they come from.

use image::DynamicImage;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};

use crate::{Format, Refused, Rendered};

/// Where artefacts are seen only by who looks for them.
const QUALITY: u8 = 85;

/// Encodes a view. What is transparent is never a JPEG.
pub(crate) fn encode(drawn: DynamicImage, format: Format) -> Result<Rendered, Refused> {
    let (width, height) = (drawn.width(), drawn.height());
    let opaque = !drawn.color().has_alpha();
    let (format, bytes) = match format {
        Format::Jpeg if opaque => (Format::Jpeg, jpeg(&drawn)),
        _ => (Format::Png, png(&drawn)),
    };
    let bytes = bytes.ok_or(Refused::Broken { format: "picture" })?;
    Ok(Rendered {
        bytes,
        format,
        width,
        height,
    })
}

fn jpeg(drawn: &DynamicImage) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    drawn.write_with_encoder(encoder).ok()?;
    Some(bytes)
}

fn png(drawn: &DynamicImage) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive);
    drawn.write_with_encoder(encoder).ok()?;
    Some(bytes)
}
