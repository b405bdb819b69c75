//! The register as CSV (RFC 4180): a line for each activity, what is several of one kind in lines of its cell.

use custody::{Error, Result};

use super::{Activity, HeldIn, Processing};
use crate::entry::{safe_cell, word_of};

const COLUMNS: [&str; 19] = [
    "activity",
    "name",
    "controller",
    "contact",
    "joint_controllers",
    "purposes",
    "data_subjects",
    "data_categories",
    "special_categories",
    "recipients",
    "transfers",
    "time_limits",
    "datasets",
    "assessment",
    "owner",
    "reviewed_on",
    "review_by",
    "standing",
    "gaps",
];

pub(super) fn write(register: &Processing) -> Result<Vec<u8>> {
    let broken = |error: csv::Error| Error::Internal(error.to_string());
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(broken)?;
    for activity in &register.activities {
        let cells = cells(register, activity).map(safe_cell);
        writer.write_record(cells).map_err(broken)?;
    }
    writer
        .into_inner()
        .map_err(|error| Error::Internal(error.to_string()))
}

fn cells(register: &Processing, activity: &Activity) -> [String; 19] {
    let said = &activity.said;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let purposes = activity
        .purposes
        .iter()
        .map(|purpose| format!("{}: {} ({})", purpose.word, purpose.says, purpose.basis.as_str()));
    let recipients = activity
        .recipients
        .iter()
        .map(|one| format!("{}: {}", one.name, one.says));
    let transfers = activity
        .transfers
        .iter()
        .map(|one| format!("{}, {} ({})", one.to, one.region, one.basis));
    let gaps = register
        .gaps
        .iter()
        .filter(|gap| gap.activity == Some(activity.id));
    [
        activity.id.to_string(),
        activity.name.clone(),
        register.controller.name.clone(),
        text(&register.controller.contact),
        text(&said.joint_controllers),
        lines(purposes),
        said.data_subjects.clone(),
        lines(activity.categories()),
        text(&said.special_categories),
        lines(recipients),
        lines(transfers),
        lines(activity.time_limits()),
        lines(activity.datasets.iter().map(|held| held.dataset.name.clone())),
        [text(&said.assessment), text(&said.assessment_at)]
            .join(" ")
            .trim()
            .to_owned(),
        activity.owner.to_string(),
        activity.reviewed_on.to_string(),
        activity.review_by.map_or_else(String::new, |day| day.to_string()),
        word_of(activity.standing),
        lines(gaps.map(|gap| format!("{}: {}", gap.about, gap.todo))),
    ]
}

fn lines(all: impl Iterator<Item = String>) -> String {
    all.collect::<Vec<_>>().join("\n")
}

impl Activity {
    /// The kinds of data: what people say, then the fields, types and classes that its datasets declare.
    pub fn categories(&self) -> impl Iterator<Item = String> {
        let declared = self.datasets.iter().filter_map(HeldIn::declares);
        self.said.data_categories.clone().into_iter().chain(declared)
    }

    /// The time limits of erasure: by rules, dataset by dataset, then what people say.
    pub fn time_limits(&self) -> impl Iterator<Item = String> {
        let of_dataset = |held: &HeldIn| {
            let name = held.dataset.name.clone();
            held.limits
                .clone()
                .into_iter()
                .map(move |limit| format!("{name}: {limit}"))
        };
        self.datasets
            .iter()
            .flat_map(of_dataset)
            .chain(self.said.erasure.clone())
    }
}

impl HeldIn {
    /// What a dataset declares of its data, in one line; nothing where it declares nothing.
    fn declares(&self) -> Option<String> {
        let all = [&self.fields, &self.classes, &self.types]
            .into_iter()
            .flatten()
            .cloned();
        let all: Vec<String> = all.collect();
        (!all.is_empty()).then(|| format!("{}: {}", self.dataset.name, all.join(", ")))
    }
}
