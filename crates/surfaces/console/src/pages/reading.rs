//! Why somebody reads a dataset that asks: the page where they say it, and the line that reminds of it.

use kernel::Timestamp;
use maud::{Markup, html};

use super::DatasetRow;
use crate::kit::{
    Field, Frame, Head, Icon, Look, Place, Problems, Width, csrf_field, form_foot, icon, link_button, page,
    select, when,
};

/// What was said, and until when it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookingFor {
    /// The reason, with what was said beside it.
    pub reason: String,
    /// Until when.
    pub until: Timestamp,
}

/// The question why somebody reads.
#[derive(Debug, Clone)]
pub struct ReasonPage {
    /// What stands around it.
    pub frame: Frame,
    /// The dataset.
    pub dataset: DatasetRow,
    /// The words that it knows.
    pub reasons: Vec<String>,
    /// Whether more may be said.
    pub takes_note: bool,
    /// The word that was chosen.
    pub chosen: String,
    /// What was said beside it.
    pub note: String,
    /// Where it goes on.
    pub then: String,
    /// What was wrong before.
    pub problems: Problems,
}

/// The question why somebody reads.
pub fn reason(model: &ReasonPage) -> Markup {
    let home = format!("/console/datasets/{}", model.dataset.name);
    let head = Head::new("Why do you look?")
        .below("/console/datasets", "Datasets")
        .below(format!("{home}?as=list"), &model.dataset.name)
        .lede("This dataset asks why it is read. What you say stands in the trail with all that you open of it in the next hour.")
        .width(Width::Narrow);
    let words: Vec<(&str, &str)> = model
        .reasons
        .iter()
        .map(|word| (word.as_str(), word.as_str()))
        .collect();
    let note = Field::text("note", "More to it")
        .value(&model.note)
        .optional()
        .autocomplete("off")
        .most(200)
        .hint("A case, a ticket. It is sealed in the trail.");
    let content = html! {
        (model.problems.summary())
        form.form method="post" action={ (home) "/reason" } {
            (csrf_field(&model.frame))
            input type="hidden" name="then" value=(model.then);
            (select("reason", "Reason", &words, &model.chosen, &model.problems))
            @if model.takes_note { (note.show(&model.problems)) }
            (form_foot(Look::Main, "Go on", None))
        }
        p.soft { "Names and sizes need no reason: " a href={ (home) "?as=list" } { "the items as a list" } "." }
    };
    page(&model.frame, Place::Datasets, &head, content)
}

/// What was said, above what it was said for.
pub(super) fn reminder(frame: &Frame, dataset: &str, said: &LookingFor, then: &str) -> Markup {
    let then: String = form_urlencoded::byte_serialize(then.as_bytes()).collect();
    let change = format!("/console/datasets/{dataset}/reason?then={then}");
    html! {
        div.notice {
            (icon(Icon::Info))
            p { "You look for " b { (said.reason) } ". It is kept for this dataset and ends " (when(said.until, frame.now)) "." }
            (link_button(Look::Bare, &change, None, "Change"))
        }
    }
}
