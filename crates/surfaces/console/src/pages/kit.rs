//! The page kit on one page: every part in every state.

use access::Class;
use kernel::Timestamp;
use maud::{Markup, html};

use crate::kit::{
    Column, Field, Flash, Frame, Head, Icon, Look, Pager, Place, Problems, Table, Tone, badge, button, check,
    choices, class_badge, dialog, dialog_button, empty, facts, form_foot, icon, link_button, moment, notice,
    open_badge, page, progress, section, select, textarea, toast, when,
};

/// The kit.
pub fn kit(frame: &Frame) -> Markup {
    let head = Head::new("Page kit")
        .lede("Every part that pages are put together from.")
        .badges(badge(Tone::Note, "For builders"));
    let plain = |title, content| section(title, None, html! {}, content);
    let content = html! {
        (plain("Colour", colours()))
        (plain("Type", types()))
        (plain("Signs", html! { div.actions { @for sign in Icon::ALL { (icon(*sign)) } } }))
        (plain("Buttons", buttons()))
        (plain("Badges", badges()))
        (plain("Notices", notices()))
        (plain("Table", table(frame.now)))
        (plain("Form", form()))
        (plain("Names and values", html! { div.panel.padded { (facts([("Type", html! { "image/png" }), ("Came in", moment(frame.now))])) } }))
        (plain("Progress", progress("chest-0041.dcm", 41, 100, "41 %")))
        (plain("Nothing here", empty(Icon::File, "No items yet", "What would be here, and what to do for it.", link_button(Look::Main, "#", Some(Icon::Plus), "New item"))))
        (plain("Dialog", dialog_button(Look::Plain, "sample", None, "Open a dialog")))
        (dialog("sample", "Archive this item?", html! { p.soft { "It can be restored." } form { (form_foot(Look::Main, "Archive", None)) } }))
    };
    page(frame, Place::Elsewhere, &head, content)
}

fn colours() -> Markup {
    let all = [
        "paper", "surface", "sunken", "ink", "soft", "faint", "accent", "danger", "care", "note", "open",
    ];
    html! { div.swatches { @for name in all { div.swatch { i.{ (name) "-ground" } {} (name) } } } }
}

fn types() -> Markup {
    html! {
        div.panel.padded {
            p.type-6 { "Figures 1,204" }
            p.type-5 { "The title of a page" }
            p.type-4 { "The title of a section" }
            p.type-3 { "Text, tables and controls: what most of a page is set in." }
            p.type-2 { "Hints, and what stands below a name." }
            p.type-1 { "Badges, headings of columns, footnotes." }
            p.mono { "0198f0c2-7d3a-7c11-9b1e-5f6a7b8c9d0e" }
        }
    }
}

fn buttons() -> Markup {
    html! {
        div.actions {
            (button(Look::Main, "Main")) (button(Look::Plain, "Plain")) (button(Look::Bare, "Bare"))
            (button(Look::Danger, "Danger…")) (button(Look::DangerMain, "Delete for good"))
            (link_button(Look::Plain, "#", Some(Icon::Download), "With a sign"))
            button.button type="button" disabled { "Disabled" }
        }
    }
}

fn badges() -> Markup {
    html! {
        div.actions {
            (open_badge()) (badge(Tone::Plain, "Plain")) (badge(Tone::Good, "Good")) (badge(Tone::Note, "Note"))
            (badge(Tone::Care, "Care")) (badge(Tone::Danger, "Danger"))
            @for class in Class::ALL { (class_badge(class)) }
        }
    }
}

fn notices() -> Markup {
    let says = html! { p { "And what to do about it." } };
    html! {
        (toast(&Flash { link: Some(("#".to_owned(), "Receipt".to_owned())), ..Flash::done("The item was archived.") }))
        (notice(Tone::Note, "Something to know", says.clone()))
        (notice(Tone::Care, "Something to be careful about", says.clone()))
        (notice(Tone::Danger, "Something that went wrong", says.clone()))
        (notice(Tone::Open, "Something the public can see", says))
    }
}

const COLUMNS: [Column; 4] = [
    Column::main("Name"),
    Column::text("State"),
    Column::number("Size"),
    Column::action(),
];

fn table(now: Timestamp) -> Markup {
    let table = Table::new("Sample", &COLUMNS);
    let table = table.row([
        html! { a href="#" { "chest-0041.dcm" } },
        badge(Tone::Good, "Active"),
        html! { "3.1 MB" },
        link_button(Look::Bare, "#", None, "Look"),
    ]);
    let table = table.row_over(
        true,
        [
            html! { a href="#" { "chest-0042.dcm" } },
            badge(Tone::Plain, "Archived"),
            html! { "12 MB" },
            when(now, now),
        ],
    );
    let pager = Pager {
        shown: "2 items".to_owned(),
        first: None,
        next: Some("#".to_owned()),
    };
    html! { (table.show()) (pager.show()) }
}

fn form() -> Markup {
    let problems = Problems::one(
        "sample-name",
        "Use 3 to 63 lowercase letters, digits, hyphens and dots",
    );
    let options = [
        ("user", "User", "Works with all datasets."),
        ("worker", "Worker", "Sees what a task hands to them."),
    ];
    html! {
        div.form {
            (problems.summary())
            div.two {
                (Field::text("sample-name", "Name").value("My Scans").hint("It is also the name of its bucket.").show(&problems))
                (select("sample-region", "Region", &[("home", "home"), ("eu", "eu-central")], "eu", &problems))
            }
            (textarea("sample-description", "What it is for", "", None, &problems))
            (choices("sample-class", "Class", &options, "user"))
            (check("sample-originals", "Workers may take the original bytes", Some("Otherwise they only look."), true))
            (Field::text("sample-code", "Code").code().value("402817").show(&problems))
        }
    }
}
