//! Objects as files in a folder: `ab/cd/<id>`, where `ab` and `cd` are the last two bytes of the id.
//!
//! The last bytes of an id are random, so that folders fill evenly; the first are its time and would not. Paths are
//! made from ids alone, so that no request can name a file. A file is written as `<id>.part` and gets its name when it
//! is complete and on disk.

use std::collections::HashSet;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use kernel::ObjectId;

use super::{Listing, ObjectReader, ObjectWriter, Objects};
use crate::StoreError;

/// A file that is not finished.
const PART: &str = "part";

/// Objects in a folder of a local disk.
pub struct DirectoryObjects {
    root: PathBuf,
    /// Fan-out folders whose own entries are known to be on disk. That another thread has just made a folder does not
    /// mean that it has been synced.
    durable: Mutex<HashSet<PathBuf>>,
}

impl DirectoryObjects {
    /// Uses this folder, and makes it when it is not there.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let root = root.into();
        make_folder(&root)?;
        sync_folder(&root)?;
        // A bare name has an empty parent, which stands for the working folder.
        let parent = root.parent().map(|parent| {
            if parent.as_os_str().is_empty() {
                Path::new(".")
            } else {
                parent
            }
        });
        parent.map_or(Ok(()), sync_folder)?;
        Ok(Self {
            root,
            durable: Mutex::default(),
        })
    }

    fn folder(&self, id: ObjectId) -> PathBuf {
        let [.., outer, inner] = *id.as_bytes();
        self.root
            .join(format!("{outer:02x}"))
            .join(format!("{inner:02x}"))
    }

    /// Makes the fan-out folders, durably.
    fn prepare(&self, folder: &Path) -> Result<(), StoreError> {
        if self
            .durable
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(folder)
        {
            return Ok(());
        }
        make_folder(folder)?;
        folder.parent().map_or(Ok(()), sync_folder)?;
        sync_folder(&self.root)?;
        self.durable
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(folder.to_owned());
        Ok(())
    }
}

impl Objects for DirectoryObjects {
    fn create(&self, id: ObjectId) -> Result<Box<dyn ObjectWriter>, StoreError> {
        let folder = self.folder(id);
        self.prepare(&folder)?;
        let (path, part) = (folder.join(id.to_string()), part_of(&folder, id));
        if path
            .try_exists()
            .map_err(|error| failed("look for", &path, &error))?
        {
            return Err(StoreError::ObjectExists(id));
        }
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&part)
        {
            Ok(file) => Ok(Box::new(Writing {
                file,
                written: 0,
                begun: 0,
                part: Part(Some(part)),
                path,
                folder,
            })),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(StoreError::ObjectExists(id)),
            Err(error) => Err(failed("create", &part, &error)),
        }
    }

    fn open(&self, id: ObjectId) -> Result<Box<dyn ObjectReader>, StoreError> {
        let path = self.folder(id).join(id.to_string());
        let file = File::open(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => StoreError::ObjectMissing(id),
            _ => failed("open", &path, &error),
        })?;
        let length = file
            .metadata()
            .map_err(|error| failed("read", &path, &error))?
            .len();
        Ok(Box::new(Reading { file, length, path }))
    }

    fn delete(&self, id: ObjectId) -> Result<(), StoreError> {
        let folder = self.folder(id);
        for path in [part_of(&folder, id), folder.join(id.to_string())] {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(failed("delete", &path, &error));
                }
                _ => {}
            }
        }
        // Also when nothing was there: an earlier call may have removed the file and died before the sync.
        match sync_folder(&folder) {
            Err(_) if !folder.exists() => Ok(()),
            synced => synced,
        }
    }

    fn list(&self) -> Result<Listing<'_>, StoreError> {
        let outer = entries(self.root.clone());
        let inner = outer.flat_map(descend).flat_map(descend);
        // Files that are not ours have no id for a name and are left alone.
        Ok(Box::new(
            inner.filter_map(|path| path.map(|path| id_of(&path)).transpose()),
        ))
    }
}

/// Removes an unfinished file when it goes.
struct Part(Option<PathBuf>);

impl Drop for Part {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            // What cannot be removed now is named by its intent, and swept later.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// How much is written before the system is asked to begin with it: so much at most is left for the last sync.
const AHEAD: u64 = 4 << 20;

struct Writing {
    file: File,
    written: u64,
    /// Up to here the system was asked to begin.
    begun: u64,
    part: Part,
    path: PathBuf,
    folder: PathBuf,
}

impl Writing {
    /// Lets the disk work while bytes still come, instead of leaving all of it to the sync at the end, which then waits
    /// long. Linux begins to write a range's pages when it is told that nobody needs them (posix_fadvise(2)); since
    /// they are not written yet, they mostly stay readable from memory too. Advice binds nobody, so a refusal is no error.
    fn begin(&mut self) {
        #[cfg(target_os = "linux")]
        {
            let length = std::num::NonZeroU64::new(self.written - self.begun);
            let _ = rustix::fs::fadvise(&self.file, self.begun, length, rustix::fs::Advice::DontNeed);
        }
        self.begun = self.written;
    }
}

impl ObjectWriter for Writing {
    fn write_all(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.file
            .write_all(bytes)
            .map_err(|error| failed("write", &self.path, &error))?;
        self.written += bytes.len() as u64;
        if self.written - self.begun >= AHEAD {
            self.begin();
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), StoreError> {
        self.file
            .sync_all()
            .map_err(|error| failed("sync", &self.path, &error))?;
        let Some(part) = self.part.0.as_ref() else {
            return Ok(());
        };
        // The name comes after the bytes are on disk, so that whatever has a name is whole.
        std::fs::rename(part, &self.path).map_err(|error| failed("name", &self.path, &error))?;
        self.part.0 = None;
        sync_folder(&self.folder)
    }
}

struct Reading {
    file: File,
    length: u64,
    path: PathBuf,
}

impl ObjectReader for Reading {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, StoreError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self
                .file
                .read_at(&mut buffer[filled..], offset.saturating_add(filled as u64))
            {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(failed("read", &self.path, &error)),
            }
        }
        Ok(filled)
    }
}

fn part_of(folder: &Path, id: ObjectId) -> PathBuf {
    folder.join(format!("{id}.{PART}"))
}

fn id_of(path: &Path) -> Option<ObjectId> {
    let name = path.file_name()?.to_str()?;
    name.strip_suffix(".part").unwrap_or(name).parse().ok()
}

type Paths = Box<dyn Iterator<Item = Result<PathBuf, StoreError>>>;

fn entries(folder: PathBuf) -> Paths {
    match std::fs::read_dir(&folder) {
        Ok(found) => Box::new(found.map(move |entry| match entry {
            Ok(entry) => Ok(entry.path()),
            Err(error) => Err(failed("list", &folder, &error)),
        })),
        Err(error) => Box::new(std::iter::once(Err(failed("list", &folder, &error)))),
    }
}

/// The entries of a fan-out folder; a file that is not ours has none.
fn descend(folder: Result<PathBuf, StoreError>) -> Paths {
    match folder {
        Ok(folder) if folder.is_dir() => entries(folder),
        Ok(_) => Box::new(std::iter::empty()),
        Err(error) => Box::new(std::iter::once(Err(error))),
    }
}

fn make_folder(folder: &Path) -> Result<(), StoreError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| failed("create", folder, &error))
}

/// A file's name is an entry of its folder, and is on disk only when the folder is synced too.
fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder)
        .and_then(|file| file.sync_all())
        .map_err(|error| failed("sync", folder, &error))
}

fn failed(verb: &str, path: &Path, error: &io::Error) -> StoreError {
    StoreError::unavailable(format!("cannot {verb} {}: {error}", path.display()))
}
