//! `bailee archive`, `unarchive` and `rm`: for single items, or for all of a dataset that fit a filter.
//!
//! Promises: nothing is deleted without a yes, from a person at a terminal or by `--yes`; before many are changed they are
//! counted by a dry run of the server; a dataset without any filter must be meant expressly, by `--all`.

use indicatif::BinaryBytes;
use serde_json::{Value, json};

use super::Session;
use super::asks::Asks;
use super::call::Call;
use super::failure::Failure;
use super::output::shown;
use super::reference::ItemReference;

/// Which items are meant.
#[derive(Debug, Clone, clap::Args)]
pub struct WhichArgs {
    /// Items, each by its id or as DATASET/NAME.
    #[arg(
        value_name = "ITEM",
        conflicts_with = "dataset",
        required_unless_present = "dataset"
    )]
    pub items: Vec<ItemReferenceArg>,
    /// All items of this dataset that fit the options below.
    #[arg(long, short)]
    pub dataset: Option<String>,
    /// Whose name begins so.
    #[arg(long, requires = "dataset")]
    pub prefix: Option<String>,
    /// Of this kind.
    #[arg(long, requires = "dataset", value_parser = ["file", "record"])]
    pub kind: Option<String>,
    /// About this person, by your own handle.
    #[arg(long, requires = "dataset")]
    pub subject: Option<String>,
    /// Not changed since this moment (RFC 3339) or for so long (30m, 12h, 7d).
    #[arg(long, requires = "dataset", value_name = "TIME")]
    pub changed_before: Option<super::since::Since>,
    /// Really all items of the dataset.
    #[arg(long, requires = "dataset", conflicts_with_all = ["prefix", "kind", "subject", "changed_before"])]
    pub all: bool,
    /// With --dataset: only count what would be changed.
    #[arg(long, requires = "dataset")]
    pub dry_run: bool,
}

/// An item on the command line.
#[derive(Debug, Clone)]
pub struct ItemReferenceArg(pub(crate) ItemReference);

impl std::str::FromStr for ItemReferenceArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self)
    }
}

/// Take items out of use. They can be taken back into use, and only archived items can be deleted.
#[derive(Debug, clap::Args)]
pub struct ArchiveArgs {
    #[command(flatten)]
    pub which: WhichArgs,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// Take archived items back into use.
#[derive(Debug, clap::Args)]
pub struct UnarchiveArgs {
    #[command(flatten)]
    pub which: WhichArgs,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// Delete archived items for good: their keys are destroyed, and their bytes removed.
#[derive(Debug, clap::Args)]
pub struct RmArgs {
    #[command(flatten)]
    pub which: WhichArgs,
    /// Do not ask.
    #[arg(long, short)]
    pub yes: bool,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// Archives.
pub(crate) async fn archive(args: &ArchiveArgs, session: &Session) -> Result<(), Failure> {
    change(&args.which, "archive", "archived", session).await
}

/// Takes back into use. The server's word is restore; this program's `restore` is that of a backup.
pub(crate) async fn unarchive(args: &UnarchiveArgs, session: &Session) -> Result<(), Failure> {
    change(&args.which, "restore", "restored", session).await
}

/// Deletes, after a yes.
pub(crate) async fn rm(args: &RmArgs, session: &Session) -> Result<(), Failure> {
    let asks = Asks::of_terminal(args.yes);
    rm_asking(args, session, asks).await
}

async fn rm_asking(args: &RmArgs, session: &Session, asks: Asks) -> Result<(), Failure> {
    let which = &args.which;
    if which.dry_run {
        return change(which, "delete", "deleted", session).await;
    }
    let what = match &which.dataset {
        Some(dataset) => {
            let answer = bulk(which, dataset, "delete", true, session).await?;
            format!("{} in {}", counted(&answer), shown(dataset))
        }
        None => which
            .items
            .iter()
            .map(|item| shown(&item.0.text()).to_string())
            .collect::<Vec<_>>()
            .join(", "),
    };
    asks.confirm(&format!("Delete for good: {what}?"), "nothing was deleted")?;
    change(which, "delete", "deleted", session).await
}

async fn change(which: &WhichArgs, verb: &'static str, past: &str, session: &Session) -> Result<(), Failure> {
    if let Some(dataset) = &which.dataset {
        let answer = bulk(which, dataset, verb, which.dry_run, session).await?;
        return session.output.result(&answer, || {
            let outcome = if which.dry_run {
                format!("would be {past}")
            } else {
                past.to_owned()
            };
            format!("{} {outcome}", counted(&answer))
        });
    }
    for item in &which.items {
        let id = item.0.resolve(&session.server).await?.to_string();
        let call = if verb == "delete" {
            Call::delete(&["items", &id])
        } else {
            Call::post(&["items", &id, verb])
        };
        let answer = session.server.json(&call).await?;
        session.output.result(&answer, || {
            let event = answer.get("event").and_then(Value::as_str);
            let event = event
                .map(|event| format!("  event {}", shown(event)))
                .unwrap_or_default();
            format!("{past}  {}{event}", shown(&item.0.text()))
        })?;
    }
    Ok(())
}

async fn bulk(
    which: &WhichArgs,
    dataset: &str,
    verb: &'static str,
    dry_run: bool,
    session: &Session,
) -> Result<Value, Failure> {
    let filter = which.filter(session)?;
    let call = Call::post(&["datasets", dataset, "items", verb])
        .json(&json!({ "filter": filter, "dry_run": dry_run }))?;
    session.server.json(&call).await
}

impl WhichArgs {
    fn filter(&self, session: &Session) -> Result<Value, Failure> {
        let mut filter = serde_json::Map::new();
        let mut add = |name: &str, value: Option<String>| {
            filter.extend(value.map(|value| (name.to_owned(), value.into())))
        };
        add("name_prefix", self.prefix.clone());
        add("kind", self.kind.clone());
        add("subject", self.subject.clone());
        add(
            "changed_before",
            self.changed_before
                .map(|moment| moment.before(session.clock.now()).to_string()),
        );
        if filter.is_empty() && !self.all {
            return Err(Failure::usage(
                "this would be every item of the dataset: say which by --prefix and the like, or --all",
            ));
        }
        Ok(filter.into())
    }
}

fn counted(answer: &Value) -> String {
    let number = |name| answer.get(name).and_then(Value::as_u64).unwrap_or_default();
    let items = number("matched");
    format!(
        "{items} {}, {}",
        if items == 1 { "item" } else { "items" },
        BinaryBytes(number("bytes"))
    )
}
