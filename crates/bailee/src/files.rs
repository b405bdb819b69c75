//! Files that matter: readable by their owner alone, on disk before the call returns.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// A file or folder that could not be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot {act} {path}: {source}{}", mend(source))]
pub struct FileError {
    act: &'static str,
    path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

fn mend(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::PermissionDenied => ". Run as the user who owns it, or give that user the right",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ". The disk is full: free some space",
        ErrorKind::ReadOnlyFilesystem => ". The disk is read-only: choose another folder with --data",
        _ => "",
    }
}

/// For `map_err`: what was being done to which path.
pub fn failed(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError { act, path, source }
}

/// Makes a folder, and those above it, for its owner alone. One that is there is left as it is.
pub fn private_folder(path: &Path) -> Result<(), FileError> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(failed("make the folder", path))?;
    sync_folder(path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Writes a file that is not there yet, for its owner alone; it is durable afterwards. Fails when it is there.
pub fn create(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    write(path, bytes, 0o600)?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Puts a file in the place of another in one step: after a crash it is the old one or the new one.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed("remove", &new)(error)),
        _ => {}
    }
    write(&new, bytes, mode)?;
    std::fs::rename(&new, path).map_err(failed("replace", path))?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Removes a file durably.
pub fn remove(path: &Path) -> Result<(), FileError> {
    std::fs::remove_file(path).map_err(failed("remove", path))?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Reads a file of at most `limit` bytes; `None` when it is not there.
pub fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, FileError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("open", path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(failed("read", path))?;
    if bytes.len() as u64 > limit {
        return Err(failed("read", path)(io::Error::other(format!(
            "longer than {limit} bytes; is it the right file?"
        ))));
    }
    Ok(Some(bytes))
}

/// The permission bits of a path.
pub fn mode(path: &Path) -> Result<u32, FileError> {
    let there = std::fs::metadata(path).map_err(failed("look at", path))?;
    Ok(there.permissions().mode() & 0o7777)
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path);
    let mut file = made.map_err(failed("create", path))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(failed("write", path))
}

fn sync_folder(path: &Path) -> Result<(), FileError> {
    // A bare name has an empty parent, which stands for the working folder.
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(failed("sync", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_made_once_and_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.key");
        create(&path, b"one").unwrap();
        assert_eq!(mode(&path).unwrap(), 0o600);
        let refused = create(&path, b"two").unwrap_err();
        assert_eq!(refused.source.kind(), ErrorKind::AlreadyExists);
        assert_eq!(read(&path, 10).unwrap().as_deref(), Some(&b"one"[..]));
        replace(&path, b"three", 0o600).unwrap();
        assert_eq!(read(&path, 10).unwrap().as_deref(), Some(&b"three"[..]));
    }

    #[test]
    fn long_files_are_refused_and_missing_ones_are_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long");
        assert!(read(&path, 3).unwrap().is_none());
        std::fs::write(&path, "long").unwrap();
        assert!(
            read(&path, 3)
                .unwrap_err()
                .to_string()
                .contains("longer than 3 bytes")
        );
    }
}
