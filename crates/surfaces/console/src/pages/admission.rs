//! What a team asks of its members before they see anything, as the member sees it.

use kernel::{AdmissionStepId, Timestamp};
use maud::{Markup, html};

use crate::kit::{
    Frame, Head, Icon, Look, Place, Tone, Width, badge, button, csrf_field, date, empty, notice, page,
    section,
};

/// Something that is asked, and how one stands with it.
#[derive(Debug, Clone)]
pub struct AdmissionRow {
    /// Its id, for the form that accepts it.
    pub id: AdmissionStepId,
    /// What it is called.
    pub title: String,
    /// Its version.
    pub version: String,
    /// Where it is to be found, if that was said.
    pub place: String,
    /// Whether one accepts it oneself.
    pub accepts: bool,
    /// Whether it is done, and until when it is good.
    pub good: Option<Option<Timestamp>>,
    /// Whether there was one that is good no more.
    pub over: bool,
}

/// What is asked of one.
#[derive(Debug, Clone)]
pub struct AdmissionPage {
    /// What stands around it.
    pub frame: Frame,
    /// Every step.
    pub rows: Vec<AdmissionRow>,
}

/// What is asked of one.
pub fn admission(model: &AdmissionPage) -> Markup {
    let frame = &model.frame;
    let missing = model.rows.iter().filter(|row| row.good.is_none()).count();
    let head = Head::new("Asked of you")
        .lede("Your team asks this of everybody before they see anything.")
        .width(Width::Narrow);
    let content = html! {
        @if model.rows.is_empty() {
            (empty(Icon::Check, "Nothing is asked", "Your team asks for nothing before you begin.", html! {}))
        } @else if missing > 0 {
            (notice(Tone::Care, "Something is left to do", html! { p { "Until it is done, everything else is closed to you, here and by your keys." } }))
        } @else {
            (notice(Tone::Good, "All is done", html! { p { "Everything that your class may see is open to you." } }))
        }
        @for row in &model.rows { (step(frame, row)) }
    };
    page(frame, Place::Admission, &head, content)
}

fn step(frame: &Frame, row: &AdmissionRow) -> Markup {
    let state = match (row.good, row.over) {
        (Some(_), _) => badge(Tone::Good, "Done"),
        (None, true) => badge(Tone::Danger, "Not good any more"),
        (None, false) => badge(Tone::Care, "Missing"),
    };
    let is_link = row.place.starts_with("https://");
    let content = html! {
        p {
            "Version " b { (row.version) }
            @if is_link { ", at " a href=(row.place) rel="noreferrer" { (row.place) } }
            @else if !row.place.is_empty() { ", " (row.place) }
            "."
        }
        @match row.good {
            Some(Some(until)) => p.soft { "Good until " (date(until)) "." },
            Some(None) => {},
            None if row.accepts => {
                form method="post" action=(frame.at("/admission/accept")) {
                    (csrf_field(frame))
                    input type="hidden" name="step" value=(row.id);
                    input type="hidden" name="version" value=(row.version);
                    (button(Look::Main, &format!("I have read version {} and accept it", row.version)))
                }
            }
            None => p.soft { "Somebody else records this: ask an owner or admin of your team." },
        }
    };
    section(&row.title, None, state, content)
}
