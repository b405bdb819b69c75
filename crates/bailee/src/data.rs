//! The data folder: what lies where, who may read it, and that one process at a time uses it.
//!
//! ```text
//! bailee.db       the database, unless it is elsewhere
//! objects/        sealed bytes of larger items, unless elsewhere
//! keys/root.key   the root key file, unless elsewhere; keys/older/ while keys are being re-wrapped
//! tls/            ca.pem (to be given to clients), and the keys and certificate of the server
//! node            the name of this process among those that share a database
//! lock            held by the process that uses the folder
//! empty/          where processes of strangers' documents work; nothing is ever in it
//! ```

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use kernel::Random;

use crate::files::{self, FileError, failed};

/// A data folder that is there.
#[derive(Debug, Clone)]
pub struct DataFolder(PathBuf);

/// Held while a process uses the folder; others are refused.
#[derive(Debug)]
pub struct InUse(#[allow(dead_code, reason = "the lock lasts as long as the file is open")] File);

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file or folder in it.
    #[error(transparent)]
    File(#[from] FileError),
    /// Another process uses it.
    #[error(
        "another process uses the data folder {0}: stop that server first, or choose another folder with --data"
    )]
    InUse(PathBuf),
    /// The name of this node is not one.
    #[error("{0} does not hold a node's name: remove it, and a new one is made")]
    Node(PathBuf),
}

impl DataFolder {
    /// Uses this folder, and makes it for its owner alone when it is not there.
    ///
    /// # Errors
    /// [`DataError::File`].
    pub fn open(path: &Path) -> Result<Self, DataError> {
        files::private_folder(path)?;
        Ok(Self(path.to_owned()))
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The embedded database.
    pub fn database(&self) -> PathBuf {
        self.0.join("bailee.db")
    }

    /// Certificates and their keys.
    pub fn tls(&self) -> PathBuf {
        self.0.join("tls")
    }

    /// The certificate of the server's own CA, for clients.
    pub fn ca(&self) -> PathBuf {
        self.tls().join("ca.pem")
    }

    /// A folder with nothing in it, made when it is not there.
    ///
    /// # Errors
    /// [`DataError::File`].
    pub fn empty(&self) -> Result<PathBuf, DataError> {
        let path = self.0.join("empty");
        files::private_folder(&path)?;
        Ok(path)
    }

    /// Takes the folder for this process until the answer is dropped.
    ///
    /// # Errors
    /// [`DataError::InUse`].
    pub fn lock(&self) -> Result<InUse, DataError> {
        let path = self.0.join("lock");
        let opened = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path);
        let file = opened.map_err(failed("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(InUse(file)),
            Err(TryLockError::WouldBlock) => Err(DataError::InUse(self.0.clone())),
            Err(TryLockError::Error(error)) => Err(failed("lock", &path)(error).into()),
        }
    }

    /// The name of this node, made at the first start and then for ever the same: what a crash of this node left
    /// unfinished is found by it.
    ///
    /// # Errors
    /// [`DataError::Node`] for a file with something else in it.
    pub fn node(&self, random: &dyn Random) -> Result<String, DataError> {
        let path = self.0.join("node");
        if let Some(bytes) = files::read(&path, 64)? {
            let name = String::from_utf8(bytes).unwrap_or_default().trim().to_owned();
            let fits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_hexdigit());
            return if fits {
                Ok(name)
            } else {
                Err(DataError::Node(path))
            };
        }
        let mut bytes = [0u8; 8];
        random.fill(&mut bytes);
        let name = format!("{:016x}", u64::from_be_bytes(bytes));
        files::create(&path, format!("{name}\n").as_bytes())?;
        Ok(name)
    }
}

/// Every table of an installation.
pub(crate) fn migrations() -> Vec<store::Migration> {
    [
        governance::all_migrations().as_slice(),
        rights::MIGRATIONS,
        webhook::MIGRATIONS,
        ::assurance::MIGRATIONS,
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use kernel::SystemRandom;

    use super::*;

    #[test]
    fn the_folder_is_its_owners_and_one_process_uses_it() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(&parent.path().join("a").join("b")).unwrap();
        assert_eq!(files::mode(folder.path()).unwrap(), 0o700);
        let lock = folder.lock().unwrap();
        assert!(matches!(folder.lock(), Err(DataError::InUse(_))));
        drop(lock);
        assert!(folder.lock().is_ok());
    }

    #[test]
    fn a_node_keeps_its_name() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(parent.path()).unwrap();
        let name = folder.node(&SystemRandom).unwrap();
        assert_eq!(folder.node(&SystemRandom).unwrap(), name);
        std::fs::write(parent.path().join("node"), "no name").unwrap();
        assert!(matches!(folder.node(&SystemRandom), Err(DataError::Node(_))));
    }
}
