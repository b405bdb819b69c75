//! Root key files: found, made, opened; and the commands that change them.
//!
//! Promises: a root key is made only where nothing was installed; a file is opened with what its protection asks for
//! and with nothing else; what is wrong is said together with the mend. Leaves out: root keys held by a service
//! elsewhere.

mod change;
pub mod command;
mod reissue;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use custody::Roots;
use custody::installation::RootTrouble;
use kernel::Random;
use sealing::{
    BadRootFile, Key, LocalRoot, PassphraseCost, Protection, RootFile, RootId, RootKey as _, Unlock,
};
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use crate::config::RootKeySettings;
use crate::files::{self, FileError};

/// Longer files hold no root key, passphrase or credential.
const MAX_LEN: u64 = 8 * 1024;

/// Why there is no root key to work with. The texts say what to do.
#[derive(Debug, thiserror::Error)]
pub enum RootFailure {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file that is not one, or does not open.
    #[error("root key file {path}: {reason}")]
    Bad {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: BadRootFile,
    },
    /// The installation is there and its root key file is not.
    #[error(
        "this installation wants root key {wanted}, and {path} is not there: bring the file back from the backup of keys, or \
         name its place with --root-key-file; without it nothing can be opened"
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
        /// The id of the root key that is wanted.
        wanted: String,
    },
    /// There is no file, and nothing says that there should be one.
    #[error("{0} is not there: `bailee keys create` makes it, and so does the first `bailee serve`")]
    NotMade(PathBuf),
    /// The file needs a passphrase and none was given.
    #[error(
        "root key file {0} is protected by a passphrase: give it with --root-passphrase-file FILE or in the variable \
         BAILEE_ROOT_PASSPHRASE"
    )]
    NeedsPassphrase(PathBuf),
    /// The file needs a credential and none was given.
    #[error(
        "root key file {0} is protected by a credential: start under systemd with LoadCredentialEncrypted=bailee-root, or put the \
         file bailee-root into the folder that CREDENTIALS_DIRECTORY names"
    )]
    NeedsCredential(PathBuf),
    /// A passphrase file that was named and is not there.
    #[error("the passphrase file {0} is not there: correct `root.passphrase_file`")]
    NoPassphraseFile(PathBuf),
    /// The root key does not belong to this installation.
    #[error(transparent)]
    Trouble(#[from] RootTrouble),
}

/// The root keys of an installation, opened.
#[derive(Debug)]
pub struct RootKeys {
    /// The one that wraps.
    pub current: LocalRoot,
    /// Those that still open what they wrapped.
    pub older: Vec<LocalRoot>,
    /// What protects the current one's file.
    pub protection: Protection,
}

impl RootKeys {
    /// Their ids, the current one first.
    pub fn ids(&self) -> Vec<RootId> {
        std::iter::once(&self.current)
            .chain(&self.older)
            .map(LocalRoot::id)
            .collect()
    }

    /// As custody takes them.
    pub fn into_roots(self) -> Roots {
        let shared = |root: LocalRoot| -> Arc<dyn sealing::RootKey> { Arc::new(root) };
        Roots::new(shared(self.current), self.older.into_iter().map(shared).collect())
    }
}

/// What a caller can open a file with.
#[derive(Default)]
pub(crate) struct Secrets {
    pub(crate) passphrase: Option<Zeroizing<Vec<u8>>>,
    pub(crate) credential: Option<Zeroizing<Vec<u8>>>,
}

impl RootKeySettings {
    /// Opens the root key file and the older ones beside it; `None` when there is no file.
    ///
    /// # Errors
    /// [`RootFailure`] for a file that does not open.
    pub fn open(&self) -> Result<Option<RootKeys>, RootFailure> {
        let Some(file) = read(&self.file)? else {
            return Ok(None);
        };
        let secrets = self.secrets()?;
        let current = secrets.open(&self.file, &file)?;
        let mut older = Vec::new();
        for path in self.older_files()? {
            if let Some(file) = read(&path)? {
                older.push(secrets.open(&path, &file)?);
            }
        }
        Ok(Some(RootKeys {
            current,
            older,
            protection: file.protection(),
        }))
    }

    /// Makes a root key and its file: protected by the passphrase or the credential that is given, or by the file's mode alone.
    ///
    /// # Errors
    /// [`RootFailure::File`] when there is a file already.
    pub fn create(&self, random: &dyn Random) -> Result<RootKeys, RootFailure> {
        let root = LocalRoot::new(Key::generate(random));
        let file = self
            .secrets()?
            .protect(root.key(), random)
            .map_err(|reason| self.bad(reason))?;
        if let Some(folder) = self.file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            files::private_folder(folder)?;
        }
        files::create(&self.file, file.to_text().as_bytes())?;
        Ok(RootKeys {
            current: root,
            older: Vec::new(),
            protection: file.protection(),
        })
    }

    /// The folder of older root keys.
    pub(crate) fn older_folder(&self) -> PathBuf {
        self.file.with_file_name("older")
    }

    /// The files of older root keys, in order of their names.
    pub(crate) fn older_files(&self) -> Result<Vec<PathBuf>, RootFailure> {
        let folder = self.older_folder();
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let listed = std::fs::read_dir(&folder).and_then(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<std::io::Result<Vec<_>>>()
        });
        let mut paths = listed.map_err(files::failed("list", &folder))?;
        paths.retain(|path| path.extension().is_some_and(|end| end == "key"));
        paths.sort();
        Ok(paths)
    }

    /// What the settings give to open files with.
    pub(crate) fn secrets(&self) -> Result<Secrets, RootFailure> {
        let passphrase = match (&self.passphrase_file, &self.passphrase) {
            (Some(path), _) => Some(read_passphrase(path)?),
            (None, Some(text)) => Some(Zeroizing::new(text.expose_secret().as_bytes().to_vec())),
            (None, None) => None,
        };
        let credential = match &self.credential_file {
            Some(path) => files::read(path, MAX_LEN)?.map(Zeroizing::new),
            None => None,
        };
        Ok(Secrets {
            passphrase,
            credential,
        })
    }

    fn bad(&self, reason: BadRootFile) -> RootFailure {
        RootFailure::Bad {
            path: self.file.clone(),
            reason,
        }
    }
}

impl Secrets {
    /// Opens a file with what its protection asks for.
    pub(crate) fn open(&self, path: &Path, file: &RootFile) -> Result<LocalRoot, RootFailure> {
        let unlock = match (file.protection(), &self.passphrase, &self.credential) {
            (Protection::None, ..) => Unlock::Nothing,
            (Protection::Passphrase, Some(passphrase), _) => Unlock::Passphrase(passphrase),
            (Protection::Credential, _, Some(credential)) => Unlock::Credential(credential),
            (Protection::Passphrase, None, _) => return Err(RootFailure::NeedsPassphrase(path.to_owned())),
            (Protection::Credential, _, None) => return Err(RootFailure::NeedsCredential(path.to_owned())),
        };
        file.open(unlock).map_err(|reason| RootFailure::Bad {
            path: path.to_owned(),
            reason,
        })
    }

    /// A file for a key, protected by what is at hand: the passphrase first, then the credential, then nothing.
    pub(crate) fn protect(&self, key: &Key, random: &dyn Random) -> Result<RootFile, BadRootFile> {
        match (&self.passphrase, &self.credential) {
            (Some(passphrase), _) => {
                RootFile::with_passphrase(key, passphrase, PassphraseCost::DEFAULT, random)
            }
            (None, Some(credential)) => RootFile::with_credential(key, credential, random),
            (None, None) => Ok(RootFile::bare(key)),
        }
    }
}

/// Reads a root key file without opening it; `None` when it is not there.
pub(crate) fn read(path: &Path) -> Result<Option<RootFile>, RootFailure> {
    let Some(bytes) = files::read(path, MAX_LEN)?.map(Zeroizing::new) else {
        return Ok(None);
    };
    RootFile::parse(&bytes)
        .map(Some)
        .map_err(|reason| RootFailure::Bad {
            path: path.to_owned(),
            reason,
        })
}

/// A passphrase from a file; one line end at its end is the editor's and not part of it.
pub(crate) fn read_passphrase(path: &Path) -> Result<Zeroizing<Vec<u8>>, RootFailure> {
    let bytes = files::read(path, MAX_LEN)?.ok_or_else(|| RootFailure::NoPassphraseFile(path.to_owned()))?;
    let mut bytes = Zeroizing::new(bytes);
    for end in [b'\n', b'\r'] {
        if bytes.last() == Some(&end) {
            bytes.pop();
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
