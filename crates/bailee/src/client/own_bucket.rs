//! `bailee datasets bucket` and `bailee datasets import`: items that lie in a bucket of the tenant's own; `bailee url`: how
//! to fetch one there.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, shown, text};
use super::reference::ItemReference;
use crate::key_pair::KeyPair;

const BUCKET: [Column; 5] = [
    text("URL", "/url"),
    text("ENDPOINT", "/endpoint"),
    text("REGION", "/region"),
    text("MODE", "/mode"),
    text("DELETE-REMOTE", "/delete_remote"),
];
const ENTRY: [Column; 3] = [
    text("OUTCOME", "/outcome"),
    text("KEY", "/key"),
    text("PROBLEM", "/problem"),
];

/// A bucket that is to be a dataset's.
#[derive(Debug, clap::Args)]
#[group(multiple = true)]
pub struct BucketTerms {
    /// The bucket, as s3://bucket or s3://bucket/prefix.
    #[arg(long, requires_all = ["endpoint", "region", "credentials"])]
    url: Option<String>,
    /// The address of its S3 interface: https:// and a host that the operator allows.
    #[arg(long, requires = "url")]
    endpoint: Option<String>,
    /// What requests are signed for.
    #[arg(long, requires = "url")]
    region: Option<String>,
    /// A file with access_key = "…" and secret_key = "…", which its owner alone may read.
    #[arg(long, requires = "url", value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// Let what is put into the dataset go there.
    #[arg(long, requires = "url")]
    read_write: bool,
    /// Remove objects there when their items are deleted for good.
    #[arg(long, requires = "url")]
    delete_remote: bool,
}

/// Which objects are to become items.
#[derive(Debug, clap::Args)]
pub struct ImportTerms {
    /// Names below the bucket's prefix; all below --folder if none is named.
    #[arg(value_name = "KEY", conflicts_with = "folder")]
    keys: Vec<String>,
    /// Only what lies below this folder.
    #[arg(long)]
    folder: Option<String>,
}

/// Print a URL that fetches an item straight from its dataset's own bucket, for a minute.
#[derive(Debug, clap::Args)]
pub struct UrlArgs {
    /// An item's id, or DATASET/NAME.
    #[arg(value_name = "ITEM")]
    pub what: String,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// Shows a dataset's bucket, sets it, or forgets it.
pub(super) async fn bucket(
    session: &Session,
    dataset: &str,
    terms: &BucketTerms,
    forget: bool,
) -> Result<(), Failure> {
    let path = ["datasets", dataset, "own-bucket"];
    if forget {
        let answer = session.server.json(&Call::delete(&path)).await?;
        return session
            .output
            .result(&answer, || format!("forgotten  {}", shown(dataset)));
    }
    let call = match &terms.url {
        None => Call::get(&path),
        Some(url) => Call::put(&path).json(&terms.body(url)?)?,
    };
    session.output.record(&session.server.json(&call).await?, &BUCKET)
}

impl BucketTerms {
    fn body(&self, url: &str) -> Result<Value, Failure> {
        let file = self.credentials.as_deref().unwrap_or(std::path::Path::new(""));
        let keys = KeyPair::read(file).map_err(|failure| Failure::usage(failure.to_string()))?;
        Ok(json!({
            "url": url, "endpoint": self.endpoint, "region": self.region, "access_key": keys.access_key,
            "secret_key": keys.secret_key, "mode": if self.read_write { "read-write" } else { "read" },
            "delete_remote": self.delete_remote
        }))
    }
}

/// Makes items of objects, page by page.
pub(super) async fn import(session: &Session, dataset: &str, terms: &ImportTerms) -> Result<(), Failure> {
    /// What the server takes at once.
    const MOST: usize = 100;
    let (mut told, mut failed) = (0, 0);
    let mut tell = |answer: &Value| {
        let entries = answer.get("entries").and_then(Value::as_array);
        let entries = entries.ok_or_else(|| Failure::Answer("an import has no entries".into()))?;
        session.output.rows(&ENTRY, entries, told == 0)?;
        told += entries.len();
        failed += entries
            .iter()
            .filter(|entry| entry["outcome"] == "failed")
            .count();
        Ok::<_, Failure>(answer.get("next").cloned().filter(Value::is_string))
    };
    let ask = async |body: Value| {
        let call = Call::post(&["datasets", dataset, "references"]).json(&body)?;
        session.server.json(&call).await
    };
    for keys in terms.keys.chunks(MOST) {
        tell(&ask(json!({ "keys": keys })).await?)?;
    }
    if terms.keys.is_empty() {
        let folder = terms.folder.as_deref().unwrap_or_default();
        let mut next = tell(&ask(json!({ "folder": folder })).await?)?;
        while let Some(cursor) = next.take() {
            next = tell(&ask(json!({ "folder": folder, "cursor": cursor })).await?)?;
        }
    }
    match failed {
        0 => Ok(()),
        _ => Err(Failure::Partly { failed, all: told }),
    }
}

/// Prints the URL alone, for a tool to take.
pub(crate) async fn url(args: &UrlArgs, session: &Session) -> Result<(), Failure> {
    let reference: ItemReference = args.what.parse().map_err(Failure::Usage)?;
    let item = reference.resolve(&session.server).await?;
    let call = Call::get(&["items", &item.to_string(), "content-url"]);
    let answer = session.server.json(&call).await?;
    let url = answer.get("url").and_then(Value::as_str);
    let url = url.ok_or_else(|| Failure::Answer("there is no URL in it".into()))?;
    session.output.result(&answer, || shown(url).to_string())
}
