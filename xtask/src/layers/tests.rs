//! The plan held against invented manifests.

use std::path::PathBuf;

use super::*;

/// A package in its proper folder.
fn package(name: &str, dependencies: &[(&str, Kind)]) -> Package {
    Package {
        name: name.to_owned(),
        description: None,
        manifest_path: Path::new("/house")
            .join(folder_of(name).unwrap_or_default())
            .join("Cargo.toml"),
        dependencies: dependencies
            .iter()
            .map(|(to, kind)| dependency(to, *kind))
            .collect(),
    }
}

fn dependency(name: &str, kind: Kind) -> Dependency {
    let path = folder_of(name).map(PathBuf::from);
    Dependency {
        name: name.to_owned(),
        kind,
        path,
    }
}

fn findings(name: &str, dependencies: &[(&str, Kind)]) -> Vec<String> {
    check(&[package(name, dependencies)], Path::new("/house"))
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn allowed(name: &str, dependencies: &[(&str, Kind)]) -> bool {
    findings(name, dependencies).is_empty()
}

use Kind::Build;
use Kind::Dev;
use Kind::Normal;

#[test]
fn a_crate_uses_lower_floors_and_what_is_written_above_it() {
    assert!(allowed(
        "operation",
        &[("kernel", Normal), ("store", Normal), ("ledger", Normal)]
    ));
    assert!(allowed(
        "custody",
        &[("operation", Normal), ("identity", Normal), ("store", Normal)]
    ));
    assert!(allowed(
        "console",
        &[("web", Normal), ("custody", Normal), ("kernel", Normal)]
    ));
    assert!(allowed(
        "bailee",
        &[
            ("trust", Normal),
            ("custody", Normal),
            ("store", Normal),
            ("sealing", Normal)
        ]
    ));
}

#[test]
fn a_crate_never_uses_a_higher_floor_or_what_is_written_below_it() {
    assert_eq!(
        findings("kernel", &[("custody", Normal)]),
        ["`kernel` -> `custody` (dependencies): a crate uses only lower floors"]
    );
    assert_eq!(
        findings("identity", &[("custody", Normal)]),
        [
            "`identity` -> `custody` (dependencies): on its own floor a crate uses only crates written above it in the plan"
        ]
    );
    assert!(!allowed("ledger", &[("access", Normal)]));
    assert!(!allowed("trust", &[("bailee", Normal)]));
    assert!(
        !allowed("identity", &[("custody", Dev)]),
        "tests keep the order too"
    );
    assert!(!allowed("identity", &[("custody", Build)]));
}

#[test]
fn no_crate_is_above_itself() {
    for (_, rooms) in FLOORS {
        for room in *rooms {
            assert!(!allowed(room, &[(room, Normal)]), "{room}");
        }
    }
}

#[test]
fn helpers_are_for_tests_only() {
    assert!(allowed("store", &[("engines", Dev)]));
    assert!(allowed("custody", &[("testkit", Dev), ("engines", Dev)]));
    assert_eq!(
        findings("custody", &[("testkit", Normal)]),
        ["`custody` -> `testkit` (dependencies): `testkit` is for tests: make it a dev-dependency"]
    );
    assert!(!allowed("bailee", &[("engines", Normal)]));
    assert!(!allowed("store", &[("engines", Build)]));
    assert!(!allowed("bailee", &[("xtask", Dev)]));
}

#[test]
fn helpers_use_what_the_plan_gives_them() {
    assert!(allowed(
        "testkit",
        &[
            ("engines", Normal),
            ("custody", Normal),
            ("api", Normal),
            ("store", Normal)
        ]
    ));
    assert!(allowed("xtask", &[("engines", Normal)]));
    assert!(allowed("engines", &[("store", Normal), ("kernel", Normal)]));
    assert_eq!(
        findings("testkit", &[("console", Normal)]),
        [
            "`testkit` -> `console` (dependencies): `testkit` may use only the foundation floor and the domain floor and `api` and `engines`"
        ]
    );
    assert_eq!(
        findings("xtask", &[("store", Normal)]),
        ["`xtask` -> `store` (dependencies): `xtask` may use only `engines`"]
    );
    assert!(!allowed("engines", &[("custody", Normal)]));
}

#[test]
fn store_alone_speaks_to_databases() {
    assert!(allowed("store", &[("rusqlite", Normal), ("postgres", Normal)]));
    for room in [
        "kernel",
        "operation",
        "custody",
        "api",
        "bailee",
        "engines",
        "testkit",
        "xtask",
    ] {
        for driver in ["rusqlite", "postgres", "tokio-postgres"] {
            for kind in [Normal, Dev, Build] {
                let found = findings(room, &[(driver, kind)]);
                assert!(
                    found.len() == 1 && found[0].contains("database connections"),
                    "{room} {driver} {found:?}"
                );
            }
        }
    }
}

#[test]
fn surfaces_see_neither_sql_nor_keys() {
    for surface in ["web", "api", "s3", "console", "portal", "trust"] {
        for room in ["store", "sealing"] {
            let found = findings(surface, &[(room, Normal)]);
            assert!(
                found.len() == 1 && found[0].contains("surfaces never see"),
                "{surface} {found:?}"
            );
        }
    }
    assert!(!allowed("api", &[("store", Dev)]));
}

#[test]
fn domain_crates_do_not_see_http() {
    for library in ["axum", "http", "hyper", "tower-http"] {
        assert!(
            findings("rights", &[(library, Normal)])[0].contains("never see HTTP"),
            "{library}"
        );
        assert!(allowed("api", &[(library, Normal)]), "{library}");
    }
}

#[test]
fn mechanisms_do_not_store_and_do_no_input_or_output() {
    for mechanism in ["sealing", "ledger", "access", "redaction"] {
        assert!(
            findings(mechanism, &[("store", Normal)])[0].contains("mechanisms neither store"),
            "{mechanism}"
        );
        assert!(!allowed(mechanism, &[("tokio", Normal)]), "{mechanism}");
        assert!(allowed(mechanism, &[("tokio", Dev)]), "{mechanism}");
    }
}

#[test]
fn a_foreign_crate_with_one_of_our_names_is_not_ours() {
    let mut stranger = package("ledger", &[("access", Normal)]);
    stranger.dependencies[0].path = None;
    assert_eq!(check(&[stranger], Path::new("/house")), []);
}

#[test]
fn a_crate_must_be_in_the_plan_and_in_its_folder() {
    assert_eq!(
        findings("attic", &[]),
        ["`attic` is not in the plan: write it into xtask/src/layers/plan.rs where it belongs"]
    );
    let mut lost = package("custody", &[]);
    lost.manifest_path = PathBuf::from("/house/crates/foundation/custody/Cargo.toml");
    let found = check(&[lost], Path::new("/house"));
    assert_eq!(
        found,
        [Finding::Misplaced {
            package: "custody".into(),
            expected: "crates/domain/custody".into()
        }]
    );
}

#[test]
fn names_in_the_plan_are_unique() {
    let mut names: Vec<&str> = FLOORS
        .iter()
        .flat_map(|(_, rooms)| rooms.iter().copied())
        .collect();
    names.extend(HELPERS.iter().map(|helper| helper.name));
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
