//! A folder of the user's own, instead of made data.
//!
//! Promises: files of any size are streamed; names are the paths below the folder; nothing outside the folder is read,
//! wherever links point; what cannot be read is named and counted; in the end every file that was taken in is fetched
//! back and held against the one on the disk, byte for byte. Leaves out: empty folders, times and modes.

mod carry;
mod kind;
mod walk;

pub(super) use carry::{bring_in, fetch_back};
pub(super) use walk::{Look, look};

#[cfg(test)]
mod tests;

/// A prefix for the names of made pieces that no file of the user's has.
pub(super) fn free_prefix(look: &Look) -> String {
    let mut prefix = "bailee-demo/".to_owned();
    while look.files.iter().any(|file| file.name.starts_with(&prefix)) {
        prefix.insert(0, '_');
    }
    prefix
}
