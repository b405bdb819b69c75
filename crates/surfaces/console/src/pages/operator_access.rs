//! The operator in a team: what was asked for, the team's word, and what was read.

use access::Action;
use kernel::{OperatorAccessId, Timestamp};
use maud::{Markup, html};

use crate::kit::{
    Column, Frame, Head, Icon, Look, Pager, Place, Table, Tone, badge, button, csrf_field, empty, moment,
    page, section, share_of_time, when,
};

/// Something that the operator asked for.
#[derive(Debug, Clone)]
pub struct OperatorAccessRow {
    /// Its id, for the forms.
    pub id: OperatorAccessId,
    /// What is to be looked at, in words.
    pub what: String,
    /// Whether original bytes can be taken.
    pub originals: bool,
    /// Why, in the operator's words.
    pub reason: String,
    /// Who of the operator's staff, by the end of their id.
    pub by: String,
    /// When they asked.
    pub asked: Timestamp,
    /// For how many minutes.
    pub minutes: u32,
    /// What came of it.
    pub state: OperatorAccessWord,
    /// When it ends, or ended.
    pub ends: Option<Timestamp>,
    /// The way to what was done by it, once somebody could.
    pub reads: Option<String>,
}

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorAccessWord {
    /// It waits for the team's word.
    Waits,
    /// Nobody said anything in time.
    Lapsed,
    /// They can look.
    Runs,
    /// The team said no.
    Refused,
    /// It is over.
    Ended,
}

/// What the operator asked for.
#[derive(Debug, Clone)]
pub struct OperatorAccessPage {
    /// What stands around it.
    pub frame: Frame,
    /// Newest first.
    pub rows: Vec<OperatorAccessRow>,
    /// Where in the list it is.
    pub pager: Pager,
}

const PATH: &str = "/console/operator-access";
const ACCESSES: [Column; 5] = [
    Column::main("What"),
    Column::text("Why"),
    Column::text("Asked"),
    Column::text("State"),
    Column::action(),
];

/// What the operator asked for.
pub fn operator_access(model: &OperatorAccessPage) -> Markup {
    let frame = &model.frame;
    let head = Head::new("Operator access").lede(
        "Whoever runs this server cannot see what you keep, unless you let them look for a while. You see all that they read.",
    );
    let (waiting, others): (Vec<_>, Vec<_>) = model
        .rows
        .iter()
        .partition(|row| row.state == OperatorAccessWord::Waits);
    let content = html! {
        @for row in &waiting { (asked(frame, row)) }
        @if model.rows.is_empty() {
            (empty(Icon::Lock, "Nobody has asked", "When the operator needs to look at something, their request stands here.", html! {}))
        } @else if !others.is_empty() {
            @let table = others.iter().fold(Table::new("Operator access", &ACCESSES), |table, row| {
                table.row_over(row.state != OperatorAccessWord::Runs, cells(frame, row))
            });
            (section("So far", None, html! {}, table.show()))
        }
        @if !model.rows.is_empty() || model.pager.first.is_some() { (model.pager.show()) }
    };
    page(frame, Place::OperatorAccess, &head, content)
}

/// A request that waits, with all that there is to know before saying yes.
fn asked(frame: &Frame, row: &OperatorAccessRow) -> Markup {
    let life = share_of_time(std::time::Duration::from_secs(u64::from(row.minutes) * 60));
    let says = format!(
        "Somebody of the operator’s staff, {}, asks to look for {life}.",
        row.by
    );
    let content = html! {
        dl.facts {
            dt { "What" } dd { (row.what) }
            dt { "Gives" } dd { (gives(row)) }
            dt { "Why" } dd { (row.reason) }
            dt { "Asked" } dd { (moment(row.asked)) }
        }
        @if frame.may(Action::OperatorAccessDecide) {
            div.form-foot {
                (word(frame, row, "approve", Look::Main, &format!("Let them look for {life}")))
                (word(frame, row, "refuse", Look::Plain, "Refuse"))
            }
        }
    };
    section("The operator asks to be let in", Some(&says), html! {}, content)
}

fn gives(row: &OperatorAccessRow) -> &'static str {
    match row.originals {
        true => "Looks and original bytes",
        false => "Looks, and nothing to take away",
    }
}

fn cells(frame: &Frame, row: &OperatorAccessRow) -> [Markup; 5] {
    let (tone, state) = match row.state {
        OperatorAccessWord::Waits => (Tone::Care, "Waits for you"),
        OperatorAccessWord::Lapsed => (Tone::Plain, "Lapsed"),
        OperatorAccessWord::Runs => (Tone::Open, "They can look"),
        OperatorAccessWord::Refused => (Tone::Plain, "Refused"),
        OperatorAccessWord::Ended => (Tone::Plain, "Ended"),
    };
    [
        html! { b { (row.what) } div.soft { (gives(row)) } },
        html! { (row.reason) },
        html! { (when(row.asked, frame.now)) div.soft { (row.by) } },
        html! { (badge(tone, state)) @if let Some(ends) = row.ends { div.soft { (when(ends, frame.now)) } } },
        html! {
            @if let Some(reads) = &row.reads {
                a.button.bare href=(reads) aria-label={ "What was read: " (row.what) } { "What was read" }
            }
            @if row.state == OperatorAccessWord::Runs && frame.may(Action::OperatorAccessEnd) {
                (word(frame, row, "end", Look::Danger, "End it"))
            }
        },
    ]
}

fn word(frame: &Frame, row: &OperatorAccessRow, word: &str, look: Look, says: &str) -> Markup {
    html! {
        form method="post" action={ (PATH) "/" (word) } {
            (csrf_field(frame))
            input type="hidden" name="access" value=(row.id);
            (button(look, says))
        }
    }
}
