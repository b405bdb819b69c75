//! Pictures: everything that is not the picture goes.
//!
//! Promises: a file keeps the parts that a list names (pixels, palettes, sizes, colours, animation) and no others: EXIF with its
//! places and thumbnails, XMP, IPTC, comments, dates, makers' notes, unknown blocks and what is appended go. Pixels are copied
//! and never decoded. The way up is kept by an EXIF block that holds nothing else; colour profiles lose their texts. A file
//! that is cut short, or is not as its format demands, is held back.
//!
//! Leaves out: what the picture shows; formats with other containers (HEIC, AVIF, JPEG 2000, raw pictures, BigTIFF) and drawings
//! (SVG), which are held back.

mod bytes;
mod exif;
mod gif;
mod icc;
mod jpeg;
mod png;
mod report;
mod tiff;
mod webp;

#[cfg(test)]
mod tests;

pub use report::Refused;

use crate::{Finding, Limits, Outcome};
use report::Report;

/// A format of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// ISO/IEC 10918.
    Jpeg,
    /// Portable network graphics, animated ones too.
    Png,
    /// WebP (RFC 9649).
    WebP,
    /// GIF 87a and 89a.
    Gif,
    /// TIFF 6.0.
    Tiff,
}

impl Format {
    /// What the first bytes say.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Some(Self::Tiff),
            _ => None,
        }
    }
}

/// Cleans one picture, and looks at the result again.
pub fn redact(bytes: &[u8], limits: &Limits) -> Outcome {
    let mut report = Report::new(limits);
    let clean = match rewritten(bytes, &mut report) {
        Ok(clean) => clean,
        Err(refused) => return Outcome::Quarantine(refused.into(), report.into_findings()),
    };
    match scan(&clean, limits) {
        Ok(found) if found.is_empty() => Outcome::Clean(clean, report.into_findings()),
        Ok(found) => Outcome::Quarantine(Refused::NotClean.into(), found),
        Err(refused) => Outcome::Quarantine(refused.into(), report.into_findings()),
    }
}

/// Finds what [`redact`] would take out, and what looks like a block of metadata wherever it stands.
///
/// # Errors
///
/// When the file is not understood: then nothing can be said about it.
pub fn scan(bytes: &[u8], limits: &Limits) -> Result<Vec<Finding>, Refused> {
    let mut report = Report::new(limits);
    let again = rewritten(bytes, &mut report)?;
    if again != bytes {
        report.left_over();
    }
    for mark in MARKS {
        if let Some(at) = memmem(bytes, mark) {
            report.trace(at);
        }
    }
    Ok(report.into_findings())
}

fn rewritten(bytes: &[u8], report: &mut Report) -> Result<Vec<u8>, Refused> {
    match Format::of(bytes) {
        Some(Format::Jpeg) => jpeg::rewrite(bytes, report),
        Some(Format::Png) => png::rewrite(bytes, report),
        Some(Format::WebP) => webp::rewrite(bytes, report),
        Some(Format::Gif) => gif::rewrite(bytes, report),
        Some(Format::Tiff) => tiff::rewrite(bytes, report),
        None => Err(Refused::Unknown),
    }
}

/// How metadata begins, long enough not to come about in pixels.
const MARKS: &[&[u8]] = &[
    b"<x:xmpmeta",
    b"http://ns.adobe.com/xap/1.0/",
    b"Photoshop 3.0\0",
    b"<?xpacket begin",
    b"XML:com.adobe.xmp",
];

fn memmem(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    let first = *mark.first()?;
    let mut at = 0;
    while let Some(next) = bytes.get(at..)?.iter().position(|&byte| byte == first) {
        at += next;
        if bytes.get(at..)?.starts_with(mark) {
            return Some(at);
        }
        at += 1;
    }
    None
}
