//! TIFF 6.0, with several pages, in either byte order.
//!
//! Promises: pages are written anew with the tags of a list; strips and tiles are copied; what nothing points to does not
//! come along. Leaves out: directories inside of pages, which hold reduced pictures; raw pictures keep theirs there and
//! are held back.

use std::collections::BTreeSet;

use super::report::{Refused, Report};
use super::{icc, jpeg};

/// Tags that belong to the picture.
#[rustfmt::skip]
const KEPT: &[u16] = &[
    254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 274, 277, 278, 280, 281, 282, 283, 284, 290, 291, 292, 293, 296, 297,
    301, 317, 318, 319, 320, 321, 322, 323, 332, 334, 336, 338, 339, 340, 341, 342, 347, 529, 530, 531, 532, 32997, 34675, 50838,
];
const STRIPS: (u16, u16) = (273, 279);
const TILES: (u16, u16) = (324, 325);
const COMPRESSION: u16 = 259;
const TABLES: u16 = 347;
const PROFILE: u16 = 34675;
const SUB_DIRECTORIES: u16 = 330;
const SUBFILE: u16 = 254;

/// Writes anew what belongs to the picture.
pub(super) fn rewrite(bytes: &[u8], report: &mut Report) -> Result<Vec<u8>, Refused> {
    let source = Source {
        bytes,
        is_big: bytes.starts_with(b"MM"),
    };
    let mut file = bytes.get(..4).unwrap_or_default().to_vec();
    file.extend_from_slice(&[0; 4]);
    let (mut link, mut next, mut seen) = (4, source.long(4)?, BTreeSet::new());
    let mut copied = 0;
    while next != 0 {
        if !seen.insert(next) {
            return Err(Refused::Broken {
                at: next,
                why: "pages that go round",
            });
        }
        let (entries, after) = source.directory(next, report)?;
        let page = page(&source, &entries, next, report)?;
        copied += page
            .data
            .iter()
            .map(Vec::len)
            .chain(page.entries.iter().map(|entry| entry.value.len()))
            .sum::<usize>();
        // Pages may share tables of colours, but a file does not become much longer by being written anew.
        if copied > 2 * bytes.len() + (1 << 20) {
            return Err(Refused::Broken {
                at: next,
                why: "pages that share what they hold",
            });
        }
        let start = write_page(&source, page, &mut file)?;
        source.put(&mut file, link, start)?;
        link = file.len() - 4;
        next = after;
    }
    match seen.is_empty() {
        true => Err(Refused::Broken {
            at: 4,
            why: "no page",
        }),
        false => Ok(file),
    }
}

/// One tag of a page.
#[derive(Clone, Debug)]
struct Entry<V> {
    tag: u16,
    kind: u16,
    count: usize,
    value: V,
}

/// The tags of a page, as they stand in the file.
type Tags<'b> = Vec<Entry<&'b [u8]>>;

struct Page {
    entries: Vec<Entry<Vec<u8>>>,
    /// Strips or tiles, and the tags that say where they are and how long.
    data: Vec<Vec<u8>>,
    tags: (u16, u16),
}

struct Source<'b> {
    bytes: &'b [u8],
    is_big: bool,
}

impl<'b> Source<'b> {
    fn slice(&self, at: usize, length: usize) -> Result<&'b [u8], Refused> {
        let slice = at.checked_add(length).and_then(|end| self.bytes.get(at..end));
        slice.ok_or(Refused::CutShort { at: self.bytes.len() })
    }

    fn number(&self, bytes: &[u8]) -> usize {
        let fold = |number: usize, byte: &u8| number << 8 | usize::from(*byte);
        if self.is_big {
            bytes.iter().fold(0, fold)
        } else {
            bytes.iter().rev().fold(0, fold)
        }
    }

    fn short(&self, at: usize) -> Result<usize, Refused> {
        Ok(self.number(self.slice(at, 2)?))
    }

    fn long(&self, at: usize) -> Result<usize, Refused> {
        Ok(self.number(self.slice(at, 4)?))
    }

    fn directory(&self, at: usize, report: &mut Report) -> Result<(Tags<'b>, usize), Refused> {
        let count = self.short(at)?;
        let mut entries = Vec::new();
        for number in 0..count {
            report.part()?;
            entries.push(self.entry(at + 2 + number * 12)?);
        }
        Ok((entries, self.long(at + 2 + count * 12)?))
    }

    fn entry(&self, at: usize) -> Result<Entry<&'b [u8]>, Refused> {
        let kind = self.short(at + 2)?;
        let count = self.long(at + 4)?;
        let size = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => {
                return Err(Refused::Broken {
                    at,
                    why: "an unknown type",
                });
            }
        };
        let length = count.checked_mul(size).ok_or(Refused::CutShort { at })?;
        let place = if length <= 4 { at + 8 } else { self.long(at + 8)? };
        Ok(Entry {
            tag: u16::try_from(self.short(at)?).unwrap_or_default(),
            kind: u16::try_from(kind).unwrap_or_default(),
            count,
            value: self.slice(place, length)?,
        })
    }

    fn numbers(&self, entry: &Entry<&[u8]>) -> Vec<usize> {
        let size = if entry.kind == 3 { 2 } else { 4 };
        entry
            .value
            .chunks_exact(size)
            .map(|bytes| self.number(bytes))
            .collect()
    }

    fn bytes_of(&self, number: usize, size: usize) -> Result<Vec<u8>, Refused> {
        let long = u32::try_from(number).map_err(|_| Refused::Unsupported { what: "4 GiB" })?;
        let bytes = long.to_be_bytes()[4 - size..].to_vec();
        Ok(if self.is_big {
            bytes
        } else {
            bytes.into_iter().rev().collect()
        })
    }

    fn put(&self, file: &mut [u8], at: usize, number: usize) -> Result<(), Refused> {
        let bytes = self.bytes_of(number, 4)?;
        if let Some(place) = file.get_mut(at..at + 4) {
            place.copy_from_slice(&bytes);
        }
        Ok(())
    }
}

fn page(
    source: &Source<'_>,
    entries: &[Entry<&[u8]>],
    at: usize,
    report: &mut Report,
) -> Result<Page, Refused> {
    let find = |tag: u16| entries.iter().find(|entry| entry.tag == tag);
    let number = |tag: u16| find(tag).and_then(|entry| source.numbers(entry).first().copied());
    if find(SUB_DIRECTORIES).is_some() && number(SUBFILE).is_some_and(|kind| kind & 1 == 1) {
        return Err(Refused::Unsupported {
            what: "a raw picture, whose page is a preview",
        });
    }
    let tags = if find(TILES.0).is_some() { TILES } else { STRIPS };
    let (Some(offsets), Some(lengths)) = (find(tags.0), find(tags.1)) else {
        return Err(Refused::Broken {
            at,
            why: "a page without pixels",
        });
    };
    let (offsets, lengths) = (source.numbers(offsets), source.numbers(lengths));
    let compression = number(COMPRESSION).unwrap_or(1);
    if compression == 6 || offsets.len() != lengths.len() {
        return Err(Refused::Unsupported {
            what: "pixels stored in a way that is no longer used",
        });
    }
    let mut total = 0_usize;
    let mut data = Vec::new();
    for (&offset, &length) in offsets.iter().zip(&lengths) {
        report.part()?;
        total = total.saturating_add(length);
        let bytes = source.slice(offset, length)?;
        if total > source.bytes.len() {
            return Err(Refused::Broken {
                at,
                why: "strips that overlap",
            });
        }
        data.push(if compression == 7 {
            jpeg::rewrite(bytes, report)?
        } else {
            bytes.to_vec()
        });
    }
    let mut tags_seen = BTreeSet::from([tags.0, tags.1]);
    let entries = entries.iter().filter(|entry| tags_seen.insert(entry.tag));
    let entries = entries
        .filter_map(|entry| kept(entry, at, report).transpose())
        .collect::<Result<_, _>>()?;
    Ok(Page { entries, data, tags })
}

fn kept(entry: &Entry<&[u8]>, at: usize, report: &mut Report) -> Result<Option<Entry<Vec<u8>>>, Refused> {
    let replaced = |value: Vec<u8>| Entry {
        tag: entry.tag,
        kind: 7,
        count: value.len(),
        value,
    };
    match entry.tag {
        TABLES => Ok(Some(replaced(jpeg::tables(entry.value, report)?))),
        PROFILE => {
            let clean = icc::cleaned(entry.value);
            if clean.as_deref() != Some(entry.value) {
                report.cleaned(at, "texts of the colour profile");
            }
            Ok(clean.map(replaced))
        }
        // Texts have no place in a tag of numbers.
        tag if KEPT.contains(&tag) && entry.kind != 2 && entry.value.len() <= MOST_VALUE => Ok(Some(Entry {
            tag,
            kind: entry.kind,
            count: entry.count,
            value: entry.value.to_vec(),
        })),
        tag => {
            report.removed(at, name(tag));
            Ok(None)
        }
    }
}

/// The longest value of a tag that is kept: a colour map of 16 bits.
const MOST_VALUE: usize = 3 * 65_536 * 2;

fn name(tag: u16) -> &'static str {
    match tag {
        34665 => "EXIF",
        34853 => "GPS",
        700 => "XMP",
        33723 => "IPTC",
        270 | 269 | 285 => "description",
        315 | 33432 => "author",
        271 | 272 | 305 | 316 => "device or program",
        306 => "time",
        33550 | 33922 | 34264 | 34735 | 34736 | 34737 => "place on the earth",
        330 => "reduced pictures",
        _ => "unknown tag",
    }
}

/// Writes the pixels and the directory of a page, and says where the directory is.
fn write_page(source: &Source<'_>, page: Page, file: &mut Vec<u8>) -> Result<usize, Refused> {
    let (mut offsets, mut lengths) = (Vec::new(), Vec::new());
    for data in &page.data {
        offsets.extend(source.bytes_of(aligned(file), 4)?);
        lengths.extend(source.bytes_of(data.len(), 4)?);
        file.extend_from_slice(data);
    }
    let mut entries = page.entries;
    for (tag, value) in [(page.tags.0, offsets), (page.tags.1, lengths)] {
        entries.push(Entry {
            tag,
            kind: 4,
            count: page.data.len(),
            value,
        });
    }
    entries.sort_by_key(|entry| entry.tag);
    let mut directory = source.bytes_of(entries.len(), 2)?;
    for entry in entries {
        directory.extend(source.bytes_of(usize::from(entry.tag), 2)?);
        directory.extend(source.bytes_of(usize::from(entry.kind), 2)?);
        directory.extend(source.bytes_of(entry.count, 4)?);
        if entry.value.len() <= 4 {
            directory.extend_from_slice(&entry.value);
            directory.resize(directory.len() + 4 - entry.value.len(), 0);
        } else {
            directory.extend(source.bytes_of(aligned(file), 4)?);
            file.extend_from_slice(&entry.value);
        }
    }
    let start = aligned(file);
    file.extend_from_slice(&directory);
    file.extend_from_slice(&[0; 4]);
    Ok(start)
}

/// The end of the file, on a word boundary.
fn aligned(file: &mut Vec<u8>) -> usize {
    if file.len() % 2 == 1 {
        file.push(0);
    }
    file.len()
}
