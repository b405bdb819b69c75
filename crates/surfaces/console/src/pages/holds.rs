//! Legal holds: what must not be deleted, and lifting that.

use access::Action;
use kernel::{LegalHoldId, Timestamp};
use maud::{Markup, html};

use crate::kit::{
    Column, Field, Frame, Head, Icon, Look, Pager, Place, Problems, Table, Tone, Width, badge, button, check,
    csrf_field, empty, form_foot, link_button, page, select, when,
};

/// A hold, in a list.
#[derive(Debug, Clone)]
pub struct HoldRow {
    /// Its id, for the form that lifts it.
    pub id: LegalHoldId,
    /// What it is on, in words.
    pub on: String,
    /// Why.
    pub reason: String,
    /// Who placed it.
    pub by: String,
    /// When.
    pub placed: Timestamp,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
    /// Whether it takes two people to lift it.
    pub two_people: bool,
    /// How it stands.
    pub state: HoldWord,
}

/// How a hold stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldWord {
    /// Nothing that it is on is deleted.
    Stands,
    /// The same; somebody else asked to lift it.
    Asked,
    /// The same; whoever looks asked to lift it.
    AskedByYou,
    /// Its date has come.
    Ended,
    /// It was lifted.
    Lifted,
}

/// The list of holds.
#[derive(Debug, Clone)]
pub struct HoldsPage {
    /// What stands around it.
    pub frame: Frame,
    /// Newest first.
    pub rows: Vec<HoldRow>,
    /// Where in the list it is.
    pub pager: Pager,
}

/// The form that places a hold.
#[derive(Debug, Clone)]
pub struct NewHoldPage {
    /// What stands around it.
    pub frame: Frame,
    /// What stood in the form: the kind of thing, its name or id, why, and the day.
    pub said: [String; 4],
    /// Whether two people were asked for.
    pub two_people: bool,
    /// What was wrong with it.
    pub problems: Problems,
}

const PATH: &str = "/console/holds";
const HOLDS: [Column; 5] = [
    Column::main("On"),
    Column::text("Why"),
    Column::text("Placed"),
    Column::text("State"),
    Column::action(),
];
/// Kinds of things that a hold can be on, with words.
const KINDS: [(&str, &str); 4] = [
    ("tenant", "Everything that the team keeps"),
    ("dataset", "A dataset, with everything in it"),
    ("subject", "Everything about a person"),
    ("item", "One item"),
];

/// The holds of a team.
pub fn holds(model: &HoldsPage) -> Markup {
    let frame = &model.frame;
    let new = html! {
        @if frame.may(Action::HoldPlace) {
            (link_button(Look::Main, "/console/holds/new", Some(Icon::Plus), "Place a hold"))
        }
    };
    let head = Head::new("Legal holds")
        .lede("What is on hold is not deleted by anybody or anything: not by people, rules or requests.")
        .actions(new);
    let content = html! {
        @if model.rows.is_empty() {
            (empty(Icon::Lock, "Nothing is on hold", "When a dispute or an authority needs something kept, place a hold on it here.", html! {}))
        } @else {
            (hold_table(frame, &model.rows))
        }
        @if !model.rows.is_empty() || model.pager.first.is_some() { (model.pager.show()) }
    };
    page(frame, Place::Holds, &head, content)
}

/// Holds, each with the form that lifts it.
pub(super) fn hold_table(frame: &Frame, rows: &[HoldRow]) -> Markup {
    let table = rows.iter().fold(Table::new("Legal holds", &HOLDS), |table, row| {
        let over = matches!(row.state, HoldWord::Ended | HoldWord::Lifted);
        table.row_over(over, cells(frame, row))
    });
    table.show()
}

fn cells(frame: &Frame, row: &HoldRow) -> [Markup; 5] {
    let (tone, state) = match row.state {
        HoldWord::Stands => (Tone::Good, "Holds"),
        HoldWord::Asked | HoldWord::AskedByYou => (Tone::Care, "Somebody else has to agree"),
        HoldWord::Ended => (Tone::Plain, "Ended"),
        HoldWord::Lifted => (Tone::Plain, "Lifted"),
    };
    let lift = match row.state {
        HoldWord::Stands if row.two_people => Some("Ask to lift it"),
        HoldWord::Stands => Some("Lift it"),
        HoldWord::Asked => Some("Agree and lift it"),
        _ => None,
    };
    [
        html! { b { (row.on) } @if row.two_people { div.soft { "Takes two people to lift" } } },
        html! { (row.reason) },
        html! { (when(row.placed, frame.now)) div.soft { (row.by) } },
        html! { (badge(tone, state)) @if let Some(until) = row.until { div.soft { "Until " (when(until, frame.now)) } } },
        html! {
            @if let Some(says) = lift.filter(|_| frame.may(Action::HoldLift)) {
                form method="post" action={ (PATH) "/lift" } {
                    (csrf_field(frame))
                    input type="hidden" name="hold" value=(row.id);
                    (button(Look::Danger, says))
                }
            }
        },
    ]
}

/// Placing a hold.
pub fn new_hold(model: &NewHoldPage) -> Markup {
    let (frame, problems) = (&model.frame, &model.problems);
    let [covers, named, reason, until] = &model.said;
    let head = Head::new("Place a hold")
        .below(PATH, "Legal holds")
        .lede("From then on nothing that it is on is deleted, until its day comes or somebody lifts it.")
        .width(Width::Narrow);
    let content = html! {
        (problems.summary())
        form.form method="post" action={ (PATH) "/new" } {
            (csrf_field(frame))
            (select("covers", "On what", &KINDS, covers, problems))
            (Field::text("named", "Which").value(named).optional().autocomplete("off").most(200)
                .hint("The dataset’s name, or the id of the item or person. Nothing for everything.").show(problems))
            (Field::text("reason", "Why").value(reason).autocomplete("off").most(500)
                .hint("A case number, an authority’s letter. It is sealed, and stands in the trail.").show(problems))
            (Field::text("until", "Until").kind("date").value(until).optional().show(problems))
            (check("two_people", "It takes two people to lift it", Some("One asks, and somebody else agrees."), model.two_people))
            (form_foot(Look::Main, "Place the hold", Some(PATH)))
        }
    };
    page(frame, Place::Holds, &head, content)
}
