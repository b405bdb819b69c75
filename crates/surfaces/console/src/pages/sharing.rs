//! Sharing with the public: what is shared, the form, and the one page that shows a link.

use access::Action;
use kernel::{ShareId, Timestamp};
use maud::{Markup, html};

use super::keys::once;
use crate::kit::{
    Column, Field, Frame, Head, Icon, Look, Place, Problems, Table, Tone, Width, badge, check, csrf_field,
    date, empty, form_foot, link_button, notice, open_badge, page, section, select, when,
};

/// Something that is shared with the public, or was.
#[derive(Debug, Clone)]
pub struct ShareRow {
    /// Its id, for the form that withdraws it.
    pub id: ShareId,
    /// The export, if not the dataset itself is shared.
    pub export: Option<u64>,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// When it was withdrawn, if it was.
    pub withdrawn: Option<Timestamp>,
    /// Whether original bytes can be taken.
    pub originals: bool,
}

impl ShareRow {
    fn is_live(&self, now: Timestamp) -> bool {
        self.withdrawn.is_none() && self.until > now
    }
}

const SHARES: [Column; 5] = [
    Column::main("What"),
    Column::text("Gives"),
    Column::text("Since"),
    Column::text("Ends"),
    Column::action(),
];

/// How a dataset is shared, as a section of its settings.
pub(super) fn shares(frame: &Frame, dataset: &str, rows: &[ShareRow]) -> Markup {
    let path = format!("/console/datasets/{dataset}/share");
    let share = html! {
        @if frame.may(Action::ShareCreate) { (link_button(Look::Danger, &path, Some(Icon::Globe), "Share with the public…")) }
    };
    let open = rows.iter().filter(|row| row.is_live(frame.now)).count();
    let table = rows
        .iter()
        .fold(Table::new("Shared with the public", &SHARES), |table, row| {
            table.row_over(!row.is_live(frame.now), cells(frame, &path, row))
        });
    let content = html! {
        @if open > 0 {
            (notice(Tone::Open, "Anybody who has the link can look", html! { p { (open_badge()) " Links are shown once. Withdraw one and it ends at once." } }))
        }
        @if rows.is_empty() {
            (empty(Icon::Lock, "Closed", "Only members of the team reach it.", html! {}))
        } @else { (table.show()) }
    };
    let says =
        "A link lets anybody look without an account, until it ends. It takes a fresh proof that it is you.";
    section("Sharing", Some(says), share, content)
}

fn cells(frame: &Frame, path: &str, row: &ShareRow) -> [Markup; 5] {
    let what = row
        .export
        .map_or_else(|| "The dataset".to_owned(), |number| format!("Export {number}"));
    [
        html! { b { (what) } },
        html! { (if row.originals { "Looks and original bytes" } else { "Looks" }) },
        html! { (date(row.since)) },
        match row.withdrawn {
            Some(_) => badge(Tone::Plain, "Withdrawn"),
            None if row.until <= frame.now => badge(Tone::Plain, "Ended"),
            None => when(row.until, frame.now),
        },
        html! {
            @if row.is_live(frame.now) && frame.may(Action::ShareEnd) {
                form method="post" action={ (path) "/withdraw" } {
                    (csrf_field(frame))
                    input type="hidden" name="share" value=(row.id);
                    button.button.bare type="submit" aria-label={ "Withdraw the link to " (what) } { "Withdraw" }
                }
            }
        },
    ]
}

/// The form that shares.
#[derive(Debug, Clone)]
pub struct SharePage {
    /// What stands around it.
    pub frame: Frame,
    /// The dataset's name.
    pub dataset: String,
    /// The numbers of its exports.
    pub exports: Vec<u64>,
    /// The last day, as the form has it.
    pub until: String,
    /// What was wrong before.
    pub problems: Problems,
}

/// Sharing.
pub fn share(model: &SharePage) -> Markup {
    let home = format!("/console/datasets/{}", model.dataset);
    let head = Head::new("Share with the public")
        .below("/console/datasets", "Datasets")
        .below(&home, &model.dataset)
        .lede("The next page says what it means. Nothing is shared before you confirm it there.")
        .width(Width::Narrow);
    let numbers: Vec<(String, String)> = model
        .exports
        .iter()
        .map(|number| {
            (
                number.to_string(),
                format!("Export {number}, exactly its versions"),
            )
        })
        .collect();
    let mut what = vec![("", "The dataset, with what comes into it later")];
    what.extend(
        numbers
            .iter()
            .map(|(number, says)| (number.as_str(), says.as_str())),
    );
    let hint = "Otherwise people see what the server draws of pictures, marked with the link and the time.";
    let content = html! {
        (model.problems.summary())
        form.form method="post" action={ (home) "/share/warning" } {
            (csrf_field(&model.frame))
            (select("export", "What", &what, "", &model.problems))
            (Field::text("until", "Until the end of").kind("date").value(&model.until).hint("Within a year, by the server's clock (UTC).").show(&model.problems))
            (check("originals", "People may take the original bytes", Some(hint), false))
            (form_foot(Look::Main, "Go on", Some(&format!("{home}/settings"))))
        }
    };
    page(&model.frame, Place::Datasets, &head, content)
}

/// The page that shows a link, once.
#[derive(Debug, Clone)]
pub struct SharedPage {
    /// What stands around it.
    pub frame: Frame,
    /// The dataset's name.
    pub dataset: String,
    /// The address.
    pub link: String,
    /// Until when.
    pub until: Timestamp,
}

/// A link.
pub fn shared(model: &SharedPage) -> Markup {
    let settings = format!("/console/datasets/{}/settings", model.dataset);
    let head = Head::new("Shared with the public")
        .below("/console/datasets", "Datasets")
        .below(format!("/console/datasets/{}", model.dataset), &model.dataset)
        .badges(open_badge())
        .width(Width::Narrow);
    let says = html! { p { "Nobody can be told it again, for only the link opens what it shares. It ends on " (date(model.until)) ", or when you withdraw it." } };
    let content = html! {
        (notice(Tone::Care, "Copy the link now: it cannot be shown again", says))
        div.section { h2 { "The link" } (once("public-link", &model.link)) }
        div.actions { (link_button(Look::Main, &settings, None, "I have copied it")) }
    };
    page(&model.frame, Place::Datasets, &head, content)
}
