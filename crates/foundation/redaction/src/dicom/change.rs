//! What becomes of one value.
//!
//! Promises: what does not fit the way it should be changed is replaced as a whole; an empty value stays empty, as it
//! says nothing; nothing is reported that did not change. Leaves out: sequences that are gone into (`rewrite.rs`).

use super::profile::Action;
use super::reader::Header;
use super::refused::Refused;
use super::rewrite::Rewriter;
use super::syntax::Encoding;
use super::tag::Tag;
use super::values::uids::{ProjectKey, is_pseudonym, is_valid, is_well_known, trimmed};
use super::values::{SEPARATOR, dates, dummy, each, words};
use super::vr::{Kind, Vr, known};
use super::writer::{Place, Writer};
use crate::What;

/// A list of identifiers that is longer has no identifiers in it: in explicit form it could not be written.
const LONGEST_LIST: usize = 1 << 16;

impl Rewriter<'_> {
    /// Writes what becomes of a value, whose bytes hold the marks of its end if it has no length.
    pub(super) fn change(
        &mut self,
        encoding: Encoding,
        header: &Header,
        value: &[u8],
        action: Action,
    ) -> Result<(), Refused> {
        let is_empty = header.length == Some(0);
        match action {
            Action::Drop => Ok(()),
            Action::Remove => self.take_out(header, value, What::Removed),
            _ if is_empty => self.writer.copy(encoding, header, value),
            Action::Empty => {
                self.take_out(header, value, What::Emptied)?;
                self.writer.element(encoding, header.tag, header.vr, b"")
            }
            Action::Replace => self.replace(encoding, header, value),
            Action::Keep => self.keep(encoding, header, value),
            Action::Map => self.map(encoding, header, value),
            Action::Shift => self.shift(encoding, header, value),
            Action::Clean => self.clean(encoding, header, value),
        }
    }

    fn take_out(&mut self, header: &Header, value: &[u8], what: What) -> Result<(), Refused> {
        self.identifiers.note(header.tag, header.effective_vr(), value);
        self.report.add(header.tag, what);
        Ok(())
    }

    fn keep(&mut self, encoding: Encoding, header: &Header, value: &[u8]) -> Result<(), Refused> {
        let vr = header.effective_vr();
        if vr == Vr::UI && !values_of(value).all(is_valid) {
            return self.map(encoding, header, value);
        }
        if vr.kind() == Some(Kind::Text) && self.job.traces.is_some_and(|traces| traces.finds(vr, value)) {
            return self.replace(encoding, header, value);
        }
        self.writer.copy(encoding, header, value)
    }

    fn replace(&mut self, encoding: Encoding, header: &Header, value: &[u8]) -> Result<(), Refused> {
        if header.has_items() {
            return self.replace_items(encoding, header, value);
        }
        let vr = header.effective_vr();
        self.identifiers.note(header.tag, vr, value);
        if dummy::has_pseudonym(header.tag) && vr.kind() == Some(Kind::Text) {
            let new = each(value, |old, new| {
                if !old.is_empty() {
                    self.job.key.pseudonym(old, new);
                }
            });
            return self.write(encoding, header, value, &new, What::Mapped);
        }
        self.write(encoding, header, value, dummy::dummy(vr), What::Replaced)
    }

    fn replace_items(&mut self, encoding: Encoding, header: &Header, value: &[u8]) -> Result<(), Refused> {
        let inner = header.item_encoding(encoding);
        let new = dummy_items(inner, header.tag)?;
        if value != new {
            self.report.add(header.tag, What::Replaced);
        }
        let place = Place {
            encoding,
            tag: header.tag,
        };
        let open = self.writer.sequence(place, header.vr, inner, true)?;
        dummy::write_items(&mut self.writer, inner, header.tag)?;
        self.writer.close(open)
    }

    fn map(&mut self, encoding: Encoding, header: &Header, value: &[u8]) -> Result<(), Refused> {
        if matches!(header.effective_vr().kind(), Some(Kind::Binary(2..))) {
            return self.replace(encoding, header, value);
        }
        if value.len() > LONGEST_LIST {
            return self.replace(encoding, header, value);
        }
        let new = each(value, |old, new| {
            new.extend_from_slice(&mapped(self.job.key, old))
        });
        self.write(encoding, header, value, &new, What::Mapped)
    }

    fn shift(&mut self, encoding: Encoding, header: &Header, value: &[u8]) -> Result<(), Refused> {
        let vr = date_vr(header);
        let mut fits = header.effective_vr().kind() != Some(Kind::Binary(2));
        let new = each(value, |old, new| match dates::shifted(vr, old, self.days_back) {
            Some(moved) => new.extend_from_slice(&moved),
            None => fits = false,
        });
        self.identifiers.note(header.tag, vr, value);
        if fits {
            return self.write(encoding, header, value, &new, What::Shifted);
        }
        self.replace(encoding, header, value)
    }

    fn clean(&mut self, encoding: Encoding, header: &Header, value: &[u8]) -> Result<(), Refused> {
        let vr = header.effective_vr();
        let new = cleaned(vr, value);
        let is_trace = self.job.traces.is_some_and(|traces| traces.finds(vr, &new));
        if trimmed(&new).is_empty() || is_trace {
            return self.replace(encoding, header, value);
        }
        self.write(encoding, header, value, &new, What::Cleaned)
    }

    /// Writes the new value, and reports it unless it is the old one.
    fn write(
        &mut self,
        encoding: Encoding,
        header: &Header,
        old: &[u8],
        new: &[u8],
        what: What,
    ) -> Result<(), Refused> {
        if trimmed(old) != trimmed(new) || old.len().abs_diff(new.len()) > 1 {
            self.report.add(header.tag, what);
        }
        self.writer.element(encoding, header.tag, header.vr, new)
    }
}

/// The identifier that stands for another; those of the standard stand for themselves.
pub(super) fn mapped(key: &ProjectKey, old: &[u8]) -> Vec<u8> {
    let mut new = Vec::with_capacity(44);
    if old.is_empty() || is_well_known(old) {
        new.extend_from_slice(old);
    } else {
        key.uid(old, &mut new);
    }
    new
}

/// The items of a sequence that says nothing.
pub(super) fn dummy_items(encoding: Encoding, sequence: Tag) -> Result<Vec<u8>, Refused> {
    let mut writer = Writer::new(Vec::new());
    dummy::write_items(&mut writer, encoding, sequence)?;
    Ok(writer.into_bytes())
}

/// What of a text may stay. Prose has no separate values; what has a grammar of its own has nothing that may stay.
pub(super) fn cleaned(vr: Vr, value: &[u8]) -> Vec<u8> {
    match vr.kind() {
        Some(Kind::Text) if vr == Vr::PN => Vec::new(),
        Some(Kind::Text) if vr.is_prose() => words::cleaned(trimmed(value)),
        Some(Kind::Text) => each(value, |old, new| new.extend_from_slice(&words::cleaned(old))),
        _ => Vec::new(),
    }
}

/// What kind of date an attribute is: as the dictionary says, or as it is written where that says nothing.
pub(super) fn date_vr(header: &Header) -> Vr {
    let written = header.effective_vr();
    known(header.tag)
        .map(|known| known.vr)
        .filter(|vr| vr.is_date_or_time())
        .unwrap_or(written)
}

/// The values of an attribute, without padding.
pub(super) fn values_of(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == SEPARATOR).map(trimmed)
}

/// Whether each value is one that stands for a patient or a specimen.
pub(super) fn are_pseudonyms(value: &[u8]) -> bool {
    values_of(value).all(|one| one.is_empty() || is_pseudonym(one))
}
