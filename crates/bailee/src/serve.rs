//! `bailee serve`: the server at a terminal or under a service manager.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::ConfigFlags;
use crate::failure::Failure;
use crate::server::{self, Running};
use crate::{files, logging, out};

/// What `serve` takes.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// At the first start, write the operator's key into this new file instead of showing it.
    #[arg(long, value_name = "FILE")]
    operator_key_file: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigFlags,
}

/// Serves until SIGTERM or SIGINT. SIGHUP reads given certificates again.
///
/// # Errors
/// [`Failure`], with what to do.
pub async fn run(args: ServeArgs) -> Result<ExitCode, Failure> {
    let settings = crate::settings(&args.config)?;
    logging::start(&settings.log_level, settings.log_format)?;
    let mut signals = Signals::listen().map_err(Failure::Serve)?;
    let mut running = server::start(settings).await?;
    hand_over(&mut running, args.operator_key_file.as_deref())?;
    out::line(format_args!("Bailee serves at {}", running.url));
    if let Some(s3) = &running.s3_url {
        out::line(format_args!("S3 clients find it at {s3}"));
    }
    if let Some(ca) = &running.ca_path {
        out::line(format_args!(
            "Clients trust it by the certificate in {}",
            ca.display()
        ));
    }
    loop {
        tokio::select! {
            failure = running.ended() => return Err(failure),
            said = signals.next() => match said {
                Said::Stop => break,
                Said::Reload => reload(&running),
            },
        }
    }
    tracing::info!("stopping: what runs is finished first; a second signal ends it at once");
    tokio::select! {
        stopped = running.stop() => stopped.map(|()| ExitCode::SUCCESS),
        () = signals.until_stop() => Err(Failure::Said("ended by a second signal before everything was finished".to_owned())),
    }
}

/// The operator's key is shown once. It is in no log and no file unless one was asked for.
fn hand_over(running: &mut Running, file: Option<&std::path::Path>) -> Result<(), Failure> {
    let Some(key) = running.operator_key.take() else {
        return Ok(());
    };
    match file {
        Some(path) => {
            if let Err(error) = files::create(path, format!("{}\n", key.expose_secret()).as_bytes()) {
                // The key exists only here: better shown than lost.
                show(&key);
                return Err(error.into());
            }
            out::line(format_args!(
                "The operator's key is in {}; it cannot be had again.",
                path.display()
            ));
        }
        None => show(&key),
    }
    Ok(())
}

fn show(key: &SecretString) {
    out::line("This is the first start. The operator's key, shown this once and kept nowhere:");
    out::line(format_args!("  {}", key.expose_secret()));
    out::line("Put it away safely: with it tenants are made.");
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    reload: Signal,
}

impl Signals {
    /// Listening begins before the start, so that a signal during it is not lost.
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            reload: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Said {
        tokio::select! {
            _ = self.terminate.recv() => Said::Stop,
            _ = self.interrupt.recv() => Said::Stop,
            _ = self.reload.recv() => Said::Reload,
        }
    }

    async fn until_stop(&mut self) {
        while matches!(self.next().await, Said::Reload) {}
    }
}

enum Said {
    Stop,
    Reload,
}

fn reload(running: &Running) {
    match running.reload_certificate() {
        Ok(()) => tracing::info!("the certificate was read again"),
        Err(error) => tracing::error!(error = ?error.to_string(), "the certificate stays as it was"),
    }
}
