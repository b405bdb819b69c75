//! Every way to break an installation that is tried, by what is broken.

mod dates;
mod doors;
mod machinery;
mod outside;
mod people;
mod rows;
mod rules;

use crate::deeds::{Deed, Sabotage};

/// All of them. They are tried one after the other at the same installation, so each mends what it broke.
pub(crate) fn all() -> impl Iterator<Item = &'static Sabotage> {
    let lists = [
        rules::ALL,
        rows::ALL,
        people::ALL,
        dates::ALL,
        doors::ALL,
        machinery::ALL,
        outside::ALL,
    ];
    lists.into_iter().flatten()
}

/// The rules that are too many, which are read at once.
pub(crate) fn know_rules() {
    let more = all().filter_map(|way| match way.deed {
        Deed::Rules { more, .. } => Some(more).filter(|more| !more.is_empty()),
        _ => None,
    });
    testkit::know_rules(more);
}
