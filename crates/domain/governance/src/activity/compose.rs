//! Putting together what people say and what the system knows.

use std::collections::BTreeSet;

use custody::dataset::Surveyed;
use custody::tenant::Basis;
use rights::purpose::Purpose;
use rights::request::Place;

use super::gather::{Known, Processor};
use super::{
    Activity, Appointed, Controller, ForPurpose, HeldIn, NamedDataset, Processing, Recipient, Said, Transfer,
    gaps, limits, measures, personal_fields,
};
use crate::entry::Entry;

/// What an approved entry names, found among what there is.
pub(super) struct Linked<'k> {
    pub(super) entry: &'k Entry,
    pub(super) purposes: Vec<&'k Purpose>,
    /// Each with whether its own rule names a purpose of the activity.
    pub(super) datasets: Vec<(&'k Surveyed, bool)>,
    pub(super) processors: Vec<&'k Processor>,
    pub(super) places: Vec<&'k Place>,
    newer_waits: bool,
}

/// The register, of what is known.
pub(super) fn compose(known: &Known) -> Processing {
    let approved = known.entries.iter().filter(|(entry, _)| entry.approved.is_some());
    let linked: Vec<Linked<'_>> = approved
        .map(|(entry, waits)| link(known, entry, *waits))
        .collect();
    let gaps = gaps::all(known, &linked);
    let named = |found: &&Surveyed| linked.iter().any(|one| one.has_dataset(found));
    let is_unsaid = |found: &&Surveyed| found.has_items && !found.is_personal() && !named(found);
    Processing {
        complete: gaps.is_empty(),
        gaps,
        made_at: known.now,
        controller: controller(known),
        activities: linked.iter().map(|one| one.activity(known)).collect(),
        not_said: known
            .datasets
            .iter()
            .filter(is_unsaid)
            .map(named_dataset)
            .collect(),
        disclosures: known.disclosures.clone(),
        measures: measures::of(known),
    }
}

/// Words of a value: with commas, semicolons or lines between them.
pub(super) fn words<'e>(entry: &'e Entry, field: &str) -> Vec<&'e str> {
    split(entry, field, &[',', ';', '\n'])
}

/// Names of a value, in which a comma may stand.
pub(super) fn names<'e>(entry: &'e Entry, field: &str) -> Vec<&'e str> {
    split(entry, field, &[';', '\n'])
}

fn split<'e>(entry: &'e Entry, field: &str, between: &[char]) -> Vec<&'e str> {
    let text = entry.says.values.get(field).map_or("", String::as_str);
    text.split(between)
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect()
}

fn link<'k>(known: &'k Known, entry: &'k Entry, newer_waits: bool) -> Linked<'k> {
    let purposes: Vec<&Purpose> = words(entry, "purposes")
        .into_iter()
        .filter_map(|word| known.purpose(word))
        .collect();
    let said: BTreeSet<_> = words(entry, "datasets")
        .into_iter()
        .filter_map(|name| known.dataset(name))
        .map(|found| found.dataset.id)
        .collect();
    let with_rule = known
        .datasets
        .iter()
        .map(|found| (found, is_kept_for(found, &purposes)));
    let datasets = with_rule
        .filter(|(found, enforced)| *enforced || said.contains(&found.dataset.id))
        .collect();
    let of_name = |name| known.processors_named(name);
    let processors = names(entry, "processors").into_iter().flat_map(of_name).collect();
    let places = words(entry, "places")
        .into_iter()
        .filter_map(|word| known.place(word))
        .collect();
    Linked {
        entry,
        purposes,
        datasets,
        processors,
        places,
        newer_waits,
    }
}

/// Whether the dataset's own rule says that it is kept for one of these.
fn is_kept_for(found: &Surveyed, purposes: &[&Purpose]) -> bool {
    let mut rule = found.dataset.ingest.iter().flat_map(|rule| &rule.purposes);
    let names = |word: &String| {
        let is_it = |purpose: &&Purpose| purpose.terms.word == *word || purpose.id.to_string() == *word;
        purposes.iter().any(is_it)
    };
    rule.any(names)
}

fn controller(known: &Known) -> Controller {
    let said = |text: &String| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    let appointed = known.appointments.iter().map(|entry| Appointed {
        office: value(entry, "office").unwrap_or_default(),
        name: entry.says.title.clone(),
        contact: value(entry, "contact").unwrap_or_default(),
        standing: entry.standing,
    });
    let instruction = known
        .contract
        .as_ref()
        .filter(|signed| matches!(signed.contract.basis, Basis::Instruction(_)));
    Controller {
        name: known.name.clone(),
        known_as: said(&known.portal.name).filter(|name| *name != known.name),
        contact: said(&known.portal.contact),
        appointed: appointed.collect(),
        on_instruction_of: instruction.map(|signed| signed.contract.owner.clone()),
    }
}

pub(super) fn value(entry: &Entry, field: &str) -> Option<String> {
    entry.says.values.get(field).cloned()
}

pub(super) fn named_dataset(found: &Surveyed) -> NamedDataset {
    NamedDataset {
        id: found.dataset.id,
        name: found.dataset.name.clone(),
    }
}

impl Linked<'_> {
    pub(super) fn has_dataset(&self, found: &Surveyed) -> bool {
        self.datasets
            .iter()
            .any(|(one, _)| one.dataset.id == found.dataset.id)
    }

    fn activity(&self, known: &Known) -> Activity {
        let entry = self.entry;
        Activity {
            id: entry.id,
            number: entry.number,
            name: entry.says.title.clone(),
            owner: entry.says.owner.unwrap_or(entry.made_by),
            approved: entry.approved,
            reviewed_on: entry.says.received_on,
            review_by: entry.good_until,
            standing: entry.standing,
            newer_waits: self.newer_waits,
            said: said(entry),
            purposes: self.purposes.iter().map(|purpose| for_purpose(purpose)).collect(),
            datasets: self
                .datasets
                .iter()
                .map(|(found, enforced)| held_in(found, *enforced))
                .collect(),
            recipients: self.recipients(known),
            transfers: self.transfers(),
        }
    }

    fn recipients(&self, known: &Known) -> Vec<Recipient> {
        let chosen = self.processors.iter().filter(|processor| processor.is_chosen());
        let processors = chosen.map(|processor| {
            let terms = &processor.notice.terms;
            let sent = match processor.called_at {
                Some(at) => format!("sent something last at {at}"),
                None => "nothing was sent yet".to_owned(),
            };
            recipient(
                "sub-processor",
                &terms.name,
                format!(
                    "{}: {}, in {}; {sent}",
                    terms.product, terms.data_kinds, terms.region
                ),
            )
        });
        let places = self.places.iter().map(|place| {
            recipient(
                "place-elsewhere",
                &place.name,
                format!("{}; {} answers for it", place.data, place.answers),
            )
        });
        let members = known.granted.iter().filter_map(|(dataset, class, count)| {
            let (found, _) = self
                .datasets
                .iter()
                .find(|(found, _)| found.dataset.id == *dataset)?;
            let says = format!("{count} may work in the dataset {}", found.dataset.name);
            Some(recipient(
                "members",
                &format!("members of the class {class}"),
                says,
            ))
        });
        let shared = self.datasets.iter().filter(|(found, _)| found.dataset.shared);
        let public = shared.map(|(found, _)| {
            let says = format!(
                "whoever has the link reaches the dataset {}, or an export of it",
                found.dataset.name
            );
            recipient("public", "the public", says)
        });
        let other = value(self.entry, "other_recipients").map(|says| recipient("other", "others", says));
        processors
            .chain(places)
            .chain(members)
            .chain(public)
            .chain(other)
            .collect()
    }

    fn transfers(&self) -> Vec<Transfer> {
        let is_abroad = |processor: &&&Processor| {
            processor.is_chosen() && processor.notice.terms.transfer_basis != "none-needed"
        };
        let transfer = |processor: &&Processor| Transfer {
            to: processor.notice.terms.name.clone(),
            region: processor.notice.terms.region.clone(),
            basis: processor.notice.terms.transfer_basis.clone(),
            safeguards: value(self.entry, "safeguards"),
        };
        self.processors.iter().filter(is_abroad).map(transfer).collect()
    }
}

fn recipient(kind: &'static str, name: &str, says: String) -> Recipient {
    Recipient {
        kind,
        name: name.to_owned(),
        says,
    }
}

fn said(entry: &Entry) -> Said {
    let value = |field| value(entry, field);
    Said {
        data_subjects: value("data_subjects").unwrap_or_default(),
        description: value("description"),
        data_categories: value("data_categories"),
        special_categories: value("special_categories"),
        other_recipients: value("other_recipients"),
        safeguards: value("safeguards"),
        erasure: value("erasure"),
        joint_controllers: value("joint_controllers"),
        assessment: value("assessment"),
        assessment_at: value("assessment_at"),
    }
}

fn for_purpose(purpose: &Purpose) -> ForPurpose {
    ForPurpose {
        word: purpose.terms.word.clone(),
        says: purpose.terms.says.clone(),
        basis: purpose.basis,
        weighing: purpose.terms.weighing.clone(),
        notice: purpose.notice.as_ref().map(|notice| notice.version),
        ended_at: purpose.ended_at,
    }
}

fn held_in(found: &Surveyed, enforced: bool) -> HeldIn {
    let dataset = &found.dataset;
    let declared = dataset
        .fields
        .iter()
        .filter(|field| field.personal)
        .map(|field| format!("record: {}", field.name));
    let rule = dataset.ingest.clone().unwrap_or_default();
    HeldIn {
        dataset: named_dataset(found),
        enforced,
        fields: declared
            .chain(found.kinds.iter().flat_map(personal_fields))
            .collect(),
        types: rule.types,
        classes: rule.classes,
        region: dataset.region.clone(),
        limits: limits::sentences(&found.limits),
    }
}
