//! What is in the folder, before anything is sent.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::kind::{HEAD, Kind, kind_of};
use crate::failure::Failure;

/// A file to take in.
#[derive(Debug, Clone)]
pub(in crate::demo) struct OwnFile {
    pub(in crate::demo) path: PathBuf,
    /// The path below the folder, with slashes.
    pub(in crate::demo) name: String,
    pub(in crate::demo) length: u64,
    pub(super) kind: Kind,
}

/// What was found, and what was not taken and why.
#[derive(Debug, Default)]
pub(in crate::demo) struct Look {
    pub(in crate::demo) files: Vec<OwnFile>,
    pub(in crate::demo) skipped: Vec<(PathBuf, String)>,
}

/// Looks through a folder, `data` left out: the server must not take in what it writes meanwhile.
///
/// # Errors
/// [`Failure::Said`] when the folder itself cannot be read.
pub(in crate::demo) fn look(folder: &Path, data: &Path) -> Result<Look, Failure> {
    let unusable = |error: io::Error| {
        Failure::Said(format!(
            "--from {}: {error}. Name a folder that you may read",
            folder.display()
        ))
    };
    let root = fs::canonicalize(folder).map_err(unusable)?;
    let entries = fs::read_dir(&root).map_err(unusable)?;
    drop(entries);
    let data = fs::canonicalize(data)
        .unwrap_or_else(|_| std::path::absolute(data).unwrap_or_else(|_| data.to_owned()));
    let mut walk = Walk {
        root,
        data,
        look: Look::default(),
        waiting: Vec::new(),
    };
    walk.waiting.push(walk.root.clone());
    while let Some(folder) = walk.waiting.pop() {
        walk.folder(&folder);
    }
    walk.look.files.sort_by(|one, other| one.name.cmp(&other.name));
    walk.look.skipped.sort();
    Ok(walk.look)
}

struct Walk {
    root: PathBuf,
    data: PathBuf,
    look: Look,
    waiting: Vec<PathBuf>,
}

impl Walk {
    fn folder(&mut self, folder: &Path) {
        let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        match entries {
            Ok(entries) => entries.into_iter().for_each(|entry| self.entry(&entry.path())),
            Err(error) => self.skip(folder, error),
        }
    }

    fn entry(&mut self, path: &Path) {
        let about = match fs::symlink_metadata(path) {
            Ok(about) => about,
            Err(error) => return self.skip(path, error),
        };
        if about.is_dir() && *path == self.data {
            self.skip(path, "the demo's own data is kept there");
        } else if about.is_dir() {
            self.waiting.push(path.to_owned());
        } else if about.is_symlink() {
            self.link(path);
        } else {
            self.file(path, path);
        }
    }

    /// A link to a file in the folder is that file once more; every other is left alone.
    fn link(&mut self, path: &Path) {
        match fs::canonicalize(path) {
            Ok(target) if !target.starts_with(&self.root) => {
                self.skip(path, "a link out of the folder is not followed")
            }
            Ok(target) if target.starts_with(&self.data) => {
                self.skip(path, "the demo's own data is kept there")
            }
            Ok(target) if target.is_dir() => self.skip(path, "a link to a folder is not followed"),
            Ok(target) => self.file(path, &target),
            Err(error) => self.skip(path, error),
        }
    }

    /// The file at `path`, which is read at `target`.
    fn file(&mut self, path: &Path, target: &Path) {
        let Some(name) = path.strip_prefix(&self.root).ok().and_then(Path::to_str) else {
            return self.skip(path, "its name is not UTF-8");
        };
        if name.len() > 1_024 {
            return self.skip(path, "its name is longer than 1,024 bytes");
        }
        let (name, about) = (name.to_owned(), fs::metadata(target));
        match about {
            // Opening a pipe or a device may wait for ever.
            Ok(about) if !about.is_file() => self.skip(path, "neither a file nor a folder"),
            Ok(about) => match head_of(target) {
                Ok(head) => {
                    let kind = kind_of(&name, &head);
                    self.look.files.push(OwnFile {
                        path: target.to_owned(),
                        name,
                        length: about.len(),
                        kind,
                    });
                }
                Err(error) => self.skip(path, error),
            },
            Err(error) => self.skip(path, error),
        }
    }

    fn skip(&mut self, path: &Path, why: impl ToString) {
        self.look.skipped.push((path.to_owned(), why.to_string()));
    }
}

fn head_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    File::open(path)?.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}
