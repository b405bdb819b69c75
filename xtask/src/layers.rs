//! Who may depend on whom.
//!
//! Promises: every dependency between our own crates, and the foreign ones the plan names, is held against
//! [`plan`]; a finding names the edge and the rule. Leaves out: what foreign crates bring along, which
//! `cargo deny` watches.

mod plan;

use std::fmt;
use std::path::Path;

use crate::metadata::Dependency;
use crate::metadata::Kind;
use crate::metadata::Package;
use plan::BANS;
use plan::FLOORS;
use plan::HELPERS;
use plan::Helper;
use plan::Rooms;

/// A floor of the house. A crate uses what is on lower floors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Floor {
    Foundation,
    Domain,
    Surfaces,
    Roof,
}

/// A dependency or a place that the plan does not allow.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The crate is not in the plan.
    Unknown { package: String },
    /// The crate lies in another folder than its floor's.
    Misplaced { package: String, expected: String },
    /// The edge breaks a rule.
    Edge {
        from: String,
        to: String,
        kind: Kind,
        rule: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { package } => {
                write!(
                    f,
                    "`{package}` is not in the plan: write it into xtask/src/layers/plan.rs where it belongs"
                )
            }
            Self::Misplaced { package, expected } => write!(f, "`{package}` belongs in {expected}"),
            Self::Edge { from, to, kind, rule } => {
                let section = match kind {
                    Kind::Normal => "dependencies",
                    Kind::Dev => "dev-dependencies",
                    Kind::Build => "build-dependencies",
                };
                write!(f, "`{from}` -> `{to}` ({section}): {rule}")
            }
        }
    }
}

/// Holds all packages of the workspace at `root` against the plan.
pub(crate) fn check(packages: &[Package], root: &Path) -> Vec<Finding> {
    packages
        .iter()
        .flat_map(|package| check_package(package, root))
        .collect()
}

fn check_package(package: &Package, root: &Path) -> Vec<Finding> {
    let Some(expected) = folder_of(&package.name) else {
        return vec![Finding::Unknown {
            package: package.name.clone(),
        }];
    };
    let misplaced = package.manifest_path.parent() != Some(root.join(&expected).as_path());
    let place = misplaced.then(|| Finding::Misplaced {
        package: package.name.clone(),
        expected,
    });
    place
        .into_iter()
        .chain(
            package
                .dependencies
                .iter()
                .filter_map(|to| check_edge(&package.name, to)),
        )
        .collect()
}

/// The finding for one edge: the specific rule when there is one, otherwise the order of the house.
fn check_edge(from: &str, to: &Dependency) -> Option<Finding> {
    let banned = BANS.iter().find(|ban| {
        ban.what.contains(&to.name.as_str())
            && (ban.in_tests_too || to.kind != Kind::Dev)
            && speaks_of(&ban.rooms, from)
    });
    let rule = match banned {
        Some(ban) => ban.reason.to_owned(),
        // A crate of ours is asked for by path; a stranger of the same name is not.
        None if to.path.is_some() => out_of_order(from, &to.name, to.kind)?,
        None => return None,
    };
    Some(Finding::Edge {
        from: from.to_owned(),
        to: to.name.clone(),
        kind: to.kind,
        rule,
    })
}

fn speaks_of(rooms: &Rooms, package: &str) -> bool {
    match rooms {
        Rooms::AllBut(others) => !others.contains(&package),
        Rooms::Floor(floor) => place_of(package).is_some_and(|(its_floor, _)| its_floor == *floor),
        Rooms::Only(those) => those.contains(&package),
    }
}

/// The rule of order that an edge between two of our crates breaks, if it breaks one.
fn out_of_order(from: &str, to: &str, kind: Kind) -> Option<String> {
    if let Some(helper) = helper(from) {
        return (!helper_may_use(helper, to)).then(|| format!("`{from}` may use {}", described(helper)));
    }
    if let Some(helper) = helper(to) {
        return match (helper.for_tests, kind) {
            (true, Kind::Dev) => None,
            (true, _) => Some(format!("`{to}` is for tests: make it a dev-dependency")),
            (false, _) => Some(format!("nothing depends on `{to}`")),
        };
    }
    // An unknown crate is found by its own manifest; its edges say nothing more.
    let (from_place, to_place) = (place_of(from)?, place_of(to)?);
    if to_place < from_place {
        None
    } else if to_place.0 == from_place.0 {
        Some("on its own floor a crate uses only crates written above it in the plan".to_owned())
    } else {
        Some("a crate uses only lower floors".to_owned())
    }
}

fn helper_may_use(helper: &Helper, to: &str) -> bool {
    helper.also.contains(&to) || place_of(to).is_some_and(|(floor, _)| helper.floors.contains(&floor))
}

fn described(helper: &Helper) -> String {
    let floors = helper
        .floors
        .iter()
        .map(|floor| format!("the {floor:?} floor").to_lowercase());
    let crates = helper.also.iter().map(|name| format!("`{name}`"));
    format!("only {}", floors.chain(crates).collect::<Vec<_>>().join(" and "))
}

fn helper(package: &str) -> Option<&'static Helper> {
    HELPERS.iter().find(|helper| helper.name == package)
}

/// The floor, and the number on that floor; they compare like the reading order of the plan.
fn place_of(package: &str) -> Option<(Floor, usize)> {
    FLOORS.iter().find_map(|(floor, rooms)| {
        rooms
            .iter()
            .position(|room| *room == package)
            .map(|number| (*floor, number))
    })
}

/// The folder a crate of this name must lie in, from the root of the workspace.
fn folder_of(package: &str) -> Option<String> {
    if package == "xtask" {
        return Some(package.to_owned());
    }
    if helper(package).is_some() {
        return Some(format!("crates/{package}"));
    }
    Some(match place_of(package)?.0 {
        Floor::Foundation => format!("crates/foundation/{package}"),
        Floor::Domain => format!("crates/domain/{package}"),
        Floor::Surfaces => format!("crates/surfaces/{package}"),
        Floor::Roof => format!("crates/{package}"),
    })
}

#[cfg(test)]
mod tests;
