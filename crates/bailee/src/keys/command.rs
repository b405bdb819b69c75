//! `bailee keys`: create, show, rotate, protect; operator, owner.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use custody::installation::RewrapProgress;
use indicatif::{ProgressBar, ProgressStyle};
use kernel::SystemRandom;
use sealing::{Protection, RootKey as _};
use serde_json::{Value, json};

use super::reissue::{self, OperatorKey, OwnerKey};
use super::{RootFailure, Secrets, read, read_passphrase};
use crate::config::{ConfigFlags, Settings};
use crate::failure::Failure;
use crate::server::{Parts, Wiring};
use crate::{files, out};

/// What to do with the root key.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a root key file, before the first start.
    Create(Common),
    /// Say which root keys there are and what protects them; nothing is opened.
    Show(Common),
    /// Make a new root key and put everything under it. Stop the server first.
    ///
    /// Data is not touched: only the tenants' keys are wrapped anew. When interrupted, call it again.
    Rotate(Common),
    /// Change what protects the root key file: a passphrase, a credential, or nothing but the file's mode.
    Protect(Protect),
    /// Issue a new operator's key by the root key, where the old one was lost or stolen. The server may be running.
    Operator(OperatorKey),
    /// Issue a new owner's key by the root key, for a tenant whose owners have none left. The server may be running.
    ///
    /// Not for tenants that hold their key themselves: nothing on this machine opens those.
    Owner(OwnerKey),
}

/// What every command takes.
#[derive(Debug, Args)]
pub struct Common {
    /// Answer in JSON.
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    config: ConfigFlags,
}

/// The new protection.
#[derive(Debug, Args)]
pub struct Protect {
    #[command(flatten)]
    new: NewProtection,
    #[command(flatten)]
    common: Common,
}

/// Exactly one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct NewProtection {
    /// A file with the new passphrase.
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
    /// A file with 32 or more random bytes, which the server will find as bailee-root in $CREDENTIALS_DIRECTORY.
    #[arg(long, value_name = "FILE")]
    new_credential_file: Option<PathBuf>,
    /// Nothing but the mode of the file.
    #[arg(long)]
    unprotected: bool,
}

/// Runs it.
///
/// # Errors
/// [`Failure`], with what to do.
pub async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Create(common) => create(&common),
        Command::Show(common) => show(&common).await,
        Command::Rotate(common) => rotate(&common).await,
        Command::Protect(protect) => change_protection(&protect),
        Command::Operator(asked) => reissue::operator(&asked).await,
        Command::Owner(asked) => reissue::owner(&asked).await,
    }
}

impl Common {
    pub(super) fn settings(&self) -> Result<Settings, Failure> {
        Ok(crate::settings(&self.config)?)
    }

    pub(super) fn say(&self, json: &Value, text: impl FnOnce() -> String) {
        if self.json {
            out::line(json)
        } else {
            out::line(text())
        }
    }
}

fn create(common: &Common) -> Result<ExitCode, Failure> {
    let root = common.settings()?.root;
    let made = root.create(&SystemRandom)?;
    let (id, file) = (made.current.id().to_string(), root.file.display().to_string());
    common.say(
        &json!({ "root": id, "file": file, "protection": word(made.protection) }),
        || {
            format!(
                "Root key {id} is in {file}, protected by {}. Keep a copy of the file somewhere else.",
                made.protection
            )
        },
    );
    Ok(ExitCode::SUCCESS)
}

async fn show(common: &Common) -> Result<ExitCode, Failure> {
    let settings = common.settings()?;
    let root = &settings.root;
    let file = read(&root.file)?.ok_or_else(|| RootFailure::NotMade(root.file.clone()))?;
    let older: Vec<String> = root
        .older_files()?
        .iter()
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    let wanted = match Wiring::system().open_existing(&settings).await? {
        Some(db) => custody::installation::wanted_root(&db).await?,
        None => None,
    };
    let (id, mode) = (file.id().to_string(), files::mode(&root.file)?);
    let json = json!({
        "root": id, "file": root.file.display().to_string(), "mode": format!("{mode:04o}"),
        "protection": word(file.protection()), "older": older, "installation_wants": wanted,
    });
    common.say(&json, || {
        let wanted = match &wanted {
            None => "nothing is installed yet".to_owned(),
            Some(wanted) if *wanted == id => "this is the one the installation wants".to_owned(),
            Some(wanted) => format!("the installation wants {wanted}"),
        };
        let older = if older.is_empty() { "none".to_owned() } else { older.join(", ") };
        let place = root.file.display();
        format!("root key    {id} ({wanted})\nfile        {place} (mode {mode:04o})\nprotection  {}\nolder keys  {older}", file.protection())
    });
    Ok(ExitCode::SUCCESS)
}

async fn rotate(common: &Common) -> Result<ExitCode, Failure> {
    let settings = common.settings()?;
    // Holding the data folder keeps a server from starting with one key while the other is coming.
    let parts = Parts::open(&settings, Wiring::system(), &gate::Gate::unattended()).await?;
    let before = parts.root_keys(&settings).await?;
    // A copy of the current key there means that an earlier call ended before it had made a new one.
    let goes_on = before.older.iter().any(|older| older.id() != before.current.id());
    let old = before.current.id().to_string();
    // The right key first: re-wrapping with a wrong one would fail, and only after it had become the current one.
    parts
        .custody(before.into_roots(), settings.limits.clone())?
        .check_root()
        .await
        .map_err(RootFailure::from)?;
    if !goes_on {
        settings.root.begin_rotation(&SystemRandom)?;
    }
    let roots = settings
        .root
        .open()?
        .ok_or_else(|| RootFailure::NotMade(settings.root.file.clone()))?;
    let new = roots.current.id().to_string();
    let custody = parts.custody(roots.into_roots(), settings.limits.clone())?;
    let bar = progress_bar(common.json);
    let done = custody
        .rotate_root(|progress: &RewrapProgress| bar_to(&bar, progress))
        .await?;
    bar.finish_and_clear();
    if !done.is_complete() {
        return Err(Failure::Said(
            "not everything is under the new root key yet: call `bailee keys rotate` again".to_owned(),
        ));
    }
    settings.root.end_rotation()?;
    common.say(&json!({ "root": new, "before": if goes_on { None } else { Some(old) }, "tenants": done.done, "went_on": goes_on }), || {
        let tenants = done.done;
        format!("Root key {new} now wraps the keys of {tenants} tenants. Keep a copy of {}, and give up the copies of the one before.", settings.root.file.display())
    });
    Ok(ExitCode::SUCCESS)
}

fn change_protection(protect: &Protect) -> Result<ExitCode, Failure> {
    let root = protect.common.settings()?.root;
    if !root.older_files()?.is_empty() {
        return Err(Failure::Said(
            "a rotation is not finished: call `bailee keys rotate` first, then change the protection"
                .to_owned(),
        ));
    }
    let mut new = Secrets::default();
    if let Some(path) = &protect.new.new_passphrase_file {
        new.passphrase = Some(read_passphrase(path)?);
    }
    if let Some(path) = &protect.new.new_credential_file {
        let bytes = files::read(path, super::MAX_LEN)?
            .ok_or_else(|| Failure::Said(format!("{} is not there", path.display())))?;
        new.credential = Some(bytes.into());
    }
    let id = root.protect_anew(&new, &SystemRandom)?.to_string();
    let protection = read(&root.file)?.map_or(Protection::None, |file| file.protection());
    protect.common.say(&json!({ "root": id, "protection": word(protection) }), || {
        format!("Root key {id} is now protected by {protection}. Copies made before still have the old protection: replace them.")
    });
    Ok(ExitCode::SUCCESS)
}

fn progress_bar(json: bool) -> ProgressBar {
    if json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} tenants, {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn bar_to(bar: &ProgressBar, progress: &RewrapProgress) {
    bar.set_length(progress.all);
    bar.set_position(progress.done);
}

fn word(protection: Protection) -> &'static str {
    match protection {
        Protection::Passphrase => "passphrase",
        Protection::Credential => "credential",
        Protection::None => "none",
    }
}
