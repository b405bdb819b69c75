//! What is missing, and what to do about it.
//!
//! Promises: what the entries name and there is not, and what there is and no entry names, is told each time; nothing is passed over because
//! somebody said so.

use custody::dataset::Surveyed;
use rights::purpose::Purpose;

use super::compose::{Linked, names, value, words};
use super::gather::{Known, Processor};
use super::{Gap, GapKind};
use crate::entry::{Entry, Standing};

/// All gaps: the controller's, those of each activity, and what no activity names.
pub(super) fn all(known: &Known, linked: &[Linked<'_>]) -> Vec<Gap> {
    let mut gaps = of_controller(known);
    if known.entries.is_empty() {
        let todo = "write an entry of the register processing-activities for each thing that personal data is used for";
        gaps.push(gap(GapKind::NoActivity, None, "processing-activities", todo));
    }
    for (entry, _) in known.entries.iter().filter(|(entry, _)| entry.approved.is_none()) {
        let todo = "somebody else than its author approves it; until then it shows nothing";
        gaps.push(gap(GapKind::NotApproved, Some(entry), &entry.says.title, todo));
    }
    for one in linked {
        gaps.extend(of_entry(known, one));
        gaps.extend(of_datasets(one));
        gaps.extend(of_processors(known, one));
    }
    gaps.extend(unnamed(known, linked));
    gaps
}

fn gap(kind: GapKind, entry: Option<&Entry>, about: &str, todo: &str) -> Gap {
    Gap {
        kind,
        activity: entry.map(|entry| entry.id),
        about: about.to_owned(),
        todo: todo.to_owned(),
    }
}

fn of_controller(known: &Known) -> Vec<Gap> {
    let mut gaps = Vec::new();
    if known.portal.contact.trim().is_empty() {
        let todo = "say how the team is reached, in `contact` of PUT /v1/tenant/portal; the page itself may stay closed";
        gaps.push(gap(GapKind::NoContact, None, &known.name, todo));
    }
    for entry in known
        .appointments
        .iter()
        .filter(|entry| !entry.standing.is_good())
    {
        let todo = "confirm the appointment by a new version of its entry, or end the entry";
        gaps.push(gap(GapKind::AppointmentLate, None, &entry.says.title, todo));
    }
    gaps
}

fn of_entry(known: &Known, one: &Linked<'_>) -> Vec<Gap> {
    let entry = Some(one.entry);
    let mut gaps = Vec::new();
    if matches!(one.entry.standing, Standing::Overdue | Standing::Late) {
        let todo =
            "look through the activity, write a version with the day of the review, and have it approved";
        gaps.push(gap(GapKind::ReviewLate, entry, &one.entry.says.title, todo));
    }
    for word in words(one.entry, "purposes") {
        match known.purpose(word) {
            None => gaps.push(gap(
                GapKind::PurposeUnknown,
                entry,
                word,
                "make a purpose of this word with its basis, or name another in the activity",
            )),
            Some(purpose) => gaps.extend(of_purpose(one.entry, purpose)),
        }
    }
    for word in words(one.entry, "places")
        .into_iter()
        .filter(|word| known.place(word).is_none())
    {
        let todo = "settle the place with PUT /v1/tenant/places, or take it out of the activity";
        gaps.push(gap(GapKind::PlaceUnknown, entry, word, todo));
    }
    for name in words(one.entry, "datasets")
        .into_iter()
        .filter(|name| known.dataset(name).is_none())
    {
        let todo = "there is no dataset of this name or id: name the one that was meant, or take it out of the activity";
        gaps.push(gap(GapKind::DatasetUnknown, entry, name, todo));
    }
    if value(one.entry, "assessment").as_deref() == Some("under-way") {
        let todo = "finish the impact assessment before the activity goes on, and say where it is";
        gaps.push(gap(GapKind::AssessmentOpen, entry, &one.entry.says.title, todo));
    }
    gaps
}

fn of_purpose(entry: &Entry, purpose: &Purpose) -> Option<Gap> {
    let word = &purpose.terms.word;
    if purpose.ended_at.is_some() {
        let todo = "the purpose has ended, so there is no ground any more: end the activity, or name a purpose that stands";
        return Some(gap(GapKind::PurposeEnded, Some(entry), word, todo));
    }
    let todo = "publish what people are told of the purpose (PUT /v1/purposes/{purpose}/notice)";
    purpose
        .notice
        .is_none()
        .then(|| gap(GapKind::PurposeWithoutNotice, Some(entry), word, todo))
}

fn of_datasets(one: &Linked<'_>) -> Vec<Gap> {
    let entry = Some(one.entry);
    let says_limit = value(one.entry, "erasure").is_some();
    let mut gaps = Vec::new();
    for (found, enforced) in &one.datasets {
        let has_rule = found
            .dataset
            .ingest
            .as_ref()
            .is_some_and(|rule| !rule.purposes.is_empty());
        if has_rule && !enforced {
            let todo = "the dataset's own rule names other purposes, and refuses use for these: change the rule, or the activity";
            gaps.push(gap(
                GapKind::DatasetOfOtherPurposes,
                entry,
                &found.dataset.name,
                todo,
            ));
        }
        if found.limits.is_empty() && !says_limit {
            let todo = "settle for how long its things are kept (PUT /v1/datasets/{dataset}/retention), or say the limit in `erasure`";
            gaps.push(gap(GapKind::NoTimeLimit, entry, &found.dataset.name, todo));
        }
    }
    gaps
}

fn of_processors(known: &Known, one: &Linked<'_>) -> Vec<Gap> {
    let entry = Some(one.entry);
    let mut gaps = Vec::new();
    for name in names(one.entry, "processors") {
        let mut named = known.processors_named(name).peekable();
        if named.peek().is_none() {
            let todo = "no sub-processor of this name is announced or in force: see GET /v1/processors, or take it out";
            gaps.push(gap(GapKind::ProcessorUnknown, entry, name, todo));
        } else if !named.any(Processor::is_chosen) {
            let todo = "the team has not chosen it, so nothing goes there: choose it, or take it out of the activity";
            gaps.push(gap(GapKind::ProcessorNotChosen, entry, name, todo));
        }
    }
    let without = |processor: &&&Processor| {
        processor.is_chosen() && processor.notice.terms.transfer_basis == "derogation"
    };
    if value(one.entry, "safeguards").is_none() {
        for processor in one.processors.iter().filter(without) {
            let todo = "say in `safeguards` which safeguards there are: GDPR 30(1)(e) wants them written down for a derogation";
            gaps.push(gap(
                GapKind::TransferWithoutSafeguards,
                entry,
                &processor.notice.terms.name,
                todo,
            ));
        }
    }
    gaps
}

/// What there is and no activity names.
fn unnamed(known: &Known, linked: &[Linked<'_>]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let is_named = |found: &Surveyed| linked.iter().any(|one| one.has_dataset(found));
    for found in known
        .datasets
        .iter()
        .filter(|found| found.is_personal() && !is_named(found))
    {
        let todo = "name the dataset in the activity that it is of, or write one; if it is about nobody, undeclare its personal fields";
        gaps.push(gap(GapKind::DatasetUnnamed, None, &found.dataset.name, todo));
    }
    let has_purpose = |purpose: &Purpose| {
        linked
            .iter()
            .any(|one| one.purposes.iter().any(|named| named.id == purpose.id))
    };
    for purpose in known
        .purposes
        .iter()
        .filter(|purpose| purpose.ended_at.is_none() && !has_purpose(purpose))
    {
        let todo = "name the purpose in an activity, or end it";
        gaps.push(gap(GapKind::PurposeUnnamed, None, &purpose.terms.word, todo));
    }
    let has_processor = |found: &Processor| {
        let is_it = |named: &&Processor| named.notice.entry == found.notice.entry;
        linked.iter().any(|one| one.processors.iter().any(is_it))
    };
    let is_used = |found: &&Processor| found.is_chosen() || found.called_at.is_some();
    for found in known
        .processors
        .iter()
        .filter(|found| is_used(found) && !has_processor(found))
    {
        let todo = "name the sub-processor in the activity that uses it, or take the choice back";
        gaps.push(gap(
            GapKind::ProcessorUnnamed,
            None,
            &found.notice.terms.name,
            todo,
        ));
    }
    for place in &known.places {
        if !linked
            .iter()
            .any(|one| one.places.iter().any(|named| named.word == place.word))
        {
            let todo = "name the place in the activity that keeps data there, or take it out of the places";
            gaps.push(gap(GapKind::PlaceUnnamed, None, &place.word, todo));
        }
    }
    gaps
}
