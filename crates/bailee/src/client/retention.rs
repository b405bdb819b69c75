//! `bailee retention`: how long things are kept, and what goes when.

use kernel::Timestamp;
use serde_json::{Value, json};

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, text};

const RULE: [Column; 5] = [
    text("KIND", "/kind"),
    text("DAYS", "/days"),
    text("COUNTS FROM", "/counts_from"),
    text("NOTICE DAYS", "/notice_days"),
    text("GROUND", "/ground"),
];

const DUE: [Column; 7] = [
    text("ITEM", "/item"),
    text("KIND", "/kind"),
    text("STATE", "/state"),
    text("BECAUSE", "/because"),
    text("DUE", "/due_at"),
    text("DELETED", "/deleted_at"),
    text("KEPT BY", "/kept_by"),
];

const NOTICE: [Column; 6] = [
    text("ID", "/id"),
    text("DATASET", "/dataset"),
    text("KIND", "/kind"),
    text("ITEMS", "/items"),
    text("MADE", "/made_at"),
    text("GOES", "/ready_at"),
];

/// See and settle how long things are kept.
#[derive(Debug, clap::Args)]
pub struct RetentionArgs {
    #[command(subcommand)]
    pub action: Option<RetentionAction>,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do; without any, what is settled for the tenant is shown.
#[derive(Debug, clap::Subcommand)]
pub enum RetentionAction {
    /// Show what is settled for the tenant, or for a dataset.
    Show {
        /// Its name or id; the tenant if left out.
        dataset: Option<String>,
    },
    /// Settle one rule for the tenant, or for a dataset, in the place of all that was settled for it.
    Set {
        /// Its name or id; the tenant if left out.
        dataset: Option<String>,
        /// For how many days things are kept.
        #[arg(long)]
        days: u32,
        /// From when on: put, last-version or archive.
        #[arg(long, value_name = "WORD", default_value = "put", value_parser = ["put", "last-version", "archive"])]
        counts_from: String,
        /// How many days before it is announced.
        #[arg(long, default_value_t = 14)]
        notice_days: u32,
        /// For how many days everything that is archived can be brought back.
        #[arg(long)]
        archive_days: Option<u32>,
        /// Why longer than the tenant or the contract says.
        #[arg(long)]
        ground: Option<String>,
    },
    /// Settle rules out of a JSON file with `rules` and `archive_days`, also several for files and records.
    Load {
        /// The file.
        file: std::path::PathBuf,
        /// Its name or id; the tenant if left out.
        dataset: Option<String>,
    },
    /// Show what rules would archive and delete in a dataset, without doing it.
    Preview {
        /// Its name or id.
        dataset: String,
        /// What is due by then, such as 2027-01-01T00:00:00Z; by now if left out.
        #[arg(long, value_name = "MOMENT")]
        by: Option<Timestamp>,
    },
    /// List what was announced, newest first.
    Notices,
}

/// Does what was asked.
pub(crate) async fn run(args: &RetentionArgs, session: &Session) -> Result<(), Failure> {
    match &args.action {
        None => show(session, None).await,
        Some(RetentionAction::Show { dataset }) => show(session, dataset.as_deref()).await,
        Some(RetentionAction::Set {
            dataset,
            days,
            counts_from,
            notice_days,
            archive_days,
            ground,
        }) => {
            let mut rule = json!({ "days": days, "counts_from": counts_from, "notice_days": notice_days });
            ground.iter().for_each(|ground| rule["ground"] = json!(ground));
            let mut body = json!({ "rules": [rule] });
            archive_days
                .iter()
                .for_each(|days| body["archive_days"] = json!(days));
            put(session, dataset.as_deref(), &body).await
        }
        Some(RetentionAction::Load { file, dataset }) => {
            let text = std::fs::read(file).map_err(|source| Failure::File {
                doing: "read",
                path: file.clone(),
                source,
            })?;
            let body: Value = serde_json::from_slice(&text)
                .map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))?;
            put(session, dataset.as_deref(), &body).await
        }
        Some(RetentionAction::Preview { dataset, by }) => {
            let call = Call::get(&["datasets", dataset, "retention", "preview"]);
            let call = call.query("limit", Some(1_000)).query("by", by.as_ref());
            session.list(call, &DUE, usize::MAX).await.map(drop)
        }
        Some(RetentionAction::Notices) => {
            let call = Call::get(&["retention", "notices"]).query("limit", Some(1_000));
            session.list(call, &NOTICE, usize::MAX).await.map(drop)
        }
    }
}

async fn show(session: &Session, dataset: Option<&str>) -> Result<(), Failure> {
    let call = Call::get(&path(dataset));
    tell(session, &call).await
}

async fn put(session: &Session, dataset: Option<&str>, body: &Value) -> Result<(), Failure> {
    tell(session, &Call::put(&path(dataset)).json(body)?).await
}

async fn tell(session: &Session, call: &Call) -> Result<(), Failure> {
    let settled = session.server.json(call).await?;
    if session.output.is_json() {
        return session.output.record(&settled, &RULE);
    }
    let rules = settled["rules"].as_array().cloned().unwrap_or_default();
    session.output.rows(&RULE, &rules, true)?;
    match settled["archive_days"].as_u64() {
        Some(days) => session
            .output
            .line(format!("What is archived can be brought back for {days} days.")),
        None => Ok(()),
    }
}

fn path(dataset: Option<&str>) -> Vec<&str> {
    match dataset {
        Some(dataset) => vec!["datasets", dataset, "retention"],
        None => vec!["retention"],
    }
}
