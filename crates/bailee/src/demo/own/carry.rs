//! The files in, and back out again.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use indicatif::BinaryBytes;
use reqwest::Body;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio_util::io::ReaderStream;

use super::walk::{Look, OwnFile};
use crate::client::output::shown;
use crate::client::progress::{Counter, Progress};
use crate::demo::acts::{counted, intake};
use crate::demo::companies::OWN_FILES;
use crate::demo::stage::{Kept, Stage};
use crate::demo::story::Story;
use crate::demo::visitor::{Call, Step, Trouble, must};

const AT_ONCE: usize = 8;
const CHUNK: usize = 128 << 10;
/// So many skipped files are named in the story; all of them are counted.
const NAMED: usize = 20;

/// A file that was taken in, and where it lies on the disk.
pub(in crate::demo) struct Carried {
    file: OwnFile,
    kept: Kept,
}

enum Sent {
    In(Box<Carried>),
    /// It could not be read to its end.
    Unread(PathBuf, String),
}

/// Takes in all that was found.
pub(in crate::demo) async fn bring_in(
    story: &mut Story,
    stage: &mut Stage,
    look: Look,
    quiet: bool,
) -> Step<Vec<Carried>> {
    story.chapter("Your own files come in");
    story.trying("taking in your files");
    let Look { files, mut skipped } = look;
    let progress = Progress::of_bytes(files.iter().map(|file| file.length).sum(), quiet);
    progress.says("in");
    let sending = stream::iter(files)
        .map(|file| send(stage, file, progress.counter()))
        .buffer_unordered(AT_ONCE);
    let sent: Vec<Sent> = sending.try_collect().await?;
    progress.finish();
    let mut carried = Vec::new();
    for sent in sent {
        match sent {
            Sent::In(file) => carried.push(*file),
            Sent::Unread(path, why) => skipped.push((path, why)),
        }
    }
    for tenant in &stage.tenants {
        let of_them = carried
            .iter()
            .filter(|file| file.kept.slug == tenant.company.slug);
        let (count, bytes) = of_them.fold((0, 0), |(count, bytes), file| (count + 1, bytes + file.kept.size));
        story.done(format!(
            "{}: {}, {}, by kind.",
            tenant.company.slug,
            counted(count, "file"),
            BinaryBytes(bytes)
        ));
    }
    tell_skipped(story, &skipped);
    stage.kept.extend(carried.iter().map(|file| file.kept.clone()));
    Ok(carried)
}

fn tell_skipped(story: &mut Story, skipped: &[(PathBuf, String)]) {
    for (path, why) in skipped.iter().take(NAMED) {
        story.remark(format!("not taken: {}: {why}", shown(&path.to_string_lossy())));
    }
    if skipped.len() > NAMED {
        story.remark(format!("and {} more", skipped.len() - NAMED));
    }
    if !skipped.is_empty() {
        story.remark(format!(
            "{} not taken in all.",
            counted(skipped.len() as u64, "path")
        ));
    }
}

async fn send(stage: &Stage, file: OwnFile, counter: Counter) -> Step<Sent> {
    let opened = match File::open(&file.path).await {
        Ok(opened) => opened,
        Err(error) => return Ok(Sent::Unread(file.path, error.to_string())),
    };
    let reading = Reading::default();
    let tenant = stage.tenant(file.kind.slug)?;
    let call = Call::post(format!("/v1/datasets/{}/items", tenant.dataset(OWN_FILES)?))
        .query("name", &file.name)
        .header("content-type", file.kind.media)
        .body(reading.body(opened, counter));
    let reply = tenant.person("owner")?.visitor.ask(call).await;
    let (digest, length) = match reading.end() {
        Ok(end) => end,
        Err(error) => return Ok(Sent::Unread(file.path, error)),
    };
    let kept = intake::kept(file.kind.slug, OWN_FILES, file.name.clone(), &reply?.value(201)?)?;
    must(kept.sha256 == hex::encode(digest) && kept.size == length, || {
        format!(
            "the server keeps other bytes of {} than it was sent",
            shown(&file.name)
        )
    })?;
    Ok(Sent::In(Box::new(Carried { file, kept })))
}

/// What was read of a file so far: its digest and length, or why it ended early.
#[derive(Clone)]
struct Reading(Arc<Mutex<(Context, u64, Option<String>)>>);

impl Default for Reading {
    fn default() -> Self {
        Self(Arc::new(Mutex::new((Context::new(&SHA256), 0, None))))
    }
}

impl Reading {
    /// The file as a body that is hashed while it is sent.
    fn body(&self, file: File, counter: Counter) -> Body {
        let reading = self.clone();
        let pieces = ReaderStream::with_capacity(file, CHUNK).inspect(move |piece| {
            let mut reading = reading.0.lock().unwrap_or_else(PoisonError::into_inner);
            match piece {
                Ok(piece) => {
                    reading.0.update(piece);
                    reading.1 += piece.len() as u64;
                    counter.add(piece.len() as u64);
                }
                Err(error) => reading.2 = Some(error.to_string()),
            }
        });
        Body::wrap_stream(pieces)
    }

    fn end(&self) -> Result<([u8; 32], u64), String> {
        let reading = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &reading.2 {
            Some(error) => Err(error.clone()),
            None => Ok((finished(reading.0.clone()), reading.1)),
        }
    }
}

fn finished(context: Context) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

/// Fetches everything back, and holds it against the disk and against what was sent.
pub(in crate::demo) async fn fetch_back(
    story: &mut Story,
    stage: &Stage,
    carried: &[Carried],
    quiet: bool,
) -> Step<()> {
    story.chapter("Your own files come back");
    story.trying("fetching your files back");
    let bytes = carried.iter().map(|file| file.kept.size).sum();
    let progress = Progress::of_bytes(bytes, quiet);
    progress.says("back");
    let fetching = stream::iter(carried)
        .map(|file| compare(stage, file, progress.counter()))
        .buffer_unordered(AT_ONCE);
    let compared: Vec<Option<&str>> = fetching.try_collect().await?;
    progress.finish();
    let changed: Vec<&str> = compared.into_iter().flatten().collect();
    story.done(format!(
        "{}, {} ({bytes} bytes): fetched back, each with the SHA-256 and length that it went in with.",
        counted(carried.len() as u64, "file"),
        BinaryBytes(bytes)
    ));
    if changed.is_empty() {
        story.done("Held against your folder byte for byte: all identical.");
    }
    for name in &changed {
        story.remark(format!("changed on your disk meanwhile: {}", shown(name)));
    }
    Ok(())
}

/// Fails when other bytes come back than were sent. Gives the name when it is the file on the disk that has changed.
async fn compare<'a>(stage: &Stage, carried: &'a Carried, counter: Counter) -> Step<Option<&'a str>> {
    let Carried { file, kept } = carried;
    let call = Call::get(format!("/v1/items/{}/content", kept.item));
    let mut response = stage.owner(kept.slug)?.open(call).await?;
    let broken =
        |why: String| Trouble::unusable(format!("{} cannot be fetched back: {why}", shown(&file.name)));
    must(response.status() == 200, || {
        format!("{} is answered with {}", shown(&file.name), response.status())
    })?;
    let mut disk = Disk {
        file: File::open(&file.path).await.ok(),
        same: true,
    };
    let (mut context, mut length) = (Context::new(&SHA256), 0);
    while let Some(piece) = response
        .chunk()
        .await
        .map_err(|error| broken(crate::client::causes(&error)))?
    {
        context.update(&piece);
        length += piece.len() as u64;
        counter.add(piece.len() as u64);
        disk.hold_against(&piece).await;
    }
    let identical = hex::encode(finished(context)) == kept.sha256 && length == kept.size;
    must(identical, || {
        format!(
            "{} came back with other bytes than it went in with",
            shown(&file.name)
        )
    })?;
    Ok((!disk.ends_alike().await).then_some(&file.name))
}

/// The file on the disk, read along with what comes back.
struct Disk {
    file: Option<File>,
    same: bool,
}

impl Disk {
    async fn hold_against(&mut self, piece: &[u8]) {
        let mut here = vec![0; piece.len()];
        let read = match &mut self.file {
            Some(file) if self.same => file.read_exact(&mut here).await.is_ok(),
            _ => false,
        };
        self.same &= read && here == piece;
    }

    /// Whether all was the same, and nothing more is on the disk.
    async fn ends_alike(self) -> bool {
        let Some(mut file) = self.file else { return false };
        self.same && matches!(file.read(&mut [0]).await, Ok(0))
    }
}
