//! `bailee ls`: items of a dataset, or the datasets.

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, bytes, text};

/// How items are shown.
pub(crate) const ITEM: [Column; 5] = [
    text("ID", "/id"),
    text("STATE", "/state"),
    bytes("SIZE", "/version/size"),
    text("CHANGED", "/changed_at"),
    text("NAME", "/name"),
];
/// How datasets are shown.
pub(crate) const DATASET: [Column; 5] = [
    text("ID", "/id"),
    text("STATE", "/state"),
    text("MADE", "/made_at"),
    text("NAME", "/name"),
    text("DESCRIPTION", "/description"),
];

/// List the items of a dataset, or the datasets if none is named.
#[derive(Debug, clap::Args)]
pub struct LsArgs {
    /// A dataset, by name or id.
    pub dataset: Option<String>,
    /// Only items whose name begins so.
    #[arg(long, requires = "dataset")]
    pub prefix: Option<String>,
    /// Only items about this person, by your own handle.
    #[arg(long, requires = "dataset")]
    pub subject: Option<String>,
    /// Only these.
    #[arg(long, requires = "dataset", value_parser = ["active", "archived"])]
    pub state: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = usize::MAX, hide_default_value = true)]
    pub limit: usize,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// Prints what there is, page by page.
pub(crate) async fn run(args: &LsArgs, session: &Session) -> Result<(), Failure> {
    let page = args.limit.clamp(1, 1_000);
    let Some(dataset) = &args.dataset else {
        let call = Call::get(&["datasets"]).query("limit", Some(page));
        return session.list(call, &DATASET, args.limit).await.map(drop);
    };
    let call = Call::get(&["datasets", dataset, "items"])
        .query("limit", Some(page))
        .query("state", args.state.as_ref())
        .query("name_prefix", args.prefix.as_ref())
        .query("subject", args.subject.as_ref());
    session.list(call, &ITEM, args.limit).await.map(drop)
}
