//! `bailee quarantine`: what a dataset could not clean of what identifies people, and what becomes of it.

use kernel::{ItemId, VersionId};
use serde_json::json;

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, text};

const HELD: [Column; 5] = [
    text("ITEM", "/id"),
    text("VERSION", "/version/id"),
    text("SINCE", "/version/quarantine/since"),
    text("NAME", "/name"),
    text("REASON", "/version/quarantine/reason"),
];

const CHANGED: [Column; 3] = [
    text("ITEM", "/item/id"),
    text("NAME", "/item/name"),
    text("EVENT", "/event"),
];

/// List what is in quarantine, let it out or delete it.
#[derive(Debug, clap::Args)]
pub struct QuarantineArgs {
    #[command(subcommand)]
    pub action: QuarantineAction,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do with what is in quarantine.
#[derive(Debug, clap::Subcommand)]
pub enum QuarantineAction {
    /// List what a dataset holds, and why.
    List {
        /// Its name or id.
        dataset: String,
    },
    /// Let one version out as it is: whoever may read the dataset reads it from then on.
    Release {
        /// Of which item.
        item: ItemId,
        /// Which version.
        version: VersionId,
        /// Why; the trail keeps it.
        why: String,
    },
    /// Delete one version for good.
    Delete {
        /// Of which item.
        item: ItemId,
        /// Which version.
        version: VersionId,
    },
}

/// Does what was asked.
pub(crate) async fn run(args: &QuarantineArgs, session: &Session) -> Result<(), Failure> {
    match &args.action {
        QuarantineAction::List { dataset } => {
            let call = Call::get(&["datasets", dataset, "quarantine"]).query("limit", Some(1_000));
            session.list(call, &HELD, usize::MAX).await.map(drop)
        }
        QuarantineAction::Release { item, version, why } => {
            let (item, version) = (item.to_string(), version.to_string());
            let call = Call::post(&["items", &item, "quarantine", &version, "release"]);
            let released = session
                .server
                .json(&call.json(&json!({ "reason": why }))?)
                .await?;
            session.output.record(&released, &CHANGED)
        }
        QuarantineAction::Delete { item, version } => {
            let (item, version) = (item.to_string(), version.to_string());
            let call = Call::delete(&["items", &item, "quarantine", &version]);
            let deleted = session.server.json(&call).await?;
            session.output.result(&deleted, || format!("deleted  {version}"))
        }
    }
}
