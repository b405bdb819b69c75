//! A ZIP archive that is written as it comes: stored, not packed, so that it takes no memory.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use zip::result::ZipError;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::Place;

/// An archive on its way into `W`. One that is dropped before [`Place::finish`] has no end, so that no reader takes it for whole.
pub(crate) struct Archive<W: Write> {
    zip: ZipWriter<StreamWriter<Gate<W>>>,
    open: Arc<AtomicBool>,
}

impl<W: Write> Archive<W> {
    pub(crate) fn into(inner: W) -> Self {
        let open = Arc::new(AtomicBool::new(true));
        let gate = Gate {
            inner: Some(inner),
            open: Arc::clone(&open),
        };
        Self {
            zip: ZipWriter::new_stream(gate),
            open,
        }
    }
}

impl<W: Write + Send> Place for Archive<W> {
    fn begin(&mut self, path: &str) -> io::Result<()> {
        // How long a file becomes is not known before, so each has the form for large ones.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(true);
        self.zip.start_file(path, options).map_err(told)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.zip.write_all(bytes)
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let nothing = Gate {
            inner: None,
            open: Arc::clone(&self.open),
        };
        let whole = std::mem::replace(&mut self.zip, ZipWriter::new_stream(nothing));
        whole.finish().map_err(told)?.into_inner().flush()
    }
}

impl<W: Write> Drop for Archive<W> {
    fn drop(&mut self) {
        // The writer would end the archive by itself, so that it looked whole.
        self.open.store(false, Ordering::Relaxed);
    }
}

/// Lets nothing through once the archive is over.
struct Gate<W> {
    inner: Option<W>,
    open: Arc<AtomicBool>,
}

impl<W: Write> Write for Gate<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.inner {
            Some(inner) if self.open.load(Ordering::Relaxed) => inner.write(bytes),
            _ => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.inner {
            Some(inner) if self.open.load(Ordering::Relaxed) => inner.flush(),
            _ => Ok(()),
        }
    }
}

fn told(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => error,
        other => io::Error::other(other.to_string()),
    }
}
