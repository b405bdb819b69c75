//! Small rules of the house that no compiler knows.
//!
//! Promises: each finding names the file, the line and what to do. Leaves out: style that rustfmt or clippy hold,
//! and files that are not UTF-8 text.

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use crate::metadata::Package;
use crate::metadata::Workspace;

/// Folders that hold what is made, not what is written.
const NOT_OURS: &[&str] = &[".git", "target", "bailee-data", "corpus", "artifacts"];

/// Beginnings of paths that exist on somebody's machine only. Put together here, so that this file keeps the rule.
const LOCAL_PATHS: &[&str] = &[
    concat!("/", "work/"),
    concat!("/", "root/"),
    concat!("/", "tmp/"),
    concat!("/", "home/"),
    concat!("/", "Users/"),
];

/// Marks of unfinished Rust, each with what to do.
const UNFINISHED: &[(&str, &str)] = &[
    (concat!("todo", "!("), "finish it, or leave it out"),
    (concat!("unimplemented", "!("), "finish it, or leave it out"),
    (
        concat!("#[", "ignore"),
        "run the test, or assert today's behaviour and say why",
    ),
];

/// A place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    place: String,
    rule: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.rule)
    }
}

/// A file could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {source}", path.display())]
pub(crate) struct HouseError {
    path: PathBuf,
    source: io::Error,
}

/// Holds every text file and every package of the workspace against the rules.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<Finding>, HouseError> {
    let mut findings: Vec<Finding> = workspace.packages.iter().flat_map(check_package).collect();
    let (mut functions, mut named) = (HashSet::new(), Vec::new());
    for path in files_below(&workspace.root)? {
        let bytes = fs::read(&path).map_err(|source| HouseError {
            path: path.clone(),
            source,
        })?;
        if let Ok(text) = String::from_utf8(bytes) {
            let name = path
                .strip_prefix(&workspace.root)
                .unwrap_or(&path)
                .to_string_lossy()
                .into_owned();
            findings.extend(check_text(&name, &text));
            if name.ends_with(".rs") {
                functions.extend(functions_in(&text).map(str::to_owned));
            }
            named.extend(tests_named_in(&name, &text));
        }
    }
    let gone = named.into_iter().filter(|(test, _)| !functions.contains(test));
    findings.extend(gone.map(|(_, finding)| finding));
    Ok(findings)
}

/// The functions of a file, and what macros make tests of: `name => async …`.
fn functions_in(text: &str) -> impl Iterator<Item = &str> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let declared = text.split("fn ").skip(1);
    let declared = declared.filter_map(move |rest| rest.split(|c| !word(c)).next());
    let mapped = text
        .split(" => async")
        .filter_map(move |before| before.rsplit(|c| !word(c)).next());
    declared.chain(mapped).filter(|name| !name.is_empty())
}

/// The tests that a page's tables name in a last column that is called so, each with what is to be said if it is not there.
fn tests_named_in(name: &str, text: &str) -> Vec<(String, Finding)> {
    let (mut named, mut is_of_tests) = (Vec::new(), false);
    for (number, line) in (1..).zip(text.lines()).filter(|_| name.ends_with(".md")) {
        let Some(cells) = line.strip_prefix('|') else {
            is_of_tests = false;
            continue;
        };
        let last = cells
            .trim_end()
            .trim_end_matches('|')
            .rsplit('|')
            .next()
            .unwrap_or_default();
        is_of_tests |= last.trim() == "test";
        if is_of_tests {
            named.extend(last.split('`').skip(1).step_by(2).map(|test| {
                let rule =
                    format!("names the test `{test}`, which is not there: name the one that shows this");
                let place = format!("{name}:{number}");
                (test.to_owned(), Finding { place, rule })
            }));
        }
    }
    named
}

fn check_package(package: &Package) -> Vec<Finding> {
    let finding = |rule: &str| Finding {
        place: package.name.clone(),
        rule: rule.to_owned(),
    };
    let readme = package.manifest_path.with_file_name("README.md");
    let mut findings = Vec::new();
    if !readme.is_file() {
        findings.push(finding(
            "has no README.md: say what it promises and what it lacks",
        ));
    }
    if package
        .description
        .as_deref()
        .unwrap_or_default()
        .trim()
        .is_empty()
    {
        findings.push(finding(
            "has no description: write one sentence into its Cargo.toml",
        ));
    }
    findings
}

/// `name` is the path from the root of the workspace, with slashes.
fn check_text(name: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let rust = name.ends_with(".rs");
    // A file of unit tests belongs to the module above it, whose header speaks for both.
    let module = rust && name.split('/').any(|folder| folder == "src") && !name.ends_with("/tests.rs");
    if module && !begins_with_header(text) {
        let rule = "begin with `//!`: what the module promises and what it leaves out".to_owned();
        findings.push(Finding {
            place: format!("{name}:1"),
            rule,
        });
    }
    for (number, line) in (1..).zip(text.lines()) {
        let found = local_path_rule(line).or_else(|| if rust { unfinished_rule(line) } else { None });
        findings.extend(found.map(|rule| Finding {
            place: format!("{name}:{number}"),
            rule,
        }));
    }
    findings
}

fn begins_with_header(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty());
    // A crate may have its README as its header.
    first.is_some_and(|line| line.starts_with("//!") || line.starts_with("#![doc = include_str!("))
}

fn local_path_rule(line: &str) -> Option<String> {
    let path = LOCAL_PATHS
        .iter()
        .find(|path| line.match_indices(**path).any(|(at, _)| starts_a_path(line, at)))?;
    Some(format!(
        "names `{path}`, a path of one machine: say it relative to the project, or take it as an argument"
    ))
}

/// Whether a slash at this place is the first of its path: `docs/work/x` and `example.org/work/x` are no local paths.
fn starts_a_path(line: &str, at: usize) -> bool {
    !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-~/}*".contains(c))
}

fn unfinished_rule(line: &str) -> Option<String> {
    let (mark, advice) = UNFINISHED.iter().find(|(mark, _)| line.contains(mark))?;
    Some(format!("`{mark}` is not for the main line: {advice}"))
}

/// Every file below a folder in the order of names, generated folders left out; links are not followed.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>, HouseError> {
    let failed = |source| HouseError {
        path: folder.to_owned(),
        source,
    };
    let mut entries = fs::read_dir(folder)
        .map_err(failed)?
        .collect::<io::Result<Vec<_>>>()
        .map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut files = Vec::new();
    for entry in entries {
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_file() {
            files.push(entry.path());
        } else if kind.is_dir() && !NOT_OURS.iter().any(|name| entry.file_name() == *name) {
            files.extend(files_below(&entry.path())?);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(name: &str, text: &str) -> Vec<String> {
        check_text(name, text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn source_files_say_what_they_promise() {
        assert_eq!(
            rules("crates/foundation/kernel/src/id.rs", "//! Ids.\nfn f() {}\n"),
            [""; 0]
        );
        assert_eq!(rules("crates/x/src/id.rs", "\n\n//! Ids.\n"), [""; 0]);
        assert_eq!(
            rules(
                "crates/x/src/lib.rs",
                "#![doc = include_str!(\"../README.md\")]\n"
            ),
            [""; 0]
        );
        let found = rules("crates/x/src/id.rs", "use std::fmt;\n//! Too late.\n");
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("crates/x/src/id.rs:1: begin with `//!`"),
            "{found:?}"
        );
        assert_eq!(rules("crates/x/src/empty.rs", "").len(), 1);
        assert_eq!(rules("crates/x/tests/all.rs", "use std::fmt;"), [""; 0]);
    }

    #[test]
    fn paths_of_one_machine_are_found_in_any_text() {
        for path in LOCAL_PATHS {
            for line in [
                format!("see {path}x"),
                format!("\"{path}\""),
                format!("{path}x"),
                format!("a=({path})"),
            ] {
                let found = rules("docs/page.md", &format!("fine\n{line}\n"));
                assert_eq!(found.len(), 1, "{line}");
                assert!(found[0].starts_with("docs/page.md:2: names `"), "{found:?}");
            }
            for line in [
                format!("docs{path}x"),
                format!("example.org{path}x"),
                format!("/var{path}x"),
            ] {
                assert_eq!(rules("docs/page.md", &line), [""; 0], "{line}");
            }
        }
    }

    #[test]
    fn unfinished_rust_is_found_and_prose_about_it_is_not() {
        for (mark, _) in UNFINISHED {
            let text = format!("//! Header.\n    {mark}\n");
            assert_eq!(rules("crates/x/src/lib.rs", &text).len(), 1, "{mark}");
            assert_eq!(rules("docs/page.md", &text), [""; 0], "{mark}");
        }
    }

    #[test]
    fn a_test_that_a_page_names_is_there() {
        let page = "| there | test |\n| --- | --- |\n| `a` | `one_thing`, `another` |\n| b | not yet |\n\n| `x` | `y` |\n";
        let named = tests_named_in("docs/page.md", page);
        let tests: Vec<&str> = named.iter().map(|(test, _)| test.as_str()).collect();
        assert_eq!(tests, ["one_thing", "another"]);
        assert_eq!(
            named[0].1.to_string(),
            "docs/page.md:3: names the test `one_thing`, which is not there: name the one that shows this"
        );
        assert_eq!(tests_named_in("src/page.rs", page), []);
        let source = "    async fn one_thing(db: TestDb) {}\n    another => async |engine| {\n";
        let found: Vec<&str> = functions_in(source).collect();
        assert!(
            found.contains(&"one_thing") && found.contains(&"another"),
            "{found:?}"
        );
        // The whole of it: a page names a test, and the test goes.
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("page.md"), page).unwrap();
        fs::write(folder.path().join("all.rs"), source).unwrap();
        let workspace = Workspace {
            root: folder.path().to_owned(),
            target: folder.path().join("target"),
            packages: Vec::new(),
        };
        assert_eq!(check(&workspace).unwrap(), []);
        fs::write(folder.path().join("all.rs"), "fn one_thing() {}").unwrap();
        assert_eq!(check(&workspace).unwrap().len(), 1);
    }

    #[test]
    fn a_crate_has_a_readme_and_a_description() {
        let folder = tempfile::tempdir().unwrap();
        let mut package = Package {
            name: "ledger".into(),
            description: None,
            manifest_path: folder.path().join("Cargo.toml"),
            dependencies: Vec::new(),
        };
        assert_eq!(check_package(&package).len(), 2);
        package.description = Some("  ".into());
        assert_eq!(check_package(&package).len(), 2, "blanks are no description");
        package.description = Some("Proofs.".into());
        fs::write(folder.path().join("README.md"), "# ledger\n").unwrap();
        assert_eq!(check_package(&package), []);
    }

    #[test]
    fn generated_folders_and_binary_files_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let line = LOCAL_PATHS[0];
        for name in ["target", "docs"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join("page.md"), line).unwrap();
        }
        fs::write(
            folder.path().join("picture"),
            [&[0xff, 0xfe][..], line.as_bytes()].concat(),
        )
        .unwrap();
        let workspace = Workspace {
            root: folder.path().to_owned(),
            target: folder.path().join("target"),
            packages: Vec::new(),
        };
        let places: Vec<String> = check(&workspace)
            .unwrap()
            .into_iter()
            .map(|finding| finding.place)
            .collect();
        assert_eq!(places, ["docs/page.md:1"]);
    }
}
