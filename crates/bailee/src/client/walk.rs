//! Which local files a `put` means, and what they will be called.
//!
//! Promises: a folder is taken only when asked for; symbolic links, sockets and the like in it are passed over and
//! told; no two files get one name. Nothing is sent before all this is known.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::failure::Failure;

/// A file to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What the item will be called.
    pub(crate) name: String,
    /// Its bytes at present.
    pub(crate) length: u64,
}

/// What was found, and what was passed over.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Walk {
    pub(crate) found: Vec<Found>,
    pub(crate) passed_over: Vec<PathBuf>,
}

/// Finds the files behind the paths of a command line.
pub(crate) fn walk(paths: &[PathBuf], name: Option<&str>, recursive: bool) -> Result<Walk, Failure> {
    if name.is_some() && paths.len() > 1 {
        return Err(Failure::usage("--name is for one file"));
    }
    let mut walk = Walk::default();
    for path in paths {
        // What is named on the command line may be a link; what lies in a folder may not.
        let about = fs::metadata(path)
            .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
        if about.is_file() {
            let name = name.map_or_else(|| own_name(path), |name| Ok(name.to_owned()))?;
            walk.found.push(Found {
                path: path.clone(),
                name,
                length: about.len(),
            });
        } else if about.is_dir() && name.is_some() {
            return Err(Failure::usage("--name is for one file, and this is a folder"));
        } else if about.is_dir() && recursive {
            walk.folder(path)?;
        } else if about.is_dir() {
            return Err(Failure::usage(format!(
                "{} is a folder: add --recursive",
                path.display()
            )));
        } else {
            return Err(Failure::usage(format!("{} is no plain file", path.display())));
        }
    }
    walk.check()
}

impl Walk {
    fn folder(&mut self, root: &Path) -> Result<(), Failure> {
        let mut waiting = vec![(root.to_owned(), String::new())];
        while let Some((folder, prefix)) = waiting.pop() {
            for entry in sorted(&folder)? {
                let about = fs::symlink_metadata(&entry).map_err(Failure::file("look at", &entry))?;
                let name = format!("{prefix}{}", own_name(&entry)?);
                if about.is_dir() {
                    waiting.push((entry, format!("{name}/")));
                } else if about.is_file() {
                    self.found.push(Found {
                        path: entry,
                        name,
                        length: about.len(),
                    });
                } else {
                    self.passed_over.push(entry);
                }
            }
        }
        Ok(())
    }

    fn check(self) -> Result<Self, Failure> {
        let mut names = BTreeMap::new();
        for file in &self.found {
            if let Some(other) = names.insert(&file.name, &file.path) {
                let (one, other) = (file.path.display(), other.display());
                return Err(Failure::usage(format!(
                    "{one} and {other} would have one name: take them apart"
                )));
            }
        }
        if self.found.is_empty() {
            return Err(Failure::usage("there is no file"));
        }
        Ok(self)
    }
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect());
    let mut entries: Vec<PathBuf> = entries.map_err(Failure::file("list", folder))?;
    entries.sort();
    Ok(entries)
}

/// Names of items are UTF-8; a name that is not would come back as another.
fn own_name(path: &Path) -> Result<String, Failure> {
    let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    name.ok_or_else(|| Failure::usage(format!("{} has no name in UTF-8: rename it", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("b/c")).unwrap();
        for (name, text) in [("a.txt", "1"), ("b/x.txt", "22"), ("b/c/y.txt", "")] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        std::os::unix::fs::symlink("/etc", folder.path().join("link")).unwrap();
        folder
    }

    fn names(walk: &Walk) -> Vec<(&str, u64)> {
        let mut names: Vec<_> = walk
            .found
            .iter()
            .map(|file| (file.name.as_str(), file.length))
            .collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn a_folder_becomes_names_with_slashes_and_links_are_passed_over() {
        let folder = tree();
        let walked = walk(&[folder.path().into()], None, true).unwrap();
        assert_eq!(names(&walked), [("a.txt", 1), ("b/c/y.txt", 0), ("b/x.txt", 2)]);
        assert_eq!(walked.passed_over, [folder.path().join("link")]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_before_anything_is_sent() {
        let folder = tree();
        let at = |name: &str| folder.path().join(name);
        let refused =
            |paths: &[PathBuf], name, recursive| walk(paths, name, recursive).unwrap_err().to_string();
        assert!(refused(&[at("b")], None, false).contains("--recursive"));
        assert!(refused(&[at("b")], Some("x"), true).contains("folder"));
        assert!(refused(&[at("a.txt"), at("b/x.txt")], Some("x"), false).contains("--name"));
        assert!(refused(&[at("a.txt"), at("a.txt")], None, false).contains("one name"));
        assert!(refused(&[at("missing")], None, false).contains("missing"));
        fs::create_dir(at("empty")).unwrap();
        assert!(refused(&[at("empty")], None, true).contains("no file"));
        let named = walk(&[at("a.txt")], Some("2026/a.txt"), false).unwrap();
        assert_eq!(names(&named), [("2026/a.txt", 1)]);
    }
}
