//! How long the items of a dataset are kept: which rule counts, what it would do, and what holds against it.

use access::Action;
use kernel::Timestamp;
use maud::{Markup, html};

use super::holds::hold_table;
use super::{DatasetRow, HoldRow};
use crate::kit::{
    Column, Field, Frame, Head, Icon, Look, Place, Problems, Table, Tone, badge, count, csrf_field, date,
    empty, facts, form_foot, link_button, notice, page, section, select, when,
};

/// A rule for files or records, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFor {
    /// For how many days.
    pub days: u32,
    /// After what: "it was put in".
    pub after: &'static str,
    /// How many days before it is announced.
    pub notice: u32,
}

/// What one level settles.
#[derive(Debug, Clone)]
pub struct LevelRow {
    /// Whose it is: "This dataset".
    pub whose: &'static str,
    /// For files, and whether it counts.
    pub files: Option<(KeptFor, bool)>,
    /// For records, and whether it counts.
    pub records: Option<(KeptFor, bool)>,
}

/// A rule of the dataset itself.
#[derive(Debug, Clone)]
pub struct OwnRuleRow {
    /// The word of its kind in forms.
    pub kind: &'static str,
    /// What it is for, in words: "Files".
    pub what: &'static str,
    /// For how long.
    pub kept: KeptFor,
    /// Why longer than is settled above.
    pub ground: Option<String>,
}

/// What the form of a rule has in it.
#[derive(Debug, Clone, Default)]
pub struct RuleSaid {
    /// The word of the kind.
    pub kind: String,
    /// For how many days.
    pub days: String,
    /// The word of what it counts from.
    pub counts_from: String,
    /// How many days before it is announced.
    pub notice_days: String,
    /// Why longer than is settled above.
    pub ground: String,
}

/// Items of one sort that would go.
#[derive(Debug, Clone)]
pub struct GoingRow {
    /// "Files" or "Records".
    pub what: &'static str,
    /// How many.
    pub items: u64,
    /// By whose rule, in words.
    pub by: &'static str,
    /// When the time of the first is over.
    pub first: Timestamp,
    /// When that of the last is.
    pub last: Timestamp,
    /// When the first is deleted at the earliest.
    pub deleted: Timestamp,
    /// What keeps them, in words.
    pub kept: Option<&'static str>,
}

/// What would go.
#[derive(Debug, Clone, Default)]
pub struct Going {
    /// By sort.
    pub rows: Vec<GoingRow>,
    /// How many items were looked at, where that were not all.
    pub only: Option<u64>,
}

/// Something that was announced.
#[derive(Debug, Clone)]
pub struct AnnouncedRow {
    /// "Files" or "Records".
    pub what: &'static str,
    /// How many.
    pub items: u64,
    /// When.
    pub made: Timestamp,
    /// From when on they go.
    pub ready: Timestamp,
}

/// How long a dataset is kept.
#[derive(Debug, Clone)]
pub struct RetentionPage {
    /// What stands around it.
    pub frame: Frame,
    /// The dataset.
    pub dataset: DatasetRow,
    /// What is settled, the closest first.
    pub levels: Vec<LevelRow>,
    /// For how many days what is archived can be brought back, and whether somebody settled it.
    pub window: (u32, bool),
    /// The dataset's own rules.
    pub own: Vec<OwnRuleRow>,
    /// What stands in the form of a rule.
    pub said: RuleSaid,
    /// What the dataset settles for its archive, as the form has it.
    pub archive_days: String,
    /// The day that is asked about.
    pub by: String,
    /// What would go by then; nothing for who may not list the items.
    pub going: Option<Going>,
    /// What was announced last.
    pub announced: Vec<AnnouncedRow>,
    /// The holds on it; nothing for who may not see holds.
    pub holds: Option<Vec<HoldRow>>,
    /// What was wrong with a form before.
    pub problems: Problems,
}

const LEVELS: [Column; 3] = [
    Column::main("Settled by"),
    Column::text("Files"),
    Column::text("Records"),
];
const OWN: [Column; 5] = [
    Column::main("For"),
    Column::text("Kept"),
    Column::text("Announced"),
    Column::text("Ground"),
    Column::action(),
];
const GOING: [Column; 5] = [
    Column::main("What"),
    Column::text("By which rule"),
    Column::text("Time is over"),
    Column::text("Deleted from"),
    Column::text("Kept by"),
];
const ANNOUNCED: [Column; 3] = [
    Column::main("What"),
    Column::text("Announced"),
    Column::text("Goes from"),
];
const KINDS: [(&str, &str); 3] = [
    ("both", "Files and records"),
    ("file", "Files only"),
    ("record", "Records only"),
];
const STARTS: [(&str, &str); 3] = [
    ("put", "From when it was put in"),
    ("last-version", "From its newest version"),
    ("archive", "From when it was archived"),
];

/// How long a dataset is kept.
pub fn retention(model: &RetentionPage) -> Markup {
    let frame = &model.frame;
    let home = format!("/console/datasets/{}", model.dataset.name);
    let head = Head::new("Retention")
        .below("/console/datasets", "Datasets")
        .below(&home, &model.dataset.name)
        .below(format!("{home}/settings"), "Settings")
        .lede("How long what lies here is kept. What is past its time is announced, then archived, then deleted with its keys.");
    let content = html! {
        (model.problems.summary())
        (counts(model))
        @if let Some(going) = &model.going { (would_go(model, going)) }
        @if frame.may(Action::DatasetChange) { (own(model)) (archive(model)) }
        (announced(model))
        @if let Some(holds) = &model.holds { (on_hold(model, holds)) }
    };
    page(frame, Place::Datasets, &head, content)
}

fn at(model: &RetentionPage, end: &str) -> String {
    format!("/console/datasets/{}/retention{end}", model.dataset.name)
}

fn counts(model: &RetentionPage) -> Markup {
    let table = model.levels.iter().fold(
        Table::new("What is settled, the closest first", &LEVELS),
        |table, level| {
            table.row([
                html! { b { (level.whose) } },
                kept_cell(level.files.as_ref()),
                kept_cell(level.records.as_ref()),
            ])
        },
    );
    let nothing = model
        .levels
        .iter()
        .all(|level| level.files.is_none() && level.records.is_none());
    let (days, settled) = model.window;
    let back = html! {
        (count(days.into(), "day", "days"))
        @if settled { ", whoever archived it: then it is deleted" }
        @else { " for what a rule archived. What people archive stays until somebody deletes it" }
    };
    let content = html! {
        @if nothing {
            (notice(Tone::Note, "Nothing goes by itself", html! { p { "No rule is settled for this dataset, nor for the team, nor in the contract." } }))
        } @else { (table.show()) }
        (facts([("From the archive", back)]))
    };
    section(
        "What counts",
        Some("The closest rule counts: this dataset’s before the team’s, the team’s before the contract’s."),
        html! {},
        content,
    )
}

fn kept_cell(kept: Option<&(KeptFor, bool)>) -> Markup {
    html! {
        @match kept {
            Some((kept, counts)) => {
                @if *counts { b { (kept_words(kept)) } " " (badge(Tone::Good, "Counts")) }
                @else { span.soft { (kept_words(kept)) } }
                div.soft { (notice_words(kept.notice)) }
            }
            None => span.quiet { "Says nothing" },
        }
    }
}

fn kept_words(kept: &KeptFor) -> String {
    format!("{} after {}", count(kept.days.into(), "day", "days"), kept.after)
}

fn notice_words(days: u32) -> String {
    match days {
        0 => "Not announced".to_owned(),
        days => format!("Announced {} before", count(days.into(), "day", "days")),
    }
}

fn would_go(model: &RetentionPage, going: &Going) -> Markup {
    let now = model.frame.now;
    let table = going
        .rows
        .iter()
        .fold(Table::new("What would go", &GOING), |table, row| {
            table.row([
                html! { b { (things(row.what, row.items)) } },
                html! { (row.by) },
                html! { (date(row.first)) @if date(row.first) != date(row.last) { " to " (date(row.last)) } },
                html! { @if row.kept.is_some() { span.quiet { "Not while it is kept" } } @else { (when(row.deleted, now)) } },
                html! { @match row.kept { Some(kept) => (badge(Tone::Care, kept)), None => span.quiet { "Nothing" } } },
            ])
        });
    let form = html! {
        form.filters method="get" action=(at(model, "")) {
            (Field::text("by", "By").kind("date").value(&model.by).show(&Problems::default()))
            button.button type="submit" { "Show" }
        }
    };
    let content = html! {
        (form)
        @if let Some(looked) = going.only {
            (notice(Tone::Note, "Not all of it was counted", html! { p { "These are of the first " (count(looked, "item", "items")) ". There are more." } }))
        }
        @if going.rows.is_empty() {
            (empty(Icon::Clock, "Nothing goes by then", "No item’s time is over on that day.", html! {}))
        } @else { (table.show()) }
    };
    section(
        "What would go",
        Some("Counted now, under the rules as they stand. Looking changes nothing."),
        html! {},
        content,
    )
}

fn things(what: &str, items: u64) -> String {
    match what {
        "Records" => count(items, "record", "records"),
        _ => count(items, "file", "files"),
    }
}

fn own(model: &RetentionPage) -> Markup {
    let table = model
        .own
        .iter()
        .fold(Table::new("Rules of this dataset", &OWN), |table, row| {
            table.row(own_cells(model, row))
        });
    let said = &model.said;
    let number = |name, label, value| {
        Field::text(name, label)
            .kind("number")
            .value(value)
            .autocomplete("off")
    };
    let ground = Field::text("ground", "On which ground")
        .value(&said.ground)
        .optional()
        .autocomplete("off")
        .most(500)
        .hint("Needed where this keeps longer than the team or the contract says. It is sealed.");
    let content = html! {
        @if !model.own.is_empty() { (table.show()) }
        form.form.panel.padded method="post" action=(at(model, "/rule")) {
            (csrf_field(&model.frame))
            (select("kind", "For", &KINDS, &said.kind, &model.problems))
            div.two {
                (number("days", "Days it is kept", &said.days).show(&model.problems))
                (select("counts_from", "Counted", &STARTS, &said.counts_from, &model.problems))
            }
            (number("notice_days", "Days before that it is announced", &said.notice_days).show(&model.problems))
            (ground.show(&model.problems))
            (form_foot(Look::Plain, "Go on…", None))
        }
    };
    section(
        "Rules of this dataset",
        Some(
            "One for files, one for records and one for both, at most. The next page says what a rule would do.",
        ),
        html! {},
        content,
    )
}

fn own_cells(model: &RetentionPage, row: &OwnRuleRow) -> [Markup; 5] {
    [
        html! { b { (row.what) } },
        html! { (kept_words(&row.kept)) },
        html! { (notice_words(row.kept.notice)) },
        html! { @match &row.ground { Some(ground) => (ground), None => span.quiet { "None" } } },
        html! {
            form method="post" action=(at(model, "/remove")) {
                (csrf_field(&model.frame))
                input type="hidden" name="kind" value=(row.kind);
                button.button.bare type="submit" aria-label={ "Remove the rule for " (row.what.to_lowercase()) } { "Remove…" }
            }
        },
    ]
}

fn archive(model: &RetentionPage) -> Markup {
    let days = Field::text("archive_days", "Days it can be brought back")
        .kind("number")
        .value(&model.archive_days)
        .optional()
        .autocomplete("off")
        .hint("Empty: as long as the team says.");
    let form = html! {
        form.form.panel.padded method="post" action=(at(model, "/window")) {
            (csrf_field(&model.frame))
            (days.show(&model.problems))
            (form_foot(Look::Plain, "Go on…", None))
        }
    };
    section(
        "The archive",
        Some("Once settled, it counts for everything that is archived here, also by people."),
        html! {},
        form,
    )
}

fn announced(model: &RetentionPage) -> Markup {
    let now = model.frame.now;
    let table = model
        .announced
        .iter()
        .fold(Table::new("What was announced", &ANNOUNCED), |table, row| {
            table.row_over(
                row.ready <= now,
                [
                    html! { b { (things(row.what, row.items)) } },
                    when(row.made, now),
                    when(row.ready, now),
                ],
            )
        });
    let content = html! {
        @if model.announced.is_empty() {
            (empty(Icon::Info, "Nothing was announced", "Before something goes by a rule, it stands here and in the trail.", html! {}))
        } @else { (table.show()) }
    };
    section("Announced", None, html! {}, content)
}

fn on_hold(model: &RetentionPage, holds: &[HoldRow]) -> Markup {
    let frame = &model.frame;
    let place = html! {
        @if frame.may(Action::HoldPlace) {
            @let to = format!("/console/holds/new?dataset={}", model.dataset.name);
            (link_button(Look::Plain, &to, Some(Icon::Plus), "Place a hold"))
        }
    };
    let content = html! {
        @if holds.is_empty() {
            (empty(Icon::Lock, "Not on hold", "When a dispute or an authority needs it kept, place a hold on the dataset.", html! {}))
        } @else { (hold_table(frame, holds)) }
        p.soft { "Holds on single items and on people keep what they are on as well: " a href="/console/holds" { "all legal holds" } "." }
    };
    section(
        "Legal holds on this dataset",
        Some("They win over every rule, also those that are on everything."),
        place,
        content,
    )
}
