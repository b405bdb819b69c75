//! The register of processing activities (GDPR 30(1)): what personal data is processed for, whose, by whom, where and how long.
//!
//! Promises: it is made anew each time that somebody reads it, out of what holds at that moment: purposes, datasets with their fields and
//! rules, sub-processors that were chosen, places elsewhere, and the measures that are set. What people add stands in a register of its
//! own ([`REGISTER`]) with owner, approval and review. What the two say differently, and what nobody says, is told as a gap with what to
//! do about it, and the register is complete only without any. Leaves out: whether what people say is true, and how it is drawn.

mod compose;
mod gaps;
mod gather;
mod limits;
mod measures;
mod ops;
mod rows;
mod sheet;

use custody::record::RecordKind;
use jiff::civil::Date;
use kernel::{DatasetId, EntryId, MemberId, Timestamp};
use serde::Serialize;

use crate::entry::{Approval, Standing};

/// The register in which people say what the server cannot know.
pub const REGISTER: &str = "processing-activities";

/// The register of processing activities of one controller, at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Processing {
    /// Whether nothing is missing.
    pub complete: bool,
    /// What is missing, and what to do.
    pub gaps: Vec<Gap>,
    /// The moment whose state it is.
    pub made_at: Timestamp,
    /// Who decides what the data is processed for.
    pub controller: Controller,
    /// What it is processed for.
    pub activities: Vec<Activity>,
    /// Datasets with something in them that neither say nor show that it is about people. They are no gap: look whether it is.
    pub not_said: Vec<NamedDataset>,
    /// Who got to see something, by the trail: each kind of act with the last time.
    pub disclosures: Vec<Disclosed>,
    /// Technical and organisational measures (GDPR 32(1)).
    pub measures: Vec<Measure>,
}

/// Who decides what data is processed for (GDPR 30(1)(a)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Controller {
    /// The team's name.
    pub name: String,
    /// The name in which it speaks to the people the data is about, where that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_as: Option<String>,
    /// How it is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Data protection officer, representative and others who were appointed.
    pub appointed: Vec<Appointed>,
    /// Whose data it is by the contract, where the team works on somebody else's instruction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_instruction_of: Option<String>,
}

/// Somebody who was appointed to an office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Appointed {
    /// A word of the register `appointments`.
    pub office: String,
    /// Who.
    pub name: String,
    /// How they are reached.
    pub contact: String,
    /// How the entry stands.
    pub standing: Standing,
}

/// One activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// Its entry in the register.
    pub id: EntryId,
    /// The version of the entry, which somebody else than its author approved.
    pub number: u32,
    /// What it is called.
    pub name: String,
    /// The member who answers for it.
    pub owner: MemberId,
    /// Who approved it, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved: Option<Approval>,
    /// The day of the last review.
    pub reviewed_on: Date,
    /// The last day before the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_by: Option<Date>,
    /// How the entry stands.
    pub standing: Standing,
    /// Whether a newer version waits for approval.
    pub newer_waits: bool,
    /// What people say of it.
    pub said: Said,
    /// What it is for (30(1)(b)).
    pub purposes: Vec<ForPurpose>,
    /// Its datasets, with the kinds of data that they declare (30(1)(c)) and for how long they are kept (30(1)(f)).
    pub datasets: Vec<HeldIn>,
    /// Who gets data (30(1)(d)).
    pub recipients: Vec<Recipient>,
    /// Which of them are in third countries, and on which basis (30(1)(e)).
    pub transfers: Vec<Transfer>,
}

/// What people say of an activity, in their words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Whose data it is.
    pub data_subjects: String,
    /// What is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Kinds of data beside declared fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_categories: Option<String>,
    /// Which data of GDPR 9 or 10 is among it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub special_categories: Option<String>,
    /// Recipients beside those that the server knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_recipients: Option<String>,
    /// Safeguards of transfers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safeguards: Option<String>,
    /// Time limits beside rules of retention.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erasure: Option<String>,
    /// Who decides together with the team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joint_controllers: Option<String>,
    /// Whether an impact assessment is needed and made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assessment: Option<String>,
    /// Where it is, or why none is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assessment_at: Option<String>,
}

/// A purpose of an activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForPurpose {
    /// Its word.
    pub word: String,
    /// What is done with the data.
    pub says: String,
    /// On which ground of GDPR 6(1).
    pub basis: rights::purpose::Basis,
    /// How an interest was weighed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weighing: Option<String>,
    /// The version of what people are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<u32>,
    /// Since when nothing is processed for it any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// A dataset by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedDataset {
    /// Its id.
    pub id: DatasetId,
    /// Its name.
    pub name: String,
}

/// A dataset of an activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldIn {
    /// Which.
    #[serde(flatten)]
    pub dataset: NamedDataset,
    /// Whether its own rule says that it is kept for a purpose of the activity, so that the server goes by it.
    pub enforced: bool,
    /// Fields about people, as they are declared: `profile: email (email)`.
    pub fields: Vec<String>,
    /// Media types that it takes; any, when empty.
    pub types: Vec<String>,
    /// Classes of data that it takes.
    pub classes: Vec<String>,
    /// The label of the place where new bytes lie.
    pub region: String,
    /// For how long things are kept, a sentence for each rule that holds.
    pub limits: Vec<String>,
}

/// Somebody who gets data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recipient {
    /// What they are: `sub-processor`, `place-elsewhere`, `members`, `public` or `other`.
    pub kind: &'static str,
    /// Who.
    pub name: String,
    /// What they get or do.
    pub says: String,
}

/// A transfer to a third country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Transfer {
    /// To whom.
    pub to: String,
    /// Where they work.
    pub region: String,
    /// A word of the register of sub-processors: `adequacy`, `standard-clauses`, `binding-rules` or `derogation`.
    pub basis: String,
    /// Safeguards in people's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safeguards: Option<String>,
}

/// A kind of act by which content was shown or given out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disclosed {
    /// `item.view`, `item.download` and the like.
    pub action: &'static str,
    /// When it was done last.
    pub last_at: Timestamp,
}

/// A measure that is in force, as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Measure {
    /// Which part of GDPR 32(1) it is for: `a`, `b`, `c` or `d`.
    pub article: &'static str,
    /// One sentence.
    pub says: String,
}

/// Something that is missing, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// What kind of gap.
    pub kind: GapKind,
    /// The entry that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<EntryId>,
    /// What it is about: a name or a word.
    pub about: String,
    /// What to do.
    pub todo: String,
}

/// What kinds of gaps there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapKind {
    /// Nobody says how the controller is reached.
    NoContact,
    /// An appointment is past its review.
    AppointmentLate,
    /// There are no activities.
    NoActivity,
    /// Nobody else than its author has approved it.
    NotApproved,
    /// Its review is late.
    ReviewLate,
    /// There is no such purpose.
    PurposeUnknown,
    /// The purpose has ended: there is no ground for it any more.
    PurposeEnded,
    /// People are told nothing of the purpose.
    PurposeWithoutNotice,
    /// No activity names a purpose that stands.
    PurposeUnnamed,
    /// There is no such dataset.
    DatasetUnknown,
    /// The dataset is kept for other purposes, and refuses use for those of the activity.
    DatasetOfOtherPurposes,
    /// A dataset with personal data is of no activity.
    DatasetUnnamed,
    /// No rule says for how long a dataset's things are kept.
    NoTimeLimit,
    /// There is no such sub-processor.
    ProcessorUnknown,
    /// The team has not chosen the sub-processor.
    ProcessorNotChosen,
    /// No activity names a sub-processor that is in use.
    ProcessorUnnamed,
    /// A transfer rests on a derogation, and nobody says which safeguards there are.
    TransferWithoutSafeguards,
    /// There is no such place.
    PlaceUnknown,
    /// No activity names a place.
    PlaceUnnamed,
    /// The impact assessment is not done.
    AssessmentOpen,
}

impl Processing {
    /// The same with one activity alone, and the gaps of that one; nothing where there is no such activity.
    pub fn only(mut self, activity: EntryId) -> Option<(Activity, Vec<Gap>)> {
        let at = self.activities.iter().position(|one| one.id == activity)?;
        self.gaps.retain(|gap| gap.activity == Some(activity));
        Some((self.activities.swap_remove(at), self.gaps))
    }
}

/// Fields about people of a kind of record, as `profile: email (email)`.
fn personal_fields(kind: &RecordKind) -> impl Iterator<Item = String> {
    let is_personal =
        |field: &&custody::record::Field| field.personal || kind.subject.as_ref() == Some(&field.name);
    let told = |field: &custody::record::Field| {
        let held = serde_json::to_value(field.field_type).unwrap_or_default();
        format!(
            "{}: {} ({})",
            kind.name,
            field.name,
            held.as_str().unwrap_or_default()
        )
    };
    kind.fields.iter().filter(is_personal).map(told)
}
