//! A look at the image in a file, for whoever draws it.
//!
//! Promises: hands out what describes the pixels and the pixels themselves, borrowed from the file, and nothing that names
//! anybody; every length was checked against the bytes at hand; says whether people may be named in the pixels.
//!
//! Leaves out: decoding and drawing.

use std::collections::BTreeMap;
use std::fmt;

use super::part10::{self, Opened};
use super::pixels;
use super::reader::{Header, Reader};
use super::refused::Refused;
use super::survey::survey;
use super::syntax::Encoding;
use super::tag::Tag;
use super::values::{SEPARATOR, uids::trimmed};
use super::vr::Vr;
use super::walk::{Budget, Entry, next_element, next_item, skip, skip_elements, top_element};
use crate::Limits;

/// The group of the attributes that say how pixels are stored and shown (PS3.3, C.7.6.3 and C.11).
const IMAGE_GROUP: u16 = 0x0028;
const SHARED_GROUPS: Tag = Tag(0x5200_9229);
const FRAME_GROUPS: Tag = Tag(0x5200_9230);
const PIXELS: Tag = Tag(0x7FE0_0010);
const FLOAT_PIXELS: Tag = Tag(0x7FE0_0008);
const DOUBLE_PIXELS: Tag = Tag(0x7FE0_0009);

/// A DICOM file, opened.
pub struct File<'a>(Opened<'a>);

impl<'a> File<'a> {
    /// Takes the file apart, and unpacks a deflated one.
    ///
    /// # Errors
    ///
    /// When it is no DICOM file, or unpacks to more than the limits allow.
    pub fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, Refused> {
        part10::open(bytes, limits).map(Self)
    }

    /// What is needed to draw.
    ///
    /// # Errors
    ///
    /// When the file is not understood from its first element to its last.
    pub fn image(&self, limits: &Limits) -> Result<Image<'_>, Refused> {
        let survey = survey(&self.0, limits)?;
        let mut image = Image {
            syntax: self.0.syntax.uid,
            suspicion: survey.has_pixels.then(|| pixels::suspicion(&survey)).flatten(),
            in_words: false,
            encoding: self.0.syntax.encoding,
            described: BTreeMap::new(),
            shared: Vec::new(),
            frames: Vec::new(),
            pixels: None,
        };
        let mut budget = Budget::new(limits);
        let mut reader = self.0.reader();
        while let Some(header) = top_element(&mut reader)? {
            budget.element()?;
            let before = reader;
            let value = skip(&mut reader, &header, &mut budget)?;
            image.element(&header, before, value, &mut budget)?;
        }
        Ok(image)
    }
}

/// What describes an image and its pixels, and nothing else of the file.
pub struct Image<'a> {
    /// The UID of the transfer syntax: how the pixels are compressed.
    pub syntax: &'static str,
    /// Why people may be named in the pixels, if they may.
    pub suspicion: Option<&'static str>,
    /// Whether whole pixels stand in words of 16 bits, of which each has its own order of bytes.
    pub in_words: bool,
    /// The pixels, if there are any.
    pub pixels: Option<Held<'a>>,
    encoding: Encoding,
    described: BTreeMap<Tag, Value<'a>>,
    shared: Vec<Item<'a>>,
    frames: Vec<Item<'a>>,
}

/// Pixels as they stand in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held<'a> {
    /// All frames, one after the other.
    Whole(&'a [u8]),
    /// Compressed: the table of offsets, which may be empty, then pieces of which one or several make a frame (PS3.5, A.4).
    Pieces(Vec<&'a [u8]>),
    /// As floating point numbers.
    Floating,
}

#[derive(Clone, Copy)]
struct Value<'a> {
    header: Header,
    /// Stands behind the header.
    reader: Reader<'a>,
    bytes: &'a [u8],
}

#[derive(Clone, Copy)]
struct Item<'a> {
    body: Reader<'a>,
    has_length: bool,
}

impl fmt::Debug for File<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").finish_non_exhaustive()
    }
}

/// Says nothing that stands in the file but how it is compressed.
impl fmt::Debug for Image<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image")
            .field("syntax", &self.syntax)
            .field("suspicion", &self.suspicion)
            .finish_non_exhaustive()
    }
}

impl<'a> Image<'a> {
    /// Whether numbers begin with their most significant byte.
    pub fn is_big_endian(&self) -> bool {
        self.encoding.big_endian
    }

    /// The bytes of an attribute of the image's own; empty when the file has none. `tag` has the group in its upper half.
    pub fn bytes(&self, tag: u32) -> &'a [u8] {
        self.described.get(&Tag(tag)).map_or(&[][..], |value| value.bytes)
    }

    /// The first number of an attribute that has 16 bits.
    pub fn number(&self, tag: u32) -> Option<u16> {
        self.numbers(tag).next()
    }

    /// The numbers of an attribute of 16 bits each.
    pub fn numbers(&self, tag: u32) -> impl Iterator<Item = u16> + 'a {
        let encoding = self.encoding;
        let pairs = self.bytes(tag).chunks_exact(2);
        pairs.map(move |pair| encoding.u16([pair[0], pair[1]]))
    }

    /// The text of an attribute, without padding; empty when it has none or is not ASCII.
    pub fn text(&self, tag: u32) -> &'a str {
        let text = trimmed(self.bytes(tag));
        std::str::from_utf8(text).unwrap_or_default().trim()
    }

    /// The decimal numbers of an attribute that holds for this frame: its own, those of all frames, or the image's.
    /// `group` is the sequence in which the attribute stands for frames.
    pub fn decimals(&self, frame: usize, group: u32, tag: u32) -> Vec<f64> {
        let of_frame = self.frames.get(frame).into_iter();
        let mut grouped = of_frame.chain(self.shared.first());
        let found = grouped.find_map(|item| inside(item, Tag(group), Tag(tag)));
        let bytes = found.unwrap_or_else(|| self.bytes(tag));
        let values = bytes.split(|&byte| byte == SEPARATOR);
        values.map_while(decimal).collect()
    }

    /// The bytes of an attribute in the first item of a sequence of the image's own.
    pub fn nested(&self, sequence: u32, tag: u32) -> Option<&'a [u8]> {
        let value = self.described.get(&Tag(sequence))?;
        let first = items(value.reader, &value.header, &mut one_item()).ok()?;
        element(first.first()?, Tag(tag)).map(|value| value.bytes)
    }

    fn element(
        &mut self,
        header: &Header,
        reader: Reader<'a>,
        bytes: &'a [u8],
        budget: &mut Budget,
    ) -> Result<(), Refused> {
        match header.tag {
            SHARED_GROUPS => self.shared = items(reader, header, budget)?,
            FRAME_GROUPS => self.frames = items(reader, header, budget)?,
            FLOAT_PIXELS | DOUBLE_PIXELS => self.pixels = Some(Held::Floating),
            PIXELS if header.length.is_none() => self.pixels = Some(Held::Pieces(pieces(reader, budget)?)),
            PIXELS => {
                self.in_words = header.vr == Vr(*b"OW");
                self.pixels = Some(Held::Whole(bytes));
            }
            tag if tag.group() == IMAGE_GROUP => {
                let header = *header;
                self.described.insert(
                    tag,
                    Value {
                        header,
                        reader,
                        bytes,
                    },
                );
            }
            _ => {}
        }
        Ok(())
    }
}

fn decimal(text: &[u8]) -> Option<f64> {
    let number: f64 = std::str::from_utf8(trimmed(text)).ok()?.trim().parse().ok()?;
    number.is_finite().then_some(number)
}

fn pieces<'a>(mut reader: Reader<'a>, budget: &mut Budget) -> Result<Vec<&'a [u8]>, Refused> {
    let mut pieces = Vec::new();
    while let Entry::Item(item) = next_item(&mut reader, false)? {
        budget.element()?;
        let length = item.length.ok_or(Refused::misplaced(item.tag, item.at))?;
        pieces.push(reader.take(length)?);
    }
    Ok(pieces)
}

/// The items of a sequence; nothing when it is none.
fn items<'a>(mut around: Reader<'a>, header: &Header, budget: &mut Budget) -> Result<Vec<Item<'a>>, Refused> {
    if !header.has_items() {
        return Ok(Vec::new());
    }
    let inner = header.item_encoding(around.encoding);
    let mut reader = match header.length {
        Some(length) => around.part(length, inner)?,
        None => around.recoded(inner),
    };
    let mut found = Vec::new();
    while let Entry::Item(item) = next_item(&mut reader, header.length.is_some())? {
        budget.element()?;
        let body = match item.length {
            Some(length) => reader.part(length, reader.encoding)?,
            None => {
                let body = reader;
                skip_elements(&mut reader, budget)?;
                body
            }
        };
        found.push(Item {
            body,
            has_length: item.length.is_some(),
        });
    }
    Ok(found)
}

/// The bytes of an attribute in the first item of a sequence in this item.
fn inside<'a>(item: &Item<'a>, sequence: Tag, tag: Tag) -> Option<&'a [u8]> {
    let value = element(item, sequence)?;
    let found = items(value.reader, &value.header, &mut one_item()).ok()?;
    element(found.first()?, tag).map(|value| value.bytes)
}

/// An attribute of this item. Elements stand in the order of their tags, so that the search ends behind its place.
fn element<'a>(item: &Item<'a>, tag: Tag) -> Option<Value<'a>> {
    let (mut reader, mut budget) = (item.body, one_item());
    while let Some(header) = next_element(&mut reader, item.has_length).ok()? {
        if header.tag > tag {
            return None;
        }
        let before = reader;
        let bytes = skip(&mut reader, &header, &mut budget).ok()?;
        if header.tag == tag {
            let reader = before;
            return Some(Value {
                header,
                reader,
                bytes,
            });
        }
    }
    None
}

/// As much as the description of one frame may hold.
fn one_item() -> Budget {
    Budget::new(&Limits {
        elements: 10_000,
        ..Limits::default()
    })
}
