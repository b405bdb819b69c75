//! A ZIP archive that is written as it is sent: stored, not packed, with the hash of every file.
//!
//! Most of what is in it is packed already, and a stored archive is as fast as what it is made of.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_lc_rs::digest;
use bytes::Bytes;
use custody::{Error, Result};
use serde::Serialize;
use tokio::sync::mpsc;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

/// Bytes that are gathered before they are sent.
const PIECE: usize = 64 << 10;
/// From so many bytes on, a file has the form for large ones. An archive has no others above 4 GiB.
const LARGE: u64 = 2 << 30;

/// What the manifest says of a file.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Packed {
    pub(super) path: String,
    pub(super) size: u64,
    pub(super) sha256: String,
}

/// Why an archive breaks off.
#[derive(Debug)]
pub(super) enum Broken {
    /// Nobody takes it any more.
    Left,
    /// Something went wrong here.
    Failed(Error),
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<zip::result::ZipError> for Broken {
    fn from(error: zip::result::ZipError) -> Self {
        match error {
            zip::result::ZipError::Io(error) => error.into(),
            other => Self::Failed(Error::Internal(other.to_string())),
        }
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Left,
            _ => Self::Failed(Error::Internal(error.to_string())),
        }
    }
}

/// The archive as far as it is written. One that is dropped unfinished sends nothing more, and does not look whole.
pub(super) struct Archive {
    zip: ZipWriter<StreamWriter<Pieces>>,
    /// What is in it, in order.
    pub(super) packed: Vec<Packed>,
    taken: BTreeSet<String>,
    is_over: Arc<AtomicBool>,
}

impl Drop for Archive {
    fn drop(&mut self) {
        // The writer would end the archive by itself, so that it looked whole.
        self.is_over.store(true, Ordering::Relaxed);
    }
}

impl Archive {
    pub(super) fn to(pieces: mpsc::Sender<Result<Bytes>>) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        Self {
            zip: ZipWriter::new_stream(Pieces::to(pieces, is_over.clone())),
            packed: Vec::new(),
            taken: BTreeSet::new(),
            is_over,
        }
    }

    /// A file whose bytes are at hand.
    pub(super) fn add(&mut self, path: &str, bytes: &[u8]) -> std::result::Result<(), Broken> {
        let mut file = self.begin(path, bytes.len() as u64)?;
        file.write(bytes)?;
        file.end();
        Ok(())
    }

    /// A file whose bytes follow, about so many.
    pub(super) fn begin(&mut self, path: &str, size: u64) -> std::result::Result<File<'_>, Broken> {
        // Not every program reads the form for large files, so only those that may be large have it.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(size >= LARGE);
        self.zip.start_file(path, options)?;
        self.taken.insert(path.to_lowercase());
        Ok(File {
            archive: self,
            path: path.to_owned(),
            size: 0,
            hash: digest::Context::new(&digest::SHA256),
        })
    }

    /// Ends the archive.
    pub(super) fn finish(mut self) -> std::result::Result<(), Broken> {
        let nobody = mpsc::channel(1).0;
        let empty = ZipWriter::new_stream(Pieces::to(nobody, self.is_over.clone()));
        let mut sink = std::mem::replace(&mut self.zip, empty).finish()?.into_inner();
        Ok(sink.flush()?)
    }

    /// This name in this folder, or one like it that is free there whatever the case of its letters.
    pub(super) fn free(&self, folder: &str, name: &str) -> String {
        let path = format!("{folder}/{name}");
        let (stem, end) = match name.rsplit_once('.') {
            Some((stem, end)) if !stem.is_empty() => (stem, format!(".{end}")),
            _ => (name, String::new()),
        };
        let others = (2_u32..).map(|number| format!("{folder}/{stem} ({number}){end}"));
        std::iter::once(path)
            .chain(others)
            .find(|path| !self.taken.contains(&path.to_lowercase()))
            .unwrap_or_default()
    }
}

/// One file of an archive on its way.
pub(super) struct File<'a> {
    archive: &'a mut Archive,
    path: String,
    size: u64,
    hash: digest::Context,
}

impl File<'_> {
    pub(super) fn write(&mut self, bytes: &[u8]) -> std::result::Result<(), Broken> {
        self.size += bytes.len() as u64;
        self.hash.update(bytes);
        Ok(self.archive.zip.write_all(bytes)?)
    }

    pub(super) fn end(self) {
        self.archive.packed.push(Packed {
            path: self.path,
            size: self.size,
            sha256: hex::encode(self.hash.finish()),
        });
    }
}

/// Sends what is written in pieces, and waits where nobody takes them: so nothing piles up.
struct Pieces {
    pieces: mpsc::Sender<Result<Bytes>>,
    buffer: Vec<u8>,
    is_over: Arc<AtomicBool>,
}

impl Pieces {
    fn to(pieces: mpsc::Sender<Result<Bytes>>, is_over: Arc<AtomicBool>) -> Self {
        Self {
            pieces,
            buffer: Vec::with_capacity(PIECE),
            is_over,
        }
    }

    fn send(&mut self) -> io::Result<()> {
        let piece = std::mem::replace(&mut self.buffer, Vec::with_capacity(PIECE));
        let sent = self.pieces.blocking_send(Ok(piece.into()));
        sent.map_err(|_| {
            self.is_over.store(true, Ordering::Relaxed);
            io::Error::from(io::ErrorKind::BrokenPipe)
        })
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_over.load(Ordering::Relaxed) {
            return Ok(bytes.len());
        }
        let room = PIECE - self.buffer.len();
        let taken = bytes.len().min(room);
        self.buffer.extend_from_slice(&bytes[..taken]);
        if self.buffer.len() == PIECE {
            self.send()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.buffer.is_empty() {
            true => Ok(()),
            false => self.send(),
        }
    }
}

/// A name that every system takes as the name of one file, and no archive as a way out of its folder.
pub(super) fn file_name(name: &str) -> String {
    const LONGEST: usize = 100;
    let last = name
        .rsplit(['/', '\\'])
        .find(|part| !part.is_empty())
        .unwrap_or_default();
    let kept = last.chars().map(|letter| match letter {
        '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
        letter if letter.is_control() => '_',
        letter => letter,
    });
    let kept: String = kept.take(LONGEST).collect();
    match kept.trim_matches(['.', ' ']) {
        "" => "content".to_owned(),
        kept => kept.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_stay_in_their_folder() {
        for (given, kept) in [
            ("scan.dcm", "scan.dcm"),
            ("2026/05/scan.dcm", "scan.dcm"),
            ("../../etc/passwd", "passwd"),
            ("C:\\windows\\system.ini", "system.ini"),
            ("..", "content"),
            ("", "content"),
            ("a:b?.txt", "a_b_.txt"),
            ("Zo\u{eb}.txt", "Zo\u{eb}.txt"),
        ] {
            assert_eq!(file_name(given), kept, "{given}");
        }
    }

    proptest! {
        #[test]
        fn any_name_becomes_the_name_of_one_file(name in any::<String>()) {
            let kept = file_name(&name);
            prop_assert!(!kept.is_empty() && kept != "." && kept != "..");
            prop_assert!(!kept.contains(['/', '\\', '\0']));
        }
    }
}
