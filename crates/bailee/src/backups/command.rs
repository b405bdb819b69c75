//! The three commands.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use backup::{Backup, Bytes, Drill, List, Newer, Restore, Restored};
use clap::Args;
use gate::Gate;
use kernel::ObjectId;
use ledger::audit::{EntryRule, audit};
use ledger::checkpoint::SignedCheckpoint;
use serde_json::json;
use store::objects::{Place, Places};
use store::{Db, Options};
use tokio::runtime::Handle;

use super::scratch::Scratch;
use super::{Shelves, ensure, into, progress, read};
use crate::config::{ConfigFlags, Settings, Whereabouts};
use crate::data::{self, DataFolder};
use crate::failure::Failure;
use crate::keys::RootFailure;
use crate::server::{Parts, Wiring, beside, places};
use crate::verify::FolderLog;
use crate::{files, out};

/// Longer files hold no checkpoint.
const CHECKPOINT: u64 = 64 << 10;

/// What `backup` takes.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// Where to: a folder, or s3://bucket/prefix and the like. As `backup.to` when not given.
    #[arg(long, value_name = "WHERE")]
    to: Option<String>,
    /// Where the archive of wrapped keys goes instead.
    #[arg(long, value_name = "WHERE")]
    keys_to: Option<String>,
    /// Only add to the list of what was erased.
    #[arg(long)]
    suppressions: bool,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFlags,
}

/// What `restore` takes.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// Where the backup lies. As `backup.to` when not given.
    #[arg(long, value_name = "WHERE")]
    from: Option<String>,
    /// Where its wrapped keys lie.
    #[arg(long, value_name = "WHERE")]
    keys_from: Option<String>,
    /// Which backup, by its id; the newest when not given.
    #[arg(long, value_name = "ID")]
    backup: Option<ObjectId>,
    /// An empty folder to restore into, on SQLite; the place of the configuration when not given.
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
    /// A newer checkpoint of the log, to be told how much is lost.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// A copy of the log (`bailee mirror`), to see that its checkpoint continues the backup's.
    #[arg(long, value_name = "FOLDER", conflicts_with = "checkpoint")]
    log: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFlags,
}

/// What `drill` takes.
#[derive(Debug, Args)]
pub struct DrillArgs {
    /// Where the backup lies. As `backup.to` when not given.
    #[arg(long, value_name = "WHERE")]
    from: Option<String>,
    /// Where its wrapped keys lie.
    #[arg(long, value_name = "WHERE")]
    keys_from: Option<String>,
    /// How many objects are compared, and how many items opened.
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    samples: u32,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFlags,
}

/// Makes a backup, or adds to the list alone. The server may be running.
///
/// # Errors
/// [`Failure`], with what to do.
pub async fn make(args: &BackupArgs) -> Result<ExitCode, Failure> {
    let settings = crate::settings(&args.config)?;
    let shelves = shelves(&settings, args.to.as_deref(), args.keys_to.as_deref())?;
    let wiring = Wiring::system();
    let places = open_places(&settings).await?;
    let custody = beside::custody_over(&settings, wiring.clone(), places).await?;
    let node = DataFolder::open(&settings.data)?.node(&*wiring.random)?;
    let (key_file, json, only_list) = (settings.backup.key_file.clone(), args.json, args.suppressions);
    let work = move || {
        let key = ensure(&key_file, &shelves.data, &*wiring.random)?;
        if only_list {
            let desk = custody.desk();
            let mut list = List::open(&shelves.data, &key)?;
            let now = desk.clock.now();
            let added = list.extend(&desk.db, (&shelves.data, &key), now, &*desk.random)?;
            say(json, &json!({ "listed": added }), || {
                format!("The list of what was erased has {added} lines more.")
            });
            return Ok(());
        }
        let backup = Backup {
            shelf: shelves.data.clone(),
            keys_shelf: shelves.keys.clone(),
            key,
            custody,
            holder: format!("{node} command"),
            progress: progress(json),
            goes_on: Arc::new(|| true),
        };
        let made = backup.run()?;
        let (shelf, keys) = (shelves.data.shown(), shelves.keys.shown());
        say(
            json,
            &json!({ "made": made, "in": shelf, "keys_in": keys }),
            || {
                format!(
                    "Backup {} is in {shelf}, its keys in {keys}: {} rows, {} objects, of which {} were copied. Keep a copy of {} \
                 somewhere else.",
                    made.backup,
                    made.rows,
                    made.objects,
                    made.copied,
                    key_file.display()
                )
            },
        );
        Ok::<_, Failure>(())
    };
    tokio::task::spawn_blocking(work).await??;
    Ok(ExitCode::SUCCESS)
}

/// Restores a backup.
///
/// # Errors
/// [`Failure`], with what to do.
pub async fn restore(args: &RestoreArgs) -> Result<ExitCode, Failure> {
    let settings = crate::settings(&args.config)?;
    let shelves = shelves_there(&settings, args.from.as_deref(), args.keys_from.as_deref())?;
    let key = read(&settings.backup.key_file)?;
    let newer = newer(args)?;
    let target = match &args.into {
        Some(folder) => into::folder(&settings, folder),
        None => settings,
    };
    into::check_empty(&target)?;
    let roots = target
        .root
        .open()?
        .ok_or_else(|| RootFailure::NotMade(target.root.file.clone()))?;
    let parts = Parts::open(&target, Wiring::system(), &Gate::unattended()).await?;
    let custody = parts.custody(roots.into_roots(), target.limits.clone())?;
    let restore = Restore {
        shelf: shelves.data,
        keys_shelf: shelves.keys,
        key,
        backup: args.backup,
        custody,
        bytes: Bytes::Copy,
        newer,
        progress: progress(args.json),
    };
    let restored = tokio::task::spawn_blocking(move || restore.run()).await??;
    let folder = target.data.display().to_string();
    say(
        args.json,
        &json!({ "restored": restored, "into": folder }),
        || told(&restored, &folder),
    );
    Ok(ExitCode::SUCCESS)
}

/// Tries the newest backup. The server may be running.
///
/// # Errors
/// [`Failure`] for the first that is wrong.
pub async fn drill(args: &DrillArgs) -> Result<ExitCode, Failure> {
    let settings = crate::settings(&args.config)?;
    let shelves = shelves_there(&settings, args.from.as_deref(), args.keys_from.as_deref())?;
    let key = read(&settings.backup.key_file)?;
    let wiring = Wiring::system();
    let custody = beside::custody(&settings, wiring.clone()).await?;
    let copies = open_places(&settings).await?;
    let roots = settings
        .root
        .open()?
        .ok_or_else(|| RootFailure::NotMade(settings.root.file.clone()))?;
    let (samples, json) = (args.samples, args.json);
    let work = move || {
        let scratch = Scratch::make(&settings.data.join("drill"))?;
        let db = Db::sqlite(scratch.database(), Options::default())?;
        db.migrate(&data::migrations())?;
        let on_shelf = on_shelf(&copies, &shelves)?;
        let scratch_custody = beside::over(db, wiring, on_shelf, roots.into_roots(), settings.limits)?;
        let drill = Drill {
            shelf: shelves.data,
            keys_shelf: shelves.keys,
            key,
            custody,
            scratch: scratch_custody,
            samples,
            progress: progress(json),
        };
        let drilled = drill.run()?;
        drop(drill);
        say(json, &json!({ "drilled": drilled }), || {
            format!(
                "Backup {} of {} can be restored: {} rows and {} entries of the log came back, {} objects are what was written, {} items \
                 opened.",
                drilled.restored.backup,
                drilled.restored.at,
                drilled.restored.rows,
                drilled.restored.log.entries,
                drilled.compared,
                drilled.opened
            )
        });
        Ok::<_, Failure>(())
    };
    tokio::task::spawn_blocking(work).await??;
    Ok(ExitCode::SUCCESS)
}

fn shelves(settings: &Settings, data: Option<&str>, keys: Option<&str>) -> Result<Shelves, Failure> {
    let nowhere = || Failure::Said("say where backups lie, with --to or --from or in `backup.to`".to_owned());
    let (runtime, gate) = (Handle::current(), Gate::unattended());
    Shelves::open(&settings.backup, data, keys, (&runtime, &gate))?.ok_or_else(nowhere)
}

/// The same where something is to be read: a folder that is misspelt is not made.
fn shelves_there(settings: &Settings, data: Option<&str>, keys: Option<&str>) -> Result<Shelves, Failure> {
    let shelves = shelves(settings, data, keys)?;
    for shelf in [&shelves.data, &shelves.keys] {
        if let Whereabouts::Folder(folder) = settings.backup.whereabouts(shelf.shown())
            && !folder.is_dir()
        {
            return Err(Failure::Said(format!(
                "{} is no folder: name the one where the backups lie with --from, and that of their keys with --keys-from",
                folder.display()
            )));
        }
    }
    Ok(shelves)
}

async fn open_places(settings: &Settings) -> Result<Places, Failure> {
    let (settings, runtime) = (settings.clone(), Handle::current());
    tokio::task::spawn_blocking(move || places::open(&settings, &runtime, &Gate::unattended())).await?
}

/// The same labels, with the copies on the shelf behind them.
fn on_shelf(places: &Places, shelves: &Shelves) -> Result<Places, Failure> {
    let copy = |place: &Place| {
        Ok::<_, Failure>(Place {
            objects: shelves.data.objects(&place.label)?,
            ..place.clone()
        })
    };
    let home = Places::of(copy(places.home())?);
    let mut others = places.iter().filter(|place| !place.label.is_home());
    others.try_fold(home, |copies, place| Ok(copies.with(copy(place)?)))
}

/// What the caller knows of the log.
fn newer(args: &RestoreArgs) -> Result<Option<Newer>, Failure> {
    if let Some(folder) = &args.log {
        let note = note(&folder.join("checkpoint"))?;
        let folder = folder.clone();
        return Ok(Some(Newer {
            note,
            continues: Some(Box::new(move |newer, ours| {
                let log = FolderLog::new(&folder, newer.size);
                audit(&log, newer, Some(ours), EntryRule::Links, |_| {})
                    .map(drop)
                    .map_err(|error| error.to_string())
            })),
        }));
    }
    let Some(file) = &args.checkpoint else {
        return Ok(None);
    };
    Ok(Some(Newer {
        note: note(file)?,
        continues: None,
    }))
}

fn note(file: &Path) -> Result<String, Failure> {
    let wrong = || Failure::Said(format!("{} holds no checkpoint", file.display()));
    let bytes = files::read(file, CHECKPOINT)?.ok_or_else(wrong)?;
    SignedCheckpoint::parse(&bytes).map_err(|_| wrong())?;
    String::from_utf8(bytes).map_err(|_| wrong())
}

fn told(restored: &Restored, folder: &str) -> String {
    let lost = match (restored.log.lost, restored.log.continues) {
        (None, _) => String::new(),
        (Some(lost), Some(true)) => {
            format!(" The newer checkpoint continues it with {lost} entries that are lost.")
        }
        (Some(lost), _) => {
            format!(" {lost} newer entries are lost; with --log it is seen whether they continue it.")
        }
    };
    format!(
        "Backup {} of {} is restored into {folder}: {} rows, {} objects. Its {} entries of the log hold.{lost} Of {} erasures since, {} \
         were made again. Put the root key file in its place, then `bailee serve`.",
        restored.backup,
        restored.at,
        restored.rows,
        restored.objects,
        restored.log.entries,
        restored.again.listed,
        restored.again.erased
    )
}

fn say(as_json: bool, json: &serde_json::Value, text: impl FnOnce() -> String) {
    if as_json {
        out::line(json);
    } else {
        out::line(text());
    }
}
