//! Who answers for what, which two duties nobody holds together, and who holds both all the same.

use access::{Action, Duty, Pair};
use kernel::{MemberId, Timestamp};
use maud::{Markup, html};

use super::choice::{Ask, BY_ADDRESS, Choice};
use super::team::{team_head, team_tabs};
use crate::kit::{
    Column, Frame, Icon, Look, Pager, Place, Problems, Table, Tone, badge, csrf_field, date, empty,
    form_foot, notice, page, section, select,
};

/// That a member was given a duty.
#[derive(Debug, Clone)]
pub struct DutyRow {
    /// Who.
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// What they answer for.
    pub duty: Duty,
    /// Since when.
    pub since: Timestamp,
    /// Who gave it.
    pub by: String,
}

/// Somebody who holds two duties that conflict.
#[derive(Debug, Clone)]
pub struct DutyConflictRow {
    /// Who.
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// The pairs of which they hold both.
    pub pairs: Vec<Pair>,
}

/// Two duties that nobody holds together.
#[derive(Debug, Clone)]
pub struct DutyPairRow {
    /// The two.
    pub pair: Pair,
    /// Who added it and when; nothing where it is built in.
    pub added: Option<(String, Timestamp)>,
}

/// Who answers for what.
#[derive(Debug, Clone)]
pub struct DutiesPage {
    /// What stands around it.
    pub frame: Frame,
    /// Who holds two that conflict.
    pub conflicts: Vec<DutyConflictRow>,
    /// What was given.
    pub holders: Vec<DutyRow>,
    /// Where in the list it is.
    pub pager: Pager,
    /// The pairs, those built in first.
    pub pairs: Vec<DutyPairRow>,
    /// Whom a duty can be given to.
    pub members: Choice,
    /// What was wrong with a form.
    pub problems: Problems,
}

const HOLDERS: [Column; 4] = [
    Column::main("Member"),
    Column::text("Answers for"),
    Column::text("Since"),
    Column::action(),
];
const PAIRS: [Column; 3] = [
    Column::main("Nobody may both"),
    Column::text("Why"),
    Column::action(),
];

/// Who answers for what.
pub fn duties(model: &DutiesPage) -> Markup {
    let frame = &model.frame;
    let content = html! {
        (team_tabs(frame, "duties"))
        (model.problems.summary())
        @for row in &model.conflicts { (conflict(row)) }
        (held(model))
        (apart(model))
    };
    page(frame, Place::Team, &team_head(frame), content)
}

fn conflict(row: &DutyConflictRow) -> Markup {
    let says = html! {
        @for pair in &row.pairs {
            @let [one, other] = pair.duties();
            p { "Nobody may both " (one.says()) " and " (other.says()) ". Until one of the two ends, they do neither." }
        }
        p { a href={ "/console/team/" (row.member) } { (row.name) } }
    };
    notice(
        Tone::Danger,
        &format!("{} holds two duties that conflict", row.name),
        says,
    )
}

fn held(model: &DutiesPage) -> Markup {
    let frame = &model.frame;
    let table = model
        .holders
        .iter()
        .fold(Table::new("Duties that were given", &HOLDERS), |table, row| {
            table.row(holder_cells(frame, row))
        });
    let content = html! {
        @if model.holders.is_empty() {
            (empty(Icon::Team, "No duty was given", "Each person does what their class lets them do.", html! {}))
        } @else {
            (table.show())
            (model.pager.show())
        }
        @if frame.may(Action::DutyGive) { (give(model)) }
    };
    let says = "While somebody holds a duty, nobody else does what belongs to it. Auditors, privacy officers and who works on a dataset hold one by that.";
    section("Who answers for what", Some(says), html! {}, content)
}

fn holder_cells(frame: &Frame, row: &DutyRow) -> [Markup; 4] {
    [
        html! { a href={ "/console/team/" (row.member) } { (row.name) } },
        html! { (large(row.duty.says())) },
        html! { (date(row.since)) div.soft { "by " (row.by) } },
        html! {
            @if frame.may(Action::DutyEnd) {
                form method="post" action="/console/team/duties/end" {
                    (csrf_field(frame))
                    input type="hidden" name="member" value=(row.member);
                    input type="hidden" name="duty" value=(row.duty);
                    button.button type="submit" aria-label={ "End for " (row.name) ": " (row.duty.says()) } { "End" }
                }
            }
        },
    ]
}

fn give(model: &DutiesPage) -> Markup {
    let who = Ask {
        name: "member",
        label: "Member",
        first: None,
        hint: BY_ADDRESS,
        chosen: "",
    };
    let given = Duty::ALL.into_iter().filter(|duty| !duty.comes_with_a_grant());
    html! {
        form.form method="post" action="/console/team/duties/give" {
            (csrf_field(&model.frame))
            div.two {
                (model.members.show(&who, &model.problems))
                (one_of("duty", "Duty", given, &model.problems))
            }
            (form_foot(Look::Main, "Give the duty", None))
        }
    }
}

fn apart(model: &DutiesPage) -> Markup {
    let frame = &model.frame;
    let table = model
        .pairs
        .iter()
        .fold(Table::new("Duties held apart", &PAIRS), |table, row| {
            table.row(pair_cells(frame, row))
        });
    let content = html! {
        (table.show())
        @if frame.may(Action::DutyRule) {
            form.form method="post" action="/console/team/duties/pairs" {
                (csrf_field(frame))
                div.two {
                    (one_of("one", "One duty", Duty::ALL, &model.problems))
                    (one_of("other", "The other", Duty::ALL, &model.problems))
                }
                (form_foot(Look::Main, "Hold these apart", None))
            }
        }
    };
    let says = "Nobody is given a duty, a class or a dataset by which they would hold both. What is built in cannot be switched off.";
    section("Held apart", Some(says), html! {}, content)
}

fn pair_cells(frame: &Frame, row: &DutyPairRow) -> [Markup; 3] {
    let [one, other] = row.pair.duties();
    [
        html! { (large(one.says())) div.soft { "and " (other.says()) } },
        html! {
            @match (&row.added, row.pair.why()) {
                (Some((by, at)), _) => { "Added by " (by) div.soft { (date(*at)) } }
                (None, Some(why)) => { (badge(Tone::Plain, "Built in")) div.soft { (large(why)) } }
                (None, None) => {}
            }
        },
        html! {
            @if row.added.is_some() && frame.may(Action::DutyRule) {
                form method="post" action="/console/team/duties/pairs/remove" {
                    (csrf_field(frame))
                    input type="hidden" name="pair" value=(row.pair);
                    button.button type="submit" aria-label={ "Take away: " (one.says()) " and " (other.says()) } { "Take away" }
                }
            }
        },
    ]
}

fn one_of(name: &str, says: &str, duties: impl IntoIterator<Item = Duty>, problems: &Problems) -> Markup {
    let words: Vec<(Duty, String)> = duties
        .into_iter()
        .map(|duty| (duty, large(duty.says())))
        .collect();
    let options: Vec<(&str, &str)> = words
        .iter()
        .map(|(duty, says)| (duty.as_str(), says.as_str()))
        .collect();
    select(name, says, &options, "", problems)
}

/// With a large letter.
fn large(says: &str) -> String {
    let mut letters = says.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().collect::<String>());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}
