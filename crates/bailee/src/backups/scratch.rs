//! A place for a drill, which goes when the drill is over.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::files::{self, failed};

/// A folder that is removed with everything in it.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Makes it. What an earlier drill left there because it was killed goes.
    ///
    /// # Errors
    /// [`Failure::File`].
    pub(super) fn make(folder: &Path) -> Result<Self, Failure> {
        if folder.exists() {
            std::fs::remove_dir_all(folder).map_err(failed("remove", folder))?;
        }
        files::private_folder(folder)?;
        Ok(Self(folder.to_owned()))
    }

    pub(super) fn database(&self) -> PathBuf {
        self.0.join("drill.db")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "what a drill restored stays there until the next one");
        }
    }
}
