//! `bailee put -`: one item from standard input.
//!
//! Promises: nothing is kept on this machine on the way, and the bytes that the server keeps are those that were read.
//! Leaves out what takes reading twice: the digest is compared afterwards, and a broken connection is not tried again.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};
use futures_util::{Stream, TryStreamExt as _, stream};
use reqwest::Body;
use tokio::sync::mpsc;

use super::{PutArgs, check, described, finish, told};
use crate::client::Session;
use crate::client::failure::Failure;
use crate::client::progress::Progress;

const CHUNK: usize = 128 << 10;
/// Pieces that are read ahead of the connection.
const AHEAD: usize = 4;

/// Sends what is read as one item.
pub(super) async fn run(
    args: &PutArgs,
    session: &Session,
    input: impl io::Read + Send + 'static,
) -> Result<(), Failure> {
    let (1, Some(name)) = (args.paths.len(), args.name.as_deref()) else {
        return Err(Failure::usage(
            "`-` is standard input: it is put alone, and --name says what to call it (a file of that name is ./-)",
        ));
    };
    let dataset = session.dataset(args.dataset.as_deref()).await?;
    let progress = Progress::of_bytes(0, session.output.is_json());
    progress.says(name);
    let (counter, read) = (progress.counter(), Read::default());
    let seen = read.clone();
    let pieces = pieces(input).inspect_ok(move |piece| {
        counter.add(piece.len() as u64);
        seen.add(piece);
    });
    let call = described(args, &dataset, name, Path::new(name))?.stream(Body::wrap_stream(pieces));
    let answer = session.server.json(&call).await?;
    let (digest, length) = read.end();
    check(&answer, &digest, length)?;
    progress.finish();
    session.output.result(&answer, || told(&answer))
}

/// The input piece by piece. It is read on a thread of its own, which does not keep the process from ending while it
/// waits for more.
fn pieces(mut input: impl io::Read + Send + 'static) -> impl Stream<Item = io::Result<Vec<u8>>> + Send {
    let (there, here) = mpsc::channel(AHEAD);
    std::thread::spawn(move || {
        loop {
            let mut piece = vec![0; CHUNK];
            let read = match input.read(&mut piece) {
                Ok(0) => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read,
            };
            let ended = read.is_err();
            let piece = read.map(|length| {
                piece.truncate(length);
                piece
            });
            if there.blocking_send(piece).is_err() || ended {
                return;
            }
        }
    });
    stream::unfold(here, async |mut here| Some((here.recv().await?, here)))
}

/// What was read so far.
#[derive(Clone)]
struct Read(Arc<Mutex<(Context, u64)>>);

impl Default for Read {
    fn default() -> Self {
        Self(Arc::new(Mutex::new((Context::new(&SHA256), 0))))
    }
}

impl Read {
    fn add(&self, piece: &[u8]) {
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        read.0.update(piece);
        read.1 += piece.len() as u64;
    }

    fn end(&self) -> ([u8; 32], u64) {
        let read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (finish(read.0.clone()), read.1)
    }
}
