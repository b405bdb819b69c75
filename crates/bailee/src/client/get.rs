//! `bailee get`: one item, or a whole dataset.
//!
//! Promises: what is put into place has the digest that the server keeps for it, or it is said that the server has none,
//! because the bytes lie in a bucket of the tenant's own; a download that broke off goes on
//! where it stopped, also in a later run, as long as the item has not changed; what is there already is not fetched
//! again; see [`super::place`] for names and [`super::partial`] for half-finished files. New files are readable by their
//! owner alone.

use std::path::{Path, PathBuf};

use futures_util::{StreamExt as _, stream};
use indicatif::BinaryBytes;
use kernel::VersionId;
use serde_json::{Value, json};

use super::Session;
use super::call::Call;
use super::download::{Fetched, Place, Wanted, fetch};
use super::failure::Failure;
use super::output::shown;
use super::place::{file_name, make_way, relative_path};
use super::progress::Progress;
use super::put::digest_of;
use super::reference::{ItemReference, item_id};

/// Fetch an item, or with --all every item of a dataset.
#[derive(Debug, clap::Args)]
pub struct GetArgs {
    /// An item's id, or DATASET/NAME; with --all a dataset.
    #[arg(value_name = "ITEM")]
    pub what: String,
    /// Every item of the dataset, into the folder that -o names.
    #[arg(long, requires = "output", conflicts_with = "version")]
    pub all: bool,
    /// A file, a folder that exists, or - for standard output. The current folder if left out.
    #[arg(long, short, value_name = "FILE|DIR")]
    pub output: Option<PathBuf>,
    /// This version of the item; the newest if left out.
    #[arg(long)]
    pub version: Option<VersionId>,
    /// With --all: only items whose name begins so.
    #[arg(long, requires = "all")]
    pub prefix: Option<String>,
    /// With --all: archived items too.
    #[arg(long, requires = "all")]
    pub archived: bool,
    /// Replace files that are there with other content.
    #[arg(long)]
    pub overwrite: bool,
    /// With --all: how many at once.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub parallel: u8,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// Fetches what the arguments mean.
pub(crate) async fn run(args: &GetArgs, session: &Session) -> Result<(), Failure> {
    if args.all {
        whole_dataset(args, session).await
    } else {
        one_item(args, session).await
    }
}

async fn one_item(args: &GetArgs, session: &Session) -> Result<(), Failure> {
    let reference: ItemReference = args.what.parse().map_err(Failure::Usage)?;
    let item = reference.resolve(&session.server).await?;
    let place = single_place(args.output.as_deref(), &reference);
    let progress = Progress::of_bytes(0, session.output.is_json());
    progress.says(&reference.text());
    let wanted = Wanted {
        item,
        version: args.version,
        listed: None,
        place,
        overwrite: args.overwrite,
    };
    let fetched = fetch(session, &wanted, &progress).await?;
    progress.finish();
    match &fetched.path {
        // Standard output holds the item and nothing else.
        None => Ok(()),
        Some(_) => tell(session, &fetched),
    }
}

/// Where one item goes.
fn single_place(output: Option<&Path>, reference: &ItemReference) -> Place {
    let named = match reference {
        ItemReference::Id(_) => None,
        ItemReference::Named { name, .. } => Some(file_name(name)),
    };
    match output {
        Some(path) if path == Path::new("-") => Place::Stdout,
        Some(path) if path.is_dir() => Place::Folder {
            root: path.to_owned(),
            relative: named,
        },
        Some(path) => Place::File(path.to_owned()),
        None => Place::Folder {
            root: PathBuf::from("."),
            relative: named,
        },
    }
}

async fn whole_dataset(args: &GetArgs, session: &Session) -> Result<(), Failure> {
    let root = args.output.clone().unwrap_or_default();
    std::fs::create_dir_all(&root).map_err(Failure::file("make the folder", &root))?;
    let call = Call::get(&["datasets", &args.what, "items"])
        .query("limit", Some(1_000))
        .query("state", (!args.archived).then_some("active"))
        .query("name_prefix", args.prefix.as_ref());
    let progress = Progress::of_bytes(0, session.output.is_json());
    let (mut pages, mut all, mut failed) = (session.server.pages(call), 0, 0);
    while let Some(items) = pages.next().await? {
        all += items.len();
        progress.expects(items.iter().filter_map(size).sum());
        let fetching = stream::iter(items)
            .map(|item| fetch_listed(args, session, &root, item, &progress))
            .buffer_unordered(args.parallel.into());
        let mut fetching = std::pin::pin!(fetching);
        while let Some((name, fetched)) = fetching.next().await {
            match fetched {
                Ok(fetched) => progress.aside(|| tell(session, &fetched))?,
                Err(failure) if failure.is_final() => return Err(failure),
                Err(failure) => {
                    failed += 1;
                    progress.warn(&format!("{}: {failure}", shown(&name)));
                }
            }
        }
    }
    progress.finish();
    if failed > 0 {
        Err(Failure::Partly { failed, all })
    } else {
        Ok(())
    }
}

async fn fetch_listed(
    args: &GetArgs,
    session: &Session,
    root: &Path,
    item: Value,
    progress: &Progress,
) -> (String, Result<Fetched, Failure>) {
    let name = item
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let relative = relative_path(&name);
    let fetched = async {
        let target = make_way(root, &relative)?;
        if let Some(fetched) = already_there(&item, &target).await? {
            progress.counter().add(size(&item).unwrap_or_default());
            return Ok(fetched);
        }
        progress.says(&name);
        let place = Place::Folder {
            root: root.to_owned(),
            relative: Some(relative.clone()),
        };
        let wanted = Wanted {
            item: item_id(&item)?,
            version: None,
            listed: version(&item),
            place,
            overwrite: args.overwrite,
        };
        fetch(session, &wanted, progress).await
    };
    let fetched = fetched.await;
    (name, fetched)
}

/// A file with the listed digest needs no transfer, and no entry in the trail.
async fn already_there(item: &Value, target: &Path) -> Result<Option<Fetched>, Failure> {
    let listed = item.pointer("/version/sha256").and_then(Value::as_str);
    let same_size = std::fs::symlink_metadata(target)
        .is_ok_and(|about| about.is_file() && Some(about.len()) == size(item));
    if !same_size {
        return Ok(None);
    }
    let (digest, length) = digest_of(target.to_owned()).await?;
    let Some(version) = version(item).filter(|_| listed == Some(&hex::encode(digest))) else {
        return Ok(None);
    };
    Ok(Some(Fetched {
        item: item_id(item)?,
        version,
        path: Some(target.to_owned()),
        length,
        digest,
        compared: true,
        moved: false,
    }))
}

fn version(item: &Value) -> Option<VersionId> {
    item.pointer("/version/id").and_then(Value::as_str)?.parse().ok()
}

fn size(item: &Value) -> Option<u64> {
    item.pointer("/version/size").and_then(Value::as_u64)
}

fn tell(session: &Session, fetched: &Fetched) -> Result<(), Failure> {
    let Fetched {
        item,
        version,
        path,
        length,
        digest,
        compared,
        moved,
    } = fetched;
    let path = path.as_deref().unwrap_or(Path::new("-")).to_string_lossy();
    let value = json!({
        "item": item, "version": version, "path": path, "size": length, "sha256": hex::encode(digest), "fetched": moved,
        "compared": compared,
    });
    session.output.result(&value, || {
        let note = match (moved, compared) {
            (false, _) => "  (was there)",
            (true, true) => "",
            (true, false) => {
                "  (lies in the dataset's own bucket: the server knows no digest to compare with)"
            }
        };
        format!("{}  {}{note}", BinaryBytes(*length), shown(&path))
    })
}
