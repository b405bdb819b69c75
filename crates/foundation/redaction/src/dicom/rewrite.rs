//! The new file: every element is decided upon, at every depth, and written as decided.
//!
//! Promises: one pass over the bytes; what is kept is copied and never decoded; lengths of sequences are made anew.
//! Leaves out: what is decided (`profile`), new values (`values`), searching the result (`scan.rs`).

use super::change::mapped;
use super::directory::Directory;
use super::part10::{self, Opened};
use super::profile::{Action, Blocks, Profile, Subject, decide};
use super::reader::{Header, Reader};
use super::refused::Refused;
use super::report::Report;
use super::survey::Survey;
use super::tag::Tag;
use super::traces::{Identifiers, Search};
use super::values::uids::{ProjectKey, is_valid};
use super::walk::{Budget, Entry, next_element, next_item, skip, top_element};
use super::writer::{Place, Writer};
use crate::{Limits, What};

/// New values are longer than some old ones; a file that grows by more than this has been made for it.
const GROWTH: usize = 4;
/// What the head and the words about the method take at most.
const HEAD: usize = 2048;

/// Everything that is known before the first byte is written.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub(super) opened: &'a Opened<'a>,
    pub(super) survey: &'a Survey<'a>,
    pub(super) profile: &'a Profile,
    pub(super) key: &'a ProjectKey,
    pub(super) limits: &'a Limits,
    /// What a first attempt took out and left elsewhere; text that holds it is replaced.
    pub(super) traces: Option<&'a Search>,
}

/// The new file under way.
pub(super) struct Rewriter<'a> {
    pub(super) job: Job<'a>,
    pub(super) writer: Writer,
    pub(super) report: &'a mut Report,
    pub(super) identifiers: Identifiers,
    pub(super) days_back: i32,
    budget: Budget,
    directory: Option<Directory>,
}

/// Writes the new file, and gives with it what was taken out and identifies.
pub(super) fn rewrite(job: Job<'_>, report: &mut Report) -> Result<(Vec<u8>, Identifiers), Refused> {
    let mut head = Vec::with_capacity(job.opened.bytes.len() + HEAD);
    let syntax = job.opened.syntax;
    let instance = new_instance(&job);
    part10::write_head(&class(&job), &instance, syntax, &mut head)?;
    let (before, start) = if syntax.deflated {
        (head, Vec::new())
    } else {
        (Vec::new(), head)
    };
    let mut rewriter = Rewriter {
        writer: Writer::new(start),
        report,
        identifiers: Identifiers::default(),
        days_back: job.key.days(job.survey.patient_or_study()),
        budget: Budget::new(job.limits),
        directory: job.opened.is_directory().then(Directory::default),
        job,
    };
    rewriter.data_set()?;
    if let Some(directory) = rewriter.directory.take() {
        directory.settle(&mut rewriter.writer)?;
    }
    let written = rewriter.writer.into_bytes();
    let bytes = if syntax.deflated {
        part10::deflate(&written, before)?
    } else {
        written
    };
    Ok((bytes, rewriter.identifiers))
}

/// What the file meta information calls the object: the same as the data set does.
fn new_instance(job: &Job<'_>) -> Vec<u8> {
    let old = job.survey.instance;
    if job.profile.retain_uids && is_valid(old) {
        return old.to_vec();
    }
    mapped(job.key, old)
}

/// The class is a name of the standard's or of a maker's; what is no unique identifier at all is treated as one of a thing.
fn class(job: &Job<'_>) -> Vec<u8> {
    let old = job.survey.class;
    if is_valid(old) {
        old.to_vec()
    } else {
        mapped(job.key, old)
    }
}

impl Rewriter<'_> {
    fn data_set(&mut self) -> Result<(), Refused> {
        let mut reader = self.job.opened.reader();
        let mut blocks = Blocks::default();
        let ours = self.method_tags();
        let mut to_come = ours.as_slice();
        while let Some(header) = top_element(&mut reader)? {
            while let [first, rest @ ..] = to_come
                && *first < header.tag
            {
                self.write_method(*first)?;
                to_come = rest;
            }
            if ours.contains(&header.tag) {
                skip(&mut reader, &header, &mut self.budget)?;
            } else {
                self.element(&mut reader, &header, &mut blocks)?;
            }
        }
        to_come.iter().try_for_each(|tag| self.write_method(*tag))
    }

    fn element(
        &mut self,
        reader: &mut Reader<'_>,
        header: &Header,
        blocks: &mut Blocks,
    ) -> Result<(), Refused> {
        self.budget.element()?;
        if self.writer.at() / GROWTH > self.job.opened.bytes.len() + HEAD {
            return Err(Refused::Limit {
                what: "times its length",
                limit: GROWTH,
            });
        }
        if header.tag.is_private_creator() && self.job.profile.retain_safe_private {
            return self.creator(reader, header, blocks);
        }
        if self.directory.is_some() && Directory::is_pointer(header) {
            return self.pointer(reader, header);
        }
        let subject = Subject {
            header,
            class: self.job.survey.class,
            top: self.budget.is_top(),
            blocks,
        };
        let action = decide(self.job.profile, &subject);
        let goes_in = matches!(action, Action::Keep | Action::Map | Action::Shift | Action::Clean);
        if goes_in && header.has_items() {
            return self.sequence(reader, header);
        }
        let value = skip(reader, header, &mut self.budget)?;
        self.change(reader.encoding, header, value, action)
    }

    /// The owner of a block of private elements.
    fn creator(
        &mut self,
        reader: &mut Reader<'_>,
        header: &Header,
        blocks: &mut Blocks,
    ) -> Result<(), Refused> {
        let value = skip(reader, header, &mut self.budget)?;
        if blocks.reserve(header.tag, value, &self.job.profile.further_safe_private) {
            return self.writer.copy(reader.encoding, header, value);
        }
        self.report.add(header.tag, What::Removed);
        Ok(())
    }

    fn pointer(&mut self, reader: &mut Reader<'_>, header: &Header) -> Result<(), Refused> {
        let value = reader.take(4)?;
        self.writer.copy(reader.encoding, header, value)?;
        let at = self.writer.at().saturating_sub(4);
        if let (Some(directory), Some(offset)) = (&mut self.directory, value.first_chunk()) {
            directory.pointer(at, reader.encoding.u32(*offset), reader.encoding);
        }
        Ok(())
    }

    fn sequence(&mut self, reader: &mut Reader<'_>, header: &Header) -> Result<(), Refused> {
        let inner = header.item_encoding(reader.encoding);
        let place = Place {
            encoding: reader.encoding,
            tag: header.tag,
        };
        let open = self
            .writer
            .sequence(place, header.vr, inner, header.length.is_some())?;
        let mut items = match header.length {
            Some(length) => reader.part(length, inner)?,
            None => reader.recoded(inner),
        };
        self.items(&mut items, header)?;
        if header.length.is_none() {
            reader.resume(&items);
        }
        self.writer.close(open)
    }

    /// All items up to the end of the sequence.
    pub(super) fn items(&mut self, items: &mut Reader<'_>, header: &Header) -> Result<(), Refused> {
        self.budget.descend()?;
        let mut number = 0;
        while let Entry::Item(item) = next_item(items, header.length.is_some())? {
            self.budget.element()?;
            if header.tag == Tag::DIRECTORY_RECORDS
                && let Some(directory) = &mut self.directory
            {
                directory.record(item.at, self.writer.at())?;
            }
            self.report.enter(header.tag, number);
            self.item(items, &item)?;
            self.report.leave();
            number += 1;
        }
        self.budget.rise();
        Ok(())
    }

    fn item(&mut self, items: &mut Reader<'_>, item: &Header) -> Result<(), Refused> {
        let open = self.writer.item(items.encoding, item.length.is_some());
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
        self.writer.close(open)
    }
}
