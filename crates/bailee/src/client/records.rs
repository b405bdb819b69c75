//! `bailee records`: kinds declared, records taken in, found, shown and put right.
//!
//! What a record says comes from a file or from standard input, and so does what is searched for if asked: no other user of this
//! machine sees it.

use std::io::Read as _;
use std::path::Path;

use http::header::IF_MATCH;
use kernel::{ItemId, VersionId};
use serde_json::{Value, json};

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, text};

/// No file of values or of a kind is longer.
const FILE_MAX: u64 = 1 << 20;

const RECORD: [Column; 5] = [
    text("ID", "/id"),
    text("KIND", "/kind"),
    text("NAME", "/name"),
    text("VERSION", "/number"),
    text("CHANGED", "/version_made_at"),
];

const KIND: [Column; 3] = [
    text("NAME", "/name"),
    text("VERSION", "/version"),
    text("SUBJECT", "/subject"),
];

/// Declare kinds of records; take records in, find them, show them and put them right.
#[derive(Debug, clap::Args)]
pub struct RecordsArgs {
    #[command(subcommand)]
    pub action: RecordsAction,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum RecordsAction {
    /// List the kinds of records that a dataset takes.
    Kinds {
        /// The dataset, by name or id.
        dataset: String,
    },
    /// Declare a kind, or declare it anew.
    Declare {
        /// The dataset, by name or id.
        dataset: String,
        /// The kind's name, such as profile.
        kind: String,
        /// A file of JSON with `fields` and perhaps `subject`; `-` for standard input.
        file: String,
    },
    /// List records, oldest first, without what they say.
    List {
        /// The dataset, by name or id.
        dataset: String,
        /// Only of this kind.
        #[arg(long)]
        kind: Option<String>,
    },
    /// Find records by a whole value, or by words.
    Find {
        /// The dataset, by name or id.
        dataset: String,
        /// The kind.
        kind: String,
        /// The field.
        field: String,
        /// The value; `-` reads it from standard input, where no other user of this machine sees it.
        value: String,
        /// The value is words, all of which are in the field.
        #[arg(long)]
        words: bool,
    },
    /// Take in a record.
    Add {
        /// The dataset, by name or id.
        dataset: String,
        /// The kind.
        kind: String,
        /// A file of JSON with the values by their fields; `-` for standard input.
        file: String,
        /// Its name; made up if left out.
        #[arg(long)]
        name: Option<String>,
        /// The person it is about, where no field of the kind names them.
        #[arg(long)]
        subject: Option<String>,
        #[command(flatten)]
        from: Origin,
    },
    /// Show a record with what it says, as JSON.
    Show {
        /// Which.
        record: ItemId,
        /// An earlier version.
        #[arg(long, value_name = "ID")]
        version: Option<VersionId>,
        /// Show this masked field, the others masked; --reason says why.
        #[arg(long, value_name = "FIELD")]
        reveal: Option<String>,
    },
    /// Put fields of a record right.
    Fix {
        /// Which.
        record: ItemId,
        /// The version that you have seen: `version` of `show`.
        #[arg(long, value_name = "ID")]
        seen: VersionId,
        /// A file of JSON with the new values by their fields, null to take one away; `-` for standard input.
        file: String,
        #[command(flatten)]
        from: Origin,
    },
}

/// Where values are from.
#[derive(Debug, clap::Args)]
pub struct Origin {
    /// Who or what said so, such as "web form".
    #[arg(long = "from", value_name = "SOURCE")]
    pub source: String,
    /// The ground of GDPR article 6(1), such as consent or contract.
    #[arg(long)]
    pub basis: Option<String>,
}

/// Does what was asked.
pub(crate) async fn run(args: &RecordsArgs, session: &Session) -> Result<(), Failure> {
    match &args.action {
        RecordsAction::Kinds { dataset } => {
            let answer = session
                .server
                .json(&Call::get(&["datasets", dataset, "kinds"]))
                .await?;
            let kinds = answer["kinds"].as_array().cloned().unwrap_or_default();
            session.output.rows(&KIND, &kinds, true)
        }
        RecordsAction::Declare { dataset, kind, file } => {
            let call = Call::put(&["datasets", dataset, "kinds", kind]).json(&read_json(file).await?)?;
            let declared = session.server.json(&call).await?;
            session.output.record(&declared, &KIND)
        }
        RecordsAction::List { dataset, kind } => {
            let call = Call::get(&["datasets", dataset, "records"]).query("kind", kind.as_ref());
            session.list(call, &RECORD, usize::MAX).await.map(drop)
        }
        RecordsAction::Find {
            dataset,
            kind,
            field,
            value,
            words,
        } => {
            let mut body = json!({ "kind": kind, "field": field });
            let value = match value.as_str() {
                "-" => read_text("-").await?.trim_end_matches(['\r', '\n']).to_owned(),
                value => value.to_owned(),
            };
            match words {
                true => body["words"] = json!(value),
                false => body["value"] = json!(value),
            }
            let call = Call::post(&["datasets", dataset, "records", "find"]).json(&body)?;
            session.list(call, &RECORD, usize::MAX).await.map(drop)
        }
        RecordsAction::Add {
            dataset,
            kind,
            file,
            name,
            subject,
            from,
        } => {
            let mut body = json!({ "kind": kind, "values": read_json(file).await?, "from": from.body() });
            name.iter().for_each(|name| body["name"] = json!(name));
            subject
                .iter()
                .for_each(|subject| body["subject"] = json!(subject));
            let call = Call::post(&["datasets", dataset, "records"]).json(&body)?;
            let made = session.server.json(&call).await?;
            session.output.record(&made, &RECORD)
        }
        RecordsAction::Show {
            record,
            version,
            reveal,
        } => {
            let call = Call::get(&["records", &record.to_string()])
                .query("version", *version)
                .query("reveal", reveal.as_ref());
            tell(session, &call).await
        }
        RecordsAction::Fix {
            record,
            seen,
            file,
            from,
        } => {
            let body = json!({ "values": read_json(file).await?, "from": from.body() });
            let call = Call::patch(&["records", &record.to_string()])
                .header(IF_MATCH, &format!("\"{seen}\""))?
                .json(&body)?;
            tell(session, &call).await
        }
    }
}

impl Origin {
    fn body(&self) -> Value {
        let mut body = json!({ "source": self.source });
        self.basis.iter().for_each(|basis| body["basis"] = json!(basis));
        body
    }
}

/// A record has names that no table knows: people get it as JSON as well, over several lines.
async fn tell(session: &Session, call: &Call) -> Result<(), Failure> {
    let record = session.server.json(call).await?;
    session.output.result(&record, || {
        let text = serde_json::to_string_pretty(&record).unwrap_or_default();
        let lines = text.lines().map(|line| super::shown(line).to_string());
        lines.collect::<Vec<_>>().join("\n")
    })
}

async fn read_json(file: &str) -> Result<Value, Failure> {
    let text = read_text(file).await?;
    serde_json::from_str(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Failure::usage(format!(
            "the file is no JSON: look at line {line}, column {column}"
        ))
    })
}

async fn read_text(file: &str) -> Result<String, Failure> {
    let file = file.to_owned();
    let read = move || {
        let bytes = match file.as_str() {
            "-" => {
                let mut bytes = Vec::new();
                let read = std::io::stdin().lock().take(FILE_MAX).read_to_end(&mut bytes);
                read.map_err(|error| Failure::usage(format!("standard input: {error}")))?;
                bytes
            }
            file => super::read_small(Path::new(file), FILE_MAX)?,
        };
        String::from_utf8(bytes).map_err(|_| Failure::usage("the file is no UTF-8 text"))
    };
    let read = tokio::task::spawn_blocking(read).await;
    read.map_err(|error| Failure::usage(format!("the file: {error}")))?
}
