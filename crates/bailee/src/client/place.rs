//! Where a downloaded item goes: names that others chose, as paths below one folder.
//!
//! Promises: whatever a name says, its path stays below the folder, is never one of our own part files, fits what file
//! systems take, and two names never share a path (beyond a collision of SHA-256 for overlong ones). Symbolic links on
//! the way are not followed. Leaves out: file systems that fold the case of letters; there the second of two names is
//! refused because its file exists already.

use std::fs;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};

use super::failure::Failure;

/// Before an item is complete and verified it is under a name that begins so.
pub(crate) const PART_PREFIX: &str = ".bailee-";
/// File systems take names of up to 255 bytes.
const NAME_MAX: usize = 255;
/// Paths of Linux take 4,095 bytes in all; a name of ours adds at most this.
const PATH_MAX: usize = 3_000;

/// The path of this name, relative to the folder it is to stay in. Slashes make folders, as they do for object stores.
pub(crate) fn relative_path(name: &str) -> PathBuf {
    let path: Vec<String> = name.split('/').map(part).collect();
    let text = path.join("/");
    if text.len() > PATH_MAX {
        PathBuf::from(shortened(&text.replace('/', "%2F")))
    } else {
        PathBuf::from(text)
    }
}

/// The file name for the last part of a name.
pub(crate) fn file_name(name: &str) -> PathBuf {
    let last = name
        .rsplit('/')
        .find(|part| !part.is_empty())
        .unwrap_or("download");
    PathBuf::from(part(last))
}

/// One part of a path. What is written otherwise is written with `%` and hex digits, and so is `%`, so that no two
/// parts become one.
fn part(part: &str) -> String {
    if part.is_empty() {
        // No other part is written so.
        return "%_".to_owned();
    }
    let dotted = part == "." || part == ".." || part.starts_with(PART_PREFIX);
    let mut written = String::with_capacity(part.len());
    for (at, letter) in part.chars().enumerate() {
        if !is_plain(letter) || (dotted && letter == '.' && (at == 0 || part == "..")) {
            let mut utf8 = [0; 4];
            letter
                .encode_utf8(&mut utf8)
                .bytes()
                .for_each(|byte| written += &format!("%{byte:02X}"));
        } else {
            written.push(letter);
        }
    }
    if written.len() > NAME_MAX {
        shortened(&written)
    } else {
        written
    }
}

/// Separators of any system, what selects streams of files on some, and what a terminal would obey.
fn is_plain(letter: char) -> bool {
    !letter.is_control()
        && !matches!(letter, '%' | '/' | '\\' | ':' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The beginning, and a hash of the whole.
fn shortened(written: &str) -> String {
    let mut end = written.floor_char_boundary(NAME_MAX - 40);
    // A `%41` that is cut through would be read as something else.
    if let Some(sign) = written[..end].rfind('%')
        && end - sign < 3
    {
        end = sign;
    }
    format!(
        "{}%~{}",
        &written[..end],
        hex::encode(&digest(&SHA256, written.as_bytes()).as_ref()[..16])
    )
}

/// Makes the folders of a relative path below `root`, following no symbolic link, and gives the whole path.
pub(crate) fn make_way(root: &Path, relative: &Path) -> Result<PathBuf, Failure> {
    let mut path = root.to_owned();
    let Some(parent) = relative.parent() else {
        return Ok(path);
    };
    for folder in parent.components() {
        path.push(folder);
        match fs::create_dir(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => check_folder(&path)?,
            Err(error) => return Err(Failure::file("make the folder", &path)(error)),
        }
    }
    path.push(relative.file_name().unwrap_or_default());
    Ok(path)
}

fn check_folder(path: &Path) -> Result<(), Failure> {
    let about = fs::symlink_metadata(path).map_err(Failure::file("look at", path))?;
    let why = if about.is_symlink() {
        "this is a symbolic link, and downloads do not leave their folder: remove it or choose another folder with -o"
    } else if about.is_dir() {
        return Ok(());
    } else {
        "a folder is needed here and there is a file: get this item alone, with -o FILE"
    };
    Err(Failure::Place {
        path: path.to_owned(),
        why,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::path::Component;

    use proptest::prelude::*;

    use super::*;

    fn text(name: &str) -> String {
        relative_path(name).to_str().unwrap().to_owned()
    }

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in [
            "scan 01.dcm",
            "2026/march/Zoë.txt",
            "漢字",
            ".hidden",
            "a..b",
            "...",
            "-rf",
        ] {
            assert_eq!(text(name), name);
        }
    }

    #[test]
    fn names_that_point_elsewhere_are_written_otherwise() {
        assert_eq!(text("../../etc/passwd"), "%2E%2E/%2E%2E/etc/passwd");
        assert_eq!(text("/etc/passwd"), "%_/etc/passwd");
        assert_eq!(text("a//b/"), "a/%_/b/%_");
        assert_eq!(text("."), "%2E");
        assert_eq!(text("c:\\x\n"), "c%3A%5Cx%0A");
        assert_eq!(text(".bailee-x.part"), "%2Ebailee-x.part");
        assert_eq!(text("100%"), "100%25");
        assert_eq!(file_name("a/../.."), PathBuf::from("%2E%2E"));
        assert_eq!(file_name("//"), PathBuf::from("download"));
    }

    #[test]
    fn overlong_names_stay_apart() {
        let (one, other) = ("é".repeat(500), format!("{}x", "é".repeat(499)));
        assert_ne!(text(&one), text(&other));
        assert!(text(&one).len() <= NAME_MAX && text(&"a/".repeat(512)).len() <= PATH_MAX);
        let (deep, deeper) = ("%/".repeat(1_200), "%/".repeat(1_201));
        assert!(text(&deep).len() <= NAME_MAX);
        assert_ne!(text(&deep), text(&deeper));
    }

    #[test]
    fn a_link_on_the_way_is_not_followed() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("a")).unwrap();
        assert!(matches!(
            make_way(folder.path(), &relative_path("a/b")),
            Err(Failure::Place { .. })
        ));
        fs::write(folder.path().join("file"), "x").unwrap();
        assert!(matches!(
            make_way(folder.path(), &relative_path("file/b")),
            Err(Failure::Place { .. })
        ));
        let made = make_way(folder.path(), &relative_path("x/../y")).unwrap();
        assert_eq!(made, folder.path().join("x/%2E%2E/y"));
        assert!(made.parent().unwrap().is_dir());
    }

    /// Names with much of what is dangerous in them.
    fn names() -> impl Strategy<Value = String> {
        prop_oneof![
            "\\PC{0,40}",
            "[./%\\\\a:_~2EF\u{0}\n]{0,30}",
            ".{200,1200}",
            "(\\.\\./){1,20}[a-z]{0,5}"
        ]
    }

    proptest! {
        #[test]
        fn no_name_leaves_the_folder(name in names()) {
            for path in [relative_path(&name), file_name(&name)] {
                prop_assert!(path.components().count() > 0);
                for component in path.components() {
                    let Component::Normal(part) = component else { panic!("{name:?} became {path:?}") };
                    let part = part.to_str().unwrap();
                    prop_assert!(part.len() <= NAME_MAX && !part.starts_with(PART_PREFIX));
                    prop_assert!(!part.contains(['\0', '\\', ':']));
                }
                prop_assert!(Path::new("root").join(&path).starts_with("root"));
            }
            prop_assert_eq!(file_name(&name).components().count(), 1);
        }

        #[test]
        fn two_names_have_two_paths(names in proptest::collection::vec(names(), 2..20)) {
            let mut taken: HashMap<PathBuf, String> = HashMap::new();
            for name in names {
                // Compared as the file system does, by components.
                let path: PathBuf = relative_path(&name).components().collect();
                if let Some(other) = taken.insert(path, name.clone()) {
                    prop_assert_eq!(other, name);
                }
            }
        }
    }
}
