//! Sample pages in every state worth looking at: full, empty, with mistakes, with long content.
//!
//! Shared by the tests, which hold them to the rules of pages, and by the example that writes them to a folder, which
//! `cargo xtask screenshots` looks at. Everybody in them is made up.

mod accounts;
mod datasets;
mod door;
mod items;
mod people;
pub(crate) mod pictures;
mod reading;
mod retention;
mod review;
mod sharing;
mod staff;
mod team;
mod work;

use std::sync::LazyLock;

use maud::Markup;

/// One sample.
pub(crate) struct Sample {
    /// A name for files: page and state.
    pub(crate) name: &'static str,
    /// The page.
    pub(crate) page: String,
}

pub(crate) fn sample(name: &'static str, page: Markup) -> Sample {
    Sample {
        name,
        page: page.into_string(),
    }
}

/// Every sample.
pub(crate) fn all() -> &'static [Sample] {
    static ALL: LazyLock<Vec<Sample>> = LazyLock::new(|| {
        let parts = [
            door::all(),
            people::all(),
            datasets::all(),
            retention::all(),
            reading::all(),
            sharing::all(),
            items::all(),
            work::all(),
            review::all(),
            team::all(),
            accounts::all(),
            door::of_staff(),
            staff::all(),
        ];
        parts.into_iter().flatten().collect()
    });
    &ALL
}

/// Something far longer than anybody thought of.
pub(crate) const LONG: &str = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente-2026-longitudinal-follow-up_with_a_name_that_nobody_would_type_twice";
