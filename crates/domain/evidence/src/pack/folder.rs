//! A folder of one's own.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::Place;
use crate::error::{Error, Result};

/// A folder that files are written into, for their owner alone.
pub(crate) struct Folder {
    root: PathBuf,
    open: Option<File>,
}

impl Folder {
    /// Makes it, or takes one that is empty.
    pub(crate) fn at(root: &Path) -> Result<Self> {
        let failed = |source| Error::File {
            path: root.display().to_string(),
            source,
        };
        folder(root).map_err(failed)?;
        if root.read_dir().map_err(failed)?.next().is_some() {
            let why = "something is in it already; name a folder that is new or empty";
            return Err(failed(io::Error::new(io::ErrorKind::AlreadyExists, why)));
        }
        Ok(Self {
            root: root.to_owned(),
            open: None,
        })
    }
}

impl Place for Folder {
    fn begin(&mut self, path: &str) -> io::Result<()> {
        let path = self.root.join(path);
        path.parent().map_or(Ok(()), folder)?;
        let mut new = OpenOptions::new();
        self.open = Some(new.write(true).create_new(true).mode(0o600).open(path)?);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.open {
            Some(file) => file.write_all(bytes),
            None => Err(io::Error::other("no file is open")),
        }
    }

    fn end(&mut self) -> io::Result<()> {
        self.open.take().map_or(Ok(()), |file| file.sync_all())
    }
}

fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}
