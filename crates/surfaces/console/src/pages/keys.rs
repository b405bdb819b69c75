//! API keys: the list, issuing one, and the one page that shows its secret.

use access::Action;
use kernel::{KeyId, Timestamp};
use maud::{Markup, html};

use super::Choice;
use super::choice::Ask;
use crate::kit::{
    Column, Field, Frame, Head, Icon, Look, Pager, Place, Problems, Table, Tone, Width, badge, csrf_field,
    date, empty, form_foot, icon, link_button, notice, page, select, when,
};

/// A key in a list.
#[derive(Debug, Clone)]
pub struct KeyRow {
    /// Its id.
    pub id: KeyId,
    /// What its maker called it.
    pub label: String,
    /// The name of the member it acts for.
    pub member: String,
    /// What it is narrowed to, in words; the whole team where empty.
    pub scope: String,
    /// Whether it is a recovery code.
    pub recovery: bool,
    /// Whether it was taken of another key for a while.
    pub temporary: bool,
    /// When it was issued.
    pub made: Timestamp,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
    /// When it was last used.
    pub used: Option<Timestamp>,
    /// Whether it was invalidated.
    pub invalidated: bool,
    /// Whether the caller may invalidate it.
    pub may_invalidate: bool,
}

/// The list of keys.
#[derive(Debug, Clone)]
pub struct KeysPage {
    /// What stands around it.
    pub frame: Frame,
    /// The keys of this page.
    pub keys: Vec<KeyRow>,
    /// Where in the list it is.
    pub pager: Pager,
}

const KEYS: [Column; 6] = [
    Column::main("Key"),
    Column::text("Acts for"),
    Column::text("Reaches"),
    Column::text("Last used"),
    Column::text("Ends"),
    Column::action(),
];

/// The keys.
pub fn keys(model: &KeysPage) -> Markup {
    let frame = &model.frame;
    let issue = html! {
        @if frame.may(Action::KeyIssue) { (link_button(Look::Main, "/console/keys/new", Some(Icon::Plus), "Issue a key")) }
    };
    let head = Head::new("API keys")
        .lede("Programs and S3 clients act with keys. A key acts in its member's class, narrowed as you choose.")
        .actions(issue.clone());
    let table = model
        .keys
        .iter()
        .fold(Table::new("API keys", &KEYS), |table, row| {
            table.row_over(row.invalidated, key_cells(row, frame.now))
        });
    let content = html! {
        @if model.keys.is_empty() {
            (empty(Icon::Key, "No keys yet", "Issue one for each program, so that each can be invalidated alone.", issue))
        } @else { (table.show()) (model.pager.show()) }
    };
    page(frame, Place::Keys, &head, content)
}

fn key_cells(row: &KeyRow, now: Timestamp) -> [Markup; 6] {
    let reaches = if row.scope.is_empty() {
        "Whole team"
    } else {
        &row.scope
    };
    [
        html! {
            b { (row.label) }
            @if row.recovery { " " (badge(Tone::Note, "Recovery code")) }
            @if row.temporary { " " (badge(Tone::Plain, "Temporary")) }
            span.under.mono { (row.id) }
        },
        html! { (row.member) },
        html! { (reaches) },
        html! { @if let Some(used) = row.used { (when(used, now)) } @else { span.quiet { "never" } } },
        ends(row, now),
        html! {
            @if row.may_invalidate && !row.invalidated {
                a.button.bare href={ "/console/keys/" (row.id) "/invalidate" } aria-label={ "Invalidate " (row.label) } { "Invalidate" }
            }
        },
    ]
}

fn ends(row: &KeyRow, now: Timestamp) -> Markup {
    match (row.invalidated, row.expires) {
        (true, _) => badge(Tone::Plain, "Invalidated"),
        (_, Some(end)) if end <= now => badge(Tone::Plain, "Run out"),
        (_, Some(end)) => when(end, now),
        (_, None) => html! { span.quiet { "never" } },
    }
}

/// What stands in the form that issues a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewKeyForm {
    /// What it is for.
    pub label: String,
    /// After how many days it ends.
    pub days: String,
    /// For whom it acts: an id or an address.
    pub member: String,
    /// What it is narrowed to: an id or a name.
    pub dataset: String,
    /// What it is good for.
    pub actions: String,
}

/// The form that issues a key.
#[derive(Debug, Clone)]
pub struct NewKeyPage {
    /// What stands around it.
    pub frame: Frame,
    /// Members the caller may issue for, the caller first.
    pub members: Choice,
    /// Datasets it can be narrowed to.
    pub datasets: Choice,
    /// What stood in the form.
    pub typed: NewKeyForm,
    /// What was wrong with it.
    pub problems: Problems,
}

/// Issuing a key.
pub fn new_key(model: &NewKeyPage) -> Markup {
    let head = Head::new("Issue a key")
        .below("/console/keys", "API keys")
        .lede("Its secret is shown once, on the next page.")
        .width(Width::Narrow);
    let typed = &model.typed;
    let member = Ask {
        name: "member",
        label: "Acts for",
        first: matches!(model.members, Choice::Typed).then_some(("", "")),
        hint: "Their e-mail address; you when empty",
        chosen: &typed.member,
    };
    let dataset = Ask {
        name: "dataset",
        label: "Reaches",
        first: Some(("", "All datasets")),
        hint: "A dataset’s name; all when empty",
        chosen: &typed.dataset,
    };
    let ends = [
        ("30", "In 30 days"),
        ("90", "In 90 days"),
        ("365", "In a year"),
        ("", "Never"),
    ];
    let reach = [
        ("", "Everything its member may do"),
        ("read", "Only reading"),
        ("write", "Only putting in"),
    ];
    let content = html! {
        (model.problems.summary())
        form.form method="post" action="/console/keys/new" {
            (csrf_field(&model.frame))
            (Field::text("label", "What it is for").value(&typed.label).autocomplete("off").placeholder("nightly import").most(100).focus().show(&model.problems))
            div.two {
                (model.members.show(&member, &model.problems))
                (select("days", "Ends", &ends, &typed.days, &model.problems))
                (model.datasets.show(&dataset, &model.problems))
                (select("actions", "For", &reach, &typed.actions, &model.problems))
            }
            (form_foot(Look::Main, "Issue the key", Some("/console/keys")))
        }
    };
    page(&model.frame, Place::Keys, &head, content)
}

/// The page that shows a secret, once.
#[derive(Debug, Clone)]
pub struct IssuedPage {
    /// What stands around it.
    pub frame: Frame,
    /// What the key is called.
    pub label: String,
    /// Its text.
    pub secret: String,
    /// What S3 clients name it.
    pub access_key: String,
    /// What S3 clients sign with.
    pub signing_secret: String,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
}

/// A key, with its secret.
pub fn issued_key(model: &IssuedPage) -> Markup {
    let head = Head::new(&model.label)
        .below("/console/keys", "API keys")
        .width(Width::Narrow);
    let ends = model.expires.map_or_else(
        || "It does not end by itself.".to_owned(),
        |end| format!("It ends on {}.", date(end)),
    );
    let content = html! {
        (notice(Tone::Care, "Copy it now: it cannot be shown again", html! { p { "It is stored as a hash. " (ends) } }))
        div.section {
            h2 { "For the API and the command line" }
            (once("secret", &model.secret))
        }
        div.section {
            h2 { "For S3 clients" }
            p.label { "Access key id" }
            (once("access-key", &model.access_key))
            p.label { "Secret access key" }
            (once("signing-secret", &model.signing_secret))
        }
        div.actions { (link_button(Look::Main, "/console/keys", None, "I have copied it")) }
    };
    page(&model.frame, Place::Keys, &head, content)
}

/// Text that is shown once, with a button that copies it where there is script.
pub(super) fn once(id: &str, text: &str) -> Markup {
    html! {
        div.once {
            code id=(id) { (text) }
            button.button type="button" data-copy=(id) hidden { (icon(Icon::Copy)) span { "Copy" } }
        }
    }
}
