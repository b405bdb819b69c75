//! Bytes on their way into a file: resumable, hashed as they come, and put into place only when they are right.
//!
//! Promises: until its digest is verified a download is under a hidden name of its own, from which a later run goes
//! on; an existing file is replaced only when asked for, and never by half of another. What is given to standard output
//! cannot be taken back; there only the exit code tells.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};
use kernel::{ItemId, VersionId};
use rustix::fs::OFlags;
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::failure::Failure;
use super::place::PART_PREFIX;
use super::put::finish;

/// A part file is never reached through a link that somebody else put there.
const NO_FOLLOW: i32 = OFlags::NOFOLLOW.bits().cast_signed();

/// Where bytes come together.
pub(crate) struct Partial {
    sink: Sink,
    context: Context,
    length: u64,
}

enum Sink {
    File { file: File, path: PathBuf },
    Stdout,
}

impl Partial {
    /// What an earlier run left of this version, or an empty one.
    pub(crate) async fn open(folder: &Path, item: ItemId, version: VersionId) -> Result<Self, Failure> {
        let path = part_path(folder, item, version);
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(NO_FOLLOW)
            .open(&path)
            .await;
        let mut file = opened.map_err(Failure::file("open", &path))?;
        let (mut context, mut length, mut buffer) = (Context::new(&SHA256), 0, vec![0; 256 << 10]);
        loop {
            match file
                .read(&mut buffer)
                .await
                .map_err(Failure::file("read", &path))?
            {
                0 => break,
                read => {
                    context.update(&buffer[..read]);
                    length += read as u64;
                }
            }
        }
        Ok(Self {
            sink: Sink::File { file, path },
            context,
            length,
        })
    }

    /// Straight to standard output.
    pub(crate) fn stdout() -> Self {
        Self {
            sink: Sink::Stdout,
            context: Context::new(&SHA256),
            length: 0,
        }
    }

    /// How many bytes are there.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Throws away what is there. What went to standard output is gone.
    pub(crate) async fn restart(&mut self) -> Result<(), Failure> {
        match &mut self.sink {
            Sink::Stdout if self.length > 0 => {
                return Err(Failure::Damaged(
                    "the item changed while it was printed: what was printed is of no use".into(),
                ));
            }
            Sink::Stdout => {}
            Sink::File { file, path } => {
                use tokio::io::AsyncSeekExt as _;
                file.set_len(0).await.map_err(Failure::file("empty", path))?;
                file.rewind().await.map_err(Failure::file("rewind", path))?;
            }
        }
        (self.context, self.length) = (Context::new(&SHA256), 0);
        Ok(())
    }

    /// Adds bytes.
    pub(crate) async fn append(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match &mut self.sink {
            Sink::File { file, path } => file
                .write_all(bytes)
                .await
                .map_err(Failure::file("write to", path))?,
            Sink::Stdout => match io::stdout().write_all(bytes) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Err(Failure::Closed),
                other => other.map_err(Failure::file("write to", "standard output".as_ref()))?,
            },
        }
        self.context.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Makes what came so far safe against the end of this process.
    pub(crate) async fn flush(&mut self) -> Result<(), Failure> {
        match &mut self.sink {
            Sink::File { file, path } => file.flush().await.map_err(Failure::file("write to", path)),
            Sink::Stdout => io::stdout()
                .flush()
                .map_err(Failure::file("write to", "standard output".as_ref())),
        }
    }

    /// Compares all bytes with their digest, where one is known; wrong ones are thrown away. Gives what they have.
    pub(crate) fn verify(&mut self, length: u64, digest: Option<&[u8; 32]>) -> Result<[u8; 32], Failure> {
        let (found, computed) = (self.length, finish(self.context.clone()));
        if found == length && digest.is_none_or(|digest| computed == *digest) {
            return Ok(computed);
        }
        if let Sink::File { path, .. } = &self.sink {
            // It would be wrong on every later run too.
            fs::remove_file(path).map_err(Failure::file("remove", path))?;
        }
        let wanted = digest.map_or_else(|| "an unknown one".to_owned(), hex::encode);
        let computed = hex::encode(computed);
        Err(Failure::Damaged(format!(
            "the bytes that came are not the item's, and were thrown away: {found} bytes with SHA-256 {computed} came, \
             {length} with {wanted} should have. Fetch it again; if it stays so, tell the operator"
        )))
    }

    /// Gives verified bytes their name.
    pub(crate) async fn put_into_place(self, target: &Path, overwrite: bool) -> Result<(), Failure> {
        let Sink::File { file, path } = self.sink else {
            return Ok(());
        };
        file.sync_all().await.map_err(Failure::file("make safe", &path))?;
        drop(file);
        if overwrite {
            fs::rename(&path, target).map_err(Failure::file("write", target))?;
        } else {
            take_name(&path, target)?;
        }
        let folder = target
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        fs::File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(Failure::file("make safe", folder))
    }
}

/// The version of this item that an earlier run left a part of; the listed one if a listing named it.
pub(crate) fn left_over(folder: &Path, item: ItemId, listed: Option<VersionId>) -> Option<VersionId> {
    if let Some(version) = listed {
        return part_path(folder, item, version).is_file().then_some(version);
    }
    let prefix = format!("{PART_PREFIX}{item}-");
    fs::read_dir(folder).ok()?.flatten().find_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        name.strip_prefix(&prefix)?.strip_suffix(".part")?.parse().ok()
    })
}

fn part_path(folder: &Path, item: ItemId, version: VersionId) -> PathBuf {
    folder.join(format!("{PART_PREFIX}{item}-{version}.part"))
}

/// Removes what is left of another version than is wanted now.
pub(crate) fn forget(folder: &Path, item: ItemId, version: VersionId) -> Result<(), Failure> {
    let path = part_path(folder, item, version);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Failure::file("remove", &path)(error)),
        _ => Ok(()),
    }
}

/// Renames unless the name is taken. A second link says so in one step; file systems without links are looked at first.
fn take_name(path: &Path, target: &Path) -> Result<(), Failure> {
    let taken = || Failure::Place {
        path: target.to_owned(),
        why: TAKEN,
    };
    match fs::hard_link(path, target) {
        Ok(()) => fs::remove_file(path).map_err(Failure::file("remove", path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(taken()),
        Err(_) if fs::symlink_metadata(target).is_ok() => Err(taken()),
        Err(_) => fs::rename(path, target).map_err(Failure::file("write", target)),
    }
}

/// Why a folder is not replaced, whatever was asked for.
pub(crate) const A_FOLDER: &str =
    "a file is needed here and there is a folder: get this item alone, with -o FILE";
/// Told before and after a transfer alike.
pub(crate) const TAKEN: &str =
    "there is a file with other content: add --overwrite, or choose another place with -o";

#[cfg(test)]
mod tests {
    use kernel::{SystemRandom, Timestamp};

    use super::*;

    fn ids() -> (ItemId, VersionId) {
        let now = Timestamp::from_micros(1_700_000_000_000_000);
        (
            ItemId::make(now, &SystemRandom),
            VersionId::make(now, &SystemRandom),
        )
    }

    fn sha256(bytes: &[u8]) -> [u8; 32] {
        aws_lc_rs::digest::digest(&SHA256, bytes)
            .as_ref()
            .try_into()
            .unwrap()
    }

    #[tokio::test]
    async fn a_later_run_goes_on_where_the_first_stopped() {
        let (folder, (item, version)) = (tempfile::tempdir().unwrap(), ids());
        let mut first = Partial::open(folder.path(), item, version).await.unwrap();
        first.append(b"half").await.unwrap();
        first.flush().await.unwrap();
        drop(first);
        for listed in [None, Some(version)] {
            assert_eq!(left_over(folder.path(), item, listed), Some(version));
        }
        assert_eq!(left_over(folder.path(), item, Some(ids().1)), None);
        let mut second = Partial::open(folder.path(), item, version).await.unwrap();
        assert_eq!(second.length(), 4);
        second.append(b" rest").await.unwrap();
        second.flush().await.unwrap();
        second.verify(9, Some(&sha256(b"half rest"))).unwrap();
        let target = folder.path().join("out");
        second.put_into_place(&target, false).await.unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"half rest");
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing else is left"
        );
    }

    #[tokio::test]
    async fn wrong_bytes_are_thrown_away() {
        let (folder, (item, version)) = (tempfile::tempdir().unwrap(), ids());
        let mut partial = Partial::open(folder.path(), item, version).await.unwrap();
        partial.append(b"wrong").await.unwrap();
        assert!(matches!(
            partial.verify(5, Some(&sha256(b"right"))),
            Err(Failure::Damaged(_))
        ));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn an_existing_file_is_replaced_only_when_asked_for() {
        let (folder, (item, version)) = (tempfile::tempdir().unwrap(), ids());
        let target = folder.path().join("out");
        fs::write(&target, "mine").unwrap();
        for (overwrite, expected) in [(false, "mine"), (true, "theirs")] {
            let mut partial = Partial::open(folder.path(), item, version).await.unwrap();
            partial.restart().await.unwrap();
            partial.append(b"theirs").await.unwrap();
            partial.flush().await.unwrap();
            assert_eq!(
                partial.put_into_place(&target, overwrite).await.is_ok(),
                overwrite
            );
            assert_eq!(fs::read_to_string(&target).unwrap(), expected);
        }
        forget(folder.path(), item, version).unwrap();
        assert_eq!(left_over(folder.path(), item, None), None);
    }
}
