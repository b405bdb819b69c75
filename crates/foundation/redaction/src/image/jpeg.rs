//! JPEG streams (ISO/IEC 10918-1, B; JFIF 1.02).

use super::bytes::Reader;
use super::report::{Refused, Report};
use super::{exif, icc};

const APP: u8 = 0xE0;
const COMMENT: u8 = 0xFE;
const START: u8 = 0xD8;
const END: u8 = 0xD9;
const SCAN: u8 = 0xDA;

/// Writes anew what belongs to the picture.
pub(super) fn rewrite(bytes: &[u8], report: &mut Report) -> Result<Vec<u8>, Refused> {
    let mut reader = Reader::new(bytes);
    reader.take(2)?;
    let mut picture = Picture::default();
    loop {
        let (marker, at) = marker(&mut reader)?;
        report.part()?;
        match marker {
            END => break,
            SCAN => {
                let segment = segment(&mut reader, at)?;
                picture.keep(SCAN, segment);
                picture.has_scan = true;
                scan(&mut reader, &mut picture.body)?;
            }
            0xC0..=0xCF | 0xDB..=0xDF => {
                let segment = segment(&mut reader, at)?;
                picture.keep(marker, segment);
            }
            APP..=0xEF | COMMENT => {
                let segment = segment(&mut reader, at)?;
                picture.application(marker, segment, at, report);
            }
            _ => {
                return Err(Refused::Broken {
                    at,
                    why: "a marker that no picture has",
                });
            }
        }
    }
    if !reader.rest().is_empty() {
        report.removed(reader.at, "what is appended");
    }
    match picture.has_scan {
        true => Ok(picture.written(report)),
        false => Err(Refused::Broken {
            at: reader.at,
            why: "no picture",
        }),
    }
}

/// The next marker: fill bytes may come before it.
fn marker(reader: &mut Reader<'_>) -> Result<(u8, usize), Refused> {
    let at = reader.at;
    if reader.byte()? != 0xFF {
        return Err(Refused::Broken { at, why: "no marker" });
    }
    while reader.peek() == Some(0xFF) {
        reader.take(1)?;
    }
    Ok((reader.byte()?, at))
}

fn segment<'b>(reader: &mut Reader<'b>, at: usize) -> Result<&'b [u8], Refused> {
    let length = usize::from(u16::from_be_bytes(reader.array()?));
    reader.take(length.checked_sub(2).ok_or(Refused::Broken {
        at,
        why: "a length below 2",
    })?)
}

/// Compressed pixels: up to a marker that is none of theirs.
fn scan(reader: &mut Reader<'_>, body: &mut Vec<u8>) -> Result<(), Refused> {
    let rest = reader.rest();
    let mut at = 0;
    loop {
        let next = rest
            .get(at..)
            .and_then(|it| it.iter().position(|&byte| byte == 0xFF));
        at += next.ok_or(Refused::CutShort {
            at: reader.at + rest.len(),
        })?;
        match rest.get(at + 1) {
            Some(0 | 0xD0..=0xD7) => at += 2,
            Some(_) => break,
            None => {
                return Err(Refused::CutShort {
                    at: reader.at + rest.len(),
                });
            }
        }
    }
    body.extend_from_slice(reader.take(at)?);
    Ok(())
}

/// What is kept of a stream.
#[derive(Default)]
struct Picture {
    /// JFIF's and Adobe's segments, which come first.
    head: Vec<u8>,
    orientation: Option<u8>,
    /// Pieces of the colour profile, by number.
    profile: Vec<(u8, Vec<u8>)>,
    profile_at: usize,
    body: Vec<u8>,
    has_scan: bool,
}

impl Picture {
    fn keep(&mut self, marker: u8, segment: &[u8]) {
        write_segment(&mut self.body, marker, segment);
    }

    fn application(&mut self, marker: u8, segment: &[u8], at: usize, report: &mut Report) {
        match (marker - APP.min(marker), segment) {
            (0, [b'J', b'F', b'I', b'F', 0, ..]) if segment.len() >= 14 && self.head.is_empty() => {
                let mut plain = segment.to_vec();
                plain.truncate(14);
                plain[12..].fill(0);
                if plain != segment {
                    report.cleaned(at, "thumbnail");
                }
                write_segment(&mut self.head, APP, &plain);
            }
            (1, _)
                if exif::is_minimal(segment)
                    && segment.starts_with(b"Exif")
                    && self.orientation.is_none() =>
            {
                self.orientation = exif::orientation(segment);
            }
            (1, [b'E', b'x', b'i', b'f', 0, ..]) => {
                self.orientation = self.orientation.or(exif::orientation(segment));
                report.removed(at, "EXIF");
            }
            (2, _) if segment.starts_with(b"ICC_PROFILE\0") && segment.len() > 14 => {
                self.profile.push((segment[12], segment[14..].to_vec()));
                self.profile_at = at;
            }
            // How colours are stored: 12 bytes of numbers.
            (14, [b'A', b'd', b'o', b'b', b'e', ..]) if segment.len() == 12 => {
                write_segment(&mut self.head, marker, segment)
            }
            (1, _) => report.removed(at, "XMP"),
            (13, _) => report.removed(at, "IPTC"),
            _ if marker == COMMENT => report.removed(at, "comment"),
            _ => report.removed(at, "application data"),
        }
    }

    fn written(mut self, report: &mut Report) -> Vec<u8> {
        let mut file = vec![0xFF, START];
        file.append(&mut self.head);
        if let Some(value) = self.orientation {
            write_segment(
                &mut file,
                APP + 1,
                &[&b"Exif\0\0"[..], &exif::minimal(value)].concat(),
            );
        }
        self.write_profile(&mut file, report);
        file.append(&mut self.body);
        file.extend_from_slice(&[0xFF, END]);
        file
    }

    fn write_profile(&mut self, file: &mut Vec<u8>, report: &mut Report) {
        if self.profile.is_empty() {
            return;
        }
        self.profile.sort_by_key(|(number, _)| *number);
        let profile: Vec<u8> = self
            .profile
            .iter()
            .flat_map(|(_, piece)| piece.iter().copied())
            .collect();
        let Some(clean) = icc::cleaned(&profile) else {
            return report.removed(self.profile_at, "colour profile");
        };
        if clean != profile {
            report.cleaned(self.profile_at, "texts of the colour profile");
        }
        let pieces: Vec<&[u8]> = clean.chunks(65_519).collect();
        let count = u8::try_from(pieces.len()).unwrap_or(u8::MAX);
        for (number, piece) in (1..=count).zip(pieces) {
            write_segment(
                file,
                APP + 2,
                &[&b"ICC_PROFILE\0"[..], &[number, count], piece].concat(),
            );
        }
    }
}

fn write_segment(file: &mut Vec<u8>, marker: u8, segment: &[u8]) {
    // A segment that came in has a length that goes out.
    let length = u16::try_from(segment.len() + 2).unwrap_or(u16::MAX);
    file.extend_from_slice(&[0xFF, marker]);
    file.extend_from_slice(&length.to_be_bytes());
    file.extend_from_slice(segment);
}

/// A stream inside of a TIFF: tables may stand elsewhere, the picture may be missing.
pub(super) fn tables(bytes: &[u8], report: &mut Report) -> Result<Vec<u8>, Refused> {
    let mut reader = Reader::new(bytes);
    reader.take(2)?;
    let mut picture = Picture::default();
    loop {
        let (marker, at) = marker(&mut reader)?;
        report.part()?;
        match marker {
            END => break,
            0xC4 | 0xDB | 0xCC | 0xDD => {
                let segment = segment(&mut reader, at)?;
                picture.keep(marker, segment);
            }
            _ => {
                return Err(Refused::Broken {
                    at,
                    why: "tables with more than tables",
                });
            }
        }
    }
    Ok(picture.written(report))
}
