//! `bailee search`: records by the exact value of a declared field.

use std::io::Read as _;

use serde_json::json;

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::listing::ITEM;

/// No value that is searched for is longer.
const VALUE_MAX: u64 = 64 << 10;

/// Find records by the exact value of a field that the dataset declares as searchable.
#[derive(Debug, clap::Args)]
pub struct SearchArgs {
    /// The dataset, by name or id.
    pub dataset: String,
    /// The field.
    pub field: String,
    /// The value; `-` reads it from standard input, where no other user of this machine sees it.
    pub value: String,
    /// At most so many.
    #[arg(long, default_value_t = usize::MAX, hide_default_value = true)]
    pub limit: usize,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// Prints what is found, page by page.
pub(crate) async fn run(args: &SearchArgs, session: &Session) -> Result<(), Failure> {
    let value = if args.value == "-" {
        tokio::task::spawn_blocking(read_value)
            .await
            .map_err(|error| Failure::usage(format!("standard input: {error}")))??
    } else {
        args.value.clone()
    };
    // Numbers and booleans are found by their text as well.
    let body = json!({ "field": args.field, "equals": value });
    let call = Call::post(&["datasets", &args.dataset, "search"])
        .query("limit", Some(args.limit.clamp(1, 1_000)))
        .json(&body)?;
    session.list(call, &ITEM, args.limit).await.map(drop)
}

fn read_value() -> Result<String, Failure> {
    let mut value = String::new();
    let read = std::io::stdin().lock().take(VALUE_MAX).read_to_string(&mut value);
    read.map_err(|error| Failure::usage(format!("standard input: {error}")))?;
    // The line end that `echo` adds is not meant.
    Ok(value.trim_end_matches(['\r', '\n']).to_owned())
}
