//! WebP (RFC 9649).

use super::bytes::Reader;
use super::report::{Refused, Report};
use super::{exif, icc};

/// Bits of the extended header: EXIF and XMP are there.
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;
const HAS_PROFILE: u8 = 0x20;

/// Writes anew what belongs to the picture.
pub(super) fn rewrite(bytes: &[u8], report: &mut Report) -> Result<Vec<u8>, Refused> {
    let mut outer = Reader::new(bytes);
    outer.take(4)?;
    let length = usize::try_from(u32::from_le_bytes(outer.array()?)).unwrap_or(usize::MAX);
    let mut reader = Reader::new(outer.take(length)?);
    if !outer.rest().is_empty() {
        report.removed(outer.at, "what is appended");
    }
    reader.take(4)?;
    let mut picture = Picture::default();
    while !reader.rest().is_empty() {
        report.part()?;
        picture.chunk(&mut reader, report)?;
    }
    match picture.has_pixels {
        true => picture.written(),
        false => Err(Refused::Broken {
            at: outer.at,
            why: "no picture",
        }),
    }
}

#[derive(Default)]
struct Picture {
    /// The extended header, whose bits are set at the end.
    header: Option<Vec<u8>>,
    profile: Option<Vec<u8>>,
    body: Vec<u8>,
    orientation: Option<u8>,
    has_pixels: bool,
}

impl Picture {
    fn chunk(&mut self, reader: &mut Reader<'_>, report: &mut Report) -> Result<(), Refused> {
        let at = reader.at + 8;
        let (kind, data) = chunk(reader)?;
        match &kind {
            b"VP8X" if data.len() == 10 => {
                let mut header = data.to_vec();
                header[1..4].fill(0);
                self.header = Some(header);
            }
            b"VP8 " | b"VP8L" => {
                self.has_pixels = true;
                write(&mut self.body, &kind, data);
            }
            b"ALPH" | b"ANIM" => write(&mut self.body, &kind, data),
            b"ANMF" => {
                self.has_pixels = true;
                let frame = frame(data, at, report)?;
                write(&mut self.body, &kind, &frame);
            }
            b"ICCP" => {
                self.profile = icc::cleaned(data);
                match &self.profile {
                    Some(clean) if clean == data => {}
                    Some(_) => report.cleaned(at, "texts of the colour profile"),
                    None => report.removed(at, "colour profile"),
                }
            }
            b"EXIF" => {
                self.orientation = self.orientation.or(exif::orientation(data));
                if !exif::is_minimal(data) || data.starts_with(b"Exif") {
                    report.removed(at, "EXIF");
                }
            }
            b"XMP " => report.removed(at, "XMP"),
            _ => report.removed(at, "unknown chunk"),
        }
        Ok(())
    }

    fn written(self) -> Result<Vec<u8>, Refused> {
        let mut inside = b"WEBP".to_vec();
        let is_extended = self.header.is_some();
        if let Some(mut header) = self.header {
            let bits = [
                (HAS_EXIF, self.orientation.is_some()),
                (HAS_XMP, false),
                (HAS_PROFILE, self.profile.is_some()),
            ];
            for (bit, on) in bits {
                header[0] = if on { header[0] | bit } else { header[0] & !bit };
            }
            write(&mut inside, b"VP8X", &header);
        }
        if let Some(profile) = self.profile.filter(|_| is_extended) {
            write(&mut inside, b"ICCP", &profile);
        }
        inside.extend_from_slice(&self.body);
        if let Some(value) = self.orientation.filter(|_| is_extended) {
            write(&mut inside, b"EXIF", &exif::minimal(value));
        }
        let length = u32::try_from(inside.len()).map_err(|_| Refused::Unsupported { what: "4 GiB" })?;
        Ok([&b"RIFF"[..], &length.to_le_bytes(), &inside].concat())
    }
}

/// A frame of an animation: sixteen bytes of numbers, then chunks of its own.
fn frame(data: &[u8], at: usize, report: &mut Report) -> Result<Vec<u8>, Refused> {
    let mut reader = Reader::new(data);
    let mut frame = reader.take(16)?.to_vec();
    while !reader.rest().is_empty() {
        report.part()?;
        let (kind, data) = chunk(&mut reader)?;
        match &kind {
            b"ALPH" | b"VP8 " | b"VP8L" => write(&mut frame, &kind, data),
            _ => report.removed(at, "unknown chunk"),
        }
    }
    Ok(frame)
}

fn chunk<'b>(reader: &mut Reader<'b>) -> Result<([u8; 4], &'b [u8]), Refused> {
    let kind = reader.array::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(reader.array()?)).unwrap_or(usize::MAX);
    let data = reader.take(length)?;
    if length % 2 == 1 && !reader.rest().is_empty() {
        reader.take(1)?;
    }
    Ok((kind, data))
}

fn write(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    file.extend_from_slice(kind);
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(data);
    if data.len() % 2 == 1 {
        file.push(0);
    }
}
