//! `bailee processing`: the register of processing activities, what is missing of it, and the files that others are sent.

use std::path::{Path, PathBuf};

use kernel::EntryId;
use serde_json::{Map, Value, json};

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, shown, text};

/// The most bytes of a file; a register of thousands of activities is smaller.
const MOST_BYTES: usize = 64 << 20;

const ACTIVITY: [Column; 6] = [
    text("ID", "/id"),
    text("NAME", "/name"),
    text("VERSION", "/number"),
    text("STANDING", "/standing"),
    text("REVIEWED", "/reviewed_on"),
    text("REVIEW BY", "/review_by"),
];

const GAP: [Column; 3] = [
    text("MISSING", "/kind"),
    text("ABOUT", "/about"),
    text("WHAT TO DO", "/todo"),
];

/// See and complete the register of processing activities (GDPR 30).
#[derive(Debug, clap::Args)]
pub struct ProcessingArgs {
    #[command(subcommand)]
    pub action: Option<ProcessingAction>,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do; without any, the activities are listed, and what is missing.
#[derive(Debug, clap::Subcommand)]
pub enum ProcessingAction {
    /// Show one activity with all that is known of it, as JSON.
    Show {
        /// Its id.
        activity: EntryId,
    },
    /// Write the register into a file: a page or PDF for an authority, CSV, or JSON.
    Export {
        /// The file; its ending says which: .html, .pdf, .csv or .json.
        file: PathBuf,
    },
    /// Write an activity. It shows nothing until somebody else approves it.
    Add {
        /// What it is called.
        name: String,
        /// Words of its purposes, with commas between them.
        #[arg(long)]
        purposes: String,
        /// Whose data it is: customers, patients, applicants.
        #[arg(long)]
        data_subjects: String,
        /// What shows that it was looked through: who looked, and at what.
        #[arg(long)]
        statement: String,
        /// The day of the review, such as 2026-11-20; today if left out.
        #[arg(long, value_name = "DAY")]
        reviewed_on: Option<String>,
        /// Another field of the register with its value; may be repeated.
        #[arg(long, value_name = "FIELD=VALUE")]
        say: Vec<String>,
    },
    /// Approve a version that somebody else wrote.
    Approve {
        /// The activity's id.
        activity: EntryId,
        /// The number of the version.
        number: u32,
    },
}

/// Does what was asked.
pub(crate) async fn run(args: &ProcessingArgs, session: &Session) -> Result<(), Failure> {
    match &args.action {
        None => list(session).await,
        Some(ProcessingAction::Show { activity }) => {
            let id = activity.to_string();
            let found = session
                .server
                .json(&Call::get(&["processing-activities", &id]))
                .await?;
            let shown_so = || serde_json::to_string_pretty(&found).unwrap_or_default();
            session.output.result(&found, shown_so)
        }
        Some(ProcessingAction::Export { file }) => export(session, file).await,
        Some(ProcessingAction::Add {
            name,
            purposes,
            data_subjects,
            statement,
            reviewed_on,
            say,
        }) => {
            let today = || session.clock.now().to_string().chars().take(10).collect();
            let mut values = said(say)?;
            values.insert("purposes".into(), json!(purposes));
            values.insert("data_subjects".into(), json!(data_subjects));
            let body = json!({
                "title": name, "received_on": reviewed_on.clone().unwrap_or_else(today), "values": values,
                "evidence": { "statement": { "text": statement } },
            });
            let call = Call::post(&["registers", "processing-activities", "entries"]).json(&body)?;
            tell(session, call, "is written; somebody else approves it").await
        }
        Some(ProcessingAction::Approve { activity, number }) => {
            let id = activity.to_string();
            let call =
                Call::post(&["register-entries", &id, "approve"]).json(&json!({ "number": number }))?;
            tell(session, call, "is approved").await
        }
    }
}

async fn list(session: &Session) -> Result<(), Failure> {
    let register = session
        .server
        .json(&Call::get(&["processing-activities"]))
        .await?;
    if session.output.is_json() {
        return session.output.result(&register, String::new);
    }
    let rows = |of: &str| register[of].as_array().cloned().unwrap_or_default();
    session.output.rows(&ACTIVITY, &rows("activities"), true)?;
    match register["complete"].as_bool() {
        Some(true) => session.output.line("The register is complete."),
        _ => {
            session.output.line("The register is not complete:")?;
            session.output.rows(&GAP, &rows("gaps"), true)
        }
    }
}

async fn export(session: &Session, file: &Path) -> Result<(), Failure> {
    let ending = file
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    let formats = ["html", "pdf", "csv", "json"];
    let Some(format) = formats.into_iter().find(|format| *format == ending) else {
        let says = format!(
            "{}: let the file end in .html, .pdf, .csv or .json",
            file.display()
        );
        return Err(Failure::Usage(says));
    };
    let call = Call::download(&["processing-activities"]).query("format", Some(format));
    let bytes = session.server.bytes(&call, MOST_BYTES).await?;
    std::fs::write(file, &bytes).map_err(Failure::file("write", file))?;
    let path = file.to_string_lossy();
    session
        .output
        .result(&json!({ "path": path, "bytes": bytes.len() }), || {
            format!("{}: {} bytes", shown(&path), bytes.len())
        })
}

async fn tell(session: &Session, call: Call, what: &str) -> Result<(), Failure> {
    let entry = session.server.json(&call).await?;
    session.output.result(&entry, || {
        format!(
            "{} version {} {what}",
            entry["id"].as_str().unwrap_or_default(),
            entry["number"]
        )
    })
}

/// `field=value` pairs as values of an entry.
fn said(say: &[String]) -> Result<Map<String, Value>, Failure> {
    let pair = |pair: &String| {
        let (field, value) = pair.split_once('=')?;
        Some((field.to_owned(), json!(value)))
    };
    let of = |text: &String| {
        let usage = || {
            Failure::Usage(format!(
                "{text}: write --say FIELD=VALUE, as in --say datasets=subscribers"
            ))
        };
        pair(text).ok_or_else(usage)
    };
    say.iter().map(of).collect()
}
