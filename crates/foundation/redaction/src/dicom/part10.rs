//! The file around a data set (PS3.10, 7): preamble, prefix, file meta information, compression.
//!
//! Promises: what is written has an empty preamble and only the meta elements that say how to read the file; nothing
//! of the input's own is copied, and what is unpacked is bounded. Leaves out: the data set.

use std::borrow::Cow;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::reader::Reader;
use super::refused::Refused;
use super::syntax::{Encoding, Syntax};
use super::tag::Tag;
use super::values::uids::trimmed;
use super::vr::Vr;
use super::writer::Writer;
use crate::Limits;

const PREAMBLE: usize = 128;
const PREFIX: &[u8] = b"DICM";
const META_GROUP: u16 = 0x0002;
const CLASS: Tag = Tag(0x0002_0002);
const INSTANCE: Tag = Tag(0x0002_0003);
const SYNTAX: Tag = Tag(0x0002_0010);

/// The class of directories, which have no class element in their data set.
const DIRECTORY_CLASS: &[u8] = b"1.2.840.10008.1.3.10";

/// Who wrote the file: a UUID (version 8) of this implementation, written as PS3.5, B.2 says.
const IMPLEMENTATION: &[u8] = b"2.25.332230694435659451591848942684577680456";
const IMPLEMENTATION_NAME: &[u8] = b"BAILEE";

/// A file taken apart.
#[derive(Debug)]
pub(super) struct Opened<'a> {
    pub(super) class: &'a [u8],
    pub(super) instance: &'a [u8],
    pub(super) syntax: Syntax,
    /// The bytes in which the data set stands, unpacked.
    pub(super) bytes: Cow<'a, [u8]>,
    /// Where in them it begins.
    pub(super) start: usize,
    /// What else the meta information held; a cleaned file has none of it.
    pub(super) other_meta: Vec<Tag>,
    pub(super) clean_preamble: bool,
}

impl Opened<'_> {
    pub(super) fn is_directory(&self) -> bool {
        self.class == DIRECTORY_CLASS
    }

    pub(super) fn reader(&self) -> Reader<'_> {
        Reader::new(&self.bytes, self.start, self.syntax.encoding)
    }
}

/// Takes a file apart. A missing preamble or meta information is made up for where the bytes show what they are.
pub(super) fn open<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Opened<'a>, Refused> {
    let mut meta = Meta::default();
    let has_prefix = bytes.get(PREAMBLE..).is_some_and(|rest| rest.starts_with(PREFIX));
    let mut reader = Reader::new(
        bytes,
        if has_prefix { PREAMBLE + PREFIX.len() } else { 0 },
        Encoding::EXPLICIT,
    );
    while reader.rest().starts_with(&META_GROUP.to_le_bytes()) {
        meta.element(&mut reader)?;
    }
    let start = reader.at();
    let written = match meta.syntax {
        Some(uid) => Some(Syntax::of(uid).ok_or(Refused::UnknownSyntax)?),
        None => None,
    };
    let looked = || Syntax::look(reader.rest()).ok_or(Refused::NotDicom);
    let stated = written.map_or_else(looked, Ok)?;
    let (bytes, start) = if stated.deflated {
        (Cow::Owned(inflate(reader.rest(), limits)?), 0)
    } else {
        (Cow::Borrowed(bytes), start)
    };
    Ok(Opened {
        class: meta.class,
        instance: meta.instance,
        syntax: stated.corrected(bytes.get(start..).unwrap_or_default()),
        clean_preamble: has_prefix && bytes_are_zero(reader.since(0), PREAMBLE),
        bytes,
        start,
        other_meta: meta.other,
    })
}

fn bytes_are_zero(bytes: &[u8], length: usize) -> bool {
    bytes
        .get(..length)
        .is_some_and(|start| start.iter().all(|&byte| byte == 0))
}

#[derive(Default)]
struct Meta<'a> {
    class: &'a [u8],
    instance: &'a [u8],
    syntax: Option<&'a [u8]>,
    other: Vec<Tag>,
}

impl<'a> Meta<'a> {
    fn element(&mut self, reader: &mut Reader<'a>) -> Result<(), Refused> {
        let header = reader.header()?;
        let length = header.length.ok_or(Refused::misplaced(header.tag, header.at))?;
        let value = trimmed(reader.take(length)?);
        match header.tag {
            CLASS => self.class = value,
            INSTANCE => self.instance = value,
            SYNTAX => self.syntax = Some(value),
            // Length, version, and who wrote it: not about anybody, and written anew.
            Tag(0x0002_0000 | 0x0002_0001 | 0x0002_0012 | 0x0002_0013) => {}
            other => self.other.push(other),
        }
        Ok(())
    }
}

/// Writes preamble, prefix and meta information.
pub(super) fn write_head(
    class: &[u8],
    instance: &[u8],
    syntax: Syntax,
    out: &mut Vec<u8>,
) -> Result<(), Refused> {
    let mut meta = Writer::new(Vec::with_capacity(256));
    meta.element(Encoding::EXPLICIT, Tag(0x0002_0001), Vr::OB, &[0, 1])?;
    for (tag, vr, value) in [
        (CLASS, Vr::UI, class),
        (INSTANCE, Vr::UI, instance),
        (SYNTAX, Vr::UI, syntax.uid.as_bytes()),
        (Tag(0x0002_0012), Vr::UI, IMPLEMENTATION),
        (Tag(0x0002_0013), Vr(*b"SH"), IMPLEMENTATION_NAME),
    ] {
        meta.element(Encoding::EXPLICIT, tag, vr, value)?;
    }
    let meta = meta.into_bytes();
    let length = u32::try_from(meta.len()).map_err(|_| Refused::TooLong)?;
    out.extend_from_slice(&[0; PREAMBLE]);
    out.extend_from_slice(PREFIX);
    out.extend_from_slice(b"\x02\0\0\0UL\x04\0");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&meta);
    Ok(())
}

fn inflate(packed: &[u8], limits: &Limits) -> Result<Vec<u8>, Refused> {
    let limit = limits.unpacked_bytes;
    let mut unpacked = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut decoder = DeflateDecoder::new(packed).take(most);
    decoder
        .read_to_end(&mut unpacked)
        .map_err(|_| Refused::NotDeflated)?;
    if unpacked.len() > limit {
        return Err(Refused::Limit {
            what: "unpacked bytes",
            limit,
        });
    }
    Ok(unpacked)
}

/// Packs a data set and makes its length even (PS3.5, A.5).
pub(super) fn deflate(data_set: &[u8], out: Vec<u8>) -> Result<Vec<u8>, Refused> {
    let mut encoder = DeflateEncoder::new(out, Compression::default());
    encoder.write_all(data_set).map_err(|_| Refused::NotDeflated)?;
    let mut packed = encoder.finish().map_err(|_| Refused::NotDeflated)?;
    if packed.len() % 2 == 1 {
        packed.push(0);
    }
    Ok(packed)
}
