//! Changing the root key and its protection, so that a crash at any moment loses nothing.
//!
//! ```text
//! rotation   older/<old id>.key written     the old key is in two places
//!            root.key replaced              new wraps everything from now on; a start has both keys
//!            everything re-wrapped          may be interrupted; `keys rotate` then goes on instead of making another
//!            older/<old id>.key removed     nothing needs it any more
//! ```

use kernel::Random;
use sealing::{Key, LocalRoot, RootId, RootKey as _};

use super::{RootFailure, Secrets, read};
use crate::config::RootKeySettings;
use crate::files;

impl RootKeySettings {
    /// Makes a new root key the current one and keeps the one before as older. Gives the new one's id.
    pub(crate) fn begin_rotation(&self, random: &dyn Random) -> Result<RootId, RootFailure> {
        let secrets = self.secrets()?;
        let file = read(&self.file)?.ok_or_else(|| RootFailure::NotMade(self.file.clone()))?;
        // A key that cannot be opened must not be put aside: nothing could be re-wrapped then.
        let old = secrets.open(&self.file, &file)?;
        files::private_folder(&self.older_folder())?;
        let kept = self.older_folder().join(format!("{}.key", old.id()));
        if !kept.exists() {
            files::create(&kept, file.to_text().as_bytes())?;
        }
        let new = LocalRoot::new(Key::generate(random));
        self.write(&secrets, &new, random)?;
        Ok(new.id())
    }

    /// Takes away the older root keys, once everything is under the current one.
    pub(crate) fn end_rotation(&self) -> Result<usize, RootFailure> {
        let older = self.older_files()?;
        older.iter().try_for_each(|path| files::remove(path))?;
        Ok(older.len())
    }

    /// Protects the current key by something else. Older keys stay as they are, so there must be none.
    pub(crate) fn protect_anew(&self, new: &Secrets, random: &dyn Random) -> Result<RootId, RootFailure> {
        let file = read(&self.file)?.ok_or_else(|| RootFailure::NotMade(self.file.clone()))?;
        let root = self.secrets()?.open(&self.file, &file)?;
        self.write(new, &root, random)?;
        Ok(root.id())
    }

    fn write(&self, secrets: &Secrets, root: &LocalRoot, random: &dyn Random) -> Result<(), RootFailure> {
        let file = secrets
            .protect(root.key(), random)
            .map_err(|reason| self.bad(reason))?;
        Ok(files::replace(&self.file, file.to_text().as_bytes(), 0o600)?)
    }
}
