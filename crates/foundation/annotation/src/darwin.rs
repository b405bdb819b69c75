//! Darwin JSON 2.0, the format of V7: one document for each item.
//!
//! Written one document a line, which splits into the files that V7's tools take. Read as one document, a list of them, or
//! one a line.

mod read;
mod write;

pub use read::read;
pub use write::write;

/// The name of an item in two parts, as Darwin has it: a folder that begins with a slash, and what follows.
fn split(name: &str) -> (String, &str) {
    match name.rsplit_once('/') {
        Some((folder, rest)) if !folder.is_empty() => (format!("/{folder}"), rest),
        _ => ("/".to_owned(), name),
    }
}

/// The whole name again.
fn joined(folder: Option<&str>, name: String) -> String {
    let folder = folder.unwrap_or("/");
    match folder.strip_prefix('/').unwrap_or(folder) {
        "" => name,
        folder => format!("{folder}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_apart_and_together_again() {
        for name in ["a.png", "scans/a.png", "x/y/z", "/a", "a/", "/a/b", "//"] {
            let (folder, rest) = split(name);
            assert_eq!(joined(Some(&folder), rest.to_owned()), name, "{folder} {rest}");
        }
        assert_eq!(joined(Some("scans"), "a".into()), "scans/a");
        assert_eq!(joined(None, "a".into()), "a");
    }
}
