//! What the public sees by a link: no account, no script, no more than the link shows.

use kernel::{ItemId, Timestamp};
use maud::{Markup, html};

use crate::kit::{
    Column, Head, Icon, Light, Look, Pager, Table, Tone, bytes, date, empty, facts, link_button, notice,
    open_badge, public_page,
};

/// What a link shows.
#[derive(Debug, Clone)]
pub struct PublicAbout {
    /// Which light the device or a cookie chose.
    pub light: Light,
    /// The path of the link.
    pub link: String,
    /// What the dataset is called.
    pub dataset: String,
    /// The export, if not the dataset itself is shared.
    pub export: Option<u64>,
    /// Until when.
    pub until: Timestamp,
    /// Whether original bytes can be taken.
    pub originals: bool,
}

/// An item as the public sees it.
#[derive(Debug, Clone)]
pub struct PublicRow {
    /// Its id.
    pub id: ItemId,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Bytes of content.
    pub size: u64,
    /// SHA-256 of the content.
    pub sha256: String,
    /// When this version came in.
    pub made: Timestamp,
}

/// The items of a link.
#[derive(Debug, Clone)]
pub struct PublicPage {
    /// What the link shows.
    pub about: PublicAbout,
    /// The items of this page.
    pub items: Vec<PublicRow>,
    /// Where in the list it is.
    pub pager: Pager,
}

/// One item of a link.
#[derive(Debug, Clone)]
pub struct PublicItemPage {
    /// What the link shows.
    pub about: PublicAbout,
    /// The item.
    pub item: PublicRow,
    /// The path of a picture of it, where the server may draw one.
    pub picture: Option<String>,
}

const COLUMNS: [Column; 4] = [
    Column::main("Name"),
    Column::text("Type"),
    Column::number("Size"),
    Column::text("Since"),
];

/// The items of a link.
pub fn public_items(model: &PublicPage) -> Markup {
    let about = &model.about;
    let row = |table: Table<'static>, item: &PublicRow| {
        table.row([
            html! { a.break href={ (about.link) "/items/" (item.id) } { (item.name) } },
            html! { (item.media_type) },
            html! { (bytes(item.size)) },
            html! { (date(item.made)) },
        ])
    };
    let content = html! {
        (terms(about))
        @if model.items.is_empty() {
            (empty(Icon::File, "Nothing to show at present", "Items appear here as they are shared.", html! {}))
        } @else { (model.items.iter().fold(Table::new("Items", &COLUMNS), row).show()) }
        (model.pager.show())
    };
    public_page(about.light, &head(about), content)
}

/// One item of a link.
pub fn public_item(model: &PublicItemPage) -> Markup {
    let (about, item) = (&model.about, &model.item);
    let at = format!("{}/items/{}", about.link, item.id);
    let take = html! {
        @if about.originals { (link_button(Look::Main, &format!("{at}/content"), Some(Icon::Download), "Download")) }
    };
    let head = Head::new(&item.name)
        .below(&about.link, &about.dataset)
        .badges(open_badge())
        .actions(take);
    let content = html! {
        @if let Some(picture) = &model.picture {
            figure.panel.padded.shown { img src=(picture) alt={ "View of " (item.name) }; }
        } @else {
            (empty(Icon::File, "Not drawn here", "The server draws pictures and DICOM files.", html! {}))
        }
        div.panel.padded {
            (facts([
                ("Type", html! { (item.media_type) }),
                ("Size", html! { (bytes(item.size)) }),
                ("Since", html! { (date(item.made)) }),
                ("SHA-256", html! { code.break { (item.sha256) } }),
            ]))
        }
    };
    public_page(about.light, &head, content)
}

fn head(about: &PublicAbout) -> Head {
    let lede = about.export.map_or_else(
        || "A dataset that its team shares with the public.".to_owned(),
        |number| format!("Export {number} of a dataset, which its team shares with the public."),
    );
    Head::new(&about.dataset).badges(open_badge()).lede(lede)
}

fn terms(about: &PublicAbout) -> Markup {
    let gives = match about.originals {
        true => "You can look at the items and take their original bytes.",
        false => "You can look at the items. Pictures carry a mark of this link and the time.",
    };
    let says = html! { p { (gives) " Each look is on the team's record, with your network address. The link ends on " (date(about.until)) " or sooner." } };
    notice(Tone::Open, "Open to everybody who has this link", says)
}
