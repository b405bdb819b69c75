//! Files on their way out: into a folder, or nowhere but into their hashes.
//!
//! Promises: every file is written once from its beginning to its end and hashed on the way, so that memory does not grow with it; a
//! folder that has something in it is not written into. Leaves out: what the files say.

mod archive;
mod folder;

use std::io::{self, Write};

use aws_lc_rs::digest;
use serde::Serialize;

pub(crate) use archive::Archive;
pub(crate) use folder::Folder;

use crate::error::{Error, Result};

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Its path below the folder.
    pub path: String,
    /// Its bytes.
    pub size: u64,
    /// Their SHA-256, in hexadecimal digits.
    pub sha256: String,
}

/// Where files go, one after the other.
pub(crate) trait Place: Send {
    /// Begins a file.
    fn begin(&mut self, path: &str) -> io::Result<()>;
    /// More of it.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Ends it.
    fn end(&mut self) -> io::Result<()>;
    /// Ends the whole.
    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Nowhere: what is wanted is the hash.
pub(crate) struct Nowhere;

impl Place for Nowhere {
    fn begin(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Files and what was written of them.
pub(crate) struct Pack {
    place: Box<dyn Place>,
    written: Vec<Written>,
}

impl Pack {
    pub(crate) fn to(place: impl Place + 'static) -> Self {
        Self {
            place: Box::new(place),
            written: Vec::new(),
        }
    }

    /// Writes one file by `fill`, whose value is given.
    pub(crate) fn file<T>(
        &mut self,
        path: &str,
        fill: impl FnOnce(&mut dyn Write) -> Result<T>,
    ) -> Result<T> {
        let failed = |source| Error::File {
            path: path.to_owned(),
            source,
        };
        self.place.begin(path).map_err(failed)?;
        let mut file = io::BufWriter::with_capacity(BUFFER, Hashing::over(&mut *self.place));
        let value = fill(&mut file)?;
        let hashing = file.into_inner().map_err(|error| failed(error.into_error()))?;
        let written = hashing.written(path);
        self.place.end().map_err(failed)?;
        self.written.push(written);
        Ok(value)
    }

    /// Writes one file whose bytes are at hand.
    pub(crate) fn add(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        self.file(path, |file| {
            file.write_all(bytes).map_err(|source| Error::File {
                path: path.to_owned(),
                source,
            })
        })
    }

    /// The last file that was written.
    pub(crate) fn last(&self) -> Option<&Written> {
        self.written.last()
    }

    /// Those that were written, in order.
    pub(crate) fn written(&self) -> &[Written] {
        &self.written
    }

    /// Ends the whole, and gives all of them.
    pub(crate) fn finish(mut self) -> Result<Vec<Written>> {
        self.place.finish().map_err(|source| Error::File {
            path: "the end of the archive".to_owned(),
            source,
        })?;
        Ok(self.written)
    }
}

/// Bytes that are gathered before they are written.
const BUFFER: usize = 64 << 10;

struct Hashing<'a> {
    place: &'a mut dyn Place,
    size: u64,
    hash: digest::Context,
}

impl<'a> Hashing<'a> {
    fn over(place: &'a mut dyn Place) -> Self {
        Self {
            place,
            size: 0,
            hash: digest::Context::new(&digest::SHA256),
        }
    }

    fn written(self, path: &str) -> Written {
        Written {
            path: path.to_owned(),
            size: self.size,
            sha256: hex::encode(self.hash.finish()),
        }
    }
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.place.write(bytes)?;
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
