//! Whether anything of a team's lies readable in rows or files.
//!
//! A mark is put in by every way that content, names and words of a team take; then every row of the team and every file that
//! was written meanwhile is searched for it. The control case has a mark of its own, in a row and in a file in clear, and the
//! very same searches must find it.

mod search;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use custody::dataset::{Dataset, DatasetRef, DeclaredField, NewDataset};
use custody::item::{Kind, PutItem, Target};
use kernel::{ItemId, TenantId};
use store::{StoreError, params};

use self::search::{bytes_of, collect, readable, rows_of, search_file};
use super::ledger::first_id_at;
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};
use crate::probe::Actor;

/// Searches rows and files for a mark.
pub struct NothingReadableAtRest {
    /// How bytes are searched.
    pub finds: fn(&[u8], &[u8]) -> bool,
}

impl Default for NothingReadableAtRest {
    fn default() -> Self {
        Self { finds }
    }
}

pub(super) fn finds(hay: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return false };
    let mut rest = hay;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        rest = &rest[at..];
        if rest.starts_with(needle) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

const PLANT: &str = "INSERT INTO check_canary (canary_id, marker) VALUES ($1, $2)";
const UPROOT: &str = "DELETE FROM check_canary WHERE canary_id = $1";

#[async_trait]
impl Check for NothingReadableAtRest {
    fn id(&self) -> &'static str {
        "nothing-readable-at-rest"
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(10 * 60)
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let (mark, clear) = (site.random_word(), site.random_word());
        let scratch = tempfile::tempdir().map_err(|error| Trouble(error.to_string()))?;
        let file = scratch.path().join("in-clear");
        std::fs::write(&file, format!("before {clear} after")).map_err(|error| Trouble(error.to_string()))?;
        let since = first_id_at(site.now());
        let owner = &probes.one.owner;
        let (dataset, items) = put_everywhere(site, owner, &mark).await?;
        let id = plant(site, &clear).await?;
        let rows = self
            .search_rows(site, probes.one.tenant, since, [&mark, &clear])
            .await;
        let files = self.search_files(site, file, [&mark, &clear]).await;
        uproot(site, id).await?;
        tidy(owner, dataset, items).await?;
        let (rows, files) = (rows?, files?);
        let mut cases = Cases::of(self.id());
        cases.must(
            &format!("the mark in rows: nowhere, and not in {:?}", rows.mark),
            rows.mark.is_empty(),
        );
        cases.must(
            &format!("the mark in files: nowhere, and not in {:?}", files.mark),
            files.mark.is_empty(),
        );
        cases.control(
            "the mark in clear is found in its row",
            rows.clear.contains(&"check_canary.marker".to_owned()),
        );
        cases.control(
            "the mark in clear is found in its file",
            files.clear.iter().any(|name| name.ends_with("in-clear")),
        );
        Ok(cases.seen())
    }
}

/// Where each of the two marks was found.
#[derive(Debug, Default)]
struct Found {
    mark: Vec<String>,
    clear: Vec<String>,
}

impl Found {
    fn note(&mut self, place: &str, is_mark: bool, is_clear: bool) {
        let add = |list: &mut Vec<String>| {
            if !list.iter().any(|known| known == place) {
                list.push(place.to_owned());
            }
        };
        if is_mark {
            add(&mut self.mark);
        }
        if is_clear {
            add(&mut self.clear);
        }
    }
}

impl NothingReadableAtRest {
    async fn search_rows(
        &self,
        site: &Site,
        team: TenantId,
        since: Vec<u8>,
        marks: [&String; 2],
    ) -> Result<Found, Trouble> {
        let db = site.db().clone();
        let schema = tokio::task::spawn_blocking(move || store::schema(&db)).await;
        let schema = schema.map_err(|error| Trouble(error.to_string()))??;
        let (finds, marks) = (self.finds, marks.map(Clone::clone));
        let found = site.db().read(move |tx| {
            let mut found = Found::default();
            for (table, columns) in readable(&schema) {
                for row in rows_of(tx, &table, &columns, team, &since)? {
                    for (place, name) in columns.iter().enumerate() {
                        let bytes = bytes_of(&row, place);
                        let place = format!("{table}.{name}");
                        let [mark, clear] = &marks;
                        found.note(
                            &place,
                            finds(&bytes, mark.as_bytes()),
                            finds(&bytes, clear.as_bytes()),
                        );
                    }
                }
            }
            Ok::<_, StoreError>(found)
        });
        Ok(found.await?)
    }

    async fn search_files(
        &self,
        site: &Site,
        control: PathBuf,
        marks: [&String; 2],
    ) -> Result<Found, Trouble> {
        let (finds, marks, folders) = (self.finds, marks.map(Clone::clone), site.folders.clone());
        let searched = tokio::task::spawn_blocking(move || {
            // The clock of the file system, which is not this process's.
            let since = std::fs::metadata(&control)?.modified()? - Duration::from_secs(2);
            let mut files = vec![control];
            folders
                .iter()
                .try_for_each(|folder| collect(folder, since, &mut files))?;
            let mut found = Found::default();
            for file in files {
                let [mark, clear] = search_file(&file, &marks, finds)?;
                found.note(&file.display().to_string(), mark, clear);
            }
            Ok::<_, io::Error>(found)
        });
        let searched = searched.await.map_err(|error| Trouble(error.to_string()))?;
        searched.map_err(|error| Trouble(format!("files cannot be searched: {error}")))
    }
}

/// The mark as content small and large, as a name, as words beside the content, in a record, as a dataset and as a reason.
async fn put_everywhere(site: &Site, owner: &Actor, mark: &str) -> Result<(Dataset, Vec<ItemId>), Trouble> {
    let field = DeclaredField {
        name: "mark".to_owned(),
        personal: true,
        searchable: true,
    };
    let new = NewDataset {
        name: format!("probe-{mark}"),
        description: format!("about {mark}"),
        fields: vec![field],
        ..NewDataset::default()
    };
    let dataset = owner.dataset(new).await?;
    let target = |name: String| Target::Name(DatasetRef::Id(dataset.id), name);
    let mut small = PutItem::file(target(format!("named {mark}")), "text/plain");
    small.metadata.insert("word".to_owned(), mark.to_owned());
    let mut record = PutItem::file(target("record".to_owned()), "application/json");
    record.kind = Kind::Record;
    let large = PutItem::file(target("large".to_owned()), "text/plain");
    let bodies = [
        (small, mark.to_owned()),
        (record, format!("{{\"mark\":\"{mark}\"}}")),
        (large, mark.repeat(4096)),
    ];
    let mut items = Vec::new();
    for (put, body) in bodies {
        items.push(owner.put_as(put, body.as_bytes()).await?.item.id);
    }
    let request = operation::Request {
        reason: Some(format!("because of {mark}")),
        ..site.request()
    };
    let first = items
        .first()
        .copied()
        .ok_or_else(|| Trouble("nothing was put".to_owned()))?;
    owner.custody.item(&owner.key, request, first).await?;
    Ok((dataset, items))
}

async fn tidy(owner: &Actor, dataset: Dataset, items: Vec<ItemId>) -> Result<(), Trouble> {
    for item in items {
        owner.remove(item).await?;
    }
    let id = || DatasetRef::Id(dataset.id);
    owner
        .custody
        .archive_dataset(&owner.key, owner.request(), id())
        .await?;
    owner
        .custody
        .delete_dataset(&owner.key, owner.request(), id())
        .await?;
    Ok(())
}

/// A mark in clear, in a row of its own.
async fn plant(site: &Site, clear: &str) -> Result<[u8; 16], Trouble> {
    let mut id = [0; 16];
    site.custody.desk().random.fill(&mut id);
    let clear = clear.to_owned();
    let planted = site
        .db()
        .write(move |tx| tx.execute(PLANT, params![id, &clear]).map(drop));
    planted.await?;
    Ok(id)
}

async fn uproot(site: &Site, id: [u8; 16]) -> Result<(), Trouble> {
    Ok(site
        .db()
        .write(move |tx| tx.execute(UPROOT, params![id]).map(drop))
        .await?)
}
