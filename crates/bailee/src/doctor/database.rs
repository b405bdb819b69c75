//! The database and what must agree with it: schema, root key, log, objects.

use std::io::IsTerminal as _;
use std::sync::Arc;

use access::Policies;
use custody::installation::Installation;
use custody::{Custody, Limits};
use indicatif::{ProgressBar, ProgressStyle};
use ledger::audit::{EntryRule, audit};
use ledger::checkpoint::SignedCheckpoint;
use ledger::{Policy, VerifierKey};
use operation::Desk;
use operation::log::{StoredLog, checkpoint};
use store::objects::MemoryObjects;
use store::{Db, StoreError, params};

use super::{Finding, backups, day, places};
use crate::config::{Database, Settings};
use crate::server::Wiring;

const DATABASE: &str = "database";
const SCHEMA: &str = "schema";
const ROOT: &str = "root key";
const OPERATOR: &str = "operator's keys";
const LOG: &str = "log";

const LIVE_KEYS: &str = "SELECT count(*) FROM api_key WHERE tenant_id = $1 AND invalidated_at IS NULL \
     AND (expires_at IS NULL OR expires_at > $2)";

pub(super) async fn checks(settings: &Settings, wiring: &Wiring, quick: bool) -> Vec<Finding> {
    let db = match wiring.open_existing(settings).await {
        Ok(Some(db)) => db,
        Ok(None) => {
            return vec![Finding::ok(
                DATABASE,
                "nothing is installed yet; the first start does it",
            )];
        }
        Err(error) => {
            return vec![Finding::fail(
                DATABASE,
                error.to_string(),
                unreachable_mend(settings),
            )];
        }
    };
    let mut findings = vec![
        Finding::ok(DATABASE, format!("{:?} answers", db.engine())),
        schema(&db).await,
    ];
    let installation = match custody_without_keys(&db, wiring) {
        Ok(custody) => custody.installation().await,
        Err(error) => Err(custody::Error::Internal(error)),
    };
    match installation {
        Ok(None) => findings.push(Finding::ok(
            ROOT,
            "nothing is installed yet; the first start makes a root key",
        )),
        Err(error) => findings.push(Finding::fail(
            DATABASE,
            error.to_string(),
            "mend what the checks above name",
        )),
        Ok(Some(installation)) => {
            findings.push(clock_against(&installation, wiring));
            findings.push(root(settings, &db, wiring).await);
            findings.push(operator(&db, &installation, wiring).await);
            if !quick {
                findings.push(log(&db, &installation).await);
            }
            findings.extend(places::against(settings, &db, quick).await);
            findings.extend(backups::checks(settings, &db, wiring).await);
        }
    }
    findings
}

fn unreachable_mend(settings: &Settings) -> &'static str {
    match settings.database {
        Database::Sqlite => {
            "see that the file is not damaged and that its disk has space; otherwise restore a backup"
        }
        Database::Postgres(_) => {
            "see that the server runs, that `database` names it, and that the user may sign in"
        }
    }
}

/// The steps of the schema's history, against those of this program.
async fn schema(db: &Db) -> Finding {
    let applied = db.read(|tx| {
        let rows = tx.all("SELECT id FROM migration ORDER BY id", &[])?;
        rows.iter()
            .map(|row| row.get(0))
            .collect::<Result<Vec<u32>, StoreError>>()
    });
    let applied = match applied.await {
        Ok(applied) => applied,
        Err(error) => return Finding::fail(SCHEMA, error.to_string(), "restore a backup"),
    };
    let known: Vec<u32> = crate::data::migrations().iter().map(|step| step.id).collect();
    let missing = known.iter().filter(|id| !applied.contains(id)).count();
    match applied.iter().find(|id| !known.contains(id)) {
        Some(id) => Finding::fail(
            SCHEMA,
            format!("step {id} was made by a newer program"),
            "start that program, or restore a backup",
        ),
        None if missing > 0 => Finding::warn(
            SCHEMA,
            format!("{missing} steps are missing"),
            "the next `bailee serve` makes them; back up before",
        ),
        None => Finding::ok(SCHEMA, format!("all {} steps are there", known.len())),
    }
}

/// A custody that can be asked only what needs no key.
fn custody_without_keys(db: &Db, wiring: &Wiring) -> Result<Custody, String> {
    let nothing = sealing::LocalRoot::new(sealing::Key::generate(&*wiring.random));
    custody_with(db, wiring, custody::Roots::new(Arc::new(nothing), Vec::new()))
}

fn custody_with(db: &Db, wiring: &Wiring, roots: custody::Roots) -> Result<Custody, String> {
    let policies = Policies::load().map_err(|error| error.to_string())?;
    let desk = Desk::new(
        db.clone(),
        Arc::clone(&wiring.clock),
        Arc::clone(&wiring.random),
        Arc::new(policies),
    );
    Ok(Custody::new(
        desk,
        Arc::new(MemoryObjects::default()),
        roots,
        Limits::default(),
        "doctor",
    ))
}

fn clock_against(installation: &Installation, wiring: &Wiring) -> Finding {
    const NAME: &str = "clock and database";
    let (now, made_at) = (wiring.clock.now(), installation.made_at);
    if now < made_at {
        let found = format!(
            "the machine says {}, and the installation was made on {}",
            day(now),
            day(made_at)
        );
        return Finding::fail(NAME, found, "set the clock, and keep it set with NTP");
    }
    Finding::ok(NAME, format!("installed on {}", day(made_at)))
}

async fn root(settings: &Settings, db: &Db, wiring: &Wiring) -> Finding {
    let keys = match settings.root.open() {
        Ok(Some(keys)) => keys,
        Ok(None) => {
            let place = settings.root.file.display();
            return Finding::fail(
                ROOT,
                format!("{place} is not there"),
                "bring it back from the backup of keys, or name its place in `root.key_file`",
            );
        }
        Err(error) => return Finding::fail(ROOT, error.to_string(), "bring what it asks for"),
    };
    let (id, older) = (keys.ids()[0], keys.older.len());
    let checked = match custody_with(db, wiring, keys.into_roots()) {
        Ok(custody) => custody.check_root().await.map_err(|error| error.to_string()),
        Err(error) => Err(error),
    };
    match checked {
        Err(error) => Finding::fail(
            ROOT,
            error,
            "start with the root key that belongs to this database",
        ),
        Ok(()) if older > 0 => Finding::warn(
            ROOT,
            format!("{id} fits, and {older} older keys are still there"),
            "`bailee keys rotate` finishes what was begun",
        ),
        Ok(()) => Finding::ok(ROOT, format!("{id} is the one this installation wants")),
    }
}

/// Whether the operator has a key that works. That it is lost nobody can see from here.
async fn operator(db: &Db, installation: &Installation, wiring: &Wiring) -> Finding {
    let (tenant, now) = (installation.operator_tenant, wiring.clock.now());
    let live = db.read(move |tx| tx.one(LIVE_KEYS, params![tenant, now])?.get::<u64>(0));
    match live.await {
        Ok(0) => Finding::warn(
            OPERATOR,
            "none works any more, so nobody can make tenants",
            "`bailee keys operator` issues a new one by the root key",
        ),
        Ok(live) => Finding::ok(
            OPERATOR,
            format!("{live} of them; `bailee keys operator` issues another where they are lost"),
        ),
        Err(error) => Finding::fail(OPERATOR, error.to_string(), "mend what the checks above name"),
    }
}

/// The newest checkpoint's signature, then the whole log against it.
async fn log(db: &Db, installation: &Installation) -> Finding {
    let mend =
        "keep everything as it is and compare with a backup: the log's rows were changed outside the server";
    let note = match checkpoint(db).await {
        Ok(Some(note)) => note,
        Ok(None) => return Finding::ok(LOG, "empty; the first event begins it"),
        Err(error) => return Finding::fail(LOG, error.to_string(), "mend what the checks above name"),
    };
    let (db, verifier) = (db.clone(), installation.log_verifier.clone());
    let verified = tokio::task::spawn_blocking(move || verify(&db, &note, &verifier)).await;
    match verified {
        Ok(Ok(entries)) => Finding::ok(LOG, format!("{entries} entries agree with the signed checkpoint")),
        Ok(Err(reason)) => Finding::fail(LOG, reason, mend),
        Err(error) => Finding::fail(LOG, error.to_string(), mend),
    }
}

fn verify(db: &Db, note: &str, verifier: &str) -> Result<u64, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let verifier: VerifierKey = verifier.parse().map_err(|error| text(&error))?;
    let policy = Policy::log_only(verifier).map_err(|error| text(&error))?;
    let signed = SignedCheckpoint::parse(note.as_bytes()).map_err(|error| text(&error))?;
    let verified = signed.verify(&policy).map_err(|error| text(&error))?;
    let bar = progress_bar(verified.checkpoint().size);
    let report = audit(
        &StoredLog(db.clone()),
        verified.checkpoint(),
        None,
        EntryRule::Links,
        |done| bar.set_position(done),
    );
    bar.finish_and_clear();
    report.map(|report| report.entries).map_err(|error| text(&error))
}

fn progress_bar(size: u64) -> ProgressBar {
    // A short log is verified before anybody has read the bar.
    if size < 100_000 || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("verifying the log {bar:40} {pos}/{len}, {eta} left");
    ProgressBar::new(size).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
