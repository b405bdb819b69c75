//! PNG (third edition) and its animations.

use std::io::Read;

use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use std::io::Write;

use super::bytes::Reader;
use super::report::{Refused, Report};
use super::{exif, icc};

const SIGNATURE: usize = 8;

/// Chunks that belong to the picture. `sPLT` has a name and is not among them.
const KEPT: &[&[u8; 4]] = &[
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD", b"hIST",
    b"pHYs", b"acTL", b"fcTL", b"fdAT", b"cICP", b"mDCV", b"cLLI",
];

/// Writes anew what belongs to the picture.
pub(super) fn rewrite(bytes: &[u8], report: &mut Report) -> Result<Vec<u8>, Refused> {
    let mut reader = Reader::new(bytes);
    let mut file = reader.take(SIGNATURE)?.to_vec();
    let (mut has_header, mut has_pixels, mut up) = (false, false, None);
    loop {
        let at = reader.at;
        report.part()?;
        let (kind, data) = chunk(&mut reader)?;
        has_header |= &kind == b"IHDR";
        has_pixels |= &kind == b"IDAT";
        if !has_header {
            return Err(Refused::Broken { at, why: "no header" });
        }
        match &kind {
            b"IEND" => {
                if let Some(value) = up {
                    write(&mut file, b"eXIf", &exif::minimal(value));
                }
                write(&mut file, b"IEND", &[]);
                break;
            }
            b"eXIf" => {
                up = up.or(exif::orientation(data));
                if !exif::is_minimal(data) {
                    report.removed(at, "EXIF");
                }
            }
            b"iCCP" => profile(data, at, &mut file, report),
            _ if KEPT.contains(&&kind) => write(&mut file, &kind, data),
            [first, ..] if first.is_ascii_uppercase() => {
                return Err(Refused::Unsupported {
                    what: "an unknown critical chunk",
                });
            }
            b"tEXt" | b"zTXt" | b"iTXt" => report.removed(at, "text"),
            b"tIME" => report.removed(at, "time"),
            _ => report.removed(at, "unknown chunk"),
        }
    }
    if !reader.rest().is_empty() {
        report.removed(reader.at, "what is appended");
    }
    match has_pixels {
        true => Ok(file),
        false => Err(Refused::Broken {
            at: reader.at,
            why: "no picture",
        }),
    }
}

/// Kind and data of the next chunk, which its checksum confirms.
fn chunk<'b>(reader: &mut Reader<'b>) -> Result<([u8; 4], &'b [u8]), Refused> {
    let at = reader.at;
    let length = u32::from_be_bytes(reader.array()?);
    let kind = reader.array::<4>()?;
    let data = reader.take(usize::try_from(length).unwrap_or(usize::MAX))?;
    let checksum = u32::from_be_bytes(reader.array()?);
    if !kind.iter().all(u8::is_ascii_alphabetic) || checksum != sum(&kind, data) {
        return Err(Refused::Broken {
            at,
            why: "a chunk whose checksum is wrong",
        });
    }
    Ok((kind, data))
}

fn sum(kind: &[u8; 4], data: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(data);
    crc.sum()
}

fn write(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    file.extend_from_slice(&length.to_be_bytes());
    file.extend_from_slice(kind);
    file.extend_from_slice(data);
    file.extend_from_slice(&sum(kind, data).to_be_bytes());
}

/// The name that a cleaned profile has.
const NAME: &[u8] = b"icc\0\0";

fn profile(data: &[u8], at: usize, file: &mut Vec<u8>, report: &mut Report) {
    let name = data.iter().position(|&byte| byte == 0).unwrap_or(data.len());
    let packed = data.get(name + 2..).unwrap_or_default();
    let mut profile = Vec::new();
    let most = u64::try_from(report.unpacked).unwrap_or(u64::MAX);
    let read = ZlibDecoder::new(packed).take(most).read_to_end(&mut profile);
    let Some(clean) = read.ok().and_then(|_| icc::cleaned(&profile)) else {
        return report.removed(at, "colour profile");
    };
    if clean == profile && data.starts_with(NAME) && name == 3 {
        return write(file, b"iCCP", data);
    }
    let mut encoder = ZlibEncoder::new(NAME.to_vec(), Compression::default());
    match encoder.write_all(&clean).and_then(|()| encoder.finish()) {
        Ok(data) => {
            report.cleaned(at, "texts of the colour profile");
            write(file, b"iCCP", &data);
        }
        Err(_) => report.removed(at, "colour profile"),
    }
}
