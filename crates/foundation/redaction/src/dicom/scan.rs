//! Searching a file for what a profile takes out.
//!
//! Promises: looks at every element at every depth and at the meta information, and reports each that is not as the
//! profile leaves it, and each text in which one of the given identifiers stands. Leaves out: moved dates and retained
//! identifiers, which look like any others; pixels.

use super::change::{are_pseudonyms, cleaned, date_vr, dummy_items, values_of};
use super::part10::{self, Opened};
use super::profile::{Action, Blocks, Profile, Subject, decide};
use super::reader::{Header, Reader};
use super::refused::Refused;
use super::report::Report;
use super::survey::{Survey, survey};
use super::tag::Tag;
use super::traces::Search;
use super::values::uids::{is_mapped, is_valid, is_well_known, trimmed};
use super::values::{dates, dummy};
use super::vr::{Kind, Vr};
use super::walk::{Budget, Entry, next_element, next_item, skip, top_element};
use crate::{Finding, Limits, What};

/// Searches a whole file.
pub(super) fn search(
    bytes: &[u8],
    profile: &Profile,
    traces: &Search,
    limits: &Limits,
) -> Result<Vec<Finding>, Refused> {
    let opened = part10::open(bytes, limits)?;
    let survey = survey(&opened, limits)?;
    let mut scanner = Scanner {
        profile,
        survey: &survey,
        traces,
        budget: Budget::new(limits),
        report: Report::new(limits),
        is_directory: opened.is_directory(),
    };
    scanner.head(&opened);
    scanner.data_set(&mut opened.reader())?;
    Ok(scanner.report.into_findings())
}

struct Scanner<'a> {
    profile: &'a Profile,
    survey: &'a Survey<'a>,
    traces: &'a Search,
    budget: Budget,
    report: Report,
    is_directory: bool,
}

impl Scanner<'_> {
    fn head(&mut self, opened: &Opened<'_>) {
        for tag in &opened.other_meta {
            self.report.add(*tag, What::Remains);
        }
        let instance_fits = self.profile.retain_uids || is_new(opened.instance);
        if !instance_fits || (!self.is_directory && opened.instance != self.survey.instance) {
            self.report.add(Tag(0x0002_0003), What::Remains);
        }
        if !opened.clean_preamble {
            self.report.add(Tag(0), What::Remains);
        }
        if !is_valid(opened.class) {
            self.report.add(Tag(0x0002_0002), What::Remains);
        }
        let names_method = self.survey.identity_removed == b"YES" && self.survey.method_codes.is_some();
        if !self.is_directory && !names_method {
            self.report.add(Tag::IDENTITY_REMOVED, What::Remains);
        }
    }

    fn data_set(&mut self, reader: &mut Reader<'_>) -> Result<(), Refused> {
        let mut blocks = Blocks::default();
        while let Some(header) = top_element(reader)? {
            self.element(reader, &header, &mut blocks)?;
        }
        Ok(())
    }

    fn element(
        &mut self,
        reader: &mut Reader<'_>,
        header: &Header,
        blocks: &mut Blocks,
    ) -> Result<(), Refused> {
        self.budget.element()?;
        let subject = Subject {
            header,
            class: self.survey.class,
            top: self.budget.is_top(),
            blocks,
        };
        let action = decide(self.profile, &subject);
        if header.has_items() && !matches!(action, Action::Remove | Action::Empty | Action::Replace) {
            return self.sequence(reader, header);
        }
        let encoding = reader.encoding;
        let value = skip(reader, header, &mut self.budget)?;
        let is_creator = header.tag.is_private_creator() && self.profile.retain_safe_private;
        let remains = if is_creator {
            !blocks.reserve(header.tag, value, &self.profile.further_safe_private)
        } else if action == Action::Replace && header.has_items() {
            value != dummy_items(header.item_encoding(encoding), header.tag)? && !value.is_empty()
        } else {
            !self.is_as_left(header, value, action)
        };
        if remains {
            self.report.add(header.tag, What::Remains);
        } else if self.traces.finds(header.effective_vr(), value) {
            self.report.add(header.tag, What::Trace);
        }
        Ok(())
    }

    /// Whether a value is one that this action leaves.
    fn is_as_left(&self, header: &Header, value: &[u8], action: Action) -> bool {
        let vr = header.effective_vr();
        let says_nothing = value.is_empty() || dummy::is_dummy(vr, value);
        match action {
            Action::Drop | Action::Remove => false,
            Action::Empty => value.is_empty(),
            Action::Replace if dummy::has_pseudonym(header.tag) => says_nothing || are_pseudonyms(value),
            Action::Replace => says_nothing,
            Action::Keep if vr == Vr::UI => values_of(value).all(is_valid),
            Action::Keep => true,
            Action::Map if matches!(vr.kind(), Some(Kind::Binary(2..))) => says_nothing,
            Action::Map => values_of(value).all(is_new),
            Action::Shift => {
                let is_date = |one: &[u8]| dates::shifted(date_vr(header), one, 0).is_some();
                says_nothing || values_of(value).all(is_date)
            }
            Action::Clean => says_nothing || trimmed(&cleaned(vr, value)) == trimmed(value),
        }
    }

    fn sequence(&mut self, reader: &mut Reader<'_>, header: &Header) -> Result<(), Refused> {
        let inner = header.item_encoding(reader.encoding);
        let mut items = match header.length {
            Some(length) => reader.part(length, inner)?,
            None => reader.recoded(inner),
        };
        self.budget.descend()?;
        let mut number = 0;
        while let Entry::Item(item) = next_item(&mut items, header.length.is_some())? {
            self.budget.element()?;
            self.report.enter(header.tag, number);
            self.item(&mut items, &item)?;
            self.report.leave();
            number += 1;
        }
        self.budget.rise();
        if header.length.is_none() {
            reader.resume(&items);
        }
        Ok(())
    }

    fn item(&mut self, items: &mut Reader<'_>, item: &Header) -> Result<(), Refused> {
        let mut body = match item.length {
            Some(length) => items.part(length, items.encoding)?,
            None => items.recoded(items.encoding),
        };
        let mut blocks = Blocks::default();
        while let Some(header) = next_element(&mut body, item.length.is_some())? {
            self.element(&mut body, &header, &mut blocks)?;
        }
        if item.length.is_none() {
            items.resume(&body);
        }
        Ok(())
    }
}

/// Made by us, or the standard's own, or none.
fn is_new(uid: &[u8]) -> bool {
    uid.is_empty() || is_mapped(uid) || is_well_known(uid)
}
