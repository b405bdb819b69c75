//! `bailee exports`: numbered manifests of a dataset, and taking one away as one file.
//!
//! Promises: an archive comes under a hidden name and is put into place only when its end has come; an existing file is replaced only
//! when asked for. Leaves out: going on with an archive that broke off, for it is made anew each time.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt as _;

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, bytes, shown, text};

const EXPORT: [Column; 6] = [
    text("NUMBER", "/number"),
    text("STATE", "/state"),
    text("MADE", "/made_at"),
    text("ITEMS", "/items"),
    bytes("SIZE", "/size"),
    text("MANIFEST", "/manifest_sha256"),
];

/// A connection that brings nothing for so long is given up.
const STALLED: Duration = Duration::from_secs(60);

/// What every archive ends with: two blocks of nothing.
const END: [u8; 1024] = [0; 1024];

/// List, make, take away and delete exports.
#[derive(Debug, clap::Args)]
pub struct ExportsArgs {
    #[command(subcommand)]
    pub action: ExportsAction,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do with exports.
#[derive(Debug, clap::Subcommand)]
pub enum ExportsAction {
    /// List those of a dataset.
    List {
        /// Its name or id.
        dataset: String,
    },
    /// Make the next one: all active items that fit.
    Make {
        /// Of which dataset: its name or id.
        dataset: String,
        /// Only items whose name begins so.
        #[arg(long, value_name = "TEXT")]
        prefix: Option<String>,
        /// Only items about whose newest version something of this class is said.
        #[arg(long)]
        class: Option<String>,
        /// What is said about the items goes along in this format.
        #[arg(long, value_parser = ["coco", "darwin"])]
        format: Option<String>,
    },
    /// Take one away as one file, a tar archive with a manifest.
    Download {
        /// Of which dataset: its name or id.
        dataset: String,
        /// Its number.
        number: u64,
        /// Where to; `export-NUMBER.tar` here when absent.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        /// Replace a file that is there.
        #[arg(long)]
        overwrite: bool,
    },
    /// Delete one: its manifest is gone, and links to it end. The items stay.
    Delete {
        /// Of which dataset: its name or id.
        dataset: String,
        /// Its number.
        number: u64,
    },
}

/// Does what was asked.
pub(crate) async fn run(args: &ExportsArgs, session: &Session) -> Result<(), Failure> {
    match &args.action {
        ExportsAction::List { dataset } => {
            let call = Call::get(&["datasets", dataset, "exports"]);
            session.list(call, &EXPORT, usize::MAX).await.map(drop)
        }
        ExportsAction::Make {
            dataset,
            prefix,
            class,
            format,
        } => {
            let mut wanted = json!({});
            for (field, value) in [("name_prefix", prefix), ("class", class), ("format", format)] {
                if let Some(value) = value {
                    wanted[field] = json!(value);
                }
            }
            let call = Call::post(&["datasets", dataset, "exports"]).json(&wanted)?;
            session.output.record(&session.server.json(&call).await?, &EXPORT)
        }
        ExportsAction::Download {
            dataset,
            number,
            to,
            overwrite,
        } => {
            let place = to
                .clone()
                .unwrap_or_else(|| format!("export-{number}.tar").into());
            download(session, dataset, *number, &place, *overwrite).await
        }
        ExportsAction::Delete { dataset, number } => {
            let call = Call::delete(&["datasets", dataset, "exports", &number.to_string()]);
            let deleted = session.server.json(&call).await?;
            session.output.result(&deleted, || format!("deleted  {number}"))
        }
    }
}

async fn download(
    session: &Session,
    dataset: &str,
    number: u64,
    place: &Path,
    overwrite: bool,
) -> Result<(), Failure> {
    if place.exists() && !overwrite {
        let there = place.to_string_lossy();
        let says = format!(
            "{} is there already: name another file with --to, or use --overwrite",
            shown(&there)
        );
        return Err(Failure::usage(says));
    }
    let part = part_of(place)?;
    let received = receive(session, dataset, number, &part).await;
    let length = match received {
        Ok(length) => length,
        Err(failure) => {
            // What broke off is of no use: an archive is made anew each time.
            let _ = tokio::fs::remove_file(&part).await;
            return Err(failure);
        }
    };
    tokio::fs::rename(&part, place)
        .await
        .map_err(Failure::file("put into place", place))?;
    let told = json!({ "export": number, "file": place.to_string_lossy(), "bytes": length });
    session.output.result(&told, || {
        format!(
            "export {number}  {length} bytes  {}",
            shown(&place.to_string_lossy())
        )
    })
}

/// A hidden name beside it.
fn part_of(place: &Path) -> Result<PathBuf, Failure> {
    let name = place
        .file_name()
        .ok_or_else(|| Failure::usage("name a file with --to"))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(".part");
    Ok(place.with_file_name(hidden))
}

/// Takes the archive into this file; gives its length when its end has come.
async fn receive(session: &Session, dataset: &str, number: u64, part: &Path) -> Result<u64, Failure> {
    let number = number.to_string();
    let call = Call::download(&["datasets", dataset, "exports", &number, "archive"]);
    let mut response = session.server.send(&call).await?;
    let mut file = created(part).await?;
    let (mut length, mut last) = (0, Vec::new());
    loop {
        let chunk = tokio::time::timeout(STALLED, response.chunk()).await;
        let chunk = chunk.map_err(|_| Failure::Answer("nothing came for a minute".into()))?;
        let Some(chunk) = chunk.map_err(|error| session.server.unreachable(&error))? else {
            break;
        };
        file.write_all(&chunk)
            .await
            .map_err(Failure::file("write", part))?;
        length += chunk.len() as u64;
        last.extend_from_slice(&chunk[chunk.len().saturating_sub(END.len())..]);
        last.drain(..last.len().saturating_sub(END.len()));
    }
    if last != END {
        return Err(Failure::Damaged(
            "the archive broke off before its end; ask for it again".into(),
        ));
    }
    file.sync_all().await.map_err(Failure::file("write", part))?;
    Ok(length)
}

async fn created(part: &Path) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    // What an earlier run left is begun anew.
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(part).await.map_err(Failure::file("make", part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_whole_has_a_hidden_name_beside() {
        assert_eq!(part_of(Path::new("a/b.tar")).unwrap(), Path::new("a/.b.tar.part"));
        assert!(part_of(Path::new("..")).is_err());
    }
}
