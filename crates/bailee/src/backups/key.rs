//! The file of the backup key.

use std::path::Path;
use std::sync::Arc;

use backup::{BackupKey, Shelf};
use kernel::Random;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::files;

/// Longer files hold no key.
const LONGEST: u64 = 8 << 10;

/// Reads it.
///
/// # Errors
/// [`Failure`] where it is not there or is none.
pub(crate) fn read(file: &Path) -> Result<Arc<BackupKey>, Failure> {
    let missing = || {
        Failure::Said(format!(
            "the backup key {} is not there: bring its file back from where its copy is kept, or name it with --backup-key-file; \
             without it no backup can be opened",
            file.display()
        ))
    };
    found(file)?.ok_or_else(missing)
}

/// Reads it, or makes it where there is no backup yet.
///
/// # Errors
/// [`Failure`] where backups are there and their key is not.
pub(crate) fn ensure(file: &Path, shelf: &Shelf, random: &dyn Random) -> Result<Arc<BackupKey>, Failure> {
    if let Some(key) = found(file)? {
        return Ok(key);
    }
    if !shelf.is_empty()? {
        return read(file);
    }
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        files::private_folder(folder)?;
    }
    let key = BackupKey::generate(random);
    files::create(file, key.to_text().as_bytes())?;
    Ok(Arc::new(key))
}

/// Reads it, if it is there.
///
/// # Errors
/// [`Failure`] where the file is none.
pub(crate) fn found(file: &Path) -> Result<Option<Arc<BackupKey>>, Failure> {
    let Some(bytes) = files::read(file, LONGEST)?.map(Zeroizing::new) else {
        return Ok(None);
    };
    let wrong = || Failure::Said(format!("{}: {}", file.display(), backup::BadBackupKey));
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong())?;
    let key = BackupKey::parse(text).map_err(|_| wrong())?;
    Ok(Some(Arc::new(key)))
}
