//! One item: a look at it, what is known of it, its versions, what can be done.

use access::Action;
use kernel::{ItemId, TaskId, Timestamp, VersionId};
use maud::{Markup, html};

use super::draw::{Drawing, marks, tools};
use super::excerpt::{TextView, excerpt};
use super::reading::reminder;
use super::viewer::{PictureView, picture};
use super::{DatasetRow, LookingFor};
use crate::kit::csrf_field;
use crate::kit::{
    Frame, Head, Icon, Look, Place, Tone, Width, badge, bytes, dialog, dialog_button, empty, facts,
    form_foot, link_button, moment, notice, open_badge, page, section, when,
};

/// What the viewer shows.
#[derive(Debug, Clone, PartialEq)]
pub enum View {
    /// A picture that the server draws.
    Picture(PictureView),
    /// Text, a record or a table.
    Text(TextView),
    /// Nothing, and why.
    None(Icon, String),
}

/// A version in the list.
#[derive(Debug, Clone)]
pub struct VersionRow {
    /// Its id.
    pub id: VersionId,
    /// 1 for the first, then counting.
    pub number: u64,
    /// Bytes.
    pub size: u64,
    /// When it came in.
    pub made: Timestamp,
}

/// What keeps an item from being deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldLine {
    /// In words: "Legal hold" or "Retention".
    pub kind: String,
    /// Until when, if it ends by itself.
    pub until: Option<Timestamp>,
}

/// One item.
#[derive(Debug, Clone)]
pub struct ItemPage {
    /// What stands around it.
    pub frame: Frame,
    /// The dataset it lies in.
    pub dataset: DatasetRow,
    /// Its id.
    pub id: ItemId,
    /// Its name.
    pub name: String,
    /// Whether it is archived, and since when.
    pub archived: Option<Timestamp>,
    /// What there is to see.
    pub view: View,
    /// What is said about it, where something can be.
    pub drawing: Option<Drawing>,
    /// The task that it was opened from, if it was.
    pub task: Option<TaskId>,
    /// Media type.
    pub media_type: String,
    /// Hash of the newest version, lowercase hex.
    pub sha256: String,
    /// The class of data that was declared.
    pub data_class: Option<String>,
    /// Whether it is about exactly one person, whose erasure ends it.
    pub about_person: bool,
    /// The client's own names and values.
    pub metadata: Vec<(String, String)>,
    /// Versions, newest first.
    pub versions: Vec<VersionRow>,
    /// What keeps it.
    pub holds: Vec<HoldLine>,
    /// Why they look, where the dataset asks.
    pub looking_for: Option<LookingFor>,
}

/// One item.
pub fn item(model: &ItemPage) -> Markup {
    let frame = &model.frame;
    let badges = html! {
        @if model.dataset.open { (open_badge()) }
        @if model.archived.is_some() { (badge(Tone::Plain, "Archived")) }
        @if !model.holds.is_empty() { (badge(Tone::Care, "On hold")) }
    };
    let head = above(model)
        .badges(badges)
        .actions(actions(model))
        .width(Width::Usual);
    let content = html! {
        @if let Some(since) = model.archived { (archived_notice(model, since)) }
        @if let Some(said) = &model.looking_for {
            (reminder(frame, &model.dataset.name, said, &format!("/console/items/{}", model.id)))
        }
        div.item {
            div.look { (view(model)) }
            div.beside { @if let Some(drawing) = &model.drawing { (marks(drawing)) } (about(model)) (versions(model)) (trail(model)) }
        }
        @if model.archived.is_none() && frame.may(Action::ItemArchive) { (archive_dialog(model)) }
    };
    page(frame, Place::Datasets, &head, content)
}

/// Whoever may not know of the dataset came from a task.
fn above(model: &ItemPage) -> Head {
    let (head, dataset) = (Head::new(&model.name), &model.dataset);
    if let Some(task) = model.task {
        let to = format!("/console/tasks/{task}");
        return head.below("/console/tasks", "Tasks").below(to, "Task");
    }
    if dataset.name.is_empty() {
        return head.below("/console/tasks", "Tasks");
    }
    let to = format!("/console/datasets/{}", dataset.name);
    head.below("/console/datasets", "Datasets")
        .below(to, &dataset.name)
}

fn actions(model: &ItemPage) -> Markup {
    let (frame, id) = (&model.frame, model.id);
    html! {
        @if model.archived.is_some() {
            @if frame.may(Action::ItemDelete) && model.holds.is_empty() {
                (link_button(Look::Danger, &format!("/console/items/{id}/delete"), None, "Delete…"))
            }
            @if frame.may(Action::ItemRestore) {
                form method="post" action={ "/console/items/" (id) "/restore" } {
                    (csrf_field(frame)) button.button.main type="submit" { "Restore" }
                }
            }
        } @else {
            @if frame.may(Action::ItemDownload) {
                (link_button(Look::Plain, &format!("/console/items/{id}/original"), Some(Icon::Download), "Download"))
            }
            @if let Some(task) = model.task { (work(model, task)) }
            @if frame.may(Action::ItemArchive) { (dialog_button(Look::Plain, "archive", Some(Icon::Archive), "Archive…")) }
        }
    }
}

/// What ends the work on an item of a task.
fn work(model: &ItemPage, task: TaskId) -> Markup {
    let act = |verb: &str, look: Look, says: &str| {
        html! {
            form method="post" action={ "/console/tasks/" (task) "/" (verb) } {
                (csrf_field(&model.frame)) input type="hidden" name="item" value=(model.id);
                button.button.(look.class()) type="submit" { (says) }
            }
        }
    };
    html! { (act("skip", Look::Plain, "Skip")) (act("submit", Look::Main, "Submit")) }
}

fn archived_notice(model: &ItemPage, since: Timestamp) -> Markup {
    let says = html! {
        p {
            "Archived " (when(since, model.frame.now)) ". It is kept, sealed and out of use; restore it to look at it again."
            @if !model.holds.is_empty() { " A hold keeps it from being deleted." }
        }
    };
    notice(Tone::Note, "This item is archived", says)
}

fn archive_dialog(model: &ItemPage) -> Markup {
    let form = html! {
        p.soft { "It leaves lists, tasks and S3 listings, and can be restored. Nothing is deleted." }
        form method="post" action={ "/console/items/" (model.id) "/archive" } {
            (csrf_field(&model.frame))
            (form_foot(Look::Main, "Archive", None))
        }
    };
    dialog("archive", "Archive this item?", form)
}

fn view(model: &ItemPage) -> Markup {
    match &model.view {
        View::Picture(view) => {
            let drawing = model.drawing.as_ref();
            picture(
                view,
                html! { @if let Some(drawing) = drawing { (tools(&model.frame, drawing)) } },
            )
        }
        View::Text(view) => excerpt(&model.frame, view),
        View::None(sign, why) => empty(*sign, "Nothing to show here", why, html! {}),
    }
}

fn about(model: &ItemPage) -> Markup {
    let newest = model.versions.first();
    let size = newest.map_or_else(String::new, |version| bytes(version.size));
    let mut pairs = vec![
        ("Type", html! { (model.media_type) }),
        ("Size", html! { (size) }),
        (
            "Came in",
            html! { @if let Some(version) = newest { (moment(version.made)) } },
        ),
        ("SHA-256", html! { code.break { (model.sha256) } }),
    ];
    if let Some(class) = &model.data_class {
        pairs.push(("Data class", html! { (class) }));
    }
    if model.about_person {
        pairs.push(("About", html! { "one person; ends with their key" }));
    }
    let hold = |hold: &HoldLine| html! { (hold.kind) @if let Some(until) = hold.until { ", until " (moment(until)) } };
    pairs.extend(model.holds.iter().map(|line| ("Held by", hold(line))));
    let own = model
        .metadata
        .iter()
        .map(|(name, value)| (name.as_str(), html! { (value) }));
    html! {
        (section("About", None, html! {}, facts(pairs)))
        @if !model.metadata.is_empty() { (section("Metadata", None, html! {}, facts(own))) }
    }
}

fn versions(model: &ItemPage) -> Markup {
    let list = html! {
        ul.panel.rows {
            @for version in &model.versions {
                li {
                    div.row-text {
                        b { "Version " (version.number) }
                        p { (bytes(version.size)) " · " (when(version.made, model.frame.now)) }
                    }
                    @if model.archived.is_none() {
                        div.actions { (of_version(model, version)) }
                    }
                }
            }
        }
    };
    section("Versions", None, html! {}, list)
}

fn of_version(model: &ItemPage, version: &VersionRow) -> Markup {
    let at = |path: &str| format!("/console/items/{}{path}?version={}", model.id, version.id);
    html! {
        @if model.frame.may(Action::ItemView) {
            a.button.bare href=(at("")) aria-label={ "Look at version " (version.number) } { "Look" }
        }
        @if model.frame.may(Action::ItemDownload) {
            a.button.bare href=(at("/original")) aria-label={ "Download version " (version.number) } { "Download" }
        }
    }
}

fn trail(model: &ItemPage) -> Markup {
    html! {
        p {
            @if model.frame.may(Action::TrailRead) {
                a href={ "/console/trail?item=" (model.id) } { "Who saw or touched this item" }
            }
            @if model.frame.may(Action::AccessRead) {
                " · " a href={ "/console/items/" (model.id) "/access" } { "Who can see it" }
            }
        }
    }
}
