//! The demo's data folder: fresh at every demo, and recognised by a mark.
//!
//! Promises: a folder with anything in it is never written to; only a folder that a demo made is ever deleted, and only
//! when asked for with `--fresh`, and not while a server uses it. Nothing secret of the demo is kept in it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::data::DataFolder;
use crate::failure::Failure;
use crate::files::{self, failed};

/// The file by which a demo knows its folders.
const MARK: &str = "made-by-bailee-demo";
const MARK_TEXT: &[u8] =
    b"This folder was made by `bailee demo`. `bailee demo --fresh` deletes and replaces it.\n";

/// Makes the folder, or makes it anew, and gives its full path.
pub(super) fn prepare(path: &Path, fresh: bool, program: &str) -> Result<PathBuf, Failure> {
    match state(path)? {
        State::Absent | State::Empty => {}
        State::Demo if fresh => remove(path)?,
        State::Demo => return Err(Failure::Said(taken_up(path, program))),
        State::Foreign => return Err(Failure::Said(foreign(path))),
    }
    files::private_folder(path)?;
    files::create(&path.join(MARK), MARK_TEXT)?;
    Ok(fs::canonicalize(path).map_err(failed("find", path))?)
}

enum State {
    Absent,
    Empty,
    Demo,
    Foreign,
}

fn state(path: &Path) -> Result<State, Failure> {
    let mut entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(State::Absent),
        Err(error) => return Err(failed("read the folder", path)(error).into()),
    };
    if entries.next().is_none() {
        return Ok(State::Empty);
    }
    // A link could lead to a folder whose owner knows nothing of it.
    let itself = fs::symlink_metadata(path).is_ok_and(|about| about.is_dir());
    let marked = files::read(&path.join(MARK), 4_096).is_ok_and(|text| text.as_deref() == Some(MARK_TEXT));
    Ok(if itself && marked {
        State::Demo
    } else {
        State::Foreign
    })
}

fn remove(path: &Path) -> Result<(), Failure> {
    let _in_use = DataFolder::open(path)?.lock()?;
    fs::remove_dir_all(path).map_err(failed("remove", path))?;
    Ok(())
}

fn taken_up(path: &Path, program: &str) -> String {
    let quoted = super::next::quoted(&path.to_string_lossy());
    format!(
        "{} holds an earlier demo, whose keys were shown once and are not stored.\n  \
         To go on with it and the keys you noted:  {program} serve --data {quoted}\n  \
         To begin anew, deleting that folder:      {program} demo --fresh --data {quoted}",
        path.display()
    )
}

fn foreign(path: &Path) -> String {
    format!(
        "{} is not empty and was not made by a demo, so the demo leaves it alone: choose another folder with --data",
        path.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(path: &Path, fresh: bool) -> String {
        prepare(path, fresh, "bailee").unwrap_err().to_string()
    }

    #[test]
    fn an_earlier_demo_is_kept_unless_a_fresh_one_is_asked_for() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("demo");
        assert!(prepare(&path, false, "bailee").unwrap().is_absolute());
        fs::write(path.join("old"), "old").unwrap();
        let told = refusal(&path, false);
        assert!(
            told.contains("bailee serve --data") && told.contains("--fresh"),
            "{told}"
        );
        prepare(&path, true, "bailee").unwrap();
        assert!(!path.join("old").exists());
    }

    #[test]
    fn a_folder_of_somebody_else_is_never_deleted() {
        let parent = tempfile::tempdir().unwrap();
        fs::write(parent.path().join("mine"), "mine").unwrap();
        for fresh in [false, true] {
            assert!(refusal(parent.path(), fresh).contains("was not made by a demo"));
        }
        fs::write(parent.path().join(MARK), "something else").unwrap();
        assert!(refusal(parent.path(), true).contains("was not made by a demo"));
        assert!(parent.path().join("mine").exists());
    }

    #[test]
    fn a_link_to_a_demo_is_not_deleted_through() {
        let parent = tempfile::tempdir().unwrap();
        let (path, link) = (parent.path().join("demo"), parent.path().join("link"));
        prepare(&path, false, "bailee").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(refusal(&link, true).contains("was not made by a demo"));
        assert!(path.join(MARK).exists());
    }

    #[test]
    fn a_folder_in_use_is_not_deleted() {
        let parent = tempfile::tempdir().unwrap();
        let path = prepare(&parent.path().join("demo"), false, "bailee").unwrap();
        let _server = DataFolder::open(&path).unwrap().lock().unwrap();
        assert!(refusal(&path, true).contains("another process uses"));
        assert!(path.join(MARK).exists());
    }
}
