//! The transfer of one item: ranges, broken connections, digests.
//!
//! A transfer is a row of passes. Each asks for what is missing, if the item is still of the version that the first
//! bytes came from (`If-Range`, RFC 9110 section 13.1.5); a pass that breaks off is followed by another.

use std::path::{Path, PathBuf};
use std::time::Duration;

use http::header::{IF_RANGE, RANGE};
use kernel::{ItemId, VersionId};
use reqwest::Response;

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::head::Head;
use super::partial::{A_FOLDER, Partial, TAKEN, forget, left_over};
use super::place::{file_name, make_way};
use super::progress::{Counter, Progress};
use super::put::digest_of;

/// A connection that brings nothing for so long is given up and made anew.
const STALLED: Duration = Duration::from_secs(60);

/// What is wanted, and where.
pub(crate) struct Wanted {
    pub(crate) item: ItemId,
    /// The newest if none.
    pub(crate) version: Option<VersionId>,
    /// The version that a listing named: spares a look through the whole folder for what an earlier run left.
    pub(crate) listed: Option<VersionId>,
    pub(crate) place: Place,
    pub(crate) overwrite: bool,
}

/// Where an item goes.
pub(crate) enum Place {
    /// Exactly there.
    File(PathBuf),
    /// Below this folder; under the name that the server offers if there is none yet.
    Folder {
        root: PathBuf,
        relative: Option<PathBuf>,
    },
    /// To whoever reads our output.
    Stdout,
}

/// What came.
pub(crate) struct Fetched {
    pub(crate) item: ItemId,
    pub(crate) version: VersionId,
    /// None for standard output.
    pub(crate) path: Option<PathBuf>,
    pub(crate) length: u64,
    /// Of the bytes that are here now.
    pub(crate) digest: [u8; 32],
    /// Whether the server knows the digest too, so that the two were compared.
    pub(crate) compared: bool,
    /// False if the file was there already.
    pub(crate) moved: bool,
}

/// Fetches one item.
pub(crate) async fn fetch(
    session: &Session,
    wanted: &Wanted,
    progress: &Progress,
) -> Result<Fetched, Failure> {
    let mut transfer = Transfer::begin(session, wanted, progress.counter()).await?;
    let mut tried = 0;
    loop {
        let before = transfer.length();
        match transfer.pass().await? {
            Pass::There(fetched) => return Ok(fetched),
            Pass::Whole(head) => return transfer.complete(head).await,
            Pass::Broken(failure) => {
                // A pass that brought something counts as a new beginning.
                tried = if transfer.length() > before { 1 } else { tried + 1 };
                let pause = session
                    .server
                    .patience
                    .pause(tried, None, &*session.server.random);
                tokio::time::sleep(pause.ok_or(failure)?).await;
            }
        }
    }
}

struct Transfer<'a> {
    session: &'a Session,
    wanted: &'a Wanted,
    counter: Counter,
    partial: Option<(VersionId, Partial)>,
    target: Option<PathBuf>,
}

/// How a pass ended.
enum Pass {
    There(Fetched),
    Whole(Head),
    Broken(Failure),
}

impl<'a> Transfer<'a> {
    async fn begin(session: &'a Session, wanted: &'a Wanted, counter: Counter) -> Result<Self, Failure> {
        let mut transfer = Self {
            session,
            wanted,
            counter,
            partial: None,
            target: None,
        };
        if let Some(folder) = wanted.place.folder()
            && let Some(version) = left_over(folder, wanted.item, wanted.listed)
        {
            let partial = Partial::open(folder, wanted.item, version).await?;
            transfer.counter.add(partial.length());
            transfer.partial = Some((version, partial));
        }
        Ok(transfer)
    }

    fn length(&self) -> u64 {
        self.partial.as_ref().map_or(0, |(_, partial)| partial.length())
    }

    async fn pass(&mut self) -> Result<Pass, Failure> {
        let response = match self.session.server.send(&self.call()?).await {
            // What is here is not shorter than the content, so it is of something else.
            Err(failure) if failure.status() == Some(416) && self.length() > 0 => {
                self.restart().await?;
                return Ok(Pass::Broken(failure));
            }
            other => other?,
        };
        let head = Head::of(response.status(), response.headers()).map_err(Failure::Answer)?;
        if let Some(fetched) = self.settle_target(&head).await? {
            return Ok(Pass::There(fetched));
        }
        self.settle_partial(&head).await?;
        let received = self.receive(response).await;
        if let Some((_, partial)) = &mut self.partial {
            partial.flush().await?;
        }
        match received {
            Ok(()) if self.length() < head.total => {
                Ok(Pass::Broken(Failure::Answer("it ended early".into())))
            }
            Ok(()) => Ok(Pass::Whole(head)),
            Err(Broken::Here(failure)) => Err(failure),
            Err(Broken::There(failure)) => Ok(Pass::Broken(failure)),
        }
    }

    fn call(&self) -> Result<Call, Failure> {
        let call = Call::download(&["items", &self.wanted.item.to_string(), "content"])
            .query("version", self.wanted.version);
        match &self.partial {
            Some((version, partial)) if partial.length() > 0 => call
                .header(RANGE, &format!("bytes={}-", partial.length()))?
                .header(IF_RANGE, &format!("\"{version}\"")),
            _ => Ok(call),
        }
    }

    /// Finds out where it goes, and whether it is there.
    async fn settle_target(&mut self, head: &Head) -> Result<Option<Fetched>, Failure> {
        if self.target.is_some() {
            return Ok(None);
        }
        let Some(target) = self.wanted.place.target(head, self.wanted.item)? else {
            return Ok(None);
        };
        self.target = Some(target.clone());
        let Ok(about) = std::fs::symlink_metadata(&target) else {
            return Ok(None);
        };
        if let Some(digest) = head.digest
            && about.is_file()
            && about.len() == head.total
            && digest_of(target.clone()).await?.0 == digest
        {
            if let (Some(folder), Some((version, _))) = (self.wanted.place.folder(), self.partial.take()) {
                forget(folder, self.wanted.item, version)?;
            }
            return Ok(Some(self.fetched(head, digest, false)));
        }
        match (about.is_dir(), self.wanted.overwrite) {
            (false, true) => Ok(None),
            (is_folder, _) => Err(Failure::Place {
                path: target,
                why: if is_folder { A_FOLDER } else { TAKEN },
            }),
        }
    }

    /// Makes the bytes that are here the ones before the answer's first.
    async fn settle_partial(&mut self, head: &Head) -> Result<(), Failure> {
        if let Some((version, _)) = self.partial.take_if(|(version, _)| *version != head.version) {
            match self.wanted.place.folder() {
                Some(folder) => forget(folder, self.wanted.item, version)?,
                None => {
                    return Err(Failure::Damaged(
                        "the item changed while it was printed: what was printed is of no use".into(),
                    ));
                }
            }
            self.counter.restart();
        }
        if self.partial.is_none() {
            let partial = match self.wanted.place.folder() {
                Some(folder) => Partial::open(folder, self.wanted.item, head.version).await?,
                None => Partial::stdout(),
            };
            self.partial = Some((head.version, partial));
        }
        if head.start == 0 {
            return self.restart().await;
        }
        if head.start == self.length() {
            Ok(())
        } else {
            Err(Failure::Answer("it is another range than was asked for".into()))
        }
    }

    async fn restart(&mut self) -> Result<(), Failure> {
        self.counter.restart();
        match &mut self.partial {
            Some((_, partial)) => partial.restart().await,
            None => Ok(()),
        }
    }

    async fn receive(&mut self, mut response: Response) -> Result<(), Broken> {
        let Some((_, partial)) = &mut self.partial else {
            return Ok(());
        };
        loop {
            let chunk = tokio::time::timeout(STALLED, response.chunk()).await;
            let chunk =
                chunk.map_err(|_| Broken::There(Failure::Answer("nothing came for a minute".into())))?;
            match chunk.map_err(|error| Broken::There(self.session.server.unreachable(&error)))? {
                None => return Ok(()),
                Some(chunk) => {
                    self.counter.add(chunk.len() as u64);
                    partial.append(&chunk).await.map_err(Broken::Here)?;
                }
            }
        }
    }

    async fn complete(mut self, head: Head) -> Result<Fetched, Failure> {
        let (_, mut partial) = self.partial.take().ok_or_else(nothing_came)?;
        let digest = partial.verify(head.total, head.digest.as_ref())?;
        if let Some(target) = &self.target {
            partial.put_into_place(target, self.wanted.overwrite).await?;
        }
        Ok(self.fetched(&head, digest, true))
    }

    fn fetched(&self, head: &Head, digest: [u8; 32], moved: bool) -> Fetched {
        let (item, path) = (self.wanted.item, self.target.clone());
        Fetched {
            item,
            version: head.version,
            path,
            length: head.total,
            digest,
            compared: head.digest.is_some(),
            moved,
        }
    }
}

fn nothing_came() -> Failure {
    Failure::Answer("nothing of it came".into())
}

/// Why bytes stopped coming: a fault of this machine is not mended by asking again.
enum Broken {
    Here(Failure),
    There(Failure),
}

impl Place {
    /// Where half-finished files are kept: on the file system that they will stay on.
    fn folder(&self) -> Option<&Path> {
        match self {
            Self::File(path) => path.parent().map(|folder| {
                if folder.as_os_str().is_empty() {
                    Path::new(".")
                } else {
                    folder
                }
            }),
            Self::Folder { root, .. } => Some(root),
            Self::Stdout => None,
        }
    }

    fn target(&self, head: &Head, item: ItemId) -> Result<Option<PathBuf>, Failure> {
        match self {
            Self::Stdout => Ok(None),
            Self::File(path) => Ok(Some(path.clone())),
            Self::Folder {
                root,
                relative: Some(relative),
            } => make_way(root, relative).map(Some),
            Self::Folder { root, relative: None } => {
                let name = head.name.clone().unwrap_or_else(|| item.to_string());
                Ok(Some(root.join(file_name(&name))))
            }
        }
    }
}
