//! Where pages lie: those of the teams, and those of the staff, who come in by a door of their own.

use identity::Door;

/// The address of a page behind this door; the first page for an empty rest.
pub fn at(door: Door, rest: &str) -> String {
    let base = match door {
        Door::Team => "/console",
        Door::Staff => "/console/staff",
    };
    format!("{base}{rest}")
}
