//! `bailee trail` and `bailee receipt`: what was done, and the proof of it.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use kernel::{DatasetId, EventId, ItemId, KeyId, MemberId, Timestamp};
use ledger::receipt::MAX_RECEIPT_BYTES;
use serde_json::{Value, json};

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, shown, text};
use super::since::Since;

const ENTRY: [Column; 7] = [
    text("TIME", "/at"),
    text("ACTION", "/event/action"),
    text("OUTCOME", "/event/outcome"),
    text("MEMBER", "/event/actor/member"),
    text("ITEM", "/event/resource/item"),
    text("EVENT", "/id"),
    text("REASON", "/event/reason"),
];

/// Read the trail, newest first.
#[derive(Debug, clap::Args)]
pub struct TrailArgs {
    /// What happened to this item.
    #[arg(long)]
    pub item: Option<ItemId>,
    /// What happened in this dataset.
    #[arg(long)]
    pub dataset: Option<DatasetId>,
    /// What this API key did.
    #[arg(long)]
    pub key: Option<KeyId>,
    /// What this member did.
    #[arg(long)]
    pub member: Option<MemberId>,
    /// Only this action, such as item.download.
    #[arg(long)]
    pub action: Option<String>,
    /// Only what ended so.
    #[arg(long, value_parser = ["done", "refused", "failed"])]
    pub outcome: Option<String>,
    /// Not before this moment (RFC 3339), or so long ago (30m, 12h, 7d).
    #[arg(long, value_name = "TIME")]
    pub since: Option<Since>,
    /// At most so many entries.
    #[arg(long, default_value_t = 100)]
    pub limit: usize,
    /// Go on with new entries, oldest first, until interrupted. Every look is an entry of the trail itself; these are
    /// not shown.
    #[arg(long)]
    pub follow: bool,
    /// With --follow: seconds between two looks.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3_600), requires = "follow")]
    pub every: u64,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// Fetch the receipt of an event. `bailee verify receipt` checks it without any server.
#[derive(Debug, clap::Args)]
pub struct ReceiptArgs {
    /// The event's id, as answers and the trail give it.
    pub event: EventId,
    /// The file to write; standard output if left out.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// Prints the trail, and goes on if asked to.
pub(crate) async fn run(args: &TrailArgs, session: &Session) -> Result<(), Failure> {
    let since = args.since.map(|since| since.before(session.clock.now()));
    if !args.follow {
        let call = args.call(since).query("limit", Some(args.limit.clamp(1, 1_000)));
        return session.list(call, &ENTRY, args.limit).await.map(drop);
    }
    let mut window = Window {
        since,
        seen: HashSet::new(),
        first: true,
    };
    loop {
        let entries = entries_since(args, session, &window).await?;
        let fresh = window.fresh(entries, &session.server.operations.all());
        session.output.rows(&ENTRY, &fresh, window.first)?;
        window.first &= fresh.is_empty();
        tokio::time::sleep(Duration::from_secs(args.every)).await;
    }
}

impl TrailArgs {
    fn call(&self, since: Option<Timestamp>) -> Call {
        Call::get(&["trail"])
            .query("item", self.item)
            .query("dataset", self.dataset)
            .query("key", self.key)
            .query("member", self.member)
            .query("action", self.action.as_ref())
            .query("outcome", self.outcome.as_ref())
            .query("from", since)
    }
}

/// Entries become visible out of order by a little, so every look goes back by this much.
const OVERLAP: Duration = Duration::from_secs(30);

/// What of the trail is looked at, and was shown.
struct Window {
    since: Option<Timestamp>,
    /// Entries within the window that were looked at.
    seen: HashSet<String>,
    /// Nothing was shown yet.
    first: bool,
}

impl Window {
    /// What is new among these entries, oldest first; they are given newest first.
    fn fresh(&mut self, entries: Vec<Value>, own: &HashSet<String>) -> Vec<Value> {
        let moments = || entries.iter().filter_map(moment);
        // The first look may have been cut at its limit: what is older than that was not asked for.
        let oldest = if self.first { moments().min() } else { None };
        self.since = self
            .since
            .max(oldest)
            .max(moments().max().map(|newest| newest.minus(OVERLAP)));
        let within = entries
            .iter()
            .filter(|entry| moment(entry) >= self.since)
            .map(id)
            .collect();
        let seen = std::mem::replace(&mut self.seen, within);
        entries
            .into_iter()
            .rev()
            .filter(|entry| !seen.contains(&id(entry)) && !is_look(entry, own))
            .collect()
    }
}

/// Newest first: at the first look at most the limit, then everything within the window.
async fn entries_since(args: &TrailArgs, session: &Session, window: &Window) -> Result<Vec<Value>, Failure> {
    let call = args
        .call(window.since)
        .query("limit", Some(args.limit.clamp(1, 1_000)));
    let (mut pages, mut entries) = (session.server.pages(call), Vec::new());
    while let Some(page) = pages.next().await? {
        entries.extend(page);
        if window.first && entries.len() >= args.limit {
            entries.truncate(args.limit);
            break;
        }
    }
    Ok(entries)
}

fn id(entry: &Value) -> String {
    entry
        .get("id")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn moment(entry: &Value) -> Option<Timestamp> {
    entry.get("at")?.as_str()?.parse().ok()
}

/// Whether this entry is one of our own looks at the trail.
fn is_look(entry: &Value, own: &HashSet<String>) -> bool {
    let text = |pointer| entry.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    text("/event/action") == "trail.read" && own.contains(text("/event/operation"))
}

/// Fetches a receipt. The server waits a little for the log; so do we, by trying again.
pub(crate) async fn receipt(args: &ReceiptArgs, session: &Session) -> Result<(), Failure> {
    let event = args.event.to_string();
    let bytes = session
        .server
        .bytes(&Call::get(&["trail", &event, "receipt"]), MAX_RECEIPT_BYTES)
        .await?;
    let parsed = ledger::Receipt::parse(&bytes).map_err(|error| Failure::Answer(error.to_string()))?;
    let Some(path) = &args.output else {
        return session
            .output
            .result(&json!({ "event": event, "receipt": parsed.to_string() }), || {
                parsed.to_string().trim_end().to_owned()
            });
    };
    std::fs::write(path, &bytes).map_err(Failure::file("write", path))?;
    let path = path.to_string_lossy();
    session
        .output
        .result(&json!({ "event": event, "path": path }), || {
            format!(
                "{}: check it with `bailee verify receipt {0} --vkey-file FILE`",
                shown(&path)
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_looks_are_left_out() {
        let entry =
            |action: &str, operation: &str| json!({ "event": { "action": action, "operation": operation } });
        let own = HashSet::from(["mine".to_owned()]);
        assert!(is_look(&entry("trail.read", "mine"), &own));
        assert!(!is_look(&entry("trail.read", "another"), &own));
        assert!(!is_look(&entry("item.download", "mine"), &own));
    }

    /// Entries of these seconds, newest first.
    fn entries(seconds: &[i64]) -> Vec<Value> {
        let entry = |second: &i64| json!({ "id": format!("e{second}"), "at": Timestamp::from_micros(second * 1_000_000), "event": {} });
        seconds.iter().rev().map(entry).collect()
    }

    #[test]
    fn every_entry_is_shown_once_and_oldest_first() {
        let mut window = Window {
            since: None,
            seen: HashSet::new(),
            first: true,
        };
        let mut look = |seconds: &[i64]| {
            let fresh = window.fresh(entries(seconds), &HashSet::new());
            window.first &= fresh.is_empty();
            (
                fresh.iter().map(id).collect::<Vec<_>>(),
                window.since.unwrap().as_seconds(),
            )
        };
        assert_eq!(
            look(&[100, 101]),
            (vec!["e100".to_owned(), "e101".to_owned()], 100),
            "not before the first one shown"
        );
        assert_eq!(look(&[100, 101, 140]).0, ["e140"]);
        assert_eq!(
            look(&[125, 140]),
            (vec!["e125".to_owned()], 110),
            "one that became visible late"
        );
        assert_eq!(look(&[125, 140]).0, [""; 0]);
    }
}
