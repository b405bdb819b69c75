//! A secret that is shown once: on standard output, or in a file of its own.
//!
//! Promises: the file is new, its owner's alone, and open before the server is asked for the secret, so that a secret
//! that was issued is not lost to a full disk or a wrong path.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::failure::Failure;

/// A file that waits for its secret. Dropped without one, it is removed.
pub(crate) struct SecretFile {
    path: PathBuf,
    file: File,
    written: bool,
}

impl SecretFile {
    /// A new file; an existing one is refused.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        let file = file.map_err(Failure::file("make", path))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            written: false,
        })
    }

    /// Writes it for good.
    pub(crate) fn keep(mut self, secret: &str) -> Result<(), Failure> {
        let written = self
            .file
            .write_all(format!("{secret}\n").as_bytes())
            .and_then(|()| self.file.sync_all());
        written.map_err(Failure::file("write", &self.path))?;
        self.written = true;
        Ok(())
    }
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        if !self.written {
            // An empty file that stays is a nuisance, not a fault.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_secret_is_its_owners_and_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        drop(SecretFile::create(&path).unwrap());
        assert!(!path.exists(), "no secret, no file");
        SecretFile::create(&path).unwrap().keep("bailee_x").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "bailee_x\n");
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(SecretFile::create(&path).is_err());
    }
}
