//! The items of a dataset, as a gallery, with the door for new ones.

use access::Action;
use kernel::{ItemId, Timestamp};
use maud::{Markup, html};

use super::reading::reminder;
use super::{DatasetRow, LookingFor};
use crate::assets;
use crate::kit::{
    Column, Field, Frame, Head, Icon, Look, Pager, Place, Problems, Table, Tone, Width, badge, bytes,
    csrf_field, empty, filters, icon, link_button, notice, open_badge, page, progress, tabs, when,
};

/// What a tile shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Face {
    /// A picture that the server renders, at this path.
    Picture(String),
    /// The sign of a kind of file.
    Kind(Icon, String),
}

/// An item in the gallery.
#[derive(Debug, Clone)]
pub struct Tile {
    /// Its id.
    pub id: ItemId,
    /// Its name.
    pub name: String,
    /// What it looks like.
    pub face: Face,
    /// Bytes of its newest version.
    pub size: u64,
    /// When it changed last.
    pub changed: Timestamp,
    /// The number of its newest version.
    pub version: u64,
}

/// An upload under way or just over, as the page without script tells it.
#[derive(Debug, Clone)]
pub struct Uploading {
    /// The file's name.
    pub name: String,
    /// Bytes that arrived.
    pub done: u64,
    /// Bytes it has.
    pub of: u64,
}

/// The gallery.
#[derive(Debug, Clone)]
pub struct GalleryPage {
    /// What stands around it.
    pub frame: Frame,
    /// The dataset.
    pub dataset: DatasetRow,
    /// The items of this page.
    pub items: Vec<Tile>,
    /// How names are to begin, if they are.
    pub prefix: String,
    /// Whether names are listed instead of pictures.
    pub as_list: bool,
    /// Whether the dataset takes bytes in here: not while archived, nor when it refers to a bucket of the team's own.
    pub takes: bool,
    /// What it takes in, in words; anything where empty.
    pub takes_only: String,
    /// Uploads under way.
    pub uploads: Vec<Uploading>,
    /// Why they look, where the dataset asks.
    pub looking_for: Option<LookingFor>,
    /// What was wrong with the upload before.
    pub problems: Problems,
    /// Where in the list it is.
    pub pager: Pager,
}

/// The gallery.
pub fn gallery(model: &GalleryPage) -> Markup {
    let (frame, dataset) = (&model.frame, &model.dataset);
    let head = head_of(frame, dataset);
    let may_put = model.takes && frame.may(Action::ItemCreate);
    let content = html! {
        @if dataset.open { (open_banner()) }
        (dataset_tabs(frame, dataset, "items"))
        (model.problems.summary())
        @if let Some(said) = &model.looking_for {
            (reminder(frame, &dataset.name, said, &format!("/console/datasets/{}", dataset.name)))
        }
        @if may_put { (drop_box(model)) }
        @if model.items.is_empty() { (none(model, may_put)) }
        @else {
            (finder(model))
            @if model.as_list { (list(model)) }
            @else { div.gallery { @for tile in &model.items { (tile_of(tile, frame.now)) } } }
            (model.pager.show())
        }
        @if may_put { script type="module" src=(assets::path("upload.js")) {} }
    };
    page(frame, Place::Datasets, &head, content)
}

/// The head that all pages of a dataset share.
pub(super) fn head_of(frame: &Frame, dataset: &DatasetRow) -> Head {
    let badges = html! {
        @if dataset.open { (open_badge()) }
        @if dataset.archived { (badge(Tone::Plain, "Archived")) }
    };
    let trail = html! {
        @if frame.may(Action::TrailRead) { (link_button(Look::Plain, &format!("/console/trail?dataset={}", dataset.name), None, "Its trail")) }
    };
    let head = Head::new(&dataset.name)
        .below("/console/datasets", "Datasets")
        .badges(badges)
        .actions(trail)
        .width(Width::Usual);
    if dataset.description.is_empty() {
        head
    } else {
        head.lede(&dataset.description)
    }
}

/// The views of a dataset.
pub(super) fn dataset_tabs(frame: &Frame, dataset: &DatasetRow, here: &str) -> Markup {
    let at = |end: &str| format!("/console/datasets/{}{end}", dataset.name);
    let mut all = vec![
        (at(""), "Items", here == "items"),
        (at("/archived"), "Archived items", here == "archived"),
    ];
    if frame.may(Action::QuarantineList) {
        all.push((at("/quarantine"), "Quarantine", here == "quarantine"));
    }
    if dataset.hands_out && frame.may(Action::TaskAssign) {
        all.push((at("/tasks"), "Tasks", here == "tasks"));
    }
    if frame.may(Action::ExportList) {
        all.push((at("/exports"), "Exports", here == "exports"));
    }
    if dataset.hands_out && frame.may(Action::TaskReview) {
        all.push((at("/review"), "Review", here == "review"));
        all.push((at("/figures"), "Figures", here == "figures"));
    }
    if frame.may(Action::AccessRead) {
        all.push((at("/access"), "Who can see it", here == "access"));
    }
    if [
        Action::DatasetChange,
        Action::GrantList,
        Action::ShareList,
        Action::HoldList,
    ]
    .iter()
    .any(|action| frame.may(*action))
    {
        all.push((at("/settings"), "Settings", here == "settings"));
    }
    tabs("Views of the dataset", &all)
}

fn open_banner() -> Markup {
    let says = html! { p { "What you put in here may be seen by anybody. Owners and admins can close it in the settings." } };
    notice(Tone::Open, "This dataset is open to the public", says)
}

fn drop_box(model: &GalleryPage) -> Markup {
    let hint = match model.takes_only.as_str() {
        "" => "Choose files, or drop them here. They are sealed while they arrive.".to_owned(),
        only => format!("Takes in {only}. Files are sealed while they arrive."),
    };
    html! {
        form.drop method="post" enctype="multipart/form-data" data-upload
            action={ "/console/datasets/" (model.dataset.name) "/upload" } {
            (csrf_field(&model.frame))
            (Field::text("file", "Add files").kind("file").hint(&hint).show(&model.problems))
            button.button type="submit" { (icon(Icon::Upload)) "Upload" }
            div.uploads aria-live="polite" {
                @for upload in &model.uploads {
                    (progress(&upload.name, upload.done, upload.of, &format!("{} of {}", bytes(upload.done), bytes(upload.of))))
                }
            }
        }
    }
}

fn finder(model: &GalleryPage) -> Markup {
    let none = Problems::default();
    let to = format!("/console/datasets/{}", model.dataset.name);
    let field = html! {
        div.field.grows {
            (Field::text("prefix", "Names that begin with").kind("search").value(&model.prefix).optional().most(1024).show(&none))
        }
        @if model.as_list { input type="hidden" name="as" value="list"; }
    };
    html! {
        div.finder { (filters(&to, field, !model.prefix.is_empty())) (ways(model, &to)) }
    }
}

/// Pictures, or names alone, which nobody has to look into anything for.
fn ways(model: &GalleryPage, to: &str) -> Markup {
    let at = |list: bool| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(list.then_some(("as", "list")));
        query.extend_pairs(Some(("prefix", &model.prefix)).filter(|(_, prefix)| !prefix.is_empty()));
        match query.finish() {
            query if query.is_empty() => to.to_owned(),
            query => format!("{to}?{query}"),
        }
    };
    let says = [
        (false, Icon::Picture, "As pictures"),
        (true, Icon::Trail, "As a list"),
    ];
    html! {
        nav.switch aria-label="How items are shown" {
            @for (list, sign, says) in says {
                a href=(at(list)) title=(says) aria-label=(says) aria-current=[(list == model.as_list).then_some("true")] { (icon(sign)) }
            }
        }
    }
}

const COLUMNS: [Column; 4] = [
    Column::main("Name"),
    Column::text("Kind"),
    Column::number("Size"),
    Column::text("Changed"),
];

fn list(model: &GalleryPage) -> Markup {
    let row = |table: Table<'static>, tile: &Tile| {
        let kind = match &tile.face {
            Face::Kind(_, word) => word.as_str(),
            Face::Picture(_) => "Picture",
        };
        table.row([
            html! { a.break href={ "/console/items/" (tile.id) } { (tile.name) } },
            html! { (kind) @if tile.version > 1 { " " (badge(Tone::Plain, &format!("v{}", tile.version))) } },
            html! { (bytes(tile.size)) },
            when(tile.changed, model.frame.now),
        ])
    };
    model.items.iter().fold(Table::new("Items", &COLUMNS), row).show()
}

fn none(model: &GalleryPage, may_put: bool) -> Markup {
    if !model.prefix.is_empty() {
        let clear = link_button(
            Look::Plain,
            &format!("/console/datasets/{}", model.dataset.name),
            None,
            "Show all items",
        );
        let says = format!("No item's name begins with “{}”.", model.prefix);
        return html! { (finder(model)) (empty(Icon::Search, "Nothing found", &says, clear)) };
    }
    let says = match may_put {
        true => {
            "Add the first files above, or point any S3 client at this server: the dataset is a bucket of the same name."
        }
        false => "Items appear here as they are put in.",
    };
    empty(Icon::File, "No items yet", says, html! {})
}

fn tile_of(tile: &Tile, now: Timestamp) -> Markup {
    html! {
        a.tile href={ "/console/items/" (tile.id) } {
            (face(tile))
            span {
                span.tile-name title=(tile.name) { (tile.name) }
                span.tile-about { (bytes(tile.size)) " · " (when(tile.changed, now)) }
            }
        }
    }
}

fn face(tile: &Tile) -> Markup {
    html! {
        span.tile-face {
            @match &tile.face {
                // The sign stays where no picture can be drawn.
                Face::Picture(path) => { span.kind { (icon(Icon::Picture)) } img src=(path) alt="" loading="lazy" decoding="async"; }
                Face::Kind(sign, word) => { span.kind { (icon(*sign)) (word) } }
            }
            @if tile.version > 1 { (badge(Tone::Plain, &format!("v{}", tile.version))) }
        }
    }
}
