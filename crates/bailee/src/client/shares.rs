//! `bailee shares`: links by which the public reaches a dataset or an export.
//!
//! Promises: nothing is shared before the server has said what sharing would mean, and a person, or `--yes`, has said yes to exactly
//! that; the link is shown once. Leaves out: following a link.

use std::path::PathBuf;

use kernel::{ShareId, Timestamp};
use serde_json::{Value, json};

use super::Session;
use super::asks::Asks;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, shown, text};
use super::secret_file::SecretFile;
use super::since::Span;

const SHARE: [Column; 7] = [
    text("ID", "/id"),
    text("EXPORT", "/export"),
    text("MADE", "/made_at"),
    text("BY", "/made_by"),
    text("ENDS", "/ends_at"),
    text("WITHDRAWN", "/withdrawn_at"),
    text("ORIGINALS", "/originals"),
];

/// List, make and withdraw links for the public.
#[derive(Debug, clap::Args)]
pub struct SharesArgs {
    #[command(subcommand)]
    pub action: SharesAction,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do with links.
#[derive(Debug, clap::Subcommand)]
pub enum SharesAction {
    /// List those of a dataset and its exports, ended ones included.
    List {
        /// Its name or id.
        dataset: String,
    },
    /// Make one: anybody who has it reaches what it shares, without an account. The key's scope must list `share.create`.
    Make(Plan),
    /// Withdraw one: it shows nothing from now on.
    Withdraw {
        /// Of which dataset: its name or id.
        dataset: String,
        /// Which.
        share: ShareId,
    },
}

/// What is to be shared.
#[derive(Debug, clap::Args)]
pub struct Plan {
    /// The dataset: its name or id.
    dataset: String,
    /// One of its exports, by its number; the dataset itself, with what comes into it later, if left out.
    #[arg(long, value_name = "NUMBER")]
    export: Option<u64>,
    /// For how long, such as 12h or 7d.
    #[arg(
        long = "for",
        value_name = "SPAN",
        conflicts_with = "until",
        required_unless_present = "until"
    )]
    life: Option<Span>,
    /// Until when.
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// Original bytes can be taken, too. Otherwise items can be looked at.
    #[arg(long)]
    originals: bool,
    /// Write the link to this new file instead of showing it.
    #[arg(long, value_name = "FILE")]
    link_file: Option<PathBuf>,
    /// Do not ask; what sharing means is printed all the same.
    #[arg(long)]
    yes: bool,
}

/// Does what was asked.
pub(crate) async fn run(args: &SharesArgs, session: &Session) -> Result<(), Failure> {
    match &args.action {
        SharesAction::List { dataset } => {
            let call = Call::get(&["datasets", dataset, "shares"]);
            session.list(call, &SHARE, usize::MAX).await.map(drop)
        }
        SharesAction::Make(plan) => make(plan, session).await,
        SharesAction::Withdraw { dataset, share } => {
            let call = Call::delete(&["datasets", dataset, "shares", &share.to_string()]);
            session.output.record(&session.server.json(&call).await?, &SHARE)
        }
    }
}

async fn make(plan: &Plan, session: &Session) -> Result<(), Failure> {
    let mut body = plan.body(session)?;
    let warning = Call::post(&["datasets", &plan.dataset, "shares", "warning"]).json(&body)?;
    let warning = session.server.json(&warning).await?;
    for says in warning
        .pointer("/says")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        eprintln!("- {}", shown(says.as_str().unwrap_or_default()));
    }
    let question = format!("Share {} with everybody who has the link?", shown(&plan.dataset));
    Asks::of_terminal(plan.yes).confirm(&question, "nothing was shared")?;
    // Open before there is a link, so that none is lost to a wrong path.
    let file = plan.link_file.as_deref().map(SecretFile::create).transpose()?;
    body["confirmation"] = warning.pointer("/confirmation").cloned().unwrap_or_default();
    let call = Call::post(&["datasets", &plan.dataset, "shares"]).json(&body)?;
    tell(session, session.server.json(&call).await?, file)
}

/// Tells the link once: whole, since a path alone opens nothing.
fn tell(session: &Session, mut made: Value, file: Option<SecretFile>) -> Result<(), Failure> {
    let path = made.pointer("/path").and_then(Value::as_str);
    let link = path.and_then(|path| session.server.base.join(path).ok());
    let link = link.ok_or_else(|| Failure::Answer("there is no link in it".into()))?;
    let kept = file.is_some();
    if let Some(file) = file {
        file.keep(link.as_str())?;
        made["path"] = Value::Null;
    } else {
        made["link"] = json!(link.as_str());
    }
    session.output.result(&made, || match kept {
        true => "it is shared, and the link is in the file".to_owned(),
        false => format!("{}\n(this link is not shown again)", shown(link.as_str())),
    })
}

impl Plan {
    fn body(&self, session: &Session) -> Result<Value, Failure> {
        let life = self.life.map(|life| session.clock.now().plus(life.0));
        let ends_at = self.until.or(life);
        let ends_at = ends_at.ok_or_else(|| Failure::usage("say until when, by --for or --until"))?;
        let mut body = json!({ "ends_at": ends_at, "originals": self.originals });
        self.export
            .iter()
            .for_each(|export| body["export"] = json!(export));
        Ok(body)
    }
}
