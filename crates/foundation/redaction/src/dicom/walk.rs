//! Passing over values without looking at them.
//!
//! Promises: the depth and number of elements are bounded, also in what is thrown away. Leaves out: meaning.

use super::reader::{Header, Reader};
use super::refused::Refused;
use super::tag::Tag;
use crate::Limits;

/// Tag, value representation and length.
const SHORTEST_HEADER: usize = 8;

/// As deep as the stack of any thread allows, whatever the limits say.
const DEEPEST: usize = 128;

/// How much of the limits is used up.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    limits: Limits,
    elements: usize,
    depth: usize,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            limits: Limits {
                depth: limits.depth.min(DEEPEST),
                ..*limits
            },
            elements: 0,
            depth: 0,
        }
    }

    /// One more element or item.
    pub(super) fn element(&mut self) -> Result<(), Refused> {
        self.elements += 1;
        if self.elements > self.limits.elements {
            return Err(Refused::Limit {
                what: "elements",
                limit: self.limits.elements,
            });
        }
        Ok(())
    }

    /// One level deeper; [`Budget::rise`] comes back.
    pub(super) fn descend(&mut self) -> Result<(), Refused> {
        self.depth += 1;
        if self.depth > self.limits.depth {
            return Err(Refused::Limit {
                what: "levels",
                limit: self.limits.depth,
            });
        }
        Ok(())
    }

    pub(super) fn rise(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    pub(super) fn is_top(&self) -> bool {
        self.depth == 0
    }
}

/// One thing in a sequence.
pub(super) enum Entry {
    Item(Header),
    End,
}

/// The next item of a sequence, or its end. `reader` ends with the sequence when it has a length.
pub(super) fn next_item(reader: &mut Reader<'_>, has_length: bool) -> Result<Entry, Refused> {
    if has_length && reader.is_done() {
        return Ok(Entry::End);
    }
    let header = reader.header()?;
    match header.tag {
        Tag::ITEM => Ok(Entry::Item(header)),
        Tag::SEQUENCE_END if !has_length => Ok(Entry::End),
        other => Err(Refused::misplaced(other, header.at)),
    }
}

/// The next element of a data set or item; nothing at its end, which a mark shows when it has no length.
pub(super) fn next_element(reader: &mut Reader<'_>, has_length: bool) -> Result<Option<Header>, Refused> {
    if has_length && reader.is_done() {
        return Ok(None);
    }
    let header = reader.header()?;
    match header.tag {
        Tag::ITEM_END if !has_length => Ok(None),
        other if other.is_delimiter() => Err(Refused::misplaced(other, header.at)),
        _ => Ok(Some(header)),
    }
}

/// Passes over a value and gives its bytes, marks of its end included.
pub(super) fn skip<'a>(
    reader: &mut Reader<'a>,
    header: &Header,
    budget: &mut Budget,
) -> Result<&'a [u8], Refused> {
    if let Some(length) = header.length {
        return reader.take(length);
    }
    let start = reader.at();
    if header.has_items() {
        let mut inner = reader.recoded(header.item_encoding(reader.encoding));
        skip_items(&mut inner, budget)?;
        reader.resume(&inner);
    } else {
        skip_fragments(reader, header, budget)?;
    }
    Ok(reader.since(start))
}

/// Pixels in pieces (PS3.5, A.4): items that hold bytes.
fn skip_fragments(reader: &mut Reader<'_>, header: &Header, budget: &mut Budget) -> Result<(), Refused> {
    if !header.tag.is_pixels() {
        return Err(Refused::misplaced(header.tag, header.at));
    }
    // A fragment is an item in the encoding around it, whatever the value representation of the pixels.
    while let Entry::Item(item) = next_item(reader, false)? {
        budget.element()?;
        let length = item.length.ok_or(Refused::misplaced(item.tag, item.at))?;
        reader.take(length)?;
    }
    Ok(())
}

fn skip_items(reader: &mut Reader<'_>, budget: &mut Budget) -> Result<(), Refused> {
    budget.descend()?;
    while let Entry::Item(item) = next_item(reader, false)? {
        budget.element()?;
        match item.length {
            Some(length) => {
                reader.take(length)?;
            }
            None => skip_elements(reader, budget)?,
        }
    }
    budget.rise();
    Ok(())
}

pub(super) fn skip_elements(reader: &mut Reader<'_>, budget: &mut Budget) -> Result<(), Refused> {
    while let Some(header) = next_element(reader, false)? {
        budget.element()?;
        skip(reader, &header, budget)?;
    }
    Ok(())
}

/// The next element of the data set that is the file; nothing at its end, behind which only zeros may stand.
pub(super) fn top_element(reader: &mut Reader<'_>) -> Result<Option<Header>, Refused> {
    let rest = reader.rest();
    if rest.iter().take(SHORTEST_HEADER).all(|&byte| byte == 0) {
        // Looked at once: behind zeros that go on for longer, nothing more may come.
        let goes_on = rest.iter().any(|&byte| byte != 0);
        return if goes_on {
            Err(Refused::Trailing { at: reader.at() })
        } else {
            Ok(None)
        };
    }
    if rest.len() < SHORTEST_HEADER {
        return Err(Refused::Trailing { at: reader.at() });
    }
    let header = reader.header()?;
    if header.tag.is_delimiter() {
        return Err(Refused::misplaced(header.tag, header.at));
    }
    Ok(Some(header))
}
