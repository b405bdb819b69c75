//! `bailee demo`: a server on the embedded default, four invented companies, and the story of what happens to their data.
//!
//! Promises: everything goes through the real REST API over TLS, as an outsider would use it; each sentence is printed after
//! it has come true, and the first thing that goes otherwise ends the demo with exit code 1 and names the step; nothing
//! of the configuration around it is read, so that the demo is the same everywhere; no secret lies in its data folder.
//! With a folder of the user's own, those files are taken in instead and all fetched back and compared. Leaves out: anything
//! that a real installation needs beyond its first start.

mod acts;
mod companies;
mod folder;
mod log_copy;
mod log_file;
mod made;
mod next;
mod own;
pub mod plaintext;
mod port;
mod ready;
mod stage;
mod story;
mod visitor;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aws_lc_rs::digest::{SHA256, digest};
use tokio::signal::unix::{SignalKind, signal};

use crate::config::{ConfigFlags, Environment, Layers, Settings};
use crate::failure::Failure;
use crate::out;
use crate::server::{self, Running};

use stage::Stage;
use story::{Sink, Story};
use visitor::Step;

/// What `demo` takes.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Take in the files of this folder instead of made data, fetch them all back, and compare.
    #[arg(long, value_name = "DIR")]
    pub from: Option<PathBuf>,
    /// Where everything is kept: a folder that is empty or not there yet.
    #[arg(long, value_name = "DIR", default_value = "./bailee-demo-data")]
    pub data: PathBuf,
    /// Where the server takes clients; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8443")]
    pub listen: SocketAddr,
    /// Delete and replace the data of an earlier demo.
    #[arg(long)]
    pub fresh: bool,
    /// End after the story instead of serving on.
    #[arg(long)]
    pub exit: bool,
    /// Print one line of JSON for programs once everything is ready, and nothing else on standard output.
    #[arg(long)]
    pub json: bool,
    /// With --json: tell the story on standard error.
    #[arg(long, requires = "json")]
    pub verbose: bool,
}

/// Tells the story, and serves on unless told to end.
///
/// # Errors
/// [`Failure`], which names the step of the story that went otherwise than it must.
pub async fn run(args: DemoArgs) -> Result<ExitCode, Failure> {
    port::check(args.listen)?;
    port::check(crate::config::next_port(args.listen))?;
    let look = args.from.clone().map(|from| look(from, args.data.clone()));
    let look = match look {
        Some(look) => Some(look.await?),
        None => None,
    };
    let data = folder::prepare(&args.data, args.fresh, &next::program())?;
    log_file::start(&data)?;
    let mut running = server::start(settings(&args, &data)?).await?;
    let mut story = Story::to(sink(&args));
    story.title(
        "Bailee keeps other people's data, and proves what became of it.",
        "✓ done   ✗ refused, as it must be",
    );
    let stage = match tell(&mut story, &mut running, look, &data, &args).await {
        Ok(stage) => stage,
        Err(trouble) => {
            let told = story.broken(&trouble);
            if let Err(failure) = running.stop().await {
                tracing::error!(failure = ?failure.to_string(), "the server did not stop as it must");
            }
            return Err(Failure::Said(format!(
                "{told}\n  log      {}",
                data.join("log/bailee.log").display()
            )));
        }
    };
    finish(&mut story, &running, &stage, &data, &args);
    drop(stage);
    if args.exit {
        running.stop().await.map(|()| ExitCode::SUCCESS)
    } else {
        serve_on(running).await
    }
}

async fn look(from: PathBuf, data: PathBuf) -> Result<own::Look, Failure> {
    tokio::task::spawn_blocking(move || own::look(&from, &data)).await?
}

const fn sink(args: &DemoArgs) -> Sink {
    match (args.json, args.verbose) {
        (false, _) => Sink::Stdout,
        (true, true) => Sink::Stderr,
        (true, false) => Sink::Nowhere,
    }
}

/// The defaults, whatever configuration lies around.
fn settings(args: &DemoArgs, data: &Path) -> Result<Settings, Failure> {
    let text = data.to_str().map(str::to_owned);
    let text = text.ok_or_else(|| Failure::Said("--data: choose a folder whose path is UTF-8".to_owned()))?;
    let values = vec![("data", text), ("listen", args.listen.to_string())];
    // An empty file instead of the usual one.
    let flags = ConfigFlags {
        file: Some("/dev/null".into()),
        values,
    };
    Ok(Settings::of(&Layers::load(&flags, Environment::default())?)?)
}

/// The story from beginning to end.
async fn tell(
    story: &mut Story,
    running: &mut Running,
    look: Option<own::Look>,
    data: &Path,
    args: &DemoArgs,
) -> Step<Stage> {
    let prefix = look.as_ref().map(own::free_prefix);
    let mut stage = acts::opening::play(story, running, prefix).await?;
    acts::arrival::play(story, &mut stage).await?;
    let mut pieces = made::everything();
    pieces.retain(|piece| piece.used || look.is_none());
    acts::intake::play(story, &mut stage, pieces).await?;
    let carried = match look {
        Some(look) => Some(own::bring_in(story, &mut stage, look, args.json).await?),
        None => None,
    };
    acts::work::play(story, &mut stage).await?;
    acts::refusals::play(story, &mut stage).await?;
    let deletion = acts::lifecycle::play(story, &mut stage).await?;
    acts::pages::play(story, &stage).await?;
    acts::proof::play(story, &stage, &deletion, data).await?;
    if let Some(carried) = carried {
        own::fetch_back(story, &stage, &carried, args.json).await?;
        acts::lifecycle::tidy(story, &mut stage).await?;
    }
    Ok(stage)
}

fn finish(story: &mut Story, running: &Running, stage: &Stage, data: &Path, args: &DemoArgs) {
    let (done, refused) = story.counts();
    story.pause();
    story.line(format!(
        "{done} things done and {refused} refused, all as they must be. Everything lies in {}.",
        data.display()
    ));
    next::tell(story, running, stage, data, !args.exit);
    story.pause();
    if args.json {
        out::line(ready::line(running, stage, data));
    }
}

async fn serve_on(mut running: Running) -> Result<ExitCode, Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::Serve)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::Serve)?;
    tokio::select! {
        failure = running.ended() => return Err(failure),
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tokio::select! {
        stopped = running.stop() => stopped.map(|()| ExitCode::SUCCESS),
        _ = interrupt.recv() => Err(Failure::Said("ended by a second signal before everything was finished".to_owned())),
    }
}

/// SHA-256 (FIPS 180-4).
fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest(&SHA256, bytes).as_ref());
    sum
}
