//! `bailee access`: who can see an item or a dataset, and what a member can see.

use kernel::{ItemId, MemberId};

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, text};

const WHO: [Column; 4] = [
    text("MEMBER", "/member"),
    text("CLASS", "/class"),
    text("DATASET", "/dataset"),
    text("ITEMS", "/items"),
];

const WHAT: [Column; 3] = [
    text("DATASET", "/dataset"),
    text("MAY", "/actions"),
    text("ITEMS", "/items"),
];

/// The longest list that is printed whole.
const MOST_CSV: usize = 256 << 20;

/// Find out who can see what.
#[derive(Debug, clap::Args)]
pub struct AccessArgs {
    #[command(subcommand)]
    pub action: AccessAction,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// Which way round to ask.
#[derive(Debug, clap::Subcommand)]
pub enum AccessAction {
    /// List who can see an item or a dataset, and what they can do with it.
    Who {
        /// An item's id, or a dataset's name with `--dataset`.
        item: String,
        /// Ask about a dataset, by its name or id.
        #[arg(long)]
        dataset: bool,
        /// Everything, one line for each member, item and action, as CSV.
        #[arg(long)]
        csv: bool,
    },
    /// List what a member can see.
    What {
        /// Whom.
        member: MemberId,
        /// Everything, one line for each dataset, item and action, as CSV.
        #[arg(long)]
        csv: bool,
    },
}

/// Does what was asked.
pub(crate) async fn run(args: &AccessArgs, session: &Session) -> Result<(), Failure> {
    match &args.action {
        AccessAction::Who {
            item,
            dataset: true,
            csv,
        } => list(session, &["access", "datasets", item], *csv, &WHO).await,
        AccessAction::Who { item, csv, .. } => {
            let item: ItemId = item.parse().map_err(|_| {
                Failure::Usage("that is no item's id; say --dataset to ask about a dataset".into())
            })?;
            list(session, &["access", "items", &item.to_string()], *csv, &WHO).await
        }
        AccessAction::What { member, csv } => {
            list(session, &["access", "members", &member.to_string()], *csv, &WHAT).await
        }
    }
}

async fn list(session: &Session, path: &[&str], csv: bool, columns: &[Column]) -> Result<(), Failure> {
    if csv {
        let call = Call::get(path).query("format", Some("csv"));
        return session
            .output
            .write(&session.server.bytes(&call, MOST_CSV).await?);
    }
    let call = Call::get(path).query("limit", Some(1_000));
    session.list(call, columns, usize::MAX).await.map(drop)
}
