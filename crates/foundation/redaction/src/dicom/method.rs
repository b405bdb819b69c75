//! What a cleaned file says of how it was cleaned (PS3.15, E.1.1 and E.3; PS3.3, C.7.1.1 and C.12.1).
//!
//! Promises: the words and codes of everything that was claimed; those of an earlier de-identification stay beside
//! them, and what it removed is not called unmodified. Leaves out: directories, which have no place for it.

use super::profile::{Dates, Pixels};
use super::reader::{Header, Reader};
use super::refused::Refused;
use super::rewrite::Rewriter;
use super::syntax::Encoding;
use super::tag::Tag;
use super::values::SEPARATOR;
use super::values::uids::trimmed;
use super::vr::Vr;
use super::walk::{Budget, Entry, next_element, next_item, skip};
use super::writer::Place;

/// The text of our method, at most 64 letters.
const TEXT: &[u8] = b"Bailee: DICOM PS3.15 2026c Annex E, attributes at every depth";

impl Rewriter<'_> {
    /// The attributes that are written anew, in order.
    pub(super) fn method_tags(&self) -> Vec<Tag> {
        if self.job.opened.is_directory() {
            return Vec::new();
        }
        let mut tags = vec![Tag::IDENTITY_REMOVED, Tag::METHOD, Tag::METHOD_CODES];
        if self.job.profile.pixels == Pixels::Cleaned && self.job.survey.has_pixels {
            tags.push(Tag::BURNED_IN);
        }
        tags.push(Tag::LONGITUDINAL);
        tags
    }

    /// Writes one of [`Rewriter::method_tags`].
    pub(super) fn write_method(&mut self, tag: Tag) -> Result<(), Refused> {
        let encoding = self.job.opened.syntax.encoding;
        match tag {
            Tag::IDENTITY_REMOVED => self.writer.element(encoding, tag, Vr::CS, b"YES"),
            Tag::BURNED_IN => self.writer.element(encoding, tag, Vr::CS, b"NO"),
            Tag::LONGITUDINAL => self.writer.element(encoding, tag, Vr::CS, self.longitudinal()),
            Tag::METHOD => {
                let text = self.method_text();
                self.writer.element(encoding, tag, Vr::LO, &text)
            }
            _ => self.write_codes(encoding),
        }
    }

    fn longitudinal(&self) -> &'static [u8] {
        match (self.job.survey.longitudinal, self.job.profile.dates) {
            (b"REMOVED", _) | (_, Dates::Removed) => b"REMOVED",
            (b"MODIFIED", _) | (_, Dates::Modified) => b"MODIFIED",
            (_, Dates::Full) => b"UNMODIFIED",
        }
    }

    /// Text of earlier methods stays, unless somebody is named in it.
    fn method_text(&self) -> Vec<u8> {
        let before = self.job.survey.method;
        let is_trace = self.job.traces.is_some_and(|traces| traces.finds(Vr::LO, before));
        let mut values: Vec<&[u8]> = before.split(|&byte| byte == SEPARATOR).map(trimmed).collect();
        values.retain(|value| !value.is_empty() && !is_trace);
        if !values.contains(&TEXT) {
            values.push(TEXT);
        }
        values.join(&SEPARATOR)
    }

    fn write_codes(&mut self, encoding: Encoding) -> Result<(), Refused> {
        let place = Place {
            encoding,
            tag: Tag::METHOD_CODES,
        };
        let open = self.writer.sequence(place, Vr::SQ, encoding, true)?;
        let mut present = Vec::new();
        // Items that stand in another encoding than ours are left behind: nobody writes them so.
        let before = self.job.survey.method_codes;
        if let Some((header, items)) = before.filter(|(header, _)| header.vr == Vr::SQ) {
            present = codes(
                Reader::new(items, 0, encoding),
                &header,
                &mut Budget::new(self.job.limits),
            )?;
            self.items(&mut Reader::new(items, 0, encoding), &header)?;
        }
        for (code, meaning) in self.job.profile.methods() {
            if !present.contains(&code.as_bytes()) {
                self.write_code(encoding, code, meaning)?;
            }
        }
        self.writer.close(open)
    }

    fn write_code(&mut self, encoding: Encoding, code: &str, meaning: &str) -> Result<(), Refused> {
        let item = self.writer.item(encoding, true);
        self.writer
            .element(encoding, Tag::CODE_VALUE, Vr(*b"SH"), code.as_bytes())?;
        self.writer
            .element(encoding, Tag::CODING_SCHEME, Vr(*b"SH"), b"DCM")?;
        self.writer
            .element(encoding, Tag::CODE_MEANING, Vr::LO, meaning.as_bytes())?;
        self.writer.close(item)
    }
}

/// The code values of the items of a sequence.
fn codes<'a>(mut items: Reader<'a>, header: &Header, budget: &mut Budget) -> Result<Vec<&'a [u8]>, Refused> {
    let mut codes = Vec::new();
    while let Entry::Item(item) = next_item(&mut items, header.length.is_some())? {
        let mut body = match item.length {
            Some(length) => items.part(length, items.encoding)?,
            None => items.recoded(items.encoding),
        };
        while let Some(header) = next_element(&mut body, item.length.is_some())? {
            budget.element()?;
            let value = skip(&mut body, &header, budget)?;
            if header.tag == Tag::CODE_VALUE {
                codes.push(trimmed(value));
            }
        }
        if item.length.is_none() {
            items.resume(&body);
        }
    }
    Ok(codes)
}
