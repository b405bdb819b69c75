//! What an entry has to say before it is taken.

use custody::{Error, Result, Session};
use jiff::civil::Date;
use operation::Op;

use super::{Covers, Evidence, NewEntry};
use crate::day;
use crate::register::Register;

/// The most bytes of a title, a document's name or a statement.
const LONGEST: usize = 2_000;
/// Evidence is about something that was: earlier days are slips of the pen.
const FIRST_YEAR: i16 = 1990;

/// Takes an entry if it is one of this register's, and tells until which day it is good.
pub(super) fn check(
    op: &mut Op<'_>,
    session: &Session,
    register: &Register,
    new: &NewEntry,
) -> Result<Option<Date>> {
    words("title", &new.title)?;
    dates(register, new, day::day_of(op.now()))?;
    evidence(register, &new.evidence)?;
    values(register, new)?;
    people_and_items(op, session, new)?;
    good_until(register, new)
}

/// An error about one part of an entry.
pub(super) fn invalid(field: &'static str, problem: impl Into<String>) -> Error {
    Error::Invalid {
        field,
        problem: problem.into(),
    }
}

fn words(field: &'static str, text: &str) -> Result<()> {
    if !text.trim().is_empty()
        && text.len() <= LONGEST
        && !text.contains(|c: char| c.is_control() && c != '\n')
    {
        return Ok(());
    }
    Err(invalid(field, format!("give 1 to {LONGEST} bytes of text")))
}

/// Evidence is received after the period it covers has begun, and nothing was received tomorrow.
fn dates(register: &Register, new: &NewEntry, today: Date) -> Result<()> {
    // Whoever is east of UTC may have tomorrow's date already.
    if new.received_on > today.tomorrow().unwrap_or(today) || new.received_on.year() < FIRST_YEAR {
        return Err(invalid(
            "received_on",
            "give the day on which the evidence was received, not a later one",
        ));
    }
    match new.covers {
        None if register.needs_period => {
            return Err(invalid(
                "covers",
                "say which period the evidence covers, its first and its last day",
            ));
        }
        Some(Covers { from, to }) if from > to => {
            return Err(invalid("covers", "the period ends before it begins"));
        }
        Some(Covers { from, .. }) if from > new.received_on && register.good_for_days.is_some() => {
            return Err(invalid(
                "covers",
                "the period begins after its evidence was received",
            ));
        }
        _ => {}
    }
    if new.valid_until.is_some_and(|until| until < new.received_on) {
        return Err(invalid(
            "valid_until",
            "the entry would have ended before its evidence was received",
        ));
    }
    Ok(())
}

fn evidence(register: &Register, evidence: &Evidence) -> Result<()> {
    match evidence {
        Evidence::Statement { .. } if register.needs_document => Err(invalid(
            "evidence",
            "this register needs a document with its SHA-256, or an item",
        )),
        Evidence::Statement { text } => words("evidence", text),
        Evidence::Document { name, sha256 } => {
            words("evidence", name)?;
            let is_hash = sha256.len() == 64 && hex::decode(sha256).is_ok();
            is_hash
                .then_some(())
                .ok_or_else(|| invalid("evidence", "give the document's SHA-256 as 64 hexadecimal digits"))
        }
        Evidence::Item { .. } => Ok(()),
    }
}

fn values(register: &Register, new: &NewEntry) -> Result<()> {
    for (name, value) in &new.values {
        let field = register.field(name).ok_or_else(|| {
            let known: Vec<&str> = register.fields.iter().map(|field| field.name.as_str()).collect();
            let known = if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            };
            invalid(
                "values",
                format!("this register has no such field; its fields are: {known}"),
            )
        })?;
        field.check(value)?;
    }
    let missing = register
        .fields
        .iter()
        .find(|field| field.required && !new.values.contains_key(&field.name));
    match missing {
        Some(field) => Err(invalid(
            "values",
            format!("{} is missing: {}", field.name, field.says),
        )),
        None => Ok(()),
    }
}

/// An owner who is nobody answers for nothing, and evidence that is not there shows nothing.
fn people_and_items(op: &mut Op<'_>, session: &Session, new: &NewEntry) -> Result<()> {
    if let Some(owner) = new.owner
        && !custody::member::is_active(op, session, owner)?
    {
        return Err(invalid("owner", "name an active member of the team by their id"));
    }
    if let Evidence::Item { item } = new.evidence
        && !custody::item::is_kept(op, session, item)?
    {
        return Err(invalid("evidence", "there is no such item"));
    }
    Ok(())
}

/// The earlier of what the entry says and what the register allows.
fn good_until(register: &Register, new: &NewEntry) -> Result<Option<Date>> {
    let from = match new.covers {
        Some(Covers { to, .. }) if register.needs_period => to,
        _ => new.received_on,
    };
    let allowed = match register.good_for(&new.values) {
        Some(days) => Some(
            day::after(from, days).ok_or_else(|| invalid("received_on", "the calendar ends before it"))?,
        ),
        // A certificate is good for the period that it names.
        None if register.needs_period => Some(from),
        None => None,
    };
    let due = register.due_on(&new.values);
    Ok([allowed, new.valid_until, due].into_iter().flatten().min())
}
